// What the tables of the rules say of disputes.
#include <algorithm>
#include <array>

#include "events/calendar.h"
#include "events/text.h"
#include "tests/support/naive_model.h"

namespace seatledger::testing {

using naive::Case;

namespace {

// Whether the text has the address, and not as a part of a longer one.
bool names(std::string_view text, const std::string& address) {
    const auto folded = fold_case(text);
    const auto wanted = fold_case(address);
    const std::string around = " \n,;:<>()\"";
    for (auto at = folded.find(wanted); at != folded.npos; at = folded.find(wanted, at + 1)) {
        const bool begins = at == 0 || around.find(folded[at - 1]) != around.npos;
        auto end = at + wanted.size();
        while (end < folded.size() && folded[end] == '.') ++end;
        if (begins && (end == folded.size() || around.find(folded[end]) != around.npos)) return true;
    }
    return false;
}

bool is_resolved(const naive::Account& account, std::uint32_t number) {
    return account.disputes.at(number - 1).resolved;
}

std::uint32_t first_on(const naive::Account& account, const std::string& line) {
    const auto found = std::ranges::find(account.disputes, line, &naive::Dispute::line);
    return found == account.disputes.end() ? 0 : found->number;
}

std::string line_of(std::string_view bill, std::uint32_t row, std::string_view invoice, std::uint32_t line) {
    if (!bill.empty()) return std::string(bill) + " row " + std::to_string(row);
    return std::string(invoice) + " line " + std::to_string(line);
}

}  // namespace

bool NaiveModel::is_in_open_dispute(const naive::Account& account, std::uint32_t user) {
    return std::ranges::any_of(account.disputes, [&](const naive::Dispute& dispute) {
        return !dispute.resolved && std::ranges::find(dispute.concerns, user) != dispute.concerns.end();
    });
}

void NaiveModel::decide_disputes(Case& c) {
    if (c.command.isOpenDispute()) open_dispute(c, c.command.getOpenDispute());
    if (c.command.isAddEvidence()) {
        const auto body = c.command.getAddEvidence();
        if (!needs_open_dispute(c, body.getDispute())) return;
        auto added = c.event().initEvidenceAdded();
        added.setDispute(body.getDispute());
        if (body.hasNote()) added.setNote(as_data(view(body.getNote())));
        if (body.hasSha256()) added.setSha256(body.getSha256());
    }
    if (c.command.isResolveDispute()) {
        const auto body = c.command.getResolveDispute();
        if (!needs_open_dispute(c, body.getDispute())) return;
        auto resolved = c.event().initDisputeResolved();
        resolved.setDispute(body.getDispute());
        resolved.setVerdict(body.getVerdict());
        if (body.hasNote()) resolved.setNote(as_data(view(body.getNote())));
    }
}

bool NaiveModel::needs_open_dispute(Case& c, std::uint32_t number) {
    const bool is_there = number >= 1 && number <= c.account->disputes.size();
    if (!c.needs(is_there, "dispute_must_exist")) return false;
    return c.needs(!is_resolved(*c.account, number), "dispute_must_be_open");
}

void NaiveModel::open_dispute(Case& c, schema::OpenDispute::Reader body) {
    const auto* invoice = body.hasInvoice() ? find_invoice(*c.account, view(body.getInvoice())) : nullptr;
    if (body.hasInvoice()) {
        if (!c.needs(invoice != nullptr, "invoice_must_exist")) return;
        if (!c.needs(body.getLine() <= invoice->lines.size(), "line_must_exist")) return;
    }
    const auto bill = body.getBill();
    if (!c.account->dispute_window.empty()) {
        const auto& zone = *find_time_zone(c.account->zone);
        const auto date =
            bill.hasDate() ? *start_of_day(*parse_civil_day(view(bill.getDate())), zone) : Instant{invoice->issued_at};
        const auto until = add_term(date, *parse_term(c.account->dispute_window), zone);
        c.needs(!until || c.at < until->micros, "dispute_too_late");
    }
    if (c.is_broken()) return;
    auto opened = c.event().initDisputeOpened();
    opened.setDispute(static_cast<std::uint32_t>(c.account->disputes.size() + 1));
    if (body.hasInvoice()) opened.setInvoice(body.getInvoice());
    opened.setLine(body.getLine());
    opened.setClaim(as_data(view(body.getClaim())));
    if (body.hasBill()) {
        auto to = opened.initBill();
        to.setSha256(bill.getSha256());
        to.setRow(bill.getRow());
        to.setText(as_data(view(bill.getText())));
        if (bill.hasDate()) to.setDate(bill.getDate());
        if (bill.getLayout().size() > 0) to.setLayout(bill.getLayout());
    }
    const auto line = line_of(view(bill.getSha256()), bill.getRow(), view(body.getInvoice()), body.getLine());
    opened.setFirst(first_on(*c.account, line));
}

void NaiveModel::concern(naive::Account& account, naive::Dispute& dispute, schema::Event::Reader event,
                         std::string_view text) {
    if (event.getActor() != 0) dispute.concerns.push_back(event.getActor());
    for (const auto& user : account.users) {
        if (!user.email.empty() && names(text, user.email)) dispute.concerns.push_back(user.id);
    }
}

void NaiveModel::apply_disputes(naive::Account& account, schema::Event::Reader event) {
    if (event.isDisputeOpened()) {
        const auto body = event.getDisputeOpened();
        const auto bill = body.getBill();
        naive::Dispute dispute;
        dispute.number = body.getDispute();
        dispute.line = line_of(view(bill.getSha256()), bill.getRow(), view(body.getInvoice()), body.getLine());
        concern(account, dispute, event, view(body.getClaim()));
        concern(account, dispute, event, view(bill.getText()));
        account.disputes.push_back(std::move(dispute));
    }
    if (event.isEvidenceAdded()) {
        const auto body = event.getEvidenceAdded();
        concern(account, account.disputes.at(body.getDispute() - 1), event, view(body.getNote()));
    }
    if (event.isDisputeResolved()) {
        const auto body = event.getDisputeResolved();
        auto& dispute = account.disputes.at(body.getDispute() - 1);
        dispute.resolved = true;
        concern(account, dispute, event, view(body.getNote()));
    }
}

}  // namespace seatledger::testing
