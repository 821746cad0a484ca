#include "projections/billing/evidence.h"

#include <algorithm>

namespace seatledger::billing {

using schema::Billing;

void Evidence::add(Sequence sequence) {
    if (!sequence) return;
    if (is_full()) {
        has_more_ = true;
        return;
    }
    sequences_.push_back(sequence);
}

void Evidence::add_lot(const LotFacts& lot) {
    add(pools_.history().invoices()[lot.invoice].issued);
    add(lot.paid);
    add(lot.issued);
}

void Evidence::add_spans(LicenseNumber license, const DayPeriod& days) {
    const auto& clock = pools_.days().clock();
    const auto from = clock.start_of(days.begin), to = clock.start_of(days.end);
    pools_.days().spans().newest_first(license, to, [&](const SeatSpan& span) {
        if (span.to < from) return false;
        if (span.from > pools_.days().as_of()) return true;
        add(span.began);
        if (span.to <= pools_.days().as_of() && span.to < to) add(span.ended);
        return true;
    });
}

void Evidence::add_member(UserId user, const DayPeriod& days) {
    const auto& clock = pools_.days().clock();
    for (const auto& place : pools_.history().user(user)->queues) {
        if (place.from > pools_.days().as_of() || place.to <= place.from) continue;
        if (clock.day_of(place.from) >= days.end || clock.day_of(place.to) < days.begin) continue;
        add(place.began);
        if (place.to <= pools_.days().as_of() && clock.day_of(place.to) < days.end) add(place.ended);
    }
}

void Evidence::add_members(SkuNumber sku, const DayPeriod& days) {
    const auto [place, is_new] = members_.try_emplace({sku, {days.begin, days.end}});
    auto& known = place->second;
    if (is_new) {
        Evidence all(pools_, claims_);
        for (UserId user(1); user.value <= pools_.history().user_count() && !all.is_full(); user = user.next()) {
            if (pools_.history().user(user)->queues.empty()) continue;
            const auto members = pools_.days().member_days(user, days);
            if (std::ranges::any_of(members, [&](const MemberDays& of) { return of.sku == sku; })) {
                all.add_member(user, days);
            }
        }
        all.cut(known);
    }
    for (const auto sequence : known.sequences) add(sequence);
    has_more_ = has_more_ || known.has_more;
}

void Evidence::add(const BillLines::Line& line, const Coverage& coverage) {
    const auto& history = pools_.history();
    const CoveredPart* last = nullptr;
    for (const auto& part : coverage.parts) {
        // What is said of one part of a class is said of all of them.
        const bool is_said = last != nullptr && last->of_class == part.of_class && last->license == part.license;
        last = &part;
        if (is_said) continue;
        if (part.of_class == SeatPools::no_class) {
            line.names_seat() ? add_member(line.user, line.period) : add_members(pools_.sku_of(line), line.period);
            continue;
        }
        const auto& of = pools_.classes()[part.of_class];
        const bool is_assigned = pools_.pool(of.sku).billing == Billing::ASSIGNED;
        if (part.license) {
            const auto& lot = *history.lot_of(part.license);
            add_lot(lot);
            if (is_assigned && line.names_seat()) add_spans(part.license, line.period);
            if (line.names_seat()) continue;
        }
        if (is_assigned) {
            add_spans_of_class(part.of_class, line.period);
            continue;
        }
        if (part.license) continue;
        // The seats of a class are used up in the order of its lots.
        const auto after = of.seats - claims_.free_of(part.of_class).at(part.days.begin);
        auto i = static_cast<std::size_t>(std::ranges::upper_bound(of.seats_up_to, after - part.seats) -
                                          of.seats_up_to.begin());
        if (i == of.lots.size()) i = 0;
        for (; i < of.lots.size() && !is_full(); ++i) {
            add_lot(history.lots()[of.lots[i]]);
            if (of.seats_up_to[i] >= after) break;
        }
    }
}

void Evidence::add_spans_of_class(std::uint32_t of_class, const DayPeriod& days) {
    const auto [place, is_new] = spans_.try_emplace({of_class, {days.begin, days.end}});
    auto& known = place->second;
    if (is_new) {
        Evidence all(pools_, claims_);
        std::uint32_t looked_at = 0;
        for (const auto number : pools_.classes()[of_class].lots) {
            const auto& lot = pools_.history().lots()[number];
            all.add_lot(lot);
            for (auto license = lot.first; lot.contains(license) && !all.is_full(); license = license.next()) {
                if (++looked_at > licenses_looked_at) break;
                all.add_spans(license, days);
            }
            if (all.is_full() || looked_at > licenses_looked_at) break;
        }
        all.has_more_ = all.has_more_ || looked_at > licenses_looked_at;
        all.cut(known);
    }
    for (const auto sequence : known.sequences) add(sequence);
    has_more_ = has_more_ || known.has_more;
}

void Evidence::add(const DeficitReason& reason) {
    const auto& history = pools_.history();
    if (reason.order != nullptr) {
        add(reason.order->requested);
        add(reason.order->overdue);
        add(reason.order->fulfilled);
    }
    if (reason.invoice != nullptr) {
        add(reason.invoice->issued);
        add(reason.invoice->paid);
    }
    if (reason.lot != nullptr) {
        add_lot(*reason.lot);
        const auto& invoice = history.invoices()[reason.lot->invoice];
        if (reason.reason == Verdict::billed_after_revocation) {
            add(invoice.reversed);
            for (const auto& credit : invoice.lines[reason.lot->line - 1].credits) {
                if (credit.quantity > 0) add(credit.granted);
            }
        }
    }
    if (reason.place != nullptr) add(reason.place->began);
    if (reason.license && reason.reason == Verdict::billed_after_unbind) {
        const auto* span = history.newest_span(reason.license);
        while (span != nullptr && span->ended != reason.ended.sequence) span = history.before(*span);
        if (span == nullptr && reason.user) {
            const auto* before = history.last_before_window(reason.user, history.lot_of(reason.license)->sku);
            if (before != nullptr && before->ended == reason.ended.sequence) span = before;
        }
        if (span != nullptr) add(span->began);
    }
    add(reason.ended);
}

void Evidence::add_unfounded(const BillLines::Line& line, Note note) {
    const auto& history = pools_.history();
    switch (note) {
        case Note::nothing_of_account:
        case Note::license_of_membership: return add(history.product(pools_.sku_of(line)).defined);
        case Note::invoice_without_sku: return add(history.invoices()[*pools_.invoice_of(line)].issued);
        case Note::license_of_other_sku: return add_lot(*history.lot_of(LicenseNumber(line.license)));
        case Note::person_without_seat:
            if (const auto* user = history.user(line.user)) add(user->registered);
            return;
        default: return;
    }
}

void Evidence::cut(Known& known) {
    std::ranges::sort(sequences_);
    known.has_more = has_more_ || sequences_.size() > LineVerdict::because_max;
    if (sequences_.size() > LineVerdict::because_max) sequences_.resize(LineVerdict::because_max);
    known.sequences = std::move(sequences_);
}

void Evidence::move_to(LineVerdict& verdict) {
    std::ranges::sort(sequences_);
    const auto rest = std::ranges::unique(sequences_);
    sequences_.erase(rest.begin(), rest.end());
    verdict.because_has_more = has_more_ || sequences_.size() > LineVerdict::because_max;
    if (sequences_.size() > LineVerdict::because_max) sequences_.resize(LineVerdict::because_max);
    verdict.because = sequences_;
    sequences_.clear();
    has_more_ = false;
}

}  // namespace seatledger::billing
