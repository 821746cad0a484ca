// Whom the events of an answer name, each once.
#pragma once

#include <boost/unordered/unordered_flat_set.hpp>
#include <cstdint>

#include "engine/answer.h"
#include "engine/rules/event_head.h"
#include "engine/rules/state.h"

namespace seatledger {

// One thread. Answers are noted one after the other.
class PeopleNotes {
 public:
    // Adds whom the event names, under the address that they had before it. The account must be in the state.
    void note(State& state, const Account& account, const rules::EventHead& head, Answer& answer);

 private:
    [[nodiscard]] bool is_noted(const Answer& answer, UserId id);

    const Answer* of_ = nullptr;
    boost::unordered_flat_set<std::uint32_t> noted_;  // the people of that answer, where they are many
};

}  // namespace seatledger
