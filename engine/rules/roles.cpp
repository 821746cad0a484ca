#include "engine/rules/roles.h"

#include <capnp/schema.h>

#include <algorithm>

#include "engine/rules/values.h"

namespace seatledger::rules {
namespace {

using schema::Command;
using schema::Role;

constexpr Role super_admin[] = {Role::SUPER_ADMIN};
constexpr Role not_ordering[] = {Role::ADMIN, Role::BILLING};
constexpr Role admins[] = {Role::SUPER_ADMIN, Role::ADMIN};
constexpr Role disputants[] = {Role::SUPER_ADMIN, Role::ADMIN, Role::BILLING};
constexpr Role everyone[] = {Role::SUPER_ADMIN, Role::ADMIN, Role::BILLING, Role::AUDITOR, Role::MEMBER};
constexpr Role readers[] = {Role::SUPER_ADMIN, Role::ADMIN, Role::BILLING, Role::AUDITOR};

std::string_view description_of(Right right) {
    switch (right) {
        case Right::read_seats: return "to read licenses, users, products and queues";
        case Right::read_bills: return "to read invoices, orders, disputes and what is billed";
        case Right::read_history: return "to read the history";
        case Right::read_events: return "to read all events of the account";
        case Right::read_catalog: return "to read the catalogue";
        case Right::read_ledger: return "to read what belongs to no account";
        case Right::manage_tokens: return "to issue, list and revoke tokens";
    }
    return "?";
}

}  // namespace

std::span<const Role> roles_for(Command::Which command) {
    switch (command) {
        case Command::NONE:
        case Command::OPEN_ACCOUNT:
        case Command::END_IMPORT:
        case Command::DEFINE_PRODUCT:
        case Command::CHANGE_PRODUCT:
        case Command::RETIRE_PRODUCT:
        case Command::ISSUE_INVOICE:
        case Command::VOID_INVOICE:
        case Command::RECORD_PAYMENT:
        case Command::FULFILL_ORDER:
        case Command::CREDIT_INVOICE:
        case Command::REVERSE_PAYMENT:
        case Command::RESOLVE_DISPUTE: return {};

        case Command::GRANT_ROLE:
        case Command::REVOKE_ROLE:
        case Command::ERASE_PERSON:
        case Command::ADD_CARD:
        case Command::REMOVE_CARD:
        case Command::REQUEST_LICENSES:
        case Command::CANCEL_ORDER: return super_admin;

        case Command::REGISTER_USER:
        case Command::REMOVE_USER:
        case Command::CHANGE_EMAIL:
        case Command::BIND_LICENSE:
        case Command::UNBIND_LICENSE:
        case Command::REASSIGN_LICENSE:
        case Command::BIND_LICENSES:
        case Command::UNBIND_LICENSES:
        case Command::SAVE_PHONE:
        case Command::CREATE_QUEUE:
        case Command::DELETE_QUEUE:
        case Command::ADD_QUEUE_MEMBER:
        case Command::REMOVE_QUEUE_MEMBER: return admins;

        case Command::OPEN_DISPUTE:
        case Command::ADD_EVIDENCE: return disputants;

        case Command::SET_PASSWORD: return everyone;  // their own
    }
    return {};
}

std::span<const Role> roles_told_apart(Command::Which command) {
    const bool is_of_orders = command == Command::REQUEST_LICENSES || command == Command::CANCEL_ORDER;
    return is_of_orders ? std::span<const Role>(not_ordering) : std::span<const Role>();
}

std::span<const Role> roles_for(Right right) {
    switch (right) {
        case Right::read_seats:
        case Right::read_bills:
        case Right::read_history:
        case Right::read_events: return readers;
        case Right::read_catalog: return everyone;
        case Right::manage_tokens: return super_admin;
        case Right::read_ledger: return {};
    }
    return {};
}

bool has_one_of(Roles roles, std::span<const Role> list) {
    return std::ranges::any_of(list, [&](Role role) { return role == Role::MEMBER || roles.has(role); });
}

std::string names_of(std::span<const Role> roles) {
    std::string names = "the vendor";
    for (const auto role : roles) names += ", " + std::string(name_of(role));
    return names;
}

Verdict check_account(const Caller& caller, std::string_view account) {
    if (caller.account.empty() || caller.account == account) return {};
    const std::string only = "this log-in is for account " + caller.account + " only";
    if (account.empty()) return reject(Rule::role_required, only + "; what belongs to no account is the vendor's");
    return reject(Rule::role_required, only + ", not for " + std::string(account) + "; use one for that");
}

std::expected<Extent, Rejection> authorize(Right right, std::string_view account, const Caller& caller, Roles roles) {
    if (auto verdict = check_account(caller, account); !verdict) return std::unexpected(verdict.error());
    const auto allowed = roles_for(right);
    const bool may_limited = !caller.role || std::ranges::find(allowed, *caller.role) != allowed.end();
    if (may_limited && (!caller.is_person() || has_one_of(roles, allowed))) return Extent::everybody;
    const bool has_own_part = right == Right::read_seats || right == Right::read_history;
    if (caller.is_person() && has_own_part) return Extent::oneself;
    const auto who = may_limited ? std::string("you") : "a token limited to " + std::string(name_of(*caller.role));
    return reject(Rule::role_required, who + " may not do this; " + std::string(description_of(right)) +
                                           " needs one of: " + names_of(allowed));
}

std::string command_name(Command::Which command) {
    for (const auto field : capnp::Schema::from<Command>().getUnionFields()) {
        if (field.getProto().getDiscriminantValue() == static_cast<std::uint16_t>(command)) {
            return field.getProto().getName().cStr();
        }
    }
    return "?";
}

}  // namespace seatledger::rules
