#include "tools/cloud_events.h"

#include <cstdint>

#include "events/event_name.h"
#include "events/instant.h"
#include "events/text.h"

namespace seatledger {
namespace {

using schema::Event;

// As a segment of a path (RFC 3986): what is not unreserved is escaped.
std::string segment(std::string_view text) {
    constexpr std::string_view digits = "0123456789ABCDEF";
    constexpr std::string_view plain = "-._~";
    std::string result;
    for (const char c : text) {
        const bool is_letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
        if (is_letter || plain.find(c) != std::string_view::npos) {
            result += c;
            continue;
        }
        const auto byte = static_cast<std::uint8_t>(c);
        result += '%';
        result += digits[byte >> 4];
        result += digits[byte & 15];
    }
    return result;
}

// The origin's slashes stay: one that is an address remains one.
std::string path(std::string_view text) {
    std::string result;
    for (;;) {
        const auto slash = text.find('/');
        result += segment(text.substr(0, slash));
        if (slash == std::string_view::npos) return result;
        result += '/';
        text.remove_prefix(slash + 1);
    }
}

std::string numbered(std::string_view kind, std::uint64_t number) {
    return std::string(kind) + '/' + std::to_string(number);
}
std::string named(std::string_view kind, capnp::Text::Reader name) {
    return std::string(kind) + '/' + segment(view(name));
}

// Empty: the account itself. Exhaustive, so that the compiler names an event that was forgotten.
std::string subject(Event::Reader event) {
    switch (event.which()) {
        case Event::NONE:
        case Event::ACCOUNT_OPENED:
        case Event::IMPORT_ENDED: return {};
        case Event::USER_REGISTERED: return numbered("users", event.getUserRegistered().getUser());
        case Event::USER_REMOVED: return numbered("users", event.getUserRemoved().getUser());
        case Event::EMAIL_CHANGED: return numbered("users", event.getEmailChanged().getUser());
        case Event::ROLE_GRANTED: return numbered("users", event.getRoleGranted().getUser());
        case Event::ROLE_REVOKED: return numbered("users", event.getRoleRevoked().getUser());
        case Event::PASSWORD_CHANGED: return numbered("users", event.getPasswordChanged().getUser());
        case Event::PERSON_ERASED: return numbered("users", event.getPersonErased().getUser());
        case Event::PHONE_SAVED: return numbered("users", event.getPhoneSaved().getUser());
        case Event::PHONE_RETAINED: return numbered("users", event.getPhoneRetained().getUser());
        case Event::PHONE_RESTORED: return numbered("users", event.getPhoneRestored().getUser());
        case Event::PHONE_PURGED: return numbered("users", event.getPhonePurged().getUser());
        case Event::PRODUCT_DEFINED: return named("products", event.getProductDefined().getSku());
        case Event::PRODUCT_CHANGED: return named("products", event.getProductChanged().getSku());
        case Event::PRODUCT_RETIRED: return named("products", event.getProductRetired().getSku());
        case Event::INVOICE_ISSUED: return named("invoices", event.getInvoiceIssued().getInvoice());
        case Event::INVOICE_PAID: return named("invoices", event.getInvoicePaid().getInvoice());
        case Event::INVOICE_VOIDED: return named("invoices", event.getInvoiceVoided().getInvoice());
        case Event::INVOICE_CREDITED: return named("invoices", event.getInvoiceCredited().getInvoice());
        case Event::PAYMENT_REVERSED: return named("invoices", event.getPaymentReversed().getInvoice());
        case Event::LICENSES_ISSUED: return numbered("licenses", event.getLicensesIssued().getFirst());
        case Event::LICENSES_EXPIRED: return numbered("licenses", event.getLicensesExpired().getFirst());
        case Event::LICENSES_REVOKED: return numbered("licenses", event.getLicensesRevoked().getFirst());
        case Event::LICENSE_BOUND: return numbered("licenses", event.getLicenseBound().getLicense());
        case Event::LICENSE_UNBOUND: return numbered("licenses", event.getLicenseUnbound().getLicense());
        case Event::NOTIFICATION_QUEUED: return numbered("users", event.getNotificationQueued().getUser());
        case Event::NOTIFICATION_SENT: return numbered("events", event.getNotificationSent().getNotification());
        case Event::QUEUE_CREATED: return named("queues", event.getQueueCreated().getQueue());
        case Event::QUEUE_DELETED: return named("queues", event.getQueueDeleted().getQueue());
        case Event::QUEUE_MEMBER_ADDED: return named("queues", event.getQueueMemberAdded().getQueue());
        case Event::QUEUE_MEMBER_REMOVED: return named("queues", event.getQueueMemberRemoved().getQueue());
        case Event::CARD_ADDED: return named("cards", event.getCardAdded().getLast4());
        case Event::CARD_REMOVED: return named("cards", event.getCardRemoved().getLast4());
        case Event::LICENSES_REQUESTED: return numbered("orders", event.getLicensesRequested().getOrder());
        case Event::ORDER_OVERDUE: return numbered("orders", event.getOrderOverdue().getOrder());
        case Event::ORDER_FULFILLED: return numbered("orders", event.getOrderFulfilled().getOrder());
        case Event::ORDER_CANCELLED: return numbered("orders", event.getOrderCancelled().getOrder());
        case Event::DISPUTE_OPENED: return numbered("disputes", event.getDisputeOpened().getDispute());
        case Event::EVIDENCE_ADDED: return numbered("disputes", event.getEvidenceAdded().getDispute());
        case Event::DISPUTE_RESOLVED: return numbered("disputes", event.getDisputeResolved().getDispute());
    }
    return {};
}

void write_attribute(std::string_view name, std::string_view value, std::string& out) {
    out += out.back() == '{' ? "\"" : ",\"";
    out += name;
    out += "\":";
    write_text(value, out);
}

}  // namespace

void write_cloud_event(Event::Reader event, const EventTexts& texts, std::string_view origin, std::string& out) {
    const auto name = event_name(event);
    out += '{';
    write_attribute("specversion", "1.0", out);
    write_attribute("id", std::to_string(event.getSequence()), out);
    const auto stream = event.hasAccount() ? named("accounts", event.getAccount()) : "catalog";
    write_attribute("source", path(origin) + '/' + stream, out);
    write_attribute("type", "ledger." + std::string(name.empty() ? "unknown" : name), out);
    if (const auto about = subject(event); !about.empty()) write_attribute("subject", about, out);
    write_attribute("time", to_rfc3339(Instant{event.getEffectiveAt()}), out);
    if (!name.empty()) write_attribute("datacontenttype", "application/json", out);
    if (event.hasAccount()) write_attribute("account", view(event.getAccount()), out);
    write_attribute("recordedat", to_rfc3339(Instant{event.getRecordedAt()}), out);
    if (const auto actor = event_actor(event, texts)) write_attribute("actor", *actor, out);
    if (event.getViaVendor()) write_attribute("via", "vendor", out);
    if (event.hasRequestId()) write_attribute("requestid", view(event.getRequestId()), out);
    if (event.getCorrects() != 0) write_attribute("corrects", std::to_string(event.getCorrects()), out);
    if (!name.empty()) {
        out += ",\"data\":";
        write_event_body(event, texts, out);
    }
    out += '}';
}

}  // namespace seatledger
