// A bill of any vendor: the columns have our own names, or a mapping says what theirs are.
#include <algorithm>
#include <iterator>

#include "events/text.h"
#include "tools/bills/bill_layout.h"

namespace seatledger::billing {
namespace {

constexpr Part parts_required[] = {Part::sku, Part::quantity, Part::amount, Part::start, Part::end, Part::currency};

std::expected<LineKind, std::string> kind_of(const Layout& layout, Layout::Fields fields) {
    const auto& source = layout.at(Part::kind);
    const auto name = layout.text(fields, Part::kind);
    if (source.columns.empty() && source.constant.empty()) return LineKind::charge;
    const auto& kinds = layout.mapping->kinds;
    if (const auto mapped = kinds.find(fold_case(name)); mapped != kinds.end()) return mapped->second;
    if (const auto kind = kind_named(name)) return *kind;
    return std::unexpected("the " + source.name + " \"" + name +
                           "\" is not known: say in the mapping's \"kinds\" which it is of charge, correction, credit, "
                           "tax and other");
}

SkuNames skus_of(const Layout& layout, Layout::Fields fields) {
    const auto sku = layout.text(fields, Part::sku);
    return {{sku}, sku};
}

}  // namespace

std::expected<Layout, std::string> csv_layout(Layout::Header header, const Mapping& mapping) {
    HeaderSearch search(header);
    Layout layout;
    layout.kind_of = kind_of;
    layout.skus_of = skus_of;
    for (const auto name : part_names()) {
        const auto part = *part_named(name);
        auto& source = layout.at(part);
        const bool required = std::ranges::find(parts_required, part) != std::end(parts_required);
        if (const auto constant = mapping.constants.find(std::string(name)); constant != mapping.constants.end()) {
            source.constant = constant->second;
            source.name = name;
        } else if (const auto column = mapping.columns.find(std::string(name)); column != mapping.columns.end()) {
            source = search.one_of({column->second});
        } else if (mapping.columns.empty()) {
            source = required ? search.one_of({name}) : search.any_of({name});
        } else if (required) {
            // A mapping that names columns names all of them: one that only happens to be called "end" is not taken.
            return std::unexpected("has no \"" + std::string(name) +
                                   "\" in its mapping: name its column in \"columns\", or it in \"constants\"");
        }
    }
    auto problem = search.problem("add it, or name in a mapping the column that has it, or a constant");
    if (problem) return std::unexpected(std::move(*problem));
    return layout;
}

}  // namespace seatledger::billing
