// FOCUS, the FinOps Open Cost and Usage Specification (focus.finops.org), versions 1.0 to 1.2: a row is a charge.
#include <algorithm>
#include <iterator>

#include "events/text.h"
#include "tools/bills/bill_layout.h"

namespace seatledger::billing {
namespace {

// What the specification has no column for, so that a vendor gives it a column of its own (x_…).
constexpr std::string_view parts_mapped[] = {"license", "email", "id", "corrects"};

std::optional<std::string> mapping_problem(const Mapping& mapping) {
    if (!mapping.constants.empty()) return "is a FOCUS bill: the mapping's \"constants\" are for csv, leave them out";
    if (!mapping.kinds.empty()) return "is a FOCUS bill: the mapping's \"kinds\" are not for it, leave them out";
    for (const auto& [part, column] : mapping.columns) {
        if (std::ranges::find(parts_mapped, part) != std::end(parts_mapped)) continue;
        return "is a FOCUS bill: its column for \"" + part +
               "\" is known, and a mapping may only have columns for license, email, id and corrects";
    }
    return {};
}

// A correction of a tax or of a credit is still one of those: neither is judged.
std::expected<LineKind, std::string> kind_of(const Layout& layout, Layout::Fields fields) {
    const auto category = layout.text(fields, Part::kind);
    const auto charge_class = layout.text(fields, Part::kind_beside);
    const auto folded = fold_case(category);
    if (!charge_class.empty() && fold_case(charge_class) != "correction") {
        return std::unexpected("the ChargeClass \"" + charge_class + "\" is not Correction, all that FOCUS knows");
    }
    if (folded == "tax") return LineKind::tax;
    if (folded == "credit") return LineKind::credit;
    const bool is_adjustment = folded == "adjustment";
    if (!is_adjustment && folded != "usage" && folded != "purchase") {
        return std::unexpected("the ChargeCategory \"" + category +
                               "\" is none of Usage, Purchase, Tax, Credit and Adjustment: correct it");
    }
    if (!charge_class.empty()) return LineKind::correction;
    return is_adjustment ? LineKind::other : LineKind::charge;
}

// A price is of a product, so a mapping may tell the prices of a product apart.
SkuNames skus_of(const Layout& layout, Layout::Fields fields) {
    const auto product = layout.text(fields, Part::sku);
    return {{layout.text(fields, Part::sku_beside), product}, product};
}

}  // namespace

std::expected<Layout, std::string> focus_layout(Layout::Header header, const Mapping& mapping) {
    if (auto problem = mapping_problem(mapping)) return std::unexpected(std::move(*problem));
    auto search = HeaderSearch::without_blanks(header);
    Layout layout;
    layout.has_null_words = true;  // as databases export them
    layout.at(Part::amount) = search.one_of({"BilledCost"});
    layout.at(Part::currency) = search.one_of({"BillingCurrency"});
    layout.at(Part::kind) = search.one_of({"ChargeCategory"});
    layout.at(Part::start) = search.one_of({"ChargePeriodStart"});
    layout.at(Part::end) = search.one_of({"ChargePeriodEnd"});
    layout.at(Part::quantity) = search.one_of({"PricingQuantity", "ConsumedQuantity"});
    layout.at(Part::quantity_unit) = search.any_of({"PricingUnit", "ConsumedUnit"});
    layout.at(Part::sku) = search.one_of({"SkuId", "SkuPriceId"});
    layout.at(Part::unit_price) = search.any_of({"ContractedUnitPrice", "ListUnitPrice"});
    layout.at(Part::billed_start) = search.any_of({"BillingPeriodStart"});
    layout.at(Part::billed_end) = search.any_of({"BillingPeriodEnd"});
    layout.at(Part::invoice) = search.any_of({"InvoiceId"});  // since 1.2
    layout.at(Part::seat) = search.any_of({"ResourceId"});
    layout.at(Part::description) = search.any_of({"ChargeDescription"});
    layout.at(Part::kind_beside) = search.any_of({"ChargeClass"});
    layout.at(Part::sku_beside) = search.any_of({"SkuPriceId"});
    layout.kind_of = kind_of;
    layout.skus_of = skus_of;

    HeaderSearch mapped(header);
    for (const auto& [part, column] : mapping.columns) layout.at(*part_named(part)) = mapped.one_of({column});

    if (auto problem = search.problem("every FOCUS bill has it, so see whether this is one"))
        return std::unexpected(*problem);
    if (auto problem = mapped.problem("correct the mapping")) return std::unexpected(*problem);

    return layout;
}

}  // namespace seatledger::billing
