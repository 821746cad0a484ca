// Vendors' bills as lines. Nothing is dropped: every record of a file is a line or a refused line, and the amounts of
// both add up to the file's.
#pragma once

#include <cstdint>
#include <expected>
#include <functional>
#include <istream>
#include <map>
#include <string>
#include <string_view>

#include "projections/billing/bill_line.h"
#include "tools/bills/bill_format.h"
#include "tools/bills/mapping.h"
#include "tools/csv_file.h"

namespace seatledger::billing {

// Who takes the lines of a bill, in the file's order. `text` is that of the record, as it stands in the file without
// its line end (of one over 1 MiB, the beginning); it holds during the call.
struct BillSink {
    std::function<void(BillLine line, std::string_view text)> line;
    std::function<void(RefusedLine line, std::string_view text)> refused;
};

struct BillSummary {
    std::string sha256;  // of the file: 64 digits, 0-9 and a-f
    std::uint64_t bytes = 0;
    std::uint64_t records = 0;  // the header is none of them
    std::uint64_t lines = 0;
    std::uint64_t refused = 0;                 // lines + refused = records
    std::uint64_t refused_without_amount = 0;  // their amounts are in no sum
    // By currency, exactly: of the amounts, without tax where that is beside them, of all lines and refused lines. By
    // "" are those of refused lines whose currency cannot be read.
    std::map<std::string, Decimal> sums;
    std::string header;  // its text, for read_bill_line()
};

// Reads a bill to its end, whatever its records are like; see csv_records.h for where a bad one ends. Fails if the
// stream cannot be read, if it is UTF-16, and if its header cannot be read, lacks columns that are needed or does not
// go with the mapping; the sink may have got lines before that only if the stream failed. A sum that has no room for an
// amount (30 digits) refuses the line. `file` only names the bill in errors.
//
// Memory: a few MiB, whatever the file is like. Cost: about 10 microseconds for a record of 50 columns.
[[nodiscard]] std::expected<BillSummary, FileError> read_bill(std::istream& stream, const std::string& file,
                                                              const BillFormat& format, const Mapping& mapping,
                                                              const BillSink& sink);

// Reads one record of a bill anew, from what read_bill() gave: the text of its header, that of the record and the
// line on which it stood. Gives the same line as then; for the text of a record that was no line, some reason.
[[nodiscard]] std::expected<BillLine, RefusedLine> read_bill_line(std::string_view header, std::string_view record,
                                                                  std::uint64_t line, const BillFormat& format,
                                                                  const Mapping& mapping);

}  // namespace seatledger::billing
