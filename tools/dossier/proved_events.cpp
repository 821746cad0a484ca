#include "tools/dossier/proved_events.h"

#include <kj/exception.h>

#include <algorithm>
#include <cstring>

#include "engine/merkle/tlog_proof.h"
#include "engine/vault/sealed_box.h"
#include "events/canonical.h"
#include "events/instant.h"
#include "events/sealed.h"
#include "events/text.h"

namespace seatledger {
namespace {

using Failed = std::unexpected<std::string>;

Failed wrong(Sequence sequence, std::string_view why) {
    return Failed("event " + std::to_string(sequence.value) + ": " + std::string(why));
}

}  // namespace

std::expected<Words, std::string> read_words(const DossierEntry& entry) {
    const auto size = entry.bytes.size();
    if (size == 0 || size % sizeof(std::uint64_t) != 0 || size > event_bytes_max) {
        return wrong(entry.sequence, "its bytes are no event");
    }
    Words words(size / sizeof(std::uint64_t));
    std::memcpy(words.data(), entry.bytes.data(), size);
    if (!is_canonical(words)) return wrong(entry.sequence, "its bytes are no event in the canonical encoding");
    return words;
}

namespace {

// `checkpoint` is what the note says, which has been verified.
std::expected<void, std::string> check_proof(const DossierEntry& entry, const std::string& note,
                                             const merkle::Checkpoint& checkpoint) {
    const auto proof = merkle::parse_tlog_proof(entry.proof);
    if (!proof) return wrong(entry.sequence, "its proof cannot be read: " + proof.error());
    if (proof->checkpoint != note || !proof->extra.empty()) {
        return wrong(entry.sequence, "its proof is not of the dossier's checkpoint");
    }
    const auto proved = merkle::verify_inclusion(proof->index, checkpoint.size, merkle::leaf_hash(entry.bytes),
                                                 proof->proof, checkpoint.root);
    if (!proved) return wrong(entry.sequence, "its proof does not prove that it is in the log: " + proved.error());
    if (proof->index + 1 != entry.sequence.value) return wrong(entry.sequence, "its proof is that of another event");
    return {};
}

bool is_instant(std::int64_t micros) { return Instant{micros} >= first_instant && Instant{micros} <= last_instant; }

std::expected<void, std::string> open_boxes(const DossierEntry& entry, ProvedEvent& proved) {
    const auto event = proved.event();
    for (const auto& key : entry.keys) {
        std::optional<std::string> text;
        for_each_sealed(event, [&](const SealedField& field) {
            if (box_name(field.box) != key.box) return;
            text = open_with_box_key(key.key, field.context(event.getAccount()), view(field.box));
        });
        if (!text) return wrong(entry.sequence, "a key does not open what is sealed in it");
        if (!proved.opened.empty() && proved.opened.back().first >= key.box) {
            return wrong(entry.sequence, "its keys have to be in order, and each there once");
        }
        proved.opened.emplace_back(key.box, std::move(*text));
    }
    return {};
}

}  // namespace

std::optional<std::string_view> ProvedEvent::text_of(capnp::Data::Reader box) const {
    const auto found = std::ranges::find(opened, box_name(box), [](const auto& of) { return of.first; });
    return found == opened.end() ? std::nullopt : std::optional<std::string_view>(found->second);
}

std::expected<ProvedEvents, std::string> ProvedEvents::open(const DossierInputs& inputs,
                                                            const merkle::VerifierKey& key) {
    auto checkpoint = merkle::open_checkpoint(inputs.checkpoint, key);
    if (!checkpoint) return Failed("the checkpoint is not one of the log " + key.name() + ": " + checkpoint.error());
    if (inputs.verifier_key != key.text()) return Failed("it names another verifier key: " + inputs.verifier_key);
    ProvedEvents proved;
    proved.checkpoint_ = std::move(*checkpoint);
    Sequence last;
    for (const auto& entry : inputs.entries) {
        if (entry.sequence <= last) return wrong(entry.sequence, "events have to be in order, and each there once");
        last = entry.sequence;
        if (auto checked = check_proof(entry, inputs.checkpoint, proved.checkpoint_); !checked)
            return Failed(checked.error());
        auto words = read_words(entry);
        if (!words) return Failed(words.error());
        // Canonical bytes lie well, but need not be what an event is: then readers throw.
        try {
            auto& of = proved.events_.emplace_back(ProvedEvent{entry.sequence, std::move(*words), {}});
            const auto event = of.event();
            if (event.getSequence() != entry.sequence.value) return wrong(entry.sequence, "it says another sequence");
            if (!is_instant(event.getRecordedAt()) || !is_instant(event.getEffectiveAt())) {
                return wrong(entry.sequence, "its times are none");
            }
            if (event.hasAccount() && view(event.getAccount()) != inputs.account) {
                return wrong(entry.sequence, "it is one of another account");
            }
            if (auto opened = open_boxes(entry, of); !opened) return Failed(opened.error());
        } catch (const kj::Exception& exception) {
            return wrong(entry.sequence, "its bytes are no event: " + std::string(exception.getDescription().cStr()));
        }
    }
    return proved;
}

const ProvedEvent* ProvedEvents::find(Sequence sequence) const {
    const auto found = std::ranges::lower_bound(events_, sequence, {}, &ProvedEvent::sequence);
    return found != events_.end() && found->sequence == sequence ? &*found : nullptr;
}

}  // namespace seatledger
