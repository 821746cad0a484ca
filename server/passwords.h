// Passwords as they are kept: by scrypt (RFC 7914), from OpenSSL, which is made to be slow and to need much memory.
#pragma once

#include <string>
#include <string_view>

namespace seatledger {

// What is kept in the password's place: "scrypt$" with the cost, the salt and the hash, in hexadecimal. Another salt
// each time. Any thread. Cost: about 0.1 s and 32 MiB.
[[nodiscard]] std::string hash_password(std::string_view password);

// Whether `kept` was made of this password; takes as long for a wrong one as for the right one. An empty `kept` is
// nobody's, and takes as long, too. The same cost.
[[nodiscard]] bool is_password(std::string_view password, std::string_view kept);

}  // namespace seatledger
