// Which lines of a bill belong together.
#pragma once

#include "projections/billing/bill_lines.h"

namespace seatledger::billing {

// Sets `link` and `other` of every line that is about seats:
// - netted: a line that gives back, and the newest earlier charge of the same sku, seat, period and currency with the
//   opposite amount and quantity; or the one that it says it corrects. Each charge is given back once.
// - corrects: a correction that nets nothing, and the line with the id that it corrects, or without such an id the
//   newest earlier line of the same sku, seat and period.
// - equal: a charge, and the first charge before it, that nothing gives back, with which it agrees in all that both
// say. Cost: linear.
void link_lines(BillLines& lines);

}  // namespace seatledger::billing
