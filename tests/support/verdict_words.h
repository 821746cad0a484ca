// What the message of a verdict says, whatever its language; and verdicts of every sort to say something of.
#pragma once

#include <array>
#include <random>
#include <string>
#include <vector>

#include "events/types.capnp.h"
#include "projections/billing/verdict_message.h"

namespace seatledger::testing {

inline constexpr std::array languages = {schema::Language::EN, schema::Language::RU, schema::Language::PT};
[[nodiscard]] std::string name_of(schema::Language language);  // EN …

inline constexpr auto last_note = billing::Note::amount_does_not_follow;

// The numbers, days, amounts, quoted names, addresses and codes of a message, sorted, each as often as it occurs.
[[nodiscard]] std::vector<std::string> facts_of(const std::string& message);
// The message without its quoted names, addresses, amounts and codes: words of its language.
[[nodiscard]] std::string words_of(const std::string& message);

[[nodiscard]] bool has_cyrillic(const std::string& text);
[[nodiscard]] bool has_ascii_letter(const std::string& text);

// Checks that the message is said in every language, in words of that language, and of the same facts.
void check_languages(const billing::LineVerdict& verdict, const billing::EmailOf& email_of);

// With this verdict and note, and anything else: also what no line of a bill leads to.
[[nodiscard]] billing::LineVerdict random_verdict(std::mt19937_64& random, billing::Verdict verdict,
                                                  billing::Note note);

}  // namespace seatledger::testing
