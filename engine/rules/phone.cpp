#include "engine/rules/phone.h"

#include <algorithm>
#include <boost/json.hpp>

#include "engine/rules/accounts.h"
#include "engine/rules/due.h"
#include "engine/rules/values.h"
#include "events/sealed.h"
#include "events/text.h"

namespace seatledger::rules {
namespace {

bool is_json(std::string_view text) {
    boost::json::parse_options options;
    options.max_depth = phone_config_depth_max;
    boost::json::error_code error;
    static_cast<void>(boost::json::parse(boost::json::string_view(text.data(), text.size()), error, {}, options));
    return !error;
}

// What is wrong with a configuration never says what is in it.
Verdict check_config(std::string_view config) {
    if (config.size() > phone_config_bytes_max) {
        return reject(Rule::config_too_large, "config has " + std::to_string(config.size()) + " bytes; at most " +
                                                  std::to_string(phone_config_bytes_max) + " are kept");
    }
    if (!is_json(config)) {
        return reject(Rule::config_must_be_json, "config is not JSON, or nested more than " +
                                                     std::to_string(phone_config_depth_max) +
                                                     " deep; send one JSON value, as text");
    }
    return {};
}

// Whether the person has, at `t`, a license that a phone needs; `except` holds of those that do not count.
template <typename Except>
bool holds_phone_product(const Catalog& catalog, const User& user, Instant t, Except except) {
    return std::ranges::any_of(user.holdings, [&](const Holding& holding) {
        return holding.valid_until > t && catalog.at(holding.product).keeps_phone && !except(holding.license);
    });
}

// As if it had not been kept.
void forget_purge(State& state, const Account& account, UserId id) {
    auto& phone = state.change_user(account.number, id).phone;
    if (phone.kept_until != no_instant) remove_due(state, account, purge_of(id, phone.kept_until));
    phone.kept_until = no_instant;
}

}  // namespace

// To take a license away must be possible at any time, also where the ledger's ends before these days do.
Instant phone_kept_until(Instant t) {
    return t.micros > last_instant.micros - phone_kept_micros ? last_instant : Instant{t.micros + phone_kept_micros};
}

Verdict check(schema::SavePhone::Reader command) {
    return ValueCheck().text("email", view(command.getEmail()), email_bytes_max).verdict();
}

Verdict save_phone(State& state, const Account& account, schema::SavePhone::Reader command, CommitWriter& writer) {
    const auto person = find_person(state, account, view(command.getEmail()));
    if (!person) return std::unexpected(person.error());
    const auto& user = *state.user(account.number, *person);
    const auto t = writer.envelope().effective_at;
    if (!holds_phone_product(state.catalog(), user, t, [](LicenseNumber) { return false; })) {
        return reject(Rule::user_must_hold_phone_product,
                      user.email + " has no license of a product that keeps a phone's configuration; bind one first");
    }
    const auto config = view(command.getConfig());
    if (auto verdict = check_config(config); !verdict) return verdict;
    auto& seals = state.seals();
    const auto key = seals.is_usable(user.phone.key) ? user.phone.key : seals.make_key();
    auto saved = writer.begin().initPhoneSaved();
    saved.setUser(person->value);
    saved.setKey(key.value);
    saved.setConfig(as_data(seals.seal(key, seal_context(Personal::phone, account.id, *person), config)));
    writer.end();
    return {};
}

void purge_phone(State& state, const Account& account, UserId id, CommitWriter& writer) {
    const auto key = state.user(account.number, id)->phone.key;
    if (!key) return;
    auto purged = writer.begin().initPhonePurged();
    purged.setUser(id.value);
    purged.setKey(key.value);
    writer.end();
}

void PhoneKeeper::taken(const Product& product, LicenseNumber license, UserId id) {
    if (!product.keeps_phone || !state_.phone_owners(account_.number).contains(id.value)) return;
    const auto& user = *state_.user(account_.number, id);
    if (!user.phone.is_in_use()) return;
    taken_.insert(license.value);
    const auto t = writer_.envelope().effective_at;
    const auto is_taken = [&](LicenseNumber other) { return taken_.contains(other.value); };
    if (holds_phone_product(state_.catalog(), user, t, is_taken)) return;
    auto retained = writer_.begin().initPhoneRetained();
    retained.setUser(id.value);
    retained.setUntil(phone_kept_until(t).micros);
    writer_.end();
    kept_ = id;
}

void PhoneKeeper::given(const Product& product, UserId id) {
    if (!product.keeps_phone) return;
    const auto kept_until = state_.user(account_.number, id)->phone.kept_until;
    const bool was_kept = kept_until != no_instant && writer_.envelope().effective_at < kept_until;
    if (!was_kept && kept_ != id) return;
    writer_.begin().initPhoneRestored().setUser(id.value);
    writer_.end();
}

void evolve(State& state, const Account& account, schema::PhoneSaved::Reader body) {
    const UserId id(body.getUser());
    state.change_user(account.number, id).phone.key = KeyNumber(body.getKey());
    state.set_phone_owner(account.number, id, true);
}

void evolve(State& state, const Account& account, schema::PhoneRetained::Reader body) {
    const UserId id(body.getUser());
    const Instant until{body.getUntil()};
    state.change_user(account.number, id).phone.kept_until = until;
    add_due(state, account, purge_of(id, until));
}

void evolve(State& state, const Account& account, schema::PhonePurged::Reader body) {
    const UserId id(body.getUser());
    forget_purge(state, account, id);
    state.change_user(account.number, id).phone = {};
    state.set_phone_owner(account.number, id, false);
}

void phone_restored(State& state, const Account& account, schema::UserNamed::Reader body) {
    forget_purge(state, account, UserId(body.getUser()));
}

}  // namespace seatledger::rules
