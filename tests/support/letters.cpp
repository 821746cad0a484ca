#include "tests/support/letters.h"

#include <boost/json.hpp>

#include "tests/support/catch.h"
#include "tests/support/child_process.h"
#include "tests/support/source_tree.h"

namespace seatledger::testing {
namespace {

struct Reader {
    Mailbox mailbox;
    std::string account;
    std::string company;
    std::string zone;
};

Reader reader_of(Language language) {
    switch (language) {
        case Language::english: return {{"ann@acme.test", "Ann Smith"}, "acme", "Acme Ltd", "Europe/London"};
        case Language::russian:
            return {{"anna@romashka.test", "Анна Смирнова"}, "romashka", "ООО «Ромашка»", "Europe/Moscow"};
        case Language::portuguese:
            return {{"joao@padaria.test", "João Conceição"}, "padaria", "Padaria São João", "America/Sao_Paulo"};
    }
    return {};
}

Letter letter_to(Language language, const std::string& date) {
    const auto reader = reader_of(language);
    Letter letter;
    letter.to = reader.mailbox;
    letter.language = language;
    letter.account = reader.account;
    letter.account_name = reader.company;
    letter.id = {Sequence(41), UserId(3), "7f3a90c15bd24e68"};
    letter.date = instant_of(date);
    letter.zone = &zone_of(reader.zone);
    return letter;
}

LicenseRange range(std::uint32_t first, std::uint32_t last) { return {LicenseNumber(first), LicenseNumber(last)}; }

std::vector<std::pair<std::string, std::string>> pairs_of(const boost::json::value& list) {
    std::vector<std::pair<std::string, std::string>> pairs;
    for (const auto& pair : list.as_array()) {
        pairs.emplace_back(pair.at(0).as_string().c_str(), pair.at(1).as_string().c_str());
    }
    return pairs;
}

}  // namespace

const Mailbox vendor_mailbox{"licenses@vendor.example.com", "Seatledger"};

Instant instant_of(const std::string& rfc3339) {
    const auto instant = parse_rfc3339(rfc3339);
    INFO(rfc3339);
    REQUIRE(instant);
    return *instant;
}

const date::time_zone& zone_of(const std::string& name) {
    const auto* zone = find_time_zone(name);
    INFO(name);
    REQUIRE(zone != nullptr);
    return *zone;
}

Letter payment_letter(Language language) {
    auto letter = letter_to(language, "2026-09-07T12:00:00.123456Z");
    letter.content =
        PaymentRecorded{"2026-17",
                        {{"Connect Standard", "connect", range(1, 21), instant_of("2027-09-07T12:00:00.123456Z")},
                         {"Contact Center", "center", range(22, 22), instant_of("2026-12-01T02:59:59.999999Z")}}};
    return letter;
}

Letter term_letter(Language language) {
    auto letter = letter_to(language, "2026-12-02T09:30:00Z");
    letter.content = TermEnds{30,
                              {{"Connect Standard",
                                "connect",
                                {range(1, 9), range(11, 11), range(20, 30)},
                                17,
                                instant_of("2027-01-01T12:00:00Z")},
                               {"Contact Center", "center", {range(31, 31)}, 0, instant_of("2027-01-01T20:59:59Z")}}};
    return letter;
}

ReadLetter read_letter(const std::string& message) {
    const auto script = source_path("tests/support/read_letter.py").string();
    const auto json = boost::json::parse(output_of({python, "-B", script}, message));
    ReadLetter letter;
    for (const auto& name : json.at("names").as_array()) letter.names.emplace_back(name.as_string());
    for (const auto& [name, value] : json.at("headers").as_object()) letter.headers[name] = value.as_string().c_str();
    letter.from = pairs_of(json.at("from"));
    letter.to = pairs_of(json.at("to"));
    letter.date = json.at("date").as_string().c_str();
    letter.body = json.at("body").as_string().c_str();
    for (const auto& problem : json.at("problems").as_array()) letter.problems.emplace_back(problem.as_string());
    return letter;
}

}  // namespace seatledger::testing
