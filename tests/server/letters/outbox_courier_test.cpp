#include "server/letters/outbox_courier.h"

#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "tests/support/catch.h"
#include "tests/support/temp_dir.h"

namespace seatledger {
namespace {

using namespace testing;
namespace fs = std::filesystem;

const std::vector<PersonName> ann = {{"acme", UserId(3)}};
const std::vector<PersonName> nobody = {{"nobody", UserId(1)}};
const MailEnvelope envelope{"licenses@vendor.example.com", "ann@acme.test"};

std::unique_ptr<OutboxCourier> open(const fs::path& directory) {
    auto courier = OutboxCourier::open(directory);
    INFO((courier ? "" : courier.error()));
    REQUIRE(courier);
    return std::move(*courier);
}

std::string content_of(const fs::path& file) {
    std::ifstream stream(file, std::ios::binary);
    REQUIRE(stream.is_open());
    return {std::istreambuf_iterator<char>(stream), {}};
}

std::set<std::string> names_in(const fs::path& directory) {
    std::set<std::string> names;
    for (const auto& entry : fs::directory_iterator(directory)) names.insert(entry.path().filename().string());
    return names;
}

unsigned mode_of(const fs::path& path) {
    struct stat status {};
    REQUIRE(::stat(path.c_str(), &status) == 0);
    return status.st_mode & 07777;
}

}  // namespace

TEST_CASE("a letter becomes a file with its very bytes, for its owner's eyes only, and nothing is left beside it") {
    const TempDir directory;
    const auto courier = open(directory / "data" / "outbox");
    const std::string message("Subject: x\r\n\r\n.\r\n\0binary", 24);
    REQUIRE(courier->deliver(envelope, message, "acme.3.41"));
    CHECK(names_in(directory / "data" / "outbox") == std::set<std::string>{"acme.3.41.eml"});
    CHECK(content_of(directory / "data" / "outbox" / "acme.3.41.eml") == message);
    CHECK(mode_of(directory / "data" / "outbox") == 0700);
    CHECK(mode_of(directory / "data" / "outbox" / "acme.3.41.eml") == 0600);
}

TEST_CASE("the same name again replaces the letter, also after an attempt that a crash cut short") {
    const TempDir directory;
    const auto courier = open(directory.path());
    REQUIRE(courier->deliver(envelope, "a longer first letter", "acme.3.41"));
    std::ofstream(directory / "acme.3.41.eml.new") << "half of";
    REQUIRE(courier->deliver(envelope, "second", "acme.3.41"));
    CHECK(names_in(directory.path()) == std::set<std::string>{"acme.3.41.eml"});
    CHECK(content_of(directory / "acme.3.41.eml") == "second");
}

TEST_CASE("a directory that is there is taken as it is; what is no directory is refused with what to do") {
    const TempDir directory;
    fs::create_directory(directory / "shared");
    fs::permissions(directory / "shared", fs::perms(0750));
    CHECK(open(directory / "shared"));
    CHECK(open(directory / "shared" / ""));
    CHECK(mode_of(directory / "shared") == 0750);

    std::ofstream(directory / "file") << "x";
    const auto refused = OutboxCourier::open(directory / "file");
    REQUIRE_FALSE(refused);
    CHECK(contains(refused.error(), (directory / "file").string()));
    CHECK_FALSE(OutboxCourier::open(directory / "file" / "outbox"));
}

TEST_CASE("no name leads out of the directory, or hides in it") {
    const TempDir directory;
    const auto courier = open(directory / "outbox");
    for (const std::string name : {"", "../x", "a/b", "/tmp/x", ".", "..", ".hidden", "a b", "A", "ж", "a\n"}) {
        INFO(name);
        const auto result = courier->deliver(envelope, "x", name);
        REQUIRE_FALSE(result);
        CHECK(result.error().permanent);
    }
    CHECK_FALSE(courier->deliver(envelope, "x", std::string("a\0b", 3)));
    CHECK_FALSE(courier->deliver(envelope, "x", std::string(300, 'a')));
    CHECK(names_in(directory / "outbox").empty());
    CHECK(names_in(directory.path()) == std::set<std::string>{"outbox"});
    CHECK(courier->deliver(
        envelope, "x", file_name(std::string(64, 'a'), UserId(4'294'967'295), Sequence(18'446'744'073'709'551'615u))));
}

TEST_CASE("a letter that cannot be written fails in one line that names the place, and can be tried again") {
    const TempDir directory;
    const auto courier = open(directory / "outbox");
    // In the way of the file, which not even root can replace by a file.
    fs::create_directories(directory / "outbox" / "acme.3.41.eml" / "inside");
    const auto result = courier->deliver(envelope, "x", "acme.3.41");
    REQUIRE_FALSE(result);
    CHECK_FALSE(result.error().permanent);
    CHECK(contains(result.error().message, "acme.3.41.eml"));
    CHECK_FALSE(contains(result.error().message, "\n"));
    CHECK(names_in(directory / "outbox") == std::set<std::string>{"acme.3.41.eml"});

    // Somebody has taken the directory away with the letters.
    fs::remove_all(directory / "outbox");
    CHECK(courier->deliver(envelope, "x", "acme.3.41"));
    CHECK(mode_of(directory / "outbox") == 0700);
}

TEST_CASE("the letters of one person are removed, half-written ones too, and nobody else's") {
    const TempDir directory;
    const auto courier = open(directory.path());
    for (const std::string name : {"acme.3.41", "acme.3.5", "acme.31.41", "acme.1.3", "acme-3.3.41", "3.3.3"}) {
        REQUIRE(courier->deliver(envelope, "x", name));
    }
    std::ofstream(directory / "acme.3.77.eml.new") << "half of";
    CHECK(courier->remove(ann));
    const std::set<std::string> others = {"3.3.3.eml", "acme-3.3.41.eml", "acme.1.3.eml", "acme.31.41.eml"};
    CHECK(names_in(directory.path()) == others);
    CHECK(courier->remove(ann));
    CHECK(courier->remove(nobody));
    CHECK(names_in(directory.path()) == others);

    // Nor is another one written to them, whose words were put together before.
    const auto late = courier->deliver(envelope, "x", "acme.3.78");
    REQUIRE_FALSE(late);
    CHECK(late.error().permanent);
    CHECK(names_in(directory.path()) == others);
    CHECK(courier->deliver(envelope, "x", "acme.31.78"));
}

TEST_CASE("whoever takes letters away gets all of one or nothing, and what they leave behind is in nobody's way") {
    const TempDir directory;
    const auto courier = open(directory / "outbox");
    std::ofstream(directory / "elsewhere") << "somebody else's";
    fs::create_symlink(directory / "elsewhere", directory / "outbox" / "acme.3.41.eml");
    std::ofstream(directory / "outbox" / "acme.3.42.eml.gone") << "what a crash left";
    REQUIRE(courier->deliver(envelope, "x", "acme.3.43"));
    CHECK(courier->remove(ann));
    CHECK(names_in(directory / "outbox").empty());
    CHECK(content_of(directory / "elsewhere") == "somebody else's");

    std::thread mover([&] {
        for (int i = 0; i < 2'000; ++i) {
            std::error_code ignored;
            for (const auto& name : names_in(directory / "outbox")) {
                if (name.ends_with(".eml")) fs::rename(directory / "outbox" / name, directory / name, ignored);
            }
        }
    });
    bool removed = true;
    for (std::uint32_t i = 1; i <= 200; ++i) {
        const std::vector<PersonName> person = {{"globex", UserId(i)}};
        static_cast<void>(courier->deliver(envelope, "the whole letter", file_name("globex", UserId(i), Sequence(i))));
        removed = courier->remove(person).has_value() && removed;
    }
    mover.join();
    CHECK(removed);
    for (const auto& name : names_in(directory.path())) {
        if (name.starts_with("globex")) CHECK(content_of(directory / name) == "the whole letter");
    }
}

TEST_CASE("a directory that is gone has no letters; letters that cannot be removed are a failure") {
    const TempDir directory;
    const auto courier = open(directory / "outbox");
    fs::create_directories(directory / "outbox" / "acme.3.41.eml" / "inside");
    const auto refused = courier->remove(ann);
    REQUIRE_FALSE(refused);
    CHECK(contains(refused.error().message, "acme.3.41.eml"));
    fs::remove_all(directory / "outbox");
    CHECK(courier->remove(ann));
}

TEST_CASE("letters may be removed while others are written") {
    const TempDir directory;
    const auto courier = open(directory.path());
    bool all_removed = true;
    std::thread remover([&] {
        for (int i = 0; i < 50; ++i) all_removed = courier->remove(ann).has_value() && all_removed;
    });
    int failures = 0;
    for (std::uint64_t i = 1; i <= 50; ++i) {
        const auto user = UserId(static_cast<std::uint32_t>(3 + i % 2));
        if (!courier->deliver(envelope, "x", file_name("acme", user, Sequence(i))) && user != UserId(3)) ++failures;
    }
    remover.join();
    CHECK(all_removed);
    CHECK(failures == 0);
    CHECK(courier->remove(ann));
    CHECK(names_in(directory.path()).size() == 25);
}

}  // namespace seatledger
