// Whether the ledger works: what the status answer says and what is logged unasked.
#pragma once

#include <spdlog/logger.h>

#include <chrono>
#include <deque>
#include <optional>
#include <string>

#include "engine/engine.h"
#include "engine/log/log.h"
#include "engine/notary/notary.h"
#include "projections/projections.h"
#include "server/network.h"
#include "server/wire.capnp.h"

namespace seatledger {

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

    // Looks whether something has stopped, and how far the projections are behind. To be called several times a
    // second; logs each failure once, and a lag once a minute.
    void look(TimePoint now);

    // The lag is that of the last look.
    void tell(schema::Status::Builder status) const;

 private:
    void look_at_lag(TimePoint now);
    [[nodiscard]] std::string problem() const;

    const Engine& engine_;
    const Projections& projections_;
    const Notary& notary_;
    spdlog::logger& logger_;
    HealthLimits limits_;

    struct Seen {
        TimePoint time;
        Sequence last;  // of the log, then
    };
    std::deque<Seen> unprojected_;  // what the projections had not reached at the last look
    std::chrono::milliseconds lag_{0};
    std::optional<TimePoint> warned_;
    bool engine_failure_logged_ = false;
    bool projections_failure_logged_ = false;
    bool notary_failure_logged_ = false;
};

}  // namespace seatledger
