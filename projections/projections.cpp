#include "projections/projections.h"

#include <kj/debug.h>
#include <rocksdb/env.h>

#include <algorithm>
#include <chrono>
#include <fstream>
#include <string_view>
#include <utility>

#include "projections/follower.h"
#include "projections/view.h"

namespace seatledger {
namespace {

namespace fs = std::filesystem;

// The name of the directory that has the tables in use, and in a second line the format of their rows. Written anew,
// synced and renamed, so that it is whole at any time: what it does not name is removed.
constexpr char current_file[] = "CURRENT";
constexpr std::string_view tables_prefix = "tables-";
constexpr std::size_t number_digits_max = 18;

// A batch that nobody waits for may grow as long as no pause of this length comes, but not for longer than this, nor
// beyond so many events.
constexpr auto gathering_pause = std::chrono::milliseconds(20);
constexpr auto gathering_time_max = std::chrono::milliseconds(250);
constexpr std::uint64_t gathered_events_max = 16'384;

StorageFailure failed(const std::string& what, const std::error_code& error) { return {what + ": " + error.message()}; }

// Empty: there is none, or none that was written here; the tables are then made anew.
std::string read_current(const fs::path& directory, std::string* format = nullptr) {
    std::ifstream file(directory / current_file);
    std::string name;
    std::getline(file, name);
    if (format != nullptr) std::getline(file, *format);
    const auto digits = std::string_view(name).substr(std::min(name.size(), tables_prefix.size()));
    const bool is_name = name.starts_with(tables_prefix) && !digits.empty() && digits.size() <= number_digits_max &&
                         digits.find_first_not_of("0123456789") == std::string_view::npos;
    return is_name ? name : "";
}

std::expected<void, StorageFailure> write_current(const fs::path& directory, const std::string& name) {
    auto& env = *rocksdb::Env::Default();
    const auto fresh = (directory / "CURRENT.new").string();
    auto status = rocksdb::WriteStringToFile(&env, name + '\n' + std::string(tables::format) + '\n', fresh, true);
    if (status.ok()) status = env.RenameFile(fresh, (directory / current_file).string());
    std::unique_ptr<rocksdb::Directory> synced;
    if (status.ok()) status = env.NewDirectory(directory.string(), &synced);
    if (status.ok()) status = synced->Fsync();
    if (!status.ok()) return std::unexpected(StorageFailure{"cannot write " + fresh + ": " + status.ToString()});
    return {};
}

StorageFailure stopped() { return {"the projections were stopped; the tables stay as they were"}; }

std::string next_name(const std::string& name) {
    const auto number = name.empty() ? 0 : std::stoul(name.substr(tables_prefix.size()));
    return std::string(tables_prefix) + std::to_string(number + 1);
}

// What an interrupted rebuild left, and what one that took over no longer needs.
void remove_others(const fs::path& directory, const std::string& keep) {
    std::error_code error;
    for (const auto& entry : fs::directory_iterator(directory, error)) {
        const auto name = entry.path().filename().string();
        std::error_code ignored;
        if (name.starts_with(tables_prefix) && name != keep) fs::remove_all(entry.path(), ignored);
    }
}

// `at`: what tables in `directory` are up to date with.
std::optional<StorageFailure> check_log(const Log& log, Sequence at, const fs::path& directory) {
    if (at <= log.last()) return {};
    return StorageFailure{"the log ends at sequence " + std::to_string(log.last().value) + ", but the projections in " +
                          directory.string() + " have seen " + std::to_string(at.value) +
                          ": events were lost; restore the log from a copy, do not go on with this one"};
}

std::shared_ptr<const CatalogHistory> load_catalog(const Database& database) {
    return CatalogHistory::load(database, database.checkpoint());
}

}  // namespace

Generation::~Generation() {
    const auto directory = database ? database->directory() : fs::path();
    database.reset();
    std::error_code ignored;
    if (discarded && !directory.empty()) fs::remove_all(directory, ignored);
}

Projections::Projections(fs::path directory, const Log& log, const Secrets& secrets, BlockCache cache)
    : directory_(std::move(directory)), log_(log), secrets_(secrets), cache_(std::move(cache)) {}

std::expected<std::unique_ptr<Projections>, StorageFailure> Projections::open(const fs::path& directory, const Log& log,
                                                                              const Secrets& secrets) try {
    std::error_code error;
    fs::create_directories(directory, error);
    if (error) return std::unexpected(failed("cannot make " + directory.string(), error));
    std::string format;
    auto name = read_current(directory, &format);
    const bool is_of_other_format = !name.empty() && format != tables::format;
    if (is_of_other_format) {
        // They are good for one thing yet.
        const auto old = Database::open(directory / name);
        if (!old) return std::unexpected(old.error());
        if (auto lost = check_log(log, (*old)->checkpoint(), directory)) return std::unexpected(*lost);
    }
    // People are found by rows that lie in the vault. Where those are gone the tables are made anew, and they with
    // them.
    const bool lacks_addresses = log.last() && !SecretRows::are_there(secrets.rows);
    if (name.empty() || lacks_addresses || is_of_other_format) {
        name = next_name(name);
        if (auto written = write_current(directory, name); !written) return std::unexpected(written.error());
    }
    const auto cache = make_block_cache();
    auto database = Database::open(directory / name, cache);
    if (!database) return std::unexpected(database.error());
    // Only now: opening has locked the tables, so no other process is making some.
    remove_others(directory, name);
    const auto at = (*database)->checkpoint();
    if (auto lost = check_log(log, at, directory)) return std::unexpected(*lost);
    {
        const Snapshot snapshot(**database);
        const auto number_of = [&](std::string_view account) { return account_number(snapshot, account); };
        if (auto done = SecretRows::bring_up(log, secrets, at, number_of); !done) {
            return std::unexpected(done.error());
        }
    }
    const auto generation = std::make_shared<Generation>();
    generation->catalog = load_catalog(**database);
    generation->database = std::move(*database);
    std::unique_ptr<Projections> projections(new Projections(directory, log, secrets, cache));
    projections->generation_ = generation;
    projections->checkpoint_ = at.value;
    return projections;
} catch (const kj::Exception& exception) {
    return std::unexpected(StorageFailure{exception.getDescription().cStr()});
}

fs::path Projections::tables_in(const fs::path& directory) {
    std::string format;
    const auto name = read_current(directory, &format);
    return name.empty() || format != tables::format ? fs::path() : directory / name;
}

Projections::~Projections() {
    if (!stop()) KJ_LOG(WARNING, "the projections could not be made durable; they will be derived again");
}

// Whether somebody waits for something that the log has.
bool Projections::is_awaited() const {
    const auto last = log_.last();
    return (!waiting_.empty() && waiting_.begin()->first <= last) ||
           (!waited_for_.empty() && *waited_for_.begin() <= last);
}

bool Projections::is_ending() const {
    const std::lock_guard lock(mutex_);
    return ending_;
}

void Projections::start() {
    thread_ = std::thread([this] { run(); });
}

void Projections::log_grew() {
    // Under the mutex, so that it does not fall between the thread's looking and its waiting.
    const std::lock_guard lock(mutex_);
    wake_.notify_one();
}

std::expected<void, StorageFailure> Projections::stop() {
    {
        std::unique_lock lock(mutex_);
        if (ending_) return {};
        ending_ = true;
        wake_.notify_all();
        advanced_.notify_all();
        advanced_.wait(lock, [this] { return !rebuilding_; });
    }
    if (thread_.joinable()) thread_.join();
    return generation_->database->flush();
}

void Projections::run() {
    std::expected<void, StorageFailure> followed;
    try {
        followed = follow();
    } catch (const kj::Exception& exception) {
        followed = std::unexpected(StorageFailure{exception.getDescription().cStr()});
    } catch (const std::exception& exception) {
        followed = std::unexpected(StorageFailure{exception.what()});
    }
    if (!followed) fail(followed.error());
}

std::expected<void, StorageFailure> Projections::follow() {
    std::shared_ptr<Generation> generation;
    std::optional<Follower> follower;
    while (true) {
        std::shared_ptr<Generation> tables;
        {
            std::unique_lock lock(mutex_);
            at_work_ = false;
            advanced_.notify_all();
            wake_.wait(lock, [&] {
                return ending_ || (!paused_ && (generation != generation_ || log_.last() > checkpoint()));
            });
            if (generation == generation_) gather(lock);
            if (ending_) return {};
            if (paused_) continue;
            at_work_ = true;
            tables = generation_;
        }
        if (generation != tables) {
            follower.reset();
            generation = std::move(tables);
            follower.emplace(*generation->database, log_, &secrets_);
        }
        const auto step = follower->step(log_.last());
        if (!step) return std::unexpected(step.error());
        if (step->moved) advance_to(step->at, step->catalog_changed, step->earliest_due);
    }
}

// Rows cost least in large batches. While nobody waits for them, a batch may grow.
void Projections::gather(std::unique_lock<std::mutex>& lock) {
    const auto begin = std::chrono::steady_clock::now();
    const auto is_enough = [this, generation = generation_] {
        return ending_ || paused_ || generation != generation_ || is_awaited() ||
               log_.last().value - checkpoint().value >= gathered_events_max;
    };
    for (auto seen = Sequence(); seen != log_.last();) {
        seen = log_.last();
        if (wake_.wait_for(lock, gathering_pause, is_enough)) return;
        if (std::chrono::steady_clock::now() - begin >= gathering_time_max) return;
    }
}

void Projections::advance_to(Sequence sequence, bool catalog_changed, Instant earliest_due) {
    std::vector<std::function<void()>> done;
    const auto catalog = catalog_changed ? load_catalog(*generation_->database) : nullptr;
    {
        const std::lock_guard lock(mutex_);
        if (catalog) generation_->catalog = catalog;
        checkpoint_.store(sequence.value, std::memory_order_release);
        if (earliest_due < due_from_) {
            due_from_ = earliest_due;
            ++due_lowered_;
        }
        const auto end = waiting_.upper_bound(sequence);
        for (auto waiting = waiting_.begin(); waiting != end; ++waiting) done.push_back(std::move(waiting->second));
        waiting_.erase(waiting_.begin(), end);
    }
    advanced_.notify_all();
    for (const auto& call : done) call();
}

void Projections::fail(const StorageFailure& failure) {
    {
        const std::lock_guard lock(mutex_);
        failure_ = failure;
        at_work_ = false;
    }
    advanced_.notify_all();
}

void Projections::when_at(Sequence sequence, std::function<void()> done) {
    {
        const std::lock_guard lock(mutex_);
        if (checkpoint() < sequence) {
            waiting_.emplace(sequence, std::move(done));
            wake_.notify_one();
            return;
        }
    }
    done();
}

bool Projections::wait_for(Sequence sequence) {
    std::unique_lock lock(mutex_);
    const auto waiting = waited_for_.insert(sequence);
    wake_.notify_one();
    advanced_.wait(lock, [&] { return ending_ || failure_ || checkpoint() >= sequence; });
    waited_for_.erase(waiting);
    return checkpoint() >= sequence;
}

std::optional<StorageFailure> Projections::failure() const {
    const std::lock_guard lock(mutex_);
    return failure_;
}

Projections::Current Projections::current() const {
    const std::lock_guard lock(mutex_);
    return {generation_, generation_->catalog, checkpoint()};
}

std::pair<Sequence, std::vector<TableDigest>> Projections::digests(const std::function<void()>& check) const {
    const auto generation = current().generation;
    const Snapshot snapshot(*generation->database);
    return {snapshot.checkpoint(), digest_tables(snapshot, check)};
}

// Keeps the projecting thread from putting anything down while it exists.
class Projections::Pause {
 public:
    explicit Pause(Projections& projections) : projections_(projections) { projections_.pause(); }
    ~Pause() { projections_.resume(); }
    Pause(const Pause&) = delete;
    Pause& operator=(const Pause&) = delete;

 private:
    Projections& projections_;
};

void Projections::pause() {
    std::unique_lock lock(mutex_);
    paused_ = true;
    advanced_.wait(lock, [this] { return !at_work_; });
}

void Projections::resume() {
    {
        const std::lock_guard lock(mutex_);
        paused_ = false;
    }
    wake_.notify_one();
}

std::expected<RebuildResult, StorageFailure> Projections::rebuild(const RebuildProgress& progress) try {
    {
        const std::lock_guard lock(mutex_);
        if (rebuilding_) return std::unexpected(StorageFailure{"a rebuild is running; wait until it is done"});
        if (ending_) return std::unexpected(stopped());
        rebuilding_ = true;
    }
    KJ_DEFER({
        const std::lock_guard lock(mutex_);
        rebuilding_ = false;
        advanced_.notify_all();
    });
    const auto built = build(progress);
    if (!built) return std::unexpected(built.error());
    auto result = compare(*built, progress);
    if (!result) return result;
    if (auto taken = take_over(*built); !taken) return std::unexpected(taken.error());
    return result;
} catch (const kj::Exception& exception) {
    return std::unexpected(StorageFailure{exception.getDescription().cStr()});
}

std::expected<Projections::Build, StorageFailure> Projections::build(const RebuildProgress& progress) {
    Build built;
    built.name = next_name(read_current(directory_));
    std::error_code ignored;
    fs::remove_all(directory_ / built.name, ignored);
    auto database = Database::open(directory_ / built.name, cache_);
    if (!database) return std::unexpected(database.error());
    built.tables = std::make_shared<Generation>();
    built.tables->database = std::move(*database);
    built.tables->discarded = true;  // until it takes over
    const auto began = std::chrono::steady_clock::now();
    Follower follower(*built.tables->database, log_, &secrets_);
    // The log goes on growing: what came meanwhile is little, and what comes during that is less.
    constexpr std::uint64_t near_enough = 1'000;
    for (auto end = log_.last(); built.at < end; end = log_.last()) {
        const auto step = follower.step(end);
        if (!step) return std::unexpected(step.error());
        built.at = step->at;
        if (is_ending()) return std::unexpected(stopped());
        if (progress) progress(built.at, end);
        if (end.value - built.at.value < near_enough && built.at < end) break;
    }
    if (auto flushed = built.tables->database->flush(); !flushed) return std::unexpected(flushed.error());
    built.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
    return built;
}

// Whether the tables in use have got to the event. They have to get there by themselves if nobody follows the log.
bool Projections::catch_up_with(Sequence sequence) {
    if (thread_.joinable()) return wait_for(sequence);
    Follower follower(*generation_->database, log_, &secrets_);
    while (follower.at() < sequence) {
        const auto step = follower.step(sequence);
        if (!step || !step->moved) return false;
        advance_to(step->at, step->catalog_changed, step->earliest_due);
    }
    return true;
}

std::expected<RebuildResult, StorageFailure> Projections::compare(const Build& fresh, const RebuildProgress& progress) {
    RebuildResult result;
    result.seconds = fresh.seconds;
    const auto old = current().generation;
    const bool comparable = catch_up_with(fresh.at);
    if (is_ending()) return std::unexpected(stopped());
    std::optional<Snapshot> old_rows;
    std::optional<Snapshot> fresh_rows;
    {
        // Both at the same event, while nothing is put down; the digests are taken of the snapshots, afterwards.
        const Pause pause(*this);
        Follower follower(*fresh.tables->database, log_, &secrets_);
        while (comparable && follower.at() < checkpoint()) {
            if (auto step = follower.step(checkpoint()); !step) return std::unexpected(step.error());
        }
        old_rows.emplace(*old->database);
        fresh_rows.emplace(*fresh.tables->database);
    }
    result.sequence = fresh_rows->checkpoint();
    const auto check = [&] {
        if (progress) progress(fresh.at, fresh.at);
    };
    result.tables = digest_tables(*fresh_rows, check);
    // Tables that could not be kept up are different from what they should be, all of them.
    const auto old_tables =
        comparable ? digest_tables(*old_rows, check) : std::vector<TableDigest>(result.tables.size());
    for (std::size_t i = 0; i < result.tables.size(); ++i) {
        if (result.tables[i] != old_tables[i]) result.differ.push_back(result.tables[i].table);
    }
    return result;
}

std::expected<void, StorageFailure> Projections::take_over(const Build& fresh) {
    std::shared_ptr<Generation> old;  // goes with all its files, if nobody else holds it: not under the mutex
    {
        const Pause pause(*this);
        auto& database = *fresh.tables->database;
        Follower follower(database, log_, &secrets_);
        while (follower.at() < checkpoint()) {
            if (auto step = follower.step(checkpoint()); !step) return std::unexpected(step.error());
        }
        if (auto flushed = database.flush(); !flushed) return std::unexpected(flushed.error());
        fresh.tables->catalog = load_catalog(database);
        if (auto written = write_current(directory_, fresh.name); !written) return std::unexpected(written.error());
        {
            const std::lock_guard lock(mutex_);
            fresh.tables->discarded = false;
            old = std::exchange(generation_, fresh.tables);
            old->discarded = true;
            due_from_ = first_instant;
            ++due_lowered_;
        }
        // Tables that could not be kept up are overtaken: somebody may wait for what the new ones have.
        if (const auto at = database.checkpoint(); at > checkpoint()) advance_to(at, false, last_instant);
    }
    if (!failure()) return {};
    // Following had ended because of the old tables; with the new ones it can go on.
    if (thread_.joinable()) thread_.join();
    {
        const std::lock_guard lock(mutex_);
        failure_.reset();
    }
    start();
    return {};
}

}  // namespace seatledger
