#include "engine/pending.h"

#include <kj/debug.h>

#include <memory>
#include <span>
#include <utility>

namespace seatledger {

void Pending::go_back(const Mark& mark) {
    KJ_REQUIRE(mark.block.count <= block_.count() && mark.waiting <= waiting_.size(), "a mark of another block");
    block_.go_back(mark.block);
    vault_.give_back(mark.last_key);
    waiting_.erase(waiting_.begin() + static_cast<std::ptrdiff_t>(mark.waiting), waiting_.end());
    passwords_.erase(passwords_.begin() + static_cast<std::ptrdiff_t>(mark.passwords), passwords_.end());
    destroyed_.resize(mark.destroyed);
    erased_.erase(erased_.begin() + static_cast<std::ptrdiff_t>(mark.erased), erased_.end());
}

void Pending::expect(Answer& answer, const Mark& since) {
    answer.last = Sequence(block_.next().value - 1);
    answer.first = Sequence(block_.next().value - count_since(since));
    waiting_.push_back({&answer, since.block.words, block_.mark().words - since.block.words});
}

FinishedBlock Pending::finish() {
    const auto first = Sequence(block_.next().value - block_.count());
    const auto words = std::make_shared<const Words>(block_.finish());
    for (const auto& waiting : waiting_) {
        waiting.answer->block = words;
        waiting.answer->entries = std::span(*words).subspan(waiting.from, waiting.count);
    }
    return {first,
            words,
            std::exchange(passwords_, {}),
            std::exchange(destroyed_, {}),
            std::exchange(erased_, {}),
            vault_.last_key()};
}

// Nobody has been told. What is not in the log must not look as if it were.
void Pending::settle(bool is_taken) {
    for (const auto& waiting : waiting_) {
        if (is_taken) break;
        waiting.answer->block = nullptr;
        waiting.answer->entries = {};
    }
    waiting_.clear();
}

}  // namespace seatledger
