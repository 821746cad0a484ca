// Finds beforehand what the next commands or events will look at. With a million people in memory, to judge one
// command means to wait for memory a dozen times, each time for what the last wait has shown to be next. Here a group
// of them takes each of these steps together, so that they wait for all of it at once.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
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
    std::uint32_t account_hash = 0;  // CachedState::account_hash(), by whoever has the text at hand
};

// One thread, the state's, which must not let go of anything meanwhile. Only a hint: what it has not found is found as
// well.
class LookAhead {
 public:
    static constexpr std::size_t group_max = 32;

    explicit LookAhead(CachedState& state) : state_(state) {}

    // Looks for what these are about, at most group_max of them. Forgets those before.
    void find(std::span<const Subject> group);

    // Tells the state that what the group's subject of this index is about is looked at next.
    void expect(std::size_t index);

 private:
    // By the hash alone: a wrong one costs a look-up.
    struct Found {
        UserId user;
        std::uint32_t lots_hash = 0;
        std::uint32_t email_hash = 0;
        std::uint32_t chunk_hash = 0;
        std::uint32_t user_hash = 0;
        CachedState::ByText<Account>::Slot* account = nullptr;
        CachedState::ByNumber<CachedState::AccountLots>::Slot* lots = nullptr;
        CachedState::ByText<UserId>::Slot* email = nullptr;
        CachedState::ByChunk::Slot* chunk = nullptr;
        CachedState::ByNumber<User>::Slot* user_slot = nullptr;
    };

    void fetch_account_index(const Subject& subject, Found& found) const;
    void fetch_account(const Subject& subject, Found& found) const;
    void fetch_indexes(const Subject& subject, Found& found) const;
    void fetch_slots(const Subject& subject, Found& found) const;
    static void fetch_license(const Subject& subject, const Found& found);
    void find_user(const Subject& subject, Found& found) const;
    void fetch_user(const Subject& subject, Found& found) const;
    static void fetch_user_data(const Subject& subject, const Found& found);

    CachedState& state_;
    std::array<Found, group_max> found_;
};

}  // namespace seatledger
