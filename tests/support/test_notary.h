// A notary for tests that need one and look at something else: over a log of theirs, in a directory of its own.
#pragma once

#include <chrono>
#include <future>
#include <memory>
#include <utility>

#include "engine/notary/notary.h"
#include "engine/random.h"
#include "tests/support/catch.h"
#include "tests/support/temp_dir.h"

namespace seatledger::testing {

class TestNotary {
 public:
    // Not started.
    explicit TestNotary(const Log& log)
        : log_(log),
          key_(merkle::SigningKey::make("ledger.example.com", merkle::make_signing_secret(*make_seeded_random(1)))
                   .value()),
          store_(TreeStore::open(directory_.path()).value()),
          notary_(Notary::open(*store_, log, key_).value()) {}

    [[nodiscard]] Notary& notary() { return *notary_; }

    // Starts, and returns once everything that the log has is under a checkpoint.
    void sign_all() {
        notary_->start();
        const auto done = std::make_shared<std::promise<void>>();
        const auto last = log_.last().value;
        notary_->when_published(last, [done] { done->set_value(); });
        notary_->hurry(last);
        REQUIRE(done->get_future().wait_for(std::chrono::seconds(10)) == std::future_status::ready);
    }

 private:
    const Log& log_;
    TempDir directory_;
    merkle::SigningKey key_;
    std::unique_ptr<TreeStore> store_;
    std::unique_ptr<Notary> notary_;
};

}  // namespace seatledger::testing
