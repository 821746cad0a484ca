#include "engine/people_notes.h"

#include <algorithm>

namespace seatledger {

// Most commands name two people; one that reverses a payment may name a hundred thousand.
bool PeopleNotes::is_noted(const Answer& answer, UserId id) {
    constexpr std::size_t few = 16;
    if (answer.people.size() < few) {
        return std::ranges::find(answer.people, id, &Person::user) != answer.people.end();
    }
    if (answer.people.size() == few || of_ != &answer) {
        of_ = &answer;
        noted_.clear();
        for (const auto& person : answer.people) noted_.insert(person.user.value);
    }
    return !noted_.insert(id.value).second;
}

void PeopleNotes::note(State& state, const Account& account, const rules::EventHead& head, Answer& answer) {
    // Not even the answer to the command that erased them has it.
    const auto erased = head.which == schema::Event::PERSON_ERASED ? head.user : UserId();
    const auto noted = erased ? std::ranges::find(answer.people, erased, &Person::user) : answer.people.end();
    if (noted != answer.people.end()) answer.people.erase(noted);
    for (const auto id : {head.actor, head.user}) {
        if (!id || id == erased || is_noted(answer, id)) continue;
        const auto* user = state.user(account.number, id);
        // Who was erased is shown by no address, as if they were not here.
        if (user != nullptr && !user->email.empty()) answer.people.push_back({id, ShortText(user->email)});
    }
}

}  // namespace seatledger
