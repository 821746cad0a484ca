#include "server/letter_source.h"

#include <kj/debug.h>

#include <algorithm>
#include <map>
#include <utility>
#include <vector>

#include "events/calendar.h"
#include "events/text.h"
#include "projections/account_row.h"
#include "projections/event_fetcher.h"
#include "projections/person_row.h"
#include "projections/rows.capnp.h"
#include "projections/stored.h"
#include "projections/view.h"

namespace seatledger {
namespace {

using tables::key_of;
using tables::Table;

Language language_of(schema::Language language) {
    switch (language) {
        case schema::Language::EN: return Language::english;
        case schema::Language::RU: return Language::russian;
        case schema::Language::PT: return Language::portuguese;
    }
    return Language::english;
}

// Nothing: removed, or erased.
std::optional<std::pair<Mailbox, Language>> read_recipient(const View& now, UserId user) {
    const auto value = now.rows().get(key_of(Table::users, now.account(), user.value), now.sequence());
    if (!value) return {};
    Stored<rows::User> row(*value);
    if (row.get().getRemoved()) return {};
    const auto& vault = now.secrets().vault;
    auto address = email_in(row.get(), vault, now.account_id(), user);
    if (!address) return {};
    auto name = name_in(row.get(), vault, now.account_id(), user).value_or("");
    return std::pair(Mailbox{std::move(*address), std::move(name)}, language_of(row.get().getLanguage()));
}

LicenseRange range_of(const Lot& lot) { return {lot.first, LicenseNumber(lot.first.value + lot.quantity - 1)}; }

PaymentRecorded payment_recorded(const View& then, std::string_view invoice) {
    PaymentRecorded letter{std::string(invoice), {}};
    const auto value = then.rows().get(key_of(Table::invoices, then.account(), invoice), then.sequence());
    KJ_REQUIRE(value.has_value(), "a letter is about an invoice that is not there", then.sequence().value);
    Stored<rows::Invoice> row(*value);
    for (const auto line : row.get().getLines()) {
        const auto lot = then.lot_of(LicenseNumber(line.getFirstLicense()));
        KJ_REQUIRE(lot.has_value(), "a letter is about licenses that are not there", then.sequence().value);
        const auto& product = then.product(lot->lot.product);
        letter.lines.push_back({product.name, product.sku, range_of(lot->lot), lot->lot.valid_until});
    }
    return letter;
}

// What was not revoked, in runs.
std::vector<LicenseRange> ranges_left(const View& then, const Lot& lot) {
    if (lot.revoked == 0) return {range_of(lot)};
    std::vector<LicenseRange> ranges;
    auto next = lot.first;
    const LicenseNumber end(lot.first.value + lot.quantity);
    const auto add = [&](LicenseNumber before) {
        if (next < before) ranges.push_back({next, LicenseNumber(before.value - 1)});
    };
    then.rows().scan(key_of(Table::licenses, then.account(), lot.first.value),
                     key_of(Table::licenses, then.account(), end.value), then.sequence(), [&](const Row& row) {
                         if (tables::read_given(row.value).user != revoked_holder) return true;
                         const LicenseNumber license(tables::Reader(row.key.substr(5)).u32());
                         add(license);
                         next = license.next();
                         return true;
                     });
    add(end);
    return ranges;
}

// So many days, the last one begun, are left until then.
unsigned days_until(Instant end, Instant from) {
    constexpr auto day = std::int64_t{24} * 3'600 * 1'000'000;
    return end <= from ? 0 : static_cast<unsigned>((end.micros - from.micros + day - 1) / day);
}

TermEnds term_ends(const View& then, schema::NotificationQueued::Reader body, Instant date) {
    TermEnds letter;
    const Instant by{body.getEndsBy()};
    const auto day = civil_day(by, then.zone());
    const auto from = end_of_day({day.number - 1}, then.zone()).value_or(first_instant);
    std::map<std::pair<ProductNumber, Instant>, EndingLicenses> endings;
    scan_dues(then.rows(), then.account(), from, then.sequence(), [&](const Due& due) {
        if (due.instant > by) return false;
        if (due.kind != DueKind::licenses_expire) return true;
        const auto lot = then.lot_of(LicenseNumber(due.id));
        KJ_REQUIRE(lot.has_value(), "licenses end that are not there", due.id);
        auto& ending = endings[{lot->lot.product, due.instant}];
        const auto& product = then.product(lot->lot.product);
        ending.product = product.name;
        ending.sku = product.sku;
        ending.valid_until = due.instant;
        ending.bound += then.given_of(lot->lot);
        for (const auto& range : ranges_left(then, lot->lot)) ending.licenses.push_back(range);
        return true;
    });
    auto first_end = last_instant;
    for (auto& [place, ending] : endings) {
        first_end = std::min(first_end, place.second);
        letter.products.push_back(std::move(ending));
    }
    // It may have been recorded late.
    letter.days_left = days_until(first_end, date);
    return letter;
}

std::unique_ptr<View> view_of(const Projections& projections, std::string_view account, const AsOf& as_of) {
    auto view = View::open(projections, account, as_of, no_instant);
    KJ_REQUIRE(view.has_value(), "a letter's account cannot be read", view.error().message.c_str());
    return std::move(*view);
}

}  // namespace

void scan_unsent(const Projections& projections, const std::function<bool(const QueuedLetter&)>& function) {
    const auto current = projections.current();
    const auto letters = key_of(Table::letters);
    Snapshot(*current.generation->database).scan_index(letters, tables::after(letters), [&](const Row& row) {
        return function({std::string(row.value), tables::read_letter_key(row.key)});
    });
}

std::optional<Letter> read_letter(const Projections& projections, const QueuedLetter& queued,
                                  const std::string& ledger) {
    const auto now = view_of(projections, queued.account, {});
    const auto recipient = read_recipient(*now, queued.letter.user);
    if (!recipient) return {};
    const auto sequence = queued.letter.notification;
    const auto then = view_of(projections, queued.account, {no_instant, sequence});
    EventFetcher fetcher(projections.log(), then->rows());
    const auto entry = fetcher.fetch(sequence);
    KJ_REQUIRE(entry.has_value(), entry.error().message.c_str());
    const auto event = read_event(*entry);
    KJ_REQUIRE(event.isNotificationQueued(), "what is in the table of letters is none", sequence.value);
    const auto body = event.getNotificationQueued();

    Letter letter;
    letter.to = recipient->first;
    letter.language = recipient->second;
    letter.account = queued.account;
    const auto account = then->rows().get(key_of(Table::accounts, then->account()), sequence);
    letter.account_name = read_account(account.value()).name;
    letter.id = {sequence, queued.letter.user, ledger};
    letter.date = Instant{event.getRecordedAt()};
    letter.zone = &then->zone();
    switch (body.getLetter()) {
        case schema::Letter::PAYMENT_RECORDED: letter.content = payment_recorded(*then, view(body.getInvoice())); break;
        case schema::Letter::TERM_ENDS: letter.content = term_ends(*then, body, letter.date); break;
    }
    return letter;
}

}  // namespace seatledger
