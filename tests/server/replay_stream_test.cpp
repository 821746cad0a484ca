// Replays over a connection: in order, without gaps, no more than there is credit for, for as long as one likes.
#include "server/replay_stream.h"

#include <algorithm>

#include "events/block.h"
#include "tests/support/catch.h"
#include "tests/support/given.h"
#include "tests/support/running_server.h"

namespace seatledger {
namespace {

using namespace testing;
using namespace std::chrono_literals;
using schema::ClientMessage;

constexpr std::uint64_t plenty = 1u << 30;

void submit_to(TestClient& client, const Steps& commands) {
    auto reply = client.ask(1'000, submit(commands));
    INFO(reply.failure());
    REQUIRE(reply.get().isAnswers());
}

// The company and then so many people, some at a time.
std::uint64_t fill(RunningServer& server, int people, std::size_t at_a_time = 50) {
    auto client = server.connect();
    submit_to(client, small_company());
    Steps some;
    for (int i = 0; i < people; ++i) {
        some.push_back(registered("person" + std::to_string(i)));
        if (some.size() == at_a_time || i + 1 == people) submit_to(client, std::exchange(some, {}));
    }
    auto status = client.ask(1, [](ClientMessage::Builder message) { message.setStatus(); });
    return status.get().getStatus().getLastSequence();
}

struct Request {
    std::string account = {};
    std::uint64_t from = 0;
    std::uint64_t to = 0;
    bool follow = false;
    std::uint64_t credit = plenty;
    AsOf as_of = {};
    EffectiveSpan effective = {};
};

void replay(TestClient& client, std::uint64_t id, const Request& request) {
    client.send(id, [&](ClientMessage::Builder message) {
        auto replay = message.initReplay();
        if (!request.account.empty()) replay.setAccount(request.account.c_str());
        replay.setFrom(request.from);
        replay.setTo(request.to);
        replay.setFollow(request.follow);
        replay.setCredit(request.credit);
        replay.setAsOf(request.as_of.instant.micros);
        replay.setAsOfSequence(request.as_of.sequence.value);
        replay.setKnownAt(request.as_of.known_at.micros);
        replay.setEffectiveFrom(request.effective.from.micros);
        replay.setEffectiveTo(request.effective.to.micros);
    });
}

void give(TestClient& client, std::uint64_t id, std::uint64_t bytes) {
    client.send(id, [&](ClientMessage::Builder message) { message.setCredit(bytes); });
}

void cancel(TestClient& client, std::uint64_t id) {
    client.send(id, [](ClientMessage::Builder message) { message.setCancel(); });
}

struct Pages {
    std::vector<std::uint64_t> sequences;
    std::size_t bytes = 0;
    std::size_t pages = 0;
    bool done = false;
    std::string failure;

    void add(Reply& reply) {
        failure = reply.failure();
        if (!reply.get().isEvents()) return;
        const auto page = reply.get().getEvents();
        for (const auto& entry : entries_of(page.getEntries())) {
            sequences.push_back(read_event(entry).getSequence());
        }
        bytes += page.getEntries().size();
        ++pages;
        done = page.getDone();
    }
};

// Pages until the last one, or until none comes for so long.
Pages take_pages(TestClient& client, std::chrono::milliseconds timeout = 10s, Pages pages = {}) {
    while (!pages.done && pages.failure.empty()) {
        auto reply = client.receive(timeout);
        if (!reply) break;
        pages.add(*reply);
    }
    return pages;
}

std::vector<std::uint64_t> from_to(std::uint64_t from, std::uint64_t to) {
    std::vector<std::uint64_t> sequences;
    for (auto sequence = from; sequence <= to; ++sequence) sequences.push_back(sequence);
    return sequences;
}

// Such as 1-7 9-12, so that a failure can be read.
std::string ranges(const std::vector<std::uint64_t>& sequences) {
    std::string text;
    for (std::size_t i = 0; i < sequences.size();) {
        auto end = i;
        while (end + 1 < sequences.size() && sequences[end + 1] == sequences[end] + 1) ++end;
        text += (text.empty() ? "" : " ") + std::to_string(sequences[i]) + "-" + std::to_string(sequences[end]);
        i = end + 1;
    }
    return text;
}

std::string range(std::uint64_t from, std::uint64_t to) { return ranges(from_to(from, to)); }

TEST_CASE("a replay gives what is asked for, page after page", "[server][replay]") {
    RunningServer server([](ServerOptions& options) { options.limits.replay_page_bytes = 4'096; });
    const auto last = fill(server, 1'000);
    auto client = server.connect();
    SECTION("everything") {
        replay(client, 1, {});
        const auto pages = take_pages(client);
        CHECK(ranges(pages.sequences) == range(1, last));
        CHECK(pages.done);
        CHECK(pages.pages > 5);
    }
    SECTION("a part") {
        replay(client, 1, {.from = 100, .to = 333});
        CHECK(ranges(take_pages(client).sequences) == range(100, 333));
    }
    SECTION("up to what there is, though more was asked for") {
        replay(client, 1, {.from = last, .to = last + 1'000});
        const auto pages = take_pages(client);
        CHECK(ranges(pages.sequences) == range(last, last));
        CHECK(pages.done);
    }
    SECTION("an account's") {
        replay(client, 1, {.account = "acme"});
        auto expected = from_to(1, last);
        std::erase(expected, 4u);  // the product
        CHECK(ranges(take_pages(client).sequences) == ranges(expected));
    }
    SECTION("nothing") {
        const auto request = GENERATE_COPY(Request{.from = last + 1}, Request{.from = 10, .to = 9},
                                           Request{.from = last + 10, .to = last + 5, .follow = true});
        replay(client, 1, request);
        const auto pages = take_pages(client);
        CHECK(pages.sequences.empty());
        CHECK(pages.done);
    }
    CHECK(server.log().count("misbehaved") == 0);
}

TEST_CASE("a replay of an empty log is done", "[server][replay]") {
    RunningServer server;
    auto client = server.connect();
    replay(client, 1, {});
    CHECK(take_pages(client).done);
}

TEST_CASE("a replay sends no more than there is credit for", "[server][replay]") {
    RunningServer server([](ServerOptions& options) { options.limits.replay_page_bytes = 4'096; });
    const auto last = fill(server, 1'000);
    auto client = server.connect();
    constexpr std::uint64_t credit = 20'000;
    constexpr std::size_t block = 16'000;  // of 50 events: a page has whole ones
    replay(client, 1, {.credit = credit});
    auto pages = take_pages(client, 300ms);
    CHECK(!pages.done);
    CHECK(pages.bytes >= credit);
    CHECK(pages.bytes < credit + block);

    // Another one on the same connection goes on meanwhile.
    replay(client, 2, {.from = last - 10});
    CHECK(ranges(take_pages(client).sequences) == range(last - 10, last));

    give(client, 1, credit);
    pages = take_pages(client, 300ms, pages);
    CHECK(!pages.done);
    CHECK(pages.bytes >= 2 * credit);
    CHECK(pages.bytes < 2 * credit + block);
    give(client, 1, plenty);
    pages = take_pages(client, 10s, pages);
    CHECK(pages.done);
    CHECK(ranges(pages.sequences) == range(1, last));
}

TEST_CASE("a replay without credit waits for it", "[server][replay]") {
    RunningServer server;
    const auto last = fill(server, 10);
    auto client = server.connect();
    replay(client, 1, {.credit = 0});
    CHECK(!client.receive(100ms));
    give(client, 1, 1);
    give(client, 1, ~std::uint64_t{0});
    give(client, 1, ~std::uint64_t{0});
    CHECK(ranges(take_pages(client).sequences) == range(1, last));
}

TEST_CASE("a replay that follows goes on with what is recorded later", "[server][replay]") {
    RunningServer server;
    auto last = fill(server, 100);
    auto writer = server.connect();
    auto client = server.connect();
    SECTION("for ever") {
        replay(client, 1, {.follow = true});
        Pages pages;
        for (int i = 0; i < 20; ++i) {
            while (pages.sequences.size() < last) {
                auto reply = client.receive();
                REQUIRE(reply);
                pages.add(*reply);
            }
            CHECK(ranges(pages.sequences) == range(1, last));
            CHECK(!pages.done);
            submit_to(writer, {registered("late" + std::to_string(i))});
            ++last;
        }
        cancel(client, 1);
        CHECK(take_pages(client).done);
    }
    SECTION("up to an event to come") {
        replay(client, 1, {.from = last - 4, .to = last + 3, .follow = true});
        for (int i = 0; i < 10; ++i) submit_to(writer, {registered("late" + std::to_string(i))});
        CHECK(ranges(take_pages(client).sequences) == range(last - 4, last + 3));
    }
    SECTION("from an event to come, of one account") {
        replay(client, 1, {.account = "acme", .from = last + 2, .to = last + 4, .follow = true});
        for (int i = 0; i < 10; ++i) submit_to(writer, {registered("late" + std::to_string(i))});
        CHECK(ranges(take_pages(client).sequences) == range(last + 2, last + 4));
    }
}

TEST_CASE("a replay that is cancelled ends, and its id is free", "[server][replay]") {
    RunningServer server([](ServerOptions& options) { options.limits.replay_page_bytes = 4'096; });
    const auto last = fill(server, 500);
    auto client = server.connect();
    replay(client, 1, {.credit = 10'000});
    REQUIRE(client.receive());
    cancel(client, 1);
    CHECK(take_pages(client).done);
    cancel(client, 1);  // too late, and no harm
    give(client, 1, 10);
    CHECK(!client.receive(100ms));
    replay(client, 1, {.from = last});
    CHECK(ranges(take_pages(client).sequences) == range(last, last));
    CHECK(server.log().count("misbehaved") == 0);
}

TEST_CASE("a replay that nobody reads is no burden", "[server][replay]") {
    RunningServer server([](ServerOptions& options) {
        options.limits.replay_page_bytes = 64u << 10;
        options.limits.unsent_bytes_max = 64u << 10;
        options.limits.write_timeout = 400ms;
    });
    const auto last = fill(server, 20'000, 2'000);
    auto lazy = server.connect();
    lazy.set_receive_buffer(4'096);
    for (std::uint64_t id = 1; id <= 8; ++id) replay(lazy, id, {.follow = true});
    auto client = server.connect();
    replay(client, 1, {});
    CHECK(ranges(take_pages(client).sequences) == range(1, last));
    CHECK(comes_to_hold([&] { return server.log().count("nothing that was sent was read") == 1; }));
    CHECK(client.ask(1, [](ClientMessage::Builder message) { message.setStatus(); }).get().isStatus());
}

TEST_CASE("a connection has a limited number of replays", "[server][replay]") {
    RunningServer server([](ServerOptions& options) { options.limits.replays_max = 2; });
    auto client = server.connect();
    for (std::uint64_t id = 1; id <= 3; ++id) replay(client, id, {.follow = true});
    auto failure = client.receive();
    REQUIRE(failure);
    CHECK(failure->id() == 3);
    CHECK(!failure->failure().empty());
}

TEST_CASE("a replay as of a time ends there; what cannot be asked is refused", "[server][replay]") {
    RunningServer server([](ServerOptions& options) { options.limits.replay_page_bytes = 4'096; });
    const auto last = fill(server, 100);
    auto client = server.connect();
    std::uint64_t id = 0;
    const auto asked = [&](const Request& request) {
        replay(client, ++id, request);
        return take_pages(client);
    };
    const auto of = [](const AsOf& as_of) { return Request{.as_of = as_of}; };
    const auto later = instant("2999-01-01T00:00:00Z");
    const auto earlier = instant("1969-01-01T00:00:00Z");  // the clock stands at 1970
    for (const auto& as_of :
         {AsOf{later, {}, no_instant}, AsOf{no_instant, {}, later}, AsOf{no_instant, Sequence(last)}}) {
        const auto pages = asked(of(as_of));
        CHECK(ranges(pages.sequences) == range(1, last));
        CHECK(pages.done);
    }
    for (const auto& as_of : {AsOf{earlier, {}, no_instant}, AsOf{no_instant, {}, earlier}}) {
        const auto pages = asked(of(as_of));
        CHECK(pages.sequences.empty());
        CHECK(pages.done);
    }
    CHECK(ranges(asked(of({no_instant, Sequence(7)})).sequences) == range(1, 7));
    CHECK(asked(Request{.from = 8, .as_of = {no_instant, Sequence(7)}}).done);
    CHECK(contains(asked(of({later, Sequence(7)})).failure, "cannot stand together"));
    CHECK(contains(asked(of({no_instant, Sequence(last + 1)})).failure, "there is no event"));
    CHECK(contains(asked(Request{.follow = true, .as_of = {later, {}}}).failure, "leave out follow"));
}

TEST_CASE("a replay between two instants: what took effect at or after the one, and at or before the other",
          "[server][replay]") {
    RunningServer server([](ServerOptions& options) { options.limits.replay_page_bytes = 4'096; });
    auto writer = server.connect();
    const auto at = [](const std::string& day, const std::string& command) {
        return "{'at':'2020-01-" + day + "T00:00:00Z'," + command.substr(1);
    };
    // 1 to 3 acme, on the 1st; 4 to 6 globex, brought in on the 5th but of the 3rd; then a day each.
    const std::string globex =
        "{'account':'globex','openAccount':{'name':'Globex','superAdmin':{'email':'gil@example.com','name':'G'}}}";
    submit_to(writer, {at("01", open_acme()), at("05", registered("five")), at("03", globex)});
    for (int day = 10; day < 20; ++day) {
        submit_to(writer, {at(std::to_string(day), registered("day" + std::to_string(day)))});
    }
    auto client = server.connect();
    std::uint64_t id = 0;
    const auto asked = [&](const std::string& account, const char* from, const char* to) {
        const auto of = [](const char* text) { return *text == '\0' ? no_instant : instant(text); };
        replay(client, ++id, {.account = account, .effective = {of(from), of(to)}});
        const auto pages = take_pages(client);
        CHECK(pages.done);
        return pages.sequences;
    };
    const std::vector<std::uint64_t> globex_only = {5, 6, 7};
    CHECK(asked("", "2020-01-03T00:00:00Z", "2020-01-04T00:00:00Z") == globex_only);
    CHECK(asked("globex", "2020-01-03T00:00:00Z", "2020-01-03T00:00:00Z") == globex_only);
    CHECK(asked("acme", "2020-01-02T00:00:00Z", "2020-01-11T23:00:00Z") == std::vector<std::uint64_t>{4, 8, 9});
    CHECK(asked("", "2020-01-04T00:00:00Z", "") == std::vector<std::uint64_t>{4, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17});
    CHECK(asked("", "", "2020-01-01T00:00:00Z") == std::vector<std::uint64_t>{1, 2, 3});
    CHECK(asked("acme", "2021-01-01T00:00:00Z", "").empty());
    replay(client, ++id, {.follow = true, .effective = {no_instant, instant("2021-01-01T00:00:00Z")}});
    CHECK(contains(take_pages(client).failure, "leave out follow"));
}

TEST_CASE("who follows is told that the server stops, and that it passes", "[server][replay]") {
    RunningServer server;
    fill(server, 1);
    auto client = server.connect();
    replay(client, 1, {.follow = true});
    REQUIRE(client.receive());
    server.begin_to_stop();
    auto last = client.receive();
    REQUIRE(last);
    CHECK(last->failure() == "the server is stopping");
    CHECK(last->get().getFailure().getPasses());
}

TEST_CASE("a replay of an account that there is not says so, unless it is waited for", "[server][replay]") {
    RunningServer server;
    fill(server, 1);
    auto client = server.connect();
    replay(client, 1, {.account = "nowhere"});
    CHECK(take_pages(client).failure == "there is no account nowhere; check the id, or open it first (openAccount)");
    replay(client, 2, {.account = "nowhere", .follow = true});
    CHECK(take_pages(client, 300ms).failure.empty());
    cancel(client, 2);
    CHECK(take_pages(client).done);
}

}  // namespace
}  // namespace seatledger
