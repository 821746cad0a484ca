// The reducer's part of orders, and of the cards that they need.
#include <kj/debug.h>

#include "engine/rules/cards.h"
#include "engine/rules/due.h"
#include "events/text.h"
#include "projections/order_rows.h"
#include "projections/reducer.h"

namespace seatledger {
namespace {

using tables::key_of;
using tables::Table;

}  // namespace

void Reducer::change_cards(AccountState& account, schema::Event::Reader event, RowBuffer& rows) {
    if (event.isCardAdded()) {
        rules::keep(account.cards, event.getCardAdded());
    } else {
        rules::drop(account.cards, event.getCardRemoved());
    }
    write_account(account, rows);
}

void Reducer::request_licenses(schema::Event::Reader event, AccountState& account, RowBuffer& rows) {
    const auto body = event.getLicensesRequested();
    change_row<rows::Order>(key_of(Table::orders, account.number, body.getOrder()), rows,
                            [&](rows::Order::Builder row) {
                                row.setProduct(product_of(view(body.getSku())).value);
                                row.setQuantity(body.getQuantity());
                                row.setRequestedBy(event.getActor());
                                row.setUser(body.getUser());
                                row.setRequestedAt(event.getEffectiveAt());
                                row.setDue(body.getDue());
                            });
    add_due(account, rules::overdue_of(OrderNumber(body.getOrder()), Instant{body.getDue()}), rows);
    if (body.getUser() != 0) mention(tables::mention_key(account.number, UserId(body.getUser())), rows);
}

void Reducer::note_overdue(AccountState& account, schema::OrderNamed::Reader body, RowBuffer& rows) {
    Instant due;
    // The row does not change, but history goes by its versions.
    change_row<rows::Order>(key_of(Table::orders, account.number, body.getOrder()), rows,
                            [&](rows::Order::Builder row) { due = Instant{row.getDue()}; });
    remove_due(account, rules::overdue_of(OrderNumber(body.getOrder()), due), rows);
}

void Reducer::close_order(schema::Event::Reader event, AccountState& account, schema::OrderNamed::Reader body,
                          rows::Order::State state, RowBuffer& rows) {
    Due due;
    change_row<rows::Order>(key_of(Table::orders, account.number, body.getOrder()), rows,
                            [&](rows::Order::Builder row) {
                                row.setState(state);
                                row.setClosedAt(event.getEffectiveAt());
                                due = rules::overdue_of(OrderNumber(body.getOrder()), Instant{row.getDue()});
                            });
    if (account.dues.contains(due)) remove_due(account, due, rows);
}

// `invoice` may be empty: it has none any more.
void Reducer::set_invoice_of_order(AccountState& account, OrderNumber order, capnp::Text::Reader invoice,
                                   RowBuffer& rows) {
    change_row<rows::Order>(key_of(Table::orders, account.number, order.value), rows, [&](rows::Order::Builder row) {
        if (invoice.size() == 0) {
            row.disownInvoice();
        } else {
            row.setInvoice(invoice);
        }
    });
}

}  // namespace seatledger
