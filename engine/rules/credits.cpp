#include "engine/rules/credits.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "engine/rules/billing.h"
#include "engine/rules/catalog.h"
#include "engine/rules/disputes.h"
#include "engine/rules/due.h"
#include "engine/rules/phone.h"
#include "engine/rules/seats.h"
#include "engine/rules/values.h"
#include "events/text.h"

namespace seatledger::rules {
namespace {

std::string line_name(std::uint32_t line) { return "line " + std::to_string(line); }

std::string shown(Amount amount, std::string_view currency) {
    return format_amount(amount, currency) + " " + std::string(currency);
}

Verdict check_fits(const Invoice& invoice, std::uint32_t number, Amount amount, std::uint64_t quantity) {
    const auto& line = invoice.lines[number - 1];
    const Amount left{line.amount.millionths - line.credited.millionths};
    const auto of = line_name(number) + " of invoice " + invoice.id;
    if (amount > left) {
        return reject(Rule::credit_must_fit, "a credit of " + shown(amount, invoice.total.currency) +
                                                 " is more than the " + shown(left, invoice.total.currency) +
                                                 " that remain of " + of + "; credit at most that");
    }
    const auto licenses_left = line.quantity - line.credited_quantity;
    if (quantity > licenses_left) {
        return reject(Rule::credit_must_fit,
                      std::to_string(quantity) + " licenses are more than the " + std::to_string(licenses_left) +
                          " that remain of " + of + "; credit at most so many" +
                          (licenses_left == 0 ? ", which is to say an amount alone, with quantity 0" : ""));
    }
    return {};
}

Verdict check_paid(const Invoice& invoice) {
    if (invoice.state == InvoiceState::paid) return {};
    return reject(Rule::invoice_must_be_paid,
                  "invoice " + invoice.id + " is " + std::string(name_of(invoice.state)) +
                      "; only of a paid one something can be taken back, and an open one is voided (voidInvoice)");
}

// Writes revocations of one lot: a license that somebody has by itself, free ones next to each other together.
class Revocations {
 public:
    Revocations(State& state, const Lot& lot, PhoneKeeper& phones, CommitWriter& writer)
        : lot_(lot), product_(state.catalog().at(lot.product)), phones_(phones), writer_(writer) {}

    // From the highest number down.
    void add_free(LicenseNumber license) {
        if (count_ > 0 && license.value + 1 != first_.value) write_free();
        first_ = license;
        ++count_;
    }
    void add_bound(LicenseNumber license, UserId holder) {
        write_free();
        write(license, 1, holder);
        phones_.taken(product_, license, holder);
    }

    // Once there are no more.
    void write_free() {
        if (count_ > 0) write(first_, std::exchange(count_, 0), {});
    }

 private:
    void write(LicenseNumber first, std::uint32_t quantity, UserId holder) {
        auto revoked = writer_.begin().initLicensesRevoked();
        revoked.setInvoice(text(lot_.invoice));
        revoked.setLine(lot_.line);
        revoked.setSku(text(product_.sku));
        revoked.setFirst(first.value);
        revoked.setQuantity(quantity);
        revoked.setUser(holder.value);
        writer_.end();
    }

    const Lot& lot_;
    const Product& product_;
    PhoneKeeper& phones_;
    CommitWriter& writer_;
    LicenseNumber first_;
    std::uint32_t count_ = 0;
};

// At most `count` of the lot's licenses. Cost: a look at each license of the lot.
void revoke(State& state, const Account& account, const Lot& lot, std::uint64_t count, PhoneKeeper& phones,
            CommitWriter& writer) {
    if (lot.expired_at(writer.envelope().effective_at)) return;
    Revocations revocations(state, lot, phones, writer);
    const auto from_above = [&](auto visit) {
        for (auto i = lot.quantity; i > 0 && count > 0; --i) {
            const LicenseNumber license(lot.first.value + i - 1);
            if (visit(license, state.holder(account.number, license))) --count;
        }
    };
    from_above([&](LicenseNumber license, UserId holder) {
        if (holder) return false;
        revocations.add_free(license);
        return true;
    });
    from_above([&](LicenseNumber license, UserId holder) {
        if (!holder || holder == revoked_holder) return false;
        revocations.add_bound(license, holder);
        return true;
    });
    revocations.write_free();
}

}  // namespace

Verdict check(schema::CreditInvoice::Reader command) {
    const auto digits = minor_unit_digits(view(command.getAmount().getCurrency())).value_or(2);
    const Amount amount{command.getAmount().getAmount()};
    return ValueCheck()
        .text("invoice", view(command.getInvoice()), id_bytes_max)
        .that(command.getLine() != 0, "line", "is missing; lines count from 1")
        .that(command.hasAmount(), "amount", "is missing; give an amount and a currency")
        .money("amount", command.getAmount())
        .that(amount.millionths >= 0, "amount", "is negative; a credit is 0 or more")
        .that(is_whole_minor_units(amount, digits), "amount", "is finer than the currency's smallest unit")
        .that(amount.millionths != 0 || command.getQuantity() != 0, "amount",
              "and quantity are both 0; credit something")
        .text("reason", view(command.getReason()), name_bytes_max)
        .verdict();
}

Verdict check_currencies(const Account& account, schema::CreditInvoice::Reader command) {
    return check_currency("amount.currency is", view(command.getAmount().getCurrency()), account, "give the amount");
}

Verdict check(schema::ReversePayment::Reader command) {
    return ValueCheck()
        .text("invoice", view(command.getInvoice()), id_bytes_max)
        .text("reason", view(command.getReason()), name_bytes_max)
        .verdict();
}

Verdict credit_invoice(State& state, const Account& account, schema::CreditInvoice::Reader command,
                       CommitWriter& writer) {
    const auto amount = command.getAmount();
    const auto found = find_invoice(state, account, view(command.getInvoice()));
    if (!found) return std::unexpected(found.error());
    const auto& invoice = **found;
    const auto number = command.getLine();
    if (number > invoice.lines.size()) {
        return reject(Rule::line_must_exist, "invoice " + invoice.id + " has no " + line_name(number) + "; it has " +
                                                 std::to_string(invoice.lines.size()));
    }
    if (command.getDispute() != 0) {
        const auto dispute = find_dispute(state, account, DisputeNumber(command.getDispute()));
        if (!dispute) return std::unexpected(dispute.error());
    }
    if (auto verdict = check_fits(invoice, number, Amount{amount.getAmount()}, command.getQuantity()); !verdict) {
        return verdict;
    }
    if (auto verdict = check_paid(invoice); !verdict) return verdict;

    auto credited = writer.begin().initInvoiceCredited();
    credited.setInvoice(text(invoice.id));
    credited.setLine(number);
    credited.setQuantity(static_cast<std::uint32_t>(command.getQuantity()));
    credited.setAmount(amount);
    credited.setReason(command.getReason());
    credited.setDispute(command.getDispute());
    writer.end();
    const auto* lot = find_lot(state.lots(account.number), invoice.lines[number - 1].first);
    PhoneKeeper phones(state, account, writer);
    revoke(state, account, *lot, command.getQuantity(), phones, writer);
    return {};
}

Verdict reverse_payment(State& state, const Account& account, schema::ReversePayment::Reader command,
                        CommitWriter& writer) {
    const auto found = find_invoice(state, account, view(command.getInvoice()));
    if (!found) return std::unexpected(found.error());
    const auto& invoice = **found;
    if (auto verdict = check_paid(invoice); !verdict) return verdict;
    auto reversed = writer.begin().initPaymentReversed();
    reversed.setInvoice(text(invoice.id));
    reversed.setReason(command.getReason());
    writer.end();
    PhoneKeeper phones(state, account, writer);
    for (const auto& line : invoice.lines) {
        const auto* lot = find_lot(state.lots(account.number), line.first);
        revoke(state, account, *lot, lot->quantity, phones, writer);
    }
    return {};
}

void evolve(State& state, const Account& account, schema::InvoiceCredited::Reader body) {
    auto& line = state.change_invoice(account.number, view(body.getInvoice())).lines[body.getLine() - 1];
    line.credited.millionths += body.getAmount().getAmount();
    line.credited_quantity += body.getQuantity();
}

void evolve(State& state, const Account& account, schema::PaymentReversed::Reader body) {
    state.change_invoice(account.number, view(body.getInvoice())).state = InvoiceState::reversed;
}

void evolve(State& state, const Account& account, schema::LicensesRevoked::Reader body) {
    const LicenseNumber first(body.getFirst());
    if (const UserId user(body.getUser()); user) take_away(state.change_user(account.number, user).holdings, first);
    for (std::uint32_t i = 0; i < body.getQuantity(); ++i) {
        state.set_holder(account.number, LicenseNumber(first.value + i), revoked_holder);
    }
    auto& lot = state.change_lot(account.number, find_lot(state.lots(account.number), first)->first);
    lot.revoked += body.getQuantity();
    // Of one that is revoked as a whole nothing expires.
    if (lot.revoked == lot.quantity) remove_due(state, account, expiry_of(lot));
}

}  // namespace seatledger::rules
