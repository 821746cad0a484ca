// The reducer's part of disputes.
#include <algorithm>
#include <vector>

#include "engine/rules/disputes.h"
#include "events/text.h"
#include "projections/reducer.h"

namespace seatledger {

using tables::key_of;
using tables::Table;

namespace {

template <typename Number>
std::vector<Number> numbers_of(typename capnp::List<Number>::Reader list) {
    std::vector<Number> numbers;
    for (const auto number : list) numbers.push_back(number);
    return numbers;
}

void add_event(rows::Dispute::Builder row, Sequence sequence) {
    auto events = numbers_of<std::uint64_t>(row.asReader().getEvents());
    events.push_back(sequence.value);
    auto list = row.initEvents(static_cast<unsigned>(events.size()));
    for (unsigned i = 0; i < list.size(); ++i) list.set(i, events[i]);
}

}  // namespace

void Reducer::open_dispute(schema::Event::Reader event, AccountState& account, RowBuffer& rows) {
    const auto body = event.getDisputeOpened();
    change_row<rows::Dispute>(key_of(Table::disputes, account.number, body.getDispute()), rows,
                              [&](rows::Dispute::Builder row) {
                                  if (body.hasInvoice()) row.setInvoice(body.getInvoice());
                                  row.setLine(body.getLine());
                                  if (body.hasBill()) row.setBill(body.getBill().getSha256());
                                  row.setRow(body.getBill().getRow());
                                  row.setFirst(body.getFirst());
                                  row.setKey(body.getKey());
                                  add_event(row, sequence_);
                              });
    if (body.getFirst() == 0) {
        value_.clear();
        tables::put_u32(value_, body.getDispute());
        tables::put_u64(value_, sequence_.value);
        rows.put_index(key_of(Table::disputed_lines, account.number, rules::disputed_line(body)), value_);
    }
    if (body.hasInvoice()) {
        mention(tables::mention_key(account.number, tables::Mention::invoice, view(body.getInvoice())), rows);
    }
    concern(event, account, DisputeNumber(body.getDispute()), body.getConcerns(), rows);
}

void Reducer::add_evidence(schema::Event::Reader event, AccountState& account, RowBuffer& rows) {
    const auto body = event.getEvidenceAdded();
    change_row<rows::Dispute>(key_of(Table::disputes, account.number, body.getDispute()), rows,
                              [&](rows::Dispute::Builder row) {
                                  if (body.getKey() != 0) row.setKey(body.getKey());
                                  add_event(row, sequence_);
                              });
    concern(event, account, DisputeNumber(body.getDispute()), body.getConcerns(), rows);
}

void Reducer::resolve_dispute(schema::Event::Reader event, AccountState& account, RowBuffer& rows) {
    const auto body = event.getDisputeResolved();
    change_row<rows::Dispute>(key_of(Table::disputes, account.number, body.getDispute()), rows,
                              [&](rows::Dispute::Builder row) {
                                  row.setResolved(true);
                                  if (body.getKey() != 0) row.setKey(body.getKey());
                                  add_event(row, sequence_);
                              });
    concern(event, account, DisputeNumber(body.getDispute()), body.getConcerns(), rows);
}

void Reducer::credit_dispute(AccountState& account, DisputeNumber dispute, RowBuffer& rows) {
    change_row<rows::Dispute>(key_of(Table::disputes, account.number, dispute.value), rows,
                              [&](rows::Dispute::Builder row) { add_event(row, sequence_); });
}

// Whoever acts in a dispute, and whom its texts name.
void Reducer::concern(schema::Event::Reader event, AccountState& account, DisputeNumber dispute,
                      capnp::List<std::uint32_t>::Reader named, RowBuffer& rows) {
    auto users = numbers_of<std::uint32_t>(named);
    if (event.getActor() != 0) users.push_back(event.getActor());
    std::ranges::sort(users);
    const auto doubles = std::ranges::unique(users);
    users.erase(doubles.begin(), doubles.end());
    for (const auto user : users) {
        change_row<rows::User>(key_of(Table::users, account.number, user), rows, [&](rows::User::Builder row) {
            auto disputes = numbers_of<std::uint32_t>(row.asReader().getDisputes());
            const auto at = std::ranges::lower_bound(disputes, dispute.value);
            if (at == disputes.end() || *at != dispute.value) disputes.insert(at, dispute.value);
            auto list = row.initDisputes(static_cast<unsigned>(disputes.size()));
            for (unsigned i = 0; i < list.size(); ++i) list.set(i, disputes[i]);
        });
    }
}

}  // namespace seatledger
