// A row of a diff: which fields of what it is about are others than they were.
#pragma once

#include <string>

#include "projections/query.capnp.h"

namespace seatledger {

// {"status":{"before":"bound","after":"available"}}: the fields that differ; of what was added or removed, those that
// are, or were, not null.
[[nodiscard]] std::string difference_fields(schema::DiffRow::Reader row);

// For people: status: bound → available; or what was added or removed: queue=support kind=call.
[[nodiscard]] std::string shown_difference(schema::DiffRow::Reader row);

// For people: 7, 11–14. Of three or more that follow one another the ends; after … where older ones are left out.
[[nodiscard]] std::string shown_because(schema::DiffRow::Reader row);

}  // namespace seatledger
