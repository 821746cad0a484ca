#include "tools/requests.h"

#include <string>
#include <vector>

#include "events/text.h"
#include "tests/support/catch.h"
#include "tests/tools/fake_server.h"
#include "tools/event_pages.h"

namespace seatledger {
namespace {

using testing::FakeServer;
using Peer = FakeServer::Peer;

// Answers queries for users: `total` rows, at most `page_max` of them at once; notes how many were asked for.
class UserPages {
 public:
    UserPages(std::uint32_t total, std::uint32_t page_max) : total_(total), page_max_(page_max) {}

    void operator()(Peer& peer) {
        peer.greet();
        for (;;) peer.receive([&](schema::ClientMessage::Reader message) { answer(peer, message); });
    }

    std::vector<std::uint32_t> asked;

 private:
    void answer(Peer& peer, schema::ClientMessage::Reader message) {
        const auto query = message.getQuery();
        asked.push_back(query.getLimit());
        const auto first = query.hasCursor() ? static_cast<std::uint32_t>(std::stoul(query.getCursor().cStr())) : 0;
        const auto count = std::min({query.getLimit(), page_max_, total_ - first});
        peer.send(message.getId(), [&](schema::ServerMessage::Builder out) {
            auto rows = out.initRows();
            auto users = rows.initUsers(count);
            for (unsigned i = 0; i < count; ++i) users[i].setEmail(std::to_string(first + i));
            if (first + count < total_) rows.setCursor(std::to_string(first + count));
        });
    }

    std::uint32_t total_;
    std::uint32_t page_max_;
};

struct Asked {
    std::vector<std::string> emails;
    std::string cursor;
    std::vector<std::uint32_t> limits;
};

Asked ask_users(std::uint32_t total, std::uint64_t limit, std::size_t enough = 1'000'000) {
    Asked asked;
    UserPages pages(total, 1'000);
    {
        FakeServer server([&](Peer& peer) { pages(peer); });
        const auto client = Client::connect(server.options());
        REQUIRE(client);
        const auto cursor = query_pages(
            **client, [](schema::Query::Builder query) { query.initUsers(); }, limit,
            [&](schema::Rows::Reader rows) {
                for (const auto user : rows.getUsers()) asked.emails.emplace_back(view(user.getEmail()));
                return asked.emails.size() < enough;
            });
        REQUIRE(cursor);
        asked.cursor = *cursor;
    }
    asked.limits = pages.asked;
    return asked;
}

TEST_CASE("all pages are fetched, each row once") {
    const auto asked = ask_users(2'500, 0);
    REQUIRE(asked.emails.size() == 2'500);
    for (std::size_t i = 0; i < asked.emails.size(); ++i) CHECK(asked.emails[i] == std::to_string(i));
    CHECK(asked.cursor.empty());
    CHECK(asked.limits == std::vector<std::uint32_t>{1'000, 1'000, 1'000});
}

TEST_CASE("a limit ends it, with the cursor of what is left") {
    const auto asked = ask_users(2'500, 1'500);
    CHECK(asked.emails.size() == 1'500);
    CHECK(asked.cursor == "1500");
    CHECK(asked.limits == std::vector<std::uint32_t>{1'000, 500});
}

TEST_CASE("a limit that is just enough leaves no cursor") {
    const auto asked = ask_users(1'000, 1'000);
    CHECK(asked.emails.size() == 1'000);
    CHECK(asked.cursor.empty());
}

TEST_CASE("no rows are one empty page") {
    const auto asked = ask_users(0, 0);
    CHECK(asked.emails.empty());
    CHECK(asked.limits.size() == 1);
}

TEST_CASE("who takes the rows can have had enough") {
    const auto asked = ask_users(2'500, 0, 1);
    CHECK(asked.emails.size() == 1'000);
    CHECK(asked.limits.size() == 1);
}

// ---- Replays

// The entries of so many events, with the sequences from `first` on.
Words entries_from(std::uint64_t first, unsigned count) {
    BlockBuilder builder{Sequence(first)};
    const auto mark = builder.mark();
    for (unsigned i = 0; i < count; ++i) {
        builder.begin_event().initProductRetired().setSku(std::string(1'000, 'x'));
        static_cast<void>(builder.end_event());
    }
    builder.end_commit();
    const auto words = builder.entries_since(mark).words();
    return {words.begin(), words.end()};
}

void send_events(Peer& peer, std::uint64_t id, std::uint64_t first, unsigned count, bool done) {
    const auto words = entries_from(first, count);
    peer.send(id, [&](schema::ServerMessage::Builder message) {
        auto events = message.initEvents();
        events.setEntries(as_data(bytes_of(words)));
        events.setDone(done);
    });
}

TEST_CASE("a replay gives back the credit that it has used up") {
    constexpr unsigned pages = 200;  // more than the credit that it begins with
    FakeServer server([&](Peer& peer) {
        peer.greet();
        std::uint64_t id = 0;
        std::uint64_t credit = 0;
        peer.receive([&](schema::ClientMessage::Reader message) {
            id = message.getId();
            credit = message.getReplay().getCredit();
        });
        constexpr std::uint64_t page_bytes = 100 * (1'000 + 200);
        for (unsigned page = 0; page < pages; ++page) {
            while (credit < page_bytes) {
                peer.receive([&](schema::ClientMessage::Reader message) {
                    if (message.getId() == id && message.isCredit()) credit += message.getCredit();
                });
            }
            send_events(peer, id, 1 + page * 100, 100, page + 1 == pages);
            credit -= page_bytes;
        }
    });
    const auto client = Client::connect(server.options());
    REQUIRE(client);
    std::uint64_t events = 0;
    ReplaySink sink;
    sink.take = [&](schema::Events::Reader page) {
        events += count_entries(page.getEntries());
        return true;
    };
    sink.pause = [] { return true; };
    const auto replayed = replay(**client, {}, sink);
    CAPTURE(replayed ? "" : replayed.error());
    REQUIRE(replayed);
    CHECK(events == pages * 100);
}

TEST_CASE("a replay that follows ends when it is interrupted, after a pause") {
    FakeServer server([&](Peer& peer) {
        peer.greet();
        std::uint64_t id = 0;
        peer.receive([&](auto message) { id = message.getId(); });
        send_events(peer, id, 1, 1, false);
        peer.receive([](auto) {});  // until the client is gone
    });
    const auto client = Client::connect(server.options());
    REQUIRE(client);
    int ends[2];
    REQUIRE(pipe(ends) == 0);
    unsigned taken = 0;
    ReplaySink sink;
    sink.take = [&](schema::Events::Reader) { return ++taken > 0; };
    sink.pause = [&] {
        if (taken > 0) CHECK(write(ends[1], "x", 1) == 1);
        return true;
    };
    sink.interrupt = ends[0];
    CHECK(replay(
        **client, [](schema::Replay::Builder replay) { replay.setFollow(true); }, sink));
    CHECK(taken == 1);
    close(ends[0]);
    close(ends[1]);
}

// ---- Histories

// What a follower of a history asked for, one request after the other.
struct AskedHistory {
    std::uint64_t from = 0;
    std::uint64_t min_sequence = 0;
    bool follow = false;
};

// Answers with a page that ends before its history does, then with nothing, then with one event more; then no more.
void serve_followed(Peer& peer, std::vector<AskedHistory>& asked) {
    peer.greet();
    for (int round = 0;; ++round) {
        std::uint64_t id = 0;
        peer.receive([&](schema::ClientMessage::Reader message) {
            id = message.getId();
            const auto history = message.getHistory();
            asked.push_back({history.getFrom(), history.getMinSequence(), history.getFollow()});
        });
        if (round == 3) continue;
        peer.send(id, [&](schema::ServerMessage::Builder message) {
            auto events = message.initEvents();
            const auto words = round == 0 ? entries_from(5, 2) : entries_from(52, 1);
            const auto bytes = std::as_bytes(std::span(words));
            if (round != 1) {
                events.setEntries(kj::arrayPtr(reinterpret_cast<const kj::byte*>(bytes.data()), bytes.size()));
            }
            if (round == 0) events.setNext(9);
            events.setSeen(round == 2 ? 60 : 50);
            events.setDone(true);
        });
    }
}

TEST_CASE("who follows a history asks behind what was seen, and waits for it") {
    std::vector<AskedHistory> asked;
    std::uint64_t taken = 0;
    Sequence seen;
    int ends[2];
    REQUIRE(pipe(ends) == 0);
    {
        FakeServer server([&](Peer& peer) { serve_followed(peer, asked); });
        const auto client = Client::connect(server.options());
        REQUIRE(client);
        ReplaySink sink;
        sink.take = [&](schema::Events::Reader page) {
            taken += count_entries(page.getEntries());
            if (taken == 3) CHECK(write(ends[1], "x", 1) == 1);
            return true;
        };
        sink.pause = [] { return true; };
        sink.interrupt = ends[0];
        const auto followed = follow_history(
            **client,
            [](schema::History::Builder history) {
                history.setFrom(3);
                history.setMinSequence(41);
            },
            sink, seen);
        CAPTURE(followed ? "" : followed.error());
        CHECK(followed);
    }
    close(ends[0]);
    close(ends[1]);
    CHECK(taken == 3);
    CHECK(seen == Sequence(60));
    REQUIRE(asked.size() >= 3);
    const std::vector<std::uint64_t> from = {3, 9, 51};
    const std::vector<std::uint64_t> min_sequence = {41, 41, 51};
    for (std::size_t i = 0; i < 3; ++i) {
        CHECK(asked[i].from == from[i]);
        CHECK(asked[i].min_sequence == min_sequence[i]);
        CHECK(asked[i].follow);
    }
}

TEST_CASE("a history that is read backwards goes on to where its page ended") {
    std::vector<std::pair<std::uint64_t, std::uint64_t>> asked;
    {
        FakeServer server([&](Peer& peer) {
            peer.greet();
            for (;;) {
                peer.receive([&](schema::ClientMessage::Reader message) {
                    asked.emplace_back(message.getHistory().getFrom(), message.getHistory().getTo());
                    const bool is_last = asked.size() == 2;
                    peer.send(message.getId(), [&](auto out) { out.initEvents().setNext(is_last ? 0 : 7); });
                });
            }
        });
        const auto client = Client::connect(server.options());
        REQUIRE(client);
        const auto next = history_pages(
            **client, [](schema::History::Builder history) { history.setBackwards(true); }, 0,
            [](schema::Events::Reader) { return true; });
        REQUIRE(next);
        CHECK(*next == Sequence());
    }
    CHECK(asked == std::vector<std::pair<std::uint64_t, std::uint64_t>>{{0, 0}, {0, 7}});
}

TEST_CASE("a rebuild tells how far it has come") {
    FakeServer server([&](Peer& peer) {
        peer.greet();
        peer.receive([&](schema::ClientMessage::Reader message) {
            for (const std::uint64_t done : {5u, 10u}) {
                peer.send(message.getId(), [&](auto out) {
                    out.initProgress().setDone(done);
                    out.getProgress().setTotal(10);
                });
            }
            peer.send(message.getId(), [](auto out) { out.initDigests().setSequence(10); });
        });
    });
    const auto client = Client::connect(server.options());
    REQUIRE(client);
    std::vector<std::uint64_t> seen;
    const auto reply = rebuild(**client, [&](std::uint64_t done, std::uint64_t total) {
        seen.push_back(done);
        CHECK(total == 10);
    });
    REQUIRE(reply);
    CHECK(reply->get().getDigests().getSequence() == 10);
    CHECK(seen == std::vector<std::uint64_t>{5, 10});
}

// ---- Submitting

// Answers each command with its place in the whole as a sequence; notes the sizes of the requests.
void answer_submits(Peer& peer, std::vector<std::size_t>& requests) {
    peer.greet();
    std::uint64_t sequence = 0;
    for (;;) {
        peer.receive([&](schema::ClientMessage::Reader message) {
            const auto count = message.getSubmit().getCommands().size();
            requests.push_back(count);
            peer.send(message.getId(), [&](schema::ServerMessage::Builder out) {
                for (auto answer : out.initAnswers(count)) answer.setSequence(++sequence);
            });
        });
    }
}

TEST_CASE("what is too much for one request is sent in several") {
    std::vector<std::size_t> requests;
    {
        FakeServer server([&](Peer& peer) { answer_submits(peer, requests); });
        const auto client = Client::connect(server.options());
        REQUIRE(client);
        capnp::MallocMessageBuilder small;
        small.initRoot<schema::Command>().initRetireProduct().setSku("connect");
        capnp::MallocMessageBuilder large;
        large.initRoot<schema::Command>().initRetireProduct().setSku(std::string(submit_bytes_target, 'x'));
        std::vector<schema::Command::Reader> commands(1'500, small.getRoot<schema::Command>().asReader());
        commands.push_back(large.getRoot<schema::Command>().asReader());
        commands.push_back(large.getRoot<schema::Command>().asReader());
        const auto answers = NetworkSubmitter(**client).submit(commands);
        REQUIRE(answers);
        CHECK(answers->size() == commands.size());
    }
    CHECK(requests == std::vector<std::size_t>{1'024, 476, 1, 1});
}

TEST_CASE("as many answers as commands, or it is an error") {
    FakeServer server([](Peer& peer) {
        peer.greet();
        peer.receive([&](auto message) { peer.send(message.getId(), [](auto out) { out.initAnswers(2); }); });
    });
    const auto client = Client::connect(server.options());
    REQUIRE(client);
    capnp::MallocMessageBuilder message;
    message.initRoot<schema::Command>().initRetireProduct().setSku("connect");
    const std::vector commands{message.getRoot<schema::Command>().asReader()};
    const auto request = send_submit(**client, commands);
    REQUIRE(request);
    CHECK_FALSE(receive_answers(**client, *request, 1));
}

}  // namespace
}  // namespace seatledger
