// What is sealed in events, opened for whoever may read them.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "engine/rules/seals.h"
#include "events/event.capnp.h"
#include "projections/query.capnp.h"

namespace seatledger {

// One thread. Collects for one message.
class OpenedTexts {
 public:
    explicit OpenedTexts(const Seals& seals) : seals_(seals) {}

    // Opens what the event has, and gives the address that is in it, if there is one that was not erased. Cost: next to
    // nothing for most events, else a microsecond a field.
    std::optional<std::string> note(schema::Event::Reader event);

    // Calls `init(count)`, which gives the message's list, writes what was noted there, and forgets it. Not called if
    // there is nothing.
    template <typename Init>
    void tell(Init init) {
        if (opened_.empty()) return;
        capnp::List<schema::Opened>::Builder list = init(static_cast<unsigned>(opened_.size()));
        for (unsigned i = 0; i < list.size(); ++i) write(opened_[i], list[i]);
        opened_.clear();
    }

    // Words that tell() will take in the message, the list's pointer left out.
    [[nodiscard]] std::size_t words() const;

 private:
    struct Opened {
        std::string name;
        std::string text;
    };
    static void write(const Opened& opened, schema::Opened::Builder to);

    const Seals& seals_;
    std::vector<Opened> opened_;
};

}  // namespace seatledger
