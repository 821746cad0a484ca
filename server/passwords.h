// Passwords as they are kept: by scrypt (RFC 7914), from OpenSSL, which is made to be slow and to need much memory.
#pragma once

#include <string>
#include <string_view>

namespace seatledger {

// The parameters of RFC 7914, section 2. They stand in what is kept, so others may be chosen later.
struct PasswordCost {
    unsigned log2_n = 15;
    unsigned r = 8;
    unsigned p = 1;
};

// What is kept in the password's place: "scrypt$" with the cost, the salt and the hash, in hexadecimal. Another salt
// each time. Any thread. Takes about 0.1 s and 32 MiB, unless it is to cost less.
[[nodiscard]] std::string hash_password(std::string_view password, const PasswordCost& cost = {});

// Whether `kept` was made of this password; takes as long for a wrong one as for the right one. An empty `kept` is
// nobody's, and takes as long as one of that cost, too. As long as hash_password().
[[nodiscard]] bool is_password(std::string_view password, std::string_view kept, const PasswordCost& nobodys = {});

}  // namespace seatledger
