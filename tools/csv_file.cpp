#include "tools/csv_file.h"

#include <csv.h>

#include <algorithm>
#include <boost/locale/utf.hpp>
#include <cerrno>
#include <fstream>
#include <iterator>
#include <ranges>
#include <system_error>
#include <utility>

#include "events/text.h"

namespace seatledger {
namespace {

constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";

bool is_utf8(std::string_view text) {
    namespace utf = boost::locale::utf;
    for (auto at = text.begin(); at != text.end();) {
        const auto point = utf::utf_traits<char>::decode(at, text.end());
        if (point == utf::illegal || point == utf::incomplete || point == 0) return false;
    }
    return true;
}

std::string trimmed(std::string_view text) {
    constexpr std::string_view blanks = " \t\r\n\v\f";
    const auto first = text.find_first_not_of(blanks);
    if (first == std::string_view::npos) return {};
    return std::string(text.substr(first, text.find_last_not_of(blanks) - first + 1));
}

// Takes the next physical line, with what ends it, off the front of `text`.
std::string_view take_line(std::string_view& text) {
    auto length = std::min(text.find_first_of("\r\n"), text.size());
    if (text.substr(length).starts_with("\r\n")) {
        length += 2;
    } else if (length < text.size()) {
        length += 1;
    }
    const auto line = text.substr(0, length);
    text.remove_prefix(length);
    return line;
}

// Gathers the records that libcsv reports. It is fed a physical line at a time: so it is known on which line each
// record starts, as what ends a record also ends a line.
class Records {
 public:
    Records() {
        // Reporting every line end outside of records tells a blank line from a record that goes on.
        csv_init(&parser_, CSV_STRICT | CSV_STRICT_FINI | CSV_REPALL_NL);
    }
    Records(const Records&) = delete;
    Records& operator=(const Records&) = delete;
    ~Records() { csv_free(&parser_); }

    // False: the line cannot belong to any record.
    [[nodiscard]] bool feed(std::string_view line) {
        ++line_;
        if (!in_record_) record_line_ = line_;
        in_record_ = true;
        return csv_parse(&parser_, line.data(), line.size(), on_field, on_record, this) == line.size();
    }
    [[nodiscard]] bool finish() { return csv_fini(&parser_, on_field, on_record, this) == 0; }

    [[nodiscard]] bool out_of_memory() { return csv_error(&parser_) != CSV_EPARSE; }
    [[nodiscard]] std::size_t line() const { return line_; }
    [[nodiscard]] std::size_t record_line() const { return record_line_; }
    [[nodiscard]] std::vector<CsvRow> take() { return std::move(rows_); }

 private:
    static void on_field(void* bytes, std::size_t size, void* self) {
        static_cast<Records*>(self)->fields_.emplace_back(static_cast<const char*>(bytes), size);
    }
    static void on_record(int, void* self) { static_cast<Records*>(self)->end_record(); }

    void end_record() {
        in_record_ = false;
        const bool has_content = std::ranges::any_of(fields_, [](const std::string& field) { return !field.empty(); });
        if (has_content) rows_.push_back({record_line_, std::move(fields_)});
        fields_.clear();
    }

    csv_parser parser_;
    std::size_t line_ = 0;
    std::size_t record_line_ = 0;
    bool in_record_ = false;
    std::vector<std::string> fields_;
    std::vector<CsvRow> rows_;
};

FileError quote_error(const std::string& path, Records& records) {
    if (records.out_of_memory()) return {path, records.record_line(), "a record is too large to be read"};
    return {path, records.record_line(),
            "a quotation mark in the record that starts here is left open or stands where none may be (seen on line " +
                std::to_string(records.line()) + "): put the field in quotes and double those inside of it"};
}

std::expected<std::vector<CsvRow>, FileError> read_records(std::string_view text, const std::string& path) {
    Records records;
    while (!text.empty()) {
        const auto line = take_line(text);
        if (!is_utf8(line)) {
            return std::unexpected(FileError{path, records.line() + 1, "is not UTF-8 text: save the file as UTF-8"});
        }
        if (!records.feed(line)) return std::unexpected(quote_error(path, records));
    }
    if (!records.finish()) return std::unexpected(quote_error(path, records));
    return records.take();
}

}  // namespace

std::string FileError::text() const {
    return line == 0 ? file + ": " + reason : file + ":" + std::to_string(line) + ": " + reason;
}

std::expected<std::optional<std::size_t>, FileError> CsvFile::optional_column(std::string_view name) const {
    const auto is_named = [folded = fold_case(name)](const std::string& title) { return fold_case(title) == folded; };
    const auto found = std::ranges::find_if(header, is_named);
    if (found == header.end()) return std::nullopt;
    if (std::find_if(std::next(found), header.end(), is_named) != header.end()) {
        return std::unexpected(
            FileError{path, header_line, "has two columns \"" + std::string(name) + "\": remove or rename one"});
    }
    return static_cast<std::size_t>(found - header.begin());
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
    if (text.starts_with(byte_order_mark)) text.remove_prefix(byte_order_mark.size());
    auto records = read_records(text, path);
    if (!records) return std::unexpected(std::move(records.error()));
    if (records->empty()) {
        return std::unexpected(FileError{std::move(path), 0, "is empty: its first line must name the columns"});
    }

    CsvFile file;
    file.path = std::move(path);
    file.header_line = records->front().line;
    std::ranges::transform(records->front().fields, std::back_inserter(file.header), trimmed);
    file.rows.reserve(records->size() - 1);
    for (auto& row : *records | std::views::drop(1)) {
        if (row.fields.size() == file.header.size()) {
            file.rows.push_back(std::move(row));
        } else {
            file.bad_rows.push_back({file.path, row.line,
                                     "has " + std::to_string(row.fields.size()) + " fields where the header has " +
                                         std::to_string(file.header.size()) +
                                         ": put a field that has commas in it in quotes"});
        }
    }
    return file;
}

std::expected<CsvFile, FileError> read_csv_file(const std::string& path) {
    errno = 0;
    std::ifstream stream(path, std::ios::binary);
    std::string text;
    char part[64 * 1024];
    while (stream && (stream.read(part, sizeof(part)), stream.gcount() > 0)) {
        text.append(part, static_cast<std::size_t>(stream.gcount()));
    }
    if (!stream.eof()) {
        return std::unexpected(FileError{path, 0, "cannot be read: " + std::generic_category().message(errno)});
    }
    return parse_csv(text, path);
}

}  // namespace seatledger
