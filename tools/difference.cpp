#include "tools/difference.h"

#include <capnp/dynamic.h>

#include <functional>
#include <optional>
#include <string_view>

#include "server/shape.h"
#include "tools/output.h"

namespace seatledger {
namespace {

// What the row is about, before and after; nothing where it was not there.
struct Sides {
    std::optional<capnp::DynamicStruct::Reader> before;
    std::optional<capnp::DynamicStruct::Reader> after;

    [[nodiscard]] const Shape& shape() const { return shape_of((before ? *before : *after).getSchema()); }
};

// Both are nothing if the row is of a table that this program does not know.
Sides sides_of(capnp::DynamicStruct::Reader row) {
    Sides sides;
    KJ_IF_MAYBE (member, row.which()) {
        const auto of = row.get(*member).as<capnp::DynamicStruct>();
        if (of.has("before")) sides.before = of.get("before").as<capnp::DynamicStruct>();
        if (of.has("after")) sides.after = of.get("after").as<capnp::DynamicStruct>();
    }
    return sides;
}

bool is_told(const Sides& sides, std::string_view before, std::string_view after) {
    if (sides.before && sides.after) return before != after;
    const auto only = sides.before ? before : after;
    return only != "null" && only != "[]";
}

using Visit = std::function<void(const FieldShape& field, std::string_view before, std::string_view after)>;

// Each field that is to be told of, with its values in JSON.
void for_each_change(const Sides& sides, const Visit& visit) {
    if (!sides.before && !sides.after) return;
    for (const auto& field : sides.shape().fields) {
        const auto before = sides.before ? json_cell(*sides.before, field) : "null";
        const auto after = sides.after ? json_cell(*sides.after, field) : "null";
        if (is_told(sides, before, after)) visit(field, before, after);
    }
}

}  // namespace

std::string difference_fields(schema::DiffRow::Reader row) {
    std::string json = "{";
    for_each_change(sides_of(row), [&](const FieldShape& field, std::string_view before, std::string_view after) {
        if (json.size() > 1) json += ',';
        json += field.key;
        json += R"({"before":)";
        json += before;
        json += R"(,"after":)";
        json += after;
        json += '}';
    });
    return json + '}';
}

std::string shown_difference(schema::DiffRow::Reader row) {
    const auto sides = sides_of(row);
    if (!sides.before || !sides.after) {
        const auto& only = sides.before ? sides.before : sides.after;
        return only ? shown_pairs(*only) : std::string();
    }
    std::string shown;
    for_each_change(sides, [&](const FieldShape& field, std::string_view, std::string_view) {
        if (!shown.empty()) shown += "; ";
        shown += field.name + ": " + table_cell(*sides.before, field) + " → " + table_cell(*sides.after, field);
    });
    return shown;
}

std::string shown_because(schema::DiffRow::Reader row) {
    const auto sequences = row.getBecause();
    std::string shown = row.getMore() ? "…" : "";
    for (unsigned first = 0; first < sequences.size();) {
        auto last = first;
        while (last + 1 < sequences.size() && sequences[last + 1] == sequences[last] + 1) ++last;
        if (last == first + 1) last = first;  // two are shorter as they are
        if (!shown.empty()) shown += ", ";
        shown += std::to_string(sequences[first]);
        if (last > first) shown += "–" + std::to_string(sequences[last]);
        first = last + 1;
    }
    return shown;
}

}  // namespace seatledger
