#include "server/tail.h"

#include <algorithm>
#include <boost/asio/post.hpp>
#include <vector>

namespace seatledger {

Watched watched(Projections& projections) {
    return {[&projections] { return projections.checkpoint(); },
            [&projections](Sequence sequence, std::function<void()> done) {
                projections.when_at(sequence, std::move(done));
            }};
}

Watched watched(Notary& notary) {
    return {[&notary] { return Sequence(notary.published_size()); },
            [&notary](Sequence sequence, std::function<void()> done) {
                notary.when_published(sequence.value, std::move(done));
            }};
}

Tail::Tail(Executor executor, Watched watched)
    : state_(std::make_shared<State>(State{std::move(executor), std::move(watched), {}})) {}

Tail::~Tail() { state_->waiting.clear(); }

Tail::Ticket Tail::when_at(Sequence sequence, std::function<void()> done) {
    const Ticket ticket(sequence, ++state_->tickets);
    state_->waiting.emplace(ticket, std::move(done));
    ask(state_);
    return ticket;
}

void Tail::cancel(Ticket ticket) { state_->waiting.erase(ticket); }

// The follower holds one call of ours, however many wait: it comes when it has got further, or at once if the first of
// the waiting need wait no more.
void Tail::ask(const std::shared_ptr<State>& state) {
    if (state->asked || state->waiting.empty()) return;
    state->asked = true;
    const auto first = state->waiting.begin()->first.first;
    const auto next = std::min(first, state->watched.reached().next());
    state->watched.when_at(next, [state] { boost::asio::post(state->executor, [state] { advanced(state); }); });
}

void Tail::advanced(const std::shared_ptr<State>& state) {
    state->asked = false;
    const auto at = state->watched.reached();
    std::vector<std::function<void()>> done;
    while (!state->waiting.empty() && state->waiting.begin()->first.first <= at) {
        done.push_back(std::move(state->waiting.begin()->second));
        state->waiting.erase(state->waiting.begin());
    }
    for (const auto& call : done) call();
    ask(state);
}

}  // namespace seatledger
