// Questions about the catalogue.
#pragma once

#include <expected>
#include <optional>
#include <string>

#include "events/text.h"
#include "projections/catalog_history.h"
#include "projections/projections.h"
#include "projections/queries.h"
#include "projections/query.capnp.h"

namespace seatledger {

// The products that had been defined by then, in that order, from the one with this number on: all that there ever
// were, those that are offered no more among them. Gives where the next page begins.
[[nodiscard]] std::optional<ProductNumber> answer_catalog(const CatalogHistory& catalog, const CatalogTime& time,
                                                          schema::CatalogFilter::Reader filter, ProductNumber from,
                                                          std::uint32_t limit, schema::Rows::Builder rows);

// What the catalogue says of a product, in whatever row shows it.
template <typename Row>
void write_product(const Product& product, Row row) {
    row.setSku(text(product.sku));
    row.setName(text(product.name));
    row.setType(text(product.type));
    auto features = row.initFeatures(static_cast<unsigned>(product.features.size()));
    for (unsigned i = 0; i < features.size(); ++i) features.set(i, text(product.features[i]));
    auto price = row.initUnitPrice();
    price.setAmount(product.unit_price.amount.millionths);
    price.setCurrency(text(product.unit_price.currency));
    row.setTerm(text(product.term));
    row.setBilling(product.billing);
    row.setKeepsPhone(product.keeps_phone);
    row.setOffered(product.offered);
}

}  // namespace seatledger
