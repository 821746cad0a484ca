// Letters on their way: out of the tables, through a mail server or into files, and into the log that they were sent.
#include <algorithm>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <map>
#include <string>
#include <vector>

#include "events/block.h"
#include "tests/support/catch.h"
#include "tests/support/files_with.h"
#include "tests/support/given.h"
#include "tests/support/letters.h"
#include "tests/support/mail_server.h"
#include "tests/support/running_server.h"
#include "tests/support/session_steps.h"

namespace seatledger {
namespace {

using namespace testing;
using namespace std::chrono_literals;
namespace fs = std::filesystem;

using Change = std::function<void(ServerOptions&)>;

void often(ServerOptions& options) { options.mail_interval = 10ms; }

Change through(const std::string& url) {
    return [url](ServerOptions& options) {
        often(options);
        options.smtp.emplace();
        options.smtp->url = url;
        options.mail_from = "licenses@vendor.example.com";
    };
}

std::string in_language(const std::string& name, const std::string& language) {
    return acme("'registerUser':{'email':'" + name + "@acme.test','language':'" + language + "'}");
}

// Bought by whom, who gets a letter.
Steps bought_by(const std::string& name, const std::string& invoice, int quantity = 2) {
    return {acme("'issueInvoice':{'invoice':'" + invoice + "','raisedBy':'" + name +
                 "@acme.test','lines':[{'sku':'connect','quantity':" + std::to_string(quantity) + "}]}"),
            paid(invoice, std::to_string(quantity) + "0.00", "bank-" + invoice)};
}

void must_happen(RunningServer& server, const Steps& commands) {
    auto client = server.connect();
    for (const auto& answer : submit_to(client, commands)) {
        INFO(answer);
        CHECK_FALSE(contains(answer, "rejected"));
    }
}

// Every event of the log with this in it, as JSON without people.
std::vector<std::string> events_with(RunningServer& server, const std::string& part) {
    auto client = server.connect();
    const auto last = client.ask(2, ask_status).get().getStatus().getLastSequence();
    auto reply = client.ask(3, [&](ClientMessage::Builder message) {
        auto replay = message.initReplay();
        replay.setCredit(100'000'000);
        replay.setTo(last);
    });
    std::vector<std::string> found;
    for (const auto& entry : entries_of(reply.get().getEvents().getEntries())) {
        std::string event;
        write_event(read_event(entry), {[](UserId) { return std::nullopt; }}, event);
        if (contains(event, part)) found.push_back(std::move(event));
    }
    return found;
}

bool come_to_be_sent(RunningServer& server, std::size_t letters) {
    return comes_to_hold([&] { return events_with(server, "notificationSent").size() >= letters; });
}

std::map<std::string, std::string> outbox_of(RunningServer& server) {
    std::map<std::string, std::string> letters;
    for (const auto& entry : fs::directory_iterator(server.data() / "outbox")) {
        std::ifstream stream(entry.path(), std::ios::binary);
        letters[entry.path().filename().string()] = {std::istreambuf_iterator<char>(stream), {}};
    }
    return letters;
}

std::string id_of(const std::string& message) { return testing::read_letter(message).headers.at("Message-ID"); }

const Steps company = steps(open_acme(), product("connect"), registered("ann"), in_language("olga", "ru"));

}  // namespace

TEST_CASE("without a mail server a letter becomes a file, which the log then says was sent", "[server][letters]") {
    RunningServer server(often);
    must_happen(server, steps(company, bought_by("ann", "i-1"), bought_by("olga", "i-2")));
    REQUIRE(come_to_be_sent(server, 2));
    const auto letters = outbox_of(server);
    REQUIRE(letters.size() == 2);
    const auto ann = testing::read_letter(letters.at("acme.2.10.eml"));
    CHECK(ann.problems.empty());
    CHECK(ann.to.at(0).second == "ann@acme.test");
    CHECK(contains(ann.headers.at("Subject"), "i-1"));
    CHECK(contains(ann.body, "No. 1-2"));
    CHECK(ann.headers.at("Content-Language") == "en");
    const auto olga = testing::read_letter(letters.at("acme.3.14.eml"));
    CHECK(olga.headers.at("Content-Language") == "ru");
    CHECK(contains(olga.body, "3–4"));
    CHECK(ann.headers.at("Message-ID") != olga.headers.at("Message-ID"));

    const auto sent = events_with(server, "notificationSent");
    REQUIRE(sent.size() == 2);
    CHECK(is_event(sent[0], "{'actor':'ledger','notificationSent':{'notification':10}}"));
    CHECK(is_event(sent[1], "{'actor':'ledger','notificationSent':{'notification':14}}"));

    // Nor is it sent again later.
    server.restart();
    must_happen(server, bought_by("ann", "i-3"));
    REQUIRE(come_to_be_sent(server, 3));
    CHECK(events_with(server, "notificationSent").size() == 3);
    CHECK(outbox_of(server).at("acme.2.10.eml") == letters.at("acme.2.10.eml"));
}

TEST_CASE("that a letter was sent does not move on the time at which the account's commands may take effect",
          "[server][letters]") {
    RunningServer server([](ServerOptions& options) {
        often(options);
        options.manual_clock = false;
    });
    const auto at = [](const std::string& instant, const std::string& body) {
        return acme("'at':'" + instant + "'," + body);
    };
    must_happen(server, steps(open_acme("UTC", "'at':'2026-01-01T00:00:00Z',"), product("connect", "P200Y"),
                              at("2026-01-02T00:00:00Z",
                                 "'issueInvoice':{'invoice':'i-1','raisedBy':'boss@acme.test',"
                                 "'lines':[{'sku':'connect','quantity':1}]}"),
                              at("2026-01-03T00:00:00Z",
                                 "'recordPayment':{'invoice':'i-1','reference':'b','amount':{"
                                 "'amount':'10.00','currency':'USD'}}")));
    REQUIRE(come_to_be_sent(server, 1));
    CHECK(is_event(events_with(server, "notificationSent")[0], "{'effectiveAt':'2026-01-03T00:00:00.000000Z'}"));
    must_happen(server, {at("2026-01-03T00:00:00Z", "'bindLicense':{'license':1,'email':'boss@acme.test'}")});
}

TEST_CASE("a mail server gets the letter that would have been a file", "[server][letters][smtp]") {
    MailServer mail;
    RunningServer server(through(mail.url("plain")));
    must_happen(server, steps(company, bought_by("ann", "i-1")));
    const auto letter = mail.receive();
    CHECK(letter.from == "licenses@vendor.example.com");
    CHECK(letter.to == std::vector<std::string>{"ann@acme.test"});
    CHECK(contains(testing::read_letter(letter.message).body, "No. 1-2"));
    REQUIRE(come_to_be_sent(server, 1));
    CHECK(mail.has_received_nothing_more());
    CHECK(outbox_of(server).empty());
}

TEST_CASE("a reminder goes to each super admin and names what ends that day, without what was revoked",
          "[server][letters]") {
    RunningServer server(often);
    must_happen(server,
                steps(company, product("extra"), granted("olga", "superAdmin"), bought("i-1", "connect", 5),
                      bought("i-2", "extra", 1), bind(1, "ann"), bind(4, "olga"),
                      acme("'creditInvoice':{'invoice':'i-1','line':1,'quantity':2,'amount':{'amount':'1.00','currency'"
                           ":'USD'},'reason':'x'}"),
                      acme("'at':'1970-12-02T00:00:00Z','grantRole':{'email':'ann@acme.test','role':'billing'}")));
    REQUIRE(come_to_be_sent(server, 4));
    std::vector<ReadLetter> reminders;
    for (const auto& [name, message] : outbox_of(server)) {
        auto letter = testing::read_letter(message);
        if (contains(letter.body, "i-1") || contains(letter.body, "i-2")) continue;
        reminders.push_back(std::move(letter));
    }
    REQUIRE(reminders.size() == 2);
    CHECK(reminders[0].to.at(0).second == "boss@acme.test");
    CHECK(contains(reminders[0].headers.at("Subject"), "30 days"));
    CHECK(contains(reminders[0].body, "4 licenses"));
    CHECK(contains(reminders[0].body, "No. 1-2, 4"));
    CHECK(contains(reminders[0].body, "No. 6"));
    CHECK(contains(reminders[0].body, "1 January 1971"));
    CHECK(reminders[1].to.at(0).second == "olga@acme.test");
    CHECK(reminders[1].headers.at("Content-Language") == "ru");
}

TEST_CASE("what a letter lists is what there was when it was queued; it goes to the address that the person has now",
          "[server][letters][smtp]") {
    SilentServer nobody;
    nobody.shut();
    RunningServer server(through(nobody.url()));
    must_happen(server, steps(company, bought_by("ann", "i-1", 3)));
    REQUIRE(comes_to_hold([&] { return server.log().count("a letter could not be sent") > 0; }));
    must_happen(server, {acme("'changeEmail':{'email':'ann@acme.test','newEmail':'ann@example.com'}"),
                         acme("'reversePayment':{'invoice':'i-1','reason':'x'}"),
                         "{'changeProduct':{'sku':'connect','name':'Renamed'}}"});
    MailServer mail;
    server.restart(through(mail.url("plain")));
    const auto letter = mail.receive();
    CHECK(letter.to == std::vector<std::string>{"ann@example.com"});
    const auto read = testing::read_letter(letter.message);
    CHECK(contains(read.body, "No. 1-3"));
    CHECK_FALSE(contains(read.body, "Renamed"));
    CHECK(come_to_be_sent(server, 1));
}

TEST_CASE("who cannot be written to now is written to later, and keeps nobody else waiting",
          "[server][letters][smtp]") {
    MailServer mail;
    RunningServer server(through(mail.url("plain")));
    must_happen(server, steps(company, registered("later"), registered("nobody"), bought_by("later", "i-1"),
                              bought_by("nobody", "i-2"), bought_by("ann", "i-3")));
    CHECK(mail.receive().to == std::vector<std::string>{"ann@acme.test"});
    REQUIRE(come_to_be_sent(server, 1));
    // What passes is tried again, what was refused for good is not for a long time.
    REQUIRE(comes_to_hold([&] { return server.log().count("451 4.3.0") >= 2; }));
    CHECK(server.log().count("550 5.1.1") == 1);
    for (const auto& line : server.log().all()) CHECK_FALSE(contains(line, "@acme.test"));
    CHECK(events_with(server, "notificationSent").size() == 1);
    must_happen(server, bought_by("ann", "i-4"));
    CHECK(contains(mail.receive().message, "i-4"));
}

TEST_CASE("however many cannot be written to now, who can be is", "[server][letters][smtp]") {
    MailServer mail;
    RunningServer server(through(mail.url("plain")));
    Steps commands = company;
    for (int i = 1; i <= 5; ++i) {
        const auto address = "later@company-" + std::to_string(i) + ".test";
        const auto invoice = "late-" + std::to_string(i);
        commands = steps(commands, acme("'registerUser':{'email':'" + address + "'}"),
                         acme("'issueInvoice':{'invoice':'" + invoice + "','raisedBy':'" + address +
                              "','lines':[{'sku':'connect','quantity':1}]}"),
                         paid(invoice, "10.00", "bank-" + invoice));
    }
    must_happen(server, commands);
    REQUIRE(comes_to_hold([&] { return server.log().count("451 4.3.0") >= 12; }));
    must_happen(server, steps(registered("zoe"), bought_by("zoe", "i-1")));
    CHECK(mail.receive().to == std::vector<std::string>{"zoe@acme.test"});
}

TEST_CASE("who was removed gets no letter any more, neither one that waits nor one that comes later",
          "[server][letters][smtp]") {
    SilentServer nobody;
    nobody.shut();
    RunningServer server(through(nobody.url()));
    must_happen(server,
                steps(company, bought_by("ann", "i-1"),
                      acme("'issueInvoice':{'invoice':'i-2','raisedBy':'ann@acme.test','lines':[{'sku':'connect',"
                           "'quantity':1}]}")));
    REQUIRE(comes_to_hold([&] { return server.log().count("a letter could not be sent") > 0; }));
    must_happen(server, {acme("'removeUser':{'email':'ann@acme.test'}"), paid("i-2", "10.00", "bank-2")});
    CHECK(events_with(server, "notificationQueued").size() == 1);
    MailServer mail;
    server.restart(through(mail.url("plain")));
    must_happen(server, bought_by("olga", "i-3"));
    CHECK(mail.receive().to == std::vector<std::string>{"olga@acme.test"});
    CHECK(mail.has_received_nothing_more());
}

TEST_CASE("a letter of which it is not known whether it arrived is sent again under the same name",
          "[server][letters][smtp]") {
    MailServer mail;
    RunningServer server(through(mail.url("plain")));
    must_happen(server, steps(company, registered("hangup"), bought_by("hangup", "i-1")));
    const auto first = mail.receive();
    const auto second = mail.receive();
    CHECK(first.message == second.message);
    CHECK(events_with(server, "notificationSent").empty());
    server.restart();
    CHECK(id_of(mail.receive().message) == id_of(first.message));
}

TEST_CASE("a mail server that is down is not asked for every letter", "[server][letters][smtp]") {
    SilentServer nobody;
    nobody.shut();
    RunningServer server(through(nobody.url()));
    Steps commands = company;
    for (int i = 0; i < 20; ++i) commands = steps(commands, bought_by("ann", "i-" + std::to_string(i)));
    must_happen(server, commands);
    REQUIRE(comes_to_hold([&] { return server.log().count("a letter could not be sent") >= 3; }));
    const auto until = std::chrono::steady_clock::now() + 300ms;
    for (int i = 0; std::chrono::steady_clock::now() < until; ++i)
        must_happen(server, {acme("'createQueue':{'queue':'q-" + std::to_string(i) + "','kind':'call'}")});
    CHECK(server.log().count("a letter could not be sent") <= 4);

    MailServer mail;
    server.restart(through(mail.url("plain")));
    std::vector<std::string> ids;
    for (int i = 0; i < 20; ++i) ids.push_back(id_of(mail.receive().message));
    std::ranges::sort(ids);
    CHECK(std::ranges::unique(ids).empty());
    CHECK(come_to_be_sent(server, 20));
}

TEST_CASE("a server that stops does not wait for a mail server that says nothing", "[server][letters][smtp]") {
    MailServer mail;
    RunningServer server(through(mail.url("plain")));
    must_happen(server, steps(company, registered("slow"), bought_by("slow", "i-1")));
    std::this_thread::sleep_for(200ms);  // so that it is on its way; if it is not, this checks nothing
    const auto before = std::chrono::steady_clock::now();
    server.begin_to_stop();
    server.wait();
    CHECK(std::chrono::steady_clock::now() - before < 30s);  // the mail server waits for 60
    server.restart();
    CHECK(events_with(server, "notificationSent").empty());
}

TEST_CASE("who is erased gets no letter any more, and those in the outbox are gone when it is answered",
          "[server][letters][erasure]") {
    RunningServer server(often);
    must_happen(server, steps(company, bought_by("ann", "i-1"), bought_by("olga", "i-2")));
    REQUIRE(come_to_be_sent(server, 2));
    REQUIRE_FALSE(files_with("ann@acme.test", server.data()).empty());
    must_happen(server, {acme("'erasePerson':{'email':'ann@acme.test'}")});
    CHECK(files_with("ann@acme.test", server.data()).empty());
    CHECK(outbox_of(server).size() == 1);
}

TEST_CASE("a letter that was not sent when its reader was erased is sent to nobody", "[server][letters][smtp]") {
    SilentServer nobody;
    nobody.shut();
    RunningServer server(through(nobody.url()));
    must_happen(server, steps(company, bought_by("ann", "i-1")));
    REQUIRE(comes_to_hold([&] { return server.log().count("a letter could not be sent") > 0; }));
    must_happen(server, {acme("'erasePerson':{'email':'ann@acme.test'}")});
    MailServer mail;
    server.restart(through(mail.url("plain")));
    must_happen(server, bought_by("olga", "i-2"));
    CHECK(mail.receive().to == std::vector<std::string>{"olga@acme.test"});
    REQUIRE(come_to_be_sent(server, 1));
    CHECK(mail.has_received_nothing_more());
    CHECK(events_with(server, "notificationSent").size() == 1);
}

}  // namespace seatledger
