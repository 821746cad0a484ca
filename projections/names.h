// What questions name: whether there is, or was then, such a thing. Without this a typing error would be answered by
// nothing, which looks like evidence that nothing happened.
#pragma once

#include <expected>
#include <string_view>

#include "engine/rules/roles.h"
#include "projections/query.capnp.h"
#include "projections/view.h"

namespace seatledger {

// Whether the account has, as the view shows it, everything that the query's filters name; the catalogue has products,
// of which the account need not have licenses. Who may read only what is about themself is told of nothing but
// products what there is. Cost: a row or two for each filter.
[[nodiscard]] std::expected<void, QueryFailure> check_names(const View& view, rules::Extent extent,
                                                            schema::Query::Reader query);

// The failure of a question that names what there is not: kind and name, such as queue and support. `as_of`: of the
// question.
[[nodiscard]] std::unexpected<QueryFailure> no_such(const View& view, const AsOf& as_of, std::string_view kind,
                                                    std::string_view name);
[[nodiscard]] std::unexpected<QueryFailure> no_such_product(const AsOf& as_of, std::string_view sku);

// Whether there is, or ever was by then, such an invoice, queue or order; a queue may have been deleted.
[[nodiscard]] bool has_invoice(const View& view, std::string_view invoice);
[[nodiscard]] bool had_queue(const View& view, std::string_view queue);
[[nodiscard]] bool has_order(const View& view, OrderNumber order);

}  // namespace seatledger
