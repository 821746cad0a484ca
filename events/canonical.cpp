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

// Follows the pointers in the order in which the objects have to lie. Each function gets where what it checks has to
// begin, and gives where that ends; null: it is not as it has to be.
class Checker {
 public:
    explicit Checker(std::span<const Word> words) : begin_(words.data()), end_(words.data() + words.size()) {}

    [[nodiscard]] bool check_root() const {
        return begin_ != end_ && kind_of(*begin_) == Kind::structure && check(begin_, begin_ + 1, 0) == end_;
    }

 private:
    static constexpr int depth_max = 64;  // as many as Cap'n Proto itself allows by default
    // A few words must not stand for millions of elements.
    static constexpr std::uint64_t empty_elements_max = 65'535;

    // What a pointer to a list of bytes that lies so many words behind it has, but for the number of bytes.
    static Word near_text(std::ptrdiff_t distance) {
        return Word{static_cast<unsigned>(ElementSize::byte)} << 32 | static_cast<std::uint32_t>(distance) << 2 |
               static_cast<unsigned>(Kind::list);
    }

    [[nodiscard]] bool has(const Word* at, std::uint64_t words) const {
        return words <= static_cast<std::uint64_t>(end_ - at);
    }

    // The pointer at `at`, which is not null, and all that belongs to it.
    [[nodiscard]] const Word* check(const Word* at, const Word* next, int depth) const {
        const auto pointer = *at;
        const bool is_empty_struct = pointer == 0x00000000FFFFFFFC;
        if (is_empty_struct) return next;
        if (at + 1 + distance_of(pointer) != next) return nullptr;
        switch (kind_of(pointer)) {
            case Kind::structure: return check_struct(pointer, next, depth);
            case Kind::list: return check_list(pointer, next, depth);
            case Kind::far:
            case Kind::other: break;
        }
        return nullptr;
    }

    [[nodiscard]] const Word* check_pointers(const Word* at, std::size_t count, const Word* next, int depth) const {
        for (const auto* const last = at + count; at != last && next != nullptr; ++at) {
            if (*at == 0) continue;
            if (depth > depth_max) return nullptr;
            // Texts, which most are, without a jump that cannot be predicted.
            const bool is_near_text = (*at & (Word{7} << 32 | 0xFFFFFFFF)) == near_text(next - at - 1);
            next = is_near_text ? check_bits(next, std::uint64_t{count_of(*at)} * 8) : check(at, next, depth);
        }
        return next;
    }

    [[nodiscard]] const Word* check_struct(Word pointer, const Word* at, int depth) const {
        const std::size_t data_words = data_words_of(pointer);
        const std::size_t pointers = pointers_of(pointer);
        const auto words = data_words + pointers;
        if (words == 0 || !has(at, words)) return nullptr;
        if ((data_words > 0 && at[data_words - 1] == 0) || (pointers > 0 && at[words - 1] == 0)) return nullptr;
        return check_pointers(at + data_words, pointers, at + words, depth + 1);
    }

    [[nodiscard]] const Word* check_list(Word pointer, const Word* at, int depth) const {
        const std::uint64_t count = count_of(pointer);
        switch (element_size_of(pointer)) {
            case ElementSize::none: return count <= empty_elements_max ? at : nullptr;
            case ElementSize::bit: return check_bits(at, count);
            case ElementSize::byte: return check_bits(at, count * 8);
            case ElementSize::two_bytes: return check_bits(at, count * 16);
            case ElementSize::four_bytes: return check_bits(at, count * 32);
            case ElementSize::eight_bytes: return check_bits(at, count * 64);
            case ElementSize::pointer:
                return has(at, count) ? check_pointers(at, count, at + count, depth + 1) : nullptr;
            case ElementSize::composite: return check_structs(at, count, depth);
        }
        return nullptr;
    }

    // What is left of the last word has to be zero.
    [[nodiscard]] const Word* check_bits(const Word* at, std::uint64_t bits) const {
        const auto words = (bits + 63) / 64;
        if (!has(at, words) || (bits % 64 != 0 && at[bits / 64] >> (bits % 64) != 0)) return nullptr;
        return at + words;
    }

    [[nodiscard]] const Word* check_structs(const Word* tag, std::uint64_t words, int depth) const {
        if (!has(tag, 1 + words) || kind_of(*tag) != Kind::structure) return nullptr;
        const auto* const at = tag + 1;
        const std::uint64_t count = static_cast<std::uint32_t>(*tag) >> 2;
        const std::size_t data_words = data_words_of(*tag);
        const std::size_t pointers = pointers_of(*tag);
        if (count * (data_words + pointers) != words || (words == 0 && count > empty_elements_max)) return nullptr;
        // One of them at least needs the size that all have.
        bool data_needed = data_words == 0;
        bool pointers_needed = pointers == 0;
        const auto* next = at + words;
        for (const auto* element = at; element != at + words; element += data_words + pointers) {
            data_needed |= truncated(element, data_words) == data_words;
            pointers_needed |= truncated(element + data_words, pointers) == pointers;
            next = check_pointers(element + data_words, pointers, next, depth + 1);
            if (next == nullptr) return nullptr;
        }
        return data_needed && pointers_needed ? next : nullptr;
    }

    const Word* begin_;
    const Word* end_;
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
