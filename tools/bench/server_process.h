// A server in a process of its own, to be measured from outside.
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <string>

namespace seatledger::bench {

// Failures are kj::Exceptions.
class ServerProcess {
 public:
    // Runs `program serve` on the directory and a free port of the loopback, and waits until it answers.
    ServerProcess(const std::string& program, const std::filesystem::path& data);
    // Ends it, cleanly.
    ~ServerProcess();
    ServerProcess(const ServerProcess&) = delete;
    ServerProcess& operator=(const ServerProcess&) = delete;

    void stop();

    [[nodiscard]] std::uint16_t port() const { return port_; }
    [[nodiscard]] const std::string& token() const { return token_; }

 private:
    pid_t process_ = -1;
    std::uint16_t port_ = 0;
    std::string token_;
};

}  // namespace seatledger::bench
