#include "engine/rules/state.h"

#include <algorithm>

namespace seatledger {

std::vector<MembershipPeriod> membership_periods(std::span<const Product* const> products) {
    std::vector<MembershipPeriod> periods;
    for (const auto* product : products) {
        if (product->billing != schema::Billing::MEMBERSHIP) continue;
        periods.push_back(
            {product->number, periods.empty() ? first_instant : product->defined_at, product->retired_at});
    }
    return periods;
}

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

const Product* Catalog::membership_product(Instant t) const {
    std::vector<const Product*> products;
    for (const auto& product : products_) products.push_back(&product);
    for (const auto& period : membership_periods(products)) {
        if (period.from <= t && t < period.to) return &at(period.product);
    }
    return nullptr;
}

Product& Catalog::add(Product product) {
    product.number = ProductNumber(static_cast<std::uint32_t>(products_.size() + 1));
    numbers_.emplace(product.sku, product.number);
    return products_.emplace_back(std::move(product));
}

}  // namespace seatledger
