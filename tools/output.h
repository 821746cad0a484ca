// How the command line shows rows and events: a table for people, JSON lines or CSV for programs.
#pragma once

#include <capnp/dynamic.h>

#include <cstdio>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "events/event.capnp.h"
#include "projections/query.capnp.h"
#include "server/json.h"
#include "server/shape.h"

namespace seatledger {

enum class Format { table, json, csv, cloudevents };

// A table where `fd` is a terminal, JSON lines elsewhere.
[[nodiscard]] Format default_format(int fd);

// The columns that `text` takes in a terminal: two for a wide character, none for one that combines. `text` is
// well-formed UTF-8 without control characters.
[[nodiscard]] std::size_t display_width(std::string_view text);

// As tables show it: 2020-09-07 12:00:00Z, with decimals only where there are some. Not for no_instant.
[[nodiscard]] std::string shown_instant(std::int64_t micros);

// Text as a terminal may have it: one line, nothing that steers it or turns its direction, and nothing unseen.
[[nodiscard]] std::string harmless_text(std::string_view text);

// 120.00 EUR
[[nodiscard]] std::string shown_money(const capnp::DynamicValue::Reader& money);
// Text that a spreadsheet would take for a formula (=, +, -, @ or a control character in front) behind an apostrophe;
// any other as it is.
[[nodiscard]] std::string defused(std::string text);
// A field of a row as tables, CSV and JSON have it; of money in CSV its amount.
[[nodiscard]] std::string table_cell(capnp::DynamicStruct::Reader row, const FieldShape& field);
[[nodiscard]] std::string csv_cell(capnp::DynamicStruct::Reader row, const FieldShape& field);
[[nodiscard]] std::string json_cell(capnp::DynamicStruct::Reader row, const FieldShape& field);

// A row, for people: key=value key=value, without what is null.
[[nodiscard]] std::string shown_pairs(capnp::DynamicStruct::Reader row);

// What happened, for people: key=value key=value, without what is null. Control characters are replaced.
[[nodiscard]] std::string event_details(schema::Event::Reader event, const EventTexts& texts);

// Prints rows of one type, or events. One thread. Output is buffered: nothing is certain to be out before flush()
// or finish().
//
// - json: an object a line (server/json.h).
// - csv: RFC 4180, with a header; nothing for null, JSON for lists and structs. Money has two columns: the amount, and
//   its currency (total, totalCurrency). Text that a spreadsheet would take for a formula has an apostrophe in front.
// - cloudevents: an event a line as CloudEvents have it (cloud_events.h); not for rows (kj::Exception).
// - table: columns as wide as the first 1,000 rows need; wider cells of later rows stand out. Control characters are
//   replaced, so that nothing that somebody wrote into the ledger steers the terminal.
class RowPrinter {
 public:
    // `out` must outlive this and stays open. `colour`: tables show states in colour.
    RowPrinter(std::FILE* out, Format format, bool colour);
    RowPrinter(const RowPrinter&) = delete;
    RowPrinter& operator=(const RowPrinter&) = delete;

    // Optional: what print() will be given, so that csv and table have a header even if no row comes. The schema of
    // Event announces print_event().
    void expect(capnp::StructSchema schema);

    // All rows must be of the same struct; rows and events do not mix (kj::Exception).
    void print(capnp::DynamicStruct::Reader row);
    // A row of a diff: of what it was and what it is, the fields that differ.
    void print_difference(schema::DiffRow::Reader row);
    void print_event(schema::Event::Reader event, const EventTexts& texts);

    // Of which log the events are, in CloudEvents: its origin. Not empty; before the first event.
    void set_origin(std::string origin) { origin_ = std::move(origin); }

    // Puts the text between rows as it is. It must be fit for a terminal, or whatever stands at the other end.
    void print_text(std::string_view text);

    // Puts out what was printed so far. A table's widths are settled by it if there was a row. For streams that wait
    // for more.
    void flush();

    // The end. False if something could not be written; errno is then that of the first failure.
    [[nodiscard]] bool finish();

 private:
    struct Column {
        std::string name;
        bool to_the_right = false;
        bool is_state = false;
    };
    using Cells = std::vector<std::string>;

    void add_cells(Cells cells);
    void settle();
    void write_table_line(const Cells& cells, bool is_header);
    void write_csv_line(const Cells& cells);
    void write_if_full();
    void write();
    [[nodiscard]] Cells header() const;
    [[nodiscard]] Cells event_csv(schema::Event::Reader event, const EventTexts& texts) const;
    [[nodiscard]] Cells event_table(schema::Event::Reader event, const EventTexts& texts) const;

    std::FILE* out_;
    Format format_;
    bool colour_;
    std::string origin_;
    const Shape* shape_ = nullptr;  // of what is printed; null before the first row
    std::vector<Column> columns_;
    std::vector<Cells> waiting_;  // a table's rows before its widths are settled
    std::vector<std::size_t> widths_;
    bool is_settled_ = false;
    std::string buffer_;
    int error_ = 0;
};

}  // namespace seatledger
