#include "server/health.h"

#include "events/text.h"
#include "server/logging.h"

namespace seatledger {

Health::Health(const Engine& engine, const Projections& projections, const Notary& notary, spdlog::logger& logger,
               const HealthLimits& limits)
    : projections_(projections), logger_(logger), limits_(limits) {
    parts_ = {
        {[&engine] { return engine.failure(); }, "the ledger has stopped and records nothing until it is started again",
         "the ledger has stopped because its storage failed; start it again"},
        {[&projections] { return projections.failure(); },
         "the projections have stopped; queries answer from what they have",
         "the projections have stopped; rebuild them"},
        {[&notary] { return notary.failure(); }, "no checkpoints are signed any more until the server is started again",
         "no checkpoints are signed any more; start the server again"},
    };
    trailing_ = {
        {[&projections] { return projections.checkpoint(); }, "the projections", "projectedSequence"},
        {[&notary] { return Sequence(notary.published_size()); }, "the signed checkpoints", "signedSequence"},
    };
}

void Health::look(TimePoint now) {
    for (auto& part : parts_) {
        const auto failure = part.failure();
        if (failure && !part.has_failed) {
            log_line(logger_, spdlog::level::err, part.logged, {{"reason", failure->message}});
        }
        part.has_failed = failure.has_value();
    }
    for (auto& trailing : trailing_) look_at(trailing, now);
}

void Health::look_at(Trailing& trailing, TimePoint now) {
    using std::chrono::milliseconds;
    const auto reached = trailing.reached();
    const auto last = projections_.log().last();
    auto& not_reached = trailing.not_reached;
    while (!not_reached.empty() && not_reached.front().last <= reached) not_reached.pop_front();
    if (last > reached && (not_reached.empty() || not_reached.back().last < last)) not_reached.push_back({now, last});
    const auto oldest = not_reached.empty() ? now : not_reached.front().time;
    trailing.lag = std::chrono::duration_cast<milliseconds>(now - oldest);
    if (trailing.lag <= limits_.lag_warned) return;
    if (trailing.warned && now - *trailing.warned < limits_.warning_interval) return;
    trailing.warned = now;
    log_line(logger_, spdlog::level::warn, std::string(trailing.name) + " are behind the log",
             {{"lagMilliseconds", std::to_string(trailing.lag.count())},
              {"lastSequence", std::to_string(last.value)},
              {trailing.reached_field, std::to_string(reached.value)}});
}

std::string Health::problem() const {
    for (const auto& part : parts_) {
        if (const auto failure = part.failure()) return std::string(part.told) + ": " + failure->message;
    }
    for (const auto& trailing : trailing_) {
        if (trailing.lag <= limits_.lag_unhealthy) continue;
        return std::string(trailing.name) + " are " + std::to_string(trailing.lag.count() / 1000) + " s behind the log";
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
