#include "events/sealed.h"

namespace seatledger {

namespace {

std::string_view name_of(Personal what) {
    switch (what) {
        case Personal::email: return "email";
        case Personal::name: return "name";
        case Personal::phone: return "phone";
        case Personal::claim: return "claim";
        case Personal::bill_text: return "bill";
        case Personal::note: return "note";
    }
    return "?";
}

}  // namespace

std::string seal_context(Personal what, std::string_view account, std::uint32_t owner) {
    return std::string(name_of(what)) + "/" + std::string(account) + "/" + std::to_string(owner);
}

}  // namespace seatledger
