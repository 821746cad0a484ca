#include "tools/bills/bill_record.h"

#include <algorithm>
#include <utility>

#include "engine/rules/values.h"
#include "events/money.h"
#include "events/text.h"
#include "tools/bills/bill_days.h"

namespace seatledger::billing {
namespace {

// Empty: nothing is wrong.
using Reason = std::string;

std::string in_capitals(std::string text) {
    std::ranges::transform(text, text.begin(), [](char c) { return c >= 'a' && c <= 'z' ? char(c - 'a' + 'A') : c; });
    return text;
}

constexpr std::size_t shown_bytes_max = 100;      // of a cell, in messages
constexpr std::int32_t period_days_max = 36'600;  // a hundred years

// How many such units a seat has a day: License-Days 1, Hours 24; 0: it does not count time.
int units_a_day(std::string_view unit) {
    const auto folded = fold_case(unit);
    for (const auto& [word, count] : {std::pair("day", 1), std::pair("hour", 24), std::pair("minute", 24 * 60)}) {
        const auto at = folded.find(word);
        if (at == folded.npos) continue;
        const auto rest = std::string_view(folded).substr(at + std::string_view(word).size());
        const bool is_word =
            (at == 0 || folded[at - 1] == '-' || folded[at - 1] == ' ') && (rest.empty() || rest == "s");
        if (is_word) return count;
    }
    return 0;
}

class RecordReader {
 public:
    RecordReader(const Layout& layout, const BillFormat& format, Layout::Fields fields)
        : layout_(layout), format_(format), fields_(fields) {}

    std::expected<BillLine, RefusedLine> read(std::uint64_t line) {
        line_.line = line;
        auto reason = read_sum();
        for (auto step : {&RecordReader::read_kind, &RecordReader::read_sku, &RecordReader::read_periods,
                          &RecordReader::read_quantity, &RecordReader::read_prices, &RecordReader::read_seat}) {
            if (reason.empty()) reason = (this->*step)();
        }
        if (!reason.empty()) return std::unexpected(refused(std::move(reason)));
        line_.bill_invoice = text(Part::invoice);
        if (format_.has_ledger_invoices) line_.invoice = line_.bill_invoice;
        line_.id = text(Part::id);
        line_.corrects = text(Part::corrects);
        line_.description = text(Part::description);
        return std::move(line_);
    }

    RefusedLine refuse(std::uint64_t line, Reason reason) {
        line_.line = line;
        static_cast<void>(read_sum());
        return refused(std::move(reason));
    }

 private:
    [[nodiscard]] RefusedLine refused(Reason reason) const {
        return {line_.line, std::move(reason), has_amount_ ? std::optional(line_.amount) : std::nullopt,
                line_.currency};
    }

    // What counts even if nothing else can be read: both, whether or not one of them can be.
    Reason read_sum() {
        auto currency_reason = read_currency();
        auto amount_reason = read_amount();
        has_amount_ = amount_reason.empty();
        return currency_reason.empty() ? amount_reason : currency_reason;
    }

    [[nodiscard]] std::string text(Part part) const { return layout_.text(fields_, part); }
    [[nodiscard]] const std::string& name(Part part) const { return layout_.at(part).name; }

    [[nodiscard]] Reason lacks(Part part, std::string_view advice) const {
        return "has no " + name(part) + ": " + std::string(advice);
    }
    // `problem` says what is wrong with a text that the part has.
    [[nodiscard]] Reason objection(Part part, const std::string& cell, const std::string& problem) const {
        const auto shown = cut(cell, shown_bytes_max);
        return "the " + name(part) + " \"" + std::string(shown) + (shown.size() < cell.size() ? "…" : "") + "\" " +
               problem;
    }
    // A number that stands on two lines is two numbers, or none. Empty: it does not.
    [[nodiscard]] Reason break_in(Part part) const {
        for (const auto column : layout_.at(part).columns) {
            const auto cell = column < fields_.size() ? fields_[column] : std::string_view();
            const auto first = cell.find_first_not_of(" \t\r\n"), last = cell.find_last_not_of(" \t\r\n");
            if (first == cell.npos) continue;
            // A byte of zeros (of a record that is refused for it) may stand where a digit stood.
            constexpr std::string_view breaks("\t\n\v\f\r\0", 6);
            if (cell.substr(first, last - first + 1).find_first_of(breaks) == cell.npos) continue;
            return objection(part, text(part), "has a line break or a tab in it: correct it");
        }
        return {};
    }
    [[nodiscard]] bool is_judged() const {
        return line_.kind == LineKind::charge || line_.kind == LineKind::correction;
    }

    Reason read_currency() {
        const auto cell = text(Part::currency);
        if (cell.empty()) return lacks(Part::currency, "enter in which one it is billed");
        auto code = in_capitals(cell);
        if (!minor_unit_digits(code)) return objection(Part::currency, cell, "is no code of ISO 4217: correct it");
        line_.currency = std::move(code);
        return {};
    }

    Reason read_amount() {
        const auto cell = text(Part::amount);
        if (cell.empty()) return lacks(Part::amount, "enter what it costs");
        if (auto reason = break_in(Part::amount); !reason.empty()) return reason;
        const auto amount = read_money(cell, format_.decimals, line_.currency);
        if (!amount) return objection(Part::amount, cell, amount.error());
        line_.amount = *amount;
        return {};
    }

    Reason read_kind() {
        const auto kind = layout_.kind_of(layout_, fields_);
        if (!kind) return kind.error();
        line_.kind = *kind;
        return {};
    }

    Reason read_sku() {
        const auto& skus = layout_.mapping->skus;
        auto names = layout_.skus_of(layout_, fields_);
        for (auto& looked_up : names.looked_up) {
            const auto mapped = skus.find(looked_up);
            if (mapped == skus.end()) continue;
            line_.sku = mapped->second;
            line_.bill_sku = std::move(looked_up);
            return {};
        }
        if (names.own.empty() && is_judged()) return lacks(Part::sku, "enter what is charged for");
        line_.sku = names.own;
        line_.bill_sku = std::move(names.own);
        return {};
    }

    // Leaves `period` as it is where the record has neither of its days.
    Reason read_period(Part start, Part end, std::optional<DayPeriod>& period) const {
        const auto start_cell = text(start), end_cell = text(end);
        if (start_cell.empty() && end_cell.empty()) return {};
        if (start_cell.empty()) return lacks(start, "enter the day on which its period begins");
        if (end_cell.empty()) return lacks(end, "enter the day on which its period ends");
        const auto begin_day = read_day(start_cell, Bound::begin, format_);
        if (!begin_day) return objection(start, start_cell, begin_day.error());
        const auto end_day = read_day(end_cell, Bound::end, format_);
        if (!end_day) return objection(end, end_cell, end_day.error());
        if (end_day->number - begin_day->number > period_days_max) {
            return objection(end, end_cell,
                             "is " + std::to_string(end_day->number - begin_day->number) + " days after its " +
                                 name(start) + ", and a line is for " + std::to_string(period_days_max) +
                                 " at most: enter the end of what it charges for");
        }
        if (*end_day < *begin_day) return objection(end, end_cell, "is before its " + name(start) + ": correct one");
        period = DayPeriod{*begin_day, *end_day};
        return {};
    }

    Reason read_periods() {
        std::optional<DayPeriod> period;
        if (auto reason = read_period(Part::start, Part::end, period); !reason.empty()) return reason;
        if (is_judged() && !period) return lacks(Part::start, "enter the period that it charges for");
        if (is_judged() && period->days() == 0) {
            return objection(Part::end, text(Part::end),
                             "leaves no day after its " + name(Part::start) +
                                 ": correct one, or say with --ends that ends are inclusive");
        }
        line_.period = period.value_or(DayPeriod());
        return read_period(Part::billed_start, Part::billed_end, line_.billed_in);
    }

    Reason read_quantity() {
        const auto cell = text(Part::quantity);
        if (cell.empty()) {
            return line_.kind == LineKind::charge ? lacks(Part::quantity, "enter how many seats it charges") : Reason();
        }
        if (auto reason = break_in(Part::quantity); !reason.empty()) return reason;
        const auto quantity = read_decimal(cell, format_.decimals);
        if (!quantity) return objection(Part::quantity, cell, quantity.error());
        line_.quantity = *quantity;
        return is_judged() ? read_unit(cell) : Reason();
    }

    // A quantity of seat-days is as many seats as that is on each day of the period.
    Reason read_unit(const std::string& quantity_cell) {
        const auto unit = text(Part::quantity_unit);
        const auto a_day = units_a_day(unit);
        if (a_day == 0) return {};
        is_by_time_ = true;
        const auto each = Decimal::Units{a_day} * line_.period.days();
        if (line_.quantity.units % each == 0) {
            line_.quantity.units /= each;
            return {};
        }
        return objection(Part::quantity, quantity_cell + " " + unit,
                         "is no whole number of seats on each of its " + std::to_string(line_.period.days()) +
                             " days, so that nobody can say which days are charged: ask for a bill with a line for "
                             "each run of days");
    }

    Reason read_prices() {
        for (const auto part : {Part::tax, Part::unit_price}) {
            if (auto reason = break_in(part); !reason.empty()) return reason;
        }
        if (const auto cell = text(Part::tax); !cell.empty()) {
            const auto tax = read_money(cell, format_.decimals, line_.currency);
            if (!tax) return objection(Part::tax, cell, tax.error());
            line_.tax = *tax;
        }
        const auto cell = text(Part::unit_price);
        const auto currency = in_capitals(text(Part::price_currency));
        // A price in another currency than the amount says nothing about it here, nor does that of a day or an hour.
        if (cell.empty() || is_by_time_ || (!currency.empty() && currency != line_.currency)) return {};
        const auto price = read_money(cell, format_.decimals, line_.currency);
        if (!price) return objection(Part::unit_price, cell, price.error());
        line_.unit_price = *price;
        return {};
    }

    Reason read_seat() {
        // What FOCUS calls a resource may be anything; it is a seat if it looks like one.
        const auto resource = text(Part::seat);
        if (const auto number = read_number(resource); number && *number > 0) line_.license = number;
        if (rules::is_email(resource)) line_.email = resource;

        if (const auto cell = text(Part::license); !cell.empty()) {
            line_.license = read_number(cell);
            if (line_.license.value_or(0) == 0) {
                return objection(Part::license, cell, "is no number of a license: correct it, or leave it empty");
            }
        }
        if (auto cell = text(Part::email); !cell.empty()) {
            if (!rules::is_email(cell)) {
                return objection(Part::email, cell, "is no e-mail address: correct it, or leave it empty");
            }
            line_.email = std::move(cell);
        }
        return {};
    }

    const Layout& layout_;
    const BillFormat& format_;
    Layout::Fields fields_;
    BillLine line_;
    bool has_amount_ = false;
    bool is_by_time_ = false;  // its quantity counts seat-days, or the like
};

// With a byte-order mark, which only stands where a file begins: what its cells are called, this file does not say.
bool begins_file(Layout::Fields fields) { return !fields.empty() && fields.front().starts_with("\xEF\xBB\xBF"); }

}  // namespace

std::expected<BillLine, RefusedLine> read_record(const Layout& layout, const BillFormat& format, Layout::Fields fields,
                                                 std::uint64_t line) {
    if (begins_file(fields)) {
        return std::unexpected(RefusedLine{line,
                                           "begins with a byte-order mark: several files seem to stand in this one; "
                                           "read each by itself",
                                           {},
                                           {}});
    }
    return RecordReader(layout, format, fields).read(line);
}

RefusedLine refuse_record(const Layout& layout, const BillFormat& format, Layout::Fields fields, std::uint64_t line,
                          std::string reason) {
    if (begins_file(fields)) return {line, std::move(reason), {}, {}};
    return RecordReader(layout, format, fields).refuse(line, std::move(reason));
}

}  // namespace seatledger::billing
