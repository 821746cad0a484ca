// What became of the products of which the account has licenses: as the catalogue shows them, and how many there are.
#include <map>
#include <utility>

#include "events/text.h"
#include "projections/diff_page.h"
#include "projections/license_queries.h"

namespace seatledger {
namespace {

using tables::key_of;
using tables::Table;

using Counts = std::map<ProductNumber, LicenseCounts>;

Counts count_licenses(const View& view) {
    Counts counts;
    view.scan_lots(LicenseNumber(1), [&](const LotRow& row) {
        counts[row.lot.product].add(view, row.lot);
        return true;
    });
    return counts;
}

bool counts_differ(schema::DiffRow::Reader row) {
    const auto before = row.getProduct().getBefore();
    const auto after = row.getProduct().getAfter();
    return before.getTotal() != after.getTotal() || before.getAvailable() != after.getAvailable() ||
           before.getBound() != after.getBound() || before.getExpired() != after.getExpired() ||
           before.getRevoked() != after.getRevoked();
}

// Adds what the catalogue did to those parts of the product that are others at the second time.
void add_changes_of_offer(const Between& between, ProductNumber number, Because& because) {
    const auto& first = between.from().product(number);
    const auto& last = between.to().product(number);
    const auto differs = [&](const Product& a, const Product& b) {
        return (first.name != last.name && a.name != b.name) ||
               (first.features != last.features && a.features != b.features) ||
               (first.unit_price != last.unit_price && a.unit_price != b.unit_price) ||
               (first.offered != last.offered && a.offered != b.offered);
    };
    for (const auto change : between.from().changes_of(number, between.to(), differs)) because.add(change);
}

// Why the lot's licenses are counted otherwise.
void add_reasons_of_counts(const Between& between, const LotRow& row, Because& because) {
    const auto& to = between.to();
    const auto& lot = row.lot;
    between.add_versions(key_of(Table::lots, to.account(), lot.first.value), because);  // issued, revoked
    between.add_versions(key_of(Table::lot_counts, to.account(), lot.first.value), because);
    const bool has_ended =
        between.ends(lot.valid_until) || (between.is_new(row.issued_by) && lot.expired_at(to.time()));
    if (!has_ended || lot.revoked == lot.quantity) return;
    bool is_recorded = false;
    to.rows().scan(key_of(Table::expiries, to.account(), lot.first.value),
                   key_of(Table::expiries, to.account(), lot.first.value + lot.quantity), to.sequence(),
                   [&](const Row& run) {
                       because.add(run.version);
                       return is_recorded = true;
                   });
    if (!is_recorded) because.add(row.issued_by);
}

struct Changed {
    Difference difference;
    bool is_counted_otherwise;
    Because because;
};

}  // namespace

std::optional<std::string> diff_products(const Between& between, const std::string& position, DiffPage& page) {
    const auto& from = between.from();
    const auto& to = between.to();
    const auto before = count_licenses(from);
    const auto after = count_licenses(to);
    const ProductNumber begin(position.empty() ? 0 : tables::Reader(position).u32());
    std::map<ProductNumber, Changed> changed;
    std::optional<ProductNumber> next;
    for (auto at = after.lower_bound(begin); at != after.end() && !next; ++at) {
        const auto& [number, counts] = *at;
        Difference difference(schema::DiffTable::PRODUCTS);
        difference.row().setKey(text(to.product(number).sku));
        auto sides = difference.row().initProduct();
        const auto old = before.find(number);
        if (old != before.end()) write_product_row(from.product(number), old->second, sides.initBefore());
        write_product_row(to.product(number), counts, sides.initAfter());
        if (!difference.settle()) continue;
        if (changed.size() == page.room()) {
            next = number;
            break;
        }
        const bool is_counted_otherwise = counts_differ(difference.get());
        Because because;
        if (old != before.end()) add_changes_of_offer(between, number, because);
        changed.emplace(number, Changed{std::move(difference), is_counted_otherwise, std::move(because)});
    }
    // The lots once more, for all of them together.
    to.scan_lots(LicenseNumber(1), [&](const LotRow& row) {
        const auto found = changed.find(row.lot.product);
        if (found != changed.end() && found->second.is_counted_otherwise) {
            add_reasons_of_counts(between, row, found->second.because);
        }
        return true;
    });
    for (auto& [number, change] : changed) {
        change.difference.set_because(change.because);
        if (page.add(std::move(change.difference))) continue;
        next = number;
        break;
    }
    if (!next) return {};
    std::string place;
    tables::put_u32(place, next->value);
    return place;
}

}  // namespace seatledger
