// The events of a dossier, each held against its proof, and what is sealed in them opened.
#pragma once

#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/merkle/checkpoint.h"
#include "events/block.h"
#include "tools/dossier/dossier_inputs.h"

namespace seatledger {

struct ProvedEvent {
    Sequence sequence;
    Words words;
    std::vector<std::pair<std::string, std::string>> opened;  // the name of a box, and its text

    [[nodiscard]] schema::Event::Reader event() const { return read_event(words); }
    // What the box says; nothing: there is no key to it. Holds as long as this.
    [[nodiscard]] std::optional<std::string_view> text_of(capnp::Data::Reader box) const;
};

// Movable; readers of its events hold as long as it does, wherever it is moved.
class ProvedEvents {
 public:
    // Fails, in one line, if the key is not the one that the inputs name or did not sign the checkpoint, an entry is no
    // event of the account or of the catalogue, is not where its proof says, a proof is of another checkpoint, or a key
    // does not open what it is said to open. Cost: some tens of microseconds an event.
    [[nodiscard]] static std::expected<ProvedEvents, std::string> open(const DossierInputs& inputs,
                                                                       const merkle::VerifierKey& key);

    [[nodiscard]] const merkle::Checkpoint& checkpoint() const { return checkpoint_; }
    // In the order of their sequences.
    [[nodiscard]] const std::vector<ProvedEvent>& all() const { return events_; }
    // Null: it is none of them.
    [[nodiscard]] const ProvedEvent* find(Sequence sequence) const;

 private:
    merkle::Checkpoint checkpoint_;
    std::vector<ProvedEvent> events_;
};

// The bytes of an entry, which may be anybody's. Fails, in one line, if they are no event in its canonical encoding.
[[nodiscard]] std::expected<Words, std::string> read_words(const DossierEntry& entry);

}  // namespace seatledger
