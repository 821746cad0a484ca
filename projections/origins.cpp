#include "projections/origins.h"

#include <iterator>

#include "events/text.h"
#include "projections/rows.capnp.h"
#include "projections/stored.h"

namespace seatledger {
namespace {

using schema::Event;
using tables::key_of;
using tables::Table;

}  // namespace

void Origins::note(Event::Reader event) {
    switch (event.which()) {
        case Event::LICENSE_BOUND: return note_license(LicenseNumber(event.getLicenseBound().getLicense()));
        case Event::LICENSE_UNBOUND: return note_license(LicenseNumber(event.getLicenseUnbound().getLicense()));
        case Event::LICENSES_ISSUED: return note_invoice(seatledger::view(event.getLicensesIssued().getInvoice()));
        case Event::LICENSES_EXPIRED: return note_invoice(seatledger::view(event.getLicensesExpired().getInvoice()));
        case Event::LICENSES_REVOKED: return note_invoice(seatledger::view(event.getLicensesRevoked().getInvoice()));
        case Event::INVOICE_CREDITED: return note_invoice(seatledger::view(event.getInvoiceCredited().getInvoice()));
        case Event::PAYMENT_REVERSED: return note_invoice(seatledger::view(event.getPaymentReversed().getInvoice()));
        case Event::NOTIFICATION_QUEUED:
            if (event.getNotificationQueued().hasInvoice()) {
                note_invoice(seatledger::view(event.getNotificationQueued().getInvoice()));
            }
            return;
        default: return;  // names neither, or is itself how an invoice came to be or was paid
    }
}

void Origins::note_license(LicenseNumber license) {
    const auto after = lots_.upper_bound(license);
    if (after != lots_.begin()) {
        const auto& [first, lot] = *std::prev(after);
        if (license.value - first.value < lot.quantity) return;
    }
    const auto row = view_.lot_of(license);
    if (!row) return;
    lots_.emplace(row->lot.first, Lot{row->lot.quantity, row->lot.invoice});
    note_invoice(row->lot.invoice);
}

void Origins::note_invoice(std::string_view invoice) {
    if (invoices_.contains(invoice)) return;
    auto& payment = invoices_[std::string(invoice)];
    if (payments_ == Payments::hidden) return;
    const auto row = view_.rows().get(key_of(Table::invoices, view_.account(), invoice), view_.sequence());
    if (!row) return;
    Stored<rows::Invoice> stored(*row);
    if (!stored.get().hasReference()) return;
    payment.reference = seatledger::view(stored.get().getReference());
    const auto sequence = view_.rows().find(key_of(Table::payments, view_.account(), payment.reference));
    if (sequence) payment.sequence = Sequence(tables::Reader(*sequence).u64());
}

void Origins::tell(schema::Events::Builder page) const {
    auto list = page.initOrigins(static_cast<unsigned>(lots_.size() + invoices_.size()));
    unsigned at = 0;
    const auto write = [&](const std::string& invoice) {
        auto origin = list[at++];
        origin.setInvoice(text(invoice));
        const auto& payment = invoices_.find(invoice)->second;
        if (payment.reference.empty()) return origin;
        origin.setReference(text(payment.reference));
        origin.setPayment(payment.sequence.value);
        return origin;
    };
    for (const auto& [first, lot] : lots_) {
        auto origin = write(lot.invoice);
        origin.setFirst(first.value);
        origin.setQuantity(lot.quantity);
    }
    for (const auto& [invoice, payment] : invoices_) write(invoice);
}

}  // namespace seatledger
