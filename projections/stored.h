// Rows that are Cap'n Proto messages: to and from the bytes of a value.
#pragma once

#include <capnp/message.h>
#include <capnp/serialize.h>

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>

#include "events/block.h"
#include "events/text.h"

namespace seatledger {

// The canonical encoding: equal rows are equal bytes, which the digests rest on.
template <typename Row>
[[nodiscard]] std::string to_value(typename Row::Reader row) {
    const auto words = capnp::canonicalize(row);
    return std::string(view(words.asBytes()));
}

// A row that can be read. Keeps a copy, since values are not aligned.
template <typename Row>
class Stored {
 public:
    explicit Stored(std::string_view value) : words_(value.size() / sizeof(std::uint64_t)) {
        std::copy_n(value.data(), words_.size() * sizeof(std::uint64_t), reinterpret_cast<char*>(words_.data()));
        segment_ = kj::arrayPtr(reinterpret_cast<const capnp::word*>(words_.data()), words_.size());
        message_.emplace(kj::arrayPtr(&segment_, 1));
    }
    Stored(const Stored&) = delete;
    Stored& operator=(const Stored&) = delete;

    [[nodiscard]] typename Row::Reader get() { return message_->template getRoot<Row>(); }

 private:
    Words words_;
    kj::ArrayPtr<const capnp::word> segment_;
    std::optional<capnp::SegmentArrayMessageReader> message_;
};

}  // namespace seatledger
