// --bill and how it is written: what a vendor's bill needs to be read.
#pragma once

#include <CLI/CLI.hpp>

#include <fstream>
#include <optional>
#include <string>

#include "tools/bills/bill_format.h"
#include "tools/bills/mapping.h"
#include "tools/commands/commands.h"

namespace seatledger {

struct BillOptions {
    std::string file;
    std::optional<billing::BillFormat::Kind> kind;
    // What is not declared is as usual for the kind.
    std::optional<DateOrder> dates;
    std::optional<DecimalMark> decimals;
    std::optional<bool> ends_inclusive;
    std::optional<bool> has_ledger_invoices;
    std::string mapping_file;

    // The error is one line.
    [[nodiscard]] std::expected<std::ifstream, std::string> open() const;
    // `kind` must be there.
    [[nodiscard]] billing::BillFormat format(const date::time_zone& zone) const;
    // Without a file: an empty one.
    [[nodiscard]] std::expected<billing::Mapping, Problem> mapping() const;
};

// --bill, the file; --bill-format and what goes with it. `options` must outlive the parsing.
CLI::Option* add_bill_option(CLI::App& command, BillOptions& options);
CLI::Option* add_bill_format_options(CLI::App& command, BillOptions& options);

}  // namespace seatledger
