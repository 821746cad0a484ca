#include "projections/order_queries.h"

#include <string>
#include <utility>
#include <vector>

#include "engine/rules/values.h"
#include "events/text.h"
#include "projections/names.h"
#include "projections/rows.capnp.h"
#include "projections/stored.h"

namespace seatledger {
namespace {

using tables::key_of;
using tables::Table;

schema::OrderStatus status_of(rows::Order::Reader order) {
    switch (order.getState()) {
        case rows::Order::State::FULFILLED: return schema::OrderStatus::FULFILLED;
        case rows::Order::State::CANCELLED: return schema::OrderStatus::CANCELLED;
        case rows::Order::State::OPEN: break;
    }
    return order.hasInvoice() ? schema::OrderStatus::INVOICED : schema::OrderStatus::OPEN;
}

void write_order(const View& view, OrderNumber number, rows::Order::Reader from, schema::OrderRow::Builder to) {
    to.setOrder(number.value);
    to.setStatus(status_of(from));
    const auto open_until = from.getState() == rows::Order::State::OPEN ? view.time().micros : from.getClosedAt();
    to.setOverdue(open_until >= from.getDue());
    to.setSku(text(view.product(ProductNumber(from.getProduct())).sku));
    to.setQuantity(from.getQuantity());
    if (const auto email = view.email_of(UserId(from.getRequestedBy()))) to.setRequestedBy(text(*email));
    if (const auto email = view.email_of(UserId(from.getUser()))) to.setEmail(text(*email));
    to.setRequestedAt(from.getRequestedAt());
    to.setDue(from.getDue());
    to.setClosedAt(from.getClosedAt());
    if (from.hasInvoice()) to.setInvoice(from.getInvoice());
}

}  // namespace

std::expected<std::optional<OrderNumber>, QueryFailure> answer_orders(const View& view,
                                                                      schema::OrderFilter::Reader filter,
                                                                      OrderNumber from, std::uint32_t limit,
                                                                      schema::Rows::Builder rows) {
    std::optional<schema::OrderStatus> status;
    if (filter.hasStatus()) {
        status = rules::named<schema::OrderStatus>(seatledger::view(filter.getStatus()));
        if (!status) {
            return std::unexpected(
                QueryFailure{"status is not one of open, invoiced, fulfilled, cancelled; give one of these"});
        }
    }
    // The list shows them under their address though they are gone.
    std::optional<std::vector<UserId>> users;
    if (filter.hasEmail()) users = bearers_by(view, seatledger::view(filter.getEmail()), view.sequence());
    const auto is_of = [&](std::uint32_t user) {
        return user != 0 && std::ranges::find(*users, UserId(user)) != users->end();
    };
    const auto is_wanted = [&](rows::Order::Reader order) {
        return (!filter.hasSku() ||
                view.product(ProductNumber(order.getProduct())).sku == seatledger::view(filter.getSku())) &&
               (!status || status_of(order) == *status) &&
               (!users || is_of(order.getUser()) || is_of(order.getRequestedBy()));
    };
    std::vector<std::pair<OrderNumber, std::string>> found;
    std::optional<OrderNumber> next;
    const auto add = [&](OrderNumber number, std::string_view value) {
        if (!is_wanted(Stored<rows::Order>(value).get())) return true;
        if (found.size() == limit) {
            next = number;
            return false;
        }
        found.emplace_back(number, value);
        return true;
    };
    const auto prefix = key_of(Table::orders, view.account());
    if (const OrderNumber only(filter.getOrder()); only) {
        const auto value = view.rows().get(key_of(Table::orders, view.account(), only.value), view.sequence());
        if (value && only >= from) add(only, *value);
    } else {
        view.rows().scan(key_of(Table::orders, view.account(), from.value), tables::after(prefix), view.sequence(),
                         [&](const Row& row) {
                             return add(OrderNumber(tables::Reader(row.key.substr(prefix.size())).u32()), row.value);
                         });
    }
    auto list = rows.initOrders(static_cast<unsigned>(found.size()));
    for (unsigned i = 0; i < list.size(); ++i) {
        write_order(view, found[i].first, Stored<rows::Order>(found[i].second).get(), list[i]);
    }
    return next;
}

}  // namespace seatledger
