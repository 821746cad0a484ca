#include "projections/billing/line_judge.h"

#include <kj/debug.h>

#include <algorithm>

namespace seatledger::billing {
namespace {

using schema::Billing;

// With fewer decimals, where there is no room for so many beside so large a number.
std::optional<Decimal> shown(const Exact& number, unsigned digits) {
    auto decimal = to_decimal(number, digits);
    while (!decimal && digits > 0) decimal = to_decimal(number, --digits);
    return decimal;
}

// What of a seat each of a line's seats is: all of it, unless there is no whole number of them.
Exact part_of_seat(Decimal quantity, std::int64_t seats) {
    if (quantity.scale == 0 && quantity.units == seats) return 1;
    const Exact part = abs(to_exact(quantity)) / seats;
    return part > 1 ? Exact(1) : part;  // of more seats than are counted
}

}  // namespace

Note why_set_aside(const BillLines& lines, const BillLines::Line& line, const std::string& currency) {
    switch (line.kind) {
        case LineKind::tax: return Note::tax;
        case LineKind::credit: return Note::credit;
        case LineKind::other: return Note::other;
        case LineKind::charge:
        case LineKind::correction: break;
    }
    if (lines.currency(line) != currency) return Note::foreign_currency;
    if (line.period.end <= line.period.begin) return Note::no_days;
    if (!lines.is_about_seats(line) && !lines.amount(line).is_zero()) return Note::no_quantity;
    return Note::none;
}

unsigned digits_of(const std::string& currency) {
    return static_cast<unsigned>(minor_unit_digits(currency).value_or(2));
}

LineJudge::LineJudge(const SeatPools& pools, const BillLines& lines, SeatClaims& claims, const PriceBook& book)
    : pools_(pools),
      lines_(lines),
      claims_(claims),
      book_(book),
      money_(pools, book),
      reasons_(pools, claims),
      stranded_(pools, claims),
      evidence_(pools, claims) {}

// Bills may have finer amounts than the currency has minor units; they are held against equally fine ones.
unsigned LineJudge::digits_of(const LineVerdict& verdict) const {
    return std::max<unsigned>(billing::digits_of(verdict.currency), shortest(verdict.amount).scale);
}

LineJudge::Standing LineJudge::standing(const Line& line) const {
    if (line.link == Link::netted) return {false, Verdict::correct, Note::netted};
    const auto refused = [](Verdict verdict, Note note) { return Standing{false, verdict, note}; };
    const auto sku = pools_.sku_of(line);
    if (!sku) return refused(Verdict::not_in_ledger, Note::unknown_sku);
    const auto& history = pools_.history();
    const auto& pool = pools_.pool(sku);
    if (!pool.has_anything) return refused(Verdict::not_in_ledger, Note::nothing_of_account);
    const bool is_membership = pool.billing == Billing::MEMBERSHIP;
    // Places in queues have no invoices in the ledger.
    if (line.invoice != 0 && !is_membership) {
        const auto invoice = pools_.invoice_of(line);
        if (!invoice) return refused(Verdict::not_in_ledger, Note::unknown_invoice);
        const auto& of = history.invoices()[*invoice].lines;
        if (std::ranges::find(of, sku, &LineFacts::sku) == of.end()) {
            return refused(Verdict::not_in_ledger, Note::invoice_without_sku);
        }
    }
    if (line.has_email && !line.user) return refused(Verdict::unknown_seat, Note::unknown_person);
    if (line.has_license && is_membership && !line.has_email) {
        return refused(Verdict::unknown_seat, Note::license_of_membership);
    }
    if (line.has_license && !is_membership) {
        const auto* lot = history.lot_of(LicenseNumber(line.license));
        if (lot == nullptr || lot->valid_from > pools_.days().as_of()) {
            return refused(Verdict::unknown_seat, Note::unknown_license);
        }
        if (lot->sku != sku) return refused(Verdict::unknown_seat, Note::license_of_other_sku);
    } else if (line.has_email) {
        const auto* user = history.user(line.user);
        if (user == nullptr || (is_membership && user->queues.empty()) ||
            (!is_membership && claims_.licenses_of(sku, line.user).empty())) {
            return refused(Verdict::unknown_seat, Note::person_without_seat);
        }
    }
    return {true, Verdict::correct, Note::none};
}

void LineJudge::set_line(const Line& line, LineVerdict& verdict) const {
    verdict = {};
    verdict.line = line.line;
    verdict.currency = lines_.currency(line);
    verdict.amount = lines_.amount(line);
    if (line.link != Link::none && line.link != Link::equal) verdict.of_line = lines_[line.other].line;
    auto& details = verdict.details;
    details.sku = lines_.sku(line);
    details.invoice = lines_.invoice(line);
    if (line.has_license) details.license = line.license;
    details.user = line.user;
    details.email = lines_.email(line);
    details.quantity = lines_.quantity(line);
    details.unit_price = lines_.unit_price(line);
    details.period = line.period;
    details.seats_billed = lines_.seats(line);
    details.seat_days_billed = details.seats_billed * std::max(line.period.days(), 0);
    if (const auto sku = pools_.sku_of(line)) details.billing = pools_.pool(sku).billing;
}

void LineJudge::look_ahead(std::span<const LineIndex> lines) const {
    // Each step needs what the one before it has fetched, some lines ago.
    constexpr std::size_t spans_distance = 8, places_distance = 16, begin_distance = 24;
    const auto license_at = [&](std::size_t distance) {
        return lines.size() > distance ? LicenseNumber(lines_[lines[distance]].license) : LicenseNumber();
    };
    const auto& spans = pools_.days().spans();
    if (const auto license = license_at(begin_distance)) {
        pools_.history().prefetch_lot(license);
        spans.prefetch_begin(license);
        claims_.prefetch_claims_begin(license);
    }
    if (const auto license = license_at(places_distance)) {
        spans.prefetch_places(license);
        claims_.prefetch_claims(license);
    }
    if (const auto license = license_at(spans_distance)) {
        const auto end = lines_[lines[spans_distance]].period.end;
        // The one before those that are needed tells that there are no more of them.
        spans.prefetch_spans(license, pools_.days().clock().start_of(end), 2);
    }
}

void LineJudge::judge(const Line& line, const std::vector<CoveredPart>& missing, LineVerdict& verdict) {
    set_line(line, verdict);
    verdict.details.note = why_set_aside(lines_, line, pools_.history().currency());
    if (verdict.details.note != Note::none) {
        verdict.state = LineState::set_aside;
        verdict.explained = verdict.amount;
        verdict.conceded = verdict.amount;
        verdict.at_issue = {0, verdict.amount.scale};
        return;
    }
    const auto standing = this->standing(line);
    if (!lines_.is_about_seats(line) || standing.verdict != Verdict::correct || standing.note == Note::netted) {
        // Nothing for nothing, netted, or nothing that the ledger knows of.
        verdict.verdict = standing.verdict;
        verdict.details.note = standing.note;
        const bool is_explained = standing.verdict == Verdict::correct;
        set_explained(is_explained ? to_exact(verdict.amount) : Exact(), digits_of(verdict), verdict);
        evidence_.add_unfounded(line, standing.note);
        evidence_.move_to(verdict);
        return;
    }
    lines_.gives_back(line) ? judge_given_back(line, verdict) : judge_charge(line, missing, verdict);
    const auto& details = verdict.details;
    for (const auto sequence : {details.price_since, details.price_copied, details.billed_price_of}) {
        evidence_.add(sequence);
    }
    evidence_.move_to(verdict);
}

void LineJudge::set_explained(const Exact& explained, unsigned digits, LineVerdict& verdict) const {
    const auto known = shown(explained, digits);
    KJ_REQUIRE(known.has_value(), "no ledger has so much to be billed");
    verdict.explained = *known;
    verdict.at_issue = difference(verdict.amount, verdict.explained);
    verdict.conceded = verdict.at_issue.is_negative() ? verdict.amount : verdict.explained;
}

void LineJudge::set_money(const MoneyOf& money, LineVerdict& verdict) const {
    verdict.arithmetic = money.arithmetic;
    verdict.roundings = money.roundings;
    verdict.day_counts = money.day_counts;
    if (money.arithmetic != Arithmetic::mismatch) return;
    // Of amounts beyond all bounds nothing can be said.
    verdict.difference = shown(to_exact(verdict.amount) - money.expected, digits_of(verdict));
}

void LineJudge::judge_charge(const Line& line, const std::vector<CoveredPart>& missing, LineVerdict& verdict) {
    auto& coverage = coverage_;
    claims_.find(line, coverage);
    if (line.link == Link::equal && !coverage.gaps.empty()) {
        verdict.verdict = Verdict::duplicate;
        verdict.of_line = lines_[line.other].line;
        set_explained(Exact(), digits_of(verdict), verdict);
        // The seats that there are, all of which others have claimed.
        claims_.find_given_back(line, coverage);
        evidence_.add(line, coverage);
        return;
    }
    claims_.claim(line, coverage);
    evidence_.add(line, coverage);
    set_covered(coverage.parts, verdict.details);
    if (!coverage.parts.empty() && coverage.parts.front().of_class != SeatPools::no_class) {
        const auto& part = coverage.parts.front();
        const auto& lots = pools_.classes()[part.of_class].lots;
        set_lot(part.license ? *pools_.history().lot_of(part.license) : pools_.history().lots()[lots.front()],
                verdict.details);
    }
    const auto seat = part_of_seat(verdict.details.quantity, verdict.details.seats_billed);
    coverage.gaps.empty() ? judge_covered(line, coverage, seat, missing, verdict)
                          : judge_gaps(line, coverage, seat, verdict);
}

void LineJudge::judge_gaps(const Line& line, const Coverage& coverage, const Exact& seat, LineVerdict& verdict) {
    const auto sku = pools_.sku_of(line);
    const auto digits = digits_of(verdict);
    const auto money = money_.explain(verdict.amount, money_.charges_of_all(sku, coverage, seat), digits);
    set_money(money, verdict);
    // What is there is explained by the rule by which the whole line is.
    const auto rounding =
        money.arithmetic == Arithmetic::explained_by_rounding ? money.roundings.front() : book_.rounding;
    set_explained(LineMoney::sum(money_.charges(sku, coverage.parts, seat), rounding, digits), digits, verdict);
    const auto reasons = reasons_.find(line, coverage);
    for (const auto& reason : reasons) {
        verdict.details.deficits.push_back({reason.reason, reason.seat_days, reason.seats});
        evidence_.add(reason);
    }
    set_reason(reasons.front(), verdict);
    // For days that are missing there is no reason that comes before these.
    if (verdict.verdict != Verdict::wrong_quantity) return;
    if (find_stranded(line, verdict)) {
        verdict.verdict = Verdict::still_in_queue;
    } else if (!coverage.parts.empty() && money.arithmetic == Arithmetic::mismatch &&
               is_shortened(line, coverage, verdict)) {
        verdict.verdict = Verdict::term_shortened;
    }
}

void LineJudge::judge_covered(const Line& line, const Coverage& coverage, const Exact& seat,
                              const std::vector<CoveredPart>& missing, LineVerdict& verdict) {
    const auto sku = pools_.sku_of(line);
    const auto digits = digits_of(verdict);
    const auto charges = money_.charges(sku, coverage.parts, seat);
    const auto money = money_.explain(verdict.amount, charges, digits);
    set_money(money, verdict);
    const bool is_mismatch = money.arithmetic == Arithmetic::mismatch;
    auto explained = is_mismatch ? money.expected : to_exact(verdict.amount);
    for (const auto& part : missing) {
        verdict.details.missing_seats = std::max(verdict.details.missing_seats, part.seats);
    }
    if (!missing.empty()) explained += LineMoney::sum(money_.charges(sku, missing, 1), book_.rounding, digits);
    set_explained(explained, digits, verdict);
    if (find_stranded(line, verdict)) {
        verdict.verdict = Verdict::still_in_queue;
    } else if (is_mismatch && is_shortened(line, coverage, verdict)) {
        verdict.verdict = Verdict::term_shortened;
    } else if (!missing.empty()) {
        verdict.verdict = Verdict::wrong_quantity;
        verdict.details.note = Note::too_few;
        // As many as lack on every day; of several classes together.
        const auto days = missing.front().days;
        SeatSteps all;
        for (const auto& part : missing) all.add(part.days, part.seats);
        verdict.details.missing_seats = std::max(all.smallest(days), verdict.details.missing_seats);
    } else if (is_mismatch && !verdict.at_issue.is_zero()) {
        judge_price(line, charges, verdict);
    } else if (coverage.is_true_up) {
        verdict.details.note = Note::true_up;
    } else {
        set_unbound(line, coverage, verdict);
    }
}

void LineJudge::judge_price(const Line& line, const Charges& charges, LineVerdict& verdict) const {
    const auto stated = lines_.unit_price(line);
    if (stated && money_.is_price_of(*stated, charges)) {
        verdict.details.note = Note::amount_does_not_follow;
    } else {
        verdict.verdict = Verdict::wrong_price;
    }
    set_prices(line, charges, verdict);
}

void LineJudge::judge_given_back(const Line& line, LineVerdict& verdict) {
    const auto sku = pools_.sku_of(line);
    auto& coverage = coverage_;
    claims_.find_given_back(line, coverage);
    evidence_.add(line, coverage);
    set_covered(coverage.parts, verdict.details);
    const auto digits = digits_of(verdict);
    const Exact seat = -part_of_seat(verdict.details.quantity, verdict.details.seats_billed);
    const auto charges = money_.charges(sku, coverage.parts, seat);
    const auto money = money_.explain(verdict.amount, money_.charges_of_all(sku, coverage, seat), digits);
    set_money(money, verdict);
    verdict.details.note = Note::gives_back;
    if (!coverage.gaps.empty()) {
        const auto known = LineMoney::sum(charges, book_.rounding, digits);
        set_explained(known, digits, verdict);
        verdict.verdict = Verdict::wrong_quantity;
        Deficit deficit;
        for (const auto& gap : coverage.gaps) {
            deficit.seat_days += gap.seats * gap.days.days();
            deficit.seats = std::max(deficit.seats, gap.seats);
        }
        verdict.details.deficits.push_back(deficit);
        return;
    }
    const bool is_mismatch = money.arithmetic == Arithmetic::mismatch;
    set_explained(is_mismatch ? money.expected : to_exact(verdict.amount), digits, verdict);
    if (is_mismatch && !verdict.at_issue.is_zero()) judge_price(line, charges, verdict);
}

bool LineJudge::find_stranded(const Line& line, LineVerdict& verdict) {
    const auto sku = pools_.sku_of(line);
    if (pools_.pool(sku).billing != Billing::MEMBERSHIP) return false;
    const auto found =
        line.names_seat() ? stranded_.find(sku, line.user, line.period) : stranded_.find(sku, line.period);
    if (found.persons == 0) return false;
    auto& details = verdict.details;
    const auto& clock = pools_.days().clock();
    details.person = found.first.user;
    details.persons = found.persons;
    details.without_license_since = found.first.days.begin;
    if (const auto* place = stranded_.place_of(found.first.user, found.first.days.begin)) {
        const auto& queue = pools_.history().queues()[place->queue];
        details.queue = queue.name;
        details.queue_kind = queue.kind;
        details.queue_role = place->role;
        details.member_since = clock.day_of(place->from);
        evidence_.add(place->began);
    }
    if (const auto* span = stranded_.last_license(found.first.user, found.first.days.begin)) {
        details.first_license = span->license;
        details.without_license_since = CivilDay{clock.day_of(Instant{span->to.micros - 1}).number + 1};
        evidence_.add(span->began);
        evidence_.add(span->ended);
    }
    return true;
}

bool LineJudge::is_shortened(const Line& line, const Coverage& coverage, LineVerdict& verdict) const {
    const auto& part = coverage.parts.front();
    if (part.of_class == SeatPools::no_class) return false;
    const auto& of = pools_.classes()[part.of_class];
    const bool is_one =
        std::ranges::all_of(coverage.parts, [&](const CoveredPart& other) { return other.of_class == part.of_class; });
    if (!is_one || line.period.end >= of.term.end || line.period.days() >= of.term.days()) return false;
    const auto whole = abs(to_exact(verdict.details.quantity)) * of.unit_price;
    return rounded(whole, digits_of(verdict)) == to_exact(verdict.amount) && !verdict.at_issue.is_zero();
}

// What is billed by purchase is billed whoever has it.
void LineJudge::set_unbound(const Line& line, const Coverage& coverage, LineVerdict& verdict) {
    auto& details = verdict.details;
    if (!line.names_seat() || details.billing != Billing::PURCHASED) return;
    for (const auto& part : coverage.parts) {
        const auto& lot = *pools_.history().lot_of(part.license);
        // Days that have not come are nobody's yet, and say nothing.
        const auto come = common_days(part.days, pools_.days().known());
        if (pools_.days().bound_days(lot, part.license, come) >= come.days()) continue;
        details.note = Note::unbound_but_purchased;
        details.first_license = part.license;
        evidence_.add_spans(part.license, part.days);
        const auto* span = pools_.history().newest_span(part.license);
        while (span != nullptr && (!span->ended || span->to > pools_.days().as_of())) {
            span = pools_.history().before(*span);
        }
        if (span == nullptr) return;
        details.person = span->user;
        details.ended = pools_.days().clock().day_of(span->to);
        evidence_.add(span->ended);
        return;
    }
}

void LineJudge::set_covered(const std::vector<CoveredPart>& parts, VerdictDetails& details) {
    for (const auto& part : parts) {
        details.seat_days_covered += part.seats * part.days.days();
        details.covered.push_back({part.days, part.seats});
    }
}

void LineJudge::set_lot(const LotFacts& lot, VerdictDetails& details) const {
    const auto& clock = pools_.days().clock();
    const auto& invoice = pools_.history().invoices()[lot.invoice];
    details.ledger_invoice = invoice.id;
    details.first_license = lot.first;
    details.lot_quantity = lot.quantity;
    details.term = pools_.days().term_of(lot);
    details.issued = clock.day_of(invoice.issued.at);
    details.paid = clock.day_of(lot.valid_from);
}

void LineJudge::set_not_billed(SkuNumber sku, const std::vector<CoveredPart>& parts, LineVerdict& verdict) const {
    const auto digits = billing::digits_of(verdict.currency);
    verdict.verdict = Verdict::not_billed;
    verdict.amount = {0, static_cast<std::uint8_t>(digits)};
    set_explained(LineMoney::sum(money_.charges(sku, parts, 1), book_.rounding, digits), digits, verdict);
}

}  // namespace seatledger::billing
