#include "tests/support/given.h"

#include <boost/json.hpp>

#include "engine/rules/due.h"
#include "engine/rules/roles.h"
#include "engine/rules/rules.h"
#include "events/commit_writer.h"
#include "events/text.h"
#include "server/json.h"
#include "tests/support/catch.h"

namespace seatledger::testing {
namespace {

namespace json = boost::json;

// Whether all that stands in `expected` stands in `actual` too. Lists must be equally long.
bool contains(const json::value& actual, const json::value& expected) {
    if (expected.is_object() && actual.is_object()) {
        for (const auto& [key, value] : expected.as_object()) {
            const auto* member = actual.as_object().if_contains(key);
            if (member == nullptr || !contains(*member, value)) return false;
        }
        return true;
    }
    if (expected.is_array() && actual.is_array()) {
        const auto& wanted = expected.as_array();
        const auto& there = actual.as_array();
        if (wanted.size() != there.size()) return false;
        for (std::size_t i = 0; i < wanted.size(); ++i) {
            if (!contains(there[i], wanted[i])) return false;
        }
        return true;
    }
    return actual == expected;
}

void check_events(const std::vector<std::string>& events, const std::vector<std::string>& expected) {
    std::string shown;
    for (const auto& event : events) shown += "\n  " + event;
    INFO("events:" << shown);
    REQUIRE(events.size() == expected.size());
    for (std::size_t i = 0; i < events.size(); ++i) {
        INFO("expected event " << i + 1 << ": " << expected[i]);
        CHECK(is_event(events[i], expected[i]));
    }
}

}  // namespace

bool is_event(std::string_view event, std::string_view expected) {
    const auto actual = json::parse(json::string_view(event.data(), event.size()));
    if (!expected.starts_with('{'))
        return actual.as_object().contains(json::string_view(expected.data(), expected.size()));
    return contains(actual, json::parse(testing::quoted(expected)));
}

Instant instant(std::string_view rfc3339) {
    const auto parsed = parse_rfc3339(rfc3339);
    if (!parsed) FAIL("no instant: " << rfc3339);
    return *parsed;
}

void World::must_happen(std::string_view step) {
    if (!step.starts_with('{')) return set_now(instant(step));
    const auto outcome = judge(step);
    if (outcome.rejection) FAIL("given " << step << "\nwas rejected: " << outcome.rejection->message);
}

void World::fold(const Entries& events, std::vector<std::string>& shown) {
    for (const auto& entry : events) {
        const auto event = read_event(entry);
        const AddressOf address = [&](UserId id) -> std::optional<std::string_view> {
            const auto* user = state_.user(state_.account(view(event.getAccount()))->number, id);
            if (user == nullptr) return std::nullopt;
            return user->email;
        };
        write_event(event, texts_of(event, address), shown.emplace_back());
        names_.add(event);
        rules::evolve(state_, rules::EventHead(entry));
        next_ = next_.next();
    }
}

template <typename Decide>
Verdict World::commit(const Envelope& envelope, std::vector<std::string>& shown, Decide decide) {
    BlockBuilder block(next_);
    const auto start = block.mark();
    CommitWriter writer(block, envelope);
    auto verdict = decide(writer);
    if (verdict) fold(block.entries_since(start), shown);
    return verdict;
}

void World::record_due(const Account& account, Instant until, std::vector<std::string>& shown) {
    while (account.next_due <= until) {
        const auto due = rules::next_due(state_, account);
        if (!due) break;
        Envelope envelope;
        envelope.account = account.id;
        envelope.recorded_at = now_;
        envelope.effective_at = due->instant;
        envelope.principal = schema::Event::Principal::LEDGER;
        const auto verdict = commit(envelope, shown, [&](CommitWriter& writer) {
            rules::decide_due(state_, account, *due, writer);
            return Verdict();
        });
        REQUIRE(verdict.has_value());
    }
}

Verdict World::judge_at(schema::Command::Reader command, const Account* account, Envelope& envelope, Outcome& outcome) {
    const auto judge_rows = [&](auto rows) {
        Verdict verdict;
        for (unsigned i = 0; verdict && i < rows.size(); ++i) {
            verdict = commit(envelope, outcome.events, [&](CommitWriter& writer) {
                return rules::decide_row(state_, rows[i], *account, writer);
            });
        }
        return verdict;
    };
    if (command.isBindLicenses()) return judge_rows(command.getBindLicenses().getRows());
    if (command.isUnbindLicenses()) return judge_rows(command.getUnbindLicenses().getRows());
    return commit(envelope, outcome.events,
                  [&](CommitWriter& writer) { return rules::decide(state_, command, account, writer); });
}

Outcome World::judge(std::string_view json, const Caller& caller) {
    Outcome outcome;
    ReceivedCommand received(json);
    const auto command = received.get();
    if (keeps_dumps_) dump_before_ = dump();
    const rules::Head head(command);
    const auto own = rules::check_account(caller, head.account);
    if (!own) return outcome.rejection = own.error(), outcome;
    const auto values = rules::check_values(head);
    if (!values) return outcome.rejection = values.error(), outcome;
    const auto account = rules::find_stream(state_, head);
    if (!account) return outcome.rejection = account.error(), outcome;
    const auto principal = rules::authorize(state_, head, caller, *account);
    if (!principal) return outcome.rejection = principal.error(), outcome;
    const auto at = rules::effective_time(state_, head, caller, *account, now_);
    if (!at) return outcome.rejection = at.error(), outcome;

    if (*account != nullptr) record_due(**account, *at, outcome.fell_due);
    if (keeps_dumps_) dump_before_ = dump();
    Envelope envelope;
    envelope.account = view(command.getAccount());
    envelope.recorded_at = now_;
    envelope.effective_at = *at;
    envelope.principal = principal->kind;
    envelope.actor = principal->user;
    envelope.via_vendor = principal->via_vendor;
    envelope.only_role = principal->only_role;
    const auto verdict = judge_at(command, *account, envelope, outcome);
    if (!verdict) outcome.rejection = verdict.error();
    return outcome;
}

Specification::Specification(const Steps& steps) {
    for (const auto& step : steps) world_.must_happen(step);
    world_.keep_dumps(true);
}

Specification& Specification::when(std::string_view command) {
    command_ = command;
    outcome_ = world_.judge(command);
    return *this;
}

Specification& Specification::then(const std::vector<std::string>& events) {
    INFO("when " << command_);
    if (outcome_.rejection) FAIL(rule_id(outcome_.rejection->rule) << ": " << outcome_.rejection->message);
    check_events(outcome_.events, events);
    return *this;
}

Specification& Specification::then_due(const std::vector<std::string>& events) {
    INFO("when " << command_);
    check_events(outcome_.fell_due, events);
    return *this;
}

Specification& Specification::then_rejected(Rule rule, const std::vector<std::string>& mentioned) {
    INFO("when " << command_);
    REQUIRE(outcome_.rejection);
    INFO(outcome_.rejection->message);
    CHECK(rule_id(outcome_.rejection->rule) == rule_id(rule));
    for (const auto& mention : mentioned) {
        INFO("does not say " << mention);
        CHECK(outcome_.rejection->message.find(mention) != std::string::npos);
    }
    CHECK(outcome_.events.empty());
    CHECK(world_.dump() == world_.dump_before());
    return *this;
}

void check_order(const Steps& given, const std::vector<Breaks>& rows, std::string_view accepted) {
    for (const auto& row : rows) Specification(given).when(row.command).then_rejected(row.rule, row.mentioned);
    World world;
    for (const auto& step : given) world.must_happen(step);
    world.must_happen(accepted);
}

}  // namespace seatledger::testing
