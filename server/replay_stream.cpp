#include "server/replay_stream.h"

#include <kj/exception.h>

#include <algorithm>
#include <boost/asio/post.hpp>
#include <limits>
#include <utility>

#include "events/text.h"
#include "projections/rights.h"
#include "projections/view.h"
#include "server/logging.h"

namespace seatledger {
namespace {

// How often a reader looks for events of an account before it lets others have their turn.
constexpr int attempts_a_turn = 16;

// Where the reading ends; 0: nowhere. Without following that is where the log ends now.
Sequence end_of(schema::Replay::Reader request, Sequence last) {
    const Sequence to(request.getTo());
    const Sequence as_of(request.getAsOfSequence());
    if (request.getFollow()) return to;
    return std::min({to ? to : last, as_of ? as_of : last, last});
}

}  // namespace

std::string beyond_the_end(Sequence sequence, Sequence last) {
    return "there is no event " + std::to_string(sequence.value) + " yet: the log ends at " +
           std::to_string(last.value);
}

std::unique_ptr<OutMessage> make_end_of_replay(std::uint64_t id) {
    auto message = std::make_unique<OutMessage>(id);
    message->root().initEvents().setDone(true);
    return message;
}

std::unique_ptr<OutMessage> make_failure(std::uint64_t id, std::string_view message, std::optional<Rule> rule,
                                         bool passes) {
    auto failure = std::make_unique<OutMessage>(id, 64 + message.size() / sizeof(capnp::word));
    auto body = failure->root().initFailure();
    body.setMessage(text(message));
    if (rule) body.setRejected(text(rule_id(*rule)));
    body.setPasses(passes);
    return failure;
}

ReplayStream::ReplayStream(Session& session, const Service& service, std::uint64_t id, schema::Replay::Reader request)
    : session_(session),
      service_(service),
      id_(id),
      reading_(service.projections, std::string(view(request.getAccount())), Sequence(request.getFrom()),
               end_of(request, service.projections.log().last()), as_of_in(request), effective_span_in(request),
               request.getBackwards() ? Direction::backwards : Direction::forwards),
      must_exist_(!request.getFollow() && request.getAccount().size() != 0),
      asked_at_(service.projections.log().last()) {
    asked_.initRoot<schema::ClientMessage>().setReplay(request);
    give(request.getCredit());
}

std::optional<std::string> ReplayStream::problem_with(schema::Replay::Reader request, Sequence last) {
    const auto as_of = as_of_in(request);
    if (const auto problem = contradiction_in(as_of)) return std::string(*problem);
    const bool is_open = as_of.is_now() && effective_span_in(request).to == no_instant && !request.getBackwards();
    if (request.getFollow() && !is_open) {
        return "what is followed has no end: leave out follow, or asOf, asOfSequence, knownAt, effectiveTo and "
               "backwards";
    }
    if (as_of.sequence > last) return beyond_the_end(as_of.sequence, last);
    return {};
}

bool ReplayStream::is_empty(schema::Replay::Reader request, Sequence last) {
    const auto end = end_of(request, last);
    if (!end) return !request.getFollow();
    return std::max(Sequence(request.getFrom()), Sequence(1)) > end;
}

void ReplayStream::give(std::uint64_t bytes) {
    constexpr auto most = std::numeric_limits<std::int64_t>::max();
    const auto room = static_cast<std::uint64_t>(most - std::max<std::int64_t>(credit_, 0));
    credit_ += static_cast<std::int64_t>(std::min(bytes, room));
}

void ReplayStream::pump() {
    if (ended_ || at_work_ || ticket_ || credit_ <= 0 || !session_.has_room()) return;
    auto position = reading_.position();
    // What is judged by the tables is judged by tables that have all that was recorded by then.
    if (!session_.caller().is_vendor() || must_exist_) position = std::max(position, asked_at_);
    if (service_.projections.checkpoint() >= position) return start_page();
    const auto go_on = [self = shared_from_this(), session = session_.shared_from_this()] {
        self->ticket_.reset();
        self->pump();
    };
    ticket_ = service_.tail.when_at(position, go_on);
}

void ReplayStream::start_page() {
    at_work_ = true;
    const auto bytes_max =
        std::min<std::uint64_t>(static_cast<std::uint64_t>(credit_), service_.limits.replay_page_bytes);
    boost::asio::post(service_.readers,
                      [self = shared_from_this(), session = session_.shared_from_this(), bytes_max]() mutable {
                          auto page = self->make_page(bytes_max);
                          auto& stream = *self;
                          boost::asio::post(stream.service_.network,
                                            [self = std::move(self), session = std::move(session),
                                             page = std::move(page)]() mutable { self->on_page(std::move(page)); });
                      });
}

// On a reader's thread, while the network thread keeps off the reading.
ReplayStream::Page ReplayStream::make_page(std::size_t bytes_max) try {
    auto page = read_page(bytes_max);
    // By tables that have all that is in the page, so that nothing is shown from the event on that took the right away.
    const auto right = reading_.account().empty() ? rules::Right::read_ledger : rules::Right::read_events;
    const auto extent = authorize(service_.projections, session_.caller(), reading_.account(), right);
    if (!extent) return {nullptr, 0, false, extent.error(), true};
    if (std::exchange(must_exist_, false)) {
        const auto generation = service_.projections.current().generation;
        if (!account_number(Snapshot(*generation->database), reading_.account())) {
            return {nullptr, 0, false, no_account(reading_.account()), true};
        }
    }
    return page;
} catch (const kj::Exception& exception) {
    return {nullptr, 0, false, QueryFailure{exception.getDescription().cStr()}, false};
} catch (const std::exception& exception) {
    return {nullptr, 0, false, QueryFailure{exception.what()}, false};
}

ReplayStream::Page ReplayStream::read_page(std::size_t bytes_max) {
    for (int attempt = 0; attempt < attempts_a_turn; ++attempt) {
        Page page;
        page.message = std::make_unique<OutMessage>(id_);
        auto events = page.message->root().initEvents();
        const auto found = reading_.next(bytes_max, events);
        if (!found) return {nullptr, 0, false, QueryFailure{found.error().message}, false};
        page.bytes = static_cast<std::int64_t>(events.asReader().getEntries().size());
        page.is_last = events.getDone();
        if (*found || page.is_last) return page;
        if (reading_.at_head()) break;
    }
    return {};
}

void ReplayStream::on_page(Page page) {
    at_work_ = false;
    if (ended_) return;
    if (last_) return end(std::move(last_));
    if (page.failure && page.is_theirs) {
        const auto rule = page.failure->rule;
        session_.note_reading(asked_.getRoot<schema::ClientMessage>(), rule ? rule_id(*rule) : "failed");
        return fail(page.failure->message, rule);
    }
    if (page.failure) {
        log_line(service_.logger, spdlog::level::err, "a replay could not go on", {{"reason", page.failure->message}});
        return fail("the events cannot be read: " + page.failure->message);
    }
    if (page.message) {
        credit_ -= page.bytes;
        if (page.is_last) return end(std::move(page.message));
        session_.send(std::move(page.message));
    }
    pump();
}

void ReplayStream::cancel() { end(make_end_of_replay(id_)); }

void ReplayStream::fail(std::string_view reason, std::optional<Rule> rule, bool passes) {
    end(make_failure(id_, reason, rule, passes));
}

void ReplayStream::let_go() {
    ended_ = true;
    forget_ticket();
}

void ReplayStream::end(std::unique_ptr<OutMessage> last) {
    if (ended_) return;
    forget_ticket();
    if (at_work_) {
        if (!last_) last_ = std::move(last);
        return;
    }
    ended_ = true;
    session_.send(std::move(last));
    session_.end_replay(id_);  // may be the end of this, too
}

void ReplayStream::forget_ticket() {
    if (ticket_) service_.tail.cancel(*std::exchange(ticket_, std::nullopt));
}

}  // namespace seatledger
