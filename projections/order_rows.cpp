#include "projections/order_rows.h"

#include "events/text.h"

namespace seatledger {

Order read_order(OrderNumber number, rows::Order::Reader row) {
    Order order;
    order.number = number;
    order.product = ProductNumber(row.getProduct());
    order.quantity = row.getQuantity();
    order.requested_by = UserId(row.getRequestedBy());
    order.user = UserId(row.getUser());
    order.due = Instant{row.getDue()};
    order.closed = row.getState() != rows::Order::State::OPEN;
    order.invoice = view(row.getInvoice());
    return order;
}

}  // namespace seatledger
