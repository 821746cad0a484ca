// Sends the letters that were queued.
#pragma once

#include <spdlog/logger.h>

#include <chrono>
#include <condition_variable>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "engine/engine.h"
#include "projections/projections.h"
#include "server/letter_source.h"
#include "server/letters/courier.h"
#include "server/letters/letter.h"
#include "server/letters/retry_schedule.h"

namespace seatledger {

struct MailerOptions {
    Mailbox from;
    std::string ledger;  // see LetterId
    // How often it looks whether there is something new in the tables.
    std::chrono::milliseconds interval{20};
    // How long what was refused for good rests: somebody may have changed the address, or the server its mind.
    std::chrono::milliseconds refused_interval = std::chrono::hours(24);
};

// Has a thread of its own, on which it takes one letter after the other out of the tables and has the courier deliver
// it; what was delivered it has the engine record (notificationSent). So each letter is sent at least once: twice if
// the process ends in between, which its Message-ID tells whoever gets it.
//
// What fails is tried again after a time that grows with each failure (RetrySchedule), letter by letter, and behind
// those that were not tried yet; and where letter after letter fails for reasons that are not its own the courier is
// let rest, so that a mail server that is down, or that wants another password, is not asked for each of them. After a
// new start everything is tried at once.
class Mailer {
 public:
    // All of it must outlive this. The tables must be at the end of the log.
    Mailer(const Projections& projections, Engine& engine, Courier& courier, spdlog::logger& logger,
           const MailerOptions& options);
    // Lets what is being delivered end, soon (Courier::stop).
    ~Mailer();

 private:
    using Clock = std::chrono::steady_clock;
    struct Failing {
        std::uint32_t failures = 0;
        Clock::time_point again;
    };

    void run();
    void send_all();
    [[nodiscard]] std::vector<QueuedLetter> gather();
    void send(const QueuedLetter& queued);
    void note_failure(const QueuedLetter& queued, const DeliveryFailure& failure);
    void note_success(const QueuedLetter& queued);
    [[nodiscard]] bool is_stopping();

    const Projections& projections_;
    Engine& engine_;
    Courier& courier_;
    spdlog::logger& logger_;
    const MailerOptions options_;
    const RetrySchedule schedule_;

    // The thread's.
    std::map<tables::UnsentLetter, Failing> failing_;
    std::set<tables::UnsentLetter> done_;  // sent, or never to be: the tables may not know yet
    Sequence gathered_at_;                 // when nothing was left to do, the tables were here
    Clock::time_point next_again_;         // the first of what failed is to be tried again
    Clock::time_point looks_again_;        // at the tables
    std::uint32_t failures_in_a_row_ = 0;  // of the courier
    Clock::time_point rests_until_;        // the courier

    std::mutex mutex_;
    std::condition_variable wake_;
    bool stopping_ = false;
    std::thread thread_;
};

}  // namespace seatledger
