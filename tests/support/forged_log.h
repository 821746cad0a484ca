// Logs that are well-formed and wrong: the events of a log, changed, left out, repeated or moved, in blocks whose
// checksums, lengths and sequences are all in order.
#pragma once

#include <capnp/message.h>

#include <cstddef>
#include <memory>
#include <vector>

#include "engine/log/log.h"
#include "events/event.capnp.h"
#include "events/ids.h"

namespace seatledger::testing {

class ForgedLog {
 public:
    // With the events of that log; each commit becomes a block.
    explicit ForgedLog(const Log& log);

    [[nodiscard]] std::size_t size() const { return events_.size(); }
    // Counted from 1, as sequences are.
    [[nodiscard]] schema::Event::Builder event(std::size_t number);
    // The number of the newest event of that kind. Fails the test if there is none.
    [[nodiscard]] std::size_t last(schema::Event::Which which);

    // All of the events `first` … `last`.
    void remove(std::size_t first, std::size_t last);
    void repeat(std::size_t first, std::size_t last);  // once more, right behind them
    // Exchanges an event with the one behind it; what ends a commit stays where it was.
    void swap_with_next(std::size_t number);
    // Whether a commit ends with the event.
    void set_ends_commit(std::size_t number, bool ends);
    // Has it say another sequence than that of its place.
    void misnumber(std::size_t number, std::uint64_t sequence);

    // A log in memory with what there is now.
    [[nodiscard]] std::unique_ptr<Log> log();

 private:
    struct Event {
        std::unique_ptr<capnp::MallocMessageBuilder> message;
        bool ends_commit = false;
        std::uint64_t says = 0;  // 0: the sequence of its place
    };
    [[nodiscard]] static Event copy_of(schema::Event::Reader event, bool ends_commit);

    std::vector<Event> events_;
};

}  // namespace seatledger::testing
