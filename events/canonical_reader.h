// Reads single fields of structs in Cap'n Proto's canonical encoding, by the places that the schema gives them. Cap'n
// Proto's own readers find the same, but each struct and each text that they step into is a call which puts together
// what it found: for an event, more than folding it in.
#pragma once

#include <capnp/schema.h>
#include <kj/debug.h>

#include <cstdint>
#include <cstring>
#include <string_view>

namespace seatledger {

// The place of a field in its struct, as the schema counts: for data in elements of the field's own size, for texts and
// structs in pointers. The field's default must be 0 or empty. Cost: a search, so keep what it gives.
template <typename Struct>
[[nodiscard]] std::uint32_t place_of(kj::StringPtr field) {
    const auto found = capnp::Schema::from<Struct>().getFieldByName(field).getProto();
    KJ_REQUIRE(found.isSlot(), "a group has no place of its own", field);
    KJ_REQUIRE(!found.getSlot().getHadExplicitDefault(), "fields with a default are not read here", field);
    return found.getSlot().getOffset();
}

// A struct inside an encoding that is_canonical() has accepted and that outlives it: nothing reaches beyond it. What
// is not what it was asked for as is a kj::Exception. (Cap'n Proto, "Encoding Spec": Structs, Lists.)
class CanonicalStruct {
 public:
    // The root of the encoding.
    explicit CanonicalStruct(const std::uint64_t* words) : CanonicalStruct(at(words)) {}

    // 0 where the encoding leaves it out.
    template <typename Number>
    [[nodiscard]] Number data(std::uint32_t place) const {
        Number value = 0;
        if ((place + 1) * sizeof value > data_words_ * sizeof(std::uint64_t)) return value;
        std::memcpy(&value, reinterpret_cast<const char*>(data_) + place * sizeof value, sizeof value);
        return value;
    }

    [[nodiscard]] bool has(std::uint32_t place) const { return place < pointers_ && data_[data_words_ + place] != 0; }

    // Empty where there is none.
    [[nodiscard]] CanonicalStruct structure(std::uint32_t place) const {
        return has(place) ? at(data_ + data_words_ + place) : CanonicalStruct();
    }

    // Empty where there is none. Without the zero that texts end with.
    [[nodiscard]] std::string_view text(std::uint32_t place) const {
        if (!has(place)) return {};
        const auto* const pointer = data_ + data_words_ + place;
        constexpr std::uint64_t list_of_bytes = 2;
        const auto count = *pointer >> 35;
        const auto* const bytes = reinterpret_cast<const char*>(target_of(pointer));
        const bool is_text = (*pointer & 3) == 1 && (*pointer >> 32 & 7) == list_of_bytes && count > 0;
        if (!is_text || bytes[count - 1] != 0) [[unlikely]]
            refuse("a text was expected", *pointer);
        return {bytes, count - 1};
    }

 private:
    CanonicalStruct() = default;

    // Apart, since what a failed check would say is put together before the check.
    [[noreturn, gnu::noinline]] static void refuse(const char* why, std::uint64_t pointer) {
        KJ_FAIL_REQUIRE("an event cannot be read", why, pointer);
    }

    static const std::uint64_t* target_of(const std::uint64_t* pointer) {
        return pointer + 1 + (static_cast<std::int32_t>(*pointer) >> 2);
    }

    static CanonicalStruct at(const std::uint64_t* pointer) {
        if ((*pointer & 3) != 0) [[unlikely]]
            refuse("a struct was expected", *pointer);
        CanonicalStruct found;
        found.data_ = target_of(pointer);
        found.data_words_ = static_cast<std::uint16_t>(*pointer >> 32);
        found.pointers_ = static_cast<std::uint16_t>(*pointer >> 48);
        return found;
    }

    const std::uint64_t* data_ = nullptr;
    std::uint32_t data_words_ = 0;
    std::uint32_t pointers_ = 0;
};

}  // namespace seatledger
