#include "tools/dossier/dossier_json.h"

#include <boost/json.hpp>

#include <random>
#include <string>
#include <vector>

#include "tests/support/reconciled.h"
#include "tests/tools/dossier/dossier_box.h"

namespace seatledger {
namespace {

using namespace testing;
namespace json = boost::json;

Steps story() {
    return steps("2020-01-01T00:00:00Z", priced("seat", "P1M", "assigned", "31.00"), open_acme(), registered("ann"),
                 invoiced("i-1", "seat", 2), paid("i-1", "62.00", "bank"), "2020-01-05T08:00:00Z", bind(1, "ann"),
                 "2020-02-10T08:00:00Z", disputed("seat,1,31.00,31.00,USD,2020-01-01,2020-02-01,,1,"));
}

DossierFolder folder_of(const DossierInputs& inputs) { return DossierBox::folder(inputs); }

std::string refused(const std::string& text) {
    const auto inputs = parse_dossier_inputs(text);
    if (inputs) return "";
    CHECK_FALSE(inputs.error().empty());
    CHECK(inputs.error().find('\n') == std::string::npos);
    return inputs.error();
}

void check_same(const DossierInputs& read, const DossierInputs& inputs) {
    CHECK(read.language == inputs.language);
    CHECK(read.price_book == inputs.price_book);
    CHECK(read.account == inputs.account);
    CHECK(read.dispute == inputs.dispute);
    CHECK(read.layout == inputs.layout);
    CHECK(read.verifier_key == inputs.verifier_key);
    CHECK(read.checkpoint.empty());
    REQUIRE(read.entries.size() == inputs.entries.size());
    for (std::size_t i = 0; i < read.entries.size(); ++i) {
        CHECK(read.entries[i].sequence == inputs.entries[i].sequence);
        CHECK(read.entries[i].bytes.empty());
        CHECK(read.entries[i].proof.empty());
        REQUIRE(read.entries[i].keys.size() == inputs.entries[i].keys.size());
        for (std::size_t k = 0; k < read.entries[i].keys.size(); ++k) {
            CHECK(read.entries[i].keys[k].box == inputs.entries[i].keys[k].box);
            CHECK(read.entries[i].keys[k].key.text() == inputs.entries[i].keys[k].key.text());
        }
    }
}

// The dossier's JSON with another value at the path; without it, if there is none.
std::string with(const std::string& text, const std::vector<std::string>& path,
                 const std::optional<json::value>& value) {
    auto root = json::parse(text);
    auto* at = &root;
    for (std::size_t i = 0; i + 1 < path.size(); ++i) {
        at = at->is_array() ? &at->get_array().at(std::stoul(path[i])) : &at->get_object().at(path[i]);
    }
    if (!value) {
        at->get_object().erase(path.back());
    } else if (at->is_array()) {
        at->get_array().at(std::stoul(path.back())) = *value;
    } else {
        at->get_object()[path.back()] = *value;
    }
    return json::serialize(root);
}

}  // namespace

TEST_CASE("what a dossier is made from is read from its JSON as it was") {
    DossierBox box(story());
    auto inputs = box.inputs();
    for (const auto language : {schema::Language::EN, schema::Language::RU, schema::Language::PT}) {
        for (const auto rounding : billing::roundings) {
            inputs.language = language;
            inputs.price_book = {rounding, rounding != billing::Rounding::round_once};
            const auto read = parse_dossier_inputs(folder_of(inputs).json);
            REQUIRE(read);
            check_same(*read, inputs);
        }
    }
    CHECK(inputs.entries.back().keys.size() == 2);
}

TEST_CASE("a layout that was declared is read as it was") {
    DossierBox box(steps(story(), disputed("seat,1,\\'x\\',31.00,USD,2020-01-01,2020-02-01,,1,", "", "")));
    auto inputs = box.inputs(2);
    inputs.layout = "{\"format\":\"csv\",\"header\":\"\\\"ü\\\"\\n\"}";
    const auto read = parse_dossier_inputs(folder_of(inputs).json);
    REQUIRE(read);
    check_same(*read, inputs);
}

TEST_CASE("the JSON of a dossier is the same each time, and a value a line") {
    DossierBox box(story());
    const auto text = folder_of(box.inputs()).json;
    CHECK(folder_of(box.inputs()).json == text);
    CHECK(text.ends_with("}\n"));
    CHECK(text.starts_with("{\n  \"format\": \"seatledger dossier 2\",\n"));
    std::vector<std::string> members;
    const auto value = json::parse(text);
    for (const auto& member : value.get_object()) members.emplace_back(member.key());
    CHECK(members == std::vector<std::string>{"format", "language", "account", "log", "priceBook", "layoutDeclared",
                                              "bill", "dispute", "line", "verdict", "otherRules", "calendar", "gaps",
                                              "remedy", "events"});
}

TEST_CASE("believes nothing else that the JSON says") {
    DossierBox box(story());
    const auto inputs = box.inputs();
    const auto text = folder_of(inputs).json;
    for (const auto* member : {"line", "verdict", "otherRules", "calendar", "gaps", "remedy"}) {
        const auto read = parse_dossier_inputs(with(text, {member}, json::value("anything")));
        REQUIRE(read);
        check_same(*read, inputs);
    }
}

TEST_CASE("what is missing in the JSON, or is something else, is named") {
    DossierBox box(story());
    const auto text = folder_of(box.inputs()).json;
    using Path = std::vector<std::string>;
    const auto last = std::to_string(box.inputs().entries.size() - 1);
    for (const auto& [path, why] : std::vector<std::pair<Path, std::string>>{
             {{"format"}, "it is no dossier of this version"},
             {{"language"}, "it does not say its language"},
             {{"priceBook"}, "it does not say by which price book it judges"},
             {{"account", "account"}, "it does not say of which account it is"},
             {{"account"}, "it does not say of which account it is"},
             {{"log", "verifierKey"}, "it does not say by which key its log is signed"},
             {{"log"}, "it does not say by which key its log is signed"},
             {{"dispute", "dispute"}, "it does not say of which dispute it is"},
             {{"dispute"}, "it does not say of which dispute it is"},
             {{"events"}, "it does not say which events it has"},
             {{"events", last, "sequence"}, "it does not say which events it has"},
             {{"events", last, "keys"}, "it does not say which events it has"},
             {{"events", last, "keys", "0", "box"}, "it does not say which events it has"},
             {{"events", last, "keys", "0", "key"}, "it does not say which events it has"}}) {
        INFO(path.back());
        CHECK(contains(refused(with(text, path, {})), why));
        for (const auto& other : {json::value(nullptr), json::value(true), json::value(1.5), json::value(-1),
                                  json::value("?"), json::value(json::array{1}), json::value(json::object{{"a", 1}})}) {
            // Any text may be an account's name or a key's.
            if (other.is_string() && (path.back() == "account" || path.back() == "verifierKey") && path.size() > 1)
                continue;
            INFO(json::serialize(other));
            CHECK(contains(refused(with(text, path, other)), why));
        }
    }
    const auto quote = [](const std::string& of) { return "\"" + of + "\""; };
    const Path key = {"events", last, "keys", "0", "key"};
    for (const auto& [path, value] :
         std::vector<std::pair<Path, std::string>>{{{"dispute", "dispute"}, "0"},
                                                   {{"dispute", "dispute"}, "4294967296"},
                                                   {{"events", last, "sequence"}, "0"},
                                                   {{"events", last}, "null"},
                                                   {{"events", last, "keys", "0"}, quote("key")},
                                                   {key, quote("00")},
                                                   {key, quote(std::string(66, '0'))},
                                                   {key, quote(std::string(64, 'x'))},
                                                   {{"language"}, quote("de")},
                                                   {{"language"}, quote("EN")},
                                                   {{"format"}, quote("seatledger dossier 1")},
                                                   {{"format"}, quote("seatledger dossier 3")},
                                                   {{"priceBook", "rounding"}, quote("never")},
                                                   {{"priceBook", "more"}, "1"}}) {
        INFO(path.back() << " " << value);
        CHECK_FALSE(refused(with(text, path, json::parse(value))).empty());
    }
}

// to_json() has written null or a text there, and nothing else.
TEST_CASE("a declared layout that is no text is refused") {
    DossierBox box(story());
    const auto text = folder_of(box.inputs()).json;
    for (const auto& other : {json::value(1), json::value(json::object()), json::value(json::array())}) {
        CHECK_FALSE(refused(with(text, {"layoutDeclared"}, other)).empty());
    }
}

TEST_CASE("what is no JSON is refused") {
    CHECK(contains(refused(""), "it is no JSON"));
    CHECK(contains(refused("{"), "it is no JSON"));
    CHECK(contains(refused("\xFF"), "it is no JSON"));
    CHECK(contains(refused(std::string(100'000, '[')), "it is no JSON"));
    for (const auto* text : {"null", "1", "\"a\"", "[]", "{}", "true"}) {
        CHECK(contains(refused(text), "it is no dossier of this version"));
    }
}

TEST_CASE("JSON that was cut off or changed is read or refused, and nothing worse") {
    DossierBox box(story());
    const auto text = folder_of(box.inputs()).json;
    const auto seed = Catch::rngSeed();
    INFO("seed " << seed);
    std::mt19937_64 random(seed);
    for (std::size_t size = 0; size + 1 < text.size(); size += 1 + random() % 60) {
        CHECK(contains(refused(text.substr(0, size)), "it is no JSON"));
    }
    for (int i = 0; i < 1'000; ++i) {
        const auto other = mutated(text, random);
        const auto inputs = parse_dossier_inputs(other);
        if (!inputs) CHECK(inputs.error().find('\n') == std::string::npos);
    }
}

}  // namespace seatledger
