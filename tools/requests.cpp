#include "tools/requests.h"

#include <kj/debug.h>

#include <algorithm>
#include <deque>
#include <optional>
#include <utility>

#include "events/text.h"
#include "tools/event_pages.h"

namespace seatledger {
namespace {

// Rows and events in one answer: small enough that the first ones are shown at once.
constexpr std::uint64_t page_max = 1'000;

// Bytes of a replay that may be on their way: some pages of the server's, so that neither side waits for the other.
constexpr std::uint64_t replay_credit = 8 * 1024 * 1024;

// Events that are asked for with their proofs at a time.
constexpr std::size_t evidence_in_flight = 16;

// A follower who found nothing among what is new asks again after so long: others may be writing all the time.
constexpr auto follow_pace = std::chrono::milliseconds(50);

std::uint32_t page_size(std::uint64_t limit, std::uint64_t had) {
    return static_cast<std::uint32_t>(limit == 0 ? page_max : std::min(page_max, limit - had));
}

std::size_t bytes_of(schema::Command::Reader command) { return command.totalSize().wordCount * sizeof(capnp::word); }

}  // namespace

std::expected<Client::RequestId, std::string> send_submit(Client& client,
                                                          std::span<const schema::Command::Reader> commands) {
    return client.send([&](schema::ClientMessage::Builder message) {
        auto list = message.initSubmit().initCommands(static_cast<unsigned>(commands.size()));
        for (unsigned i = 0; i < commands.size(); ++i) list.setWithCaveats(i, commands[i]);
    });
}

std::expected<Reply, std::string> receive_answers(Client& client, Client::RequestId request, std::size_t count) {
    auto reply = client.receive(request);
    if (!reply) return reply;
    if (!reply->get().isAnswers()) return std::unexpected(unexpected_answer(client));
    const auto given = reply->get().getAnswers().size();
    if (given != count) {
        return std::unexpected(client.server() + " gives " + std::to_string(given) + " answers to " +
                               std::to_string(count) + " commands");
    }
    return reply;
}

capnp::DynamicList::Reader rows_of(schema::Rows::Reader rows) {
    const capnp::DynamicStruct::Reader row(rows);
    KJ_IF_MAYBE (member, row.which()) {
        const auto value = row.get(*member);
        if (value.getType() == capnp::DynamicValue::LIST) return value.as<capnp::DynamicList>();
    }
    KJ_FAIL_REQUIRE("the rows are of a type that this program does not know");
}

std::expected<std::string, std::string> query_pages(Client& client, const FillQuery& fill, std::uint64_t limit,
                                                    const TakeRows& take) {
    std::string cursor;
    std::uint64_t had = 0;
    for (;;) {
        const auto reply = client.ask(
            [&](schema::ClientMessage::Builder message) {
                auto query = message.initQuery();
                fill(query);
                query.setLimit(page_size(limit, had));
                if (!cursor.empty()) query.setCursor(cursor);
            },
            schema::ServerMessage::ROWS);
        if (!reply) return std::unexpected(reply.error());
        const auto rows = reply->get().getRows();
        had += rows_of(rows).size();
        cursor = view(rows.getCursor());
        if (!take(rows) || cursor.empty() || (limit != 0 && had >= limit)) return cursor;
    }
}

std::expected<Sequence, std::string> history_pages(Client& client, const FillHistory& fill, std::uint64_t limit,
                                                   const TakeEvents& take) {
    Sequence next;
    std::uint64_t had = 0;
    for (;;) {
        const auto reply = client.ask(
            [&](schema::ClientMessage::Builder message) {
                auto history = message.initHistory();
                fill(history);
                history.setLimit(page_size(limit, had));
                if (next) history.getBackwards() ? history.setTo(next.value) : history.setFrom(next.value);
            },
            schema::ServerMessage::EVENTS);
        if (!reply) return std::unexpected(reply.error());
        const auto events = reply->get().getEvents();
        had += count_entries(events.getEntries());
        next = Sequence(events.getNext());
        if (!take(events) || !next || (limit != 0 && had >= limit)) return next;
    }
}

namespace {

// The next message of the request, which has events. Nothing: the sink has ended it.
std::expected<std::optional<Reply>, std::string> next_events(Client& client, Client::RequestId request,
                                                             const ReplaySink& sink) {
    auto is_here = client.wait(request, -1, std::chrono::milliseconds(0));
    if (is_here && !*is_here) {
        if (!sink.pause()) return std::nullopt;
        is_here = client.wait(request, sink.interrupt);
    }
    if (!is_here) return std::unexpected(is_here.error());
    if (!*is_here) return std::nullopt;
    auto reply = client.receive(request);
    if (!reply) return std::unexpected(reply.error());
    if (!reply->get().isEvents()) return std::unexpected(unexpected_answer(client));
    return std::move(*reply);
}

}  // namespace

std::expected<void, std::string> replay(Client& client, const FillReplay& fill, const ReplaySink& sink) {
    const auto request = client.send([&](schema::ClientMessage::Builder message) {
        auto wanted = message.initReplay();
        if (fill) fill(wanted);
        wanted.setCredit(replay_credit);
    });
    if (!request) return std::unexpected(request.error());

    std::uint64_t consumed = 0;
    for (;;) {
        const auto reply = next_events(client, *request, sink);
        if (!reply) return std::unexpected(reply.error());
        if (!*reply) return {};
        const auto events = (*reply)->get().getEvents();
        if (!sink.take(events) || events.getDone()) return {};
        consumed += events.getEntries().size();
        if (consumed < replay_credit / 4) continue;
        if (auto given = client.give_credit(*request, consumed); !given) return given;
        consumed = 0;
    }
}

std::expected<void, std::string> follow_history(Client& client, const FillHistory& fill, const ReplaySink& sink,
                                                Sequence& seen) {
    for (;;) {
        Sequence to;
        const auto request = client.send([&](schema::ClientMessage::Builder message) {
            auto history = message.initHistory();
            fill(history);
            to = Sequence(history.getTo());
            history.setFrom(std::max(history.getFrom(), seen.value + 1));
            history.setMinSequence(std::max(history.getMinSequence(), seen.value + 1));
            history.setFollow(true);
            history.setLimit(page_max);
        });
        if (!request) return std::unexpected(request.error());
        const auto reply = next_events(client, *request, sink);
        if (!reply) return std::unexpected(reply.error());
        if (!*reply) return {};
        const auto events = (*reply)->get().getEvents();
        const Sequence next(events.getNext());
        // A server that knew nothing of following would tell the same again and again.
        if (!next && events.getSeen() == 0) return std::unexpected(unexpected_answer(client));
        const bool goes_on = sink.take(events);
        seen = std::max(seen, next ? Sequence(next.value - 1) : Sequence(events.getSeen()));
        if (!goes_on || (to && seen >= to)) return {};
        if (events.getEntries().size() != 0) continue;
        if (const auto paused = client.wait(0, sink.interrupt, follow_pace); !paused) {
            return std::unexpected(paused.error());
        }
    }
}

std::expected<std::string, std::string> ask_origin(Client& client) {
    const auto reply = ask_checkpoint(client);
    if (!reply) return std::unexpected(reply.error());
    const auto note = view(reply->get().getCheckpoint().getNote());
    return std::string(note.substr(0, note.find('\n')));
}

std::expected<Reply, std::string> ask_digests(Client& client) {
    return client.ask([](schema::ClientMessage::Builder message) { message.setDigest(); },
                      schema::ServerMessage::DIGESTS);
}

std::expected<Reply, std::string> rebuild(Client& client,
                                          const std::function<void(std::uint64_t, std::uint64_t)>& progress) {
    const auto request = client.send([](schema::ClientMessage::Builder message) { message.setRebuild(); });
    if (!request) return std::unexpected(request.error());
    for (;;) {
        auto reply = client.receive(*request);
        if (!reply || reply->get().isDigests()) return reply;
        if (!reply->get().isProgress()) return std::unexpected(unexpected_answer(client));
        const auto so_far = reply->get().getProgress();
        progress(so_far.getDone(), so_far.getTotal());
    }
}

std::expected<Reply, std::string> ask_status(Client& client) {
    return client.ask([](schema::ClientMessage::Builder message) { message.setStatus(); },
                      schema::ServerMessage::STATUS);
}

std::expected<Reply, std::string> ask_checkpoint(Client& client) {
    return client.ask([](schema::ClientMessage::Builder message) { message.setCheckpoint(); },
                      schema::ServerMessage::CHECKPOINT);
}

std::expected<Reply, std::string> ask_checkpoint_at(Client& client, std::uint64_t size) {
    return client.ask([&](schema::ClientMessage::Builder message) { message.setCheckpointAt(size); },
                      schema::ServerMessage::CHECKPOINT);
}

std::expected<void, std::string> ask_evidence(Client& client, std::span<const Sequence> sequences, std::uint64_t size,
                                              const std::function<void(Sequence, schema::Evidence::Reader)>& take) {
    std::deque<std::pair<Sequence, Client::RequestId>> asked;
    for (auto rest = sequences; !rest.empty() || !asked.empty();) {
        if (!rest.empty() && asked.size() < evidence_in_flight) {
            const auto request = client.send([&](schema::ClientMessage::Builder message) {
                auto evidence = message.initEvidence();
                evidence.setSequence(rest.front().value);
                evidence.setSize(size);
            });
            if (!request) return std::unexpected(request.error());
            asked.emplace_back(rest.front(), *request);
            rest = rest.subspan(1);
            continue;
        }
        const auto [sequence, request] = asked.front();
        asked.pop_front();
        const auto reply = client.receive(request);
        if (!reply) return std::unexpected(reply.error());
        if (!reply->get().isEvidence()) return std::unexpected(unexpected_answer(client));
        take(sequence, reply->get().getEvidence());
    }
    return {};
}

std::expected<Reply, std::string> ask_proof(Client& client, Sequence sequence) {
    return client.ask([&](schema::ClientMessage::Builder message) { message.setProve(sequence.value); },
                      schema::ServerMessage::PROOF);
}

std::expected<Reply, std::string> ask_entry(Client& client, Sequence sequence) {
    return client.ask([&](schema::ClientMessage::Builder message) { message.setEntry(sequence.value); },
                      schema::ServerMessage::ENTRY);
}

std::expected<Reply, std::string> ask_consistency(Client& client, std::uint64_t from, std::uint64_t to) {
    return client.ask(
        [&](schema::ClientMessage::Builder message) {
            auto sizes = message.initProveConsistency();
            sizes.setFrom(from);
            sizes.setTo(to);
        },
        schema::ServerMessage::HASHES);
}

std::expected<Reply, std::string> issue_token(Client& client, const TokenWish& wish) {
    return client.ask(
        [&](schema::ClientMessage::Builder message) {
            auto token = message.initIssueToken();
            if (!wish.account.empty()) token.setAccount(text(wish.account));
            if (!wish.email.empty()) token.setEmail(text(wish.email));
            if (!wish.role.empty()) token.setRole(text(wish.role));
            if (!wish.label.empty()) token.setLabel(text(wish.label));
            token.setExpiresAt(wish.expires_at.micros);
        },
        schema::ServerMessage::TOKEN);
}

std::expected<Reply, std::string> list_tokens(Client& client, const std::string& account) {
    return client.ask(
        [&](schema::ClientMessage::Builder message) {
            auto wanted = message.initListTokens();
            if (!account.empty()) wanted.setAccount(text(account));
        },
        schema::ServerMessage::TOKENS);
}

std::expected<Reply, std::string> revoke_token(Client& client, std::uint32_t number) {
    return client.ask([&](schema::ClientMessage::Builder message) { message.setRevokeToken(number); },
                      schema::ServerMessage::TOKENS);
}

std::expected<Reply, std::string> log_out(Client& client) {
    return client.ask([](schema::ClientMessage::Builder message) { message.setLogOut(); },
                      schema::ServerMessage::TOKENS);
}

std::expected<std::vector<ImportAnswer>, std::string> NetworkSubmitter::submit(
    std::span<const schema::Command::Reader> commands) {
    std::vector<ImportAnswer> answers;
    while (answers.size() < commands.size()) {
        std::size_t count = 0;
        std::size_t bytes = 0;
        const auto left = commands.subspan(answers.size());
        while (count < std::min(left.size(), submit_commands_max)) {
            bytes += bytes_of(left[count]);
            if (count > 0 && bytes > submit_bytes_target) break;
            ++count;
        }
        const auto request = send_submit(client_, left.first(count));
        if (!request) return std::unexpected(request.error());
        const auto reply = receive_answers(client_, *request, count);
        if (!reply) return std::unexpected(reply.error());
        for (const auto answer : reply->get().getAnswers()) {
            auto read = read_import_answer(answer);
            if (!read) return std::unexpected(read.error());
            answers.push_back(std::move(*read));
        }
    }
    return answers;
}

}  // namespace seatledger
