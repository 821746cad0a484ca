// What a ledger promises of every command: one way in, in order, all of it or nothing.
#include "engine/ledger.h"

#include <algorithm>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "tests/support/catch.h"
#include "tests/support/given.h"
#include "tests/support/ledger_box.h"
#include "tests/support/samples.h"

namespace seatledger {
namespace {

using namespace testing;

Steps world() {
    return steps(open_acme(), registered("ann"), registered("bob"), product("connect"), product("center"),
                 bought("i-1", "connect", 3), bought("i-2", "center", 1));
}

// A log whose blocks are gone with the cursor that read them, as those of a log on disk are.
class ForgetfulLog final : public Log {
 public:
    std::expected<void, StorageFailure> append(Sequence expected, std::span<const std::uint64_t> block) override {
        return log_->append(expected, block);
    }
    Sequence last() const override { return log_->last(); }
    std::unique_ptr<LogCursor> read(Sequence from) const override { return std::make_unique<Cursor>(log_->read(from)); }

 private:
    class Cursor final : public LogCursor {
     public:
        explicit Cursor(std::unique_ptr<LogCursor> cursor) : cursor_(std::move(cursor)) {}
        ~Cursor() override { std::ranges::fill(words_, 0); }
        std::expected<std::optional<BlockView>, StorageFailure> next() override {
            const auto block = cursor_->next();
            if (!block || !*block) return block;
            words_.assign((*block)->words().begin(), (*block)->words().end());
            return open_block(words_).value();
        }

     private:
        std::unique_ptr<LogCursor> cursor_;
        Words words_;
    };

    std::unique_ptr<Log> log_ = make_memory_log();
};

std::string many_lines(int count) {
    std::string lines;
    for (int i = 0; i < count; ++i) lines += std::string(i == 0 ? "" : ",") + "{'sku':'connect','quantity':1}";
    return acme("'issueInvoice':{'invoice':'long','raisedBy':'boss@acme.test','lines':[" + lines + "]}");
}

std::string much_text(int features) {
    std::string list;
    for (int i = 0; i < features; ++i) list += (i == 0 ? "'" : ",'") + std::string(256, 'f') + "'";
    return "{'changeProduct':{'sku':'connect','features':[" + list + "]}}";
}

}  // namespace

TEST_CASE("sequences are dense and begin at 1") {
    LedgerBox box;
    CHECK(box.ledger().last().value == 0);
    const auto& first = box.judge(open_acme());
    CHECK(first.first.value == 1);
    CHECK(first.last.value == 3);
    const auto& second = box.judge(registered("ann"));
    CHECK(second.first.value == 4);
    CHECK(second.last.value == 4);
    CHECK(box.log().last().value == 4);
    std::uint64_t sequence = 0;
    for (const auto& event : box.events()) CHECK(is_event(event, "{'sequence':" + std::to_string(++sequence) + "}"));
}

TEST_CASE("what is judged together is one block, and every answer has its own events of it") {
    LedgerBox box;
    const auto& opened = box.judge_only(open_acme());
    const auto& refused = box.judge_only(bind(1, "boss"));
    const auto& registered_ann = box.judge_only(registered("ann"));
    CHECK(box.log().last().value == 0);
    CHECK(opened.entries.empty());
    box.commit();
    CHECK(box.blocks().size() == 1);
    CHECK(events_of(opened).size() == 3);
    CHECK(refused.entries.empty());
    REQUIRE(events_of(registered_ann).size() == 1);
    CHECK(is_event(events_of(registered_ann)[0], "{'sequence':4,'userRegistered':{'email':'ann@acme.test'}}"));
    box.commit();
    CHECK(box.blocks().size() == 1);
}

TEST_CASE("a full block is written while more is judged") {
    LedgerBox box;
    box.must_happen(world());
    const auto before = box.blocks().size();
    std::vector<const Answer*> answers;
    for (int i = 0; i < 3000; ++i) answers.push_back(&box.judge_only(registered("p" + std::to_string(i))));
    CHECK(box.blocks().size() > before);
    box.commit();
    for (const auto& words : box.blocks()) CHECK(words.size() * sizeof(std::uint64_t) < block_bytes_target + 10'000);
    for (int i : {0, 1, 1500, 2999}) {
        REQUIRE(events_of(*answers[i]).size() == 1);
        CHECK(is_event(events_of(*answers[i])[0], "{'sequence':" + std::to_string(answers[i]->last.value) +
                                                      ",'userRegistered':{'email':'p" + std::to_string(i) +
                                                      "@acme.test'}}"));
    }
}

TEST_CASE("a rejected command appends nothing and leaves no trace") {
    LedgerBox box;
    box.must_happen(sample_world());
    const auto blocks = box.blocks();
    const auto before = box.dump();
    for (const auto& sample : samples()) {
        for (const std::string envelope :
             {"'actor':'nobody@acme.test',", "'at':'2020-01-01T00:00:00.000001Z',", "'corrects':999,"}) {
            CAPTURE(sample.name, envelope);
            const auto& answer = box.judge(sample.command(envelope));
            CHECK(rejected(answer) != "");
            CHECK(answer.first.value == 0);
            CHECK(answer.last.value == 0);
            CHECK(answer.entries.empty());
        }
    }
    for (const std::string body :
         {"'registerUser':{'email':'new@acme.test','sku':'nothing'}", "'removeUser':{'email':'member@acme.test'}",
          "'reassignLicense':{'license':2,'email':'boss@acme.test'}",
          "'bindLicenses':{'atomic':true,'rows':[{'license':2,'email':'boss@acme.test'},{'license':2,'email':'admin@"
          "acme.test'}]}",
          "'recordPayment':{'invoice':'open-1','reference':'bank-paid-1','amount':{'amount':'10.00','currency':'USD'}"
          "}"}) {
        CAPTURE(body);
        CHECK(rejected(box.judge(acme(body))) != "");
    }
    CHECK(box.blocks() == blocks);
    CHECK(box.dump() == before);
    // Nor in memory only: the next one gets the number that the rejected ones did not.
    const auto& next = box.judge(registered("new"));
    CHECK(next.first.value == box.log().last().value);
    box.reopen();
    CHECK(box.dump() != before);
}

TEST_CASE("event_too_large: what no event holds is rejected, and the next command finds everything as it was") {
    LedgerBox box;
    box.must_happen(world());
    const auto blocks = box.blocks();
    const auto before = box.dump();
    const std::pair<std::string, std::vector<std::string>> too_large[] = {
        {much_text(256), {"changeProduct", "fewer features"}},
        {many_lines(2'000), {"issueInvoice", "several invoices"}},
        {many_lines(30'000), {"issueInvoice", "several invoices"}},
    };
    for (const auto& [command, mentioned] : too_large) {
        const auto& answer = box.judge(command);
        REQUIRE(rejected(answer) == "event_too_large");
        const auto& message = answer.rejection->message;
        INFO(message);
        CHECK(message.find("at most 65,535 bytes") != std::string::npos);
        for (const auto& mention : mentioned) CHECK(message.find(mention) != std::string::npos);
        auto size = message.substr(message.find(" of ") + 4);
        std::erase(size, ',');
        CHECK(std::stoul(size) > event_bytes_max);
    }
    CHECK(box.blocks() == blocks);
    CHECK(box.dump() == before);
    CHECK(rejected(box.judge(much_text(240))) == "");
    CHECK(rejected(box.judge(many_lines(300))) == "");
    const auto live = box.dump();
    box.reopen();
    CHECK(box.dump() == live);
}

TEST_CASE("a ledger opened on a log knows all that the one before it did") {
    LedgerBox box;
    box.must_happen(sample_world());
    for (const auto& sample : samples()) box.judge(sample.command());  // some are in the way of others
    const auto live = box.dump();
    box.reopen();
    CHECK(box.dump() == live);
    const auto& next = box.judge(registered("last"));
    CHECK(next.first == box.log().last());
}

// ---- corrects

TEST_CASE("corrects names an event of the same stream, and the events say so") {
    LedgerBox box(true, std::make_unique<ForgetfulLog>());
    box.must_happen(world());  // 1 is acme's accountOpened, 6 the catalogue's productDefined
    box.must_happen({"{'account':'globex','openAccount':{'name':'G','superAdmin':{'email':'gil@example.com'}}}"});
    const auto last = box.log().last().value;
    const auto correcting = [](std::uint64_t sequence, const std::string& body) {
        return acme("'corrects':" + std::to_string(sequence) + "," + body);
    };
    const std::string change = "'setPassword':{'email':'ann@acme.test','password':'a good password'}";
    for (const std::uint64_t sequence : {1, 2, 5}) {
        const auto& answer = box.judge(correcting(sequence, change));
        CHECK(rejected(answer) == "");
        CHECK(is_event(events_of(answer).at(0), "{'corrects':" + std::to_string(sequence) + "}"));
    }
    for (const std::uint64_t sequence : {std::uint64_t{6}, last, last + 100, ~std::uint64_t{0}}) {
        const auto& answer = box.judge(correcting(sequence, change));
        CHECK(rejected(answer) == "value_not_allowed");
        CHECK(answer.rejection->message.find("corrects " + std::to_string(sequence)) != std::string::npos);
    }
    CHECK(rejected(box.judge("{'corrects':6,'changeProduct':{'sku':'connect'}}")) == "");
    CHECK(rejected(box.judge("{'corrects':1,'changeProduct':{'sku':'connect'}}")) == "value_not_allowed");
    CHECK(
        rejected(box.judge("{'account':'new','corrects':1,'openAccount':{'name':'N','superAdmin':{'email':'a@b'}}}")) ==
        "value_not_allowed");
}

TEST_CASE("corrects may name what was judged a moment ago") {
    LedgerBox box;
    box.must_happen(world());
    const auto& wrong = box.judge_only(bind(1, "ann"));
    const auto& right =
        box.judge_only(acme("'corrects':" + std::to_string(wrong.last.value) + ",'unbindLicense':{'license':1}"));
    CHECK(rejected(right) == "");
    CHECK(rejected(box.judge_only(acme("'corrects':" + std::to_string(right.last.value + 1) +
                                       ",'unbindLicense':{'license':1}"))) == "value_not_allowed");
    box.commit();
    CHECK(events_of(wrong).size() == 1);
    CHECK(is_event(events_of(right).at(0), "{'corrects':" + std::to_string(wrong.last.value) + "}"));
}

TEST_CASE("a wrong corrects stands among the values that are not allowed, before everything else") {
    LedgerBox box;
    box.must_happen(world());
    const std::string corrects = "'corrects':999,";
    CHECK(rejected(box.judge("{'account':'nowhere'," + corrects + "'unbindLicense':{'license':1}}")) ==
          "value_not_allowed");
    CHECK(rejected(box.judge(acme(corrects + "'actor':'nobody@acme.test','unbindLicense':{'license':1}"))) ==
          "value_not_allowed");
    CHECK(rejected(box.judge(acme(corrects + "'at':'2030-01-01T00:00:00Z','unbindLicense':{'license':1}"))) ==
          "value_not_allowed");
    CHECK(rejected(box.judge(acme(corrects + "'unbindLicense':{'license':9}"))) == "value_not_allowed");
}

// ---- Answers

TEST_CASE("an answer names everyone whom its events name, once, however many they are") {
    LedgerBox box;
    box.must_happen(steps(open_acme(), product("connect"), product("other"), bought("i-1", "connect", 40)));
    for (int i = 1; i <= 40; ++i) {
        box.must_happen({registered("p" + std::to_string(i)), bind(i, "p" + std::to_string(i))});
    }
    const auto& answer = box.judge(acme("'reversePayment':{'invoice':'i-1','reason':'r'}"));
    std::set<std::uint32_t> named;
    for (const auto& person : answer.people) named.insert(person.user.value);
    CHECK(answer.people.size() == 40);
    CHECK(named.size() == 40);
}

TEST_CASE("the answer to an unbind says what is still billed for that user") {
    LedgerBox box;
    box.must_happen(steps(world(), bind(1, "ann"), bind(4, "ann"), bind(2, "bob")));
    const auto& first = box.judge(unbind(4));
    CHECK(first.unbound);
    REQUIRE(first.still_billed.size() == 1);
    CHECK(first.still_billed[0].sku == "connect");
    CHECK(first.still_billed[0].license.value == 1);
    const auto& second = box.judge(acme("'unbindLicense':{'sku':'connect','email':'ann@acme.test'}"));
    CHECK(second.unbound);
    CHECK(second.still_billed.empty());
    const auto& bound = box.judge(bind(1, "ann"));
    CHECK_FALSE(bound.unbound);
}

TEST_CASE("an answer has everyone whom its events name, once, with the address at that time") {
    LedgerBox box;
    box.must_happen(steps(world(), granted("bob", "admin"), bind(1, "ann")));
    const auto people = [](const Answer& answer) {
        std::vector<std::string> emails;
        for (const auto& person : answer.people) emails.emplace_back(person.email);
        std::ranges::sort(emails);
        return emails;
    };
    using Emails = std::vector<std::string>;
    CHECK(people(box.judge(
              acme("'actor':'bob@acme.test','changeEmail':{'email':'ann@acme.test','newEmail':'anna@acme.test'}"))) ==
          Emails{"ann@acme.test", "bob@acme.test"});
    CHECK(people(box.judge(acme("'actor':'bob@acme.test','reassignLicense':{'license':1,'email':'boss@acme.test'}"))) ==
          Emails{"anna@acme.test", "bob@acme.test", "boss@acme.test"});
    CHECK(people(box.judge(acme("'actor':'boss@acme.test','removeUser':{'email':'bob@acme.test'}"))) ==
          Emails{"bob@acme.test", "boss@acme.test"});
}

// ---- Storage that fails

TEST_CASE("a commit that the log refuses is no commit") {
    auto log = std::make_unique<FailingLog>();
    auto& disk = *log;
    LedgerBox box(true, std::move(log));
    box.must_happen(world());
    const auto blocks = box.blocks();
    disk.fail_after(0);
    const auto& answer = box.judge_only(bind(1, "ann"));
    const auto committed = box.ledger().commit();
    REQUIRE_FALSE(committed.has_value());
    CHECK(committed.error().message == "the disk is full");
    CHECK(answer.entries.empty());
    CHECK(box.blocks() == blocks);
    // What was never answered was never done.
    disk.fail_after(1'000);
    box.reopen();
    CHECK(rejected(box.judge(bind(1, "bob"))) == "");
}

TEST_CASE("a block that is full while more is judged and cannot be written is a failure of judging") {
    auto log = std::make_unique<FailingLog>();
    auto& disk = *log;
    LedgerBox box(true, std::move(log));
    box.must_happen(world());
    disk.fail_after(0);
    std::vector<Answer> answers(10'000);
    std::expected<void, StorageFailure> judged;
    for (std::size_t i = 0; judged && i < answers.size(); ++i) {
        ReceivedCommand command(registered("p" + std::to_string(i)));
        judged = box.ledger().judge(command.get(), vendor_caller, answers[i]);
    }
    REQUIRE_FALSE(judged.has_value());
    CHECK(judged.error().message == "the disk is full");
}

TEST_CASE("who erases somebody who was removed before is named in the answer, and the other is not") {
    LedgerBox box;
    box.must_happen(steps(open_acme(), registered("ann"), acme("'removeUser':{'email':'ann@acme.test'}")));
    const auto& answer = box.judge(acme("'actor':'boss@acme.test','erasePerson':{'email':'ann@acme.test'}"));
    const auto events = events_of(answer);
    REQUIRE(events.size() == 1);
    CHECK(contains(events[0], R"("actor":"boss@acme.test")"));
    CHECK(contains(events[0], R"("personErased":{"email":null})"));
}

TEST_CASE("a command that is rejected leaves no key behind") {
    LedgerBox box;
    box.must_happen(steps(open_acme(), product("connect")));
    const auto& vault = box.secrets().vault();
    const auto before = vault.last_key();
    const std::string too_late[] = {
        acme("'registerUser':{'email':'ann@acme.test','sku':'nothing'}"),
        acme("'actor':'boss@acme.test','registerUser':{'email':'ann@acme.test','sku':'connect'}"),
    };
    for (const auto& command : too_late) {
        // Behind one that is accepted and pending, too.
        CHECK_FALSE(rejected(box.judge_only(command)).empty());
        CHECK(vault.last_key() == before);
    }
    CHECK(rejected(box.judge_only(registered("bob"))).empty());
    CHECK_FALSE(rejected(box.judge_only(too_late[0])).empty());
    CHECK(vault.last_key() == before.next());
    box.commit();
    CHECK(rejected(box.judge(registered("ann"))).empty());
    CHECK(vault.last_key() == before.next().next());
    box.reopen();
    CHECK(box.ledger().state().user(AccountNumber(1), UserId(3))->email == "ann@acme.test");
}
TEST_CASE("who was erased has no address in any answer, the first one included") {
    LedgerBox box;
    box.must_happen(steps(open_acme(), product("connect"), registered("ann"), granted("ann", "superAdmin"),
                          acme("'addCard':{'token':'tok-1','last4':'4242','expires':'2027-05'}"),
                          acme("'actor':'ann@acme.test','requestLicenses':{'sku':'connect','quantity':1}"),
                          acme("'erasePerson':{'email':'ann@acme.test'}")));
    const auto events = events_of(box.judge(acme("'fulfillOrder':{'order':1,'invoice':'i-1'}")));
    REQUIRE(events.size() == 1);
    CHECK(contains(events[0], R"("raisedBy":null)"));
}

}  // namespace seatledger
