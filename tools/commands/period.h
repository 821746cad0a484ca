// --period: civil days, as the command line names them.
#pragma once

#include <CLI/CLI.hpp>

#include <optional>
#include <string>
#include <string_view>

#include "projections/billing/bill_line.h"

namespace seatledger {

// 2020, 2020-09, 2020-09-07, or 2020-09-01/2020-10-01, whose end is left out. Nothing for any other text, and for what
// is no day of the years 1 to 9999, or none at all.
[[nodiscard]] std::optional<billing::DayPeriod> parse_period(std::string_view text);

// `period` must outlive the parsing.
CLI::Option* add_period_option(CLI::App& command, billing::DayPeriod& period);

}  // namespace seatledger
