#include "engine/rules/disputes.h"

#include <algorithm>
#include <optional>
#include <vector>

#include "engine/rules/billing.h"
#include "engine/rules/values.h"
#include "events/calendar.h"
#include "events/sealed.h"
#include "events/text.h"

namespace seatledger::rules {
namespace {

constexpr std::size_t verdict_bytes_max = 64;
constexpr std::size_t digest_digits = 64;

std::string dispute_name(DisputeNumber number) { return "dispute " + std::to_string(number.value); }

bool is_digest(std::string_view text) {
    const auto is_digit = [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); };
    return text.size() == digest_digits && std::ranges::all_of(text, is_digit);
}

constexpr std::string_view digest_objection = "is not a SHA-256 as 64 hexadecimal digits, lower case";

// What can stand in an address that people are registered under, as far as it can be told from the text around it.
bool is_of_address(char c) {
    constexpr std::string_view around = " \t\r\n,;:<>()[]{}\"'|\\/=";
    return around.find(c) == std::string_view::npos && static_cast<unsigned char>(c) >= ' ';
}

// Everything in the text that could be an address, without the points of a sentence.
std::vector<std::string_view> addresses_in(std::string_view text) {
    std::vector<std::string_view> found;
    for (auto at = text.find('@'); at != text.npos && found.size() < addresses_max; at = text.find('@', at + 1)) {
        auto begin = at;
        while (begin > 0 && is_of_address(text[begin - 1])) --begin;
        auto end = at + 1;
        while (end < text.size() && is_of_address(text[end])) ++end;
        while (end > at && (text[end - 1] == '.' || text[end - 1] == '!' || text[end - 1] == '?')) --end;
        found.push_back(text.substr(begin, end - begin));
        at = std::max(at, end - 1);
    }
    return found;
}

// Seals a dispute's texts, and notes whose addresses they have.
class Texts {
 public:
    Texts(State& state, const Account& account, DisputeNumber dispute, KeyNumber key)
        : state_(state), account_(account), dispute_(dispute), key_(key) {}

    [[nodiscard]] std::string seal(Personal what, std::string_view clear) {
        for (const auto address : addresses_in(clear)) note(address);
        return state_.seals().seal(key_, seal_context(what, account_.id, dispute_.value), clear);
    }

    template <typename Body>
    void write_concerned(Body body) {
        std::ranges::sort(concerned_);
        const auto doubles = std::ranges::unique(concerned_);
        concerned_.erase(doubles.begin(), doubles.end());
        if (concerned_.empty()) return;
        auto list = body.initConcerns(static_cast<unsigned>(concerned_.size()));
        for (unsigned i = 0; i < list.size(); ++i) list.set(i, concerned_[i].value);
    }

 private:
    void note(std::string_view address) {
        const FoldedAddress folded(address);
        if (const auto bearer = state_.user_of(account_.number, folded)) concerned_.push_back(bearer);
        for (const auto removed : state_.removed_of(account_.number, folded)) {
            if (!state_.user(account_.number, removed)->email.empty()) concerned_.push_back(removed);
        }
    }

    State& state_;
    const Account& account_;
    DisputeNumber dispute_;
    KeyNumber key_;
    std::vector<UserId> concerned_;
};

// From when on the account's dispute window runs.
Instant date_of(const Account& account, schema::OpenDispute::Reader command, const Invoice* invoice) {
    if (command.getBill().hasDate()) {
        const auto day = parse_civil_day(view(command.getBill().getDate()));
        return start_of_day(*day, *account.zone).value_or(first_instant);
    }
    return invoice == nullptr ? last_instant : invoice->issued_at;
}

Verdict check_in_time(const Account& account, schema::OpenDispute::Reader command, const Invoice* invoice, Instant t) {
    if (account.dispute_window.empty()) return {};
    const auto date = date_of(account, command, invoice);
    const auto until = add_term(date, *parse_term(account.dispute_window), *account.zone);
    if (!until || t < *until) return {};
    return reject(Rule::dispute_too_late, "the bill is of " + to_rfc3339(date) + ", and bills of " + account.id +
                                              " can be disputed until " + to_rfc3339(*until) + " (" +
                                              account.dispute_window + "); take it up with the vendor");
}

// Of the invoice's line, if the command names one.
std::expected<const Invoice*, Rejection> find_disputed(State& state, const Account& account,
                                                       schema::OpenDispute::Reader command) {
    if (!command.hasInvoice()) return nullptr;
    const auto found = find_invoice(state, account, view(command.getInvoice()));
    if (!found) return std::unexpected(found.error());
    const auto lines = (*found)->lines.size();
    if (command.getLine() <= lines) return *found;
    return reject(Rule::line_must_exist, "invoice " + (*found)->id + " has no line " +
                                             std::to_string(command.getLine()) + "; it has " + std::to_string(lines));
}

std::expected<const Dispute*, Rejection> find_open(State& state, const Account& account, DisputeNumber number) {
    auto found = find_dispute(state, account, number);
    if (!found || !(*found)->resolved) return found;
    return reject(Rule::dispute_must_be_open,
                  dispute_name(number) + " is resolved; open another one on the same line (openDispute)");
}

// The dispute's own; another one if that is gone, as in a vault that was restored from another copy.
KeyNumber key_for(State& state, const Dispute& dispute) {
    return state.seals().is_usable(dispute.key) ? dispute.key : state.seals().make_key();
}

void note_concerned(State& state, const Account& account, UserId user, DisputeNumber dispute) {
    auto& disputes = state.change_user(account.number, user).disputes;
    const auto at = std::ranges::lower_bound(disputes, dispute);
    if (at == disputes.end() || *at != dispute) disputes.insert(at, dispute);
}

template <typename Body>
void note_concerned(State& state, const Account& account, const EventHead& head, Body body) {
    const DisputeNumber dispute(body.getDispute());
    if (head.actor) note_concerned(state, account, head.actor, dispute);
    for (const auto user : body.getConcerns()) note_concerned(state, account, UserId(user), dispute);
}

}  // namespace

Verdict check(schema::OpenDispute::Reader command) {
    const bool has_invoice = command.hasInvoice();
    ValueCheck values;
    values
        .that(has_invoice || command.hasBill(), "invoice",
              "is missing; name a line of an invoice, or give one of a bill")
        .that(!has_invoice || command.getInvoice().size() > 0, "invoice", "is empty; leave it out")
        .optional_text("invoice", view(command.getInvoice()), id_bytes_max)
        .that(!has_invoice || command.getLine() != 0, "line", "is missing; lines count from 1")
        .that(has_invoice || command.getLine() == 0, "line", "is of no invoice; leave it out, or name the invoice")
        .long_text("claim", view(command.getClaim()), claim_bytes_max);
    if (command.hasBill()) {
        const auto bill = command.getBill();
        values.that(is_digest(view(bill.getSha256())), "bill.sha256", digest_objection)
            .that(bill.getRow() != 0, "bill.row", "is missing; rows count from 1, the header among them")
            .long_text("bill.text", view(bill.getText()), bill_text_bytes_max)
            .that(!bill.hasDate() || parse_civil_day(view(bill.getDate())), "bill.date",
                  "is not a day such as 2026-03-31")
            .optional_long_text("bill.layout", view(bill.getLayout()), layout_bytes_max)
            .that(addresses_in(view(bill.getLayout())).empty(), "bill.layout",
                  "names somebody by address, and is not sealed; leave that out");
    }
    return values.verdict();
}

Verdict check(schema::AddEvidence::Reader command) {
    return ValueCheck()
        .that(command.getDispute() != 0, "dispute", "is missing; give its number")
        .that(command.hasNote() || command.hasSha256(), "note", "and sha256 are both missing; give one of them")
        .optional_long_text("note", view(command.getNote()), claim_bytes_max)
        .that(!command.hasNote() || command.getNote().size() > 0, "note", "is empty; leave it out")
        .that(!command.hasSha256() || is_digest(view(command.getSha256())), "sha256", digest_objection)
        .verdict();
}

Verdict check(schema::ResolveDispute::Reader command) {
    return ValueCheck()
        .that(command.getDispute() != 0, "dispute", "is missing; give its number")
        .text("verdict", view(command.getVerdict()), verdict_bytes_max)
        .that(!command.hasNote() || command.getNote().size() > 0, "note", "is empty; leave it out")
        .optional_long_text("note", view(command.getNote()), claim_bytes_max)
        .verdict();
}

Verdict check_bill_date(const Account& account, schema::OpenDispute::Reader command) {
    if (account.dispute_window.empty() || command.hasInvoice() || command.getBill().hasDate()) return {};
    return reject(Rule::value_not_allowed, "bill.date is missing; bills of " + account.id + " can be disputed for " +
                                               account.dispute_window + " from their date");
}

std::expected<const Dispute*, Rejection> find_dispute(State& state, const Account& account, DisputeNumber number) {
    const auto* dispute = state.dispute(account.number, number);
    if (dispute != nullptr) return dispute;
    return reject(Rule::dispute_must_exist, account.id + " has no " + dispute_name(number) + "; check its number");
}

Verdict check_not_in_dispute(State& state, const Account& account, const User& user) {
    for (const auto number : user.disputes) {
        if (state.dispute(account.number, number)->resolved) continue;
        return reject(Rule::person_must_not_be_in_dispute, dispute_name(number) + " is open and concerns " +
                                                               user.email +
                                                               "; it has to be resolved first (resolveDispute)");
    }
    return {};
}

Verdict open_dispute(State& state, const Account& account, schema::OpenDispute::Reader command, CommitWriter& writer) {
    const auto invoice = find_disputed(state, account, command);
    if (!invoice) return std::unexpected(invoice.error());
    if (auto verdict = check_in_time(account, command, *invoice, writer.envelope().effective_at); !verdict) {
        return verdict;
    }
    const auto number = account.next_dispute;
    const auto key = state.seals().make_key();
    Texts texts(state, account, number, key);
    auto opened = writer.begin().initDisputeOpened();
    opened.setDispute(number.value);
    if (*invoice != nullptr) opened.setInvoice(text((*invoice)->id));
    opened.setLine(command.getLine());
    opened.setKey(key.value);
    opened.setClaim(as_data(texts.seal(Personal::claim, view(command.getClaim()))));
    if (command.hasBill()) {
        const auto from = command.getBill();
        auto bill = opened.initBill();
        bill.setSha256(from.getSha256());
        bill.setRow(from.getRow());
        bill.setText(as_data(texts.seal(Personal::bill_text, view(from.getText()))));
        if (from.hasDate()) bill.setDate(from.getDate());
        if (from.getLayout().size() > 0) bill.setLayout(from.getLayout());
    }
    opened.setFirst(state.first_dispute(account.number, disputed_line(opened.asReader())).value);
    texts.write_concerned(opened);
    writer.end();
    return {};
}

Verdict add_evidence(State& state, const Account& account, schema::AddEvidence::Reader command, CommitWriter& writer) {
    const auto dispute = find_open(state, account, DisputeNumber(command.getDispute()));
    if (!dispute) return std::unexpected(dispute.error());
    auto added = writer.begin().initEvidenceAdded();
    added.setDispute(command.getDispute());
    if (command.hasNote()) {
        const auto key = key_for(state, **dispute);
        Texts texts(state, account, (*dispute)->number, key);
        added.setKey(key.value);
        added.setNote(as_data(texts.seal(Personal::note, view(command.getNote()))));
        texts.write_concerned(added);
    }
    if (command.hasSha256()) added.setSha256(command.getSha256());
    writer.end();
    return {};
}

Verdict resolve_dispute(State& state, const Account& account, schema::ResolveDispute::Reader command,
                        CommitWriter& writer) {
    const auto dispute = find_open(state, account, DisputeNumber(command.getDispute()));
    if (!dispute) return std::unexpected(dispute.error());
    auto resolved = writer.begin().initDisputeResolved();
    resolved.setDispute(command.getDispute());
    resolved.setVerdict(command.getVerdict());
    if (command.hasNote()) {
        const auto key = key_for(state, **dispute);
        Texts texts(state, account, (*dispute)->number, key);
        resolved.setKey(key.value);
        resolved.setNote(as_data(texts.seal(Personal::note, view(command.getNote()))));
        texts.write_concerned(resolved);
    }
    writer.end();
    return {};
}

std::string disputed_line(std::string_view bill, std::uint32_t row, std::string_view invoice, std::uint32_t line) {
    if (!bill.empty()) return "bill/" + std::string(bill) + "/" + std::to_string(row);
    return "invoice/" + std::to_string(line) + "/" + std::string(invoice);
}

std::string disputed_line(schema::DisputeOpened::Reader body) {
    return disputed_line(view(body.getBill().getSha256()), body.getBill().getRow(), view(body.getInvoice()),
                         body.getLine());
}

void dispute_opened(State& state, const Account& account, const EventHead& head) {
    const auto body = head.event().getDisputeOpened();
    Dispute dispute;
    dispute.number = DisputeNumber(body.getDispute());
    dispute.key = KeyNumber(body.getKey());
    dispute.line = disputed_line(body);
    state.change_account(account.id).next_dispute = dispute.number.next();
    state.add_dispute(account.number, std::move(dispute));
    note_concerned(state, account, head, body);
}

void evidence_added(State& state, const Account& account, const EventHead& head) {
    const auto body = head.event().getEvidenceAdded();
    if (body.getKey() != 0) {
        state.change_dispute(account.number, DisputeNumber(body.getDispute())).key = KeyNumber(body.getKey());
    }
    note_concerned(state, account, head, body);
}

void dispute_resolved(State& state, const Account& account, const EventHead& head) {
    const auto body = head.event().getDisputeResolved();
    auto& dispute = state.change_dispute(account.number, DisputeNumber(body.getDispute()));
    dispute.resolved = true;
    if (body.getKey() != 0) dispute.key = KeyNumber(body.getKey());
    note_concerned(state, account, head, body);
}

}  // namespace seatledger::rules
