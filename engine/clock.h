// What time it is, behind an interface so that time is data in tests, simulations and training.
#pragma once

#include "events/instant.h"

namespace seatledger {

class Clock {
 public:
    virtual ~Clock() = default;

    // Any thread. May go back; who needs otherwise has to see to it.
    [[nodiscard]] virtual Instant now() const = 0;

    // Whether time passes by itself. Where it does not, it is moved by the commands that are accepted.
    [[nodiscard]] virtual bool runs() const = 0;
};

class SystemClock final : public Clock {
 public:
    [[nodiscard]] Instant now() const override { return system_now(); }
    [[nodiscard]] bool runs() const override { return true; }
};

// Stands at 1970 until the ledger has recorded something later.
class StandingClock final : public Clock {
 public:
    [[nodiscard]] Instant now() const override { return {}; }
    [[nodiscard]] bool runs() const override { return false; }
};

}  // namespace seatledger
