#include "tools/output.h"

#include <kj/debug.h>
#include <locale.h>
#include <unistd.h>
#include <wchar.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cerrno>
#include <cstdint>
#include <optional>
#include <utility>

#include "events/event_name.h"
#include "events/instant.h"
#include "events/text.h"
#include "tools/characters.h"
#include "tools/cloud_events.h"
#include "tools/csv_line.h"
#include "tools/difference.h"

namespace seatledger {
namespace {

constexpr std::size_t waiting_rows_max = 1'000;
constexpr std::size_t buffer_bytes = 64 * 1024;
constexpr std::string_view nothing = "–";

const Shape& event_shape() {
    static const Shape& shape = shape_of(capnp::Schema::from<schema::Event>());
    return shape;
}

std::string full_instant(std::int64_t micros) {
    const Instant instant{micros};
    KJ_REQUIRE(instant >= first_instant && instant <= last_instant, "no instant that can be shown", micros);
    return to_rfc3339(instant);
}

}  // namespace

std::string harmless_text(std::string_view text) {
    const auto is_plain = [](char c) { return c >= ' ' && c <= '~'; };
    if (std::ranges::all_of(text, is_plain)) return std::string(text);
    std::string result;
    const auto clean = well_formed(text);
    for (auto rest = std::string_view(clean); !rest.empty();) {
        const auto [code, bytes] = first_character(rest);
        result += is_unseen(code) ? "\uFFFD" : bytes;
        rest.remove_prefix(bytes.size());
    }
    return result;
}

std::string shown_instant(std::int64_t micros) {
    auto text = full_instant(micros);
    text[text.find('T')] = ' ';
    text.pop_back();
    text.erase(text.find_last_not_of('0') + 1);
    if (text.ends_with('.')) text.pop_back();
    return text + 'Z';
}

std::string shown_money(const capnp::DynamicValue::Reader& value) {
    const auto money = money_text(value);
    return money.amount + ' ' + harmless_text(money.currency);
}

namespace {

// A text among key=value pairs: in quotes where it could be taken for more than one.
std::string shown_inside(std::string_view text) {
    const auto clean = harmless_text(text);
    if (!clean.empty() && clean.find_first_of(" =,\"[]") == std::string::npos) return clean;
    std::string result;
    write_text(clean, result);
    return result;
}

std::optional<std::string> shown(const capnp::DynamicValue::Reader& value, const ValueShape& shape,
                                 const EventTexts* texts, bool inside);

// key=value key=value, without what is null.
std::string shown_pairs(capnp::DynamicStruct::Reader row, const Shape& shape, const EventTexts* texts) {
    std::string result;
    for (const auto& field : shape.fields) {
        if ((field.nullable || field.alternative) && !row.has(field.field)) continue;
        const auto value = shown(row.get(field.field), field.value, texts, true);
        if (!value) continue;
        if (!result.empty()) result += ' ';
        result += field.name;
        result += '=';
        result += field.value.meaning == Meaning::object ? '[' + *value + ']' : *value;
    }
    return result;
}

std::optional<std::string> shown_list(capnp::DynamicList::Reader list, const ValueShape& element,
                                      const EventTexts* texts, bool inside) {
    if (list.size() == 0) return std::nullopt;
    std::string result;
    for (const auto value : list) {
        if (!result.empty()) result += ", ";
        result += shown(value, element, texts, inside).value_or(std::string(nothing));
    }
    return inside ? '[' + result + ']' : result;
}

// A value as tables have it; nothing for null and for empty lists. `inside`: among others in one cell.
std::optional<std::string> shown(const capnp::DynamicValue::Reader& value, const ValueShape& shape,
                                 const EventTexts* texts, bool inside) {
    switch (shape.meaning) {
        case Meaning::truth: return value.as<bool>() ? "yes" : "no";
        case Meaning::text: {
            const auto text = view(value.as<capnp::Text>());
            return inside ? shown_inside(text) : harmless_text(text);
        }
        case Meaning::instant: {
            const auto micros = value.as<std::int64_t>();
            return micros == no_instant.micros ? std::nullopt : std::optional(shown_instant(micros));
        }
        case Meaning::person: {
            const UserId user(value.as<std::uint32_t>());
            const auto found = user && texts != nullptr ? texts->address(user) : std::nullopt;
            return found ? std::optional(harmless_text(*found)) : std::nullopt;
        }
        case Meaning::sealed: {
            const auto box = value.as<capnp::Data>();
            const auto found = texts != nullptr && texts->opened ? texts->opened(box) : std::nullopt;
            if (!found) return std::nullopt;
            return inside ? shown_inside(*found) : harmless_text(*found);
        }
        case Meaning::money: return shown_money(value);
        case Meaning::object: return shown_pairs(value.as<capnp::DynamicStruct>(), *shape.object, texts);
        case Meaning::list: return shown_list(value.as<capnp::DynamicList>(), *shape.element, texts, inside);
        default: break;
    }
    std::string json;
    write_value(value, shape, texts, json);
    if (json == "null") return std::nullopt;
    return json.front() == '"' ? json.substr(1, json.size() - 2) : json;
}

bool is_absent(capnp::DynamicStruct::Reader row, const FieldShape& field) {
    return (field.nullable || field.alternative) && !row.has(field.field);
}

}  // namespace

std::string table_cell(capnp::DynamicStruct::Reader row, const FieldShape& field) {
    std::optional<std::string> text;
    if (!is_absent(row, field)) text = shown(row.get(field.field), field.value, nullptr, false);
    return text.value_or(std::string(nothing));
}

std::string defused(std::string text) {
    constexpr std::string_view formula_begins = "=+-@\t\r\n";
    if (!text.empty() && formula_begins.find(text.front()) != std::string_view::npos) text.insert(0, 1, '\'');
    return text;
}

std::string csv_cell(capnp::DynamicStruct::Reader row, const FieldShape& field) {
    if (is_absent(row, field)) return {};
    const auto value = row.get(field.field);
    if (field.value.meaning == Meaning::text) return defused(well_formed(view(value.as<capnp::Text>())));
    if (field.value.meaning == Meaning::money) {
        return money_text(value).amount;
    }
    std::string json;
    write_value(value, field.value, nullptr, json);
    if (json == "null") return {};
    // Words, instants and bytes: nothing in them is escaped.
    return json.front() == '"' ? json.substr(1, json.size() - 2) : json;
}

std::string json_cell(capnp::DynamicStruct::Reader row, const FieldShape& field) {
    std::string json;
    if (is_absent(row, field)) return "null";
    write_value(row.get(field.field), field.value, nullptr, json);
    return json;
}

std::string shown_pairs(capnp::DynamicStruct::Reader row) {
    return shown_pairs(row, shape_of(row.getSchema()), nullptr);
}

namespace {

bool is_number(Meaning meaning) {
    return meaning == Meaning::signed_number || meaning == Meaning::number || meaning == Meaning::optional_number ||
           meaning == Meaning::fraction || meaning == Meaning::money;
}

std::string csv_currency(capnp::DynamicStruct::Reader row, const FieldShape& field) {
    if (is_absent(row, field)) return {};
    return std::string(money_text(row.get(field.field)).currency);
}

const Shape& diff_shape() {
    static const Shape& shape = shape_of(capnp::Schema::from<schema::DiffRow>());
    return shape;
}

// The escape sequence for a state, or nothing.
std::string_view colour_of(std::string_view state) {
    constexpr std::string_view green = "\x1b[32m";
    constexpr std::string_view yellow = "\x1b[33m";
    constexpr std::string_view red = "\x1b[31m";
    constexpr std::string_view cyan = "\x1b[36m";
    constexpr std::array<std::pair<std::string_view, std::string_view>, 9> colours = {{
        {"available", green},
        {"bound", cyan},
        {"expired", yellow},
        {"voided", yellow},
        {"revoked", red},
        {"rejected", red},
        {"added", green},
        {"removed", red},
        {"changed", yellow},
    }};
    const auto found = std::ranges::find(colours, state, &std::pair<std::string_view, std::string_view>::first);
    return found == colours.end() ? std::string_view() : found->second;
}

// Takes the first character off `text`, which is well-formed UTF-8.
char32_t take_character(std::string_view& text) {
    const auto lead = static_cast<std::uint8_t>(text[0]);
    const auto length = std::min(text.size(), static_cast<std::size_t>(std::max(1, std::countl_one(lead))));
    char32_t code_point = length == 1 ? lead : lead & (0x7F >> length);
    for (const char c : text.substr(1, length - 1))
        code_point = (code_point << 6) | (static_cast<std::uint8_t>(c) & 0x3F);
    text.remove_prefix(length);
    return code_point;
}

// The C library knows how wide characters are, but only within a locale of UTF-8; the program's own is left alone.
// Without such a locale every character is taken for one column.
class WidthLocale {
 public:
    WidthLocale() : locale_(newlocale(LC_CTYPE_MASK, "C.UTF-8", nullptr)) {}

    [[nodiscard]] std::size_t width(std::string_view text) const {
        const auto before = locale_ != nullptr ? uselocale(locale_) : nullptr;
        std::size_t columns = 0;
        while (!text.empty()) {
            const auto character = static_cast<wchar_t>(take_character(text));
            columns += locale_ != nullptr ? static_cast<std::size_t>(std::max(0, wcwidth(character))) : 1;
        }
        if (before != nullptr) uselocale(before);
        return columns;
    }

 private:
    locale_t locale_;
};

std::string sequence_or(std::uint64_t sequence, std::string_view otherwise) {
    return sequence == 0 ? std::string(otherwise) : std::to_string(sequence);
}

}  // namespace

Format default_format(int fd) { return isatty(fd) == 1 ? Format::table : Format::json; }

std::size_t display_width(std::string_view text) {
    if (std::ranges::all_of(text, [](char c) { return c >= ' ' && c <= '~'; })) return text.size();
    static const WidthLocale locale;
    return locale.width(text);
}

RowPrinter::RowPrinter(std::FILE* out, Format format, bool colour) : out_(out), format_(format), colour_(colour) {}

void RowPrinter::expect(capnp::StructSchema schema) {
    if (shape_ != nullptr) {
        KJ_REQUIRE(shape_->schema == schema, "rows of two types in one output");
        return;
    }
    shape_ = &shape_of(schema);
    if (shape_ == &diff_shape()) {
        columns_ = format_ == Format::table
                       ? std::vector<Column>{{"table"}, {"key"}, {"change", false, true}, {"fields"}, {"because"}}
                       : std::vector<Column>{{"table"},  {"key"},    {"first"},   {"last"}, {"member"},
                                             {"change"}, {"fields"}, {"because"}, {"more"}};
    } else if (shape_ != &event_shape()) {
        for (const auto& field : shape_->fields) {
            columns_.push_back({field.name, is_number(field.value.meaning), field.value.meaning == Meaning::word});
            if (format_ == Format::csv && field.value.meaning == Meaning::money) {
                columns_.push_back({field.name + "Currency"});
            }
        }
    } else if (format_ == Format::table) {
        columns_ = {{"when"}, {"sequence", true}, {"account"}, {"who"}, {"what"}, {"details"}};
    } else {
        columns_ = {{"sequence"}, {"account"},   {"recordedAt"}, {"effectiveAt"}, {"actor"},
                    {"via"},      {"requestId"}, {"corrects"},   {"event"},       {"details"}};
    }
    if (format_ == Format::csv) write_csv_line(header());
}

void RowPrinter::print(capnp::DynamicStruct::Reader row) {
    expect(row.getSchema());
    KJ_REQUIRE(format_ != Format::cloudevents, "rows are no CloudEvents");
    if (format_ == Format::json) {
        write_row(row, buffer_);
        buffer_ += '\n';
        write_if_full();
        return;
    }
    Cells cells;
    cells.reserve(shape_->fields.size());
    for (const auto& field : shape_->fields) {
        cells.push_back(format_ == Format::csv ? csv_cell(row, field) : table_cell(row, field));
        if (format_ == Format::csv && field.value.meaning == Meaning::money) cells.push_back(csv_currency(row, field));
    }
    add_cells(std::move(cells));
}

void RowPrinter::print_difference(schema::DiffRow::Reader difference) {
    expect(capnp::Schema::from<schema::DiffRow>());
    const capnp::DynamicStruct::Reader row(difference);
    const auto cell = [&](std::string_view name) { return table_cell(row, *diff_shape().find(name)); };
    if (format_ == Format::table) {
        const auto key = difference.hasMember() ? cell("key") + ": " + cell("member") : cell("key");
        return add_cells({cell("table"), key, cell("change"), shown_difference(difference), shown_because(difference)});
    }
    Cells cells;
    std::string line;
    for (const auto& column : columns_) {
        const auto* field = diff_shape().find(column.name);
        const auto json = field != nullptr ? json_cell(row, *field) : difference_fields(difference);
        line += line.empty() ? "{\"" : ",\"";
        line += column.name;
        line += "\":" + json;
        cells.push_back(field != nullptr ? csv_cell(row, *field) : json);
    }
    if (format_ == Format::csv) return add_cells(std::move(cells));
    buffer_ += line + "}\n";
    write_if_full();
}

void RowPrinter::print_event(schema::Event::Reader event, const EventTexts& texts) {
    expect(capnp::Schema::from<schema::Event>());
    if (format_ == Format::json) {
        write_event(event, texts, buffer_);
        buffer_ += '\n';
        write_if_full();
        return;
    }
    if (format_ == Format::cloudevents) {
        write_cloud_event(event, texts, origin_, buffer_);
        buffer_ += '\n';
        write_if_full();
        return;
    }
    add_cells(format_ == Format::csv ? event_csv(event, texts) : event_table(event, texts));
}

void RowPrinter::print_text(std::string_view text) {
    settle();
    buffer_ += text;
    write_if_full();
}

RowPrinter::Cells RowPrinter::event_csv(schema::Event::Reader event, const EventTexts& texts) const {
    const auto text = [](std::string_view from) { return defused(well_formed(from)); };
    std::string details;
    write_event_body(event, texts, details);
    return {sequence_or(event.getSequence(), ""),
            text(view(event.getAccount())),
            full_instant(event.getRecordedAt()),
            full_instant(event.getEffectiveAt()),
            text(event_actor(event, texts).value_or("")),
            event.getViaVendor() ? "vendor" : "",
            text(view(event.getRequestId())),
            sequence_or(event.getCorrects(), ""),
            text(event_name(event)),
            std::move(details)};
}

std::string event_details(schema::Event::Reader event, const EventTexts& texts) {
    const auto* member = event_shape().member(static_cast<std::size_t>(event.which()));
    if (member == nullptr || member->value.meaning != Meaning::object) return {};
    const auto body = capnp::DynamicStruct::Reader(event).get(member->field).as<capnp::DynamicStruct>();
    return shown_pairs(body, *member->value.object, &texts);
}

RowPrinter::Cells RowPrinter::event_table(schema::Event::Reader event, const EventTexts& texts) const {
    auto who = harmless_text(event_actor(event, texts).value_or(nothing));
    if (event.getViaVendor()) who += " via vendor";
    auto details = event_details(event, texts);
    if (event.getCorrects() != 0) {
        if (!details.empty()) details += ' ';
        details += "corrects=" + std::to_string(event.getCorrects());
    }
    const auto name = event_name(event);
    return {shown_instant(event.getEffectiveAt()),
            sequence_or(event.getSequence(), nothing),
            event.hasAccount() ? harmless_text(view(event.getAccount())) : std::string(nothing),
            std::move(who),
            std::string(name.empty() ? nothing : name),
            std::move(details)};
}

RowPrinter::Cells RowPrinter::header() const {
    Cells cells;
    for (const auto& column : columns_) cells.emplace_back(column.name);
    return cells;
}

void RowPrinter::add_cells(Cells cells) {
    if (format_ == Format::csv) {
        write_csv_line(cells);
    } else if (is_settled_) {
        write_table_line(cells, false);
    } else {
        waiting_.push_back(std::move(cells));
        if (waiting_.size() == waiting_rows_max) settle();
    }
}

void RowPrinter::settle() {
    if (is_settled_ || format_ != Format::table || shape_ == nullptr) return;
    is_settled_ = true;
    for (const auto& column : columns_) widths_.push_back(display_width(column.name));
    for (const auto& cells : waiting_) {
        for (std::size_t i = 0; i < cells.size(); ++i) widths_[i] = std::max(widths_[i], display_width(cells[i]));
    }
    write_table_line(header(), true);
    for (const auto& cells : waiting_) write_table_line(cells, false);
    waiting_ = {};
}

void RowPrinter::write_table_line(const Cells& cells, bool is_header) {
    constexpr std::string_view gap = "  ";
    std::string padding;
    for (std::size_t i = 0; i < cells.size(); ++i) {
        const auto& column = columns_[i];
        const auto width = display_width(cells[i]);
        const std::string fill(widths_[i] > width ? widths_[i] - width : 0, ' ');
        const auto colour = colour_ && column.is_state && !is_header ? colour_of(cells[i]) : std::string_view();
        if (i > 0) padding += gap;
        if (column.to_the_right) padding += fill;
        buffer_ += padding;
        buffer_ += colour;
        buffer_ += cells[i];
        if (!colour.empty()) buffer_ += "\x1b[0m";
        padding = column.to_the_right ? "" : fill;  // nothing trails the last column
    }
    buffer_ += '\n';
    write_if_full();
}

void RowPrinter::write_csv_line(const Cells& cells) {
    add_csv_line(cells, buffer_);
    write_if_full();
}

void RowPrinter::write_if_full() {
    if (buffer_.size() >= buffer_bytes) write();
}

void RowPrinter::write() {
    if (error_ == 0 && std::fwrite(buffer_.data(), 1, buffer_.size(), out_) != buffer_.size()) error_ = errno;
    buffer_.clear();
}

void RowPrinter::flush() {
    if (!waiting_.empty()) settle();  // before the first row nothing is known of how wide they are
    write();
    if (error_ == 0 && std::fflush(out_) != 0) error_ = errno;
}

bool RowPrinter::finish() {
    settle();
    flush();
    errno = error_;
    return error_ == 0;
}

}  // namespace seatledger
