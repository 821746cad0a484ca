#include "tools/bench/store.h"

#include <kj/debug.h>

#include <algorithm>
#include <chrono>
#include <thread>

#include "engine/log/rocksdb_log.h"

namespace seatledger::bench {
namespace {

// As many as there are requests in flight where the same is measured over the network.
constexpr int batches_on_their_way_max = 8;

}  // namespace

Store::Store(const std::filesystem::path& directory, With with) {
    std::filesystem::create_directories(directory);
    log_ = require(open_rocksdb_log(directory / "log"));
    auto vault = Vault::open(directory / "vault");
    KJ_REQUIRE(vault.has_value(), "the vault cannot be opened", vault.error().c_str());
    vault_ = std::move(*vault);
    private_rows_ = require(open_rocksdb_private_table(directory / "vault" / "rows"));
    const Secrets secrets{*vault_, *private_rows_};
    if (with == With::projections) {
        projections_ = require(Projections::open(directory / "projections", *log_, secrets));
        projections_->start();
        project();  // nothing may be put down while the ledger is opened over it
    }
    const auto committed = [this](Sequence) {
        if (projections_) projections_->log_grew();
    };
    engine_ =
        std::make_unique<Engine>(*log_, require(Ledger::open(*log_, secrets, projections_.get(), clock_)), committed);
}

Store::~Store() = default;

void Store::submit(const Batch& batch) {
    {
        std::unique_lock lock(mutex_);
        answered_.wait(lock, [this] { return on_their_way_ < batches_on_their_way_max; });
        ++on_their_way_;
    }
    const auto done = [this](const std::expected<std::vector<Answer>, StorageFailure>& answers) { answered(answers); };
    KJ_REQUIRE(engine_->submit(commands_of(batch), vendor_caller, {}, done), "the engine takes nothing");
}

void Store::answered(const std::expected<std::vector<Answer>, StorageFailure>& answers) {
    const std::lock_guard lock(mutex_);
    --on_their_way_;
    if (!answers) {
        objection_ = answers.error().message;
    } else {
        for (const auto& answer : *answers) {
            if (answer.rejection) objection_ = answer.rejection->message;
        }
    }
    answered_.notify_one();
}

void Store::settle() {
    std::unique_lock lock(mutex_);
    answered_.wait(lock, [this] { return on_their_way_ == 0; });
    KJ_REQUIRE(objection_.empty(), "the load is meant to be accepted", objection_.c_str());
}

void Store::set_up(Workload& workload) {
    while (const auto batch = workload.next_setup()) {
        submit(batch);
        settle();
    }
}

void Store::fill(Workload& workload, std::uint64_t events) {
    set_up(workload);
    constexpr std::uint32_t batch_commands = 1'024;
    while (log_->last().value < events) {
        const auto left = events - log_->last().value;
        const auto batch = workload.next(static_cast<std::uint32_t>(std::min<std::uint64_t>(batch_commands, left)));
        submit(batch);
        settle();
    }
}

void Store::rest() {
    const auto tables = projections_->current().generation;
    auto& database = tables->database->rocksdb();
    const auto is_at_work = [&](tables::Table table) {
        std::uint64_t pending = 0;
        std::uint64_t running = 0;
        auto* const family = tables->database->family_of(table);
        KJ_REQUIRE(database.GetIntProperty(family, rocksdb::DB::Properties::kCompactionPending, &pending));
        KJ_REQUIRE(database.GetIntProperty(family, rocksdb::DB::Properties::kNumRunningCompactions, &running));
        return pending + running > 0;
    };
    while (is_at_work(tables::versioned_tables[0]) || is_at_work(tables::index_tables[0])) {
        std::this_thread::sleep_for(std::chrono::milliseconds(50));
    }
}

void Store::project() { KJ_REQUIRE(projections_->wait_for(log_->last()), "the projections did not get there"); }

std::vector<Words> read_blocks(const Log& log, Sequence from) {
    std::vector<Words> blocks;
    const auto cursor = log.read(from);
    while (const auto block = require(cursor->next()))
        blocks.emplace_back(block->words().begin(), block->words().end());
    return blocks;
}

}  // namespace seatledger::bench
