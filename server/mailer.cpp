#include "server/mailer.h"

#include <kj/exception.h>

#include <algorithm>
#include <functional>
#include <optional>
#include <utility>

#include "server/letters/outbox_courier.h"
#include "server/logging.h"

namespace seatledger {
namespace {

// Letters that are gathered in one go; the rest is found the next time.
constexpr std::size_t letters_max = 256;

// So many letters one after the other must fail before the courier is let rest: a single one may have been refused
// because of whom it is to.
constexpr std::uint32_t failures_before_rest = 3;

// So many times as long as it took to look through the table nothing is looked for.
constexpr int scan_share = 20;

// The fields never name the person.
std::string name_of(const QueuedLetter& queued) {
    return file_name(queued.account, queued.letter.user, queued.letter.notification);
}

}  // namespace

Mailer::Mailer(const Projections& projections, Engine& engine, Courier& courier, spdlog::logger& logger,
               const MailerOptions& options)
    : projections_(projections),
      engine_(engine),
      courier_(courier),
      logger_(logger),
      options_(options),
      schedule_(std::hash<std::string>{}(options.ledger)),
      thread_([this] { run(); }) {}

Mailer::~Mailer() {
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
    }
    courier_.stop();
    wake_.notify_all();
    thread_.join();
}

bool Mailer::is_stopping() {
    const std::lock_guard lock(mutex_);
    return stopping_;
}

void Mailer::run() {
    while (true) {
        // If the engine has stopped, nobody can record any more what was sent.
        if (!engine_.failure()) send_all();
        std::unique_lock lock(mutex_);
        if (wake_.wait_for(lock, options_.interval, [this] { return stopping_; })) return;
    }
}

void Mailer::send_all() {
    try {
        for (const auto& queued : gather()) {
            if (is_stopping() || Clock::now() < rests_until_) return;
            send(queued);
        }
    } catch (const kj::Exception& exception) {
        log_line(logger_, spdlog::level::err, "letters cannot be read from the tables and wait",
                 {{"reason", exception.getDescription().cStr()}});
        rests_until_ = Clock::now() + RetrySchedule::longest;
    }
}

// Those whose turn it is: first what was not tried before, so that nothing waits for what fails.
std::vector<QueuedLetter> Mailer::gather() {
    const auto now = Clock::now();
    const auto at = projections_.checkpoint();
    if (now < rests_until_ || now < looks_again_) return {};
    if (at == gathered_at_ && now < next_again_) return {};

    std::vector<QueuedLetter> fresh;
    std::vector<QueuedLetter> again;
    std::set<tables::UnsentLetter> done;
    std::map<tables::UnsentLetter, Failing> failing;
    next_again_ = Clock::time_point::max();
    scan_unsent(projections_, [&](const QueuedLetter& queued) {
        if (done_.contains(queued.letter)) {
            done.insert(queued.letter);
            return true;
        }
        const auto failed = failing_.find(queued.letter);
        if (failed == failing_.end()) {
            fresh.push_back(queued);
            return fresh.size() < letters_max;
        }
        failing.insert(*failed);
        if (failed->second.again > now) {
            next_again_ = std::min(next_again_, failed->second.again);
        } else if (again.size() < letters_max) {
            again.push_back(queued);
        }
        return true;
    });
    const bool has_seen_all = fresh.size() < letters_max;
    if (has_seen_all) {
        // What is not there any more is forgotten.
        done_ = std::move(done);
        failing_ = std::move(failing);
        fresh.insert(fresh.end(), again.begin(), again.end());
    }
    if (fresh.empty()) gathered_at_ = at;
    // Where many letters lie there for long, looking through them must not become all that this does.
    looks_again_ = Clock::now() + scan_share * (Clock::now() - now);
    return fresh;
}

void Mailer::send(const QueuedLetter& queued) {
    std::optional<Letter> letter;
    try {
        letter = read_letter(projections_, queued, options_.ledger);
    } catch (const kj::Exception& exception) {
        return note_failure(queued, {exception.getDescription().cStr(), true, true});
    }
    if (!letter) {
        failing_.erase(queued.letter);
        done_.insert(queued.letter);
        return;
    }
    const MailEnvelope envelope{options_.from.address, letter->to.address};
    if (auto delivered = courier_.deliver(envelope, compose(*letter, options_.from), name_of(queued)); !delivered) {
        if (!is_stopping()) note_failure(queued, delivered.error());
        return;
    }
    note_success(queued);
}

void Mailer::note_failure(const QueuedLetter& queued, const DeliveryFailure& failure) {
    auto& failing = failing_[queued.letter];
    ++failing.failures;
    const auto wait = failure.permanent ? options_.refused_interval : schedule_.delay(failing.failures);
    failing.again = Clock::now() + wait;
    gathered_at_ = Sequence();
    if (failure.of_letter) {
        failures_in_a_row_ = 0;  // the courier works
    } else if (++failures_in_a_row_ >= failures_before_rest) {
        rests_until_ = Clock::now() + schedule_.delay(failures_in_a_row_ - failures_before_rest + 1);
    }
    log_line(logger_, spdlog::level::warn, "a letter could not be sent",
             {{"letter", name_of(queued)},
              {"failures", std::to_string(failing.failures)},
              {"againInSeconds", std::to_string(std::chrono::ceil<std::chrono::seconds>(wait).count())},
              {"reason", failure.message}});
}

void Mailer::note_success(const QueuedLetter& queued) {
    failures_in_a_row_ = 0;
    failing_.erase(queued.letter);
    done_.insert(queued.letter);
    log_line(logger_, spdlog::level::info, "a letter was sent", {{"letter", name_of(queued)}});
    engine_.note_sent({queued.account, queued.letter.user, queued.letter.notification});
}

}  // namespace seatledger
