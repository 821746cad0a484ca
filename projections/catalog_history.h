// The catalogue at any time: every version of every product, in memory.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/rules/state.h"
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

    // Whether there was such a product at `sequence`; and whether it had been defined by then, the instant included.
    [[nodiscard]] bool has(std::string_view sku, Sequence sequence) const { return defines(sku, {sequence}); }
    [[nodiscard]] bool defines(std::string_view sku, CatalogTime time) const;

    // The products that had been defined by then, in that order, whether or not they were still on offer.
    struct Listed {
        const Product* product;
        Instant since;  // it was what it was then
    };
    [[nodiscard]] std::vector<Listed> list(CatalogTime time) const;

    // The events that made the product what it is at one of two times from what it is at the other, in their order:
    // those by which it differs in what is asked about from what it was just before.
    using Differs = std::function<bool(const Product& before, const Product& after)>;
    [[nodiscard]] std::vector<Sequence> changes(ProductNumber number, CatalogTime from, CatalogTime to,
                                                const Differs& differs) const;

    // Its events up to then, in their order.
    [[nodiscard]] std::vector<Sequence> events(CatalogTime time) const;

    // What places in queues are billed as, by the catalogue as it was at `sequence`.
    [[nodiscard]] std::vector<MembershipPeriod> membership_periods(Sequence sequence) const;
    // The one of these that `t` lies in.
    [[nodiscard]] std::optional<MembershipPeriod> membership_period(Sequence sequence, Instant t) const;

    // The products that there were at `sequence`, and when the last of them changed (no_instant: there are none).
    [[nodiscard]] std::vector<Product> products(Sequence sequence) const;
    [[nodiscard]] Instant last_effective_at(Sequence sequence) const;

 private:
    struct Version {
        Sequence sequence;
        Instant effective_at;
        Product product;
    };
    using Versions = std::vector<Version>;
    [[nodiscard]] const Versions& versions_of(ProductNumber number) const;
    // The one in force then; null: there was none yet.
    [[nodiscard]] static const Version* version_at(const Versions& versions, CatalogTime time);

    std::vector<Versions> versions_;  // by product number, from 1
    std::map<std::string, ProductNumber, std::less<>> numbers_;
};

}  // namespace seatledger
