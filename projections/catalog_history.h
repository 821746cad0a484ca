// The catalogue at any time: every version of every product, in memory.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "engine/rules/entities.h"
#include "events/ids.h"
#include "events/instant.h"
#include "projections/database.h"

namespace seatledger {

// Which version of a product a read shows.
struct CatalogTime {
    Sequence sequence;             // by the catalogue as it was at this event …
    Instant instant = no_instant;  // … or, if there is one, by the instant
};

// Never changes. Any thread.
class CatalogHistory {
 public:
    // Reads every version up to `at`.
    [[nodiscard]] static std::shared_ptr<const CatalogHistory> load(const Database& database, Sequence at);

    // The product as it was then, or in its first version if it was not there yet. Null: there is no such product.
    [[nodiscard]] const Product* find(std::string_view sku, CatalogTime time) const;
    [[nodiscard]] const Product& at(ProductNumber number, CatalogTime time) const;

    // The product on offer then that places in queues are billed as. Null: there was none.
    [[nodiscard]] const Product* membership_product(CatalogTime time) const;

    // The products that there were at `sequence`, and when the last of them changed (no_instant: there are none).
    [[nodiscard]] std::vector<Product> products(Sequence sequence) const;
    [[nodiscard]] Instant last_effective_at(Sequence sequence) const;

 private:
    struct Version {
        Sequence sequence;
        Instant effective_at;
        Product product;
    };
    std::vector<std::vector<Version>> versions_;  // by product number, from 1
    std::map<std::string, ProductNumber, std::less<>> numbers_;
};

}  // namespace seatledger
