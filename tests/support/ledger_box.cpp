#include "tests/support/ledger_box.h"

#include <map>

#include "events/text.h"
#include "server/json.h"
#include "tests/support/catch.h"
#include "tests/support/given.h"

namespace seatledger::testing {
namespace {

template <typename Visit>
void for_each_block(const Log& log, Visit visit) {
    const auto cursor = log.read(Sequence(1));
    while (true) {
        const auto block = cursor->next();
        REQUIRE(block.has_value());
        if (!*block) return;
        visit(**block);
    }
}

template <typename Visit>
void for_each_event(const Log& log, Visit visit) {
    for_each_block(log, [&](const BlockView& block) {
        for (const auto& entry : block.entries()) {
            const auto event = read_event(entry);
            visit(event);
        }
    });
}

}  // namespace

std::expected<void, StorageFailure> FailingLog::append(Sequence expected, std::span<const std::uint64_t> block) {
    if (blocks_left_-- <= 0) return std::unexpected(StorageFailure{"the disk is full"});
    return log_->append(expected, block);
}

LedgerBox::LedgerBox(bool clock_runs, std::unique_ptr<Log> log, const Tables* tables, const StateLimits& limits,
                     std::unique_ptr<TestSecrets> secrets)
    : log_(std::move(log)), clock_(clock_runs), secrets_(std::move(secrets)), tables_(tables), limits_(limits) {
    if (clock_runs) clock_.set(instant("2020-01-01T00:00:00Z"));
    reopen();
}

void LedgerBox::reopen() {
    ledger_.reset();
    auto opened = Ledger::open(*log_, *secrets_, tables_, clock_, limits_);
    REQUIRE(opened.has_value());
    ledger_ = std::move(*opened);
}

void must_happen(const Steps& steps, HandClock& clock, const std::function<const Answer&(std::string_view)>& judge) {
    for (const auto& step : steps) {
        if (!step.starts_with('{')) {
            clock.set(instant(step));
            continue;
        }
        const auto& answer = judge(step);
        if (answer.rejection) FAIL(step << "\nwas rejected: " << answer.rejection->message);
        for (const auto& row : answer.rows) {
            if (row.rejection) FAIL("a row of " << step << "\nwas rejected: " << row.rejection->message);
        }
    }
}

void LedgerBox::must_happen(const Steps& steps) {
    testing::must_happen(steps, clock_, [&](std::string_view step) -> const Answer& { return judge(step); });
}

const Answer& LedgerBox::judge_only(std::string_view command) {
    ReceivedCommand received(command);
    auto& answer = answers_.emplace_back();
    const auto judged = ledger_->judge(received.get(), vendor_caller, answer);
    REQUIRE(judged.has_value());
    return answer;
}

void LedgerBox::commit() {
    const auto committed = ledger_->commit();
    REQUIRE(committed.has_value());
}

const Answer& LedgerBox::judge(std::string_view command) {
    const auto& answer = judge_only(command);
    commit();
    return answer;
}

std::vector<Words> LedgerBox::blocks() const {
    std::vector<Words> blocks;
    for_each_block(*log_,
                   [&](const BlockView& block) { blocks.emplace_back(block.words().begin(), block.words().end()); });
    return blocks;
}

std::vector<std::string> LedgerBox::events() const {
    std::map<std::pair<std::string, UserId>, std::string> addresses;
    std::vector<std::string> events;
    for_each_event(*log_, [&](schema::Event::Reader event) {
        const std::string account(view(event.getAccount()));
        const AddressOf address = [&](UserId user) -> std::optional<std::string_view> {
            const auto found = addresses.find({account, user});
            if (found == addresses.end()) return std::nullopt;
            return found->second;
        };
        write_event(event, texts_of(event, address), events.emplace_back());
        if (event.isUserRegistered()) {
            const auto body = event.getUserRegistered();
            addresses[{account, UserId(body.getUser())}] = email_in(event);
        }
        if (event.isEmailChanged()) {
            const auto body = event.getEmailChanged();
            addresses[{account, UserId(body.getUser())}] = email_in(event);
        }
    });
    return events;
}

std::string LedgerBox::dump() { return testing::dump(ledger_->state(), names_in(*log_)); }

std::string rejected(const Answer& answer) {
    return answer.rejection ? std::string(rule_id(answer.rejection->rule)) : "";
}

std::vector<std::string> events_of(const Answer& answer) {
    std::vector<std::string> events;
    const AddressOf address = [&](UserId user) -> std::optional<std::string_view> {
        for (const auto& person : answer.people) {
            if (person.user == user) return person.email;
        }
        return std::nullopt;
    };
    for (const auto& entry : Entries(answer.entries, answer.first)) {
        const auto event = read_event(entry);
        write_event(event, texts_of(event, address), events.emplace_back());
    }
    return events;
}

Names names_in(const Log& log) {
    Names names;
    for_each_event(log, [&](schema::Event::Reader event) { names.add(event); });
    return names;
}

}  // namespace seatledger::testing
