#include "tools/csv_records.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <iterator>
#include <system_error>

#include "events/text.h"
#include "events/utf8.h"

namespace seatledger {
namespace {

constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";
constexpr std::string_view byte_order_marks_of_utf16[] = {"\xFF\xFE", "\xFE\xFF"};
constexpr std::size_t piece_bytes = 256 * 1024;

bool is_line_end(char c) { return c == '\n' || c == '\r'; }

// Whether the first eight bytes are ASCII, and none of them is NUL.
bool has_eight_plain(std::string_view text) {
    constexpr std::uint64_t each = 0x0101010101010101;
    std::uint64_t bytes = 0;
    std::memcpy(&bytes, text.data(), sizeof bytes);
    return ((bytes | (bytes - each)) & (each * 0x80)) == 0;
}

bool is_utf8(std::string_view text) {
    while (!text.empty()) {
        if (text.size() >= sizeof(std::uint64_t) && has_eight_plain(text)) {
            text.remove_prefix(sizeof(std::uint64_t));
            continue;
        }
        const auto length = utf8_length(text);
        if (length == 0 || text[0] == '\0') return false;
        text.remove_prefix(length);
    }
    return true;
}

// The place of the first LF or CR from there on, or the text's end. A piece at a time: a text may have none of one of
// them.
std::size_t first_line_end(std::string_view text, std::size_t from) {
    constexpr std::size_t piece = 256;
    for (; from < text.size(); from += piece) {
        auto rest = text.substr(from, piece);
        rest = rest.substr(0, rest.find('\n'));
        const auto cr = rest.find('\r');
        if (cr != rest.npos) return from + cr;
        if (rest.size() < piece && from + rest.size() < text.size()) return from + rest.size();
    }
    return text.size();
}

std::string_view without_line_end(std::string_view line) {
    if (line.ends_with('\n')) line.remove_suffix(1);
    if (line.ends_with('\r')) line.remove_suffix(1);
    return line;
}

// Says what is wrong with the record, unless something is known that stands no later in it: a record that is cut down
// to its first line is not bad for what stands behind that.
void blame(CsvRecord& record, std::size_t line, std::string problem) {
    if (!record.problem.empty() && record.problem_line <= line) return;
    record.problem_line = line;
    record.problem = std::move(problem);
}

std::string size_text(std::size_t bytes) {
    constexpr std::size_t kibibyte = 1024;
    return bytes % kibibyte == 0 ? std::to_string(bytes / kibibyte) + " KiB" : std::to_string(bytes) + " bytes";
}

}  // namespace

CsvReader::CsvReader(std::istream& stream, std::size_t record_bytes_max, std::size_t first_line)
    : stream_(stream), record_bytes_max_(record_bytes_max), line_(first_line - 1) {
    reset_parser();
}

CsvReader::~CsvReader() { csv_free(&parser_); }

void CsvReader::reset_parser() {
    // Reporting every line end outside of records tells a blank line from a record that goes on.
    csv_init(&parser_, CSV_STRICT | CSV_REPALL_NL);
    csv_set_blk_size(&parser_, 16 * 1024);  // by which it grows for a long field
}

std::string CsvReader::sha256() {
    if (hex_.empty()) hex_ = hash_.hex();
    return hex_;
}

// False: there is no more.
bool CsvReader::fill() {
    if (at_end_) return false;
    const auto before = buffer_.size();
    buffer_.resize(before + piece_bytes);
    if (stream_) errno = 0;  // else it tells why the file could not be opened
    stream_.read(buffer_.data() + before, piece_bytes);
    if (!stream_.eof()) errno_ = errno;
    const auto count = static_cast<std::size_t>(stream_.gcount());
    buffer_.resize(before + count);
    hash_.add(std::string_view(buffer_).substr(before));
    bytes_ += count;
    at_end_ = count < piece_bytes;
    return count > 0;
}

// The place behind the first line end from there on in the buffer, or the buffer's end; the file may go on.
std::size_t CsvReader::find_line_end(std::size_t from) {
    const auto end = first_line_end(buffer_, from);
    if (end == buffer_.size()) return end;
    // Whether an LF belongs to a CR may stand in the next piece.
    if (buffer_[end] == '\r' && end + 1 == buffer_.size()) static_cast<void>(fill());
    return end + (std::string_view(buffer_).substr(end).starts_with("\r\n") ? 2 : 1);
}

CsvReader::LineEnd CsvReader::find_line() {
    auto searched = at_;
    for (;;) {
        line_end_ = find_line_end(searched);
        const bool complete = line_end_ > at_ && is_line_end(buffer_[line_end_ - 1]);
        const auto end = complete
                             ? at_ + without_line_end(std::string_view(buffer_).substr(at_, line_end_ - at_)).size()
                             : line_end_;
        if (end - record_at_ > record_bytes_max_) return LineEnd::too_long;
        if (complete) return LineEnd::found;
        searched = line_end_;
        if (!fill()) return line_end_ > at_ ? LineEnd::found : LineEnd::no_line;
    }
}

// Drops the rest of the line that the record begins with, but for as much as a record may have.
void CsvReader::skip_line() {
    const auto kept = record_at_ + record_bytes_max_;
    for (;;) {
        line_end_ = find_line_end(kept);
        const bool complete = line_end_ > kept && is_line_end(buffer_[line_end_ - 1]);
        buffer_.erase(kept, line_end_ - kept);
        if (complete || !fill()) break;
    }
    at_ = kept;
}

// Takes a byte-order mark away. False: nothing of the file can be read.
bool CsvReader::begin(CsvRecord& record) {
    begun_ = true;
    static_cast<void>(fill());
    const std::string_view text = buffer_;
    if (line_ > 0) return true;
    // Programs that add one to a file that had one already are not rare.
    while (text.substr(at_).starts_with(byte_order_mark)) at_ += byte_order_mark.size();
    if (std::ranges::none_of(byte_order_marks_of_utf16, [&](auto mark) { return text.starts_with(mark); })) return true;
    record.problem_line = 1;
    record.problem = "is not UTF-8 text but UTF-16: save the file as UTF-8";
    return false;
}

void CsvReader::on_field(void* bytes, std::size_t size, void* self) {
    auto& reader = *static_cast<CsvReader*>(self);
    reader.fields_bytes_.append(static_cast<const char*>(bytes), size);
    reader.fields_ends_.push_back(reader.fields_bytes_.size());
}

void CsvReader::on_record(int, void* self) { static_cast<CsvReader*>(self)->record_ended_ = true; }

// False: the line cannot belong to any record.
bool CsvReader::feed(std::string_view line) {
    return csv_parse(&parser_, line.data(), line.size(), on_field, on_record, this) == line.size();
}

// Whether two lines of the record that was read have the commas of a whole record each.
bool CsvReader::looks_like_several() const {
    constexpr std::size_t fields_min = 4;  // fewer commas than that are in many a text
    if (!fields_expected_ || *fields_expected_ < fields_min) return false;
    std::size_t commas = 0, whole_lines = 0;
    for (auto at = record_at_; at < at_; ++at) {
        if (buffer_[at] == ',') {
            ++commas;
        } else if (is_line_end(buffer_[at])) {
            if (commas + 1 >= *fields_expected_) ++whole_lines;
            commas = 0;
        }
    }
    if (commas + 1 >= *fields_expected_) ++whole_lines;  // the file's last line
    return whole_lines > 1;
}

CsvReader::Outcome CsvReader::judge(CsvRecord& record) {
    const bool is_one_line = line_ == record.line;
    if (record.problem.empty() && fields_bytes_.empty()) return Outcome::blank;
    if (fields_expected_ && fields_ends_.size() != *fields_expected_) {
        blame(record, record.line, fields_problem(fields_ends_.size(), *fields_expected_));
        return is_one_line ? Outcome::bad : Outcome::bad_first_line;
    }
    if (!is_one_line && looks_like_several()) {
        blame(record, record.line,
              "a quotation mark in the record that starts here spans lines that look like records of their own, up to "
              "line " +
                  std::to_string(line_) + ": close it, or double it");
        return Outcome::bad_first_line;
    }
    fields_.clear();
    std::size_t begin = 0;
    for (const auto end : fields_ends_) {
        fields_.push_back(std::string_view(fields_bytes_).substr(begin, end - begin));
        begin = end;
    }
    record.fields = fields_;
    return record.problem.empty() ? Outcome::good : Outcome::bad;
}

// Reads lines until they are a record. There is at least one.
CsvReader::Outcome CsvReader::read_record(CsvRecord& record) {
    const auto quote_problem = [&] {
        blame(record, record.line,
              "a quotation mark in the record that starts here is left open or stands where none may be (seen on "
              "line " +
                  std::to_string(line_) + "): put the field in quotes and double those inside of it");
        return Outcome::bad_first_line;
    };
    for (bool first = true;; first = false) {
        const auto found = find_line();
        if (found == LineEnd::no_line) return quote_problem();
        if (found == LineEnd::too_long) {
            blame(record, record.line,
                  "the record that starts here has more than " + size_text(record_bytes_max_) + ": shorten it" +
                      (first ? "" : ", or close a quotation mark that is left open"));
            if (!first) return Outcome::bad_first_line;
            skip_line();
            first_line_ = at_;
            ++line_;
            return Outcome::bad;
        }
        const auto line = std::string_view(buffer_).substr(at_, line_end_ - at_);
        at_ = line_end_;
        ++line_;
        if (first) first_line_ = at_;
        if (!is_utf8(line)) blame(record, line_, "is not UTF-8 text: save the file as UTF-8");
        // The last line of a file may lack its end.
        if (!feed(line) || (!is_line_end(line.back()) && !feed("\n"))) {
            if (csv_error(&parser_) == CSV_EPARSE) return quote_problem();
            blame(record, record.line, "a record is too large to be read");
            return Outcome::bad_first_line;
        }
        if (record_ended_) return judge(record);
    }
}

CsvReader::Next CsvReader::next(CsvRecord& record) {
    record = {};
    if (!begun_ && !begin(record)) return Next::failed;
    for (;;) {
        if (at_ > piece_bytes || at_ == buffer_.size()) {
            buffer_.erase(0, at_);
            at_ = 0;
        }
        record_at_ = at_;
        if (at_ == buffer_.size() && !fill()) break;
        record = {};
        record.line = line_ + 1;
        fields_bytes_.clear();
        fields_ends_.clear();
        record_ended_ = false;
        const auto outcome = read_record(record);
        if (outcome == Outcome::blank) continue;
        if (outcome == Outcome::bad_first_line) {
            csv_free(&parser_);
            reset_parser();
            at_ = first_line_;
            line_ = record.line;
        }
        const auto end = outcome == Outcome::good || outcome == Outcome::bad ? at_ : first_line_;
        record.text = without_line_end(std::string_view(buffer_).substr(record_at_, end - record_at_));
        return outcome == Outcome::good ? Next::record : Next::bad;
    }
    if (stream_.eof()) return Next::end;
    record.problem = "cannot be read: " + std::generic_category().message(errno_);
    return Next::failed;
}

std::expected<std::optional<std::size_t>, SeveralColumns> find_column(std::span<const std::string> header,
                                                                      std::string_view name) {
    const auto is_named = [folded = fold_case(name)](const std::string& title) { return fold_case(title) == folded; };
    const auto found = std::ranges::find_if(header, is_named);
    if (found == header.end()) return std::nullopt;
    if (std::find_if(std::next(found), header.end(), is_named) != header.end()) {
        return std::unexpected(SeveralColumns());
    }
    return static_cast<std::size_t>(found - header.begin());
}

std::string fields_problem(std::size_t count, std::size_t expected) {
    return "has " + std::to_string(count) + " fields where the header has " + std::to_string(expected) +
           ": put a field that has commas in it in quotes";
}

std::string trimmed(std::string_view text) {
    constexpr std::string_view blanks = " \t\r\n\v\f";
    const auto first = text.find_first_not_of(blanks);
    if (first == std::string_view::npos) return {};
    return std::string(text.substr(first, text.find_last_not_of(blanks) - first + 1));
}

}  // namespace seatledger
