// What a server knows of an account's billing: its events, and the catalogue's, as of some time.
#pragma once

#include <cstdint>
#include <expected>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "projections/billing/account_history.h"
#include "projections/billing/bill_line.h"
#include "tools/address_bearers.h"
#include "tools/client.h"
#include "tools/commands/arguments.h"
#include "tools/event_pages.h"

namespace seatledger {

struct BillingSource {
    billing::AccountHistory history;
    KnownAddresses addresses;  // of everybody whom the events name
    AddressBearers bearers;    // … and who is meant by one
    Sequence sequence;         // of the state that was read
    Instant time;              // … and the instant: what falls due by then has fallen due

    // The address that the person bears in that state; nothing: it was erased.
    [[nodiscard]] std::optional<std::string> email_of(UserId user) const;
    // Who bore the address on those days (AddressBearers). The history must have a zone.
    [[nodiscard]] UserId user_of(std::string_view email, const billing::DayPeriod& days) const;
};

// What is known of an account from its first event.
struct OpenedAccount {
    const date::time_zone* zone = nullptr;  // never null
    bool has_dispute_window = false;
};
// Fails, in one line, if the server refuses, or this machine does not know the zone.
[[nodiscard]] std::expected<OpenedAccount, std::string> read_account(Client& client, const std::string& account);

// Reads all of it. `window`: of these days everything is kept, of others what bills are judged by (AccountHistory).
// `progress` is told how many events there are so far; `also`, if it is there, gets each of them. Fails, in one line,
// if the server refuses or cannot be read.
[[nodiscard]] std::expected<std::unique_ptr<BillingSource>, std::string> read_billing(
    Client& client, const std::string& account, const AsOfOptions& as_of, std::optional<billing::Window> window,
    const std::function<void(std::uint64_t events)>& progress,
    const std::function<void(schema::Event::Reader)>& also = {});

}  // namespace seatledger
