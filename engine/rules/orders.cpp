#include "engine/rules/orders.h"

#include <algorithm>

#include "engine/rules/billing.h"
#include "engine/rules/catalog.h"
#include "engine/rules/due.h"
#include "engine/rules/phone.h"
#include "engine/rules/seats.h"
#include "engine/rules/values.h"
#include "events/text.h"

namespace seatledger::rules {
namespace {

std::string order_name(OrderNumber number) { return "order " + std::to_string(number.value); }

std::expected<const Order*, Rejection> find_order(State& state, const Account& account, OrderNumber number) {
    const auto* order = state.order(account.number, number);
    if (order != nullptr) return order;
    return reject(Rule::order_must_exist, account.id + " has no " + order_name(number) + "; check its number");
}

// The vendor may order for an account; otherwise only a super admin, a program with that role included, and only if
// there is a card on file.
Verdict check_may_order(State& state, const Account& account, const Envelope& envelope) {
    const auto* user =
        envelope.principal == schema::Event::Principal::USER ? state.user(account.number, envelope.actor) : nullptr;
    const auto& only_role = envelope.only_role;
    if (user == nullptr && !only_role) return {};
    const bool is_limited = only_role && *only_role != schema::Role::SUPER_ADMIN;
    const bool is_super_admin = !is_limited && (user == nullptr || user->roles.has(schema::Role::SUPER_ADMIN));
    if (is_super_admin && !account.cards.empty()) return {};
    const auto why = is_super_admin ? account.id + " has no card (addCard)"
                     : is_limited   ? "a token limited to " + std::string(name_of(*only_role)) + " is no super admin's"
                                    : user->email + " is no super admin";
    return reject(Rule::super_admin_with_card_required, "ordering needs a super admin with a card on file, and " + why +
                                                            "; contact your sales representative");
}

Verdict check_open(const Order& order) {
    if (order.closed) {
        return reject(Rule::order_must_be_open,
                      order_name(order.number) + " is fulfilled or cancelled already; request the licenses anew");
    }
    if (!order.invoice.empty()) {
        return reject(Rule::order_must_be_open, order_name(order.number) + " has the invoice " + order.invoice +
                                                    "; have it paid, or void it first");
    }
    return {};
}

void write_request(const Account& account, const Product& product, std::uint32_t quantity, UserId user,
                   CommitWriter& writer) {
    auto requested = writer.begin().initLicensesRequested();
    requested.setOrder(account.next_order.value);
    requested.setUser(user.value);
    requested.setSku(text(product.sku));
    requested.setQuantity(quantity);
    requested.setDue(writer.envelope().effective_at.micros + order_time_micros);
    writer.end();
}

bool is_in_time(const CommitWriter& writer) {
    return writer.envelope().effective_at.micros <= last_instant.micros - order_time_micros;
}

std::unexpected<Rejection> too_late() {
    return reject(Rule::amount_out_of_range, "48 hours from now are beyond the last instant that the ledger can hold");
}

}  // namespace

Verdict check(schema::RequestLicenses::Reader command) {
    return ValueCheck().text("sku", view(command.getSku()), id_bytes_max).verdict();
}

Verdict check_currencies(const Catalog& catalog, const Account& account, schema::RequestLicenses::Reader command) {
    const auto* product = catalog.find(view(command.getSku()));
    return product == nullptr ? Verdict() : check_currency("sku", *product, account);
}

Verdict check(schema::FulfillOrder::Reader command) {
    return ValueCheck()
        .that(command.getOrder() != 0, "order", "is missing; give its number")
        .text("invoice", view(command.getInvoice()), id_bytes_max)
        .verdict();
}

Verdict check(schema::CancelOrder::Reader command) {
    return ValueCheck().that(command.getOrder() != 0, "order", "is missing; give its number").verdict();
}

Verdict request_licenses(State& state, const Account& account, schema::RequestLicenses::Reader command,
                         CommitWriter& writer) {
    const auto sku = view(command.getSku());
    const auto* product = state.catalog().find(sku);
    if (product == nullptr) return unknown_sku(sku);
    if (!product->offered) return not_offered(sku);
    if (auto verdict = check_may_order(state, account, writer.envelope()); !verdict) return verdict;
    if (auto verdict = check_quantity("the order", command.getQuantity()); !verdict) return verdict;
    if (!is_in_time(writer)) return too_late();
    write_request(account, *product, static_cast<std::uint32_t>(command.getQuantity()), {}, writer);
    return {};
}

Verdict order_for(State& state, const Account& account, const Product& product, UserId user, CommitWriter& writer) {
    if (auto verdict = check_currency("sku", product, account); !verdict) return verdict;
    if (!product.offered) return not_offered(product.sku);
    if (auto verdict = check_may_order(state, account, writer.envelope()); !verdict) {
        return reject(verdict.error().rule, "no license of " + product.sku + " is free in " + account.id +
                                                ", so one would have to be ordered: " + verdict.error().message +
                                                ", or register the person without a license");
    }
    if (!is_in_time(writer)) return too_late();
    write_request(account, product, 1, user, writer);
    return {};
}

Verdict fulfill_order(State& state, const Account& account, schema::FulfillOrder::Reader command,
                      CommitWriter& writer) {
    const auto order = find_order(state, account, OrderNumber(command.getOrder()));
    if (!order) return std::unexpected(order.error());
    const auto& product = state.catalog().at((*order)->product);
    if (auto verdict = check_currency("order for", product, account); !verdict) return verdict;
    if (!product.offered) {
        return reject(Rule::product_must_be_offered,
                      "product " + product.sku + " was retired since it was ordered; cancel the order (cancelOrder)");
    }
    if (auto verdict = check_open(**order); !verdict) return verdict;
    return issue_invoice_for(state, account, **order, view(command.getInvoice()), writer);
}

Verdict cancel_order(State& state, const Account& account, schema::CancelOrder::Reader command, CommitWriter& writer) {
    const auto order = find_order(state, account, OrderNumber(command.getOrder()));
    if (!order) return std::unexpected(order.error());
    if (auto verdict = check_may_order(state, account, writer.envelope()); !verdict) return verdict;
    if (auto verdict = check_open(**order); !verdict) return verdict;
    writer.begin().initOrderCancelled().setOrder((*order)->number.value);
    writer.end();
    return {};
}

void write_fulfilled(State& state, const Account& account, OrderNumber number, LicenseNumber first,
                     CommitWriter& writer) {
    const auto& order = *state.order(account.number, number);
    writer.begin().initOrderFulfilled().setOrder(number.value);
    writer.end();
    if (!order.user) return;
    // Whoever is gone, or has the product by now, gets none: the license stays free.
    const auto& user = *state.user(account.number, order.user);
    const auto& product = state.catalog().at(order.product);
    const auto held = held_at(user.holdings, writer.envelope().effective_at);
    if (user.removed || std::ranges::find(held, product.number, &Holding::product) != held.end()) return;
    write_binding(writer.begin().initLicenseBound(), first, order.user, product.sku);
    writer.end();
    PhoneKeeper(state, account, writer).given(product, order.user);
}

void write_overdue(OrderNumber order, CommitWriter& writer) {
    writer.begin().initOrderOverdue().setOrder(order.value);
    writer.end();
}

void licenses_requested(State& state, const Account& account, const EventHead& head) {
    const auto body = head.event().getLicensesRequested();
    Order order;
    order.number = OrderNumber(body.getOrder());
    order.product = state.catalog().find(view(body.getSku()))->number;
    order.quantity = body.getQuantity();
    order.requested_by = head.actor;
    order.user = UserId(body.getUser());
    order.due = Instant{body.getDue()};
    state.change_account(account.id).next_order = order.number.next();
    add_due(state, account, overdue_of(order.number, order.due));
    state.add_order(account.number, std::move(order));
}

void order_overdue(State& state, const Account& account, schema::OrderNamed::Reader body) {
    const auto& order = *state.order(account.number, OrderNumber(body.getOrder()));
    remove_due(state, account, overdue_of(order.number, order.due));
}

void order_closed(State& state, const Account& account, schema::OrderNamed::Reader body) {
    auto& order = state.change_order(account.number, OrderNumber(body.getOrder()));
    order.closed = true;
    remove_due(state, account, overdue_of(order.number, order.due));  // if it is not overdue
}

}  // namespace seatledger::rules
