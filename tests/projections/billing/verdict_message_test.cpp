// What verdicts say, in all languages: the same, whole sentences, in the forms that numbers want.
#include "projections/billing/verdict_message.h"

#include <algorithm>
#include <cctype>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "tests/support/catch.h"
#include "tests/support/reconciled.h"
#include "tests/support/verdict_words.h"

namespace seatledger::billing {
namespace {

using namespace testing;
using schema::Language;

std::optional<std::string> email_of(UserId user) {
    if (user.value % 3 == 0) return {};  // erased
    return "p" + std::to_string(user.value) + "@acme.test";
}

std::string said(const LineVerdict& verdict, Language language) { return message(verdict, email_of, language); }

// Ten seats of March that the ledger has.
LineVerdict ten_in_march() {
    LineVerdict verdict;
    verdict.line = 2;
    verdict.currency = "EUR";
    verdict.amount = verdict.explained = decimal("310.00");
    verdict.at_issue = {0, 2};
    auto& of = verdict.details;
    of.sku = "connect";
    of.quantity = decimal("10");
    of.period = period("2020-03-01", "2020-04-01");
    of.seats_billed = 10;
    of.seat_days_billed = of.seat_days_covered = 310;
    of.ledger_invoice = "i";
    of.lot_quantity = 10;
    of.term = of.period;
    of.paid = day("2020-03-01");
    return verdict;
}

LineVerdict of_quantity(const char* quantity) {
    auto verdict = ten_in_march();
    verdict.details.quantity = decimal(quantity);
    return verdict;
}

LineVerdict unbound(std::int64_t seat_days) {
    auto verdict = ten_in_march();
    verdict.verdict = Verdict::billed_after_unbind;
    auto& of = verdict.details;
    of.billing = schema::Billing::ASSIGNED;
    of.first_license = LicenseNumber(3);
    of.person = UserId(1);
    of.ended = day("2020-03-11");
    of.seat_days_billed = seat_days;
    of.seat_days_covered = 0;
    of.deficits = {{Verdict::billed_after_unbind, seat_days, 1}};
    return verdict;
}

LineVerdict stranded(std::uint64_t persons) {
    auto verdict = ten_in_march();
    verdict.verdict = Verdict::still_in_queue;
    auto& of = verdict.details;
    of.sku = "center";
    of.billing = schema::Billing::MEMBERSHIP;
    of.person = UserId(1);
    of.persons = persons;
    of.queue = "calls";
    of.queue_kind = schema::QueueKind::OUTBOUND;
    of.queue_role = schema::QueueRole::SUPERVISOR;
    of.member_since = day("2020-02-01");
    of.without_license_since = day("2020-03-12");
    return verdict;
}

LineVerdict shortened(const char* begin, const char* end) {
    auto verdict = ten_in_march();
    verdict.verdict = Verdict::term_shortened;
    verdict.at_issue = decimal("110.00");
    verdict.details.period = period(begin, end);
    return verdict;
}

template <typename Value>
void check_labels(std::size_t count) {
    for (const auto language : languages) {
        std::set<std::string_view> labels;
        for (std::size_t i = 0; i < count; ++i) {
            const std::string label(label_of(static_cast<Value>(i), language));
            INFO(testing::name_of(language) << ": " << label);
            REQUIRE_FALSE(label.empty());
            CHECK_FALSE(label.ends_with('.'));
            CHECK(std::isupper(static_cast<unsigned char>(label[0])) == 0);
            CHECK(labels.insert(label_of(static_cast<Value>(i), language)).second);
            CHECK(has_ascii_letter(label) == (language != Language::RU));
            CHECK(has_cyrillic(label) == (language == Language::RU));
            // 48 hours are as many, and 2 decimals, in every language.
            CHECK(facts_of(label) == facts_of(std::string(label_of(static_cast<Value>(i), Language::EN))));
        }
        CHECK(label_of(static_cast<Value>(count), language) == "?");
    }
}

}  // namespace

TEST_CASE("every message is said in every language, and of the same numbers, days, amounts, names and codes") {
    std::mt19937_64 random(Catch::rngSeed());
    for (std::size_t verdict = 0; verdict < verdicts_count; ++verdict) {
        for (int note = 0; note <= static_cast<int>(last_note); ++note) {
            for (int i = 0; i < 12; ++i) {
                check_languages(random_verdict(random, static_cast<Verdict>(verdict), static_cast<Note>(note)),
                                email_of);
            }
        }
    }
}

TEST_CASE("every reason to set a line aside is said in its own way") {
    std::mt19937_64 random(Catch::rngSeed());
    std::set<std::string> sentences;
    for (int note = 0; note <= static_cast<int>(last_note); ++note) {
        auto verdict = random_verdict(random, Verdict::correct, static_cast<Note>(note));
        verdict.state = LineState::set_aside;
        verdict.of_line = 0;
        check_languages(verdict, email_of);
        verdict.amount = verdict.explained = decimal("5.00");
        verdict.currency = "EUR";
        for (const auto language : languages) sentences.insert(said(verdict, language));
    }
    CHECK(sentences.size() == 6 * languages.size());
}

TEST_CASE("a message in Russian") {
    CHECK(said(ten_in_march(), Language::RU) ==
          "В реестре есть 10 мест продукта «connect» с 2020-03-01 по 2020-03-31 на сумму 310.00 EUR.");
    CHECK(said(unbound(20), Language::RU) ==
          "Лицензия № 3 снята 2020-03-11 с пользователя p1@acme.test, и в дни, вошедшие в счёт поставщика, её ни у "
          "кого не было. В счёте поставщика 10 мест продукта «connect» с 2020-03-01 по 2020-03-31: это 20 место-дней, "
          "из них в реестре есть 0, отсутствует 20.");
    CHECK(
        said(stranded(1), Language::RU) ==
        "У пользователя p1@acme.test с 2020-03-12 не было лицензии, но в дни, вошедшие в счёт поставщика, он всё ещё "
        "был супервизором исходящей очереди «calls» (с 2020-02-01), а за каждого, кто состоит в очереди, выставляется "
        "плата за «center»: удалить его из очереди мог суперадминистратор или администратор компании либо "
        "поставщик.");
}

TEST_CASE("a message in Portuguese") {
    CHECK(said(ten_in_march(), Language::PT) ==
          "O registro tem 10 assentos do produto \"connect\" de 2020-03-01 a 2020-03-31, no valor de 310.00 EUR.");
    CHECK(said(unbound(20), Language::PT) ==
          "A licença nº 3 foi retirada do usuário p1@acme.test em 2020-03-11, e ninguém a tinha em dias que foram "
          "faturados. A fatura do fornecedor tem 10 assentos do produto \"connect\" de 2020-03-01 a 2020-03-31: são 20 "
          "assentos-dia, dos quais o registro tem 0 e não tem 20.");
    CHECK(said(stranded(1), Language::PT) ==
          "O usuário p1@acme.test ficou sem licença a partir de 2020-03-12, mas, em dias que foram faturados, ainda "
          "era supervisor da fila de saída \"calls\", desde 2020-02-01, e quem está em uma fila é faturado pelo "
          "produto \"center\": um super admin ou um administrador da conta poderia tê-lo removido da fila, ou então o "
          "fornecedor.");
}

TEST_CASE("seats have the form that their number wants, fractions too") {
    const auto seats = [](const char* quantity, Language language, const char* in, const char* form) {
        const auto text = said(of_quantity(quantity), language);
        INFO(text);
        CHECK(contains(text, std::string(in) + to_text(decimal(quantity)) + " " + form));
    };
    for (const auto* one : {"1", "21", "101", "1.00"}) seats(one, Language::RU, "есть ", "место продукта");
    for (const auto* few : {"2", "4", "22", "0.5", "1.5", "10.25", "2.0"}) {
        seats(few, Language::RU, "есть ", "места продукта");
    }
    for (const auto* many : {"0", "5", "11", "12", "14", "111", "10.00"}) {
        seats(many, Language::RU, "есть ", "мест продукта");
    }
    for (const auto* one : {"1", "1.00", "0.5", "1.5"}) seats(one, Language::PT, "tem ", "assento do");
    for (const auto* many : {"0", "2", "21", "2.0", "10.25"}) seats(many, Language::PT, "tem ", "assentos do");
    for (const auto* one : {"1", "1.00"}) seats(one, Language::EN, "has ", "seat of");
    for (const auto* many : {"0", "0.5", "1.5", "2", "21", "10.00"}) seats(many, Language::EN, "has ", "seats of");
    // What is given back is as many.
    CHECK(contains(said(of_quantity("-1"), Language::RU), "есть 1 место"));
}

TEST_CASE("seat-days, days and people have the form that their number wants") {
    const auto russian = [](std::int64_t seat_days) { return said(unbound(seat_days), Language::RU); };
    CHECK(contains(russian(1), "это 1 место-день, из них"));
    CHECK(contains(russian(3), "это 3 место-дня, из них"));
    CHECK(contains(russian(11), "это 11 место-дней, из них"));
    CHECK(contains(russian(21), "это 21 место-день, из них"));
    CHECK(contains(said(unbound(1), Language::PT), "é 1 assento-dia, do qual"));
    CHECK(contains(said(unbound(1), Language::EN), ": 1 seat-day, of which"));
    CHECK(contains(said(unbound(2), Language::EN), ": 2 seat-days, of which"));

    CHECK(contains(said(shortened("2020-03-01", "2020-03-02"), Language::EN),
                   "10 seats of \"connect\" on 2020-03-01, which is 1 day; the term of 10 seats of invoice \"i\" is 31 "
                   "days, from 2020-03-01 to 2020-03-31, so that 110.00 EUR"));
    CHECK(contains(said(shortened("2020-03-01", "2020-03-03"), Language::RU),
                   "то есть за 2 дня; срок действия 10 мест по счёту «i» — 31 день, с 2020-03-01 по 2020-03-31"));

    CHECK(contains(said(stranded(2), Language::EN), "p1@acme.test and 1 other had no license"));
    CHECK(contains(said(stranded(3), Language::EN), "p1@acme.test and 2 others had no license"));
    CHECK(contains(said(stranded(2), Language::RU), "У пользователя p1@acme.test и ещё у 1 пользователя с"));
    CHECK(contains(said(stranded(3), Language::RU), "и ещё у 2 пользователей с"));
    CHECK(contains(said(stranded(22), Language::RU), "и ещё у 21 пользователя с"));
    CHECK(contains(said(stranded(2), Language::PT), "e 1 outro usuário ficaram"));
    CHECK(contains(said(stranded(3), Language::PT), "e 2 outros usuários ficaram"));
}

TEST_CASE("a person whose address may not be shown has their number, in every language") {
    auto verdict = unbound(20);
    verdict.details.person = UserId(3);
    CHECK(contains(said(verdict, Language::EN), "was taken from person 3 on"));
    CHECK(contains(said(verdict, Language::RU), "с пользователя № 3,"));
    CHECK(contains(said(verdict, Language::PT), "do usuário nº 3 em"));
}

TEST_CASE("names are taken as they are, whatever stands in them") {
    auto verdict = ten_in_march();
    verdict.details.sku = "{0} {sku} %s \\ «x»";
    for (const auto language : languages) CHECK(contains(said(verdict, language), verdict.details.sku));
}

TEST_CASE("labels say in each language what the codes name") {
    check_labels<Verdict>(verdicts_count);
    check_labels<Arithmetic>(4);
    check_labels<LineState>(2);
    check_labels<Rounding>(roundings.size());
    check_labels<DayCount>(day_counts.size());
    CHECK(label_of(Verdict::billed_after_unbind, Language::EN) == "billed after unbind");
    CHECK(label_of(Verdict::billed_after_unbind, Language::RU) == "выставлено после снятия лицензии");
    CHECK(label_of(Verdict::billed_after_unbind, Language::PT) == "faturado depois da retirada");
    // In the order of the enumerations: a word of each code is one of its label.
    for (std::size_t i = 0; i < verdicts_count; ++i) {
        std::string code(name_of(static_cast<Verdict>(i)));
        std::ranges::replace(code, '_', ' ');
        const auto label = label_of(static_cast<Verdict>(i), Language::EN);
        INFO(code << ": " << label);
        CHECK(contains(label, code.substr(code.rfind(' ', code.size() - 1) + 1).substr(0, 2)));
        CHECK(label.substr(0, 3) == code.substr(0, 3));
    }
    CHECK(contains(label_of(Arithmetic::explained_by_day_count, Language::RU), "дней"));
    CHECK(contains(label_of(Rounding::daily_3dp, Language::PT), "3 casas"));
    CHECK(contains(label_of(DayCount::thirty_360, Language::RU), "30 дней"));
}

TEST_CASE("a language that this version does not know is English") {
    const auto unknown = static_cast<Language>(77);
    CHECK(said(ten_in_march(), unknown) == said(ten_in_march(), Language::EN));
    CHECK(label_of(LineState::judged, unknown) == "judged");
}

}  // namespace seatledger::billing
