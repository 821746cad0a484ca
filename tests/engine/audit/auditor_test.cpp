// What the ledger writes passes the audit; what it could not have written is named.
#include "engine/audit/auditor.h"

#include <string>
#include <vector>

#include "tests/support/audited.h"
#include "tests/support/catch.h"
#include "tests/support/command_generator.h"
#include "tests/support/forged_log.h"
#include "tests/support/given.h"
#include "tests/support/ledger_box.h"
#include "tests/support/samples.h"

namespace seatledger {
namespace {

using namespace testing;
void check_clean(LedgerBox& box) {
    const auto result = audit(box.log(), box.secrets().vault());
    CHECK(result.lines() == std::vector<std::string>());
    CHECK(result.counts.events == box.log().last().value);
    CHECK(result.counts.unjudged == 0);
    CHECK(result.counts.other_calendar == 0);
}

void run_at_random(std::uint64_t seed, int count) {
    INFO("seed " << seed);
    LedgerBox box;
    CommandGenerator commands(seed, box.ledger().state());
    box.must_happen(commands.beginning());
    auto now = box.clock().now();
    for (int i = 0; i < count; ++i) {
        box.clock().set(commands.next_now(now));
        now = std::max(now, box.clock().now());
        static_cast<void>(box.judge(commands.next(now)));
        if (!commands.one_in(50)) continue;
        REQUIRE(box.ledger().record_due().has_value());
        box.commit();
    }
    check_clean(box);
}

const Caller boss{"acme", UserId(1), {}};

// As somebody who sends it themself.
void judge_as(LedgerBox& box, const Caller& caller, std::string_view command) {
    ReceivedCommand received(command);
    Answer answer;
    REQUIRE(box.ledger().judge(received.get(), caller, answer).has_value());
    REQUIRE(!answer.rejection);
    box.commit();
}

}  // namespace

TEST_CASE("what people send themselves passes the audit, and so does what the ledger does by itself") {
    LedgerBox box;
    box.must_happen(steps(sample_world(), phone_saved("member"), "2020-02-01T00:00:00Z"));
    judge_as(box, boss, acme("'registerUser':{'email':'new@acme.test','sku':'connect','password':'a good password'}"));
    judge_as(box, boss, acme("'unbindLicense':{'license':1}"));
    judge_as(box, boss, acme("'reassignLicense':{'license':2,'email':'admin@acme.test'}"));
    judge_as(box, boss,
             acme("'bindLicenses':{'atomic':true,'rows':[{'license':1,'email':'boss@acme.test'},"
                  "{'license':3,'email':'member@acme.test'}]}"));
    judge_as(box, boss, acme("'requestLicenses':{'sku':'connect','quantity':2}"));
    ForgedLog events(box.log());
    const auto queued = events.last(schema::Event::NOTIFICATION_QUEUED);
    box.ledger().record_sent(
        {"acme", UserId(events.event(queued).getNotificationQueued().getUser()), Sequence(queued)});
    box.commit();
    // Everything ends: reminders, expiries, the phones that were kept.
    box.must_happen({"2022-01-01T00:00:00Z", acme("'createQueue':{'queue':'late','kind':'call'}")});
    judge_as(box, boss, acme("'erasePerson':{'email':'new@acme.test'}"));
    check_clean(box);
}

TEST_CASE("what is sealed in a log is not needed once it was erased") {
    LedgerBox box;
    box.must_happen(steps(sample_world(), "2020-02-01T00:00:00Z", unbind(1),
                          acme("'removeQueueMember':{'queue':'support','email':'member@acme.test'}"),
                          acme("'removeUser':{'email':'member@acme.test'}"), registered("member"),
                          acme("'changeEmail':{'email':'member@acme.test','newEmail':'again@acme.test'}"),
                          acme("'erasePerson':{'email':'member@acme.test'}"),
                          acme("'erasePerson':{'email':'again@acme.test'}"), registered("again")));
    check_clean(box);
}

TEST_CASE("a vault that is not the log's is found out") {
    LedgerBox box;
    box.must_happen(sample_world());
    const auto other = make_memory_vault(4711);
    CHECK(!audit(box.log(), *other).findings.empty());
}

TEST_CASE("what came of random commands passes the audit") {
    for (const std::uint64_t seed : {11, 12, 13, 14}) run_at_random(seed, 1'500);
}

TEST_CASE("what came of very many random commands passes the audit", "[slow]") {
    for (std::uint64_t seed = 100; seed < 120; ++seed) run_at_random(seed, 10'000);
}

TEST_CASE("what comes of every command passes the audit") {
    for (const auto& sample : samples()) {
        INFO(sample.name);
        LedgerBox box;
        box.must_happen(sample_world());
        box.must_happen({sample.command()});
        check_clean(box);
    }
}

}  // namespace seatledger
