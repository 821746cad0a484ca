#include "engine/rules/roles.h"

#include <capnp/schema.h>

namespace seatledger::rules {
namespace {

using schema::Command;
using schema::Role;

constexpr Role super_admin[] = {Role::SUPER_ADMIN};
constexpr Role not_ordering[] = {Role::ADMIN, Role::BILLING};
constexpr Role admins[] = {Role::SUPER_ADMIN, Role::ADMIN};

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
        case Command::REVERSE_PAYMENT: return {};

        case Command::GRANT_ROLE:
        case Command::REVOKE_ROLE:
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
        case Command::CREATE_QUEUE:
        case Command::DELETE_QUEUE:
        case Command::ADD_QUEUE_MEMBER:
        case Command::REMOVE_QUEUE_MEMBER: return admins;
    }
    return {};
}

std::span<const Role> roles_told_apart(Command::Which command) {
    const bool is_of_orders = command == Command::REQUEST_LICENSES || command == Command::CANCEL_ORDER;
    return is_of_orders ? std::span<const Role>(not_ordering) : std::span<const Role>();
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
