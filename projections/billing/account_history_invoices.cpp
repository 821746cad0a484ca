// Orders, invoices and the lots that their payment issues.
#include <algorithm>

#include "engine/rules/billing.h"
#include "events/text.h"
#include "projections/billing/account_history.h"

namespace seatledger::billing {
namespace {

// So that no sum of such a number and a quantity leaves its type.
constexpr std::uint32_t license_max = 4'000'000'000;

Exact unit_price_of(const LineFacts& line) {
    if (line.unit_price) return to_exact(*line.unit_price);
    return line.quantity == 0 ? Exact() : to_exact(line.amount) / line.quantity;
}

LineFacts read_line(schema::InvoiceIssued::Line::Reader from, SkuNumber sku) {
    LineFacts line;
    line.sku = sku;
    line.billing = from.getBilling();
    line.quantity = from.getQuantity();
    if (from.hasUnitPrice()) line.unit_price = Amount{from.getUnitPrice().getAmount()};
    line.amount = Amount{from.getAmount().getAmount()};
    line.term_text = view(from.getTerm());
    line.valid_until = Instant{from.getValidUntil()};
    return line;
}

}  // namespace

InvoiceFacts* AccountHistory::known_invoice(std::string_view id) {
    const auto found = invoice_names_.find(id);
    if (found != invoice_names_.end()) return &invoices_[found->second];
    misfit();
    return nullptr;
}

const InvoiceFacts* AccountHistory::find_invoice(std::string_view id) const {
    const auto found = invoice_names_.find(id);
    return found == invoice_names_.end() ? nullptr : &invoices_[found->second];
}

OrderFacts* AccountHistory::known_order(std::uint32_t number) {
    if (number > 0 && number <= orders_.size() && orders_[number - 1].number) return &orders_[number - 1];
    misfit();
    return nullptr;
}

const OrderFacts* AccountHistory::find_order(OrderNumber number) const {
    if (!number || number.value > orders_.size() || !orders_[number.value - 1].number) return nullptr;
    return &orders_[number.value - 1];
}

void AccountHistory::invoice_issued(schema::InvoiceIssued::Reader body, const Happened& event) {
    const std::string id(view(body.getInvoice()));
    const auto [place, is_new] = invoice_names_.emplace(id, static_cast<std::uint32_t>(invoices_.size()));
    if (!is_new) return misfit();
    auto& invoice = invoices_.emplace_back();
    invoice.id = id;
    invoice.raised_by = UserId(body.getRaisedBy());
    invoice.order = OrderNumber(body.getOrder());
    invoice.total = Amount{body.getTotal().getAmount()};
    invoice.currency = view(body.getTotal().getCurrency());
    invoice.issued = event;
    for (const auto line : body.getLines()) {
        const auto& read = invoice.lines.emplace_back(read_line(line, number_of(view(line.getSku()))));
        auto& product = products_[read.sku.value - 1];
        if (!product.defined) product.billing = read.billing;  // as the catalogue will say
    }
    if (!invoice.order) return;
    if (auto* order = known_order(invoice.order.value)) order->invoice = id;
}

void AccountHistory::invoice_step(std::string_view id, Happened InvoiceFacts::*step, const Happened& event) {
    if (auto* invoice = known_invoice(id)) invoice->*step = event;
}

void AccountHistory::invoice_voided(schema::InvoiceVoided::Reader body, const Happened& event) {
    auto* invoice = known_invoice(view(body.getInvoice()));
    if (invoice == nullptr) return;
    invoice->voided = event;
    if (!invoice->order) return;
    auto* order = known_order(invoice->order.value);
    if (order != nullptr && order->invoice == invoice->id) order->invoice.clear();
}

void AccountHistory::invoice_credited(schema::InvoiceCredited::Reader body, const Happened& event) {
    auto* invoice = known_invoice(view(body.getInvoice()));
    if (invoice == nullptr) return;
    if (body.getLine() == 0 || body.getLine() > invoice->lines.size()) return misfit();
    invoice->lines[body.getLine() - 1].credits.push_back(
        {event, Amount{body.getAmount().getAmount()}, body.getQuantity(), std::string(view(body.getReason()))});
}

void AccountHistory::requested(schema::LicensesRequested::Reader body, const Actor& actor, const Happened& event) {
    const auto number = body.getOrder();
    if (number != orders_.size() + 1) ++gaps_;
    if (number <= orders_.size() || number - orders_.size() > gap_max) return;
    orders_.resize(number);
    auto& order = orders_.back();
    order.number = OrderNumber(number);
    order.sku = number_of(view(body.getSku()));
    order.quantity = body.getQuantity();
    order.requested_by = actor;
    order.user = UserId(body.getUser());
    order.due = Instant{body.getDue()};
    order.requested = event;
}

void AccountHistory::order_step(schema::OrderNamed::Reader body, Happened OrderFacts::*step, const Happened& event) {
    if (auto* order = known_order(body.getOrder())) order->*step = event;
}

void AccountHistory::issued(schema::LicensesIssued::Reader body, const Happened& event) {
    auto* invoice = known_invoice(view(body.getInvoice()));
    if (invoice == nullptr) return;
    const auto first = body.getFirst();
    if (first > seats_.size()) ++gaps_;
    const bool is_line = body.getLine() > 0 && body.getLine() <= invoice->lines.size();
    // Events of a dossier may be anybody's.
    if (body.getQuantity() == 0 || body.getQuantity() > rules::quantity_max || first > license_max) return misfit();
    if (!is_line || first < seats_.size()) return misfit();
    if (first - seats_.size() > gap_max) return;

    auto& line = invoice->lines[body.getLine() - 1];
    const auto index = static_cast<std::uint32_t>(lots_.size());
    auto& lot = lots_.emplace_back();
    lot.first = LicenseNumber(first);
    lot.quantity = body.getQuantity();
    lot.sku = number_of(view(body.getSku()));
    lot.billing = line.billing;
    lot.invoice = static_cast<std::uint32_t>(invoice - invoices_.data());
    lot.line = body.getLine();
    lot.unit_price = unit_price_of(line);
    lot.valid_from = Instant{body.getValidFrom()};
    lot.valid_until = Instant{body.getValidUntil()};
    lot.issued = event;
    lot.paid = invoice->paid;
    line.lot = index;
    seats_.resize(first);
    seats_.resize(first + lot.quantity, {.lot = index});
}

}  // namespace seatledger::billing
