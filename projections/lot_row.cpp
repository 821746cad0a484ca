#include "projections/lot_row.h"

#include "events/text.h"
#include "projections/rows.capnp.h"
#include "projections/stored.h"
#include "projections/tables.h"

namespace seatledger {

LotRow read_lot(std::string_view key, std::string_view value) {
    Stored<rows::Lot> stored(value);
    const auto from = stored.get();
    LotRow row;
    row.lot.first = LicenseNumber(tables::Reader(key.substr(5)).u32());
    row.lot.quantity = from.getQuantity();
    row.lot.product = ProductNumber(from.getProduct());
    row.lot.valid_from = Instant{from.getValidFrom()};
    row.lot.valid_until = Instant{from.getValidUntil()};
    row.lot.invoice = view(from.getInvoice());
    row.lot.line = from.getLine();
    row.lot.revoked = from.getRevoked();
    row.issued_by = Sequence(from.getIssuedBy());
    return row;
}

std::string lot_value(const LotRow& row) {
    capnp::MallocMessageBuilder message;
    auto to = message.initRoot<rows::Lot>();
    to.setQuantity(row.lot.quantity);
    to.setProduct(row.lot.product.value);
    to.setValidFrom(row.lot.valid_from.micros);
    to.setValidUntil(row.lot.valid_until.micros);
    to.setInvoice(text(row.lot.invoice));
    to.setLine(row.lot.line);
    to.setRevoked(row.lot.revoked);
    to.setIssuedBy(row.issued_by.value);
    return to_value<rows::Lot>(to.asReader());
}

}  // namespace seatledger
