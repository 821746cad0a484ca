#include "events/block.h"

#include <capnp/message.h>
#include <kj/exception.h>
#include <xxhash.h>

#include <array>
#include <bit>
#include <cstring>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "events/text.h"
#include "tests/support/catch.h"

namespace seatledger {
namespace {

constexpr std::size_t header_words = 4;

void add_user(BlockBuilder& builder, std::uint32_t user, const std::string& name = "Ann") {
    auto event = builder.begin_event();
    event.setRecordedAt(1'700'000'000'000'000);
    event.setAccount("acme");
    auto registered = event.initUserRegistered();
    registered.setUser(user);
    registered.setEmail(as_data("ann@acme.test"));
    registered.setName(as_data(name));
    static_cast<void>(builder.end_event());
}

// A block of commits with one event each.
Words block_of(Sequence first, std::uint32_t count) {
    BlockBuilder builder(first);
    for (std::uint32_t user = 1; user <= count; ++user) {
        add_user(builder, user);
        builder.end_commit();
    }
    return builder.finish();
}

std::vector<Entry> listed(const Entries& entries) {
    std::vector<Entry> all;
    for (const auto& entry : entries) all.push_back(entry);
    return all;
}

bool is_canonical(const Entry& entry) {
    const auto segment = kj::arrayPtr(reinterpret_cast<const capnp::word*>(entry.words.data()), entry.words.size());
    capnp::SegmentArrayMessageReader message(kj::arrayPtr(&segment, 1));
    return message.isCanonical();
}

// A word of a block's body that begins an entry.
std::uint64_t entry_header(std::uint32_t bytes, std::uint32_t flags) {
    return std::bit_cast<std::uint64_t>(std::array{bytes, flags});
}

template <typename Number>
void put(Words& block, std::size_t byte, Number number) {
    std::memcpy(reinterpret_cast<char*>(block.data()) + byte, &number, sizeof number);
}

// Writes the length and the checksum that the format's description asks for, whatever else the block says.
void seal(Words& block) {
    put(block, 20, static_cast<std::uint32_t>((block.size() - header_words) * sizeof(std::uint64_t)));
    const auto seed = XXH3_64bits(block.data(), 24);
    const auto body = std::span(block).subspan(header_words);
    put(block, 24, XXH3_64bits_withSeed(body.data(), body.size_bytes(), seed));
}

std::string error_of(std::span<const std::uint64_t> block) {
    const auto opened = open_block(block);
    return opened ? "" : opened.error();
}

}  // namespace

TEST_CASE("events come out of a block as they went in", "[block]") {
    BlockBuilder builder(Sequence(41));
    add_user(builder, 1, "Ann");
    add_user(builder, 2, "Bob");
    builder.end_commit();
    add_user(builder, 3, "Cid");
    builder.end_commit();
    CHECK(builder.next().value == 44);
    const auto words = builder.finish();

    const auto block = open_block(words);
    REQUIRE(block.has_value());
    CHECK(block->first().value == 41);
    CHECK(block->last().value == 43);
    CHECK(block->count() == 3);
    const auto entries = listed(block->entries());
    REQUIRE(entries.size() == 3);
    const std::string names[] = {"Ann", "Bob", "Cid"};
    for (std::uint32_t at = 0; at < 3; ++at) {
        const auto event = read_event(entries[at]);
        CHECK(entries[at].sequence.value == 41 + at);
        CHECK(event.getSequence() == 41 + at);
        CHECK(event.getRecordedAt() == 1'700'000'000'000'000);
        CHECK(event.getAccount() == "acme");
        REQUIRE(event.isUserRegistered());
        CHECK(event.getUserRegistered().getUser() == at + 1);
        CHECK(view(event.getUserRegistered().getName()) == names[at]);
    }
    CHECK_FALSE(entries[0].ends_commit);
    CHECK(entries[1].ends_commit);
    CHECK(entries[2].ends_commit);
}

TEST_CASE("after a block the builder goes on with the next sequence", "[block]") {
    BlockBuilder builder(Sequence(1));
    add_user(builder, 1);
    builder.end_commit();
    static_cast<void>(builder.finish());
    CHECK(builder.count() == 0);
    add_user(builder, 1);
    builder.end_commit();
    CHECK(builder.finish() == block_of(Sequence(2), 1));
}

TEST_CASE("going back to a mark leaves no trace of what came after it", "[block]") {
    BlockBuilder builder(Sequence(7));
    const auto empty = builder.mark();
    add_user(builder, 9, "never was");
    builder.go_back(empty);
    add_user(builder, 1);
    builder.end_commit();
    const auto one = builder.mark();
    add_user(builder, 8, std::string(20'000, 'x'));
    add_user(builder, 9, "never was either");
    builder.end_commit();
    SECTION("between two events") {}
    SECTION("in the middle of one") {
        builder.begin_event().initUserRegistered().setName(as_data(std::string(20'000, 'y')));
    }
    builder.go_back(one);
    CHECK(builder.next().value == 8);
    add_user(builder, 2);
    builder.end_commit();
    CHECK(builder.finish() == block_of(Sequence(7), 2));
}

TEST_CASE("a commit that was gone back on can be ended where it stood before", "[block]") {
    BlockBuilder builder(Sequence(1));
    add_user(builder, 1);
    const auto mark = builder.mark();
    add_user(builder, 2);
    builder.go_back(mark);
    builder.end_commit();
    CHECK(builder.finish() == block_of(Sequence(1), 1));
}

TEST_CASE("the entries since a mark are those that came after it", "[block]") {
    BlockBuilder builder(Sequence(5));
    add_user(builder, 1);
    builder.end_commit();
    const auto mark = builder.mark();
    CHECK(listed(builder.entries_since(mark)).empty());
    add_user(builder, 2);
    add_user(builder, 3);
    const auto entries = listed(builder.entries_since(mark));
    REQUIRE(entries.size() == 2);
    CHECK(entries[0].sequence.value == 6);
    CHECK(entries[1].sequence.value == 7);
    CHECK(read_event(entries[1]).getUserRegistered().getUser() == 3);
    CHECK(are_entries(builder.entries_since(mark).words()));
}

TEST_CASE("an entry is the event's canonical encoding, however it was built", "[block]") {
    BlockBuilder builder(Sequence(1));
    {
        auto event = builder.begin_event();
        auto issued = event.initInvoiceIssued();
        issued.setInvoice("set twice, which leaves a hole");
        issued.setInvoice("I-1");
        auto lines = issued.initLines(3);
        lines[1].setQuantity(7);
        lines[1].initAmount().setCurrency("USD");
        event.setRequestId("");
        static_cast<void>(builder.end_event());
    }
    static_cast<void>(builder.begin_event());  // nothing but a sequence
    static_cast<void>(builder.end_event());
    {
        auto product = builder.begin_event().initProductDefined();  // fills more than one segment
        auto features = product.initFeatures(100);
        for (unsigned at = 0; at < 100; ++at) features.set(at, std::string(at * 5, 'f'));
        static_cast<void>(builder.end_event());
    }
    {
        auto event = builder.begin_event();
        event.setRequestId("r-1");
        event.setRequestDigest(kj::arrayPtr(reinterpret_cast<const kj::byte*>("\0\0\1"), 3));
        event.initImportEnded();
        static_cast<void>(builder.end_event());
    }
    builder.end_commit();
    const auto words = builder.finish();
    const auto block = open_block(words);
    REQUIRE(block.has_value());
    for (const auto& entry : block->entries()) {
        CAPTURE(entry.sequence.value);
        CHECK(is_canonical(entry));
    }
}

TEST_CASE("the same event built in another order gives the same bytes", "[block]") {
    BlockBuilder builder(Sequence(1));
    add_user(builder, 4, "Dan");
    builder.end_commit();
    const auto one = builder.finish();

    BlockBuilder other(Sequence(1));
    auto event = other.begin_event();
    auto registered = event.initUserRegistered();
    registered.setName(as_data("Dan"));
    registered.setEmail(as_data("ann@acme.test"));
    registered.setUser(4);
    event.setAccount("acme");
    event.setRecordedAt(1'700'000'000'000'000);
    static_cast<void>(other.end_event());
    other.end_commit();
    CHECK(other.finish() == one);
}

TEST_CASE("entries are whole words, padded with zeros", "[block]") {
    for (std::size_t length = 0; length <= 17; ++length) {
        CAPTURE(length);
        BlockBuilder builder(Sequence(1));
        auto event = builder.begin_event();
        event.setAccount(std::string(length, '\xff'));
        const auto bytes = builder.end_event();
        CHECK(bytes % sizeof(std::uint64_t) == 0);
        builder.end_commit();
        const auto words = builder.finish();
        REQUIRE(words.size() == header_words + 1 + bytes / sizeof(std::uint64_t));
        const auto block = open_block(words);
        REQUIRE(block.has_value());
        const auto entry = *block->entries().begin();
        CHECK(entry.words.size_bytes() == bytes);
        const auto content = bytes_of(entry);
        CHECK(content.ends_with(std::string(length, '\xff') + std::string(8 - length % 8, '\0')));
    }
}

TEST_CASE("an event of up to event_bytes_max is taken, a larger one is found out and can be gone back on", "[block]") {
    BlockBuilder builder(Sequence(1));
    const auto mark = builder.mark();
    const auto size_with = [&](std::size_t name_bytes) {
        builder.go_back(mark);
        builder.begin_event().initUserRegistered().setName(as_data(std::string(name_bytes, 'n')));
        const auto bytes = builder.end_event();
        builder.end_commit();
        return bytes;
    };
    const auto largest = event_bytes_max / sizeof(std::uint64_t) * sizeof(std::uint64_t);
    const auto name_bytes = 60'000 + largest - size_with(60'000);
    REQUIRE(size_with(name_bytes) == largest);
    const auto words = builder.finish();
    CHECK(open_block(words).has_value());

    CHECK(size_with(name_bytes + 8) == largest + 8);
    CHECK(size_with(name_bytes + 8) > event_bytes_max);
    CHECK_FALSE(are_entries(builder.entries_since(mark).words()));
    builder.go_back(mark);
    add_user(builder, 1);
    builder.end_commit();
    CHECK(builder.finish() == block_of(Sequence(2), 1));
}

TEST_CASE("every flipped bit of a block is found out", "[block]") {
    const auto events = GENERATE(1U, 2U, 5U);  // the checksum has a way of its own for short, middling and long
    const auto intact = block_of(Sequence(1), events);
    REQUIRE(open_block(intact).has_value());
    std::vector<std::size_t> undetected;
    for (std::size_t bit = 0; bit < intact.size() * 64; ++bit) {
        auto flipped = intact;
        flipped[bit / 64] ^= std::uint64_t{1} << (bit % 64);
        if (open_block(flipped)) undetected.push_back(bit);
    }
    CHECK(undetected.empty());
}

TEST_CASE("single events of a block are those that reading all of it gives", "[block]") {
    const auto words = block_of(Sequence(7), 5);
    const auto index = index_block(words);
    REQUIRE(index.has_value());
    CHECK(index->first() == Sequence(7));
    CHECK_FALSE(index->has(Sequence(6)));
    CHECK_FALSE(index->has(Sequence(12)));
    for (const auto& entry : open_block(words)->entries()) {
        REQUIRE(index->has(entry.sequence));
        const auto found = index->find(entry.sequence);
        REQUIRE(found.has_value());
        CHECK(found->sequence == entry.sequence);
        CHECK(found->words.data() == entry.words.data());
        CHECK(found->words.size() == entry.words.size());
        CHECK(found->ends_commit == entry.ends_commit);
    }
    CHECK_FALSE(BlockIndex().has(Sequence(0)));
}

TEST_CASE("a flipped bit keeps a block from being read for single events as well", "[block]") {
    const auto intact = block_of(Sequence(1), 3);
    for (std::size_t bit = 0; bit < intact.size() * 64; ++bit) {
        auto flipped = intact;
        flipped[bit / 64] ^= std::uint64_t{1} << (bit % 64);
        CAPTURE(bit);
        REQUIRE_FALSE(index_block(flipped).has_value());
    }
    for (std::size_t words = 0; words < intact.size(); ++words) {
        REQUIRE_FALSE(index_block(std::span(intact).first(words)).has_value());
    }
}

TEST_CASE("a block that is cut off or too long is refused", "[block]") {
    const auto intact = block_of(Sequence(1), 3);
    for (std::size_t words = 0; words < intact.size(); ++words) {
        CAPTURE(words);
        const auto error = error_of(std::span(intact).first(words));
        CHECK(error ==
              (words < header_words ? "is shorter than a block's header" : "is not as long as its header says"));
    }
    auto longer = intact;
    longer.push_back(0);
    CHECK(error_of(longer) == "is not as long as its header says");
}

TEST_CASE("a block of another format version is refused by its version", "[block]") {
    auto block = block_of(Sequence(1), 1);
    put(block, 4, std::uint16_t{block_format_version + 1});
    const auto refusal = "has format version " + std::to_string(block_format_version + 1) +
                         "; this program reads version " + std::to_string(block_format_version);
    CHECK(error_of(block) == refusal);
    seal(block);
    CHECK(error_of(block) == refusal);
}

TEST_CASE("bytes that are no block are refused by their beginning", "[block]") {
    auto block = block_of(Sequence(1), 1);
    put(block, 0, 'X');
    seal(block);
    CHECK(error_of(block) == "does not begin like a block");
}

TEST_CASE("a header that its entries do not bear out is refused, right checksum or not", "[block]") {
    auto block = block_of(Sequence(3), 2);
    SECTION("as it is") {
        seal(block);
        CHECK(open_block(block).has_value());
        return;
    }
    SECTION("fewer events") { put(block, 16, std::uint32_t{1}); }
    SECTION("more events") { put(block, 16, std::uint32_t{3}); }
    SECTION("sequence 0") { put(block, 8, std::uint64_t{0}); }
    SECTION("the reserved bytes") { put(block, 6, std::uint16_t{1}); }
    SECTION("no event at all") {
        block.resize(header_words);
        put(block, 16, std::uint32_t{0});
    }
    SECTION("an entry that is longer than the rest of the block") {
        block[header_words] = entry_header(8 * static_cast<std::uint32_t>(block.size()), 1);
    }
    SECTION("a last event that ends no commit") {
        BlockBuilder builder(Sequence(3));
        add_user(builder, 1);
        builder.end_commit();
        add_user(builder, 2);
        block = builder.finish();
    }
    seal(block);
    CHECK(error_of(block) == "has entries that do not fit its header");
    CHECK(index_block(block).error() == "has entries that do not fit its header");
}

TEST_CASE("an event that is not in its canonical encoding is refused where it is asked for", "[block]") {
    auto block = block_of(Sequence(3), 2);
    block.back() ^= 1;  // what pads the last text
    block.back() |= std::uint64_t{1} << 63;
    seal(block);
    REQUIRE_FALSE(open_block(block).has_value());
    const auto index = index_block(block);
    REQUIRE(index.has_value());
    CHECK(index->find(Sequence(3)).has_value());
    const auto found = index->find(Sequence(4));
    REQUIRE_FALSE(found.has_value());
    CHECK(found.error().find("event 4") != std::string::npos);
}

TEST_CASE("a block without an event cannot be built", "[block]") {
    BlockBuilder builder(Sequence(1));
    CHECK_THROWS_AS(static_cast<void>(builder.finish()), kj::Exception);
    const auto mark = builder.mark();
    add_user(builder, 1);
    builder.go_back(mark);
    CHECK_THROWS_AS(static_cast<void>(builder.finish()), kj::Exception);
}

TEST_CASE("a builder that is used in the wrong order hits an assertion", "[block]") {
    CHECK_THROWS_AS(BlockBuilder(Sequence(0)), kj::Exception);
    BlockBuilder builder(Sequence(1));
    CHECK_THROWS_AS(builder.end_commit(), kj::Exception);
    CHECK_THROWS_AS(static_cast<void>(builder.end_event()), kj::Exception);
}

TEST_CASE("only whole entries of a size and flags that there are pass for entries", "[block]") {
    // An event in which nothing is set: a root pointer to an empty struct.
    constexpr std::uint64_t event = 0x00000000FFFFFFFC;
    CHECK(are_entries({}));
    CHECK(are_entries(Words{entry_header(8, 0), event}));
    CHECK(are_entries(Words{entry_header(8, 1), event, entry_header(8, 0), event}));

    CHECK_FALSE(are_entries(Words{entry_header(0, 0)}));                   // would never end
    CHECK_FALSE(are_entries(Words{entry_header(8, 0)}));                   // nothing behind it
    CHECK_FALSE(are_entries(Words{entry_header(16, 0), event}));           // cut off
    CHECK_FALSE(are_entries(Words{entry_header(8, 0), event, event}));     // something left over
    CHECK_FALSE(are_entries(Words{entry_header(7, 0), event}));            // not padded
    CHECK_FALSE(are_entries(Words{entry_header(12, 0), event, 0}));        // not padded
    CHECK_FALSE(are_entries(Words{entry_header(8, 2), event}));            // a flag that there is not
    CHECK_FALSE(are_entries(Words{entry_header(8, 0x8000'0001), event}));  // another
    CHECK_FALSE(are_entries(Words{entry_header(0xffff'fff8, 0), event}));  // longer than any
    CHECK_FALSE(are_entries(Words{entry_header(8, 0), 0}));                // no event
    CHECK_FALSE(are_entries(Words{entry_header(16, 0), event, 0}));        // more than an event
    Words too_large(1 + 8'192);
    too_large[0] = entry_header(65'536, 0);
    CHECK_FALSE(are_entries(too_large));
}

TEST_CASE("the entries in bytes that came from elsewhere are found only where there are some", "[block]") {
    BlockBuilder builder(Sequence(7));
    const auto mark = builder.mark();
    add_user(builder, 1);
    add_user(builder, 2);
    const auto words = builder.entries_since(mark).words();
    const auto* const begin = reinterpret_cast<const kj::byte*>(words.data());
    const auto entries = listed(entries_of(kj::arrayPtr(begin, words.size_bytes())));
    REQUIRE(entries.size() == 2);
    CHECK(read_event(entries[0]).getSequence() == 7);
    CHECK(read_event(entries[1]).getSequence() == 8);
    CHECK(listed(entries_of(nullptr)).empty());

    CHECK_THROWS_AS(entries_of(kj::arrayPtr(begin, words.size_bytes() - 1)), kj::Exception);
    CHECK_THROWS_AS(entries_of(kj::arrayPtr(begin, words.size_bytes() - 8)), kj::Exception);
    Words shifted(words.size() + 1);
    auto* const odd = reinterpret_cast<kj::byte*>(shifted.data()) + 1;
    std::copy_n(begin, words.size_bytes(), odd);
    CHECK_THROWS_AS(entries_of(kj::arrayPtr(odd, words.size_bytes())), kj::Exception);
}

TEST_CASE("what passes for entries can be read, whatever is in it", "[block]") {
    std::mt19937_64 random(20'240'229);
    unsigned accepted = 0;
    for (unsigned round = 0; round < 20'000; ++round) {
        BlockBuilder builder(Sequence(1));
        add_user(builder, 1);
        add_user(builder, 2);
        const auto entries = builder.entries_since({4, 0, 0});
        Words words(entries.words().begin(), entries.words().end());
        for (auto flips = random() % 3; flips > 0; --flips) {
            words[random() % words.size()] ^= std::uint64_t{1} << (random() % 64);
        }
        if (!are_entries(words)) continue;
        ++accepted;
        std::size_t walked = 0;
        for (const auto& entry : Entries(words, Sequence(1))) {
            REQUIRE(entry.words.data() == words.data() + walked + 1);
            walked += 1 + entry.words.size();
            const auto event = read_event(entry);
            try {
                static_cast<void>(event.getAccount().size());
                if (event.isUserRegistered()) static_cast<void>(event.getUserRegistered().getName().size());
            } catch (const kj::Exception&) {
                // a pointer to something of another kind
            }
        }
        REQUIRE(walked == words.size());
    }
    CHECK(accepted > 1'000);
    CHECK(accepted < 19'000);
}

}  // namespace seatledger
