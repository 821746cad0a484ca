#include "projections/catalog_history.h"

#include <kj/debug.h>

#include <algorithm>

#include "events/text.h"
#include "projections/rows.capnp.h"
#include "projections/stored.h"

namespace seatledger {
namespace {

Product read_product(ProductNumber number, rows::Product::Reader row) {
    Product product;
    product.number = number;
    product.sku = view(row.getSku());
    product.name = view(row.getName());
    product.type = view(row.getType());
    for (const auto feature : row.getFeatures()) product.features.emplace_back(view(feature));
    product.term = view(row.getTerm());
    product.unit_price = {Amount{row.getUnitPrice().getAmount()}, std::string(view(row.getUnitPrice().getCurrency()))};
    product.billing = row.getBilling();
    product.keeps_phone = row.getKeepsPhone();
    product.offered = !row.getRetired();
    return product;
}

}  // namespace

std::shared_ptr<const CatalogHistory> CatalogHistory::load(const Database& database, Sequence at) {
    auto history = std::make_shared<CatalogHistory>();
    const auto prefix = tables::key_of(tables::Table::products);
    // Newest first.
    Snapshot(database).scan_versions(prefix, at, [&](const Row& row) {
        const ProductNumber number(tables::Reader(row.key.substr(1)).u32());
        if (history->versions_.size() < number.value) history->versions_.resize(number.value);
        Stored<rows::Product> stored(row.value);
        history->versions_[number.value - 1].push_back(
            {row.version, Instant{stored.get().getEffectiveAt()}, read_product(number, stored.get())});
        return true;
    });
    for (auto& versions : history->versions_) {
        KJ_REQUIRE(!versions.empty(), "a product has no version");
        std::ranges::reverse(versions);
        auto retired_at = last_instant;
        for (auto& version : versions) {
            if (!version.product.offered && retired_at == last_instant) retired_at = version.effective_at;
            version.product.defined_at = versions.front().effective_at;
            version.product.retired_at = retired_at;
        }
        const auto& product = versions.front().product;
        history->numbers_.emplace(product.sku, product.number);
    }
    return history;
}

const CatalogHistory::Version* CatalogHistory::version_at(const Versions& versions, CatalogTime time) {
    const auto after = std::ranges::partition_point(versions, [&](const Version& version) {
        if (version.sequence > time.sequence) return false;
        return time.instant == no_instant || version.effective_at <= time.instant;
    });
    return after == versions.begin() ? nullptr : &*std::prev(after);
}

const CatalogHistory::Versions& CatalogHistory::versions_of(ProductNumber number) const {
    KJ_REQUIRE(number.value > 0 && number.value <= versions_.size(), "no such product", number.value);
    return versions_[number.value - 1];
}

const Product& CatalogHistory::at(ProductNumber number, CatalogTime time) const {
    const auto& versions = versions_of(number);
    const auto* version = version_at(versions, time);
    return version == nullptr ? versions.front().product : version->product;
}

const Product* CatalogHistory::find(std::string_view sku, CatalogTime time) const {
    const auto number = numbers_.find(sku);
    return number == numbers_.end() ? nullptr : &at(number->second, time);
}

bool CatalogHistory::defines(std::string_view sku, CatalogTime time) const {
    const auto number = numbers_.find(sku);
    return number != numbers_.end() && version_at(versions_[number->second.value - 1], time) != nullptr;
}

std::vector<CatalogHistory::Listed> CatalogHistory::list(CatalogTime time) const {
    std::vector<Listed> listed;
    for (const auto& versions : versions_) {
        if (const auto* version = version_at(versions, time)) {
            listed.push_back({&version->product, version->effective_at});
        }
    }
    return listed;
}

std::vector<Sequence> CatalogHistory::changes(ProductNumber number, CatalogTime from, CatalogTime to,
                                              const Differs& differs) const {
    const auto& versions = versions_of(number);
    const auto index_at = [&](CatalogTime time) {
        const auto* version = version_at(versions, time);
        return version == nullptr ? 0 : version - versions.data();
    };
    const auto [first, last] = std::minmax({index_at(from), index_at(to)});
    std::vector<Sequence> changes;
    for (auto i = first + 1; i <= last; ++i) {
        if (differs(versions[i - 1].product, versions[i].product)) changes.push_back(versions[i].sequence);
    }
    return changes;
}

std::vector<Sequence> CatalogHistory::events(CatalogTime time) const {
    std::vector<Sequence> events;
    for (const auto& versions : versions_) {
        for (const auto& version : versions) {
            if (version.sequence > time.sequence) break;
            if (time.instant == no_instant || version.effective_at <= time.instant) events.push_back(version.sequence);
        }
    }
    std::ranges::sort(events);
    return events;
}

std::vector<MembershipPeriod> CatalogHistory::membership_periods(Sequence sequence) const {
    std::vector<const Product*> products;
    for (const auto& versions : versions_) {
        if (versions.front().sequence > sequence) break;
        products.push_back(&at(versions.front().product.number, {sequence, no_instant}));
    }
    return seatledger::membership_periods(products);
}

std::optional<MembershipPeriod> CatalogHistory::membership_period(Sequence sequence, Instant t) const {
    for (const auto& period : membership_periods(sequence)) {
        if (period.from <= t && t < period.to) return period;
    }
    return {};
}

std::vector<Product> CatalogHistory::products(Sequence sequence) const {
    std::vector<Product> products;
    for (const auto& versions : versions_) {
        if (versions.front().sequence > sequence) break;
        products.push_back(at(versions.front().product.number, {sequence, no_instant}));
    }
    return products;
}

Instant CatalogHistory::last_effective_at(Sequence sequence) const {
    auto last = no_instant;
    for (const auto& versions : versions_) {
        for (const auto& version : versions) {
            if (version.sequence <= sequence) last = std::max(last, version.effective_at);
        }
    }
    return last;
}

}  // namespace seatledger
