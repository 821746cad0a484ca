// What a dispute is about: the line of a bill that it quotes.
#pragma once

#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "events/event.capnp.h"
#include "tools/dossier/dossier.h"

namespace date {
class time_zone;
}

namespace seatledger {

// Reads the line that the dispute quotes, as it says that it is written, or as `layout` does, if that is not empty
// (tools/bills/declared_layout.h). `text`: of the line; nothing: it was erased. What cannot be read says why in
// `unread`: in `language`, but for what is wrong inside of the line. Of a dispute that quotes none only the invoice and
// its line are there.
[[nodiscard]] Dossier::Line read_disputed_line(schema::DisputeOpened::Reader dispute,
                                               std::optional<std::string_view> text, const std::string& layout,
                                               const date::time_zone& zone, schema::Language language);

// The lines of the whole bill, which is held against the dispute: its SHA-256, and that the line stands in it as
// quoted. Those that cannot be read are left out. `line` must have been read. Fails, in one line, if it is another
// bill.
[[nodiscard]] std::expected<std::vector<billing::BillLine>, std::string> read_whole_bill(const std::string& bill,
                                                                                         const Dossier::Line& line,
                                                                                         const date::time_zone& zone);

// Why there can be no opinion about a line of so many days; empty: there can be one.
[[nodiscard]] std::string too_long(const billing::DayPeriod& days, schema::Language language);

}  // namespace seatledger
