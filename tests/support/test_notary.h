// A notary for tests that need one and look at something else: over a log of theirs, in a directory of its own.
#pragma once

#include <memory>
#include <utility>

#include "engine/notary/notary.h"
#include "engine/random.h"
#include "tests/support/temp_dir.h"

namespace seatledger::testing {

class TestNotary {
 public:
    // Not started.
    explicit TestNotary(const Log& log)
        : key_(merkle::SigningKey::make("ledger.example.com", merkle::make_signing_secret(*make_seeded_random(1)))
                   .value()),
          store_(TreeStore::open(directory_.path()).value()),
          notary_(Notary::open(*store_, log, key_).value()) {}

    [[nodiscard]] Notary& notary() { return *notary_; }

 private:
    TempDir directory_;
    merkle::SigningKey key_;
    std::unique_ptr<TreeStore> store_;
    std::unique_ptr<Notary> notary_;
};

}  // namespace seatledger::testing
