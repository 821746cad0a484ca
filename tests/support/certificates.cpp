#include "tests/support/certificates.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>

#include <cstdio>
#include <stdexcept>

namespace seatledger::testing {
namespace {

namespace fs = std::filesystem;

void require(bool is_done, const char* what) {
    if (!is_done) throw std::runtime_error(std::string("OpenSSL: ") + what);
}

Authority::Key make_key(unsigned rsa_bits) {
    Authority::Key key(rsa_bits > 0 ? EVP_RSA_gen(rsa_bits) : EVP_EC_gen("P-256"));
    require(key != nullptr, "a key");
    return key;
}

void add_extension(X509& certificate, X509& issuer, int kind, const std::string& value) {
    X509V3_CTX context;
    X509V3_set_ctx(&context, &issuer, &certificate, nullptr, nullptr, 0);
    X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, &context, kind, value.c_str());
    require(extension != nullptr && X509_add_ext(&certificate, extension, -1) == 1, "an extension");
    X509_EXTENSION_free(extension);
}

// Without the signature.
Authority::Certificate make_certificate(EVP_PKEY& key, const char* name, int serial, int from_days, int until_days) {
    constexpr long seconds_a_day = 24 * 60 * 60;
    Authority::Certificate made(X509_new());
    require(made && X509_set_version(made.get(), X509_VERSION_3) == 1, "a certificate");
    ASN1_INTEGER_set(X509_get_serialNumber(made.get()), serial);
    X509_gmtime_adj(X509_getm_notBefore(made.get()), from_days * seconds_a_day);
    X509_gmtime_adj(X509_getm_notAfter(made.get()), until_days * seconds_a_day);
    const auto* text = reinterpret_cast<const unsigned char*>(name);
    X509_NAME_add_entry_by_txt(X509_get_subject_name(made.get()), "CN", MBSTRING_UTF8, text, -1, -1, 0);
    require(X509_set_pubkey(made.get(), &key) == 1, "a certificate's key");
    return made;
}

struct CloseFile {
    void operator()(std::FILE* file) const { std::fclose(file); }
};
using File = std::unique_ptr<std::FILE, CloseFile>;

void write_certificate(const fs::path& path, X509& certificate) {
    const File file(std::fopen(path.c_str(), "w"));
    require(file && PEM_write_X509(file.get(), &certificate) == 1, "writing a certificate");
}

void write_key(const fs::path& path, EVP_PKEY& key, const std::string& password) {
    const File file(std::fopen(path.c_str(), "w"));
    fs::permissions(path, fs::perms::owner_read | fs::perms::owner_write);
    const auto* cipher = password.empty() ? nullptr : EVP_aes_128_cbc();
    require(file && PEM_write_PKCS8PrivateKey(file.get(), &key, cipher, password.data(),
                                              static_cast<int>(password.size()), nullptr, nullptr) == 1,
            "writing a key");
}

}  // namespace

Authority::Authority() : key_(make_key(0)) {
    certificate_ = make_certificate(*key_, "an authority for tests", 1, -1'000, 1'000);
    X509_set_issuer_name(certificate_.get(), X509_get_subject_name(certificate_.get()));
    add_extension(*certificate_, *certificate_, NID_basic_constraints, "critical,CA:TRUE");
    add_extension(*certificate_, *certificate_, NID_key_usage, "critical,keyCertSign");
    require(X509_sign(certificate_.get(), key_.get(), EVP_sha256()) > 0, "signing");
    write_certificate(file(), *certificate_);
}

CertificateFiles Authority::issue(const CertificateOptions& options) {
    const auto number = std::to_string(++issued_);
    const auto key = make_key(options.rsa_bits);
    const auto made =
        make_certificate(*key, "a server for tests", issued_ + 1, options.valid_from_days, options.valid_until_days);
    X509_set_issuer_name(made.get(), X509_get_subject_name(certificate_.get()));
    add_extension(*made, *certificate_, NID_subject_alt_name, options.names);
    require(X509_sign(made.get(), key_.get(), EVP_sha256()) > 0, "signing");
    const CertificateFiles files{directory_ / (number + ".pem"), directory_ / (number + ".key")};
    write_certificate(files.certificate, *made);
    write_key(files.key, *key, options.password);
    return files;
}

}  // namespace seatledger::testing
