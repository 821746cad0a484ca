#include "server/tls.h"

#include <fcntl.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <system_error>
#include <utility>

namespace seatledger {
namespace {

namespace fs = std::filesystem;

constexpr int security_level_min = 2;  // keys of 112 bits of strength and more

struct CloseFile {
    void operator()(std::FILE* file) const { std::fclose(file); }
};
using File = std::unique_ptr<std::FILE, CloseFile>;

struct FreeKey {
    void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
};

std::string text_of(int error) { return std::generic_category().message(error); }

// Notes that it was asked, and has no answer.
int no_password(char*, int, int, void* was_asked) {
    *static_cast<bool*>(was_asked) = true;
    return -1;
}

std::expected<File, std::string> open_file(const fs::path& path, const char* what, const char* option) {
    File file(std::fopen(path.c_str(), "re"));
    if (file) return file;
    return std::unexpected("cannot read the " + std::string(what) + " " + path.string() + ": " + text_of(errno) +
                           "; see " + option);
}

std::string day_of(const ASN1_TIME* time) {
    std::tm parts{};
    char text[sizeof "2026-01-31"];
    if (ASN1_TIME_to_tm(time, &parts) != 1 || std::strftime(text, sizeof text, "%F", &parts) == 0) return "some day";
    return text;
}

std::vector<std::string> warnings_about(const X509& certificate, const fs::path& path) {
    std::vector<std::string> warnings;
    const auto* end = X509_get0_notAfter(&certificate);
    const auto* begin = X509_get0_notBefore(&certificate);
    if (X509_cmp_current_time(end) < 0) {
        warnings.push_back("the certificate " + path.string() + " has expired on " + day_of(end) +
                           ", and clients refuse it; renew it");
    }
    if (X509_cmp_current_time(begin) > 0) {
        warnings.push_back("the certificate " + path.string() + " is not valid before " + day_of(begin) +
                           ", and clients refuse it until then; is the clock right?");
    }
    return warnings;
}

std::expected<void, std::string> use_certificate(SSL_CTX& context, const fs::path& path) {
    // OpenSSL would say less of a file that it cannot open.
    if (auto file = open_file(path, "certificate", "--tls-cert"); !file) return std::unexpected(file.error());
    ERR_clear_error();
    if (SSL_CTX_use_certificate_chain_file(&context, path.c_str()) == 1) return {};
    return std::unexpected(path.string() + " cannot be used as a certificate (" + take_tls_error() +
                           "); --tls-cert takes a PEM file with the server's own, then those between it and its "
                           "authority");
}

std::expected<void, std::string> use_key(SSL_CTX& context, const fs::path& path, const fs::path& certificate) {
    const auto file = open_file(path, "private key", "--tls-key");
    if (!file) return std::unexpected(file.error());
    struct stat status {};
    if (::fstat(::fileno(file->get()), &status) != 0 || (status.st_mode & (S_IRWXO | S_IWGRP)) != 0) {
        return std::unexpected(
            "the private key " + path.string() +
            " can be read or changed by others than its owner; see to that first: chmod g-w,o= " + path.string());
    }
    bool is_encrypted = false;
    ERR_clear_error();
    const std::unique_ptr<EVP_PKEY, FreeKey> key(PEM_read_PrivateKey(file->get(), nullptr, no_password, &is_encrypted));
    if (!key && is_encrypted) {
        return std::unexpected("the private key " + path.string() +
                               " is encrypted, and there is nobody to ask for its password; give --tls-key one that "
                               "is not: openssl pkey -in " +
                               path.string() + " -out FILE");
    }
    if (!key) {
        return std::unexpected(path.string() + " holds no private key (" + take_tls_error() +
                               "); --tls-key takes a PEM file");
    }
    if (X509_check_private_key(SSL_CTX_get0_certificate(&context), key.get()) != 1) {
        return std::unexpected("the private key " + path.string() + " is not that of the certificate " +
                               certificate.string() + ", which has to be the first in its file");
    }
    if (SSL_CTX_use_PrivateKey(&context, key.get()) == 1) return {};
    return std::unexpected("the private key " + path.string() + " cannot be used: " + take_tls_error());
}

}  // namespace

std::string take_tls_error() {
    const auto code = ERR_get_error();
    ERR_clear_error();
    const char* reason = ERR_reason_error_string(code);
    if (reason != nullptr) return reason;
    return ERR_SYSTEM_ERROR(code) ? text_of(ERR_GET_REASON(code)) : "of an unknown cause";
}

std::expected<TlsContext, std::string> make_tls_context(TlsSide side) {
    ERR_clear_error();
    TlsContext context(SSL_CTX_new(side == TlsSide::server ? TLS_server_method() : TLS_client_method()), SSL_CTX_free);
    if (!context) return std::unexpected("OpenSSL cannot begin: " + take_tls_error());
    // The system's configuration may ask for more, not for less.
    if (SSL_CTX_get_min_proto_version(context.get()) < TLS1_2_VERSION) {
        SSL_CTX_set_min_proto_version(context.get(), TLS1_2_VERSION);
    }
    SSL_CTX_set_security_level(context.get(), std::max(SSL_CTX_get_security_level(context.get()), security_level_min));
    // Messages have lengths, so an end that was forged is noticed where something is missing. And a session goes on
    // writing after its reading has been ended on the socket, as it does on plain TCP.
    SSL_CTX_set_options(context.get(), SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION | SSL_OP_NO_TICKET |
                                           SSL_OP_IGNORE_UNEXPECTED_EOF);
    SSL_CTX_set_num_tickets(context.get(), 0);
    SSL_CTX_set_session_cache_mode(context.get(), SSL_SESS_CACHE_OFF);
    // Idle connections hold no buffers; a read takes in more than a record if there is more.
    SSL_CTX_set_mode(context.get(),
                     SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER | SSL_MODE_RELEASE_BUFFERS);
    SSL_CTX_set_read_ahead(context.get(), 1);
    return context;
}

std::expected<ServerTls, std::string> load_server_tls(const fs::path& certificate, const fs::path& key) {
    auto context = make_tls_context(TlsSide::server);
    if (!context) return std::unexpected(context.error());
    if (auto used = use_certificate(**context, certificate); !used) return std::unexpected(used.error());
    if (auto used = use_key(**context, key, certificate); !used) return std::unexpected(used.error());
    auto warnings = warnings_about(*SSL_CTX_get0_certificate(context->get()), certificate);
    return ServerTls{std::move(*context), std::move(warnings)};
}

TlsSession::TlsSession(const TlsContext& context, TlsSide side, int socket) : ssl_(SSL_new(context.get())) {
    if (!ssl_ || SSL_set_fd(ssl_.get(), socket) != 1) {
        static_cast<void>(end(State::failed, "TLS cannot begin: " + take_tls_error()));
    } else if (side == TlsSide::server) {
        SSL_set_accept_state(ssl_.get());
    } else {
        SSL_set_connect_state(ssl_.get());
    }
}

TlsSession::Step TlsSession::end(State state, std::string why) {
    if (state == State::failed) over_ = state;
    why_ = std::move(why);
    return {state};
}

// `operation` gives what OpenSSL does: more than 0 if it is done.
template <typename Operation>
TlsSession::Step TlsSession::step(Operation operation) {
    if (over_ != State::done) return {over_};
    ERR_clear_error();
    errno = 0;
    std::size_t bytes = 0;
    const int result = operation(bytes);
    const int error = errno;
    if (result > 0) return {State::done, bytes};
    switch (SSL_get_error(ssl_.get(), result)) {
        case SSL_ERROR_WANT_READ: return {State::wants_read};
        case SSL_ERROR_WANT_WRITE: return {State::wants_write};
        case SSL_ERROR_ZERO_RETURN: return {State::ended};
        case SSL_ERROR_SYSCALL:
            return end(State::lost, error != 0 && error != EPIPE ? text_of(error) : "the other side has closed it");
        default: return end(State::failed, take_tls_error());
    }
}

TlsSession::Step TlsSession::shake_hands() {
    const auto taken = step([this](std::size_t&) {
        const int result = SSL_do_handshake(ssl_.get());
        const auto reason = ERR_GET_REASON(ERR_peek_error());
        met_plain_text_ = result <= 0 && ERR_GET_LIB(ERR_peek_error()) == ERR_LIB_SSL &&
                          (reason == SSL_R_WRONG_VERSION_NUMBER || reason == SSL_R_HTTP_REQUEST ||
                           reason == SSL_R_HTTPS_PROXY_REQUEST);
        return result;
    });
    return taken;
}

TlsSession::Step TlsSession::read(std::span<std::byte> bytes) {
    const auto taken =
        step([&](std::size_t& count) { return SSL_read_ex(ssl_.get(), bytes.data(), bytes.size(), &count); });
    // The system tells of it once only.
    if (taken.state == State::lost) over_ = State::lost;
    return taken;
}

TlsSession::Step TlsSession::write(std::span<const std::byte> bytes) {
    return step([&](std::size_t& count) { return SSL_write_ex(ssl_.get(), bytes.data(), bytes.size(), &count); });
}

TlsSession::Step TlsSession::end_writing() {
    // 0: told, and not yet told the same.
    return step([&](std::size_t&) {
        const int result = SSL_shutdown(ssl_.get());
        return result == 0 ? 1 : result;
    });
}

}  // namespace seatledger
