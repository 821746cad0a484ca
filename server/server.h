// The one place that wires everything together.
#pragma once

#include <spdlog/logger.h>

#include <atomic>
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/thread_pool.hpp>
#include <chrono>
#include <cstdint>
#include <expected>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "engine/clock.h"
#include "engine/engine.h"
#include "engine/log/log.h"
#include "engine/notary/notary.h"
#include "projections/projections.h"
#include "server/access.h"
#include "server/access_log.h"
#include "server/data_directory.h"
#include "server/health.h"
#include "server/letters/outbox_courier.h"
#include "server/letters/smtp_courier.h"
#include "server/limits.h"
#include "server/listener.h"
#include "server/logging.h"
#include "server/mailer.h"
#include "server/message_check.h"
#include "server/network.h"
#include "server/service.h"
#include "server/tail.h"

namespace seatledger {

struct ServerOptions {
    std::filesystem::path data;
    std::string host = "127.0.0.1";
    std::uint16_t port = 7171;  // 0: any that is free
    // PEM; see load_server_tls(). With neither, connections are not encrypted.
    std::filesystem::path tls_certificate;
    std::filesystem::path tls_key;
    // Plain text on any address. Else without TLS only on those that no other machine can reach.
    bool is_insecure = false;
    std::optional<std::filesystem::path> master_key_file;  // nothing: the environment, or one of the vault's own
    bool manual_clock = false;                             // now is the latest `at` that was accepted
    std::string origin;               // of the checkpoints, and their key's name; empty: it follows from the key
    std::optional<SmtpOptions> smtp;  // nothing: letters become files in the data directory
    std::string mail_from;            // the address that they come from; empty: seatledger@ this machine's name
    std::chrono::milliseconds mail_interval{20};  // how often it is looked whether there are letters
    LogOptions log;
    AccessLogOptions access_log;
    ServerLimits limits;
    HealthLimits health;
    EngineLimits engine;
    StateLimits state;
    unsigned reader_threads = 2;
};

// A ledger in a directory, served over TCP, or TLS.
class Server {
 public:
    // Opens the data directory, the log and the projections, and begins to bring those up to date. Fails if one of
    // them cannot be opened, or before it touches them if the certificate cannot be used or the address must not be
    // listened on, with what to do.
    [[nodiscard]] static std::expected<std::unique_ptr<Server>, std::string> open(
        const ServerOptions& options, std::shared_ptr<spdlog::logger> logger);
    ~Server();

    // SIGTERM and SIGINT stop it; the second one ends the process at once. With TLS, SIGHUP has it read the certificate
    // and the key again, for connections to come. Before run().
    void stop_on_signals();

    // Serves on the caller's thread until it is stopped; that is the network thread then. Calls `listening` once it
    // answers. Fails if it cannot begin to: the projections cannot be brought up to date, the port is in use.
    [[nodiscard]] std::expected<void, std::string> run(
        const std::function<void(const std::string& host, std::uint16_t port)>& listening);

    // Ends run(): requests in flight may end, no others begin. Any thread.
    void stop();

 private:
    using Listening = std::function<void(const std::string& host, std::uint16_t port)>;

    Server(const ServerOptions& options, std::shared_ptr<spdlog::logger> logger, DataDirectory data);

    [[nodiscard]] std::expected<void, std::string> open_vault();
    [[nodiscard]] std::expected<void, std::string> open_notary();
    [[nodiscard]] std::expected<void, std::string> open_couriers();
    [[nodiscard]] Secrets secrets() { return {*vault_, *private_rows_, outbox_.get()}; }
    [[nodiscard]] MailerOptions mailer_options() const;
    [[nodiscard]] AccessLogOptions access_log_options() const;
    [[nodiscard]] Task<void> start(Listening listening);
    [[nodiscard]] Task<std::expected<void, std::string>> project_the_log();
    [[nodiscard]] std::expected<void, std::string> serve(const Listening& listening);
    [[nodiscard]] Task<void> wait_for_signals();
    void load_certificate_again();
    void begin_to_stop();
    void end_network();
    void shut_down();

    const ServerOptions options_;
    const std::shared_ptr<spdlog::logger> logger_;
    const DataDirectory data_;
    std::atomic<bool> stopping_ = false;
    std::expected<void, std::string> started_;

    // What is declared later uses what is declared before it, and ends first.
    WaitingRoom waiting_room_{options_.limits.log_ins_waiting_max, options_.limits.log_ins_waiting_of_address_max};
    boost::asio::io_context network_{1};
    boost::asio::signal_set signals_;
    bool network_ended_ = false;  // run() waits for nothing more but what is there
    Timer start_timer_;
    std::unique_ptr<Clock> clock_;
    TlsContext tls_;  // null: plain text
    std::unique_ptr<Vault> vault_;
    std::unique_ptr<PrivateTable> private_rows_;
    std::unique_ptr<OutboxCourier> outbox_;
    std::unique_ptr<SmtpCourier> smtp_;  // null: letters go into the outbox
    std::unique_ptr<Access> access_;
    std::unique_ptr<AccessLog> access_log_;
    Throttle throttle_;
    std::unique_ptr<Log> log_;
    std::optional<merkle::SigningKey> signing_key_;
    std::unique_ptr<TreeStore> tree_;
    std::unique_ptr<Notary> notary_;
    std::unique_ptr<Projections> projections_;
    const MessageCheck message_check_;
    Budget request_memory_;
    bool rebuilding_ = false;
    std::optional<Tail> tail_;
    std::optional<Tail> signings_;
    std::unique_ptr<Engine> engine_;
    std::optional<Mailer> mailer_;
    std::optional<Health> health_;
    std::optional<boost::asio::thread_pool> readers_;
    std::optional<boost::asio::thread_pool> maintenance_;
    std::optional<boost::asio::thread_pool> doorkeeper_;
    std::optional<boost::asio::thread_pool> hasher_;
    std::optional<Service> service_;
    std::optional<Listener> listener_;
};

// `seatledger serve`: opens, prints `listening on HOST:PORT` on standard output, serves, and gives the exit status.
// What goes wrong is said on standard error.
[[nodiscard]] int run_server(const ServerOptions& options);

}  // namespace seatledger
