// Whether a received message can be read to its end: so that nobody behind the network thread meets a broken pointer
// in the middle of their work.
#pragma once

#include <capnp/any.h>
#include <capnp/schema.h>

#include <cstdint>
#include <deque>
#include <expected>
#include <map>
#include <string>
#include <vector>

#include "server/frame.h"

namespace seatledger {

struct MessageFault {
    bool is_broken = false;  // else it is of a newer schema
    std::string message;     // one line, with nothing in it of what the message says
};

// Any thread.
class MessageCheck {
 public:
    // For messages with this root. The schema may have structs, text, data and lists of structs and text.
    explicit MessageCheck(capnp::StructSchema root);
    MessageCheck(const MessageCheck&) = delete;
    MessageCheck& operator=(const MessageCheck&) = delete;

    // Follows every pointer once and sees whether there is what the schema says: within the bounds, no loops, no
    // union member that the schema does not have. What a newer schema put behind its fields may be anything that
    // can be copied. A message that passed may be trusted (Message::trust): to read all of it takes no longer than
    // this did. Cost: some 20 ns a pointer.
    [[nodiscard]] std::expected<void, MessageFault> check(Message& message) const;

 private:
    enum class Kind : std::uint8_t { unknown, text, data, object, texts, objects };
    struct Layout;
    struct Slot {
        Kind kind = Kind::unknown;
        const Layout* object = nullptr;
    };
    using Slots = std::vector<Slot>;
    // What the pointers of a struct are, by the value of its discriminant; the only one, if there is no union.
    struct Layout {
        bool has_union = false;
        std::uint32_t discriminant_offset = 0;  // in units of 16 bits
        std::vector<Slots> members;
    };

    const Layout& layout_of(capnp::StructSchema schema);
    void fill(Layout& layout, capnp::StructSchema schema);
    [[nodiscard]] Slot slot_of(capnp::Type type);

    // These give whether every union member is known.
    [[nodiscard]] static bool check_object(capnp::AnyStruct::Reader object, const Layout& layout);
    [[nodiscard]] static bool check_slot(capnp::AnyPointer::Reader pointer, const Slot& slot);

    std::map<std::uint64_t, Layout> layouts_;  // by the schema's id; never moved
    const Layout* root_;
};

}  // namespace seatledger
