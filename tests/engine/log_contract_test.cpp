// What engine/log/log.h promises, asked of every log that there is.
#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "engine/log/memory_log.h"
#include "engine/log/rocksdb_log.h"
#include "events/block.h"
#include "events/text.h"
#include "tests/support/catch.h"
#include "tests/support/temp_dir.h"

namespace seatledger {
namespace {

struct MemoryLogs {
    std::unique_ptr<Log> log = make_memory_log();
};

struct RocksdbLogs {
    testing::TempDir directory;
    std::unique_ptr<Log> log = open_rocksdb_log(directory / "log").value();
};

Words block_of(Sequence first, std::uint32_t count, std::size_t name_bytes = 10) {
    BlockBuilder builder(first);
    for (std::uint32_t event = 0; event < count; ++event) {
        builder.begin_event().initUserRegistered().setName(as_data(std::string(name_bytes, 'n')));
        static_cast<void>(builder.end_event());
    }
    builder.end_commit();
    return builder.finish();
}

// Appends blocks of these many events and gives their bytes.
std::vector<Words> fill(Log& log, const std::vector<std::uint32_t>& counts) {
    std::vector<Words> blocks;
    for (const auto count : counts) {
        const auto first = log.last().next();
        blocks.push_back(block_of(first, count));
        REQUIRE(log.append(first, blocks.back()).has_value());
    }
    return blocks;
}

// The next block's bytes; none at the end of the log.
Words next_words(LogCursor& cursor) {
    const auto block = cursor.next();
    if (!block) FAIL(block.error().message);
    return *block ? Words((*block)->words().begin(), (*block)->words().end()) : Words();
}

std::vector<Words> rest_of(LogCursor& cursor) {
    std::vector<Words> blocks;
    for (auto words = next_words(cursor); !words.empty(); words = next_words(cursor)) blocks.push_back(words);
    return blocks;
}

}  // namespace

TEMPLATE_TEST_CASE("a new log is empty", "[log]", MemoryLogs, RocksdbLogs) {
    TestType logs;
    CHECK(logs.log->last().value == 0);
    const auto cursor = logs.log->read(Sequence(GENERATE(0U, 1U, 2U)));
    CHECK(next_words(*cursor).empty());
    CHECK(next_words(*cursor).empty());
}

TEMPLATE_TEST_CASE("blocks are read in the order and with the bytes in which they were appended", "[log]", MemoryLogs,
                   RocksdbLogs) {
    TestType logs;
    const auto blocks = fill(*logs.log, {1, 3, 200, 1, 7});
    CHECK(logs.log->last().value == 212);
    CHECK(rest_of(*logs.log->read(Sequence(0))) == blocks);
    CHECK(rest_of(*logs.log->read(Sequence(1))) == blocks);
}

TEMPLATE_TEST_CASE("a block that is kept outlasts those behind it and the cursor", "[log]", MemoryLogs, RocksdbLogs) {
    TestType logs;
    const auto blocks = fill(*logs.log, {1, 3, 200, 1, 7});
    std::vector<std::pair<BlockView, Words>> kept(blocks.size());
    auto cursor = logs.log->read(Sequence(1));
    for (auto& [view, words] : kept) {
        const auto block = cursor->next();
        REQUIRE(block.has_value());
        REQUIRE(block->has_value());
        view = cursor->keep(**block, words);
    }
    CHECK(next_words(*cursor).empty());
    cursor.reset();
    for (std::size_t i = 0; i < blocks.size(); ++i) {
        const auto& [view, words] = kept[i];
        CHECK(Words(view.words().begin(), view.words().end()) == blocks[i]);
        CHECK(view.words().data() == words.data());
    }
}

TEMPLATE_TEST_CASE("a block says which sequences are in it", "[log]", MemoryLogs, RocksdbLogs) {
    TestType logs;
    fill(*logs.log, {4, 3});
    const auto cursor = logs.log->read(Sequence(1));
    REQUIRE(cursor->next().has_value());
    const auto block = cursor->next();
    REQUIRE(block.has_value());
    REQUIRE(block->has_value());
    CHECK((*block)->first().value == 5);
    CHECK((*block)->last().value == 7);
    auto expected = (*block)->first();
    for (const auto& entry : (*block)->entries()) {
        CHECK(read_event(entry).getSequence() == expected.value);
        expected = expected.next();
    }
    CHECK(expected.value == 8);
}

TEMPLATE_TEST_CASE("reading from a sequence begins with the block that contains it", "[log]", MemoryLogs, RocksdbLogs) {
    TestType logs;
    const std::vector<std::uint32_t> counts = {2, 1, 3, 2};
    const auto blocks = fill(*logs.log, counts);
    std::uint64_t from = 1;
    for (std::size_t at = 0; at < counts.size(); ++at) {
        for (std::uint32_t event = 0; event < counts[at]; ++event, ++from) {
            CAPTURE(from);
            const std::vector<Words> expected(blocks.begin() + static_cast<std::ptrdiff_t>(at), blocks.end());
            CHECK(rest_of(*logs.log->read(Sequence(from))) == expected);
        }
    }
    CHECK(from == 9);
}

TEMPLATE_TEST_CASE("a cursor at the end of the log sees what is appended later", "[log]", MemoryLogs, RocksdbLogs) {
    TestType logs;
    const auto from_start = logs.log->read(Sequence(1));
    CHECK(next_words(*from_start).empty());
    fill(*logs.log, {2, 2});
    CHECK(rest_of(*from_start).size() == 2);

    const auto from_end = logs.log->read(logs.log->last().next());
    for (std::uint32_t count = 1; count <= 5; ++count) {
        CHECK(next_words(*from_start).empty());
        CHECK(next_words(*from_end).empty());
        const auto blocks = fill(*logs.log, {count, count});
        CHECK(rest_of(*from_start) == blocks);
        CHECK(rest_of(*from_end) == blocks);
    }
}

TEMPLATE_TEST_CASE("a cursor in the middle of the log sees what is appended before it comes to the end", "[log]",
                   MemoryLogs, RocksdbLogs) {
    TestType logs;
    auto blocks = fill(*logs.log, {1, 2, 3});
    const auto cursor = logs.log->read(Sequence(1));
    CHECK(next_words(*cursor) == blocks[0]);
    const auto later = fill(*logs.log, {4, 5});
    CHECK(rest_of(*cursor) == std::vector<Words>{blocks[1], blocks[2], later[0], later[1]});
}

TEMPLATE_TEST_CASE("a cursor from beyond the end waits for the block that contains its sequence", "[log]", MemoryLogs,
                   RocksdbLogs) {
    TestType logs;
    fill(*logs.log, {2});
    const auto cursor = logs.log->read(Sequence(6));
    CHECK(next_words(*cursor).empty());
    fill(*logs.log, {2});
    CHECK(next_words(*cursor).empty());
    const auto blocks = fill(*logs.log, {3, 1});
    CHECK(rest_of(*cursor) == blocks);
}

TEMPLATE_TEST_CASE("cursors do not disturb each other", "[log]", MemoryLogs, RocksdbLogs) {
    TestType logs;
    const auto blocks = fill(*logs.log, {1, 1, 1});
    const auto one = logs.log->read(Sequence(1));
    const auto other = logs.log->read(Sequence(2));
    CHECK(next_words(*one) == blocks[0]);
    CHECK(next_words(*other) == blocks[1]);
    CHECK(next_words(*one) == blocks[1]);
    CHECK(next_words(*one) == blocks[2]);
    CHECK(next_words(*other) == blocks[2]);
}

TEMPLATE_TEST_CASE("a large block between small ones is read like any other", "[log]", MemoryLogs, RocksdbLogs) {
    TestType logs;
    std::vector<Words> blocks;
    for (const std::uint32_t count : {1U, 100U, 1U, 2U}) {
        const auto first = logs.log->last().next();
        blocks.push_back(block_of(first, count, 10'000));
        REQUIRE(logs.log->append(first, blocks.back()).has_value());
    }
    REQUIRE(blocks[1].size() * sizeof(std::uint64_t) > block_bytes_target);
    CHECK(rest_of(*logs.log->read(Sequence(1))) == blocks);
}

TEMPLATE_TEST_CASE("the log keeps a copy of what is appended", "[log]", MemoryLogs, RocksdbLogs) {
    TestType logs;
    auto block = block_of(Sequence(1), 2);
    const auto original = block;
    REQUIRE(logs.log->append(Sequence(1), block).has_value());
    for (auto& word : block) word = 0;
    CHECK(rest_of(*logs.log->read(Sequence(1))) == std::vector<Words>{original});
}

TEMPLATE_TEST_CASE("an append that does not fit is refused and leaves the log as it was", "[log]", MemoryLogs,
                   RocksdbLogs) {
    TestType logs;
    auto blocks = fill(*logs.log, {2, 2});
    const auto refusal = [&](Sequence expected, const Words& block) {
        const auto appended = logs.log->append(expected, block);
        return appended ? "" : appended.error().message;
    };
    CHECK(refusal(Sequence(4), block_of(Sequence(4), 1)) ==
          "block to append at sequence 4 does not follow the log's end at 4");
    CHECK(refusal(Sequence(6), block_of(Sequence(6), 1)) ==
          "block to append at sequence 6 does not follow the log's end at 4");
    CHECK(refusal(Sequence(1), blocks[0]) == "block to append at sequence 1 does not follow the log's end at 4");
    CHECK(refusal(Sequence(5), block_of(Sequence(6), 1)) == "block to append at sequence 5 begins at 6");
    CHECK(refusal(Sequence(6), block_of(Sequence(5), 1)) == "block to append at sequence 6 begins at 5");
    CHECK(refusal(Sequence(5), {}) == "block to append at sequence 5 is shorter than a block's header");
    auto damaged = block_of(Sequence(5), 1);
    damaged.back() ^= 1;
    CHECK(refusal(Sequence(5), damaged) == "block to append at sequence 5 does not match its checksum");

    CHECK(logs.log->last().value == 4);
    CHECK(rest_of(*logs.log->read(Sequence(1))) == blocks);
    blocks.push_back(fill(*logs.log, {1})[0]);
    CHECK(rest_of(*logs.log->read(Sequence(1))) == blocks);
}

TEMPLATE_TEST_CASE("others read to the end while one thread appends", "[log]", MemoryLogs, RocksdbLogs) {
    constexpr std::uint64_t sequences_total = 600;
    TestType logs;
    const Log& log = *logs.log;
    std::atomic<bool> failed = false;
    // Follows the log to its end and checks that it comes without gaps and never ends before what last() said.
    const auto follow = [&] {
        const auto cursor = log.read(Sequence(1));
        Sequence seen;
        while (seen.value < sequences_total && !failed) {
            const auto durable = log.last();
            const auto block = cursor->next();
            if (!block || (*block ? (*block)->first() != seen.next() : seen < durable)) {
                failed = true;
            } else if (*block) {
                seen = (*block)->last();
            } else {
                std::this_thread::yield();
            }
        }
    };
    std::thread one(follow);
    std::thread other(follow);
    while (log.last().value < sequences_total && !failed) {
        const auto first = log.last().next();
        if (!logs.log->append(first, block_of(first, 3))) failed = true;
    }
    one.join();
    other.join();
    CHECK_FALSE(failed);
    CHECK(log.last().value == sequences_total);
}

}  // namespace seatledger
