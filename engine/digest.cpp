#include "engine/digest.h"

#include <capnp/message.h>
#include <capnp/serialize.h>

namespace seatledger {

CommandDigest CommandDigester::digest(schema::Command::Reader command, UserId sender) {
    capnp::MallocMessageBuilder copy;
    copy.setRoot(command);
    auto root = copy.getRoot<schema::Command>();
    if (root.hasRequestId()) root.disownRequestId();
    if (root.isRegisterUser() && root.getRegisterUser().hasPassword()) root.getRegisterUser().disownPassword();
    if (root.isSetPassword()) root.getSetPassword().disownPassword();
    const auto canonical = capnp::canonicalize(root.asReader());
    const auto bytes = canonical.asBytes();

    // The encoding is whole words, so what follows it cannot be taken for a part of it.
    std::array<std::uint8_t, 4> number{};
    for (std::size_t i = 0; i < number.size(); ++i) number[i] = static_cast<std::uint8_t>(sender.value >> (8 * i));

    const std::span<const std::uint8_t> of_sender(number.data(), sender ? number.size() : 0);
    return mac_.of({{bytes.begin(), bytes.size()}, of_sender});
}

}  // namespace seatledger
