// The oracle's part of the catalogue.
#include <utility>

#include "events/text.h"
#include "tests/support/oracle.h"
#include "tests/support/oracle_words.h"

namespace seatledger::testing {

std::map<std::string, Oracle::Product> Oracle::catalog(const When& when, std::vector<std::string>& skus) const {
    std::map<std::string, Product> products;
    bool has_membership = false;
    for_each([&](schema::Event::Reader event) {
        const bool is_then = when.counts(event);
        // Whatever the instant that is asked for.
        const bool is_known = (when.known_at == no_instant.micros || event.getRecordedAt() <= when.known_at) &&
                              (when.sequence == 0 || event.getSequence() <= when.sequence);
        if (event.isProductDefined()) {
            const auto body = event.getProductDefined();
            Product product{str(body.getSku()), str(body.getName()), str(body.getType()), {}};
            if (body.getBilling() == schema::Billing::MEMBERSHIP) {
                // The first one stands for the time before it, too.
                const bool is_first = !std::exchange(has_membership, true);
                product.bills_places_from = is_first ? first_instant.micros : event.getEffectiveAt();
                product.bills_places = is_known;
            }
            product.keeps_phone = body.getKeepsPhone();
            for (const auto feature : body.getFeatures()) product.features += str(feature) + ",";
            skus.push_back(product.sku);
            products[product.sku] = product;
        }
        if (event.isProductRetired() && is_known) {
            products.at(str(event.getProductRetired().getSku())).bills_places_to = event.getEffectiveAt();
        }
        if (event.isProductChanged() && is_then) {
            const auto body = event.getProductChanged();
            auto& product = products.at(str(body.getSku()));
            product.name = str(body.getName());
            product.features.clear();
            for (const auto feature : body.getFeatures()) product.features += str(feature) + ",";
        }
    });
    return products;
}

}  // namespace seatledger::testing
