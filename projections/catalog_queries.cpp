#include "projections/catalog_queries.h"

#include <vector>

namespace seatledger {

std::optional<ProductNumber> answer_catalog(const CatalogHistory& catalog, const CatalogTime& time,
                                            schema::CatalogFilter::Reader filter, ProductNumber from,
                                            std::uint32_t limit, schema::Rows::Builder rows) {
    std::vector<CatalogHistory::Listed> found;
    std::optional<ProductNumber> next;
    for (const auto& listed : catalog.list(time)) {
        const auto& product = *listed.product;
        if (product.number < from) continue;
        if (filter.hasSku() && product.sku != view(filter.getSku())) continue;
        if (filter.hasType() && product.type != view(filter.getType())) continue;
        if (found.size() == limit) {
            next = product.number;
            break;
        }
        found.push_back(listed);
    }
    auto list = rows.initCatalog(static_cast<unsigned>(found.size()));
    for (unsigned i = 0; i < list.size(); ++i) {
        write_product(*found[i].product, list[i]);
        list[i].setSince(found[i].since.micros);
    }
    return next;
}

}  // namespace seatledger
