#include "projections/billing/statement.h"

#include <kj/debug.h>

#include <algorithm>
#include <array>
#include <boost/unordered/unordered_flat_map.hpp>
#include <deque>
#include <limits>
#include <map>
#include <tuple>

#include "projections/billing/daily_seats.h"
#include "projections/billing/dues.h"

namespace seatledger::billing {
namespace {

using schema::Billing;

__extension__ using Millionths = __int128;
constexpr std::uint8_t decimals_of_millionths = 6;

Decimal money(const Exact& amount, const std::string& currency) {
    const auto digits = static_cast<unsigned>(minor_unit_digits(currency).value_or(2));
    const auto shown = to_decimal(amount, digits);
    KJ_REQUIRE(shown.has_value(), "an amount is larger than a statement can show", currency.c_str());
    return *shown;
}

// A row as it is added up.
struct Cell {
    std::uint64_t bought = 0;
    std::uint64_t bound = 0;
    std::uint64_t free = 0;
    std::uint64_t in_queues = 0;
    std::uint64_t billed = 0;
    Millionths credited = 0;
    Dues due;

    [[nodiscard]] bool is_zero() const {
        return bought == 0 && bound == 0 && free == 0 && in_queues == 0 && billed == 0 && credited == 0;
    }
    void add(const Cell& other) {
        bought += other.bought;
        bound += other.bound;
        free += other.free;
        in_queues += other.in_queues;
        billed += other.billed;
        credited += other.credited;
        due.add(other.due);
    }
};

// What a row is about: a user, a license or a day of the period (0 for none), and a product; and its currency's number.
struct Key {
    std::uint32_t about = 0;
    SkuNumber sku;
    std::uint32_t currency = 0;

    bool operator==(const Key&) const = default;
    friend std::size_t hash_value(const Key& key) {
        std::size_t seed = key.about;
        boost::hash_combine(seed, key.sku.value);
        boost::hash_combine(seed, key.currency);
        return seed;
    }
};

class StatementMaker {
 public:
    StatementMaker(const SeatDays& days, const DayPeriod& period, StatementBy by,
                   const std::function<void(const StatementRow&)>& show)
        : days_(days),
          history_(days.history()),
          period_(period),
          counted_(common_days(period, days.known())),
          by_(by),
          show_(show),
          rates_(history_.currency()) {
        const auto& window = history_.window();
        KJ_REQUIRE(!window || is_empty(period) ||
                       (window->first <= period.begin && period.end.number <= window->last.number + 1),
                   "the period lies outside of the window for which the history was made");
    }

    std::vector<StatementTotal> make() {
        add_credits();
        if (by_ == StatementBy::day) {
            add_days();
        } else {
            add_members();
            if (by_ != StatementBy::license) add_lots();
        }
        show_cells();
        if (by_ == StatementBy::license) show_licenses();
        return totals();
    }

 private:
    Cell& cell(const Key& key) {
        const auto [place, is_new] = places_.try_emplace(key, static_cast<std::uint32_t>(cells_.size()));
        if (is_new) cells_.emplace_back();
        return cells_[place->second];
    }
    [[nodiscard]] bool is_counted(CivilDay day) const { return day >= counted_.begin && day < counted_.end; }
    // Days count from 1 here.
    [[nodiscard]] std::uint32_t about(CivilDay day) const {
        return by_ == StatementBy::day ? static_cast<std::uint32_t>(day.number - period_.begin.number + 1) : 0;
    }

    void add_credits();
    void add_members();
    [[nodiscard]] std::uint32_t member_rate(SkuNumber sku, CivilDay day);
    void add_days();
    void add_lots();
    void add_lot(const LotFacts& lot);
    [[nodiscard]] std::uint32_t rate_of(const LotFacts& lot, const DayPeriod& term);
    [[nodiscard]] Cell licensed(const LotFacts& lot, LicenseNumber license, const DayPeriod& term, std::uint32_t rate);
    void show_cells();
    void show_licenses();
    void show(const Key& key, const Cell& cell);
    [[nodiscard]] std::vector<StatementTotal> totals() const;

    const SeatDays& days_;
    const AccountHistory& history_;
    DayPeriod period_;
    DayPeriod counted_;  // of the period, the days of which anything is known
    StatementBy by_;
    const std::function<void(const StatementRow&)>& show_;
    Rates rates_;
    std::map<SkuNumber, std::vector<std::uint32_t>> member_rates_;  // by the day of the period
    boost::unordered_flat_map<Key, std::uint32_t> places_;
    std::deque<Cell> cells_;
    std::vector<Cell> totals_;    // by currency
    std::vector<HeldDays> held_;  // of the license that is looked at
    StatementRow row_;
};

void StatementMaker::add_credits() {
    for (const auto& invoice : history_.invoices()) {
        for (const auto& line : invoice.lines) {
            for (const auto& credit : line.credits) {
                const auto day = days_.clock().day_of(credit.granted.at);
                if (!is_counted(day) || credit.granted.at > days_.as_of()) continue;
                cell({about(day), line.sku, 0}).credited += credit.amount.millionths;
            }
        }
    }
}

void StatementMaker::add_members() {
    for (UserId user(1); user.value <= history_.user_count(); user = user.next()) {
        for (const auto& of : days_.member_days(user, period_)) {
            for (auto day = of.days.begin; day < of.days.end; ++day.number) {
                const auto rate = member_rate(of.sku, day);
                auto& to = cell({by_ == StatementBy::user ? user.value : 0, of.sku, rates_.currency_of(rate)});
                ++to.in_queues;
                ++to.billed;
                to.due.add(rate, 1);
            }
        }
    }
}

std::uint32_t StatementMaker::member_rate(SkuNumber sku, CivilDay day) {
    constexpr auto unknown = std::numeric_limits<std::uint32_t>::max();
    auto& by_day = member_rates_[sku];
    if (by_day.empty()) by_day.resize(static_cast<std::size_t>(period_.days()), unknown);
    auto& rate = by_day[static_cast<std::size_t>(day.number - period_.begin.number)];
    if (rate == unknown) {
        const auto price = days_.member_price(sku, day);
        rate = rates_.number_of(price.unit_price, price.term_days, price.currency);
    }
    return rate;
}

void StatementMaker::add_days() {
    const DailySeats daily(days_, period_, rates_);
    for (const auto& product : history_.products()) {
        const auto counts = daily.of(product.number);
        for (std::size_t i = 0; i < counts.size(); ++i) {
            const auto& of = counts[i];
            auto& to = cell({static_cast<std::uint32_t>(i + 1), product.number, of.due.currency(rates_)});
            to.bought += of.bought;
            to.bound += of.bound;
            to.free += of.bought - of.bound;
            to.in_queues += of.in_queues;
            to.billed += of.billed;
            to.due.add(of.due);
        }
    }
}

std::uint32_t StatementMaker::rate_of(const LotFacts& lot, const DayPeriod& term) {
    return rates_.number_of(lot.unit_price, lot.billing == Billing::ASSIGNED ? term.days() : 1, history_.currency());
}

// What one license adds. Who had it when stands in held_ afterwards.
Cell StatementMaker::licensed(const LotFacts& lot, LicenseNumber license, const DayPeriod& term, std::uint32_t rate) {
    Cell one;
    one.bought = static_cast<std::uint64_t>(common_days(days_.owned(lot, license), counted_).days());
    days_.held(lot, license, period_, held_);
    for (const auto& of : held_) one.bound += static_cast<std::uint64_t>(of.billed.days());
    one.free = one.bought - one.bound;
    if (one.bought == 0) return one;
    if (lot.billing == Billing::PURCHASED) {
        one.billed = one.bought;
        one.due.add(rate, is_counted(term.begin) ? 1 : 0);
    } else if (lot.billing == Billing::ASSIGNED) {
        one.billed = one.bound;
        one.due.add(rate, one.bound);
    }
    return one;
}

void StatementMaker::add_lots() {
    for (const auto& lot : history_.lots()) add_lot(lot);
}

void StatementMaker::add_lot(const LotFacts& lot) {
    const auto term = days_.term_of(lot);
    if (is_empty(days_.days_of(lot, period_))) return;
    const auto rate = rate_of(lot, term);
    Cell all;
    for (auto license = lot.first; lot.contains(license); license = license.next()) {
        auto one = licensed(lot, license, term, rate);
        if (by_ == StatementBy::user) {
            for (const auto& of : held_) {
                auto& theirs = cell({of.user.value, lot.sku, 0});
                theirs.bound += static_cast<std::uint64_t>(of.days.days());
                if (lot.billing == Billing::MEMBERSHIP) continue;
                const auto billed = static_cast<std::uint64_t>(of.billed.days());
                const bool is_assigned = lot.billing == Billing::ASSIGNED;
                theirs.billed += is_assigned ? billed : 0;
                theirs.due.add(rate, is_assigned ? billed : 0);
            }
            one.bound = 0;
            if (lot.billing == Billing::ASSIGNED) {
                one.billed = 0;
                one.due = {};
                if (one.bought > 0) one.due.add(rate, 0);
            }
        }
        all.add(one);
    }
    cell({0, lot.sku, 0}).add(all);
}

void StatementMaker::show_cells() {
    std::vector<std::pair<Key, std::uint32_t>> keys(places_.begin(), places_.end());
    const auto order = [&](const std::pair<Key, std::uint32_t>& of) {
        const auto& key = of.first;
        return std::tuple<std::uint32_t, std::string_view, std::uint32_t>(key.about, history_.product(key.sku).sku,
                                                                          key.currency);
    };
    std::ranges::sort(keys, {}, order);
    for (const auto& [key, place] : keys) show(key, cells_[place]);
}

void StatementMaker::show_licenses() {
    for (const auto& lot : history_.lots()) {
        const auto term = days_.term_of(lot);
        if (is_empty(days_.days_of(lot, period_))) continue;
        const auto rate = rate_of(lot, term);
        for (auto license = lot.first; lot.contains(license); license = license.next()) {
            show({license.value, lot.sku, 0}, licensed(lot, license, term, rate));
        }
    }
}

void StatementMaker::show(const Key& key, const Cell& cell) {
    if (cell.is_zero()) return;
    const auto& product = history_.product(key.sku);
    const auto& currency = rates_.currency(key.currency);
    row_.day.reset();
    row_.user = {};
    row_.license = {};
    switch (by_) {
        case StatementBy::product: break;
        case StatementBy::user: row_.user = UserId(key.about); break;
        case StatementBy::license: row_.license = LicenseNumber(key.about); break;
        case StatementBy::day:
            row_.day = CivilDay{period_.begin.number + static_cast<std::int32_t>(key.about) - 1};
            break;
    }
    row_.sku = product.sku;
    row_.billing = product.billing;
    row_.bought = cell.bought;
    row_.bound = cell.bound;
    row_.free = cell.free;
    row_.in_queues = cell.in_queues;
    row_.billed_days = cell.billed;
    row_.unit_price = cell.due.unit_price(rates_);
    row_.dues.clear();
    cell.due.for_each([&](std::uint32_t rate, std::uint64_t count) {
        row_.dues.push_back({rates_.unit_price(rate), rates_.divisor(rate), count});
    });
    row_.amount = money(cell.due.total(rates_), currency);
    row_.credited = money(to_exact(Decimal{cell.credited, decimals_of_millionths}), currency);
    row_.currency = currency;
    show_(row_);
    totals_.resize(std::max<std::size_t>(totals_.size(), key.currency + 1));
    totals_[key.currency].add(cell);
}

std::vector<StatementTotal> StatementMaker::totals() const {
    std::vector<StatementTotal> totals;
    for (std::uint32_t i = 0; i < std::max<std::size_t>(totals_.size(), 1); ++i) {
        const auto cell = i < totals_.size() ? totals_[i] : Cell();
        if (i > 0 && cell.is_zero()) continue;
        const auto& currency = rates_.currency(i);
        totals.push_back({currency, cell.bought, cell.bound, cell.free, cell.in_queues, cell.billed,
                          money(cell.due.total(rates_), currency),
                          money(to_exact(Decimal{cell.credited, decimals_of_millionths}), currency)});
    }
    return totals;
}

constexpr std::array all_by = {StatementBy::product, StatementBy::user, StatementBy::license, StatementBy::day};

}  // namespace

std::string_view name_of(StatementBy by) {
    switch (by) {
        case StatementBy::product: return "product";
        case StatementBy::user: return "user";
        case StatementBy::license: return "license";
        case StatementBy::day: return "day";
    }
    return "?";
}

std::optional<StatementBy> statement_by_named(std::string_view name) {
    const auto* found = std::ranges::find(all_by, name, [](StatementBy by) { return name_of(by); });
    if (found == all_by.end()) return std::nullopt;
    return *found;
}

std::vector<StatementTotal> write_statement(const SeatDays& days, const DayPeriod& period, StatementBy by,
                                            const std::function<void(const StatementRow&)>& show) {
    return StatementMaker(days, period, by, show).make();
}

Statement make_statement(const SeatDays& days, const DayPeriod& period, StatementBy by) {
    Statement statement;
    statement.totals =
        write_statement(days, period, by, [&](const StatementRow& row) { statement.rows.push_back(row); });
    return statement;
}

}  // namespace seatledger::billing
