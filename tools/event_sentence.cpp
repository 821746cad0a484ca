#include "tools/event_sentence.h"

#include <optional>
#include <string_view>

#include "engine/rules/values.h"
#include "events/text.h"
#include "tools/output.h"

namespace seatledger {
namespace {

using schema::Event;

std::string shown(capnp::Text::Reader text) { return harmless_text(view(text)); }

template <typename Enum>
std::string word(Enum value) {
    return std::string(rules::name_of(value));
}

// 3 licenses
std::string count(std::uint64_t number, const std::string& what) {
    return std::to_string(number) + ' ' + what + (number == 1 ? "" : "s");
}

// license 17 (connect), or licenses 1 to 3 (connect)
template <typename Body>
std::string licenses(Body body) {
    const auto last = body.getFirst() + body.getQuantity() - 1;
    const auto numbers = body.getQuantity() == 1
                             ? "license " + std::to_string(body.getFirst())
                             : "licenses " + std::to_string(body.getFirst()) + " to " + std::to_string(last);
    return numbers + " (" + shown(body.getSku()) + ')';
}

template <typename Body>
std::string line_of(Body body) {
    return "line " + std::to_string(body.getLine()) + " of invoice " + shown(body.getInvoice());
}

template <typename Body>
std::string license(Body body) {
    return "license " + std::to_string(body.getLicense()) + " (" + shown(body.getSku()) + ')';
}

std::string instant(std::int64_t micros) { return shown_instant(micros); }

// , with calls and voicemail
std::string with_features(capnp::List<capnp::Text>::Reader features) {
    std::string result;
    for (unsigned i = 0; i < features.size(); ++i) {
        result += i == 0 ? ", with " : (i + 1 == features.size() ? " and " : ", ");
        result += shown(features[i]);
    }
    return result;
}

// What the sentences need beside the event.
class Sentences {
 public:
    explicit Sentences(const EventTexts& texts) : texts_(texts) {}

    [[nodiscard]] std::string person(std::uint32_t user) const {
        const auto found = texts_.address(UserId(user));
        return found ? harmless_text(*found) : "somebody who was erased";
    }

    [[nodiscard]] std::optional<std::string> opened(capnp::Data::Reader box) const {
        const auto found = texts_.opened ? texts_.opened(box) : std::nullopt;
        return found ? std::optional(harmless_text(*found)) : std::nullopt;
    }

    [[nodiscard]] std::string registered(schema::UserRegistered::Reader body) const {
        const auto email = opened(body.getEmail());
        const auto name = body.hasName() ? opened(body.getName()) : std::nullopt;
        return "registered " + email.value_or("somebody who was erased") + (name ? " (" + *name + ')' : "");
    }

    [[nodiscard]] std::string letter(schema::NotificationQueued::Reader body) const {
        const auto to = "queued a letter to " + person(body.getUser()) + ": ";
        switch (body.getLetter()) {
            case schema::Letter::PAYMENT_RECORDED:
                return to + "invoice " + shown(body.getInvoice()) + " is paid and its licenses are issued";
            case schema::Letter::TERM_ENDS:
                return to + "licenses end on " + shown(body.getEndsOn()) + ", in " + count(body.getDaysLeft(), "day");
        }
        return to + "of a kind that this program does not know";
    }

    // What somebody wrote, behind a colon; nothing where they wrote nothing.
    [[nodiscard]] std::string written(capnp::Data::Reader box) const {
        return box.size() == 0 ? "" : ": " + opened(box).value_or("a text that was erased");
    }

    [[nodiscard]] std::string disputed(schema::DisputeOpened::Reader body) const {
        std::string what;
        if (body.hasBill()) {
            what = "row " + std::to_string(body.getBill().getRow()) + " of the bill " +
                   shown(body.getBill().getSha256()).substr(0, bill_digits_shown) + "…";
        }
        if (body.hasInvoice()) what += (what.empty() ? "" : ", for ") + line_of(body);
        const auto first = body.getFirst() == 0 ? "" : ", as dispute " + std::to_string(body.getFirst()) + " did";
        return "opened dispute " + std::to_string(body.getDispute()) + " about " + what + first +
               written(body.getClaim());
    }

 private:
    // Of a digest in a sentence: who needs all of it has the event.
    static constexpr std::size_t bill_digits_shown = 12;

    const EventTexts& texts_;
};

std::string opened_account(schema::AccountOpened::Reader body) {
    return "opened the account of " + shown(body.getName()) + " (" + shown(body.getTimeZone()) + ", " +
           shown(body.getCurrency()) + ", letters in " + word(body.getLanguage()) + ")" +
           (body.hasDisputeWindow() ? ", with bills that can be disputed for " + shown(body.getDisputeWindow()) : "") +
           (body.getImporting() ? ", to bring in its past" : "");
}

std::string billed_by(schema::Billing billing) {
    return billing == schema::Billing::MEMBERSHIP ? "who is in queues" : "what is " + word(billing);
}

std::string defined_product(schema::ProductDefined::Reader body) {
    return "put product " + shown(body.getSku()) + " on offer: " + shown(body.getName()) + ", of type " +
           shown(body.getType()) + with_features(body.getFeatures()) + ", for " + shown_money(body.getUnitPrice()) +
           " a term of " + shown(body.getTerm()) + ", billed by " + billed_by(body.getBilling()) +
           (body.getKeepsPhone() ? "; phones need it" : "");
}

std::string changed_product(schema::ProductChanged::Reader body) {
    return "changed product " + shown(body.getSku()) + " from then on: " + shown(body.getName()) +
           with_features(body.getFeatures()) + ", for " + shown_money(body.getUnitPrice());
}

std::string invoice_line(schema::InvoiceIssued::Line::Reader line) {
    const auto price = line.hasUnitPrice() ? " at " + shown_money(line.getUnitPrice()) : "";
    const auto end = line.hasTerm() ? "for " + shown(line.getTerm()) : "until " + shown_instant(line.getValidUntil());
    return std::to_string(line.getQuantity()) + " of " + shown(line.getSku()) + price + ' ' + end + ", " +
           shown_money(line.getAmount());
}

std::string issued_invoice(schema::InvoiceIssued::Reader body, const Sentences& sentences) {
    auto result = "issued invoice " + shown(body.getInvoice()) + " over " + shown_money(body.getTotal());
    if (body.getRaisedBy() != 0) result += ", raised by " + sentences.person(body.getRaisedBy());
    if (body.getOrder() != 0) result += ", for order " + std::to_string(body.getOrder());
    const char* before = ": ";
    for (const auto line : body.getLines()) {
        result += before + invoice_line(line);
        before = "; ";
    }
    return result;
}

// What somebody wrote as a reason.
std::string because(capnp::Text::Reader reason) { return " (reason: " + shown(reason) + ')'; }

std::string credited(schema::InvoiceCredited::Reader body) {
    auto result = "credited " + shown_money(body.getAmount()) + " of " + line_of(body);
    if (body.getQuantity() != 0) result += " and took " + count(body.getQuantity(), "license") + " back";
    if (body.getDispute() != 0) result += ", to settle dispute " + std::to_string(body.getDispute());
    return result + because(body.getReason());
}

std::string requested(schema::LicensesRequested::Reader body, const Sentences& sentences) {
    return "ordered " + count(body.getQuantity(), "license") + " of " + shown(body.getSku()) + " (order " +
           std::to_string(body.getOrder()) + "), due by " + instant(body.getDue()) +
           (body.getUser() != 0 ? ", for " + sentences.person(body.getUser()) : "");
}

std::string card(capnp::Text::Reader last4) { return "card that ends in " + shown(last4); }

}  // namespace

std::string event_subject(Event::Reader event, const EventTexts& texts) {
    if (event.getPrincipal() == Event::Principal::LEDGER) return "The ledger";
    if (event.getPrincipal() == Event::Principal::VENDOR) return "The vendor";
    const auto actor = event_actor(event, texts);
    if (event.getViaVendor()) {
        return "The vendor in the name of " + (actor ? harmless_text(*actor) : "somebody who was erased");
    }
    return actor ? harmless_text(*actor) : "Somebody who was erased";
}

// Exhaustive, so that the compiler names an event that was forgotten.
std::string event_predicate(Event::Reader event, const EventTexts& texts) {
    const Sentences say(texts);
    switch (event.which()) {
        case Event::NONE: break;
        case Event::ACCOUNT_OPENED: return opened_account(event.getAccountOpened());
        case Event::IMPORT_ENDED: return "ended the import of the account's past";
        case Event::USER_REGISTERED: return say.registered(event.getUserRegistered());
        case Event::USER_REMOVED: return "removed " + say.person(event.getUserRemoved().getUser());
        case Event::EMAIL_CHANGED:
            return "changed the address of " + say.person(event.getEmailChanged().getUser()) + " to " +
                   say.opened(event.getEmailChanged().getNewEmail()).value_or("one that was erased");
        case Event::PASSWORD_CHANGED:
            return "changed the password of " + say.person(event.getPasswordChanged().getUser());
        case Event::PERSON_ERASED: return "erased a person: their address and their name can be read no more";
        case Event::ROLE_GRANTED:
            return "gave " + say.person(event.getRoleGranted().getUser()) + " the role " +
                   word(event.getRoleGranted().getRole());
        case Event::ROLE_REVOKED:
            return "took the role " + word(event.getRoleRevoked().getRole()) + " from " +
                   say.person(event.getRoleRevoked().getUser());
        case Event::CARD_ADDED:
            return "put the " + card(event.getCardAdded().getLast4()) + " on file, good until " +
                   shown(event.getCardAdded().getExpires());
        case Event::CARD_REMOVED: return "removed the " + card(event.getCardRemoved().getLast4());
        case Event::PRODUCT_DEFINED: return defined_product(event.getProductDefined());
        case Event::PRODUCT_CHANGED: return changed_product(event.getProductChanged());
        case Event::PRODUCT_RETIRED:
            return "retired product " + shown(event.getProductRetired().getSku()) + ": it is not on offer any more";
        case Event::LICENSES_REQUESTED: return requested(event.getLicensesRequested(), say);
        case Event::ORDER_FULFILLED:
            return "fulfilled order " + std::to_string(event.getOrderFulfilled().getOrder()) +
                   ": its licenses are issued";
        case Event::ORDER_CANCELLED: return "cancelled order " + std::to_string(event.getOrderCancelled().getOrder());
        case Event::ORDER_OVERDUE:
            return "noted that order " + std::to_string(event.getOrderOverdue().getOrder()) +
                   " is overdue: its licenses were not issued when it fell due";
        case Event::INVOICE_ISSUED: return issued_invoice(event.getInvoiceIssued(), say);
        case Event::INVOICE_PAID: {
            const auto body = event.getInvoicePaid();
            return "recorded payment " + shown(body.getReference()) + " of " + shown_money(body.getAmount()) +
                   " for invoice " + shown(body.getInvoice());
        }
        case Event::INVOICE_VOIDED: return "voided invoice " + shown(event.getInvoiceVoided().getInvoice());
        case Event::INVOICE_CREDITED: return credited(event.getInvoiceCredited());
        case Event::PAYMENT_REVERSED:
            return "reversed the payment of invoice " + shown(event.getPaymentReversed().getInvoice()) +
                   because(event.getPaymentReversed().getReason());
        case Event::LICENSES_ISSUED: {
            const auto body = event.getLicensesIssued();
            return "issued " + licenses(body) + " for " + line_of(body) + ", valid from " +
                   instant(body.getValidFrom()) + " until " + instant(body.getValidUntil());
        }
        case Event::LICENSES_REVOKED: {
            const auto body = event.getLicensesRevoked();
            return "revoked " + licenses(body) + " of " + line_of(body) +
                   (body.getUser() != 0 ? ", which " + say.person(body.getUser()) + " had" : "");
        }
        case Event::LICENSES_EXPIRED: {
            const auto body = event.getLicensesExpired();
            return "noted that " + licenses(body) + " of " + line_of(body) +
                   " expired: " + (body.getQuantity() == 1 ? "its" : "their") + " term was over";
        }
        case Event::NOTIFICATION_QUEUED: return say.letter(event.getNotificationQueued());
        case Event::NOTIFICATION_SENT:
            return "sent " + say.person(event.getNotificationSent().getUser()) + " the letter of event " +
                   std::to_string(event.getNotificationSent().getNotification());
        case Event::LICENSE_BOUND:
            return "bound " + license(event.getLicenseBound()) + " to " + say.person(event.getLicenseBound().getUser());
        case Event::LICENSE_UNBOUND:
            return "took " + license(event.getLicenseUnbound()) + " from " +
                   say.person(event.getLicenseUnbound().getUser());
        case Event::PHONE_SAVED:
            return "saved the phone configuration of " + say.person(event.getPhoneSaved().getUser());
        case Event::PHONE_RETAINED:
            return "left the phone configuration of " + say.person(event.getPhoneRetained().getUser()) +
                   " to be kept until " + instant(event.getPhoneRetained().getUntil()) +
                   ": their last license that a phone needs is gone";
        case Event::PHONE_RESTORED:
            return "restored the phone configuration of " + say.person(event.getPhoneRestored().getUser()) +
                   ": they have a license again that a phone needs";
        case Event::PHONE_PURGED:
            return "destroyed the phone configuration of " + say.person(event.getPhonePurged().getUser()) +
                   ": the time for which it was kept was over";
        case Event::QUEUE_CREATED:
            return "created the " + word(event.getQueueCreated().getKind()) + " queue " +
                   shown(event.getQueueCreated().getQueue());
        case Event::QUEUE_DELETED: return "deleted the queue " + shown(event.getQueueDeleted().getQueue());
        case Event::QUEUE_MEMBER_ADDED: {
            const auto body = event.getQueueMemberAdded();
            return "put " + say.person(body.getUser()) + " into the queue " + shown(body.getQueue()) + " as " +
                   word(body.getRole());
        }
        case Event::QUEUE_MEMBER_REMOVED: {
            const auto body = event.getQueueMemberRemoved();
            return "took " + say.person(body.getUser()) + ", who was " + word(body.getRole()) + ", out of the queue " +
                   shown(body.getQueue());
        }
        case Event::DISPUTE_OPENED: return say.disputed(event.getDisputeOpened());
        case Event::EVIDENCE_ADDED: {
            const auto body = event.getEvidenceAdded();
            return "added evidence to dispute " + std::to_string(body.getDispute()) +
                   (body.hasSha256() ? ", a file of the digest " + shown(body.getSha256()) : "") +
                   say.written(body.getNote());
        }
        case Event::DISPUTE_RESOLVED: {
            const auto body = event.getDisputeResolved();
            return "resolved dispute " + std::to_string(body.getDispute()) + " as " + shown(body.getVerdict()) +
                   say.written(body.getNote());
        }
    }
    return "did something that this program does not know: it is of a newer version";
}

}  // namespace seatledger
