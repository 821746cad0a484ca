#include "events/sealed.h"

namespace seatledger {

namespace {

std::string_view name_of(Personal what) {
    switch (what) {
        case Personal::email: return "email";
        case Personal::name: return "name";
        case Personal::phone: return "phone";
    }
    return "?";
}

}  // namespace

std::string seal_context(Personal what, std::string_view account, UserId user) {
    return std::string(name_of(what)) + "/" + std::string(account) + "/" + std::to_string(user.value);
}

}  // namespace seatledger
