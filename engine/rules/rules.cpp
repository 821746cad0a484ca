#include "engine/rules/rules.h"

#include <kj/debug.h>

#include <algorithm>

#include "engine/rules/accounts.h"
#include "engine/rules/billing.h"
#include "engine/rules/cards.h"
#include "engine/rules/catalog.h"
#include "engine/rules/credits.h"
#include "engine/rules/disputes.h"
#include "engine/rules/orders.h"
#include "engine/rules/phone.h"
#include "engine/rules/queues.h"
#include "engine/rules/reminders.h"
#include "engine/rules/roles.h"
#include "engine/rules/seats.h"
#include "engine/rules/values.h"
#include "events/text.h"

namespace seatledger::rules {
namespace {

using schema::Command;
using schema::Event;

bool is_of_catalog(Command::Which command) {
    return command == Command::DEFINE_PRODUCT || command == Command::CHANGE_PRODUCT ||
           command == Command::RETIRE_PRODUCT;
}

Verdict check_head(const Head& head) {
    ValueCheck values;
    if (is_of_catalog(head.which)) {
        values.that(head.account.empty(), "account", "cannot stand here: the catalogue belongs to no account");
    } else {
        values.text("account", head.account, account_bytes_max);
    }
    return values.optional_text("requestId", head.request_id, request_id_bytes_max)
        .that(!head.request_id.empty() || !head.command.hasRequestId(), "requestId", "is empty; leave it out")
        .that(!head.actor.empty() || !head.command.hasActor(), "actor", "is empty; leave it out")
        .optional_text("actor", head.actor, email_bytes_max)
        .optional_instant("at", head.at)
        .verdict();
}

Verdict check_body(Command::Reader command) {
    switch (command.which()) {
        case Command::NONE: return reject(Rule::value_not_allowed, "the command is missing; name one");
        case Command::OPEN_ACCOUNT: return check(view(command.getAccount()), command.getOpenAccount());
        case Command::END_IMPORT: return {};
        case Command::REGISTER_USER: return check(command.getRegisterUser());
        case Command::REMOVE_USER: return check(command.getRemoveUser());
        case Command::CHANGE_EMAIL: return check(command.getChangeEmail());
        case Command::SET_PASSWORD: return check(command.getSetPassword());
        case Command::ERASE_PERSON: return check(command.getErasePerson());
        case Command::GRANT_ROLE: return check(command.getGrantRole());
        case Command::REVOKE_ROLE: return check(command.getRevokeRole());
        case Command::DEFINE_PRODUCT: return check(command.getDefineProduct());
        case Command::CHANGE_PRODUCT: return check(command.getChangeProduct());
        case Command::RETIRE_PRODUCT: return check(command.getRetireProduct());
        case Command::ISSUE_INVOICE: return check(command.getIssueInvoice());
        case Command::VOID_INVOICE: return check(command.getVoidInvoice());
        case Command::RECORD_PAYMENT: return check(command.getRecordPayment());
        case Command::BIND_LICENSE: return check(command.getBindLicense());
        case Command::UNBIND_LICENSE: return check(command.getUnbindLicense());
        case Command::REASSIGN_LICENSE: return check(command.getReassignLicense());
        case Command::BIND_LICENSES: return check(command.getBindLicenses());
        case Command::UNBIND_LICENSES: return check(command.getUnbindLicenses());
        case Command::CREATE_QUEUE: return check(command.getCreateQueue());
        case Command::DELETE_QUEUE: return check(command.getDeleteQueue());
        case Command::ADD_QUEUE_MEMBER: return check(command.getAddQueueMember());
        case Command::REMOVE_QUEUE_MEMBER: return check(command.getRemoveQueueMember());
        case Command::ADD_CARD: return check(command.getAddCard());
        case Command::REMOVE_CARD: return check(command.getRemoveCard());
        case Command::REQUEST_LICENSES: return check(command.getRequestLicenses());
        case Command::FULFILL_ORDER: return check(command.getFulfillOrder());
        case Command::CANCEL_ORDER: return check(command.getCancelOrder());
        case Command::CREDIT_INVOICE: return check(command.getCreditInvoice());
        case Command::REVERSE_PAYMENT: return check(command.getReversePayment());
        case Command::SAVE_PHONE: return check(command.getSavePhone());
        case Command::OPEN_DISPUTE: return check(command.getOpenDispute());
        case Command::ADD_EVIDENCE: return check(command.getAddEvidence());
        case Command::RESOLVE_DISPUTE: return check(command.getResolveDispute());
    }
    return reject(Rule::value_not_allowed, "the command is not known to this version");
}

std::unexpected<Rejection> refuse_command(const Head& head, const std::string& why) {
    const bool is_order = head.which == Command::REQUEST_LICENSES || head.which == Command::CANCEL_ORDER;
    return reject(Rule::role_required, why + "; " + command_name(head.which) +
                                           " needs one of: " + names_of(roles_for(head.which)) +
                                           (is_order ? "; contact your sales representative" : ""));
}

// Whether a token that is limited to the role gets as far as the command's own rules.
bool may_be_given(Command::Which which, schema::Role role) {
    if (which == Command::SET_PASSWORD) return false;  // who has the password has all that the person may
    const auto is_in = [&](std::span<const schema::Role> roles) {
        return std::ranges::find(roles, role) != roles.end();
    };
    return is_in(roles_for(which)) || is_in(roles_told_apart(which));
}

bool is_own_password(const Head& head, const User* person) {
    return person != nullptr && fold_case(view(head.command.getSetPassword().getEmail())) == fold_case(person->email);
}

// The values of which the account has to say whether they are allowed.
Verdict check_values_of_account(const State& state, const Account& account, Command::Reader command) {
    switch (command.which()) {
        case Command::ISSUE_INVOICE: return check_currencies(state.catalog(), account, command.getIssueInvoice());
        case Command::CREDIT_INVOICE: return check_currencies(account, command.getCreditInvoice());
        case Command::REQUEST_LICENSES: return check_currencies(state.catalog(), account, command.getRequestLicenses());
        case Command::OPEN_DISPUTE: return check_bill_date(account, command.getOpenDispute());
        default: return {};
    }
}

// 65,535.
std::string with_commas(std::size_t number) {
    auto digits = std::to_string(number);
    for (auto i = static_cast<std::ptrdiff_t>(digits.size()) - 3; i > 0; i -= 3) {
        digits.insert(static_cast<std::size_t>(i), ",");
    }
    return digits;
}

std::string_view how_to_shorten(Command::Which which) {
    switch (which) {
        case Command::ISSUE_INVOICE: return "spread its lines over several invoices";
        case Command::BIND_LICENSES:
        case Command::UNBIND_LICENSES: return "spread its rows over several commands";
        case Command::DEFINE_PRODUCT:
        case Command::CHANGE_PRODUCT: return "give fewer features, or shorter ones";
        case Command::SAVE_PHONE: return "shorten its config";
        case Command::CREDIT_INVOICE:
        case Command::RECORD_PAYMENT: return "use a smaller quantity";
        default: return "shorten its texts";
    }
}

// What is below has functions of its own, since the room that all of it takes on the stack is more than giving and
// taking licenses needs, which most events are.

[[gnu::noinline]] void evolve_catalog(Catalog& catalog, Event::Reader event) {
    const Instant t{event.getEffectiveAt()};
    switch (event.which()) {
        case Event::PRODUCT_DEFINED: evolve(catalog, event.getProductDefined(), t); break;
        case Event::PRODUCT_CHANGED: evolve(catalog, event.getProductChanged()); break;
        case Event::PRODUCT_RETIRED: evolve(catalog, event.getProductRetired(), t); break;
        default: KJ_FAIL_ASSERT("an event without an account is not one of the catalogue", event.getSequence());
    }
    catalog.set_last_effective_at(t);
}

[[gnu::noinline]] void open_account(State& state, const EventHead& head) {
    evolve(state, head.account, head.event().getAccountOpened());
}

[[gnu::noinline]] void evolve_account(State& state, Account& account, const EventHead& head) {
    switch (head.which) {
        case Event::ACCOUNT_OPENED: return;
        case Event::IMPORT_ENDED: import_ended(state, account, head); return;
        case Event::USER_REGISTERED: evolve(state, account, head.event().getUserRegistered()); return;
        case Event::USER_REMOVED: user_removed(state, account, head.event().getUserRemoved()); return;
        case Event::EMAIL_CHANGED: evolve(state, account, head.event().getEmailChanged()); return;
        case Event::PERSON_ERASED: person_erased(state, account, head.event().getPersonErased()); return;
        case Event::ROLE_GRANTED: role_granted(state, account, head.event().getRoleGranted()); return;
        case Event::ROLE_REVOKED: role_revoked(state, account, head.event().getRoleRevoked()); return;
        case Event::INVOICE_ISSUED: invoice_issued(state, account, head); return;
        case Event::INVOICE_PAID: evolve(state, account, head.event().getInvoicePaid()); return;
        case Event::INVOICE_VOIDED: evolve(state, account, head.event().getInvoiceVoided()); return;
        case Event::LICENSES_ISSUED: evolve(state, account, head.event().getLicensesIssued()); return;
        case Event::LICENSES_EXPIRED: licenses_expired(state, account, head); return;
        case Event::NOTIFICATION_QUEUED: evolve(state, account, head.event().getNotificationQueued()); return;
        case Event::NOTIFICATION_SENT:
        case Event::PASSWORD_CHANGED: return;
        case Event::QUEUE_CREATED: evolve(state, account, head.event().getQueueCreated()); return;
        case Event::QUEUE_DELETED: evolve(state, account, head.event().getQueueDeleted()); return;
        case Event::QUEUE_MEMBER_ADDED: member_added(state, account, head); return;
        case Event::QUEUE_MEMBER_REMOVED: member_removed(state, account, head); return;
        case Event::CARD_ADDED: keep(account.cards, head.event().getCardAdded()); return;
        case Event::CARD_REMOVED: drop(account.cards, head.event().getCardRemoved()); return;
        case Event::LICENSES_REQUESTED: licenses_requested(state, account, head); return;
        case Event::ORDER_OVERDUE: order_overdue(state, account, head.event().getOrderOverdue()); return;
        case Event::ORDER_FULFILLED: order_closed(state, account, head.event().getOrderFulfilled()); return;
        case Event::INVOICE_CREDITED: evolve(state, account, head.event().getInvoiceCredited()); return;
        case Event::PAYMENT_REVERSED: evolve(state, account, head.event().getPaymentReversed()); return;
        case Event::LICENSES_REVOKED: evolve(state, account, head.event().getLicensesRevoked()); return;
        case Event::ORDER_CANCELLED: order_closed(state, account, head.event().getOrderCancelled()); return;
        case Event::PHONE_SAVED: evolve(state, account, head.event().getPhoneSaved()); return;
        case Event::PHONE_RETAINED: evolve(state, account, head.event().getPhoneRetained()); return;
        case Event::PHONE_RESTORED: phone_restored(state, account, head.event().getPhoneRestored()); return;
        case Event::PHONE_PURGED: evolve(state, account, head.event().getPhonePurged()); return;
        case Event::DISPUTE_OPENED: dispute_opened(state, account, head); return;
        case Event::EVIDENCE_ADDED: evidence_added(state, account, head); return;
        case Event::DISPUTE_RESOLVED: dispute_resolved(state, account, head); return;
        case Event::LICENSE_BOUND:
        case Event::LICENSE_UNBOUND:
        case Event::NONE:
        case Event::PRODUCT_DEFINED:
        case Event::PRODUCT_CHANGED:
        case Event::PRODUCT_RETIRED: KJ_FAIL_ASSERT("not an event of an account", head.sequence.value);
    }
    // Written by a later version: to go on without it would be to go on with a wrong state.
    KJ_FAIL_REQUIRE("an event of a type that this version does not know", head.sequence.value);
}

}  // namespace

Head::Head(Command::Reader from)
    : command(from),
      which(from.which()),
      account(view(from.getAccount())),
      request_id(from.hasRequestId() ? view(from.getRequestId()) : std::string_view()),
      actor(from.hasActor() ? view(from.getActor()) : std::string_view()),
      at{from.getAt()},
      corrects(from.getCorrects()) {}

Verdict check_values(const Head& head) {
    if (auto verdict = check_head(head); !verdict) return verdict;
    return check_body(head.command);
}

std::expected<const Account*, Rejection> find_stream(State& state, const Head& head) {
    if (is_of_catalog(head.which) || head.which == Command::OPEN_ACCOUNT) return nullptr;
    const auto* account = state.account(head.account);
    if (account == nullptr) {
        return reject(Rule::account_must_exist,
                      "there is no account " + std::string(head.account) + "; open it first (openAccount)");
    }
    if (auto verdict = check_values_of_account(state, *account, head.command); !verdict) {
        return std::unexpected(verdict.error());
    }
    return account;
}

std::expected<Principal, Rejection> authorize(State& state, const Head& head, const Caller& caller,
                                              const Account* account) {
    const auto allowed = roles_for(head.which);
    if (caller.role && !may_be_given(head.which, *caller.role)) {
        if (head.which == Command::SET_PASSWORD) {
            return reject(Rule::role_required, "a token limited to " + std::string(name_of(*caller.role)) +
                                                   " sets nobody's password; log in as the person whose it is, or "
                                                   "have the vendor do it");
        }
        return refuse_command(head, "a token limited to " + std::string(name_of(*caller.role)) + " may not do this");
    }
    if (!caller.is_vendor() && !head.actor.empty()) {
        return reject(Rule::role_required, "only the vendor acts in somebody else's name; leave out actor");
    }
    if (!caller.is_person() && head.actor.empty()) return Principal{Event::Principal::VENDOR, {}, false, caller.role};

    const auto user = !caller.is_vendor()  ? caller.user
                      : account != nullptr ? state.user_of(account->number, FoldedAddress(head.actor))
                                           : UserId();
    const auto* person = account == nullptr ? nullptr : state.user(account->number, user);
    const bool is_own = head.which != Command::SET_PASSWORD || is_own_password(head, person);
    if (person != nullptr && !person->removed && is_own &&
        (has_one_of(person->roles, allowed) || has_one_of(person->roles, roles_told_apart(head.which)))) {
        return Principal{Event::Principal::USER, user, caller.is_vendor(), caller.role};
    }
    const auto who = person != nullptr ? person->email : std::string(head.actor);
    if (person != nullptr && !is_own) {
        return reject(Rule::role_required, person->email + " may change no password but their own; the vendor may");
    }
    const bool is_unknown = account != nullptr && (person == nullptr || person->removed);
    return refuse_command(head, who + (is_unknown ? " is not registered in " + account->id : " may not do this"));
}

std::expected<Instant, Rejection> effective_time(const State& state, const Head& head, const Caller& caller,
                                                 const Account* account, Instant now) {
    const auto at = head.at;
    if (at != no_instant && !caller.is_vendor()) {
        return reject(Rule::effective_time_in_order, "only the vendor says when something took effect; leave out at");
    }
    const auto last = account != nullptr          ? account->last_effective_at
                      : is_of_catalog(head.which) ? state.catalog().last_effective_at()
                                                  : no_instant;
    if (at == no_instant) {
        const bool in_the_past = account != nullptr && account->importing && head.which != Command::END_IMPORT;
        return in_the_past ? last : now;
    }
    if (at > now) {
        return reject(Rule::effective_time_in_order,
                      "at " + to_rfc3339(at) + " lies in the future: it is " + to_rfc3339(now));
    }
    if (last != no_instant && at < last) {
        return reject(Rule::effective_time_in_order,
                      "at " + to_rfc3339(at) + " lies before " + to_rfc3339(last) + ", when " +
                          (account != nullptr ? account->id : "the catalogue") +
                          " last changed; the past is not edited, use corrects in a new event");
    }
    return at;
}

Verdict decide(State& state, Command::Reader command, const Account* account, CommitWriter& writer) {
    switch (command.which()) {
        case Command::OPEN_ACCOUNT: return open_account(state, command.getOpenAccount(), writer);
        case Command::END_IMPORT: return end_import(*account, writer);
        case Command::REGISTER_USER: return register_user(state, *account, command.getRegisterUser(), writer);
        case Command::REMOVE_USER:
            return remove_user(state, *account, view(command.getRemoveUser().getEmail()), writer);
        case Command::CHANGE_EMAIL: return change_email(state, *account, command.getChangeEmail(), writer);
        case Command::ERASE_PERSON: return erase_person(state, *account, command.getErasePerson(), writer);
        case Command::SET_PASSWORD: return set_password(state, *account, command.getSetPassword(), writer);
        case Command::GRANT_ROLE: return grant_role(state, *account, command.getGrantRole(), writer);
        case Command::REVOKE_ROLE: return revoke_role(state, *account, command.getRevokeRole(), writer);
        case Command::DEFINE_PRODUCT: return define_product(state.catalog(), command.getDefineProduct(), writer);
        case Command::CHANGE_PRODUCT: return change_product(state.catalog(), command.getChangeProduct(), writer);
        case Command::RETIRE_PRODUCT: return retire_product(state.catalog(), command.getRetireProduct(), writer);
        case Command::ISSUE_INVOICE: return issue_invoice(state, *account, command.getIssueInvoice(), writer);
        case Command::VOID_INVOICE: return void_invoice(state, *account, command.getVoidInvoice(), writer);
        case Command::RECORD_PAYMENT: return record_payment(state, *account, command.getRecordPayment(), writer);
        case Command::BIND_LICENSE: return bind_license(state, *account, command.getBindLicense(), writer);
        case Command::UNBIND_LICENSE: return unbind_license(state, *account, command.getUnbindLicense(), writer);
        case Command::REASSIGN_LICENSE: return reassign_license(state, *account, command.getReassignLicense(), writer);
        case Command::CREATE_QUEUE: return create_queue(state, *account, command.getCreateQueue(), writer);
        case Command::DELETE_QUEUE: return delete_queue(state, *account, command.getDeleteQueue(), writer);
        case Command::ADD_QUEUE_MEMBER: return add_member(state, *account, command.getAddQueueMember(), writer);
        case Command::REMOVE_QUEUE_MEMBER:
            return remove_member(state, *account, command.getRemoveQueueMember(), writer);
        case Command::ADD_CARD: return add_card(command.getAddCard(), writer);
        case Command::REMOVE_CARD: return remove_card(*account, command.getRemoveCard(), writer);
        case Command::REQUEST_LICENSES: return request_licenses(state, *account, command.getRequestLicenses(), writer);
        case Command::FULFILL_ORDER: return fulfill_order(state, *account, command.getFulfillOrder(), writer);
        case Command::CANCEL_ORDER: return cancel_order(state, *account, command.getCancelOrder(), writer);
        case Command::CREDIT_INVOICE: return credit_invoice(state, *account, command.getCreditInvoice(), writer);
        case Command::REVERSE_PAYMENT: return reverse_payment(state, *account, command.getReversePayment(), writer);
        case Command::SAVE_PHONE: return save_phone(state, *account, command.getSavePhone(), writer);
        case Command::OPEN_DISPUTE: return open_dispute(state, *account, command.getOpenDispute(), writer);
        case Command::ADD_EVIDENCE: return add_evidence(state, *account, command.getAddEvidence(), writer);
        case Command::RESOLVE_DISPUTE: return resolve_dispute(state, *account, command.getResolveDispute(), writer);
        case Command::NONE:
        case Command::BIND_LICENSES:
        case Command::UNBIND_LICENSES: break;
    }
    KJ_FAIL_ASSERT("this command is not judged as one", static_cast<unsigned>(command.which()));
}

Verdict decide_row(State& state, schema::BindLicense::Reader row, const Account& account, CommitWriter& writer) {
    return bind_license(state, account, row, writer);
}

Verdict decide_row(State& state, schema::UnbindLicense::Reader row, const Account& account, CommitWriter& writer) {
    return unbind_license(state, account, row, writer);
}

Verdict check_size(Command::Which which, const CommitWriter& writer) {
    if (!writer.has_too_large_event()) return {};
    return reject(Rule::event_too_large, command_name(which) + " would make an event of " +
                                             with_commas(writer.largest_event_bytes()) +
                                             " bytes, and one has at most " + with_commas(event_bytes_max) +
                                             " bytes; " + std::string(how_to_shorten(which)));
}

void decide_due(State& state, const Account& account, const Due& due, CommitWriter& writer) {
    switch (due.kind) {
        case DueKind::order_overdue: return write_overdue(OrderNumber(due.id), writer);
        case DueKind::licenses_expire: return expire_licenses(state, account, LicenseNumber(due.id), writer);
        case DueKind::remind_first:
        case DueKind::remind_last: return write_reminders(account, due, writer);
        case DueKind::phone_purge: return purge_phone(state, account, UserId(due.id), writer);
    }
    KJ_FAIL_ASSERT("nothing of this kind falls due", static_cast<unsigned>(due.kind));
}

void evolve(State& state, const EventHead& head) {
    if (head.account.empty()) return evolve_catalog(state.change_catalog(), head.event());
    if (head.which == Event::ACCOUNT_OPENED) open_account(state, head);
    auto& account = state.change_account(head.account);
    account.last_effective_at = head.effective_at;
    if (head.which == Event::LICENSE_BOUND) {
        license_bound(state, account, head);
    } else if (head.which == Event::LICENSE_UNBOUND) {
        license_unbound(state, account, head);
    } else {
        evolve_account(state, account, head);
    }
}

}  // namespace seatledger::rules
