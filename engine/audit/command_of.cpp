#include "engine/audit/command_of.h"

#include <algorithm>
#include <optional>
#include <string_view>

#include "engine/rules/values.h"
#include "events/event_name.h"
#include "events/sealed.h"
#include "events/text.h"

namespace seatledger {
namespace {

using schema::Command;
using schema::Event;
using Heads = std::span<const rules::EventHead>;
using Written = std::expected<void, std::string>;

// Long enough, whatever it was.
constexpr std::string_view some_password = "(a password is in no event)";
// What was erased was JSON as well.
constexpr std::string_view some_config = "null";
constexpr std::string_view erased_text = "(erased)";

const rules::EventHead* find(Heads heads, Event::Which which) {
    const auto found = std::ranges::find(heads, which, &rules::EventHead::which);
    return found == heads.end() ? nullptr : &*found;
}

// Fills in one command after what its events say.
class Writer {
 public:
    Writer(Heads heads, State& state, const RecordedSeals& seals, Command::Builder command)
        : heads_(heads),
          event_(heads.front().event()),
          state_(state),
          seals_(seals),
          command_(command),
          account_(heads.front().account.empty() ? nullptr : state.account(heads.front().account)) {}

    Written write() {
        write_head();
        write_body();
        if (!missing_.empty()) return std::unexpected(missing_);
        if (command_.isNone()) {
            return std::unexpected("no command's events begin with " + std::string(event_name(heads_.front().which)));
        }
        return {};
    }

 private:
    void write_head() {
        if (event_.hasAccount()) command_.setAccount(event_.getAccount());
        if (event_.hasRequestId()) command_.setRequestId(event_.getRequestId());
        command_.setCorrects(event_.getCorrects());
        const bool is_of_user = event_.getPrincipal() == Event::Principal::USER;
        if (event_.getViaVendor() && is_of_user) command_.setActor(text(address_of(event_.getActor())));
        // Whoever sent it themself can have given no instant; of what the vendor sent it is the one that he gave, or
        // could have.
        if (event_.getViaVendor() || !is_of_user) command_.setAt(event_.getEffectiveAt());
    }

    void write_body() {
        switch (event_.which()) {
            case Event::ACCOUNT_OPENED: return write_account();
            case Event::IMPORT_ENDED: command_.initEndImport(); return;
            case Event::USER_REGISTERED: return write_registration();
            case Event::USER_REMOVED: return write_removal();
            case Event::PHONE_PURGED:
            case Event::PERSON_ERASED: return write_erasure();
            case Event::EMAIL_CHANGED: return write_address();
            case Event::PASSWORD_CHANGED: return write_password();
            case Event::ROLE_GRANTED: return write_role(command_.initGrantRole(), event_.getRoleGranted());
            case Event::ROLE_REVOKED: return write_role(command_.initRevokeRole(), event_.getRoleRevoked());
            case Event::CARD_ADDED: return write_card();
            case Event::CARD_REMOVED: command_.initRemoveCard().setToken(event_.getCardRemoved().getToken()); return;
            case Event::PRODUCT_DEFINED: return write_product(command_.initDefineProduct());
            case Event::PRODUCT_CHANGED: return write_product(command_.initChangeProduct());
            case Event::PRODUCT_RETIRED:
                command_.initRetireProduct().setSku(event_.getProductRetired().getSku());
                return;
            case Event::LICENSES_REQUESTED: return write_request();
            case Event::ORDER_CANCELLED:
                command_.initCancelOrder().setOrder(event_.getOrderCancelled().getOrder());
                return;
            case Event::INVOICE_ISSUED: return write_invoice();
            case Event::INVOICE_PAID: return write_payment();
            case Event::INVOICE_VOIDED:
                command_.initVoidInvoice().setInvoice(event_.getInvoiceVoided().getInvoice());
                return;
            case Event::INVOICE_CREDITED: return write_credit();
            case Event::PAYMENT_REVERSED: return write_reversal();
            case Event::LICENSE_BOUND: return write_binding(command_.initBindLicense(), event_.getLicenseBound());
            case Event::LICENSE_UNBOUND: return write_unbinding();
            case Event::PHONE_SAVED: return write_phone();
            case Event::DISPUTE_OPENED: return write_dispute();
            case Event::EVIDENCE_ADDED: return write_evidence();
            case Event::DISPUTE_RESOLVED: return write_resolution();
            case Event::QUEUE_CREATED: return write_queue();
            case Event::QUEUE_MEMBER_ADDED: return write_member();
            case Event::QUEUE_MEMBER_REMOVED:
            case Event::QUEUE_DELETED: return write_leaving();
            // Only what comes before them makes these follow, or time does.
            case Event::NONE:
            case Event::LICENSES_EXPIRED:
            case Event::NOTIFICATION_QUEUED:
            case Event::NOTIFICATION_SENT:
            case Event::LICENSES_ISSUED:
            case Event::LICENSES_REVOKED:
            case Event::ORDER_OVERDUE:
            case Event::ORDER_FULFILLED:
            case Event::PHONE_RETAINED:
            case Event::PHONE_RESTORED: return;
        }
    }

    void write_account() {
        const auto body = event_.getAccountOpened();
        auto opened = command_.initOpenAccount();
        opened.setName(body.getName());
        opened.setTimeZone(body.getTimeZone());
        opened.setCurrency(body.getCurrency());
        opened.setImporting(body.getImporting());
        opened.setLanguage(text(rules::name_of(body.getLanguage())));
        if (body.hasDisputeWindow()) opened.setDisputeWindow(body.getDisputeWindow());
        if (const auto* registered = find(heads_, Event::USER_REGISTERED)) {
            write_person(opened.initSuperAdmin(), registered->event().getUserRegistered());
        }
    }

    template <typename Person>
    void write_person(Person person, schema::UserRegistered::Reader body) {
        const UserId user(body.getUser());
        const KeyNumber key(body.getKey());
        person.setEmail(text(opened(key, Personal::email, user, body.getEmail())));
        if (body.hasName()) person.setName(text(opened(key, Personal::name, user, body.getName())));
        person.setLanguage(text(rules::name_of(body.getLanguage())));
    }

    void write_registration() {
        auto registration = command_.initRegisterUser();
        write_person(registration, event_.getUserRegistered());
        if (find(heads_, Event::PASSWORD_CHANGED) != nullptr) registration.setPassword(text(some_password));
        if (const auto* bound = find(heads_, Event::LICENSE_BOUND)) {
            registration.setSku(bound->event().getLicenseBound().getSku());
        } else if (const auto* requested = find(heads_, Event::LICENSES_REQUESTED)) {
            registration.setSku(requested->event().getLicensesRequested().getSku());
        }
    }

    void write_removal() {
        const auto email = address_of(event_.getUserRemoved().getUser());
        if (find(heads_, Event::PERSON_ERASED) != nullptr) {
            command_.initErasePerson().setEmail(text(email));
        } else {
            command_.initRemoveUser().setEmail(text(email));
        }
    }

    // Of somebody who had been removed before.
    void write_erasure() {
        if (const auto* erased = find(heads_, Event::PERSON_ERASED)) {
            command_.initErasePerson().setEmail(text(address_of(erased->event().getPersonErased().getUser())));
        }
    }

    void write_address() {
        const auto body = event_.getEmailChanged();
        auto change = command_.initChangeEmail();
        change.setEmail(text(address_of(body.getUser())));
        change.setNewEmail(
            text(opened(KeyNumber(body.getKey()), Personal::email, UserId(body.getUser()), body.getNewEmail())));
    }

    void write_password() {
        auto change = command_.initSetPassword();
        change.setEmail(text(address_of(event_.getPasswordChanged().getUser())));
        change.setPassword(text(some_password));
    }

    void write_role(schema::ChangeRole::Builder change, schema::RoleChanged::Reader body) {
        change.setEmail(text(address_of(body.getUser())));
        change.setRole(text(rules::name_of(body.getRole())));
    }

    void write_card() {
        const auto body = event_.getCardAdded();
        auto card = command_.initAddCard();
        card.setToken(body.getToken());
        card.setLast4(body.getLast4());
        card.setExpires(body.getExpires());
    }

    void write_product(schema::DefineProduct::Builder product) {
        const auto body = event_.getProductDefined();
        product.setSku(body.getSku());
        product.setName(body.getName());
        product.setType(body.getType());
        if (body.hasFeatures()) product.setFeatures(body.getFeatures());
        product.setTerm(body.getTerm());
        product.setUnitPrice(body.getUnitPrice());
        product.setBilling(text(rules::name_of(body.getBilling())));
        product.setKeepsPhone(body.getKeepsPhone());
    }

    void write_product(schema::ChangeProduct::Builder product) {
        const auto body = event_.getProductChanged();
        product.setSku(body.getSku());
        product.setName(body.getName());
        if (body.hasFeatures()) product.setFeatures(body.getFeatures());
        product.setUnitPrice(body.getUnitPrice());
    }

    void write_request() {
        const auto body = event_.getLicensesRequested();
        auto request = command_.initRequestLicenses();
        request.setSku(body.getSku());
        request.setQuantity(body.getQuantity());
    }

    void write_invoice() {
        const auto body = event_.getInvoiceIssued();
        if (body.getOrder() != 0) {
            auto fulfilment = command_.initFulfillOrder();
            fulfilment.setOrder(body.getOrder());
            fulfilment.setInvoice(body.getInvoice());
            return;
        }
        auto invoice = command_.initIssueInvoice();
        invoice.setInvoice(body.getInvoice());
        invoice.setRaisedBy(text(address_of(body.getRaisedBy())));
        const auto lines = body.getLines();
        auto written = invoice.initLines(lines.size());
        for (unsigned i = 0; i < lines.size(); ++i) write_line(written[i], lines[i]);
    }

    static void write_line(schema::IssueInvoice::Line::Builder to, schema::InvoiceIssued::Line::Reader from) {
        to.setSku(from.getSku());
        to.setQuantity(from.getQuantity());
        if (from.hasUnitPrice()) {
            to.setUnitPrice(from.getUnitPrice());
        } else {
            to.setAmount(from.getAmount());
        }
        if (from.hasTerm()) to.setTerm(from.getTerm());
        to.setValidUntil(from.getValidUntil());
    }

    void write_payment() {
        const auto body = event_.getInvoicePaid();
        auto payment = command_.initRecordPayment();
        payment.setInvoice(body.getInvoice());
        payment.setReference(body.getReference());
        payment.setAmount(body.getAmount());
    }

    void write_credit() {
        const auto body = event_.getInvoiceCredited();
        auto credit = command_.initCreditInvoice();
        credit.setInvoice(body.getInvoice());
        credit.setLine(body.getLine());
        credit.setQuantity(body.getQuantity());
        credit.setAmount(body.getAmount());
        credit.setReason(body.getReason());
        credit.setDispute(body.getDispute());
    }

    void write_reversal() {
        const auto body = event_.getPaymentReversed();
        auto reversal = command_.initReversePayment();
        reversal.setInvoice(body.getInvoice());
        reversal.setReason(body.getReason());
    }

    template <typename Binding>
    void write_binding(Binding binding, schema::LicenseHeld::Reader body) {
        binding.setLicense(body.getLicense());
        binding.setEmail(text(address_of(body.getUser())));
    }

    // No other command takes away and gives.
    void write_unbinding() {
        if (const auto* bound = find(heads_, Event::LICENSE_BOUND)) {
            write_binding(command_.initReassignLicense(), bound->event().getLicenseBound());
        } else {
            command_.initUnbindLicense().setLicense(event_.getLicenseUnbound().getLicense());
        }
    }

    void write_phone() {
        const auto body = event_.getPhoneSaved();
        const UserId user(body.getUser());
        auto phone = command_.initSavePhone();
        phone.setEmail(text(address_of(body.getUser())));
        const auto config =
            seals_.open_unerased(KeyNumber(body.getKey()), seal_context(Personal::phone, heads_.front().account, user),
                                 view(body.getConfig()));
        phone.setConfig(text(config ? *config : some_config));
    }

    void write_queue() {
        const auto body = event_.getQueueCreated();
        auto queue = command_.initCreateQueue();
        queue.setQueue(body.getQueue());
        queue.setKind(text(rules::name_of(body.getKind())));
    }

    void write_member() {
        const auto body = event_.getQueueMemberAdded();
        auto member = command_.initAddQueueMember();
        member.setQueue(body.getQueue());
        member.setEmail(text(address_of(body.getUser())));
        member.setRole(text(rules::name_of(body.getRole())));
    }

    // Of one, or of all, because the queue is deleted.
    void write_leaving() {
        if (const auto* deleted = find(heads_, Event::QUEUE_DELETED)) {
            command_.initDeleteQueue().setQueue(deleted->event().getQueueDeleted().getQueue());
            return;
        }
        const auto body = event_.getQueueMemberRemoved();
        auto member = command_.initRemoveQueueMember();
        member.setQueue(body.getQueue());
        member.setEmail(text(address_of(body.getUser())));
    }

    void write_dispute() {
        const auto body = event_.getDisputeOpened();
        auto dispute = command_.initOpenDispute();
        if (body.hasInvoice()) dispute.setInvoice(body.getInvoice());
        dispute.setLine(body.getLine());
        dispute.setClaim(text(disputed(Personal::claim, body, body.getClaim())));
        if (!body.hasBill()) return;
        auto bill = dispute.initBill();
        bill.setSha256(body.getBill().getSha256());
        bill.setRow(body.getBill().getRow());
        bill.setText(text(disputed(Personal::bill_text, body, body.getBill().getText())));
        if (body.getBill().hasDate()) bill.setDate(body.getBill().getDate());
        if (body.getBill().hasLayout()) bill.setLayout(body.getBill().getLayout());
    }

    void write_evidence() {
        const auto body = event_.getEvidenceAdded();
        auto evidence = command_.initAddEvidence();
        evidence.setDispute(body.getDispute());
        if (body.hasNote()) evidence.setNote(text(disputed(Personal::note, body, body.getNote())));
        if (body.hasSha256()) evidence.setSha256(body.getSha256());
    }

    void write_resolution() {
        const auto body = event_.getDisputeResolved();
        auto resolution = command_.initResolveDispute();
        resolution.setDispute(body.getDispute());
        resolution.setVerdict(body.getVerdict());
        if (body.hasNote()) resolution.setNote(text(disputed(Personal::note, body, body.getNote())));
    }

    // A text of a dispute. What was erased named the people whom the event says that it concerns, and nobody else.
    template <typename Body>
    [[nodiscard]] std::string disputed(Personal what, Body body, capnp::Data::Reader box) {
        const auto context = seal_context(what, heads_.front().account, body.getDispute());
        if (auto clear = seals_.open_unerased(KeyNumber(body.getKey()), context, view(box))) return *clear;
        std::string stand_in(erased_text);
        for (const auto user : body.getConcerns()) stand_in += ' ' + std::string(address_of(user));
        return stand_in;
    }

    [[nodiscard]] std::string opened(KeyNumber key, Personal what, UserId user, capnp::Data::Reader box) {
        return *seals_.open(key, seal_context(what, heads_.front().account, user), view(box));
    }

    // Valid until the next call of the state's.
    [[nodiscard]] std::string_view address_of(std::uint32_t user) {
        const auto* person = account_ == nullptr ? nullptr : state_.user(account_->number, UserId(user));
        if (person != nullptr) return person->email;
        missing_ = "user " + std::to_string(user) + ", whom it names, is not there";
        return {};
    }

    Heads heads_;
    Event::Reader event_;
    State& state_;
    const RecordedSeals& seals_;
    Command::Builder command_;
    const Account* account_;
    std::string missing_;  // empty: nobody
};

}  // namespace

std::expected<void, std::string> write_command_of(std::span<const rules::EventHead> rest, State& state,
                                                  const RecordedSeals& seals, schema::Command::Builder command) {
    return Writer(rest, state, seals, command).write();
}

}  // namespace seatledger
