// Finds beforehand what the next commands or events will look at. With a million people in memory, to judge one
// command means to wait for memory a dozen times, each time for what the last wait has shown to be next. Here each
// subject takes one such step at a time, while those before it are judged, so that nobody waits.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "engine/cached_state.h"
#include "events/ids.h"

namespace seatledger {

// What a command or an event is about, as far as it says so itself; what it does not say is empty or 0.
struct Subject {
    std::string_view account;
    std::string_view email;
    UserId user;
    LicenseNumber license;
};

// One thread, the state's, which must not let go of anything meanwhile. Only a hint: what it has not seen is found as
// well.
class LookAhead {
 public:
    // A subject is to be judged once so many were added after it.
    static constexpr std::size_t distance = 18;

    explicit LookAhead(CachedState& state) : state_(state) {}

    // Adds the next subject, whose texts must stay until `distance` more were added, takes those before it a step
    // further, and tells the state which one is to be judged now. Nothing follows: an empty one.
    void add(const Subject& subject);

 private:
    // Found so far. By the hash alone: a wrong one costs a look-up.
    struct alignas(128) Place {
        Subject subject;
        std::uint32_t account_hash = 0;
        std::uint32_t lots_hash = 0;
        std::uint32_t email_hash = 0;
        std::uint32_t chunk_hash = 0;
        std::uint32_t user_hash = 0;
        CachedState::ByText<Account>::Slot* account = nullptr;
        CachedState::ByNumber<CachedState::AccountLots>::Slot* lots = nullptr;
        CachedState::ByText<UserId>::Slot* email = nullptr;
        CachedState::ByChunk::Slot* chunk = nullptr;
        CachedState::ByNumber<User>::Slot* user = nullptr;
    };

    [[nodiscard]] Place& place(std::size_t back) { return places_[(added_ - back) % places_.size()]; }
    void fetch_account_index(Place& at) const;
    void fetch_account(Place& at) const;
    void fetch_indexes(Place& at) const;
    void fetch_slots(Place& at) const;
    void fetch_license(const Place& at) const;
    void find_user(Place& at) const;
    void fetch_user(Place& at) const;
    static void fetch_user_data(const Place& at);
    void expect(const Place& at);

    CachedState& state_;
    std::array<Place, 32> places_;  // a power of two, more than `distance`
    std::size_t added_ = 0;
};

}  // namespace seatledger
