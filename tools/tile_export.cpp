#include "tools/tile_export.h"

#include <kj/debug.h>

#include <utility>

#include "engine/merkle/hash.h"
#include "engine/merkle/lines.h"
#include "engine/merkle/tiles.h"

namespace seatledger {
namespace {

using merkle::tile_width_max;

std::unexpected<std::string> fail(std::string message) { return std::unexpected(std::move(message)); }

std::string events(std::uint64_t size) { return std::to_string(size) + (size == 1 ? " event" : " events"); }

// What to do about a folder that is not what it was.
constexpr const char* make_anew = "; the folder was changed: export to a new one";

}  // namespace

std::expected<TileExport, std::string> TileExport::begin(TileDirectory& directory, SignedCheckpoint target,
                                                         const OnProgress& progress) {
    TileExport tiles(directory, std::move(target));
    if (auto may = tiles.may_become(); !may) return fail(may.error());
    if (auto gone_on = tiles.go_on(progress); !gone_on) return fail(gone_on.error());
    return tiles;
}

std::expected<void, std::string> TileExport::may_become() const {
    const auto& target = target_.checkpoint;
    const auto fewer = [&](std::uint64_t size) {
        return fail("the ledger has signed " + events(target.size) + ", but of " + target.origin + " " + events(size) +
                    " were exported to the folder: events were lost, or the ledger was restored from an older copy; "
                    "keep the folder as evidence");
    };
    if (const auto begun = directory_.unfinished(); begun && *begun > target.size) return fewer(*begun);
    if (!directory_.checkpoint()) return {};
    const auto& there = *directory_.checkpoint();
    if (there.size > target.size) return fewer(there.size);
    if (there.size == target.size && there.root != target.root) {
        return fail("the ledger has signed two different logs of " + events(target.size) +
                    ": the folder's has the root " + merkle::to_text(there.root) + ", the new one " +
                    merkle::to_text(target.root) + "; keep the folder as evidence");
    }
    return {};
}

// Builds the tree from the hashes of its leaves, and compares all that follows from them with what lies there.
std::expected<void, std::string> TileExport::go_on(const OnProgress& progress) {
    if (!directory_.checkpoint()) return {};
    const auto& there = *directory_.checkpoint();
    for (std::uint64_t index = 0; tree_.size() < there.size; ++index) {
        const merkle::EntryBundle bundle{index, merkle::tile_width(0, index, there.size)};
        const auto leaves = directory_.read(merkle::Tile{0, index, bundle.width});
        if (!leaves) return fail(leaves.error() + make_anew);
        if (bundle.width < tile_width_max) {
            if (auto loaded = load_entries(bundle, *leaves); !loaded) return loaded;
        } else if (!directory_.has(bundle)) {
            return fail(merkle::path_of(bundle) + " is missing" + make_anew);
        }
        for (const auto& leaf : *leaves) tree_.append(leaf);
        for (const auto& tile : tree_.take_full()) {
            if (auto checked = check_stored(tile); !checked) return checked;
        }
        if (progress) progress(tree_.size(), there.size);
    }
    for (const auto& tile : tree_.take_partial()) {
        if (auto checked = check_stored(tile); !checked) return checked;
    }
    if (tree_.root() == there.root) return {};
    return fail("the folder's tiles have the root " + merkle::to_text(tree_.root()) + ", but its checkpoint says " +
                merkle::to_text(there.root) + make_anew);
}

std::expected<void, std::string> TileExport::check_stored(const merkle::TileBytes& tile) const {
    if (tile.tile.level == 0) return {};  // what the others follow from
    const auto hashes = directory_.read(tile.tile);
    if (!hashes) return fail(hashes.error() + make_anew);
    if (merkle::join(*hashes) == tile.bytes) return {};
    return fail(merkle::path_of(tile.tile) + " does not fit the tiles below it" + make_anew);
}

std::expected<void, std::string> TileExport::load_entries(const merkle::EntryBundle& bundle,
                                                          std::span<const merkle::Hash> leaves) {
    auto bytes = directory_.read(bundle);
    if (!bytes) return fail(bytes.error() + make_anew);
    const auto entries = merkle::entries_of(*bytes);
    bool fits = entries && entries->size() == leaves.size();
    for (std::size_t i = 0; fits && i < leaves.size(); ++i) fits = merkle::leaf_hash((*entries)[i]) == leaves[i];
    if (!fits) return fail(merkle::path_of(bundle) + " does not have the entries of its tile" + make_anew);
    entries_ = std::move(*bytes);
    return {};
}

std::expected<void, std::string> TileExport::make_ready() {
    if (is_ready_) return {};
    is_ready_ = true;
    return directory_.begin(target_.checkpoint.size);
}

std::expected<void, std::string> TileExport::append(std::string_view entry) {
    KJ_REQUIRE(size() < wanted(), size());
    if (auto ready = make_ready(); !ready) return ready;
    merkle::append_entry(entries_, entry);
    tree_.append(merkle::leaf_hash(entry));
    if (size() % tile_width_max != 0) return {};
    if (auto put = put_entries(); !put) return put;
    for (const auto& tile : tree_.take_full()) {
        if (auto put = directory_.put(tile); !put) return put;
    }
    return {};
}

// Those of the last bundle, which is full or the log's last one.
std::expected<void, std::string> TileExport::put_entries() {
    const auto index = (size() - 1) / tile_width_max;
    if (auto put = directory_.put({index, merkle::tile_width(0, index, size())}, entries_); !put) return put;
    entries_.clear();
    return {};
}

std::expected<void, std::string> TileExport::finish() {
    const auto& target = target_.checkpoint;
    if (size() != target.size) {
        return fail("the server gave " + events(size()) + " of the " + std::to_string(target.size) +
                    " that it has signed; run it again");
    }
    if (tree_.root() != target.root) {
        return fail("the events that the server gave have the root " + merkle::to_text(tree_.root()) +
                    ", but it has signed " + merkle::to_text(target.root) + " for the same " + events(target.size) +
                    ": no checkpoint was written; have the ledger's data looked after");
    }
    const bool has_grown = !directory_.checkpoint() || directory_.checkpoint()->size < target.size;
    if (!has_grown && !directory_.unfinished()) return {};
    if (auto ready = make_ready(); !ready) return ready;
    if (has_grown && !entries_.empty()) {
        if (auto put = put_entries(); !put) return put;
    }
    for (const auto& tile : tree_.take_partial()) {
        if (auto put = directory_.put(tile); !put) return put;
    }
    return directory_.finish(target_.note, target.size);
}

}  // namespace seatledger
