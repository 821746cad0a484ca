#include "tests/support/running_server.h"

#include <algorithm>
#include <fstream>
#include <future>
#include <stdexcept>
#include <utility>

#include "server/json.h"

namespace seatledger::testing {

std::vector<std::string> LogLines::all() {
    const std::lock_guard lock(mutex_);
    return lines_;
}

int LogLines::count(std::string_view part) {
    return static_cast<int>(
        std::ranges::count_if(all(), [&](const auto& line) { return line.find(part) != std::string::npos; }));
}

void LogLines::sink_it_(const spdlog::details::log_msg& line) {
    spdlog::memory_buf_t formatted;
    formatter_->format(line, formatted);
    lines_.emplace_back(formatted.data(), formatted.size());
}

RunningServer::RunningServer(const std::function<void(ServerOptions&)>& change) {
    options_.data = directory_.path();
    options_.port = 0;
    options_.manual_clock = true;
    options_.mail_interval = std::chrono::hours(1);
    options_.limits.tick = std::chrono::milliseconds(10);
    if (change) change(options_);
    start();
}

RunningServer::~RunningServer() {
    if (!thread_.joinable()) return;
    begin_to_stop();
    wait();
}

void RunningServer::start() {
    auto logger = make_logger({lines_}, LogFormat::text);
    logger->set_level(spdlog::level::debug);
    auto opened = Server::open(options_, logger);
    if (!opened) throw std::runtime_error(opened.error());
    server_ = std::move(*opened);
    std::promise<std::uint16_t> port;
    auto listening = port.get_future();
    thread_ = std::thread([this, port = std::move(port)]() mutable {
        const auto ran = server_->run([&](const std::string&, std::uint16_t at) { port.set_value(at); });
        if (!ran) port.set_exception(std::make_exception_ptr(std::runtime_error(ran.error())));
    });
    port_ = listening.get();
    std::ifstream(data() / "vendor.token") >> token_;
}

void RunningServer::wait() {
    thread_.join();
    server_.reset();
}

void RunningServer::restart(const std::function<void(ServerOptions&)>& change) {
    if (thread_.joinable()) {
        begin_to_stop();
        wait();
    }
    if (change) change(options_);
    start();
}

TestClient::Fill submit(const Steps& commands) {
    return [commands](schema::ClientMessage::Builder message) {
        auto list = message.initSubmit().initCommands(static_cast<unsigned>(commands.size()));
        for (unsigned i = 0; i < list.size(); ++i) {
            if (const auto read = read_command(testing::quoted(commands[i]), list[i]); !read) {
                throw std::runtime_error(read.error());
            }
        }
    };
}

Steps small_company(int licenses) {
    return steps(open_acme(), product("connect"), registered("ann"), registered("bob"), registered("cid"),
                 bought("first", "connect", licenses));
}

bool comes_to_hold(const std::function<bool()>& condition, std::chrono::milliseconds timeout) {
    const auto until = std::chrono::steady_clock::now() + timeout;
    while (!condition()) {
        if (std::chrono::steady_clock::now() > until) return false;
        std::this_thread::sleep_for(std::chrono::milliseconds(2));
    }
    return true;
}

}  // namespace seatledger::testing
