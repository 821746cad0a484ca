#include "projections/people_queries.h"

#include <algorithm>
#include <set>
#include <vector>

#include "engine/still_billed.h"
#include "events/text.h"
#include "projections/person_row.h"
#include "projections/phone_queries.h"
#include "projections/queue_queries.h"
#include "projections/rows.capnp.h"
#include "projections/stored.h"

namespace seatledger {
namespace {

using tables::key_of;
using tables::Table;

template <typename Builder>
void write_roles(Roles roles, Builder row) {
    std::vector<schema::Role> has;
    for (const auto role : {schema::Role::SUPER_ADMIN, schema::Role::ADMIN, schema::Role::BILLING,
                            schema::Role::AUDITOR, schema::Role::MEMBER}) {
        if (roles.has(role)) has.push_back(role);
    }
    auto list = row.initRoles(static_cast<unsigned>(has.size()));
    for (unsigned i = 0; i < list.size(); ++i) list.set(i, has[i]);
}

template <typename Builder>
void write_person(const View& view, UserId id, rows::User::Reader user, Builder row) {
    const auto& vault = view.secrets().vault;
    if (const auto email = email_in(user, vault, view.account_id(), id)) row.setEmail(text(*email));
    if (const auto name = name_in(user, vault, view.account_id(), id)) row.setName(text(*name));
    write_roles(Roles::from_bits(user.getRoles()), row);
    row.setRegisteredAt(user.getRegisteredAt());
}

// The licenses that the person has, in the order of their numbers.
template <typename Builder>
void write_licenses(const View& view, UserId user, Builder row) {
    auto held = view.held_by(user);
    std::ranges::sort(held, {}, &Holding::license);
    auto licenses = row.initLicenses(static_cast<unsigned>(held.size()));
    for (unsigned i = 0; i < licenses.size(); ++i) licenses.set(i, held[i].license.value);
}

// When the license was given to whoever has it.
std::int64_t given_at(const View& view, LicenseNumber license) {
    const auto given = view.rows().get(key_of(Table::licenses, view.account(), license.value), view.sequence());
    return given ? tables::read_given(*given).at.micros : no_instant.micros;
}

void write_subscription(const View& view, const Product& product, const std::vector<Holding>& holdings,
                        schema::UserDetail::Subscription::Builder row) {
    row.setSku(text(product.sku));
    row.setName(text(product.name));
    row.setType(text(product.type));
    const auto held = std::ranges::find(holdings, product.number, &Holding::product);
    if (held == holdings.end()) return;
    row.setOn(true);
    row.setLicense(held->license.value);
    row.setUntil(held->valid_until.micros);
    row.setSince(given_at(view, held->license));
}

void write_places(const std::vector<Membership>& places, schema::UserDetail::Builder row) {
    auto list = row.initQueues(static_cast<unsigned>(places.size()));
    for (unsigned i = 0; i < list.size(); ++i) {
        list[i].setQueue(text(places[i].queue));
        list[i].setKind(places[i].kind);
        list[i].setRole(places[i].role);
        list[i].setSince(places[i].since.micros);
    }
}

void write_billed(const View& view, UserId user, const std::vector<Holding>& holdings,
                  const std::vector<Membership>& places, schema::UserDetail::Builder row) {
    const auto membership = view.membership_period();
    const auto billed =
        billed_for(holdings, places, membership ? &view.product(membership->product) : nullptr,
                   [&](ProductNumber product) -> const std::string& { return view.product(product).sku; });
    auto list = row.initBilled(static_cast<unsigned>(billed.size()));
    for (unsigned i = 0; i < list.size(); ++i) {
        list[i].setSku(text(billed[i].sku));
        list[i].setLicense(billed[i].license.value);
        auto queues = list[i].initQueues(static_cast<unsigned>(billed[i].queues.size()));
        for (unsigned q = 0; q < queues.size(); ++q) queues.set(q, text(billed[i].queues[q].id));
        list[i].setSince(billed[i].license ? given_at(view, billed[i].license)
                                           : std::max(member_since(view, user), membership->from).micros);
    }
}

void write_phone(const View& view, UserId user, schema::UserDetail::Phone::Builder to) {
    const auto phone = phone_of(view, user);
    if (phone.status == schema::PhoneStatus::NONE) return;
    to.setStatus(phone.status);
    to.setSavedAt(phone.saved_at.micros);
    to.setKeptUntil(phone.kept_until.micros);
    if (phone.config) to.setConfig(text(*phone.config));
}

}  // namespace

std::optional<UserId> answer_users(const View& view, schema::UserFilter::Reader filter, UserId from,
                                   std::uint32_t limit, schema::Rows::Builder rows) {
    std::vector<std::pair<UserId, std::string>> found;
    std::optional<UserId> next;
    const auto add = [&](UserId user, std::string_view value) {
        if (Stored<rows::User>(value).get().getRemoved()) return true;
        if (found.size() == limit) {
            next = user;
            return false;
        }
        found.emplace_back(user, std::string(value));
        return true;
    };
    if (filter.hasEmail()) {
        const auto user = view.user_of(seatledger::view(filter.getEmail()));
        const auto value = view.rows().get(key_of(Table::users, view.account(), user.value), view.sequence());
        if (user && value && user >= from) add(user, *value);
    } else {
        view.rows().scan(key_of(Table::users, view.account(), from.value),
                         tables::after(key_of(Table::users, view.account())), view.sequence(), [&](const Row& row) {
                             return add(UserId(tables::Reader(row.key.substr(5)).u32()), row.value);
                         });
    }
    auto list = rows.initUsers(static_cast<unsigned>(found.size()));
    for (unsigned i = 0; i < list.size(); ++i) {
        write_person(view, found[i].first, Stored<rows::User>(found[i].second).get(), list[i]);
        write_licenses(view, found[i].first, list[i]);
    }
    return next;
}

void answer_user(const View& view, schema::UserName::Reader question, schema::Rows::Builder rows) {
    const auto user = view.user_of(seatledger::view(question.getEmail()));
    const auto value = view.rows().get(key_of(Table::users, view.account(), user.value), view.sequence());
    if (!user || !value) {
        rows.initUser(0);
        return;
    }
    std::set<ProductNumber> products;
    view.scan_lots(LicenseNumber(1), [&](const LotRow& row) {
        products.insert(row.lot.product);
        return true;
    });
    const auto holdings = view.held_by(user);
    auto row = rows.initUser(1)[0];
    write_person(view, user, Stored<rows::User>(*value).get(), row);
    auto list = row.initProducts(static_cast<unsigned>(products.size()));
    unsigned i = 0;
    for (const auto product : products) write_subscription(view, view.product(product), holdings, list[i++]);
    const auto places = memberships_of(view, user);
    write_places(places, row);
    write_billed(view, user, holdings, places, row);
    write_phone(view, user, row.initPhone());
}

void write_user_state(const View& view, UserId user, rows::User::Reader value,
                      schema::DiffRow::UserState::Builder row) {
    write_person(view, user, value, row);
    write_licenses(view, user, row);
    const auto phone = phone_of(view, user);
    row.setPhone(phone.status);
    row.setPhoneSavedAt(phone.saved_at.micros);
    row.setPhoneKeptUntil(phone.kept_until.micros);
}

}  // namespace seatledger
