// What the fields of a struct are to people: the schema and its annotations (events/types.capnp), worked out once
// for JSON, CSV and tables alike.
#pragma once

#include <capnp/dynamic.h>
#include <capnp/schema.h>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace seatledger {

struct Shape;

enum class Meaning {
    nothing,  // Void
    truth,    // Bool
    signed_number,
    number,           // unsigned
    optional_number,  // unsigned, $optional: 0 is null
    fraction,         // Float32, Float64
    text,
    bytes,
    word,     // an enumerant
    instant,  // Int64, $instant
    person,   // UInt32, $person
    sealed,   // Data, $sealed
    money,
    object,
    list,
};

struct ValueShape {
    Meaning meaning = Meaning::nothing;
    unsigned bits = 0;                          // of a number
    const Shape* object = nullptr;              // of money and objects
    std::unique_ptr<const ValueShape> element;  // of a list
};

struct FieldShape {
    std::string name;  // as shown: that of $person where it has one
    std::string key;   // "name": as JSON has it
    capnp::StructSchema::Field field;
    ValueShape value;
    bool nullable = false;     // a pointer without a default; lists are empty and never null
    bool alternative = false;  // a member of the struct's union
};

// Immutable, and lives as long as the program.
struct Shape {
    capnp::StructSchema schema;
    std::vector<FieldShape> fields;          // what is not $hidden, in the order in which the schema's text declares it
    std::vector<const FieldShape*> by_name;  // sorted
    std::vector<const FieldShape*> by_discriminant;  // the union's members
    bool has_union = false;

    // Nothing where there is no such field. Logarithmic.
    [[nodiscard]] const FieldShape* find(std::string_view name) const;

    // The member of the union with this discriminant. Nothing where the message is of a newer schema.
    [[nodiscard]] const FieldShape* member(std::size_t discriminant) const {
        return discriminant < by_discriminant.size() ? by_discriminant[discriminant] : nullptr;
    }
};

// What a value whose meaning is money says.
struct MoneyText {
    std::string amount;         // with the decimals of its currency at least
    std::string_view currency;  // ends with the message
};
[[nodiscard]] MoneyText money_text(const capnp::DynamicValue::Reader& value);

// Any thread. The first call for a struct works it out; later ones cost a lock and a look-up. `schema` must be of
// compiled-in code. Interfaces and AnyPointer have no shape (kj::Exception).
[[nodiscard]] const Shape& shape_of(capnp::StructSchema schema);

}  // namespace seatledger
