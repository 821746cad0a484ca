// The words of letters: a table a language. What is missing in one, or has not the places that its use fills, does not
// compile.
#pragma once

#include <fmt/format.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "server/letters/letter.h"

namespace seatledger {

// A text with places {0}, {1}, … for `Arguments`.
template <typename... Arguments>
class Phrase {
 public:
    consteval Phrase(const char* text) : text_(text) {
        for (std::size_t i = 0; i < sizeof...(Arguments); ++i) {
            const char place[] = {'{', static_cast<char>('0' + i), '\0'};
            if (std::string_view(text).find(place) == std::string_view::npos) throw "an argument has no place in it";
        }
    }

    [[nodiscard]] std::string operator()(const Arguments&... arguments) const {
        return fmt::vformat(fmt::string_view(text_), fmt::make_format_args(arguments...));
    }

 private:
    fmt::format_string<const Arguments&...> text_;
};

using Word = std::string_view;
using Count = std::uint64_t;

enum class PluralForm { one, few, many };

// Words beside a number, in the forms that the language has: English and Portuguese have two, Russian three.
struct Counted {
    consteval Counted(const char* for_one, const char* for_others) : one(for_one), few(for_others), many(for_others) {}
    consteval Counted(const char* for_one, const char* for_few, const char* for_many)
        : one(for_one), few(for_few), many(for_many) {}

    Phrase<Count> one;
    Phrase<Count> few;
    Phrase<Count> many;
};

struct Phrases {
    Phrase<> language_tag;  // BCP 47
    PluralForm (*plural_form)(Count count);

    // Days and times.
    std::array<Phrase<>, 12> months;                // as they stand in a date
    Phrase<> first_day;                             // of a month
    Phrase<Word, Word, int> date;                   // day, month, year
    Phrase<Word, unsigned, unsigned, Word> moment;  // date, hour, minute, zone
    Counted days;

    // How a letter begins.
    Phrase<Word> greeting;  // name
    Phrase<> greeting_without_name;

    // What it lists.
    Counted licenses;
    Phrase<Word, Word> numbered;  // how many licenses, their numbers
    Phrase<std::uint32_t, std::uint32_t> range;
    Phrase<Count> more;          // that are not listed
    Phrase<Count, Count> bound;  // how many, of how many
    Phrase<Word> valid_until;    // moment

    // The letter of the payment.
    Phrase<Word, Word> payment_subject;  // licenses issued, invoice
    Counted issued_in_subject;
    Phrase<Word, Word, Word, Word> payment;  // invoice, licenses issued, account's name, its id
    Counted issued;
    Phrase<> payment_advice;
    Phrase<> payment_reason;

    // The reminder.
    Phrase<Word, Word, Word> term_subject;      // licenses, days, date
    Counted licenses_of_term;                   // after "the term of"
    Phrase<Word, Word, Word, Word, Word> term;  // days, date, licenses, account's name, its id
    Phrase<> term_advice;
    Phrase<> term_reason;
};

// Valid for the life of the process. Any thread.
[[nodiscard]] const Phrases& phrases(Language language);

[[nodiscard]] std::string counted(const Phrases& phrases, const Counted& words, Count count);

}  // namespace seatledger
