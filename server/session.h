// One connection: who it is, what it asks, and the order in which it is let go.
#pragma once

#include <boost/unordered/unordered_flat_map.hpp>
#include <cstdint>
#include <expected>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/answer.h"
#include "engine/failure.h"
#include "engine/rules/rejection.h"
#include "engine/rules/roles.h"
#include "projections/queries.h"
#include "server/frame.h"
#include "server/service.h"

namespace seatledger {

class ReplayStream;

// A request that is in flight. The id alone may be given to another one as soon as it has been answered.
struct RequestKey {
    std::uint64_t id = 0;
    std::uint64_t serial = 0;
};

// What is said to whoever was let in by a token that has expired or was revoked.
inline constexpr std::string_view token_is_over =
    "this token is not good any more; log in again, or ask for another one";

// What some other thread does for a request, given its message: it makes the message that answers it, or says why
// there is none. Null: there is more to do, for which it is called again, behind what others have for the thread;
// unless nobody waits for it any more.
using Worked = std::expected<std::unique_ptr<OutMessage>, QueryFailure>;
using Work = std::move_only_function<Worked(Message&)>;

// Network thread. Held by its own coroutines for as long as the connection is there, and by whatever works for it.
class Session : public std::enable_shared_from_this<Session> {
 public:
    // `tls`: null for plain text.
    Session(Socket socket, const TlsContext& tls, const Service& service, TimePoint now);
    ~Session();

    // Serves the connection to its end.
    [[nodiscard]] Task<void> run();
    // Instead of run(): says why it is not served, and closes.
    [[nodiscard]] Task<void> refuse(std::string reason);

    // Looks at the timeouts. To be called every now and then.
    void tick(TimePoint now);

    // Takes no more requests, ends replays, and closes once what is in flight has been answered.
    void stop();
    // Closes at once.
    void close();

    // What works for a request answers through these; all but send() end it. Nothing happens if the connection has
    // been closed or the request given up meanwhile.
    void send(std::unique_ptr<OutMessage> message);
    void finish(RequestKey request, std::unique_ptr<OutMessage> answer);
    void fail(RequestKey request, std::string_view message, std::optional<Rule> rule = {}, bool passes = false);
    [[nodiscard]] bool is_in_flight(RequestKey request) const;

    void end_replay(std::uint64_t id);
    // Whom everything is done for. It has been let in.
    [[nodiscard]] const Caller& caller() const { return token_->terms.caller; }

    [[nodiscard]] bool has_room() const { return writer_.bytes() < service_.limits.unsent_bytes_max; }

    // Writes down who read what (access_log.h), if it is a reading.
    void note_reading(schema::ClientMessage::Reader asked, std::string_view outcome) const;

 private:
    struct InFlight {
        std::uint64_t serial = 0;
        std::size_t bytes = 0;
        Tail* waits_in = nullptr;  // null: it does not wait; else with this ticket, since …
        Tail::Ticket ticket{};
        TimePoint since{};
        bool recorded = false;  // what it asked for has been done; only its answer is missing
        bool follows = false;   // it waits for what has not happened yet, however long that takes
    };

    [[nodiscard]] Task<bool> shake_hands();
    [[nodiscard]] Task<void> serve();
    [[nodiscard]] Task<std::unique_ptr<Message>> read_message();
    [[nodiscard]] static Task<void> write(std::shared_ptr<Session> self);
    [[nodiscard]] Task<void> finish_connection();
    [[nodiscard]] bool may_read() const;
    void on_sent();
    void on_read_error(const FrameError& error);

    void take(std::unique_ptr<Message> message);
    void greet(std::uint64_t id, schema::ClientMessage::Reader root, std::unique_ptr<Message> message);
    void say_hello(std::uint64_t id, schema::Hello::Reader hello);
    void log_in(std::uint64_t id, schema::LogIn::Reader asked, std::unique_ptr<Message> message);
    void let_in(std::shared_ptr<const Token> token);
    [[nodiscard]] bool is_let_in() const { return token_ != nullptr; }
    void start(std::uint64_t id, schema::ClientMessage::Reader root, std::unique_ptr<Message> message);
    struct Submission;
    void submit(RequestKey request, std::unique_ptr<Message> message);
    void hash_passwords(std::unique_ptr<Submission> submission);
    void on_hashed(std::unique_ptr<Submission> submission);
    void submit_to_engine(std::unique_ptr<Submission> submission);
    void answered(RequestKey request, std::unique_ptr<Message> message,
                  std::expected<std::vector<Answer>, StorageFailure> answers);
    void answer(RequestKey request, std::unique_ptr<Message> message,
                std::expected<std::vector<Answer>, StorageFailure> answers);
    void query(RequestKey request, std::unique_ptr<Message> message);
    void history(RequestKey request, std::unique_ptr<Message> message);
    void replay(std::uint64_t id, schema::Replay::Reader request);
    void rebuild(RequestKey request, std::unique_ptr<Message> message);
    void digest(RequestKey request, std::unique_ptr<Message> message);
    void status(RequestKey request);
    void checkpoint(RequestKey request);
    void checkpoint_at(RequestKey request, std::unique_ptr<Message> message);
    void evidence(RequestKey request, std::unique_ptr<Message> message);
    void prove(RequestKey request, std::unique_ptr<Message> message);
    void entry(RequestKey request, std::unique_ptr<Message> message);
    void prove_consistency(RequestKey request, std::unique_ptr<Message> message);
    void answer_about_event(Sequence sequence, std::uint64_t size, RequestKey request, std::unique_ptr<Message> message,
                            Work read, Work prove);
    void issue_token(RequestKey request, std::unique_ptr<Message> message);
    void list_tokens(RequestKey request, std::unique_ptr<Message> message);
    void revoke_token(RequestKey request, std::unique_ptr<Message> message);
    void log_out(RequestKey request, std::unique_ptr<Message> message);
    [[nodiscard]] bool is_permitted(RequestKey request, rules::Right right);
    struct Job;
    void run_on(boost::asio::thread_pool& pool, RequestKey request, std::unique_ptr<Message> message, Work work,
                std::function<void()> done = {});
    void run_when_projected(Sequence sequence, RequestKey request, std::unique_ptr<Message> message, Work work);
    void run_when_recorded(Sequence sequence, RequestKey request, std::unique_ptr<Message> message, Work work);
    void run_when_projected(Sequence sequence, boost::asio::thread_pool& pool, RequestKey request,
                            std::unique_ptr<Message> message, Work work, std::function<void()> done);
    void run_when_signed(std::uint64_t size, RequestKey request, std::unique_ptr<Message> message, Work work);
    void run_when_checked_and_signed(Sequence sequence, std::uint64_t size, RequestKey request,
                                     std::unique_ptr<Message> message, Work check, Work work);
    void start_when_projected(Sequence sequence, std::unique_ptr<Job> job);
    void start_when_recorded(Sequence sequence, std::unique_ptr<Job> job);
    void start_when_signed(std::uint64_t size, std::unique_ptr<Job> job);
    void wait_in(Tail& tail, Sequence sequence, std::unique_ptr<Job> job);
    static void hand_over(std::unique_ptr<Job> job);
    void on_worked(std::unique_ptr<Job> job);
    [[nodiscard]] std::string without_tables(RequestKey request, std::string_view why) const;
    [[nodiscard]] std::string without_checkpoint(std::uint64_t size) const;
    [[nodiscard]] Sequence needed_for(std::uint64_t sequence) const;

    void send_failure(std::uint64_t id, std::string_view message, bool passes = false);
    void note_offence(std::string_view reason);
    void reject(std::uint64_t id, std::string_view reason, bool passes = false);
    void stop_reading();
    // Ends replays, and histories that are followed. `passes`: it is not for good (wire.capnp).
    void end_streams(std::string_view reason, bool passes);

    void check_token();
    void check_handshake(TimePoint now);
    void check_silence(TimePoint now);
    void check_reading(TimePoint now);
    void check_writing(TimePoint now);
    void check_waiting(TimePoint now);

    Stream stream_;
    const Service& service_;
    std::string peer_;
    FrameReader reader_;
    FrameWriter writer_;
    Signal changed_;  // for the reading coroutine: there may be room, or an end

    boost::unordered_flat_map<std::uint64_t, InFlight> in_flight_;
    boost::unordered_flat_map<std::uint64_t, std::shared_ptr<ReplayStream>> replays_;
    std::uint64_t serials_ = 0;
    std::size_t bytes_in_flight_ = 0;

    std::shared_ptr<const Token> token_;  // by which it was let in; null: not yet
    bool logging_in_ = false;
    bool shaking_hands_ = false;  // those of TLS: no message comes or goes yet
    bool ending_ = false;         // nothing more is read
    bool closed_ = false;         // nothing more is sent
    bool reading_now_ = false;
    bool offended_ = false;

    TimePoint now_;  // as of the last tick
    TimePoint active_;
    std::optional<TimePoint> closing_since_;
    struct Progress {
        std::optional<TimePoint> since;
        std::uint64_t value = 0;

        // Since when `current` has not moved, while it should.
        [[nodiscard]] TimePoint::duration stuck(bool should_move, std::uint64_t current, TimePoint now);
    };
    Progress reading_;
    Progress writing_;
};

}  // namespace seatledger
