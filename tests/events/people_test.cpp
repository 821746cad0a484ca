// Whom events name.
#include "events/people.h"

#include <capnp/dynamic.h>
#include <capnp/message.h>

#include <string>
#include <vector>

#include "tests/support/catch.h"

namespace seatledger {
namespace {

constexpr std::uint64_t person_annotation = 0xe49d42f260996429;  // types.capnp

bool is_person(capnp::StructSchema::Field field) {
    for (const auto annotation : field.getProto().getAnnotations()) {
        if (annotation.getId() == person_annotation) return true;
    }
    // A registration is where the address comes from, so the person has none there yet.
    return field.getProto().getName() == "user";
}

}  // namespace

TEST_CASE("an event names at most one person in its body, and that one is found") {
    for (const auto member : capnp::Schema::from<schema::Event>().getUnionFields()) {
        const std::string name = member.getProto().getName().cStr();
        if (member.getType().which() != capnp::schema::Type::STRUCT) continue;
        INFO(name);
        std::vector<capnp::StructSchema::Field> people;
        for (const auto field : member.getType().asStruct().getFields()) {
            if (is_person(field)) people.push_back(field);
        }
        CHECK(people.size() <= 1);
        capnp::MallocMessageBuilder message;
        auto event = message.initRoot<schema::Event>();
        auto body = capnp::DynamicStruct::Builder(event).init(member).as<capnp::DynamicStruct>();
        for (const auto field : people) body.set(field, std::uint32_t{7});
        event.setActor(3);
        CHECK(subject_of(event.asReader()).value == (people.empty() ? 0u : 7u));
        std::vector<std::uint32_t> named;
        for_each_person(event.asReader(), [&](UserId user) { named.push_back(user.value); });
        CHECK(named == (people.empty() ? std::vector<std::uint32_t>{3} : std::vector<std::uint32_t>{3, 7}));
    }
}

}  // namespace seatledger
