// How a vendor's bill is written. Its user says so: none of it can be seen in a file without guessing (is 02/03 in
// March, does a period end on its last day?), and a guess that is wrong would accuse somebody.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <utility>

#include "tools/import_cells.h"

namespace date {
class time_zone;
}

namespace seatledger::billing {

struct BillFormat {
    enum class Kind : std::uint8_t {
        focus,           // FinOps Open Cost and Usage Specification, 1.0 to 1.2
        partner_center,  // Microsoft's reconciliation files for licenses, the old ones and those of new commerce
        csv,             // any other, with columns of our names or a mapping
    };

    Kind kind = Kind::csv;
    DateOrder dates = DateOrder::iso;
    DecimalMark decimals = DecimalMark::point;
    bool ends_inclusive = false;            // a period ends with the day that is written, not before it
    bool has_ledger_invoices = false;       // the invoices that it names are the ledger's, not numbers of the vendor's
    const date::time_zone* zone = nullptr;  // never null when a bill is read: in which instants become days
};

// By which they are declared, on the command line and in disputes.
template <typename Value>
using Declared = std::pair<std::string_view, Value>;

inline constexpr std::array bill_kinds = {
    Declared<BillFormat::Kind>{"focus", BillFormat::Kind::focus},
    Declared<BillFormat::Kind>{"partner-center", BillFormat::Kind::partner_center},
    Declared<BillFormat::Kind>{"csv", BillFormat::Kind::csv}};
inline constexpr std::array date_orders = {Declared<DateOrder>{"iso", DateOrder::iso},
                                           Declared<DateOrder>{"mdy", DateOrder::mdy},
                                           Declared<DateOrder>{"dmy", DateOrder::dmy}};
inline constexpr std::array decimal_marks = {Declared<DecimalMark>{"point", DecimalMark::point},
                                             Declared<DecimalMark>{"comma", DecimalMark::comma}};
inline constexpr std::array period_ends = {Declared<bool>{"exclusive", false}, Declared<bool>{"inclusive", true}};
inline constexpr std::array invoice_numbers = {Declared<bool>{"vendor", false}, Declared<bool>{"ledger", true}};

template <typename Value, std::size_t count>
[[nodiscard]] constexpr std::string_view name_in(const std::array<Declared<Value>, count>& names, Value value) {
    for (const auto& [name, known] : names) {
        if (known == value) return name;
    }
    return {};
}

// What is usual for bills of that kind.
[[nodiscard]] inline BillFormat usual_format(BillFormat::Kind kind, const date::time_zone& zone) {
    return {kind,
            DateOrder::iso,
            DecimalMark::point,
            kind == BillFormat::Kind::partner_center,
            kind == BillFormat::Kind::csv,
            &zone};
}

}  // namespace seatledger::billing
