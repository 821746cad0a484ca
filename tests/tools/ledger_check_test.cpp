// What is wrong with a ledger on the disk is named: each byte of each block, and whatever else was changed.
#include "tools/ledger_check.h"

#include <rocksdb/db.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include "engine/log/rocksdb_log.h"
#include "projections/database.h"
#include "projections/projections.h"
#include "tests/support/catch.h"
#include "tests/support/forged_log.h"
#include "tests/support/running_server.h"

namespace seatledger {
namespace {

using namespace testing;
namespace fs = std::filesystem;

// A small ledger whose server has ended.
class StoppedLedger {
 public:
    StoppedLedger() : server_([](ServerOptions& options) { options.origin = "ledger.example.com"; }) {
        auto client = server_.connect();
        std::uint64_t id = 0;
        for (const auto& command : small_company(4)) {
            CHECK(client.ask(++id, submit({command})).failure().empty());
        }
        // Then all of it has been signed.
        last_ = client.ask(++id, [](auto message) { message.setStatus(); }).get().getStatus().getLastSequence();
        CHECK(client.ask(++id, [&](auto message) { message.setProve(last_); }).failure().empty());
        server_.begin_to_stop();
        server_.wait();
    }

    [[nodiscard]] const fs::path& data() const { return server_.data(); }

    // A line a problem: its kind, sequence and block.
    [[nodiscard]] std::vector<std::string> problems() const {
        std::vector<std::string> found;
        LedgerCheck check(
            {data(), {}}, data() / "scratch", Calendar::of_this_machine,
            [&](const LedgerProblem& problem) {
                found.push_back(problem.kind + " " + std::to_string(problem.sequence.value) + " " +
                                std::to_string(problem.block.value));
            },
            [](std::string_view, std::uint64_t, std::uint64_t) {});
        const auto summary = check.run({});
        INFO((summary ? std::string() : summary.error()));
        REQUIRE(summary.has_value());
        return found;
    }

 private:
    RunningServer server_;
    std::uint64_t last_ = 0;
};

// RocksDB itself, which asks nobody whether a value makes sense.
class RawLog {
 public:
    explicit RawLog(const fs::path& directory) {
        rocksdb::DB* opened = nullptr;
        REQUIRE(rocksdb::DB::Open({}, directory.string(), &opened).ok());
        database_.reset(opened);
    }

    [[nodiscard]] std::vector<std::pair<std::string, std::string>> blocks() const {
        std::vector<std::pair<std::string, std::string>> blocks;
        const std::unique_ptr<rocksdb::Iterator> iterator(database_->NewIterator({}));
        for (iterator->SeekToFirst(); iterator->Valid(); iterator->Next()) {
            blocks.emplace_back(iterator->key().ToString(), iterator->value().ToString());
        }
        return blocks;
    }
    void put(const std::string& key, const std::string& value) { REQUIRE(database_->Put({}, key, value).ok()); }
    void remove(const std::string& key) { REQUIRE(database_->Delete({}, key).ok()); }

 private:
    std::unique_ptr<rocksdb::DB> database_;
};

std::uint64_t sequence_of(const std::string& key) {
    std::uint64_t sequence = 0;
    for (const char byte : key) sequence = sequence << 8 | static_cast<std::uint8_t>(byte);
    return sequence;
}

// What reading the log says, where it ends early; else empty.
std::string failure_of(const fs::path& directory) {
    const auto log = open_rocksdb_log(directory, {.env = nullptr, .purpose = RocksdbLogOptions::Purpose::read});
    if (!log) return log.error().message;
    const auto cursor = (*log)->read(Sequence(1));
    while (true) {
        const auto block = cursor->next();
        if (!block) return block.error().message;
        if (!*block) return "";
    }
}

void flip_bytes(std::size_t step) {
    const StoppedLedger ledger;
    const auto directory = ledger.data() / "log";
    const auto blocks = RawLog(directory).blocks();
    REQUIRE(blocks.size() >= 5);
    std::size_t flipped = 0;
    for (const auto& [key, value] : blocks) {
        const auto name = "at sequence " + std::to_string(sequence_of(key));
        for (std::size_t at = flipped % step; at < value.size(); at += step) {
            auto changed = value;
            changed[at] = static_cast<char>(changed[at] ^ (1 << at % 8));
            RawLog(directory).put(key, changed);
            INFO("byte " << at << " of the block " << name);
            REQUIRE(failure_of(directory).find(name) != std::string::npos);
            ++flipped;
        }
        RawLog(directory).put(key, value);
    }
    CHECK(failure_of(directory).empty());
    CHECK(flipped > blocks.size());
}

}  // namespace

TEST_CASE("a ledger that nobody touched has no problems") {
    const StoppedLedger ledger;
    CHECK(ledger.problems() == std::vector<std::string>());
}

TEST_CASE("a byte that was changed in a stored block is named, with the block") { flip_bytes(41); }

TEST_CASE("each byte that was changed in a stored block is named, with the block", "[slow]") { flip_bytes(1); }

TEST_CASE("the check names the block that a changed byte is in") {
    const StoppedLedger ledger;
    const auto directory = ledger.data() / "log";
    for (const auto& [key, value] : RawLog(directory).blocks()) {
        auto changed = value;
        changed[changed.size() / 2] = static_cast<char>(changed[changed.size() / 2] ^ 4);
        RawLog(directory).put(key, changed);
        const auto at = std::to_string(sequence_of(key));
        const auto problems = ledger.problems();
        REQUIRE(!problems.empty());
        CHECK(problems.front() == "block_damaged " + at + " " + at);
        RawLog(directory).put(key, value);
    }
    CHECK(ledger.problems() == std::vector<std::string>());
}

TEST_CASE("a byte that was changed anywhere in a file of the log is named, with an event") {
    const StoppedLedger ledger;
    const auto directory = ledger.data() / "log";
    { REQUIRE(open_rocksdb_log(directory).has_value()); }  // puts what is in the write-ahead log into a file
    std::vector<fs::path> files;
    for (const auto& file : fs::directory_iterator(directory)) {
        if (file.path().extension() == ".sst") files.push_back(file.path());
    }
    REQUIRE(files.size() == 1);
    std::string bytes(fs::file_size(files[0]), '\0');
    std::ifstream(files[0], std::ios::binary).read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    constexpr std::size_t step = 23;
    for (std::size_t at = 0; at < bytes.size(); at += step) {
        auto changed = bytes;
        changed[at] = static_cast<char>(changed[at] ^ (1 << at / step % 8));
        std::ofstream(files[0], std::ios::binary) << changed;
        const auto problems = ledger.problems();
        INFO("byte " << at << " of " << bytes.size());
        CAPTURE(problems);
        CHECK(std::ranges::any_of(problems, [](const auto& line) {
            return line.find("_damaged ") != std::string::npos && line.find(" 0 ") == std::string::npos;
        }));
    }
    std::ofstream(files[0], std::ios::binary) << bytes;
    CHECK(ledger.problems() == std::vector<std::string>());
}

TEST_CASE("a block that was taken out is named") {
    const StoppedLedger ledger;
    const auto directory = ledger.data() / "log";
    const auto blocks = RawLog(directory).blocks();
    RawLog(directory).remove(blocks[2].first);
    const auto at = std::to_string(sequence_of(blocks[2].first));
    CHECK(ledger.problems().front() == "block_damaged " + at + " " + at);
}

TEST_CASE("an event that was changed, with all checksums made right again, is named, and so is what was signed") {
    const StoppedLedger ledger;
    const auto directory = ledger.data() / "log";
    std::unique_ptr<Log> forged;
    std::size_t changed = 0;
    {
        const auto log = open_rocksdb_log(directory);
        REQUIRE(log.has_value());
        ForgedLog events(**log);
        changed = events.last(schema::Event::INVOICE_PAID);
        events.event(changed).getInvoicePaid().getAmount().setAmount(1'000'000);
        forged = events.log();
    }
    {
        RawLog raw(directory);
        for (const auto& [key, value] : raw.blocks()) raw.remove(key);
        const auto cursor = forged->read(Sequence(1));
        while (true) {
            const auto block = cursor->next();
            REQUIRE(block.has_value());
            if (!*block) break;
            std::string key;
            for (int shift = 56; shift >= 0; shift -= 8) key += static_cast<char>((*block)->first().value >> shift);
            const auto words = (*block)->words();
            raw.put(key, {reinterpret_cast<const char*>(words.data()), words.size_bytes()});
        }
    }
    const auto problems = ledger.problems();
    CAPTURE(problems);
    REQUIRE(problems.size() >= 2);
    CHECK(problems[0].starts_with("payment_must_match " + std::to_string(changed) + " "));
    CHECK(std::ranges::any_of(problems, [](const auto& line) { return line.starts_with("root_differs "); }));
    CHECK(std::ranges::any_of(problems, [](const auto& line) { return line.starts_with("tile_differs "); }));
}

TEST_CASE("rows that do not follow from the log are named, with the event that is said to have written them") {
    const StoppedLedger ledger;
    const auto tables = Projections::tables_in(ledger.data() / "projections");
    {
        const auto database = Database::open(tables);
        REQUIRE(database.has_value());
        auto key = tables::key_of(tables::Table::licenses, AccountNumber(1), 3u);
        tables::put_version(key, Sequence(2));
        auto* const family = (*database)->family_of(tables::Table::licenses);
        REQUIRE((*database)->rocksdb().Put(rocksdb::WriteOptions(), family, key, "no row").ok());
        REQUIRE((*database)->flush());
    }
    CHECK(ledger.problems() == std::vector<std::string>{"table_differs 2 0"});
}

TEST_CASE("tiles that are not what the log hashes to are named") {
    const StoppedLedger ledger;
    {
        const auto store = TreeStore::open(ledger.data() / "merkle");
        REQUIRE(store.has_value());
        const auto note = (*store)->checkpoint();
        REQUIRE(note->has_value());
        auto tile = (*store)->fetch({0, 0, 4});
        REQUIRE(tile.has_value());
        (*tile)[2][0] ^= 1;
        const merkle::TileBytes changed{{0, 0, static_cast<unsigned>(tile->size())}, merkle::join(*tile)};
        REQUIRE((*store)->put(std::span(&changed, 1), **note));
    }
    CHECK(ledger.problems() == std::vector<std::string>{"tile_differs 0 0"});
}

}  // namespace seatledger
