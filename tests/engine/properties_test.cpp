// What holds whatever the commands are: random ones, several accounts, and times at which something happens.
#include <capnp/message.h>

#include <map>
#include <set>
#include <string>
#include <vector>

#include "engine/rules/rules.h"
#include "events/text.h"
#include "tests/support/catch.h"
#include "tests/support/command_generator.h"
#include "tests/support/given.h"
#include "tests/support/ledger_box.h"
#include "tests/support/log_oracle.h"
#include "tests/support/map_state.h"
#include "tests/support/map_tables.h"

namespace seatledger {
namespace {

using namespace testing;

// What a command would be answered by the rules alone, over the naive state. Due events need not be recorded for it.
Verdict judge_naively(State& state, schema::Command::Reader command, Instant now) {
    const rules::Head head(command);
    if (auto values = rules::check_values(head); !values) return values;
    const auto account = rules::find_stream(state, head);
    if (!account) return std::unexpected(account.error());
    const auto principal = rules::authorize(state, head, vendor_caller, *account);
    if (!principal) return std::unexpected(principal.error());
    const auto at = rules::effective_time(state, head, vendor_caller, *account, now);
    if (!at) return std::unexpected(at.error());
    Envelope envelope;
    envelope.account = view(command.getAccount());
    envelope.effective_at = *at;
    envelope.principal = principal->kind;
    envelope.actor = principal->user;
    // As large as the ledger's.
    const CommandDigest digest{};
    if (!head.request_id.empty()) {
        envelope.request_id = head.request_id;
        envelope.request_digest = digest;
    }
    BlockBuilder block(Sequence(1));
    CommitWriter writer(block, envelope);
    auto verdict = rules::decide(state, command, *account, writer);
    return verdict ? rules::check_size(head.which, writer) : verdict;
}

class Simulation {
 public:
    // With tables, next to nothing is held in memory, and the tables are somewhat behind.
    explicit Simulation(std::uint64_t seed, bool has_tables = false)
        : has_tables_(has_tables),
          box_(true, make_memory_log(), has_tables ? &tables_ : nullptr, {2, 3, 1, 2, 1}),
          commands_(seed, naive_) {
        box_.must_happen(commands_.beginning());
        follow();
    }

    void run(int count, int dumps_every) {
        for (int i = 0; i < count; ++i) {
            step();
            if (has_tables_) let_go();
            if (i % dumps_every != 0) continue;
            compare_dumps();
            check_counts();
            check_holdings();
            check_queues();
        }
        box_.reopen();
        compare_dumps();
    }

    [[nodiscard]] int accepted() const { return accepted_; }
    [[nodiscard]] int rejected() const { return rejected_; }
    [[nodiscard]] int repeated() const { return repeated_; }
    [[nodiscard]] int due() const { return due_; }
    [[nodiscard]] std::size_t table_reads() const { return tables_.reads(); }
    [[nodiscard]] const std::map<std::string, int>& rules() const { return rules_; }
    [[nodiscard]] const std::map<std::string, int>& kinds() const { return kinds_; }

 private:
    struct Repeatable {
        std::string command;
        std::vector<std::pair<Sequence, Sequence>> events;  // of the command, or of its rows where each is a commit
    };

    void step() {
        box_.clock().set(commands_.next_now(now_));
        now_ = std::max(box_.clock().now(), last_recorded_at_);
        if (!repeatable_.empty() && commands_.one_in(12)) return repeat();
        judge(commands_.next(now_));
    }

    // Moves the tables on, lets the ledger forget, and records what fell due in accounts that nobody asks for.
    void let_go() {
        const auto behind = box_.log().last().value - tables_.checkpoint().value;
        if (behind > 0 && commands_.one_in(2)) {
            tables_.catch_up(box_.log(), Sequence(tables_.checkpoint().value + 1 + commands_.number(behind)));
        }
        static_cast<void>(box_.ledger().evict());
        if (commands_.one_in(20)) {
            const auto recorded = box_.ledger().record_due();
            REQUIRE(recorded.has_value());
            box_.commit();
            follow();
            CHECK(oracle_.complaints() == std::vector<std::string>());
        }
        if (commands_.one_in(200)) box_.reopen();
    }

    void judge(const std::string& json) {
        INFO(json);
        ReceivedCommand received(json);
        const auto command = received.get();
        const bool is_bulk = command.isBindLicenses() || command.isUnbindLicenses();
        const bool is_dry = is_bulk && (command.isBindLicenses() ? command.getBindLicenses().getDryRun()
                                                                 : command.getUnbindLicenses().getDryRun());
        const auto expected = is_bulk ? Verdict() : judge_naively(naive_, command, now_);
        const auto before = box_.log().last();
        const auto& answer = box_.judge(json);
        const auto due = follow();
        due_ += due;
        count(answer, json);
        if (answer.rejection) {
            // Nothing was appended but what fell due.
            CHECK(box_.log().last().value == before.value + static_cast<std::uint64_t>(due));
        }
        if (is_dry) CHECK(box_.log().last() == before);
        // Of what was done under the same id before the naive state knows nothing.
        if (!is_bulk && !answer.replayed) {
            CHECK(answer.rejection.has_value() == !expected.has_value());
            if (answer.rejection && !expected) CHECK(answer.rejection->message == expected.error().message);
        }
        remember(command, json, answer, is_dry);
        CHECK(oracle_.complaints() == std::vector<std::string>());
    }

    void remember(schema::Command::Reader command, const std::string& json, const Answer& answer, bool is_dry) {
        if (command.getRequestId().size() == 0 || answer.rejection || is_dry) return;
        Repeatable done{json, {}};
        const auto is_atomic = [](auto bulk) { return bulk.getAtomic(); };
        const bool in_rows = (command.isBindLicenses() && !is_atomic(command.getBindLicenses())) ||
                             (command.isUnbindLicenses() && !is_atomic(command.getUnbindLicenses()));
        if (in_rows) {
            for (const auto& row : answer.rows) done.events.emplace_back(row.first, row.last);
        } else if (!answer.rows.empty()) {
            done.events.emplace_back(answer.rows.front().first, answer.rows.back().last);
        } else {
            done.events.emplace_back(answer.first, answer.last);
        }
        if (repeatable_.size() < 200) {
            repeatable_.push_back(std::move(done));
        } else {
            repeatable_[commands_.number(200)] = std::move(done);
        }
    }

    // The same request again: the same answer, whatever has happened since.
    void repeat() {
        ++repeated_;
        const auto& done = repeatable_[commands_.number(repeatable_.size())];
        INFO(done.command);
        for (const auto& [first, last] : done.events) {
            if (last.value == 0) return;  // a row that was rejected: it is judged anew
        }
        const auto before = box_.log().last();
        const auto& answer = box_.judge(done.command);
        CHECK_FALSE(answer.rejection);
        CHECK(box_.log().last() == before);
        const auto is_same = [](const Answer& part, const std::pair<Sequence, Sequence>& events) {
            return part.replayed && part.first == events.first && part.last == events.second;
        };
        if (answer.rows.empty()) {
            CHECK(is_same(answer, done.events.at(0)));
        } else {
            REQUIRE(answer.rows.size() == done.events.size());
            for (std::size_t i = 0; i < done.events.size(); ++i) CHECK(is_same(answer.rows[i], done.events[i]));
        }
    }

    void count(const Answer& answer, const std::string& json) {
        const auto add = [&](const Answer& part) {
            part.rejection ? ++rejected_ : ++accepted_;
            if (part.rejection) ++rules_[std::string(rule_id(part.rejection->rule))];
        };
        if (answer.rows.empty()) add(answer);
        for (const auto& row : answer.rows) add(row);
        const auto end = json.find("':{");
        const auto begin = json.rfind('\'', end - 1);
        ++kinds_[json.substr(begin + 1, end - begin - 1) + (answer.rejection ? " rejected" : " accepted")];
    }

    // Folds in what is new in the log; gives how much of it fell due.
    int follow() {
        int due = 0;
        const auto cursor = box_.log().read(followed_.next());
        while (true) {
            const auto block = cursor->next();
            REQUIRE(block.has_value());
            if (!*block) return due;
            for (const auto& entry : (*block)->entries()) {
                const auto event = read_event(entry);
                due += event.getPrincipal() == schema::Event::Principal::LEDGER ? 1 : 0;
                rules::evolve(naive_, rules::EventHead(entry));
                names_.add(event);
                oracle_.add(event, entry.sequence);
                last_recorded_at_ = Instant{event.getRecordedAt()};
                followed_ = entry.sequence;
            }
        }
    }

    void compare_dumps() { CHECK(dump(box_.ledger().state(), names_) == dump(naive_, names_)); }

    // By the oracle every license has one status; the state knows as many of each.
    void check_counts() {
        for (const auto& [id, account] : oracle_.accounts()) {
            if (id.empty()) continue;
            std::map<LogOracle::Status, std::size_t> by_events;
            std::map<LogOracle::Status, std::size_t> by_state;
            for (const auto& [number, license] : account.licenses) ++by_events[LogOracle::status_of(license, now_)];
            auto& state = box_.ledger().state();
            const auto number = state.account(id)->number;
            for (const auto& lot : state.lots(number)) {
                for (std::uint32_t i = 0; i < lot.quantity; ++i) {
                    const auto holder = state.holder(number, LicenseNumber(lot.first.value + i));
                    ++by_state[holder == revoked_holder    ? LogOracle::Status::revoked
                               : lot.expired_at(now_)      ? LogOracle::Status::expired
                               : static_cast<bool>(holder) ? LogOracle::Status::bound
                                                           : LogOracle::Status::available];
                }
            }
            CHECK(by_events == by_state);
            CHECK(by_state[LogOracle::Status::available] + by_state[LogOracle::Status::bound] +
                      by_state[LogOracle::Status::expired] + by_state[LogOracle::Status::revoked] ==
                  account.licenses.size());
        }
    }

    // What a person has and who has a license are two sides of the same thing.
    void check_holdings() {
        auto& state = box_.ledger().state();
        for (const auto& [id, names] : names_.accounts()) {
            const auto& account = *state.account(id);
            std::map<LicenseNumber, UserId> by_person;
            for (UserId user(1); user < account.next_user; user = user.next()) {
                std::set<ProductNumber> products;
                for (const auto& holding : state.user(account.number, user)->holdings) {
                    if (holding.valid_until <= now_) continue;
                    CHECK(by_person.emplace(holding.license, user).second);
                    CHECK(products.insert(holding.product).second);
                }
            }
            std::map<LicenseNumber, UserId> by_license;
            for (const auto& lot : state.lots(account.number)) {
                for (auto license = lot.first; lot.contains(license) && !lot.expired_at(now_);
                     license = license.next()) {
                    const auto user = state.holder(account.number, license);
                    if (user && user != revoked_holder) by_license.emplace(license, user);
                }
            }
            CHECK(by_person == by_license);
        }
    }

    // So are who is in a queue and in which queues a person is; and the events say the same.
    void check_queues() {
        using Places = std::set<std::pair<std::string, std::uint32_t>>;
        auto& state = box_.ledger().state();
        for (const auto& [id, names] : names_.accounts()) {
            const auto& account = *state.account(id);
            Places by_queue;
            for (const auto& name : names.queues) {
                const auto& queue = *state.queue(account.number, name);
                for (const auto member : queue.members) CHECK(by_queue.emplace(name, member.value).second);
                CHECK(queue.deleted == !oracle_.accounts().at(id).queues.contains(name));
            }
            Places by_person;
            for (UserId user(1); user < account.next_user; user = user.next()) {
                for (const auto& place : state.user(account.number, user)->queues) {
                    CHECK(by_person.emplace(place.queue, user.value).second);
                }
            }
            Places by_events;
            for (const auto& [name, members] : oracle_.accounts().at(id).queues) {
                for (const auto& [user, role] : members) by_events.emplace(name, user);
            }
            CHECK(by_queue == by_events);
            CHECK(by_person == by_events);
        }
    }

    bool has_tables_;
    MapTables tables_;
    LedgerBox box_;
    MapState naive_;
    Names names_;
    LogOracle oracle_;
    CommandGenerator commands_;
    Instant now_ = instant("2020-01-01T00:00:00Z");
    Instant last_recorded_at_ = no_instant;
    Sequence followed_;
    std::vector<Repeatable> repeatable_;
    int accepted_ = 0;
    int rejected_ = 0;
    int repeated_ = 0;
    int due_ = 0;
    std::map<std::string, int> rules_;
    std::map<std::string, int> kinds_;
};

// That the commands were worth it.
void check_variety(const Simulation& simulation, int count) {
    std::string shown;
    for (const auto& [kind, times] : simulation.kinds()) shown += kind + " " + std::to_string(times) + "\n";
    for (const auto& [rule, times] : simulation.rules()) shown += rule + " " + std::to_string(times) + "\n";
    INFO("accepted " << simulation.accepted() << ", rejected " << simulation.rejected() << ", repeated "
                     << simulation.repeated() << ", fell due " << simulation.due() << "\n"
                     << shown);
    const auto judged = simulation.accepted() + simulation.rejected();
    CHECK(simulation.accepted() * 100 > judged * 40);
    CHECK(simulation.rejected() * 100 > judged * 20);
    CHECK(simulation.repeated() > count / 50);
    CHECK(simulation.due() > count / 50);
    CHECK(simulation.rules().size() >= 18);
    for (const std::string kind :
         {"registerUser",    "removeUser",      "changeEmail",    "grantRole",         "revokeRole",
          "issueInvoice",    "voidInvoice",     "recordPayment",  "bindLicense",       "unbindLicense",
          "reassignLicense", "bindLicenses",    "unbindLicenses", "changeProduct",     "defineProduct",
          "createQueue",     "deleteQueue",     "addQueueMember", "removeQueueMember", "addCard",
          "removeCard",      "requestLicenses", "fulfillOrder",   "cancelOrder",       "creditInvoice",
          "reversePayment",  "setPassword",     "erasePerson",    "savePhone",         "openDispute",
          "addEvidence",     "resolveDispute"}) {
        CAPTURE(kind);
        CHECK(simulation.kinds().contains(kind + " accepted"));
        CHECK(simulation.kinds().contains(kind + " rejected"));
    }
    for (const std::string rule :
         {"queue_must_be_new", "queue_must_exist", "member_must_be_new", "member_must_exist", "user_must_hold_nothing",
          "membership_product_must_be_single", "credit_must_fit", "invoice_must_be_paid", "license_must_not_be_revoked",
          "order_must_be_open", "super_admin_with_card_required", "password_must_be_long",
          "user_must_hold_phone_product", "config_must_be_json", "dispute_must_exist", "dispute_must_be_open",
          "person_must_not_be_in_dispute"}) {
        CAPTURE(rule);
        CHECK(simulation.rules().contains(rule));
    }
}

}  // namespace

TEST_CASE("random commands keep the promises of the ledger") {
    const std::uint64_t seed = 20'200'907;
    constexpr int count = 4'000;
    INFO("seed " << seed);
    Simulation simulation(seed);
    simulation.run(count, 100);
    check_variety(simulation, count);
}

TEST_CASE("random commands keep the promises of a ledger that holds next to nothing in memory") {
    const std::uint64_t seed = 20'200'908;
    constexpr int count = 4'000;
    INFO("seed " << seed);
    Simulation simulation(seed, true);
    simulation.run(count, 100);
    CHECK(simulation.table_reads() > count);
    check_variety(simulation, count);
}

TEST_CASE("random commands keep the promises of the ledger, for long", "[slow]") {
    for (std::uint64_t seed = 1; seed <= 10; ++seed) {
        constexpr int count = 20'000;
        INFO("seed " << seed);
        Simulation simulation(seed, seed % 2 == 0);
        simulation.run(count, 500);
        check_variety(simulation, count);
    }
}

}  // namespace seatledger
