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

std::vector<Card> read_cards(capnp::List<rows::Account::Card>::Reader cards) {
    std::vector<Card> read;
    for (const auto card : cards) {
        read.push_back({std::string(view(card.getToken())), std::string(view(card.getLast4())),
                        std::string(view(card.getExpires()))});
    }
    return read;
}

void write_cards(const std::vector<Card>& cards, capnp::List<rows::Account::Card>::Builder to) {
    for (unsigned i = 0; i < to.size(); ++i) {
        to[i].setToken(text(cards[i].token));
        to[i].setLast4(text(cards[i].last4));
        to[i].setExpires(text(cards[i].expires));
    }
}

}  // namespace seatledger
