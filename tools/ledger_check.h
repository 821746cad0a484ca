// Checks a whole ledger on the disk, offline: every byte, every event against the rules, the Merkle tree, the tables.
#pragma once

#include <cstdint>
#include <expected>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/audit/auditor.h"
#include "engine/log/log.h"
#include "engine/merkle/checkpoint.h"
#include "engine/merkle/tree_builder.h"
#include "engine/notary/tree_store.h"
#include "tools/offline_data.h"
#include "tools/vault_check.h"

namespace seatledger {

// Something that is not as it should be.
struct LedgerProblem {
    std::string kind;  // the id of the rule that is broken, where it is one; else one of the words in the .cpp
    Sequence sequence;
    Sequence block;
    std::string account;
    std::string message;
};

// A checkpoint that somebody kept.
struct KeptCheckpoint {
    std::string name;  // by which messages call it
    std::string note;
    std::string key;  // a verifier key; empty: the ledger's own
};

// What was looked at.
struct LedgerSummary {
    std::uint64_t events = 0;
    std::uint64_t blocks = 0;
    std::uint64_t bytes = 0;  // of events
    std::uint64_t unjudged = 0;
    std::uint64_t other_calendar = 0;
    std::uint64_t signed_size = 0;      // of the ledger's own newest checkpoint; 0: there is none
    Sequence tables_at;                 // that were compared; 0: there are none, or they could not be
    std::string root;                   // of all that was read, in base64
    std::vector<std::string> left_out;  // what could not be looked at though nothing is wrong with it, a sentence each
};

// One thread; it takes another one to read ahead. Changes nothing in the ledger.
class LedgerCheck {
 public:
    using OnProblem = std::function<void(const LedgerProblem&)>;
    // `what` is done for a part of the work, one part after the other: files, events, tables.
    using OnProgress = std::function<void(std::string_view what, std::uint64_t done, std::uint64_t total)>;

    // `scratch`: a directory that is not there yet, for the tables to compare with; it is removed again. `calendar`:
    // what is said where a term's end is not what this machine's time zone data gives.
    LedgerCheck(OfflineData data, std::filesystem::path scratch, Calendar calendar, OnProblem on_problem,
                OnProgress on_progress)
        : data_(std::move(data)),
          scratch_(std::move(scratch)),
          calendar_(calendar),
          on_problem_(std::move(on_problem)),
          on_progress_(std::move(on_progress)) {}

    // Once. Fails if it cannot be done: there is no ledger, a server holds it, the vault does not open, the kept
    // checkpoint cannot be read, there is no room for the tables. Everything that is wrong with the ledger is given to
    // `on_problem`.
    [[nodiscard]] std::expected<LedgerSummary, std::string> run(const std::optional<KeptCheckpoint>& kept);

 private:
    // What a checkpoint says, to be held against the log as it is read.
    struct Promise {
        merkle::Checkpoint checkpoint;
        std::string name;
        bool is_kept = false;  // else the ledger's own
        bool is_met = false;   // whether the log got so far
    };

    void report(std::string kind, std::string message, Sequence sequence = {}, Sequence block = {},
                std::string account = {});
    void check_files(const DataDirectory& directory);
    [[nodiscard]] std::unique_ptr<Log> open_log(const std::filesystem::path& directory);
    [[nodiscard]] std::expected<void, std::string> read_promises(const DataDirectory& directory, bool has_events,
                                                                 const std::optional<KeptCheckpoint>& kept);
    [[nodiscard]] std::optional<merkle::VerifierKey> own_key(const DataDirectory& directory, const std::string& origin);
    [[nodiscard]] bool read_log(const Log& log, VaultCheck& vault);
    void hash(const BlockView& block);
    void meet(Promise& promise);
    void compare_tiles(bool is_end);
    void check_unmet(bool log_is_whole);
    [[nodiscard]] std::expected<void, std::string> check_tables(const DataDirectory& directory, const Log& log);
    void leave_out(std::string sentence) { summary_.left_out.push_back(std::move(sentence)); }

    const OfflineData data_;
    const std::filesystem::path scratch_;
    const Calendar calendar_;
    const OnProblem on_problem_;
    const OnProgress on_progress_;
    LedgerSummary summary_;
    std::uint64_t files_checked_ = 0;             // databases
    std::string why_cut_;                         // the log does not open as a whole one; empty: it does
    std::unique_ptr<TreeStore> tree_store_;       // null: there is none, or it does not open
    std::unique_ptr<PrivateTable> private_rows_;  // likewise
    merkle::TreeBuilder tree_;
    std::vector<Promise> promises_;
    bool tiles_differ_ = false;
};

}  // namespace seatledger
