// A server in this process, on a port of its own, in a directory of its own.
#pragma once

#include <spdlog/sinks/base_sink.h>

#include <chrono>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "server/server.h"
#include "tests/support/commands.h"
#include "tests/support/temp_dir.h"
#include "tests/support/test_client.h"

namespace seatledger::testing {

// What is logged, line by line. Any thread.
class LogLines final : public spdlog::sinks::base_sink<std::mutex> {
 public:
    [[nodiscard]] std::vector<std::string> all();
    // How many lines have `part` in them.
    [[nodiscard]] int count(std::string_view part);

 protected:
    void sink_it_(const spdlog::details::log_msg& line) override;
    void flush_() override {}

 private:
    std::vector<std::string> lines_;
};

class RunningServer {
 public:
    // The clock is a manual one, letters wait for the next start, and the timeouts are looked at often, unless `change`
    // says otherwise.
    explicit RunningServer(const std::function<void(ServerOptions&)>& change = {});
    ~RunningServer();

    [[nodiscard]] std::uint16_t port() const { return port_; }
    [[nodiscard]] const std::string& token() const { return token_; }
    [[nodiscard]] LogLines& log() { return *lines_; }
    [[nodiscard]] const std::filesystem::path& data() const { return directory_.path(); }

    // One that has said hello.
    [[nodiscard]] TestClient connect() const { return {port_, token_, over()}; }
    // What it speaks.
    [[nodiscard]] TestClient::Over over() const {
        return options_.tls_certificate.empty() ? TestClient::Over::tcp : TestClient::Over::tls;
    }

    // Tells it to stop; and waits until it has.
    void begin_to_stop() { server_->stop(); }
    void wait();
    // Stops it if it runs, and starts another one in the same directory.
    void restart(const std::function<void(ServerOptions&)>& change = {});

 private:
    void start();

    TempDir directory_;
    ServerOptions options_;
    std::shared_ptr<LogLines> lines_ = std::make_shared<LogLines>();
    std::unique_ptr<Server> server_;
    std::thread thread_;
    std::uint16_t port_ = 0;
    std::string token_;
};

// Sets what a message submits.
[[nodiscard]] TestClient::Fill submit(const Steps& commands);

// The account acme with three people beside its boss, and with that many licenses of connect.
[[nodiscard]] Steps small_company(int licenses = 10);

// Waits until the condition holds; gives whether it came to.
[[nodiscard]] bool comes_to_hold(const std::function<bool()>& condition,
                                 std::chrono::milliseconds timeout = std::chrono::seconds(10));

}  // namespace seatledger::testing
