#include "engine/engine.h"

#include <kj/exception.h>

#include <chrono>
#include <utility>

namespace seatledger {
namespace {

// How often accounts are looked through for what fell due, where nothing else wakes the thread.
constexpr auto due_interval = std::chrono::milliseconds(500);
constexpr auto room_interval = std::chrono::milliseconds(2);

}  // namespace

Engine::Engine(std::unique_ptr<Ledger> ledger, std::function<void(Sequence)> committed, const EngineLimits& limits)
    : ledger_(std::move(ledger)), committed_(std::move(committed)), limits_(limits), thread_([this] { run(); }) {}

Engine::~Engine() {
    {
        const std::lock_guard lock(mutex_);
        ending_ = true;
    }
    wake_.notify_all();
    thread_.join();
}

bool Engine::submit(capnp::List<schema::Command>::Reader commands, Done done) {
    std::optional<StorageFailure> failure;
    {
        const std::lock_guard lock(mutex_);
        if (!failure_) {
            if (commands_queued_ + commands.size() > limits_.commands_queued_max && commands_queued_ > 0) return false;
            commands_queued_ += commands.size();
            queue_.push_back({commands, std::move(done), {}});
        }
        failure = failure_;
    }
    if (failure) {
        done(std::unexpected(*failure));
    } else {
        wake_.notify_one();
    }
    return true;
}

std::optional<StorageFailure> Engine::failure() const {
    const std::lock_guard lock(mutex_);
    return failure_;
}

std::vector<Engine::Request> Engine::take() {
    std::unique_lock lock(mutex_);
    wake_.wait_for(lock, due_interval, [this] { return ending_ || !queue_.empty(); });
    commands_queued_ = 0;
    return std::exchange(queue_, {});
}

std::expected<void, StorageFailure> Engine::work(std::vector<Request>& requests) {
    try {
        if (auto recorded = ledger_->record_due(); !recorded) return recorded;
        for (auto& request : requests) {
            request.answers.resize(request.commands.size());
            for (unsigned i = 0; i < request.commands.size(); ++i) {
                if (auto judged = ledger_->judge(request.commands[i], request.answers[i]); !judged) return judged;
            }
        }
        return ledger_->commit();
    } catch (const kj::Exception& exception) {
        // The tables cannot be read, or a bug: in both cases the state in memory may not be what the log says.
        return std::unexpected(StorageFailure{exception.getDescription().cStr()});
    }
}

void Engine::run() {
    while (true) {
        auto requests = take();
        if (requests.empty()) {
            const std::lock_guard lock(mutex_);
            if (ending_) return;
        }
        if (failure()) {
            stop_for(*failure(), requests);
            continue;
        }
        const auto before = ledger_->last();
        if (auto worked = work(requests); !worked) {
            stop_for(worked.error(), requests);
            continue;
        }
        if (ledger_->last() != before) committed_(ledger_->last());
        for (auto& request : requests) request.done(std::move(request.answers));
        make_room();
    }
}

void Engine::make_room() {
    while (!ledger_->evict()) {
        // What has changed stays in memory until the tables have it: wait for them.
        std::unique_lock lock(mutex_);
        if (wake_.wait_for(lock, room_interval, [this] { return ending_; })) return;
    }
}

void Engine::stop_for(const StorageFailure& failure, std::vector<Request>& requests) {
    {
        const std::lock_guard lock(mutex_);
        if (!failure_) failure_ = failure;
    }
    for (auto& request : requests) request.done(std::unexpected(failure));
}

}  // namespace seatledger
