#include "engine/random.h"

#include <kj/debug.h>
#include <openssl/rand.h>

#include <mutex>
#include <random>

namespace seatledger {
namespace {

bool fill_from_openssl(std::span<std::uint8_t> bytes) {
    return RAND_bytes(bytes.data(), static_cast<int>(bytes.size())) == 1;
}

class SystemRandom : public RandomSource {
 public:
    void fill(std::span<std::uint8_t> bytes) override {
        KJ_REQUIRE(fill_from_openssl(bytes), "OpenSSL has no random bytes");
    }
};

class SeededRandom : public RandomSource {
 public:
    explicit SeededRandom(std::uint64_t seed) : engine_(seed) {}

    void fill(std::span<std::uint8_t> bytes) override {
        const std::lock_guard lock(mutex_);
        for (auto& byte : bytes) byte = static_cast<std::uint8_t>(engine_() >> 56);
    }

 private:
    std::mutex mutex_;
    std::mt19937_64 engine_;  // the standard says which numbers it gives
};

}  // namespace

std::unique_ptr<RandomSource> make_system_random() { return std::make_unique<SystemRandom>(); }

std::unique_ptr<RandomSource> make_seeded_random(std::uint64_t seed) { return std::make_unique<SeededRandom>(seed); }

std::expected<std::string, std::string> random_bytes(std::size_t count) {
    std::string bytes(count, '\0');
    if (!fill_from_openssl({reinterpret_cast<std::uint8_t*>(bytes.data()), bytes.size()})) {
        return std::unexpected("OpenSSL has no random bytes");
    }
    return bytes;
}

}  // namespace seatledger
