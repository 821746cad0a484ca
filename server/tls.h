// TLS, by OpenSSL, over a socket that does not block. The server's connections and those of the command line both use
// it: each waits for the socket in its own way.
#pragma once

#include <openssl/ssl.h>

#include <cstddef>
#include <expected>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace seatledger {

// What connections of one side have in common. Any thread.
using TlsContext = std::shared_ptr<SSL_CTX>;

enum class TlsSide { server, client };

// TLS 1.2 and 1.3, with OpenSSL's ciphers at its security level 2. Without renegotiation, compression, and sessions
// that are taken up again. Still without certificates. Fails if the system's OpenSSL is not in order.
[[nodiscard]] std::expected<TlsContext, std::string> make_tls_context(TlsSide side);

struct ServerTls {
    TlsContext context;
    std::vector<std::string> warnings;  // the certificate has expired, or is not valid yet; each one line
};

// A server's context. `certificate`: PEM, the server's own first, then those of the authorities between it and one
// that clients know. `key`: PEM, not encrypted, and out of reach for others than its owner and group. Fails if a file
// cannot be read or is not that, or if the key is not the certificate's, with what to do.
[[nodiscard]] std::expected<ServerTls, std::string> load_server_tls(const std::filesystem::path& certificate,
                                                                    const std::filesystem::path& key);

// The oldest of OpenSSL's errors on this thread as words, and forgets all of them.
[[nodiscard]] std::string take_tls_error();

// One connection. Nothing here blocks or waits: a step that cannot be taken yet says what the socket has to become
// before it is tried again. One thread at a time; reading and writing may take turns at will.
class TlsSession {
 public:
    enum class State {
        done,
        wants_read,   // again once the socket can be read,
        wants_write,  // or written
        ended,        // the other side has nothing more to say
        lost,         // the socket has failed; what had come before can still be read if that was in writing
        failed,       // what came is not what TLS allows, or is not agreed to
    };
    struct Step {
        State state;
        std::size_t bytes = 0;  // read or written; some if done
    };

    // The socket stays the caller's, does not block, and must not be closed before the last step.
    TlsSession(const TlsContext& context, TlsSide side, int socket);
    TlsSession(const TlsSession&) = delete;
    TlsSession& operator=(const TlsSession&) = delete;

    // First, until it is done.
    [[nodiscard]] Step shake_hands();

    // The end may come without TLS's own word for it: who reads messages knows whether one is missing.
    [[nodiscard]] Step read(std::span<std::byte> bytes);
    // Takes a record's worth, 16 KiB, at most; done once the system has it. What was given to a step that wants
    // something has to be given again. Never wants to read.
    [[nodiscard]] Step write(std::span<const std::byte> bytes);
    // Tells the other side that nothing more will be written. Reading goes on. Never wants to read.
    [[nodiscard]] Step end_writing();

    // Of what is lost or has failed; one line.
    [[nodiscard]] const std::string& why() const { return why_; }
    // Of a handshake that failed: whether the other side does not speak TLS at all.
    [[nodiscard]] bool met_plain_text() const { return met_plain_text_; }

    // For what only one side needs: names to be verified, and what came of it.
    [[nodiscard]] SSL* native() const { return ssl_.get(); }

 private:
    struct Free {
        void operator()(SSL* ssl) const { SSL_free(ssl); }
    };

    template <typename Operation>
    [[nodiscard]] Step step(Operation operation);
    [[nodiscard]] Step end(State state, std::string why);
    [[nodiscard]] std::span<const char> encrypted() const;
    [[nodiscard]] Step flush();

    const int socket_;
    std::unique_ptr<SSL, Free> ssl_;
    // What is encrypted comes to lie here, and from here on the socket. For while OpenSSL itself has something left to
    // write it cannot answer when the other side changes keys, which it may do at any time.
    BIO* encrypted_ = nullptr;        // of ssl_
    std::size_t encrypted_sent_ = 0;  // bytes of it
    std::size_t taken_ = 0;           // bytes that it stands for, of a write that is not done
    std::string why_;
    State over_ = State::done;  // or what every step gives from now on
    bool met_plain_text_ = false;
};

}  // namespace seatledger
