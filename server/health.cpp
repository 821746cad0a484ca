#include "server/health.h"

#include "events/text.h"
#include "server/logging.h"

namespace seatledger {

Health::Health(const Engine& engine, const Projections& projections, const Notary& notary, spdlog::logger& logger,
               const HealthLimits& limits)
    : engine_(engine), projections_(projections), notary_(notary), logger_(logger), limits_(limits) {}

void Health::look(TimePoint now) {
    if (const auto failure = engine_.failure(); failure && !engine_failure_logged_) {
        engine_failure_logged_ = true;
        log_line(logger_, spdlog::level::err, "the ledger has stopped and records nothing until it is started again",
                 {{"reason", failure->message}});
    }
    const auto failure = projections_.failure();
    if (failure && !projections_failure_logged_) {
        log_line(logger_, spdlog::level::err, "the projections have stopped; queries answer from what they have",
                 {{"reason", failure->message}});
    }
    projections_failure_logged_ = failure.has_value();
    if (const auto unsigned_since = notary_.failure(); unsigned_since && !notary_failure_logged_) {
        notary_failure_logged_ = true;
        log_line(logger_, spdlog::level::err, "no checkpoints are signed any more until the server is started again",
                 {{"reason", unsigned_since->message}});
    }
    look_at_lag(now);
}

void Health::look_at_lag(TimePoint now) {
    using std::chrono::milliseconds;
    const auto projected = projections_.checkpoint();
    const auto last = projections_.log().last();
    while (!unprojected_.empty() && unprojected_.front().last <= projected) unprojected_.pop_front();
    if (last > projected && (unprojected_.empty() || unprojected_.back().last < last)) {
        unprojected_.push_back({now, last});
    }
    const auto oldest = unprojected_.empty() ? now : unprojected_.front().time;
    lag_ = std::chrono::duration_cast<milliseconds>(now - oldest);
    if (lag_ <= limits_.lag_warned || (warned_ && now - *warned_ < limits_.warning_interval)) return;
    warned_ = now;
    log_line(logger_, spdlog::level::warn, "the projections are behind the log",
             {{"lagMilliseconds", std::to_string(lag_.count())},
              {"lastSequence", std::to_string(last.value)},
              {"projectedSequence", std::to_string(projected.value)}});
}

std::string Health::problem() const {
    if (const auto failure = engine_.failure()) {
        return "the ledger has stopped because its storage failed; start it again: " + failure->message;
    }
    if (const auto failure = projections_.failure()) {
        return "the projections have stopped; rebuild them: " + failure->message;
    }
    if (const auto failure = notary_.failure()) {
        return "no checkpoints are signed any more; start the server again: " + failure->message;
    }
    if (lag_ > limits_.lag_unhealthy) {
        return "the projections are " + std::to_string(lag_.count() / 1000) + " s behind the log";
    }
    return {};
}

void Health::tell(schema::Status::Builder status) const {
    status.setLastSequence(projections_.log().last().value);
    status.setProjectedSequence(projections_.checkpoint().value);
    const auto message = problem();
    status.setHealthy(message.empty());
    if (!message.empty()) status.setMessage(text(message));
}

}  // namespace seatledger
