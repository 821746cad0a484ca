#include "engine/rules/state.h"

#include <algorithm>

namespace seatledger {

const Product* Catalog::find(std::string_view sku) const {
    const auto number = numbers_.find(sku);
    return number == numbers_.end() ? nullptr : &at(number->second);
}

Product& Catalog::add(Product product) {
    product.number = ProductNumber(static_cast<std::uint32_t>(products_.size() + 1));
    numbers_.emplace(product.sku, product.number);
    return products_.emplace_back(std::move(product));
}

}  // namespace seatledger
