#include "tools/bills/bill_record.h"

#include <algorithm>
#include <utility>

#include "engine/rules/values.h"
#include "events/money.h"
#include "tools/bills/bill_days.h"

namespace seatledger::billing {
namespace {

// Empty: nothing is wrong.
using Reason = std::string;

std::string in_capitals(std::string text) {
    std::ranges::transform(text, text.begin(), [](char c) { return c >= 'a' && c <= 'z' ? char(c - 'a' + 'A') : c; });
    return text;
}

class RecordReader {
 public:
    RecordReader(const Layout& layout, const BillFormat& format, Layout::Fields fields)
        : layout_(layout), format_(format), fields_(fields) {}

    std::expected<BillLine, RefusedLine> read(std::uint64_t line) {
        line_.line = line;
        // First of all: they count even if the rest cannot be read.
        const auto currency_reason = read_currency();
        auto reason = read_amount();
        const bool has_amount = reason.empty();
        if (!currency_reason.empty()) reason = currency_reason;
        for (auto step : {&RecordReader::read_kind, &RecordReader::read_sku, &RecordReader::read_periods,
                          &RecordReader::read_quantity, &RecordReader::read_prices, &RecordReader::read_seat}) {
            if (reason.empty()) reason = (this->*step)();
        }
        if (!reason.empty()) {
            std::optional<Decimal> amount;
            if (has_amount) amount = line_.amount;
            return std::unexpected(RefusedLine{line, std::move(reason), amount, line_.currency});
        }
        line_.bill_invoice = text(Part::invoice);
        if (format_.has_ledger_invoices) line_.invoice = line_.bill_invoice;
        line_.id = text(Part::id);
        line_.corrects = text(Part::corrects);
        line_.description = text(Part::description);
        return std::move(line_);
    }

 private:
    [[nodiscard]] std::string text(Part part) const { return layout_.text(fields_, part); }
    [[nodiscard]] const std::string& name(Part part) const { return layout_.at(part).name; }

    [[nodiscard]] Reason lacks(Part part, std::string_view advice) const {
        return "has no " + name(part) + ": " + std::string(advice);
    }
    // `problem` says what is wrong with a text that the part has.
    [[nodiscard]] Reason objection(Part part, const std::string& cell, const std::string& problem) const {
        return "the " + name(part) + " \"" + cell + "\" " + problem;
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
        const auto quantity = read_decimal(cell, format_.decimals);
        if (!quantity) return objection(Part::quantity, cell, quantity.error());
        line_.quantity = *quantity;
        return {};
    }

    Reason read_prices() {
        if (const auto cell = text(Part::tax); !cell.empty()) {
            const auto tax = read_money(cell, format_.decimals, line_.currency);
            if (!tax) return objection(Part::tax, cell, tax.error());
            line_.tax = *tax;
        }
        const auto cell = text(Part::unit_price);
        const auto currency = in_capitals(text(Part::price_currency));
        // A price in another currency than the amount says nothing about it here.
        if (cell.empty() || (!currency.empty() && currency != line_.currency)) return {};
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
};

}  // namespace

std::expected<BillLine, RefusedLine> read_record(const Layout& layout, const BillFormat& format, Layout::Fields fields,
                                                 std::uint64_t line) {
    return RecordReader(layout, format, fields).read(line);
}

}  // namespace seatledger::billing
