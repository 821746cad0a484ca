#include "engine/rules/state.h"

#include <algorithm>

namespace seatledger {

const Product* Catalog::find(std::string_view sku) const {
    const auto number = numbers_.find(sku);
    return number == numbers_.end() ? nullptr : &at(number->second);
}

const Product* Catalog::membership_product() const {
    const auto found = std::ranges::find_if(products_, [](const Product& product) {
        return product.offered && product.billing == schema::Billing::MEMBERSHIP;
    });
    return found == products_.end() ? nullptr : &*found;
}

Product& Catalog::add(Product product) {
    product.number = ProductNumber(static_cast<std::uint32_t>(products_.size() + 1));
    numbers_.emplace(product.sku, product.number);
    return products_.emplace_back(std::move(product));
}

}  // namespace seatledger
