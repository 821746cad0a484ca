#include "projections/license_queries.h"

#include <algorithm>
#include <functional>
#include <iterator>
#include <map>
#include <optional>
#include <vector>

#include "events/text.h"
#include "projections/catalog_queries.h"
#include "projections/names.h"

namespace seatledger {
namespace {

using schema::LicenseStatus;
using tables::key_of;
using tables::Table;

struct Found {
    LicenseNumber license;
    UserId holder;  // to whom it was given, or revoked_holder
};

// What a page of licenses is made of.
struct Search {
    const View& view;
    schema::LicenseFilter::Reader filter;
    std::optional<LicenseStatus> status;
    std::optional<UserId> holder;  // only what this person has
    std::uint32_t limit;
    std::vector<std::pair<LotRow, std::vector<Found>>> found;
    std::uint32_t count = 0;
    std::optional<LicenseNumber> next;

    // False once the page is full; `license` is then where the next one begins.
    bool add(const Found& license) {
        if (count == limit) {
            next = license.license;
            return false;
        }
        found.back().second.push_back(license);
        ++count;
        return true;
    }
};

LicenseStatus status_of(const View& view, const Lot& lot, UserId holder) {
    if (holder == revoked_holder) return LicenseStatus::REVOKED;
    if (lot.expired_at(view.time())) return LicenseStatus::EXPIRED;
    return holder ? LicenseStatus::BOUND : LicenseStatus::AVAILABLE;
}

std::optional<LicenseStatus> status_named(std::string_view name) {
    if (name == "available") return LicenseStatus::AVAILABLE;
    if (name == "bound") return LicenseStatus::BOUND;
    if (name == "expired") return LicenseStatus::EXPIRED;
    if (name == "revoked") return LicenseStatus::REVOKED;
    return {};
}

bool lot_matches(const Search& search, const Lot& lot) {
    const auto& filter = search.filter;
    const auto& product = search.view.product(lot.product);
    const Instant before{filter.getExpiresBefore()};
    const bool expired = lot.expired_at(search.view.time());
    if (filter.hasSku() && product.sku != view(filter.getSku())) return false;
    if (filter.hasType() && product.type != view(filter.getType())) return false;
    if (filter.hasInvoice() && lot.invoice != view(filter.getInvoice())) return false;
    if (before != no_instant && lot.valid_until >= before) return false;
    if (search.status == LicenseStatus::REVOKED) {
        if (lot.revoked == 0) return false;
    } else if (search.status && (*search.status == LicenseStatus::EXPIRED) != expired) {
        return false;
    }
    return !(search.holder && expired);
}

// Every license of [from, end), those that were given to somebody with whom; of those that were revoked only if all are
// wanted.
void scan_all(Search& search, LicenseNumber from, LicenseNumber end) {
    auto next = from;
    bool room = true;
    search.view.scan_given(from, end, [&](LicenseNumber license, UserId holder, Sequence) {
        for (; room && next < license; next = next.next()) room = search.add({next, {}});
        if (room && !(search.status && holder == revoked_holder)) room = search.add({license, holder});
        if (room) next = license.next();
        return room;
    });
    for (; room && next < end; next = next.next()) room = search.add({next, {}});
}

void scan_bound(Search& search, LicenseNumber from, LicenseNumber end) {
    search.view.scan_given(from, end, [&](LicenseNumber license, UserId holder, Sequence) {
        return holder && holder != revoked_holder ? search.add({license, holder}) : true;
    });
}

void scan_revoked(Search& search, LicenseNumber from, LicenseNumber end) {
    search.view.scan_given(from, end, [&](LicenseNumber license, UserId holder, Sequence) {
        return holder == revoked_holder ? search.add({license, holder}) : true;
    });
}

void scan_free_rows(Search& search, LicenseNumber from, LicenseNumber end) {
    auto next = from;
    bool room = true;
    search.view.scan_given(from, end, [&](LicenseNumber license, UserId holder, Sequence) {
        const auto stop = holder ? license : license.next();
        for (; room && next < stop; next = next.next()) room = search.add({next, {}});
        next = license.next();
        return room;
    });
    for (; room && next < end; next = next.next()) room = search.add({next, {}});
}

void scan_free_index(Search& search, LicenseNumber from, LicenseNumber end) {
    const auto& view = search.view;
    const auto first = key_of(Table::free, view.account(), from.value / tables::free_chunk_licenses);
    const auto last = key_of(Table::free, view.account(), (end.value - 1) / tables::free_chunk_licenses);
    view.rows().scan_index(first, last + '\0', [&](const Row& row) {
        const auto base = tables::Reader(row.key.substr(5)).u32() * tables::free_chunk_licenses;
        const auto bits = tables::read_free(row.value);
        for (std::uint32_t bit = 0; bit < tables::free_chunk_licenses; ++bit) {
            const LicenseNumber license(base + bit);
            if ((bits[bit / 64] >> (bit % 64) & 1) == 0 || license < from || license >= end) continue;
            if (!search.add({license, {}})) return false;
        }
        return true;
    });
}

void scan_lot(Search& search, const Lot& lot, LicenseNumber from) {
    const LicenseNumber end(lot.first.value + lot.quantity);
    const auto begin = std::max(from, lot.first);
    if (search.status == LicenseStatus::BOUND) return scan_bound(search, begin, end);
    if (search.status == LicenseStatus::REVOKED) return scan_revoked(search, begin, end);
    if (search.status != LicenseStatus::AVAILABLE) return scan_all(search, begin, end);
    if (search.view.at_head()) return scan_free_index(search, begin, end);
    scan_free_rows(search, begin, end);
}

// What one person has is looked up from their side.
void scan_holdings(Search& search, LicenseNumber from) {
    auto holdings = search.view.held_by(*search.holder);
    std::ranges::sort(holdings, {}, &Holding::license);
    for (const auto& holding : holdings) {
        if (holding.license < from) continue;
        if (search.filter.getLicense() != 0 && holding.license.value != search.filter.getLicense()) continue;
        const auto lot = search.view.lot_of(holding.license);
        if (!lot || !lot_matches(search, lot->lot)) continue;
        search.found.emplace_back(*lot, std::vector<Found>());
        if (!search.add({holding.license, *search.holder})) return;
    }
}

void scan_lots(Search& search, LicenseNumber from) {
    const LicenseNumber only(search.filter.getLicense());
    search.view.scan_lots(only ? only : from, [&](const LotRow& lot) {
        if (only && !lot.lot.contains(only)) return false;
        if (!lot_matches(search, lot.lot)) return true;
        search.found.emplace_back(lot, std::vector<Found>());
        if (!only) {
            scan_lot(search, lot.lot, from);
        } else if (only >= from) {
            const auto& view = search.view;
            const auto holder = view.given_to(only).first;
            if (!search.status || *search.status == status_of(view, lot.lot, holder)) search.add({only, holder});
        }
        return !search.next && !only;
    });
}

// Which event made an end of the access that the person had, if they ever had it.
std::vector<Sequence> why_no_access(const View& view, UserId user, ProductNumber product) {
    std::optional<Holding> lost;
    Sequence newer;
    const auto key = key_of(Table::holdings, view.account(), user.value);
    // Newest first.
    view.rows().scan_versions(key, view.sequence(), [&](const Row& row) {
        const auto holdings = tables::read_holdings(row.value);
        const auto held = std::ranges::find(holdings, product, &Holding::product);
        if (held == holdings.end()) {
            newer = row.version;
            return true;
        }
        lost = *held;
        return false;
    });
    if (!lost) return {};
    // The next version lacks the license because it was taken away, or because it had expired by the next bind.
    Sequence given_or_taken;
    const auto license =
        view.rows().get(key_of(Table::licenses, view.account(), lost->license.value), newer, &given_or_taken);
    if (newer && license && given_or_taken == newer) return {newer};
    // Of a term that is over: what says when it ends, and who had it. That its end was recorded comes later, and would
    // make another answer of the same instant.
    const auto lot = view.lot_of(lost->license);
    if (!lot) return {};
    return {lot->issued_by, lost->since};
}

}  // namespace

void write_license(const View& view, const Lot& lot, LicenseNumber license, UserId holder,
                   schema::LicenseRow::Builder row) {
    const auto& product = view.product(lot.product);
    const auto status = status_of(view, lot, holder);
    row.setLicense(license.value);
    row.setSku(text(product.sku));
    row.setProduct(text(product.name));
    row.setType(text(product.type));
    row.setStatus(status);
    if (status == LicenseStatus::BOUND) {
        if (const auto email = view.email_of(holder)) row.setEmail(text(*email));
    }
    row.setInvoice(text(lot.invoice));
    row.setValidFrom(lot.valid_from.micros);
    row.setValidUntil(lot.valid_until.micros);
}

void LicenseCounts::add(const View& view, const Lot& lot) {
    const auto left = lot.quantity - lot.revoked;
    total += lot.quantity;
    revoked += lot.revoked;
    if (lot.expired_at(view.time())) {
        expired += left;
    } else {
        const auto given = view.given_of(lot);
        bound += given;
        available += left - given;
    }
}

void write_product_row(const Product& product, const LicenseCounts& counts, schema::ProductRow::Builder row) {
    write_product(product, row);
    row.setTotal(counts.total);
    row.setAvailable(counts.available);
    row.setBound(counts.bound);
    row.setExpired(counts.expired);
    row.setRevoked(counts.revoked);
}

std::optional<ProductNumber> answer_products(const View& view, schema::ProductFilter::Reader filter, ProductNumber from,
                                             std::uint32_t limit, schema::Rows::Builder rows) {
    std::map<ProductNumber, LicenseCounts> products;
    std::optional<ProductNumber> next;
    view.scan_lots(LicenseNumber(1), [&](const LotRow& row) {
        if (row.lot.product < from || (next && row.lot.product >= *next)) return true;
        const auto& product = view.product(row.lot.product);
        if (filter.hasSku() && product.sku != seatledger::view(filter.getSku())) return true;
        if (filter.hasType() && product.type != seatledger::view(filter.getType())) return true;
        products[row.lot.product].add(view, row.lot);
        if (products.size() > limit) next = products.extract(std::prev(products.end())).key();
        return true;
    });
    auto list = rows.initProducts(static_cast<unsigned>(products.size()));
    unsigned i = 0;
    for (const auto& [number, counts] : products) write_product_row(view.product(number), counts, list[i++]);
    return next;
}

std::expected<std::optional<LicenseNumber>, QueryFailure> answer_licenses(const View& view,
                                                                          schema::LicenseFilter::Reader filter,
                                                                          LicenseNumber from, std::uint32_t limit,
                                                                          schema::Rows::Builder rows) {
    Search search{view, filter, {}, {}, limit, {}, 0, {}};
    if (filter.hasStatus()) {
        search.status = status_named(seatledger::view(filter.getStatus()));
        if (!search.status) {
            return std::unexpected(
                QueryFailure{"status is not one of available, bound, expired, revoked; give one of these"});
        }
    }
    if (filter.hasEmail()) search.holder = view.user_of(seatledger::view(filter.getEmail()));
    // What was revoked, like what is free, nobody has.
    const bool none_can_match = search.holder && (!*search.holder || search.status == LicenseStatus::AVAILABLE ||
                                                  search.status == LicenseStatus::REVOKED);
    if (!none_can_match) search.holder ? scan_holdings(search, from) : scan_lots(search, from);

    auto list = rows.initLicenses(search.count);
    unsigned i = 0;
    for (const auto& [lot, licenses] : search.found) {
        for (const auto& [license, holder] : licenses) write_license(view, lot.lot, license, holder, list[i++]);
    }
    return search.next;
}

void answer_access(const View& view, schema::AccessQuestion::Reader question, schema::Rows::Builder rows) {
    const auto* product = view.product(seatledger::view(question.getSku()));
    auto row = rows.initAccess(1)[0];
    const auto user = view.user_of(seatledger::view(question.getEmail()));
    if (product == nullptr) return;
    if (!user) {
        const auto event = given_up_by(view, seatledger::view(question.getEmail()));
        if (event) row.initBecause(1).set(0, event.value);
        return;
    }
    std::vector<Sequence> because;
    const auto holdings = view.held_by(user);
    const auto held = std::ranges::find(holdings, product->number, &Holding::product);
    if (held == holdings.end()) {
        because = why_no_access(view, user, product->number);
    } else {
        const auto given =
            view.rows().get(key_of(Table::licenses, view.account(), held->license.value), view.sequence());
        const auto lot = view.lot_of(held->license);
        row.setAccess(true);
        row.setLicense(held->license.value);
        if (given) row.setSince(tables::read_given(*given).at.micros);
        row.setUntil(held->valid_until.micros);
        if (lot) because.push_back(lot->issued_by);
        because.push_back(held->since);
    }
    auto list = row.initBecause(static_cast<unsigned>(because.size()));
    for (unsigned i = 0; i < list.size(); ++i) list.set(i, because[i].value);
}

}  // namespace seatledger
