#include "projections/billing/seat_pools.h"

#include <algorithm>
#include <map>
#include <tuple>

namespace seatledger::billing {
namespace {

using schema::Billing;

// The days, in order, those that touch as one.
std::vector<DayPeriod> joined(std::vector<DayPeriod> days) {
    std::ranges::sort(days, {}, [](const DayPeriod& of) { return of.begin; });
    std::vector<DayPeriod> joined;
    for (const auto& of : days) {
        if (is_empty(of)) continue;
        if (!joined.empty() && of.begin <= joined.back().end) {
            joined.back().end = std::max(joined.back().end, of.end);
        } else {
            joined.push_back(of);
        }
    }
    return joined;
}

}  // namespace

SeatPools::SeatPools(const SeatDays& days, const BillLines& lines) : days_(days) {
    const auto products = history().products().size();
    pools_.resize(products);
    open_lines_.resize(products);
    orders_.resize(products);
    for (const auto& product : history().products()) pools_[product.number.value - 1].billing = product.billing;
    read_lines(lines);
    find_billed_in(lines);
    read_invoices_and_orders();
    make_classes();
    add_purchased();
    add_assigned();
    add_members();
}

void SeatPools::read_lines(const BillLines& lines) {
    skus_.resize(lines.skus().count() + 1);
    for (std::uint32_t i = 1; i < skus_.size(); ++i) {
        if (const auto* product = history().find_product(lines.skus().text(i))) skus_[i] = product->number;
    }
    invoices_.resize(lines.invoices().count() + 1);
    for (std::uint32_t i = 1; i < invoices_.size(); ++i) {
        const auto* invoice = history().find_invoice(lines.invoices().text(i));
        if (invoice == nullptr || !is_known(invoice->issued)) continue;
        invoices_[i] = static_cast<std::uint32_t>(invoice - history().invoices().data());
    }
    bool is_first = true;
    for (LineIndex i = 0; i < lines.count(); ++i) {
        const auto& line = lines[i];
        if (!lines.is_about_seats(line)) continue;
        horizon_.begin = is_first ? line.period.begin : std::min(horizon_.begin, line.period.begin);
        horizon_.end = is_first ? line.period.end : std::max(horizon_.end, line.period.end);
        is_first = false;
        if (!sku_of(line)) continue;
        auto& pool = pools_[sku_of(line).value - 1];
        const auto by = line.names_seat() ? Billed::by_seat : Billed::by_number;
        // Places in queues are claimed by person, whatever license the line names beside that.
        const bool is_first_or_by_license = pool.is_by_license || pool.billed == Billed::not_at_all;
        pool.is_by_license = line.has_license && is_first_or_by_license && pool.billing != Billing::MEMBERSHIP;
        pool.billed = pool.billed == Billed::not_at_all || pool.billed == by ? by : Billed::both;
    }
}

void SeatPools::find_billed_in(const BillLines& lines) {
    std::vector<DayPeriod> all = lines.billing_periods();
    if (all.empty()) {
        for (LineIndex i = 0; i < lines.count(); ++i) {
            const auto& line = lines[i];
            if (!lines.is_about_seats(line) || lines.gives_back(line)) continue;
            if (lines.currency(line) != history().currency()) continue;
            if (all.empty() || all.back() != line.period) all.push_back(line.period);
        }
    }
    billed_in_ = joined(std::move(all));
    for (const auto& of : billed_in_) {
        if (is_empty(horizon_)) horizon_ = of;
        horizon_ = {std::min(horizon_.begin, of.begin), std::max(horizon_.end, of.end)};
    }
}

bool SeatPools::is_billed_in(CivilDay day) const {
    const auto after = std::ranges::upper_bound(billed_in_, day, {}, &DayPeriod::begin);
    return after != billed_in_.begin() && day < std::prev(after)->end;
}

std::optional<std::uint32_t> SeatPools::invoice_of(const BillLines::Line& line) const {
    return invoices_[line.invoice];
}

void SeatPools::read_invoices_and_orders() {
    const auto invoices = history().invoices();
    for (std::uint32_t i = 0; i < invoices.size(); ++i) {
        const auto& invoice = invoices[i];
        if (!is_known(invoice.issued)) continue;
        const bool is_open = !is_known(invoice.paid) && !is_known(invoice.voided);
        for (std::uint32_t j = 0; j < invoice.lines.size(); ++j) {
            const auto sku = invoice.lines[j].sku;
            pools_[sku.value - 1].has_anything = true;
            if (is_open) open_lines_[sku.value - 1].push_back({i, j});
        }
    }
    const auto orders = history().orders();
    for (std::uint32_t i = 0; i < orders.size(); ++i) {
        const auto& order = orders[i];
        if (!order.number || !is_known(order.requested)) continue;
        pools_[order.sku.value - 1].has_anything = true;
        if (is_known(order.overdue)) orders_[order.sku.value - 1].push_back(i);
    }
}

std::uint32_t SeatPools::class_for(const LotFacts& lot) {
    const auto& line = history().invoices()[lot.invoice].lines[lot.line - 1];
    LotClass of;
    of.sku = lot.sku;
    of.term = days_.term_of(lot);
    of.unit_price = lot.unit_price;
    of.has_own_end = line.term_text.empty();
    classes_.push_back(std::move(of));
    return static_cast<std::uint32_t>(classes_.size() - 1);
}

void SeatPools::make_classes() {
    // By all that a class has in common.
    std::map<std::tuple<SkuNumber, CivilDay, CivilDay, bool, Exact>, std::uint32_t> known;
    const auto lots = history().lots();
    class_of_lot_.assign(lots.size(), no_class);
    for (std::uint32_t i = 0; i < lots.size(); ++i) {
        const auto& lot = lots[i];
        if (lot.billing == Billing::MEMBERSHIP || lot.valid_from > days_.as_of()) continue;
        const auto& line = history().invoices()[lot.invoice].lines[lot.line - 1];
        const auto term = days_.term_of(lot);
        const auto [place, is_new] =
            known.try_emplace({lot.sku, term.begin, term.end, line.term_text.empty(), lot.unit_price}, 0);
        if (is_new) place->second = class_for(lot);
        auto& of = classes_[place->second];
        of.lots.push_back(i);
        of.seats += lot.quantity;
        of.seats_up_to.push_back(of.seats);
        class_of_lot_[i] = place->second;
    }
    // In the order of that map: by the begin of their terms.
    for (const auto& [key, index] : known) pools_[std::get<0>(key).value - 1].classes.push_back(index);
}

SeatSteps SeatPools::entitled(const LotFacts& lot) const {
    SeatSteps::Changes changes;
    const auto term = days_.term_of(lot);
    if (lot.billing == Billing::PURCHASED && lot.revoked == 0) {
        changes.add(term, lot.quantity);
        return SeatSteps(changes);
    }
    std::vector<HeldDays> held;
    for (auto license = lot.first; lot.contains(license); license = license.next()) {
        if (lot.billing == Billing::PURCHASED) {
            changes.add(days_.owned(lot, license), 1);
            continue;
        }
        days_.held(lot, license, horizon_, held);
        for (const auto& of : held) changes.add(of.billed, 1);
    }
    return SeatSteps(changes);
}

void SeatPools::add_purchased() {
    for (auto& of : classes_) {
        auto& pool = pools_[of.sku.value - 1];
        if (pool.billing != Billing::PURCHASED) continue;
        SeatSteps::Changes changes;
        for (const auto index : of.lots) {
            const auto& lot = history().lots()[index];
            if (lot.revoked == 0) {
                changes.add(of.term, lot.quantity);
                continue;
            }
            for (auto license = lot.first; lot.contains(license); license = license.next()) {
                changes.add(days_.owned(lot, license), 1);
            }
        }
        of.entitled = SeatSteps(changes);
        pool.entitled.add(of.entitled);
    }
}

void SeatPools::add_assigned() {
    std::vector<SeatSteps::Changes> after(pools_.size());
    std::vector<HeldDays> held;
    for (auto& of : classes_) {
        auto& pool = pools_[of.sku.value - 1];
        if (pool.billing != Billing::ASSIGNED || pool.billed == Billed::by_seat) continue;
        const auto within = common_days(of.term, horizon_);
        if (is_empty(within)) continue;
        SeatSteps::Changes changes;
        for (const auto index : of.lots) {
            const auto& lot = history().lots()[index];
            for (auto license = lot.first; lot.contains(license); license = license.next()) {
                const auto* span = history().newest_span(license);
                if (span == nullptr) continue;
                days_.held(lot, license, within, held);
                for (const auto& one : held) changes.add(one.billed, 1);
                while (const auto* older = history().before(*span)) span = older;
                if (span->from > days_.as_of()) continue;
                auto since = common_days(common_days(days_.owned(lot, license), days_.known()), within);
                since.begin = std::max(since.begin, days_.clock().day_of(span->from));
                after[of.sku.value - 1].add(since, 1);
                for (const auto& one : held) after[of.sku.value - 1].add(one.billed, -1);
            }
        }
        of.entitled = SeatSteps(changes);
        pool.entitled.add(of.entitled);
    }
    for (std::size_t i = 0; i < pools_.size(); ++i) {
        if (pools_[i].billing == Billing::ASSIGNED) pools_[i].after_unbind = SeatSteps(after[i]);
    }
}

void SeatPools::add_members() {
    std::vector<SeatSteps::Changes> members(pools_.size()), after(pools_.size());
    bool is_anybody = false;
    for (UserId user(1); user.value <= history().user_count(); user = user.next()) {
        if (history().user(user)->queues.empty()) continue;
        is_anybody = true;
        // Who left within a year before the bill is still somebody whom it may be about.
        const DayPeriod within{CivilDay{horizon_.begin.number - 366}, horizon_.end};
        const auto all = days_.member_days(user, within);
        for (std::size_t i = 0; i < all.size(); ++i) {
            const auto sku = all[i].sku.value - 1;
            members[sku].add(common_days(all[i].days, horizon_), 1);
            const auto until = i + 1 < all.size() ? all[i + 1].days.begin : horizon_.end;
            after[sku].add(common_days({all[i].days.end, until}, horizon_), 1);
        }
    }
    for (std::size_t i = 0; i < pools_.size(); ++i) {
        if (pools_[i].billing != Billing::MEMBERSHIP) continue;
        pools_[i].has_anything = is_anybody;
        pools_[i].entitled = SeatSteps(members[i]);
        pools_[i].after_unbind = SeatSteps(after[i]);
    }
}

}  // namespace seatledger::billing
