#include "engine/engine.h"

#include <kj/exception.h>

#include <algorithm>
#include <chrono>
#include <utility>

namespace seatledger {
namespace {

// How often accounts are looked through for what fell due, where nothing else wakes the thread.
constexpr auto due_interval = std::chrono::milliseconds(500);
constexpr auto room_interval = std::chrono::milliseconds(2);

constexpr std::size_t worth_writing_bytes_min = 64 * 1024;

// Finished blocks beside the one that is being written.
constexpr std::size_t works_waiting_max = 2;

}  // namespace

Engine::Engine(Log& log, std::unique_ptr<Ledger> ledger, std::function<void(Sequence)> committed,
               const EngineLimits& limits)
    : log_(log), ledger_(std::move(ledger)), committed_(std::move(committed)), limits_(limits) {
    ledger_->write_to(*this);
    judge_thread_ = std::thread([this] { judge_on(); });
    write_thread_ = std::thread([this] { write_on(); });
}

Engine::~Engine() {
    {
        const std::lock_guard lock(mutex_);
        ending_ = true;
    }
    wake_judge_.notify_all();
    judge_thread_.join();
    {
        const std::lock_guard lock(mutex_);
        judging_ended_ = true;
    }
    wake_writer_.notify_all();
    write_thread_.join();
}

bool Engine::submit(capnp::List<schema::Command>::Reader commands, const Caller& caller,
                    std::span<const PasswordHash> passwords, Done done) {
    std::optional<StorageFailure> failure;
    {
        const std::lock_guard lock(mutex_);
        if (!failure_) {
            if (commands_waiting_ + commands.size() > limits_.commands_waiting_max && commands_waiting_ > 0)
                return false;
            commands_waiting_ += commands.size();
            queue_.push_back({commands, &caller, passwords, std::move(done), {}});
        }
        failure = failure_;
    }
    if (failure) {
        done(std::unexpected(*failure));
    } else {
        wake_judge_.notify_one();
    }
    return true;
}

void Engine::note_sent(SentLetter letter) {
    {
        const std::lock_guard lock(mutex_);
        if (failure_) return;
        sent_.push_back(std::move(letter));
    }
    wake_judge_.notify_one();
}

std::optional<StorageFailure> Engine::failure() const {
    const std::lock_guard lock(mutex_);
    return failure_;
}

void Engine::judge_on() {
    while (true) {
        auto failed = failure();
        const bool pending = !judged_.empty() || (!failed && ledger_->has_pending());
        auto requests = take(pending);
        if (requests.empty() && !pending) {
            const std::lock_guard lock(mutex_);
            if (ending_ && queue_.empty() && sent_.empty() && judged_.empty()) return;
        }
        failed = failure();
        if (!failed) {
            if (const auto judged = judge(requests); !judged) failed = judged.error();
        }
        if (failed) {
            give_up(*failed, requests);
            continue;
        }
        hand_over();
        make_room();
    }
}

// Waits for something to judge; `pending`: or for the writer, who could take what is pending, or a failure, which is
// to be told to those who wait.
std::vector<Engine::Request> Engine::take(bool pending) {
    std::unique_lock lock(mutex_);
    wake_judge_.wait_for(lock, due_interval, [&] {
        return ending_ || !queue_.empty() || !sent_.empty() || (pending && (failure_ || is_writer_free()));
    });
    return std::exchange(queue_, {});
}

// Moves what it has judged to judged_; at a failure the rest stays.
std::expected<void, StorageFailure> Engine::judge(std::vector<Request>& requests) {
    try {
        if (auto recorded = record(); !recorded) return recorded;
        for (auto& request : requests) {
            request.answers.resize(request.commands.size());
            if (auto judged = ledger_->judge(request.commands, *request.caller, request.passwords, request.answers);
                !judged)
                return judged;
            judged_.push_back(std::exchange(request, {}));
            if (is_worth_writing()) {
                if (auto committed = ledger_->commit(); !committed) return committed;
            }
        }
        return {};
    } catch (const kj::Exception& exception) {
        // The tables cannot be read, or a bug: in both cases the state in memory may not be what the log says.
        return std::unexpected(StorageFailure{exception.getDescription().cStr()});
    }
}

// What nobody has to ask for.
std::expected<void, StorageFailure> Engine::record() {
    std::vector<SentLetter> sent;
    {
        const std::lock_guard lock(mutex_);
        sent.swap(sent_);
    }
    for (const auto& letter : sent) ledger_->record_sent(letter);
    return ledger_->record_due();
}

// Whether to have the pending block written before the rest is judged: the writer has nothing else to do, and it is
// large enough that its sync is no waste.
bool Engine::is_worth_writing() const {
    if (ledger_->pending_bytes() < worth_writing_bytes_min) return false;
    const std::lock_guard lock(mutex_);
    return is_writer_free();
}

// The ledger has finished a block. What was judged before rests on it or on those before it.
std::expected<void, StorageFailure> Engine::put(FinishedBlock block) {
    std::unique_lock lock(mutex_);
    wake_judge_.wait(lock, [&] { return failure_ || works_.size() < works_waiting_max; });
    if (failure_) return std::unexpected(*failure_);
    works_.push_back({std::move(block), std::exchange(judged_, {}), {}});
    if (!writes_itself_) wake_writer_.notify_one();
    return {};
}

std::expected<void, StorageFailure> Engine::settle() {
    std::unique_lock lock(mutex_);
    wake_judge_.wait(lock, [&] { return failure_ || is_writer_free(); });
    if (failure_) return std::unexpected(*failure_);
    return {};
}

// Has what is pending written, unless it can still grow while something else is. Writes it itself if there is nothing
// to judge meanwhile: then a command is answered without another thread having to wake up for it.
void Engine::hand_over() {
    {
        const std::lock_guard lock(mutex_);
        if (!is_writer_free()) return;
        writes_itself_ = queue_.empty();
    }
    const auto committed = ledger_->commit();
    const bool alone = std::exchange(writes_itself_, false);
    if (!committed) return;  // the next turn gives up
    std::unique_lock lock(mutex_);
    if (!judged_.empty()) works_.push_back({{}, std::exchange(judged_, {}), {}});
    if (alone && !writing_) {
        write_all(lock);
    } else if (!works_.empty()) {
        wake_writer_.notify_one();
    }
}

// What has changed stays in memory until the tables have it. If there is no more room, waits for them, also where they
// have stopped: a rebuild brings them back.
void Engine::make_room() {
    while (!ledger_->evict() && !failure()) {
        hand_over();
        std::unique_lock lock(mutex_);
        if (wake_judge_.wait_for(lock, room_interval, [this] { return ending_; })) return;
    }
}

// Tells everybody who rests on what is lost, in their turn.
void Engine::give_up(const StorageFailure& failure, std::vector<Request>& requests) {
    stop_for(failure);
    {
        const std::lock_guard lock(mutex_);
        sent_.clear();
    }
    for (auto& request : requests) {
        if (request.done) judged_.push_back(std::move(request));  // the others have gone there before
    }
    if (judged_.empty()) return;
    const std::lock_guard lock(mutex_);
    works_.push_back({{}, std::exchange(judged_, {}), failure});
    wake_writer_.notify_one();
}

void Engine::write_on() {
    std::unique_lock lock(mutex_);
    while (true) {
        wake_writer_.wait(lock, [this] { return judging_ended_ || (!works_.empty() && !writing_); });
        if (works_.empty()) return;
        write_all(lock);
        wake_judge_.notify_one();
    }
}

void Engine::write_all(std::unique_lock<std::mutex>& lock) {
    writing_ = true;
    while (!works_.empty()) {
        const bool full = works_.size() >= works_waiting_max;
        auto work = std::move(works_.front());
        works_.pop_front();
        lock.unlock();
        if (full) wake_judge_.notify_one();  // it may wait to put the next
        write(work);
        lock.lock();
    }
    writing_ = false;
}

void Engine::write(Work& work) {
    if (work.block.words && !write_failure_) {
        if (const auto written = ledger_->writer().write(work.block)) {
            committed_(log_.last());
        } else {
            write_failure_ = written.error();
            stop_for(*write_failure_);
        }
    }
    const auto& failure = write_failure_ ? write_failure_ : work.failure;
    for (auto& request : work.requests) {
        {
            // Whoever is answered may submit again.
            const std::lock_guard lock(mutex_);
            commands_waiting_ -= request.commands.size();
        }
        if (failure) {
            request.done(std::unexpected(*failure));
        } else {
            request.done(std::move(request.answers));
        }
    }
}

void Engine::stop_for(const StorageFailure& failure) {
    const std::lock_guard lock(mutex_);
    if (!failure_) failure_ = failure;
}

}  // namespace seatledger
