#include "tests/support/log_oracle.h"

#include "events/text.h"

namespace seatledger::testing {

void LogOracle::expect(bool holds, const std::string& what) {
    if (!holds) complaints_.push_back("event " + std::to_string(last_.value) + ": " + what);
}

LogOracle::Status LogOracle::status_of(const License& license, Instant t) {
    if (license.revoked) return Status::revoked;
    if (license.until <= t) return Status::expired;
    return license.holder != 0 ? Status::bound : Status::available;
}

void LogOracle::add(schema::Event::Reader event, Sequence sequence) {
    expect(sequence == last_.next() && event.getSequence() == sequence.value, "the sequence is not the next one");
    last_ = sequence;
    const Instant recorded{event.getRecordedAt()};
    const Instant effective{event.getEffectiveAt()};
    expect(recorded >= last_recorded_at_, "recordedAt goes back");
    expect(effective <= recorded, "it took effect after it was recorded");
    last_recorded_at_ = recorded;
    add_to_stream(event);
}

void LogOracle::add_to_stream(schema::Event::Reader event) {
    auto& account = accounts_[std::string(view(event.getAccount()))];
    const Instant t{event.getEffectiveAt()};
    expect(t >= account.last_effective_at, "effectiveAt goes back");
    account.last_effective_at = t;
    const bool is_reminder =
        event.isNotificationQueued() && event.getNotificationQueued().getLetter() == schema::Letter::TERM_ENDS;
    const bool is_due = event.isLicensesExpired() || event.isOrderOverdue() || is_reminder;
    const bool may_be_due = is_due || event.isPhoneRetained() || event.isPhonePurged();
    const bool is_ledgers = event.getPrincipal() == schema::Event::Principal::LEDGER;
    expect(is_ledgers ? may_be_due : !is_due, "the ledger does what falls due, and nothing else");
    if (is_reminder) {
        constexpr std::int64_t day = std::int64_t{24} * 3'600 * 1'000'000;
        const auto end = t.micros + event.getNotificationQueued().getDaysLeft() * day;
        const auto lot = account.unexpired.lower_bound({end, 0});
        expect(lot != account.unexpired.end() && lot->first == end, "nothing ends when a reminder says so");
    }
    check_due(account, event);
    check_phones(account, event);
    // Between the licenses that a reversal takes stands whose phone configuration is kept because of it.
    const bool is_of_reversal = event.isLicensesRevoked() || (event.isPhoneRetained() && !is_ledgers);
    if (!account.reversing.empty() && !is_of_reversal) check_reversed(account, t);
    add_invoices(account, event);
    add_orders(account, event);
    add_licenses(account, event);
    add_people(account, event);
    add_queues(account, event);
    add_phones(account, event);
}

// Everything that fell due by then has been recorded; of what falls due, the earlier.
void LogOracle::check_due(const OfAccount& account, schema::Event::Reader event) {
    const bool is_due = event.getPrincipal() == schema::Event::Principal::LEDGER;
    for (const auto* due : {&account.unexpired, &account.waiting, &account.kept}) {
        if (due->empty()) continue;
        const auto first = due->begin()->first;
        expect(is_due ? first >= event.getEffectiveAt() : first > event.getEffectiveAt(),
               "something had fallen due before");
    }
}

void LogOracle::add_licenses(OfAccount& account, schema::Event::Reader event) {
    const Instant t{event.getEffectiveAt()};
    if (event.isLicensesIssued()) issued(account, event.getLicensesIssued(), t);
    if (event.isLicensesExpired()) expired(account, event.getLicensesExpired(), t);
    if (event.isLicensesRevoked()) revoked(account, event.getLicensesRevoked(), t);
    if (event.isLicenseBound()) bound(account, event.getLicenseBound(), t);
    if (event.isLicenseUnbound()) unbound(account, event.getLicenseUnbound(), t);
}

void LogOracle::issued(OfAccount& account, schema::LicensesIssued::Reader body, Instant t) {
    const std::string id(view(body.getInvoice()));
    expect(body.getValidFrom() == t.micros, "the term does not start with the payment");
    expect(body.getValidUntil() > body.getValidFrom(), "the term is no time at all");
    expect(body.getFirst() == account.licenses.size() + 1, "licenses are not numbered one after the other");
    auto& invoice = account.invoices[id];
    expect(invoice.state == Invoice::State::paid, "licenses were issued for an invoice that is not paid");
    expect(body.getLine() >= 1 && body.getLine() <= invoice.lines.size(), "licenses were issued for no line");
    if (body.getLine() < 1 || body.getLine() > invoice.lines.size()) return;
    auto& line = invoice.lines[body.getLine() - 1];
    expect(!line.issued, "the licenses of a line were issued twice");
    expect(body.getQuantity() == line.quantity, "not as many licenses were issued as were invoiced");
    line.issued = true;
    for (std::uint32_t i = 0; i < body.getQuantity(); ++i) {
        account.licenses[body.getFirst() + i] = {std::string(view(body.getSku())),
                                                 Instant{body.getValidFrom()},
                                                 Instant{body.getValidUntil()},
                                                 id,
                                                 body.getLine(),
                                                 body.getFirst()};
    }
    account.unexpired.emplace(body.getValidUntil(), body.getFirst());
}

void LogOracle::revoked(OfAccount& account, schema::LicensesRevoked::Reader body, Instant t) {
    expect(body.getQuantity() == 1 || body.getUser() == 0, "several licenses were taken from one user");
    for (std::uint32_t i = 0; i < body.getQuantity(); ++i) {
        const auto found = account.licenses.find(body.getFirst() + i);
        expect(found != account.licenses.end(), "revoked a license that does not exist");
        if (found == account.licenses.end()) return;
        auto& license = found->second;
        expect(license.invoice == view(body.getInvoice()) && license.line == body.getLine(), "revoked another line's");
        expect(license.sku == view(body.getSku()), "revoked under another product");
        expect(!license.revoked, "revoked twice");
        expect(t < license.until, "revoked what had expired");
        expect(license.holder == body.getUser(), "revoked from somebody who did not have it");
        license.revoked = true;
        license.holder = 0;
        if (body.getUser() != 0) lost(account, license, body.getUser(), t);
    }
    forget_ended(account, account.licenses.at(body.getFirst()));
}

void LogOracle::expired(OfAccount& account, schema::LicensesExpired::Reader body, Instant t) {
    for (std::uint32_t i = 0; i < body.getQuantity(); ++i) {
        const auto found = account.licenses.find(body.getFirst() + i);
        expect(found != account.licenses.end(), "licenses expired that do not exist");
        if (found == account.licenses.end()) return;
        auto& license = found->second;
        expect(license.until == t, "no term ends then");
        expect(license.invoice == view(body.getInvoice()) && license.line == body.getLine(), "another line's expired");
        expect(!license.revoked, "what was revoked expired");
        expect(!std::exchange(license.ended, true), "the end of a term was recorded before");
        if (license.holder != 0) lost(account, license, license.holder, t);
    }
    const auto before = account.licenses.find(body.getFirst() - 1);
    const bool goes_on =
        before != account.licenses.end() && before->second.first == account.licenses.at(body.getFirst()).first;
    expect(!goes_on || before->second.revoked, "licenses next to each other expired by themselves");
    forget_ended(account, account.licenses.at(body.getFirst()));
}

// Nothing of what was revoked or has ended, as a whole, will expire any more.
void LogOracle::forget_ended(OfAccount& account, const License& one) {
    for (auto it = account.licenses.find(one.first); it != account.licenses.end() && it->second.first == one.first;
         ++it) {
        if (!it->second.revoked && !it->second.ended) return;
    }
    account.unexpired.erase({one.until.micros, one.first});
}

void LogOracle::bound(OfAccount& account, schema::LicenseHeld::Reader body, Instant t) {
    expect(account.users.contains(body.getUser()), "bound to nobody who is there");
    expect(account.licenses.contains(body.getLicense()), "bound a license that does not exist");
    auto& license = account.licenses[body.getLicense()];
    expect(license.sku == view(body.getSku()), "bound under another product");
    expect(license.holder == 0, "bound to two");
    expect(license.from <= t && t < license.until, "access outside of the term");
    for (const auto& [number, other] : account.licenses) {
        const bool is_held = other.holder == body.getUser() && status_of(other, t) == Status::bound;
        expect(!is_held || other.sku != license.sku, "the user has two licenses of a product");
    }
    expect(!license.revoked, "bound what had been revoked");
    license.holder = body.getUser();
    const auto phone = account.phones.find(body.getUser());
    const bool is_kept = phone != account.phones.end() && phone->second.kept_until != no_instant.micros;
    if (is_kept && keep_phones_.contains(license.sku)) account.to_restore = body.getUser();
}

void LogOracle::unbound(OfAccount& account, schema::LicenseHeld::Reader body, Instant t) {
    expect(account.licenses.contains(body.getLicense()), "unbound a license that does not exist");
    auto& license = account.licenses[body.getLicense()];
    expect(license.holder == body.getUser() && body.getUser() != 0, "unbound from somebody who did not have it");
    expect(t < license.until, "unbound what had expired");
    license.holder = 0;
    lost(account, license, body.getUser(), t);
}

void LogOracle::add_invoices(OfAccount& account, schema::Event::Reader event) {
    if (event.isInvoiceIssued()) invoiced(account, event.getInvoiceIssued());
    if (event.isInvoicePaid()) paid(account, event.getInvoicePaid());
    if (event.isInvoiceCredited()) credited(account, event.getInvoiceCredited());
    if (event.isInvoiceVoided()) {
        auto& invoice = account.invoices[std::string(view(event.getInvoiceVoided().getInvoice()))];
        expect(invoice.state == Invoice::State::open, "an invoice was voided that is not open");
        invoice.state = Invoice::State::voided;
        if (invoice.order != 0) account.orders.at(invoice.order - 1).invoice.clear();
    }
    if (event.isPaymentReversed()) {
        account.reversing = view(event.getPaymentReversed().getInvoice());
        auto& invoice = account.invoices[account.reversing];
        expect(invoice.state == Invoice::State::paid, "a payment was reversed that was none");
        invoice.state = Invoice::State::reversed;
    }
}

void LogOracle::invoiced(OfAccount& account, schema::InvoiceIssued::Reader body) {
    const std::string id(view(body.getInvoice()));
    expect(!account.invoices.contains(id), "an invoice was issued twice");
    auto& invoice = account.invoices[id];
    invoice.order = body.getOrder();
    invoice.total = body.getTotal().getAmount();
    std::int64_t sum = 0;
    for (const auto line : body.getLines()) {
        sum += line.getAmount().getAmount();
        invoice.lines.push_back({line.getAmount().getAmount(), line.getQuantity(), line.getQuantity()});
    }
    expect(sum == invoice.total, "the total is not the sum of the lines");
    if (invoice.order == 0) return;
    expect(invoice.order <= account.orders.size(), "an invoice was raised for an order that is not there");
    if (invoice.order > account.orders.size()) return;
    auto& order = account.orders[invoice.order - 1];
    expect(!order.closed && order.invoice.empty(), "an invoice was raised for an order that is not open");
    expect(invoice.lines.size() == 1 && invoice.lines[0].quantity == order.quantity, "something else was ordered");
    order.invoice = id;
}

void LogOracle::paid(OfAccount& account, schema::InvoicePaid::Reader body) {
    auto& invoice = account.invoices[std::string(view(body.getInvoice()))];
    expect(invoice.state == Invoice::State::open, "an invoice was paid that is not open");
    expect(body.getAmount().getAmount() == invoice.total, "another amount was paid than the total");
    expect(account.payments.emplace(view(body.getReference())).second, "a payment was recorded twice");
    invoice.state = Invoice::State::paid;
}

void LogOracle::credited(OfAccount& account, schema::InvoiceCredited::Reader body) {
    auto& invoice = account.invoices[std::string(view(body.getInvoice()))];
    expect(invoice.state == Invoice::State::paid, "a credit of an invoice that is not paid");
    expect(body.getLine() >= 1 && body.getLine() <= invoice.lines.size(), "a credit of no line");
    if (body.getLine() < 1 || body.getLine() > invoice.lines.size()) return;
    auto& line = invoice.lines[body.getLine() - 1];
    const auto amount = body.getAmount().getAmount();
    expect(amount >= 0 && (amount > 0 || body.getQuantity() > 0), "a credit of nothing");
    expect(amount <= line.amount && body.getQuantity() <= line.revocable, "credits exceed the line");
    line.amount -= amount;
    line.revocable -= body.getQuantity();
}

// Whatever else happens in the account, by then nothing of the invoice runs any more.
void LogOracle::check_reversed(OfAccount& account, Instant t) {
    for (const auto& [number, license] : account.licenses) {
        const bool is_running = !license.revoked && t < license.until;
        expect(license.invoice != account.reversing || !is_running, "a reversal left a license");
    }
    account.reversing.clear();
}

void LogOracle::add_orders(OfAccount& account, schema::Event::Reader event) {
    const Instant t{event.getEffectiveAt()};
    if (event.isLicensesRequested()) {
        const auto body = event.getLicensesRequested();
        constexpr std::int64_t two_days = std::int64_t{48} * 3'600 * 1'000'000;
        expect(body.getOrder() == account.orders.size() + 1, "orders are not numbered one after the other");
        expect(body.getDue() == t.micros + two_days, "an order is not due 48 hours later");
        account.orders.push_back({body.getDue(), body.getQuantity(), false, {}});
        account.waiting.emplace(body.getDue(), body.getOrder());
    }
    if (event.isOrderOverdue()) {
        expect(account.waiting.erase({t.micros, event.getOrderOverdue().getOrder()}) == 1,
               "no order is due then, or it was recorded before");
    }
    if (event.isOrderFulfilled() || event.isOrderCancelled()) {
        const auto number =
            event.isOrderFulfilled() ? event.getOrderFulfilled().getOrder() : event.getOrderCancelled().getOrder();
        auto& order = account.orders.at(number - 1);
        expect(!order.closed, "an order was closed twice");
        const bool is_paid = !order.invoice.empty() && account.invoices[order.invoice].state == Invoice::State::paid;
        expect(event.isOrderFulfilled() ? is_paid : order.invoice.empty(), "an order was closed for no reason");
        order.closed = true;
        account.waiting.erase({order.due, number});
    }
    if (event.isCardAdded()) account.cards.emplace(view(event.getCardAdded().getToken()));
    if (event.isCardRemoved()) {
        expect(account.cards.erase(std::string(view(event.getCardRemoved().getToken()))) == 1, "no such card");
    }
}

void LogOracle::add_people(OfAccount& account, schema::Event::Reader event) {
    if (event.isAccountOpened()) account.importing = event.getAccountOpened().getImporting();
    if (event.isImportEnded()) account.importing = false;
    if (event.isNotificationQueued()) expect(!account.importing, "a letter while the past is brought in");
    if (event.isUserRegistered()) {
        expect(account.users.insert(event.getUserRegistered().getUser()).second, "a user id was given twice");
    }
    if (event.isUserRemoved()) {
        const auto user = event.getUserRemoved().getUser();
        expect(account.users.contains(user), "removed somebody who is not there");
        for (const auto& [number, license] : account.licenses) {
            const bool is_held =
                license.holder == user && status_of(license, Instant{event.getEffectiveAt()}) == Status::bound;
            expect(!is_held, "removed somebody who holds something");
        }
        for (const auto& [queue, members] : account.queues) {
            expect(!members.contains(user), "removed somebody who is in queue " + queue);
        }
        account.users.erase(user);
    }
}

void LogOracle::add_queues(OfAccount& account, schema::Event::Reader event) {
    if (event.isQueueCreated()) {
        const std::string queue(view(event.getQueueCreated().getQueue()));
        expect(account.queues.emplace(queue, Members()).second, "created a queue that is there");
    }
    if (event.isQueueDeleted()) {
        const auto queue = account.queues.find(std::string(view(event.getQueueDeleted().getQueue())));
        expect(queue != account.queues.end(), "deleted a queue that is not there");
        if (queue == account.queues.end()) return;
        expect(queue->second.empty(), "deleted a queue while somebody was in it");
        account.queues.erase(queue);
    }
    if (event.isQueueMemberAdded()) entered(account, event.getQueueMemberAdded());
    if (event.isQueueMemberRemoved()) left(account, event.getQueueMemberRemoved());
}

void LogOracle::entered(OfAccount& account, schema::QueueMember::Reader body) {
    expect(account.users.contains(body.getUser()), "somebody came into a queue who is not there");
    const auto queue = account.queues.find(std::string(view(body.getQueue())));
    expect(queue != account.queues.end(), "somebody came into a queue that is not there");
    if (queue == account.queues.end()) return;
    expect(queue->second.emplace(body.getUser(), body.getRole()).second, "somebody is in a queue twice");
}

void LogOracle::left(OfAccount& account, schema::QueueMember::Reader body) {
    const auto queue = account.queues.find(std::string(view(body.getQueue())));
    expect(queue != account.queues.end(), "somebody left a queue that is not there");
    if (queue == account.queues.end()) return;
    const auto member = queue->second.find(body.getUser());
    expect(member != queue->second.end(), "somebody left a queue who was not in it");
    if (member == queue->second.end()) return;
    expect(member->second == body.getRole(), "somebody left a queue in another role than they came");
    queue->second.erase(member);
}

}  // namespace seatledger::testing
