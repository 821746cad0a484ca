// Phone configurations: saved while a person has a license that a phone needs, kept for 7 days when the last one goes.
#pragma once

#include <boost/unordered/unordered_flat_set.hpp>
#include <cstddef>
#include <cstdint>

#include "engine/rules/rejection.h"
#include "engine/rules/state.h"
#include "events/command.capnp.h"
#include "events/commit_writer.h"
#include "events/event.capnp.h"

namespace seatledger::rules {

inline constexpr std::size_t phone_config_bytes_max = 32 << 10;
inline constexpr std::size_t phone_config_depth_max = 64;  // lists and objects in one another
inline constexpr std::int64_t phone_kept_micros = std::int64_t{7} * 24 * 3'600 * 1'000'000;

// Until when a configuration is kept of which the last license went at `t`.
[[nodiscard]] Instant phone_kept_until(Instant t);

[[nodiscard]] Verdict check(schema::SavePhone::Reader command);

// All that is saved until a configuration is purged is sealed with one key, which is made with the first of it.
[[nodiscard]] Verdict save_phone(State& state, const Account& account, schema::SavePhone::Reader command,
                                 CommitWriter& writer);

// Writes that the person's configuration can be read by nobody any more, if there is one.
void purge_phone(State& state, const Account& account, UserId user, CommitWriter& writer);

// What the licenses that one commit takes and gives do to phone configurations. The state is that before the commit, so
// this remembers what the commit has done. All of it must outlive this.
class PhoneKeeper {
 public:
    PhoneKeeper(State& state, const Account& account, CommitWriter& writer)
        : state_(state), account_(account), writer_(writer) {}

    // Right behind the event that takes the license, which ends with it: writes that the configuration is kept from now
    // on, if the person has no other license that it needs.
    void taken(const Product& product, LicenseNumber license, UserId user);
    // Right behind the event that gives a license of the product: writes that a configuration that is kept is in use
    // again.
    void given(const Product& product, UserId user);

 private:
    State& state_;
    const Account& account_;
    CommitWriter& writer_;
    boost::unordered_flat_set<std::uint32_t> taken_;  // from people whose configuration was in use
    UserId kept_;                                     // whose is kept since the newest of these
};

void evolve(State& state, const Account& account, schema::PhoneSaved::Reader body);
void evolve(State& state, const Account& account, schema::PhoneRetained::Reader body);
void evolve(State& state, const Account& account, schema::PhonePurged::Reader body);
void phone_restored(State& state, const Account& account, schema::UserNamed::Reader body);

}  // namespace seatledger::rules
