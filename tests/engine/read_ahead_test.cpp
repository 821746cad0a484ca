// A cursor that reads ahead gives what the cursor behind it gives.
#include "engine/log/read_ahead.h"

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "engine/log/memory_log.h"
#include "events/block.h"
#include "tests/support/catch.h"
#include "tests/support/failing_cursor.h"

namespace seatledger {
namespace {

void append_block(Log& log, std::uint32_t events) {
    BlockBuilder builder(log.last().next());
    for (std::uint32_t i = 0; i < events; ++i) {
        builder.begin_event().initUserRegistered().setUser(i);
        static_cast<void>(builder.end_event());
    }
    builder.end_commit();
    const auto block = builder.finish();
    REQUIRE(log.append(log.last().next(), block).has_value());
}

// What is left, as bytes.
std::vector<Words> rest_of(LogCursor& cursor) {
    std::vector<Words> blocks;
    while (true) {
        const auto block = cursor.next();
        REQUIRE(block.has_value());
        if (!*block) return blocks;
        CHECK((*block)->count() == (*block)->last().value - (*block)->first().value + 1);
        blocks.emplace_back((*block)->words().begin(), (*block)->words().end());
    }
}

}  // namespace

TEST_CASE("reading ahead gives the same blocks in the same order") {
    const auto log = make_memory_log();
    for (std::uint32_t i = 1; i <= 50; ++i) append_block(*log, i);
    const auto plain = rest_of(*log->read(Sequence(7)));
    const auto ahead = read_ahead(log->read(Sequence(7)));
    CHECK(rest_of(*ahead) == plain);
    CHECK(rest_of(*read_ahead(log->read(Sequence(1)))).size() == 50);
}

TEST_CASE("a cursor that has read ahead to the end goes on when the log grows") {
    const auto log = make_memory_log();
    const auto cursor = read_ahead(log->read(Sequence(1)));
    CHECK(rest_of(*cursor).empty());
    append_block(*log, 3);
    append_block(*log, 1);
    CHECK(rest_of(*cursor).size() == 2);
    CHECK(rest_of(*cursor).empty());
}

TEST_CASE("a failure comes where it would come without reading ahead, and stays") {
    const auto log = make_memory_log();
    for (int i = 0; i < 10; ++i) append_block(*log, 2);
    const auto cursor = read_ahead(std::make_unique<testing::FailingCursor>(log->read(Sequence(1)), 6));
    for (int i = 0; i < 6; ++i) {
        const auto block = cursor->next();
        REQUIRE(block.has_value());
        CHECK((*block)->first().value == static_cast<std::uint64_t>(2 * i + 1));
    }
    for (int i = 0; i < 2; ++i) {
        const auto failed = cursor->next();
        REQUIRE_FALSE(failed.has_value());
        CHECK(failed.error().message == "the disk is gone");
    }
}

TEST_CASE("a cursor that reads ahead can be let go of at any time") {
    const auto log = make_memory_log();
    for (int i = 0; i < 30; ++i) append_block(*log, 1);
    for (int read = 0; read < 12; ++read) {
        const auto cursor = read_ahead(log->read(Sequence(1)));
        for (int i = 0; i < read; ++i) REQUIRE(cursor->next().has_value());
    }
    CHECK(log->last().value == 30);
}

}  // namespace seatledger
