// Fetches from memory what the next commands or events will look at. With a million people in memory, to judge one
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

// One thread, the state's. Only a hint: changes nothing, and what it has not seen is found as well.
class LookAhead {
 public:
    // So many subjects are to be added before the first one is judged.
    static constexpr std::size_t distance = 8;

    explicit LookAhead(const CachedState& state) : state_(state) {}

    // Adds the next subject, whose texts must stay until `distance` more were added, and takes those before it a step
    // further. Nothing follows: an empty one.
    void add(const Subject& subject);

 private:
    struct Place {
        Subject subject;
        AccountNumber account;
        UserId user;
        std::uint32_t account_hash = 0;
        std::uint32_t lots_hash = 0;
        std::uint32_t email_hash = 0;
        std::uint32_t chunk_hash = 0;
        std::uint32_t user_hash = 0;
    };

    [[nodiscard]] Place& place(std::size_t back) { return places_[(added_ - back) % places_.size()]; }
    void fetch_account_index(Place& at) const;
    void find_account(Place& at) const;
    void fetch_slots(const Place& at) const;
    void fetch_license(const Place& at) const;
    void find_user(Place& at) const;
    void fetch_user_data(const Place& at) const;
    [[nodiscard]] const UserId* holder_of(const Place& at) const;

    const CachedState& state_;
    std::array<Place, distance> places_;  // a power of two
    std::size_t added_ = 0;
};

}  // namespace seatledger
