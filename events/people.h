// Whom an event names.
#pragma once

#include "events/event.capnp.h"
#include "events/ids.h"

namespace seatledger {

// The person whom the event's body is about; 0 if it is about none.
[[nodiscard]] inline UserId subject_of(schema::Event::Reader event) {
    using Event = schema::Event;
    switch (event.which()) {
        case Event::USER_REGISTERED: return UserId(event.getUserRegistered().getUser());
        case Event::USER_REMOVED: return UserId(event.getUserRemoved().getUser());
        case Event::EMAIL_CHANGED: return UserId(event.getEmailChanged().getUser());
        case Event::ROLE_GRANTED: return UserId(event.getRoleGranted().getUser());
        case Event::ROLE_REVOKED: return UserId(event.getRoleRevoked().getUser());
        case Event::INVOICE_ISSUED: return UserId(event.getInvoiceIssued().getRaisedBy());
        case Event::NOTIFICATION_QUEUED: return UserId(event.getNotificationQueued().getUser());
        case Event::NOTIFICATION_SENT: return UserId(event.getNotificationSent().getUser());
        case Event::LICENSE_BOUND: return UserId(event.getLicenseBound().getUser());
        case Event::LICENSE_UNBOUND: return UserId(event.getLicenseUnbound().getUser());
        case Event::QUEUE_MEMBER_ADDED: return UserId(event.getQueueMemberAdded().getUser());
        case Event::QUEUE_MEMBER_REMOVED: return UserId(event.getQueueMemberRemoved().getUser());
        case Event::LICENSES_REQUESTED: return UserId(event.getLicensesRequested().getUser());
        case Event::PERSON_ERASED: return UserId(event.getPersonErased().getUser());
        case Event::PASSWORD_CHANGED: return UserId(event.getPasswordChanged().getUser());
        case Event::LICENSES_REVOKED: return UserId(event.getLicensesRevoked().getUser());
        case Event::PHONE_SAVED: return UserId(event.getPhoneSaved().getUser());
        case Event::PHONE_RETAINED: return UserId(event.getPhoneRetained().getUser());
        case Event::PHONE_RESTORED: return UserId(event.getPhoneRestored().getUser());
        case Event::PHONE_PURGED: return UserId(event.getPhonePurged().getUser());
        case Event::NONE:
        case Event::ACCOUNT_OPENED:
        case Event::IMPORT_ENDED:
        case Event::PRODUCT_DEFINED:
        case Event::PRODUCT_CHANGED:
        case Event::PRODUCT_RETIRED:
        case Event::INVOICE_PAID:
        case Event::INVOICE_VOIDED:
        case Event::LICENSES_ISSUED:
        case Event::LICENSES_EXPIRED:
        case Event::QUEUE_CREATED:
        case Event::QUEUE_DELETED:
        case Event::CARD_ADDED:
        case Event::CARD_REMOVED:
        case Event::ORDER_OVERDUE:
        case Event::ORDER_FULFILLED:
        case Event::ORDER_CANCELLED:
        case Event::INVOICE_CREDITED:
        case Event::PAYMENT_REVERSED:
        case Event::DISPUTE_OPENED:
        case Event::EVIDENCE_ADDED:
        case Event::DISPUTE_RESOLVED: return {};
    }
    return {};
}

// Calls `function(UserId)` for the actor and the subject of the event, where they are people.
template <typename Function>
void for_each_person(schema::Event::Reader event, Function function) {
    const UserId actor(event.getActor());
    const UserId subject = subject_of(event);
    if (actor) function(actor);
    if (subject && subject != actor) function(subject);
}

}  // namespace seatledger
