#include "tools/ledger_check.h"

#include <algorithm>
#include <system_error>
#include <utility>

#include "engine/base64.h"
#include "engine/log/read_ahead.h"
#include "engine/log/rocksdb_log.h"
#include "engine/notary/signing_key_file.h"
#include "engine/rocksdb_check.h"
#include "projections/compare_tables.h"
#include "projections/projections.h"

namespace seatledger {
namespace {

namespace fs = std::filesystem;

// Kinds of problems that are no rule's.
constexpr const char* files_damaged = "files_damaged";
constexpr const char* block_damaged = "block_damaged";
constexpr const char* not_what_follows = "not_what_follows";
constexpr const char* events_lost = "events_lost";
constexpr const char* is_fork = "fork";
constexpr const char* root_differs = "root_differs";
constexpr const char* checkpoint_wrong = "checkpoint_wrong";
constexpr const char* checkpoint_missing = "checkpoint_missing";
constexpr const char* checkpoint_not_reached = "checkpoint_not_reached";
constexpr const char* tile_differs = "tile_differs";
constexpr const char* table_differs = "table_differs";

constexpr const char* remade = "; make the tables anew (seatledger rebuild)";

// Full tiles are compared, and forgotten, once there are so many (8 KiB each).
constexpr std::size_t tiles_max = 256;

std::string number(std::uint64_t value) { return std::to_string(value); }

std::string shown(const merkle::Hash& root) { return to_base64(merkle::bytes_of(root)); }

// The rows of a log are its blocks, by the first event of each. 0: not known.
Sequence first_event_in(const FileDamage& damage) {
    if (damage.smallest_key.size() != sizeof(std::uint64_t)) return {};
    return Sequence(tables::Reader(damage.smallest_key).u64());
}

// Removes what was made in it, whatever happens.
class Scratch {
 public:
    explicit Scratch(const fs::path& directory) : directory_(directory) {}
    Scratch(const Scratch&) = delete;
    Scratch& operator=(const Scratch&) = delete;
    ~Scratch() {
        std::error_code ignored;
        fs::remove_all(directory_, ignored);
    }

 private:
    const fs::path& directory_;
};

}  // namespace

void LedgerCheck::report(std::string kind, std::string message, Sequence sequence, Sequence block,
                         std::string account) {
    on_problem_({std::move(kind), sequence, block, std::move(account), std::move(message)});
}

std::expected<LedgerSummary, std::string> LedgerCheck::run(const std::optional<KeptCheckpoint>& kept) {
    const auto directory = find_ledger(data_);
    if (!directory) return std::unexpected(directory.error());
    check_files(*directory);
    const auto log = open_log(directory->log());
    if (log == nullptr) return summary_;
    const auto vault = open_vault(data_, *directory, static_cast<bool>(log->last()));
    if (!vault) return std::unexpected(vault.error());
    VaultCheck vault_check(**vault, private_rows_.get(),
                           [this](const char* kind, Sequence sequence, std::string_view account, std::string message) {
                               report(kind, std::move(message), sequence, {}, std::string(account));
                           });
    if (auto read = read_promises(*directory, static_cast<bool>(log->last()), kept); !read) {
        return std::unexpected(read.error());
    }

    bool is_whole = read_log(*log, vault_check);
    if (is_whole && !why_cut_.empty()) {
        const Sequence at(summary_.events + 1);
        report(block_damaged, "the block behind event " + number(summary_.events) + " cannot be read: " + why_cut_, at,
               at);
        is_whole = false;
    }
    summary_.root = shown(tree_.root());
    check_unmet(is_whole);
    if (!is_whole) return summary_;
    if (const auto to_do = vault_check.finish(); to_do > 0) {
        leave_out(number(to_do) + " erasures were recorded and not done yet: a server does them when it starts");
    }
    if (auto checked = check_tables(*directory, *log); !checked) return std::unexpected(checked.error());
    return summary_;
}

// Null: nothing of it can be read, which is told.
std::unique_ptr<Log> LedgerCheck::open_log(const fs::path& directory) {
    using Purpose = RocksdbLogOptions::Purpose;
    auto log = open_rocksdb_log(directory, {.env = nullptr, .purpose = Purpose::read});
    if (log) return std::move(*log);
    why_cut_ = log.error().message;
    log = open_rocksdb_log(directory, {.env = nullptr, .purpose = Purpose::salvage});
    if (log) return std::move(*log);
    const Sequence first(1);
    report(block_damaged, log.error().message + "; no event can be read", first, first);
    return nullptr;
}

// What is damaged is looked at all the same, as far as it goes: events lie in blocks with checksums of their own.
void LedgerCheck::check_files(const DataDirectory& directory) {
    // Gives whether there is one that can be opened.
    const auto check = [&](const fs::path& database) {
        std::error_code ignored;
        if (!fs::exists(database, ignored)) return false;
        on_progress_("files", ++files_checked_, 0);
        const auto found = check_rocksdb(database);
        const bool is_log = database == directory.log();
        for (const auto& damage : found) {
            const auto at = is_log ? first_event_in(damage) : Sequence();
            report(files_damaged, damage.message + (at ? "; its first event is " + number(at.value) : ""), at, at);
        }
        return found.empty();
    };
    static_cast<void>(check(directory.log()));
    if (check(directory.private_rows())) {
        auto opened = open_rocksdb_private_table(directory.private_rows(), {.env = nullptr, .to_read = true});
        if (opened) private_rows_ = std::move(*opened);
    }
    if (check(directory.merkle())) {
        if (auto opened = TreeStore::open_to_read(directory.merkle())) tree_store_ = std::move(*opened);
    }
}

// The key by which the ledger signs under this origin. Nothing: there is none, or it cannot be read, which is told.
std::optional<merkle::VerifierKey> LedgerCheck::own_key(const DataDirectory& directory, const std::string& origin) {
    std::error_code ignored;
    if (!fs::exists(directory.signing_key_file(), ignored)) return {};
    const auto random = make_system_random();  // for a key that would be made; there is one
    const auto key = open_signing_key(directory.signing_key_file(), origin, *random);
    if (!key) {
        report(checkpoint_wrong, key.error());
        return {};
    }
    return key->verifier();
}

std::expected<void, std::string> LedgerCheck::read_promises(const DataDirectory& directory, bool has_events,
                                                            const std::optional<KeptCheckpoint>& kept) {
    const auto origin_of = [](const std::string& note) {
        const auto parsed = merkle::parse_note(note);
        const auto checkpoint = parsed ? merkle::parse_checkpoint(parsed->text) : std::unexpected(parsed.error());
        return checkpoint ? checkpoint->origin : std::string();
    };
    // A server makes it before it records anything.
    std::error_code ignored;
    if (has_events && !fs::exists(directory.merkle(), ignored)) {
        report(checkpoint_missing, "there is no " + directory.merkle().string() +
                                       ": what was signed is lost, and whether the log is what it was is not known; "
                                       "restore it from a copy, or give a checkpoint that was kept (--against)");
    }
    if (tree_store_ != nullptr) {
        const auto note = tree_store_->checkpoint();
        if (!note) report(files_damaged, note.error().message);
        if (note && !*note && has_events) leave_out("nothing has been signed yet that the log could be held against");
        if (note && *note) {
            const auto key = own_key(directory, origin_of(**note));
            const auto opened = key ? merkle::open_checkpoint(**note, *key)
                                    : std::unexpected(std::string("the key that signs is not there"));
            if (opened) {
                promises_.push_back({*opened, "the ledger's newest checkpoint"});
                summary_.signed_size = opened->size;
            } else {
                report(checkpoint_wrong, "the ledger's newest checkpoint does not count: " + opened.error());
            }
        }
    }
    if (!kept) return {};
    const auto parsed = kept->key.empty() ? std::expected<merkle::VerifierKey, std::string>(std::unexpect)
                                          : merkle::VerifierKey::parse(kept->key);
    if (!kept->key.empty() && !parsed) return std::unexpected("--key is no verifier key: " + parsed.error());
    const auto key = parsed ? std::optional(*parsed) : own_key(directory, origin_of(kept->note));
    if (!key) return std::unexpected("there is no key by which " + kept->name + " can be verified; give it with --key");
    const auto opened = merkle::open_checkpoint(kept->note, *key);
    if (!opened) {
        return std::unexpected(kept->name + " is no checkpoint that " + key->name() + " signed: " + opened.error() +
                               (kept->key.empty() ? "; if the ledger had another key then, give that with --key" : ""));
    }
    promises_.push_back({*opened, kept->name, true});
    return {};
}

// Gives whether all of it could be read.
bool LedgerCheck::read_log(const Log& log, VaultCheck& vault) {
    Auditor auditor(log, vault.seals(), calendar_);
    std::vector<Finding> findings;
    const auto total = log.last().value;
    for (auto& promise : promises_) meet(promise);  // of a log without events
    const auto cursor = read_ahead(log.read(Sequence(1)));
    while (true) {
        const auto block = cursor->next();
        if (!block) {
            const Sequence at(summary_.events + 1);
            report(block_damaged, block.error().message + "; what comes behind it was not looked at", at, at);
            break;
        }
        if (!*block) break;
        ++summary_.blocks;
        auditor.check(**block, findings);
        for (auto& finding : findings) {
            report(finding.rule ? std::string(rule_id(*finding.rule)) : not_what_follows, std::move(finding.message),
                   finding.sequence, finding.block, std::move(finding.account));
        }
        findings.clear();
        for (const auto& entry : (*block)->entries()) vault.note(read_event(entry));
        hash(**block);
        summary_.events = (*block)->last().value;
        on_progress_("events", summary_.events, total);
    }
    summary_.unjudged = auditor.counts().unjudged;
    summary_.other_calendar = auditor.counts().other_calendar;
    return summary_.events == total;
}

void LedgerCheck::hash(const BlockView& block) {
    for (const auto& entry : block.entries()) {
        summary_.bytes += entry.words.size_bytes();
        tree_.append(bytes_of(entry));
        for (auto& promise : promises_) meet(promise);
        if (tree_.changed_count() >= tiles_max) compare_tiles(false);
    }
}

void LedgerCheck::meet(Promise& promise) {
    const auto& [origin, size, root] = promise.checkpoint;
    if (promise.is_met || size != tree_.size()) return;
    promise.is_met = true;
    if (!promise.is_kept) compare_tiles(true);
    if (tree_.root() == root) return;
    const auto roots = "the first " + number(size) + " events of this log have the root " + shown(tree_.root()) +
                       ", and " + promise.name + " says " + shown(root);
    if (promise.is_kept) {
        report(is_fork, roots + ": the log is not an extension of what was signed then", Sequence(size));
    } else {
        report(root_differs, roots, Sequence(size));
    }
}

// Those that have been completed since, and at the end of what was signed those that have not. One that differs is
// enough to be told: whatever is above it does as well.
void LedgerCheck::compare_tiles(bool is_end) {
    auto tiles = tree_.take_full();
    if (is_end) std::ranges::move(tree_.take_partial(), std::back_inserter(tiles));
    // What was hashed later need not be there yet.
    if (tree_store_ == nullptr || tiles_differ_ || tree_.size() > summary_.signed_size) return;
    for (const auto& [tile, hashes] : tiles) {
        const auto stored = tree_store_->fetch(tile);
        const auto is_same = stored && merkle::join(std::span(*stored).first(tile.width)) == hashes;
        if (is_same) continue;
        report(tile_differs, stored ? merkle::path_of(tile) + " of the Merkle tree is not what the log hashes to"
                                    : stored.error().message);
        tiles_differ_ = true;
        return;
    }
}

void LedgerCheck::check_unmet(bool log_is_whole) {
    for (const auto& promise : promises_) {
        if (promise.is_met) continue;
        const auto size = number(promise.checkpoint.size);
        if (!log_is_whole) {
            report(checkpoint_not_reached, promise.name + " is over " + size + " events, and only " +
                                               number(summary_.events) +
                                               " could be read: whether it holds is not known");
        } else {
            report(promise.is_kept ? is_fork : events_lost,
                   "the log ends at event " + number(summary_.events) + " with the root " + summary_.root + ", and " +
                       promise.name + " was signed over " + size + " events with the root " +
                       shown(promise.checkpoint.root) + ": events were lost, or it is another log");
        }
    }
}

// Fails if there is no room for those to compare with.
std::expected<void, std::string> LedgerCheck::check_tables(const DataDirectory& directory, const Log& log) {
    const auto tables = Projections::tables_in(directory.projections());
    std::error_code ignored;
    if (tables.empty() || !fs::exists(tables, ignored)) {
        leave_out(directory.projections().string() +
                  " has no tables that this program reads: none were compared; a server makes them anew");
        return {};
    }
    const auto damaged = check_rocksdb(tables);
    for (const auto& damage : damaged) report(files_damaged, damage.message + remade);
    if (!damaged.empty()) return {};
    const auto live = Database::open_to_read(tables);
    if (!live) {
        report(files_damaged, live.error().message);
        return {};
    }
    const auto at = (*live)->checkpoint();
    if (at > log.last()) {
        report(events_lost, "the log ends at event " + number(log.last().value) + ", and the tables have seen " +
                                number(at.value) + ": events were lost");
        return {};
    }
    if (!at && log.last()) {
        leave_out("the tables have seen no event yet: none were compared; a server makes up for it");
        return {};
    }
    const Scratch scratch(scratch_);
    const auto compared = compare_tables(
        **live, log, scratch_, [&](Sequence done, Sequence total) { on_progress_("tables", done.value, total.value); });
    if (!compared && !compared.error().live_is_damaged) {
        return std::unexpected(compared.error().message + "; name a place for them with --scratch");
    }
    if (!compared) {
        report(files_damaged, compared.error().message + remade);
        return {};
    }
    summary_.tables_at = compared->sequence;
    for (const auto& difference : compared->differences) {
        report(table_differs, difference.message + remade, difference.version);
    }
    return {};
}

}  // namespace seatledger
