// One person on one screen of a terminal.
#pragma once

#include <cstdio>

#include "projections/query.capnp.h"

namespace seatledger {

// Who they are; which products are on and off; the queues that they are in; what they are billed for, and since when.
// `colour`: states in colour. Cost: a few lines.
void print_person(schema::UserDetail::Reader person, std::FILE* out, bool colour);

}  // namespace seatledger
