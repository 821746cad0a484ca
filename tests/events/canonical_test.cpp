// The canonical encoding in one pass gives what Cap'n Proto's own function gives.
#include "events/canonical.h"

#include <capnp/message.h>
#include <capnp/serialize.h>
#include <kj/exception.h>

#include <cstdint>
#include <random>
#include <span>
#include <string>
#include <vector>

#include "events/event.capnp.h"
#include "tests/support/catch.h"

namespace seatledger {
namespace {

using Words = std::vector<std::uint64_t>;

// As Cap'n Proto has it, of any struct.
template <typename Struct>
Words by_the_library(typename Struct::Reader of) {
    const auto words = capnp::canonicalize(of);
    const auto* const begin = reinterpret_cast<const std::uint64_t*>(words.begin());
    return {begin, begin + words.size()};
}

template <typename Struct>
Words in_one_pass(typename Struct::Reader of, std::size_t words_max) {
    const auto any = capnp::AnyStruct::Reader(of);
    const auto data = any.getDataSection();
    Words words(words_max);
    const auto count = write_canonical(
        {reinterpret_cast<const std::uint64_t*>(data.begin()), static_cast<std::uint16_t>(data.size() / 8),
         static_cast<std::uint16_t>(any.getPointerSection().size())},
        words);
    words.resize(count);
    return words;
}

template <typename Struct>
void check_same(capnp::MessageBuilder& message) {
    REQUIRE(message.getSegmentsForOutput().size() == 1);
    const auto root = message.getRoot<Struct>().asReader();
    const auto words = in_one_pass<Struct>(root, message.sizeInWords());
    CHECK(words == by_the_library<Struct>(root));
    CHECK(is_canonical(words));
}

// What the words say, encoded anew by Cap'n Proto from a reader that checks everything.
Words encoded_again(const Words& words) {
    const auto segment = kj::arrayPtr(reinterpret_cast<const capnp::word*>(words.data()), words.size());
    capnp::SegmentArrayMessageReader reader(kj::arrayPtr(&segment, 1));
    return by_the_library<schema::Event>(reader.getRoot<schema::Event>());
}

std::string random_text(std::mt19937_64& random) {
    return std::string(random() % 20, static_cast<char>('a' + random() % 26));
}

void fill_money(schema::Money::Builder money, std::mt19937_64& random) {
    if (random() % 2 == 0) money.setAmount(static_cast<std::int64_t>(random()));
    if (random() % 2 == 0) money.setCurrency("USD");
}

void fill_envelope(schema::Event::Builder event, std::mt19937_64& random) {
    event.setSequence(random() % 3 == 0 ? 0 : random());
    if (random() % 2 == 0) event.setRecordedAt(static_cast<std::int64_t>(random()));
    if (random() % 2 == 0) event.setActor(static_cast<std::uint32_t>(random()));
    if (random() % 2 == 0) event.setViaVendor(true);
    if (random() % 2 == 0) event.setAccount(random_text(random));
    if (random() % 2 == 0) event.setCorrects(random());
    if (random() % 2 == 0) event.setRequestId(random_text(random));
    if (random() % 4 == 0) event.initRequestDigest(static_cast<unsigned>(random() % 17));
}

void fill_body(schema::Event::Builder event, std::mt19937_64& random) {
    switch (random() % 5) {
        case 0: return;
        case 1: event.initImportEnded(); return;
        case 2: {
            auto held = event.initLicenseBound();
            if (random() % 2 == 0) held.setLicense(static_cast<std::uint32_t>(random()));
            if (random() % 2 == 0) held.setSku(random_text(random));
            return;
        }
        case 3: {
            auto defined = event.initProductDefined();
            if (random() % 2 == 0) defined.setName(random_text(random));
            auto features = defined.initFeatures(static_cast<unsigned>(random() % 4));
            for (unsigned i = 0; i < features.size(); ++i) {
                if (random() % 3 != 0) features.set(i, random_text(random));
            }
            if (random() % 2 == 0) fill_money(defined.initUnitPrice(), random);
            defined.setKeepsPhone(random() % 2 == 0);
            return;
        }
        default: {
            auto issued = event.initInvoiceIssued();
            issued.setInvoice(random_text(random));
            for (auto line : issued.initLines(static_cast<unsigned>(random() % 5))) {
                if (random() % 2 == 0) line.setSku(random_text(random));
                if (random() % 2 == 0) line.setQuantity(static_cast<std::uint32_t>(random()));
                if (random() % 2 == 0) fill_money(line.initAmount(), random);
                if (random() % 3 == 0) line.setTerm(random_text(random));
                if (random() % 3 == 0) line.setValidUntil(static_cast<std::int64_t>(random()));
            }
            return;
        }
    }
}

}  // namespace

TEST_CASE("the canonical encoding of any event is the one that Cap'n Proto makes") {
    const std::uint64_t seed = 20'261'122;
    INFO("seed " << seed);
    std::mt19937_64 random(seed);
    for (int i = 0; i < 5'000; ++i) {
        INFO("event " << i);
        capnp::MallocMessageBuilder message;
        auto event = message.initRoot<schema::Event>();
        fill_envelope(event, random);
        fill_body(event, random);
        if (random() % 8 == 0) fill_body(event, random);  // what was there before lies about as zeros
        check_same<schema::Event>(message);
    }
}

TEST_CASE("words with a bit changed are refused, or are the canonical encoding of something else") {
    const std::uint64_t seed = 20'261'123;
    INFO("seed " << seed);
    std::mt19937_64 random(seed);
    int refused = 0;
    int accepted = 0;
    for (int i = 0; i < 30'000; ++i) {
        INFO("event " << i);
        capnp::MallocMessageBuilder message;
        auto event = message.initRoot<schema::Event>();
        fill_envelope(event, random);
        fill_body(event, random);
        auto words = in_one_pass<schema::Event>(event.asReader(), message.sizeInWords());
        words[random() % words.size()] ^= std::uint64_t{1} << (random() % 64);
        if (!is_canonical(words)) {
            ++refused;
            continue;
        }
        ++accepted;
        // Structs of a size that this version does not have are a later version's: the library would cut them.
        const auto size = (words[0] >> 32) & 0xFFFF;
        if (size > 6) continue;
        try {
            CHECK(encoded_again(words).size() <= words.size());
        } catch (const kj::Exception&) {
            // Something of another kind than the schema has it: in bounds, which is all that is promised.
        }
    }
    CHECK(refused > 1'000);
    CHECK(accepted > 1'000);
}

TEST_CASE("what is cut off, has something behind it, or points at the same twice is not canonical") {
    capnp::MallocMessageBuilder message;
    auto event = message.initRoot<schema::Event>();
    event.setAccount("acme");
    event.initLicenseBound().setLicense(7);
    const auto words = in_one_pass<schema::Event>(event.asReader(), message.sizeInWords());
    REQUIRE(is_canonical(words));
    for (std::size_t size = 0; size < words.size(); ++size) {
        CHECK_FALSE(is_canonical(std::span(words).first(size)));
    }
    auto longer = words;
    longer.push_back(0);
    CHECK_FALSE(is_canonical(longer));

    // Two pointers to one text: lists of one byte at the same place.
    const Words twice = {0x0002'0000'0000'0000, 0x0000'0012'0000'0005, 0x0000'0012'0000'0001, 0x0000'0000'0000'0061};
    CHECK_FALSE(is_canonical(twice));
    // The same with a text for each.
    const Words each = {0x0002'0000'0000'0000, 0x0000'0012'0000'0005, 0x0000'0012'0000'0005, 0x61, 0x62};
    CHECK(is_canonical(each));
}

TEST_CASE("pointers nested deeper than any event are refused, and do not exhaust the stack") {
    Words words;
    for (int i = 0; i < 8'000; ++i) words.push_back(0x0001'0000'0000'0000);  // each points at the next
    words.push_back(0x00000000FFFFFFFC);
    CHECK_FALSE(is_canonical(words));
    CHECK(is_canonical(std::span(words).last(65)));
    CHECK_FALSE(is_canonical(std::span(words).last(66)));

    // The same with a text at the end, which takes a word besides its pointer.
    words.back() = 0x0000'0012'0000'0001;
    words.push_back('a');
    CHECK(is_canonical(std::span(words).last(66)));
    CHECK_FALSE(is_canonical(std::span(words).last(67)));
}

TEST_CASE("an empty struct points at itself") {
    capnp::MallocMessageBuilder message;
    static_cast<void>(message.initRoot<schema::Event>());
    check_same<schema::Event>(message);
    CHECK(in_one_pass<schema::Event>(message.getRoot<schema::Event>().asReader(), 1) == Words{0x00000000FFFFFFFC});
}

TEST_CASE("a message of several segments is refused, not encoded wrongly") {
    capnp::MallocMessageBuilder message(8, capnp::AllocationStrategy::FIXED_SIZE);
    auto event = message.initRoot<schema::Event>();
    event.setAccount(std::string(500, 'a'));
    REQUIRE(message.getSegmentsForOutput().size() > 1);
    CHECK_THROWS_AS(in_one_pass<schema::Event>(event.asReader(), 1'000), kj::Exception);
}

}  // namespace seatledger
