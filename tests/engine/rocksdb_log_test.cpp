// What a log on RocksDB promises beyond log_contract_test.cpp: what is there after a restart, and what happens
// when the disk fails or does not give back what was written.
#include "engine/log/rocksdb_log.h"

#include <rocksdb/db.h>
#include <rocksdb/env.h>
#include <rocksdb/file_system.h>

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <memory>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "events/block.h"
#include "events/text.h"
#include "tests/support/catch.h"
#include "tests/support/temp_dir.h"

namespace seatledger {
namespace {

using testing::TempDir;

// ---- Blocks, and reading them back

Words block_of(Sequence first, std::uint32_t count, std::size_t name_bytes = 3) {
    std::minstd_rand random(static_cast<std::minstd_rand::result_type>(first.value));  // what does not compress
    std::string name(name_bytes, ' ');
    BlockBuilder builder(first);
    for (std::uint32_t event = 0; event < count; ++event) {
        for (auto& letter : name) letter = static_cast<char>(' ' + random() % 90);
        builder.begin_event().initUserRegistered().setName(as_data(name));
        static_cast<void>(builder.end_event());
    }
    builder.end_commit();
    return builder.finish();
}

// Appends blocks of ten events each.
void fill(Log& log, unsigned blocks, std::size_t name_bytes = 3) {
    for (unsigned at = 0; at < blocks; ++at) {
        const auto first = log.last().next();
        REQUIRE(log.append(first, block_of(first, 10, name_bytes)).has_value());
    }
}

// What a cursor gave: the first sequences of the blocks, and how it ended ("": at the end of the log).
struct Reading {
    std::vector<std::uint64_t> blocks;
    std::string failure;
};

Reading read(const Log& log, Sequence from = Sequence(1)) {
    Reading reading;
    const auto cursor = log.read(from);
    while (true) {
        const auto block = cursor->next();
        if (!block) {
            reading.failure = block.error().message;
            const auto again = cursor->next();
            CHECK_FALSE(again.has_value());
            if (!again) CHECK(again.error().message == reading.failure);
            return reading;
        }
        if (!*block) return reading;
        reading.blocks.push_back((*block)->first().value);
    }
}

using Blocks = std::vector<std::uint64_t>;

std::string open_failure(const std::filesystem::path& directory) {
    const auto log = open_rocksdb_log(directory);
    return log ? "" : log.error().message;
}

// ---- Damage

std::string key_of(std::uint64_t sequence) {
    std::string key;
    for (int shift = 56; shift >= 0; shift -= 8) key.push_back(static_cast<char>(sequence >> shift));
    return key;
}

// The database under a log that is not open, to do to it what the log never would.
class BareDatabase {
 public:
    explicit BareDatabase(const std::filesystem::path& directory) {
        rocksdb::DB* db = nullptr;
        REQUIRE(rocksdb::DB::Open({}, directory.string(), &db).ok());
        db_.reset(db);
    }

    [[nodiscard]] std::string get(std::uint64_t sequence) const {
        std::string value;
        REQUIRE(db_->Get({}, key_of(sequence), &value).ok());
        return value;
    }
    void put(const std::string& key, const std::string& value) { REQUIRE(db_->Put({}, key, value).ok()); }
    void remove(std::uint64_t sequence) { REQUIRE(db_->Delete({}, key_of(sequence)).ok()); }
    void flip(std::uint64_t sequence, std::size_t byte) {
        auto value = get(sequence);
        value.at(byte) ^= 0x10;
        put(key_of(sequence), value);
    }

 private:
    std::unique_ptr<rocksdb::DB> db_;
};

// The newest file with this extension.
std::filesystem::path file_in(const std::filesystem::path& directory, const std::string& extension) {
    std::filesystem::path newest;
    for (const auto& file : std::filesystem::directory_iterator(directory)) {
        if (file.path().extension() == extension && file.path() > newest) newest = file.path();
    }
    REQUIRE_FALSE(newest.empty());
    return newest;
}

void flip_byte(const std::filesystem::path& path, std::streamoff at) {
    std::fstream file(path, std::ios::binary | std::ios::in | std::ios::out);
    file.seekg(at);
    const auto byte = static_cast<char>(file.get() ^ 0x10);
    file.seekp(at);
    file.put(byte);
    REQUIRE(file.good());
}

// ---- A disk that fails

enum class Fault { none, write_half, sync };

// Fails where RocksDB writes its write-ahead log.
class FailingFile : public rocksdb::FSWritableFileOwnerWrapper {
 public:
    FailingFile(std::unique_ptr<rocksdb::FSWritableFile> file, const std::atomic<Fault>& fault)
        : FSWritableFileOwnerWrapper(std::move(file)), fault_(fault) {}

    rocksdb::IOStatus Append(const rocksdb::Slice& data, const rocksdb::IOOptions& options,
                             rocksdb::IODebugContext* debug) override {
        if (fault_ != Fault::write_half) return target()->Append(data, options, debug);
        static_cast<void>(target()->Append({data.data(), data.size() / 2}, options, debug));
        return failed();
    }
    rocksdb::IOStatus Append(const rocksdb::Slice& data, const rocksdb::IOOptions& options,
                             const rocksdb::DataVerificationInfo&, rocksdb::IODebugContext* debug) override {
        return Append(data, options, debug);
    }
    rocksdb::IOStatus Sync(const rocksdb::IOOptions& options, rocksdb::IODebugContext* debug) override {
        return fault_ == Fault::sync ? failed() : target()->Sync(options, debug);
    }
    rocksdb::IOStatus Fsync(const rocksdb::IOOptions& options, rocksdb::IODebugContext* debug) override {
        return fault_ == Fault::sync ? failed() : target()->Fsync(options, debug);
    }

 private:
    static rocksdb::IOStatus failed() {
        auto status = rocksdb::IOStatus::IOError("the disk is gone");
        status.SetRetryable(true);  // RocksDB would go on after this one if it were left to itself
        return status;
    }

    const std::atomic<Fault>& fault_;
};

class FailingFileSystem : public rocksdb::FileSystemWrapper {
 public:
    explicit FailingFileSystem(const std::atomic<Fault>& fault)
        : FileSystemWrapper(rocksdb::FileSystem::Default()), fault_(fault) {}

    const char* Name() const override { return "FailingFileSystem"; }

    rocksdb::IOStatus NewWritableFile(const std::string& path, const rocksdb::FileOptions& options,
                                      std::unique_ptr<rocksdb::FSWritableFile>* file,
                                      rocksdb::IODebugContext* debug) override {
        const auto status = target()->NewWritableFile(path, options, file, debug);
        if (status.ok() && path.ends_with(".log")) *file = std::make_unique<FailingFile>(std::move(*file), fault_);
        return status;
    }

 private:
    const std::atomic<Fault>& fault_;
};

}  // namespace

TEST_CASE("a log is there again after it was closed", "[log][rocksdb]") {
    const TempDir directory;
    for (unsigned round = 0; round < 4; ++round) {
        const auto log = open_rocksdb_log(directory / "log").value();
        CHECK(log->last().value == round * 20);
        fill(*log, 2);
    }
    const auto log = open_rocksdb_log(directory / "log").value();
    const auto reading = read(*log);
    CHECK(reading.failure.empty());
    CHECK(reading.blocks == Blocks{1, 11, 21, 31, 41, 51, 61, 71});
    CHECK(read(*log, Sequence(55)).blocks == Blocks{51, 61, 71});
}

TEST_CASE("a log that is open cannot be opened a second time", "[log][rocksdb]") {
    const TempDir directory;
    const auto log = open_rocksdb_log(directory / "log").value();
    const auto failure = open_failure(directory / "log");
    CAPTURE(failure);
    CHECK(failure.starts_with("cannot open the log in " + (directory / "log").string() + ": "));
    CHECK(failure.find("LOCK") != std::string::npos);
    CHECK(failure.find('\n') == std::string::npos);
    fill(*log, 1);
    CHECK(read(*log).blocks == Blocks{1});
}

TEST_CASE("a log cannot be opened where there can be no directory", "[log][rocksdb]") {
    const TempDir directory;
    std::ofstream(directory / "file") << "not a directory";
    CHECK(open_failure(directory / "file").starts_with("cannot open the log in "));
    CHECK(open_failure(directory / "missing" / "log").starts_with("cannot open the log in "));
}

TEST_CASE("after a failed write or sync the log takes nothing any more, and can be read", "[log][rocksdb]") {
    const auto fault = GENERATE(Fault::write_half, Fault::sync);
    const TempDir directory;
    std::atomic<Fault> current = Fault::none;
    const auto env = rocksdb::NewCompositeEnv(std::make_shared<FailingFileSystem>(current));
    auto log = open_rocksdb_log(directory / "log", {.env = env.get()}).value();
    fill(*log, 3);
    const auto cursor = log->read(Sequence(31));

    current = fault;
    const auto failed = log->append(Sequence(31), block_of(Sequence(31), 10));
    REQUIRE_FALSE(failed.has_value());
    CHECK(failed.error().message == "log block at sequence 31 cannot be written: IO error: the disk is gone");
    current = Fault::none;  // the disk is back, but what it has is not known
    for (unsigned attempt = 0; attempt < 3; ++attempt) {
        const auto again = log->append(Sequence(31), block_of(Sequence(31), 10));
        REQUIRE_FALSE(again.has_value());
        CHECK(again.error().message == "the log takes nothing any more: " + failed.error().message);
    }
    CHECK(log->last().value == 30);
    CHECK(read(*log).blocks == Blocks{1, 11, 21});
    CHECK(read(*log).failure.empty());
    CHECK(cursor->next().value() == std::nullopt);

    log.reset();
    log = open_rocksdb_log(directory / "log").value();
    const auto reading = read(*log);
    CHECK(reading.failure.empty());
    const Blocks without{1, 11, 21};
    const Blocks with{1, 11, 21, 31};
    CHECK((reading.blocks == without || (fault == Fault::sync && reading.blocks == with)));
    fill(*log, 1);
    CHECK(read(*log).blocks.size() == reading.blocks.size() + 1);
}

TEST_CASE("a write that was cut off by a crash is gone as a whole, and nothing else is", "[log][rocksdb]") {
    const TempDir directory;
    {
        const auto log = open_rocksdb_log(directory / "log").value();
        fill(*log, 3);
    }
    const auto bytes = std::filesystem::file_size(file_in(directory / "log", ".log"));
    for (std::uintmax_t cut = 1; cut <= bytes; cut += 199) {
        CAPTURE(cut, bytes);
        const auto copy = directory / "copy";
        std::filesystem::remove_all(copy);
        std::filesystem::copy(directory / "log", copy, std::filesystem::copy_options::recursive);
        std::filesystem::resize_file(file_in(copy, ".log"), bytes - cut);
        const auto blocks_left = (bytes - cut) / (bytes / 3);
        {
            const auto log = open_rocksdb_log(copy);
            if (!log) FAIL(log.error().message);
            CHECK((*log)->last().value == blocks_left * 10);
            CHECK(read(**log).blocks.size() == blocks_left);
            fill(**log, 1);
        }
        const auto log = open_rocksdb_log(copy);
        if (!log) FAIL(log.error().message);
        CHECK(read(**log).blocks.size() == blocks_left + 1);
        CHECK(read(**log).failure.empty());
    }
}

TEST_CASE("a log whose write-ahead log is damaged before its end is not opened", "[log][rocksdb]") {
    const TempDir directory;
    {
        const auto log = open_rocksdb_log(directory / "log").value();
        fill(*log, 3);
    }
    flip_byte(file_in(directory / "log", ".log"), 500);
    const auto failure = open_failure(directory / "log");
    CAPTURE(failure);
    CHECK(failure.find("Corruption") != std::string::npos);
}

TEST_CASE("a block that is not as it was written is named by its sequence and not read past", "[log][rocksdb]") {
    const TempDir directory;
    {
        const auto log = open_rocksdb_log(directory / "log").value();
        fill(*log, 5);
    }
    std::string failure;
    {
        BareDatabase database(directory / "log");
        const auto value = database.get(21);
        SECTION("a byte of an event") {
            database.flip(21, value.size() - 5);
            failure = "log block at sequence 21 does not match its checksum";
        }
        SECTION("a byte of the header") {
            database.flip(21, 9);
            failure = "log block at sequence 21 does not match its checksum";
        }
        SECTION("cut off") {
            database.put(key_of(21), value.substr(0, value.size() - 8));
            failure = "log block at sequence 21 is not as long as its header says";
        }
        SECTION("cut off within a word") {
            database.put(key_of(21), value.substr(0, value.size() - 1));
            failure = "log block at sequence 21 is not a whole number of words long";
        }
        SECTION("empty") {
            database.put(key_of(21), "");
            failure = "log block at sequence 21 is shorter than a block's header";
        }
        SECTION("another block in its place") {
            database.put(key_of(21), database.get(31));
            failure = "log block at sequence 21 says that it begins at 31";
        }
    }
    const auto log = open_rocksdb_log(directory / "log").value();
    const auto reading = read(*log);
    CHECK(reading.blocks == Blocks{1, 11});
    CHECK(reading.failure == failure);
    CHECK(read(*log, Sequence(25)).failure == failure);
    CHECK(read(*log, Sequence(31)).blocks == Blocks{31, 41});
}

TEST_CASE("a gap in the log is named by its sequence and not read past", "[log][rocksdb]") {
    const TempDir directory;
    {
        const auto log = open_rocksdb_log(directory / "log").value();
        fill(*log, 5);
    }
    BareDatabase(directory / "log").remove(21);
    const auto log = open_rocksdb_log(directory / "log").value();
    const std::string failure = "log block at sequence 21 is missing";
    CHECK(read(*log).blocks == Blocks{1, 11});
    CHECK(read(*log).failure == failure);
    for (const auto from : {21U, 25U, 30U}) {
        CHECK(read(*log, Sequence(from)).blocks.empty());
        CHECK(read(*log, Sequence(from)).failure == failure);
    }
    CHECK(read(*log, Sequence(31)).blocks == Blocks{31, 41});
}

TEST_CASE("a log whose first block is gone is not read", "[log][rocksdb]") {
    const TempDir directory;
    {
        const auto log = open_rocksdb_log(directory / "log").value();
        fill(*log, 2);
    }
    BareDatabase(directory / "log").remove(1);
    const auto log = open_rocksdb_log(directory / "log").value();
    for (const auto from : {0U, 1U, 5U}) {
        CHECK(read(*log, Sequence(from)).blocks.empty());
        CHECK(read(*log, Sequence(from)).failure == "log block at sequence 1 is missing");
    }
}

TEST_CASE("a block within another one's sequences is not read past", "[log][rocksdb]") {
    const TempDir directory;
    {
        const auto log = open_rocksdb_log(directory / "log").value();
        fill(*log, 3);
    }
    const auto within = block_of(Sequence(15), 3);
    BareDatabase(directory / "log")
        .put(key_of(15), std::string(reinterpret_cast<const char*>(within.data()), within.size() * 8));
    const auto log = open_rocksdb_log(directory / "log").value();
    CHECK(read(*log).blocks == Blocks{1, 11});
    CHECK(read(*log).failure ==
          "log block at sequence 21 does not follow the one before it: something else lies between them");
}

TEST_CASE("a key that is no sequence is reported", "[log][rocksdb]") {
    const TempDir directory;
    {
        const auto log = open_rocksdb_log(directory / "log").value();
        fill(*log, 3);
    }
    SECTION("in the middle") {
        BareDatabase(directory / "log").put(key_of(11) + "x", "");
        const auto log = open_rocksdb_log(directory / "log").value();
        CHECK(read(*log).blocks == Blocks{1, 11});
        CHECK(read(*log).failure ==
              "log block at sequence 21 does not follow the one before it: something else lies between them");
        CHECK(read(*log, Sequence(15)).failure ==
              "log block at sequence 15 cannot be found: the key before it is no sequence");
    }
    SECTION("at the end") {
        BareDatabase(directory / "log").put("zzz", "");
        CHECK(open_failure(directory / "log").ends_with(": newest key is no sequence: this is no log"));
    }
}

TEST_CASE("a log whose newest block is damaged is not opened", "[log][rocksdb]") {
    const TempDir directory;
    {
        const auto log = open_rocksdb_log(directory / "log").value();
        fill(*log, 3);
    }
    BareDatabase(directory / "log").flip(21, 100);
    CHECK(open_failure(directory / "log").ends_with(": log block at sequence 21 does not match its checksum"));
}

TEST_CASE("a byte that went bad in a file is reported with the block that it is in", "[log][rocksdb]") {
    constexpr std::size_t name_bytes = 10'000;  // so that every block has a place of its own in the file
    const TempDir directory;
    for (const auto blocks : {1U, 1U, 1U, 1U, 3U, 1U}) {  // opening moves what was there into a file of its own
        const auto log = open_rocksdb_log(directory / "log").value();
        fill(*log, blocks, name_bytes);
    }
    const auto damaged = GENERATE(0U, 1U);  // of the three in one file
    flip_byte(file_in(directory / "log", ".sst"), 50'000 + damaged * 100'000);
    const auto log = open_rocksdb_log(directory / "log").value();
    const auto reading = read(*log);
    CHECK(reading.blocks == (damaged == 0 ? Blocks{1, 11, 21, 31} : Blocks{1, 11, 21, 31, 41}));
    CAPTURE(reading.failure);
    const auto sequence = std::to_string(41 + damaged * 10);
    CHECK(reading.failure.starts_with("log block at sequence " + sequence + " cannot be read: Corruption: "));
    CHECK(reading.failure.find('\n') == std::string::npos);
    CHECK(read(*log, Sequence(61)).blocks == Blocks{61, 71});
}

}  // namespace seatledger
