#include "tools/vault_check.h"

#include <kj/debug.h>

#include <algorithm>
#include <utility>

#include "engine/vault/addresses.h"
#include "events/text.h"
#include "projections/secret_rows.h"

namespace seatledger {
namespace {

// Kinds of problems.
constexpr const char* key_damaged = "files_damaged";
constexpr const char* key_destroyed = "key_destroyed";
constexpr const char* key_not_destroyed = "key_not_destroyed";
constexpr const char* address_missing = "address_missing";

std::string number(std::uint64_t value) { return std::to_string(value); }

}  // namespace

class VaultCheck::OpenableSeals final : public Seals {
 public:
    OpenableSeals(const Vault& vault, const std::vector<KeyNumber>& damaged) : vault_(vault), damaged_(damaged) {}

    [[nodiscard]] KeyNumber make_key() override { KJ_FAIL_REQUIRE("nothing is sealed here"); }
    [[nodiscard]] std::string seal(KeyNumber, std::string_view, std::string_view) override {
        KJ_FAIL_REQUIRE("nothing is sealed here");
    }
    [[nodiscard]] bool is_usable(KeyNumber key) const override { return !is_damaged(key) && vault_.is_usable(key); }
    [[nodiscard]] std::optional<std::string> open(KeyNumber key, std::string_view context,
                                                  std::string_view box) const override {
        return is_damaged(key) ? std::nullopt : vault_.open(key, context, box);
    }

 private:
    [[nodiscard]] bool is_damaged(KeyNumber key) const { return std::ranges::binary_search(damaged_, key); }

    const Vault& vault_;
    const std::vector<KeyNumber>& damaged_;
};

VaultCheck::VaultCheck(const Vault& vault, const PrivateTable* rows, Report report)
    : vault_(vault),
      rows_(rows),
      report_(std::move(report)),
      damaged_(vault.damaged_keys()),
      seals_(std::make_unique<const OpenableSeals>(vault, damaged_)),
      found_until_(rows != nullptr ? SecretRows::addresses_until(*rows) : Sequence()),
      done_until_(rows != nullptr ? SecretRows::done_until(*rows) : Sequence()) {}

VaultCheck::~VaultCheck() = default;

const Seals& VaultCheck::seals() const { return *seals_; }

void VaultCheck::note(schema::Event::Reader event) {
    if (event.isAccountOpened()) {
        // The accounts are numbered as they come.
        const auto next = static_cast<std::uint32_t>(accounts_.size() + 1);
        accounts_.emplace(view(event.getAccount()), AccountNumber(next));
    }
    const Sequence sequence(event.getSequence());
    for_each_sealed(event, [&](const SealedField& field) {
        keys_.try_emplace(field.key.value, Used{sequence, {}});
        if (field.what == Personal::email && sequence <= found_until_) check_address(field, event);
    });
    for_each_destroyed_key(event, [&](KeyNumber key) { keys_[key.value].erased = sequence; });
}

void VaultCheck::check_address(const SealedField& field, schema::Event::Reader event) {
    const auto account = accounts_.find(view(event.getAccount()));
    if (account == accounts_.end()) return;
    const auto context = field.context(event.getAccount());
    std::optional<std::string> email;
    // What does not open though its key is there is the auditor's to report.
    const auto thrown = kj::runCatchingExceptions([&] { email = seals_->open(field.key, context, view(field.box)); });
    if (thrown != nullptr || !email) return;
    const auto expected = address_rows(vault_, account->second, fold_case(*email), UserId(field.owner));
    if (std::ranges::all_of(expected, [&](const auto& row) { return rows_->get(row.key) == row.value; })) return;
    if (missing_++ > 0) return;
    report_(address_missing, Sequence(event.getSequence()), account->first,
            "the vault's rows lack the address that event " + number(event.getSequence()) +
                " gives: whoever bears it would not be found; restore vault/ whole, from one copy");
}

std::uint64_t VaultCheck::finish() {
    std::uint64_t to_do = 0;
    for (const auto key : damaged_) {
        const auto used = keys_.find(key.value);
        report_(key_damaged, used == keys_.end() ? Sequence() : used->second.sealed, {},
                vault_.name() + " is damaged: key " + number(key.value) +
                    ", so that what was sealed with it cannot be opened; restore the file from a copy");
    }
    std::vector<std::pair<KeyNumber, Used>> keys;
    for (const auto& [key, used] : keys_) keys.emplace_back(key, used);
    std::ranges::sort(keys, {}, &std::pair<KeyNumber, Used>::first);
    for (const auto& [key, used] : keys) {
        if (std::ranges::binary_search(damaged_, key) || key > vault_.last_key()) continue;
        const bool is_destroyed = vault_.is_destroyed(key);
        if (is_destroyed && !used.erased) {
            report_(key_destroyed, used.sealed, {},
                    "what event " + number(used.sealed.value) + " has sealed cannot be opened: key " +
                        number(key.value) + " of " + vault_.name() +
                        " was destroyed, and no event erases it; restore the file from a copy");
        } else if (!is_destroyed && used.erased > done_until_) {
            ++to_do;
        } else if (!is_destroyed && used.erased) {
            report_(key_not_destroyed, used.erased, {},
                    "what event " + number(used.erased.value) + " erases can still be read: key " + number(key.value) +
                        " of " + vault_.name() +
                        " is there; that file alone was restored from an older copy: restore all of vault/ from it, "
                        "and a server erases again when it starts");
        }
    }
    return to_do;
}

}  // namespace seatledger
