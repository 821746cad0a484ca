#include "projections/billing/verdict_phrases.h"

#include "projections/billing/verdict_message.h"

namespace seatledger::billing {
namespace {

template <typename Enumeration, std::size_t size>
std::string_view label(const std::array<Label, size>& labels, Enumeration of) {
    const auto index = static_cast<std::size_t>(of);
    return index < size ? labels[index].text() : "?";
}

}  // namespace

const VerdictPhrases& verdict_phrases(schema::Language language) {
    switch (language) {
        case schema::Language::EN: return english_verdicts;
        case schema::Language::RU: return russian_verdicts;
        case schema::Language::PT: return portuguese_verdicts;
    }
    return english_verdicts;
}

std::string_view label_of(Verdict verdict, schema::Language language) {
    return label(verdict_phrases(language).verdict_labels, verdict);
}

std::string_view label_of(Arithmetic arithmetic, schema::Language language) {
    return label(verdict_phrases(language).arithmetic_labels, arithmetic);
}

std::string_view label_of(LineState state, schema::Language language) {
    return label(verdict_phrases(language).state_labels, state);
}

std::string_view label_of(Rounding rounding, schema::Language language) {
    return label(verdict_phrases(language).rounding_labels, rounding);
}

std::string_view label_of(DayCount count, schema::Language language) {
    return label(verdict_phrases(language).day_count_labels, count);
}

}  // namespace seatledger::billing
