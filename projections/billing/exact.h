// Exact numbers: what a price times days by days of a term is, before anybody rounds it.
#pragma once

#include <boost/multiprecision/cpp_int.hpp>
#include <optional>

#include "events/money.h"
#include "projections/billing/decimal.h"

namespace seatledger::billing {

using Integer = boost::multiprecision::number<boost::multiprecision::cpp_int_backend<>, boost::multiprecision::et_off>;

// A fraction of integers of any size, always in lowest terms. Dividing by zero is an exception of Boost's. Without
// expression templates, so that `auto` is a number too.
using Exact =
    boost::multiprecision::number<boost::multiprecision::rational_adaptor<boost::multiprecision::cpp_int_backend<>>,
                                  boost::multiprecision::et_off>;

[[nodiscard]] Exact to_exact(Decimal number);
[[nodiscard]] Exact to_exact(Amount amount);

// The nearest number with so many decimals (up to Decimal::scale_max); a half goes away from zero.
[[nodiscard]] Exact rounded(const Exact& number, unsigned decimals);

// The same, with just that scale. Nothing where a Decimal cannot hold it.
[[nodiscard]] std::optional<Decimal> to_decimal(const Exact& number, unsigned decimals);

// a · b · c, rounded as rounded() does; c.top / c.bottom may be any fraction with c.bottom not 0. The same number,
// without bringing what lies between to lowest terms.
struct Ratio {
    const Exact& top;
    const Exact& bottom;
};
[[nodiscard]] Exact rounded_product(const Exact& a, const Exact& b, const Ratio& c, unsigned decimals);

}  // namespace seatledger::billing
