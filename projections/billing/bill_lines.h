// The lines of a bill, a million of them at once.
#pragma once

#include <boost/unordered/unordered_flat_map.hpp>
#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "events/ids.h"
#include "projections/billing/bill_line.h"
#include "projections/billing/decimal.h"

namespace seatledger::billing {

// Who had that address on those days, or if nobody had it then at any other time; 0: nobody whom the ledger knows.
using UserOf = std::function<UserId(std::string_view email, const DayPeriod& days)>;

// Texts that occur many times, numbered 1, 2, 3 …; 0 is the empty one.
class Names {
 public:
    [[nodiscard]] std::uint32_t number_of(std::string_view text);
    [[nodiscard]] const std::string& text(std::uint32_t number) const { return texts_[number]; }
    [[nodiscard]] std::uint32_t count() const { return static_cast<std::uint32_t>(texts_.size()) - 1; }

 private:
    std::deque<std::string> texts_ = std::deque<std::string>(1);
    boost::unordered_flat_map<std::string_view, std::uint32_t> numbers_;  // views of texts_
};

// What two lines have to do with each other.
enum class Link : std::uint8_t {
    none,
    netted,    // one gives back what the other charges, all of it
    equal,     // to an earlier one
    corrects,  // an earlier one
};

// Where a line lies among the others: 0, 1, 2 …
using LineIndex = std::uint32_t;

class BillLines {
 public:
    // About 100 bytes; what is not short or frequent lies elsewhere.
    struct Line {
        std::uint64_t line = 0;
        std::int64_t quantity = 0;  // these three: units, or where they do not fit, an index of wide_
        std::int64_t unit_price = 0;
        std::int64_t amount = 0;
        std::uint64_t id_hash = 0;  // 0: it has none
        DayPeriod period;
        std::uint32_t sku = 0;  // number of a name, as the next
        std::uint32_t invoice = 0;
        std::uint32_t email = 0;  // once people are known: only where nobody is by it
        std::uint32_t license = 0;
        UserId user;
        std::uint32_t billed_in = 0;  // 1 + index; 0: it does not say
        LineIndex other = 0;          // where link is not none
        std::uint16_t currency = 0;   // number of a name
        std::uint8_t quantity_scale = 0;
        std::uint8_t price_scale = 0;
        std::uint8_t amount_scale = 0;
        LineKind kind = LineKind::charge;
        Link link = Link::none;
        bool has_license : 1 = false;
        bool has_email : 1 = false;
        bool has_price : 1 = false;
        bool is_wide_quantity : 1 = false;
        bool is_wide_price : 1 = false;
        bool is_wide_amount : 1 = false;

        [[nodiscard]] bool names_seat() const { return has_license || has_email; }
    };

    // A correction of the line that has that id.
    struct Correction {
        LineIndex line = 0;
        std::uint64_t corrects = 0;  // hash of an id; 0: it does not say
    };

    void add(const BillLine& line);
    // Whom the lines name; to be called once, when there are no more of them.
    void find_people(const UserOf& user_of);

    [[nodiscard]] LineIndex count() const { return static_cast<LineIndex>(lines_.size()); }
    [[nodiscard]] const Line& operator[](LineIndex index) const { return lines_[index]; }
    [[nodiscard]] Line& operator[](LineIndex index) { return lines_[index]; }
    [[nodiscard]] const std::vector<Correction>& corrections() const { return corrections_; }

    [[nodiscard]] Decimal quantity(const Line& line) const {
        return wide(line.quantity, line.quantity_scale, line.is_wide_quantity);
    }
    [[nodiscard]] Decimal amount(const Line& line) const {
        return wide(line.amount, line.amount_scale, line.is_wide_amount);
    }
    [[nodiscard]] std::optional<Decimal> unit_price(const Line& line) const {
        if (!line.has_price) return std::nullopt;
        return wide(line.unit_price, line.price_scale, line.is_wide_price);
    }
    // Whole seats that it is about, up from its quantity; without the sign. At most seats_max.
    [[nodiscard]] std::int64_t seats(const Line& line) const;
    static constexpr std::int64_t seats_max = 1'000'000'000'000;

    // Whether it charges for seats or gives such a charge back, and has days and seats.
    [[nodiscard]] bool is_about_seats(const Line& line) const;
    // … gives back.
    [[nodiscard]] bool gives_back(const Line& line) const {
        return amount(line).is_negative() || quantity(line).is_negative();
    }

    [[nodiscard]] const std::string& sku(const Line& line) const { return skus_.text(line.sku); }
    [[nodiscard]] const std::string& invoice(const Line& line) const { return invoices_.text(line.invoice); }
    [[nodiscard]] const std::string& email(const Line& line) const { return emails_.text(line.email); }
    [[nodiscard]] const std::string& currency(const Line& line) const { return currencies_.text(line.currency); }
    [[nodiscard]] std::optional<DayPeriod> billed_in(const Line& line) const {
        if (line.billed_in == 0) return std::nullopt;
        return billed_in_[line.billed_in - 1];
    }
    [[nodiscard]] const std::vector<DayPeriod>& billing_periods() const { return billed_in_; }
    [[nodiscard]] const Names& skus() const { return skus_; }
    [[nodiscard]] const Names& invoices() const { return invoices_; }

    // From the first to the last day that any line is for, or is billed in. Nothing: none has days.
    [[nodiscard]] const std::optional<DayPeriod>& days() const { return days_; }

    [[nodiscard]] std::size_t bytes() const;

 private:
    void extend(const DayPeriod& days);
    [[nodiscard]] Decimal wide(std::int64_t units, std::uint8_t scale, bool is_wide) const {
        return is_wide ? wide_[static_cast<std::size_t>(units)] : Decimal{units, scale};
    }
    std::pair<std::int64_t, bool> stored(Decimal number);

    std::vector<Line> lines_;
    std::vector<Correction> corrections_;  // in the order of their lines
    std::vector<Decimal> wide_;
    std::optional<DayPeriod> days_;
    std::vector<DayPeriod> billed_in_;                                           // each once
    boost::unordered_flat_map<std::uint64_t, std::uint32_t> billed_in_numbers_;  // 1 + index, by both days
    Names skus_;
    Names invoices_;
    Names emails_;
    Names currencies_;
};

}  // namespace seatledger::billing
