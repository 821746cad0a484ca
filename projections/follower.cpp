#include "projections/follower.h"

#include <kj/exception.h>

#include <utility>

#include "engine/log/read_ahead.h"
#include "projections/put_down.h"

namespace seatledger {
namespace {

// A step near the head: large enough that sorting pays, small enough that nobody waits.
constexpr std::size_t near_rows_max = 100'000;
// A step far behind it: what fits in memory easily.
constexpr std::size_t far_rows_max = 4'000'000;
constexpr std::size_t far_bytes_max = 512u << 20;
// So many events are far.
constexpr std::uint64_t far_events_min = 200'000;

}  // namespace

Follower::Follower(Database& database, const Log& log, const Secrets* secrets)
    : database_(database),
      log_(log),
      secrets_(secrets == nullptr ? std::nullopt : std::optional<SecretRows>(std::in_place, *secrets, log.last())),
      reducer_(database, secrets_ ? &*secrets_ : nullptr),
      cursor_(log.read(reducer_.at().next())) {
    if (log.last().value - reducer_.at().value >= far_events_min) cursor_ = read_ahead(std::move(cursor_));
}

std::expected<Follower::Step, StorageFailure> Follower::step(Sequence to) try {
    const auto from = reducer_.at();
    const bool far = to.value > from.value && to.value - from.value >= far_events_min;
    const auto rows_max = far ? far_rows_max : near_rows_max;
    auto at = from;
    while (at < to && rows_.count() < rows_max && rows_.bytes() < far_bytes_max) {
        const auto block = cursor_->next();
        if (!block) return std::unexpected(block.error());
        if (!*block) break;
        reducer_.apply(**block, rows_);
        at = (*block)->last();
    }
    if (at == from) return Step{from};
    reducer_.finish(rows_);
    if (secrets_) {
        if (auto put = secrets_->put_down(); !put) return std::unexpected(put.error());
    }
    if (auto put = put_down(database_, rows_, at); !put) return std::unexpected(put.error());
    reducer_.forget();
    return Step{at, reducer_.take_catalog_changed(), true, reducer_.take_earliest_due()};
} catch (const kj::Exception& exception) {
    return std::unexpected(StorageFailure{exception.getDescription().cStr()});
}

}  // namespace seatledger
