#include "tools/bills/declared_layout.h"

#include <algorithm>
#include <boost/json.hpp>
#include <optional>

namespace seatledger::billing {
namespace {

namespace json = boost::json;

constexpr std::string_view keys[] = {"format", "dates", "decimals", "ends", "invoices", "header", "mapping"};

std::string_view view(const json::string& text) { return {text.data(), text.size()}; }

json::string_view json_view(std::string_view text) { return {text.data(), text.size()}; }

template <typename Names>
std::string listed(const Names& names) {
    std::string list;
    for (const auto& named : names) list.append(list.empty() ? "" : ", ").append(named.first);
    return list;
}

// Leaves the value as it is where the object has none. Empty: nothing is wrong.
template <typename Value, std::size_t count>
std::string read_word(const json::object& object, std::string_view key, const std::array<Declared<Value>, count>& names,
                      Value& value) {
    const auto* found = object.if_contains(json_view(key));
    if (found == nullptr) return {};
    const auto* text = found->if_string();
    if (text != nullptr) {
        const auto word = view(*text);
        const auto known = std::ranges::find(names, word, [](const auto& named) { return named.first; });
        if (known != names.end()) {
            value = known->second;
            return {};
        }
    }
    return std::string(key) + " has to be one of " + listed(names);
}

}  // namespace

std::string to_json(const DeclaredLayout& layout, std::optional<std::string_view> of_sku) {
    const auto& format = layout.format;
    json::object object;
    object["format"] = json_view(name_in(bill_kinds, format.kind));
    object["dates"] = json_view(name_in(date_orders, format.dates));
    object["decimals"] = json_view(name_in(decimal_marks, format.decimals));
    object["ends"] = json_view(name_in(period_ends, format.ends_inclusive));
    object["invoices"] = json_view(name_in(invoice_numbers, format.has_ledger_invoices));
    object["header"] = layout.header;
    auto mapping = json::parse(to_json(layout.mapping, of_sku));
    if (!mapping.as_object().empty()) object["mapping"] = std::move(mapping);
    return json::serialize(object);
}

std::expected<DeclaredLayout, std::string> parse_declared_layout(std::string_view text, const date::time_zone& zone) {
    const auto wrong = [](std::string reason) { return std::unexpected("the layout is wrong: " + std::move(reason)); };
    json::error_code error;
    const auto value = json::parse(json_view(text), error);
    const auto* object = error ? nullptr : value.if_object();
    if (object == nullptr) return wrong("it has to be a JSON object");
    for (const auto& member : *object) {
        if (std::ranges::find(keys, std::string_view(member.key().data(), member.key().size())) == std::end(keys)) {
            return wrong("there is no \"" + std::string(member.key().data(), member.key().size()) +
                         "\": there are format, dates, decimals, ends, invoices, header, mapping");
        }
    }
    BillFormat format;
    if (!object->contains("format")) return wrong("it has to have a format: " + listed(bill_kinds));
    if (auto reason = read_word(*object, "format", bill_kinds, format.kind); !reason.empty()) return wrong(reason);
    format = usual_format(format.kind, zone);
    for (auto reason : {read_word(*object, "dates", date_orders, format.dates),
                        read_word(*object, "decimals", decimal_marks, format.decimals),
                        read_word(*object, "ends", period_ends, format.ends_inclusive),
                        read_word(*object, "invoices", invoice_numbers, format.has_ledger_invoices)}) {
        if (!reason.empty()) return wrong(std::move(reason));
    }
    DeclaredLayout layout{format, {}, {}};
    const auto* header = object->if_contains("header");
    if (header == nullptr || !header->is_string()) return wrong("it has to have the bill's header, a text");
    layout.header = std::string(view(header->as_string()));
    if (const auto* mapping = object->if_contains("mapping")) {
        auto parsed = parse_mapping(json::serialize(*mapping), "mapping");
        if (!parsed) return wrong(parsed.error().text());
        layout.mapping = std::move(*parsed);
    }
    return layout;
}

}  // namespace seatledger::billing
