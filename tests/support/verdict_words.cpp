#include "tests/support/verdict_words.h"

#include <algorithm>
#include <optional>
#include <regex>
#include <set>

#include "tests/support/catch.h"

namespace seatledger::testing {

using namespace billing;

namespace {

const std::regex quoted(R"re("[^"]*"|«[^»]*»)re");
const std::regex address(R"re([A-Za-z0-9.]+@[A-Za-z0-9.]*[A-Za-z0-9])re");
const std::regex amount(R"re(-?[0-9]+(\.[0-9]+)? (USD|EUR|JPY))re");
const std::regex number(R"re(-?[0-9]+([.-][0-9]+)*)re");

std::vector<std::string> all_codes() {
    std::vector<std::string> codes;
    for (std::size_t i = 0; i < verdicts_count; ++i) codes.emplace_back(name_of(static_cast<Verdict>(i)));
    for (const auto rounding : roundings) codes.emplace_back(name_of(rounding));
    for (const auto count : day_counts) codes.emplace_back(name_of(count));
    // Of two of which one is within the other, the longer one first. English has some of them as words.
    std::erase_if(codes, [](const std::string& code) { return code.find_first_of("_-") == code.npos; });
    std::ranges::sort(codes, [](const auto& a, const auto& b) { return a.size() > b.size(); });
    return codes;
}

void take(std::string& text, const std::regex& what, std::vector<std::string>& facts) {
    for (std::sregex_iterator at(text.begin(), text.end(), what), end; at != end; ++at) facts.push_back(at->str());
    text = std::regex_replace(text, what, " ");
}

// The words that remain, when all facts are taken.
std::string split(std::string text, std::vector<std::string>& facts) {
    static const auto codes = all_codes();
    std::vector<std::string> names;
    take(text, quoted, names);
    for (const auto& name : names) {
        const std::size_t mark = name.starts_with('"') ? 1 : std::string("«").size();
        facts.push_back("name " + name.substr(mark, name.size() - 2 * mark));
    }
    take(text, address, facts);
    take(text, amount, facts);
    for (const auto& code : codes) {
        for (auto at = text.find(code); at != text.npos; at = text.find(code)) {
            facts.push_back(code);
            text.replace(at, code.size(), " ");
        }
    }
    take(text, number, facts);
    return text;
}

bool has_word(const std::string& text, const std::string& word) {
    return std::regex_search(text, std::regex("\\b" + word + "\\b", std::regex::icase));
}

// What is wrong with how the text looks, in any language.
void check_shape(const std::string& text) {
    REQUIRE_FALSE(text.empty());
    CHECK(text.ends_with('.'));
    CHECK_FALSE(text.starts_with(' '));
    for (const auto* odd : {"{", "}", "  ", " .", " ,", "..", ",,", "()", " )", "( "}) {
        INFO('"' << odd << '"');
        CHECK_FALSE(contains(text, odd));
    }
}

}  // namespace

std::string name_of(schema::Language language) {
    switch (language) {
        case schema::Language::EN: return "EN";
        case schema::Language::RU: return "RU";
        case schema::Language::PT: return "PT";
    }
    return "?";
}

std::vector<std::string> facts_of(const std::string& message) {
    std::vector<std::string> facts;
    split(message, facts);
    std::ranges::sort(facts);
    return facts;
}

std::string words_of(const std::string& message) {
    std::vector<std::string> facts;
    return split(message, facts);
}

bool has_cyrillic(const std::string& text) {
    return std::ranges::any_of(text, [](char c) { return c == '\xD0' || c == '\xD1'; });
}

bool has_ascii_letter(const std::string& text) {
    return std::ranges::any_of(text, [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); });
}

void check_languages(const LineVerdict& verdict, const EmailOf& email_of) {
    const auto english = message(verdict, email_of, schema::Language::EN);
    const auto russian = message(verdict, email_of, schema::Language::RU);
    const auto portuguese = message(verdict, email_of, schema::Language::PT);
    INFO(english << "\n" << russian << "\n" << portuguese);
    for (const auto& text : {english, russian, portuguese}) check_shape(text);
    CHECK(facts_of(russian) == facts_of(english));
    CHECK(facts_of(portuguese) == facts_of(english));

    const auto english_words = words_of(english), russian_words = words_of(russian),
               portuguese_words = words_of(portuguese);
    CHECK(std::ranges::all_of(english_words, [](unsigned char c) { return c < 0x80; }));
    CHECK(has_cyrillic(russian_words));
    CHECK_FALSE(has_ascii_letter(russian_words));
    CHECK_FALSE(has_cyrillic(portuguese_words));
    for (const auto* word : {"the", "of", "and", "is", "was", "in", "for", "seat", "seats", "bill", "day", "license"}) {
        INFO(word);
        CHECK_FALSE(has_word(portuguese_words, word));
    }
}

// ---- Verdicts.

namespace {

// Of which seat-days may lack.
constexpr std::array reasons = {Verdict::billed_before_payment,   Verdict::not_delivered_in_48h,
                                Verdict::billed_after_revocation, Verdict::billed_after_expiry,
                                Verdict::billed_after_unbind,     Verdict::wrong_quantity};

class RandomDetails {
 public:
    explicit RandomDetails(std::mt19937_64& random) : random_(random) {}

    [[nodiscard]] bool maybe() { return below(2) == 0; }
    [[nodiscard]] std::uint64_t below(std::uint64_t end) { return random_() % end; }
    // Those by which plural forms differ more often than others.
    [[nodiscard]] std::uint32_t count() {
        static constexpr std::array often = {1, 1, 1, 2, 3, 5, 11, 12, 21, 22, 25, 100, 101, 111, 112};
        return maybe() ? static_cast<std::uint32_t>(often[below(often.size())])
                       : static_cast<std::uint32_t>(below(2'000));
    }
    [[nodiscard]] std::string name(const char* of) { return of + std::to_string(below(1'000)); }
    [[nodiscard]] Decimal amount() {
        const Decimal some{static_cast<std::int64_t>(below(1'000'000)), static_cast<std::uint8_t>(below(4))};
        return below(4) == 0 ? negated(some) : some;
    }
    [[nodiscard]] CivilDay day() { return CivilDay{static_cast<std::int32_t>(17'000 + below(4'000))}; }
    [[nodiscard]] DayPeriod period() {
        const auto begin = day();
        return {begin, CivilDay{begin.number + static_cast<std::int32_t>(count())}};
    }
    template <typename Value>
    [[nodiscard]] std::optional<Value> maybe(Value value) {
        return maybe() ? std::optional(value) : std::nullopt;
    }
    [[nodiscard]] Sequence maybe_event() { return Sequence(maybe() ? 1 + below(500) : 0); }

    void fill(VerdictDetails& of);

 private:
    std::mt19937_64& random_;
};

void RandomDetails::fill(VerdictDetails& of) {
    of.sku = name("sku");
    of.invoice = name("i");
    if (maybe()) of.license = count();
    of.user = UserId(maybe() ? count() : 0);
    if (maybe()) of.email = name("nobody") + "@acme.test";
    of.quantity = maybe() ? Decimal{count(), 0} : amount();
    of.unit_price = maybe(amount());
    of.period = period();
    of.billing = static_cast<schema::Billing>(below(3));
    of.seats_billed = count();
    of.seat_days_billed = count();
    of.seat_days_covered = count();
    of.missing_seats = count();
    for (auto i = below(4); i > 0; --i) {
        of.deficits.push_back({reasons[below(reasons.size())], count(), count()});
    }
    of.ledger_invoice = name("j");
    of.first_license = LicenseNumber(maybe() ? count() : 0);
    of.lot_quantity = count();
    of.term = maybe(period());
    of.issued = maybe(day());
    of.paid = maybe(day());
    of.ended = maybe(day());
    of.is_reversed = maybe();
    of.order = OrderNumber(count());
    of.requested = maybe(day());
    of.due = maybe(day());
    of.person = UserId(maybe() ? 1 + count() : 0);
    of.persons = 1 + below(4) * count();
    if (below(4) != 0) of.queue = name("queue");
    of.queue_kind = static_cast<schema::QueueKind>(below(3));
    of.queue_role = static_cast<schema::QueueRole>(below(2));
    of.member_since = maybe(day());
    of.without_license_since = maybe(day());
    of.price_in_force = maybe(amount());
    of.price_since = maybe_event();
    of.price_copied = maybe_event();
    of.billed_price_of = maybe_event();
    of.billed_price_since = maybe(day());
}

}  // namespace

LineVerdict random_verdict(std::mt19937_64& random, Verdict verdict, Note note) {
    RandomDetails any(random);
    LineVerdict made;
    made.verdict = verdict;
    made.line = verdict == Verdict::not_billed ? 0 : any.count();
    if (verdict != Verdict::not_billed && any.below(5) == 0) made.state = LineState::set_aside;
    made.arithmetic = static_cast<Arithmetic>(any.below(4));
    if (made.arithmetic == Arithmetic::explained_by_rounding) {
        std::ranges::copy_if(roundings, std::back_inserter(made.roundings), [&](auto) { return any.maybe(); });
        if (made.roundings.empty()) made.roundings = {Rounding::round_once};
    } else if (made.arithmetic == Arithmetic::explained_by_day_count) {
        std::ranges::copy_if(day_counts, std::back_inserter(made.day_counts), [&](auto) { return any.maybe(); });
        if (made.day_counts.empty()) made.day_counts = {DayCount::thirty_360};
    } else if (made.arithmetic == Arithmetic::mismatch) {
        made.difference = any.maybe(any.amount());
    }
    made.currency = std::array{"USD", "EUR", "JPY"}[any.below(3)];
    made.amount = any.amount();
    made.explained = any.amount();
    made.at_issue = any.amount();
    made.of_line = any.maybe() ? any.count() : 0;
    any.fill(made.details);
    made.details.note = note;
    if (note == Note::unknown_person) made.details.email = "nobody@acme.test";
    return made;
}

}  // namespace seatledger::testing
