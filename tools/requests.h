// What can be asked of a server. Errors are one line: what, and what to do.
#pragma once

#include <capnp/dynamic.h>

#include <cstdint>
#include <expected>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "events/instant.h"
#include "tools/client.h"
#include "tools/import_run.h"

namespace seatledger {

// Commands in one request, as many as the server takes at once (wire.capnp) or fewer, and about as many bytes: what is
// larger is a request of its own.
inline constexpr std::size_t submit_commands_max = 1'024;
inline constexpr std::size_t submit_bytes_target = 512 * 1024;

[[nodiscard]] std::expected<Client::RequestId, std::string> send_submit(
    Client& client, std::span<const schema::Command::Reader> commands);

// The answers to `count` commands: the reply's message has `answers`, as many.
[[nodiscard]] std::expected<Reply, std::string> receive_answers(Client& client, Client::RequestId request,
                                                                std::size_t count);

// The rows of an answer, whatever the question was.
[[nodiscard]] capnp::DynamicList::Reader rows_of(schema::Rows::Reader rows);

using FillQuery = std::function<void(schema::Query::Builder)>;
using TakeRows = std::function<bool(schema::Rows::Reader)>;

// Asks page by page, beginning at the cursor that `fill` sets, until there are no more rows, `limit` of them have
// come (0: no limit) or `take` gives false. Gives the cursor of what was not read; empty: nothing. `take` is called
// at least once.
[[nodiscard]] std::expected<std::string, std::string> query_pages(Client& client, const FillQuery& fill,
                                                                  std::uint64_t limit, const TakeRows& take);

using FillHistory = std::function<void(schema::History::Builder)>;
using TakeEvents = std::function<bool(schema::Events::Reader)>;

// The same for history. Gives the sequence at which to go on: from there, or going backwards to there; 0: there is no
// more.
[[nodiscard]] std::expected<Sequence, std::string> history_pages(Client& client, const FillHistory& fill,
                                                                 std::uint64_t limit, const TakeEvents& take);

using FillReplay = std::function<void(schema::Replay::Builder)>;  // but for the credit

struct ReplaySink {
    TakeEvents take;
    std::function<bool()> pause;  // nothing more is here now; false ends the replay, as it does of take
    int interrupt = -1;           // a file descriptor; the replay ends when it can be read
};

// Reads events in order until there are no more or the sink ends it. Without `fill`: the whole log.
[[nodiscard]] std::expected<void, std::string> replay(Client& client, const FillReplay& fill, const ReplaySink& sink);

// Reads a history behind `seen` and goes on with what happens later, until its `to` is reached or the sink ends it.
// Moves `seen` on: up to there everything was given to the sink. `fill` sets what is asked for, but for the limit.
[[nodiscard]] std::expected<void, std::string> follow_history(Client& client, const FillHistory& fill,
                                                              const ReplaySink& sink, Sequence& seen);

// The log's origin, which no other log has (engine/merkle/checkpoint.h).
[[nodiscard]] std::expected<std::string, std::string> ask_origin(Client& client);

// Digests of the tables, in the reply's message; of the ones that are there, or after a rebuild.
[[nodiscard]] std::expected<Reply, std::string> ask_digests(Client& client);
[[nodiscard]] std::expected<Reply, std::string> rebuild(
    Client& client, const std::function<void(std::uint64_t done, std::uint64_t total)>& progress);

[[nodiscard]] std::expected<Reply, std::string> ask_status(Client& client);

// The reply's message has `checkpoint`, `proof`, `entry` and `hashes`.
[[nodiscard]] std::expected<Reply, std::string> ask_checkpoint(Client& client);
// Of the log's first events, so many.
[[nodiscard]] std::expected<Reply, std::string> ask_checkpoint_at(Client& client, std::uint64_t size);
[[nodiscard]] std::expected<Reply, std::string> ask_proof(Client& client, Sequence sequence);
[[nodiscard]] std::expected<Reply, std::string> ask_entry(Client& client, Sequence sequence);
[[nodiscard]] std::expected<Reply, std::string> ask_consistency(Client& client, std::uint64_t from, std::uint64_t to);

// The events with these sequences, and that they are among the log's first `size`. `take` gets the answers, in order;
// many are asked for at a time.
[[nodiscard]] std::expected<void, std::string> ask_evidence(
    Client& client, std::span<const Sequence> sequences, std::uint64_t size,
    const std::function<void(Sequence, schema::Evidence::Reader)>& take);

// What a token is to be good for.
struct TokenWish {
    std::string account;  // empty: every account
    std::string email;    // empty: it is the vendor's
    std::string role;     // empty: not limited
    std::string label;
    Instant expires_at = no_instant;  // no_instant: never, or as long as the token by which it is asked for
};

// The reply's message has `token`; and `tokens`: those that there are, the one that was revoked, one's own that was.
[[nodiscard]] std::expected<Reply, std::string> issue_token(Client& client, const TokenWish& wish);
[[nodiscard]] std::expected<Reply, std::string> list_tokens(Client& client, const std::string& account);
[[nodiscard]] std::expected<Reply, std::string> revoke_token(Client& client, std::uint32_t number);
[[nodiscard]] std::expected<Reply, std::string> log_out(Client& client);

// Submits over the network. Splits what is too large for one request.
class NetworkSubmitter : public Submitter {
 public:
    // The client must outlive this.
    explicit NetworkSubmitter(Client& client) : client_(client) {}

    [[nodiscard]] std::expected<std::vector<ImportAnswer>, std::string> submit(
        std::span<const schema::Command::Reader> commands) override;

 private:
    Client& client_;
};

}  // namespace seatledger
