#include "events/canonical.h"

#include <kj/debug.h>

#include <algorithm>

namespace seatledger {
namespace {

using Word = std::uint64_t;

// A pointer word ("Encoding Spec", Structs, Lists): kind in bits 0–1, signed distance in words from the word behind the
// pointer in bits 2–31; struct: data words in 32–47, pointers in 48–63; list: size of an element in 32–34, number of
// elements (of words, where the elements are structs) in 35–63.
enum class Kind : std::uint8_t { structure = 0, list = 1, far = 2, other = 3 };
enum class ElementSize : std::uint8_t { none, bit, byte, two_bytes, four_bytes, eight_bytes, pointer, composite };

Kind kind_of(Word pointer) { return static_cast<Kind>(pointer & 3); }
std::int32_t distance_of(Word pointer) { return static_cast<std::int32_t>(pointer) >> 2; }
std::uint16_t data_words_of(Word pointer) { return static_cast<std::uint16_t>(pointer >> 32); }
std::uint16_t pointers_of(Word pointer) { return static_cast<std::uint16_t>(pointer >> 48); }
ElementSize element_size_of(Word pointer) { return static_cast<ElementSize>((pointer >> 32) & 7); }
std::uint32_t count_of(Word pointer) { return static_cast<std::uint32_t>(pointer >> 35); }

constexpr Word upper_half = 0xFFFFFFFF00000000;

// The upper half of `like`, pointing from where `from` lies to `to`.
Word pointer_to(Word like, const Word* from, const Word* to) {
    const auto distance = static_cast<std::uint32_t>(to - from - 1) << 2;
    return (like & upper_half) | distance | (like & 3);
}

Word struct_pointer(std::uint16_t data_words, std::uint16_t pointers) {
    return Word{data_words} << 32 | Word{pointers} << 48;
}

// Without the zeros at the end, which stand for what is not there.
std::size_t truncated(const Word* words, std::size_t count) {
    while (count > 0 && words[count - 1] == 0) --count;
    return count;
}

class Writer {
 public:
    explicit Writer(std::span<Word> out) : out_(out) {}

    [[nodiscard]] Word* take(std::size_t words) {
        KJ_ASSERT(taken_ + words <= out_.size(), "no room for the canonical encoding");
        auto* const at = out_.data() + taken_;
        taken_ += words;
        return at;
    }
    [[nodiscard]] std::size_t taken() const { return taken_; }

    void write_struct(const BuiltStruct& from, Word* pointer) {
        const auto data_words = truncated(from.at, from.data_words);
        const auto pointers = truncated(from.at + from.data_words, from.pointers);
        const auto like = struct_pointer(static_cast<std::uint16_t>(data_words), static_cast<std::uint16_t>(pointers));
        // One without anything in it lies nowhere, and points at itself.
        auto* const to = data_words + pointers == 0 ? pointer : take(data_words + pointers);
        *pointer = pointer_to(like, pointer, to);
        fill_struct(from, to, data_words, pointers);
    }

 private:
    void fill_struct(const BuiltStruct& from, Word* to, std::size_t data_words, std::size_t pointers) {
        std::copy_n(from.at, data_words, to);
        for (std::size_t i = 0; i < pointers; ++i) write(from.at + from.data_words + i, to + data_words + i);
    }

    // What the pointer at `from` points at, with `pointer` pointing at it.
    void write(const Word* from, Word* pointer) {
        if (*from == 0) return;
        const auto* const target = from + 1 + distance_of(*from);
        switch (kind_of(*from)) {
            case Kind::structure: return write_struct({target, data_words_of(*from), pointers_of(*from)}, pointer);
            case Kind::list: return write_list(*from, target, pointer);
            case Kind::far:
            case Kind::other: break;
        }
        KJ_FAIL_ASSERT("neither a struct nor a list of the same segment", *from);
    }

    void write_list(Word like, const Word* from, Word* pointer) {
        const std::uint64_t count = count_of(like);
        const auto copy_bits = [&](std::uint64_t bits) {
            const auto words = (count * bits + 63) / 64;
            auto* const to = take(words);
            *pointer = pointer_to(like, pointer, to);
            std::copy_n(from, words, to);
        };
        switch (element_size_of(like)) {
            case ElementSize::none: return copy_bits(0);
            case ElementSize::bit: return copy_bits(1);
            case ElementSize::byte: return copy_bits(8);
            case ElementSize::two_bytes: return copy_bits(16);
            case ElementSize::four_bytes: return copy_bits(32);
            case ElementSize::eight_bytes: return copy_bits(64);
            case ElementSize::pointer: {
                auto* const to = take(count);
                *pointer = pointer_to(like, pointer, to);
                for (std::size_t i = 0; i < count; ++i) write(from + i, to + i);
                return;
            }
            case ElementSize::composite: return write_structs(from, pointer);
        }
    }

    // A list of structs begins with a tag, a struct pointer with the number of elements in place of a distance. All
    // elements are as large as the largest one has to be.
    void write_structs(const Word* tag, Word* pointer) {
        const auto count = static_cast<std::uint32_t>(*tag) >> 2;
        const BuiltStruct first{tag + 1, data_words_of(*tag), pointers_of(*tag)};
        const std::size_t step = first.data_words + first.pointers;
        const auto element = [&](std::size_t i) {
            return BuiltStruct{first.at + i * step, first.data_words, first.pointers};
        };
        std::size_t data_words = 0;
        std::size_t pointers = 0;
        for (std::uint32_t i = 0; i < count; ++i) {
            const auto from = element(i);
            data_words = std::max(data_words, truncated(from.at, from.data_words));
            pointers = std::max(pointers, truncated(from.at + from.data_words, from.pointers));
        }
        const auto words = count * (data_words + pointers);
        auto* const to = take(1 + words);
        const auto like = Word{static_cast<unsigned>(Kind::list)} |
                          Word{static_cast<unsigned>(ElementSize::composite)} << 32 | Word{words} << 35;
        *pointer = pointer_to(like, pointer, to);
        *to = struct_pointer(static_cast<std::uint16_t>(data_words), static_cast<std::uint16_t>(pointers)) | Word{count}
                                                                                                                 << 2;
        for (std::uint32_t i = 0; i < count; ++i) {
            fill_struct(element(i), to + 1 + i * (data_words + pointers), data_words, pointers);
        }
    }

    std::span<Word> out_;
    std::size_t taken_ = 0;
};

// Follows the pointers in the order in which the objects have to lie.
class Checker {
 public:
    explicit Checker(std::span<const Word> words) : words_(words) {}

    [[nodiscard]] bool check_root() {
        return take(1) != nullptr && kind_of(words_[0]) == Kind::structure && check(words_.data(), 0) &&
               taken_ == words_.size();
    }

 private:
    static constexpr int depth_max = 64;  // as many as Cap'n Proto itself allows by default
    // A few words must not stand for millions of elements.
    static constexpr std::uint64_t empty_elements_max = 65'535;

    // Null: there are not so many.
    [[nodiscard]] const Word* take(std::uint64_t words) {
        if (words > words_.size() - taken_) return nullptr;
        const auto* const at = words_.data() + taken_;
        taken_ += words;
        return at;
    }

    // The pointer at `at`, which is not null, and all that belongs to it.
    [[nodiscard]] bool check(const Word* at, int depth) {
        if (depth > depth_max) return false;
        const bool is_empty_struct = *at == 0x00000000FFFFFFFC;
        if (is_empty_struct) return true;
        if (at + 1 + distance_of(*at) != words_.data() + taken_) return false;
        switch (kind_of(*at)) {
            case Kind::structure: return check_struct(*at, depth);
            case Kind::list: return check_list(*at, depth);
            case Kind::far:
            case Kind::other: break;
        }
        return false;
    }

    [[nodiscard]] bool check_pointers(const Word* at, std::size_t count, int depth) {
        for (std::size_t i = 0; i < count; ++i) {
            if (at[i] != 0 && !check(at + i, depth)) return false;
        }
        return true;
    }

    [[nodiscard]] bool check_struct(Word pointer, int depth) {
        const std::size_t data_words = data_words_of(pointer);
        const std::size_t pointers = pointers_of(pointer);
        const auto* const at = take(data_words + pointers);
        return at != nullptr && data_words + pointers > 0 && truncated(at, data_words) == data_words &&
               truncated(at + data_words, pointers) == pointers && check_pointers(at + data_words, pointers, depth + 1);
    }

    [[nodiscard]] bool check_list(Word pointer, int depth) {
        const std::uint64_t count = count_of(pointer);
        switch (element_size_of(pointer)) {
            case ElementSize::none: return count <= empty_elements_max;
            case ElementSize::bit: return check_bits(count);
            case ElementSize::byte: return check_bits(count * 8);
            case ElementSize::two_bytes: return check_bits(count * 16);
            case ElementSize::four_bytes: return check_bits(count * 32);
            case ElementSize::eight_bytes: return check_bits(count * 64);
            case ElementSize::pointer: {
                const auto* const at = take(count);
                return at != nullptr && check_pointers(at, count, depth + 1);
            }
            case ElementSize::composite: return check_structs(count, depth);
        }
        return false;
    }

    // What is left of the last word has to be zero.
    [[nodiscard]] bool check_bits(std::uint64_t bits) {
        const auto* const at = take((bits + 63) / 64);
        return at != nullptr && (bits % 64 == 0 || at[bits / 64] >> (bits % 64) == 0);
    }

    [[nodiscard]] bool check_structs(std::uint64_t words, int depth) {
        const auto* const tag = take(1);
        const auto* const at = take(words);
        if (tag == nullptr || at == nullptr || kind_of(*tag) != Kind::structure) return false;
        const std::uint64_t count = static_cast<std::uint32_t>(*tag) >> 2;
        const std::size_t data_words = data_words_of(*tag);
        const std::size_t pointers = pointers_of(*tag);
        if (count * (data_words + pointers) != words || (words == 0 && count > empty_elements_max)) return false;
        // One of them at least needs the size that all have.
        bool data_needed = data_words == 0;
        bool pointers_needed = pointers == 0;
        for (const auto* element = at; element != at + words; element += data_words + pointers) {
            data_needed |= truncated(element, data_words) == data_words;
            pointers_needed |= truncated(element + data_words, pointers) == pointers;
            if (!check_pointers(element + data_words, pointers, depth + 1)) return false;
        }
        return data_needed && pointers_needed;
    }

    std::span<const Word> words_;
    std::size_t taken_ = 0;
};

}  // namespace

bool is_canonical(std::span<const std::uint64_t> words) { return Checker(words).check_root(); }

std::size_t write_canonical(const BuiltStruct& from, std::span<std::uint64_t> out) {
    Writer writer(out);
    auto* const root = writer.take(1);
    writer.write_struct(from, root);
    return writer.taken();
}

}  // namespace seatledger
