#include "server/tls.h"

#include <fcntl.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <sys/socket.h>
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

// What may be encrypted and wait for the other side to take it: a record, and TLS's answers to what that side sends.
constexpr std::size_t unsent_bytes_max = 64 * 1024;

constexpr int security_level_min = 2;  // keys of 112 bits of strength and more

struct CloseFile {
    void operator()(std::FILE* file) const { std::fclose(file); }
};
using File = std::unique_ptr<std::FILE, CloseFile>;

struct FreeKey {
    void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
};

std::string text_of(int error) { return std::generic_category().message(error); }

std::string lost_by(int error) {
    return error == 0 || error == EPIPE ? "the other side has closed it" : text_of(error);
}

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
    // A write is a record; idle connections hold none; a read takes in more than a record if there is more.
    SSL_CTX_set_mode(context.get(), SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_RELEASE_BUFFERS);
    // Who does nothing but change keys, as fast as they can be derived, would else keep a step from ever ending.
    SSL_CTX_clear_mode(context.get(), SSL_MODE_AUTO_RETRY);
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

TlsSession::TlsSession(const TlsContext& context, TlsSide side, int socket)
    : socket_(socket), ssl_(SSL_new(context.get())), encrypted_(ssl_ ? BIO_new(BIO_s_mem()) : nullptr) {
    if (encrypted_ != nullptr) SSL_set0_wbio(ssl_.get(), encrypted_);
    if (encrypted_ == nullptr || SSL_set_rfd(ssl_.get(), socket) != 1) {
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
        case SSL_ERROR_SYSCALL: return end(State::lost, lost_by(error));
        default: break;
    }
    auto why = take_tls_error();
    static_cast<void>(flush());  // the other side is told, if it can be at once
    return end(State::failed, std::move(why));
}

std::span<const char> TlsSession::encrypted() const {
    char* data = nullptr;
    const auto size = BIO_get_mem_data(encrypted_, &data);
    return std::span(data, static_cast<std::size_t>(size)).subspan(encrypted_sent_);
}

// Sends what is encrypted.
TlsSession::Step TlsSession::flush() {
    while (!encrypted().empty()) {
        const auto count = ::send(socket_, encrypted().data(), encrypted().size(), MSG_NOSIGNAL);
        if (count >= 0) {
            encrypted_sent_ += static_cast<std::size_t>(count);
        } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
            return {State::wants_write};
        } else if (errno != EINTR) {
            return end(State::lost, lost_by(errno));
        }
    }
    if (std::exchange(encrypted_sent_, 0) > 0) static_cast<void>(BIO_reset(encrypted_));
    return {State::done};
}

TlsSession::Step TlsSession::shake_hands() {
    const auto shaken = step([this](std::size_t&) {
        const int result = SSL_do_handshake(ssl_.get());
        const auto reason = ERR_GET_REASON(ERR_peek_error());
        met_plain_text_ = result <= 0 && ERR_GET_LIB(ERR_peek_error()) == ERR_LIB_SSL &&
                          (reason == SSL_R_WRONG_VERSION_NUMBER || reason == SSL_R_HTTP_REQUEST ||
                           reason == SSL_R_HTTPS_PROXY_REQUEST);
        return result;
    });
    if (shaken.state == State::failed) return shaken;
    const auto sent = flush();
    return sent.state == State::done ? shaken : sent;
}

TlsSession::Step TlsSession::read(std::span<std::byte> bytes) {
    const auto taken =
        step([&](std::size_t& count) { return SSL_read_ex(ssl_.get(), bytes.data(), bytes.size(), &count); });
    // The system tells of it once only.
    if (taken.state == State::lost) over_ = State::lost;
    // Reading has TLS answer, too, and nobody may be about to write.
    const bool is_stuck = over_ == State::done && flush().state == State::wants_write;
    if (is_stuck && encrypted().size() > unsent_bytes_max) {
        return end(State::failed, "asks TLS for answers and takes none");
    }
    return taken;
}

TlsSession::Step TlsSession::write(std::span<const std::byte> bytes) {
    if (taken_ == 0) {
        const auto taken =
            step([&](std::size_t& count) { return SSL_write_ex(ssl_.get(), bytes.data(), bytes.size(), &count); });
        if (taken.state != State::done) return taken;
        taken_ = taken.bytes;
    }
    const auto sent = flush();
    return sent.state == State::done ? Step{State::done, std::exchange(taken_, 0)} : sent;
}

TlsSession::Step TlsSession::end_writing() {
    if (over_ != State::done) return {over_};
    if ((SSL_get_shutdown(ssl_.get()) & SSL_SENT_SHUTDOWN) == 0) {
        const auto told = step([&](std::size_t&) { return SSL_shutdown(ssl_.get()) < 0 ? -1 : 1; });
        if (told.state != State::done) return told;
    }
    return flush();
}

}  // namespace seatledger
