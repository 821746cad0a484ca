// Rows on their way into the database.
#include "projections/row_buffer.h"

#include <algorithm>
#include <map>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "tests/support/catch.h"

namespace seatledger {
namespace {

using Rows = std::map<std::string, std::optional<std::string>>;  // nothing: removed

void collect(Rows& rows, std::string& last, const RowBuffer::Item& item) {
    CHECK((rows.empty() || std::string(item.key) > last));
    last = item.key;
    if (item.removed) CHECK(item.value.empty());
    rows[std::string(item.key)] = item.removed ? std::nullopt : std::optional(std::string(item.value));
}

Rows versioned_rows(RowBuffer& buffer) {
    Rows rows;
    std::string last;
    buffer.for_each_versioned([&](const RowBuffer::Item& item) { collect(rows, last, item); });
    return rows;
}

Rows index_rows(RowBuffer& buffer) {
    Rows rows;
    std::string last;
    buffer.for_each_index([&](const RowBuffer::Item& item) { collect(rows, last, item); });
    return rows;
}

std::string versioned(std::string key, std::uint64_t version) {
    tables::put_version(key, Sequence(version));
    return key;
}

TEST_CASE("rows come out sorted, each key once, with what was put last") {
    RowBuffer buffer;
    buffer.put("b", Sequence(1), "old");
    buffer.put("a", Sequence(1), "a1");
    buffer.put("b", Sequence(2), "newer version");
    buffer.put("b", Sequence(1), "new");
    buffer.put_index("x", "there");
    buffer.remove_index("x");
    buffer.remove_index("y");
    buffer.put_index("y", "back");
    buffer.put_index("z", "");
    CHECK(buffer.count() == 9);
    CHECK(versioned_rows(buffer) ==
          Rows{{versioned("a", 1), "a1"}, {versioned("b", 2), "newer version"}, {versioned("b", 1), "new"}});
    CHECK(index_rows(buffer) == Rows{{"x", std::nullopt}, {"y", "back"}, {"z", ""}});
    buffer.clear();
    CHECK(buffer.count() == 0);
    CHECK(buffer.bytes() == 0);
    CHECK(versioned_rows(buffer).empty());
}

TEST_CASE("keys that differ only in length, only in zeros or only behind the sixteenth byte are kept apart") {
    RowBuffer buffer;
    const std::string long_key(40, 'k');
    const std::vector<std::string> keys = {"a",
                                           std::string("a\0", 2),
                                           std::string("a\0\0", 3),
                                           std::string(8, '\0'),
                                           std::string(16, '\0'),
                                           std::string(17, '\0'),
                                           long_key,
                                           long_key + "1",
                                           long_key + "2",
                                           ""};
    for (const auto& key : keys) buffer.put_index(key, key);
    const auto rows = index_rows(buffer);
    CHECK(rows.size() == keys.size());
    for (const auto& key : keys) CHECK(rows.at(key) == key);
}

TEST_CASE("many rows whose keys begin alike come out sorted too") {
    constexpr auto seed = 20261122u;
    INFO("seed " << seed);
    std::mt19937_64 random(seed);
    RowBuffer buffer;
    std::set<std::string> keys;
    for (int i = 0; i < 30'000; ++i) {
        std::string key = i % 3 == 0 ? "alike in all" : "alike in eight bytes";
        for (int byte = 0; byte < 6; ++byte) key.push_back(static_cast<char>(random()));
        buffer.put_index(key, "");
        keys.insert(key);
    }
    std::vector<std::string> seen;
    buffer.for_each_index([&](const RowBuffer::Item& item) { seen.emplace_back(item.key); });
    CHECK(std::ranges::equal(seen, keys));
}

TEST_CASE("the halves have every versioned row once, in order") {
    constexpr auto seed = 20261124u;
    INFO("seed " << seed);
    std::mt19937_64 random(seed);
    for (const int count : {0, 1, 2, 3, 100, 20'000}) {
        INFO("rows " << count);
        RowBuffer whole;
        RowBuffer halved;
        for (int i = 0; i < count; ++i) {
            // Few keys, so that some are put more than once.
            const auto key = std::to_string(random() % 5'000);
            const Sequence version(random() % 2);
            const auto value = std::to_string(i);
            whole.put(key, version, value);
            halved.put(key, version, value);
        }
        std::vector<std::string> expected;
        std::vector<std::string> seen;
        const auto to = [](std::vector<std::string>& list) {
            return [&list](const RowBuffer::Item& item) {
                list.emplace_back(item.key);
                list.emplace_back(item.value);
            };
        };
        whole.for_each_versioned(to(expected));
        for (const auto& half : halved.versioned_halves()) half.for_each(to(seen));
        CHECK(seen == expected);
    }
}

TEST_CASE("a buffer of random rows is a map") {
    constexpr auto seed = 20200108u;
    INFO("seed " << seed);
    std::mt19937_64 random(seed);
    RowBuffer buffer;
    for (int round = 0; round < 20; ++round) {
        Rows index;
        Rows rows;
        for (int i = 0; i < 500; ++i) {
            const std::string key(random() % 20, static_cast<char>(random() % 3 * 127));
            const auto value = std::to_string(i);
            switch (random() % 3) {
                case 0:
                    buffer.put_index(key, value);
                    index[key] = value;
                    break;
                case 1:
                    buffer.remove_index(key);
                    index[key] = std::nullopt;
                    break;
                default: {
                    const auto version = random() % 5;
                    buffer.put(key, Sequence(version), value);
                    rows[versioned(key, version)] = value;
                }
            }
        }
        CHECK(index_rows(buffer) == index);
        CHECK(versioned_rows(buffer) == rows);
        buffer.clear();
    }
}

}  // namespace
}  // namespace seatledger
