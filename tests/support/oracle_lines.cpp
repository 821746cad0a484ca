// The oracle's histories, and answers in its words.
#include <algorithm>
#include <sstream>

#include "events/people.h"
#include "events/text.h"
#include "tests/support/catch.h"
#include "tests/support/oracle.h"
#include "tests/support/oracle_words.h"
#include "tests/support/test_secrets.h"

namespace seatledger::testing {
namespace {

using schema::Event;

template <typename Row>
std::string roles_of(Row row) {
    std::ostringstream out;
    for (const auto role : row.getRoles()) out << static_cast<int>(role) << ',';
    return out.str();
}

std::string line_of(schema::ProductRow::Reader row) {
    std::ostringstream out;
    out << str(row.getSku()) << ' ' << str(row.getName()) << ' ' << str(row.getType()) << ' ';
    for (const auto feature : row.getFeatures()) out << str(feature) << ',';
    out << ' ' << row.getTotal() << ' ' << row.getAvailable() << ' ' << row.getBound() << ' ' << row.getExpired() << ' '
        << row.getRevoked();
    CHECK(row.getTotal() == row.getAvailable() + row.getBound() + row.getExpired() + row.getRevoked());
    return out.str();
}

std::string line_of(schema::LicenseRow::Reader row) {
    static const char* const names[] = {"available", "bound", "expired", "revoked"};
    Oracle::License license;
    license.number = row.getLicense();
    license.sku = str(row.getSku());
    license.product = str(row.getProduct());
    license.type = str(row.getType());
    license.status = names[static_cast<int>(row.getStatus())];
    license.email = str(row.getEmail());
    license.invoice = str(row.getInvoice());
    license.valid_from = row.getValidFrom();
    license.valid_until = row.getValidUntil();
    return license.line();
}

std::string line_of(schema::UserRow::Reader row) {
    std::ostringstream out;
    out << str(row.getEmail()) << ' ' << str(row.getName()) << ' ' << roles_of(row) << ' ';
    for (const auto license : row.getLicenses()) out << license << ',';
    out << ' ' << moment(row.getRegisteredAt());
    return out.str();
}

std::string line_of(schema::UserDetail::Reader row) {
    std::ostringstream out;
    out << str(row.getEmail()) << ' ' << str(row.getName()) << ' ' << roles_of(row) << ' '
        << moment(row.getRegisteredAt());
    for (const auto product : row.getProducts()) {
        out << '|' << str(product.getSku()) << ' ' << str(product.getName()) << ' ' << str(product.getType());
        if (product.getOn()) {
            out << " on " << product.getLicense() << ' ' << product.getSince() << ' ' << product.getUntil();
        }
    }
    for (const auto place : row.getQueues()) {
        out << "|in " << str(place.getQueue()) << ' ' << static_cast<int>(place.getKind()) << ' '
            << static_cast<int>(place.getRole()) << ' ' << moment(place.getSince());
    }
    for (const auto billed : row.getBilled()) {
        out << "|billed " << str(billed.getSku()) << ' ' << billed.getLicense() << " (";
        for (const auto queue : billed.getQueues()) out << str(queue) << ',';
        out << ") " << moment(billed.getSince());
    }
    static const char* const states[] = {"none", "saved", "kept"};
    const auto phone = row.getPhone();
    out << "|phone " << states[static_cast<int>(phone.getStatus())] << ' ' << moment(phone.getSavedAt()) << ' '
        << moment(phone.getKeptUntil()) << ' ' << str(phone.getConfig());
    return out.str();
}

std::string line_of(schema::InvoiceRow::Reader row) {
    static const char* const names[] = {"open", "paid", "voided", "reversed"};
    std::ostringstream out;
    out << str(row.getInvoice()) << ' ' << names[static_cast<int>(row.getStatus())] << ' ' << str(row.getRaisedBy())
        << ' ' << row.getOrder() << ' ' << moment(row.getPaidAt()) << ' ' << str(row.getReference()) << ' '
        << price(row.getTotal()) << ' ' << moment(row.getIssuedAt());
    std::string firsts;
    std::string credits;
    for (const auto line : row.getLines()) {
        out << '|' << str(line.getSku()) << ' ' << str(line.getType()) << ' ' << static_cast<int>(line.getBilling())
            << ' ' << line.getQuantity() << ' ' << (line.hasUnitPrice() ? price(line.getUnitPrice()) : "-") << ' '
            << price(line.getAmount()) << ' ' << str(line.getTerm()) << ' ' << moment(line.getValidUntil());
        if (line.getFirstLicense() != 0) {
            firsts += std::to_string(line.getLine()) + ":" + std::to_string(line.getFirstLicense()) + ",";
        }
        if (line.hasCredited() || line.getCreditedQuantity() != 0) {
            credits += std::to_string(line.getLine()) + ":" + std::to_string(line.getCredited().getAmount()) + "x" +
                       std::to_string(line.getCreditedQuantity()) + ",";
        }
    }
    out << '|' << firsts << '|' << credits;
    return out.str();
}

std::string line_of(schema::AccessRow::Reader row) {
    std::ostringstream out;
    out << (row.getAccess() ? "yes" : "no");
    if (row.getAccess()) out << ' ' << row.getLicense() << ' ' << row.getSince() << ' ' << row.getUntil();
    for (const auto sequence : row.getBecause()) out << ' ' << sequence;
    return out.str();
}

std::string line_of(schema::QueueRow::Reader row) {
    std::ostringstream out;
    out << str(row.getQueue()) << ' ' << static_cast<int>(row.getKind()) << ' ' << moment(row.getCreatedAt());
    for (const auto member : row.getMembers()) {
        out << '|' << str(member.getEmail()) << ' ' << static_cast<int>(member.getRole()) << ' '
            << moment(member.getSince());
    }
    return out.str();
}

std::string line_of(schema::MembershipRow::Reader row) {
    std::ostringstream out;
    out << str(row.getEmail()) << ' ' << row.getDays();
    for (const auto period : row.getPeriods()) {
        out << ' ' << str(period.getSku()) << ' ' << str(period.getFirstDay()) << ".." << str(period.getLastDay())
            << '=' << period.getDays();
    }
    return out.str();
}

std::string line_of(schema::OrderRow::Reader row) {
    static const char* const names[] = {"open", "invoiced", "fulfilled", "cancelled"};
    std::ostringstream out;
    out << row.getOrder() << ' ' << names[static_cast<int>(row.getStatus())] << (row.getOverdue() ? " overdue " : " ")
        << str(row.getSku()) << 'x' << row.getQuantity() << ' ' << str(row.getRequestedBy()) << ' '
        << str(row.getEmail()) << ' ' << moment(row.getRequestedAt()) << ' ' << moment(row.getDue()) << ' '
        << moment(row.getClosedAt()) << ' ' << str(row.getInvoice());
    return out.str();
}

template <typename List>
Oracle::Lines lines_of_list(List list) {
    Oracle::Lines lines;
    for (const auto row : list) lines.push_back(line_of(row));
    return lines;
}

}  // namespace

Oracle::Lines lines_of(schema::Rows::Reader rows) {
    switch (rows.which()) {
        case schema::Rows::NONE: return {};
        case schema::Rows::PRODUCTS: return lines_of_list(rows.getProducts());
        case schema::Rows::LICENSES: return lines_of_list(rows.getLicenses());
        case schema::Rows::USERS: return lines_of_list(rows.getUsers());
        case schema::Rows::USER: return lines_of_list(rows.getUser());
        case schema::Rows::INVOICES: return lines_of_list(rows.getInvoices());
        case schema::Rows::ACCESS: return lines_of_list(rows.getAccess());
        case schema::Rows::MEMBERSHIPS: return lines_of_list(rows.getMemberships());
        case schema::Rows::ORDERS: return lines_of_list(rows.getOrders());
        case schema::Rows::QUEUES: return lines_of_list(rows.getQueues());
        case schema::Rows::CATALOG:
        case schema::Rows::DISPUTES:
        case schema::Rows::DIFF: break;
    }
    return {};
}

template <typename Visit>
void Oracle::for_each_in_history(const std::string& account, Visit visit) const {
    for (const auto& words : blocks_) {
        const auto block = open_block(words);
        for (const auto& entry : block->entries()) {
            const auto event = read_event(entry);
            if (view(event.getAccount()) == account && histories_.counts(event)) visit(event);
        }
    }
}

std::set<std::uint32_t> Oracle::bearers(const std::string& account, const std::string& email) const {
    std::set<std::uint32_t> users;
    for_each_in_history(account, [&](Event::Reader event) {
        if (event.isUserRegistered() && lower(email_in(event)) == lower(email)) {
            users.insert(event.getUserRegistered().getUser());
        }
        if (event.isEmailChanged() && lower(email_in(event)) == lower(email)) {
            users.insert(event.getEmailChanged().getUser());
        }
    });
    return users;
}

Oracle::Numbers Oracle::history_of_license(const std::string& account, std::uint32_t license) const {
    Numbers found;
    const auto in = [&](auto body) {
        return license >= body.getFirst() && license - body.getFirst() < body.getQuantity();
    };
    for_each_in_history(account, [&](Event::Reader event) {
        const bool names_it = (event.isLicensesIssued() && in(event.getLicensesIssued())) ||
                              (event.isLicensesExpired() && in(event.getLicensesExpired())) ||
                              (event.isLicensesRevoked() && in(event.getLicensesRevoked())) ||
                              (event.isLicenseBound() && event.getLicenseBound().getLicense() == license) ||
                              (event.isLicenseUnbound() && event.getLicenseUnbound().getLicense() == license);
        if (names_it) found.push_back(event.getSequence());
    });
    return found;
}

Oracle::Numbers Oracle::history_of_email(const std::string& account, const std::string& email) const {
    const auto users = bearers(account, email);
    std::map<std::uint32_t, std::uint32_t> holders;  // by license
    Numbers found;
    for_each_in_history(account, [&](Event::Reader event) {
        bool names_them = users.contains(subject_of(event).value);
        if (event.isLicenseBound()) holders[event.getLicenseBound().getLicense()] = event.getLicenseBound().getUser();
        if (event.isLicenseUnbound()) holders.erase(event.getLicenseUnbound().getLicense());
        if (event.isLicensesRevoked() && event.getLicensesRevoked().getUser() != 0) {
            holders.erase(event.getLicensesRevoked().getFirst());
        }
        if (event.isLicensesExpired()) {
            const auto body = event.getLicensesExpired();
            for (const auto& [license, holder] : holders) {
                const bool ends = license >= body.getFirst() && license - body.getFirst() < body.getQuantity();
                names_them = names_them || (ends && users.contains(holder));
            }
        }
        if (names_them) found.push_back(event.getSequence());
    });
    return found;
}

Oracle::Numbers Oracle::history_of_invoice(const std::string& account, const std::string& invoice) const {
    Numbers found;
    const auto is_it = [&](auto body) { return str(body.getInvoice()) == invoice; };
    for_each_in_history(account, [&](Event::Reader event) {
        const bool names_it = (event.isInvoiceIssued() && is_it(event.getInvoiceIssued())) ||
                              (event.isInvoicePaid() && is_it(event.getInvoicePaid())) ||
                              (event.isInvoiceVoided() && is_it(event.getInvoiceVoided())) ||
                              (event.isLicensesIssued() && is_it(event.getLicensesIssued())) ||
                              (event.isLicensesExpired() && is_it(event.getLicensesExpired())) ||
                              (event.isInvoiceCredited() && is_it(event.getInvoiceCredited())) ||
                              (event.isPaymentReversed() && is_it(event.getPaymentReversed())) ||
                              (event.isLicensesRevoked() && is_it(event.getLicensesRevoked())) ||
                              (event.isNotificationQueued() && is_it(event.getNotificationQueued()));
        if (names_it) found.push_back(event.getSequence());
    });
    return found;
}

Oracle::Numbers Oracle::history_of_order(const std::string& account, std::uint32_t order) const {
    Numbers found;
    std::set<std::string> invoices;  // that were raised for it
    const auto is_it = [&](auto body) { return body.getOrder() == order; };
    for_each_in_history(account, [&](Event::Reader event) {
        if (event.isInvoiceIssued() && is_it(event.getInvoiceIssued())) {
            invoices.insert(str(event.getInvoiceIssued().getInvoice()));
        }
        const bool names_it =
            (event.isLicensesRequested() && is_it(event.getLicensesRequested())) ||
            (event.isOrderOverdue() && is_it(event.getOrderOverdue())) ||
            (event.isOrderFulfilled() && is_it(event.getOrderFulfilled())) ||
            (event.isOrderCancelled() && is_it(event.getOrderCancelled())) ||
            (event.isInvoiceIssued() && is_it(event.getInvoiceIssued())) ||
            (event.isInvoiceVoided() && invoices.contains(str(event.getInvoiceVoided().getInvoice())));
        if (names_it) found.push_back(event.getSequence());
    });
    return found;
}

Oracle::Numbers Oracle::history_of_queue(const std::string& account, const std::string& queue) const {
    Numbers found;
    const auto is_it = [&](auto body) { return str(body.getQueue()) == queue; };
    for_each_in_history(account, [&](Event::Reader event) {
        const bool names_it = (event.isQueueCreated() && is_it(event.getQueueCreated())) ||
                              (event.isQueueDeleted() && is_it(event.getQueueDeleted())) ||
                              (event.isQueueMemberAdded() && is_it(event.getQueueMemberAdded())) ||
                              (event.isQueueMemberRemoved() && is_it(event.getQueueMemberRemoved()));
        if (names_it) found.push_back(event.getSequence());
    });
    return found;
}

Oracle::Numbers Oracle::history_of_actor(const std::string& account, const std::string& actor) const {
    const auto users = bearers(account, actor);
    Numbers found;
    for_each_in_history(account, [&](Event::Reader event) {
        const auto kind = event.getPrincipal();
        if ((kind == Event::Principal::VENDOR && actor == "vendor") ||
            (kind == Event::Principal::LEDGER && actor == "ledger") ||
            (kind == Event::Principal::USER && users.contains(event.getActor()))) {
            found.push_back(event.getSequence());
        }
    });
    return found;
}

}  // namespace seatledger::testing
