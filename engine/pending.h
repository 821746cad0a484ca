// What the next block will bring about: events, and what is not among them but comes with them. What came last can be
// taken back, all of it at once: so nothing that was only tried destroys a key or sets a password.
#pragma once

#include <cstddef>
#include <utility>
#include <vector>

#include "engine/answer.h"
#include "engine/finished_block.h"
#include "engine/vault/vault.h"
#include "events/block.h"

namespace seatledger {

// One thread. The vault must outlive it.
class Pending {
 public:
    Pending(Vault& vault, Sequence first) : vault_(vault), block_(first) {}

    // Where events go. To go back, see below.
    [[nodiscard]] BlockBuilder& block() { return block_; }
    [[nodiscard]] const BlockBuilder& block() const { return block_; }

    // With the newest event.
    void set_password(PasswordChange change) { passwords_.push_back(std::move(change)); }
    void destroy(KeyNumber key) { destroyed_.push_back(key); }
    void erase(PersonName person) { erased_.push_back(std::move(person)); }

    // A place between two events.
    struct Mark {
        BlockBuilder::Mark block;
        KeyNumber last_key;
        std::size_t waiting = 0;
        std::size_t passwords = 0;
        std::size_t destroyed = 0;
        std::size_t erased = 0;
    };
    // Cost: nanoseconds.
    [[nodiscard]] Mark mark() const {
        return {block_.mark(),     vault_.last_key(), waiting_.size(),
                passwords_.size(), destroyed_.size(), erased_.size()};
    }
    // As if nothing had come since: no event, no answer that waits for one, no password set, no key made or destroyed,
    // nobody erased. The mark must be of this block.
    void go_back(const Mark& mark);

    [[nodiscard]] Entries entries_since(const Mark& mark) const { return block_.entries_since(mark.block); }
    [[nodiscard]] std::uint32_t count_since(const Mark& mark) const { return block_.count() - mark.block.count; }

    // The events since then are the answer's, which must stay where it is; it gets them with finish().
    void expect(Answer& answer, const Mark& since);

    // The block, of which there must be an event, for its sink; the next one begins. The answers have their events.
    [[nodiscard]] FinishedBlock finish();
    // To be called once the sink has taken what finish() gave, or has not: then its answers have no events any more.
    void settle(bool is_taken);

 private:
    struct Waiting {
        Answer* answer;
        std::size_t from;  // words of the block
        std::size_t count;
    };

    Vault& vault_;
    BlockBuilder block_;
    std::vector<Waiting> waiting_;
    std::vector<PasswordChange> passwords_;
    std::vector<KeyNumber> destroyed_;
    std::vector<PersonName> erased_;
};

}  // namespace seatledger
