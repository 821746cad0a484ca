// Where the ledger's finished blocks go.
#pragma once

#include <expected>

#include "engine/failure.h"
#include "engine/finished_block.h"

namespace seatledger {

// The ledger's thread.
class BlockSink {
 public:
    virtual ~BlockSink() = default;

    // Takes the next block; the log gets blocks in this order. It may return before the block is durable. Fails if an
    // earlier one has failed; nothing must be put any more then.
    [[nodiscard]] virtual std::expected<void, StorageFailure> put(FinishedBlock block) = 0;

    // Waits until everything that was put is durable.
    [[nodiscard]] virtual std::expected<void, StorageFailure> settle() = 0;
};

// Writes each block at once.
class DirectSink : public BlockSink {
 public:
    explicit DirectSink(BlockWriter& writer) : writer_(writer) {}

    std::expected<void, StorageFailure> put(FinishedBlock block) override { return writer_.write(block); }
    std::expected<void, StorageFailure> settle() override { return {}; }

 private:
    BlockWriter& writer_;
};

}  // namespace seatledger
