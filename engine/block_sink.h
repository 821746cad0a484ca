// Where the ledger's finished blocks go.
#pragma once

#include <expected>
#include <memory>

#include "engine/failure.h"
#include "engine/log/log.h"
#include "events/block.h"
#include "events/ids.h"

namespace seatledger {

// The ledger's thread.
class BlockSink {
 public:
    virtual ~BlockSink() = default;

    // Takes the next block, which begins at `first`; the log gets blocks in this order. It may return before the block
    // is durable. Fails if an earlier one has failed; nothing must be put any more then.
    [[nodiscard]] virtual std::expected<void, StorageFailure> put(Sequence first,
                                                                  std::shared_ptr<const Words> block) = 0;

    // Waits until everything that was put is durable.
    [[nodiscard]] virtual std::expected<void, StorageFailure> settle() = 0;
};

// Appends each block at once.
class DirectSink : public BlockSink {
 public:
    explicit DirectSink(Log& log) : log_(log) {}

    std::expected<void, StorageFailure> put(Sequence first, std::shared_ptr<const Words> block) override {
        return log_.append(first, *block);
    }
    std::expected<void, StorageFailure> settle() override { return {}; }

 private:
    Log& log_;
};

}  // namespace seatledger
