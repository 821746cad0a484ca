#include "events/sealed.h"

namespace seatledger {

std::string seal_context(Personal what, std::string_view account, UserId user) {
    const std::string_view field = what == Personal::email ? "email" : "name";
    return std::string(field) + "/" + std::string(account) + "/" + std::to_string(user.value);
}

}  // namespace seatledger
