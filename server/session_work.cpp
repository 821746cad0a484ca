// How other threads work for a request of a connection, and what it waits for before they do.
#include <kj/exception.h>

#include <boost/asio/post.hpp>
#include <utility>

#include "events/text.h"
#include "projections/names.h"
#include "server/logging.h"
#include "server/replay_stream.h"
#include "server/session.h"

namespace seatledger {

// What another thread works on, and brings back.
struct Session::Job {
    std::shared_ptr<Session> session;
    boost::asio::thread_pool& pool;
    RequestKey request;
    std::unique_ptr<Message> message;
    Work work;
    std::function<void()> done = {};  // on the network thread; may be empty
    Work more = {};                   // instead of `work` once that gives null, and a checkpoint is over …
    std::uint64_t more_at = 0;        // so many events
    Worked result = {};

    // On the other thread. What is thrown is a storage that cannot be read, or a bug: the message has been checked.
    void run(spdlog::logger& logger);
    void note() const;
};

// Once there is an answer.
void Session::Job::note() const {
    if (result && !*result) return;
    const auto& failure = result ? std::optional<Rule>() : result.error().rule;
    session->note_reading(message->root<schema::ClientMessage>(), result    ? "done"
                                                                  : failure ? rule_id(*failure)
                                                                            : "failed");
}

void Session::Job::run(spdlog::logger& logger) {
    std::string reason;
    try {
        result = work(*message);
        note();
        return;
    } catch (const kj::Exception& exception) {
        reason = exception.getDescription().cStr();
    } catch (const std::exception& exception) {
        reason = exception.what();
    }
    log_line(logger, spdlog::level::err, "a request could not be answered", {{"reason", reason}});
    result = std::unexpected(QueryFailure{"this could not be read: " + reason});
    note();
}

// On a thread that may read the tables.
void Session::note_reading(schema::ClientMessage::Reader asked, std::string_view outcome) const {
    if (!AccessLog::is_reading(asked)) return;
    const auto account = asked.isQuery()     ? view(asked.getQuery().getAccount())
                         : asked.isHistory() ? view(asked.getHistory().getAccount())
                                             : std::string_view();
    const auto people_of = [&](std::string_view email) -> std::vector<UserId> {
        if (!is_plain_text(email)) return {};
        // Whoever bears it may be sealed with a key that is damaged: the answer says so.
        std::vector<UserId> people;
        static_cast<void>(kj::runCatchingExceptions([&] {
            const auto seen = View::open(service_.projections, account, {}, service_.clock.now());
            if (seen) people = bearers_by(**seen, email, (*seen)->known());
        }));
        return people;
    };
    service_.access_log.note(peer_, *token_, asked, people_of, outcome);
}

void Session::run_on(boost::asio::thread_pool& pool, RequestKey request, std::unique_ptr<Message> message, Work work,
                     std::function<void()> done) {
    hand_over(std::unique_ptr<Job>(
        new Job{shared_from_this(), pool, request, std::move(message), std::move(work), std::move(done)}));
}

void Session::hand_over(std::unique_ptr<Job> job) {
    auto& pool = job->pool;
    boost::asio::post(pool, [job = std::move(job)]() mutable {
        const auto& service = job->session->service_;
        job->run(service.logger);
        boost::asio::post(service.network, [job = std::move(job)]() mutable {
            auto& session = *job->session;
            session.on_worked(std::move(job));
        });
    });
}

void Session::on_worked(std::unique_ptr<Job> job) {
    if (job->result && !*job->result) {
        if (!is_in_flight(job->request)) return;
        if (!job->more) return hand_over(std::move(job));
        job->work = std::exchange(job->more, {});
        const auto size = job->more_at;
        service_.notary.hurry(size);
        return start_when_signed(size, std::move(job));
    }
    if (job->done) job->done();
    if (job->result) {
        finish(job->request, std::move(*job->result));
    } else {
        fail(job->request, job->result.error().message, job->result.error().rule);
    }
}

// What to tell who waited for tables that are not there; `why`: … the projections.
std::string Session::without_tables(RequestKey request, std::string_view why) const {
    const std::string reason = "the projections " + std::string(why);
    if (!in_flight_.find(request.id)->second.recorded) return reason + "; ask for the status, or again later";
    return "these commands have been carried out and recorded; only the answers to those that repeat an earlier "
           "requestId cannot be read, since " +
           reason + ". Do not send again what has no requestId";
}

std::string Session::without_checkpoint(std::uint64_t size) const {
    const auto failure = service_.notary.failure();
    return "no checkpoint is over " + std::to_string(size) + " events yet; " +
           (failure ? "none is signed any more, until the server is started again: " + failure->message : "ask again");
}

// A person is judged by the roles that they had when they asked, so the tables must have all that was recorded by then.
Sequence Session::needed_for(std::uint64_t sequence) const {
    if (caller().is_vendor()) return Sequence(sequence);
    return std::max(Sequence(sequence), service_.projections.log().last());
}

void Session::run_when_projected(Sequence sequence, RequestKey request, std::unique_ptr<Message> message, Work work) {
    run_when_projected(sequence, service_.readers, request, std::move(message), std::move(work), {});
}

void Session::run_when_projected(Sequence sequence, boost::asio::thread_pool& pool, RequestKey request,
                                 std::unique_ptr<Message> message, Work work, std::function<void()> done) {
    start_when_projected(sequence, std::unique_ptr<Job>(new Job{shared_from_this(), pool, request, std::move(message),
                                                                std::move(work), std::move(done)}));
}

// For an event that there may not be for long.
void Session::run_when_recorded(Sequence sequence, RequestKey request, std::unique_ptr<Message> message, Work work) {
    if (ending_) return fail(request, "the connection is being closed", {}, true);
    in_flight_.find(request.id)->second.follows = true;
    start_when_recorded(sequence, std::unique_ptr<Job>(new Job{shared_from_this(), service_.readers, request,
                                                               std::move(message), std::move(work)}));
}

void Session::run_when_signed(std::uint64_t size, RequestKey request, std::unique_ptr<Message> message, Work work) {
    start_when_signed(size, std::unique_ptr<Job>(new Job{shared_from_this(), service_.readers, request,
                                                         std::move(message), std::move(work)}));
}

// `check` works when the tables have got to the event; only if it gives null is a checkpoint hurried, so nobody makes
// the notary sync by asking what they may not. With nothing behind it `check` gives the answer.
void Session::run_when_checked_and_signed(Sequence sequence, std::uint64_t size, RequestKey request,
                                          std::unique_ptr<Message> message, Work check, Work work) {
    std::unique_ptr<Job> job(
        new Job{shared_from_this(), service_.readers, request, std::move(message), std::move(check)});
    job->more = std::move(work);
    job->more_at = size;
    start_when_projected(needed_for(sequence.value), std::move(job));
}

void Session::start_when_projected(Sequence sequence, std::unique_ptr<Job> job) {
    const auto request = job->request;
    const auto last = service_.projections.log().last();
    if (sequence > last) return fail(request, beyond_the_end(sequence, last));
    start_when_recorded(sequence, std::move(job));
}

// Of an event that there may not be for long.
void Session::start_when_recorded(Sequence sequence, std::unique_ptr<Job> job) {
    const auto request = job->request;
    if (service_.projections.checkpoint() >= sequence) return hand_over(std::move(job));
    if (service_.projections.failure()) return fail(request, without_tables(request, "have stopped"));
    wait_in(service_.tail, sequence, std::move(job));
}

void Session::start_when_signed(std::uint64_t size, std::unique_ptr<Job> job) {
    if (service_.notary.published_size() >= size) return hand_over(std::move(job));
    if (service_.notary.failure()) return fail(job->request, without_checkpoint(size));
    wait_in(service_.signings, Sequence(size), std::move(job));
}

void Session::wait_in(Tail& tail, Sequence sequence, std::unique_ptr<Job> job) {
    const auto request = job->request;
    const auto held = std::make_shared<std::unique_ptr<Job>>(std::move(job));
    const auto go_on = [held] {
        auto& session = *(*held)->session;
        if (!session.is_in_flight((*held)->request)) return;
        session.in_flight_.find((*held)->request.id)->second.waits_in = nullptr;
        hand_over(std::move(*held));
    };
    auto& waiting = in_flight_.find(request.id)->second;
    waiting.since = now_;
    waiting.waits_in = &tail;
    waiting.ticket = tail.when_at(sequence, go_on);
}

}  // namespace seatledger
