// Certificates for TLS, made for one test.
#pragma once

#include <openssl/evp.h>
#include <openssl/x509.h>

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "tests/support/temp_dir.h"

namespace seatledger::testing {

struct CertificateOptions {
    std::string names = "IP:127.0.0.1,DNS:localhost";  // as subjectAltName has them
    int valid_from_days = -1;                          // from today
    int valid_until_days = 1;
    std::string password = {};  // the key's, if it has one
    unsigned rsa_bits = 0;      // 0: an elliptic curve's key, which is made faster
};

// Files of PEM: a certificate and its key, which only its owner can read.
struct CertificateFiles {
    std::filesystem::path certificate;
    std::filesystem::path key;
};

// Who issues certificates.
class Authority {
 public:
    Authority();

    // Its own certificate, which makes clients believe the others.
    [[nodiscard]] std::filesystem::path file() const { return directory_ / "authority.pem"; }
    [[nodiscard]] CertificateFiles issue(const CertificateOptions& options = {});

    template <auto function>
    struct Free {
        template <typename T>
        void operator()(T* what) const {
            function(what);
        }
    };
    using Key = std::unique_ptr<EVP_PKEY, Free<EVP_PKEY_free>>;
    using Certificate = std::unique_ptr<X509, Free<X509_free>>;

 private:
    TempDir directory_;
    Key key_;
    Certificate certificate_;
    int issued_ = 0;
};

}  // namespace seatledger::testing
