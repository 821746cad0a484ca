// Hashes what the log has got into its Merkle tree, and signs what the tree is: behind the engine, on a thread of its
// own.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <expected>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "engine/failure.h"
#include "engine/log/log.h"
#include "engine/merkle/checkpoint.h"
#include "engine/merkle/proof.h"
#include "engine/merkle/tile_reader.h"
#include "engine/merkle/tree_builder.h"
#include "engine/notary/tree_store.h"

namespace seatledger {

struct NotaryOptions {
    // While events come, a checkpoint is published this often; it is older than that by the time that hashing and a
    // sync take.
    std::chrono::milliseconds interval{250};
    // Tiles that have changed are put down, with a checkpoint, once there are so many (8 KiB each).
    std::size_t tiles_max = 1'024;
    // Is told, in a line each, that tiles have to be hashed anew, and that they were. May be empty.
    std::function<void(const std::string&)> notice;
};

class Notary {
 public:
    // A checkpoint that is durable, and what it says.
    struct Published {
        std::string note;
        merkle::Checkpoint checkpoint;
    };

    // Goes on with what `store` has. Fails if the checkpoint there cannot be read, or if the log is not an extension of
    // what was signed last: if it ends before it, or has other events. Where tiles cannot be used, and the log has the
    // root that was signed, they are hashed anew; that checkpoint is kept throughout. Signs anew where the key or its
    // name is another. Cost: a few tiles; to hash them anew, reading the log twice. All of it must outlive the notary.
    [[nodiscard]] static std::expected<std::unique_ptr<Notary>, StorageFailure> open(TreeStore& store, const Log& log,
                                                                                     const merkle::SigningKey& key,
                                                                                     const NotaryOptions& options = {});
    // Publishes nothing any more.
    ~Notary();

    // Begins to hash, on a thread of its own. Once.
    void start();

    // The following: any thread.

    // The newest checkpoint; of a log without events it says that.
    [[nodiscard]] Published published() const;
    // Over how many events it is. Cost: none to speak of.
    [[nodiscard]] std::uint64_t published_size() const;
    // Has one published over the first `size` events, if the log has them, as soon as hashing and a sync allow. Does
    // not wait for it.
    void hurry(std::uint64_t size);
    // Calls `done` once one is published over `size` events or more: on the notary's thread, or at once if there is
    // one. Never, if the notary ends or fails before.
    void when_published(std::uint64_t size, std::function<void()> done);
    // What the log was when it had `size` events, at most as many as published() has: signed now, and the same whenever
    // it is asked for. Nobody who has published() is told anything new by it. Cost: as a proof.
    [[nodiscard]] std::expected<std::string, StorageFailure> checkpoint_at(std::uint64_t size) const;
    // Why nothing is published any more, if so.
    [[nodiscard]] std::optional<StorageFailure> failure() const;

    // Proofs in trees that were published: `size` is at most that of published(), `index` less than `size`, `from` at
    // most `to`. Cost: two tiles for each level of tiles, 100 microseconds at most.
    [[nodiscard]] std::expected<merkle::Proof, StorageFailure> prove_inclusion(std::uint64_t index,
                                                                               std::uint64_t size) const;
    [[nodiscard]] std::expected<merkle::Proof, StorageFailure> prove_consistency(std::uint64_t from,
                                                                                 std::uint64_t to) const;

 private:
    Notary(TreeStore& store, const Log& log, const merkle::SigningKey& key, const NotaryOptions& options)
        : store_(store), log_(log), key_(key), options_(options) {}

    [[nodiscard]] std::expected<void, StorageFailure> go_on();
    void notice(const std::string& message) const;
    [[nodiscard]] std::expected<merkle::TreeBuilder, StorageFailure> read_tree(const merkle::Checkpoint& stored) const;
    [[nodiscard]] std::expected<bool, StorageFailure> has_last_leaf(std::uint64_t size) const;
    [[nodiscard]] std::expected<merkle::TreeBuilder, StorageFailure> hash_anew(const std::string& note,
                                                                               const merkle::Checkpoint& stored) const;
    void run();
    [[nodiscard]] bool is_awaited() const;
    [[nodiscard]] std::expected<void, StorageFailure> hash_and_publish();
    [[nodiscard]] std::expected<void, StorageFailure> publish();
    [[nodiscard]] merkle::TileFetch fetch() const;

    TreeStore& store_;
    const Log& log_;
    const merkle::SigningKey& key_;
    const NotaryOptions options_;

    // The notary's thread's.
    merkle::TreeBuilder tree_;
    std::unique_ptr<LogCursor> cursor_;

    mutable std::mutex mutex_;
    std::condition_variable wake_;
    Published published_;
    std::uint64_t hurry_to_ = 0;                                   // somebody wants a checkpoint over so many events
    std::multimap<std::uint64_t, std::function<void()>> waiting_;  // by the size that they wait for
    std::optional<StorageFailure> failure_;
    std::atomic<bool> ending_ = false;

    std::thread thread_;
};

}  // namespace seatledger
