#include "tools/bench/store.h"

#include <kj/debug.h>

#include "engine/log/rocksdb_log.h"

namespace seatledger::bench {

Store::Store(const std::filesystem::path& directory, With with) {
    std::filesystem::create_directories(directory);
    log_ = require(open_rocksdb_log(directory / "log"));
    if (with == With::projections) {
        projections_ = require(Projections::open(directory / "projections", *log_));
        projections_->start();
        project();  // nothing may be put down while the ledger is opened over it
    }
    ledger_ = require(Ledger::open(*log_, projections_.get(), clock_, DigestKey{}));
}

Store::~Store() = default;

void Store::submit(const Batch& batch) {
    const auto commands = commands_of(batch);
    std::vector<Answer> answers(commands.size());
    require(ledger_->judge(commands, answers));
    require(ledger_->commit());
    for (const auto& answer : answers) {
        KJ_REQUIRE(!answer.rejection, "the load is meant to be accepted", answer.rejection->message.c_str());
    }
    if (projections_) {
        projections_->log_grew();
        while (!ledger_->evict()) projections_->wait_for(projections_->checkpoint().next());
    }
}

void Store::fill(Workload& workload, std::uint64_t events) {
    while (auto batch = workload.next_setup()) submit(batch);
    constexpr std::uint32_t batch_commands = 1'024;
    while (ledger_->last().value < events) {
        const auto left = events - ledger_->last().value;
        submit(workload.next(static_cast<std::uint32_t>(std::min<std::uint64_t>(batch_commands, left))));
    }
}

void Store::project() { KJ_REQUIRE(projections_->wait_for(log_->last()), "the projections did not get there"); }

std::vector<Words> read_blocks(const Log& log, Sequence from) {
    std::vector<Words> blocks;
    const auto cursor = log.read(from);
    while (const auto block = require(cursor->next())) blocks.emplace_back(block->words().begin(), block->words().end());
    return blocks;
}

}  // namespace seatledger::bench
