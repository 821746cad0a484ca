// The ledger over its tables: what it reads back of what it let go is what it had, at any lag, across restarts.
#include <string>
#include <vector>

#include "engine/cached_state.h"
#include "engine/rules/rules.h"
#include "events/text.h"
#include "projections/queries.h"
#include "tests/support/catch.h"
#include "tests/support/given.h"
#include "tests/support/ledger_box.h"
#include "tests/support/random_commands.h"
#include "tests/support/world.h"

namespace seatledger {
namespace {

using namespace testing;

// Hardly anything is held: nearly every look goes to the tables.
StateLimits tiny_limits() {
    StateLimits limits;
    limits.accounts_max = 2;
    limits.people_max = 8;
    limits.chunks_max = 2;
    limits.invoices_max = 2;
    limits.queues_max = 2;
    return limits;
}

std::string describe(const std::vector<Billed>& still_billed) {
    std::string out;
    for (const auto& billed : still_billed) {
        out += " " + billed.sku + std::to_string(billed.license.value);
        for (const auto& queue : billed.queues) {
            out += " in " + queue.id + "/" + std::to_string(static_cast<int>(queue.kind));
        }
    }
    return out;
}

std::string describe(const Answer& answer) {
    std::string out = rejected(answer);
    if (answer.rejection) out += " " + answer.rejection->message;
    out += " " + std::to_string(answer.first.value) + "-" + std::to_string(answer.last.value);
    out += answer.replayed ? " replayed" : "";
    out += answer.dry_run ? " dry" : "";
    out += describe(answer.still_billed);
    for (const auto& person : answer.people) out += " " + std::to_string(person.user.value) + std::string(person.email);
    for (const auto& event : events_of(answer)) out += "\n  " + event;
    for (const auto& row : answer.rows) out += "\n row " + describe(row);
    return out;
}

std::string dump(LiveWorld& world) { return testing::dump(world.ledger().state(), names_in(world.log())); }

// Two ledgers that are told the same: one has everything in memory, the other reads it from the tables.
class Twins {
 public:
    explicit Twins(std::uint64_t seed) : random_(seed), world_(tiny_limits()) {
        for (const auto& command : random_.start()) tell(command);
    }

    LiveWorld& world() { return world_; }
    RandomCommands& random() { return random_; }

    void tell(const std::string& command) {
        INFO("command " << command);
        const auto& expected = describe(memory_.judge(command));
        const auto& answer = world_.judge(command);
        if (describe(answer) != expected) FAIL(describe(answer) << "\nis not\n" << expected);
        note_unbinds(answer);
    }

    void tell_some(int count) {
        for (int i = 0; i < count; ++i) {
            const Instant now{world_.now().micros + random_.leap_micros()};
            world_.clock().set(now);
            memory_.clock().set(now);
            tell(random_.next());
            if (random_.one_in(8)) project_some();
        }
    }

    // Not always to the end.
    void project_some() {
        const auto ends = world_.block_ends();
        auto end = ends.back();
        if (random_.one_in(2)) end = ends[ends.size() - 1 - random_.number(std::min<std::size_t>(ends.size(), 10))];
        world_.project_up_to(end);
    }

    void check_same() {
        CHECK(memory_.blocks() == LogBlocks(world_.log()));
        CHECK(dump(world_) == memory_.dump());
        check_unbinds();
    }

 private:
    struct Unbind {
        std::string account;
        UserId user;
        Sequence sequence;
        std::string still_billed;
    };

    void note_unbinds(const Answer& answer) {
        if (answer.dry_run) return;
        for (const auto& row : answer.rows) note_unbinds(row);
        for (const auto& entry : Entries(answer.entries, answer.first)) {
            const auto event = read_event(entry);
            if (!event.isLicenseUnbound()) continue;
            unbinds_.push_back({std::string(view(event.getAccount())), UserId(event.getLicenseUnbound().getUser()),
                                entry.sequence, describe(answer.still_billed)});
        }
    }

    // Asked for again, what was still billed is what it was then, whatever has happened since.
    void check_unbinds() {
        world_.project();
        REQUIRE_FALSE(unbinds_.empty());
        for (const auto& unbind : unbinds_) {
            const auto again = answer_still_billed(world_.projections(), unbind.account, unbind.user, unbind.sequence);
            INFO(unbind.account << ": event " << unbind.sequence.value);
            CHECK(describe(again) == unbind.still_billed);
        }
    }

    static std::vector<Words> LogBlocks(const Log& log) {
        std::vector<Words> blocks;
        const auto cursor = log.read(Sequence(1));
        for (auto block = cursor->next(); block && *block; block = cursor->next()) {
            blocks.emplace_back((*block)->words().begin(), (*block)->words().end());
        }
        return blocks;
    }

    RandomCommands random_;
    LiveWorld world_;
    LedgerBox memory_;
    std::vector<Unbind> unbinds_;
};

void check_twins(std::uint64_t seed, int commands) {
    INFO("seed " << seed);
    Twins twins(seed);
    twins.tell_some(commands);
    twins.check_same();
}

TEST_CASE("a ledger that holds hardly anything answers like one that holds everything") {
    for (const std::uint64_t seed : {20200118u, 20200119u}) check_twins(seed, 1'500);
}

TEST_CASE("a ledger that holds hardly anything answers like one that holds everything, at length", "[slow]") {
    for (std::uint64_t seed = 21; seed <= 28; ++seed) check_twins(seed, 8'000);
}

void check_restarts(std::uint64_t seed, int commands, int restarts) {
    INFO("seed " << seed);
    Twins twins(seed);
    for (int i = 0; i < restarts; ++i) {
        twins.tell_some(commands);
        twins.project_some();
        const auto before = dump(twins.world());
        // The tables are as of some earlier event now; the events beyond are folded in.
        const auto lag = twins.world().log().last().value - twins.world().projections().checkpoint().value;
        INFO("restart " << i << " with a lag of " << lag);
        twins.world().reopen();
        CHECK(dump(twins.world()) == before);
    }
    twins.tell_some(commands);
    twins.check_same();
}

TEST_CASE("a ledger that is opened again over tables that lag behind is what it was") {
    check_restarts(20200120, 100, 8);
}

TEST_CASE("a ledger that is opened again and again is what it was, at length", "[slow]") {
    for (std::uint64_t seed = 31; seed <= 36; ++seed) check_restarts(seed, 250, 25);
}

TEST_CASE("a ledger that is opened over tables without a row folds in the whole log") {
    Twins twins(20200121);
    twins.tell_some(300);
    const auto before = dump(twins.world());
    auto& world = twins.world();
    world.close();
    std::filesystem::remove_all(world.directory());
    world.open_projections();
    world.open_ledger();
    CHECK(world.projections().checkpoint() == Sequence());
    CHECK(dump(world) == before);
    world.follow();
    twins.tell_some(200);
    twins.check_same();
}

TEST_CASE("a request id is known for ever: while the tables lack it, when they have it, and after a restart") {
    LiveWorld world(tiny_limits());
    world.must_happen(steps(product("connect"), open_acme(), registered("ann"), bought("i-1", "connect", 3)));
    const auto with_id = [](const std::string& id, int license) {
        return acme("'requestId':'" + id + "','bindLicense':{'license':" + std::to_string(license) +
                    ",'email':'ann@acme.test'}");
    };
    const auto first = world.judge(with_id("r", 1)).last;
    const auto check = [&] {
        const auto& again = world.judge(with_id("r", 1));
        CHECK(again.replayed);
        CHECK(again.first == first);
        CHECK(again.last == first);
        CHECK(rejected(world.judge(with_id("r", 2))) == "request_id_reused");
        CHECK(world.log().last() == first);
    };
    REQUIRE(world.projections().checkpoint() < first);
    check();
    world.project();
    CHECK(world.ledger().evict());
    check();
    world.reopen();
    check();
    // One that the tables did not see before the restart.
    const auto rows = "'requestId':'bulk','unbindLicenses':{'rows':[{'license':1},{'license':2}],'atomic':true}";
    CHECK(rejected(world.judge(acme(rows))) == "license_must_be_bound");
    const auto pair = "'requestId':'two','reassignLicense':{'license':1,'email':'boss@acme.test'}";
    const auto two = world.judge(acme(pair));
    REQUIRE(two.last.value == two.first.value + 1);
    world.reopen();
    for (int i = 0; i < 2; ++i) {
        const auto& again = world.judge(acme(pair));
        CHECK(again.replayed);
        CHECK(again.first == two.first);
        CHECK(again.last == two.last);
        world.project();
        CHECK(world.ledger().evict());
    }
}

TEST_CASE("a request id of the catalogue, and of an account that it opened, is known after a restart") {
    LiveWorld world(tiny_limits());
    const std::string define =
        "{'requestId':'r','defineProduct':{'sku':'x','name':'X','type':'t','term':'P1Y','unitPrice':{'amount':'1.00',"
        "'currency':'USD'}}}";
    const auto open = open_acme("UTC", "'requestId':'r',");
    for (int i = 0; i < 4; ++i) {
        CHECK(world.judge(define).replayed == (i > 0));
        CHECK(world.judge(open).replayed == (i > 0));
        if (i == 1) world.project();
        if (i == 2) world.reopen();
    }
    CHECK(world.log().last() == Sequence(4));
}

// What a ledger has in memory that folded in every event up to `end`.
class Folded {
 public:
    explicit Folded(const Log& log) : cursor_(log.read(Sequence(1))), state_(nullptr, seals_, {}, {}) {}

    template <typename Visit>
    bool next_block(Visit visit) {
        const auto block = cursor_->next();
        REQUIRE(block.has_value());
        if (!*block) return false;
        for (const auto& entry : (*block)->entries()) {
            const auto event = read_event(entry);
            names_.add(event);
            state_.set_sequence(entry.sequence);
            rules::evolve(state_, rules::EventHead(entry));
            visit(event, state_);
        }
        last_ = (*block)->last();
        return true;
    }

    [[nodiscard]] std::string dump() { return testing::dump(state_, names_); }
    [[nodiscard]] const Names& names() const { return names_; }
    [[nodiscard]] Sequence last() const { return last_; }
    CachedState& state() { return state_; }

 private:
    std::unique_ptr<LogCursor> cursor_;
    AnySeals seals_;
    CachedState state_;
    Names names_;
    Sequence last_;
};

void run_history(LiveWorld& world, RandomCommands& commands, int count) {
    for (const auto& command : commands.start()) world.judge(command);
    for (int i = 0; i < count; ++i) {
        world.clock().set(Instant{world.now().micros + commands.leap_micros()});
        world.judge(commands.next());
    }
}

TEST_CASE("what the engine reads of the tables is what it would have in memory, block after block") {
    constexpr auto seed = 20200122u;
    INFO("seed " << seed);
    RandomCommands random(seed);
    LiveWorld world;
    run_history(world, random, 700);
    Folded folded(world.log());
    while (folded.next_block([](auto, auto&) {})) {
        if (!random.one_in(12)) continue;
        world.project_up_to(folded.last());
        CachedState read(&world.projections(), world.secrets().vault(), folded.last(), {});
        const auto expected = folded.dump();
        if (testing::dump(read, folded.names()) != expected) {
            CHECK(testing::dump(read, folded.names()) == expected);
            break;
        }
    }
}

// An account's row, without the order in which its fields came about.
std::string shown(const Account& account) {
    std::string out = account.id;
    for (const auto number :
         {std::int64_t{account.number.value}, std::int64_t{account.importing}, account.last_effective_at.micros,
          std::int64_t{account.next_license.value}, std::int64_t{account.next_user.value}, account.reminded[0].micros,
          account.reminded[1].micros, account.next_due.micros}) {
        out += " " + std::to_string(number);
    }
    for (const auto user : account.super_admins) out += " " + std::to_string(user.value);
    return out;
}

TEST_CASE("an account is read as of any event, within a block too, though the tables have all of the log") {
    constexpr auto seed = 20200123u;
    INFO("seed " << seed);
    RandomCommands random(seed);
    LiveWorld world;
    run_history(world, random, 500);
    world.project();
    Folded folded(world.log());
    while (folded.next_block([&](schema::Event::Reader event, CachedState& state) {
        const Sequence at(event.getSequence());
        for (const auto& id : RandomCommands::accounts()) {
            const auto* expected = state.account(id);
            const auto found = world.projections().account(id, at);
            REQUIRE(found.has_value() == (expected != nullptr));
            if (found) CHECK(shown(*found) == shown(*expected));
        }
        CHECK(world.projections().last_account(at).value + 1 == state.next_account().value);
        CHECK(world.projections().catalog_last_effective_at(at) == state.catalog().last_effective_at());
        CHECK(world.projections().products(at).size() == state.catalog().all().size());
        CHECK(world.projections().last_recorded_at(at) == Instant{event.getRecordedAt()});
    })) {
    }
}

TEST_CASE("what falls due is found, each account once, in the order of the instants") {
    constexpr auto seed = 20200124u;
    INFO("seed " << seed);
    RandomCommands random(seed);
    LiveWorld world;
    run_history(world, random, 100);
    world.project();
    CHECK(world.projections().due(first_instant, 10).empty());
    for (int i = 0; i < 400; ++i) {
        // What was found once is recorded, and what comes may fall due before it.
        for (auto count = random.number(4); count > 0; --count) world.judge(random.next());
        world.clock().set(Instant{world.now().micros + random.leap_micros()});
        if (random.one_in(40)) CHECK(world.projections().rebuild({}).has_value());
        world.project();
        const Instant until{world.now().micros + static_cast<std::int64_t>(random.number(60ull * 86'400'000'000))};
        std::vector<std::pair<Instant, std::string>> expected;
        for (const auto& id : RandomCommands::accounts()) {
            const auto* account = world.ledger().state().account(id);
            if (account == nullptr || account->importing || account->next_due > until) continue;
            expected.emplace_back(account->next_due, id);
        }
        std::ranges::sort(expected);
        const auto count_max = 1 + random.number(4);
        auto found = world.projections().due(until, count_max);
        REQUIRE(found.size() == std::min<std::size_t>(expected.size(), count_max));
        for (std::size_t d = 0; d < found.size(); ++d) CHECK(found[d].instant == expected[d].first);
        for (const auto& due : found) CHECK(world.ledger().state().account(due.account)->next_due == due.instant);
    }
}

TEST_CASE("the timer records what fell due in accounts whose time runs, and in no others") {
    LiveWorld world;
    const std::string past =
        "{'account':'past','at':'2019-01-01T00:00:00Z','openAccount':{'name':'Past','importing':true,'superAdmin':{"
        "'email':'boss@acme.test'}}}";
    const auto in_past = [](const std::string& body) {
        return "{'account':'past','at':'2019-01-02T00:00:00Z'," + body + "}";
    };
    world.must_happen(
        steps("{'at':'2018-01-01T00:00:00Z','defineProduct':{'sku':'day','name':'D','type':'t','term':'P1D',"
              "'unitPrice':{'amount':'10.00','currency':'USD'}}}",
              open_acme(), bought("i-1", "day", 2), bought("i-2", "day", 2), past,
              in_past("'issueInvoice':{'invoice':'p','raisedBy':'boss@acme.test','lines':[{'sku':'day',"
                      "'quantity':1}]}"),
              in_past("'recordPayment':{'invoice':'p','reference':'p','amount':{'amount':'10.00',"
                      "'currency':'USD'}}"),
              "2020-01-02T00:00:00Z"));
    const auto tick = [&] {
        const auto before = world.log().last().value;
        REQUIRE(world.ledger().record_due().has_value());
        REQUIRE(world.ledger().commit().has_value());
        return world.log().last().value - before;
    };
    CHECK(tick() == 2);
    CHECK(tick() == 0);  // though the tables have not seen it yet
    world.project();
    CHECK(tick() == 0);
    world.must_happen({"{'account':'past','endImport':{}}"});
    CHECK(tick() == 0);  // it caught up at once
}

TEST_CASE("the next free license of the tables is the first that nobody has") {
    constexpr auto seed = 20200125u;
    INFO("seed " << seed);
    RandomCommands random(seed);
    LiveWorld world;
    run_history(world, random, 600);
    world.project();
    auto& state = world.ledger().state();
    for (const auto& id : RandomCommands::accounts()) {
        const auto* account = state.account(id);
        if (account == nullptr) continue;
        const auto last = account->next_license.value;
        for (std::uint32_t chunk = 0; chunk <= last / chunk_licenses; ++chunk) {
            const auto holders = world.projections().holders(account->number, chunk, world.log().last());
            for (std::uint32_t i = 0; i < chunk_licenses; ++i) {
                const LicenseNumber license(chunk * chunk_licenses + i);
                if (license && license < account->next_license)
                    CHECK(holders[i] == state.holder(account->number, license));
            }
        }
        for (int i = 0; i < 200 && last > 1; ++i) {
            const LicenseNumber from(static_cast<std::uint32_t>(1 + random.number(last)));
            const LicenseNumber end(from.value + static_cast<std::uint32_t>(1 + random.number(last)));
            LicenseNumber expected;
            for (auto license = from; license < end && license < account->next_license && !expected;
                 license = license.next()) {
                if (!state.holder(account->number, license)) expected = license;
            }
            CHECK(world.projections().next_free(account->number, from, end) == expected);
        }
    }
}

}  // namespace
}  // namespace seatledger
