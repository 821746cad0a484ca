// Keys and packed values of the tables.
#include "projections/tables.h"

#include <kj/exception.h>

#include <algorithm>
#include <limits>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "tests/support/catch.h"

namespace seatledger {
namespace {

using namespace tables;

constexpr auto u32_max = std::numeric_limits<std::uint32_t>::max();
constexpr auto u64_max = std::numeric_limits<std::uint64_t>::max();

const std::vector<std::uint32_t> numbers = {0, 1, 2, 255, 256, 65'535, 65'536, 1u << 31, u32_max - 1, u32_max};
const std::vector<Instant> instants = {
    no_instant, first_instant,           {-1},         {0},
    {1},        {1'577'836'800'000'000}, last_instant, {std::numeric_limits<std::int64_t>::max()}};

TEST_CASE("what is put into a key or a value is read back") {
    std::string bytes;
    put_u8(bytes, 200);
    for (const auto number : numbers) put_u32(bytes, number);
    put_u64(bytes, u64_max);
    for (const auto instant : instants) put_instant(bytes, instant);
    put_text(bytes, "");
    put_text(bytes, "größe");
    put_version(bytes, Sequence(17));

    Reader reader(bytes);
    CHECK(reader.u8() == 200);
    for (const auto number : numbers) CHECK(reader.u32() == number);
    CHECK(reader.u64() == u64_max);
    for (const auto instant : instants) CHECK(reader.instant() == instant);
    CHECK(reader.text() == "");
    CHECK(reader.text() == "größe");
    CHECK_FALSE(reader.done());
    CHECK(reader.version() == Sequence(17));
    CHECK(reader.done());
    CHECK(version_of(bytes) == Sequence(17));
}

TEST_CASE("numbers of varying length are read back") {
    const std::vector<std::uint64_t> values = {0, 1, 127, 128, 16'383, 16'384, 1ull << 63, u64_max};
    std::string bytes;
    for (const auto value : values) put_varint(bytes, value);
    for (const auto instant : instants) put_zigzag(bytes, instant.micros);
    Reader reader(bytes);
    for (const auto value : values) CHECK(reader.varint() == value);
    for (const auto instant : instants) CHECK(reader.zigzag() == instant.micros);
    CHECK(reader.done());

    std::string small;
    put_zigzag(small, -1);
    CHECK(small.size() == 1);
}

TEST_CASE("a row that is shorter than it should be, or damaged, is an assertion and nothing worse") {
    CHECK_THROWS_AS(Reader("abc").u32(), kj::Exception);
    CHECK_THROWS_AS(Reader("abcdefg").u64(), kj::Exception);
    CHECK_THROWS_AS(Reader("").u8(), kj::Exception);
    CHECK_THROWS_AS(Reader("without end").text(), kj::Exception);
    CHECK_THROWS_AS(Reader(std::string(10, '\xFF')).varint(), kj::Exception);
    CHECK_THROWS_AS(read_holdings("short"), kj::Exception);
    CHECK_THROWS_AS(read_given("short"), kj::Exception);
    CHECK_THROWS_AS(read_request("short"), kj::Exception);
    CHECK_THROWS_AS(read_free("short"), kj::Exception);
    CHECK_THROWS_AS(read_account_events("", Sequence(1)), kj::Exception);
    std::string too_many;
    put_varint(too_many, u64_max);
    CHECK_THROWS_AS(read_account_events(too_many, Sequence(1)), kj::Exception);
}

template <typename Values, typename Key>
void check_order(const Values& values, Key key) {
    for (std::size_t i = 1; i < values.size(); ++i) CHECK(key(values[i - 1]) < key(values[i]));
}

TEST_CASE("keys sort like what they are made of") {
    check_order(numbers, [](std::uint32_t number) { return key_of(Table::users, number); });
    check_order(numbers, [](std::uint32_t number) { return key_of(Table::users, AccountNumber(7), number); });
    check_order(instants, [](Instant instant) {
        auto key = key_of(Table::due);
        put_instant(key, instant);
        return key;
    });
    const std::vector<std::uint64_t> sequences = {0, 1, 255, 256, u32_max, 1ull << 40, u64_max};
    check_order(sequences, [](std::uint64_t sequence) { return key_of(Table::blocks, Sequence(sequence)); });
    check_order(sequences, [](std::uint64_t sequence) {
        return key_of(Table::account_events, AccountNumber(3), Sequence(sequence));
    });
    const std::vector<std::string> texts = {"", "a", "a ", "aa", "ab", "b", "é"};
    check_order(texts, [](const std::string& text) { return key_of(Table::invoices, AccountNumber(1), text); });
    // Of one row the newest version comes first.
    std::vector<std::uint64_t> newest_first(sequences.rbegin(), sequences.rend());
    check_order(newest_first, [](std::uint64_t sequence) {
        std::string key = "row";
        put_version(key, Sequence(sequence));
        return key;
    });
}

TEST_CASE("the versions of one row lie together, whatever its text is") {
    const auto version_key = [](const std::string& text, std::uint64_t version) {
        auto key = key_of(Table::invoices, AccountNumber(1), text);
        put_version(key, Sequence(version));
        return key;
    };
    for (const auto version : {std::uint64_t{0}, std::uint64_t{1}, u64_max}) {
        CHECK(version_key("a", version) < version_key("aa", u64_max));
        CHECK(version_key("a", version) < version_key("b", u64_max));
        CHECK(version_key("a", version) > version_key("Z", 0));
    }
}

TEST_CASE("after() is behind everything that begins with the prefix, and before all else") {
    CHECK(after("a") == "b");
    CHECK(after(std::string("a\xFF")) == "b");
    CHECK(after(std::string("a\xFF\xFF")) == "b");
    CHECK(after(std::string("\0", 1)) == "\x01");
    const auto prefix = key_of(Table::users, AccountNumber(u32_max));
    CHECK(after(prefix) > key_of(Table::users, AccountNumber(u32_max), u32_max) + std::string(8, '\xFF'));
    CHECK(after(prefix) <= key_of(Table::holdings));
    CHECK(after(key_of(Table::lots, AccountNumber(5))) == key_of(Table::lots, AccountNumber(6)));
    CHECK_THROWS_AS(after(std::string("\xFF\xFF")), kj::Exception);
}

TEST_CASE("every table has a name of its own") {
    std::vector<std::string_view> names = {"?"};
    for (const auto table : versioned_tables) names.push_back(name_of(table));
    for (const auto table : index_tables) names.push_back(name_of(table));
    std::ranges::sort(names);
    CHECK(std::ranges::adjacent_find(names) == names.end());
}

TEST_CASE("every table is among those that digests are made of") {
    std::set<Table> listed(std::begin(versioned_tables), std::end(versioned_tables));
    listed.insert(std::begin(index_tables), std::end(index_tables));
    for (int number = 0; number < 256; ++number) {
        const auto table = static_cast<Table>(number);
        INFO(number << ' ' << name_of(table));
        CHECK(listed.contains(table) == (name_of(table) != "?"));
    }
}

TEST_CASE("packed rows are read back") {
    const Holdings holdings = {{LicenseNumber(3), ProductNumber(1), {1'000}, Sequence(9)},
                               {LicenseNumber(u32_max), ProductNumber(2), last_instant, Sequence(u64_max)}};
    std::string bytes;
    put_holdings(bytes, holdings);
    CHECK(read_holdings(bytes) == holdings);
    CHECK(read_holdings("").empty());

    bytes.clear();
    put_given(bytes, {UserId(7), {-5}});
    CHECK(read_given(bytes).user == UserId(7));
    CHECK(read_given(bytes).at == Instant{-5});

    RequestRecord record{Sequence(5), Sequence(9), {}};
    for (std::size_t i = 0; i < record.digest.size(); ++i) record.digest[i] = static_cast<std::uint8_t>(250 + i);
    bytes.clear();
    put_request(bytes, record);
    CHECK(read_request(bytes).first == record.first);
    CHECK(read_request(bytes).last == record.last);
    CHECK(read_request(bytes).digest == record.digest);

    FreeBits bits{};
    bits[0] = 1;
    bits[7] = 1ull << 63;
    bytes.clear();
    put_free(bytes, bits);
    CHECK(read_free(bytes) == bits);
}

TEST_CASE("the events of an account in a block are read back") {
    constexpr auto seed = 20200107u;
    INFO("seed " << seed);
    std::mt19937_64 random(seed);
    for (int i = 0; i < 200; ++i) {
        std::vector<AccountEvent> events;
        std::uint64_t sequence = random() % 1'000'000;
        std::int64_t instant = static_cast<std::int64_t>(random() % 1'000'000'000'000) - 500'000'000'000;
        for (auto count = 1 + random() % 20; count > 0; --count) {
            sequence += 1 + random() % (count % 2 == 0 ? 1'000 : 1);
            instant += static_cast<std::int64_t>(random() % 3 * 1'000'000);
            events.push_back({Sequence(sequence), {instant}, static_cast<std::uint32_t>(random() % 5)});
        }
        std::string bytes;
        put_account_events(bytes, events);
        const auto read = read_account_events(bytes, events.back().sequence);
        REQUIRE(read.size() == events.size());
        for (std::size_t e = 0; e < events.size(); ++e) {
            CHECK(read[e].sequence == events[e].sequence);
            CHECK(read[e].effective_at == events[e].effective_at);
            CHECK(read[e].actor == events[e].actor);
        }
    }
}

TEST_CASE("when the events of a block were recorded is read back; beyond the last it is the last") {
    const std::vector<Instant> recorded = {{1'000}, {1'000}, {1'001}, last_instant};
    std::string bytes;
    put_recorded(bytes, recorded);
    for (std::size_t i = 0; i < recorded.size(); ++i) CHECK(read_recorded(bytes, i) == recorded[i]);
    CHECK(read_recorded(bytes, 100) == last_instant);
}

}  // namespace
}  // namespace seatledger
