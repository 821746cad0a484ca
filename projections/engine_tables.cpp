// What the engine reads of the tables (engine/tables.h).
#include <kj/debug.h>

#include <algorithm>

#include "engine/rules/reminders.h"
#include "events/calendar.h"
#include "events/text.h"
#include "projections/account_row.h"
#include "projections/dispute_row.h"
#include "projections/order_rows.h"
#include "projections/person_row.h"
#include "projections/projections.h"
#include "projections/queue_rows.h"
#include "projections/rows.capnp.h"
#include "projections/stored.h"
#include "projections/view.h"

namespace seatledger {
namespace {

using tables::key_of;
using tables::Table;

std::optional<std::uint32_t> number_behind(const std::optional<std::pair<std::string, std::string>>& row,
                                           std::size_t offset) {
    if (!row) return {};
    return tables::Reader(std::string_view(row->first).substr(offset)).u32();
}

// When something falls due next in the account; last_instant: nothing does.
Instant next_due(const Snapshot& snapshot, const Account& account, Sequence at) {
    auto next = last_instant;
    scan_dues(snapshot, account.number, first_instant, at, [&](const Due& due) {
        next = due.instant;
        return false;
    });
    if (account.importing) return next;
    const auto reminder = rules::next_reminder(account.reminded, [&](Instant after) {
        std::optional<Instant> end;
        scan_dues(snapshot, account.number, Instant{after.micros + 1}, at, [&](const Due& due) {
            if (due.kind == DueKind::licenses_expire) end = due.instant;
            return !end;
        });
        return end;
    });
    return reminder ? std::min(next, reminder->instant) : next;
}

}  // namespace

std::vector<Product> Projections::products(Sequence at) const { return current().catalog->products(at); }

Instant Projections::catalog_last_effective_at(Sequence at) const { return current().catalog->last_effective_at(at); }

AccountNumber Projections::last_account(Sequence at) const {
    const auto generation = current().generation;
    const auto last = Snapshot(*generation->database).last(key_of(Table::accounts), key_of(Table::products), at);
    return AccountNumber(number_behind(last, 1).value_or(0));
}

Instant Projections::last_recorded_at(Sequence at) const {
    const auto generation = current().generation;
    const auto block = Snapshot(*generation->database).last_in_index(key_of(Table::blocks), key_of(Table::blocks, at));
    if (!block) return no_instant;
    const auto first = tables::Reader(block->first.substr(1)).u64();
    return tables::read_recorded(block->second, at.value - first);
}

std::optional<Account> Projections::account(std::string_view id, Sequence at) const {
    const auto generation = current().generation;
    const Snapshot snapshot(*generation->database);
    const auto number = account_number(snapshot, id);
    if (!number) return {};
    Account account;
    account.number = *number;
    const auto value = snapshot.get(key_of(Table::accounts, account.number), at);
    if (!value) return {};
    auto row = read_account(*value);
    account.id = std::move(row.id);
    account.name = std::move(row.name);
    account.zone = find_time_zone(row.time_zone);
    account.currency = std::move(row.currency);
    account.importing = row.importing;
    account.language = row.language;
    account.super_admins = std::move(row.super_admins);
    account.cards = std::move(row.cards);
    account.reminded = row.reminded;
    account.dispute_window = std::move(row.dispute_window);
    account.last_effective_at = seatledger::last_effective_at(snapshot, account.number, at);
    const auto users = key_of(Table::users, account.number);
    account.next_user = UserId(number_behind(snapshot.last(users, tables::after(users), at), 5).value_or(0) + 1);
    const auto orders = key_of(Table::orders, account.number);
    account.next_order =
        OrderNumber(number_behind(snapshot.last(orders, tables::after(orders), at), 5).value_or(0) + 1);
    const auto disputes = key_of(Table::disputes, account.number);
    account.next_dispute =
        DisputeNumber(number_behind(snapshot.last(disputes, tables::after(disputes), at), 5).value_or(0) + 1);
    const auto lots = key_of(Table::lots, account.number);
    if (const auto last = snapshot.last(lots, tables::after(lots), at)) {
        const auto lot = read_lot(last->first, last->second).lot;
        account.next_license = LicenseNumber(lot.first.value + lot.quantity);
    }
    account.next_due = next_due(snapshot, account, at);
    return account;
}

std::vector<Lot> Projections::lots(AccountNumber account, Sequence at) const {
    const auto generation = current().generation;
    const auto prefix = key_of(Table::lots, account);
    std::vector<Lot> lots;
    Snapshot(*generation->database).scan(prefix, tables::after(prefix), at, [&](const Row& found) {
        lots.push_back(read_lot(found.key, found.value).lot);
        return true;
    });
    return lots;
}

Dues Projections::dues(AccountNumber account, Sequence at) const {
    const auto generation = current().generation;
    Dues dues;
    scan_dues(Snapshot(*generation->database), account, first_instant, at, [&](const Due& due) {
        dues.add(due);
        return true;
    });
    return dues;
}

PhoneOwners Projections::phone_owners(AccountNumber account, Sequence at) const {
    const auto generation = current().generation;
    const auto prefix = key_of(Table::phones, account);
    PhoneOwners owners;
    Snapshot(*generation->database).scan(prefix, tables::after(prefix), at, [&](const Row& row) {
        Stored<rows::Phone> stored(row.value);
        if (stored.get().getKey() != 0) owners.insert(tables::Reader(row.key.substr(prefix.size())).u32());
        return true;
    });
    return owners;
}

std::optional<User> Projections::user(AccountNumber account, UserId id, Sequence at) const {
    const auto generation = current().generation;
    const Snapshot snapshot(*generation->database);
    const auto value = snapshot.get(key_of(Table::users, account, id.value), at);
    if (!value) return {};
    Stored<rows::User> stored(*value);
    const auto row = stored.get();
    User user;
    user.id = id;
    user.key = KeyNumber(row.getKey());
    user.email = email_in(row, secrets_.vault, account_id(snapshot, account, at).value(), id).value_or("");
    user.roles = Roles::from_bits(row.getRoles());
    user.removed = row.getRemoved();
    for (const auto dispute : row.getDisputes()) user.disputes.emplace_back(dispute);
    if (const auto holdings = snapshot.get(key_of(Table::holdings, account, id.value), at)) {
        user.holdings = tables::read_holdings(*holdings);
    }
    if (const auto queues = snapshot.get(key_of(Table::memberships, account, id.value), at)) {
        user.queues = read_memberships(*queues).queues;
    }
    if (const auto phone = snapshot.get(key_of(Table::phones, account, id.value), at)) {
        Stored<rows::Phone> phone_row(*phone);
        user.phone = {KeyNumber(phone_row.get().getKey()), Instant{phone_row.get().getKeptUntil()}};
    }
    return user;
}

UserId Projections::user_of(AccountNumber account, std::string_view folded, Sequence at) const {
    const auto generation = current().generation;
    const Snapshot snapshot(*generation->database);
    const auto id = account_id(snapshot, account, at);
    return id ? bearer_at(snapshot, secrets_, account, *id, folded, at) : UserId();
}

std::vector<UserId> Projections::removed_of(AccountNumber account, std::string_view folded, Sequence at) const {
    const auto generation = current().generation;
    const Snapshot snapshot(*generation->database);
    const auto id = account_id(snapshot, account, at);
    return id ? removed_at(snapshot, secrets_, account, *id, folded, at) : std::vector<UserId>();
}

Holders Projections::holders(AccountNumber account, std::uint32_t chunk, Sequence at) const {
    const auto generation = current().generation;
    const auto from = key_of(Table::licenses, account, chunk * chunk_licenses);
    auto to = key_of(Table::licenses, account, (chunk + 1) * chunk_licenses);
    if (to < from) to = tables::after(key_of(Table::licenses, account));
    Holders holders{};
    Snapshot(*generation->database).scan(from, to, at, [&](const Row& row) {
        const auto license = tables::Reader(row.key.substr(5)).u32();
        holders[license % chunk_licenses] = tables::read_given(row.value).user;
        return true;
    });
    return holders;
}

std::optional<Invoice> Projections::invoice(AccountNumber account, std::string_view id, Sequence at) const {
    const auto generation = current().generation;
    const auto value = Snapshot(*generation->database).get(key_of(Table::invoices, account, id), at);
    if (!value) return {};
    Stored<rows::Invoice> stored(*value);
    const auto row = stored.get();
    Invoice invoice;
    invoice.id = view(row.getId());
    invoice.state = static_cast<InvoiceState>(row.getState());
    invoice.raised_by = UserId(row.getRaisedBy());
    invoice.issued_at = Instant{row.getIssuedAt()};
    invoice.order = OrderNumber(row.getOrder());
    invoice.total = {Amount{row.getTotal().getAmount()}, std::string(view(row.getTotal().getCurrency()))};
    for (const auto line : row.getLines()) {
        InvoiceLine issued;
        issued.product = ProductNumber(line.getProduct());
        issued.quantity = line.getQuantity();
        issued.term = view(line.getTerm());
        issued.valid_until = Instant{line.getValidUntil()};
        issued.amount = Amount{line.getAmount().getAmount()};
        issued.credited = Amount{line.getCredited()};
        issued.credited_quantity = line.getCreditedQuantity();
        issued.first = LicenseNumber(line.getFirstLicense());
        invoice.lines.push_back(std::move(issued));
    }
    return invoice;
}

std::optional<Queue> Projections::queue(AccountNumber account, std::string_view id, Sequence at) const {
    const auto generation = current().generation;
    const Snapshot snapshot(*generation->database);
    const auto value = snapshot.get(key_of(Table::queues, account, id), at);
    if (!value) return {};
    Stored<rows::Queue> stored(*value);
    Queue queue;
    queue.id = id;
    queue.kind = stored.get().getKind();
    queue.deleted = stored.get().getDeleted();
    const auto members = key_of(Table::members, account, id);
    snapshot.scan(members, tables::after(members), at, [&](const Row& row) {
        if (tables::read_member(row.value).role) queue.members.push_back(tables::member_of_key(row.key));
        return true;
    });
    return queue;
}

std::optional<Order> Projections::order(AccountNumber account, OrderNumber number, Sequence at) const {
    const auto generation = current().generation;
    const auto value = Snapshot(*generation->database).get(key_of(Table::orders, account, number.value), at);
    if (!value) return {};
    return read_order(number, Stored<rows::Order>(*value).get());
}

std::optional<Dispute> Projections::dispute(AccountNumber account, DisputeNumber number, Sequence at) const {
    const auto generation = current().generation;
    const auto value = Snapshot(*generation->database).get(key_of(Table::disputes, account, number.value), at);
    if (!value) return {};
    return read_dispute(number, Stored<rows::Dispute>(*value).get());
}

DisputeNumber Projections::first_dispute(AccountNumber account, std::string_view line, Sequence at) const {
    const auto generation = current().generation;
    const auto value = Snapshot(*generation->database).find(key_of(Table::disputed_lines, account, line));
    if (!value) return {};
    tables::Reader reader(*value);
    const DisputeNumber first(reader.u32());
    return Sequence(reader.u64()) <= at ? first : DisputeNumber();
}

bool Projections::has_payment(AccountNumber account, std::string_view reference, Sequence at) const {
    const auto generation = current().generation;
    const auto value = Snapshot(*generation->database).find(key_of(Table::payments, account, reference));
    return value && Sequence(tables::Reader(*value).u64()) <= at;
}

std::optional<RequestRecord> Projections::request(AccountNumber account, std::string_view id, Sequence at) const {
    const auto generation = current().generation;
    const auto value = Snapshot(*generation->database).find(key_of(Table::requests, account, id));
    if (!value) return {};
    const auto record = tables::read_request(*value);
    return record.first <= at ? std::optional(record) : std::nullopt;
}

std::vector<DueAccount> Projections::due(Instant until, std::size_t count_max) const {
    std::unique_lock lock(mutex_);
    if (until < due_from_) return {};
    const auto generation = generation_;
    const auto lowered = due_lowered_;
    auto begin = key_of(Table::due);
    tables::put_instant(begin, due_from_);
    lock.unlock();

    auto end = key_of(Table::due);
    tables::put_instant(end, Instant{until.micros + 1});
    std::vector<DueAccount> due;
    Snapshot(*generation->database).scan_index(begin, end, [&](const Row& row) {
        const auto instant = tables::Reader(row.key.substr(1)).instant();
        const auto known = std::ranges::find(due, row.value, &DueAccount::account);
        if (known == due.end()) due.push_back({instant, std::string(row.value)});
        return due.size() < count_max;
    });

    lock.lock();
    // An earlier one that has come since may not have been seen.
    if (lowered == due_lowered_) {
        due_from_ = std::max(due_from_, due.empty() ? Instant{until.micros + 1} : due.front().instant);
    }
    return due;
}

LicenseNumber Projections::next_free(AccountNumber account, LicenseNumber from, LicenseNumber end) const {
    const auto generation = current().generation;
    const auto first = key_of(Table::free, account, from.value / tables::free_chunk_licenses);
    const auto last = key_of(Table::free, account, (end.value - 1) / tables::free_chunk_licenses);
    LicenseNumber found;
    Snapshot(*generation->database).scan_index(first, last + '\0', [&](const Row& row) {
        const auto chunk = tables::Reader(row.key.substr(5)).u32();
        const auto bits = tables::read_free(row.value);
        const auto base = chunk * tables::free_chunk_licenses;
        for (auto bit = std::max(from.value, base) - base; bit < tables::free_chunk_licenses; ++bit) {
            if ((bits[bit / 64] >> (bit % 64) & 1) == 0) continue;
            found = LicenseNumber(base + bit);
            return false;
        }
        return true;
    });
    return found < end ? found : LicenseNumber();
}

}  // namespace seatledger
