// What engine/vault/private_table.h promises, asked of every table that there is; then what the one on RocksDB promises
// beyond that.
#include "engine/vault/private_table.h"

#include <rocksdb/db.h>

#include <atomic>
#include <thread>
#include <vector>

#include "tests/support/catch.h"
#include "tests/support/files_with.h"
#include "tests/support/temp_dir.h"

namespace seatledger {
namespace {

using namespace testing;
namespace fs = std::filesystem;
using Row = PrivateTable::Row;
using Rows = std::vector<Row>;
using Keys = std::vector<std::string>;

struct MemoryTable {
    std::unique_ptr<PrivateTable> table = make_memory_private_table();
};

struct RocksdbTable {
    TempDir directory;
    fs::path path = directory / "rows";
    std::unique_ptr<PrivateTable> table = open_rocksdb_private_table(path).value();

    void reopen() {
        table.reset();
        table = open_rocksdb_private_table(path).value();
    }
};

void write(PrivateTable& table, const Rows& rows, const Keys& removed = {}) {
    REQUIRE(table.write(rows, removed).has_value());
}

void purge(PrivateTable& table, const Keys& keys) {
    const auto purged = table.purge(keys);
    if (!purged) FAIL(purged.error().message);
}

Rows rows_with(const PrivateTable& table, std::string_view prefix, std::size_t rows_max = 1'000'000) {
    Rows rows;
    table.scan(prefix, [&](std::string_view key, std::string_view value) {
        rows.push_back({std::string(key), std::string(value)});
        return rows.size() < rows_max;
    });
    return rows;
}

// Bytes that are found in a file only if they were put there, and differ in every place.
std::string mark(const std::string& what, std::size_t number) {
    std::string text = what + "-" + std::to_string(number) + "-";
    for (std::uint64_t state = number * 2 + 1; text.size() < 40; state = state * 6364136223846793005ULL + 3037) {
        text += static_cast<char>('a' + (state >> 59) % 26);
    }
    return text;
}

Row marked_row(std::size_t number) { return {mark("key", number), mark("value", number)}; }

}  // namespace

TEMPLATE_TEST_CASE("rows are read as they were written last", "[vault]", MemoryTable, RocksdbTable) {
    TestType made;
    auto& table = *made.table;
    CHECK(table.get("a") == std::nullopt);
    write(table, {{"a", "1"}, {"b", ""}, {std::string("\0\xff", 2), std::string("\0", 1)}});
    CHECK(table.get("a") == "1");
    CHECK(table.get("b") == "");
    CHECK(table.get(std::string("\0\xff", 2)) == std::string("\0", 1));
    CHECK(table.get("") == std::nullopt);
    write(table, {{"a", "2"}});
    CHECK(table.get("a") == "2");
    write(table, {{"c", "3"}}, {"a", "missing"});
    CHECK(table.get("a") == std::nullopt);
    CHECK(table.get("c") == "3");
    write(table, {{"c", "4"}}, {"c"});  // removed before it is put
    CHECK(table.get("c") == "4");
    write(table, {});
}

TEMPLATE_TEST_CASE("a scan gives the rows with a prefix in the order of their keys, until told to stop", "[vault]",
                   MemoryTable, RocksdbTable) {
    TestType made;
    auto& table = *made.table;
    write(table, {{"b2", "2"}, {"a", "0"}, {"b", "0"}, {"b10", "10"}, {"b\xff\xff", "f"}, {"c", "0"}});
    write(table, {}, {"b"});
    CHECK(rows_with(table, "b") == Rows{{"b10", "10"}, {"b2", "2"}, {"b\xff\xff", "f"}});
    CHECK(rows_with(table, "b", 2) == Rows{{"b10", "10"}, {"b2", "2"}});
    CHECK(rows_with(table, "b1") == Rows{{"b10", "10"}});
    CHECK(rows_with(table, "").size() == 5);
    CHECK(rows_with(table, "d").empty());
}

TEMPLATE_TEST_CASE("a scan sees the rows as they were when it began, whatever is written from within", "[vault]",
                   MemoryTable, RocksdbTable) {
    TestType made;
    auto& table = *made.table;
    write(table, {{"a", "1"}, {"b", "1"}});
    std::string seen;
    table.scan("", [&](std::string_view key, std::string_view value) {
        write(table, {{"b", "2"}, {"c", "2"}});
        CHECK(table.get("b") == "2");
        seen += std::string(key) + std::string(value);
        return true;
    });
    CHECK(seen == "a1b1");
}

TEMPLATE_TEST_CASE("purged rows are gone, and no others", "[vault]", MemoryTable, RocksdbTable) {
    TestType made;
    auto& table = *made.table;
    write(table, {{"a", "1"}, {"b", "1"}, {"c", "1"}, {"d", "1"}});
    purge(table, {});
    purge(table, {"d", "b", "missing"});
    purge(table, {"d", "b"});
    CHECK(rows_with(table, "") == Rows{{"a", "1"}, {"c", "1"}});
    write(table, {{"b", "2"}});
    CHECK(table.get("b") == "2");
    purge(table, {"a", "b", "c"});
    CHECK(rows_with(table, "").empty());
}

TEMPLATE_TEST_CASE("rows are written, purged and read by several threads at once", "[vault]", MemoryTable,
                   RocksdbTable) {
    TestType made;
    auto& table = *made.table;
    write(table, {{"stays", "1"}});
    std::atomic<bool> done = false;
    std::atomic<int> wrong = 0;
    {
        std::vector<std::jthread> threads;
        threads.emplace_back([&] {
            while (!done) {
                if (table.get("stays") != "1") ++wrong;
                int halves = 0;  // both are written together
                table.scan("half", [&](auto, auto) { return ++halves > 0; });
                if (halves != 0 && halves != 2) ++wrong;
            }
        });
        threads.emplace_back([&] {
            for (int i = 0; i < 20; ++i) {
                if (!table.purge(Keys{"half1", "half2"})) ++wrong;
            }
            done = true;
        });
        while (!done) {
            if (!table.write(Rows{{"half1", "1"}, {"half2", "1"}})) ++wrong;
        }
    }
    CHECK(wrong == 0);
}

TEST_CASE("rows are there again after the table was closed", "[vault][rocksdb]") {
    RocksdbTable disk;
    write(*disk.table, {{"a", "1"}, {"b", "1"}});
    write(*disk.table, {{"b", "2"}}, {"a"});
    disk.reopen();
    CHECK(rows_with(*disk.table, "") == Rows{{"b", "2"}});
    const auto second = open_rocksdb_private_table(disk.path);
    REQUIRE_FALSE(second.has_value());
    CHECK(second.error().message.starts_with("cannot open the private rows in " + disk.path.string() + ": "));
}

TEST_CASE("keys and values of purged rows are in no file, wherever they had got to", "[vault][rocksdb]") {
    RocksdbTable disk;
    constexpr std::size_t rows = 2000;
    Rows all;
    for (std::size_t number = 0; number < rows; ++number) all.push_back(marked_row(number));
    const auto write_all = [&](std::size_t from, std::size_t to) {
        write(*disk.table,
              Rows(all.begin() + static_cast<std::ptrdiff_t>(from), all.begin() + static_cast<std::ptrdiff_t>(to)));
    };
    std::vector<std::size_t> gone;
    SECTION("the write-ahead log only") {
        write_all(0, rows);
        gone = {0, 1000, 1999};
    }
    SECTION("tables, of which some rows were written over and some removed") {
        write_all(0, 1000);
        disk.reopen();  // a reopened database writes its log into a table
        write_all(500, rows);
        disk.reopen();
        write(*disk.table, {{all[7].key, mark("newer", 7)}}, {all[8].key});
        disk.reopen();
        gone = {7, 8, 600, 1500};
    }
    SECTION("tables that were merged, and the first and last rows of them") {
        write_all(0, rows);
        disk.reopen();
        purge(*disk.table, {"none", "key"});
        gone = {0, 999};  // in the order of their keys these are the first and the last
    }
    SECTION("all rows that there are") {
        write_all(0, 3);
        disk.reopen();
        gone = {0, 1, 2};
    }
    SECTION("a single row") {
        write_all(5, 6);
        gone = {5};
    }
    Keys keys;
    for (const auto number : gone) {
        CAPTURE(number);
        CHECK_FALSE(files_with(all[number].key, disk.path).empty());
        CHECK_FALSE(files_with(all[number].value, disk.path).empty());
        keys.push_back(all[number].key);
    }
    purge(*disk.table, keys);
    const auto check = [&] {
        for (const auto number : gone) {
            CAPTURE(number);
            CHECK(files_with(all[number].key, disk.path) == Keys{});
            CHECK(files_with(all[number].key.substr(4), disk.path) == Keys{});
            CHECK(files_with(all[number].value, disk.path) == Keys{});
            CHECK(files_with(mark("newer", number), disk.path) == Keys{});
            CHECK(disk.table->get(all[number].key) == std::nullopt);
        }
    };
    check();
    disk.reopen();
    check();
    if (gone.size() > 2 && all.size() > 10 && gone[0] == 0 && gone[1] == 1000) {
        CHECK_FALSE(files_with(all[1001].key, disk.path).empty());  // others stay, and are whole where they lie
    }
}

TEST_CASE("rows are purged from many tables, also the first and last ones of a table, which stand in the manifest",
          "[vault][rocksdb]") {
    RocksdbTable disk;
    constexpr std::size_t rows = 60'000;
    const auto key_of = [](std::size_t number) { return mark("key", number); };
    for (std::size_t from = 0; from < rows; from += 2000) {
        Rows some;
        for (auto number = from; number < from + 2000; ++number) {
            some.push_back({key_of(number), mark("value", number) + std::string(200, 'v')});
        }
        write(*disk.table, some);
    }
    disk.reopen();
    purge(*disk.table, {"key", "key~"});  // nothing, but it leaves a few tables side by side
    std::string manifests;
    std::size_t tables = 0;
    for (const auto& file : fs::directory_iterator(disk.path)) {
        if (file.path().filename().string().starts_with("MANIFEST-")) manifests += bytes_of_file(file.path());
        if (file.path().extension() == ".sst") ++tables;
    }
    CHECK(tables > 2);
    Keys keys = {key_of(12'345)};
    for (std::size_t number = 0; number < rows; ++number) {
        if (contains(manifests, key_of(number))) keys.push_back(key_of(number));
    }
    CHECK(keys.size() > 2 * tables - 2);
    for (const auto& key : keys) {
        CAPTURE(key);
        CHECK_FALSE(files_with(key, disk.path).empty());
        purge(*disk.table, {key});  // one by one: the others' tables stay as they are
        CHECK(files_with(key, disk.path) == Keys{});
    }
    CHECK(rows_with(*disk.table, "").size() == rows - keys.size());
}

TEST_CASE("a row that was removed before a crash is purged afterwards", "[vault][rocksdb]") {
    RocksdbTable disk;
    const auto row = marked_row(1);
    write(*disk.table, {row, marked_row(2)});
    write(*disk.table, {}, {row.key});
    disk.reopen();
    CHECK(disk.table->get(row.key) == std::nullopt);
    CHECK_FALSE(files_with(row.key, disk.path).empty());
    purge(*disk.table, {row.key});
    CHECK(files_with(row.key, disk.path) == Keys{});
    CHECK(files_with(row.value, disk.path) == Keys{});
    CHECK(disk.table->get(marked_row(2).key) == marked_row(2).value);
}

TEST_CASE("a purge that a crash cut short is brought to its end when the table is opened", "[vault][rocksdb]") {
    RocksdbTable disk;
    const auto row = marked_row(1);
    write(*disk.table, {row, marked_row(2)});
    // As far as a purge gets before anything is rewritten.
    write(*disk.table, {{unfinished_purge_key, ""}}, {row.key});
    CHECK_FALSE(files_with(row.key, disk.path).empty());
    SECTION("before its flush") { disk.reopen(); }
    SECTION("after its flush, with nothing in the newest write-ahead log") {
        disk.table.reset();
        for (int i = 0; i < 2; ++i) {  // to open it writes what is in the log into a table
            rocksdb::DB* opened = nullptr;
            REQUIRE(rocksdb::DB::Open({}, disk.path.string(), &opened).ok());
            delete opened;
        }
        disk.reopen();
    }
    CHECK(files_with(row.key, disk.path) == Keys{});
    CHECK(files_with(row.value, disk.path) == Keys{});
    CHECK(disk.table->get(unfinished_purge_key) == std::nullopt);
    CHECK(disk.table->get(marked_row(2).key) == marked_row(2).value);
    disk.reopen();  // it is at its end
    CHECK(disk.table->get(marked_row(2).key) == marked_row(2).value);
}

TEST_CASE("a purge waits for those who still read what is to go", "[vault][rocksdb]") {
    RocksdbTable disk;
    const auto row = marked_row(1);
    write(*disk.table, {row, marked_row(2)});
    disk.reopen();
    std::atomic<bool> reads = false;
    std::atomic<bool> purged = false;
    bool purged_too_early = false;
    std::jthread reader([&] {
        disk.table->scan("", [&](auto, auto) {
            reads = true;
            std::this_thread::sleep_for(std::chrono::milliseconds(100));
            purged_too_early = purged;
            return false;
        });
    });
    while (!reads) std::this_thread::yield();
    purge(*disk.table, {row.key});
    purged = true;
    CHECK(files_with(row.key, disk.path) == Keys{});
    CHECK(files_with(row.value, disk.path) == Keys{});
    reader.join();
    CHECK_FALSE(purged_too_early);
}

TEST_CASE("a damaged file of rows is reported where it is read", "[vault][rocksdb]") {
    RocksdbTable disk;
    Rows rows;
    for (std::size_t number = 0; number < 100; ++number) rows.push_back(marked_row(number));
    write(*disk.table, rows);
    disk.reopen();
    disk.table.reset();
    const auto file = files_with(rows[50].value, disk.path);
    REQUIRE(file.size() == 1);
    auto bytes = bytes_of_file(disk.path / file[0]);
    bytes[bytes.find(rows[50].value) + 3] ^= 1;
    std::ofstream(disk.path / file[0], std::ios::binary) << bytes;
    disk.table = open_rocksdb_private_table(disk.path).value();
    CHECK_THROWS_WITH(static_cast<void>(disk.table->get(rows[50].key)),
                      Catch::Matchers::Contains("private rows cannot be read"));
    CHECK_THROWS_WITH(rows_with(*disk.table, "key"), Catch::Matchers::Contains("private rows cannot be read"));
}

}  // namespace seatledger
