#include "tools/bills/bill_layout.h"

#include <algorithm>
#include <iterator>

#include "tools/csv_records.h"
#include "tools/import_cells.h"

namespace seatledger::billing {
namespace {

constexpr std::array<std::string_view, named_parts_count> names = {
    "sku",   "quantity", "unitPrice", "amount", "currency", "start",    "end",        "license",
    "email", "invoice",  "kind",      "tax",    "id",       "corrects", "description"};

std::string joined(const std::vector<std::string>& texts) {
    std::string list;
    for (const auto& text : texts) list += (list.empty() ? "" : ", ") + text;
    return list;
}

}  // namespace

std::span<const std::string_view> part_names() { return names; }

std::optional<Part> part_named(std::string_view name) {
    const auto* found = std::ranges::find(names, name);
    if (found == names.end()) return {};
    return static_cast<Part>(found - names.begin());
}

std::string Layout::text(Fields fields, Part part) const {
    const auto& source = at(part);
    for (const auto column : source.columns) {
        auto text = fold_blanks(fields[column]);
        if (!text.empty() && !(has_null_words && (text == "NULL" || text == "null"))) return text;
    }
    return source.constant;
}

HeaderSearch HeaderSearch::without_blanks(Layout::Header header) {
    HeaderSearch search(header);
    for (auto& name : search.header_) std::erase_if(name, [](char c) { return c == ' ' || c == '_'; });
    return search;
}

Source HeaderSearch::any_of(std::initializer_list<std::string_view> wanted) {
    Source source;
    for (const auto name : wanted) {
        const auto column = find_column(header_, name);
        if (!column) {
            twice_.emplace_back(name);
        } else if (*column) {
            if (source.name.empty()) source.name = name;
            source.columns.push_back(**column);
        }
    }
    if (source.name.empty()) source.name = *wanted.begin();
    return source;
}

Source HeaderSearch::one_of(std::initializer_list<std::string_view> wanted) {
    auto source = any_of(wanted);
    if (source.columns.empty()) {
        std::string either;
        for (const auto name : wanted) either.append(either.empty() ? "" : " or ").append(name);
        missing_.push_back(std::move(either));
    }
    return source;
}

std::optional<std::string> HeaderSearch::problem(std::string_view advice) const {
    if (!twice_.empty()) return "has more than one column " + joined(twice_) + ": remove or rename one";
    if (missing_.empty()) return {};
    auto text = "has no column " + joined(missing_);
    if (header_.size() == 1 && header_[0].find_first_of(";\t|") != std::string::npos) {
        return text + ": its columns are not parted by commas, save it as CSV with commas";
    }
    return text + ": " + std::string(advice);
}

std::expected<Layout, std::string> layout_of(Layout::Header header, BillFormat::Kind kind, const Mapping& mapping) {
    auto layout = [&] {
        switch (kind) {
            case BillFormat::Kind::focus: return focus_layout(header, mapping);
            case BillFormat::Kind::partner_center: return partner_center_layout(header, mapping);
            case BillFormat::Kind::csv: break;
        }
        return csv_layout(header, mapping);
    }();
    if (layout) layout->mapping = &mapping;
    return layout;
}

}  // namespace seatledger::billing
