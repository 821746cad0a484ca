#include "server/letters/outbox_courier.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <system_error>

#include "engine/files.h"

namespace seatledger {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t name_bytes_max = 200;

std::string prefix_of(std::string_view account, UserId user) {
    return std::string(account) + "." + std::to_string(user.value) + ".";
}

bool is_file_name(std::string_view name) {
    if (name.empty() || name.size() > name_bytes_max || name.starts_with('.')) return false;
    return std::ranges::all_of(
        name, [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.'; });
}

// Names begin with "acme.3."; no account's id has a dot.
bool is_to_one_of(const std::set<std::string>& prefixes, std::string_view name) {
    const auto account = name.find('.');
    const auto user = account == name.npos ? account : name.find('.', account + 1);
    return user != name.npos && prefixes.contains(std::string(name.substr(0, user + 1)));
}

constexpr std::string_view aside_suffix = ".gone";

// Whoever takes letters away gets all of one, or nothing: so it is put aside before it is overwritten. One that is not
// there any more, or only as a link, is not ours.
std::expected<void, std::string> remove_letter(const fs::path& path) {
    auto aside = path;
    if (!path.native().ends_with(aside_suffix)) {
        aside += aside_suffix;
        if (::rename(path.c_str(), aside.c_str()) != 0) {
            if (errno == ENOENT) return {};
            return std::unexpected(cannot("remove", path, errno));
        }
    }
    std::error_code error;
    if (fs::is_symlink(fs::symlink_status(aside, error))) {
        if (::unlink(aside.c_str()) == 0 || errno == ENOENT) return {};
        return std::unexpected(cannot("remove", aside, errno));
    }
    return remove_secret_file(aside);
}

}  // namespace

std::string file_name(std::string_view account, UserId user, Sequence event) {
    return prefix_of(account, user) + std::to_string(event.value);
}

std::expected<std::unique_ptr<OutboxCourier>, std::string> OutboxCourier::open(const fs::path& directory) {
    const auto cannot_make = [&](const std::string& why) {
        return std::unexpected("cannot make " + directory.string() + " for letters: " + why);
    };
    std::error_code error;
    const auto parent = fs::absolute(directory / "").parent_path().parent_path();
    fs::create_directories(parent, error);
    if (error) return cannot_make(error.message());
    if (::mkdir(directory.c_str(), secret_directory_mode) == 0) {
        if (!sync_directory(parent)) return cannot_make(std::strerror(errno));
    } else if (errno != EEXIST) {
        return cannot_make(std::strerror(errno));
    }
    if (!fs::is_directory(directory, error)) return cannot_make("something else has that name; move it away");
    return std::unique_ptr<OutboxCourier>(new OutboxCourier(directory));
}

std::expected<void, DeliveryFailure> OutboxCourier::deliver(const MailEnvelope&, const std::string& message,
                                                            const std::string& name) {
    if (!is_file_name(name)) {
        return std::unexpected(DeliveryFailure{"a letter's name cannot be that of a file", true, true});
    }
    const std::lock_guard lock(mutex_);
    if (is_to_one_of(removed_, name)) {
        return std::unexpected(DeliveryFailure{"whoever it is to was erased; it is not written", true, true});
    }
    // Somebody may have taken the directory away with the letters.
    if (::mkdir(directory_.c_str(), secret_directory_mode) != 0 && errno != EEXIST) {
        return std::unexpected(DeliveryFailure{cannot("make", directory_, errno) + "; let the server make it"});
    }
    if (auto written = write_file(directory_ / (name + ".eml"), message, secret_file_mode); !written) {
        return std::unexpected(DeliveryFailure{written.error() + "; make room there, or let the server write"});
    }
    return {};
}

std::expected<void, StorageFailure> OutboxCourier::remove(std::span<const PersonName> people) {
    std::set<std::string> prefixes;
    for (const auto& person : people) prefixes.insert(prefix_of(person.account, person.user));
    const std::lock_guard lock(mutex_);
    removed_.insert(prefixes.begin(), prefixes.end());
    std::error_code error;
    auto file = fs::directory_iterator(directory_, error);
    if (error == std::errc::no_such_file_or_directory) return {};
    for (; !error && file != fs::directory_iterator(); file.increment(error)) {
        if (!is_to_one_of(prefixes, file->path().filename().string())) continue;
        if (auto removed = remove_letter(file->path()); !removed) {
            return std::unexpected(StorageFailure{removed.error()});
        }
    }
    if (error) {
        return std::unexpected(StorageFailure{"cannot read " + directory_.string() + ": " + error.message()});
    }
    return {};
}

}  // namespace seatledger
