// Who waits for the projections to get somewhere. On the network thread, where whoever waits can also give up.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <utility>

#include "events/ids.h"
#include "projections/projections.h"
#include "server/network.h"

namespace seatledger {

// Network thread. The projections must end before the io_context does.
class Tail {
 public:
    Tail(Executor executor, Projections& projections);
    // Forgets who waits.
    ~Tail();
    Tail(const Tail&) = delete;
    Tail& operator=(const Tail&) = delete;

    // A place in the queue; {} is none.
    using Ticket = std::pair<Sequence, std::uint64_t>;

    // Calls `done` once everything up to `sequence` can be read, later on. Not if it is cancelled before, or if the
    // projections end.
    [[nodiscard]] Ticket when_at(Sequence sequence, std::function<void()> done);
    void cancel(Ticket ticket);

    [[nodiscard]] std::size_t waiting() const { return state_->waiting.size(); }

 private:
    // Outlives this as long as the projections know of it.
    struct State {
        Executor executor;
        Projections& projections;
        std::map<Ticket, std::function<void()>> waiting;
        std::uint64_t tickets = 0;
        bool asked = false;
    };
    static void ask(const std::shared_ptr<State>& state);
    static void advanced(const std::shared_ptr<State>& state);

    std::shared_ptr<State> state_;
};

}  // namespace seatledger
