#include "projections/dispute_row.h"

#include "engine/rules/disputes.h"
#include "events/text.h"

namespace seatledger {

Dispute read_dispute(DisputeNumber number, rows::Dispute::Reader row) {
    Dispute dispute;
    dispute.number = number;
    dispute.resolved = row.getResolved();
    dispute.key = KeyNumber(row.getKey());
    dispute.line = rules::disputed_line(view(row.getBill()), row.getRow(), view(row.getInvoice()), row.getLine());
    return dispute;
}

}  // namespace seatledger
