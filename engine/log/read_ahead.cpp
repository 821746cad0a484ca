#include "engine/log/read_ahead.h"

#include <array>
#include <condition_variable>
#include <mutex>
#include <thread>
#include <utility>

namespace seatledger {
namespace {

class ReadAheadCursor : public LogCursor {
 public:
    explicit ReadAheadCursor(std::unique_ptr<LogCursor> cursor)
        : cursor_(std::move(cursor)), thread_([this] { read(); }) {}

    ~ReadAheadCursor() override {
        {
            const std::lock_guard lock(mutex_);
            abandoned_ = true;
        }
        changed_.notify_all();
        if (thread_.joinable()) thread_.join();
    }

    std::expected<std::optional<BlockView>, StorageFailure> next() override {
        if (!thread_.joinable()) return cursor_->next();
        std::unique_lock lock(mutex_);
        if (std::exchange(lent_, false)) {
            ++taken_;  // the reader is done with the block that it got last
            changed_.notify_one();
        }
        changed_.wait(lock, [this] { return taken_ < read_ || ended_; });
        if (taken_ < read_) {
            lent_ = true;
            return places_[taken_ % places_.size()].view;
        }
        lock.unlock();
        thread_.join();
        return std::move(*ended_);
    }

 private:
    struct Place {
        Words words;
        BlockView view;
    };
    using Ended = std::expected<std::optional<BlockView>, StorageFailure>;

    void read() {
        while (true) {
            auto block = cursor_->next();
            std::unique_lock lock(mutex_);
            if (!block || !*block) {
                ended_ = std::move(block);
                changed_.notify_one();
                return;
            }
            changed_.wait(lock, [this] { return read_ - taken_ < places_.size() || abandoned_; });
            if (abandoned_) return;
            auto& place = places_[read_ % places_.size()];
            lock.unlock();
            place.view = (*block)->copy_to(place.words);
            lock.lock();
            ++read_;
            changed_.notify_one();
        }
    }

    std::unique_ptr<LogCursor> cursor_;  // the thread's, until that has ended
    std::mutex mutex_;
    std::condition_variable changed_;
    std::array<Place, 4> places_;
    std::size_t read_ = 0;   // blocks that have been put into places
    std::size_t taken_ = 0;  // … and are needed no more
    bool lent_ = false;
    bool abandoned_ = false;
    std::optional<Ended> ended_;
    std::thread thread_;
};

}  // namespace

std::unique_ptr<LogCursor> read_ahead(std::unique_ptr<LogCursor> cursor) {
    return std::make_unique<ReadAheadCursor>(std::move(cursor));
}

}  // namespace seatledger
