#include "events/phrase.h"

namespace seatledger {

PluralForm one_or_many(Count count) { return count == 1 ? PluralForm::one : PluralForm::many; }

PluralForm russian_form(Count count) {
    const auto last = count % 10;
    const auto teens = count % 100 >= 11 && count % 100 <= 14;
    if (last == 1 && !teens) return PluralForm::one;
    if (last >= 2 && last <= 4 && !teens) return PluralForm::few;
    return PluralForm::many;
}

}  // namespace seatledger
