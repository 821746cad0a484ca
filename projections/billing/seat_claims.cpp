#include "projections/billing/seat_claims.h"

#include <algorithm>
#include <numeric>

namespace seatledger::billing {
namespace {

using Line = BillLines::Line;
using schema::Billing;

}  // namespace

Exact price_of_seats(const Exact& unit_price, Decimal quantity) { return unit_price * to_exact(quantity); }

SeatClaims::SeatClaims(const SeatPools& pools, const BillLines& lines, Share share)
    : pools_(pools), lines_(lines), share_(share) {
    has_true_ups_.resize(pools.history().products().size());
    for (const auto& of : pools.classes()) {
        if (of.has_own_end) has_true_ups_[of.sku.value - 1] = true;
    }
    reset();
}

void SeatClaims::reset() {
    classes_.clear();
    for (const auto& of : pools_.classes()) classes_.push_back(of.entitled);
    members_.clear();
    for (const auto& product : pools_.history().products()) members_.push_back(pools_.pool(product.number).entitled);
    most_free_.clear();
    for (const auto& of : classes_) most_free_.push_back(of.largest());
    classes_given_back_.assign(classes_.size(), {});
    members_given_back_.assign(members_.size(), {});
    lots_.clear();
    touched_.assign(classes_.size(), false);
    licenses_ = {};
    people_ = {};
    make_room_for_claims();
    Coverage coverage;
    for (LineIndex i = 0; i < lines_.count(); ++i) {
        const auto& line = lines_[i];
        if (!lines_.is_about_seats(line) || !lines_.gives_back(line) || line.link == Link::netted) continue;
        if (!pools_.sku_of(line) || lines_.currency(line) != pools_.history().currency()) continue;
        if (!has_share(line)) continue;
        give_back(line, coverage);
    }
}

void SeatClaims::give_back(const Line& line, Coverage& coverage) {
    find_given_back(line, coverage);
    for (auto& part : coverage.parts) {
        part.seats = -part.seats;
        part.is_given_back = true;
        // A lot that is given back is known to the bill.
        if (part.of_class == SeatPools::no_class || line.names_seat()) continue;
        if (part.license) {
            const auto* lot = pools_.history().lot_of(part.license);
            static_cast<void>(free_of_lot(static_cast<std::uint32_t>(lot - pools_.history().lots().data())));
        } else {
            touched_[part.of_class] = true;
        }
    }
    claim(line, coverage);
}

const SpansByUser& SeatClaims::spans() {
    if (!spans_) spans_ = std::make_unique<SpansByUser>(pools_.history());
    return *spans_;
}

SeatSteps& SeatClaims::free_of_lot(std::uint32_t lot) {
    const auto [place, is_new] = lots_.try_emplace(lot);
    if (is_new) place->second = pools_.entitled(pools_.history().lots()[lot]);
    return place->second;
}

void SeatClaims::Claims::make_room(const std::vector<std::uint32_t>& counts) {
    begins_.assign(counts.size() + 1, 0);
    std::partial_sum(counts.begin(), counts.end(), begins_.begin() + 1);
    used_.assign(counts.size(), 0);
    claims_.resize(begins_.back());
}

void SeatClaims::Claims::add(std::uint32_t of, const DayPeriod& days, std::int64_t seats) {
    is_empty_ = false;
    const Claim claim{days, seats};
    if (of < used_.size() && begins_[of] + used_[of] < begins_[of + 1]) {
        claims_[begins_[of] + used_[of]++] = claim;
        return;
    }
    if (of >= newest_.size()) newest_.resize(of + 1);
    chained_.push_back({claim, newest_[of]});
    newest_[of] = static_cast<std::uint32_t>(chained_.size());
}

void SeatClaims::Claims::subtract(std::uint32_t of, const DayPeriod& within, SeatSteps& from) const {
    const auto subtract_one = [&](const Claim& claim) {
        if (claim.days.begin < within.end && within.begin < claim.days.end) from.add(claim.days, -claim.seats);
    };
    if (of < used_.size()) {
        for (auto i = begins_[of]; i < begins_[of] + used_[of]; ++i) subtract_one(claims_[i]);
    }
    if (of >= newest_.size()) return;
    for (auto i = newest_[of]; i != 0; i = chained_[i - 1].before) subtract_one(chained_[i - 1].claim);
}

void SeatClaims::make_room_for_claims() {
    std::vector<std::uint32_t> of_license;
    for (LineIndex i = 0; i < lines_.count(); ++i) {
        const auto& line = lines_[i];
        if (!line.has_license || line.license > pools_.history().license_count() || !has_share(line)) continue;
        if (of_license.empty()) of_license.resize(pools_.history().license_count() + 1);
        ++of_license[line.license];
    }
    licenses_.make_room(of_license);
}

void SeatClaims::take(Gaps& gaps, const SeatSteps& free, const SeatSteps* also, const CoveredPart& like,
                      std::vector<CoveredPart>& parts) {
    if (gaps.empty() || free.is_zero()) return;
    Gaps rest;
    const auto before = parts.size();  // of others
    for (const auto& gap : gaps) {
        const auto split = [&](const DayPeriod& days, std::int64_t count) {
            const auto taken = std::clamp<std::int64_t>(count, 0, gap.seats);
            const auto left = gap.seats - taken;
            if (taken > 0) {
                const bool goes_on =
                    parts.size() > before && parts.back().days.end == days.begin && parts.back().seats == taken;
                if (!goes_on) {
                    parts.push_back(like);
                    parts.back().days = days;
                    parts.back().seats = taken;
                }
                parts.back().days.end = days.end;
            }
            if (left == 0) return;
            if (!rest.empty() && rest.back().days.end == days.begin && rest.back().seats == left) {
                rest.back().days.end = days.end;
            } else {
                rest.push_back({days, left});
            }
        };
        free.for_each(gap.days, [&](const DayPeriod& days, std::int64_t count) {
            if (also == nullptr || count <= 0) return split(days, count);
            also->for_each(days,
                           [&](const DayPeriod& some, std::int64_t other) { split(some, std::min(count, other)); });
        });
    }
    gaps = std::move(rest);
}

void SeatClaims::find(const Line& line, Coverage& coverage) {
    coverage.clear();
    const auto sku = pools_.sku_of(line);
    coverage.gaps.push_back({line.period, lines_.seats(line)});
    if (pools_.pool(sku).billing == Billing::MEMBERSHIP) {
        return line.names_seat() ? find_person(line, coverage) : take_members(sku, coverage);
    }
    if (line.names_seat()) return find_seat(line, coverage);
    if (find_true_up(line, coverage)) return;
    if (const auto invoice = pools_.invoice_of(line)) return find_in_invoice(line, *invoice, coverage);
    find_in_classes(sku, line.period, &line, coverage);
}

void SeatClaims::find(SkuNumber sku, const SeatsOn& seats, Coverage& coverage) {
    coverage.clear();
    coverage.gaps.push_back(seats);
    if (pools_.pool(sku).billing == Billing::MEMBERSHIP) {
        return take_members(sku, coverage);
    }
    find_in_classes(sku, seats.days, nullptr, coverage);
}

void SeatClaims::take_class(std::uint32_t of_class, bool given_back, Coverage& coverage) {
    // Most lines of a long bill come when the older classes are used up.
    if (!given_back && most_free_[of_class] <= 0) return;
    CoveredPart like;
    like.of_class = of_class;
    like.is_given_back = given_back;
    take(coverage.gaps, given_back ? classes_given_back_[of_class] : classes_[of_class], nullptr, like, coverage.parts);
}

void SeatClaims::take_members(SkuNumber sku, Coverage& coverage) {
    CoveredPart like;
    take(coverage.gaps, members_[sku.value - 1], nullptr, like, coverage.parts);
    like.is_given_back = true;
    take(coverage.gaps, members_given_back_[sku.value - 1], nullptr, like, coverage.parts);
}

bool SeatClaims::fits_price(const Line& line, const LotClass& of) const {
    if (const auto price = lines_.unit_price(line)) {
        if (rounded(of.unit_price, price->scale) == abs(to_exact(*price))) return true;
    }
    return price_of_seats(of.unit_price, lines_.quantity(line)) == to_exact(lines_.amount(line));
}

void SeatClaims::exact_classes(SkuNumber sku, const DayPeriod& term, const Line* line) {
    exact_.clear();
    const auto& all = pools_.pool(sku).classes;
    const auto begin_of = [&](std::uint32_t index) { return pools_.classes()[index].term.begin; };
    for (const auto index : std::ranges::equal_range(all, term.begin, {}, begin_of)) {
        if (pools_.classes()[index].has_term(term)) exact_.push_back(index);
    }
    if (exact_.size() < 2) return;
    std::ranges::sort(exact_, {}, [&](std::uint32_t index) { return pools_.classes()[index].lots.front(); });
    if (line == nullptr) return;
    std::ranges::stable_partition(exact_,
                                  [&](std::uint32_t index) { return fits_price(*line, pools_.classes()[index]); });
}

void SeatClaims::find_in_classes(SkuNumber sku, const DayPeriod& period, const Line* line, Coverage& coverage) {
    exact_classes(sku, period, line);
    for (const bool given_back : {false, true}) {
        for (const auto index : exact_) take_class(index, given_back, coverage);
        if (coverage.gaps.empty()) return;
        for (const auto index : pools_.pool(sku).classes) {
            const auto& term = pools_.classes()[index].term;
            if (term.begin >= period.end || coverage.gaps.empty()) break;
            if (term.end <= period.begin || pools_.classes()[index].has_term(period)) continue;
            take_class(index, given_back, coverage);
        }
        if (coverage.gaps.empty()) return;
    }
}

void SeatClaims::find_in_invoice(const Line& line, std::uint32_t invoice, Coverage& coverage) {
    for (const bool is_exact : {true, false}) {
        for (const auto& of : pools_.history().invoices()[invoice].lines) {
            if (!of.lot || of.sku != pools_.sku_of(line)) continue;
            CoveredPart like;
            like.of_class = pools_.class_of(pools_.history().lots()[*of.lot]);
            if (like.of_class == SeatPools::no_class) continue;
            if (pools_.classes()[like.of_class].has_term(line.period) != is_exact) continue;
            like.license = pools_.history().lots()[*of.lot].first;  // for claim() to find the lot by
            take(coverage.gaps, free_of_lot(*of.lot), &classes_[like.of_class], like, coverage.parts);
            like.is_given_back = true;
            take(coverage.gaps, classes_given_back_[like.of_class], nullptr, like, coverage.parts);
        }
    }
}

bool SeatClaims::is_true_up(const Line& line, std::uint32_t of_class) const {
    const auto& of = pools_.classes()[of_class];
    return of.has_own_end && of.term.end == line.period.end && of.term.begin > line.period.begin &&
           price_of_seats(of.unit_price, lines_.quantity(line)) == to_exact(lines_.amount(line));
}

bool SeatClaims::find_true_up(const Line& line, Coverage& coverage) {
    const auto sku = pools_.sku_of(line);
    if (!has_true_ups_[sku.value - 1]) return false;
    const auto seats = lines_.seats(line);
    for (const auto index : pools_.pool(sku).classes) {
        const auto& of = pools_.classes()[index];
        if (of.term.begin >= line.period.end) return false;
        const bool is_whole = std::ranges::any_of(
            of.lots, [&](std::uint32_t lot) { return pools_.history().lots()[lot].quantity == seats; });
        if (!is_whole || !is_true_up(line, index) || classes_[index].smallest(of.term) < seats) continue;
        // Seats with just the line's days are nearer, unless the bill was made when these came.
        const auto billed_in = lines_.billed_in(line);
        const bool came_then = billed_in && of.term.begin >= billed_in->begin && of.term.begin < billed_in->end;
        exact_classes(sku, line.period, &line);
        const bool has_nearer = std::ranges::any_of(
            exact_, [&](std::uint32_t nearer) { return classes_[nearer].smallest(line.period) >= seats; });
        if (has_nearer && !came_then) continue;
        CoveredPart part;
        part.of_class = index;
        part.days = of.term;
        part.seats = seats;
        const auto invoice = pools_.invoice_of(line);
        if (invoice) {
            const auto lot = std::ranges::find_if(of.lots, [&](std::uint32_t one) {
                return pools_.history().lots()[one].invoice == *invoice && free_of_lot(one).smallest(of.term) >= seats;
            });
            if (lot == of.lots.end()) continue;
            part.license = pools_.history().lots()[*lot].first;
        }
        coverage.clear();
        coverage.parts.push_back(part);
        coverage.is_true_up = true;
        return true;
    }
    return false;
}

std::vector<LicenseNumber> SeatClaims::licenses_of(SkuNumber sku, UserId user) {
    std::vector<LicenseNumber> licenses;
    spans().for_each(user, [&](const SeatSpan& span) {
        const auto* lot = pools_.history().lot_of(span.license);
        if (span.from > pools_.days().as_of() || lot == nullptr || lot->sku != sku) return;
        std::erase(licenses, span.license);
        licenses.push_back(span.license);
    });
    // Whatever became of the license since.
    const auto* before = pools_.history().last_before_window(user, sku);
    if (before != nullptr && before->from <= pools_.days().as_of() && !std::ranges::count(licenses, before->license)) {
        licenses.insert(licenses.begin(), before->license);
    }
    std::ranges::reverse(licenses);
    return licenses;
}

std::vector<SeatPiece> SeatClaims::pieces_of(const Line& line, LicenseNumber license) {
    std::vector<SeatPiece> pieces;
    const auto& lot = *pools_.history().lot_of(license);
    if (lot.valid_from > pools_.days().as_of()) return pieces;
    if (lot.billing == Billing::PURCHASED) {
        const auto days = common_days(pools_.days().owned(lot, license), line.period);
        if (!is_empty(days)) pieces.push_back({license, days});
        return pieces;
    }
    pools_.days().held(lot, license, line.period, held_);
    for (const auto& of : held_) {
        if (!line.has_license && of.user != line.user) continue;
        // A day on which one person had it after another is either one's, and is claimed once.
        const auto& days = line.has_license ? of.billed : of.days;
        if (is_empty(days)) continue;
        if (!pieces.empty() && pieces.back().days.end >= days.begin) {
            pieces.back().days.end = std::max(pieces.back().days.end, days.end);
        } else {
            pieces.push_back({license, days});
        }
    }
    return pieces;
}

void SeatClaims::find_seat(const Line& line, Coverage& coverage) {
    const auto sku = pools_.sku_of(line);
    auto licenses = line.has_license ? std::vector{LicenseNumber(line.license)} : licenses_of(sku, line.user);
    const bool is_shared = pools_.pool(sku).billed == Billed::both;
    for (const auto license : licenses) {
        if (coverage.gaps.empty()) return;
        CoveredPart like;
        like.license = license;
        like.of_class = pools_.class_of(*pools_.history().lot_of(license));
        if (like.of_class == SeatPools::no_class) continue;
        const auto& term = pools_.classes()[like.of_class].term;
        SeatSteps free;
        if (is_true_up(line, like.of_class)) {
            free.add(pools_.days().owned(*pools_.history().lot_of(license), license), 1);
            subtract_claims(license, term, free);
            if (free.smallest(term) >= lines_.seats(line)) {
                like.days = term;
                like.seats = lines_.seats(line);
                coverage.clear();
                coverage.parts.push_back(like);
                coverage.is_true_up = true;
                return;
            }
            free = {};
        }
        for (const auto& piece : pieces_of(line, license)) free.add(piece.days, 1);
        subtract_claims(license, line.period, free);
        take(coverage.gaps, free, is_shared ? &classes_[like.of_class] : nullptr, like, coverage.parts);
    }
}

void SeatClaims::find_person(const Line& line, Coverage& coverage) {
    const auto sku = pools_.sku_of(line);
    SeatSteps free;
    for (const auto& of : pools_.days().member_days(line.user, line.period)) {
        if (of.sku == sku) free.add(of.days, 1);
    }
    subtract_claims(line.user, line.period, free);
    const bool is_shared = pools_.pool(sku).billed == Billed::both;
    take(coverage.gaps, free, is_shared ? &members_[sku.value - 1] : nullptr, {}, coverage.parts);
}

void SeatClaims::find_given_back(const Line& line, Coverage& coverage) {
    coverage.clear();
    const auto sku = pools_.sku_of(line);
    const auto& pool = pools_.pool(sku);
    const auto seats = lines_.seats(line);
    if (pool.billing == Billing::MEMBERSHIP) {
        coverage.parts.push_back({SeatPools::no_class, {}, line.period, seats, false});
        return;
    }
    coverage.gaps.push_back({line.period, seats});
    const auto add = [&](std::uint32_t of_class, LicenseNumber license, std::int64_t has) {
        if (of_class == SeatPools::no_class) return;
        SeatSteps all;
        all.add(pools_.classes()[of_class].term, has);
        take(coverage.gaps, all, nullptr, {of_class, license, {}, 0, false}, coverage.parts);
    };
    if (line.names_seat()) {
        auto licenses = line.has_license ? std::vector{LicenseNumber(line.license)} : licenses_of(sku, line.user);
        for (const auto license : licenses) {
            const auto* lot = pools_.history().lot_of(license);
            if (lot != nullptr && lot->sku == sku) add(pools_.class_of(*lot), license, 1);
        }
        return;
    }
    if (const auto invoice = pools_.invoice_of(line)) {
        for (const auto& of : pools_.history().invoices()[*invoice].lines) {
            if (!of.lot || of.sku != sku) continue;
            const auto& lot = pools_.history().lots()[*of.lot];
            if (lot.valid_from <= pools_.days().as_of()) add(pools_.class_of(lot), lot.first, lot.quantity);
        }
        return;
    }
    exact_classes(sku, line.period, &line);
    for (const auto index : exact_) add(index, {}, pools_.classes()[index].seats);
    for (const auto index : pool.classes) {
        const auto& of = pools_.classes()[index];
        if (of.term.begin >= line.period.end || coverage.gaps.empty()) break;
        if (of.term.end > line.period.begin && !of.has_term(line.period)) add(index, {}, of.seats);
    }
}

void SeatClaims::claim(const Line& line, const Coverage& coverage) {
    const auto sku = pools_.sku_of(line);
    const bool by_number = pools_.pool(sku).billed != Billed::by_seat;
    for (const auto& part : coverage.parts) {
        const auto lot = [&] {
            const auto* of = pools_.history().lot_of(part.license);
            return static_cast<std::uint32_t>(of - pools_.history().lots().data());
        };
        if (line.names_seat()) {
            part.license ? licenses_.add(part.license.value, part.days, part.seats)
                         : people_.add(line.user.value, part.days, part.seats);
        } else if (part.license && !part.is_given_back) {
            free_of_lot(lot()).add(part.days, -part.seats);
        }
        if (!by_number) continue;
        if (part.of_class == SeatPools::no_class) {
            (part.is_given_back ? members_given_back_ : members_)[sku.value - 1].add(part.days, -part.seats);
        } else {
            (part.is_given_back ? classes_given_back_ : classes_)[part.of_class].add(part.days, -part.seats);
            if (!part.is_given_back) most_free_[part.of_class] = classes_[part.of_class].largest();
            if (!line.names_seat() && !part.license && !part.is_given_back) touched_[part.of_class] = true;
        }
    }
}

}  // namespace seatledger::billing
