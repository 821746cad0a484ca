// Whether the ledger works: what the status answer says and what is logged unasked.
#pragma once

#include <spdlog/logger.h>

#include <chrono>
#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/engine.h"
#include "engine/failure.h"
#include "engine/log/log.h"
#include "engine/notary/notary.h"
#include "projections/projections.h"
#include "server/network.h"
#include "server/wire.capnp.h"

namespace seatledger {

// Of what follows the log: the projections, and the notary.
struct HealthLimits {
    std::chrono::milliseconds lag_warned = std::chrono::seconds(1);
    std::chrono::milliseconds lag_unhealthy = std::chrono::seconds(10);
    std::chrono::milliseconds warning_interval = std::chrono::minutes(1);
};

// Network thread. What it looks at must outlive it.
class Health {
 public:
    Health(const Engine& engine, const Projections& projections, const Notary& notary, spdlog::logger& logger,
           const HealthLimits& limits = {});

    // Looks whether something has stopped, and how far what follows the log is behind it. To be called several times a
    // second; logs each failure once, and a lag once a minute.
    void look(TimePoint now);

    // The lag is that of the last look.
    void tell(schema::Status::Builder status) const;

 private:
    // What may stop.
    struct Part {
        std::function<std::optional<StorageFailure>()> failure;
        std::string_view logged;
        std::string_view told;  // in front of why
        bool has_failed = false;
    };
    // What may be behind the log.
    struct Trailing {
        std::function<Sequence()> reached;
        std::string_view name;           // of several things
        std::string_view reached_field;  // of the line in the log
        struct Seen {
            TimePoint time;
            Sequence last;  // of the log, then
        };
        std::deque<Seen> not_reached = {};  // at the last look
        std::chrono::milliseconds lag{0};
        std::optional<TimePoint> warned = {};
    };

    void look_at(Trailing& trailing, TimePoint now);
    [[nodiscard]] std::string problem() const;

    const Projections& projections_;
    spdlog::logger& logger_;
    HealthLimits limits_;
    std::vector<Part> parts_;         // the worst first
    std::vector<Trailing> trailing_;  // the same
};

}  // namespace seatledger
