// The numbers by which the ledger names things, each a type of its own so that one is never taken for another.
#pragma once

#include <compare>
#include <cstdint>
#include <functional>

namespace seatledger {

// A number with a meaning. Default: 0, which names nothing. Explicit to make, `.value` to read.
template <typename Tag, typename Integer>
struct StrongNumber {
    using Underlying = Integer;

    Integer value = 0;

    constexpr StrongNumber() = default;
    constexpr explicit StrongNumber(Integer number) : value(number) {}

    constexpr auto operator<=>(const StrongNumber&) const = default;
    constexpr explicit operator bool() const { return value != 0; }

    // Found by boost::hash.
    friend std::size_t hash_value(const StrongNumber& number) noexcept { return std::hash<Integer>{}(number.value); }

    [[nodiscard]] constexpr StrongNumber next() const { return StrongNumber(value + 1); }
};

// Position of an event in the log: 1, 2, 3 … without gaps. 0: before the first.
using Sequence = StrongNumber<struct SequenceTag, std::uint64_t>;

// An account, numbered 1, 2, 3 … in the order of `accountOpened`. 0: the catalogue. Never leaves the machine:
// in events and answers an account stands under its id.
using AccountNumber = StrongNumber<struct AccountTag, std::uint32_t>;

// A person, numbered 1, 2, 3 … within the account and never again given to anybody else.
using UserId = StrongNumber<struct UserTag, std::uint32_t>;

// A license, numbered 1, 2, 3 … within the account.
using LicenseNumber = StrongNumber<struct LicenseTag, std::uint32_t>;

// A product, numbered 1, 2, 3 … in the order of `productDefined`. In events it stands under its sku.
using ProductNumber = StrongNumber<struct ProductTag, std::uint32_t>;

// An order, numbered 1, 2, 3 … within its account.
using OrderNumber = StrongNumber<struct OrderTag, std::uint32_t>;

// A dispute, numbered 1, 2, 3 … within its account.
using DisputeNumber = StrongNumber<struct DisputeTag, std::uint32_t>;

// A key of the vault, numbered 1, 2, 3 … and never again given to anything else. 0 names none.
using KeyNumber = StrongNumber<struct KeyTag, std::uint64_t>;

}  // namespace seatledger

template <typename Tag, typename Integer>
struct std::hash<seatledger::StrongNumber<Tag, Integer>> {
    std::size_t operator()(const seatledger::StrongNumber<Tag, Integer>& number) const noexcept {
        return std::hash<Integer>{}(number.value);
    }
};
