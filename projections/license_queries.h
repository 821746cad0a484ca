// Questions about licenses, and about the products that they are of.
#pragma once

#include <cstdint>
#include <expected>
#include <optional>
#include <string>

#include "projections/query.capnp.h"
#include "projections/view.h"

namespace seatledger {

// Every product of which the account has, or had, licenses: from `from` on, in the order of their definition, at most
// `limit`. Gives where the next page begins, if there is one. Cost: all lots of the account for each page.
[[nodiscard]] std::optional<ProductNumber> answer_products(const View& view, schema::ProductFilter::Reader filter,
                                                           ProductNumber from, std::uint32_t limit,
                                                           schema::Rows::Builder rows);

// From `from` on, ordered by number, at most `limit`. Gives where the next page begins, if there is one. Cost: a
// page of what is free is looked up in an index at the head, and looked for in the account's rows before it; every
// other page costs what lies between its first and its last row.
[[nodiscard]] std::expected<std::optional<LicenseNumber>, QueryFailure> answer_licenses(
    const View& view, schema::LicenseFilter::Reader filter, LicenseNumber from, std::uint32_t limit,
    schema::Rows::Builder rows);

// One license of the lot, which was given to `holder` (0: to nobody; or revoked_holder), as it was at the view's time.
void write_license(const View& view, const Lot& lot, LicenseNumber license, UserId holder,
                   schema::LicenseRow::Builder row);

// How many licenses of a product there are.
struct LicenseCounts {
    std::uint64_t total = 0;
    std::uint64_t available = 0;
    std::uint64_t bound = 0;
    std::uint64_t expired = 0;
    std::uint64_t revoked = 0;

    // Those of a lot, as they were at the view's time.
    void add(const View& view, const Lot& lot);
};
void write_product_row(const Product& product, const LicenseCounts& counts, schema::ProductRow::Builder row);

// Whether the person may use the product, and which events decide it. Both exist (names.h).
void answer_access(const View& view, schema::AccessQuestion::Reader question, schema::Rows::Builder rows);

}  // namespace seatledger
