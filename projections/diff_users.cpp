// What became of people.
#include <algorithm>
#include <vector>

#include "events/text.h"
#include "projections/diff_page.h"
#include "projections/people_queries.h"
#include "projections/phone_queries.h"
#include "projections/rows.capnp.h"
#include "projections/stored.h"

namespace seatledger {
namespace {

using schema::DiffRow;
using tables::key_of;
using tables::Table;

// What somebody was given, by the row, those that have ended among them.
struct Given {
    Holdings holdings;
    Sequence version;
};

class UserChange {
 public:
    // `row`: of the person, at the second time.
    UserChange(const Between& between, const Row& row)
        : between_(between), to_(between.to()), row_(row), user_(tables::Reader(row.key.substr(5)).u32()) {
        const auto value =
            to_.rows().get(key_of(Table::holdings, to_.account(), user_.value), to_.sequence(), &given_.version);
        if (value) given_.holdings = tables::read_holdings(*value);
    }

    [[nodiscard]] UserId user() const { return user_; }
    // Whether nothing can have become of them. What is kept of a phone ends by itself, so it is not looked into here.
    [[nodiscard]] bool is_quiet() const;
    // False: the page is full.
    [[nodiscard]] bool add_to(DiffPage& page) const;

 private:
    [[nodiscard]] Because because_of(DiffRow::Reader row) const;
    void add_ends_of_terms(Because& because) const;
    void add_reasons_of_phone(Because& because) const;
    void add_end_of_phone_licenses(Because& because) const;

    const Between& between_;
    const View& to_;
    const Row& row_;
    UserId user_;
    Given given_;
};

bool UserChange::is_quiet() const {
    if (between_.is_new(row_.version) || between_.is_new(given_.version)) return false;
    const auto ends = [&](const Holding& holding) { return between_.ends(holding.valid_until); };
    if (std::ranges::any_of(given_.holdings, ends)) return false;
    return !to_.rows().get(key_of(Table::phones, to_.account(), user_.value), to_.sequence());
}

bool UserChange::add_to(DiffPage& page) const {
    Difference difference(schema::DiffTable::USERS);
    auto sides = difference.row().initUser();
    const auto old = between_.row_before(key_of(Table::users, to_.account(), user_.value), row_);
    if (old) {
        Stored<rows::User> before(*old);
        if (!before.get().getRemoved()) write_user_state(between_.from(), user_, before.get(), sides.initBefore());
    }
    Stored<rows::User> after(row_.value);
    if (!after.get().getRemoved()) write_user_state(to_, user_, after.get(), sides.initAfter());
    if (sides.hasAfter() && sides.getAfter().hasEmail()) {
        difference.row().setKey(sides.getAfter().asReader().getEmail());
    } else if (!sides.hasAfter() && sides.hasBefore() && sides.getBefore().hasEmail()) {
        difference.row().setKey(sides.getBefore().asReader().getEmail());
    }
    if (!difference.settle()) return true;
    difference.set_because(because_of(difference.get()));
    return page.add(std::move(difference));
}

// Of each part that is another one.
Because UserChange::because_of(DiffRow::Reader row) const {
    Because because;
    const auto before = row.getUser().getBefore();
    const auto after = row.getUser().getAfter();
    const auto is_other = [&](auto part) { return part(before) || part(after); };
    if (row.getChange() != schema::Change::CHANGED || is_other([](DiffRow::UserState::Reader state) {
            return state.hasEmail() || state.hasName() || state.getRoles().size() > 0;
        })) {
        between_.add_versions(key_of(Table::users, to_.account(), user_.value), because);
    }
    if (is_other([](DiffRow::UserState::Reader state) { return state.getLicenses().size() > 0; })) {
        between_.add_versions(key_of(Table::holdings, to_.account(), user_.value), because);
        add_ends_of_terms(because);
    }
    if (before.getPhone() != after.getPhone() || before.getPhoneSavedAt() != after.getPhoneSavedAt() ||
        before.getPhoneKeptUntil() != after.getPhoneKeptUntil()) {
        add_reasons_of_phone(because);
    }
    return because;
}

// Of those that they had until the end.
void UserChange::add_ends_of_terms(Because& because) const {
    const auto& from = between_.from();
    for (const auto& holding : from.held_by(user_)) {
        if (holding.valid_until > to_.time() || to_.given_to(holding.license).first != user_) continue;
        if (const auto lot = to_.lot_of(holding.license)) between_.add_end_of_term(*lot, holding.license, because);
    }
}

void UserChange::add_reasons_of_phone(Because& because) const {
    const auto key = key_of(Table::phones, to_.account(), user_.value);
    between_.add_versions(key, because);
    Sequence version;
    const auto value = to_.rows().get(key, to_.sequence(), &version);
    if (!value || phone_of(to_, user_).status == schema::PhoneStatus::SAVED) return;
    Stored<rows::Phone> stored(*value);
    if (stored.get().getKey() == 0) return;  // that it is gone has been recorded
    // What said until when it is kept; or, where that is still to be recorded, what took the last license that it
    // needs.
    if (Instant{stored.get().getKeptUntil()} != no_instant) return because.add(version);
    add_end_of_phone_licenses(because);
}

// Of those that a phone needs the last one ended, or was taken by the event that wrote what they have.
void UserChange::add_end_of_phone_licenses(Because& because) const {
    std::vector<Holding> needed;
    for (const auto& holding : given_.holdings) {
        if (to_.product(holding.product).keeps_phone) needed.push_back(holding);
    }
    const auto last = std::ranges::max_element(needed, {}, &Holding::valid_until);
    bool has_ended = false;
    for (const auto& holding : needed) {
        const auto lot = to_.lot_of(holding.license);
        if (holding.valid_until != last->valid_until || !lot) continue;
        const auto recorded = to_.end_recorded_by(lot->lot, holding.license);
        if (recorded && recorded < given_.version) continue;  // there was another one after it
        between_.add_end_of_term(*lot, holding.license, because);
        has_ended = true;
    }
    if (!has_ended) because.add(given_.version);
}

}  // namespace

std::optional<std::string> diff_users(const Between& between, const std::string& position, DiffPage& page) {
    const auto& to = between.to();
    const auto table = key_of(Table::users, to.account());
    std::optional<std::string> next;
    to.rows().scan(table + position, tables::after(table), to.sequence(), [&](const Row& row) {
        if (page.look()) {
            const UserChange change(between, row);
            if (change.is_quiet() || change.add_to(page)) return true;
        }
        next = std::string(row.key.substr(table.size(), sizeof(std::uint32_t)));
        return false;
    });
    return next;
}

}  // namespace seatledger
