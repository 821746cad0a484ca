// What the cells of foreign files say: texts, days and amounts as people write them, and the ids made from them.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>

#include "events/money.h"
#include "projections/billing/decimal.h"

namespace seatledger {

enum class DateOrder : std::uint8_t { iso, mdy, dmy };   // 2016-02-26, 02/26/2016, 26/02/2016
enum class DecimalMark : std::uint8_t { point, comma };  // 1,234.50 or 1.234,50

// Runs of blanks, line breaks and other ASCII control characters as one blank, none at the ends.
[[nodiscard]] std::string fold_blanks(std::string_view text);

// At most `bytes_max` bytes of the text (UTF-8), and whole characters.
[[nodiscard]] std::string_view cut(std::string_view text, std::size_t bytes_max);

// The first `digits` (up to 64) hexadecimal digits of the SHA-256.
[[nodiscard]] std::string digest(std::string_view text, std::size_t digits);

// The text itself where it has at most 64 bytes (fewer than the ledger allows, so that ids stay readable in a
// table), else its beginning, "~" and 8 digits of its digest.
[[nodiscard]] std::string short_id(std::string_view text);

// A whole number in digits, without sign. Nothing for any other text and for what the type cannot hold.
[[nodiscard]] std::optional<std::uint32_t> read_number(std::string_view text);

// How days are written in that order, for messages: MM/DD/YYYY.
[[nodiscard]] std::string_view pattern_of(DateOrder order);

enum class YearDigits : std::uint8_t { four, two_or_four };  // two: of 2000 to 2099, and not in iso

// A day that exists, in the years 1 to 9999; iso with hyphens, the others with slashes, points or hyphens. Nothing for
// any other text.
[[nodiscard]] std::optional<std::chrono::year_month_day> read_date(std::string_view text, DateOrder order,
                                                                   YearDigits digits = YearDigits::four);

// An amount of that currency (ISO 4217) that is not negative, in whole minor units; an empty text is 0. A sign or the
// code of the currency may stand before or after it, and blanks, apostrophes or the mark that is not the decimal one
// between thousands. The error is the reason, as a sentence about `text`.
[[nodiscard]] std::expected<Amount, std::string> read_cost(std::string_view text, DecimalMark mark,
                                                           const std::string& currency);

// A number with or without a sign, grouped like a cost: a minus or a plus stands before or after it, or it stands in
// parentheses, which make it negative. An apostrophe in front, with which spreadsheets mark text, is no part of it. The
// error ends a sentence about `text`.
[[nodiscard]] std::expected<billing::Decimal, std::string> read_decimal(std::string_view text, DecimalMark mark);

// The same with, perhaps, a sign or the code of that currency next to it; of an empty one, any sign that is known. The
// number's own sign may stand on either side of it.
[[nodiscard]] std::expected<billing::Decimal, std::string> read_money(std::string_view text, DecimalMark mark,
                                                                      std::string_view currency);

}  // namespace seatledger
