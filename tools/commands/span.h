// --from and --to: which events, by their sequences or by when they took effect.
#pragma once

#include <CLI/CLI.hpp>

#include <cstdint>

#include "tools/commands/moment.h"

namespace seatledger {

struct SpanOptions {
    Moment from;
    Moment to;

    [[nodiscard]] std::uint64_t first() const { return from.sequence ? from.sequence->value : 0; }
    [[nodiscard]] std::uint64_t last() const { return to.sequence ? to.sequence->value : 0; }

    // Sets from, to, effectiveFrom and effectiveTo of a history or a replay.
    template <typename Request>
    void fill(Request request) const {
        request.setFrom(first());
        request.setTo(last());
        if (from.instant) request.setEffectiveFrom(from.instant->micros);
        if (to.instant) request.setEffectiveTo(to.instant->micros);
    }
};

// An option that takes one of the two; `moment` must outlive the parsing.
CLI::Option* add_moment_option(CLI::App& command, const std::string& name, Moment& moment,
                               const std::string& description);

// `options` must outlive the parsing.
void add_span_options(CLI::App& command, SpanOptions& options);

// Throws CLI::ValidationError if --to lies before --from, as far as that can be told from here.
void require_order(const SpanOptions& options);

}  // namespace seatledger
