// The reducer's part of the licenses: lots, who was given what, and what is free.
#include <kj/debug.h>

#include <algorithm>

#include "engine/rules/due.h"
#include "engine/rules/reminders.h"
#include "engine/rules/seats.h"
#include "events/text.h"
#include "projections/lot_row.h"
#include "projections/reducer.h"

namespace seatledger {
namespace {

using tables::key_of;
using tables::Table;

std::uint64_t pair_of(AccountNumber account, std::uint32_t number) {
    return std::uint64_t{account.value} << 32 | number;
}

}  // namespace

void Reducer::write_lot(const AccountState& account, const LotState& state, RowBuffer& rows) {
    rows.put(key_of(Table::lots, account.number, state.lot.first.value), sequence_, lot_value(state));
}

void Reducer::issue_licenses(schema::LicensesIssued::Reader body, AccountState& account, RowBuffer& rows) {
    LotState state;
    state.lot.first = LicenseNumber(body.getFirst());
    state.lot.quantity = body.getQuantity();
    state.lot.product = product_of(view(body.getSku()));
    state.lot.valid_from = Instant{body.getValidFrom()};
    state.lot.valid_until = Instant{body.getValidUntil()};
    state.lot.invoice = view(body.getInvoice());
    state.lot.line = body.getLine();
    state.issued_by = sequence_;
    write_lot(account, state, rows);
    if (rules::note_issued(account.reminded, state.lot.valid_until, state.lot.valid_from)) write_account(account, rows);
    add_due(account, rules::expiry_of(state.lot), rows);
    for (std::uint32_t i = 0; i < state.lot.quantity; ++i) {
        set_free(account.number, LicenseNumber(state.lot.first.value + i), true);
    }
    account.lots.push_back(std::move(state));
    ++lots_remembered_;
    change_row<rows::Invoice>(
        key_of(Table::invoices, account.number, view(body.getInvoice())), rows,
        [&](rows::Invoice::Builder row) { row.getLines()[body.getLine() - 1].setFirstLicense(body.getFirst()); });
}

void Reducer::expire_licenses(schema::LicensesExpired::Reader body, AccountState& account, RowBuffer& rows) {
    const auto& state = lot_of(account, LicenseNumber(body.getFirst()));
    value_.clear();
    tables::put_u32(value_, body.getQuantity());
    put_value(Table::expiries, account.number, body.getFirst(), rows);
    const auto due = rules::expiry_of(state.lot);
    if (account.dues.contains(due)) remove_due(account, due, rows);
    mention(tables::mention_key(account.number, tables::Mention::invoice, view(body.getInvoice())), rows);
}

void Reducer::give_license(schema::Event::Reader event, AccountState& account, schema::LicenseHeld::Reader body,
                           bool bound, RowBuffer& rows) {
    const LicenseNumber license(body.getLicense());
    const UserId user(body.getUser());
    const Instant at{event.getEffectiveAt()};
    auto& state = lot_of(account, license);
    value_.clear();
    tables::put_given(value_, {bound ? user : UserId(), at});
    put_value(Table::licenses, account.number, license.value, rows);

    auto& holdings = holdings_of(account.number, user);
    if (bound) {
        rules::give(holdings, {license, state.lot.product, state.lot.valid_until, sequence_}, at);
    } else {
        rules::take_away(holdings, license);
    }
    value_.clear();
    tables::put_holdings(value_, holdings);
    put_value(Table::holdings, account.number, user.value, rows);

    bound ? ++state.bound : --state.bound;
    value_.clear();
    tables::put_u32(value_, state.bound);
    put_value(Table::lot_counts, account.number, state.lot.first.value, rows);

    set_free(account.number, license, !bound);
}

void Reducer::revoke_licenses(schema::Event::Reader event, AccountState& account, RowBuffer& rows) {
    const auto body = event.getLicensesRevoked();
    const LicenseNumber first(body.getFirst());
    auto& state = lot_of(account, first);
    std::string revoked;
    tables::put_given(revoked, {revoked_holder, Instant{event.getEffectiveAt()}});
    for (std::uint32_t i = 0; i < body.getQuantity(); ++i) {
        value_ = revoked;
        put_value(Table::licenses, account.number, first.value + i, rows);
        set_free(account.number, LicenseNumber(first.value + i), false);
    }
    if (const UserId user(body.getUser()); user) {
        auto& holdings = holdings_of(account.number, user);
        rules::take_away(holdings, first);
        value_.clear();
        tables::put_holdings(value_, holdings);
        put_value(Table::holdings, account.number, user.value, rows);
        value_.clear();
        tables::put_u32(value_, --state.bound);
        put_value(Table::lot_counts, account.number, state.lot.first.value, rows);
    }
    state.lot.revoked += body.getQuantity();
    write_lot(account, state, rows);
    if (state.lot.revoked == state.lot.quantity) remove_due(account, rules::expiry_of(state.lot), rows);
    mention(tables::mention_key(account.number, tables::Mention::invoice, view(body.getInvoice())), rows);
}

void Reducer::put_value(Table table, AccountNumber account, std::uint32_t number, RowBuffer& rows) {
    key_.assign(1, static_cast<char>(table));
    tables::put_u32(key_, account.value);
    tables::put_u32(key_, number);
    rows.put(key_, sequence_, value_);
}

Reducer::LotState& Reducer::lot_of(AccountState& account, LicenseNumber license) {
    const auto after =
        std::ranges::upper_bound(account.lots, license, {}, [](const LotState& state) { return state.lot.first; });
    KJ_REQUIRE(after != account.lots.begin() && std::prev(after)->lot.contains(license),
               "an event names a license that is not there", sequence_.value);
    return *std::prev(after);
}

Holdings& Reducer::holdings_of(AccountNumber account, UserId user) {
    const auto [found, added] = holdings_.try_emplace(pair_of(account, user.value));
    if (added && at_) {
        const auto value = Snapshot(database_).get(key_of(Table::holdings, account, user.value), at_);
        if (value) found->second = tables::read_holdings(*value);
    }
    return found->second;
}

Reducer::FreeChunk& Reducer::free_chunk(AccountNumber account, std::uint32_t chunk) {
    const auto [found, added] = free_.try_emplace(pair_of(account, chunk));
    if (added && at_) {
        const auto value = Snapshot(database_).find(key_of(Table::free, account, chunk));
        if (value) found->second.bits = tables::read_free(*value);
    }
    return found->second;
}

void Reducer::set_free(AccountNumber account, LicenseNumber license, bool free) {
    auto& chunk = free_chunk(account, license.value / tables::free_chunk_licenses);
    const auto bit = license.value % tables::free_chunk_licenses;
    const auto mask = std::uint64_t{1} << (bit % 64);
    auto& word = chunk.bits[bit / 64];
    word = free ? word | mask : word & ~mask;
    chunk.changed = true;
}

void Reducer::write_free(RowBuffer& rows) {
    for (auto& [number, chunk] : free_) {
        if (!std::exchange(chunk.changed, false)) continue;
        const auto key = key_of(Table::free, AccountNumber(static_cast<std::uint32_t>(number >> 32)),
                                static_cast<std::uint32_t>(number));
        if (std::ranges::all_of(chunk.bits, [](std::uint64_t word) { return word == 0; })) {
            rows.remove_index(key);
        } else {
            value_.clear();
            tables::put_free(value_, chunk.bits);
            rows.put_index(key, value_);
        }
    }
}

}  // namespace seatledger
