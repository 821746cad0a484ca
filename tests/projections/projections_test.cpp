// The projecting thread, rebuilds beside it, restarts, and what goes wrong.
#include "projections/projections.h"

#include <rocksdb/write_batch.h>

#include <atomic>
#include <fstream>
#include <string>
#include <thread>
#include <vector>

#include "projections/digest_tables.h"
#include "tests/support/catch.h"
#include "tests/support/given.h"
#include "tests/support/world.h"

namespace seatledger {
namespace {

using namespace testing;
using tables::key_of;
using tables::Table;

namespace fs = std::filesystem;

Steps start() {
    return steps(product("connect", "P1M"), open_acme(), registered("ann"), registered("bob"),
                 bought("i-1", "connect", 4), bind(1, "ann"), bind(2, "bob"));
}

Question all_licenses() {
    return [](schema::Query::Builder query) {
        query.setAccount("acme");
        query.initLicenses();
    };
}

Question all_products() {
    return [](schema::Query::Builder query) {
        query.setAccount("acme");
        query.initProducts();
    };
}

std::vector<std::string> differences(LiveWorld& world) {
    const auto rebuilt = world.projections().rebuild({});
    if (!rebuilt) FAIL(rebuilt.error().message);
    return rebuilt->differ;
}

// The directories with tables, of which one is in use.
std::vector<std::string> tables_in(const fs::path& directory) {
    std::vector<std::string> found;
    for (const auto& entry : fs::directory_iterator(directory)) {
        if (entry.is_directory()) found.push_back(entry.path().filename().string());
    }
    return found;
}

// Changes rows behind the projections' back: they must be closed.
void write_row(LiveWorld& world, Table table, const std::string& key, const std::string& value) {
    const auto in_use = tables_in(world.directory());
    REQUIRE(in_use.size() == 1);
    auto database = Database::open(world.directory() / in_use.front());
    REQUIRE(database.has_value());
    rocksdb::WriteOptions options;
    options.disableWAL = true;
    auto& db = (*database)->rocksdb();
    REQUIRE(db.Put(options, (*database)->family_of(table), key, value).ok());
    REQUIRE((*database)->flush().has_value());
}

std::string version_key(Table table, std::uint32_t number, Sequence version) {
    auto key = key_of(table, AccountNumber(1), number);
    tables::put_version(key, version);
    return key;
}

TEST_CASE("who waits for an event is called once it can be read, and not before") {
    LiveWorld world;
    world.must_happen(start());
    const auto unbound = world.judge(unbind(1)).last;
    std::atomic<int> calls = 0;
    std::atomic<int> wrong = 0;
    const auto is_read = [&] {
        if (world.rows(all_licenses())[0].find("available") == std::string::npos) ++wrong;
        ++calls;
    };
    world.projections().when_at(unbound, is_read);
    CHECK(calls == 0);
    CHECK(world.rows(all_licenses())[0].find("bound") != std::string::npos);
    world.project();
    // The call comes from the projecting thread, which may still be on its way to it.
    while (calls == 0) std::this_thread::yield();
    world.projections().when_at(unbound, is_read);  // at once
    CHECK(calls == 2);
    CHECK(world.projections().wait_for(unbound));
    world.projections().when_at(unbound.next(), is_read);  // never
    world.close();
    CHECK(calls == 2);
    CHECK(wrong == 0);
}

TEST_CASE("who waits is let go when following ends") {
    LiveWorld world;
    world.must_happen(start());
    bool arrived = true;
    std::thread waiting([&] { arrived = world.projections().wait_for(Sequence(1'000)); });
    REQUIRE(world.projections().stop().has_value());
    waiting.join();
    CHECK_FALSE(arrived);
    CHECK(world.rows(all_licenses()).size() == 4);
}

TEST_CASE("tables that were deleted are made anew") {
    LiveWorld world;
    world.must_happen(start());
    const auto before = world.projections().digests();
    world.close();
    fs::remove_all(world.directory());
    world.open_projections();
    CHECK(world.projections().checkpoint() == Sequence());
    world.follow();
    world.project();  // a ledger is opened over tables that stand still
    world.open_ledger();
    CHECK(world.projections().digests() == before);
}

TEST_CASE("projections go on where they were when they are opened again, with all that they have to know") {
    LiveWorld world;
    world.must_happen(start());
    world.reopen();
    // The first event that is seen is a new product; then comes one of an old one.
    world.must_happen(steps(product("center"), bought("i-2", "connect", 1), bought("i-3", "center", 1)));
    world.reopen();
    world.must_happen(steps(granted("ann", "superAdmin"), bind(6, "ann"), unbind(1), bind(1, "boss")));
    CHECK(differences(world).empty());
    CHECK(world.rows(all_licenses()).size() == 6);
}

TEST_CASE("a log that ends before what the projections have seen is refused: events were lost") {
    LiveWorld world;
    world.must_happen(start());
    const auto ends = world.block_ends();
    world.close();
    world.seen_log().show_up_to(ends[ends.size() - 2]);
    const auto opened = Projections::open(world.directory(), world.seen_log(), world.secrets());
    REQUIRE_FALSE(opened);
    CHECK(opened.error().message.find("events were lost") != std::string::npos);
    world.seen_log().show_all();
    CHECK(Projections::open(world.directory(), world.seen_log(), world.secrets()).has_value());
}

TEST_CASE("a rebuild gives the same rows, and what the old ones took up goes") {
    LiveWorld world;
    world.must_happen(start());
    const auto before = world.projections().digests();
    std::vector<std::uint64_t> done;
    const auto rebuilt = world.projections().rebuild([&](Sequence at, Sequence total) {
        done.push_back(at.value);
        CHECK(total == world.log().last());
    });
    REQUIRE(rebuilt.has_value());
    CHECK(rebuilt->differ.empty());
    CHECK(rebuilt->tables == before.second);
    CHECK(rebuilt->sequence == before.first);
    CHECK(done.back() == world.log().last().value);
    CHECK(world.projections().digests() == before);
    for (int i = 0; i < 1'000 && tables_in(world.directory()).size() > 1; ++i) {
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    CHECK(tables_in(world.directory()) == std::vector<std::string>{"tables-2"});
    world.reopen();
    world.must_happen({unbind(1)});
    CHECK(differences(world).empty());
}

TEST_CASE("a row that is not what the log says is found by a rebuild, named, and replaced") {
    LiveWorld world;
    world.must_happen(start());
    const auto good = world.rows(all_licenses());
    const auto last = world.log().last();
    world.close();
    std::string given;
    tables::put_given(given, {UserId(3), Instant{5}});
    write_row(world, Table::licenses, version_key(Table::licenses, 1, last), given);
    world.open_projections();
    world.follow();
    world.open_ledger();
    CHECK(world.rows(all_licenses()) != good);
    CHECK(differences(world) == std::vector<std::string>{"licenses"});
    CHECK(world.rows(all_licenses()) == good);
    CHECK(differences(world).empty());
}

TEST_CASE("old tables answer until the new ones are complete, and nothing that is submitted meanwhile is lost") {
    LiveWorld world;
    world.must_happen(start());
    std::atomic<bool> ending = false;
    std::atomic<int> questions = 0;
    std::atomic<int> wrong = 0;
    std::thread submitting([&] {
        for (int i = 0; !ending || i < 50; ++i) {
            world.judge(i % 2 == 0 ? unbind(1) : bind(1, "ann"));
            world.judge(registered("n" + std::to_string(i)));
            world.seen_log().show_all();
            world.projections().log_grew();
            std::this_thread::sleep_for(std::chrono::microseconds(500));
        }
    });
    std::thread asking([&] {
        while (!ending || questions < 50) {
            const auto page = ask(world.projections(), all_products(), instant("2020-01-01T00:00:00Z"));
            if (page.rows.size() != 1 || !is_event(page.rows.front(), "{'total':4,'expired':0}")) ++wrong;
            ++questions;
        }
    });
    for (int i = 0; i < 3; ++i) CHECK(differences(world).empty());
    ending = true;
    submitting.join();
    asking.join();
    CHECK(wrong == 0);
    world.project();
    CHECK(world.projections().checkpoint() == world.log().last());
    CHECK(differences(world).empty());
}

TEST_CASE("a question never sees licenses of which it does not know the product") {
    LiveWorld world;
    world.must_happen(start());
    std::atomic<bool> ending = false;
    std::atomic<int> wrong = 0;
    std::vector<std::thread> asking;
    for (const auto& question : {all_products(), all_licenses()}) {
        asking.emplace_back([&, question] {
            while (!ending) {
                try {
                    if (ask(world.projections(), question, {}).failure) ++wrong;
                } catch (const kj::Exception&) {
                    ++wrong;
                }
            }
        });
    }
    for (int i = 0; i < 150; ++i) {
        const auto name = "product-" + std::to_string(i);
        for (const auto& command : steps(product(name), bought(name, name, 1))) world.judge(command);
        // Product and licenses come in one step.
        world.seen_log().show_all();
        world.projections().log_grew();
    }
    world.project();
    ending = true;
    for (auto& thread : asking) thread.join();
    CHECK(wrong == 0);
    CHECK(world.rows(all_products()).size() == 151);
}

TEST_CASE("a block that cannot be read ends following, and reading goes on") {
    LiveWorld world;
    world.must_happen(start());
    const auto before = world.projections().checkpoint();
    const auto damaged = world.judge(unbind(1)).last;
    world.judge(unbind(2));
    world.seen_log().damage(damaged);
    world.seen_log().show_all();
    world.projections().log_grew();
    CHECK_FALSE(world.projections().wait_for(damaged));
    REQUIRE(world.projections().failure());
    CHECK(world.projections().failure()->message == "the block cannot be read");
    CHECK(world.projections().checkpoint() == before);
    CHECK(world.rows(all_licenses()).size() == 4);
    CHECK_FALSE(world.projections().rebuild({}).has_value());
    CHECK(world.projections().failure());

    // Mended, a rebuild brings the tables up, tells who waits, and following goes on.
    world.seen_log().damage(Sequence());
    bool called = false;
    world.projections().when_at(damaged, [&] { called = true; });
    CHECK_FALSE(differences(world).empty());
    CHECK(called);
    CHECK_FALSE(world.projections().failure());
    CHECK(world.projections().checkpoint() == world.log().last());
    world.must_happen({bind(1, "bob")});
    CHECK(differences(world).empty());
}

TEST_CASE("a damaged row ends following with a failure, not the program, and a rebuild mends it") {
    LiveWorld world;
    world.must_happen(start());
    const auto last = world.log().last();
    world.judge(bind(3, "boss"));  // not projected yet
    world.close();
    write_row(world, Table::lots, version_key(Table::lots, 1, last), "damaged");
    world.open_projections();
    world.follow();
    CHECK_THROWS_AS(world.rows(all_licenses()), kj::Exception);
    world.seen_log().show_all();
    world.projections().log_grew();
    CHECK_FALSE(world.projections().wait_for(world.log().last()));
    REQUIRE(world.projections().failure());
    CHECK_FALSE(differences(world).empty());
    world.open_ledger();
    world.must_happen({unbind(1)});
    CHECK(world.rows(all_licenses()).size() == 4);
}

TEST_CASE("a catalogue that cannot be read is a failure to open, which says so") {
    LiveWorld world;
    world.must_happen(start());
    world.close();
    auto key = key_of(Table::products, 1);
    tables::put_version(key, Sequence(2));
    write_row(world, Table::products, key, "damaged");
    const auto opened = Projections::open(world.directory(), world.seen_log(), world.secrets());
    REQUIRE_FALSE(opened);
    CHECK_FALSE(opened.error().message.empty());
}

TEST_CASE("the name of the tables in use is not believed if nobody wrote it here") {
    for (const std::string name :
         {"", "\n", "tables-", "tables-x", "../tables-1", "tables-99999999999999999999", "x"}) {
        INFO("CURRENT is " << name);
        LiveWorld world;
        world.must_happen(start());
        const auto before = world.projections().digests();
        world.close();
        std::ofstream(world.directory() / "CURRENT") << name;
        world.open_projections();
        world.follow();
        REQUIRE(world.projections().wait_for(world.log().last()));
        CHECK(world.projections().digests() == before);
        CHECK(world.projections().rebuild({}).has_value());
    }
}

TEST_CASE("tables of another format are made anew, unless they have seen what the log has not") {
    for (const std::string format : {"", "1\n", "999\n"}) {
        INFO("the format is " << format);
        LiveWorld world;
        world.must_happen(start());
        const auto before = world.projections().digests();
        const auto ends = world.block_ends();
        world.close();
        // What is in them now would be misread.
        auto key = key_of(Table::products, 1);
        tables::put_version(key, Sequence(2));
        write_row(world, Table::products, key, "of old");
        std::ofstream(world.directory() / "CURRENT") << "tables-1\n" << format;
        world.seen_log().show_up_to(ends[ends.size() - 2]);
        const auto opened = Projections::open(world.directory(), world.seen_log(), world.secrets());
        REQUIRE_FALSE(opened);
        CHECK(opened.error().message.find("events were lost") != std::string::npos);
        world.seen_log().show_all();
        world.open_projections();
        CHECK(tables_in(world.directory()) == std::vector<std::string>{"tables-2"});
        world.follow();
        REQUIRE(world.projections().wait_for(world.log().last()));
        CHECK(world.projections().digests() == before);
    }
}

TEST_CASE("one rebuild at a time; one that stopping meets is given up") {
    LiveWorld world;
    world.must_happen(start());
    std::expected<RebuildResult, StorageFailure> second;
    std::thread stopping;
    const auto first = world.projections().rebuild([&](Sequence, Sequence) {
        second = world.projections().rebuild({});
        stopping = std::thread([&] { static_cast<void>(world.projections().stop()); });
        CHECK_FALSE(world.projections().wait_for(Sequence(1'000)));  // until it is stopped
    });
    stopping.join();
    REQUIRE_FALSE(second);
    CHECK(second.error().message.find("is running") != std::string::npos);
    REQUIRE_FALSE(first);
    CHECK(first.error().message.find("stopped") != std::string::npos);
    CHECK_FALSE(world.projections().rebuild({}).has_value());
    CHECK(tables_in(world.directory()) == std::vector<std::string>{"tables-1"});
}

TEST_CASE("a rebuild can be given up from its progress, and another one made then") {
    LiveWorld world;
    world.must_happen(start());
    const auto given_up = world.projections().rebuild([](Sequence, Sequence) { KJ_FAIL_REQUIRE("no more"); });
    REQUIRE_FALSE(given_up);
    CHECK(given_up.error().message.find("no more") != std::string::npos);
    CHECK(differences(world).empty());
}

TEST_CASE("without a thread a rebuild brings the tables up by itself") {
    LiveWorld world;
    world.must_happen(start());
    world.close();
    world.open_projections();
    world.open_ledger();
    world.judge(unbind(1));
    world.seen_log().show_all();
    CHECK(differences(world).empty());
    CHECK(world.projections().checkpoint() == world.log().last());
    CHECK(world.rows(all_licenses())[0].find("available") != std::string::npos);
}

TEST_CASE("much that comes at once goes down as files, with the same rows") {
    LiveWorld world;
    Steps many = start();
    for (int i = 0; i < 600; ++i) many.push_back(registered("m" + std::to_string(i)));
    many = steps(many, invoiced("big", "connect", 100'000), paid("big", "1000000.00", "big"));
    world.must_happen(many);
    std::string rows;
    for (int round = 0; round < 60; ++round) {
        rows.clear();
        for (int i = 0; i < 600; ++i) {
            const auto email = "'m" + std::to_string(i) + "@acme.test'";
            if (!rows.empty()) rows += ",";
            rows += round % 2 == 0 ? "{'license':" + std::to_string(10 + i) + ",'email':" + email + "}"
                                   : "{'license':" + std::to_string(10 + i) + "}";
        }
        world.judge(acme((round % 2 == 0 ? "'bindLicenses':{'rows':[" : "'unbindLicenses':{'rows':[") + rows + "]}"));
        if (round % 7 == 0) world.project();
    }
    world.project();
    CHECK(differences(world).empty());
}

}  // namespace
}  // namespace seatledger
