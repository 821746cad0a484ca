#include "server/throttle.h"

#include <algorithm>

namespace seatledger {
namespace {

// Neither has a NUL in it: no address of a network has, and of a name it would be one that nobody has.
std::string at_place(const Throttle::Attempt& attempt) {
    return std::string(attempt.name) + '\0' + std::string(attempt.place);
}

}  // namespace

std::string Throttle::key_of(const Attempt& attempt) const {
    auto here = at_place(attempt);
    return places_.contains(here) ? here : std::string(attempt.name);
}

std::chrono::milliseconds Throttle::wait_after(unsigned failures) const {
    if (failures < limits_.free_attempts) return {};
    auto wait = limits_.first_wait;
    for (auto more = failures - limits_.free_attempts; more > 0 && wait < limits_.longest_wait; --more) wait *= 2;
    return std::min(wait, limits_.longest_wait);
}

std::chrono::milliseconds Throttle::wait(const Attempt& attempt, TimePoint now) const {
    const auto found = names_.find(key_of(attempt));
    if (found == names_.end() || now - found->second.last > limits_.forgotten_after) return {};
    const auto until = found->second.last + wait_after(found->second.count);
    return std::max(std::chrono::ceil<std::chrono::milliseconds>(until - now), std::chrono::milliseconds(0));
}

void Throttle::begin(const Attempt& attempt, TimePoint now) {
    const auto key = key_of(attempt);
    if (names_.size() >= limits_.names_max && !names_.contains(key)) forget(now);
    auto& failures = names_[key];
    if (now - failures.last > limits_.forgotten_after) failures.count = 0;
    ++failures.count;
    failures.last = now;
}

void Throttle::succeeded(const Attempt& attempt) {
    names_.erase(key_of(attempt));
    // So many successes from so many places are rare, and to forget them all costs nobody more than a wait.
    if (places_.size() >= limits_.names_max) places_.clear();
    places_.insert(at_place(attempt));
}

// Those who have waited enough; if that is nobody, whoever failed least: so that many names do not help a guesser.
void Throttle::forget(TimePoint now) {
    boost::unordered::erase_if(names_, [&](const auto& name) {
        return now - name.second.last > wait_after(name.second.count) && now - name.second.last > limits_.longest_wait;
    });
    if (names_.size() < limits_.names_max) return;
    names_.erase(std::ranges::min_element(names_, {}, [](const auto& name) { return name.second.count; }));
}

}  // namespace seatledger
