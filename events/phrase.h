// What tables of words in several languages are made of. What has not the places that its use fills does not compile.
// All of it is made by the compiler, lives as long as the process and is for any thread.
#pragma once

#include <fmt/format.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

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

    // What arguments say is taken as it is, braces included. Cost: its length.
    [[nodiscard]] std::string operator()(const Arguments&... arguments) const {
        return fmt::vformat(fmt::string_view(text_), fmt::make_format_args(arguments...));
    }

 private:
    fmt::format_string<const Arguments&...> text_;
};

// A text without places.
class Label {
 public:
    consteval Label(const char* text) : text_(text) {
        if (text_.empty()) throw "a label says nothing";
        if (text_.find_first_of("{}") != std::string_view::npos) throw "a label has no places";
    }

    [[nodiscard]] constexpr std::string_view text() const { return text_; }

 private:
    std::string_view text_;
};

using Word = std::string_view;
using Count = std::uint64_t;

enum class PluralForm : std::uint8_t { one, few, many };

// Of languages with two forms, `one` and `many`: English, Portuguese.
[[nodiscard]] PluralForm one_or_many(Count count);
// 1, 21, 101 but not 11; 2 to 4, 22 but not 12 to 14; all others.
[[nodiscard]] PluralForm russian_form(Count count);

// A phrase in the forms that the language has beside a number: English and Portuguese have two, Russian three; or in
// one, where its words are the same for every number.
template <typename... Arguments>
struct Plural {
    consteval Plural(const char* for_all) : one(for_all), few(for_all), many(for_all) {}
    consteval Plural(const char* for_one, const char* for_others) : one(for_one), few(for_others), many(for_others) {}
    consteval Plural(const char* for_one, const char* for_few, const char* for_many)
        : one(for_one), few(for_few), many(for_many) {}

    [[nodiscard]] const Phrase<Arguments...>& in(PluralForm form) const {
        switch (form) {
            case PluralForm::one: return one;
            case PluralForm::few: return few;
            case PluralForm::many: break;
        }
        return many;
    }

    Phrase<Arguments...> one;
    Phrase<Arguments...> few;
    Phrase<Arguments...> many;
};

// Words beside a number.
using Counted = Plural<Count>;

}  // namespace seatledger
