// JSON, as the ledger speaks it, to and from the messages of events/, projections/ and server/. The schema and its
// annotations (events/types.capnp) say how a field looks; nothing here knows a command, an event or a row by name.
//
// Writing appends to `out`, on one line and without a newline. Any thread; no shared state but what shape.h keeps.
// Text that is not well-formed UTF-8 is written with U+FFFD in place of the bytes at fault, and so are control
// characters beyond ASCII. A message whose pointers, instants or entries are broken throws a kj::Exception; `out`
// then ends somewhere inside.
#pragma once

#include <capnp/dynamic.h>

#include <expected>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "events/command.capnp.h"
#include "events/event.capnp.h"
#include "events/ids.h"
#include "server/wire.capnp.h"

namespace seatledger {

// Deeper JSON is not read.
inline constexpr std::size_t json_depth_max = 32;

// Reads one command into `command`, which must be fresh. Strict: exactly one command key, no field that the schema
// does not have, none twice, whole numbers in range, amounts and instants as text; null is as good as absent. The
// error, one line, says where (`issueInvoice.lines[2].quantity: …`) and what was expected; `command` is then to be
// thrown away. Whatever a rule judges is not judged here. Cost: some microseconds.
[[nodiscard]] std::expected<void, std::string> read_command(std::string_view json, schema::Command::Builder command);

// The address that a person of the event's account bore when the event took place; nothing if it was erased. The
// view must hold until the function that asks returns.
using AddressOf = std::function<std::optional<std::string_view>(UserId)>;

// What a sealed field of the event says; nothing if it was erased. The same holds of the view.
using OpenedOf = std::function<std::optional<std::string_view>(capnp::Data::Reader box)>;

// What an event does not say itself. Without `opened` everything that is sealed is null.
struct EventTexts {
    EventTexts(AddressOf address_of, OpenedOf opened_of = {})
        : address(std::move(address_of)), opened(std::move(opened_of)) {}

    AddressOf address;
    OpenedOf opened;
};

// An event with its envelope, about a microsecond each. An event of a type that this program does not know is
// written without its body.
void write_event(schema::Event::Reader event, const EventTexts& texts, std::string& out);

// What happened: the object that stands under the event's name (events/event_name.h). Empty for a type that this
// program does not know.
void write_event_body(schema::Event::Reader event, const EventTexts& texts, std::string& out);

// Who did it: `vendor`, `ledger` or an address; nothing if that was erased. Holds as long as the address does.
[[nodiscard]] std::optional<std::string_view> event_actor(schema::Event::Reader event, const EventTexts& texts);

// Any struct: every field, null where there is nothing; of a union the member that is set. $person and $sealed are
// null.
void write_row(capnp::DynamicStruct::Reader row, std::string& out);

// A value of some struct. `texts` may be null: $person and $sealed are then null.
struct ValueShape;
void write_value(const capnp::DynamicValue::Reader& value, const ValueShape& shape, const EventTexts* texts,
                 std::string& out);

// What the list has for the sealed field; nothing: it has nothing. For lists of a few.
[[nodiscard]] std::optional<std::string_view> find_opened(capnp::List<schema::Opened>::Reader list,
                                                          capnp::Data::Reader box);

// An answer to a command, with its events decoded and everyone in them named from its own list of people. The
// row of a bulk answer that lacks a person takes them from the whole answer.
void write_answer(schema::Answer::Reader answer, std::string& out);

// A JSON string, quotes included.
void write_text(std::string_view text, std::string& out);

// `text` with U+FFFD for whatever is no well-formed UTF-8 and for control characters beyond ASCII.
[[nodiscard]] std::string well_formed(std::string_view text);

}  // namespace seatledger
