#include "projections/invoice_queries.h"

#include <vector>

#include "events/text.h"
#include "projections/rows.capnp.h"
#include "projections/stored.h"

namespace seatledger {
namespace {

using tables::key_of;
using tables::Table;

std::optional<InvoiceState> state_named(std::string_view name) {
    if (name == "open") return InvoiceState::open;
    if (name == "paid") return InvoiceState::paid;
    if (name == "voided") return InvoiceState::voided;
    if (name == "reversed") return InvoiceState::reversed;
    return {};
}

schema::InvoiceStatus status_of(std::uint8_t state) {
    switch (static_cast<InvoiceState>(state)) {
        case InvoiceState::open: return schema::InvoiceStatus::OPEN;
        case InvoiceState::paid: return schema::InvoiceStatus::PAID;
        case InvoiceState::voided: return schema::InvoiceStatus::VOIDED;
        case InvoiceState::reversed: return schema::InvoiceStatus::REVERSED;
    }
    return schema::InvoiceStatus::OPEN;
}

void write_line(const View& view, rows::Invoice::Line::Reader from, unsigned number,
                schema::InvoiceRow::Line::Builder to) {
    to.setLine(number);
    to.setSku(text(view.product(ProductNumber(from.getProduct())).sku));
    to.setType(from.getType());
    to.setBilling(from.getBilling());
    to.setQuantity(from.getQuantity());
    if (from.hasUnitPrice()) to.setUnitPrice(from.getUnitPrice());
    to.setAmount(from.getAmount());
    if (from.hasTerm()) to.setTerm(from.getTerm());
    to.setValidUntil(from.getValidUntil());
    to.setFirstLicense(from.getFirstLicense());
    if (from.getCredited() != 0) {
        auto credited = to.initCredited();
        credited.setAmount(from.getCredited());
        credited.setCurrency(from.getAmount().getCurrency());
    }
    to.setCreditedQuantity(from.getCreditedQuantity());
}

void write_invoice(const View& view, rows::Invoice::Reader from, schema::InvoiceRow::Builder to) {
    to.setInvoice(from.getId());
    to.setStatus(status_of(from.getState()));
    if (const auto email = view.email_of(UserId(from.getRaisedBy()))) to.setRaisedBy(text(*email));
    to.setOrder(from.getOrder());
    to.setTotal(from.getTotal());
    to.setIssuedAt(from.getIssuedAt());
    to.setPaidAt(from.getPaidAt());
    if (from.hasReference()) to.setReference(from.getReference());
    auto lines = to.initLines(from.getLines().size());
    for (unsigned i = 0; i < lines.size(); ++i) write_line(view, from.getLines()[i], i + 1, lines[i]);
}

}  // namespace

std::expected<std::optional<std::string>, QueryFailure> answer_invoices(const View& view,
                                                                        schema::InvoiceFilter::Reader filter,
                                                                        std::string_view from, std::uint32_t limit,
                                                                        schema::Rows::Builder rows) {
    std::optional<InvoiceState> state;
    if (filter.hasStatus()) {
        state = state_named(seatledger::view(filter.getStatus()));
        if (!state) {
            return std::unexpected(
                QueryFailure{"status is not one of open, paid, voided, reversed; give one of these"});
        }
    }
    std::vector<std::string> found;
    std::optional<std::string> next;
    const auto add = [&](std::string_view value) {
        Stored<rows::Invoice> stored(value);
        if (state && static_cast<InvoiceState>(stored.get().getState()) != *state) return true;
        if (found.size() == limit) {
            next = std::string(seatledger::view(stored.get().getId()));
            return false;
        }
        found.emplace_back(value);
        return true;
    };
    if (filter.hasInvoice()) {
        const auto key = key_of(Table::invoices, view.account(), seatledger::view(filter.getInvoice()));
        const auto value = view.rows().get(key, view.sequence());
        if (value) add(*value);
    } else {
        view.rows().scan(key_of(Table::invoices, view.account(), from),
                         tables::after(key_of(Table::invoices, view.account())), view.sequence(),
                         [&](const Row& row) { return add(row.value); });
    }
    auto list = rows.initInvoices(static_cast<unsigned>(found.size()));
    for (unsigned i = 0; i < list.size(); ++i) {
        Stored<rows::Invoice> stored(found[i]);
        write_invoice(view, stored.get(), list[i]);
    }
    return next;
}

}  // namespace seatledger
