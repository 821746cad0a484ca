// What the tables of the rules say of invoices, payments, credits, orders and cards.
#include <date/tz.h>

#include <algorithm>
#include <optional>

#include "events/calendar.h"
#include "events/text.h"
#include "tests/support/naive_model.h"

namespace seatledger::testing {

using naive::Case;

namespace {

constexpr std::uint64_t quantity_max = 1'000'000;
constexpr std::int64_t order_micros = std::int64_t{48} * 3'600 * 1'000'000;

bool is_quantity(std::uint64_t quantity) { return quantity >= 1 && quantity <= quantity_max; }

void set_money(schema::Money::Builder money, std::int64_t amount, std::string_view currency) {
    money.setAmount(amount);
    money.setCurrency(text(currency));
}

// Nothing: more than an amount can be.
std::optional<Amount> amount_of(Amount unit_price, std::uint64_t quantity, std::string_view currency) {
    const auto product = multiply(unit_price, quantity);
    if (!product) return std::nullopt;
    return round_to_minor_unit(*product, *minor_unit_digits(currency));
}

bool passes_luhn(std::string_view digits) {
    int sum = 0;
    for (std::size_t i = 0; i < digits.size(); ++i) {
        int digit = digits[digits.size() - 1 - i] - '0';
        if (i % 2 == 1) digit = digit * 2 > 9 ? digit * 2 - 9 : digit * 2;
        sum += digit;
    }
    return sum % 10 == 0;
}

// Also one that is written in groups, as it stands on the card.
bool is_card_number(std::string token) {
    std::erase_if(token, [](char c) { return c == ' ' || c == '-'; });
    const bool has_only_digits = std::ranges::all_of(token, [](char c) { return c >= '0' && c <= '9'; });
    return has_only_digits && token.size() >= 13 && token.size() <= 19 && passes_luhn(token);
}

}  // namespace

void NaiveModel::decide_money(Case& c) {
    const auto command = c.command;
    if (command.isIssueInvoice()) issue_invoice(c, command.getIssueInvoice());
    if (command.isVoidInvoice()) {
        const auto* invoice = find_invoice(*c.account, view(command.getVoidInvoice().getInvoice()));
        if (!c.needs(invoice != nullptr, "invoice_must_exist")) return;
        if (!c.needs(invoice->status == "open", "invoice_must_be_open")) return;
        c.event().initInvoiceVoided().setInvoice(text(invoice->id));
    }
    if (command.isRecordPayment()) record_payment(c, command.getRecordPayment());
    if (command.isCreditInvoice()) credit_invoice(c, command.getCreditInvoice());
    if (command.isReversePayment()) reverse_payment(c, command.getReversePayment());
}

// What the command would bill, or take back, is in the account's currency: a value like the others.
void NaiveModel::check_currencies(Case& c) {
    const auto must_be_own = [&](std::string_view currency) {
        c.needs(currency == c.account->currency, "value_not_allowed");
    };
    const auto must_be_priced_in_own = [&](std::string_view sku) {
        if (const auto* product = find_product(sku)) must_be_own(product->currency);
    };
    if (c.command.isRequestLicenses()) must_be_priced_in_own(view(c.command.getRequestLicenses().getSku()));
    // Nor is it known without its date whether a bill can be disputed yet.
    if (c.command.isOpenDispute() && !c.account->dispute_window.empty()) {
        const auto body = c.command.getOpenDispute();
        c.needs(body.hasInvoice() || body.getBill().hasDate(), "value_not_allowed");
    }
    if (c.command.isCreditInvoice()) must_be_own(view(c.command.getCreditInvoice().getAmount().getCurrency()));
    if (!c.command.isIssueInvoice()) return;
    for (const auto line : c.command.getIssueInvoice().getLines()) {
        // The price counts that the line is given, or else the product's.
        if (line.hasAmount()) must_be_own(view(line.getAmount().getCurrency()));
        if (line.hasUnitPrice()) must_be_own(view(line.getUnitPrice().getCurrency()));
        if (!line.hasAmount() && !line.hasUnitPrice()) must_be_priced_in_own(view(line.getSku()));
    }
}

void NaiveModel::issue_invoice(Case& c, schema::IssueInvoice::Reader body) {
    const auto* raiser = find_user(*c.account, view(body.getRaisedBy()));
    const auto& currency = c.account->currency;
    c.needs(raiser != nullptr, "user_must_be_registered");
    c.needs(find_invoice(*c.account, view(body.getInvoice())) == nullptr, "invoice_must_be_new");
    c.needs(body.getLines().size() > 0, "invoice_must_have_lines");
    std::vector<std::optional<Amount>> amounts;
    std::optional<Amount> total = Amount{};
    for (const auto line : body.getLines()) {
        const auto* product = find_product(view(line.getSku()));
        c.needs(product != nullptr, "sku_must_exist");
        c.needs(product == nullptr || product->offered, "product_must_be_offered");
        c.needs(!line.hasTerm() || parse_term(view(line.getTerm()))->is_positive(), "term_must_be_positive");
        c.needs(line.getUnitPrice().getAmount() >= 0, "price_must_not_be_negative");
        c.needs(line.getAmount().getAmount() >= 0, "price_must_not_be_negative");
        c.needs(is_quantity(line.getQuantity()), "quantity_must_be_positive");
        const Amount price{line.hasUnitPrice() ? line.getUnitPrice().getAmount() : product ? product->price : 0};
        amounts.push_back(line.hasAmount() ? Amount{line.getAmount().getAmount()}
                                           : amount_of(price, line.getQuantity(), currency));
        total = total && amounts.back() ? add(*total, *amounts.back()) : std::nullopt;
    }
    c.needs(total.has_value(), "amount_out_of_range");
    if (c.is_broken()) return;
    auto issued = c.event().initInvoiceIssued();
    issued.setInvoice(body.getInvoice());
    issued.setRaisedBy(raiser->id);
    set_money(issued.initTotal(), total->millionths, currency);
    auto lines = issued.initLines(body.getLines().size());
    for (unsigned i = 0; i < lines.size(); ++i) {
        const auto line = body.getLines()[i];
        const auto& product = *find_product(view(line.getSku()));
        lines[i].setSku(line.getSku());
        lines[i].setType(text(product.type));
        lines[i].setBilling(product.billing);
        lines[i].setQuantity(static_cast<std::uint32_t>(line.getQuantity()));
        if (line.hasUnitPrice()) lines[i].setUnitPrice(line.getUnitPrice());
        if (!line.hasUnitPrice() && !line.hasAmount()) {
            set_money(lines[i].initUnitPrice(), product.price, currency);
        }
        set_money(lines[i].initAmount(), amounts[i]->millionths, currency);
        lines[i].setValidUntil(line.getValidUntil());
        if (line.getValidUntil() == no_instant.micros) {
            lines[i].setTerm(line.hasTerm() ? line.getTerm() : text(product.term));
        }
    }
}

void NaiveModel::record_payment(Case& c, schema::RecordPayment::Reader body) {
    const auto* invoice = find_invoice(*c.account, view(body.getInvoice()));
    if (!c.needs(invoice != nullptr, "invoice_must_exist")) return;
    const auto amount = body.getAmount();
    const bool matches = amount.getAmount() == invoice->total && view(amount.getCurrency()) == c.account->currency;
    const auto is_used = std::ranges::find(c.account->payments, view(body.getReference())) != c.account->payments.end();
    for (const auto& line : invoice->lines) {
        const bool has_end = line.valid_until != no_instant.micros;
        c.needs(!has_end || line.valid_until > c.at, "term_must_be_positive: of a line");
    }
    c.needs(invoice->status == "open", "invoice_must_be_open");
    c.needs(matches, "payment_must_match");
    c.needs(!is_used, "payment_must_be_new");
    if (c.is_broken()) return;
    auto paid = c.event().initInvoicePaid();
    paid.setInvoice(body.getInvoice());
    paid.setReference(body.getReference());
    paid.setAmount(amount);
    issue_licenses(c, *invoice);
    const bool is_there = invoice->raised_by != 0 && !c.account->users[invoice->raised_by - 1].removed;
    if (is_there && !c.account->importing) {
        auto letter = c.event().initNotificationQueued();
        letter.setUser(invoice->raised_by);
        letter.setInvoice(body.getInvoice());
    }
    if (invoice->order != 0) finish_order(c, c.account->orders[invoice->order - 1]);
}

void NaiveModel::issue_licenses(Case& c, const naive::Invoice& invoice) {
    auto next = static_cast<std::uint32_t>(c.account->licenses.size() + 1);
    for (std::size_t i = 0; i < invoice.lines.size(); ++i) {
        const auto& line = invoice.lines[i];
        std::optional<Instant> until = Instant{line.valid_until};
        if (line.valid_until == no_instant.micros) {
            until = add_term(Instant{c.at}, *parse_term(line.term), *find_time_zone(c.account->zone));
        }
        if (!c.needs(until.has_value(), "amount_out_of_range")) return;
        auto issued = c.event().initLicensesIssued();
        issued.setInvoice(text(invoice.id));
        issued.setLine(static_cast<std::uint32_t>(i + 1));
        issued.setSku(text(line.sku));
        issued.setFirst(next);
        issued.setQuantity(line.quantity);
        issued.setValidFrom(c.at);
        issued.setValidUntil(until->micros);
        next += line.quantity;
    }
}

// The license that was asked for somebody goes to them, unless they are gone or have one by now.
void NaiveModel::finish_order(Case& c, const naive::Order& order) {
    c.event().initOrderFulfilled().setOrder(order.number);
    if (order.user == 0 || c.account->users[order.user - 1].removed) return;
    if (find_held(*c.account, order.user, order.sku, c.at) != nullptr) return;
    auto bound = c.event().initLicenseBound();
    bound.setLicense(static_cast<std::uint32_t>(c.account->licenses.size() + 1));
    bound.setSku(text(order.sku));
    bound.setUser(order.user);
    gain(c, order.sku, order.user);
}

void NaiveModel::credit_invoice(Case& c, schema::CreditInvoice::Reader body) {
    const auto* invoice = find_invoice(*c.account, view(body.getInvoice()));
    const auto number = body.getLine();
    c.needs(body.getDispute() <= c.account->disputes.size(), "dispute_must_exist");
    if (!c.needs(invoice != nullptr, "invoice_must_exist")) return;
    if (!c.needs(number >= 1 && number <= invoice->lines.size(), "line_must_exist")) return;
    const auto& line = invoice->lines[number - 1];
    const auto amount = body.getAmount();
    c.needs(amount.getAmount() <= line.left && body.getQuantity() <= line.quantity_left, "credit_must_fit");
    c.needs(invoice->status == "paid", "invoice_must_be_paid");
    if (c.is_broken()) return;
    auto credited = c.event().initInvoiceCredited();
    credited.setInvoice(body.getInvoice());
    credited.setLine(number);
    credited.setQuantity(static_cast<std::uint32_t>(body.getQuantity()));
    credited.setAmount(amount);
    credited.setReason(body.getReason());
    credited.setDispute(body.getDispute());
    revoke(c, *invoice, number, body.getQuantity());
}

void NaiveModel::reverse_payment(Case& c, schema::ReversePayment::Reader body) {
    const auto* invoice = find_invoice(*c.account, view(body.getInvoice()));
    if (!c.needs(invoice != nullptr, "invoice_must_exist")) return;
    if (!c.needs(invoice->status == "paid", "invoice_must_be_paid")) return;
    auto reversed = c.event().initPaymentReversed();
    reversed.setInvoice(body.getInvoice());
    reversed.setReason(body.getReason());
    for (std::uint32_t i = 1; i <= invoice->lines.size(); ++i) revoke(c, *invoice, i, invoice->lines[i - 1].quantity);
}

// At most `quantity` of the line's licenses: the highest free ones, then the highest bound ones.
void NaiveModel::revoke(Case& c, const naive::Invoice& invoice, std::uint32_t line, std::uint64_t quantity) {
    const auto& licenses = c.account->licenses;
    const auto append = [&](std::uint32_t first, std::uint32_t count, std::uint32_t user) {
        auto revoked = c.event().initLicensesRevoked();
        revoked.setInvoice(text(invoice.id));
        revoked.setLine(line);
        revoked.setSku(text(invoice.lines[line - 1].sku));
        revoked.setFirst(first);
        revoked.setQuantity(count);
        revoked.setUser(user);
    };
    const auto is_of_line = [&](const naive::License& license) {
        return license.invoice == invoice.id && license.line == line;
    };
    for (std::size_t i = licenses.size(); i > 0 && quantity > 0; --i) {
        std::uint32_t count = 0;  // of free ones next to each other, from here down
        while (count < i && count < quantity && is_of_line(licenses[i - 1 - count]) &&
               licenses[i - 1 - count].is_free(c.at)) {
            ++count;
        }
        if (count == 0) continue;
        append(static_cast<std::uint32_t>(i + 1 - count), count, 0);
        quantity -= count;
        i -= count - 1;
    }
    for (std::size_t i = licenses.size(); i > 0 && quantity > 0; --i) {
        const auto& license = licenses[i - 1];
        if (!is_of_line(license) || !license.is_bound(c.at)) continue;
        append(license.number, 1, license.holder);
        lose(c, license.number, license.sku, license.holder);
        --quantity;
    }
}

// ---- Orders and cards

void NaiveModel::decide_orders(Case& c) {
    const auto command = c.command;
    if (command.isAddCard()) add_card(c, command.getAddCard());
    if (command.isRemoveCard()) remove_card(c, command.getRemoveCard());
    if (command.isRequestLicenses()) request_licenses(c, command.getRequestLicenses());
    if (command.isFulfillOrder()) fulfill_order(c, command.getFulfillOrder());
    if (command.isCancelOrder()) cancel_order(c, command.getCancelOrder());
}

void NaiveModel::add_card(Case& c, schema::AddCard::Reader body) {
    if (!c.needs(!is_card_number(std::string(view(body.getToken()))), "token_must_not_be_a_card_number")) return;
    auto added = c.event().initCardAdded();
    added.setToken(body.getToken());
    added.setLast4(body.getLast4());
    added.setExpires(body.getExpires());
}

void NaiveModel::remove_card(Case& c, schema::RemoveCard::Reader body) {
    const auto card = std::ranges::find(c.account->cards, view(body.getToken()), &naive::Card::token);
    if (!c.needs(card != c.account->cards.end(), "card_must_exist")) return;
    auto removed = c.event().initCardRemoved();
    removed.setToken(body.getToken());
    removed.setLast4(text(card->last4));
}

// Whether the sender may order the product, of which null is one that is not there.
void NaiveModel::check_order(Case& c, const naive::Product* product) {
    c.needs(product == nullptr || product->offered, "product_must_be_offered");
    if (c.actor == 0) return;
    const bool may = c.account->users[c.actor - 1].has(schema::Role::SUPER_ADMIN) && !c.account->cards.empty();
    c.needs(may, "super_admin_with_card_required");
}

void NaiveModel::place_order(Case& c, std::string_view sku, std::uint64_t quantity, std::uint32_t user) {
    auto requested = c.event().initLicensesRequested();
    requested.setOrder(static_cast<std::uint32_t>(c.account->orders.size() + 1));
    requested.setUser(user);
    requested.setSku(text(sku));
    requested.setQuantity(static_cast<std::uint32_t>(quantity));
    requested.setDue(c.at + order_micros);
}

void NaiveModel::request_licenses(Case& c, schema::RequestLicenses::Reader body) {
    const auto* product = find_product(view(body.getSku()));
    c.needs(product != nullptr, "sku_must_exist");
    check_order(c, product);
    c.needs(is_quantity(body.getQuantity()), "quantity_must_be_positive");
    if (!c.is_broken()) place_order(c, view(body.getSku()), body.getQuantity(), 0);
}

void NaiveModel::fulfill_order(Case& c, schema::FulfillOrder::Reader body) {
    if (!c.needs(body.getOrder() >= 1 && body.getOrder() <= c.account->orders.size(), "order_must_exist")) return;
    const auto& order = c.account->orders[body.getOrder() - 1];
    const auto& product = *find_product(order.sku);
    const auto& currency = c.account->currency;
    const auto amount = amount_of(Amount{product.price}, order.quantity, currency);
    c.needs(product.currency == currency, "value_not_allowed");
    c.needs(product.offered, "product_must_be_offered");
    c.needs(order.status == "open", "order_must_be_open");
    c.needs(find_invoice(*c.account, view(body.getInvoice())) == nullptr, "invoice_must_be_new");
    c.needs(amount.has_value(), "amount_out_of_range");
    if (c.is_broken()) return;
    auto issued = c.event().initInvoiceIssued();
    issued.setInvoice(body.getInvoice());
    issued.setRaisedBy(order.asked_by);
    issued.setOrder(order.number);
    set_money(issued.initTotal(), amount->millionths, currency);
    auto line = issued.initLines(1)[0];
    line.setSku(text(order.sku));
    line.setType(text(product.type));
    line.setBilling(product.billing);
    line.setQuantity(order.quantity);
    set_money(line.initUnitPrice(), product.price, currency);
    set_money(line.initAmount(), amount->millionths, currency);
    line.setTerm(text(product.term));
}

void NaiveModel::cancel_order(Case& c, schema::CancelOrder::Reader body) {
    const auto number = body.getOrder();
    const bool is_there = number >= 1 && number <= c.account->orders.size();
    c.needs(is_there, "order_must_exist");
    check_order(c, nullptr);
    c.needs(!is_there || c.account->orders[number - 1].status == "open", "order_must_be_open");
    if (!c.is_broken()) c.event().initOrderCancelled().setOrder(number);
}

}  // namespace seatledger::testing
