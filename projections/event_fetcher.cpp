#include "projections/event_fetcher.h"

#include <kj/debug.h>

namespace seatledger {

std::expected<Entry, StorageFailure> EventFetcher::fetch(Sequence sequence) {
    if (block_.count() == 0 || sequence < block_.first() || sequence > block_.last()) {
        using tables::key_of;
        using tables::Table;
        // From where a block begins it is found at once.
        const auto block = snapshot_.last_in_index(key_of(Table::blocks), key_of(Table::blocks, sequence));
        const auto first = block ? Sequence(tables::Reader(std::string_view(block->first).substr(1)).u64()) : sequence;
        cursor_ = log_.read(first);
        auto read = cursor_->next();
        if (!read) return std::unexpected(read.error());
        if (!*read || sequence < (*read)->first() || sequence > (*read)->last()) {
            return std::unexpected(StorageFailure{"the log has no event " + std::to_string(sequence.value)});
        }
        block_ = **read;
        entries_.clear();
        for (const auto& entry : block_.entries()) entries_.push_back(entry);
    }
    return entries_[sequence.value - block_.first().value];
}

void append_entry(Words& to, const Entry& entry) {
    // An entry lies in its block right behind the word with its length.
    to.insert(to.end(), entry.words.data() - 1, entry.words.data() + entry.words.size());
}

}  // namespace seatledger
