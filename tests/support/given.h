// given(what happened).when(a command).then(what happens), over the pure rules and MapState. Time is data.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/rules/caller.h"
#include "engine/rules/rejection.h"
#include "events/block.h"
#include "events/commit_writer.h"
#include "events/ids.h"
#include "events/instant.h"
#include "tests/support/commands.h"
#include "tests/support/map_state.h"
#include "tests/support/state_dump.h"

namespace seatledger::testing {

// What came of a command. Events are JSON as the ledger writes it.
struct Outcome {
    std::vector<std::string> fell_due;  // before it
    std::vector<std::string> events;
    std::optional<Rejection> rejection;
};

// A ledger of nothing but rules: judges commands at an instant that is set by hand, and folds what follows in.
class World {
 public:
    // Command or instant. Of a bulk command the rows are judged until one is rejected; what came before it stays.
    void must_happen(std::string_view step);
    [[nodiscard]] Outcome judge(std::string_view command, const Caller& caller = vendor_caller);

    void set_now(Instant now) { now_ = now; }
    [[nodiscard]] State& state() { return state_; }
    [[nodiscard]] std::string dump() { return testing::dump(state_, names_); }

    // What the state was when the newest command had met its due events and was about to be judged.
    [[nodiscard]] const std::string& dump_before() const { return dump_before_; }
    void keep_dumps(bool keep) { keeps_dumps_ = keep; }

 private:
    template <typename Decide>
    Verdict commit(const Envelope& envelope, std::vector<std::string>& shown, Decide decide);
    void fold(const Entries& events, std::vector<std::string>& shown);
    void record_due(const Account& account, Instant until, std::vector<std::string>& shown);
    Verdict judge_at(schema::Command::Reader command, const Account* account, Envelope& envelope, Outcome& outcome);

    Instant now_{1'577'836'800'000'000};  // 2020-01-01T00:00:00Z
    Sequence next_{1};
    MapState state_;
    Names names_;
    bool keeps_dumps_ = false;
    std::string dump_before_;
};

// One example of a rule.
class Specification {
 public:
    explicit Specification(const Steps& steps);

    Specification& when(std::string_view command);

    // Exactly these events, in order: each by name (licenseBound), or as an object of which all that it has must be
    // in the event ({'effectiveAt':'…','licenseBound':{'license':1}}).
    Specification& then(const std::vector<std::string>& events);
    Specification& then_nothing_due() { return then_due({}); }
    Specification& then_due(const std::vector<std::string>& events);

    // Rejected for that, with a message in which these stand, and nothing changed.
    Specification& then_rejected(Rule rule, const std::vector<std::string>& mentioned = {});

 private:
    World world_;
    std::string command_;
    Outcome outcome_;
};

// Steps are commands, which must be accepted, and instants, to which time goes on.
template <typename... Parts>
[[nodiscard]] Specification given(const Parts&... parts) {
    return Specification(steps(parts...));
}

// Whether `event` is what `expected` says, in the form of Specification::then().
[[nodiscard]] bool is_event(std::string_view event, std::string_view expected);

// A row of a table of rejections.
struct Breaks {
    Rule rule;
    std::string command;
    std::vector<std::string> mentioned = {};
};

// Checks each row by itself. Rows stand in the order in which the rules are judged; each should break its rule and
// those of the rows below, so that the order is what is tested. The last command that breaks nothing is `accepted`.
void check_order(const Steps& given, const std::vector<Breaks>& rows, std::string_view accepted);

[[nodiscard]] Instant instant(std::string_view rfc3339);

}  // namespace seatledger::testing
