#include "projections/billing/bill_lines.h"

#include <kj/debug.h>

#include <algorithm>
#include <limits>
#include <tuple>

namespace seatledger::billing {
namespace {

std::uint64_t hash_of_id(std::string_view id) {
    if (id.empty()) return 0;
    return std::max<std::uint64_t>(1, std::hash<std::string_view>{}(id));
}

}  // namespace

std::uint32_t Names::number_of(std::string_view text) {
    if (text.empty()) return 0;
    const auto found = numbers_.find(text);
    if (found != numbers_.end()) return found->second;
    const auto number = static_cast<std::uint32_t>(texts_.size());
    numbers_.emplace(texts_.emplace_back(text), number);
    return number;
}

std::pair<std::int64_t, bool> BillLines::stored(Decimal number) {
    if (number.units >= std::numeric_limits<std::int64_t>::min() &&
        number.units <= std::numeric_limits<std::int64_t>::max()) {
        return {static_cast<std::int64_t>(number.units), false};
    }
    wide_.push_back(number);
    return {static_cast<std::int64_t>(wide_.size() - 1), true};
}

void BillLines::add(const BillLine& line) {
    KJ_REQUIRE(lines_.size() < std::numeric_limits<LineIndex>::max(), "a bill has too many lines");
    if (line.kind == LineKind::correction) corrections_.push_back({count(), hash_of_id(line.corrects)});
    auto& to = lines_.emplace_back();
    to.line = line.line;
    bool is_wide = false;
    std::tie(to.quantity, is_wide) = stored(line.quantity);
    to.is_wide_quantity = is_wide;
    to.quantity_scale = line.quantity.scale;
    std::tie(to.amount, is_wide) = stored(line.amount);
    to.is_wide_amount = is_wide;
    to.amount_scale = line.amount.scale;
    if (line.unit_price) {
        std::tie(to.unit_price, is_wide) = stored(*line.unit_price);
        to.is_wide_price = is_wide;
        to.price_scale = line.unit_price->scale;
        to.has_price = true;
    }
    to.id_hash = hash_of_id(line.id);
    to.period = line.period;
    to.sku = skus_.number_of(line.sku);
    to.invoice = invoices_.number_of(line.invoice);
    to.has_license = line.license.has_value();
    to.license = line.license.value_or(0);
    to.has_email = !line.email.empty();
    to.email = emails_.number_of(line.email);
    extend(line.period);
    const auto currency = currencies_.number_of(line.currency);
    KJ_REQUIRE(currency <= std::numeric_limits<std::uint16_t>::max(), "a bill has too many currencies");
    to.currency = static_cast<std::uint16_t>(currency);
    to.kind = line.kind;
    if (!line.billed_in) return;
    extend(*line.billed_in);
    const auto both = std::uint64_t{static_cast<std::uint32_t>(line.billed_in->begin.number)} << 32 |
                      static_cast<std::uint32_t>(line.billed_in->end.number);
    const auto [place, is_new] =
        billed_in_numbers_.try_emplace(both, static_cast<std::uint32_t>(billed_in_.size() + 1));
    if (is_new) billed_in_.push_back(*line.billed_in);
    to.billed_in = place->second;
}

void BillLines::extend(const DayPeriod& days) {
    if (days.end <= days.begin) return;
    if (!days_) days_ = days;
    days_->begin = std::min(days_->begin, days.begin);
    days_->end = std::max(days_->end, days.end);
}

void BillLines::find_people(const UserOf& user_of) {
    for (auto& line : lines_) {
        if (!line.has_email) continue;
        line.user = user_of(emails_.text(line.email), line.period);
        if (line.user) line.email = 0;
    }
}

std::int64_t BillLines::seats(const Line& line) const {
    auto number = shortest(quantity(line));
    if (number.is_negative()) number = negated(number);
    Decimal::Units scale = 1;
    for (auto i = number.scale; i > 0; --i) scale *= 10;
    return static_cast<std::int64_t>(
        std::min<Decimal::Units>((number.units + scale - 1) / scale, Decimal::Units{seats_max}));
}

bool BillLines::is_about_seats(const Line& line) const {
    return (line.kind == LineKind::charge || line.kind == LineKind::correction) &&
           (line.is_wide_quantity || line.quantity != 0) && line.period.end > line.period.begin;
}

std::size_t BillLines::bytes() const {
    return lines_.capacity() * sizeof(Line) + corrections_.capacity() * sizeof(Correction) +
           wide_.capacity() * sizeof(Decimal);
}

}  // namespace seatledger::billing
