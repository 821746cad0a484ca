#include "engine/random.h"

#include <kj/debug.h>
#include <openssl/rand.h>

#include <algorithm>
#include <array>
#include <mutex>
#include <random>

namespace seatledger {
namespace {

bool fill_from_openssl(std::span<std::uint8_t> bytes) {
    return RAND_bytes(bytes.data(), static_cast<int>(bytes.size())) == 1;
}

// A call of OpenSSL's takes a microsecond, however few bytes it is for. Nonces, which are short and no secret, are
// taken from many at once; keys never lie here. A process that forks must not go on with it in both.
class SystemRandom : public RandomSource {
 public:
    void fill(std::span<std::uint8_t> bytes) override {
        if (bytes.size() > nonce_bytes_max) {
            KJ_REQUIRE(fill_from_openssl(bytes), "OpenSSL has no random bytes");
            return;
        }
        const std::lock_guard lock(mutex_);
        if (left_ < bytes.size()) {
            KJ_REQUIRE(fill_from_openssl(stock_), "OpenSSL has no random bytes");
            left_ = stock_.size();
        }
        std::ranges::copy(std::span(stock_).subspan(stock_.size() - left_, bytes.size()), bytes.begin());
        left_ -= bytes.size();
    }

 private:
    static constexpr std::size_t nonce_bytes_max = 16;

    std::mutex mutex_;
    std::array<std::uint8_t, 4096> stock_;
    std::size_t left_ = 0;
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
