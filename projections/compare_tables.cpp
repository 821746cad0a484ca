#include "projections/compare_tables.h"

#include <kj/debug.h>

#include <algorithm>
#include <memory>
#include <optional>

#include "engine/hex.h"
#include "projections/follower.h"

namespace seatledger {
namespace {

class Rows {
 public:
    Rows(Database& database, tables::Table table)
        : prefix_(tables::key_of(table)), end_key_(tables::after(prefix_)), end_(end_key_) {
        rocksdb::ReadOptions options;
        options.total_order_seek = true;
        options.iterate_upper_bound = &end_;
        iterator_.reset(database.rocksdb().NewIterator(options, database.family_of(table)));
        iterator_->Seek(prefix_);
        check();
    }
    Rows(const Rows&) = delete;
    Rows& operator=(const Rows&) = delete;

    [[nodiscard]] bool has_row() const { return iterator_->Valid(); }
    [[nodiscard]] std::string_view key() const { return iterator_->key().ToStringView(); }
    [[nodiscard]] std::string_view value() const { return iterator_->value().ToStringView(); }
    void next() {
        iterator_->Next();
        check();
    }

 private:
    void check() const {
        KJ_REQUIRE(iterator_->status().ok(), "the tables cannot be read", iterator_->status().ToString().c_str());
    }

    std::string prefix_;
    std::string end_key_;
    rocksdb::Slice end_;
    std::unique_ptr<rocksdb::Iterator> iterator_;
};

TableDifference describe(tables::Table table, bool versioned, std::string_view key, const char* what) {
    TableDifference found{std::string(tables::name_of(table)), {}, {}};
    if (versioned) found.version = tables::version_of(key);
    found.message = "table " + found.table + ": the row with the key " + to_hex(key) + " " + what;
    return found;
}

std::optional<TableDifference> first_difference(Database& live, Database& fresh, tables::Table table, bool versioned) {
    Rows is(live, table);
    Rows should(fresh, table);
    for (; is.has_row() && should.has_row(); is.next(), should.next()) {
        if (is.key() < should.key()) return describe(table, versioned, is.key(), "does not follow from the log");
        if (is.key() > should.key()) return describe(table, versioned, should.key(), "is missing");
        if (is.value() != should.value())
            return describe(table, versioned, is.key(), "is not what follows from the log");
    }
    if (is.has_row()) return describe(table, versioned, is.key(), "does not follow from the log");
    if (should.has_row()) return describe(table, versioned, should.key(), "is missing");
    return {};
}

std::unexpected<NotCompared> no_scratch(const std::string& why) {
    return std::unexpected(NotCompared{"the tables to compare with cannot be made: " + why, false});
}

std::expected<std::unique_ptr<Database>, NotCompared> make_tables(
    const Log& log, const std::filesystem::path& scratch, Sequence to,
    const std::function<void(Sequence, Sequence)>& progress) {
    auto made = Database::open(scratch);
    if (!made) return no_scratch(made.error().message);
    Follower follower(**made, log, nullptr);
    while (follower.at() < to) {
        const auto step = follower.step(to);
        if (!step) return no_scratch(step.error().message);
        if (!step->moved) return std::unexpected(NotCompared{"the log ends before what the tables have seen", true});
        progress(step->at, to);
    }
    if (follower.at() > to) {
        return std::unexpected(NotCompared{
            "the tables end within a block of the log, at event " + std::to_string(to.value) + ", where they never do",
            true});
    }
    if (auto flushed = (*made)->flush(); !flushed) return no_scratch(flushed.error().message);
    return std::move(*made);
}

}  // namespace

std::expected<ComparedTables, NotCompared> compare_tables(Database& live, const Log& log,
                                                          const std::filesystem::path& scratch,
                                                          const std::function<void(Sequence, Sequence)>& progress) try {
    ComparedTables compared;
    compared.sequence = live.checkpoint();
    const auto fresh = make_tables(log, scratch, compared.sequence, progress);
    if (!fresh) return std::unexpected(fresh.error());
    const auto compare = [&](tables::Table table, bool versioned) {
        auto found = first_difference(live, **fresh, table, versioned);
        if (found) compared.differences.push_back(std::move(*found));
        progress(compared.sequence, compared.sequence);
    };
    for (const auto table : tables::versioned_tables) compare(table, true);
    for (const auto table : tables::index_tables) compare(table, false);
    return compared;
} catch (const kj::Exception& exception) {
    return std::unexpected(NotCompared{exception.getDescription().cStr(), true});
}

}  // namespace seatledger
