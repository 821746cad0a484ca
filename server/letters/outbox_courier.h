// Letters as files, where no mail server is named: `NAME.eml`, which mail programs open.
#pragma once

#include <expected>
#include <filesystem>
#include <memory>
#include <mutex>
#include <set>
#include <span>
#include <string>
#include <string_view>

#include "engine/vault/personal_files.h"
#include "events/ids.h"
#include "server/letters/courier.h"

namespace seatledger {

// The name of a letter: "acme.3.41". No two letters of a ledger have the same one.
[[nodiscard]] std::string file_name(std::string_view account, UserId user, Sequence event);

class OutboxCourier final : public Courier, public PersonalFiles {
 public:
    // Makes the directory if need be, for its owner only (0700), durably; one that is there stays as it is. Fails if
    // that cannot be done.
    [[nodiscard]] static std::expected<std::unique_ptr<OutboxCourier>, std::string> open(
        const std::filesystem::path& directory);

    // Writes `NAME.eml`, readable by its owner only (0600): whole or not at all, durably. A letter of that name that is
    // there already is replaced. Blocks as long as the disk does. A name with other characters than file_name() uses
    // is a permanent failure; a full disk and the like are not.
    [[nodiscard]] std::expected<void, DeliveryFailure> deliver(const MailEnvelope& envelope, const std::string& message,
                                                               const std::string& name) override;

    // Removes all letters to these people, what a crash left of one included; to deliver another one is a permanent
    // failure from then on. Reads the whole directory; one that is gone has no letters. On failure some may be left.
    [[nodiscard]] std::expected<void, StorageFailure> remove(std::span<const PersonName> people) override;

 private:
    explicit OutboxCourier(std::filesystem::path directory) : directory_(std::move(directory)) {}

    std::filesystem::path directory_;
    std::mutex mutex_;               // a letter is written, or removed, but not both at a time
    std::set<std::string> removed_;  // what the names of letters that were removed begin with
};

}  // namespace seatledger
