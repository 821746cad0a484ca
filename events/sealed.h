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

// What is sealed: of a person, and of a dispute.
enum class Personal : std::uint8_t { email, name, phone, claim, bill_text, note };

// What a box opens with beside its key (AES-256-GCM's additional data): the data can be in no other place.
// `owner`: the user whose it is, or the dispute.
[[nodiscard]] std::string seal_context(Personal what, std::string_view account, std::uint32_t owner);
[[nodiscard]] inline std::string seal_context(Personal what, std::string_view account, UserId user) {
    return seal_context(what, account, user.value);
}

// A sealed field of an event.
struct SealedField {
    Personal what;
    std::uint32_t owner;  // as for seal_context()
    KeyNumber key;
    capnp::Data::Reader box;

    [[nodiscard]] std::string context(capnp::Text::Reader account) const {
        return seal_context(what, view(account), owner);
    }
};

// Calls `function(SealedField)` for each that the event has.
template <typename Function>
void for_each_sealed(schema::Event::Reader event, Function function) {
    if (event.isUserRegistered()) {
        const auto body = event.getUserRegistered();
        const KeyNumber key(body.getKey());
        function(SealedField{Personal::email, body.getUser(), key, body.getEmail()});
        if (body.hasName()) function(SealedField{Personal::name, body.getUser(), key, body.getName()});
    } else if (event.isEmailChanged()) {
        const auto body = event.getEmailChanged();
        function(SealedField{Personal::email, body.getUser(), KeyNumber(body.getKey()), body.getNewEmail()});
    } else if (event.isPhoneSaved()) {
        const auto body = event.getPhoneSaved();
        function(SealedField{Personal::phone, body.getUser(), KeyNumber(body.getKey()), body.getConfig()});
    } else if (event.isDisputeOpened()) {
        const auto body = event.getDisputeOpened();
        const KeyNumber key(body.getKey());
        function(SealedField{Personal::claim, body.getDispute(), key, body.getClaim()});
        if (!body.hasBill()) return;
        function(SealedField{Personal::bill_text, body.getDispute(), key, body.getBill().getText()});
    } else if (event.isEvidenceAdded()) {
        const auto body = event.getEvidenceAdded();
        if (!body.hasNote()) return;
        function(SealedField{Personal::note, body.getDispute(), KeyNumber(body.getKey()), body.getNote()});
    } else if (event.isDisputeResolved()) {
        const auto body = event.getDisputeResolved();
        if (!body.hasNote()) return;
        function(SealedField{Personal::note, body.getDispute(), KeyNumber(body.getKey()), body.getNote()});
    }
}

// Calls `function(KeyNumber)` for each key that the event says is destroyed: what was sealed by it is erased.
template <typename Function>
void for_each_destroyed_key(schema::Event::Reader event, Function function) {
    if (event.isPersonErased()) {
        function(KeyNumber(event.getPersonErased().getKey()));
        for (const auto key : event.getPersonErased().getDisputeKeys()) function(KeyNumber(key));
    } else if (event.isPhonePurged()) {
        function(KeyNumber(event.getPhonePurged().getKey()));
    }
}

// A box begins with its nonce, which no other has: so much of it is its name.
inline constexpr std::size_t box_name_bytes = 12;
[[nodiscard]] inline std::string_view box_name(capnp::Data::Reader box) { return view(box).substr(0, box_name_bytes); }

}  // namespace seatledger
