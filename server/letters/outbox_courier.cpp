#include "server/letters/outbox_courier.h"

#include <sys/stat.h>

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
        return std::unexpected(DeliveryFailure{"a letter's name cannot be that of a file", true});
    }
    const std::lock_guard lock(mutex_);
    if (auto written = write_file(directory_ / (name + ".eml"), message, secret_file_mode); !written) {
        return std::unexpected(DeliveryFailure{written.error() + "; make room there, or let the server write"});
    }
    return {};
}

std::expected<void, std::string> OutboxCourier::remove(std::string_view account, UserId user) {
    const auto prefix = prefix_of(account, user);
    const std::lock_guard lock(mutex_);
    std::error_code error;
    auto file = fs::directory_iterator(directory_, error);
    if (error == std::errc::no_such_file_or_directory) return {};
    for (; !error && file != fs::directory_iterator(); file.increment(error)) {
        if (!file->path().filename().string().starts_with(prefix)) continue;
        if (auto removed = remove_secret_file(file->path()); !removed) return removed;
    }
    if (error) return std::unexpected("cannot read " + directory_.string() + ": " + error.message());
    return {};
}

}  // namespace seatledger
