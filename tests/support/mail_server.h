// A real mail server (Debian's python3-aiosmtpd) in a process of its own; smtp_server.py says what it does with whom.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "tests/support/child_process.h"
#include "tests/support/temp_dir.h"

namespace seatledger::testing {

// A letter as the server got it.
struct ReceivedLetter {
    std::string from;
    std::vector<std::string> to;
    std::vector<std::string> options;  // of MAIL: SIZE=…, SMTPUTF8
    bool has_tls = false;
    std::optional<std::string> user;  // who has logged in
    int connection = 0;               // letters with the same number came over the same one
    std::string message;
};

// Whom it knows.
inline constexpr const char* mail_user = "mailer";
inline constexpr const char* mail_password = "correct horse";

// A certificate for localhost and 127.0.0.1 that nobody but itself has signed, and its key.
struct Certificate {
    std::filesystem::path certificate;
    std::filesystem::path key;
};

[[nodiscard]] Certificate make_certificate(const std::filesystem::path& directory);

class MailServer {
 public:
    // With a certificate it has the kinds with TLS as well.
    explicit MailServer(const std::optional<Certificate>& certificate = {});

    // "plain": SMTPUTF8, no TLS, no log-in; "ascii": without SMTPUTF8; "clear_login": log-in without TLS; "starttls":
    // offers it; "starttls_login": demands it, and a log-in; "smtps_login": TLS from the first byte, and a log-in.
    [[nodiscard]] std::string url(const std::string& kind) const;
    [[nodiscard]] std::uint16_t port(const std::string& kind) const;

    // The next letter that it took. Fails the test if there is none.
    [[nodiscard]] ReceivedLetter receive();
    [[nodiscard]] bool has_received_nothing_more() { return process_.is_quiet(); }

 private:
    ChildProcess process_;
    std::string ports_;  // as it told them
};

// A port of the loopback on which somebody listens who takes connections and says nothing; or, once it is shut, on
// which nobody does.
class SilentServer {
 public:
    SilentServer();
    ~SilentServer();
    SilentServer(const SilentServer&) = delete;
    SilentServer& operator=(const SilentServer&) = delete;

    [[nodiscard]] std::string url() const { return "smtp://127.0.0.1:" + std::to_string(port_); }
    void shut();

 private:
    int listener_;
    std::uint16_t port_ = 0;
};

}  // namespace seatledger::testing
