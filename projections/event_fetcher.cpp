#include "projections/event_fetcher.h"

#include <string>
#include <utility>

namespace seatledger {

std::expected<Entry, StorageFailure> EventFetcher::fetch(Sequence sequence) {
    const auto failure = [](std::string message) { return std::unexpected(StorageFailure{std::move(message)}); };
    if (!block_.has(sequence)) {
        using tables::key_of;
        using tables::Table;
        const auto row = snapshot_.last_in_index(key_of(Table::blocks), key_of(Table::blocks, sequence));
        if (!row) return failure("the tables have no event " + std::to_string(sequence.value));
        const Sequence first(tables::Reader(std::string_view(row->first).substr(1)).u64());
        block_ = {};
        auto block = log_.find_block(first, words_);
        if (!block) return std::unexpected(block.error());
        if (!block->has(sequence)) return failure("the log has no event " + std::to_string(sequence.value));
        block_ = std::move(*block);
    }
    auto event = block_.find(sequence);
    if (!event) return failure("a block of the log " + event.error());
    return *event;
}

void append_entry(Words& to, const Entry& entry) {
    // An entry lies in its block right behind the word with its length.
    to.insert(to.end(), entry.words.data() - 1, entry.words.data() + entry.words.size());
}

}  // namespace seatledger
