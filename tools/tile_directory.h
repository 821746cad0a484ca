// A folder that has a log as tiles (c2sp.org/tlog-tiles): a checkpoint, and the tiles and entries of the tree that it
// is of. At every moment, also after a crash, all that the checkpoint is of is there.
#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/files.h"
#include "engine/merkle/checkpoint.h"
#include "engine/merkle/note.h"
#include "engine/merkle/tiles.h"
#include "engine/merkle/tree_builder.h"

namespace seatledger {

// One thread, and one process for each folder. Errors are one line: what, where, and what to do. Whatever is written is
// written under another name, synced and renamed; many files at a time, by threads of its own. Cost: half a millisecond
// a file on a disk where a sync takes several.
class TileDirectory {
 public:
    // Looks at what lies in `path`, where there may be nothing yet, and changes nothing. Fails if something else lies
    // there, a log by another key, or one at which another process is at work.
    [[nodiscard]] static std::expected<TileDirectory, std::string> open(const std::filesystem::path& path,
                                                                        const merkle::VerifierKey& key);

    // What lies there; nothing: no log yet.
    [[nodiscard]] const std::optional<merkle::Checkpoint>& checkpoint() const { return checkpoint_; }
    // Whether something was begun to be written there and not finished: the size of the largest such tree.
    [[nodiscard]] std::optional<std::uint64_t> unfinished() const;

    // What is in the file, which has to be there and as long as it must be.
    [[nodiscard]] std::expected<std::vector<merkle::Hash>, std::string> read(const merkle::Tile& tile) const;
    [[nodiscard]] std::expected<std::string, std::string> read(const merkle::EntryBundle& bundle) const;
    [[nodiscard]] bool has(const merkle::EntryBundle& bundle) const;

    // Before the first file of a tree of this size is put down: notes that it was begun, so that whatever is left of it
    // after a crash is known. Makes the folder.
    [[nodiscard]] std::expected<void, std::string> begin(std::uint64_t size);
    // Files are written once there are many of them, or with flush().
    [[nodiscard]] std::expected<void, std::string> put(const merkle::TileBytes& tile);
    [[nodiscard]] std::expected<void, std::string> put(const merkle::EntryBundle& bundle, std::string_view entries);
    [[nodiscard]] std::expected<void, std::string> flush();
    // Once all of it was put: the checkpoint of the tree that was begun, by which the folder is of that tree; then
    // removes what only smaller trees had.
    [[nodiscard]] std::expected<void, std::string> finish(std::string_view note, std::uint64_t size);

 private:
    TileDirectory(std::filesystem::path path, std::string key) : path_(std::move(path)), key_(std::move(key)) {}

    [[nodiscard]] std::expected<void, std::string> look(const merkle::VerifierKey& key);
    struct File {
        std::string name;  // from the folder on
        std::string bytes;
    };

    [[nodiscard]] std::expected<void, std::string> expect_empty() const;
    [[nodiscard]] std::expected<void, std::string> lock();
    [[nodiscard]] std::expected<std::string, std::string> read_whole(const std::string& name) const;
    [[nodiscard]] std::expected<void, std::string> put(File file);
    [[nodiscard]] std::expected<void, std::string> write(const File& file) const;
    [[nodiscard]] std::expected<void, std::string> remove_superseded(std::uint64_t size) const;

    std::filesystem::path path_;
    std::string key_;  // the verifier key
    Descriptor lock_;  // none: there is no folder yet
    std::optional<merkle::Checkpoint> checkpoint_;
    std::string note_;                  // the checkpoint as it lies there
    std::vector<std::uint64_t> sizes_;  // of which files may be left
    std::vector<File> pending_;
    std::size_t pending_bytes_ = 0;
};

}  // namespace seatledger
