#include "engine/rules/accounts.h"

#include <algorithm>
#include <ranges>

#include "engine/rules/disputes.h"
#include "engine/rules/due.h"
#include "engine/rules/orders.h"
#include "engine/rules/phone.h"
#include "engine/rules/reminders.h"
#include "engine/rules/seats.h"
#include "engine/rules/values.h"
#include "events/calendar.h"
#include "events/sealed.h"
#include "events/text.h"

namespace seatledger::rules {
namespace {

bool is_account_id(std::string_view id) {
    const auto allowed = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-'; };
    return !id.empty() && id.size() <= account_bytes_max && std::ranges::all_of(id, allowed);
}

Verdict check_email(std::string_view email) {
    if (is_email(email)) return {};
    return reject(Rule::email_must_be_valid, "\"" + (is_plain_text(email) ? std::string(email) : "…") +
                                                 "\" is not an e-mail address: it needs one @ with something on both "
                                                 "sides, no space or control character and at most 254 bytes");
}

Verdict check_new_email(State& state, const Account& account, std::string_view email, UserId except = {}) {
    const auto bearer = state.user_of(account.number, FoldedAddress(email));
    if (!bearer || bearer == except) return {};
    return reject(Rule::email_must_be_new,
                  std::string(email) + " is already registered in " + account.id + "; use another address");
}

struct Registration {
    UserId user;
    std::string_view email;
    std::string_view name;  // may be empty
    schema::Language language = schema::Language::EN;
};

void write_registration(State& state, CommitWriter& writer, const Registration& person) {
    auto& seals = state.seals();
    const auto key = seals.make_key();
    const auto seal = [&](Personal what, std::string_view clear) {
        return seals.seal(key, seal_context(what, writer.envelope().account, person.user), clear);
    };
    const auto box = seal(Personal::email, person.email);
    state.expect_address(box, person.email);
    auto registered = writer.begin().initUserRegistered();
    registered.setUser(person.user.value);
    registered.setKey(key.value);
    registered.setEmail(as_data(box));
    if (!person.name.empty()) registered.setName(as_data(seal(Personal::name, person.name)));
    registered.setLanguage(person.language);
    writer.end();
}

bool is_language(std::string_view name) { return named<schema::Language>(name).has_value(); }

bool is_positive_term(std::string_view text) {
    const auto term = parse_term(text);
    return term && term->is_positive();
}

bool is_optional_language(std::string_view name) { return name.empty() || is_language(name); }

// What is not said is `otherwise`.
schema::Language language_of(std::string_view name, schema::Language otherwise) {
    return named<schema::Language>(name).value_or(otherwise);
}

constexpr std::string_view language_objection = "is not one of en, ru, pt";

// With the address that they had so far opened: whoever was found by it is not any more.
User& change_opened(State& state, const Account& account, UserId id) {
    static_cast<void>(state.user(account.number, id));
    return state.change_user(account.number, id);
}

template <typename Body>
void write_role(Body body, UserId user, schema::Role role) {
    body.setUser(user.value);
    body.setRole(role);
}

bool is_last_super_admin(const Account& account, const User& user) {
    return user.roles.has(schema::Role::SUPER_ADMIN) && account.super_admins.size() == 1;
}

Verdict last_super_admin(std::string_view email, const Account& account) {
    return reject(Rule::last_super_admin, std::string(email) + " is the last super admin of " + account.id +
                                              "; make somebody else one first (grantRole)");
}

// What is no text at all: how long it must be is a rule of its own.
bool is_password_text(std::string_view password) {
    return password.size() <= password_bytes_max && is_plain_text(password);
}

constexpr std::string_view password_objection = "has more than 1,024 bytes, has control characters or is not UTF-8";

Verdict check_password(std::string_view password) {
    const auto starts_character = [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; };
    const auto characters = static_cast<std::size_t>(std::ranges::count_if(password, starts_character));
    if (characters >= password_characters_min) return {};
    return reject(Rule::password_must_be_long, "the password has " + std::to_string(characters) +
                                                   " characters; choose one of at least " +
                                                   std::to_string(password_characters_min));
}

void write_password_change(CommitWriter& writer, UserId user) {
    writer.begin().initPasswordChanged().setUser(user.value);
    writer.end();
}

// By which the texts of the disputes are sealed that concern somebody.
void write_dispute_keys(State& state, const Account& account, const User& user, schema::PersonErased::Builder erased) {
    if (user.disputes.empty()) return;
    auto list = erased.initDisputeKeys(static_cast<unsigned>(user.disputes.size()));
    for (unsigned i = 0; i < list.size(); ++i) {
        list.set(i, state.dispute(account.number, user.disputes[i])->key.value);
    }
}

// What somebody has to give up before they can be removed, and how.
Verdict check_holds_nothing(const State& state, const User& user, Instant t) {
    std::string list;
    const auto add = [&](const std::string& what) { list += (list.empty() ? "" : ", ") + what; };
    const auto held = held_at(user.holdings, t);
    for (const auto& holding : held) {
        add("license " + std::to_string(holding.license.value) + " of " + state.catalog().at(holding.product).sku);
    }
    for (const auto& membership : user.queues) add("a place in queue " + membership.queue);
    if (list.empty()) return {};
    std::string how = held.empty() ? "" : "unbindLicense";
    if (!user.queues.empty()) how += how.empty() ? "removeQueueMember" : ", removeQueueMember";
    return reject(Rule::user_must_hold_nothing,
                  user.email + " still holds " + list + "; take that away first (" + how + ")");
}

}  // namespace

Verdict check(std::string_view account, schema::OpenAccount::Reader command) {
    auto values = ValueCheck()
                      .that(is_account_id(account), "account", "must be 1 to 64 of a-z, 0-9 and -")
                      .text("name", view(command.getName()), name_bytes_max)
                      .that(find_time_zone(view(command.getTimeZone())) != nullptr, "timeZone",
                            "is not a name of the tz database such as Europe/Berlin or UTC")
                      .currency("currency", view(command.getCurrency()))
                      .that(is_language(view(command.getLanguage())), "language", language_objection)
                      .optional_term("disputeWindow", view(command.getDisputeWindow()))
                      .that(!command.hasDisputeWindow() || is_positive_term(view(command.getDisputeWindow())),
                            "disputeWindow", "is no time; leave it out where bills may be disputed for ever")
                      .optional_text("superAdmin.name", view(command.getSuperAdmin().getName()), name_bytes_max)
                      .that(is_optional_language(view(command.getSuperAdmin().getLanguage())), "superAdmin.language",
                            language_objection);
    return values.verdict();
}

Verdict check(schema::RegisterUser::Reader command) {
    return ValueCheck()
        .optional_text("name", view(command.getName()), name_bytes_max)
        .that(!command.hasSku() || command.getSku().size() > 0, "sku", "is empty; leave it out")
        .optional_text("sku", view(command.getSku()), id_bytes_max)
        .that(is_password_text(view(command.getPassword())), "password", password_objection)
        .that(is_optional_language(view(command.getLanguage())), "language", language_objection)
        .verdict();
}

Verdict check(schema::SetPassword::Reader command) {
    return ValueCheck()
        .text("email", view(command.getEmail()), email_bytes_max)
        .that(is_password_text(view(command.getPassword())), "password", password_objection)
        .verdict();
}

Verdict check(schema::ErasePerson::Reader command) {
    return ValueCheck().text("email", view(command.getEmail()), email_bytes_max).verdict();
}

Verdict check(schema::RemoveUser::Reader command) {
    return ValueCheck().text("email", view(command.getEmail()), email_bytes_max).verdict();
}

Verdict check(schema::ChangeEmail::Reader command) {
    return ValueCheck().text("email", view(command.getEmail()), email_bytes_max).verdict();
}

Verdict check(schema::ChangeRole::Reader command) {
    return ValueCheck()
        .text("email", view(command.getEmail()), email_bytes_max)
        .that(named<schema::Role>(view(command.getRole())).has_value(), "role",
              "is not one of superAdmin, admin, billing, auditor, member")
        .verdict();
}

std::expected<UserId, Rejection> find_person(State& state, const Account& account, std::string_view email) {
    const auto user = state.user_of(account.number, FoldedAddress(email));
    if (user) return user;
    return reject(Rule::user_must_be_registered, std::string(email) + " is not registered in " + account.id +
                                                     "; register the person first (registerUser)");
}

UserId last_removed(State& state, AccountNumber account, std::string_view folded) {
    for (const auto id : std::views::reverse(state.removed_of(account, folded))) {
        if (!state.user(account, id)->email.empty()) return id;
    }
    return {};
}

Verdict open_account(State& state, schema::OpenAccount::Reader command, CommitWriter& writer) {
    const auto id = writer.envelope().account;
    if (state.account(id) != nullptr) {
        return reject(Rule::account_must_be_new,
                      "there is already an account " + std::string(id) + "; choose another id");
    }
    const auto person = command.getSuperAdmin();
    if (auto verdict = check_email(view(person.getEmail())); !verdict) return verdict;

    auto opened = writer.begin().initAccountOpened();
    opened.setName(command.getName());
    opened.setTimeZone(command.getTimeZone());
    opened.setCurrency(command.getCurrency());
    opened.setImporting(command.getImporting());
    const auto language = language_of(view(command.getLanguage()), schema::Language::EN);
    opened.setLanguage(language);
    if (command.hasDisputeWindow()) opened.setDisputeWindow(command.getDisputeWindow());
    writer.end();
    const UserId first(1);
    write_registration(
        state, writer,
        {first, view(person.getEmail()), view(person.getName()), language_of(view(person.getLanguage()), language)});
    write_role(writer.begin().initRoleGranted(), first, schema::Role::SUPER_ADMIN);
    writer.end();
    return {};
}

Verdict end_import(const Account& account, CommitWriter& writer) {
    if (!account.importing) {
        return reject(Rule::value_not_allowed, "endImport fits no account that is not importing, and " + account.id +
                                                   " is not; there is nothing to end");
    }
    writer.begin().initImportEnded();
    writer.end();
    return {};
}

Verdict register_user(State& state, const Account& account, schema::RegisterUser::Reader command,
                      CommitWriter& writer) {
    const auto email = view(command.getEmail());
    if (auto verdict = check_email(email); !verdict) return verdict;
    if (auto verdict = check_new_email(state, account, email); !verdict) return verdict;
    if (command.hasPassword()) {
        if (auto verdict = check_password(view(command.getPassword())); !verdict) return verdict;
    }
    write_registration(state, writer,
                       {account.next_user, email, view(command.getName()),
                        language_of(view(command.getLanguage()), account.language)});
    if (command.hasPassword()) write_password_change(writer, account.next_user);
    if (!command.hasSku()) return {};

    const auto sku = view(command.getSku());
    const auto* product = state.catalog().find(sku);
    if (product == nullptr) return unknown_sku(sku);
    const auto license = find_free_license(state, account, product->number, writer.envelope().effective_at);
    if (!license) return order_for(state, account, *product, account.next_user, writer);
    write_binding(writer.begin().initLicenseBound(), license, account.next_user, sku);
    writer.end();
    return {};
}

Verdict remove_user(State& state, const Account& account, std::string_view email, CommitWriter& writer) {
    const auto person = find_person(state, account, email);
    if (!person) return std::unexpected(person.error());
    const auto& user = *state.user(account.number, *person);
    if (auto verdict = check_holds_nothing(state, user, writer.envelope().effective_at); !verdict) return verdict;
    if (is_last_super_admin(account, user)) return last_super_admin(email, account);
    writer.begin().initUserRemoved().setUser(person->value);
    writer.end();
    return {};
}

// Whoever bears the address is meant. Only if nobody does, whoever was removed with it.
Verdict erase_person(State& state, const Account& account, schema::ErasePerson::Reader command, CommitWriter& writer) {
    const auto email = view(command.getEmail());
    const FoldedAddress folded(email);
    auto person = state.user_of(account.number, folded);
    if (person) {
        if (auto verdict = remove_user(state, account, email, writer); !verdict) return verdict;
    } else {
        person = last_removed(state, account.number, folded);
    }
    if (!person) {
        return reject(Rule::user_must_be_registered, std::string(email) + " is not registered in " + account.id +
                                                         ", and nobody who was removed with it is left to erase; "
                                                         "check the address");
    }
    const auto& user = *state.user(account.number, person);
    if (auto verdict = check_not_in_dispute(state, account, user); !verdict) return verdict;
    purge_phone(state, account, person, writer);
    auto erased = writer.begin().initPersonErased();
    erased.setUser(person.value);
    erased.setKey(user.key.value);
    write_dispute_keys(state, account, user, erased);
    writer.end();
    return {};
}

Verdict change_email(State& state, const Account& account, schema::ChangeEmail::Reader command, CommitWriter& writer) {
    const auto new_email = view(command.getNewEmail());
    if (auto verdict = check_email(new_email); !verdict) return verdict;
    const auto bearer = state.user_of(account.number, FoldedAddress(view(command.getEmail())));
    if (auto verdict = check_new_email(state, account, new_email, bearer); !verdict) return verdict;
    const auto person = find_person(state, account, view(command.getEmail()));
    if (!person) return std::unexpected(person.error());
    auto changed = writer.begin().initEmailChanged();
    changed.setUser(person->value);
    const auto key = state.user(account.number, *person)->key;
    const auto box = state.seals().seal(key, seal_context(Personal::email, account.id, *person), new_email);
    state.expect_address(box, new_email);
    changed.setKey(key.value);
    changed.setNewEmail(as_data(box));
    writer.end();
    return {};
}

Verdict set_password(State& state, const Account& account, schema::SetPassword::Reader command, CommitWriter& writer) {
    const auto person = find_person(state, account, view(command.getEmail()));
    if (!person) return std::unexpected(person.error());
    if (auto verdict = check_password(view(command.getPassword())); !verdict) return verdict;
    write_password_change(writer, *person);
    return {};
}

Verdict grant_role(State& state, const Account& account, schema::ChangeRole::Reader command, CommitWriter& writer) {
    const auto person = find_person(state, account, view(command.getEmail()));
    if (!person) return std::unexpected(person.error());
    const auto role = *named<schema::Role>(view(command.getRole()));
    if (state.user(account.number, *person)->roles.has(role)) {
        return reject(Rule::value_not_allowed, "role: " + state.user(account.number, *person)->email +
                                                   " has the role " + std::string(name_of(role)) +
                                                   " already; there is nothing to grant");
    }
    write_role(writer.begin().initRoleGranted(), *person, role);
    writer.end();
    return {};
}

Verdict revoke_role(State& state, const Account& account, schema::ChangeRole::Reader command, CommitWriter& writer) {
    const auto email = view(command.getEmail());
    const auto person = find_person(state, account, email);
    if (!person) return std::unexpected(person.error());
    const auto role = *named<schema::Role>(view(command.getRole()));
    const auto& user = *state.user(account.number, *person);
    if (!user.roles.has(role)) {
        return reject(Rule::value_not_allowed, "role: " + user.email + " was not granted the role " +
                                                   std::string(name_of(role)) + "; there is nothing to revoke");
    }
    if (role == schema::Role::SUPER_ADMIN && is_last_super_admin(account, user)) {
        return last_super_admin(email, account);
    }
    write_role(writer.begin().initRoleRevoked(), *person, role);
    writer.end();
    return {};
}

void evolve(State& state, std::string_view id, schema::AccountOpened::Reader body) {
    Account account;
    account.number = state.next_account();
    account.id = id;
    account.name = view(body.getName());
    account.zone = find_time_zone(view(body.getTimeZone()));
    account.currency = view(body.getCurrency());
    account.importing = body.getImporting();
    account.language = body.getLanguage();
    account.dispute_window = view(body.getDisputeWindow());
    state.add_account(std::move(account));
}

void import_ended(State& state, Account& account, const EventHead& head) {
    account.importing = false;
    note_imported(account.reminded, std::max(head.effective_at, head.recorded_at));
    set_next_due(state, account);
}

void evolve(State& state, const Account& account, schema::UserRegistered::Reader body) {
    User user;
    user.id = UserId(body.getUser());
    user.key = KeyNumber(body.getKey());
    const auto id = user.id;
    state.change_account(account.id).next_user = id.next();
    state.add_user(account.number, std::move(user));
    state.set_address(account, id, view(body.getEmail()));
}

void evolve(State& state, const Account& account, schema::EmailChanged::Reader body) {
    const UserId id(body.getUser());
    const auto old_email = fold_case(change_opened(state, account, id).email);
    if (!old_email.empty()) state.set_user_of(account.number, old_email, {});
    state.set_address(account, id, view(body.getNewEmail()));
}

void user_removed(State& state, const Account& account, schema::UserNamed::Reader body) {
    auto& user = change_opened(state, account, UserId(body.getUser()));
    const auto email = fold_case(user.email);
    const bool was_super_admin = user.roles.has(schema::Role::SUPER_ADMIN);
    user.removed = true;
    user.roles = {};
    if (!email.empty()) {
        state.set_user_of(account.number, email, {});
        state.add_removed(account.number, email, user.id);
    }
    if (was_super_admin) std::erase(state.change_account(account.id).super_admins, user.id);
}

void person_erased(State& state, const Account& account, schema::PersonErased::Reader body) {
    change_opened(state, account, UserId(body.getUser())).email.clear();
}

void role_granted(State& state, const Account& account, schema::RoleChanged::Reader body) {
    auto& roles = state.change_user(account.number, UserId(body.getUser())).roles;
    const bool had = roles.has(body.getRole());
    roles.add(body.getRole());
    if (body.getRole() != schema::Role::SUPER_ADMIN || had) return;
    auto& super_admins = state.change_account(account.id).super_admins;
    super_admins.insert(std::ranges::upper_bound(super_admins, UserId(body.getUser())), UserId(body.getUser()));
}

void role_revoked(State& state, const Account& account, schema::RoleChanged::Reader body) {
    auto& roles = state.change_user(account.number, UserId(body.getUser())).roles;
    roles.remove(body.getRole());
    if (body.getRole() != schema::Role::SUPER_ADMIN) return;
    std::erase(state.change_account(account.id).super_admins, UserId(body.getUser()));
}

}  // namespace seatledger::rules
