// The cards that an account has on file: who orders needs one.
#pragma once

#include "engine/rules/rejection.h"
#include "engine/rules/state.h"
#include "events/command.capnp.h"
#include "events/commit_writer.h"

namespace seatledger::rules {

[[nodiscard]] Verdict check(schema::AddCard::Reader command);
[[nodiscard]] Verdict check(schema::RemoveCard::Reader command);

// A card that is on file already is replaced by what is said of it now.
[[nodiscard]] Verdict add_card(schema::AddCard::Reader command, CommitWriter& writer);
[[nodiscard]] Verdict remove_card(const Account& account, schema::RemoveCard::Reader command, CommitWriter& writer);

// What the two do to the cards of an account.
void keep(std::vector<Card>& cards, schema::CardAdded::Reader body);
void drop(std::vector<Card>& cards, schema::CardRemoved::Reader body);

// Whether this is, with nothing but blanks and hyphens between them, 13 to 19 digits that pass the check of Luhn
// (ISO/IEC 7812-1, annex B): then it is most likely a card's own number, which must not be written down.
[[nodiscard]] bool is_card_number(std::string_view text);

}  // namespace seatledger::rules
