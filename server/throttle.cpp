#include "server/throttle.h"

#include <algorithm>

namespace seatledger {

std::chrono::milliseconds Throttle::wait_after(unsigned failures) const {
    if (failures < limits_.free_attempts) return {};
    auto wait = limits_.first_wait;
    for (auto more = failures - limits_.free_attempts; more > 0 && wait < limits_.longest_wait; --more) wait *= 2;
    return std::min(wait, limits_.longest_wait);
}

std::chrono::milliseconds Throttle::wait(std::string_view name, TimePoint now) const {
    const auto found = names_.find(name);
    if (found == names_.end() || now - found->second.last > limits_.forgotten_after) return {};
    const auto until = found->second.last + wait_after(found->second.count);
    return std::max(std::chrono::ceil<std::chrono::milliseconds>(until - now), std::chrono::milliseconds(0));
}

void Throttle::failed(std::string_view name, TimePoint now) {
    if (names_.size() >= limits_.names_max) forget(now);
    auto& failures = names_[std::string(name)];
    if (now - failures.last > limits_.forgotten_after) failures.count = 0;
    ++failures.count;
    failures.last = now;
}

void Throttle::succeeded(std::string_view name) {
    if (const auto found = names_.find(name); found != names_.end()) names_.erase(found);
}

// Those who have waited enough; if that is nobody, whoever failed least: so that many names do not help a guesser.
void Throttle::forget(TimePoint now) {
    boost::unordered::erase_if(names_, [&](const auto& name) {
        return now - name.second.last > wait_after(name.second.count) && now - name.second.last > limits_.longest_wait;
    });
    if (names_.size() < limits_.names_max) return;
    const auto least = std::ranges::min_element(names_, {}, [](const auto& name) { return name.second.count; });
    names_.erase(least->first);
}

}  // namespace seatledger
