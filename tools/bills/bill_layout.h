// Where in the records of a bill the parts of a line stand: what the formats differ in.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "projections/billing/bill_line.h"
#include "tools/bills/bill_format.h"
#include "tools/bills/mapping.h"

namespace seatledger::billing {

enum class Part : std::uint8_t {
    // What a mapping may name, and a plain bill has columns of that name for.
    sku,
    quantity,
    unit_price,
    amount,
    currency,
    start,
    end,
    license,
    email,
    invoice,
    kind,
    tax,
    id,
    corrects,
    description,
    // What only some formats have.
    sku_beside,      // another name of the product, or the rest of its name
    kind_beside,     // FOCUS: ChargeClass
    seat,            // a license or an e-mail, or neither
    price_currency,  // of the unit price
    billed_start,
    billed_end,
    quantity_unit,  // what the quantity counts, where that need not be seats
};
constexpr std::size_t parts_count = static_cast<std::size_t>(Part::quantity_unit) + 1;
constexpr std::size_t named_parts_count = static_cast<std::size_t>(Part::description) + 1;

// sku, quantity, unitPrice, …: in the order of Part.
[[nodiscard]] std::span<const std::string_view> part_names();
[[nodiscard]] std::optional<Part> part_named(std::string_view name);

struct Source {
    std::vector<std::size_t> columns;  // the first of them that is not empty in a record has it
    std::string name;                  // as messages call it: that of the first column
    std::string constant;              // where there is no column
};

// The names by which a record's product may stand in a mapping's `skus`, the first that does stand there counts; and
// its own name, if none of them does.
struct SkuNames {
    std::vector<std::string> looked_up;
    std::string own;
};

struct Layout {
    using Header = std::span<const std::string>;
    using Fields = std::span<const std::string_view>;

    std::array<Source, parts_count> sources;
    bool has_null_words = false;  // NULL and null are empty cells
    const Mapping* mapping = nullptr;

    // The error is a reason to refuse the record.
    std::expected<LineKind, std::string> (*kind_of)(const Layout& layout, Fields fields) = nullptr;
    SkuNames (*skus_of)(const Layout& layout, Fields fields) = nullptr;

    [[nodiscard]] Source& at(Part part) { return sources[static_cast<std::size_t>(part)]; }
    [[nodiscard]] const Source& at(Part part) const { return sources[static_cast<std::size_t>(part)]; }

    // Without blanks at its ends and without more than one together; empty where the record has nothing for it.
    [[nodiscard]] std::string text(Fields fields, Part part) const;
};

// The layout of a bill with that header (trimmed). `mapping` stays in use. The error ends a sentence about the file: a
// column that is needed is not there or there twice, or the mapping has what is not for this format.
[[nodiscard]] std::expected<Layout, std::string> layout_of(Layout::Header header, BillFormat::Kind kind,
                                                           const Mapping& mapping);

// A format each, for layout_of().
[[nodiscard]] std::expected<Layout, std::string> focus_layout(Layout::Header header, const Mapping& mapping);
[[nodiscard]] std::expected<Layout, std::string> partner_center_layout(Layout::Header header, const Mapping& mapping);
[[nodiscard]] std::expected<Layout, std::string> csv_layout(Layout::Header header, const Mapping& mapping);

// Looks columns up in a header, and remembers what is wrong with it.
class HeaderSearch {
 public:
    explicit HeaderSearch(Layout::Header header) : header_(header.begin(), header.end()) {}

    // The same, with names compared without blanks and underscores: "Billed Cost" is BilledCost.
    [[nodiscard]] static HeaderSearch without_blanks(Layout::Header header);

    // Those of the columns that there are, in that order.
    [[nodiscard]] Source any_of(std::initializer_list<std::string_view> names);
    // … of which there has to be one.
    [[nodiscard]] Source one_of(std::initializer_list<std::string_view> names);

    // `advice` says what to do about columns that lack.
    [[nodiscard]] std::optional<std::string> problem(std::string_view advice) const;

 private:
    std::vector<std::string> header_;
    std::vector<std::string> missing_;
    std::vector<std::string> twice_;
};

}  // namespace seatledger::billing
