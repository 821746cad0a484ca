#include "engine/vault/directory.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>

#include <cerrno>

#include "engine/vault/key_file.h"

namespace seatledger {
namespace {

namespace fs = std::filesystem;

// Also where it was there already, with another mode.
std::expected<void, std::string> make_directory(const fs::path& path) {
    const bool made = ::mkdir(path.c_str(), secret_directory_mode) == 0;
    if (!made && errno != EEXIST) return std::unexpected(cannot("make", path, errno));
    if (::chmod(path.c_str(), secret_directory_mode) != 0) return std::unexpected(cannot("protect", path, errno));
    // RocksDB and write_file() sync what is in it, but not its name in the one above.
    if (made && !sync_directory(path / "..")) return std::unexpected(cannot("write", path / "..", errno));
    return {};
}

std::expected<Descriptor, std::string> lock_directory(const fs::path& path) {
    const auto file = path / "lock";
    Descriptor lock(::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, secret_file_mode));
    if (!lock) return std::unexpected(cannot("open", file, errno));
    if (::flock(lock.number(), LOCK_EX | LOCK_NB) == 0) return lock;
    if (errno != EWOULDBLOCK) return std::unexpected(cannot("lock", file, errno));
    return std::unexpected("the vault in " + path.string() +
                           " is open in another process, most likely a server; stop that first");
}

}  // namespace

std::expected<VaultDirectory, std::string> VaultDirectory::open(const fs::path& path) {
    if (const auto made = make_directory(path); !made) return std::unexpected(made.error());
    auto lock = lock_directory(path);
    if (!lock) return std::unexpected(lock.error());
    VaultDirectory directory(path, std::move(*lock));
    if (const auto settled = directory.settle(); !settled) return std::unexpected(settled.error());
    return directory;
}

// Which of the two master keys counts is what `keys` says: it changes in one step, by which the rotation is done.
std::expected<void, std::string> VaultDirectory::settle() const {
    // Never more than what `keys` has or will get.
    if (auto removed = remove_secret_file(new_keys()); !removed) return removed;
    auto half_written = new_master_key();
    half_written += ".new";
    if (auto removed = remove_secret_file(half_written); !removed) return removed;

    std::error_code error;
    if (!fs::exists(new_master_key(), error)) return {};
    if (!fs::exists(keys(), error)) return remove_secret_file(new_master_key());
    const auto file = open_key_file(keys());
    if (!file) return std::unexpected(file.error().message);
    const auto fresh = read_master_key(new_master_key());  // a half-written one fails here
    const bool counts = fresh && *fresh && id_of(**fresh) == (*file)->master_key_id();
    return counts ? replace_secret_file(new_master_key(), master_key()) : remove_secret_file(new_master_key());
}

std::expected<void, std::string> VaultDirectory::remove_master_key_unless(const MasterKeyId& id) const {
    const auto key = read_master_key(master_key());
    if (!key) return std::unexpected(key.error());
    if (!*key || id_of(**key) == id) return {};
    return remove_secret_file(master_key());
}

}  // namespace seatledger
