// Who waits for the projections, or the notary, to get somewhere. On the network thread, where whoever waits can also
// give up.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <utility>

#include "engine/notary/notary.h"
#include "events/ids.h"
#include "projections/projections.h"
#include "server/network.h"

namespace seatledger {

// What follows the log on a thread of its own.
struct Watched {
    std::function<Sequence()> reached;
    // Calls `done` once `sequence` has been reached, on any thread, or at once. Not if it ends before.
    std::function<void(Sequence sequence, std::function<void()> done)> when_at;
};
[[nodiscard]] Watched watched(Projections& projections);
[[nodiscard]] Watched watched(Notary& notary);  // by its published checkpoints

// Network thread. What it follows must end before the io_context does.
class Tail {
 public:
    Tail(Executor executor, Watched watched);
    // Forgets who waits.
    ~Tail();
    Tail(const Tail&) = delete;
    Tail& operator=(const Tail&) = delete;

    // A place in the queue; {} is none.
    using Ticket = std::pair<Sequence, std::uint64_t>;

    // Calls `done` once `sequence` has been reached, later on. Not if it is cancelled before, or if the follower ends.
    [[nodiscard]] Ticket when_at(Sequence sequence, std::function<void()> done);
    void cancel(Ticket ticket);

    [[nodiscard]] std::size_t waiting() const { return state_->waiting.size(); }

 private:
    // Outlives this as long as the follower knows of it.
    struct State {
        Executor executor;
        Watched watched;
        std::map<Ticket, std::function<void()>> waiting;
        std::uint64_t tickets = 0;
        bool asked = false;
    };
    static void ask(const std::shared_ptr<State>& state);
    static void advanced(const std::shared_ptr<State>& state);

    std::shared_ptr<State> state_;
};

}  // namespace seatledger
