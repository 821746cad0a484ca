// A replay as a connection has it: page after page, as long as there is credit.
#pragma once

#include <capnp/message.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "projections/replay.h"
#include "server/service.h"
#include "server/session.h"

namespace seatledger {

// Network thread, but for making pages, which readers do one after the other.
class ReplayStream : public std::enable_shared_from_this<ReplayStream> {
 public:
    // `request` must have something to read, and nothing wrong with it: see below.
    ReplayStream(Session& session, const Service& service, std::uint64_t id, schema::Replay::Reader request);

    // Whether nothing that the log has, or will have while it is followed, is asked for.
    [[nodiscard]] static bool is_empty(schema::Replay::Reader request, Sequence last);

    // Why it cannot be answered, whatever the log ends with; nothing: it can.
    [[nodiscard]] static std::optional<std::string> problem_with(schema::Replay::Reader request, Sequence last);

    // Lets so many more bytes be sent.
    void give(std::uint64_t bytes);
    // Has the next page made and sent, if there is credit, room and something to read; waits for that if need be.
    void pump();
    // Ends it: with a last message; and with a failure, which may pass (wire.capnp).
    void cancel();
    void fail(std::string_view reason, std::optional<Rule> rule = {}, bool passes = false);
    // The connection is gone.
    void let_go();

    // Whether it waits for something to be projected.
    [[nodiscard]] bool waits() const { return ticket_.has_value(); }

 private:
    struct Page {
        std::unique_ptr<OutMessage> message;  // null: nothing was found
        std::int64_t bytes = 0;
        bool is_last = false;
        std::optional<QueryFailure> failure;
        bool is_theirs = false;  // it is what they asked for that is wrong
    };

    void start_page();
    [[nodiscard]] Page make_page(std::size_t bytes_max);
    [[nodiscard]] Page read_page(std::size_t bytes_max);
    void on_page(Page page);
    void end(std::unique_ptr<OutMessage> last);
    void forget_ticket();

    Session& session_;
    const Service& service_;
    const std::uint64_t id_;
    capnp::MallocMessageBuilder asked_;  // to be written down if it is refused
    Replay reading_;
    std::int64_t credit_ = 0;  // below 0 if the last page was larger
    bool at_work_ = false;
    bool must_exist_;    // whether there is such an account is still to be seen; who follows may wait for it
    Sequence asked_at_;  // a person is judged by the roles that they had then, or later
    std::optional<Tail::Ticket> ticket_;
    std::unique_ptr<OutMessage> last_;  // it is to end with this as soon as nobody is at work
    bool ended_ = false;
};

// What is said to whoever asks for an event that there is not yet.
[[nodiscard]] std::string beyond_the_end(Sequence sequence, Sequence last);

[[nodiscard]] std::unique_ptr<OutMessage> make_end_of_replay(std::uint64_t id);
[[nodiscard]] std::unique_ptr<OutMessage> make_failure(std::uint64_t id, std::string_view message,
                                                       std::optional<Rule> rule = {}, bool passes = false);

}  // namespace seatledger
