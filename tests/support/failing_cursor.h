// A cursor over a log that cannot be read any more from some block on.
#pragma once

#include <memory>
#include <utility>

#include "engine/log/log.h"

namespace seatledger::testing {

class FailingCursor final : public LogCursor {
 public:
    FailingCursor(std::unique_ptr<LogCursor> cursor, int blocks) : cursor_(std::move(cursor)), blocks_left_(blocks) {}

    std::expected<std::optional<BlockView>, StorageFailure> next() override {
        if (blocks_left_-- <= 0) return std::unexpected(StorageFailure{"the disk is gone"});
        return cursor_->next();
    }

 private:
    std::unique_ptr<LogCursor> cursor_;
    int blocks_left_;
};

}  // namespace seatledger::testing
