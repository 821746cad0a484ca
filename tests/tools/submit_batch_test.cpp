#include "tools/submit_batch.h"

#include <string>

#include "events/text.h"
#include "tests/support/catch.h"
#include "tools/requests.h"

namespace seatledger {
namespace {

constexpr std::string_view good = R"({"requestId":"r-1","retireProduct":{"sku":"connect"}})";

TEST_CASE("each line has a slot: a command, or why it is none") {
    SubmitBatch batch;
    batch.add(good, 3);
    batch.add("nonsense", 4);
    batch.add(R"({"retireProduct":{"sku":"mapper"}})", 6);
    batch.add_error("a line may have 5 bytes", 7);
    REQUIRE(batch.slots().size() == 4);
    CHECK(batch.slots()[0].error.empty());
    CHECK_FALSE(batch.slots()[1].error.empty());
    CHECK(batch.slots()[1].line == 4);
    CHECK(batch.slots()[2].line == 6);
    CHECK(batch.slots()[3].error == "a line may have 5 bytes");

    REQUIRE(batch.command_count() == 2);
    const auto commands = batch.commands();
    CHECK(view(commands[0].getRequestId()) == "r-1");
    CHECK(view(commands[1].getRetireProduct().getSku()) == "mapper");
}

TEST_CASE("a blank line is nothing") {
    const auto* blank = GENERATE("", " ", "\t \t", "\r");
    SubmitBatch batch;
    batch.add(blank, 1);
    CHECK(batch.is_empty());
}

TEST_CASE("a batch is full with as many lines as a request may have, errors among them") {
    SubmitBatch batch;
    for (std::size_t i = 0; i + 1 < submit_commands_max; ++i) batch.add(i % 2 == 0 ? good : "nonsense", i + 1);
    CHECK_FALSE(batch.is_full());
    batch.add(good, submit_commands_max);
    CHECK(batch.is_full());
}

TEST_CASE("a batch is full when it is large") {
    SubmitBatch batch;
    const std::string large = R"({"retireProduct":{"sku":")" + std::string(submit_bytes_target / 4, 'x') + "\"}}";
    for (std::size_t i = 0; i < 3; ++i) {
        batch.add(large, i + 1);
        CHECK_FALSE(batch.is_full());
    }
    batch.add(large, 4);
    CHECK(batch.is_full());
}

TEST_CASE("commands hold when the batch is moved") {
    SubmitBatch batch;
    batch.add(good, 1);
    const auto moved = std::move(batch);
    CHECK(view(moved.commands()[0].getRetireProduct().getSku()) == "connect");
}

}  // namespace
}  // namespace seatledger
