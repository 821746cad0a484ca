#include "tests/support/forged_log.h"

#include <capnp/dynamic.h>

#include <algorithm>
#include <utility>

#include "engine/log/memory_log.h"
#include "events/block.h"
#include "tests/support/catch.h"

namespace seatledger::testing {
namespace {

void copy(capnp::DynamicStruct::Reader from, capnp::DynamicStruct::Builder to) {
    for (const auto field : from.getSchema().getNonUnionFields()) {
        if (from.has(field)) to.set(field, from.get(field));
    }
    KJ_IF_MAYBE (body, from.which()) to.set(*body, from.get(*body));
}

}  // namespace

ForgedLog::ForgedLog(const Log& log) {
    const auto cursor = log.read(Sequence(1));
    while (true) {
        const auto block = cursor->next();
        REQUIRE(block.has_value());
        if (!*block) return;
        for (const auto& entry : (*block)->entries()) events_.push_back(copy_of(read_event(entry), entry.ends_commit));
    }
}

ForgedLog::Event ForgedLog::copy_of(schema::Event::Reader event, bool ends_commit) {
    Event made{std::make_unique<capnp::MallocMessageBuilder>(), ends_commit};
    made.message->setRoot(event);
    return made;
}

schema::Event::Builder ForgedLog::event(std::size_t number) {
    return events_.at(number - 1).message->getRoot<schema::Event>();
}

std::size_t ForgedLog::last(schema::Event::Which which) {
    for (auto number = size(); number > 0; --number) {
        if (event(number).which() == which) return number;
    }
    FAIL("there is no such event");
    return 0;
}

void ForgedLog::remove(std::size_t first, std::size_t last) {
    events_.erase(events_.begin() + static_cast<std::ptrdiff_t>(first - 1),
                  events_.begin() + static_cast<std::ptrdiff_t>(last));
}

void ForgedLog::repeat(std::size_t first, std::size_t last) {
    std::vector<Event> copies;
    for (auto number = first; number <= last; ++number) {
        copies.push_back(copy_of(event(number).asReader(), events_[number - 1].ends_commit));
    }
    events_.insert(events_.begin() + static_cast<std::ptrdiff_t>(last), std::make_move_iterator(copies.begin()),
                   std::make_move_iterator(copies.end()));
}

void ForgedLog::swap_with_next(std::size_t number) {
    std::swap(events_.at(number - 1).message, events_.at(number).message);
}

void ForgedLog::set_ends_commit(std::size_t number, bool ends) { events_.at(number - 1).ends_commit = ends; }

void ForgedLog::misnumber(std::size_t number, std::uint64_t sequence) { events_.at(number - 1).says = sequence; }

std::unique_ptr<Log> ForgedLog::log() {
    auto log = make_memory_log();
    BlockBuilder block(Sequence(1));
    for (const auto& [message, ends_commit, says] : events_) {
        const auto sequence = block.next();
        auto event = block.begin_event();
        copy(message->getRoot<schema::Event>().asReader(), event);
        event.setSequence(says != 0 ? says : sequence.value);
        static_cast<void>(block.end_event());
        if (!ends_commit) continue;
        block.end_commit();
        const auto first = Sequence(block.next().value - block.count());
        REQUIRE(log->append(first, block.finish()).has_value());
    }
    REQUIRE(block.count() == 0);
    return log;
}

}  // namespace seatledger::testing
