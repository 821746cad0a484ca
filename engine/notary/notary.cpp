#include "engine/notary/notary.h"

#include <kj/exception.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "engine/merkle/compact_range.h"
#include "engine/merkle/hash.h"
#include "engine/merkle/lines.h"

namespace seatledger {
namespace {

std::unexpected<StorageFailure> fail(std::string message) {
    return std::unexpected(StorageFailure{std::move(message)});
}

std::expected<merkle::Checkpoint, StorageFailure> read_stored(const std::string& note) {
    const auto parsed = merkle::parse_note(note);
    if (!parsed) return fail("the newest checkpoint is damaged: " + parsed.error());
    auto checkpoint = merkle::parse_checkpoint(parsed->text);
    if (!checkpoint) return fail("the newest checkpoint is damaged: " + checkpoint.error());
    return *checkpoint;
}

// Calls `take(entry)`, which may fail, for those with the sequences from `first` to `last`, which the log has.
template <typename Take>
std::expected<void, StorageFailure> for_each_entry(const Log& log, std::uint64_t first, std::uint64_t last, Take take) {
    const auto cursor = log.read(Sequence(first));
    for (auto next = first; next <= last;) {
        const auto block = cursor->next();
        if (!block) return std::unexpected(block.error());
        if (!*block) return fail("the log ends before its event " + std::to_string(next));
        for (const auto& entry : (*block)->entries()) {
            if (entry.sequence.value != next || next > last) continue;
            if (auto taken = take(entry); !taken) return taken;
            ++next;
        }
    }
    return {};
}

}  // namespace

std::expected<std::unique_ptr<Notary>, StorageFailure> Notary::open(TreeStore& store, const Log& log,
                                                                    const merkle::SigningKey& key,
                                                                    const NotaryOptions& options) {
    std::unique_ptr<Notary> notary(new Notary(store, log, key, options));
    if (auto opened = notary->go_on(); !opened) return std::unexpected(opened.error());
    return notary;
}

Notary::~Notary() {
    {
        const std::lock_guard lock(mutex_);
        ending_ = true;
    }
    wake_.notify_all();
    if (thread_.joinable()) thread_.join();
}

void Notary::start() {
    thread_ = std::thread([this] { run(); });
}

merkle::TileFetch Notary::fetch() const {
    return [this](const merkle::Tile& tile) { return store_.fetch(tile); };
}

std::expected<void, StorageFailure> Notary::go_on() {
    const auto note = store_.checkpoint();
    if (!note) return std::unexpected(note.error());
    if (!*note) return publish();
    const auto stored = read_stored(**note);
    if (!stored) return std::unexpected(stored.error());
    const auto size = stored->size;
    if (size > log_.last().value) {
        return fail("the log ends at sequence " + std::to_string(log_.last().value) + ", but a checkpoint over " +
                    std::to_string(size) +
                    " events was signed: events were lost; restore the log from a copy, do not go on with this one");
    }
    auto tree = read_tree(*stored);
    if (!tree) {
        notice("the tiles of the Merkle tree cannot be used (" + tree.error().message + "); hashing the log's first " +
               std::to_string(size) + " events again");
        tree = hash_anew(**note, *stored);
        if (!tree) return std::unexpected(tree.error());
        notice("the tiles of the Merkle tree were written anew; the log has the root that was signed");
    }
    tree_ = std::move(*tree);
    if (!merkle::open_checkpoint(**note, key_.verifier())) return publish();  // the key, or its name, is another
    published_ = {**note, *stored};
    return {};
}

void Notary::notice(const std::string& message) const {
    if (options_.notice) options_.notice(message);
}

// As its tiles have it. Fails if they are not those of the tree that was signed, or not those of this log.
std::expected<merkle::TreeBuilder, StorageFailure> Notary::read_tree(const merkle::Checkpoint& stored) const {
    auto tree = merkle::TreeBuilder::resume(stored.size, fetch());
    if (!tree) return tree;
    if (tree->root() != stored.root) return fail("they have another root than was signed");
    const auto is_of_this_log = has_last_leaf(stored.size);
    if (!is_of_this_log) return std::unexpected(is_of_this_log.error());
    if (!*is_of_this_log) return fail("event " + std::to_string(stored.size) + " is not the one that they have");
    return tree;
}

// A log that was restored from an older copy, and has grown since, has other events than those that were signed.
std::expected<bool, StorageFailure> Notary::has_last_leaf(std::uint64_t size) const {
    if (size == 0) return true;
    merkle::TileReader reader(size, fetch());
    const auto leaf = reader.read({0, size - 1});
    if (!leaf) return std::unexpected(leaf.error());
    bool is_there = false;
    const auto read = for_each_entry(log_, size, size, [&](const Entry& entry) -> std::expected<void, StorageFailure> {
        is_there = merkle::leaf_hash(bytes_of(entry)) == *leaf;
        return {};
    });
    if (!read) return std::unexpected(read.error());
    return is_there;
}

// Once to know that this log is the one that was signed, before anything is written over; then again for its tiles.
std::expected<merkle::TreeBuilder, StorageFailure> Notary::hash_anew(const std::string& note,
                                                                     const merkle::Checkpoint& stored) const {
    merkle::CompactRange range;
    const auto hash = [&](const Entry& entry) -> std::expected<void, StorageFailure> {
        range.append(merkle::leaf_hash(bytes_of(entry)));
        return {};
    };
    if (auto hashed = for_each_entry(log_, 1, stored.size, hash); !hashed) return std::unexpected(hashed.error());
    if (range.root() != stored.root) {
        return fail("the log's first " + std::to_string(stored.size) + " events have the root " +
                    merkle::to_text(range.root()) + ", but " + merkle::to_text(stored.root) +
                    " was signed: this log is another one, or was restored from an older copy and has grown since; go "
                    "on with the log that was signed");
    }
    merkle::TreeBuilder tree;
    const auto build = [&](const Entry& entry) -> std::expected<void, StorageFailure> {
        tree.append(bytes_of(entry));
        if (tree.changed_count() < options_.tiles_max) return {};
        // If this is cut short, none that was full must have become a narrower one: at the next start nobody would see.
        auto full = tree.changed_tiles();
        std::erase_if(full, [](const merkle::TileBytes& each) { return each.tile.width < merkle::tile_width_max; });
        if (full.empty()) return {};
        if (auto put = store_.put(full, note); !put) return put;
        tree.mark_stored(full);
        return {};
    };
    if (auto built = for_each_entry(log_, 1, stored.size, build); !built) return std::unexpected(built.error());
    const auto rest = tree.changed_tiles();
    if (auto put = store_.put(rest, note); !put) return std::unexpected(put.error());
    tree.mark_stored(rest);
    return tree;
}

void Notary::run() {
    const auto work = [this]() -> std::expected<void, StorageFailure> {
        try {
            return hash_and_publish();
        } catch (const kj::Exception& exception) {
            return fail(exception.getDescription().cStr());
        } catch (const std::exception& exception) {
            return fail(exception.what());
        }
    };
    while (true) {
        {
            std::unique_lock lock(mutex_);
            wake_.wait_for(lock, options_.interval, [this] { return ending_ || is_awaited(); });
            if (ending_) return;
        }
        if (auto worked = work(); !worked) {
            const std::lock_guard lock(mutex_);
            failure_ = worked.error();
            return;
        }
    }
}

bool Notary::is_awaited() const { return hurry_to_ > published_.checkpoint.size && hurry_to_ <= log_.last().value; }

// Everything that the log has by now.
std::expected<void, StorageFailure> Notary::hash_and_publish() {
    const auto end = log_.last().value;
    if (tree_.size() >= end) return {};
    if (!cursor_) cursor_ = log_.read(Sequence(tree_.size() + 1));
    while (tree_.size() < end && !ending_) {
        const auto block = cursor_->next();
        if (!block) return std::unexpected(block.error());
        if (!*block) return fail("the log ends before its last event, " + std::to_string(end));
        for (const auto& entry : (*block)->entries()) {
            if (entry.sequence.value > tree_.size()) tree_.append(bytes_of(entry));
        }
        if (tree_.changed_count() < options_.tiles_max) continue;
        if (auto published = publish(); !published) return published;
    }
    if (tree_.size() == published_.checkpoint.size) return {};
    return publish();
}

// First what a proof is made of, and who signed what, on the disk; then anybody may see it.
std::expected<void, StorageFailure> Notary::publish() {
    Published next;
    next.checkpoint = {key_.verifier().name(), tree_.size(), tree_.root()};
    next.note = merkle::sign_checkpoint(tree_.size(), next.checkpoint.root, key_);
    const auto tiles = tree_.changed_tiles();
    if (auto put = store_.put(tiles, next.note); !put) return put;
    tree_.mark_stored(tiles);
    std::vector<std::function<void()>> done;
    {
        const std::lock_guard lock(mutex_);
        published_ = std::move(next);
        const auto end = waiting_.upper_bound(published_.checkpoint.size);
        for (auto each = waiting_.begin(); each != end; ++each) done.push_back(std::move(each->second));
        waiting_.erase(waiting_.begin(), end);
    }
    for (const auto& call : done) call();
    return {};
}

Notary::Published Notary::published() const {
    const std::lock_guard lock(mutex_);
    return published_;
}

std::uint64_t Notary::published_size() const {
    const std::lock_guard lock(mutex_);
    return published_.checkpoint.size;
}

void Notary::hurry(std::uint64_t size) {
    if (size > log_.last().value) return;  // else nobody could hurry it to less
    {
        const std::lock_guard lock(mutex_);
        hurry_to_ = std::max(hurry_to_, size);
    }
    wake_.notify_one();
}

void Notary::when_published(std::uint64_t size, std::function<void()> done) {
    {
        const std::lock_guard lock(mutex_);
        if (published_.checkpoint.size < size) {
            waiting_.emplace(size, std::move(done));
            return;
        }
    }
    done();
}

std::optional<StorageFailure> Notary::failure() const {
    const std::lock_guard lock(mutex_);
    return failure_;
}

std::expected<merkle::Proof, StorageFailure> Notary::prove_inclusion(std::uint64_t index, std::uint64_t size) const {
    merkle::TileReader reader(size, fetch());
    return merkle::inclusion_proof(index, size, reader.reader());
}

std::expected<merkle::Proof, StorageFailure> Notary::prove_consistency(std::uint64_t from, std::uint64_t to) const {
    merkle::TileReader reader(to, fetch());
    return merkle::consistency_proof(from, to, reader.reader());
}

std::expected<std::string, StorageFailure> Notary::checkpoint_at(std::uint64_t size) const {
    merkle::TileReader reader(size, fetch());
    const auto root = merkle::root_of(size, reader.reader());
    if (!root) return std::unexpected(root.error());
    return merkle::sign_checkpoint(size, *root, key_);
}

}  // namespace seatledger
