#include "tools/bench/server_process.h"

#include <fcntl.h>
#include <kj/debug.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <fstream>
#include <memory>

namespace seatledger::bench {

ServerProcess::ServerProcess(const std::string& program, const std::filesystem::path& data) {
    int ends[2];
    KJ_SYSCALL(pipe2(ends, O_CLOEXEC));
    const auto directory = data.string();
    const auto log = (data.parent_path() / "server.log").string();
    const char* arguments[] = {program.c_str(), "serve",     "--data", directory.c_str(), "--listen", "127.0.0.1:0",
                               "--log-file",    log.c_str(), nullptr};
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
    const int error =
        posix_spawn(&process_, program.c_str(), &actions, nullptr, const_cast<char**>(arguments), environ);
    posix_spawn_file_actions_destroy(&actions);
    close(ends[1]);
    KJ_REQUIRE(error == 0, "cannot run the server", program.c_str(), strerror(error));

    const std::unique_ptr<FILE, int (*)(FILE*)> output(fdopen(ends[0], "r"), fclose);
    char line[256] = "";
    const auto* read = fgets(line, sizeof line, output.get());
    const auto colon = std::string(line).rfind(':');
    KJ_REQUIRE(read != nullptr && colon != std::string::npos, "the server did not start; see its log", log.c_str());
    port_ = static_cast<std::uint16_t>(std::stoul(std::string(line).substr(colon + 1)));
    std::ifstream(data / "vendor.token") >> token_;
}

ServerProcess::~ServerProcess() { stop(); }

void ServerProcess::stop() {
    if (process_ < 0) return;
    kill(process_, SIGTERM);
    int status = 0;
    waitpid(process_, &status, 0);
    process_ = -1;
    if (status != 0) KJ_LOG(WARNING, "the server did not end cleanly", status);
}

}  // namespace seatledger::bench
