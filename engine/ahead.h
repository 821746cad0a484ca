// Makes items on a thread of its own while those before them are being worked on.
#pragma once

#include <array>
#include <condition_variable>
#include <cstddef>
#include <functional>
#include <mutex>
#include <thread>
#include <utility>

namespace seatledger {

// One thread takes what another makes. Items are used again, with what they hold, so that none costs memory anew.
template <typename Item>
class Ahead {
 public:
    // `make` fills an item and gives whether there will be more; it is called on the other thread only, and must not
    // throw. `Item` says itself whether it is the last one.
    explicit Ahead(std::move_only_function<bool(Item&)> make) : make_(std::move(make)), thread_([this] { run(); }) {}

    ~Ahead() {
        {
            const std::lock_guard lock(mutex_);
            abandoned_ = true;
        }
        changed_.notify_all();
        thread_.join();
    }
    Ahead(const Ahead&) = delete;
    Ahead& operator=(const Ahead&) = delete;

    // The next item, valid until the one after it is asked for. Waits for it. Not to be called after the last one.
    [[nodiscard]] Item& next() {
        std::unique_lock lock(mutex_);
        if (std::exchange(lent_, true)) {
            ++taken_;
            changed_.notify_one();
        }
        changed_.wait(lock, [this] { return taken_ < made_; });
        return items_[taken_ % items_.size()];
    }

 private:
    void run() {
        bool more = true;
        while (more) {
            {
                std::unique_lock lock(mutex_);
                changed_.wait(lock, [this] { return made_ - taken_ < items_.size() || abandoned_; });
                if (abandoned_) return;
            }
            more = make_(items_[made_ % items_.size()]);
            {
                const std::lock_guard lock(mutex_);
                ++made_;
            }
            changed_.notify_one();
        }
    }

    std::move_only_function<bool(Item&)> make_;
    std::mutex mutex_;
    std::condition_variable changed_;
    std::array<Item, 2> items_;  // of more, what one thread has written leaves its cache before the other reads it
    std::size_t made_ = 0;
    std::size_t taken_ = 0;  // and not needed any more
    bool lent_ = false;
    bool abandoned_ = false;
    std::thread thread_;
};

}  // namespace seatledger
