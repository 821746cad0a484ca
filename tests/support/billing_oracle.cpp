#include "tests/support/billing_oracle.h"

#include <algorithm>

#include "events/text.h"
#include "tests/support/catch.h"

namespace seatledger::testing {
namespace {

using namespace billing;
using schema::Event;

Exact money_of(schema::Money::Reader money) { return to_exact(Amount{money.getAmount()}); }

// Cents, a half away from zero.
std::string cents(const Exact& amount) {
    const Exact doubled = amount * 200;
    const bool is_negative = doubled < 0;
    const Integer half_cents = numerator(is_negative ? Exact(-doubled) : doubled) / denominator(doubled);
    return (is_negative ? "-" : "") + Integer((half_cents + 1) / 2).str();
}

std::int64_t months_since_1970(const Date& date) { return (date.year - 1970) * 12 + static_cast<int>(date.month) - 1; }

// How many days have the same block of months as this one.
std::int64_t days_in_block(CivilDay day, std::int64_t months) {
    const auto block = [&](CivilDay of) {
        auto month = months_since_1970(date_of(of));
        while (month % months != 0) --month;
        return month;
    };
    std::int64_t days = 1;
    for (auto other = CivilDay{day.number - 1}; block(other) == block(day); --other.number) ++days;
    for (auto other = CivilDay{day.number + 1}; block(other) == block(day); ++other.number) ++days;
    return days;
}

std::string line(std::int64_t about, const std::string& sku, std::uint64_t bought, std::uint64_t bound,
                 std::uint64_t free, std::uint64_t in_queues, std::uint64_t billed, const std::string& price,
                 const std::string& amount, const std::string& credited) {
    const auto n = [](auto number) { return " " + std::to_string(number); };
    return std::to_string(about) + " " + sku + ":" + n(bought) + n(bound) + n(free) + n(in_queues) + n(billed) +
           " price " + price + " amount " + amount + " credited " + credited;
}

}  // namespace

AccountHistory history_of(const std::vector<Words>& blocks, const std::string& account, std::optional<Window> window) {
    AccountHistory history(account, window);
    for (const auto& words : blocks) {
        const auto block = open_block(words);
        REQUIRE(block.has_value());
        for (const auto& entry : block->entries()) history.apply(entry);
    }
    CHECK(history.misfits() == 0);
    return history;
}

std::string shown(const StatementRow& row, StatementBy by) {
    std::int64_t about = 0;
    if (by == StatementBy::user) about = row.user.value;
    if (by == StatementBy::license) about = row.license.value;
    if (by == StatementBy::day) about = row.day->number;
    return line(about, row.sku, row.bought, row.bound, row.free, row.in_queues, row.billed_days,
                row.unit_price ? row.unit_price->str() : "none", cents(to_exact(row.amount)),
                cents(to_exact(row.credited)));
}

BillingOracle::BillingOracle(const std::vector<Words>& blocks, const std::string& account, bool end_inclusive,
                             Instant as_of)
    : end_inclusive_(end_inclusive), as_of_(as_of.micros) {
    for (const auto& words : blocks) {
        const auto block = open_block(words);
        REQUIRE(block.has_value());
        for (const auto& entry : block->entries()) read(read_event(entry), account);
    }
    REQUIRE(zone_ != nullptr);
}

void BillingOracle::read(Event::Reader event, const std::string& account) {
    const auto at = event.getEffectiveAt();
    if (!event.hasAccount()) {
        if (event.isProductDefined()) {
            const auto body = event.getProductDefined();
            products_.push_back({std::string(view(body.getSku())),
                                 body.getBilling(),
                                 std::string(view(body.getTerm())),
                                 at,
                                 last_instant.micros,
                                 {{at, money_of(body.getUnitPrice())}}});
        }
        for (auto& product : products_) {
            if (event.isProductChanged() && product.sku == view(event.getProductChanged().getSku())) {
                product.prices.emplace_back(at, money_of(event.getProductChanged().getUnitPrice()));
            }
            if (event.isProductRetired() && product.sku == view(event.getProductRetired().getSku())) {
                product.offered_to = at;
            }
        }
        return;
    }
    if (view(event.getAccount()) != account) return;
    if (event.isAccountOpened()) {
        zone_ = find_time_zone(view(event.getAccountOpened().getTimeZone()));
        first_ = Instant{at};
    }
    const auto note = [&](schema::QueueMember::Reader body, bool is_in) {
        places_[body.getUser()][std::string(view(body.getQueue()))] = is_in;
        const auto& of = places_[body.getUser()];
        members_[body.getUser()].push_back(
            {at, std::ranges::any_of(of, [](const auto& place) { return place.second; })});
    };
    if (event.isQueueMemberAdded()) note(event.getQueueMemberAdded(), true);
    if (event.isQueueMemberRemoved()) note(event.getQueueMemberRemoved(), false);
    if (event.isInvoiceIssued()) {
        for (const auto from : event.getInvoiceIssued().getLines()) {
            const auto price = from.hasUnitPrice() ? money_of(from.getUnitPrice())
                                                   : Exact(money_of(from.getAmount()) / from.getQuantity());
            invoices_[std::string(view(event.getInvoiceIssued().getInvoice()))].push_back(
                {std::string(view(from.getSku())), from.getBilling(), price});
        }
    }
    if (event.isInvoiceCredited()) {
        const auto body = event.getInvoiceCredited();
        const auto& of = invoices_.at(std::string(view(body.getInvoice()))).at(body.getLine() - 1);
        credits_.push_back({of.sku, at, body.getAmount().getAmount()});
    }
    read_licenses(event, at);
}

void BillingOracle::read_licenses(Event::Reader event, std::int64_t at) {
    if (event.isLicensesIssued()) {
        const auto body = event.getLicensesIssued();
        const auto& of = invoices_.at(std::string(view(body.getInvoice()))).at(body.getLine() - 1);
        REQUIRE(body.getFirst() == licenses_.size() + 1);
        for (std::uint32_t i = 0; i < body.getQuantity(); ++i) {
            licenses_.push_back({of.sku, of.billing, of.price, body.getValidFrom(), body.getValidUntil(), {}, {}});
        }
    }
    if (event.isLicensesRevoked()) {
        const auto body = event.getLicensesRevoked();
        for (auto i = body.getFirst(); i < body.getFirst() + body.getQuantity(); ++i) {
            auto& license = licenses_[i - 1];
            license.revoked = at;
            for (auto& held : license.held) held.to = std::min(held.to, at);
        }
    }
    if (event.isLicenseBound()) {
        auto& license = licenses_[event.getLicenseBound().getLicense() - 1];
        license.held.push_back({event.getLicenseBound().getUser(), at, license.until});
    }
    if (event.isLicenseUnbound()) {
        licenses_[event.getLicenseUnbound().getLicense() - 1].held.back().to = at;
    }
}

std::int64_t BillingOracle::start(CivilDay day) const {
    const auto [place, is_new] = starts_.try_emplace(day.number);
    if (is_new) place->second = start_of_day(day, *zone_)->micros;
    return place->second;
}

CivilDay BillingOracle::day_of(std::int64_t at) const {
    CivilDay day{static_cast<std::int32_t>(at / 86'400'000'000) - 3};
    while (start(CivilDay{day.number + 1}) <= at) ++day.number;
    return day;
}

bool BillingOracle::is_in_term(const License& license, CivilDay day) const {
    const auto first = day_of(license.from);
    const auto last = day_of(license.until);
    return day == first || (day > first && (day < last || (end_inclusive_ && day == last)));
}

std::vector<CivilDay> BillingOracle::days_of_term(std::uint32_t number) const {
    const auto& license = licenses_[number - 1];
    std::vector<CivilDay> days;
    for (auto day = day_of(license.from); day <= day_of(license.until); ++day.number) {
        if (is_in_term(license, day)) days.push_back(day);
    }
    return days;
}

// Whether the license was somebody's on any part of the day, by the bind of that number.
bool BillingOracle::is_held(const License& license, std::size_t which, CivilDay day) const {
    const auto from = license.held[which].from;
    const auto to = std::min(license.held[which].to, as_of_ + 1);
    if (to <= from) return false;
    const auto begin = start(day);
    const auto end = start(CivilDay{day.number + 1});
    if (from < end && begin < to) return true;
    // Up to the end of the term is up to its last day.
    if (to == license.until && begin >= to) return true;
    // A day that clocks left out has no part: it is theirs whose the license is before it and after it.
    if (begin != end) return false;
    if (from < begin && begin < to) return true;
    const auto ends_here = [&](const Held& other) {
        return other.from < other.to && std::min(other.to, as_of_ + 1) == begin;
    };
    return from == begin && std::ranges::any_of(license.held, ends_here);
}

void BillingOracle::add_license(std::uint32_t number, CivilDay day, StatementBy by, std::int64_t about_day,
                                Table& table) const {
    const auto& license = licenses_[number - 1];
    if (license.from > as_of_ || !is_in_term(license, day)) return;
    if (license.revoked && *license.revoked <= as_of_ && day > day_of(*license.revoked)) return;
    const auto about = by == StatementBy::license ? number : about_day;
    const auto price = license.price.str();
    auto& sums = table[{about, license.sku}];
    ++sums.bought;
    if (license.billing != schema::Billing::MEMBERSHIP) sums.prices.insert(price);
    if (license.billing == schema::Billing::PURCHASED) {
        ++sums.billed;
        if (day == day_of(license.from)) sums.amount += license.price;
    }
    std::set<std::uint32_t> users;
    for (std::size_t i = 0; i < license.held.size(); ++i) {
        if (!is_held(license, i, day)) continue;
        const auto user = license.held[i].user;
        const bool is_first = users.empty();
        const bool is_assigned = license.billing == schema::Billing::ASSIGNED;
        auto& theirs = by == StatementBy::user ? table[{user, license.sku}] : table[{about, license.sku}];
        if (is_first || (by == StatementBy::user && !users.contains(user))) ++theirs.bound;
        users.insert(user);
        if (license.billing != schema::Billing::MEMBERSHIP) theirs.prices.insert(price);
        if (!is_first || !is_assigned) continue;
        ++theirs.billed;
        theirs.amount += license.price / static_cast<std::int64_t>(days_of_term(number).size());
    }
    table[{about, license.sku}].free += users.empty() ? 1 : 0;
}

bool BillingOracle::is_member_at(const std::vector<Change>& changes, std::int64_t at) const {
    bool is_in = false;
    for (const auto& change : changes) {
        if (change.at <= at) is_in = change.is_in;
    }
    return is_in && at <= as_of_;
}

// Whether they were in a queue, while such places were offered as this, on any part of the day.
bool BillingOracle::is_member_on(const std::vector<Change>& changes, CivilDay day, const Product& offer) const {
    const auto first = std::max(start(day), offer.offered_from);
    const auto end = std::min(start(CivilDay{day.number + 1}), offer.offered_to);
    if (start(day) == start(CivilDay{day.number + 1})) {
        const auto before = start(day) - 1;
        return before >= offer.offered_from && start(day) < offer.offered_to && is_member_at(changes, before) &&
               is_member_at(changes, start(day));
    }
    if (end <= first) return false;
    if (is_member_at(changes, first)) return true;
    return std::ranges::any_of(changes, [&](const Change& change) {
        return change.at > first && change.at < end && is_member_at(changes, change.at);
    });
}

void BillingOracle::add_member(std::uint32_t user, CivilDay day, StatementBy by, std::int64_t about_day,
                               Table& table) const {
    bool is_first_offer = true;
    for (auto offer : products_) {
        if (offer.billing != schema::Billing::MEMBERSHIP) continue;
        if (is_first_offer) offer.offered_from = first_instant.micros;
        is_first_offer = false;
        if (!is_member_on(members_.at(user), day, offer)) continue;
        auto price = offer.prices.front().second;
        for (const auto& [since, version] : offer.prices) {
            if (since <= start(day)) price = version;
        }
        const auto term = *parse_term(offer.term);
        auto days = std::int64_t{term.days} + static_cast<std::int64_t>(term.seconds / 86'400);
        if (term.seconds % 86'400 != 0) ++days;
        if (term.months > 0) days += days_in_block(day, term.months);
        auto& sums = table[{by == StatementBy::user ? user : about_day, offer.sku}];
        ++sums.in_queues;
        ++sums.billed;
        sums.amount += price / days;
        sums.prices.insert(price.str());
        return;  // a day is billed once
    }
}

std::vector<std::string> BillingOracle::rows(CivilDay begin, CivilDay last, StatementBy by) const {
    Table table;
    const auto about = [&](CivilDay day) { return by == StatementBy::day ? std::int64_t{day.number} : 0; };
    for (auto day = begin; day <= last && start(day) <= as_of_; ++day.number) {
        for (std::uint32_t i = 1; i <= licenses_.size(); ++i) add_license(i, day, by, about(day), table);
        for (const auto& [user, changes] : members_) add_member(user, day, by, about(day), table);
        for (const auto& credit : credits_) {
            if (credit.at > as_of_ || day_of(credit.at) != day) continue;
            table[{about(day), credit.sku}].credited += credit.millionths;
        }
    }
    std::vector<std::string> rows;
    for (const auto& [key, of] : table) {
        if (of.bought + of.bound + of.free + of.in_queues + of.billed == 0 && of.credited == 0) continue;
        rows.push_back(line(key.first, key.second, of.bought, of.bound, of.free, of.in_queues, of.billed,
                            of.prices.size() == 1 ? *of.prices.begin() : "none", cents(of.amount),
                            cents(to_exact(Amount{of.credited}))));
    }
    return rows;
}

}  // namespace seatledger::testing
