#include "engine/vault/addresses.h"

#include <kj/debug.h>

#include <cstdint>

namespace seatledger {
namespace {

constexpr std::string_view by_address = "address/";  // account, hash, user
constexpr std::string_view by_person = "bearer/";    // account, user, hash

void put_u32(std::string& to, std::uint32_t number) {
    for (int shift = 24; shift >= 0; shift -= 8) to += static_cast<char>(number >> shift);
}

std::uint32_t read_u32(std::string_view from) {
    KJ_REQUIRE(from.size() == sizeof(std::uint32_t), "a row of an address is not what it should be");
    std::uint32_t number = 0;
    for (const char byte : from) number = number << 8 | static_cast<std::uint8_t>(byte);
    return number;
}

std::string prefix_of(std::string_view kind, AccountNumber account) {
    std::string prefix(kind);
    put_u32(prefix, account.value);
    return prefix;
}

std::string key_by_address(AccountNumber account, std::string_view mac, UserId user) {
    auto key = prefix_of(by_address, account).append(mac);
    put_u32(key, user.value);
    return key;
}

std::string prefix_by_person(AccountNumber account, UserId user) {
    auto key = prefix_of(by_person, account);
    put_u32(key, user.value);
    return key;
}

std::string mac_of(const Vault& vault, AccountNumber account, std::string_view folded) {
    const auto mac = vault.address_mac(account.value, folded);
    return {mac.begin(), mac.end()};
}

}  // namespace

std::vector<PrivateTable::Row> address_rows(const Vault& vault, AccountNumber account, std::string_view folded,
                                            UserId user) {
    const auto mac = mac_of(vault, account, folded);
    return {{key_by_address(account, mac, user), {}}, {prefix_by_person(account, user) + mac, {}}};
}

std::vector<UserId> bearers_of(const Secrets& secrets, AccountNumber account, std::string_view folded) {
    const auto prefix = prefix_of(by_address, account) + mac_of(secrets.vault, account, folded);
    std::vector<UserId> bearers;
    secrets.rows.scan(prefix, [&](std::string_view key, std::string_view) {
        bearers.emplace_back(read_u32(key.substr(prefix.size())));
        return true;
    });
    return bearers;
}

std::vector<std::string> address_keys_of(const PrivateTable& rows, AccountNumber account, UserId user) {
    const auto prefix = prefix_by_person(account, user);
    std::vector<std::string> keys;
    rows.scan(prefix, [&](std::string_view key, std::string_view) {
        keys.emplace_back(key);
        keys.push_back(key_by_address(account, key.substr(prefix.size()), user));
        return true;
    });
    return keys;
}

}  // namespace seatledger
