#include "projections/billing/deficit_reasons.h"

#include <algorithm>

namespace seatledger::billing {
namespace {

using Line = BillLines::Line;
using schema::Billing;

constexpr DayPeriod ever{CivilDay{-1'000'000}, CivilDay{4'000'000}};

// Of a class, so many lots are looked at one by one; the others are taken to be like the first.
constexpr std::size_t lots_looked_at = 1'000;

}  // namespace

void DeficitReasons::consume(const SeatSteps& seats, const DeficitReason& why) {
    Gaps rest;
    auto& found = found_[static_cast<std::size_t>(why.reason)];
    for (const auto& gap : gaps_) {
        seats.for_each(gap.days, [&](const DayPeriod& days, std::int64_t count) {
            const auto taken = std::clamp<std::int64_t>(count, 0, gap.seats);
            if (taken > 0) {
                if (!found) found = why;
                found->seat_days += taken * days.days();
                found->seats = std::max(found->seats, taken);
            }
            if (taken < gap.seats) rest.push_back({days, gap.seats - taken});
        });
    }
    gaps_ = std::move(rest);
}

void DeficitReasons::consume(const DayPeriod& days, std::int64_t seats, const DeficitReason& why) {
    const bool concerns =
        std::ranges::any_of(gaps_, [&](const SeatsOn& gap) { return !is_empty(common_days(gap.days, days)); });
    if (!concerns || seats <= 0) return;
    SeatSteps steps;
    steps.add(days, seats);
    consume(steps, why);
}

std::vector<DeficitReason> DeficitReasons::find(const Line& line, const Coverage& coverage) {
    gaps_ = coverage.gaps;
    found_ = {};
    const auto sku = pools_.sku_of(line);
    const bool is_membership = pools_.pool(sku).billing == Billing::MEMBERSHIP;
    if (line.names_seat()) {
        if (is_membership) {
            find_for_person(line);
        } else if (line.has_license) {
            find_for_license(line, LicenseNumber(line.license));
        } else {
            for (const auto license : claims_.licenses_of(sku, line.user)) find_for_license(line, license);
        }
    } else {
        if (const auto invoice = pools_.invoice_of(line); invoice && !is_membership) find_for_invoice(line, *invoice);
        if (!gaps_.empty()) find_later(line, sku);
        if (!gaps_.empty()) find_open(line, sku);
        if (!gaps_.empty()) find_revoked(line, sku);
        if (!gaps_.empty()) find_expired(line, sku);
        if (!gaps_.empty()) find_unbound(sku);
    }
    SeatSteps all;
    all.add(ever, BillLines::seats_max);
    consume(all, {});
    std::vector<DeficitReason> found;
    for (const auto& reason : found_) {
        if (reason) found.push_back(*reason);
    }
    return found;
}

DeficitReason DeficitReasons::before_payment(const InvoiceFacts& invoice, const LotFacts* lot) const {
    DeficitReason why;
    why.reason = Verdict::billed_before_payment;
    why.invoice = &invoice;
    why.lot = lot;
    const auto* order = pools_.history().find_order(invoice.order);
    if (order == nullptr || !pools_.is_known(order->overdue)) return why;
    const bool raised_late = order->overdue.at <= invoice.issued.at;
    if (raised_late || (lot == nullptr && !pools_.is_known(order->fulfilled))) {
        why.reason = Verdict::not_delivered_in_48h;
        why.order = order;
    }
    return why;
}

DeficitReason DeficitReasons::after_expiry(const LotFacts& lot, LicenseNumber license) const {
    DeficitReason why;
    why.reason = Verdict::billed_after_expiry;
    why.lot = &lot;
    why.license = license;
    const auto recorded = pools_.history().expiry_of(license ? license : lot.first);
    if (recorded && pools_.is_known(*recorded)) why.ended = *recorded;
    return why;
}

// ---- Of a line that names its seat.

void DeficitReasons::find_for_license(const Line& line, LicenseNumber license) {
    const auto& days = pools_.days();
    const auto& lot = *pools_.history().lot_of(license);
    if (lot.valid_from > days.as_of()) return;
    const auto term = days.term_of(lot), owned = days.owned(lot, license);
    auto why = before_payment(pools_.history().invoices()[lot.invoice], &lot);
    why.license = license;
    consume({ever.begin, term.begin}, 1, why);
    if (owned.end < term.end) {
        DeficitReason revoked;
        revoked.reason = Verdict::billed_after_revocation;
        revoked.lot = &lot;
        revoked.license = license;
        const auto* revocation = pools_.history().revocation_of(license);
        revoked.ended = revocation->happened;
        revoked.user = revocation->user;
        consume({owned.end, term.end}, 1, revoked);
    }
    consume({term.end, ever.end}, 1, after_expiry(lot, license));
    if (lot.billing != Billing::ASSIGNED) return;
    // The days since somebody had it first on which nobody has it; or since the person had it first, they.
    const SeatSpan* last = nullptr;
    const SeatSpan* first = nullptr;
    for (const auto* span = pools_.history().newest_span(license); span != nullptr;
         span = pools_.history().before(*span)) {
        if (span->from > days.as_of() || (!line.has_license && span->user != line.user)) continue;
        if (last == nullptr && days.clock().day_of(span->from) < line.period.end) last = span;
        first = span;
    }
    const auto* before = line.has_license ? nullptr : pools_.history().last_before_window(line.user, lot.sku);
    if (before != nullptr && before->license == license && before->from <= days.as_of()) {
        if (last == nullptr) last = before;
        if (first == nullptr || before->from < first->from) first = before;
    }
    if (first == nullptr || last == nullptr) return;
    SeatSteps without;
    without.add(common_days({days.clock().day_of(first->from), ever.end}, owned), 1);
    for (const auto& piece : claims_.pieces_of(line, license)) without.add(piece.days, -1);
    DeficitReason unbound;
    unbound.reason = Verdict::billed_after_unbind;
    unbound.lot = &lot;
    unbound.license = license;
    unbound.user = last->user;
    unbound.ended = {last->ended, last->to};
    consume(without, unbound);
}

void DeficitReasons::find_for_person(const Line& line) {
    const auto sku = pools_.sku_of(line);
    const auto all = pools_.days().member_days(line.user, {ever.begin, line.period.end});
    std::optional<DayPeriod> since;
    SeatSteps without;
    for (const auto& of : all) {
        if (of.sku != sku) continue;
        if (!since) {
            since = DayPeriod{of.days.begin, ever.end};
            without.add(*since, 1);
        }
        without.add(of.days, -1);
    }
    if (!since) return;
    DeficitReason why;
    why.reason = Verdict::billed_after_unbind;
    why.user = line.user;
    for (const auto& place : pools_.history().user(line.user)->queues) {
        if (!place.ended || place.to > pools_.days().as_of()) continue;
        if (why.place != nullptr && place.to < why.ended.at) continue;
        if (pools_.days().clock().day_of(place.to) >= line.period.end) continue;
        why.place = &place;
        why.ended = {place.ended, place.to};
    }
    consume(without, why);
}

// ---- Of a line that names an invoice.

void DeficitReasons::find_for_invoice(const Line& line, std::uint32_t number) {
    const auto& invoice = pools_.history().invoices()[number];
    for (const auto& of : invoice.lines) {
        if (of.sku != pools_.sku_of(line)) continue;
        const auto* lot = of.lot ? &pools_.history().lots()[*of.lot] : nullptr;
        if (lot != nullptr && lot->valid_from > pools_.days().as_of()) lot = nullptr;
        if (lot == nullptr) {
            if (!pools_.is_known(invoice.voided)) consume(ever, of.quantity, before_payment(invoice, nullptr));
            continue;
        }
        const auto term = pools_.days().term_of(*lot);
        consume({ever.begin, term.begin}, lot->quantity, before_payment(invoice, lot));
        const auto& revoked = revoked_of(pools_.class_of(*lot));
        if (lot->revoked > 0) consume(revoked.seats, revoked.why);
        consume({term.end, ever.end}, lot->quantity, after_expiry(*lot, {}));
    }
}

// ---- Of any line for seats of a product.

void DeficitReasons::find_later(const Line& line, SkuNumber sku) {
    const auto& history = pools_.history();
    const auto& pool = pools_.pool(sku);
    for (const auto index : pool.classes) {
        const auto& of = pools_.classes()[index];
        if (gaps_.empty()) return;
        if (gaps_.front().days.begin >= of.term.begin) continue;
        const bool overlaps = of.term.begin < line.period.end;
        // As many as there are more then than now.
        SeatSteps more;
        const auto then = pool.entitled.at(of.term.begin);
        pool.entitled.for_each({gaps_.front().days.begin, of.term.begin}, [&](const DayPeriod& days, std::int64_t now) {
            more.add(days, pool.billing == Billing::PURCHASED ? std::max<std::int64_t>(0, then - now) : of.seats);
        });
        std::size_t looked_at = 0;
        for (const auto number : of.lots) {
            const auto& lot = history.lots()[number];
            const auto& invoice = history.invoices()[lot.invoice];
            if (!overlaps && pools_.days().clock().day_of(invoice.issued.at) >= line.period.end) continue;
            SeatSteps seats;
            const auto quantity = ++looked_at < lots_looked_at ? std::int64_t{lot.quantity} : of.seats;
            more.for_each({gaps_.front().days.begin, of.term.begin}, [&](const DayPeriod& days, std::int64_t count) {
                seats.add(days, std::min(count, quantity));
            });
            consume(seats, before_payment(invoice, &lot));
            SeatSteps less;
            seats.for_each({ever.begin, of.term.begin},
                           [&](const DayPeriod& days, std::int64_t count) { less.add(days, -count); });
            more.add(less);
            if (gaps_.empty() || looked_at == lots_looked_at) break;
        }
    }
}

void DeficitReasons::find_open(const Line& line, SkuNumber sku) {
    const auto& history = pools_.history();
    const auto is_before_end = [&](const Happened& happened) {
        return pools_.days().clock().day_of(happened.at) < line.period.end;
    };
    for (const auto& of : pools_.open_lines(sku)) {
        const auto& invoice = history.invoices()[of.invoice];
        if (!is_before_end(invoice.issued)) continue;
        consume(ever, invoice.lines[of.line].quantity, before_payment(invoice, nullptr));
    }
    for (const auto index : pools_.orders(sku)) {
        const auto& order = history.orders()[index];
        if (pools_.is_known(order.fulfilled) || !is_before_end(order.requested)) continue;
        const auto* invoice = order.invoice.empty() ? nullptr : history.find_invoice(order.invoice);
        // Of one with an invoice the invoice was looked at.
        if (invoice != nullptr && pools_.is_known(invoice->issued)) continue;
        DeficitReason why;
        why.reason = Verdict::not_delivered_in_48h;
        why.order = &order;
        consume(ever, order.quantity, why);
    }
}

const DeficitReasons::Revoked& DeficitReasons::revoked_of(std::uint32_t of_class) {
    const auto [place, is_new] = revoked_.try_emplace(of_class);
    auto& revoked = place->second;
    if (!is_new) return revoked;
    const auto& of = pools_.classes()[of_class];
    SeatSteps::Changes changes;
    for (const auto index : of.lots) {
        const auto& lot = pools_.history().lots()[index];
        if (lot.revoked == 0) continue;
        for (auto license = lot.first; lot.contains(license); license = license.next()) {
            const auto owned = pools_.days().owned(lot, license);
            const auto* revocation = pools_.history().revocation_of(license);
            if (owned.end >= of.term.end || revocation == nullptr) continue;
            changes.add({owned.end, of.term.end}, 1);
            if (revoked.why.lot != nullptr) continue;
            revoked.why.reason = Verdict::billed_after_revocation;
            revoked.why.lot = &lot;
            revoked.why.license = license;
            revoked.why.ended = revocation->happened;
        }
    }
    revoked.seats = SeatSteps(changes);
    return revoked;
}

void DeficitReasons::find_revoked(const Line& line, SkuNumber sku) {
    for (const auto index : pools_.pool(sku).classes) {
        const auto& term = pools_.classes()[index].term;
        if (term.begin >= line.period.end || gaps_.empty()) return;
        if (term.end <= line.period.begin) continue;
        const auto& revoked = revoked_of(index);
        if (revoked.why.lot != nullptr) consume(revoked.seats, revoked.why);
    }
}

void DeficitReasons::find_expired(const Line& line, SkuNumber sku) {
    const auto& pool = pools_.pool(sku);
    for (const auto index : pool.classes) {
        const auto& of = pools_.classes()[index];
        if (of.term.begin >= line.period.end || gaps_.empty()) return;
        if (of.term.end >= line.period.end) continue;
        if (of.term.end.number < line.period.begin.number - of.term.days()) continue;
        const DayPeriod after{of.term.end, ever.end};
        const CivilDay last{of.term.end.number - 1};
        // As many as there are fewer now than then. Of seats that are billed by binding, nothing is known before the
        // days of the bill.
        const bool knows = pool.billing == Billing::PURCHASED || last >= pools_.horizon().begin;
        // Who bills for what ended lacks it from the first day on.
        std::int64_t lacking = 0;
        for (const auto& gap : gaps_) {
            const auto first = std::max(of.term.end, line.period.begin);
            if (gap.days.begin <= first && first < gap.days.end) lacking = gap.seats;
        }
        if (lacking == 0) continue;
        const auto then = knows ? pool.entitled.at(last) : of.seats;
        SeatSteps fewer;
        for (const auto& gap : gaps_) {
            pool.entitled.for_each(common_days(gap.days, after), [&](const DayPeriod& days, std::int64_t now) {
                fewer.add(days, std::clamp<std::int64_t>(knows ? then - now : then, 0, std::min(of.seats, lacking)));
            });
        }
        consume(fewer, after_expiry(pools_.history().lots()[of.lots.front()], {}));
    }
}

void DeficitReasons::find_unbound(SkuNumber sku) {
    const auto& after = pools_.pool(sku).after_unbind;
    std::optional<CivilDay> first;
    for (const auto& gap : gaps_) {
        after.for_each(gap.days, [&](const DayPeriod& days, std::int64_t count) {
            if (count > 0 && !first) first = days.begin;
        });
    }
    if (first) consume(after, unbound_by(sku, *first));
}

DeficitReason DeficitReasons::unbound_by(SkuNumber sku, CivilDay day) {
    const auto [place, is_new] = unbound_.try_emplace({sku, day});
    if (is_new) place->second = unbound_by_uncached(sku, day);
    return place->second;
}

// The first seat that somebody had before the day and nobody has on it; or the first person who had left by then.
DeficitReason DeficitReasons::unbound_by_uncached(SkuNumber sku, CivilDay day) const {
    const auto& days = pools_.days();
    const auto& history = pools_.history();
    DeficitReason why;
    why.reason = Verdict::billed_after_unbind;
    const DayPeriod that_day{day, CivilDay{day.number + 1}};
    if (pools_.pool(sku).billing == Billing::MEMBERSHIP) {
        for (UserId user(1); user.value <= history.user_count(); user = user.next()) {
            const auto& places = history.user(user)->queues;
            if (places.empty() || !days.member_days(user, that_day).empty()) continue;
            for (const auto& place : places) {
                if (!place.ended || place.to > days.as_of() || days.clock().day_of(place.to) > day) continue;
                why.user = user;
                why.place = &place;
                why.ended = {place.ended, place.to};
            }
            if (why.user) return why;
        }
        return why;
    }
    std::vector<HeldDays> held;
    for (const auto index : pools_.pool(sku).classes) {
        for (const auto number : pools_.classes()[index].lots) {
            const auto& lot = history.lots()[number];
            if (is_empty(common_days(days.term_of(lot), that_day))) continue;
            for (auto license = lot.first; lot.contains(license); license = license.next()) {
                if (is_empty(common_days(days.owned(lot, license), that_day))) continue;
                const auto* span = history.newest_span(license);
                while (span != nullptr && days.clock().day_of(span->from) > day) span = history.before(*span);
                if (span == nullptr || !span->ended || span->to > days.as_of()) continue;
                days.held(lot, license, that_day, held);
                if (!held.empty()) continue;
                why.lot = &lot;
                why.license = license;
                why.user = span->user;
                why.ended = {span->ended, span->to};
                return why;
            }
        }
    }
    return why;
}

}  // namespace seatledger::billing
