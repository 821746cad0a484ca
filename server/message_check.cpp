#include "server/message_check.h"

#include <kj/debug.h>

#include <cstring>

namespace seatledger {
namespace {

std::uint16_t discriminant_of(capnp::AnyStruct::Reader object, std::uint32_t offset) {
    const auto data = object.getDataSection();
    std::uint16_t discriminant = 0;
    const auto at = offset * sizeof discriminant;
    if (at + sizeof discriminant <= data.size()) std::memcpy(&discriminant, data.begin() + at, sizeof discriminant);
    return discriminant;
}

}  // namespace

MessageCheck::MessageCheck(capnp::StructSchema root) : root_(&layout_of(root)) {}

std::expected<void, MessageFault> MessageCheck::check(Message& message) const {
    try {
        if (check_object(message.root<capnp::AnyStruct>(), *root_)) return {};
        return std::unexpected(MessageFault{false, "the message asks for something that this server does not know"});
    } catch (const kj::Exception& exception) {
        return std::unexpected(MessageFault{true, exception.getDescription().cStr()});
    }
}

const MessageCheck::Layout& MessageCheck::layout_of(capnp::StructSchema schema) {
    // Entered before it is filled: structs may contain themselves.
    const auto [at, is_new] = layouts_.try_emplace(schema.getProto().getId());
    if (is_new) fill(at->second, schema);
    return at->second;
}

void MessageCheck::fill(Layout& layout, capnp::StructSchema schema) {
    const auto shape = schema.getProto().getStruct();
    layout.has_union = shape.getDiscriminantCount() > 0;
    layout.discriminant_offset = shape.getDiscriminantOffset();
    const Slots nothing(shape.getPointerCount());
    layout.members.assign(layout.has_union ? shape.getDiscriminantCount() : 1, nothing);
    for (const auto field : schema.getFields()) {
        const auto proto = field.getProto();
        KJ_REQUIRE(proto.isSlot(), "a message with groups needs a check that knows them", proto.getName());
        const auto type = field.getType();
        if (!type.isText() && !type.isData() && !type.isStruct() && !type.isList()) continue;
        const auto slot = slot_of(type);
        const auto index = proto.getSlot().getOffset();
        for (std::size_t member = 0; member < layout.members.size(); ++member) {
            const auto value = proto.getDiscriminantValue();
            if (value == capnp::schema::Field::NO_DISCRIMINANT || value == member) layout.members[member][index] = slot;
        }
    }
}

MessageCheck::Slot MessageCheck::slot_of(capnp::Type type) {
    if (type.isText()) return {Kind::text, nullptr};
    if (type.isData()) return {Kind::data, nullptr};
    if (type.isStruct()) return {Kind::object, &layout_of(type.asStruct())};
    const auto element = type.asList().getElementType();
    if (element.isText()) return {Kind::texts, nullptr};
    KJ_REQUIRE(element.isStruct(), "a message with such lists needs a check that knows them");
    return {Kind::objects, &layout_of(element.asStruct())};
}

bool MessageCheck::check_object(capnp::AnyStruct::Reader object, const Layout& layout) {
    const auto member = layout.has_union ? discriminant_of(object, layout.discriminant_offset) : std::uint16_t{0};
    if (member >= layout.members.size()) return false;
    const auto& slots = layout.members[member];
    const auto pointers = object.getPointerSection();
    for (unsigned i = 0; i < pointers.size(); ++i) {
        const auto pointer = pointers[i];
        if (pointer.isNull()) continue;
        if (!check_slot(pointer, i < slots.size() ? slots[i] : Slot())) return false;
    }
    return true;
}

bool MessageCheck::check_slot(capnp::AnyPointer::Reader pointer, const Slot& slot) {
    switch (slot.kind) {
        case Kind::unknown: KJ_REQUIRE(pointer.targetSize().capCount == 0, "the message has capabilities"); break;
        case Kind::text: static_cast<void>(pointer.getAs<capnp::Text>()); break;
        case Kind::data: static_cast<void>(pointer.getAs<capnp::Data>()); break;
        case Kind::object: return check_object(pointer.getAs<capnp::AnyStruct>(), *slot.object);
        case Kind::texts: {
            // Cap'n Proto would take structs in place of texts, and look at nothing but the first pointer of each.
            const auto list = pointer.getAs<capnp::AnyList>();
            KJ_REQUIRE(list.getElementSize() == capnp::ElementSize::POINTER,
                       "the message has something else in place of texts");
            const auto texts = list.as<capnp::List<capnp::Text>>();
            for (unsigned i = 0; i < texts.size(); ++i) static_cast<void>(texts[i].size());
            break;
        }
        case Kind::objects: {
            const auto list = pointer.getAs<capnp::AnyList>();
            KJ_REQUIRE(list.getElementSize() != capnp::ElementSize::BIT, "the message has bits in place of structs");
            const auto objects = list.as<capnp::List<capnp::AnyStruct>>();
            for (unsigned i = 0; i < objects.size(); ++i) {
                if (!check_object(objects[i], *slot.object)) return false;
            }
            break;
        }
    }
    return true;
}

}  // namespace seatledger
