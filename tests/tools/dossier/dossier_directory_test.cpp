#include "tools/dossier/dossier_directory.h"

#include <sys/stat.h>

#include <algorithm>
#include <fstream>
#include <set>
#include <string>

#include "tests/support/reconciled.h"
#include "tests/support/temp_dir.h"
#include "tests/tools/dossier/dossier_box.h"

namespace seatledger {
namespace {

using namespace testing;
namespace fs = std::filesystem;

DossierFolder sample() {
    DossierBox box(steps("2020-01-01T00:00:00Z", priced("seat", "P1M", "assigned", "31.00"), open_acme(),
                         invoiced("i-1", "seat", 2), paid("i-1", "62.00", "bank"), "2020-02-10T08:00:00Z",
                         disputed("seat,1,31.00,31.00,USD,2020-01-01,2020-02-01,,1,")));
    return DossierBox::folder(box.inputs());
}

void put(const fs::path& path, const std::string& bytes) { std::ofstream(path, std::ios::binary) << bytes; }

std::string refused(const fs::path& folder) {
    const auto read = read_dossier(folder);
    if (read) return "";
    CHECK(read.error().find('\n') == std::string::npos);
    return read.error();
}

std::set<std::string> names_in(const fs::path& folder) {
    std::set<std::string> names;
    for (const auto& file : fs::directory_iterator(folder)) names.insert(file.path().filename().string());
    return names;
}

}  // namespace

TEST_CASE("a dossier is read from its folder as it was written, and accepted") {
    const TempDir dir;
    const auto folder = sample();
    const auto at = dir / "down";
    CHECK_FALSE(write_dossier(dir / "deep" / "down", folder));
    REQUIRE(write_dossier(at, folder));
    CHECK(std::distance(fs::directory_iterator(dir.path()), fs::directory_iterator()) == 1);
    const auto read = read_dossier(at);
    REQUIRE(read);
    CHECK(read->json == folder.json);
    CHECK(read->html == folder.html);
    CHECK(read->inputs.checkpoint == folder.inputs.checkpoint);
    REQUIRE(read->inputs.entries.size() == folder.inputs.entries.size());
    for (std::size_t i = 0; i < read->inputs.entries.size(); ++i) {
        CHECK(read->inputs.entries[i].bytes == folder.inputs.entries[i].bytes);
        CHECK(read->inputs.entries[i].proof == folder.inputs.entries[i].proof);
    }
    CHECK(verify_dossier(*read, DossierBox::key().verifier()));
}

TEST_CASE("the folder is flat, and has nothing but the dossier's files") {
    const TempDir dir;
    const auto folder = sample();
    REQUIRE(write_dossier(dir / "d", folder));
    std::set<std::string> expected = {"dossier.json", "dossier.html", "checkpoint"};
    for (const auto& entry : folder.inputs.entries) {
        expected.insert(std::to_string(entry.sequence.value) + ".event");
        expected.insert(std::to_string(entry.sequence.value) + ".tlog-proof");
    }
    CHECK(names_in(dir / "d") == expected);
}

TEST_CASE("a dossier is not written where something lies") {
    const TempDir dir;
    const auto folder = sample();
    CHECK(expect_nothing_in(dir / "nothing"));
    CHECK(expect_nothing_in(dir.path()));  // an empty folder
    REQUIRE(write_dossier(dir / "d", folder));
    const auto again = write_dossier(dir / "d", folder);
    REQUIRE_FALSE(again);
    CHECK(contains(again.error(), "something lies in"));
    put(dir / "file", "x");
    CHECK(contains(expect_nothing_in(dir / "file").error(), "is there and no folder"));
    CHECK_FALSE(write_dossier(dir / "file", folder));
    CHECK_FALSE(write_dossier(dir / "file" / "below", folder));
    fs::create_directory(dir / "hidden");
    put(dir / "hidden" / ".hidden", "x");
    CHECK_FALSE(write_dossier(dir / "hidden", folder));
    CHECK(names_in(dir / "hidden") == std::set<std::string>{".hidden"});
}

TEST_CASE("a link to nowhere is no place for a dossier, and is left as it is") {
    const TempDir dir;
    fs::create_symlink(dir / "nowhere", dir / "link");
    const auto written = write_dossier(dir / "link", sample());
    CHECK_FALSE(written);
    CHECK_FALSE(fs::exists(dir / "nowhere"));
}

TEST_CASE("a folder that is none, or has no dossier, is refused") {
    const TempDir dir;
    CHECK(contains(refused(dir / "none"), "there is no folder"));
    put(dir / "file", "x");
    CHECK(contains(refused(dir / "file"), "there is no folder"));
    fs::create_directory(dir / "empty");
    CHECK(refused(dir / "empty") == "the file dossier.json is missing");
    put(dir / "empty" / "dossier.json", "{}");
    CHECK(contains(refused(dir / "empty"), "dossier.json cannot be read: it is no dossier"));
}

TEST_CASE("any file that is missing is named") {
    const auto folder = sample();
    const TempDir dir;
    REQUIRE(write_dossier(dir / "d", folder));
    for (const auto& name : names_in(dir / "d")) {
        fs::rename(dir / "d" / name, dir / "kept");
        CHECK(refused(dir / "d") == "the file " + name + " is missing");
        fs::rename(dir / "kept", dir / "d" / name);
    }
    CHECK(refused(dir / "d").empty());
}

TEST_CASE("any file that is none of the dossier's is named") {
    const auto folder = sample();
    const TempDir dir;
    const auto at = dir / "d";
    REQUIRE(write_dossier(at, folder));
    for (const auto* name : {"readme.txt", ".hidden", "999.event", "01.event", "1.EVENT", "dossier.json.bak"}) {
        put(at / name, "x");
        CHECK(refused(at) == "the file " + std::string(name) + " is none of the dossier's");
        fs::remove(at / name);
    }
    fs::create_directory(at / "more");
    CHECK(refused(at) == "the file more is none of the dossier's");
    put(at / "less", "x");
    CHECK(refused(at) == "the file less is none of the dossier's");  // the first of them
}

TEST_CASE("links, folders and pipes are no files of a dossier") {
    const auto folder = sample();
    const TempDir dir;
    const auto at = dir / "d";
    REQUIRE(write_dossier(at, folder));
    for (const auto& name : names_in(at)) {
        fs::rename(at / name, dir / "kept");
        fs::create_symlink(dir / "kept", at / name);
        CHECK(contains(refused(at), name));
        fs::remove(at / name);
        fs::create_directory(at / name);
        CHECK(contains(refused(at), name));
        fs::remove(at / name);
        // Who opens a pipe waits for somebody who writes to it.
        REQUIRE(::mkfifo((at / name).c_str(), 0600) == 0);
        CHECK(contains(refused(at), name));
        fs::remove(at / name);
        fs::rename(dir / "kept", at / name);
    }
    CHECK(refused(at).empty());
}

TEST_CASE("a file that is larger than any is refused unread") {
    const auto folder = sample();
    const TempDir dir;
    const auto at = dir / "d";
    REQUIRE(write_dossier(at, folder));
    for (const auto* name : {"dossier.html", "checkpoint", "1.event", "dossier.json"}) {
        const auto before = fs::file_size(at / name);
        fs::resize_file(at / name, (std::uintmax_t{1} << 30) + 1);
        CHECK(contains(refused(at), "is larger than such a file of a dossier can be"));
        fs::resize_file(at / name, before);
    }
    CHECK(refused(at).empty());
}

}  // namespace seatledger
