#include "tests/support/oracle.h"

#include <algorithm>
#include <sstream>

#include "events/event_name.h"
#include "events/people.h"
#include "events/text.h"
#include "server/json.h"
#include "tests/support/catch.h"
#include "tests/support/oracle_words.h"
#include "tests/support/test_secrets.h"

namespace seatledger::testing {
namespace {

using schema::Event;

template <typename List>
std::string joined(const List& list) {
    std::ostringstream out;
    for (const auto& item : list) out << item << ',';
    return out.str();
}

template <typename Line>
std::string bill_line(const Line& line) {
    std::ostringstream out;
    out << str(line.getSku()) << ' ' << str(line.getType()) << ' ' << static_cast<int>(line.getBilling()) << ' '
        << line.getQuantity() << ' ' << (line.hasUnitPrice() ? price(line.getUnitPrice()) : "-") << ' '
        << price(line.getAmount()) << ' ' << str(line.getTerm()) << ' ' << moment(line.getValidUntil());
    return out.str();
}

}  // namespace

Oracle::Oracle(const Log& log, const When& histories) : histories_(histories) {
    const auto cursor = log.read(Sequence(1));
    for (auto block = cursor->next(); block && *block; block = cursor->next()) {
        blocks_.emplace_back((*block)->words().begin(), (*block)->words().end());
    }
    for_each([&](Event::Reader event) {
        last_ = event.getSequence();
        recorded_.push_back(event.getRecordedAt());
    });
}

std::set<std::string> Oracle::kinds() const {
    std::set<std::string> kinds;
    for_each([&](Event::Reader event) { kinds.emplace(event_name(event)); });
    return kinds;
}

std::vector<std::int64_t> Oracle::instants(const std::string& account) const {
    std::vector<std::int64_t> instants;
    for_each([&](Event::Reader event) {
        if (event.hasAccount() && str(event.getAccount()) != account) return;
        instants.push_back(event.getEffectiveAt());
        if (event.isLicensesIssued()) instants.push_back(event.getLicensesIssued().getValidUntil());
        if (event.isLicensesRequested()) instants.push_back(event.getLicensesRequested().getDue());
        if (event.isPhoneRetained()) instants.push_back(event.getPhoneRetained().getUntil());
    });
    return instants;
}

std::string Oracle::License::line() const {
    std::ostringstream out;
    out << number << ' ' << sku << ' ' << product << ' ' << type << ' ' << status << ' ' << email << ' ' << invoice
        << ' ' << valid_from << ' ' << valid_until;
    return out.str();
}

std::uint32_t Oracle::Account::bearer(const std::string& email) const {
    for (const auto& [id, person] : people) {
        if (!person.removed && lower(person.email) == lower(email)) return id;
    }
    return 0;
}

std::vector<const Oracle::License*> Oracle::Account::held_by(std::uint32_t user) const {
    std::vector<const License*> held;
    for (const auto& license : licenses) {
        if (license.holder == user && license.valid_until > time) held.push_back(&license);
    }
    return held;
}

bool Oracle::Account::is_in_queues(std::uint32_t user) const {
    return std::ranges::any_of(queues, [&](const auto& queue) { return queue.second.members.contains(user); });
}

std::optional<Oracle::Account> Oracle::account(const std::string& id, const When& when) const {
    Account account;
    bool opened = false;
    std::int64_t recorded_at = 0;
    for_each([&](Event::Reader event) {
        if (when.sequence != 0 && event.getSequence() > when.sequence) return;
        recorded_at = event.getRecordedAt();
        if (str(event.getAccount()) != id || !when.counts(event)) return;
        opened = true;
        account.last_effective_at = event.getEffectiveAt();
        fold(account, event);
    });
    if (!opened) return {};
    if (when.instant != no_instant.micros) {
        account.time = when.instant;
    } else if (account.importing) {
        account.time = account.last_effective_at;
    } else {
        account.time = when.sequence != 0 ? std::min(recorded_at, when.last_known()) : when.last_known();
    }
    const auto products = catalog(when, account.skus);
    for (auto& license : account.licenses) {
        license.product = products.at(license.sku).name;
        license.type = products.at(license.sku).type;
        license.status = license.revoked                       ? "revoked"
                         : license.valid_until <= account.time ? "expired"
                         : license.holder != 0                 ? "bound"
                                                               : "available";
        if (license.status == "bound") license.email = account.people.at(license.holder).email;
    }
    return account;
}

void Oracle::fold(Account& account, Event::Reader event) {
    if (event.isAccountOpened()) account.importing = event.getAccountOpened().getImporting();
    if (event.isImportEnded()) account.importing = false;
    if (event.isUserRegistered()) {
        const auto body = event.getUserRegistered();
        account.people[body.getUser()] = {email_in(event), name_in(event), {}, false, event.getEffectiveAt(), 0, {}};
    }
    if (event.isUserRemoved()) {
        auto& person = account.people.at(event.getUserRemoved().getUser());
        person.removed = true;
        person.gave_up[lower(person.email)] = event.getSequence();
    }
    if (event.isEmailChanged()) {
        auto& person = account.people.at(event.getEmailChanged().getUser());
        const auto old = lower(std::exchange(person.email, email_in(event)));
        if (old != lower(person.email)) person.gave_up[old] = event.getSequence();
    }
    if (event.isRoleGranted()) {
        account.people.at(event.getRoleGranted().getUser())
            .roles.insert(static_cast<int>(event.getRoleGranted().getRole()));
    }
    if (event.isRoleRevoked()) {
        account.people.at(event.getRoleRevoked().getUser())
            .roles.erase(static_cast<int>(event.getRoleRevoked().getRole()));
    }
    fold_invoices(account, event);
    fold_credits(account, event);
    fold_orders(account, event);
    fold_licenses(account, event);
    fold_queues(account, event);
    fold_phones(account, event);
}

void Oracle::fold_queues(Account& account, Event::Reader event) {
    if (event.isQueueCreated()) {
        const auto body = event.getQueueCreated();
        Queue queue;
        queue.kind = static_cast<int>(body.getKind());
        queue.created_at = event.getEffectiveAt();
        CHECK(account.queues.emplace(str(body.getQueue()), queue).second);
    }
    if (event.isQueueDeleted()) CHECK(account.queues.erase(str(event.getQueueDeleted().getQueue())) == 1);
    if (event.isQueueMemberAdded()) {
        const auto body = event.getQueueMemberAdded();
        // By the events: whoever leaves the last queue and enters another at the same instant was in none in between.
        if (!account.is_in_queues(body.getUser())) {
            account.people.at(body.getUser()).in_queues_since = event.getEffectiveAt();
        }
        const Queue::Member member{static_cast<int>(body.getRole()), event.getEffectiveAt()};
        CHECK(account.queues.at(str(body.getQueue())).members.emplace(body.getUser(), member).second);
    }
    if (event.isQueueMemberRemoved()) {
        const auto body = event.getQueueMemberRemoved();
        CHECK(account.queues.at(str(body.getQueue())).members.erase(body.getUser()) == 1);
    }
}

void Oracle::fold_invoices(Account& account, Event::Reader event) {
    if (event.isInvoiceIssued()) {
        const auto body = event.getInvoiceIssued();
        auto& bill = account.bills[str(body.getInvoice())];
        bill.raised_by = body.getRaisedBy();
        bill.order = body.getOrder();
        bill.line = price(body.getTotal()) + " " + moment(event.getEffectiveAt());
        for (const auto line : body.getLines()) bill.line += "|" + bill_line(line);
    }
    if (event.isInvoicePaid()) {
        auto& bill = account.bills.at(str(event.getInvoicePaid().getInvoice()));
        bill.status = "paid";
        bill.paid_at = event.getEffectiveAt();
        bill.reference = str(event.getInvoicePaid().getReference());
    }
    if (event.isInvoiceVoided()) account.bills.at(str(event.getInvoiceVoided().getInvoice())).status = "voided";
    if (event.isPaymentReversed()) account.bills.at(str(event.getPaymentReversed().getInvoice())).status = "reversed";
    if (event.isLicensesIssued()) {
        const auto body = event.getLicensesIssued();
        account.bills.at(str(body.getInvoice())).first_licenses[body.getLine()] = body.getFirst();
    }
}

void Oracle::fold_credits(Account& account, Event::Reader event) {
    if (event.isInvoiceCredited()) {
        const auto body = event.getInvoiceCredited();
        auto& credit = account.bills.at(str(body.getInvoice())).credits[body.getLine()];
        credit.amount += body.getAmount().getAmount();
        credit.quantity += body.getQuantity();
    }
    if (!event.isLicensesRevoked()) return;
    const auto body = event.getLicensesRevoked();
    const auto is_in = [&](std::uint32_t license) {
        return license >= body.getFirst() && license - body.getFirst() < body.getQuantity();
    };
    for (auto& license : account.licenses) {
        if (!is_in(license.number)) continue;
        CHECK_FALSE(license.revoked);
        CHECK(license.holder == body.getUser());
        license.revoked = true;
        license.holder = 0;
    }
    for (auto& holding : account.holdings) {
        if (is_in(holding.license) && holding.taken_by == 0) holding.taken_by = event.getSequence();
    }
}

void Oracle::fold_orders(Account& account, Event::Reader event) {
    if (event.isLicensesRequested()) {
        const auto body = event.getLicensesRequested();
        CHECK(body.getOrder() == account.orders.size() + 1);
        auto& order = account.orders.emplace_back();
        order.sku = str(body.getSku());
        order.quantity = body.getQuantity();
        order.requested_by = event.getActor();
        order.user = body.getUser();
        order.requested_at = event.getEffectiveAt();
        order.due = body.getDue();
    }
    const auto close = [&](std::uint32_t number, const std::string& status) {
        account.orders.at(number - 1).status = status;
        account.orders.at(number - 1).closed_at = event.getEffectiveAt();
    };
    if (event.isOrderFulfilled()) close(event.getOrderFulfilled().getOrder(), "fulfilled");
    if (event.isOrderCancelled()) close(event.getOrderCancelled().getOrder(), "cancelled");
    if (event.isInvoiceIssued() && event.getInvoiceIssued().getOrder() != 0) {
        auto& order = account.orders.at(event.getInvoiceIssued().getOrder() - 1);
        order.status = "invoiced";
        order.invoice = str(event.getInvoiceIssued().getInvoice());
    }
    if (event.isInvoiceVoided()) {
        const auto number = account.bills.at(str(event.getInvoiceVoided().getInvoice())).order;
        if (number == 0) return;
        account.orders.at(number - 1).status = "open";
        account.orders.at(number - 1).invoice.clear();
    }
}

void Oracle::fold_licenses(Account& account, Event::Reader event) {
    const auto license = [&](std::uint32_t number) -> License& {
        const auto found = std::ranges::find(account.licenses, number, &License::number);
        REQUIRE(found != account.licenses.end());
        return *found;
    };
    if (event.isLicensesIssued()) {
        const auto body = event.getLicensesIssued();
        for (std::uint32_t i = 0; i < body.getQuantity(); ++i) {
            License issued;
            issued.number = body.getFirst() + i;
            issued.sku = str(body.getSku());
            issued.invoice = str(body.getInvoice());
            issued.valid_from = body.getValidFrom();
            issued.valid_until = body.getValidUntil();
            issued.issued_by = event.getSequence();
            account.licenses.push_back(issued);
        }
    }
    if (event.isLicensesExpired()) {
        const auto body = event.getLicensesExpired();
        for (std::uint32_t i = 0; i < body.getQuantity(); ++i) CHECK_FALSE(license(body.getFirst() + i).revoked);
    }
    if (event.isLicenseBound()) {
        const auto body = event.getLicenseBound();
        auto& bound = license(body.getLicense());
        CHECK(bound.holder == 0);
        CHECK(bound.valid_from <= event.getEffectiveAt());
        CHECK(bound.valid_until > event.getEffectiveAt());
        bound.holder = body.getUser();
        bound.given_by = event.getSequence();
        bound.given_at = event.getEffectiveAt();
        account.holdings.push_back({body.getUser(), body.getLicense(), 0});
    }
    if (event.isLicenseUnbound()) {
        const auto body = event.getLicenseUnbound();
        license(body.getLicense()).holder = 0;
        for (auto& holding : account.holdings) {
            if (holding.license == body.getLicense() && holding.taken_by == 0) holding.taken_by = event.getSequence();
        }
    }
}

Oracle::Lines Oracle::products(const Account& account, const When& when) const {
    std::vector<std::string> skus;
    const auto products = catalog(when, skus);
    Lines lines;
    for (const auto& sku : skus) {
        std::map<std::string, int> counts;
        int total = 0;
        for (const auto& license : account.licenses) {
            if (license.sku != sku) continue;
            ++counts[license.status];
            ++total;
        }
        if (total == 0) continue;
        std::ostringstream out;
        out << sku << ' ' << products.at(sku).name << ' ' << products.at(sku).type << ' ' << products.at(sku).features
            << ' ' << total << ' ' << counts["available"] << ' ' << counts["bound"] << ' ' << counts["expired"] << ' '
            << counts["revoked"];
        lines.push_back(out.str());
    }
    return lines;
}

Oracle::Lines Oracle::users(const Account& account) {
    Lines lines;
    for (const auto& [id, person] : account.people) {
        if (person.removed) continue;
        std::vector<std::uint32_t> numbers;
        for (const auto* license : account.held_by(id)) numbers.push_back(license->number);
        lines.push_back(person.email + " " + person.name + " " + joined(person.roles) + " " + joined(numbers) + " " +
                        moment(person.registered_at));
    }
    return lines;
}

Oracle::Lines Oracle::user(const Account& account, const std::string& email, const When& when) const {
    const auto id = account.bearer(email);
    if (id == 0) return {};
    const auto& person = account.people.at(id);
    std::ostringstream out;
    out << person.email << ' ' << person.name << ' ' << joined(person.roles) << ' ' << moment(person.registered_at);
    std::vector<std::string> skus;
    const auto products = catalog(when, skus);
    for (const auto& sku : skus) {
        if (std::ranges::find(account.licenses, sku, &License::sku) == account.licenses.end()) continue;
        out << '|' << sku << ' ' << products.at(sku).name << ' ' << products.at(sku).type;
        for (const auto* license : account.held_by(id)) {
            if (license->sku != sku) continue;
            out << " on " << license->number << ' ' << license->given_at << ' ' << license->valid_until;
        }
    }
    return {out.str() + places(account, id) + billed(account, id, products) + phone(account, id, products)};
}

std::string Oracle::places(const Account& account, std::uint32_t user) {
    std::ostringstream out;
    for (const auto& [name, queue] : account.queues) {
        const auto member = queue.members.find(user);
        if (member == queue.members.end()) continue;
        out << "|in " << name << ' ' << queue.kind << ' ' << member->second.role << ' ' << moment(member->second.since);
    }
    return out.str();
}

// The licenses in the order in which they were given, and then all places in queues together.
std::string Oracle::billed(const Account& account, std::uint32_t user, const std::map<std::string, Product>& products) {
    std::ostringstream out;
    auto held = account.held_by(user);
    std::ranges::sort(held, {}, &License::given_by);
    for (const auto* license : held) {
        out << "|billed " << license->sku << ' ' << license->number << " () " << moment(license->given_at);
    }
    for (const auto& [sku, product] : products) {
        if (!product.bills_places || !account.is_in_queues(user)) continue;
        if (account.time < product.bills_places_from || account.time >= product.bills_places_to) continue;
        out << "|billed " << sku << " 0 (";
        for (const auto& [name, queue] : account.queues) {
            if (queue.members.contains(user)) out << name << ',';
        }
        out << ") " << moment(std::max(account.people.at(user).in_queues_since, product.bills_places_from));
    }
    return out.str();
}

Oracle::Lines Oracle::queues(const Account& account, const QueueFilter& filter) {
    static const char* const kinds[] = {"call", "outbound", "inbox"};
    Lines lines;
    for (const auto& [name, queue] : account.queues) {
        if (!filter.queue.empty() && name != filter.queue) continue;
        if (!filter.kind.empty() && kinds[queue.kind] != filter.kind) continue;
        if (!filter.email.empty() && !queue.members.contains(account.bearer(filter.email))) continue;
        std::ostringstream out;
        out << name << ' ' << queue.kind << ' ' << moment(queue.created_at);
        for (const auto& [user, member] : queue.members) {
            out << '|' << account.people.at(user).email << ' ' << member.role << ' ' << moment(member.since);
        }
        lines.push_back(out.str());
    }
    return lines;
}

Oracle::Lines Oracle::invoices(const Account& account) {
    Lines lines;
    for (const auto& [id, bill] : account.bills) {
        std::ostringstream out;
        out << id << ' ' << bill.status << ' '
            << (bill.raised_by == 0 ? std::string() : account.people.at(bill.raised_by).email) << ' ' << bill.order
            << ' ' << moment(bill.paid_at) << ' ' << bill.reference << ' ' << bill.line << '|';
        for (const auto& [line, first] : bill.first_licenses) out << line << ':' << first << ',';
        out << '|';
        for (const auto& [line, credit] : bill.credits) {
            out << line << ':' << credit.amount << 'x' << credit.quantity << ',';
        }
        lines.push_back(out.str());
    }
    return lines;
}

Oracle::Lines Oracle::orders(const Account& account, const OrderFilter& filter) {
    const auto email_of = [&](std::uint32_t user) { return user == 0 ? std::string() : account.people.at(user).email; };
    Lines lines;
    for (std::size_t i = 0; i < account.orders.size(); ++i) {
        const auto& order = account.orders[i];
        if (!filter.status.empty() && order.status != filter.status) continue;
        if (!filter.sku.empty() && order.sku != filter.sku) continue;
        if (!filter.email.empty()) {
            const auto has_borne = [&](std::uint32_t user) {
                if (user == 0) return false;
                const auto& person = account.people.at(user);
                return lower(person.email) == lower(filter.email) || person.gave_up.contains(lower(filter.email));
            };
            if (!has_borne(order.requested_by) && !has_borne(order.user)) continue;
        }
        // As long as it was not closed before, it is overdue from its instant on.
        const auto until = order.closed_at == no_instant.micros ? account.time : order.closed_at;
        std::ostringstream out;
        out << i + 1 << ' ' << order.status << (until >= order.due ? " overdue " : " ") << order.sku << 'x'
            << order.quantity << ' ' << email_of(order.requested_by) << ' ' << email_of(order.user) << ' '
            << moment(order.requested_at) << ' ' << moment(order.due) << ' ' << moment(order.closed_at) << ' '
            << order.invoice;
        lines.push_back(out.str());
    }
    return lines;
}

std::string Oracle::access(const Account& account, const std::string& email, const std::string& sku) {
    const auto id = account.bearer(email);
    if (id == 0) {
        std::uint64_t given_up = 0;
        for (const auto& [user, person] : account.people) {
            const auto last = person.gave_up.find(lower(email));
            if (last != person.gave_up.end()) given_up = std::max(given_up, last->second);
        }
        return given_up == 0 ? "no" : "no " + std::to_string(given_up);
    }
    const License* newest = nullptr;  // of the product, that the person was ever given
    std::uint64_t taken_by = 0;
    for (const auto& holding : account.holdings) {
        const auto license = std::ranges::find(account.licenses, holding.license, &License::number);
        if (holding.user != id || license->sku != sku) continue;
        newest = &*license;
        taken_by = holding.taken_by;
    }
    if (newest == nullptr) return "no";
    if (taken_by != 0) return "no " + std::to_string(taken_by);
    if (newest->valid_until <= account.time) {
        return "no " + std::to_string(newest->issued_by) + " " + std::to_string(newest->given_by);
    }
    std::ostringstream out;
    out << "yes " << newest->number << ' ' << newest->given_at << ' ' << newest->valid_until << ' ' << newest->issued_by
        << ' ' << newest->given_by;
    return out.str();
}

}  // namespace seatledger::testing
