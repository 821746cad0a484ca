#include "tools/dossier/indented_json.h"

#include <boost/json.hpp>

#include <random>
#include <string>

#include "tests/support/catch.h"

namespace seatledger {
namespace {

namespace json = boost::json;

json::value any_value(std::mt19937_64& random, int depth) {
    const std::vector<std::string> texts = {"", "a", "line\nbreak", "\"quoted\" \\", "ünï ☃ 😀", "\t\x01", "</script>"};
    switch (random() % (depth > 0 ? 7 : 5)) {
        case 0: return nullptr;
        case 1: return random() % 2 == 0;
        case 2: return static_cast<std::int64_t>(random());
        case 3: return static_cast<std::uint64_t>(random() >> random() % 64);
        case 4: return json::string(texts[random() % texts.size()]);
        case 5: {
            json::array list;
            for (auto count = random() % 4; count > 0; --count) list.push_back(any_value(random, depth - 1));
            return list;
        }
        default: {
            json::object object;
            for (auto count = random() % 4; count > 0; --count) {
                object[texts[random() % texts.size()] + std::to_string(count)] = any_value(random, depth - 1);
            }
            return object;
        }
    }
}

}  // namespace

TEST_CASE("JSON has a value a line, two blanks for each level, and members in their order") {
    const json::value value =
        json::object{{"b", 1}, {"a", json::array{"x", nullptr, true}}, {"c", json::object{{"d", -2}}}};
    CHECK(to_indented_json(value) ==
          "{\n"
          "  \"b\": 1,\n"
          "  \"a\": [\n"
          "    \"x\",\n"
          "    null,\n"
          "    true\n"
          "  ],\n"
          "  \"c\": {\n"
          "    \"d\": -2\n"
          "  }\n"
          "}\n");
}

TEST_CASE("what has nothing in it stands on one line") {
    CHECK(to_indented_json(json::object()) == "{}\n");
    CHECK(to_indented_json(json::array()) == "[]\n");
    CHECK(to_indented_json(json::object{{"a", json::array()}, {"b", json::object()}}) ==
          "{\n  \"a\": [],\n  \"b\": {}\n}\n");
    CHECK(to_indented_json(nullptr) == "null\n");
    CHECK(to_indented_json("a text") == "\"a text\"\n");
}

TEST_CASE("a text stays on its line, whatever is in it") {
    CHECK(to_indented_json("one\ntwo\r\t\"\\") == "\"one\\ntwo\\r\\t\\\"\\\\\"\n");
    const json::value key = json::object{{"a\nb", 1}};
    CHECK(to_indented_json(key) == "{\n  \"a\\nb\": 1\n}\n");
}

TEST_CASE("any JSON is read again as what it was") {
    const auto seed = Catch::rngSeed();
    INFO("seed " << seed);
    std::mt19937_64 random(seed);
    for (int i = 0; i < 500; ++i) {
        const auto value = any_value(random, 4);
        const auto text = to_indented_json(value);
        INFO(text);
        CHECK(json::parse(text) == value);
        CHECK(text.ends_with('\n'));
        CHECK(text.find("\n\n") == std::string::npos);
        CHECK(text.find(" \n") == std::string::npos);
        CHECK(to_indented_json(json::parse(text)) == text);
    }
}

}  // namespace seatledger
