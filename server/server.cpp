#include "server/server.h"

#include <capnp/schema.h>
#include <sys/resource.h>
#include <unistd.h>

#include <array>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <iostream>
#include <span>
#include <string_view>
#include <utility>

#include "engine/hex.h"
#include "engine/hmac.h"
#include "engine/ledger.h"
#include "engine/log/rocksdb_log.h"
#include "engine/notary/signing_key_file.h"
#include "engine/random.h"
#include "server/log_in.h"

namespace seatledger {
namespace {

constexpr auto project_poll = std::chrono::milliseconds(20);
constexpr auto project_told = std::chrono::seconds(3);
constexpr unsigned maintenance_threads = 2;  // a rebuild, and a digest beside it

std::unexpected<std::string> failed(const StorageFailure& failure) { return std::unexpected(failure.message); }

std::unique_ptr<Clock> make_clock(bool manual) {
    if (manual) return std::make_unique<StandingClock>();
    return std::make_unique<SystemClock>();
}

// Connections and the databases' files both take descriptors, and the usual limit is small.
void raise_descriptor_limit() {
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
    limit.rlim_cur = limit.rlim_max;
    ::setrlimit(RLIMIT_NOFILE, &limit);
}

ListenAddress listen_address(const ServerOptions& options) {
    const bool is_encrypted = !options.tls_certificate.empty();
    return {options.host, options.port, !is_encrypted && !options.is_insecure};
}

// Null without a certificate.
std::expected<TlsContext, std::string> load_tls(const ServerOptions& options, spdlog::logger& logger) {
    if (options.tls_certificate.empty() && options.tls_key.empty()) return nullptr;
    auto loaded = load_server_tls(options.tls_certificate, options.tls_key);
    if (!loaded) return std::unexpected(loaded.error());
    for (const auto& warning : loaded->warnings) log_line(logger, spdlog::level::warn, warning);
    return std::move(loaded->context);
}

std::string usual_sender() {
    std::array<char, 256> host{};
    if (::gethostname(host.data(), host.size() - 1) != 0 || host[0] == '\0') return "seatledger@localhost";
    return "seatledger@" + std::string(host.data());
}

// What no other ledger is called, and what this one is called as long as it lives: 32 hexadecimal digits.
std::string ledger_name(const Vault& vault) {
    constexpr std::string_view purpose = "the name of this ledger";
    const auto bytes = std::as_bytes(std::span(purpose));
    const auto key = vault.digest_key();
    const auto mac = HmacSha256(key).of({{reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()}});
    return to_hex({reinterpret_cast<const char*>(mac.data()), mac.size()});
}

}  // namespace

Server::Server(const ServerOptions& options, std::shared_ptr<spdlog::logger> logger, DataDirectory data)
    : options_(options),
      logger_(std::move(logger)),
      data_(std::move(data)),
      signals_(network_),
      start_timer_(network_.get_executor()),
      clock_(make_clock(options.manual_clock)),
      message_check_(capnp::Schema::from<schema::ClientMessage>()),
      request_memory_(options.limits.request_bytes_max) {}

Server::~Server() { shut_down(); }

std::expected<std::unique_ptr<Server>, std::string> Server::open(const ServerOptions& options,
                                                                 std::shared_ptr<spdlog::logger> logger) {
    auto tls = load_tls(options, *logger);
    if (!tls) return std::unexpected(tls.error());
    if (auto found = find_listen_address(listen_address(options)); !found) return std::unexpected(found.error());
    auto data = DataDirectory::open(options.data);
    if (!data) return std::unexpected(data.error());
    std::unique_ptr<Server> server(new Server(options, std::move(logger), std::move(*data)));
    server->tls_ = std::move(*tls);

    // The log first: it keeps other processes out of all of the directory.
    auto log = open_rocksdb_log(server->data_.log());
    if (!log) return failed(log.error());
    server->log_ = std::move(*log);
    if (auto opened = server->open_vault(); !opened) return std::unexpected(opened.error());
    if (auto opened = server->open_couriers(); !opened) return std::unexpected(opened.error());
    if (auto opened = server->open_notary(); !opened) return std::unexpected(opened.error());
    auto token = server->data_.token();
    if (!token) return std::unexpected(token.error());
    server->access_ = std::make_unique<Access>(*server->private_rows_, *token);
    auto access_log = AccessLog::open(server->access_log_options());
    if (!access_log) return std::unexpected(access_log.error());
    server->access_log_ = std::move(*access_log);

    auto projections = Projections::open(server->data_.projections(), *server->log_, server->secrets());
    if (!projections) return failed(projections.error());
    server->projections_ = std::move(*projections);
    server->projections_->start();
    return server;
}

std::expected<void, std::string> Server::open_vault() {
    VaultOptions options;
    options.master_key = MasterKeySource::usual(options_.master_key_file);
    options.ledger_has_events = static_cast<bool>(log_->last());
    auto vault = Vault::open(data_.vault(), options);
    if (!vault) return std::unexpected(vault.error());
    vault_ = std::move(*vault);
    auto rows = open_rocksdb_private_table(data_.private_rows());
    if (!rows) return failed(rows.error());
    private_rows_ = std::move(*rows);
    return {};
}

std::expected<void, std::string> Server::open_notary() {
    const auto random = make_system_random();
    auto key = open_signing_key(data_.signing_key_file(), options_.origin, *random);
    if (!key) return std::unexpected(key.error());
    signing_key_.emplace(std::move(*key));
    auto store = TreeStore::open(data_.merkle());
    if (!store) return failed(store.error());
    tree_ = std::move(*store);
    NotaryOptions options;
    options.notice = [this](const std::string& message) { log_line(*logger_, spdlog::level::warn, message); };
    auto notary = Notary::open(*tree_, *log_, *signing_key_, options);
    if (!notary) return failed(notary.error());
    notary_ = std::move(*notary);
    notary_->start();
    return {};
}

// The outbox in any case: there may be letters of earlier days in it, to people who are erased today.
std::expected<void, std::string> Server::open_couriers() {
    auto outbox = OutboxCourier::open(data_.outbox());
    if (!outbox) return std::unexpected(outbox.error());
    outbox_ = std::move(*outbox);
    if (!options_.smtp) return {};
    auto smtp = SmtpCourier::open(*options_.smtp);
    if (!smtp) return std::unexpected(smtp.error());
    smtp_ = std::move(*smtp);
    return {};
}

AccessLogOptions Server::access_log_options() const {
    auto of = options_.access_log;
    if (of.file.empty()) of.file = data_.access_log();
    return of;
}

MailerOptions Server::mailer_options() const {
    MailerOptions mailer;
    mailer.from = {options_.mail_from.empty() ? usual_sender() : options_.mail_from, "Seatledger"};
    mailer.ledger = ledger_name(*vault_);
    mailer.interval = options_.mail_interval;
    return mailer;
}

std::expected<void, std::string> Server::run(const Listening& listening) {
    boost::asio::co_spawn(network_, start(listening), rethrow);
    try {
        network_.run();
    } catch (const std::exception& bug) {
        // Nobody knows what state the connections are in.
        log_line(*logger_, spdlog::level::critical, "the network thread failed", {{"reason", bug.what()}});
        std::abort();
    }
    shut_down();
    return started_;
}

void Server::stop() {
    boost::asio::post(network_, [this] { begin_to_stop(); });
}

void Server::stop_on_signals() {
    signals_.add(SIGTERM);
    signals_.add(SIGINT);
    if (tls_) signals_.add(SIGHUP);
    boost::asio::co_spawn(network_, wait_for_signals(), rethrow);
}

Task<void> Server::wait_for_signals() {
    for (bool again = false;;) {
        boost::system::error_code error;
        const int signal = co_await signals_.async_wait(boost::asio::redirect_error(awaited, error));
        if (error) co_return;
        if (signal == SIGHUP) {
            load_certificate_again();
            continue;
        }
        if (std::exchange(again, true)) {
            log_line(*logger_, spdlog::level::warn, "ended at once by a second signal");
            std::_Exit(EXIT_FAILURE);
        }
        begin_to_stop();
        if (network_ended_) co_return;  // there was nothing to wait for
    }
}

// What cannot be used is left alone: clients are served with what was good before.
void Server::load_certificate_again() {
    auto tls = load_tls(options_, *logger_);
    if (!tls) {
        return log_line(*logger_, spdlog::level::err, "the certificate stays what it was", {{"reason", tls.error()}});
    }
    tls_ = std::move(*tls);
    if (listener_) listener_->use(tls_);
    log_line(*logger_, spdlog::level::info, "the certificate was read again");
}

Task<void> Server::start(Listening listening) {
    started_ = co_await project_the_log();
    if (started_ && !stopping_) started_ = serve(listening);
    if (!started_ || stopping_) end_network();
}

// The engine's state could begin with tables that are behind. But whoever reads would be shown less than before a
// crash, so nobody is let in until they are at the end of the log, which does not grow yet.
Task<std::expected<void, std::string>> Server::project_the_log() {
    auto told = std::chrono::steady_clock::now();
    while (projections_->checkpoint() < log_->last() && !stopping_) {
        if (const auto failure = projections_->failure()) co_return std::unexpected(failure->message);
        const auto now = std::chrono::steady_clock::now();
        if (now - told > project_told) {
            told = now;
            log_line(*logger_, spdlog::level::info, "bringing the projections up to date before listening",
                     {{"projectedSequence", std::to_string(projections_->checkpoint().value)},
                      {"lastSequence", std::to_string(log_->last().value)}});
        }
        boost::system::error_code ignored;
        start_timer_.expires_after(project_poll);
        co_await start_timer_.async_wait(boost::asio::redirect_error(awaited, ignored));
    }
    co_return std::expected<void, std::string>();
}

std::expected<void, std::string> Server::serve(const Listening& listening) {
    auto ledger = Ledger::open(*log_, secrets(), projections_.get(), *clock_, options_.state);
    if (!ledger) return failed(ledger.error());
    // Ending them may have been cut short when the password was changed, or the person removed.
    const auto ended = access_->end_log_ins([this](const Token& token) {
        const auto& person = token.terms.caller;
        return !is_still_password(*projections_, *private_rows_, person.account, person.user, Sequence(token.password));
    });
    if (!ended) return failed(ended.error());
    const auto committed = [projections = projections_.get()](Sequence) { projections->log_grew(); };
    engine_ = std::make_unique<Engine>(*log_, std::move(*ledger), committed, options_.engine);
    Courier& courier = smtp_ ? static_cast<Courier&>(*smtp_) : *outbox_;
    mailer_.emplace(*projections_, *engine_, courier, *logger_, mailer_options());
    tail_.emplace(network_.get_executor(), watched(*projections_));
    signings_.emplace(network_.get_executor(), watched(*notary_));
    health_.emplace(*engine_, *projections_, *notary_, *logger_, options_.health);
    readers_.emplace(options_.reader_threads);
    maintenance_.emplace(maintenance_threads);
    doorkeeper_.emplace(1);
    hasher_.emplace(1);
    service_.emplace(Service{network_.get_executor(),
                             *engine_,
                             *projections_,
                             *clock_,
                             *notary_,
                             signing_key_->verifier(),
                             *readers_,
                             *maintenance_,
                             rebuilding_,
                             stopping_,
                             *tail_,
                             *signings_,
                             *health_,
                             request_memory_,
                             message_check_,
                             *logger_,
                             *access_,
                             *access_log_,
                             secrets(),
                             *doorkeeper_,
                             *hasher_,
                             throttle_,
                             waiting_room_,
                             options_.limits});
    listener_.emplace(*service_, tls_);
    if (auto opened = listener_->open(listen_address(options_)); !opened) return opened;
    listener_->start();
    log_line(*logger_, spdlog::level::info, "listening",
             {{"host", options_.host},
              {"port", std::to_string(listener_->endpoint().port())},
              {"tls", tls_ ? "yes" : "no"},
              {"lastSequence", std::to_string(log_->last().value)}});
    listening(options_.host, listener_->endpoint().port());
    return {};
}

void Server::begin_to_stop() {
    if (stopping_.exchange(true)) return;
    log_line(*logger_, spdlog::level::info, "stopping");
    start_timer_.cancel();
    if (listener_) listener_->stop([this] { end_network(); });
}

// Leaves nothing that run() would wait for. The signals do what they usually do then: end the process.
void Server::end_network() {
    network_ended_ = true;
    boost::system::error_code ignored;
    signals_.clear(ignored);
    signals_.cancel(ignored);
}

// Everything has been let go of by the connections. What was queued for them is thrown away where it lies, or runs
// and finds nobody; before the ledger, which some of it refers to, is closed.
void Server::shut_down() {
    stopping_ = true;
    if (readers_) readers_->stop();
    if (maintenance_) maintenance_->stop();
    if (doorkeeper_) doorkeeper_->stop();
    if (hasher_) hasher_->stop();
    if (readers_) readers_->join();
    if (doorkeeper_) doorkeeper_->join();
    if (hasher_) hasher_->join();
    mailer_.reset();
    engine_.reset();
    if (maintenance_) maintenance_->join();
    readers_.reset();
    maintenance_.reset();
    doorkeeper_.reset();
    hasher_.reset();
    network_.restart();
    network_.poll();
    if (projections_) {
        if (const auto stopped = projections_->stop(); !stopped) {
            log_line(*logger_, spdlog::level::warn,
                     "the projections could not be made durable and will be derived again",
                     {{"reason", stopped.error().message}});
        }
    }
    logger_->flush();
}

int run_server(const ServerOptions& options) {
    const auto fail = [](const std::string& message) {
        std::cerr << "seatledger: " << message << std::endl;
        return EXIT_FAILURE;
    };
    std::signal(SIGPIPE, SIG_IGN);
    raise_descriptor_limit();
    const auto logger = make_logger(options.log);
    if (!logger) return fail(logger.error());
    const auto server = Server::open(options, *logger);
    if (!server) return fail(server.error());
    (*server)->stop_on_signals();
    const auto ran = (*server)->run([](const std::string& host, std::uint16_t port) {
        const bool is_ipv6 = host.find(':') != std::string::npos;
        std::cout << "listening on " << (is_ipv6 ? "[" + host + "]" : host) << ':' << port << std::endl;
    });
    return ran ? EXIT_SUCCESS : fail(ran.error());
}

}  // namespace seatledger
