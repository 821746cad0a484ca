// What the words of a bill mean: a file that its user writes once for each vendor.
//
//   {"columns":   {"sku": "Product code", "quantity": "Seats", …},   which column has which part of a line
//    "constants": {"currency": "EUR", …},                            what is the same in every line
//    "kinds":     {"Taxa do Ciclo": "charge", "VAT": "tax", …},      charge, correction, credit, tax or other; "" is
//                                                                    an empty cell
//    "skus":      {"ACL-123": "connect", …}}                         the vendor's name of a product: the ledger's
//
// Each of the four may be left out. `skus` is for every format, `kinds` for partner-center and csv, `constants` for
// csv, and `columns` for csv, but for those of its parts that FOCUS has no column for: license, email, id, corrects.
#pragma once

#include <expected>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "projections/billing/bill_line.h"
#include "tools/csv_file.h"

namespace seatledger::billing {

struct Mapping {
    std::map<std::string, std::string> columns;    // by part
    std::map<std::string, std::string> constants;  // by part; none of them has a column, too
    std::map<std::string, LineKind> kinds;         // by what the bill says, in lower case (ASCII)
    std::map<std::string, std::string> skus;
};

// Runs of blanks in names count as one. Fails for what is no such JSON; for unknown keys, parts and kinds, names that
// stand twice and empty ones but for a kind, which it names.
[[nodiscard]] std::expected<Mapping, FileError> parse_mapping(std::string_view json, const std::string& file);

// As parse_mapping() takes it. Of `skus` only the names of that product of the ledger's, if there is one.
[[nodiscard]] std::string to_json(const Mapping& mapping, std::optional<std::string_view> of_sku = {});

// parse_mapping() of a file of up to 16 MiB. Fails in addition if it cannot be read.
[[nodiscard]] std::expected<Mapping, FileError> read_mapping_file(const std::string& path);

// charge, correction, credit, tax, other, without regard to case.
[[nodiscard]] std::optional<LineKind> kind_named(std::string_view name);

}  // namespace seatledger::billing
