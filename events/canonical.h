// Structs in Cap'n Proto's canonical encoding ("Encoding Spec", Canonicalization), made and checked in one pass. Cap'n
// Proto's own function gives the same bytes by way of a second message, at ten times the cost: as much as judging a
// command.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace seatledger {

// A struct inside a message of a single segment, as Cap'n Proto has just built it: `data_words` words of data, then the
// pointers.
struct BuiltStruct {
    const std::uint64_t* at = nullptr;
    std::uint16_t data_words = 0;
    std::uint16_t pointers = 0;
};

// Writes the struct, with the root pointer before it, to `out`, which must be zero and have room for as many words as
// the message has. Gives how many words it took. The message must have no pointer into another segment and no
// capability (assertion).
[[nodiscard]] std::size_t write_canonical(const BuiltStruct& from, std::span<std::uint64_t> out);

// Whether the words are one struct in its canonical encoding, with its root pointer and nothing else. What is so can be
// read without further checks: every pointer leads to where the object that it stands for has to lie, and no two to the
// same. Cost: one pass.
[[nodiscard]] bool is_canonical(std::span<const std::uint64_t> words);

}  // namespace seatledger
