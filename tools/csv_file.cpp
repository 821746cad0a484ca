#include "tools/csv_file.h"

#include <algorithm>
#include <cerrno>
#include <fstream>
#include <iterator>
#include <limits>
#include <spanstream>
#include <utility>

#include "tools/csv_records.h"

namespace seatledger {
namespace {

void add(const CsvRecord& record, CsvFile& file) {
    if (record.fields.size() == file.header.size()) {
        file.rows.push_back({record.line, {record.fields.begin(), record.fields.end()}});
        return;
    }
    file.bad_rows.push_back({file.path, record.line, fields_problem(record.fields.size(), file.header.size())});
}

// Unlike a bill, which is read to its end, this file is to be corrected first: what follows a bad record is not read.
std::expected<CsvFile, FileError> read_all(std::istream& stream, std::string path) {
    CsvReader reader(stream, std::numeric_limits<std::size_t>::max());
    CsvFile file;
    file.path = std::move(path);
    CsvRecord record;
    for (bool is_header = true;; is_header = false) {
        const auto next = reader.next(record);
        if (next == CsvReader::Next::bad || next == CsvReader::Next::failed) {
            return std::unexpected(FileError{file.path, record.problem_line, std::move(record.problem)});
        }
        if (next == CsvReader::Next::end) {
            if (!is_header) return file;
            return std::unexpected(FileError{file.path, 0, "is empty: its first line must name the columns"});
        }
        if (is_header) {
            file.header_line = record.line;
            std::ranges::transform(record.fields, std::back_inserter(file.header), trimmed);
        } else {
            add(record, file);
        }
    }
}

}  // namespace

std::string FileError::text() const {
    return line == 0 ? file + ": " + reason : file + ":" + std::to_string(line) + ": " + reason;
}

std::expected<std::optional<std::size_t>, FileError> CsvFile::optional_column(std::string_view name) const {
    const auto found = find_column(header, name);
    if (found) return *found;
    return std::unexpected(
        FileError{path, header_line, "has two columns \"" + std::string(name) + "\": remove or rename one"});
}

std::expected<std::size_t, FileError> CsvFile::column(std::string_view name) const {
    const auto found = optional_column(name);
    if (!found) return std::unexpected(found.error());
    if (!*found) {
        return std::unexpected(FileError{path, header_line, "has no column \"" + std::string(name) + "\": add it"});
    }
    return **found;
}

std::expected<CsvFile, FileError> parse_csv(std::string_view text, std::string path) {
    std::ispanstream stream(std::span(text.data(), text.size()));
    return read_all(stream, std::move(path));
}

std::expected<CsvFile, FileError> read_csv_file(const std::string& path) {
    errno = 0;
    std::ifstream stream(path, std::ios::binary);
    return read_all(stream, path);
}

}  // namespace seatledger
