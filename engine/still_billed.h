// What is billed for a person: the licenses that they have, and their places in queues.
#pragma once

#include <span>
#include <vector>

#include "engine/answer.h"
#include "engine/rules/entities.h"

namespace seatledger {

// `sku_of(ProductNumber)`: under which sku the catalogue has it. `membership`: the product that places in queues are
// billed as; null: they are not billed.
template <typename SkuOf>
[[nodiscard]] std::vector<Billed> billed_for(std::span<const Holding> held, std::span<const Membership> queues,
                                             const Product* membership, SkuOf sku_of) {
    std::vector<Billed> billed;
    for (const auto& holding : held) billed.push_back({sku_of(holding.product), holding.license, {}});
    if (membership == nullptr || queues.empty()) return billed;
    auto& places = billed.emplace_back();
    places.sku = membership->sku;
    for (const auto& place : queues) places.queues.push_back({place.queue, place.kind});
    return billed;
}

}  // namespace seatledger
