// Amounts that add up: how often each of a few prices is due, and not yet how much that is.
#pragma once

#include <algorithm>
#include <boost/container/small_vector.hpp>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "projections/billing/exact.h"

namespace seatledger::billing {

// Prices of a seat, for a term or for one of its days. They and their currencies are numbered from 0, in the order in
// which they were met.
class Rates {
 public:
    // `currency` becomes number 0.
    explicit Rates(std::string_view currency) : currencies_{std::string(currency)} {}

    // unit_price / divisor; the divisor is above 0.
    [[nodiscard]] std::uint32_t number_of(const Exact& unit_price, std::int64_t divisor, std::string_view currency) {
        const auto [place, is_new] = numbers_.try_emplace({currency_number(currency), divisor, unit_price},
                                                          static_cast<std::uint32_t>(rates_.size()));
        if (is_new) rates_.push_back({unit_price, divisor, unit_price / divisor, std::get<0>(place->first)});
        return place->second;
    }
    [[nodiscard]] const Exact& unit_price(std::uint32_t rate) const { return rates_[rate].unit_price; }
    [[nodiscard]] std::int64_t divisor(std::uint32_t rate) const { return rates_[rate].divisor; }
    [[nodiscard]] const Exact& each(std::uint32_t rate) const { return rates_[rate].each; }
    [[nodiscard]] std::uint32_t currency_of(std::uint32_t rate) const { return rates_[rate].currency; }
    [[nodiscard]] const std::string& currency(std::uint32_t number) const { return currencies_[number]; }
    [[nodiscard]] std::uint32_t currency_count() const { return static_cast<std::uint32_t>(currencies_.size()); }

 private:
    struct Rate {
        Exact unit_price;
        std::int64_t divisor;
        Exact each;
        std::uint32_t currency;
    };

    [[nodiscard]] std::uint32_t currency_number(std::string_view currency) {
        const auto found = std::ranges::find(currencies_, currency);
        const auto number = static_cast<std::uint32_t>(found - currencies_.begin());
        if (found == currencies_.end()) currencies_.emplace_back(currency);
        return number;
    }

    std::map<std::tuple<std::uint32_t, std::int64_t, Exact>, std::uint32_t> numbers_;
    std::vector<Rate> rates_;
    std::vector<std::string> currencies_;
};

// So often each rate, all in one currency. Millions are added up like this; fractions are made only where a sum is
// shown.
class Dues {
 public:
    void add(std::uint32_t rate, std::uint64_t count) {
        const auto place = std::ranges::lower_bound(dues_, rate, {}, &Due::rate);
        if (place != dues_.end() && place->rate == rate) {
            place->count += count;
        } else {
            dues_.insert(place, {rate, count});
        }
    }
    void add(const Dues& others) {
        for (const auto& due : others.dues_) add(due.rate, due.count);
    }
    [[nodiscard]] Exact total(const Rates& rates) const {
        Exact total;
        for_each([&](std::uint32_t rate, std::uint64_t count) { total += rates.each(rate) * count; });
        return total;
    }
    // Calls function(rate, count) for each rate of which anything is due.
    template <typename Function>
    void for_each(Function function) const {
        for (const auto& due : dues_) {
            if (due.count > 0) function(due.rate, due.count);
        }
    }
    // Of all its rates, those of which nothing is due included. Nothing where there are several, or none.
    [[nodiscard]] std::optional<Exact> unit_price(const Rates& rates) const {
        std::optional<Exact> price;
        for (const auto& due : dues_) {
            if (price && *price != rates.unit_price(due.rate)) return std::nullopt;
            price = rates.unit_price(due.rate);
        }
        return price;
    }
    // Number 0 where there is no rate.
    [[nodiscard]] std::uint32_t currency(const Rates& rates) const {
        return dues_.empty() ? 0 : rates.currency_of(dues_.front().rate);
    }

 private:
    struct Due {
        std::uint32_t rate;
        std::uint64_t count;
    };
    boost::container::small_vector<Due, 2> dues_;  // in the order of their rates
};

}  // namespace seatledger::billing
