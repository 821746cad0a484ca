// Versioned rows and indexes in RocksDB, against maps.
#include "projections/database.h"

#include <algorithm>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <ranges>
#include <string>
#include <vector>

#include "projections/put_down.h"
#include "tests/support/catch.h"
#include "tests/support/temp_dir.h"

namespace seatledger {
namespace {

using namespace testing;
using tables::key_of;
using tables::Table;

namespace fs = std::filesystem;

std::unique_ptr<Database> opened(const fs::path& directory) {
    auto database = Database::open(directory);
    if (!database) FAIL(database.error().message);
    return std::move(*database);
}

// Rows as they should be.
struct Model {
    using Versions = std::map<std::uint64_t, std::string>;
    std::map<std::string, Versions> rows;
    std::map<std::string, std::map<std::uint64_t, std::optional<std::string>>> index;  // after each change

    std::optional<std::pair<std::uint64_t, std::string>> get(const std::string& key, std::uint64_t at) const {
        const auto row = rows.find(key);
        if (row == rows.end()) return {};
        const auto after = row->second.upper_bound(at);
        if (after == row->second.begin()) return {};
        return *std::prev(after);
    }
    std::map<std::string, std::string> index_at(std::uint64_t at) const {
        std::map<std::string, std::string> found;
        for (const auto& [key, changes] : index) {
            const auto after = changes.upper_bound(at);
            if (after == changes.begin() || !std::prev(after)->second) continue;
            found.emplace(key, *std::prev(after)->second);
        }
        return found;
    }
};

class Box {
 public:
    explicit Box(std::uint64_t seed) : random_(seed) { database_ = opened(dir_ / "tables"); }

    Database& database() { return *database_; }
    const Model& model() const { return model_; }
    fs::path directory() const { return dir_ / "tables"; }
    fs::path beside() const { return dir_ / "copy"; }
    std::uint64_t number(std::uint64_t end) { return random_() % end; }

    // So many random changes, put down together; with rows of another table, so that they go down as files.
    void change(int count, bool as_files = false) {
        RowBuffer rows;
        for (int i = 0; i < count; ++i) change_one(rows);
        for (std::uint32_t i = 0; as_files && i < file_rows_min; ++i) {
            rows.put(key_of(Table::dues, AccountNumber(i)), Sequence(sequence_), "filler");
        }
        REQUIRE(put_down(*database_, rows, Sequence(sequence_)).has_value());
        CHECK(rows.count() == 0);
        CHECK(database_->checkpoint() == Sequence(sequence_));
    }
    std::uint64_t sequence() const { return sequence_; }

    std::string random_key() {
        if (number(3) == 0) {
            const std::string text(number(4), static_cast<char>('a' + number(2)));
            return key_of(Table::queues, AccountNumber(1 + static_cast<std::uint32_t>(number(2))), text);
        }
        return key_of(Table::licenses, AccountNumber(1 + static_cast<std::uint32_t>(number(3))),
                      static_cast<std::uint32_t>(number(20)));
    }

    void reopen() {
        database_.reset();
        database_ = opened(directory());
    }

 private:
    void change_one(RowBuffer& rows) {
        ++sequence_;
        const auto value = "value " + std::to_string(sequence_) + std::string(number(30), '.');
        const auto key = random_key();
        rows.put(key, Sequence(sequence_), value);
        model_.rows[key][sequence_] = value;
        const auto index = key_of(Table::due, static_cast<std::uint32_t>(number(40)));
        if (number(2) == 0) {
            rows.put_index(index, value);
            model_.index[index][sequence_] = value;
        } else {
            rows.remove_index(index);
            model_.index[index][sequence_] = std::nullopt;
        }
    }

    TempDir dir_;
    std::unique_ptr<Database> database_;
    Model model_;
    std::uint64_t sequence_ = 0;
    std::mt19937_64 random_;
};

void check_get(const Snapshot& snapshot, const Model& model, const std::string& key, std::uint64_t at) {
    Sequence version;
    const auto found = snapshot.get(key, Sequence(at), &version);
    const auto expected = model.get(key, at);
    REQUIRE(found.has_value() == expected.has_value());
    if (!found) return;
    CHECK(*found == expected->second);
    CHECK(version.value == expected->first);
}

void check_scan(const Snapshot& snapshot, const Model& model, const std::string& from, const std::string& to,
                std::uint64_t at) {
    std::vector<std::string> expected;
    for (auto row = model.rows.lower_bound(from); row != model.rows.end() && row->first < to; ++row) {
        if (const auto found = model.get(row->first, at)) expected.push_back(row->first + found->second);
    }
    std::vector<std::string> scanned;
    const auto stop = expected.size() > 3 && at % 2 == 0 ? expected.size() / 2 : ~std::size_t{0};
    snapshot.scan(from, to, Sequence(at), [&](const Row& row) {
        CHECK(tables::version_of(row.key) == row.version);
        scanned.push_back(std::string(row.key.substr(0, row.key.size() - tables::version_bytes)) +
                          std::string(row.value));
        return scanned.size() < stop;
    });
    if (stop < expected.size()) expected.resize(stop);
    CHECK(scanned == expected);

    const auto last = snapshot.last(from, to, Sequence(at));
    std::optional<std::string> last_expected;
    for (auto row = model.rows.lower_bound(from); row != model.rows.end() && row->first < to; ++row) {
        if (const auto found = model.get(row->first, at)) last_expected = row->first + found->second;
    }
    CHECK((last ? std::optional(last->first + last->second) : std::nullopt) == last_expected);
}

void check_versions(const Snapshot& snapshot, const Model& model, const std::string& prefix, std::uint64_t at) {
    std::vector<std::string> expected;
    for (auto row = model.rows.lower_bound(prefix); row != model.rows.end() && row->first.starts_with(prefix); ++row) {
        for (auto version = row->second.rbegin(); version != row->second.rend(); ++version) {
            if (version->first <= at) expected.push_back(row->first + std::to_string(version->first) + version->second);
        }
    }
    std::vector<std::string> scanned;
    const auto stop = at % 3 == 0 ? expected.size() / 2 + 1 : ~std::size_t{0};
    snapshot.scan_versions(prefix, Sequence(at), [&](const Row& row) {
        scanned.push_back(std::string(row.key.substr(0, row.key.size() - tables::version_bytes)) +
                          std::to_string(row.version.value) + std::string(row.value));
        return scanned.size() < stop;
    });
    if (stop < expected.size()) expected.resize(stop);
    CHECK(scanned == expected);
}

void check_row(const Snapshot& snapshot, const Model& model, const std::string& key, std::uint64_t from,
               std::uint64_t to) {
    std::vector<std::string> expected;
    if (const auto row = model.rows.find(key); row != model.rows.end()) {
        for (const auto& [version, value] : row->second) {
            if (version >= from && version <= to) expected.push_back(std::to_string(version) + value);
        }
    }
    for (const auto direction : {Direction::forwards, Direction::backwards}) {
        std::vector<std::string> scanned;
        const auto stop = to % 2 == 0 ? std::max<std::size_t>(1, expected.size() / 2) : ~std::size_t{0};
        snapshot.scan_row(key, Sequence(from), Sequence(to), direction, [&](const Row& row) {
            scanned.push_back(std::to_string(row.version.value) + std::string(row.value));
            return scanned.size() < stop;
        });
        CHECK(scanned ==
              std::vector<std::string>(
                  expected.begin(), expected.begin() + static_cast<std::ptrdiff_t>(std::min(stop, expected.size()))));
        std::ranges::reverse(expected);
    }
}

void check_index(const Snapshot& snapshot, const Model& model, std::uint64_t at, const std::string& from,
                 const std::string& to) {
    const auto rows = model.index_at(at);
    std::map<std::string, std::string> scanned;
    snapshot.scan_index(from, to, [&](const Row& row) {
        scanned.emplace(row.key, row.value);
        return true;
    });
    const auto begin = rows.lower_bound(from);
    const auto end = from < to ? rows.lower_bound(to) : begin;
    CHECK(scanned == std::map<std::string, std::string>(begin, end));
    std::vector<std::string> backwards;
    const auto take = [&](const Row& row) {
        backwards.emplace_back(row.key);
        return true;
    };
    snapshot.scan_index(from, to, take, Direction::backwards);
    CHECK(backwards.size() == scanned.size());
    CHECK(std::ranges::equal(backwards, std::views::reverse(std::views::keys(scanned))));

    auto after = rows.upper_bound(to);
    const bool is_there = after != rows.begin() && std::prev(after)->first >= from;
    const auto last = snapshot.last_in_index(from, to);
    REQUIRE(last.has_value() == is_there);
    if (last) CHECK(*last == std::pair<std::string, std::string>(*std::prev(after)));
    for (std::uint32_t number = 0; number < 40; number += 7) {
        const auto key = key_of(Table::due, number);
        const auto found = snapshot.find(key);
        CHECK((found ? *found : "nothing") == (rows.contains(key) ? rows.at(key) : "nothing"));
    }
}

// The rows as of `at`, or of any earlier event; the index as it was then.
void check_all(Box& box, const Snapshot& snapshot, std::uint64_t at) {
    CHECK(snapshot.checkpoint() == Sequence(at));
    for (int i = 0; i < 20; ++i) {
        const auto then = at == 0 || i % 4 == 0 ? at : box.number(at + 1);
        check_get(snapshot, box.model(), box.random_key(), then);
        auto from = box.random_key();
        auto to = box.random_key();
        if (to < from) std::swap(from, to);
        check_scan(snapshot, box.model(), from, to, then);
        const auto table = key_of(i % 2 == 0 ? Table::licenses : Table::queues);
        check_scan(snapshot, box.model(), table, tables::after(table), then);
        check_versions(snapshot, box.model(), box.random_key(), then);
        check_row(snapshot, box.model(), box.random_key(), box.number(at + 2), then);
        check_versions(snapshot, box.model(), key_of(Table::licenses, AccountNumber(2)), then);
        check_index(snapshot, box.model(), at, key_of(Table::due, static_cast<std::uint32_t>(box.number(40))),
                    key_of(Table::due, static_cast<std::uint32_t>(box.number(40))));
    }
}

TEST_CASE("rows are read as of any sequence, and a snapshot stays what it is while writes go on") {
    constexpr auto seed = 20200110u;
    INFO("seed " << seed);
    Box box(seed);
    check_all(box, Snapshot(box.database()), 0);
    std::vector<std::pair<std::uint64_t, std::unique_ptr<Snapshot>>> older;
    for (int round = 0; round < 25; ++round) {
        box.change(1 + static_cast<int>(box.number(60)));
        check_all(box, Snapshot(box.database()), box.sequence());
        if (round % 5 == 0) older.emplace_back(box.sequence(), std::make_unique<Snapshot>(box.database()));
        if (round % 7 == 0) REQUIRE(box.database().flush().has_value());
        if (round == 15)
            box.database().rocksdb().CompactRange({}, box.database().family_of(Table::licenses), nullptr, nullptr);
        for (const auto& [at, snapshot] : older) check_all(box, *snapshot, at);
        if (round == 20) {
            older.clear();
            box.reopen();
        }
    }
}

TEST_CASE("a row with many versions is stepped over, whatever lies around it") {
    TempDir dir;
    const auto database = opened(dir / "tables");
    Model model;
    RowBuffer rows;
    constexpr std::uint64_t versions = 300;
    for (std::uint64_t version = 1; version <= versions; ++version) {
        for (const std::uint32_t license : {1u, 2u, 3u}) {
            if (license != 2 && version % 50 != 0) continue;  // between two with few versions
            const auto key = key_of(Table::licenses, AccountNumber(1), license);
            model.rows[key][version] = std::to_string(version);
            rows.put(key, Sequence(version), std::to_string(version));
        }
    }
    REQUIRE(put_down(*database, rows, Sequence(versions)).has_value());
    const Snapshot snapshot(*database);
    const auto from = key_of(Table::licenses, AccountNumber(1));
    for (std::uint64_t at = 0; at <= versions; at += 7) {
        check_scan(snapshot, model, from, tables::after(from), at);
        check_versions(snapshot, model, from, at);
        check_get(snapshot, model, key_of(Table::licenses, AccountNumber(1), 2), at);
        for (const std::uint32_t license : {1u, 2u, 3u, 4u}) {
            const auto key = key_of(Table::licenses, AccountNumber(1), license);
            check_row(snapshot, model, key, 0, at);
            check_row(snapshot, model, key, at, versions);
            check_row(snapshot, model, key, at / 2, at);
            check_row(snapshot, model, key, at + 1, at);
        }
    }
}

TEST_CASE("rows that go down as files lie over and under those that went down in batches") {
    constexpr auto seed = 20200111u;
    INFO("seed " << seed);
    Box box(seed);
    box.change(200);
    const Snapshot before(box.database());
    const auto at_before = box.sequence();
    box.change(200, true);
    check_all(box, Snapshot(box.database()), box.sequence());
    check_all(box, before, at_before);
    box.change(200);
    const Snapshot between(box.database());
    const auto at_between = box.sequence();
    box.change(100, true);
    box.change(10);
    check_all(box, Snapshot(box.database()), box.sequence());
    check_all(box, between, at_between);
    check_all(box, before, at_before);
}

// What a machine would find that stopped at this moment.
void copy_as_after_a_crash(Box& box) {
    fs::remove_all(box.beside());
    REQUIRE(box.database().rocksdb().PauseBackgroundWork().ok());
    fs::copy(box.directory(), box.beside(), fs::copy_options::recursive);
    REQUIRE(box.database().rocksdb().ContinueBackgroundWork().ok());
}

TEST_CASE("after a crash the checkpoint is never ahead of the rows, and the index is of the same moment") {
    constexpr auto seed = 20200112u;
    INFO("seed " << seed);
    Box box(seed);
    std::uint64_t durable = 0;
    for (int round = 0; round < 12; ++round) {
        const bool as_files = round == 4 || round == 5 || round == 9;
        box.change(1 + static_cast<int>(box.number(100)), as_files);
        if (as_files) durable = box.sequence();
        if (round % 3 == 2) {
            REQUIRE(box.database().flush().has_value());
            durable = box.sequence();
        }
        copy_as_after_a_crash(box);
        const auto copy = opened(box.beside());
        const auto at = copy->checkpoint().value;
        CHECK(at == durable);
        check_all(box, Snapshot(*copy), at);
    }
}

TEST_CASE("a file left by a crash is not written into: it may be one of the database's own") {
    constexpr auto seed = 20200113u;
    INFO("seed " << seed);
    Box box(seed);
    box.change(300, true);
    for (const auto& entry : fs::directory_iterator(box.directory())) {
        if (entry.path().extension() != ".sst") continue;
        fs::remove(box.directory() / "versioned-1.rows");
        fs::create_hard_link(entry.path(), box.directory() / "versioned-1.rows");
        box.change(50, true);
        box.reopen();
        check_all(box, Snapshot(box.database()), box.sequence());
        break;
    }
}

TEST_CASE("what cannot be opened says what can be done") {
    TempDir dir;
    const auto first = opened(dir / "tables");
    const auto second = Database::open(dir / "tables");
    REQUIRE_FALSE(second);
    CHECK(second.error().message.find("they can be deleted") != std::string::npos);
}

}  // namespace
}  // namespace seatledger
