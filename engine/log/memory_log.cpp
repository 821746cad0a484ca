#include "engine/log/memory_log.h"

#include <algorithm>
#include <cstddef>
#include <deque>
#include <mutex>
#include <string>
#include <utility>

namespace seatledger {
namespace {

struct StoredBlock {
    Words words;
    BlockView view;  // of `words`, whose memory stays where it is when the block is moved
};

// Gives out pointers that stay valid: a deque that only grows at its end moves nothing. Any thread.
class BlockStore {
 public:
    void add(StoredBlock block) {
        const std::scoped_lock lock(mutex_);
        blocks_.push_back(std::move(block));
    }

    [[nodiscard]] Sequence last() const {
        const std::scoped_lock lock(mutex_);
        return blocks_.empty() ? Sequence() : blocks_.back().view.last();
    }

    // Null at the end.
    [[nodiscard]] const BlockView* at(std::size_t index) const {
        const std::scoped_lock lock(mutex_);
        return index < blocks_.size() ? &blocks_[index].view : nullptr;
    }

    // The index of the block that contains `sequence`; that of the next block if the log ends before.
    [[nodiscard]] std::size_t find(Sequence sequence) const {
        const std::scoped_lock lock(mutex_);
        const auto last_of = [](const StoredBlock& block) { return block.view.last(); };
        const auto found = std::ranges::lower_bound(blocks_, sequence, {}, last_of);
        return static_cast<std::size_t>(found - blocks_.begin());
    }

 private:
    mutable std::mutex mutex_;
    std::deque<StoredBlock> blocks_;
};

class MemoryCursor : public LogCursor {
 public:
    MemoryCursor(const BlockStore& blocks, Sequence from) : blocks_(blocks), from_(from), next_(blocks.find(from)) {}

    std::expected<std::optional<BlockView>, StorageFailure> next() override {
        while (const auto* block = blocks_.at(next_)) {
            ++next_;
            if (block->last() >= from_) return *block;
        }
        return std::nullopt;
    }

 private:
    const BlockStore& blocks_;
    Sequence from_;
    std::size_t next_;
};

class MemoryLog : public Log {
 public:
    std::expected<void, StorageFailure> append(Sequence expected, std::span<const std::uint64_t> block) override {
        StoredBlock stored{Words(block.begin(), block.end()), {}};
        const auto view = open_block(stored.words);
        if (!view) return refuse(expected, view.error());
        if (view->first() != expected) return refuse(expected, "begins at " + std::to_string(view->first().value));
        if (expected != last().next()) {
            return refuse(expected, "does not follow the log's end at " + std::to_string(last().value));
        }
        stored.view = *view;
        blocks_.add(std::move(stored));
        return {};
    }

    Sequence last() const override { return blocks_.last(); }

    std::unique_ptr<LogCursor> read(Sequence from) const override {
        return std::make_unique<MemoryCursor>(blocks_, from);
    }

 private:
    static std::unexpected<StorageFailure> refuse(Sequence expected, const std::string& why) {
        return std::unexpected(
            StorageFailure{"block to append at sequence " + std::to_string(expected.value) + " " + why});
    }

    BlockStore blocks_;
};

}  // namespace

std::unique_ptr<Log> make_memory_log() { return std::make_unique<MemoryLog>(); }

}  // namespace seatledger
