#include "server/letters/letter.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <set>
#include <string>
#include <vector>

#include "server/letters/letter_text.h"
#include "tests/support/catch.h"
#include "tests/support/letters.h"
#include "tests/support/source_tree.h"

namespace seatledger {
namespace {

using namespace testing;

const std::vector<std::pair<Language, std::string>> languages = {
    {Language::english, "english"}, {Language::russian, "russian"}, {Language::portuguese, "portuguese"}};

std::string subject_of(const Letter& letter) { return letter_text(letter).subject; }
std::string body_of(const Letter& letter) { return letter_text(letter).body; }

// As the reader sees it.
std::string shown(const ReadLetter& letter) {
    return "From: " + letter.headers.at("From") + "\nTo: " + letter.headers.at("To") +
           "\nSubject: " + letter.headers.at("Subject") + "\n\n" + letter.body;
}

// Compares with the file, or writes it when SEATLEDGER_WRITE_GOLDEN is set: then read what it says.
void check_golden(const std::string& name, const std::string& text) {
    const auto file = "tests/server/letters/golden/" + name + ".txt";
    if (std::getenv("SEATLEDGER_WRITE_GOLDEN") != nullptr) std::ofstream(source_path(file), std::ios::binary) << text;
    INFO(file);
    CHECK(text == read_source(file));
}

// Everything that holds of each message, whatever is in it.
void check_form(const std::string& message, bool is_ascii_expected = true) {
    bool is_ascii = true;
    bool has_other_controls = false;
    std::size_t longest = 0;
    REQUIRE(message.ends_with("\r\n"));
    for (std::size_t begin = 0; begin < message.size();) {
        const auto end = message.find("\r\n", begin);
        longest = std::max(longest, end - begin);
        for (const unsigned char c : message.substr(begin, end - begin)) {
            has_other_controls |= c < 0x20 || c == 0x7F;
            is_ascii &= c < 0x80;
        }
        begin = end + 2;
    }
    CHECK(is_ascii == is_ascii_expected);
    CHECK_FALSE(has_other_controls);
    CHECK(longest <= 76);
}

Letter payment_of(Language language, std::uint32_t licenses) {
    auto letter = payment_letter(language);
    letter.content = PaymentRecorded{"i-1", {{"Connect", "connect", {LicenseNumber(1), LicenseNumber(licenses)}, {}}}};
    return letter;
}

Letter reminder_of(Language language, std::uint32_t licenses, unsigned days = 30) {
    auto letter = term_letter(language);
    letter.content = TermEnds{days, {{"Connect", "connect", {{LicenseNumber(1), LicenseNumber(licenses)}}, 0, {}}}};
    return letter;
}

Letter ending_at(Language language, const std::string& zone, const std::string& instant) {
    auto letter = reminder_of(language, 1);
    letter.zone = &zone_of(zone);
    std::get<TermEnds>(letter.content).products[0].valid_until = instant_of(instant);
    return letter;
}

}  // namespace

TEST_CASE("both letters say in three languages what they promise, and a mail program reads them without a problem") {
    for (const auto& [language, name] : languages) {
        for (const auto& [kind, letter] :
             {std::pair{"payment-", payment_letter(language)}, std::pair{"term-", term_letter(language)}}) {
            INFO(kind << name);
            const auto message = compose(letter, vendor_mailbox);
            check_form(message);
            const auto read = read_letter(message);
            CHECK(read.problems == std::vector<std::string>{});
            CHECK(read.to == std::vector<std::pair<std::string, std::string>>{{letter.to.name, letter.to.address}});
            CHECK(read.headers.at("Subject") == subject_of(letter));
            CHECK(read.body == body_of(letter));
            check_golden(kind + name, shown(read));
        }
    }
}

TEST_CASE("the head of a letter says when, from whom, which, in what language, and that nobody is to answer it") {
    const auto read = read_letter(compose(payment_letter(Language::portuguese), vendor_mailbox));
    CHECK(read.names == std::vector<std::string>{"Date", "From", "To", "Subject", "Message-ID", "Auto-Submitted",
                                                 "Content-Language", "MIME-Version", "Content-Type",
                                                 "Content-Transfer-Encoding"});
    CHECK(read.date == "2026-09-07T12:00:00+00:00");
    CHECK(read.from == std::vector<std::pair<std::string, std::string>>{{"Seatledger", "licenses@vendor.example.com"}});
    CHECK(read.headers.at("Message-ID") == "<letter-41-3-1788782400123456@7f3a90c15bd24e68>");
    CHECK(read.headers.at("Auto-Submitted") == "auto-generated");
    CHECK(read.headers.at("Content-Language") == "pt-BR");
    CHECK(read.headers.at("MIME-Version") == "1.0");
    CHECK(read.headers.at("Content-Type") == "text/plain; charset=\"utf-8\"");
    CHECK(read.headers.at("Content-Transfer-Encoding") == "quoted-printable");
    CHECK(contains(compose(payment_letter(Language::russian), vendor_mailbox), "\r\nContent-Language: ru\r\n"));
    CHECK(contains(compose(payment_letter(Language::russian), vendor_mailbox), "Encoding: base64\r\n"));
    CHECK(contains(compose(payment_letter(Language::english), vendor_mailbox), "\r\nContent-Language: en\r\n"));
}

TEST_CASE("the same letter is the same bytes, and no two letters have the same Message-ID") {
    std::set<std::string> ids;
    const auto id_of = [](const Letter& letter) {
        const auto message = compose(letter, vendor_mailbox);
        const auto begin = message.find("Message-ID: ");
        return message.substr(begin, message.find("\r\n", begin) - begin);
    };
    auto letter = term_letter(Language::russian);
    CHECK(compose(letter, vendor_mailbox) == compose(term_letter(Language::russian), vendor_mailbox));
    ids.insert(id_of(letter));
    letter.id.user = UserId(13);
    ids.insert(id_of(letter));
    letter.id.event = Sequence(4);
    ids.insert(id_of(letter));
    letter.id.ledger = "another";
    ids.insert(id_of(letter));
    CHECK(ids.size() == 4);
}

TEST_CASE("a ledger's name that cannot stand in a Message-ID does no harm") {
    auto letter = payment_letter(Language::english);
    for (const auto& [name, written] :
         std::vector<std::pair<std::string, std::string>>{{"ledger.example.com", "ledger.example.com"},
                                                          {"..a..b..", "a.b"},
                                                          {"x>\r\nBcc: b@example.com", "xBccbexample.com"},
                                                          {"", "seatledger"},
                                                          {"ж", "seatledger"}}) {
        letter.id.ledger = name;
        CHECK(contains(compose(letter, vendor_mailbox),
                       "\r\nMessage-ID: <letter-41-3-1788782400123456@" + written + ">\r\n"));
    }
}

TEST_CASE("numbers and words agree in Russian") {
    struct Row {
        std::uint32_t count;
        std::string issued;
        std::string of_term;
        std::string listed;
    };
    const std::vector<Row> rows = {
        {1, "выдана 1 лицензия", "1 лицензии", "1 лицензия: № 1"},
        {2, "выданы 2 лицензии", "2 лицензий", "2 лицензии: № 1–2"},
        {4, "выданы 4 лицензии", "4 лицензий", "4 лицензии: № 1–4"},
        {5, "выдано 5 лицензий", "5 лицензий", "5 лицензий: № 1–5"},
        {11, "выдано 11 лицензий", "11 лицензий", "11 лицензий: № 1–11"},
        {12, "выдано 12 лицензий", "12 лицензий", "12 лицензий: № 1–12"},
        {14, "выдано 14 лицензий", "14 лицензий", "14 лицензий: № 1–14"},
        {20, "выдано 20 лицензий", "20 лицензий", "20 лицензий: № 1–20"},
        {21, "выдана 21 лицензия", "21 лицензии", "21 лицензия: № 1–21"},
        {22, "выданы 22 лицензии", "22 лицензий", "22 лицензии: № 1–22"},
        {25, "выдано 25 лицензий", "25 лицензий", "25 лицензий: № 1–25"},
        {101, "выдана 101 лицензия", "101 лицензии", "101 лицензия: № 1–101"},
        {111, "выдано 111 лицензий", "111 лицензий", "111 лицензий: № 1–111"},
        {1'000'000, "выдано 1000000 лицензий", "1000000 лицензий", "1000000 лицензий: № 1–1000000"},
    };
    for (const auto& row : rows) {
        const auto payment = payment_of(Language::russian, row.count);
        CHECK(subject_of(payment) == "Оплата зафиксирована, " + row.issued + " (счёт i-1)");
        CHECK(contains(body_of(payment), "(romashka) " + row.issued + ":\n"));
        CHECK(contains(body_of(payment), "  " + row.listed + "\n"));
        CHECK(contains(subject_of(reminder_of(Language::russian, row.count)), "срок действия " + row.of_term));
    }
    CHECK(subject_of(reminder_of(Language::russian, 1, 1)).starts_with("Через 1 день, "));
    CHECK(subject_of(reminder_of(Language::russian, 1, 3)).starts_with("Через 3 дня, "));
    CHECK(subject_of(reminder_of(Language::russian, 1, 7)).starts_with("Через 7 дней, "));
    CHECK(subject_of(reminder_of(Language::russian, 1, 30)).starts_with("Через 30 дней, "));
}

TEST_CASE("numbers and words agree in English and in Portuguese") {
    CHECK(subject_of(payment_of(Language::english, 1)) == "Payment recorded, 1 license issued (invoice i-1)");
    CHECK(subject_of(payment_of(Language::english, 21)) == "Payment recorded, 21 licenses issued (invoice i-1)");
    CHECK(contains(body_of(payment_of(Language::english, 1)), "and 1 license has been issued to Acme Ltd (acme):"));
    CHECK(contains(body_of(payment_of(Language::english, 2)), "and 2 licenses have been issued to Acme Ltd (acme):"));
    CHECK(subject_of(reminder_of(Language::english, 1, 7)).starts_with("The term of 1 license ends in 7 days, on "));
    CHECK(subject_of(reminder_of(Language::english, 2, 1)).starts_with("The term of 2 licenses ends in 1 day, on "));

    CHECK(subject_of(payment_of(Language::portuguese, 1)) == "Pagamento registrado, 1 licença emitida (fatura i-1)");
    CHECK(subject_of(payment_of(Language::portuguese, 21)) ==
          "Pagamento registrado, 21 licenças emitidas (fatura i-1)");
    CHECK(contains(body_of(payment_of(Language::portuguese, 1)), "(padaria), foi emitida 1 licença:"));
    CHECK(contains(body_of(payment_of(Language::portuguese, 2)), "(padaria), foram emitidas 2 licenças:"));
    CHECK(subject_of(reminder_of(Language::portuguese, 1, 1)).starts_with("O prazo de 1 licença termina em 1 dia, "));
    CHECK(subject_of(reminder_of(Language::portuguese, 2, 7)).starts_with("O prazo de 2 licenças termina em 7 dias, "));
}

TEST_CASE("the end of a term is written as the language writes it, by the clock of the account, with its zone") {
    struct Row {
        Language language;
        std::string zone;
        std::string instant;
        std::string written;
    };
    const std::vector<Row> rows = {
        {Language::english, "Europe/London", "2026-09-07T12:00:00Z",
         "7 September 2026, 13:00 (Europe/London, UTC+01:00)"},
        {Language::english, "UTC", "2026-02-01T00:00:00Z", "1 February 2026, 00:00 (UTC)"},
        {Language::english, "America/New_York", "2027-01-01T04:59:59.999999Z",
         "31 December 2026, 23:59 (America/New_York, UTC-05:00)"},
        {Language::english, "Asia/Kathmandu", "2028-02-29T18:20:00Z",
         "1 March 2028, 00:05 (Asia/Kathmandu, UTC+05:45)"},
        {Language::english, "America/St_Johns", "2026-01-31T12:00:00Z",
         "31 January 2026, 08:30 (America/St_Johns, UTC-03:30)"},
        {Language::english, "Africa/Monrovia", "1950-01-01T12:00:00Z",
         "1 January 1950, 11:15 (Africa/Monrovia, UTC-00:44:30)"},
        {Language::russian, "Europe/Moscow", "2026-09-07T09:00:00Z",
         "7 сентября 2026 г., 12:00 (Europe/Moscow, UTC+03:00)"},
        {Language::russian, "Asia/Vladivostok", "2026-04-30T14:00:59Z",
         "1 мая 2026 г., 00:00 (Asia/Vladivostok, UTC+10:00)"},
        {Language::portuguese, "America/Sao_Paulo", "2026-09-07T12:05:00Z",
         "7 de setembro de 2026, 09h05 (America/Sao_Paulo, UTC-03:00)"},
        {Language::portuguese, "Europe/Lisbon", "2026-02-28T23:59:59Z",
         "28 de fevereiro de 2026, 23h59 (Europe/Lisbon, UTC+00:00)"},
        {Language::portuguese, "Europe/Lisbon", "2026-03-01T00:00:00Z",
         "1º de março de 2026, 00h00 (Europe/Lisbon, UTC+00:00)"},
    };
    for (const auto& row : rows) {
        INFO(row.written);
        const auto text = letter_text(ending_at(row.language, row.zone, row.instant));
        CHECK(contains(text.body, " " + row.written + "\n"));
        CHECK(contains(text.subject, row.written.substr(0, row.written.find(", "))));  // the day alone
    }
}

TEST_CASE("every month has its name in every language") {
    for (const auto& [language, name] : languages) {
        std::set<std::string> days;
        for (int month = 1; month <= 12; ++month) {
            const auto instant = fmt::format("2026-{:02}-15T12:00:00Z", month);
            days.insert(subject_of(ending_at(language, "UTC", instant)));
        }
        INFO(name);
        CHECK(days.size() == 12);
    }
    CHECK(contains(subject_of(ending_at(Language::russian, "UTC", "2026-08-15T12:00:00Z")), "15 августа 2026 г."));
    CHECK(
        contains(subject_of(ending_at(Language::portuguese, "UTC", "2026-12-15T12:00:00Z")), "15 de dezembro de 2026"));
}

TEST_CASE("a reminder names every license, how many are bound, and the day on which the first ends") {
    const auto body = body_of(term_letter(Language::english));
    CHECK(
        contains(body, "Connect Standard (connect)\n  21 licenses: No. 1-9, 11, 20-30\n  bound to users: 17 of 21\n"));
    CHECK(contains(body, "Contact Center (center)\n  1 license: No. 31\n  bound to users: 0 of 1\n"));
    CHECK(contains(body, "the term of 22 licenses of Acme Ltd (acme) ends"));

    auto letter = term_letter(Language::english);
    std::get<TermEnds>(letter.content).products[1].valid_until = instant_of("2026-12-31T22:00:00Z");
    CHECK(subject_of(letter) == "The term of 22 licenses ends in 30 days, on 31 December 2026");
}

TEST_CASE("however many licenses end, a letter lists a bounded number of ranges and of products, and counts the rest") {
    auto letter = term_letter(Language::english);
    EndingLicenses many{"Connect", "connect", {}, 5, {}};
    for (std::uint32_t i = 0; i < 10'000; ++i)
        many.licenses.push_back({LicenseNumber(3 * i + 1), LicenseNumber(3 * i + 2)});
    letter.content = TermEnds{7, {many}};
    const auto body = body_of(letter);
    CHECK(contains(body, "  20000 licenses: No. 1-2, 4-5, "));
    CHECK(contains(body, ", 298-299 and 19800 more\n"));
    CHECK(contains(body, "the term of 20000 licenses"));
    CHECK(body.size() < 4'000);

    const EndingLicenses one{"Connect", "connect", {{LicenseNumber(1), LicenseNumber(3)}}, 0, {}};
    letter.content = TermEnds{7, std::vector<EndingLicenses>(201, one)};
    CHECK(contains(body_of(letter), "\n\nand 3 more\n\nNothing renews"));
    letter.content = TermEnds{7, std::vector<EndingLicenses>(200, one)};
    CHECK_FALSE(contains(body_of(letter), "more\n\n"));
    CHECK(contains(body_of(letter), "the term of 600 licenses"));
}

TEST_CASE("somebody without a name is greeted without one, and the address stands alone") {
    for (const auto& [language, greeting] :
         std::vector<std::pair<Language, std::string>>{{Language::english, "Hello,\n\n"},
                                                       {Language::russian, "Здравствуйте!\n\n"},
                                                       {Language::portuguese, "Olá!\n\n"}}) {
        auto letter = payment_letter(language);
        letter.to.name.clear();
        CHECK(body_of(letter).starts_with(greeting));
        CHECK(contains(compose(letter, vendor_mailbox), "\r\nTo: " + letter.to.address + "\r\n"));
    }
}

TEST_CASE("no text can end a line of the head or of the body, wherever it stands") {
    const std::string evil = "Eve\r\nBcc: eve@example.com\r\n\r\nBuy now\n.\r\nQUIT\x01\x7F";
    auto letter = payment_letter(Language::english);
    const auto honest = read_letter(compose(letter, vendor_mailbox));
    const auto lines = std::ranges::count(honest.body, '\n');
    letter.to.name = letter.account = letter.account_name = letter.id.ledger = evil;
    std::get<PaymentRecorded>(letter.content).invoice = evil;
    for (auto& line : std::get<PaymentRecorded>(letter.content).lines) line.product = line.sku = evil;
    for (const std::string& address :
         {evil, std::string("ann@acme.test\r\nBcc: eve@example.com"), std::string("ann@acme.test>\r\nBcc: <eve")}) {
        letter.to.address = address;
        const auto message = compose(letter, {address, evil});
        check_form(message);
        const auto read = read_letter(message);
        CHECK(read.problems == std::vector<std::string>{});
        CHECK(read.names == honest.names);
        CHECK(std::ranges::count(read.body, '\n') == lines);
        CHECK(read.to.empty());
        CHECK(read.from.empty());
    }
}

TEST_CASE("names of any length and kind reach the reader as they are") {
    const std::string russian = "Владислава Константиновна Преображенская-Рождественская";
    std::string long_name;
    for (int i = 0; i < 5; ++i) long_name += russian + " ";
    const std::vector<std::string> names = {"Ann \"The Boss\" Smith \\ Sons",
                                            "Smith, Ann (sales) <ann@other.example.com>; @:",
                                            "=?utf-8?B?QW5u?=",
                                            long_name + "Я",
                                            std::string(256, 'x'),
                                            "🎉🎉🎉🎉🎉🎉🎉🎉🎉🎉🎉🎉🎉🎉🎉🎉🎉🎉",
                                            "a\u0301é漢字",
                                            "O'Neil",
                                            "."};
    auto letter = payment_letter(Language::english);
    for (const auto& name : names) {
        letter.to.name = name;
        std::get<PaymentRecorded>(letter.content).invoice = name;
        INFO(name);
        const auto message = compose(letter, {"licenses@vendor.example.com", name});
        check_form(message);
        const auto read = read_letter(message);
        CHECK(read.problems == std::vector<std::string>{});
        CHECK(read.to == std::vector<std::pair<std::string, std::string>>{{name, "ann@acme.test"}});
        CHECK(read.from.front().first == name);
        CHECK(read.headers.at("Subject") == subject_of(letter));
        CHECK(read.body == body_of(letter));
    }
}

TEST_CASE("a domain is written in ASCII; what stands before it, in UTF-8 where it is not ASCII") {
    auto letter = payment_letter(Language::russian);
    letter.to.address = "anna@почта.example";
    auto message = compose(letter, vendor_mailbox);
    check_form(message);
    CHECK(contains(message, " <anna@xn--80a1acny.example>\r\n"));

    letter.to.address = "анна@почта.example";
    message = compose(letter, vendor_mailbox);
    check_form(message, false);
    const auto read = read_letter(message);
    // Python reads such an address, and complains of it even where it is allowed.
    CHECK(read.problems == std::vector<std::string>{"To: NonASCIILocalPartDefect"});
    CHECK(read.to == std::vector<std::pair<std::string, std::string>>{{"Анна Смирнова", "анна@xn--80a1acny.example"}});
}

TEST_CASE("an address as long as the ledger takes them does not break the head") {
    auto letter = payment_letter(Language::russian);
    letter.to.address = std::string(64, 'l') + "@" + std::string(180, 'd') + ".example";
    const auto read = read_letter(compose(letter, vendor_mailbox));
    CHECK(read.problems == std::vector<std::string>{});
    CHECK(read.to == std::vector<std::pair<std::string, std::string>>{{"Анна Смирнова", letter.to.address}});
}

}  // namespace seatledger
