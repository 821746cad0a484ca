#include "tools/tile_export.h"

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "engine/merkle/lines.h"
#include "tests/support/catch.h"
#include "tests/support/merkle_oracle.h"
#include "tests/support/merkle_samples.h"
#include "tests/support/temp_dir.h"

namespace seatledger {
namespace {

using namespace testing;
namespace fs = std::filesystem;

constexpr auto unfinished = "unfinished-export";
// Where tiles and bundles begin, end, and are one more or less.
const std::vector<std::uint64_t> sizes = {0, 1, 2, 255, 256, 257, 300, 511, 512, 513, 700};

merkle::SigningKey log_key() { return signing_key("log.example.com", 1); }

// By name, without what is only a folder.
using Files = std::map<std::string, std::string>;

Files files_in(const fs::path& folder) {
    Files files;
    if (!fs::exists(folder)) return files;
    for (const auto& each : fs::recursive_directory_iterator(folder)) {
        const auto name = fs::relative(each.path(), folder).generic_string();
        if (each.is_regular_file()) files[name] = read_file(each.path()).value().value();
        // No folder is left empty.
        if (each.is_directory()) CHECK_FALSE(fs::is_empty(each.path()));
    }
    return files;
}

void write(const fs::path& file, std::string_view bytes) {
    fs::create_directories(file.parent_path());
    std::ofstream(file, std::ios::binary) << bytes;
}

// A log of which anything is known, and a folder for its tiles.
class Exported {
 public:
    explicit Exported(std::uint64_t size = 700) : oracle(merkle_oracle(size)) {}

    [[nodiscard]] SignedCheckpoint target(std::uint64_t size) {
        const auto root = oracle.mth(0, size);
        return {merkle::sign_checkpoint(size, root, log_key()), {"log.example.com", size, root}};
    }

    // What the folder has to have for a tree, from the specification.
    [[nodiscard]] Files files_of(std::uint64_t size) {
        Files files = {{"checkpoint", target(size).note}};
        for (const auto& tile : merkle::tiles_between(0, size)) {
            files[merkle::path_of(tile)] = merkle::join(oracle.tile(tile.level, tile.index, tile.width));
            if (tile.level != 0) continue;
            auto& bundle = files[merkle::path_of(merkle::EntryBundle{tile.index, tile.width})];
            for (unsigned i = 0; i < tile.width; ++i) {
                merkle::append_entry(bundle, oracle.entry(tile.index * 256 + i));
            }
        }
        return files;
    }
    // Whether all of a tree is there, whatever else is.
    [[nodiscard]] bool has_all_of(std::uint64_t size) {
        const auto there = files_in(folder());
        return std::ranges::all_of(files_of(size), [&](const auto& file) {
            const auto found = there.find(file.first);
            return found != there.end() && found->second == file.second;
        });
    }

    // Exports up to `size`, or only the events up to `until` and then no more. Empty: it could be done.
    std::string run(const SignedCheckpoint& wanted, std::uint64_t until = ~std::uint64_t{0},
                    const merkle::SigningKey& key = log_key()) {
        auto directory = TileDirectory::open(folder(), key.verifier());
        if (!directory) return directory.error();
        auto tiles = TileExport::begin(*directory, wanted);
        if (!tiles) return tiles.error();
        while (tiles->size() < std::min(until, wanted.checkpoint.size)) {
            if (auto appended = tiles->append(oracle.entry(tiles->size())); !appended) return appended.error();
        }
        const auto finished = until < wanted.checkpoint.size ? directory->flush() : tiles->finish();
        return finished ? "" : finished.error();
    }
    std::string run(std::uint64_t size) { return run(target(size)); }

    // Why it cannot be done, which leaves everything as it is.
    std::string refusal(const SignedCheckpoint& wanted, const merkle::SigningKey& key = log_key()) {
        const auto before = files_in(folder());
        const auto why = run(wanted, ~std::uint64_t{0}, key);
        CHECK(files_in(folder()) == before);
        CHECK_FALSE(contains(why, "\n"));
        return why;
    }

    [[nodiscard]] fs::path folder() const { return directory_ / "some" / "tiles"; }

    MerkleOracle oracle;

 private:
    TempDir directory_;
};

}  // namespace

TEST_CASE("a folder has the tiles, the entries and the checkpoint of the log, and nothing else", "[tiles]") {
    for (const auto size : sizes) {
        INFO(size);
        Exported log;
        CHECK(log.run(size).empty());
        CHECK(files_in(log.folder()) == log.files_of(size));
    }
}

TEST_CASE("a log of three levels of tiles is exported and goes on", "[tiles]") {
    Exported log(66'000);
    CHECK(log.run(65'600).empty());
    CHECK(files_in(log.folder()) == log.files_of(65'600));
    CHECK(log.run(66'000).empty());
    CHECK(files_in(log.folder()) == log.files_of(66'000));
}

TEST_CASE("a folder that has the beginning of the log gets the rest, and has it as if it had been there at once",
          "[tiles]") {
    for (const auto from : sizes) {
        for (const auto to : sizes) {
            if (to < from) continue;
            INFO(from << " to " << to);
            Exported log;
            REQUIRE(log.run(from).empty());
            CHECK(log.run(to).empty());
            CHECK(files_in(log.folder()) == log.files_of(to));
        }
    }
}

TEST_CASE("full tiles are left alone, and so is a folder to which nothing was added", "[tiles]") {
    Exported log;
    REQUIRE(log.run(513).empty());
    std::map<std::string, fs::file_time_type> before;
    const auto written = fs::file_time_type::clock::now() - std::chrono::hours(1);
    for (const auto& [name, bytes] : files_in(log.folder())) {
        fs::last_write_time(log.folder() / name, written);
        before[name] = fs::last_write_time(log.folder() / name);
    }
    CHECK(log.run(513).empty());
    for (const auto& [name, time] : before) CHECK(fs::last_write_time(log.folder() / name) == time);
    CHECK(log.run(600).empty());
    for (const std::string name : {"tile/0/000", "tile/0/001", "tile/entries/000", "tile/entries/001"}) {
        CHECK(fs::last_write_time(log.folder() / name) == before.at(name));
    }
    CHECK(fs::last_write_time(log.folder() / "checkpoint") > before.at("checkpoint"));
}

TEST_CASE("at every moment the folder has all that its checkpoint is of, and an export that was cut short goes on",
          "[tiles]") {
    for (const std::uint64_t from : {0, 1, 200, 256, 300}) {
        Exported log;
        REQUIRE(log.run(log.target(from)).empty());
        // Cut short at several sizes, one after the other, the later ones of larger logs.
        const std::vector<std::pair<std::uint64_t, std::uint64_t>> attempts = {
            {from, 400}, {310, 400}, {450, 513}, {513, 514}, {600, 650}};
        for (const auto& [until, wanted] : attempts) {
            INFO(from << ", cut short after " << until << " of " << wanted);
            CHECK(log.run(log.target(wanted), until).empty());
            CHECK(log.has_all_of(from));
        }
        write(log.folder() / "tile/0/001.new", "half of a ti");  // what a crash of the machine may leave behind
        write(log.folder() / "checkpoint.new", "log.exam");
        CHECK(log.run(700).empty());
        CHECK(files_in(log.folder()) == log.files_of(700));
    }
}

TEST_CASE("an export that was cut short behind its checkpoint is tidied up by the next one", "[tiles]") {
    Exported log;
    REQUIRE(log.run(300).empty());
    const auto earlier = files_in(log.folder());
    REQUIRE(log.run(log.target(513), 400).empty());
    const auto note = files_in(log.folder()).at(unfinished);
    REQUIRE(log.run(513).empty());
    for (const std::uint64_t next : {513, 600}) {
        for (const auto& [name, bytes] : earlier) {
            if (name != "checkpoint") write(log.folder() / name, bytes);
        }
        write(log.folder() / "tile/0/001.p/44.new", "half");
        write(log.folder() / unfinished, note);
        CHECK(log.run(next).empty());
        CHECK(files_in(log.folder()) == log.files_of(next));
    }
}

TEST_CASE("a first export that was cut short leaves no checkpoint, and goes on", "[tiles]") {
    Exported log;
    CHECK(log.run(log.target(600), 300).empty());
    CHECK_FALSE(fs::exists(log.folder() / "checkpoint"));
    CHECK(contains(log.refusal(log.target(599)), "events were lost"));  // 600 were signed
    CHECK(log.run(600).empty());
    CHECK(files_in(log.folder()) == log.files_of(600));
}

TEST_CASE("a folder with something else in it is refused and not touched", "[tiles]") {
    Exported log;
    write(log.folder() / "letter.txt", "Dear Ann");
    CHECK(
        contains(log.refusal(log.target(300)), "letter.txt is there and no checkpoint; name a new or an empty folder"));
    fs::remove(log.folder() / "letter.txt");
    CHECK(log.run(300).empty());

    const auto other_key = signing_key("log.example.com", 2);
    const auto other_name = signing_key("other.example.com", 1);
    for (const auto& key : {&other_key, &other_name}) {
        auto wanted = log.target(400);
        wanted.note = merkle::sign_checkpoint(400, wanted.checkpoint.root, *key);
        wanted.checkpoint.origin = key->verifier().name();
        const auto why = log.refusal(wanted, *key);
        CHECK(contains(why, "checkpoint is not by " + key->verifier().text()));
        CHECK(contains(why, "name a new or an empty folder"));
    }
    Exported begun;
    REQUIRE(begun.run(begun.target(400), 300).empty());
    CHECK(contains(begun.refusal(begun.target(400), other_key), "unfinished-export is of another log, or damaged"));

    write(log.folder() / "checkpoint", "nothing that was signed\n");
    CHECK(contains(log.refusal(log.target(400)), "checkpoint is not by "));
}

TEST_CASE("what is no folder, or cannot be made, is said", "[tiles]") {
    Exported log;
    write(log.folder(), "a file");
    CHECK(log.run(300) == "cannot open " + log.folder().string() + ": Not a directory");
    fs::remove(log.folder());
    fs::remove(log.folder().parent_path());
    write(log.folder().parent_path(), "a file");
    CHECK(contains(log.run(300), "Not a directory"));
}

TEST_CASE("a log that was exported further, or with another root, is refused", "[tiles]") {
    Exported log;
    REQUIRE(log.run(300).empty());
    CHECK(contains(log.refusal(log.target(299)), "has signed 299 events, but of log.example.com 300 events"));
    CHECK(contains(log.refusal(log.target(0)), "events were lost"));
    auto wanted = log.target(300);
    wanted.checkpoint.root = log.oracle.mth(0, 299);
    const auto why = log.refusal(wanted);
    CHECK(contains(why, "two different logs of 300 events"));
    CHECK(contains(why, merkle::to_text(log.oracle.mth(0, 299))));
    CHECK(contains(why, merkle::to_text(log.oracle.mth(0, 300))));
}

TEST_CASE("a folder in which a hash was changed, or from which a file is missing, is not gone on with", "[tiles]") {
    for (const std::uint64_t size : {300, 513, 700}) {
        Exported log;
        REQUIRE(log.run(size).empty());
        const auto files = log.files_of(size);
        for (const auto& [name, bytes] : files) {
            if (name == "checkpoint") continue;
            INFO(name);
            const auto file = log.folder() / name;
            const bool is_full_bundle = name.starts_with("tile/entries/") && !contains(name, ".p/");
            for (const std::size_t at :
                 {std::size_t{0}, std::min<std::size_t>(33, bytes.size() - 1), bytes.size() - 1}) {
                auto other = bytes;
                other[at] = static_cast<char>(other[at] ^ 1);
                write(file, other);
                // Entries that are complete are not read again.
                if (!is_full_bundle) CHECK(contains(log.refusal(log.target(700)), "the folder was changed"));
            }
            write(file, bytes.substr(0, bytes.size() - 1));
            if (!is_full_bundle) CHECK(contains(log.refusal(log.target(700)), "the folder was changed"));
            write(file, bytes + "x");
            if (!is_full_bundle) CHECK(contains(log.refusal(log.target(700)), "the folder was changed"));
            fs::remove(file);
            for (auto at = file.parent_path(); fs::is_empty(at); at = at.parent_path()) fs::remove(at);
            CHECK(contains(log.refusal(log.target(700)), " is missing; the folder was changed"));
            write(file, bytes);
        }
        CHECK(log.run(700).empty());
    }
}

TEST_CASE("events that do not have the root that was signed leave the folder of the checkpoint that it has",
          "[tiles]") {
    for (const std::uint64_t from : {0, 300}) {
        Exported log;
        if (from > 0) REQUIRE(log.run(from).empty());
        auto wanted = log.target(600);
        wanted.checkpoint.root = log.oracle.mth(0, 599);
        const auto why = log.run(wanted);
        CHECK(contains(why, "have the root " + merkle::to_text(log.oracle.mth(0, 600))));
        CHECK(contains(why, "it has signed " + merkle::to_text(log.oracle.mth(0, 599))));
        CHECK(contains(why, "no checkpoint was written"));
        CHECK(fs::exists(log.folder() / "checkpoint") == (from > 0));
        if (from > 0) CHECK(log.has_all_of(from));
        CHECK(log.run(700).empty());  // mended, and nothing is left of it
        CHECK(files_in(log.folder()) == log.files_of(700));
    }
}

TEST_CASE("fewer events than were signed are no log", "[tiles]") {
    Exported log;
    auto directory = TileDirectory::open(log.folder(), log_key().verifier()).value();
    auto tiles = TileExport::begin(directory, log.target(2)).value();
    REQUIRE(tiles.append(log.oracle.entry(0)));
    CHECK(contains(tiles.finish().error(), "1 event of the 2 that it has signed"));
    CHECK_FALSE(fs::exists(log.folder() / "checkpoint"));
    REQUIRE(tiles.append(log.oracle.entry(1)));
    CHECK_THROWS(tiles.append(log.oracle.entry(2)));
    CHECK(tiles.finish());
    CHECK(files_in(log.folder()) == log.files_of(2));
}

TEST_CASE("two exports do not work in one folder", "[tiles]") {
    Exported log;
    REQUIRE(log.run(2).empty());
    {
        const auto directory = TileDirectory::open(log.folder(), log_key().verifier()).value();
        CHECK(contains(log.refusal(log.target(3)), "another export is at work"));
    }
    CHECK(log.run(3).empty());

    // Both found that there was nothing.
    Exported other;
    auto one = TileDirectory::open(other.folder(), log_key().verifier()).value();
    auto two = TileDirectory::open(other.folder(), log_key().verifier()).value();
    REQUIRE(one.begin(2));
    CHECK(contains(two.begin(2).error(), "another export is at work"));
    one = TileDirectory::open(other.folder() / "elsewhere", log_key().verifier()).value();
    auto three = TileDirectory::open(other.folder() / "elsewhere", log_key().verifier()).value();
    REQUIRE(one.begin(2));
    one = TileDirectory::open(other.folder(), log_key().verifier()).value();
    CHECK(contains(three.begin(2).error(), "run it again"));
}

TEST_CASE("a file that cannot be written is named, and the folder stays what it was", "[tiles]") {
    Exported log;
    REQUIRE(log.run(300).empty());
    fs::create_directories(log.folder() / "tile/0/001/in the way");
    const auto why = log.run(600);
    CHECK(contains(why, "cannot write " + (log.folder() / "tile/0/001").string() + ": "));
    CHECK(contains(why, "once that is mended run it again"));
    CHECK_FALSE(contains(why, "\n"));
    fs::remove_all(log.folder() / "tile/0/001");
    CHECK(log.has_all_of(300));
    CHECK(log.run(600).empty());
    CHECK(files_in(log.folder()) == log.files_of(600));
}

TEST_CASE("how far checking has come is told", "[tiles]") {
    Exported log;
    REQUIRE(log.run(600).empty());
    auto directory = TileDirectory::open(log.folder(), log_key().verifier()).value();
    std::vector<std::uint64_t> done;
    REQUIRE(TileExport::begin(directory, log.target(700), [&](std::uint64_t checked, std::uint64_t total) {
        CHECK(total == 600);
        done.push_back(checked);
    }));
    CHECK(done == std::vector<std::uint64_t>{256, 512, 600});
}

}  // namespace seatledger
