// Where keys, nonces and tokens come from.
#pragma once

#include <cstdint>
#include <expected>
#include <memory>
#include <span>
#include <string>

namespace seatledger {

// Any thread.
class RandomSource {
 public:
    virtual ~RandomSource() = default;

    // Fills all of it. A kj::Exception where there are no random bytes.
    virtual void fill(std::span<std::uint8_t> bytes) = 0;
};

// What OpenSSL has, for keys.
[[nodiscard]] std::unique_ptr<RandomSource> make_system_random();

// The same bytes for the same seed, on every machine and in every version: for tests and golden files only. Nothing
// that is made with them is secret.
[[nodiscard]] std::unique_ptr<RandomSource> make_seeded_random(std::uint64_t seed);

// So many bytes of OpenSSL's. Fails where it has none.
[[nodiscard]] std::expected<std::string, std::string> random_bytes(std::size_t count);

}  // namespace seatledger
