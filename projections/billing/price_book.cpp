#include "projections/billing/price_book.h"

#include <algorithm>
#include <boost/json.hpp>

namespace seatledger::billing {
namespace {

namespace json = boost::json;

constexpr std::string_view end_exclusive = "exclusive";
constexpr std::string_view end_inclusive = "inclusive";

std::string rounding_names() {
    std::string names;
    for (const auto rounding : roundings) names += (names.empty() ? "" : ", ") + std::string(name_of(rounding));
    return names;
}

std::unexpected<std::string> not_one_of(const std::string& key, const std::string& allowed) {
    return std::unexpected("\"" + key + "\" is not one of " + allowed);
}

std::expected<void, std::string> read_key(const std::string& key, const json::value& value, PriceBook& book) {
    const auto text = value.is_string() ? std::string_view(value.get_string()) : std::string_view();
    if (key == "rounding") {
        const auto rounding = rounding_named(text);
        if (!rounding) return not_one_of(key, rounding_names());
        book.rounding = *rounding;
        return {};
    }
    if (key == "end") {
        if (text != end_exclusive && text != end_inclusive) return not_one_of(key, "exclusive, inclusive");
        book.end_inclusive = text == end_inclusive;
        return {};
    }
    return std::unexpected("\"" + key + "\" is no key of a price book; it has rounding and end");
}

}  // namespace

std::string_view name_of(Rounding rounding) {
    switch (rounding) {
        case Rounding::round_once: return "round-once";
        case Rounding::unit_then_quantity: return "unit-then-quantity";
        case Rounding::daily_2dp: return "daily-2dp";
        case Rounding::daily_3dp: return "daily-3dp";
    }
    return "?";
}

std::optional<Rounding> rounding_named(std::string_view name) {
    const auto* found = std::ranges::find(roundings, name, name_of);
    if (found == roundings.end()) return std::nullopt;
    return *found;
}

std::expected<PriceBook, std::string> parse_price_book(std::string_view text) {
    json::error_code error;
    const auto value = json::parse(json::string_view(text.data(), text.size()), error);
    if (error) return std::unexpected("the price book is no JSON: " + error.message());
    if (!value.is_object())
        return std::unexpected("the price book is no JSON object; write {\"rounding\":…,\"end\":…}");
    PriceBook book;
    for (const auto& [key, member] : value.get_object()) {
        const auto read = read_key(std::string(key), member, book);
        if (!read) return std::unexpected(read.error());
    }
    return book;
}

}  // namespace seatledger::billing
