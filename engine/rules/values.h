// What texts, numbers and lists may be, whatever the state is (value_not_allowed).
#pragma once

#include <capnp/schema.h>

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "engine/rules/rejection.h"
#include "events/instant.h"
#include "events/text.h"
#include "events/types.capnp.h"

namespace seatledger::rules {

// Bytes of UTF-8.
inline constexpr std::size_t account_bytes_max = 64;
inline constexpr std::size_t id_bytes_max = 128;  // sku, invoice, payment reference
inline constexpr std::size_t name_bytes_max = 256;
inline constexpr std::size_t email_bytes_max = 254;
inline constexpr std::size_t password_characters_min = 12;
inline constexpr std::size_t password_bytes_max = 1'024;
inline constexpr std::size_t request_id_bytes_max = 512;
inline constexpr std::size_t term_bytes_max = 64;

inline constexpr std::size_t features_max = 256;
inline constexpr std::size_t rows_max = 8'192;  // of a bulk command

// Checks one field after the other and keeps the first objection.
class ValueCheck {
 public:
    // `prefix`: what stands before the fields' names in messages, such as "rows[3].".
    explicit ValueCheck(std::string_view prefix = {}) : prefix_(prefix) {}

    // 1 to `bytes_max` bytes of UTF-8 without control characters.
    ValueCheck& text(std::string_view field, std::string_view value, std::size_t bytes_max);
    // … or empty.
    ValueCheck& optional_text(std::string_view field, std::string_view value, std::size_t bytes_max);
    // The same with line breaks and tabs.
    ValueCheck& long_text(std::string_view field, std::string_view value, std::size_t bytes_max);
    ValueCheck& optional_long_text(std::string_view field, std::string_view value, std::size_t bytes_max);
    // An ISO 8601 duration, or empty.
    ValueCheck& optional_term(std::string_view field, std::string_view value);
    ValueCheck& currency(std::string_view field, std::string_view code);
    ValueCheck& money(std::string_view field, schema::Money::Reader money);
    ValueCheck& optional_instant(std::string_view field, Instant instant);
    ValueCheck& count(std::string_view field, std::size_t count, std::size_t count_min, std::size_t count_max);
    ValueCheck& that(bool holds, std::string_view field, std::string_view objection) {
        return holds ? *this : object(field, std::string(objection));
    }

    [[nodiscard]] Verdict verdict() const { return verdict_; }

 private:
    ValueCheck& object(std::string_view field, std::string objection);
    ValueCheck& size(std::string_view field, std::string_view value, std::size_t bytes_max);

    std::string_view prefix_;
    Verdict verdict_;
};

// Whether the text has the form of an address: one @, a local part and a domain, no space or control character,
// at most email_bytes_max bytes.
[[nodiscard]] bool is_email(std::string_view text);

// The enumerant of that name in the schema; nothing if there is none.
template <typename Enum>
[[nodiscard]] std::optional<Enum> named(std::string_view name) {
    for (const auto enumerant : capnp::Schema::from<Enum>().getEnumerants()) {
        if (view(enumerant.getProto().getName()) == name) return static_cast<Enum>(enumerant.getOrdinal());
    }
    return {};
}

// Its name. The schema must have it.
template <typename Enum>
[[nodiscard]] std::string_view name_of(Enum value) {
    return view(capnp::Schema::from<Enum>().getEnumerants()[static_cast<unsigned>(value)].getProto().getName());
}

}  // namespace seatledger::rules
