#include "server/shape.h"

#include <kj/debug.h>

#include <algorithm>
#include <cstdint>
#include <map>
#include <mutex>

#include "events/annotations.h"
#include "events/money.h"
#include "events/text.h"
#include "events/types.capnp.h"
#include "projections/exact_money.capnp.h"

namespace seatledger {
namespace {

struct Annotations {
    bool instant = false;
    bool optional = false;
    bool hidden = false;
    bool sealed = false;
    std::string person;
};

Annotations annotations_of(const capnp::StructSchema::Field& field) {
    Annotations found;
    for (const auto annotation : field.getProto().getAnnotations()) {
        switch (annotation.getId()) {
            case instant_annotation: found.instant = true; break;
            case optional_annotation: found.optional = true; break;
            case sealed_annotation: found.sealed = true; break;
            case hidden_annotation: found.hidden = true; break;
            case person_annotation: found.person = view(annotation.getValue().getText()); break;
            default: break;
        }
    }
    return found;
}

// All shapes that were asked for. A shape is entered before it is filled, because structs contain themselves.
class Shapes {
 public:
    const Shape& get(capnp::StructSchema schema) {
        const std::lock_guard lock(mutex_);
        return of(schema);
    }

 private:
    const Shape& of(capnp::StructSchema schema) {
        const auto [at, is_new] = shapes_.try_emplace(schema.getProto().getId());
        if (is_new) {
            at->second = std::make_unique<Shape>();
            fill(*at->second, schema);
        }
        return *at->second;
    }

    void fill(Shape& shape, capnp::StructSchema schema) {
        shape.schema = schema;
        std::vector<capnp::StructSchema::Field> declared;
        for (const auto field : schema.getFields()) declared.push_back(field);
        std::ranges::stable_sort(declared, {}, [](const auto& field) { return field.getProto().getCodeOrder(); });
        for (const auto& field : declared) {
            auto annotations = annotations_of(field);
            if (!annotations.hidden) shape.fields.push_back(shape_field(field, std::move(annotations)));
        }
        for (const auto& field : shape.fields) {
            shape.by_name.push_back(&field);
            if (!field.alternative) continue;
            shape.has_union = true;
            const auto discriminant = field.field.getProto().getDiscriminantValue();
            if (shape.by_discriminant.size() <= discriminant) shape.by_discriminant.resize(discriminant + 1);
            shape.by_discriminant[discriminant] = &field;
        }
        std::ranges::sort(shape.by_name, {}, [](const FieldShape* field) { return std::string_view(field->name); });
    }

    FieldShape shape_field(const capnp::StructSchema::Field& field, Annotations annotations) {
        FieldShape shape;
        const auto proto = field.getProto();
        shape.name = annotations.person.empty() ? std::string(view(proto.getName())) : annotations.person;
        shape.key = '"' + shape.name + "\":";
        shape.field = field;
        shape.value = shape_value(field.getType());
        if (annotations.instant) shape.value.meaning = Meaning::instant;
        if (annotations.sealed) shape.value.meaning = Meaning::sealed;
        if (annotations.optional) shape.value.meaning = Meaning::optional_number;
        if (!annotations.person.empty()) shape.value.meaning = Meaning::person;
        const auto meaning = shape.value.meaning;
        const bool is_pointer = meaning == Meaning::text || meaning == Meaning::bytes || meaning == Meaning::sealed ||
                                meaning == Meaning::money || meaning == Meaning::object;
        shape.nullable = is_pointer && proto.isSlot() && !proto.getSlot().getHadExplicitDefault();
        shape.alternative = proto.getDiscriminantValue() != capnp::schema::Field::NO_DISCRIMINANT;
        return shape;
    }

    ValueShape shape_value(capnp::Type type) {
        using Which = capnp::schema::Type;
        switch (type.which()) {
            case Which::VOID: return {Meaning::nothing, 0, nullptr, nullptr};
            case Which::BOOL: return {Meaning::truth, 0, nullptr, nullptr};
            case Which::INT8: return {Meaning::signed_number, 8, nullptr, nullptr};
            case Which::INT16: return {Meaning::signed_number, 16, nullptr, nullptr};
            case Which::INT32: return {Meaning::signed_number, 32, nullptr, nullptr};
            case Which::INT64: return {Meaning::signed_number, 64, nullptr, nullptr};
            case Which::UINT8: return {Meaning::number, 8, nullptr, nullptr};
            case Which::UINT16: return {Meaning::number, 16, nullptr, nullptr};
            case Which::UINT32: return {Meaning::number, 32, nullptr, nullptr};
            case Which::UINT64: return {Meaning::number, 64, nullptr, nullptr};
            case Which::FLOAT32:
            case Which::FLOAT64: return {Meaning::fraction, 0, nullptr, nullptr};
            case Which::TEXT: return {Meaning::text, 0, nullptr, nullptr};
            case Which::DATA: return {Meaning::bytes, 0, nullptr, nullptr};
            case Which::ENUM: return {Meaning::word, 0, nullptr, nullptr};
            case Which::STRUCT: {
                const bool is_money = type.asStruct() == capnp::Schema::from<schema::Money>() ||
                                      type.asStruct() == capnp::Schema::from<schema::ExactMoney>();
                return {is_money ? Meaning::money : Meaning::object, 0, &of(type.asStruct()), nullptr};
            }
            case Which::LIST:
                return {Meaning::list, 0, nullptr,
                        std::make_unique<const ValueShape>(shape_value(type.asList().getElementType()))};
            case Which::INTERFACE:
            case Which::ANY_POINTER: break;
        }
        KJ_FAIL_REQUIRE("this type cannot be shown", static_cast<int>(type.which()));
    }

    std::mutex mutex_;
    std::map<std::uint64_t, std::unique_ptr<Shape>> shapes_;
};

}  // namespace

const FieldShape* Shape::find(std::string_view name) const {
    const auto at = std::ranges::lower_bound(by_name, name, {},
                                             [](const FieldShape* field) { return std::string_view(field->name); });
    return at != by_name.end() && (*at)->name == name ? *at : nullptr;
}

MoneyText money_text(const capnp::DynamicValue::Reader& value) {
    const auto of = value.as<capnp::DynamicStruct>();
    if (of.getSchema() == capnp::Schema::from<schema::ExactMoney>()) {
        const auto money = of.as<schema::ExactMoney>();
        return {std::string(view(money.getAmount())), view(money.getCurrency())};
    }
    const auto money = of.as<schema::Money>();
    const auto currency = view(money.getCurrency());
    return {format_amount(Amount{money.getAmount()}, currency), currency};
}

const Shape& shape_of(capnp::StructSchema schema) {
    static Shapes shapes;
    return shapes.get(schema);
}

}  // namespace seatledger
