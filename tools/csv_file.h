// CSV files (RFC 4180) as rows of text, with the lines on which they stand.
#pragma once

#include <cstddef>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace seatledger {

// What is wrong in a file, where, and what to do about it.
struct FileError {
    std::string file;
    std::size_t line = 0;  // physical, from 1; 0: the file as a whole
    std::string reason;

    [[nodiscard]] std::string text() const;  // file:line: reason
};

struct CsvRow {
    std::size_t line = 0;             // the physical line on which the record starts; the header is mostly line 1
    std::vector<std::string> fields;  // as many as the header has
};

struct CsvFile {
    std::string path;
    std::size_t header_line = 1;
    std::vector<std::string> header;  // trimmed
    std::vector<CsvRow> rows;         // in the order of the file
    std::vector<FileError> bad_rows;  // those with another number of fields than the header has

    // The column of that name, without regard to ASCII case. Fails if the header has it never or more than once.
    [[nodiscard]] std::expected<std::size_t, FileError> column(std::string_view name) const;

    // … and nothing where the header does not have it.
    [[nodiscard]] std::expected<std::optional<std::size_t>, FileError> optional_column(std::string_view name) const;
};

// Reads the text of a file. Lines end with LF, CRLF or CR, which also count inside quotes; a byte-order mark is
// dropped, so are blanks around a field without quotes, and records without any content are no rows. Fails, naming
// the line, if the text is not UTF-8 or has a NUL, if a quotation mark is left open or stands where none may be
// (what follows cannot be told apart then), and without a header. `path` only names the file in errors.
[[nodiscard]] std::expected<CsvFile, FileError> parse_csv(std::string_view text, std::string path);

// The same for a file. Fails in addition if it cannot be read.
[[nodiscard]] std::expected<CsvFile, FileError> read_csv_file(const std::string& path);

}  // namespace seatledger
