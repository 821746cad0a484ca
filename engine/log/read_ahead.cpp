#include "engine/log/read_ahead.h"

#include <utility>

#include "engine/ahead.h"

namespace seatledger {
namespace {

using Read = std::expected<std::optional<BlockView>, StorageFailure>;

class ReadAheadCursor : public LogCursor {
 public:
    explicit ReadAheadCursor(std::unique_ptr<LogCursor> cursor)
        : cursor_(std::move(cursor)), ahead_(std::in_place, [this](Item& item) { return read(item); }) {}

    Read next() override {
        if (!ahead_) return cursor_->next();
        const auto& read = ahead_->next().read;
        if (read && *read) return read;
        auto end = read;
        ahead_.reset();
        return end;
    }

 private:
    struct Item {
        Words words;
        Read read;
    };

    // On the other thread.
    bool read(Item& item) {
        item.read = cursor_->next();
        if (!item.read || !*item.read) return false;
        item.read = cursor_->keep(**item.read, item.words);
        return true;
    }

    std::unique_ptr<LogCursor> cursor_;  // the other thread's while there is one
    std::optional<Ahead<Item>> ahead_;   // until the end has been reached
};

}  // namespace

std::unique_ptr<LogCursor> read_ahead(std::unique_ptr<LogCursor> cursor) {
    return std::make_unique<ReadAheadCursor>(std::move(cursor));
}

}  // namespace seatledger
