// --price-book: how a vendor counts and rounds.
#pragma once

#include <CLI/CLI.hpp>

#include <expected>
#include <string>

#include "projections/billing/price_book.h"
#include "tools/commands/commands.h"

namespace seatledger {

// Empty: the usual one.
[[nodiscard]] std::expected<billing::PriceBook, Problem> read_price_book(const std::string& file);

// `file` must outlive the parsing.
void add_price_book_option(CLI::App& command, std::string& file);

}  // namespace seatledger
