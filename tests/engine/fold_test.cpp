// Folding the log in gives the state that its events one by one give, however much of it there is.
#include "engine/fold.h"

#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "engine/log/memory_log.h"
#include "engine/vault/vault.h"
#include "events/sealed.h"
#include "events/text.h"
#include "tests/support/catch.h"
#include "tests/support/failing_cursor.h"

namespace seatledger {
namespace {

constexpr std::uint32_t users = 12'000;  // so many that they are read ahead
constexpr std::uint32_t block_users = 700;

void end_event(BlockBuilder& builder) {
    static_cast<void>(builder.end_event());
    builder.end_commit();
}

void append(Log& log, BlockBuilder& builder) {
    const auto first = log.last().next();
    REQUIRE(log.append(first, builder.finish()).has_value());
}

// By which the people of all logs here are sealed.
Vault& vault() {
    static const auto made = make_memory_vault(7);
    return *made;
}

// One account, and in it as many people.
std::unique_ptr<Log> log_of_people() {
    auto log = make_memory_log();
    BlockBuilder builder(Sequence(1));
    auto opened = builder.begin_event();
    opened.setAccount("acme");
    opened.initAccountOpened().setTimeZone("UTC");
    end_event(builder);
    for (std::uint32_t user = 1; user <= users; ++user) {
        auto event = builder.begin_event();
        event.setAccount("acme");
        event.setEffectiveAt(user);
        auto body = event.initUserRegistered();
        body.setUser(user);
        const auto key = vault().make_key();
        const auto context = seal_context(Personal::email, "acme", UserId(user));
        body.setKey(key.value);
        body.setEmail(as_data(vault().seal(key, context, std::to_string(user) + "@acme.test")));
        end_event(builder);
        if (user % block_users == 0) append(*log, builder);
    }
    append(*log, builder);
    return log;
}

// A log that cannot be read any more from some block on.
class BrokenLog final : public Log {
 public:
    BrokenLog(const Log& log, int blocks) : log_(log), blocks_(blocks) {}
    std::expected<void, StorageFailure> append(Sequence, std::span<const std::uint64_t>) override {
        return std::unexpected(StorageFailure{"this log is only for reading"});
    }
    [[nodiscard]] Sequence last() const override { return log_.last(); }
    [[nodiscard]] std::unique_ptr<LogCursor> read(Sequence from) const override {
        return std::make_unique<testing::FailingCursor>(log_.read(from), blocks_);
    }

 private:
    const Log& log_;
    int blocks_;
};

}  // namespace

TEST_CASE("a log is folded in whole and in order, read ahead or not") {
    const auto log = log_of_people();
    CachedState state(nullptr, vault(), Sequence(), {});
    std::vector<std::uint64_t> sequences;
    const auto note = [&](const rules::EventHead& head) { sequences.push_back(head.sequence.value); };
    REQUIRE(fold_log(*log, Sequence(), state, note).has_value());
    REQUIRE(sequences.size() == users + 1);
    for (std::size_t i = 0; i < sequences.size(); ++i) REQUIRE(sequences[i] == i + 1);

    const auto* account = state.account("acme");
    REQUIRE(account != nullptr);
    CHECK(account->last_effective_at == Instant{users});
    CHECK(account->next_user == UserId(users + 1));
    for (std::uint32_t user = 1; user <= users; ++user) {
        const auto email = std::to_string(user) + "@acme.test";
        REQUIRE(state.user_of(account->number, email) == UserId(user));
        REQUIRE(state.user(account->number, UserId(user))->email == email);
    }
}

TEST_CASE("what the state has already is not folded in again") {
    const auto log = log_of_people();
    for (const std::uint64_t after : {1, 699, 700, 701, 1'900, 11'995, 12'000, 12'001}) {
        INFO("after " << after);
        CachedState state(nullptr, vault(), Sequence(), {});
        std::uint64_t next = 1;
        EventReader reader(*log, Sequence());
        while (next <= after) {
            const auto events = *reader.next();
            const auto count = std::min<std::uint64_t>(events.size(), after + 1 - next);
            fold(events.first(count), state, [](const rules::EventHead&) {});
            next += count;
        }
        const auto check = [&](const rules::EventHead& head) {
            REQUIRE(head.sequence == Sequence(next));
            ++next;
        };
        REQUIRE(fold_log(*log, Sequence(after), state, check).has_value());
        CHECK(next == users + 2);
        CHECK(state.account("acme")->next_user == UserId(users + 1));
    }
}

TEST_CASE("a log that cannot be read is a failure, and no end") {
    const auto log = log_of_people();
    for (const int blocks : {0, 1, 3}) {
        CachedState state(nullptr, vault(), Sequence(), {});
        std::uint64_t folded = 0;
        const auto result =
            fold_log(BrokenLog(*log, blocks), Sequence(), state, [&](const rules::EventHead&) { ++folded; });
        REQUIRE_FALSE(result.has_value());
        CHECK(result.error().message == "the disk is gone");
        CHECK(folded == (blocks == 0 ? 0 : blocks * block_users + 1));
    }
}

TEST_CASE("a reader of events goes on when the log grows") {
    const auto log = log_of_people();
    EventReader reader(*log, Sequence());
    while (!reader.next()->empty()) {
    }
    BlockBuilder builder(log->last().next());
    builder.begin_event().setAccount("acme");
    end_event(builder);
    append(*log, builder);
    const auto events = reader.next();
    REQUIRE(events->size() == 1);
    CHECK(events->heads.front().sequence == log->last());
    CHECK(reader.next()->empty());
}

}  // namespace seatledger
