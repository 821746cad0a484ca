#include "engine/rules/seats.h"

#include <kj/debug.h>

#include <algorithm>

#include "engine/rules/accounts.h"
#include "engine/rules/due.h"
#include "engine/rules/phone.h"
#include "engine/rules/values.h"
#include "events/text.h"

namespace seatledger::rules {
namespace {

std::string license_name(LicenseNumber license) { return "license " + std::to_string(license.value); }

std::unexpected<Rejection> unknown_license(const Account& account, LicenseNumber license) {
    const auto issued = account.next_license.value - 1;
    return reject(Rule::license_must_exist,
                  account.id + " has no " + license_name(license) +
                      (issued == 0 ? "; none has been issued yet" : "; it has 1 to " + std::to_string(issued)));
}

std::unexpected<Rejection> revoked(LicenseNumber license, const Lot& lot) {
    return reject(
        Rule::license_must_not_be_revoked,
        license_name(license) + " was revoked; choose another (see the history of invoice " + lot.invoice + ")");
}

std::unexpected<Rejection> expired(LicenseNumber license, const Lot& lot) {
    return reject(Rule::license_must_not_be_expired, license_name(license) + " expired on " +
                                                         to_rfc3339(lot.valid_until) +
                                                         "; choose another, a new term needs a new invoice");
}

const Holding* holding_of(const User& user, ProductNumber product, Instant t) {
    const auto found = std::ranges::find_if(
        user.holdings, [&](const Holding& holding) { return holding.product == product && holding.valid_until > t; });
    return found == user.holdings.end() ? nullptr : &*found;
}

Verdict check_holds_none(const User& user, const Product& product, Instant t) {
    const auto* holding = holding_of(user, product.number, t);
    if (holding == nullptr) return {};
    return reject(Rule::user_must_not_hold_product, user.email + " already has " + license_name(holding->license) +
                                                        " of " + product.sku + "; one license of a product is enough");
}

// Whether the license, of which the number is given, may be bound at `t`; the lot that it is in.
std::expected<const Lot*, Rejection> find_bindable(State& state, const Account& account, LicenseNumber license,
                                                   Instant t) {
    const auto* lot = find_lot(state.lots(account.number), license);
    if (lot == nullptr) return unknown_license(account, license);
    const auto holder = state.holder(account.number, license);
    if (holder == revoked_holder) return revoked(license, *lot);
    if (lot->expired_at(t)) return expired(license, *lot);
    if (holder) {
        return reject(Rule::license_must_be_available, license_name(license) + " is bound to " +
                                                           state.user(account.number, holder)->email +
                                                           "; unbind it first, or use reassignLicense");
    }
    return lot;
}

void write_unbound(CommitWriter& writer, LicenseNumber license, UserId user, std::string_view sku) {
    write_binding(writer.begin().initLicenseUnbound(), license, user, sku);
    writer.end();
}

std::unexpected<Rejection> not_bound(LicenseNumber license) {
    return reject(Rule::license_must_be_bound,
                  license_name(license) + " is bound to nobody; there is nothing to take away");
}

// Calls `function(first, quantity)` for each run of the lot's licenses that were not revoked, in order.
template <typename Function>
void each_unrevoked_run(State& state, const Account& account, const Lot& lot, Function function) {
    if (lot.revoked == 0) return function(lot.first, lot.quantity);
    std::uint32_t quantity = 0;  // of the run that ends before `license`
    for (auto license = lot.first;; license = license.next()) {
        if (lot.contains(license) && state.holder(account.number, license) != revoked_holder) {
            ++quantity;
            continue;
        }
        if (quantity > 0) function(LicenseNumber(license.value - quantity), quantity);
        quantity = 0;
        if (!lot.contains(license)) return;
    }
}

}  // namespace

Verdict check(schema::BindLicense::Reader command, std::string_view prefix) {
    ValueCheck values(prefix);
    const bool by_license = command.getLicense() != 0;
    const auto sku = command.hasSku() ? view(command.getSku()) : std::string_view();
    values.that(by_license || !sku.empty(), "license", "is missing; name a license or a sku")
        .that(!by_license || sku.empty(), "sku", "cannot stand beside a license; name one of them")
        .optional_text("sku", sku, id_bytes_max)
        .text("email", view(command.getEmail()), email_bytes_max);
    return values.verdict();
}

Verdict check(schema::UnbindLicense::Reader command, std::string_view prefix) {
    ValueCheck values(prefix);
    if (command.getLicense() != 0) {
        values
            .that(!command.hasSku() || command.getSku().size() == 0, "sku",
                  "cannot stand beside a license; name one of them")
            .that(!command.hasEmail() || command.getEmail().size() == 0, "email",
                  "cannot stand beside a license; name the license alone, or sku and email");
    } else {
        values.that(command.getSku().size() > 0, "license", "is missing; name a license, or sku and email")
            .text("sku", view(command.getSku()), id_bytes_max)
            .text("email", view(command.getEmail()), email_bytes_max);
    }
    return values.verdict();
}

Verdict check(schema::ReassignLicense::Reader command) {
    return ValueCheck()
        .that(command.getLicense() != 0, "license", "is missing; name the license that is to change hands")
        .text("email", view(command.getEmail()), email_bytes_max)
        .verdict();
}

namespace {

template <typename Rows>
Verdict check_rows(Rows rows) {
    const auto count = ValueCheck().count("rows", rows.size(), 1, rows_max).verdict();
    if (!count) return count;
    for (unsigned i = 0; i < rows.size(); ++i) {
        // The name of a row is made only where it is needed.
        if (!check(rows[i])) return check(rows[i], "rows[" + std::to_string(i) + "].");
    }
    return {};
}

}  // namespace

Verdict check(schema::BindLicenses::Reader command) { return check_rows(command.getRows()); }
Verdict check(schema::UnbindLicenses::Reader command) { return check_rows(command.getRows()); }

LicenseNumber find_free_license(State& state, const Account& account, ProductNumber product, Instant t) {
    std::vector<const Lot*> candidates;
    for (const auto& lot : state.lots(account.number)) {
        if (lot.product == product && !lot.expired_at(t)) candidates.push_back(&lot);
    }
    std::ranges::stable_sort(candidates, {}, &Lot::valid_until);  // lots come ordered by number
    for (const auto* lot : candidates) {
        if (const auto license = state.first_free(account.number, *lot)) return license;
    }
    return {};
}

std::vector<Holding> held_at(const Holdings& holdings, Instant t) {
    std::vector<Holding> held;
    std::ranges::copy_if(holdings, std::back_inserter(held),
                         [&](const Holding& holding) { return holding.valid_until > t; });
    return held;
}

void write_binding(schema::LicenseHeld::Builder body, LicenseNumber license, UserId user, std::string_view sku) {
    body.setLicense(license.value);
    body.setUser(user.value);
    body.setSku(text(sku));
}

Verdict bind_license(State& state, const Account& account, schema::BindLicense::Reader command, CommitWriter& writer) {
    const auto t = writer.envelope().effective_at;
    const auto person = find_person(state, account, view(command.getEmail()));
    if (!person) return std::unexpected(person.error());

    LicenseNumber license(command.getLicense());
    const Product* product = nullptr;
    if (license) {
        const auto lot = find_bindable(state, account, license, t);
        if (!lot) return std::unexpected(lot.error());
        product = &state.catalog().at((*lot)->product);
    } else {
        const auto sku = view(command.getSku());
        product = state.catalog().find(sku);
        if (product == nullptr) return unknown_sku(sku);
        license = find_free_license(state, account, product->number, t);
        if (!license) {
            return reject(Rule::no_license_available,
                          "no license of " + product->sku + " is free in " + account.id + "; unbind one, or buy more");
        }
    }
    if (auto verdict = check_holds_none(*state.user(account.number, *person), *product, t); !verdict) return verdict;
    write_binding(writer.begin().initLicenseBound(), license, *person, product->sku);
    writer.end();
    PhoneKeeper(state, account, writer).given(*product, *person);
    return {};
}

Verdict unbind_license(State& state, const Account& account, schema::UnbindLicense::Reader command,
                       CommitWriter& writer) {
    const auto t = writer.envelope().effective_at;
    if (command.getLicense() != 0) {
        const LicenseNumber license(command.getLicense());
        const auto* lot = find_lot(state.lots(account.number), license);
        if (lot == nullptr) return unknown_license(account, license);
        const auto holder = state.holder(account.number, license);
        if (holder == revoked_holder) {
            return reject(Rule::license_must_be_bound, license_name(license) + " is bound to nobody: it was revoked");
        }
        if (lot->expired_at(t)) {
            return reject(Rule::license_must_be_bound,
                          license_name(license) + " is bound to nobody: it expired on " + to_rfc3339(lot->valid_until));
        }
        if (!holder) return not_bound(license);
        const auto& product = state.catalog().at(lot->product);
        write_unbound(writer, license, holder, product.sku);
        PhoneKeeper(state, account, writer).taken(product, license, holder);
        return {};
    }
    const auto person = find_person(state, account, view(command.getEmail()));
    if (!person) return std::unexpected(person.error());
    const auto* product = state.catalog().find(view(command.getSku()));
    if (product == nullptr) return unknown_sku(view(command.getSku()));
    const auto* holding = holding_of(*state.user(account.number, *person), product->number, t);
    if (holding == nullptr) {
        return reject(Rule::license_must_be_bound,
                      std::string(view(command.getEmail())) + " has no license of " + product->sku + " to take away");
    }
    write_unbound(writer, holding->license, *person, product->sku);
    PhoneKeeper(state, account, writer).taken(*product, holding->license, *person);
    return {};
}

Verdict reassign_license(State& state, const Account& account, schema::ReassignLicense::Reader command,
                         CommitWriter& writer) {
    const auto t = writer.envelope().effective_at;
    const LicenseNumber license(command.getLicense());
    const auto person = find_person(state, account, view(command.getEmail()));
    if (!person) return std::unexpected(person.error());
    const auto* lot = find_lot(state.lots(account.number), license);
    if (lot == nullptr) return unknown_license(account, license);
    const auto holder = state.holder(account.number, license);
    if (holder == revoked_holder) return revoked(license, *lot);
    if (lot->expired_at(t)) return expired(license, *lot);
    const auto& product = state.catalog().at(lot->product);
    if (*person != holder) {
        if (auto verdict = check_holds_none(*state.user(account.number, *person), product, t); !verdict) {
            return verdict;
        }
    }
    if (!holder) return not_bound(license);
    PhoneKeeper phones(state, account, writer);
    write_unbound(writer, license, holder, product.sku);
    phones.taken(product, license, holder);
    write_binding(writer.begin().initLicenseBound(), license, *person, product.sku);
    writer.end();
    phones.given(product, *person);
    return {};
}

void give(Holdings& holdings, const Holding& given, Instant t) {
    holdings.erase_if([&](const Holding& old) { return old.valid_until <= t; });
    holdings.push_back(given);
}

void take_away(Holdings& holdings, LicenseNumber license) {
    holdings.erase_if([&](const Holding& old) { return old.license == license; });
}

void license_bound(State& state, const Account& account, const EventHead& head) {
    const auto& lot = state.set_holder(account.number, head.license, head.user);
    give(state.change_user(account.number, head.user).holdings,
         {head.license, lot.product, lot.valid_until, head.sequence}, head.effective_at);
}

void license_unbound(State& state, const Account& account, const EventHead& head) {
    state.set_holder(account.number, head.license, {});
    take_away(state.change_user(account.number, head.user).holdings, head.license);
}

void expire_licenses(State& state, const Account& account, LicenseNumber first, CommitWriter& writer) {
    const auto* lot = find_lot(state.lots(account.number), first);
    KJ_REQUIRE(lot != nullptr && lot->first == first, "no lot begins with this license", first.value);
    const auto& product = state.catalog().at(lot->product);
    each_unrevoked_run(state, account, *lot, [&](LicenseNumber run, std::uint32_t quantity) {
        auto expired = writer.begin().initLicensesExpired();
        expired.setInvoice(text(lot->invoice));
        expired.setLine(lot->line);
        expired.setSku(text(product.sku));
        expired.setFirst(run.value);
        expired.setQuantity(quantity);
        writer.end();
    });
    if (!product.keeps_phone || state.phone_owners(account.number).empty()) return;
    PhoneKeeper phones(state, account, writer);
    for (auto license = lot->first; lot->contains(license); license = license.next()) {
        const auto holder = state.holder(account.number, license);
        if (holder && holder != revoked_holder) phones.taken(product, license, holder);
    }
}

void licenses_expired(State& state, const Account& account, const EventHead& head) {
    const auto* lot = find_lot(state.lots(account.number), LicenseNumber(head.event().getLicensesExpired().getFirst()));
    KJ_REQUIRE(lot != nullptr, "licenses expire that are not there", head.sequence.value);
    remove_due(state, account, expiry_of(*lot));
}

}  // namespace seatledger::rules
