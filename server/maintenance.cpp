#include "server/maintenance.h"

#include <kj/debug.h>

#include <chrono>

#include "events/text.h"
#include "server/logging.h"

namespace seatledger {
namespace {

constexpr auto progress_interval = std::chrono::milliseconds(200);

void write_tables(const std::vector<TableDigest>& tables, schema::Digests::Builder digests) {
    auto rows = digests.initTables(static_cast<unsigned>(tables.size()));
    for (unsigned i = 0; i < rows.size(); ++i) {
        rows[i].setTable(text(tables[i].table));
        rows[i].setRows(tables[i].rows);
        rows[i].setDigest(text(tables[i].digest));
    }
}

void check_goes_on(const Service& service) { KJ_REQUIRE(!service.stopping, "the server is stopping"); }

// To be called with how far it is; lets something through a few times a second, and throws when the server stops,
// which is how a rebuild is given up.
RebuildProgress tell_now_and_then(const Service& service, std::uint64_t id, const TellProgress& tell) {
    return [&service, id, &tell, told = TimePoint()](Sequence done, Sequence total) mutable {
        check_goes_on(service);
        const auto now = std::chrono::steady_clock::now();
        if (now - told < progress_interval) return;
        told = now;
        auto message = std::make_unique<OutMessage>(id);
        auto progress = message->root().initProgress();
        progress.setDone(done.value);
        progress.setTotal(total.value);
        tell(std::move(message));
    };
}

void log_rebuilt(spdlog::logger& logger, const RebuildResult& rebuilt) {
    log_line(logger, spdlog::level::info, "rebuilt the projections",
             {{"sequence", std::to_string(rebuilt.sequence.value)}, {"seconds", std::to_string(rebuilt.seconds)}});
    for (const auto& table : rebuilt.differ) {
        log_line(logger, spdlog::level::err, "a rebuild gave a table other rows than it had",
                 {{"table", table}, {"sequence", std::to_string(rebuilt.sequence.value)}});
    }
}

std::unique_ptr<OutMessage> make_digests(std::uint64_t id, const RebuildResult& rebuilt) {
    auto answer = std::make_unique<OutMessage>(id, 512);
    auto digests = answer->root().initDigests();
    digests.setSequence(rebuilt.sequence.value);
    digests.setSeconds(rebuilt.seconds);
    write_tables(rebuilt.tables, digests);
    auto differ = digests.initDiffer(static_cast<unsigned>(rebuilt.differ.size()));
    for (unsigned i = 0; i < differ.size(); ++i) differ.set(i, text(rebuilt.differ[i]));
    return answer;
}

}  // namespace

Work make_rebuild(const Service& service, std::uint64_t id, TellProgress tell) {
    return [&service, id, tell = std::move(tell)](Message&) -> Worked {
        log_line(service.logger, spdlog::level::info, "rebuilding the projections");
        const auto rebuilt = service.projections.rebuild(tell_now_and_then(service, id, tell));
        if (!rebuilt) {
            log_line(service.logger, spdlog::level::err, "the projections were not rebuilt",
                     {{"reason", rebuilt.error().message}});
            return std::unexpected(QueryFailure{rebuilt.error().message});
        }
        log_rebuilt(service.logger, *rebuilt);
        return make_digests(id, *rebuilt);
    };
}

Work make_digest(const Service& service, std::uint64_t id) {
    return [&service, id](Message&) -> Worked {
        // Who asks wants to know what the log comes to. Tables that follow it no more are digested as they stand: the
        // answer has the sequence.
        static_cast<void>(service.projections.wait_for(service.projections.log().last()));
        auto [sequence, tables] = service.projections.digests([&service] { check_goes_on(service); });
        return make_digests(id, {sequence, std::move(tables), {}, 0});
    };
}

}  // namespace seatledger
