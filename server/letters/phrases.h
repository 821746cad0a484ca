// The words of letters: a table a language. What is missing in one, or has not the places that its use fills, does not
// compile.
#pragma once

#include <array>
#include <cstdint>
#include <string>

#include "events/phrase.h"
#include "server/letters/letter.h"

namespace seatledger {

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
