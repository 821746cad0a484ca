// Seals that give again what a log has, so that what was recorded can be decided once more and compared, byte for byte.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "engine/rules/event_head.h"
#include "engine/rules/seals.h"

namespace seatledger {

// One thread. The vault must outlive it.
class RecordedSeals final : public Seals {
 public:
    explicit RecordedSeals(const Seals& vault) : vault_(vault) {}

    // These events are decided next. Their bytes must outlive that.
    void expect(std::span<const rules::EventHead> commit);

    // The key that the next of their boxes was sealed by, if no event before had it; else one that none has.
    [[nodiscard]] KeyNumber make_key() override;
    // Whether the next of their boxes was sealed by it.
    [[nodiscard]] bool is_usable(KeyNumber key) const override;
    // The next of their boxes; empty, if that was sealed by another key.
    [[nodiscard]] std::string seal(KeyNumber key, std::string_view context, std::string_view clear) override;

    // What the vault opens. Of a destroyed key it is a stand-in with the form of an address: the same for the same box,
    // another for another. So whoever was erased can still be told from everybody else. A box that was changed is a
    // kj::Exception.
    [[nodiscard]] std::optional<std::string> open(KeyNumber key, std::string_view context,
                                                  std::string_view box) const override;
    // The same without stand-ins.
    [[nodiscard]] std::optional<std::string> open_unerased(KeyNumber key, std::string_view context,
                                                           std::string_view box) const;

 private:
    struct Box {
        KeyNumber key;
        std::string_view bytes;
    };

    const Seals& vault_;
    std::deque<Box> expected_;
    KeyNumber last_key_;  // the newest that an event had
};

}  // namespace seatledger
