// Text, and bytes, as Cap'n Proto and as the standard library have them. `capnp::Text` wants a NUL behind its bytes,
// which a string_view does not promise; these never read that far.
#pragma once

#include <capnp/blob.h>

#include <array>
#include <boost/container/small_vector.hpp>
#include <string>
#include <string_view>

namespace seatledger {

[[nodiscard]] inline std::string_view view(capnp::Text::Reader text) { return {text.begin(), text.size()}; }

// For set…() and init…() only, which copy size() bytes.
[[nodiscard]] inline capnp::Text::Reader text(std::string_view from) { return {from.data(), from.size()}; }

// Bytes that are no text, both ways. What is given ends with what it was made of.
[[nodiscard]] inline std::string_view view(capnp::Data::Reader data) {
    return {reinterpret_cast<const char*>(data.begin()), data.size()};
}
[[nodiscard]] inline capnp::Data::Reader as_data(std::string_view bytes) {
    return {reinterpret_cast<const kj::byte*>(bytes.data()), bytes.size()};
}

// A text of its own that takes no memory of its own while it is short, as addresses and ids are.
class ShortText {
 public:
    ShortText() = default;
    explicit ShortText(std::string_view from) : bytes_(from.begin(), from.end()) {}

    operator std::string_view() const { return {bytes_.data(), bytes_.size()}; }

 private:
    boost::container::small_vector<char, 44> bytes_;
};

// An address as look-ups compare it: without regard to ASCII case.
[[nodiscard]] std::string fold_case(std::string_view address);

// The same without memory of its own for addresses of the usual length. For a look-up: the view ends with it.
class FoldedAddress {
 public:
    explicit FoldedAddress(std::string_view address);
    FoldedAddress(const FoldedAddress&) = delete;
    FoldedAddress& operator=(const FoldedAddress&) = delete;

    operator std::string_view() const { return view_; }

 private:
    std::array<char, 64> short_;
    std::string long_;
    std::string_view view_;
};

// Well-formed UTF-8 (RFC 3629) without control characters.
[[nodiscard]] bool is_plain_text(std::string_view text);

}  // namespace seatledger
