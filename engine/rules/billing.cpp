#include "engine/rules/billing.h"

#include <kj/debug.h>

#include <algorithm>
#include <limits>

#include "engine/rules/accounts.h"
#include "engine/rules/catalog.h"
#include "engine/rules/due.h"
#include "engine/rules/orders.h"
#include "engine/rules/reminders.h"
#include "engine/rules/values.h"
#include "events/calendar.h"
#include "events/text.h"

namespace seatledger::rules {
namespace {

using Line = schema::IssueInvoice::Line;

// In objections to values, which name fields, and in all others, where lines count from 1.
std::string line_field(unsigned index) { return "lines[" + std::to_string(index) + "]"; }
std::string line_name(unsigned index) { return "line " + std::to_string(index + 1); }

// Nobody is written to who was removed.
bool is_there(const User* user) { return user != nullptr && !user->removed; }

Verdict check_line(Line::Reader line, const std::string& field) {
    ValueCheck values;
    values.text(field + ".sku", view(line.getSku()), id_bytes_max)
        .that(!(line.hasUnitPrice() && line.hasAmount()), field + ".amount",
              "cannot stand beside unitPrice; give one of them")
        .optional_term(field + ".term", view(line.getTerm()))
        .optional_instant(field + ".validUntil", Instant{line.getValidUntil()})
        .that(line.getTerm().size() == 0 || line.getValidUntil() == no_instant.micros, field + ".validUntil",
              "cannot stand beside term; give one of them");
    if (line.hasUnitPrice()) values.money(field + ".unitPrice", line.getUnitPrice());
    if (line.hasAmount()) {
        values.money(field + ".amount", line.getAmount());
        const auto digits = minor_unit_digits(view(line.getAmount().getCurrency())).value_or(2);
        values.that(is_whole_minor_units(Amount{line.getAmount().getAmount()}, digits), field + ".amount",
                    "is finer than the currency's smallest unit");
    }
    return values.verdict();
}

}  // namespace

std::expected<const Invoice*, Rejection> find_invoice(State& state, const Account& account, std::string_view id) {
    const auto* invoice = state.invoice(account.number, id);
    if (invoice != nullptr) return invoice;
    return reject(Rule::invoice_must_exist, account.id + " has no invoice " + std::string(id) + "; check its number");
}

std::string_view name_of(InvoiceState state) {
    switch (state) {
        case InvoiceState::open: return "open";
        case InvoiceState::paid: return "paid";
        case InvoiceState::voided: return "void";
        case InvoiceState::reversed: return "reversed";
    }
    return "?";
}

Verdict check_currency(const std::string& what, std::string_view currency, const Account& account,
                       const std::string& remedy) {
    if (currency == account.currency) return {};
    return reject(Rule::value_not_allowed, what + " " + std::string(currency) + ", and " + account.id +
                                               " is billed in " + account.currency + "; " + remedy + " in " +
                                               account.currency);
}

Verdict check_currency(const std::string& field, const Product& product, const Account& account) {
    return check_currency(field + " " + product.sku + " is priced in", product.unit_price.currency, account,
                          "it cannot be ordered, have it invoiced with an amount");
}

Verdict check_quantity(const std::string& what, std::uint64_t quantity) {
    if (quantity > 0 && quantity <= quantity_max) return {};
    return reject(Rule::quantity_must_be_positive, what + " has the quantity " + std::to_string(quantity) +
                                                       "; allowed are 1 to " + std::to_string(quantity_max));
}

namespace {

Verdict check_line_currency(const Catalog& catalog, const Account& account, Line::Reader line,
                            const std::string& field) {
    if (line.hasAmount()) {
        return check_currency(field + ".amount.currency is", view(line.getAmount().getCurrency()), account, "give it");
    }
    if (line.hasUnitPrice()) {
        return check_currency(field + ".unitPrice.currency is", view(line.getUnitPrice().getCurrency()), account,
                              "give it");
    }
    const auto* product = catalog.find(view(line.getSku()));
    if (product == nullptr) return {};
    return check_currency(field + ".sku " + product->sku + " is priced in", product->unit_price.currency, account,
                          "give the line a unitPrice or an amount");
}

// Each rule over all lines before the next rule.
Verdict check_products(const Catalog& catalog, capnp::List<Line>::Reader lines) {
    for (const auto line : lines) {
        if (catalog.find(view(line.getSku())) == nullptr) return unknown_sku(view(line.getSku()));
    }
    for (const auto line : lines) {
        if (!catalog.find(view(line.getSku()))->offered) return not_offered(view(line.getSku()));
    }
    for (unsigned i = 0; i < lines.size(); ++i) {
        const auto term = view(lines[i].getTerm());
        if (!term.empty() && !parse_term(term)->is_positive()) {
            return reject(Rule::term_must_be_positive, line_name(i) + " has the term " + std::string(term) +
                                                           ", which is no time at all; give a longer one");
        }
    }
    for (unsigned i = 0; i < lines.size(); ++i) {
        if (lines[i].getUnitPrice().getAmount() < 0 || lines[i].getAmount().getAmount() < 0) {
            return reject(Rule::price_must_not_be_negative,
                          line_name(i) + " has a negative price; a price is 0 or more");
        }
    }
    return {};
}

Verdict check_lines(std::string_view invoice, capnp::List<Line>::Reader lines) {
    if (lines.size() == 0) {
        return reject(Rule::invoice_must_have_lines, "invoice " + std::string(invoice) + " has no lines; give it one");
    }
    Verdict verdict;
    for (unsigned i = 0; verdict && i < lines.size(); ++i) {
        verdict = check_quantity(line_name(i), lines[i].getQuantity());
    }
    return verdict;
}

std::unexpected<Rejection> too_large(const std::string& what) {
    return reject(Rule::amount_out_of_range, what + " is larger than the ledger can hold; use smaller numbers");
}

// The amount of the whole line, in whole minor units.
std::expected<Amount, Rejection> price_line(Line::Reader line, const Product& product, const Account& account,
                                            unsigned index) {
    if (line.hasAmount()) return Amount{line.getAmount().getAmount()};
    const auto price = line.hasUnitPrice() ? Amount{line.getUnitPrice().getAmount()} : product.unit_price.amount;
    const auto exact = multiply(price, line.getQuantity());
    const auto digits = minor_unit_digits(account.currency).value_or(2);
    const auto rounded = exact ? round_to_minor_unit(*exact, digits) : std::nullopt;
    if (!rounded) return too_large("the amount of " + line_name(index));
    return *rounded;
}

void write_line(schema::InvoiceIssued::Line::Builder to, Line::Reader from, const Product& product,
                const Price& amount) {
    to.setSku(text(product.sku));
    to.setType(text(product.type));
    to.setBilling(product.billing);
    to.setQuantity(static_cast<std::uint32_t>(from.getQuantity()));
    if (!from.hasAmount()) {
        write_price(to.initUnitPrice(), from.hasUnitPrice() ? read_price(from.getUnitPrice()) : product.unit_price);
    }
    write_price(to.initAmount(), amount);
    to.setValidUntil(from.getValidUntil());
    if (from.getValidUntil() == no_instant.micros) {
        to.setTerm(from.getTerm().size() > 0 ? from.getTerm() : text(product.term));
    }
}

Verdict check_open(const Invoice& invoice) {
    if (invoice.state == InvoiceState::open) return {};
    return reject(Rule::invoice_must_be_open, "invoice " + invoice.id + " is " + std::string(name_of(invoice.state)) +
                                                  " already; only an open one can be paid or voided");
}

std::string shown(const Price& price) { return format_amount(price.amount, price.currency) + " " + price.currency; }

Verdict check_payment(const Invoice& invoice, const Price& paid, Instant t) {
    if (paid != invoice.total) {
        return reject(Rule::payment_must_match, "amount is " + shown(paid) + ", and invoice " + invoice.id +
                                                    " is over " + shown(invoice.total) +
                                                    "; record exactly what was invoiced");
    }
    for (unsigned i = 0; i < invoice.lines.size(); ++i) {
        const auto until = invoice.lines[i].valid_until;
        if (until != no_instant && until <= t) {
            return reject(Rule::term_must_be_positive,
                          line_name(i) + " of invoice " + invoice.id + " ends on " + to_rfc3339(until) +
                              ", which is not after the payment; void it and issue another");
        }
    }
    return {};
}

void write_issue(CommitWriter& writer, const Invoice& invoice, unsigned index, std::string_view sku,
                 LicenseNumber first, Instant until) {
    auto issued = writer.begin().initLicensesIssued();
    issued.setInvoice(text(invoice.id));
    issued.setLine(index + 1);
    issued.setSku(text(sku));
    issued.setFirst(first.value);
    issued.setQuantity(invoice.lines[index].quantity);
    issued.setValidFrom(writer.envelope().effective_at.micros);
    issued.setValidUntil(until.micros);
    writer.end();
}

}  // namespace

Verdict check(schema::IssueInvoice::Reader command) {
    auto verdict = ValueCheck()
                       .text("invoice", view(command.getInvoice()), id_bytes_max)
                       .text("raisedBy", view(command.getRaisedBy()), email_bytes_max)
                       .verdict();
    const auto lines = command.getLines();  // once: every get counts towards the message's traversal limit
    for (unsigned i = 0; verdict && i < lines.size(); ++i) verdict = check_line(lines[i], line_field(i));
    return verdict;
}

Verdict check_currencies(const Catalog& catalog, const Account& account, schema::IssueInvoice::Reader command) {
    Verdict verdict;
    const auto lines = command.getLines();
    for (unsigned i = 0; verdict && i < lines.size(); ++i) {
        verdict = check_line_currency(catalog, account, lines[i], line_field(i));
    }
    return verdict;
}

Verdict check(schema::VoidInvoice::Reader command) {
    return ValueCheck().text("invoice", view(command.getInvoice()), id_bytes_max).verdict();
}

Verdict check(schema::RecordPayment::Reader command) {
    return ValueCheck()
        .text("invoice", view(command.getInvoice()), id_bytes_max)
        .text("reference", view(command.getReference()), id_bytes_max)
        .that(command.hasAmount(), "amount", "is missing; give an amount and a currency")
        .money("amount", command.getAmount())
        .verdict();
}

namespace {

Verdict check_new(State& state, const Account& account, std::string_view id) {
    if (state.invoice(account.number, id) == nullptr) return {};
    return reject(Rule::invoice_must_be_new,
                  account.id + " already has an invoice " + std::string(id) + "; give it another number");
}

// Prices what was found to be in order.
Verdict write_invoice(State& state, const Account& account, std::string_view id, UserId raised_by,
                      capnp::List<Line>::Reader lines, OrderNumber order, CommitWriter& writer) {
    auto issued = writer.begin().initInvoiceIssued();
    issued.setInvoice(text(id));
    issued.setRaisedBy(raised_by.value);
    issued.setOrder(order.value);
    auto written = issued.initLines(lines.size());
    Price total{{}, account.currency};
    for (unsigned i = 0; i < lines.size(); ++i) {
        const auto& product = *state.catalog().find(view(lines[i].getSku()));
        const auto amount = price_line(lines[i], product, account, i);
        if (!amount) return std::unexpected(amount.error());
        write_line(written[i], lines[i], product, {*amount, account.currency});
        const auto sum = add(total.amount, *amount);
        if (!sum) return too_large("the total of invoice " + std::string(id));
        total.amount = *sum;
    }
    write_price(issued.initTotal(), total);
    writer.end();
    return {};
}

}  // namespace

Verdict issue_invoice(State& state, const Account& account, schema::IssueInvoice::Reader command,
                      CommitWriter& writer) {
    const auto id = view(command.getInvoice());
    const auto lines = command.getLines();
    const auto raised_by = find_person(state, account, view(command.getRaisedBy()));
    if (!raised_by) return std::unexpected(raised_by.error());
    if (auto verdict = check_products(state.catalog(), lines); !verdict) return verdict;
    if (auto verdict = check_new(state, account, id); !verdict) return verdict;
    if (auto verdict = check_lines(id, lines); !verdict) return verdict;
    return write_invoice(state, account, id, *raised_by, lines, {}, writer);
}

Verdict issue_invoice_for(State& state, const Account& account, const Order& order, std::string_view id,
                          CommitWriter& writer) {
    if (auto verdict = check_new(state, account, id); !verdict) return verdict;
    capnp::MallocMessageBuilder message;
    auto lines = message.initRoot<schema::IssueInvoice>().initLines(1);
    lines[0].setSku(text(state.catalog().at(order.product).sku));
    lines[0].setQuantity(order.quantity);
    return write_invoice(state, account, id, order.requested_by, lines.asReader(), order.number, writer);
}

Verdict void_invoice(State& state, const Account& account, schema::VoidInvoice::Reader command, CommitWriter& writer) {
    const auto invoice = find_invoice(state, account, view(command.getInvoice()));
    if (!invoice) return std::unexpected(invoice.error());
    if (auto verdict = check_open(**invoice); !verdict) return verdict;
    writer.begin().initInvoiceVoided().setInvoice(command.getInvoice());
    writer.end();
    return {};
}

Verdict record_payment(State& state, const Account& account, schema::RecordPayment::Reader command,
                       CommitWriter& writer) {
    const auto t = writer.envelope().effective_at;
    const auto found = find_invoice(state, account, view(command.getInvoice()));
    if (!found) return std::unexpected(found.error());
    const auto& invoice = **found;
    if (auto verdict = check_open(invoice); !verdict) return verdict;
    if (auto verdict = check_payment(invoice, read_price(command.getAmount()), t); !verdict) return verdict;
    const auto reference = view(command.getReference());
    if (state.has_payment(account.number, reference)) {
        return reject(Rule::payment_must_be_new, "payment " + std::string(reference) + " was recorded in " +
                                                     account.id + " before; a bank's reference is used once");
    }

    auto paid = writer.begin().initInvoicePaid();
    paid.setInvoice(text(invoice.id));
    paid.setReference(text(reference));
    write_price(paid.initAmount(), invoice.total);
    writer.end();
    auto first = account.next_license;
    KJ_REQUIRE(account.zone != nullptr, "the system's tz database lacks the account's time zone", account.id.c_str());
    for (unsigned i = 0; i < invoice.lines.size(); ++i) {
        const auto& line = invoice.lines[i];
        const auto until = line.valid_until != no_instant ? std::optional(line.valid_until)
                                                          : add_term(t, *parse_term(line.term), *account.zone);
        if (!until) return too_large("the term of " + line_name(i));
        if (line.quantity >= std::numeric_limits<std::uint32_t>::max() - first.value) {
            return too_large("the number of the last license of " + line_name(i));
        }
        write_issue(writer, invoice, i, state.catalog().at(line.product).sku, first, *until);
        first.value += line.quantity;
    }
    if (!account.importing && invoice.raised_by && is_there(state.user(account.number, invoice.raised_by))) {
        auto notification = writer.begin().initNotificationQueued();
        notification.setUser(invoice.raised_by.value);
        notification.setInvoice(text(invoice.id));
        writer.end();
    }
    if (invoice.order) write_fulfilled(state, account, invoice.order, account.next_license, writer);
    return {};
}

void invoice_issued(State& state, const Account& account, const EventHead& head) {
    const auto body = head.event().getInvoiceIssued();
    Invoice invoice;
    invoice.issued_at = head.effective_at;
    invoice.id = view(body.getInvoice());
    invoice.raised_by = UserId(body.getRaisedBy());
    invoice.total = read_price(body.getTotal());
    invoice.order = OrderNumber(body.getOrder());
    if (invoice.order) state.change_order(account.number, invoice.order).invoice = invoice.id;
    for (const auto line : body.getLines()) {
        InvoiceLine issued;
        issued.product = state.catalog().find(view(line.getSku()))->number;
        issued.quantity = line.getQuantity();
        issued.term = view(line.getTerm());
        issued.valid_until = Instant{line.getValidUntil()};
        issued.amount = Amount{line.getAmount().getAmount()};
        invoice.lines.push_back(std::move(issued));
    }
    state.add_invoice(account.number, std::move(invoice));
}

void evolve(State& state, const Account& account, schema::InvoicePaid::Reader body) {
    state.change_invoice(account.number, view(body.getInvoice())).state = InvoiceState::paid;
    state.add_payment(account.number, view(body.getReference()));
}

void evolve(State& state, const Account& account, schema::InvoiceVoided::Reader body) {
    auto& invoice = state.change_invoice(account.number, view(body.getInvoice()));
    invoice.state = InvoiceState::voided;
    if (invoice.order) state.change_order(account.number, invoice.order).invoice.clear();
}

void evolve(State& state, const Account& account, schema::LicensesIssued::Reader body) {
    Lot lot;
    lot.first = LicenseNumber(body.getFirst());
    lot.quantity = body.getQuantity();
    lot.product = state.catalog().find(view(body.getSku()))->number;
    lot.valid_from = Instant{body.getValidFrom()};
    lot.valid_until = Instant{body.getValidUntil()};
    lot.invoice = view(body.getInvoice());
    lot.line = body.getLine();
    state.change_account(account.id).next_license = LicenseNumber(lot.first.value + lot.quantity);
    note_issued(state.change_account(account.id).reminded, lot.valid_until, lot.valid_from);
    add_due(state, account, expiry_of(lot));
    state.change_invoice(account.number, lot.invoice).lines[lot.line - 1].first = lot.first;
    state.add_lot(account.number, std::move(lot));
}

void evolve(State& state, const Account& account, schema::NotificationQueued::Reader body) {
    if (note_reminded(state.change_account(account.id).reminded, body)) set_next_due(state, account);
}

}  // namespace seatledger::rules
