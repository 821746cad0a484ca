// Disputes about lines of invoices and of the vendor's bills: the claim, the evidence, the verdict.
#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <string>
#include <string_view>

#include "engine/rules/event_head.h"
#include "engine/rules/rejection.h"
#include "engine/rules/state.h"
#include "events/command.capnp.h"
#include "events/commit_writer.h"
#include "events/event.capnp.h"

namespace seatledger::rules {

// Bytes of UTF-8.
inline constexpr std::size_t claim_bytes_max = 8 << 10;       // of a note as well
inline constexpr std::size_t bill_text_bytes_max = 24 << 10;  // of a line of a bill
inline constexpr std::size_t layout_bytes_max = 16 << 10;     // of how it is to be read
inline constexpr std::size_t addresses_max = 64;              // that are looked for in one text

[[nodiscard]] Verdict check(schema::OpenDispute::Reader command);
[[nodiscard]] Verdict check(schema::AddEvidence::Reader command);
[[nodiscard]] Verdict check(schema::ResolveDispute::Reader command);

// Whether the bill has a date from which the account's dispute window runs, if it has one (value_not_allowed).
[[nodiscard]] Verdict check_bill_date(const Account& account, schema::OpenDispute::Reader command);

// All texts of a dispute are sealed with one key of its own, which is destroyed with whoever it concerns: who acted in
// it, and whose address one of its texts has.
[[nodiscard]] Verdict open_dispute(State& state, const Account& account, schema::OpenDispute::Reader command,
                                   CommitWriter& writer);
[[nodiscard]] Verdict add_evidence(State& state, const Account& account, schema::AddEvidence::Reader command,
                                   CommitWriter& writer);
[[nodiscard]] Verdict resolve_dispute(State& state, const Account& account, schema::ResolveDispute::Reader command,
                                      CommitWriter& writer);

// Whether there is such a dispute (dispute_must_exist).
[[nodiscard]] std::expected<const Dispute*, Rejection> find_dispute(State& state, const Account& account,
                                                                    DisputeNumber number);
// Whether none that is open concerns the person (person_must_not_be_in_dispute).
[[nodiscard]] Verdict check_not_in_dispute(State& state, const Account& account, const User& user);

void dispute_opened(State& state, const Account& account, const EventHead& head);
void evidence_added(State& state, const Account& account, const EventHead& head);
void dispute_resolved(State& state, const Account& account, const EventHead& head);

// What is disputed, as a text that no other line has: a line of a bill (its file's digest and the row), else one of an
// invoice.
// `bill`: empty where none is disputed.
[[nodiscard]] std::string disputed_line(std::string_view bill, std::uint32_t row, std::string_view invoice,
                                        std::uint32_t line);
[[nodiscard]] std::string disputed_line(schema::DisputeOpened::Reader body);

}  // namespace seatledger::rules
