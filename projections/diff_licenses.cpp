// What became of licenses. Where nobody has them they are alike, so that a run of them is looked at as one.
#include <algorithm>
#include <functional>

#include "projections/diff_page.h"
#include "projections/license_queries.h"

namespace seatledger {
namespace {

using tables::key_of;
using tables::Table;

// What is the same of all licenses of a lot.
struct LotChange {
    const LotRow& row;
    bool is_new;
    bool has_ended;  // at the second time, and had not at the first, if it was there then
    bool is_renamed;
};

// Licenses that follow one another, and to whom they were given (0: nobody; or revoked_holder).
struct Run {
    LicenseNumber first;
    LicenseNumber last;
    UserId before;
    UserId after;
    Sequence given_by;  // to the second of them
};

// In what licenses show of it.
bool are_named_alike(const Product& a, const Product& b) { return a.name == b.name && a.type == b.type; }

class LicenseWalk {
 public:
    LicenseWalk(const Between& between, DiffPage& page) : between_(between), page_(page) {}

    // Gives where to go on.
    [[nodiscard]] std::optional<LicenseNumber> walk(LicenseNumber from);

 private:
    [[nodiscard]] std::optional<LicenseNumber> walk(const LotChange& lot, LicenseNumber from);
    [[nodiscard]] LotChange change_of(const LotRow& row) const;
    [[nodiscard]] bool is_quiet(const LotChange& lot, UserId before, UserId after) const;
    [[nodiscard]] bool add(const LotChange& lot, const Run& run);
    [[nodiscard]] bool add_quiet(const LotChange& lot, LicenseNumber from, LicenseNumber end);
    [[nodiscard]] Because because_of(const LotChange& lot, const Run& run) const;

    const Between& between_;
    DiffPage& page_;
};

std::optional<LicenseNumber> LicenseWalk::walk(LicenseNumber from) {
    std::optional<LicenseNumber> next;
    between_.to().scan_lots(from, [&](const LotRow& row) {
        const auto begin = std::max(from, row.lot.first);
        next = page_.look() ? walk(change_of(row), begin) : begin;
        return !next;
    });
    return next;
}

LotChange LicenseWalk::change_of(const LotRow& row) const {
    const auto& before = between_.from().product(row.lot.product);
    const auto& after = between_.to().product(row.lot.product);
    const auto until = row.lot.valid_until;
    const bool is_new = between_.is_new(row.issued_by);
    return {row, is_new, between_.ends(until) || (is_new && row.lot.expired_at(between_.to().time())),
            !are_named_alike(before, after)};
}

std::optional<LicenseNumber> LicenseWalk::walk(const LotChange& lot, LicenseNumber from) {
    const auto& to = between_.to();
    const LicenseNumber end(lot.row.lot.first.value + lot.row.lot.quantity);
    auto done = from;  // what comes before has been added
    std::optional<LicenseNumber> next;
    to.scan_given(from, end, [&](LicenseNumber license, UserId after, Sequence given_by) {
        const auto before = between_.is_new(given_by) ? between_.from().given_to(license).first : after;
        const bool may_look = page_.look();
        if (may_look && is_quiet(lot, before, after)) return true;
        if (!add_quiet(lot, done, license)) {
            next = done;
        } else if (!may_look || !add(lot, {license, license, before, after, given_by})) {
            next = license;
        }
        done = license.next();
        return !next;
    });
    if (!next && !add_quiet(lot, done, end)) next = done;
    return next;
}

// Whether of the license there is nothing to say but what there is of those that nobody has.
bool LicenseWalk::is_quiet(const LotChange& lot, UserId before, UserId after) const {
    if (before != after) return false;
    if (!after) return true;
    if (lot.has_ended) return false;
    return after == revoked_holder || lot.row.lot.expired_at(between_.to().time()) || !between_.has_new_address(after);
}

// Quiet ones, [from, end).
bool LicenseWalk::add_quiet(const LotChange& lot, LicenseNumber from, LicenseNumber end) {
    if (from >= end || !(lot.is_new || lot.has_ended || lot.is_renamed)) return true;
    return add(lot, {from, LicenseNumber(end.value - 1), {}, {}, {}});
}

bool LicenseWalk::add(const LotChange& lot, const Run& run) {
    Difference difference(schema::DiffTable::LICENSES);
    auto row = difference.row();
    row.setFirst(run.first.value);
    row.setLast(run.last.value);
    auto sides = row.initLicense();
    const auto write = [&](const View& view, UserId holder, schema::LicenseRow::Builder to) {
        write_license(view, lot.row.lot, run.first, holder, to);
        to.setLicense(0);  // there may be many
    };
    if (!lot.is_new) write(between_.from(), run.before, sides.initBefore());
    write(between_.to(), run.after, sides.initAfter());
    if (!difference.settle()) return true;
    difference.set_because(because_of(lot, run));
    return page_.add(std::move(difference));
}

Because LicenseWalk::because_of(const LotChange& lot, const Run& run) const {
    const auto& to = between_.to();
    Because because;
    if (lot.is_new) because.add(lot.row.issued_by);
    if (run.before != run.after) {
        between_.add_versions(key_of(Table::licenses, to.account(), run.first.value), because);
    }
    const bool is_held = run.after && run.after != revoked_holder;
    if (is_held && !lot.row.lot.expired_at(to.time())) {
        // The address at the second time, of whoever has it, since they have it.
        const auto since = run.before == run.after ? between_.from().sequence() : run.given_by;
        between_.add_address_changes(run.after, since, because);
    }
    if (lot.has_ended && run.after != revoked_holder) between_.add_end_of_term(lot.row, run.first, because);
    if (lot.is_renamed && !lot.is_new) {
        const auto differs = std::not_fn(are_named_alike);
        for (const auto change : between_.from().changes_of(lot.row.lot.product, to, differs)) because.add(change);
    }
    return because;
}

}  // namespace

std::optional<std::string> diff_licenses(const Between& between, const std::string& position, DiffPage& page) {
    const LicenseNumber from(position.empty() ? 1 : tables::Reader(position).u32());
    const auto next = LicenseWalk(between, page).walk(from);
    if (!next) return {};
    std::string to;
    tables::put_u32(to, next->value);
    return to;
}

}  // namespace seatledger
