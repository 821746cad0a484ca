// What a head has read of an event is what Cap'n Proto's own reader finds in it, whatever the event has and leaves out.
#include "engine/rules/event_head.h"

#include <capnp/dynamic.h>
#include <capnp/message.h>
#include <kj/exception.h>

#include <random>
#include <string>

#include "events/canonical.h"
#include "events/people.h"
#include "events/text.h"
#include "tests/support/catch.h"

namespace seatledger::rules {
namespace {

using schema::Event;

void check_head(const Entry& entry) {
    const auto event = read_event(entry);
    const EventHead head(entry);
    CHECK(head.sequence == entry.sequence);
    CHECK(head.account == view(event.getAccount()));
    CHECK(head.recorded_at == Instant{event.getRecordedAt()});
    CHECK(head.effective_at == Instant{event.getEffectiveAt()});
    CHECK(head.actor == UserId(event.getActor()));
    CHECK(head.user == subject_of(event));
    CHECK(head.which == event.which());
    CHECK(head.has_request_id == event.hasRequestId());
    LicenseNumber license;
    if (event.isLicenseBound()) license = LicenseNumber(event.getLicenseBound().getLicense());
    if (event.isLicenseUnbound()) license = LicenseNumber(event.getLicenseUnbound().getLicense());
    CHECK(head.license == license);
    CHECK(head.event().getSequence() == event.getSequence());
}

// A few fields of the envelope and of the body, so that now these, now those are cut off as zeros at the end.
void fill(Event::Builder event, std::mt19937_64& random) {
    const auto coin = [&] { return random() % 2 == 0; };
    if (coin()) event.setAccount(text(std::string(random() % 20, 'a')));
    if (coin()) event.setRecordedAt(static_cast<std::int64_t>(random()));
    if (coin()) event.setEffectiveAt(static_cast<std::int64_t>(random()));
    if (coin()) event.setActor(static_cast<std::uint32_t>(random()));
    if (coin()) event.setCorrects(random());
    if (coin()) event.setRequestId("r-1");
    const auto hold = [&](schema::LicenseHeld::Builder held) {
        if (coin()) held.setLicense(static_cast<std::uint32_t>(random()));
        if (coin()) held.setUser(static_cast<std::uint32_t>(random()));
        if (coin()) held.setSku("connect");
    };
    switch (random() % 5) {
        case 0: break;
        case 1: hold(event.initLicenseBound()); break;
        case 2: hold(event.initLicenseUnbound()); break;
        case 3: event.initUserRemoved().setUser(static_cast<std::uint32_t>(random())); break;
        default: event.initInvoicePaid().setInvoice("i-1");
    }
}

}  // namespace

TEST_CASE("a head has what the event says") {
    const std::uint64_t seed = 20'261'124;
    INFO("seed " << seed);
    std::mt19937_64 random(seed);
    BlockBuilder builder(Sequence(1));
    const auto begin = builder.mark();
    for (int i = 0; i < 5'000; ++i) {
        fill(builder.begin_event(), random);
        REQUIRE(builder.end_event() > 0);
    }
    std::uint64_t count = 0;
    for (const auto& entry : builder.entries_since(begin)) {
        INFO("event " << ++count);
        check_head(entry);
    }
    CHECK(count == 5'000);
}

TEST_CASE("of every type of event the head has whom it is about") {
    for (const auto field : capnp::Schema::from<Event>().getUnionFields()) {
        if (field.getType().isVoid()) continue;
        INFO(field.getProto().getName().cStr());
        BlockBuilder builder(Sequence(1));
        const auto begin = builder.mark();
        auto event = builder.begin_event();
        event.setAccount("acme");
        auto body = capnp::DynamicStruct::Builder(event).init(field).as<capnp::DynamicStruct>();
        for (const auto part : body.getSchema().getFields()) {
            const auto name = part.getProto().getName();
            if (name == "user" || name == "raisedBy") body.set(part, 77);
        }
        REQUIRE(builder.end_event() > 0);
        for (const auto& entry : builder.entries_since(begin)) check_head(entry);
    }
}

TEST_CASE("words that are canonical and no event are found out, or read within their bounds") {
    const std::uint64_t seed = 20'261'125;
    INFO("seed " << seed);
    std::mt19937_64 random(seed);
    int read = 0;
    int refused = 0;
    for (int i = 0; i < 30'000; ++i) {
        BlockBuilder builder(Sequence(1));
        const auto begin = builder.mark();
        fill(builder.begin_event(), random);
        REQUIRE(builder.end_event() > 0);
        for (const auto& entry : builder.entries_since(begin)) {
            Words words(entry.words.begin(), entry.words.end());  // of their own: a read beyond them is seen
            words[random() % words.size()] ^= std::uint64_t{1} << (random() % 64);
            if (!is_canonical(words)) continue;
            try {
                const EventHead head({Sequence(1), words});
                ++read;
            } catch (const kj::Exception&) {
                ++refused;
            }
        }
    }
    CHECK(read > 1'000);
    CHECK(refused > 10);
}

}  // namespace seatledger::rules
