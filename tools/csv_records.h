// CSV (RFC 4180) record by record, in bounded memory, whatever the file is like.
//
// A record that cannot be read ends nothing: it is given with what is wrong, and reading goes on.
// - Quotes in its place or not text: the record ends where its quotes say, and is bad as a whole.
// - A quotation mark where none may be, one that is never closed, or a record that grows over the limit inside of
//   quotes: what it would swallow may be a thousand good lines. So the bad record is its first line only, and reading
//   goes on with the next one. The rest of a long quoted text that really was one is then given as bad records, too,
//   mostly for their number of fields: named rather than missing.
// - The same for a record over several lines that has not the expected number of fields, or of which two lines have
//   the commas of a whole record each: what a stray quotation mark looks like that another one far below closes.
// - A single line over the limit is skipped up to its end.
// No byte is looked at more than three times for all that.
//
// Lines end with LF, CRLF or CR, which also count inside quotes. A UTF-8 byte-order mark is dropped, so are blanks
// around a field without quotes, and records without any content are none.
#pragma once

#include <csv.h>

#include <cstddef>
#include <cstdint>
#include <expected>
#include <istream>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "tools/sha256.h"

namespace seatledger {

// What it refers to holds until the next record is read.
struct CsvRecord {
    std::size_t line = 0;   // the physical line on which it starts, from 1
    std::string_view text;  // its bytes, without its line end; of one over the limit, the beginning
    // None of a bad one, unless all that is wrong with it are bytes that are no text.
    std::span<const std::string_view> fields;
    std::size_t problem_line = 0;  // of a bad one: where it was seen
    std::string problem;           // … and what is wrong, what to do
};

// One thread.
class CsvReader {
 public:
    static constexpr std::size_t record_bytes_max_default = 1 << 20;

    // The stream stays in use. Memory: the limit twice, and 256 KiB.
    // With another line than 1 it begins within a file: what looks like a byte-order mark there is none.
    explicit CsvReader(std::istream& stream, std::size_t record_bytes_max = record_bytes_max_default,
                       std::size_t first_line = 1);
    CsvReader(const CsvReader&) = delete;
    CsvReader& operator=(const CsvReader&) = delete;
    ~CsvReader();

    // From here on, a record with another number of fields is a bad one. For four and more, so is one that seems to be
    // several records within quotes.
    void expect_fields(std::size_t count) { fields_expected_ = count; }

    enum class Next {
        record,
        bad,     // all of it is set, but the fields may be missing
        end,     // of the file
        failed,  // the stream cannot be read, or all of it is UTF-16; the problem says so, and nothing follows
    };
    [[nodiscard]] Next next(CsvRecord& record);

    // Of all bytes that were read: those of the file, once the end was reached.
    [[nodiscard]] std::uint64_t bytes() const { return bytes_; }
    [[nodiscard]] std::string sha256();

 private:
    enum class LineEnd { found, too_long, no_line };
    enum class Outcome { good, blank, bad, bad_first_line };

    [[nodiscard]] bool fill();
    [[nodiscard]] std::size_t find_line_end(std::size_t from);
    [[nodiscard]] LineEnd find_line();
    [[nodiscard]] bool begin(CsvRecord& record);
    void skip_line();
    [[nodiscard]] Outcome read_record(CsvRecord& record);
    [[nodiscard]] Outcome judge(CsvRecord& record);
    [[nodiscard]] bool looks_like_several() const;
    [[nodiscard]] bool feed(std::string_view line);
    void reset_parser();
    static void on_field(void* bytes, std::size_t size, void* self);
    static void on_record(int ending, void* self);

    std::istream& stream_;
    const std::size_t record_bytes_max_;
    Sha256 hash_;
    std::string hex_;
    std::uint64_t bytes_ = 0;
    bool begun_ = false;

    std::string buffer_;          // from the record being read on
    std::size_t at_ = 0;          // in the buffer: the next line to be read
    std::size_t record_at_ = 0;   // … where the record begins
    std::size_t first_line_ = 0;  // … the end of its first line
    std::size_t line_end_ = 0;    // … of the line that find_line() found
    bool at_end_ = false;         // the stream's
    int errno_ = 0;               // of the last read that came short of the end

    std::size_t line_;  // the number of the physical line that was read last
    csv_parser parser_;
    bool record_ended_ = false;
    std::string fields_bytes_;              // of the record's fields, one after the other
    std::vector<std::size_t> fields_ends_;  // in fields_bytes_
    std::vector<std::string_view> fields_;  // of the last record, once it was read
    std::optional<std::size_t> fields_expected_;
};

// The column of that name, without regard to ASCII case: its place; none if there is no such column. Fails if there are
// several.
struct SeveralColumns {};
[[nodiscard]] std::expected<std::optional<std::size_t>, SeveralColumns> find_column(std::span<const std::string> header,
                                                                                    std::string_view name);

// What is wrong with a record that has so many fields.
[[nodiscard]] std::string fields_problem(std::size_t count, std::size_t expected);

// Without blanks at its ends.
[[nodiscard]] std::string trimmed(std::string_view text);

}  // namespace seatledger
