#include "engine/rules/values.h"

#include <algorithm>

#include "events/calendar.h"
#include "events/money.h"
#include "events/text.h"

namespace seatledger::rules {

ValueCheck& ValueCheck::object(std::string_view field, std::string objection) {
    if (verdict_)
        verdict_ = reject(Rule::value_not_allowed, std::string(prefix_) + std::string(field) + " " + objection);
    return *this;
}

ValueCheck& ValueCheck::text(std::string_view field, std::string_view value, std::size_t bytes_max) {
    if (value.empty()) return object(field, "is empty; give it a value");
    return optional_text(field, value, bytes_max);
}

ValueCheck& ValueCheck::optional_text(std::string_view field, std::string_view value, std::size_t bytes_max) {
    size(field, value, bytes_max);
    if (!is_plain_text(value)) return object(field, "has control characters or is not UTF-8");
    return *this;
}

ValueCheck& ValueCheck::long_text(std::string_view field, std::string_view value, std::size_t bytes_max) {
    if (value.empty()) return object(field, "is empty; give it a value");
    return optional_long_text(field, value, bytes_max);
}

ValueCheck& ValueCheck::optional_long_text(std::string_view field, std::string_view value, std::size_t bytes_max) {
    size(field, value, bytes_max);
    std::string on_one_line(value);
    std::ranges::replace_if(
        on_one_line, [](char c) { return c == '\t' || c == '\r' || c == '\n'; }, ' ');
    if (!is_plain_text(on_one_line)) return object(field, "has control characters or is not UTF-8");
    return *this;
}

ValueCheck& ValueCheck::size(std::string_view field, std::string_view value, std::size_t bytes_max) {
    if (value.size() <= bytes_max) return *this;
    return object(
        field, "has " + std::to_string(value.size()) + " bytes; at most " + std::to_string(bytes_max) + " are allowed");
}

ValueCheck& ValueCheck::optional_term(std::string_view field, std::string_view value) {
    if (value.empty()) return *this;
    if (value.size() > term_bytes_max || !parse_term(value)) {
        return object(field, "is not an ISO 8601 duration such as P1Y, P6M or P30D");
    }
    return *this;
}

ValueCheck& ValueCheck::currency(std::string_view field, std::string_view code) {
    return that(minor_unit_digits(code).has_value(), field, "is not a currency of ISO 4217 such as USD");
}

ValueCheck& ValueCheck::money(std::string_view field, schema::Money::Reader money) {
    return currency(std::string(field) + ".currency", view(money.getCurrency()));
}

ValueCheck& ValueCheck::optional_instant(std::string_view field, Instant instant) {
    return that(instant == no_instant || (first_instant <= instant && instant <= last_instant), field,
                "lies outside the years 1 to 9999");
}

ValueCheck& ValueCheck::count(std::string_view field, std::size_t count, std::size_t count_min, std::size_t count_max) {
    if (count >= count_min && count <= count_max) return *this;
    return object(field, "has " + std::to_string(count) + " members; allowed are " + std::to_string(count_min) +
                             " to " + std::to_string(count_max));
}

bool is_email(std::string_view text) {
    const auto at = text.find('@');
    return text.size() <= email_bytes_max && at != std::string_view::npos && at > 0 && at + 1 < text.size() &&
           text.find('@', at + 1) == std::string_view::npos && text.find(' ') == std::string_view::npos &&
           is_plain_text(text);
}

}  // namespace seatledger::rules
