// What a verdict's message is made from.
#include <algorithm>

#include "projections/billing/line_judge.h"

namespace seatledger::billing {
namespace {

constexpr unsigned price_digits = 6;  // no price of a ledger is finer

// The last version for which that does not hold, or the first one.
template <typename IsAfter>
const PriceVersion* last_version(const ProductFacts& product, IsAfter is_after) {
    if (product.prices.empty()) return nullptr;
    const auto after = std::ranges::find_if(product.prices, is_after);
    return after == product.prices.begin() ? &*after : &*std::prev(after);
}

}  // namespace

void LineJudge::set_reason(const DeficitReason& reason, LineVerdict& verdict) const {
    const auto& clock = pools_.days().clock();
    const auto& history = pools_.history();
    auto& details = verdict.details;
    verdict.verdict = reason.reason;
    if (reason.invoice != nullptr && reason.lot == nullptr) {
        details.note = Note::invoice_is_open;
        details.ledger_invoice = reason.invoice->id;
        details.issued = clock.day_of(reason.invoice->issued.at);
        details.paid.reset();
        details.term.reset();
        for (const auto& of : reason.invoice->lines) {
            if (of.sku == pools_.history().find_product(details.sku)->number) details.lot_quantity = of.quantity;
        }
    }
    if (reason.lot != nullptr) set_lot(*reason.lot, details);
    if (reason.order != nullptr) {
        details.order = reason.order->number;
        details.requested = clock.day_of(reason.order->requested.at);
        details.due = clock.day_of(reason.order->due);
        if (reason.lot == nullptr) {
            details.note = Note::order_is_open;
            details.lot_quantity = reason.order->quantity;
        }
    }
    if (reason.license) details.first_license = reason.license;
    if (reason.ended.at != no_instant) details.ended = clock.day_of(reason.ended.at);
    if (reason.reason == Verdict::billed_after_revocation && reason.lot != nullptr) {
        const auto& reversed = history.invoices()[reason.lot->invoice].reversed;
        details.is_reversed = pools_.is_known(reversed) && reversed.at == reason.ended.at;
    }
    details.person = reason.user;
    if (reason.place == nullptr) return;
    const auto& queue = history.queues()[reason.place->queue];
    details.queue = queue.name;
    details.queue_kind = queue.kind;
    details.queue_role = reason.place->role;
    details.member_since = clock.day_of(reason.place->from);
}

void LineJudge::set_prices(const Line& line, const Charges& charges, LineVerdict& verdict) const {
    const auto sku = pools_.sku_of(line);
    const auto& product = pools_.history().product(sku);
    auto& details = verdict.details;
    if (charges.empty()) return;
    if (const auto price = to_decimal(charges.front().charge.unit_price, price_digits)) {
        details.price_in_force = shortest(*price);
    }
    // An invoice has the price that the catalogue had when it was issued, unless it says another one.
    const auto* invoice = pools_.history().find_invoice(details.ledger_invoice);
    const auto start = pools_.days().clock().start_of(line.period.begin);
    const auto* version = last_version(product, [&](const PriceVersion& of) {
        return invoice != nullptr ? of.since.sequence > invoice->issued.sequence : of.since.at > start;
    });
    if (invoice != nullptr) details.price_copied = invoice->issued.sequence;
    if (version != nullptr && to_exact(version->unit_price) == charges.front().charge.unit_price) {
        details.price_since = version->since.sequence;
    }
    const auto stated = lines_.unit_price(line);
    const auto digits = digits_of(verdict);
    for (const auto& of : product.prices) {
        auto other = charges;
        for (auto& charge : other) charge.charge.unit_price = to_exact(of.unit_price);
        const bool is_billed = stated
                                   ? money_.is_price_of(*stated, other)
                                   : money_.explain(verdict.amount, other, digits).arithmetic != Arithmetic::mismatch;
        if (!is_billed || verdict.verdict != Verdict::wrong_price) continue;
        details.billed_price_of = of.since.sequence;
        details.billed_price_since = pools_.days().clock().day_of(of.since.at);
    }
}

}  // namespace seatledger::billing
