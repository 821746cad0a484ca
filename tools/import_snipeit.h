// Plans the import of the CSV files by which Snipe-IT, the inventory of many license administrators, moves users
// and licenses. Nothing here knows of the network or of the clock.
#pragma once

#include <expected>
#include <string>

#include "tools/import_cells.h"
#include "tools/import_run.h"

namespace seatledger {

struct SnipeitOptions {
    std::string users_file;  // empty: none
    std::string licenses_file;
    std::string account;
    std::string name;  // of the account; empty: its id
    std::string time_zone = "UTC";
    std::string currency = "USD";
    std::string super_admin = "admin@example.com";
    DateOrder dates = DateOrder::mdy;
    DecimalMark decimals = DecimalMark::point;
};

// The commands, in this order: the account is opened, as an importing one, at midnight of the day before the first
// purchase; a product is defined for each item; everyone in the users file is registered as the account opens; then
// day by day, each at midnight in the time zone, each row becomes an invoice and its payment, in the order of the file;
// then who is licensed and not registered yet is registered, and the first license of each row is bound to whom it is
// licensed. Last, the import is ended. Without a row that can be imported there are no steps at all.
//
// Request ids and the ids of invoices are in events for ever. They are made of what the files have as identifiers and
// of the places of rows, never of an address or a name.
//
// Rows that cannot be imported are in `refused`. Fails if an option is not valid or a file cannot be read at all.
[[nodiscard]] std::expected<ImportPlan, std::string> plan_snipeit_import(const SnipeitOptions& options);

}  // namespace seatledger
