#include "server/mailer.h"

#include <kj/exception.h>

#include <algorithm>
#include <functional>
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

// Those whose turn it is.
std::vector<QueuedLetter> Mailer::gather() {
    std::vector<QueuedLetter> letters;
    const auto now = Clock::now();
    const auto at = projections_.checkpoint();
    if (now < rests_until_ || (at == gathered_at_ && failing_.empty())) return letters;
    std::set<tables::UnsentLetter> done;
    std::map<tables::UnsentLetter, Failing> failing;
    scan_unsent(projections_, [&](const QueuedLetter& queued) {
        if (done_.contains(queued.letter)) {
            done.insert(queued.letter);
            return true;
        }
        const auto failed = failing_.find(queued.letter);
        if (failed != failing_.end()) failing.insert(*failed);
        if (failed == failing_.end() || failed->second.again <= now) letters.push_back(queued);
        return letters.size() < letters_max;
    });
    // What is not there any more is forgotten. Of what lies behind a full page nothing is known.
    if (letters.size() < letters_max) {
        done_ = std::move(done);
        failing_ = std::move(failing);
        if (letters.empty()) gathered_at_ = at;
    }
    return letters;
}

void Mailer::send(const QueuedLetter& queued) {
    const auto letter = read_letter(projections_, queued, options_.ledger);
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
    auto wait = schedule_.delay(failing.failures);
    if (failure.permanent) {
        wait = options_.refused_interval;
    } else if (++failures_in_a_row_ >= failures_before_rest) {
        rests_until_ = Clock::now() + schedule_.delay(failures_in_a_row_ - failures_before_rest + 1);
    }
    failing.again = Clock::now() + wait;
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
