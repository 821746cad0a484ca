#include "events/phrase.h"

#include <vector>

#include "tests/support/catch.h"

namespace seatledger {
namespace {

std::string days(PluralForm (*form)(Count), const Counted& words, Count count) { return words.in(form(count))(count); }

}  // namespace

TEST_CASE("a phrase puts its arguments into their places, and takes them as they are") {
    constexpr Phrase<Word, Count> phrase = "{1} of {0}, {{literally}}";
    CHECK(phrase("it", 3) == "3 of it, {literally}");
    CHECK(phrase("{0} {7} %s \\", 3) == "3 of {0} {7} %s \\, {literally}");
}

TEST_CASE("a label is its text") {
    constexpr Label label = "нет в реестре";
    STATIC_REQUIRE(label.text() == "нет в реестре");
}

TEST_CASE("a number of things has the form that its language wants") {
    static constexpr Counted english = {"{0} day", "{0} days"};
    static constexpr Counted russian = {"{0} день", "{0} дня", "{0} дней"};
    static constexpr Counted same = {"{0} Tage?"};
    for (const Count one : {1}) CHECK(days(one_or_many, english, one) == "1 day");
    for (const Count many : {0, 2, 11, 21, 101}) {
        CHECK(days(one_or_many, english, many) == std::to_string(many) + " days");
        CHECK(days(one_or_many, same, many) == std::to_string(many) + " Tage?");
    }
    for (const Count one : {1, 21, 101, 1'001, 121}) {
        CHECK(days(russian_form, russian, one) == std::to_string(one) + " день");
    }
    for (const Count few : {2, 3, 4, 22, 34, 102, 1'003}) {
        CHECK(days(russian_form, russian, few) == std::to_string(few) + " дня");
    }
    for (const Count many : {0, 5, 9, 10, 11, 12, 13, 14, 20, 25, 100, 111, 112, 114, 1'011}) {
        CHECK(days(russian_form, russian, many) == std::to_string(many) + " дней");
    }
}

}  // namespace seatledger
