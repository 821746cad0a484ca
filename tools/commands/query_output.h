// Asks page by page, and prints what comes: what all commands have in common that are questions.
#pragma once

#include <cstdint>
#include <functional>

#include "events/ids.h"
#include "projections/query.capnp.h"
#include "tools/client.h"
#include "tools/commands/commands.h"
#include "tools/output.h"

namespace seatledger {

struct QueryOutput {
    // `seen`: what was durable when the connection began, so that one's own commands are always in the answer.
    std::function<void(Sequence seen, schema::Query::Builder query)> fill;
    std::function<void(schema::Rows::Reader rows, RowPrinter& printer)> print;
};

// Until there are no more rows, or `limit` of them have come (0: no limit): then it tells the cursor to go on from.
[[nodiscard]] Outcome show_pages(const ClientOptions& client, Format format, std::uint64_t limit,
                                 const QueryOutput& output);

}  // namespace seatledger
