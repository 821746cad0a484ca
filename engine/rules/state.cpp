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

const Lot* find_lot(std::span<const Lot> lots, LicenseNumber license) {
    const auto after = std::ranges::upper_bound(lots, license, {}, &Lot::first);
    if (after == lots.begin()) return nullptr;
    const auto& lot = *std::prev(after);
    return lot.contains(license) ? &lot : nullptr;
}

}  // namespace seatledger
