// Letters by SMTP (RFC 5321), through libcurl.
#pragma once

#include <atomic>
#include <chrono>
#include <expected>
#include <memory>
#include <optional>
#include <string>

#include "server/letters/courier.h"

namespace seatledger {

// What smtp:// does when the server offers TLS by STARTTLS (RFC 3207). smtps:// always has TLS, from the first byte.
enum class StartTls {
    never,       // all of it in the clear, password included
    if_offered,  // against those who only listen: the certificate is checked only if a `ca_file` is given, since a
                 // server that offers no TLS at all would be taken too
    required,    // or no letter is sent; the certificate is checked
};

struct SmtpOptions {
    // smtp://[user:password@]host[:port][/name] or smtps://…; ports 25 and 465 unless given. The name is the one that
    // this machine says hello by; else its own. User and password are percent-encoded (RFC 3986), and better given
    // below: whoever may list the machine's processes can read what stands in a URL on a command line.
    std::string url;
    std::string user;  // empty: that of the URL, if it has one, else no log-in
    std::string password;
    std::optional<StartTls> starttls;  // if not given: required with a log-in, else if offered
    std::string ca_file;               // PEM; empty: the system's certificate authorities

    std::chrono::milliseconds connect_timeout = std::chrono::seconds(10);
    std::chrono::milliseconds total_timeout = std::chrono::seconds(60);  // of one letter, connecting included
    std::chrono::seconds stall_timeout = std::chrono::seconds(20);       // without any byte either way
};

class SmtpCourier final : public Courier {
 public:
    // Checks the options and connects to nobody. Fails if the URL is not one of those, if it has a user or
    // password beside those of the options, or if the file of authorities cannot be read.
    [[nodiscard]] static std::expected<std::unique_ptr<SmtpCourier>, std::string> open(const SmtpOptions& options);
    ~SmtpCourier() override;

    // Sends one letter, over the connection of the one before if that is still up (libcurl keeps it for two minutes).
    // Blocks for at most `total_timeout`; beyond that, `stall_timeout` to take leave of a connection that has been idle
    // for too long (as does the end of the courier), and as long as the system's resolver takes to give up on a name.
    //
    // Permanent: the server refused the recipient or the letter for good (a 5xx to RCPT or to DATA, but for 530, 534,
    // 535 and 538, by which it asks for a log-in or for TLS), and an address that no server could take (addr_spec).
    // Everything else may pass: 4xx, a refused sender, a refused log-in, no connection, no trust in the certificate,
    // a time-out.
    //
    // Domains go in ASCII (see addr_spec). Where the part before the @ is not ASCII it goes in UTF-8, with SMTPUTF8
    // (RFC 6531) if the server offers that; one that does not usually refuses the recipient with a 5xx, which is
    // permanent.
    [[nodiscard]] std::expected<void, DeliveryFailure> deliver(const MailEnvelope& envelope, const std::string& message,
                                                               const std::string& name) override;

    void stop() override { stopped_ = true; }

 private:
    struct Connection;

    SmtpCourier(std::unique_ptr<Connection> connection, std::string where);
    [[nodiscard]] DeliveryFailure failure(int curl_code) const;

    std::unique_ptr<Connection> connection_;
    std::string where_;  // host:port, for messages
    std::atomic<bool> stopped_ = false;
};

}  // namespace seatledger
