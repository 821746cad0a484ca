// SHA-256 of what comes in pieces.
#pragma once

#include <openssl/evp.h>

#include <memory>
#include <string>
#include <string_view>

namespace seatledger {

// One thread.
class Sha256 {
 public:
    Sha256();

    void add(std::string_view bytes);

    // Of all that was added: 64 digits, 0-9 and a-f. Nothing can be added after it.
    [[nodiscard]] std::string hex();

 private:
    struct Free {
        void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
    };
    std::unique_ptr<EVP_MD_CTX, Free> context_;
};

}  // namespace seatledger
