#include "tools/offline_data.h"

#include <fcntl.h>
#include <unistd.h>

#include <system_error>

namespace seatledger {
namespace {

// The process that holds RocksDB's lock on the directory; 0: none.
pid_t holder_of(const std::filesystem::path& directory) {
    const int fd = open((directory / "LOCK").c_str(), O_RDWR | O_CLOEXEC);
    if (fd < 0) return 0;
    struct flock lock {};
    lock.l_type = F_WRLCK;
    lock.l_whence = SEEK_SET;
    const bool is_held = fcntl(fd, F_GETLK, &lock) == 0 && lock.l_type != F_UNLCK;
    close(fd);
    return is_held ? lock.l_pid : 0;
}

}  // namespace

std::expected<DataDirectory, std::string> find_ledger(const OfflineData& data) {
    std::error_code ignored;
    if (!std::filesystem::exists(data.directory / "format", ignored)) {
        return std::unexpected("there is no ledger in " + data.directory.string() +
                               ": give the directory that a server was started with (serve --data DIR)");
    }
    auto directory = DataDirectory::open(data.directory);
    if (!directory) return directory;
    if (const auto holder = holder_of(directory->log()); holder != 0) {
        return std::unexpected(data.directory.string() + " is in use by process " + std::to_string(holder) +
                               ": stop that server first");
    }
    return directory;
}

std::expected<std::unique_ptr<Vault>, std::string> open_vault(const OfflineData& data, const DataDirectory& directory,
                                                              bool has_events) {
    VaultOptions options;
    options.master_key = MasterKeySource::usual(data.master_key_file);
    options.ledger_has_events = has_events;
    return Vault::open(directory.vault(), options);
}

}  // namespace seatledger
