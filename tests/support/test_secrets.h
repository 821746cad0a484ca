// A vault in memory, the same keys and boxes each time, and a way to read events that were sealed with any of them.
#pragma once

#include <memory>
#include <string>

#include "engine/vault/secrets.h"
#include "events/event.capnp.h"
#include "server/json.h"

namespace seatledger::testing {

class TestSecrets {
 public:
    TestSecrets();
    explicit TestSecrets(std::unique_ptr<Vault> vault);
    ~TestSecrets();
    TestSecrets(const TestSecrets&) = delete;
    TestSecrets& operator=(const TestSecrets&) = delete;

    [[nodiscard]] Vault& vault() { return *vault_; }
    [[nodiscard]] PrivateTable& rows() { return *rows_; }
    operator Secrets() { return {*vault_, *rows_}; }

 private:
    std::unique_ptr<Vault> vault_;
    std::unique_ptr<PrivateTable> rows_;
};

// Seals with keys of its own, and opens what was sealed by whichever vault exists: for states into which the events of
// another ledger are folded.
class AnySeals final : public Seals {
 public:
    [[nodiscard]] KeyNumber make_key() override { return secrets_.vault().make_key(); }
    [[nodiscard]] bool is_usable(KeyNumber key) const override { return static_cast<bool>(key); }
    // With a new key where `key` is another one's.
    [[nodiscard]] std::string seal(KeyNumber key, std::string_view context, std::string_view clear) override;
    [[nodiscard]] std::optional<std::string> open(KeyNumber key, std::string_view context,
                                                  std::string_view box) const override;

 private:
    TestSecrets secrets_;
};

// The texts of this event, opened by whichever vault that exists can; without them where their key was destroyed.
[[nodiscard]] EventTexts texts_of(schema::Event::Reader event, AddressOf address);

// The address that the event says somebody bears from now on; empty: it says nothing of the kind, or it was erased.
[[nodiscard]] std::string email_in(schema::Event::Reader event);
[[nodiscard]] std::string name_in(schema::Event::Reader event);
// The phone configuration that the event saves.
[[nodiscard]] std::string phone_in(schema::Event::Reader event);

}  // namespace seatledger::testing
