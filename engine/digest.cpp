#include "engine/digest.h"

#include <capnp/message.h>
#include <capnp/serialize.h>

#include "events/text.h"

namespace seatledger {

CommandDigest CommandDigester::digest(schema::Command::Reader command, std::string_view request_id,
                                      const Caller& sender) {
    capnp::MallocMessageBuilder copy;
    copy.setRoot(command);
    auto root = copy.getRoot<schema::Command>();
    root.setRequestId(text(request_id));
    if (root.isRegisterUser() && root.getRegisterUser().hasPassword()) root.getRegisterUser().disownPassword();
    if (root.isSetPassword()) root.getSetPassword().disownPassword();
    const auto canonical = capnp::canonicalize(root.asReader());
    const auto bytes = canonical.asBytes();

    // The encoding is whole words, so what follows it cannot be taken for a part of it.
    std::array<std::uint8_t, 5> sent_by{};
    std::size_t size = 0;
    if (!sender.is_vendor()) {
        for (; size < 4; ++size) sent_by[size] = static_cast<std::uint8_t>(sender.user.value >> (8 * size));
        if (!sender.is_person()) sent_by[size++] = static_cast<std::uint8_t>(*sender.role);
    }
    const std::span<const std::uint8_t> of_sender(sent_by.data(), size);
    return mac_.of({{bytes.begin(), bytes.size()}, of_sender});
}

}  // namespace seatledger
