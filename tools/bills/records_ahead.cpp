#include "tools/bills/records_ahead.h"

#include <span>

namespace seatledger::billing {

using Next = CsvReader::Next;

RecordsAhead::RecordsAhead(CsvReader& reader) : ahead_([&reader](Batch& batch) { return read(reader, batch); }) {}

bool RecordsAhead::read(CsvReader& reader, Batch& batch) {
    batch.items.clear();
    batch.bytes.clear();
    batch.fields.clear();
    bool more = true;
    try {
        while (more && batch.items.size() < items_max && batch.bytes.size() < bytes_max) {
            CsvRecord record;
            const auto next = reader.next(record);
            batch.bytes += record.text;
            for (const auto field : record.fields) batch.bytes += field;
            batch.fields.insert(batch.fields.end(), record.fields.begin(), record.fields.end());
            batch.items.push_back({next, std::move(record)});
            more = next == Next::record || next == Next::bad;
        }
    } catch (...) {
        batch.thrown = std::current_exception();
        more = false;
    }
    own(batch);
    return more;
}

// The reader's views become views of the same in the batch.
void RecordsAhead::own(Batch& batch) {
    std::size_t bytes = 0, fields = 0;
    const auto own_view = [&](std::string_view& view) {
        view = std::string_view(batch.bytes).substr(bytes, view.size());
        bytes += view.size();
    };
    for (auto& [next, record] : batch.items) {
        own_view(record.text);
        const std::span own_fields(batch.fields.data() + fields, record.fields.size());
        for (auto& field : own_fields) own_view(field);
        record.fields = own_fields;
        fields += own_fields.size();
    }
}

RecordsAhead::Item& RecordsAhead::next() {
    while (batch_ == nullptr || given_ == batch_->items.size()) {
        if (batch_ != nullptr && batch_->thrown) std::rethrow_exception(batch_->thrown);
        batch_ = &ahead_.next();
        given_ = 0;
    }
    return batch_->items[given_++];
}

}  // namespace seatledger::billing
