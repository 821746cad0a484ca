// The row of an account.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "engine/rules/entities.h"

namespace seatledger {

struct AccountRow {
    std::string id;
    std::string name;
    std::string time_zone;
    std::string currency;
    bool importing = false;
    schema::Language language = schema::Language::EN;
    std::vector<UserId> super_admins;  // in the order of their ids
    std::vector<Card> cards;           // in the order in which they were added
    Reminded reminded = {first_instant, first_instant};
    std::string dispute_window;
};

[[nodiscard]] AccountRow read_account(std::string_view value);
[[nodiscard]] std::string account_value(const AccountRow& account);

}  // namespace seatledger
