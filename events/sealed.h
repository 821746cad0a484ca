// Personal data in events: sealed, so that it can be erased by destroying a key, wherever the bytes lie.
#pragma once

#include <capnp/blob.h>

#include <cstdint>
#include <string>
#include <string_view>

#include "events/event.capnp.h"
#include "events/ids.h"
#include "events/text.h"

namespace seatledger {

// What is sealed of a person.
enum class Personal : std::uint8_t { email, name, phone };

// What a box opens with beside its key (AES-256-GCM's additional data): the data can be in no other place.
[[nodiscard]] std::string seal_context(Personal what, std::string_view account, UserId user);

// A sealed field of an event.
struct SealedField {
    Personal what;
    UserId user;  // whose it is
    KeyNumber key;
    capnp::Data::Reader box;
};

// Calls `function(SealedField)` for each that the event has.
template <typename Function>
void for_each_sealed(schema::Event::Reader event, Function function) {
    if (event.isUserRegistered()) {
        const auto body = event.getUserRegistered();
        const UserId user(body.getUser());
        const KeyNumber key(body.getKey());
        function(SealedField{Personal::email, user, key, body.getEmail()});
        if (body.hasName()) function(SealedField{Personal::name, user, key, body.getName()});
    } else if (event.isEmailChanged()) {
        const auto body = event.getEmailChanged();
        function(SealedField{Personal::email, UserId(body.getUser()), KeyNumber(body.getKey()), body.getNewEmail()});
    } else if (event.isPhoneSaved()) {
        const auto body = event.getPhoneSaved();
        function(SealedField{Personal::phone, UserId(body.getUser()), KeyNumber(body.getKey()), body.getConfig()});
    }
}

// A box begins with its nonce, which no other has: so much of it is its name.
inline constexpr std::size_t box_name_bytes = 12;
[[nodiscard]] inline std::string_view box_name(capnp::Data::Reader box) { return view(box).substr(0, box_name_bytes); }

}  // namespace seatledger
