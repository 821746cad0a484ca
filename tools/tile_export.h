// Writes a log, event by event, as tiles into a folder that may have the beginning of it.
#pragma once

#include <cstdint>
#include <expected>
#include <functional>
#include <span>
#include <string>
#include <string_view>

#include "engine/merkle/checkpoint.h"
#include "engine/merkle/tree_builder.h"
#include "tools/tile_directory.h"

namespace seatledger {

// What the folder is to be of: a checkpoint that was verified, and the note that it was read from.
struct SignedCheckpoint {
    std::string note;
    merkle::Checkpoint checkpoint;
};

// One thread. Errors are one line: what, where, and what to do. After one nothing more may be written; the folder is
// still of the checkpoint that it has, and another export goes on from there.
class TileExport {
 public:
    using OnProgress = std::function<void(std::uint64_t done, std::uint64_t total)>;

    // Checks what lies in the folder: that the root of its tiles is that of its checkpoint, that the bundles of entries
    // are there, and that `target` may be what became of it. Changes nothing. The directory must outlive this. Cost:
    // the folder's tiles, which are 32 bytes an event, and a hash for each event; of the entries only what the last
    // bundle has, where that is partial.
    [[nodiscard]] static std::expected<TileExport, std::string> begin(TileDirectory& directory, SignedCheckpoint target,
                                                                      const OnProgress& progress = {});

    // How many events there are, and how many have to be.
    [[nodiscard]] std::uint64_t size() const { return tree_.size(); }
    [[nodiscard]] std::uint64_t wanted() const { return target_.checkpoint.size; }

    // The next event, as stored; there must be fewer than wanted().
    [[nodiscard]] std::expected<void, std::string> append(std::string_view entry);

    // After the last one: if there are as many as wanted, and their root is that of the checkpoint, puts that down.
    [[nodiscard]] std::expected<void, std::string> finish();

 private:
    TileExport(TileDirectory& directory, SignedCheckpoint target) : directory_(directory), target_(std::move(target)) {}

    [[nodiscard]] std::expected<void, std::string> may_become() const;
    [[nodiscard]] std::expected<void, std::string> go_on(const OnProgress& progress);
    [[nodiscard]] std::expected<void, std::string> check_stored(const merkle::TileBytes& tile) const;
    [[nodiscard]] std::expected<void, std::string> load_entries(const merkle::EntryBundle& bundle,
                                                                std::span<const merkle::Hash> leaves);
    [[nodiscard]] std::expected<void, std::string> make_ready();
    [[nodiscard]] std::expected<void, std::string> put_entries();

    TileDirectory& directory_;
    SignedCheckpoint target_;
    bool is_ready_ = false;  // the directory knows that something is written
    merkle::TreeBuilder tree_;
    std::string entries_;  // those of the last bundle, if it is partial
};

}  // namespace seatledger
