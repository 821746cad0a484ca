// How a vendor's bill is written. Its user says so: none of it can be seen in a file without guessing (is 02/03 in
// March, does a period end on its last day?), and a guess that is wrong would accuse somebody.
#pragma once

#include <cstdint>

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
    const date::time_zone* zone = nullptr;  // never null when a bill is read: in which instants become days
};

// What is usual for bills of that kind.
[[nodiscard]] inline BillFormat usual_format(BillFormat::Kind kind, const date::time_zone& zone) {
    return {kind, DateOrder::iso, DecimalMark::point, kind == BillFormat::Kind::partner_center, &zone};
}

}  // namespace seatledger::billing
