// Holds a log against the rules, from its first event on and without any table: whether what was recorded is what the
// rules make of what was asked for.
//
// Commands are not in the log. But each commit says enough to write down the command that it must have come from
// (command_of.h): that one is judged by the state before it, by the same functions that judged it then, and must give
// the same events, byte for byte. What fell due by itself is decided again from the state alone.
#pragma once

#include <boost/unordered/unordered_flat_map.hpp>
#include <boost/unordered/unordered_flat_set.hpp>
#include <cstdint>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "engine/audit/recorded_seals.h"
#include "engine/cached_state.h"
#include "engine/log/log.h"
#include "engine/rules/rules.h"
#include "events/block.h"

namespace seatledger {

// Something in the log that the rules do not allow.
struct Finding {
    Sequence sequence;         // of the event
    Sequence block;            // the first sequence of the block that it is in
    std::string account;       // empty: the catalogue, or none
    std::optional<Rule> rule;  // that it breaks, where it is one that commands are rejected by
    std::string message;
};

// By which time zone data the ends of terms and the days of reminders were computed.
enum class Calendar {
    of_this_machine,   // the same as here: whatever is different is wrong
    may_have_changed,  // what differs by 26 hours at most is counted, and not objected to
};

// One thread. Memory: the state of every account, and 24 bytes for each request id that was used.
class Auditor {
 public:
    // The log, for what corrections name, and what opens the personal data in it must outlive the auditor.
    Auditor(const Log& log, const Seals& seals, Calendar calendar = Calendar::of_this_machine);

    // The next block of the log. Of each account only the first finding is given: what comes after it rests on it and
    // is not judged any more. The same for the catalogue, on which every account rests.
    void check(const BlockView& block, std::vector<Finding>& findings);

    struct Counts {
        std::uint64_t events = 0;
        std::uint64_t commits = 0;
        std::uint64_t unjudged = 0;        // events that rest on a finding
        std::uint64_t other_calendar = 0;  // ends and days that differ so, where they may
    };
    [[nodiscard]] const Counts& counts() const { return counts_; }

 private:
    using Heads = std::span<const rules::EventHead>;
    // What is wrong with the event at this index of what is being looked at.
    struct Objection {
        std::size_t index = 0;
        std::optional<Rule> rule;
        std::string message;
    };
    using Checked = std::expected<void, Objection>;

    void check_commit(Heads commit, Sequence block, std::vector<Finding>& findings);
    [[nodiscard]] Checked check_order(Heads commit);
    [[nodiscard]] Checked judge(Heads commit);
    [[nodiscard]] Checked judge_own(Heads commit);
    [[nodiscard]] Checked judge_sent(const rules::EventHead& head, const Account& account);
    [[nodiscard]] Checked judge_due(Heads commit, const Account& account);
    [[nodiscard]] Checked judge_commands(Heads commit);
    [[nodiscard]] Checked check_request(const rules::EventHead& head);
    [[nodiscard]] Checked check_corrects(const rules::EventHead& head);
    // Decides the command that the rest of the commit begins with. Gives how many events are its.
    [[nodiscard]] std::expected<std::size_t, Objection> judge_command(Heads rest, schema::Command::Which& which);
    [[nodiscard]] Checked judge_sender(const rules::Head& command, const rules::EventHead& head,
                                       const Account* account);
    [[nodiscard]] Checked compare(const Entries& decided, Heads recorded);
    void fold(Heads events);
    // Where the events that are decided go: their sequences begin with that of `head`.
    [[nodiscard]] BlockBuilder& room_for(const rules::EventHead& head);

    const Log& log_;
    const Calendar calendar_;
    RecordedSeals seals_;
    CachedState state_;
    Counts counts_;
    Instant last_recorded_at_ = no_instant;
    bool catalog_is_lost_ = false;
    std::set<std::string, std::less<>> lost_;  // accounts

    // Hashes of account and id (XXH3, 128 bits).
    boost::unordered_flat_set<std::pair<std::uint64_t, std::uint64_t>> requests_;
    struct Letter {
        AccountNumber account;
        UserId user;
    };
    boost::unordered_flat_map<std::uint64_t, Letter> unsent_;  // by the sequence of what queued it

    // What the rules make of the commit; kept between commits since making one costs.
    std::optional<BlockBuilder> decided_;
    std::vector<std::uint64_t> scratch_;  // for a command; zeros between two
    std::vector<Entry> entries_;          // of the commit
    std::vector<rules::EventHead> heads_;
};

}  // namespace seatledger
