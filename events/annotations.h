// The annotations of types.capnp, by their ids: the compiler of Cap'n Proto generates no names for them.
#pragma once

#include <capnp/schema.h>

#include <cstdint>

namespace seatledger {

inline constexpr std::uint64_t instant_annotation = 0xe6417db6e1591c18;
inline constexpr std::uint64_t person_annotation = 0xe49d42f260996429;
inline constexpr std::uint64_t sealed_annotation = 0xc1b7a8c2de5f4a63;
inline constexpr std::uint64_t optional_annotation = 0x8956b849a08b105e;
inline constexpr std::uint64_t hidden_annotation = 0xff54b4325a2a0455;

[[nodiscard]] inline bool has_annotation(const capnp::StructSchema::Field& field, std::uint64_t id) {
    for (const auto annotation : field.getProto().getAnnotations()) {
        if (annotation.getId() == id) return true;
    }
    return false;
}

}  // namespace seatledger
