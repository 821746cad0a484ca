// Who waits for something scarce: so many at a time, and of one address only a few, so that one machine cannot keep all
// others waiting.
#pragma once

#include <boost/unordered/unordered_flat_map.hpp>
#include <cstddef>
#include <memory>
#include <string>

namespace seatledger {

// One thread at a time.
class WaitingRoom {
 public:
    WaitingRoom(std::size_t places, std::size_t places_of_address) : places_(places), of_address_(places_of_address) {}
    WaitingRoom(const WaitingRoom&) = delete;
    WaitingRoom& operator=(const WaitingRoom&) = delete;

    // A place, left when the last copy is gone, which must be before the room is; null: there is none.
    [[nodiscard]] std::shared_ptr<void> enter(const std::string& address) {
        auto& waiting = waiting_[address];
        if (size_ >= places_ || waiting >= of_address_) {
            if (waiting == 0) waiting_.erase(address);
            return nullptr;
        }
        ++waiting;
        ++size_;
        return {this, [address](WaitingRoom* room) { room->leave(address); }};
    }

    [[nodiscard]] std::size_t size() const { return size_; }

 private:
    void leave(const std::string& address) {
        --size_;
        const auto found = waiting_.find(address);
        if (--found->second == 0) waiting_.erase(found);
    }

    std::size_t places_;
    std::size_t of_address_;
    std::size_t size_ = 0;
    boost::unordered_flat_map<std::string, std::size_t> waiting_;
};

}  // namespace seatledger
