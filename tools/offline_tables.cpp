#include "tools/offline_tables.h"

#include <memory>
#include <utility>
#include <vector>

#include "engine/log/rocksdb_log.h"
#include "events/text.h"
#include "projections/projections.h"
#include "server/letters/outbox_courier.h"

namespace seatledger {
namespace {

struct Opened {
    std::unique_ptr<Log> log;
    std::unique_ptr<Vault> vault;
    std::unique_ptr<PrivateTable> private_rows;
    std::unique_ptr<OutboxCourier> outbox;
    std::unique_ptr<Projections> projections;
};

std::expected<Opened, std::string> open_data(const OfflineData& of) {
    const auto directory = find_ledger(of);
    if (!directory) return std::unexpected(directory.error());
    auto log = open_rocksdb_log(directory->log());
    if (!log) return std::unexpected(log.error().message);
    auto vault = open_vault(of, *directory, static_cast<bool>((*log)->last()));
    if (!vault) return std::unexpected(vault.error());
    auto rows = open_rocksdb_private_table(directory->private_rows());
    if (!rows) return std::unexpected(rows.error().message);
    auto outbox = OutboxCourier::open(directory->outbox());
    if (!outbox) return std::unexpected(outbox.error());
    auto projections = Projections::open(directory->projections(), **log, {**vault, **rows, outbox->get()});
    if (!projections) return std::unexpected(projections.error().message);
    return Opened{std::move(*log), std::move(*vault), std::move(*rows), std::move(*outbox), std::move(*projections)};
}

void fill_digests(Sequence sequence, const std::vector<TableDigest>& tables, schema::Digests::Builder digests) {
    digests.setSequence(sequence.value);
    auto list = digests.initTables(static_cast<unsigned>(tables.size()));
    for (unsigned i = 0; i < tables.size(); ++i) {
        list[i].setTable(tables[i].table);
        list[i].setRows(tables[i].rows);
        list[i].setDigest(tables[i].digest);
    }
}

}  // namespace

std::expected<void, std::string> rebuild_offline(const OfflineData& data,
                                                 const std::function<void(std::uint64_t, std::uint64_t)>& progress,
                                                 schema::Digests::Builder digests) {
    auto opened = open_data(data);
    if (!opened) return std::unexpected(opened.error());
    const auto result =
        opened->projections->rebuild([&](Sequence done, Sequence total) { progress(done.value, total.value); });
    if (!result) return std::unexpected(result.error().message);
    fill_digests(result->sequence, result->tables, digests);
    digests.setSeconds(result->seconds);
    auto differ = digests.initDiffer(static_cast<unsigned>(result->differ.size()));
    for (unsigned i = 0; i < result->differ.size(); ++i) differ.set(i, result->differ[i]);
    if (auto stopped = opened->projections->stop(); !stopped) return std::unexpected(stopped.error().message);
    return {};
}

std::expected<void, std::string> digest_offline(const OfflineData& data, schema::Digests::Builder digests) {
    auto opened = open_data(data);
    if (!opened) return std::unexpected(opened.error());
    auto& projections = *opened->projections;
    projections.start();
    if (!projections.wait_for(opened->log->last())) {
        const auto failure = projections.failure();
        return std::unexpected(failure ? failure->message : "the tables could not be brought up to the log");
    }
    const auto [sequence, tables] = projections.digests();
    fill_digests(sequence, tables, digests);
    if (auto stopped = projections.stop(); !stopped) return std::unexpected(stopped.error().message);
    return {};
}

}  // namespace seatledger
