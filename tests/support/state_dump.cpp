#include "tests/support/state_dump.h"

#include <date/tz.h>

#include <sstream>

#include "engine/rules/accounts.h"
#include "engine/rules/due.h"
#include "events/text.h"
#include "tests/support/test_secrets.h"

namespace seatledger::testing {
namespace {

std::ostream& operator<<(std::ostream& out, Instant instant) {
    return instant == no_instant ? out << "never" : out << instant.micros;
}

std::ostream& operator<<(std::ostream& out, const Price& price) {
    return out << price.amount.millionths << price.currency;
}

template <typename Tag, typename Integer>
std::ostream& operator<<(std::ostream& out, const StrongNumber<Tag, Integer>& number) {
    return out << number.value;
}

void dump_catalog(const Catalog& catalog, std::ostream& out) {
    out << "catalog " << catalog.last_effective_at() << '\n';
    for (const auto& product : catalog.all()) {
        out << "product " << product.number << ' ' << product.sku << '|' << product.name << '|' << product.type << '|';
        for (const auto& feature : product.features) out << feature << ',';
        out << '|' << product.term << '|' << product.unit_price << '|' << static_cast<int>(product.billing) << '|'
            << product.keeps_phone << '|' << product.offered << ' ' << (catalog.find(product.sku) == &product) << '\n';
    }
}

void dump_lot(State& state, AccountNumber account, const Lot& lot, std::ostream& out) {
    out << "lot " << lot.first << '+' << lot.quantity << " product " << lot.product << ' ' << lot.valid_from << ".."
        << lot.valid_until << ' ' << lot.invoice << '/' << lot.line << " free " << state.first_free(account, lot)
        << " holders";
    for (std::uint32_t i = 0; i < lot.quantity; ++i) {
        out << ' ' << state.holder(account, LicenseNumber(lot.first.value + i));
    }
    out << '\n';
}

void dump_user(const User& user, std::ostream& out) {
    out << "user " << user.id << ' ' << user.email << " roles " << int{user.roles.bits()} << " removed "
        << user.removed;
    for (const auto& holding : user.holdings) {
        out << " holds " << holding.license << '/' << holding.product << '/' << holding.valid_until << '/'
            << holding.since;
    }
    for (const auto& place : user.queues) {
        out << " in " << place.queue << '/' << static_cast<int>(place.kind) << '/' << static_cast<int>(place.role)
            << '/' << place.since;
    }
    out << " disputes";
    for (const auto dispute : user.disputes) out << ' ' << dispute;
    out << " phone " << user.phone.key << " until " << user.phone.kept_until;
    out << '\n';
}

void dump_order(const Order& order, std::ostream& out) {
    out << "order " << order.number << " product " << order.product << 'x' << order.quantity << " by "
        << order.requested_by << " for " << order.user << " due " << order.due << " closed " << order.closed << ' '
        << order.invoice << '\n';
}

void dump_dispute(State& state, AccountNumber account, const Dispute& dispute, std::ostream& out) {
    out << "dispute " << dispute.number << " of " << dispute.line << " first "
        << state.first_dispute(account, dispute.line) << " key " << dispute.key << " resolved " << dispute.resolved
        << '\n';
}

void dump_queue(const Queue& queue, std::ostream& out) {
    out << "queue " << queue.id << ' ' << static_cast<int>(queue.kind) << " deleted " << queue.deleted;
    for (const auto member : queue.members) out << ' ' << member;
    out << '\n';
}

void dump_invoice(const Invoice& invoice, std::ostream& out) {
    out << "invoice " << invoice.id << ' ' << static_cast<int>(invoice.state) << " by " << invoice.raised_by << ' '
        << invoice.total << " at " << invoice.issued_at << " order " << invoice.order;
    for (const auto& line : invoice.lines) {
        out << " line " << line.product << 'x' << line.quantity << ' ' << line.term << ' ' << line.valid_until;
    }
    out << '\n';
}

}  // namespace

void Names::add(schema::Event::Reader event) {
    if (!event.hasAccount()) return;
    auto& account = accounts_[std::string(view(event.getAccount()))];
    if (const auto email = email_in(event); !email.empty()) account.emails.insert(fold_case(email));
    if (event.isInvoiceIssued()) account.invoices.emplace(view(event.getInvoiceIssued().getInvoice()));
    if (event.isQueueCreated()) account.queues.emplace(view(event.getQueueCreated().getQueue()));
    if (event.isInvoicePaid()) account.payments.emplace(view(event.getInvoicePaid().getReference()));
}

std::string dump_account(State& state, const std::string& id, const Names::OfAccount& names) {
    std::ostringstream out;
    const auto* account = state.account(id);
    if (account == nullptr) return "no account " + id + "\n";
    const auto number = account->number;
    out << "account " << number << ' ' << account->id << '|' << account->name << '|' << account->zone->name() << '|'
        << account->currency << " importing " << account->importing << " last " << account->last_effective_at
        << " next license " << account->next_license << " user " << account->next_user << " due " << account->next_due
        << " language " << static_cast<int>(account->language) << " reminded " << account->reminded[0] << ' '
        << account->reminded[1] << " super admins";
    for (const auto user : account->super_admins) out << ' ' << user;
    out << " dispute window " << account->dispute_window << " next dispute " << account->next_dispute << " next order "
        << account->next_order << " cards";
    for (const auto& card : account->cards) out << ' ' << card.token << '/' << card.last4 << '/' << card.expires;
    out << '\n';
    for (UserId user(1); user < account->next_user; user = user.next()) dump_user(*state.user(number, user), out);
    out << (state.user(number, account->next_user) == nullptr ? "" : "a user too many\n");
    for (const auto& email : names.emails) {
        out << email << " is " << state.user_of(number, email) << ", was " << rules::last_removed(state, number, email)
            << '\n';
    }
    for (const auto& invoice : names.invoices) dump_invoice(*state.invoice(number, invoice), out);
    for (OrderNumber order(1); order < account->next_order; order = order.next()) {
        dump_order(*state.order(number, order), out);
    }
    for (DisputeNumber dispute(1); dispute < account->next_dispute; dispute = dispute.next()) {
        dump_dispute(state, number, *state.dispute(number, dispute), out);
    }
    for (const auto& queue : names.queues) dump_queue(*state.queue(number, queue), out);
    for (const auto& payment : names.payments) out << payment << ' ' << state.has_payment(number, payment) << '\n';
    for (const auto& lot : state.lots(number)) dump_lot(state, number, lot, out);
    if (const auto next = rules::next_due(state, *account)) {
        out << "next due " << next->instant << ' ' << static_cast<int>(next->kind) << ' ' << next->id << '\n';
    }
    return out.str();
}

std::string dump(State& state, const Names& names) {
    std::ostringstream out;
    dump_catalog(state.catalog(), out);
    out << "next account " << state.next_account() << '\n';
    for (const auto& [id, of_account] : names.accounts()) out << dump_account(state, id, of_account);
    return out.str();
}

}  // namespace seatledger::testing
