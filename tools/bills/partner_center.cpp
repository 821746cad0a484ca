// Microsoft Partner Center's reconciliation files for licenses (learn.microsoft.com/partner-center: "license-based
// recon files", "modern invoice reconciliation file", "recon file charge types"): the old ones, a row for a charge to
// an offer, and those of new commerce, a row for a charge to a product and SKU.
#include <algorithm>
#include <iterator>

#include "events/text.h"
#include "tools/bills/bill_layout.h"

namespace seatledger::billing {
namespace {

struct ChargeType {
    std::string_view name;  // without blanks, in lower case: the two kinds of files write "Cycle fee" and "cycleFee"
    LineKind kind;
};

// What is charged for seats and what gives such a charge back are both charges; the sign tells them apart. A change of
// the number of seats is both: the old charge is given back, and its parts come anew.
constexpr ChargeType charge_types[] = {
    {"activationfee", LineKind::charge},
    {"cancelfee", LineKind::charge},
    {"cancelinstanceprorate", LineKind::charge},
    {"cyclecharge", LineKind::charge},
    {"cyclefee", LineKind::charge},
    {"cycleinstanceprorate", LineKind::charge},
    {"proratefeeswhenactivate", LineKind::charge},
    {"proratefeeswhencancel", LineKind::charge},
    {"proratefeeswhenconvertawayfromcurrentoffering", LineKind::charge},
    {"proratefeeswhenconverttoanewoffering", LineKind::charge},
    {"proratefeeswhenpurchase", LineKind::charge},
    {"proratefeeswhenrenew", LineKind::charge},
    {"proratefeewhenpurchase", LineKind::charge},
    {"proratefeewhenrenew", LineKind::charge},
    {"purchasefee", LineKind::charge},
    {"renewalfee", LineKind::charge},
    {"renewfee", LineKind::charge},
    // One-time purchases and new commerce.
    {"addquantity", LineKind::charge},
    {"cancel", LineKind::charge},
    {"cancelimmediate", LineKind::charge},
    {"convert", LineKind::charge},
    {"new", LineKind::charge},
    {"purchase", LineKind::charge},
    {"removequantity", LineKind::charge},
    {"renew", LineKind::charge},
    // Granted, and for no seats.
    {"activationdiscount", LineKind::credit},
    {"canceldiscount", LineKind::credit},
    {"credit", LineKind::credit},
    {"customercredit", LineKind::credit},
    {"cyclediscount", LineKind::credit},
    {"offsetalineitem", LineKind::credit},
    {"onetimerefund", LineKind::credit},
    {"one-timerefund", LineKind::credit},
    {"renewdiscount", LineKind::credit},
    {"taxrefund", LineKind::tax},
    // By usage, not by seats.
    {"assessusagefeeforcurrentcycle", LineKind::other},
    {"assessusagefeewhencancel", LineKind::other},
};

// The files come in the language of the partner; so a mapping may name charge types, too.
std::expected<LineKind, std::string> kind_of(const Layout& layout, Layout::Fields fields) {
    const auto type = layout.text(fields, Part::kind);
    auto folded = fold_case(type);
    if (const auto mapped = layout.mapping->kinds.find(folded); mapped != layout.mapping->kinds.end()) {
        return mapped->second;
    }
    std::erase(folded, ' ');
    const auto* known = std::ranges::find(charge_types, folded, &ChargeType::name);
    if (known != std::end(charge_types)) return known->kind;
    return std::unexpected("the ChargeType \"" + type + "\" is not known: say what it is in the mapping's \"kinds\"");
}

SkuNames skus_of_offers(const Layout& layout, Layout::Fields fields) {
    const auto offer = layout.text(fields, Part::sku);
    return {{offer, layout.text(fields, Part::sku_beside)}, offer};
}

// A SkuId counts within its product only. Microsoft's catalogue joins them with a colon.
SkuNames skus_of_products(const Layout& layout, Layout::Fields fields) {
    const auto product = layout.text(fields, Part::sku), sku = layout.text(fields, Part::sku_beside);
    const auto both = product.empty() || sku.empty() ? product + sku : product + ":" + sku;
    return {{both, product}, both};
}

}  // namespace

std::expected<Layout, std::string> partner_center_layout(Layout::Header header, const Mapping& mapping) {
    if (!mapping.columns.empty() || !mapping.constants.empty()) {
        return std::unexpected(
            "is a Partner Center bill: the mapping's \"columns\" and \"constants\" are for csv, leave them out");
    }
    auto search = HeaderSearch::without_blanks(header);
    Layout layout;
    layout.at(Part::kind) = search.one_of({"ChargeType"});
    layout.at(Part::start) = search.one_of({"ChargeStartDate"});
    layout.at(Part::end) = search.one_of({"ChargeEndDate"});
    layout.at(Part::currency) = search.one_of({"Currency"});
    // The old files' Amount is before discounts, their TotalForCustomer and the new ones' Total are with tax.
    layout.at(Part::amount) = search.one_of({"Subtotal", "Amount"});
    layout.at(Part::tax) = search.any_of({"TaxTotal", "Tax"});
    layout.at(Part::quantity) = search.one_of({"BillableQuantity", "Quantity"});
    layout.at(Part::unit_price) = search.any_of({"EffectiveUnitPrice", "UnitPrice"});
    layout.at(Part::price_currency) = search.any_of({"PricingCurrency"});
    layout.at(Part::invoice) = search.any_of({"InvoiceNumber"});
    layout.kind_of = kind_of;
    const bool is_new_commerce = !search.any_of({"ProductId"}).columns.empty();
    if (is_new_commerce) {
        layout.at(Part::sku) = search.one_of({"ProductId"});
        layout.at(Part::sku_beside) = search.one_of({"SkuId"});
        layout.at(Part::description) = search.any_of({"SkuName", "ProductName"});
        layout.skus_of = skus_of_products;
    } else {
        layout.at(Part::sku) = search.one_of({"DurableOfferId", "OfferId"});
        layout.at(Part::sku_beside) = search.any_of({"OfferId"});
        layout.at(Part::description) = search.any_of({"OfferName", "SubscriptionName"});
        layout.skus_of = skus_of_offers;
    }
    if (auto problem = search.problem("every reconciliation file has it, so see whether this is one")) {
        return std::unexpected(std::move(*problem));
    }
    return layout;
}

}  // namespace seatledger::billing
