#include "engine/audit/recorded_seals.h"

#include <algorithm>

#include "engine/hex.h"
#include "events/sealed.h"

namespace seatledger {

void RecordedSeals::expect(std::span<const rules::EventHead> commit) {
    expected_.clear();
    for (const auto& head : commit) {
        for_each_sealed(head.event(), [&](const SealedField& field) {
            expected_.push_back({field.key, view(field.box)});
        });
    }
}

KeyNumber RecordedSeals::make_key() {
    const bool is_new = !expected_.empty() && expected_.front().key > last_key_;
    last_key_ = is_new ? expected_.front().key : KeyNumber(last_key_.value + 1);
    return last_key_;
}

bool RecordedSeals::is_usable(KeyNumber key) const { return key && !expected_.empty() && expected_.front().key == key; }

std::string RecordedSeals::seal(KeyNumber key, std::string_view, std::string_view) {
    if (expected_.empty() || expected_.front().key != key) return {};
    const std::string box(expected_.front().bytes);
    expected_.pop_front();
    return box;
}

std::optional<std::string> RecordedSeals::open_unerased(KeyNumber key, std::string_view context,
                                                        std::string_view box) const {
    return vault_.open(key, context, box);
}

std::optional<std::string> RecordedSeals::open(KeyNumber key, std::string_view context, std::string_view box) const {
    if (auto clear = open_unerased(key, context, box)) return clear;
    // Reserved (RFC 2606): nobody can have been registered under it.
    return to_hex(box.substr(0, std::min(box.size(), box_name_bytes))) + "@erased.invalid";
}

}  // namespace seatledger
