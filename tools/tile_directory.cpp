#include "tools/tile_directory.h"

#include <fcntl.h>
#include <kj/debug.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <thread>
#include <utility>

#include "engine/merkle/lines.h"

namespace seatledger {
namespace {

namespace fs = std::filesystem;

// There while a tree is being written: a line that says so, the verifier key, and the sizes of the trees of which files
// may lie here beside those of the checkpoint's.
constexpr std::string_view unfinished_name = "unfinished-export";
constexpr std::string_view unfinished_line =
    "seatledger export-tiles is at work here, or was interrupted; run it again";
constexpr std::string_view half_written = ".new";  // what write_file() may leave behind

constexpr mode_t folder_mode = 0755;

// A sync waits for the file system's journal, which makes one write of all that wait: side by side files take a tenth
// of the time that they take one by one.
constexpr std::size_t writers = 8;
constexpr std::size_t pending_max = 128;
constexpr std::size_t pending_bytes_max = 16 * 1024 * 1024;

std::unexpected<std::string> fail(std::string message) { return std::unexpected(std::move(message)); }

std::string unfinished_text(const std::string& key, const std::vector<std::uint64_t>& sizes) {
    auto text = std::string(unfinished_line) + "\n" + key + "\n";
    for (const auto size : sizes) text += std::to_string(size) + "\n";
    return text;
}

// The sizes in what unfinished_text() gave for the same key; nothing: it did not give this.
std::optional<std::vector<std::uint64_t>> parse_unfinished(std::string_view text, const std::string& key) {
    if (merkle::take_line(text) != unfinished_line || merkle::take_line(text) != key) return std::nullopt;
    std::vector<std::uint64_t> sizes;
    while (!text.empty()) {
        const auto line = merkle::take_line(text);
        const auto size = line ? merkle::parse_decimal(*line) : std::nullopt;
        if (!size) return std::nullopt;
        sizes.push_back(*size);
    }
    return sizes;
}

// With those above it, durably.
std::expected<void, std::string> make_folder(const fs::path& path) {
    std::error_code error;
    if (path.empty() || fs::is_directory(path, error)) return {};
    if (auto above = make_folder(path.parent_path()); !above) return above;
    if (::mkdir(path.c_str(), folder_mode) != 0 && errno != EEXIST) return fail(cannot("make", path, errno));
    if (!fs::is_directory(path, error)) return fail(cannot("make", path, ENOTDIR));
    if (!sync_directory(path / "..")) return fail(cannot("write", path / "..", errno));
    return {};
}

std::expected<void, std::string> remove_file(const fs::path& path) {
    if (::unlink(path.c_str()) == 0 || errno == ENOENT) return {};
    return fail(cannot("remove", path, errno));
}

// A partial file, what a crash may have left of it, and its folder if nothing else is in that.
std::expected<void, std::string> remove_partial(const fs::path& path) {
    auto half = path;
    half += half_written;
    for (const auto& file : {path, half}) {
        if (auto removed = remove_file(file); !removed) return removed;
    }
    const auto folder = path.parent_path();
    if (::rmdir(folder.c_str()) == 0) {
        return sync_directory(folder.parent_path()) ? std::expected<void, std::string>()
                                                    : fail(cannot("write", folder.parent_path(), errno));
    }
    if (errno == ENOENT) return {};
    if (errno != ENOTEMPTY && errno != EEXIST) return fail(cannot("remove", folder, errno));
    if (!sync_directory(folder)) return fail(cannot("write", folder, errno));
    return {};
}

}  // namespace

std::expected<TileDirectory, std::string> TileDirectory::open(const fs::path& path, const merkle::VerifierKey& key) {
    TileDirectory directory(path, key.text());
    std::error_code error;
    if (!fs::exists(path, error) && !error) return directory;
    if (auto locked = directory.lock(); !locked) return fail(locked.error());
    if (auto looked = directory.look(key); !looked) return fail(looked.error());
    return directory;
}

std::expected<void, std::string> TileDirectory::lock() {
    lock_ = Descriptor(::open(path_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!lock_) return fail(cannot("open", path_, errno));
    if (::flock(lock_.number(), LOCK_EX | LOCK_NB) == 0) return {};
    if (errno != EWOULDBLOCK) return fail(cannot("lock", path_, errno));
    return fail("another export is at work in " + path_.string() + "; wait until it is done");
}

std::expected<void, std::string> TileDirectory::look(const merkle::VerifierKey& key) {
    const auto note = read_file(path_ / merkle::checkpoint_path);
    if (!note) return fail(note.error());
    const auto unfinished = read_file(path_ / unfinished_name);
    if (!unfinished) return fail(unfinished.error());
    if (*note) {
        const auto checkpoint = merkle::open_checkpoint(**note, key);
        if (!checkpoint) {
            return fail((path_ / merkle::checkpoint_path).string() + " is not by " + key.text() + ": " +
                        checkpoint.error() + "; name a new or an empty folder for this log");
        }
        note_ = **note;
        checkpoint_ = *checkpoint;
    }
    if (*unfinished) {
        auto sizes = parse_unfinished(**unfinished, key_);
        if (!sizes || sizes->empty()) {
            return fail((path_ / unfinished_name).string() +
                        " is of another log, or damaged; name a new or an empty folder");
        }
        sizes_ = std::move(*sizes);
    }
    return *note || *unfinished ? std::expected<void, std::string>() : expect_empty();
}

std::expected<void, std::string> TileDirectory::expect_empty() const {
    std::error_code error;
    const auto new_unfinished = std::string(unfinished_name).append(half_written);
    for (auto at = fs::directory_iterator(path_, error); !error && at != fs::end(at); at.increment(error)) {
        if (at->path().filename() == new_unfinished) continue;
        return fail(path_.string() + " is not empty, and has no log in it: " + at->path().filename().string() +
                    " is there and no checkpoint; name a new or an empty folder");
    }
    if (error) return fail(cannot("read", path_, error.value()));
    return {};
}

std::optional<std::uint64_t> TileDirectory::unfinished() const {
    if (sizes_.empty()) return std::nullopt;
    return std::ranges::max(sizes_);
}

std::expected<std::string, std::string> TileDirectory::read_whole(const std::string& name) const {
    auto bytes = read_file(path_ / name);
    if (!bytes) return fail(bytes.error());
    if (!*bytes) return fail((path_ / name).string() + " is missing");
    return std::move(**bytes);
}

std::expected<std::vector<merkle::Hash>, std::string> TileDirectory::read(const merkle::Tile& tile) const {
    const auto name = merkle::path_of(tile);
    const auto bytes = read_whole(name);
    if (!bytes) return fail(bytes.error());
    auto hashes = merkle::split(*bytes);
    if (!hashes || hashes->size() != tile.width) {
        return fail((path_ / name).string() + " has " + std::to_string(bytes->size()) + " bytes, and must have " +
                    std::to_string(tile.width * merkle::hash_bytes));
    }
    return std::move(*hashes);
}

std::expected<std::string, std::string> TileDirectory::read(const merkle::EntryBundle& bundle) const {
    return read_whole(merkle::path_of(bundle));
}

bool TileDirectory::has(const merkle::EntryBundle& bundle) const {
    std::error_code error;
    return fs::is_regular_file(path_ / merkle::path_of(bundle), error);
}

std::expected<void, std::string> TileDirectory::begin(std::uint64_t size) {
    if (!lock_) {
        if (auto made = make_folder(path_); !made) return made;
        if (auto locked = lock(); !locked) return locked;
        std::error_code error;
        if (!fs::is_empty(path_, error))
            return fail(path_.string() + " was made by somebody else just now; run it again");
    }
    for (const auto also : {checkpoint_ ? checkpoint_->size : size, size}) {
        if (std::ranges::find(sizes_, also) == sizes_.end()) sizes_.push_back(also);
    }
    return write({std::string(unfinished_name), unfinished_text(key_, sizes_)});
}

std::expected<void, std::string> TileDirectory::put(const merkle::TileBytes& tile) {
    return put(File{merkle::path_of(tile.tile), tile.bytes});
}

std::expected<void, std::string> TileDirectory::put(const merkle::EntryBundle& bundle, std::string_view entries) {
    return put(File{merkle::path_of(bundle), std::string(entries)});
}

std::expected<void, std::string> TileDirectory::put(File file) {
    pending_bytes_ += file.bytes.size();
    pending_.push_back(std::move(file));
    if (pending_.size() < pending_max && pending_bytes_ < pending_bytes_max) return {};
    return flush();
}

std::expected<void, std::string> TileDirectory::flush() {
    const auto files = std::exchange(pending_, {});
    pending_bytes_ = 0;
    std::vector<std::expected<void, std::string>> written(files.size());
    {
        std::atomic<std::size_t> next = 0;
        std::vector<std::jthread> threads;
        while (threads.size() < std::min(writers, files.size())) {
            threads.emplace_back([&] {
                for (auto at = next++; at < files.size(); at = next++) written[at] = write(files[at]);
            });
        }
    }
    const auto failed = std::ranges::find_if(written, [](const auto& each) { return !each; });
    return failed != written.end() ? *failed : std::expected<void, std::string>();
}

std::expected<void, std::string> TileDirectory::write(const File& file) const {
    const auto path = path_ / file.name;
    auto written = make_folder(path.parent_path());
    if (written) written = write_file(path, file.bytes, plain_file_mode);
    if (written) return {};
    return fail(written.error() + "; once that is mended run it again, which goes on with what is there");
}

std::expected<void, std::string> TileDirectory::finish(std::string_view note, std::uint64_t size) {
    KJ_REQUIRE(lock_.number() >= 0, "not begun");
    if (auto flushed = flush(); !flushed) return flushed;
    if (note != note_) {
        const File checkpoint{std::string(merkle::checkpoint_path), std::string(note)};
        if (auto written = write(checkpoint); !written) return written;
    }
    if (auto removed = remove_superseded(size); !removed) return removed;
    if (auto removed = remove_file(path_ / unfinished_name); !removed) return removed;
    if (!sync_directory(path_)) return fail(cannot("write", path_, errno));
    return {};
}

std::expected<void, std::string> TileDirectory::remove_superseded(std::uint64_t size) const {
    const auto current = merkle::partial_tiles(size);
    for (const auto other : sizes_) {
        for (const auto& tile : merkle::partial_tiles(other)) {
            if (std::ranges::find(current, tile) != current.end()) continue;
            if (auto removed = remove_partial(path_ / merkle::path_of(tile)); !removed) return removed;
            if (tile.level != 0) continue;
            const merkle::EntryBundle bundle{tile.index, tile.width};
            if (auto removed = remove_partial(path_ / merkle::path_of(bundle)); !removed) return removed;
        }
    }
    return {};
}

}  // namespace seatledger
