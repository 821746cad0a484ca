#include "tools/difference.h"

#include <capnp/message.h>

#include <string>
#include <vector>

#include "events/text.h"
#include "tests/support/catch.h"

namespace seatledger {
namespace {

using RowBuilder = schema::DiffRow::Builder;

struct Row {
    capnp::MallocMessageBuilder message;
    RowBuilder row = message.initRoot<schema::DiffRow>();

    [[nodiscard]] schema::DiffRow::Reader get() const { return row.asReader(); }
};

std::string because(const std::vector<std::uint64_t>& sequences, bool more = false) {
    Row row;
    auto list = row.row.initBecause(static_cast<unsigned>(sequences.size()));
    for (unsigned i = 0; i < list.size(); ++i) list.set(i, sequences[i]);
    row.row.setMore(more);
    return shown_because(row.get());
}

}  // namespace

TEST_CASE("for people, sequences that follow one another are shown by their ends") {
    CHECK(because({}).empty());
    CHECK(because({7}) == "7");
    CHECK(because({7, 8}) == "7, 8");
    CHECK(because({7, 8, 9}) == "7–9");
    CHECK(because({1, 3, 4, 5, 6, 8, 9, 11, 12, 13}) == "1, 3–6, 8, 9, 11–13");
    CHECK(because({20, 21, 22, 30}, true) == "…, 20–22, 30");
}

TEST_CASE("of a row that changed only the fields that did are shown, null among their values") {
    Row row;
    row.row.setChange(schema::Change::CHANGED);
    auto sides = row.row.initUser();
    auto before = sides.initBefore();
    before.setEmail("ann@acme.test");
    auto after = sides.initAfter();
    after.setPhone(schema::PhoneStatus::SAVED);
    after.initLicenses(2).set(0, 4);
    after.getLicenses().set(1, 7);
    CHECK(difference_fields(row.get()) ==
          R"({"email":{"before":"ann@acme.test","after":null},"licenses":{"before":[],"after":[4,7]},)"
          R"("phone":{"before":"none","after":"saved"}})");
    CHECK(shown_difference(row.get()) == "email: ann@acme.test → –; licenses: – → 4, 7; phone: none → saved");
}

TEST_CASE("of a row that was added or removed all fields are shown, but for what is null or empty") {
    Row added;
    auto queue = added.row.initQueue().initAfter();
    queue.setQueue("second line");
    queue.setKind(schema::QueueKind::INBOX);
    CHECK(difference_fields(added.get()) ==
          R"({"queue":{"before":null,"after":"second line"},"kind":{"before":null,"after":"inbox"},)"
          R"("createdAt":{"before":null,"after":"1970-01-01T00:00:00.000000Z"}})");
    CHECK(shown_difference(added.get()) == R"(queue="second line" kind=inbox createdAt=1970-01-01 00:00:00Z)");

    Row removed;
    removed.row.setChange(schema::Change::REMOVED);
    auto member = removed.row.initPlace().initBefore();
    member.setEmail("ann@acme.test");
    CHECK(difference_fields(removed.get()) ==
          R"({"email":{"before":"ann@acme.test","after":null},"role":{"before":"agent","after":null},)"
          R"("since":{"before":"1970-01-01T00:00:00.000000Z","after":null}})");
}

}  // namespace seatledger
