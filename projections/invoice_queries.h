// Questions about invoices.
#pragma once

#include <expected>
#include <optional>
#include <string>

#include "projections/query.capnp.h"
#include "projections/view.h"

namespace seatledger {

// Ordered by their ids, from `from` on. Gives where the next page begins, if there is one.
[[nodiscard]] std::expected<std::optional<std::string>, QueryFailure> answer_invoices(
    const View& view, schema::InvoiceFilter::Reader filter, std::string_view from, std::uint32_t limit,
    schema::Rows::Builder rows);

}  // namespace seatledger
