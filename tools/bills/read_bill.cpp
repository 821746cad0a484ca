#include "tools/bills/read_bill.h"

#include <algorithm>
#include <iterator>
#include <spanstream>
#include <utility>
#include <vector>

#include "tools/bills/bill_layout.h"
#include "tools/bills/bill_record.h"
#include "tools/bills/records_ahead.h"
#include "tools/csv_records.h"

namespace seatledger::billing {
namespace {

using Next = CsvReader::Next;

// The problem of a bad record, for somebody who sees the number of its first line beside it.
std::string problem_of(const CsvRecord& record) {
    if (record.problem_line == record.line) return record.problem;
    return "on line " + std::to_string(record.problem_line) + ", it " + record.problem;
}

struct Header {
    Layout layout;
    std::size_t columns = 0;
    std::string text;
};

std::expected<Header, FileError> read_header(CsvReader& reader, const std::string& file, BillFormat::Kind kind,
                                             const Mapping& mapping) {
    CsvRecord record;
    switch (reader.next(record)) {
        case Next::record: break;
        case Next::end: return std::unexpected(FileError{file, 0, "is empty: its first line must name the columns"});
        case Next::bad:
        case Next::failed: return std::unexpected(FileError{file, record.problem_line, std::move(record.problem)});
    }
    std::vector<std::string> names;
    std::ranges::transform(record.fields, std::back_inserter(names), trimmed);
    auto layout = layout_of(names, kind, mapping);
    if (!layout) return std::unexpected(FileError{file, record.line, std::move(layout.error())});
    return Header{std::move(*layout), names.size(), std::string(record.text)};
}

std::expected<BillLine, RefusedLine> read_next(const CsvRecord& record, Next next, const Layout& layout,
                                               const BillFormat& format) {
    if (next == Next::record) return read_record(layout, format, record.fields, record.line);
    if (record.fields.empty()) return std::unexpected(RefusedLine{record.line, problem_of(record), std::nullopt, {}});
    return std::unexpected(refuse_record(layout, format, record.fields, record.line, problem_of(record)));
}

// False: the sum has no room for it.
bool add_to(std::map<std::string, Decimal>& sums, const std::string& currency, Decimal amount) {
    auto& sum = sums[currency];
    const auto added = add(sum, amount);
    if (added) sum = *added;
    return added.has_value();
}

// Counts the line, which it refuses if its amount cannot be added up.
void count(std::expected<BillLine, RefusedLine>& line, BillSummary& summary) {
    ++summary.records;
    if (line && !add_to(summary.sums, line->currency, line->amount)) {
        line = std::unexpected(RefusedLine{line->line,
                                           "the amount is too large or too fine to be added to the others: correct it",
                                           std::nullopt, line->currency});
    } else if (!line && line.error().amount && !add_to(summary.sums, line.error().currency, *line.error().amount)) {
        line.error().amount.reset();
    }
    ++(line ? summary.lines : summary.refused);
    if (!line && !line.error().amount) ++summary.refused_without_amount;
}

}  // namespace

std::expected<BillSummary, FileError> read_bill(std::istream& stream, const std::string& file, const BillFormat& format,
                                                const Mapping& mapping, const BillSink& sink) {
    CsvReader reader(stream);
    auto header = read_header(reader, file, format.kind, mapping);
    if (!header) return std::unexpected(std::move(header.error()));

    reader.expect_fields(header->columns);
    BillSummary summary;
    summary.header = std::move(header->text);
    for (RecordsAhead records(reader);;) {
        auto& [next, record] = records.next();
        if (next == Next::end) break;
        if (next == Next::failed) {
            return std::unexpected(FileError{file, record.problem_line, std::move(record.problem)});
        }
        auto line = read_next(record, next, header->layout, format);
        count(line, summary);
        if (line) {
            sink.line(std::move(*line), record.text);
        } else {
            sink.refused(std::move(line.error()), record.text);
        }
    }
    summary.sha256 = reader.sha256();
    summary.bytes = reader.bytes();
    return summary;
}

std::expected<BillLine, RefusedLine> read_bill_line(std::string_view header_text, std::string_view record_text,
                                                    std::uint64_t line, const BillFormat& format,
                                                    const Mapping& mapping) {
    const auto refused = [&](std::string reason) {
        return std::unexpected(RefusedLine{line, std::move(reason), std::nullopt, {}});
    };
    std::ispanstream header_stream(std::span(header_text.data(), header_text.size()));
    CsvReader header_reader(header_stream);
    const auto header = read_header(header_reader, "the header", format.kind, mapping);
    if (!header) return refused(header.error().file + " " + header.error().reason);

    std::ispanstream stream(std::span(record_text.data(), record_text.size()));
    CsvReader reader(stream, CsvReader::record_bytes_max_default, line);
    reader.expect_fields(header->columns);
    CsvRecord record, behind;
    const auto next = reader.next(record);
    if (next == Next::end || next == Next::failed) return refused("the text is no record: take that of one record");
    auto read = read_next(record, next, header->layout, format);
    if (reader.next(behind) != Next::end) return refused("the text is more than one record: take that of one");
    return read;
}

}  // namespace seatledger::billing
