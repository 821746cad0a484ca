// Which values may stand in a command, whoever sends it and whatever there is.
#include <date/tz.h>

#include <algorithm>
#include <optional>

#include "events/calendar.h"
#include "events/text.h"
#include "tests/support/naive_model.h"

namespace seatledger::testing::naive {
namespace {

constexpr std::size_t id_max = 128;
constexpr std::size_t name_max = 256;
constexpr std::size_t password_max = 1'024;
constexpr std::size_t request_id_max = 512;
constexpr std::size_t features_max = 256;
constexpr std::size_t email_max = 254;

bool is_optional(std::string_view text, std::size_t max) { return text.size() <= max && is_plain_text(text); }
bool is_text(std::string_view text, std::size_t max) { return !text.empty() && is_optional(text, max); }
bool is_text(capnp::Text::Reader text, std::size_t max) { return is_text(view(text), max); }
bool is_id(capnp::Text::Reader text) { return is_text(view(text), id_max); }
bool is_email(capnp::Text::Reader text) { return is_text(view(text), email_max); }

// Lists of messages are no ranges.
template <typename List, typename Holds>
bool all_of(List list, Holds holds) {
    for (const auto item : list) {
        if (!holds(item)) return false;
    }
    return true;
}

bool is_one_of(capnp::Text::Reader text, std::initializer_list<std::string_view> names) {
    return std::ranges::find(names, view(text)) != names.end();
}

bool is_role(capnp::Text::Reader text) {
    return is_one_of(text, {"superAdmin", "admin", "billing", "auditor", "member"});
}

bool is_money(schema::Money::Reader money) { return minor_unit_digits(view(money.getCurrency())).has_value(); }

bool is_whole(schema::Money::Reader money) {
    const auto digits = minor_unit_digits(view(money.getCurrency()));
    return digits && is_whole_minor_units(Amount{money.getAmount()}, *digits);
}

bool are_features(capnp::List<capnp::Text>::Reader features) {
    return features.size() <= features_max &&
           all_of(features, [](capnp::Text::Reader feature) { return is_text(feature, name_max); });
}

bool is_account_id(std::string_view id) {
    return !id.empty() && id.size() <= 64 &&
           std::ranges::all_of(id, [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-'; });
}

bool is_optional_window(schema::OpenAccount::Reader body) {
    if (!body.hasDisputeWindow()) return true;
    const auto window = parse_term(view(body.getDisputeWindow()));
    return window && window->is_positive();
}

bool is_digest(capnp::Text::Reader text) {
    return text.size() == 64 && view(text).find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

// With line breaks.
bool is_writing(capnp::Text::Reader text, std::size_t bytes_max) {
    std::string plain(view(text));
    std::ranges::replace(plain, '\n', ' ');
    std::ranges::replace(plain, '\t', ' ');
    std::ranges::replace(plain, '\r', ' ');
    return !plain.empty() && plain.size() <= bytes_max && is_plain_text(plain);
}

bool is_allowed(schema::OpenDispute::Reader body) {
    if (body.hasInvoice() ? !is_id(body.getInvoice()) || body.getLine() == 0 : body.getLine() != 0 || !body.hasBill()) {
        return false;
    }
    const auto bill = body.getBill();
    const bool is_bill = !body.hasBill() ||
                         (is_digest(bill.getSha256()) && bill.getRow() != 0 && is_writing(bill.getText(), 24 * 1'024) &&
                          (bill.getLayout().size() == 0 || is_writing(bill.getLayout(), 16 * 1'024)) &&
                          (!bill.hasDate() || parse_civil_day(view(bill.getDate()))));
    return is_bill && is_writing(body.getClaim(), 8 * 1'024);
}

bool is_allowed(schema::AddEvidence::Reader body) {
    return body.getDispute() != 0 && (body.hasNote() || body.hasSha256()) &&
           (!body.hasNote() || is_writing(body.getNote(), 8 * 1'024)) &&
           (!body.hasSha256() || is_digest(body.getSha256()));
}

bool is_allowed(schema::ResolveDispute::Reader body) {
    return body.getDispute() != 0 && is_text(body.getVerdict(), 64) &&
           (!body.hasNote() || is_writing(body.getNote(), 8 * 1'024));
}

bool is_allowed(schema::OpenAccount::Reader body) {
    return is_text(body.getName(), name_max) && find_time_zone(view(body.getTimeZone())) != nullptr &&
           minor_unit_digits(view(body.getCurrency())) && is_optional(view(body.getSuperAdmin().getName()), name_max) &&
           is_one_of(body.getLanguage(), {"en", "ru", "pt"}) && is_optional_window(body) &&
           is_one_of(body.getSuperAdmin().getLanguage(), {"", "en", "ru", "pt"});
}

bool is_allowed(schema::DefineProduct::Reader body) {
    return is_id(body.getSku()) && is_text(body.getName(), name_max) && is_id(body.getType()) &&
           are_features(body.getFeatures()) && parse_term(view(body.getTerm())) && is_money(body.getUnitPrice()) &&
           is_one_of(body.getBilling(), {"purchased", "assigned", "membership"});
}

bool is_allowed(schema::ChangeProduct::Reader body) {
    return is_id(body.getSku()) && (!body.hasName() || is_text(body.getName(), name_max)) &&
           are_features(body.getFeatures()) && (!body.hasUnitPrice() || is_money(body.getUnitPrice()));
}

bool is_allowed(schema::IssueInvoice::Line::Reader line) {
    const bool has_end = line.getValidUntil() != no_instant.micros;
    const bool end_is_instant =
        line.getValidUntil() >= first_instant.micros && line.getValidUntil() <= last_instant.micros;
    return is_id(line.getSku()) && !(line.hasUnitPrice() && line.hasAmount()) && !(line.hasTerm() && has_end) &&
           (!line.hasUnitPrice() || is_money(line.getUnitPrice())) &&
           (!line.hasAmount() || is_whole(line.getAmount())) && (!line.hasTerm() || parse_term(view(line.getTerm()))) &&
           (!has_end || end_is_instant);
}

bool is_allowed(schema::IssueInvoice::Reader body) {
    return is_id(body.getInvoice()) && is_email(body.getRaisedBy()) &&
           all_of(body.getLines(), [](auto line) { return is_allowed(line); });
}

bool is_allowed(schema::AddCard::Reader body) {
    const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
    const auto last4 = view(body.getLast4());
    const auto expires = view(body.getExpires());
    const bool is_month =
        expires.size() == 7 && expires[4] == '-' && std::ranges::all_of(expires.substr(0, 4), is_digit) &&
        std::ranges::all_of(expires.substr(5), is_digit) && expires.substr(5) >= "01" && expires.substr(5) <= "12";
    return is_id(body.getToken()) && last4.size() == 4 && std::ranges::all_of(last4, is_digit) && is_month;
}

bool is_allowed(schema::CreditInvoice::Reader body) {
    const auto amount = body.getAmount();
    return is_id(body.getInvoice()) && body.getLine() != 0 && is_whole(amount) && amount.getAmount() >= 0 &&
           (amount.getAmount() > 0 || body.getQuantity() > 0) && is_text(body.getReason(), name_max);
}

bool is_allowed(schema::BindLicense::Reader row) {
    return (row.getLicense() != 0) != row.hasSku() && (!row.hasSku() || is_id(row.getSku())) &&
           is_email(row.getEmail());
}

bool is_allowed(schema::UnbindLicense::Reader row) {
    if (row.getLicense() != 0) return !row.hasSku() && !row.hasEmail();
    return is_id(row.getSku()) && is_email(row.getEmail());
}

template <typename Rows>
bool are_allowed(Rows rows) {
    return rows.size() > 0 && all_of(rows, [](auto row) { return is_allowed(row); });
}

bool has_allowed_body(schema::Command::Reader command) {
    using Command = schema::Command;
    switch (command.which()) {
        case Command::NONE: return false;
        case Command::OPEN_ACCOUNT: return is_allowed(command.getOpenAccount());
        case Command::END_IMPORT: return true;
        case Command::REGISTER_USER: {
            const auto body = command.getRegisterUser();
            return is_optional(view(body.getName()), name_max) && (!body.hasSku() || is_id(body.getSku())) &&
                   is_optional(view(body.getPassword()), password_max) &&
                   is_one_of(body.getLanguage(), {"", "en", "ru", "pt"});
        }
        case Command::ERASE_PERSON: return is_email(command.getErasePerson().getEmail());
        case Command::SET_PASSWORD:
            return is_email(command.getSetPassword().getEmail()) &&
                   is_optional(view(command.getSetPassword().getPassword()), password_max);
        case Command::REMOVE_USER: return is_email(command.getRemoveUser().getEmail());
        case Command::CHANGE_EMAIL: return is_email(command.getChangeEmail().getEmail());
        case Command::GRANT_ROLE:
            return is_email(command.getGrantRole().getEmail()) && is_role(command.getGrantRole().getRole());
        case Command::REVOKE_ROLE:
            return is_email(command.getRevokeRole().getEmail()) && is_role(command.getRevokeRole().getRole());
        case Command::DEFINE_PRODUCT: return is_allowed(command.getDefineProduct());
        case Command::CHANGE_PRODUCT: return is_allowed(command.getChangeProduct());
        case Command::RETIRE_PRODUCT: return is_id(command.getRetireProduct().getSku());
        case Command::ISSUE_INVOICE: return is_allowed(command.getIssueInvoice());
        case Command::VOID_INVOICE: return is_id(command.getVoidInvoice().getInvoice());
        case Command::RECORD_PAYMENT:
            return is_id(command.getRecordPayment().getInvoice()) && is_id(command.getRecordPayment().getReference()) &&
                   is_money(command.getRecordPayment().getAmount());
        case Command::BIND_LICENSE: return is_allowed(command.getBindLicense());
        case Command::UNBIND_LICENSE: return is_allowed(command.getUnbindLicense());
        case Command::REASSIGN_LICENSE:
            return command.getReassignLicense().getLicense() != 0 && is_email(command.getReassignLicense().getEmail());
        case Command::BIND_LICENSES: return are_allowed(command.getBindLicenses().getRows());
        case Command::UNBIND_LICENSES: return are_allowed(command.getUnbindLicenses().getRows());
        case Command::SAVE_PHONE: return is_email(command.getSavePhone().getEmail());
        case Command::OPEN_DISPUTE: return is_allowed(command.getOpenDispute());
        case Command::ADD_EVIDENCE: return is_allowed(command.getAddEvidence());
        case Command::RESOLVE_DISPUTE: return is_allowed(command.getResolveDispute());
        case Command::CREATE_QUEUE:
            return is_id(command.getCreateQueue().getQueue()) &&
                   is_one_of(command.getCreateQueue().getKind(), {"call", "outbound", "inbox"});
        case Command::DELETE_QUEUE: return is_id(command.getDeleteQueue().getQueue());
        case Command::ADD_QUEUE_MEMBER:
            return is_id(command.getAddQueueMember().getQueue()) && is_email(command.getAddQueueMember().getEmail()) &&
                   is_one_of(command.getAddQueueMember().getRole(), {"agent", "supervisor"});
        case Command::REMOVE_QUEUE_MEMBER:
            return is_id(command.getRemoveQueueMember().getQueue()) &&
                   is_email(command.getRemoveQueueMember().getEmail());
        case Command::ADD_CARD: return is_allowed(command.getAddCard());
        case Command::REMOVE_CARD: return is_id(command.getRemoveCard().getToken());
        case Command::REQUEST_LICENSES: return is_id(command.getRequestLicenses().getSku());
        case Command::FULFILL_ORDER:
            return command.getFulfillOrder().getOrder() != 0 && is_id(command.getFulfillOrder().getInvoice());
        case Command::CANCEL_ORDER: return command.getCancelOrder().getOrder() != 0;
        case Command::CREDIT_INVOICE: return is_allowed(command.getCreditInvoice());
        case Command::REVERSE_PAYMENT:
            return is_id(command.getReversePayment().getInvoice()) &&
                   is_text(command.getReversePayment().getReason(), name_max);
    }
    return false;
}

}  // namespace

bool is_valid_email(std::string_view email) {
    const auto at = email.find('@');
    const bool is_plain = is_plain_text(email) && email.find(' ') == std::string_view::npos;
    return is_plain && email.size() <= email_max && at != std::string_view::npos && at > 0 && at + 1 < email.size() &&
           email.find('@', at + 1) == std::string_view::npos;
}

bool has_allowed_values(schema::Command::Reader command) {
    if (command.hasRequestId() && !is_text(view(command.getRequestId()), request_id_max)) return false;
    if (command.hasActor() && !is_email(command.getActor())) return false;
    // What cannot be the id of an account is that of none.
    if (command.isOpenAccount() && !is_account_id(view(command.getAccount()))) return false;
    const bool of_catalog = command.isDefineProduct() || command.isChangeProduct() || command.isRetireProduct();
    if (of_catalog == (command.getAccount().size() > 0)) return false;
    return has_allowed_body(command);
}

}  // namespace seatledger::testing::naive
