#include "projections/cursor.h"

#include "projections/tables.h"

namespace seatledger {
namespace {

constexpr std::size_t fixed_bytes = 5 * sizeof(std::uint64_t);

std::optional<std::uint8_t> hex_digit(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    return {};
}

}  // namespace

std::string write_cursor(const Cursor& cursor) {
    std::string bytes;
    tables::put_u64(bytes, cursor.question);
    tables::put_u64(bytes, cursor.sequence.value);
    tables::put_instant(bytes, cursor.time);
    tables::put_u64(bytes, cursor.catalog_time.sequence.value);
    tables::put_instant(bytes, cursor.catalog_time.instant);
    bytes += cursor.position;
    std::string text;
    for (const auto byte : bytes) {
        text += "0123456789abcdef"[static_cast<std::uint8_t>(byte) >> 4];
        text += "0123456789abcdef"[static_cast<std::uint8_t>(byte) & 15];
    }
    return text;
}

std::optional<Cursor> read_cursor(std::string_view text) {
    if (text.size() % 2 != 0 || text.size() < 2 * fixed_bytes) return {};
    std::string bytes;
    for (std::size_t i = 0; i < text.size(); i += 2) {
        const auto high = hex_digit(text[i]);
        const auto low = hex_digit(text[i + 1]);
        if (!high || !low) return {};
        bytes += static_cast<char>(*high << 4 | *low);
    }
    tables::Reader reader(bytes);
    Cursor cursor;
    cursor.question = reader.u64();
    cursor.sequence = Sequence(reader.u64());
    cursor.time = reader.instant();
    cursor.catalog_time.sequence = Sequence(reader.u64());
    cursor.catalog_time.instant = reader.instant();
    cursor.position = bytes.substr(fixed_bytes);
    return cursor;
}

}  // namespace seatledger
