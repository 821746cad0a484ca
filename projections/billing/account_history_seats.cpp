// Who had which license, and who was in which queue.
#include <algorithm>

#include "events/text.h"
#include "projections/billing/account_history.h"

namespace seatledger::billing {
namespace {

std::uint64_t product_of(UserId user, SkuNumber sku) { return std::uint64_t{user.value} << 32 | sku.value; }

}  // namespace

// ---- Licenses.

const LotFacts* AccountHistory::lot_of(LicenseNumber license) const {
    if (!license || license.value >= seats_.size() || seats_[license.value].lot == no_lot) return nullptr;
    return &lots_[seats_[license.value].lot];
}

const SeatSpan* AccountHistory::newest_span(LicenseNumber license) const {
    if (license.value >= seats_.size()) return nullptr;
    const auto newest = seats_[license.value].newest_span;
    return newest == 0 ? nullptr : &spans_[newest - 1];
}

const Revocation* AccountHistory::revocation_of(LicenseNumber license) const {
    const auto after = revocations_.upper_bound(license);
    if (after == revocations_.begin()) return nullptr;
    const auto& found = std::prev(after)->second;
    return license.value - found.first.value < found.quantity ? &found : nullptr;
}

std::optional<Happened> AccountHistory::expiry_of(LicenseNumber license) const {
    const auto* lot = lot_of(license);
    if (lot == nullptr) return {};
    const auto after = std::ranges::upper_bound(lot->expiries, license, {}, &Expiry::first);
    if (after == lot->expiries.begin()) return {};
    const auto& found = *std::prev(after);
    if (license.value - found.first.value >= found.quantity) return {};
    return found.recorded;
}

const SeatSpan* AccountHistory::last_before_window(UserId user) const {
    if (user.value >= last_before_.size() || !last_before_[user.value].user) return nullptr;
    return &last_before_[user.value];
}

const SeatSpan* AccountHistory::last_before_window(UserId user, SkuNumber sku) const {
    const auto* newest = last_before_window(user);
    if (newest == nullptr || sku_of(newest->license) == sku) return newest;
    const auto found = last_before_of_.find(product_of(user, sku));
    return found == last_before_of_.end() ? nullptr : &found->second;
}

bool AccountHistory::has_licenses(std::uint32_t first, std::uint32_t quantity) const {
    return first > 0 && first < seats_.size() && quantity <= seats_.size() - first && seats_[first].lot != no_lot;
}

// Of what is bound.
void AccountHistory::end(Seat& seat, SpanEnd how, Instant at, Sequence by) {
    auto& span = spans_[seat.newest_span - 1];
    seat.is_bound = 0;
    span.end = how;
    span.to = std::min(span.to, at);
    span.ended = by;
    if (!ended_before_window(span.to)) return;
    keep_last_before(span);
}

void AccountHistory::keep_last_before(const SeatSpan& span) {
    if (span.user.value >= last_before_.size()) last_before_.resize(span.user.value + 1);
    auto& newest = last_before_[span.user.value];
    // Most people have one product all their lives.
    if (newest.user && sku_of(newest.license) != sku_of(span.license)) {
        last_before_of_[product_of(newest.user, sku_of(newest.license))] = newest;
    }
    newest = span;
    newest.previous = 0;
}

void AccountHistory::bound(LicenseNumber license, UserId user, const Happened& event) {
    if (!has_licenses(license.value, 1) || user.value > gap_max + users_.size()) return misfit();
    auto& seat = seats_[license.value];
    if (seat.is_bound != 0) return misfit();
    SeatSpan span;
    span.license = license;
    span.user = user;
    span.from = event.at;
    span.to = lots_[seat.lot].valid_until;
    span.began = event.sequence;
    span.previous = seat.newest_span;
    seat.is_bound = 1;
    // Only where there is a window: looking at it costs as much as all the rest.
    if (window_ && seat.newest_span != 0) {
        auto& last = spans_[seat.newest_span - 1];
        if (is_behind_window(event.at) && is_behind_window(last.from)) {
            seat.is_bound = 0;
            return;
        }
        if (ended_before_window(last.to)) {
            span.previous = last.previous;
            last = span;
            return;
        }
    }
    spans_.push_back(span);
    seat.newest_span = static_cast<std::uint32_t>(spans_.size()) & ~(1u << 31);
}

void AccountHistory::unbound(LicenseNumber license, UserId user, const Happened& event) {
    if (!has_licenses(license.value, 1)) return misfit();
    auto& seat = seats_[license.value];
    if (seat.is_bound != 0 && spans_[seat.newest_span - 1].user == user) {
        return end(seat, SpanEnd::unbound, event.at, event.sequence);
    }
    // What began behind the window may not have been kept.
    if (!is_behind_window(event.at)) misfit();
}

void AccountHistory::revoked(schema::LicensesRevoked::Reader body, const Happened& event) {
    const auto first = body.getFirst();
    if (!has_licenses(first, body.getQuantity())) return misfit();
    lots_[seats_[first].lot].revoked += body.getQuantity();
    revocations_[LicenseNumber(first)] = {LicenseNumber(first), body.getQuantity(), UserId(body.getUser()), event};
    for (auto license = first; license - first < body.getQuantity(); ++license) {
        if (seats_[license].is_bound != 0) end(seats_[license], SpanEnd::revoked, event.at, event.sequence);
    }
}

void AccountHistory::expired(schema::LicensesExpired::Reader body, const Happened& event) {
    const auto first = body.getFirst();
    if (!has_licenses(first, body.getQuantity())) return misfit();
    lots_[seats_[first].lot].expiries.push_back({LicenseNumber(first), body.getQuantity(), event});
    for (auto license = first; license - first < body.getQuantity(); ++license) {
        if (seats_[license].is_bound != 0) end(seats_[license], SpanEnd::expired, event.at, event.sequence);
    }
}

SpansByUser::SpansByUser(const AccountHistory& history) : history_(history) {
    std::uint32_t users = 0;
    for (std::size_t i = 0; i < history.span_count(); ++i) users = std::max(users, history.span(i).user.value);
    begins_.resize(users + 2);
    for (std::size_t i = 0; i < history.span_count(); ++i) ++begins_[history.span(i).user.value + 1];
    for (std::size_t i = 1; i < begins_.size(); ++i) begins_[i] += begins_[i - 1];
    spans_.resize(history.span_count());
    auto next = begins_;
    for (std::size_t i = 0; i < history.span_count(); ++i) {
        spans_[next[history.span(i).user.value]++] = static_cast<std::uint32_t>(i);
    }
    // They lie in the order in which they began, unless a window put one in the place of one that it dropped.
    if (!history.window()) return;
    const auto began = [&](std::uint32_t i) { return history.span(i).began; };
    for (std::size_t i = 0; i + 1 < begins_.size(); ++i) {
        std::sort(spans_.begin() + begins_[i], spans_.begin() + begins_[i + 1],
                  [&](std::uint32_t a, std::uint32_t b) { return began(a) < began(b); });
    }
}

SpansByLicense::SpansByLicense(const AccountHistory& history) : history_(history) {
    begins_.resize(history.license_count() + 2);
    for (std::size_t i = 0; i < history.span_count(); ++i) ++begins_[history.span(i).license.value + 1];
    for (std::size_t i = 1; i < begins_.size(); ++i) begins_[i] += begins_[i - 1];
    places_.resize(history.span_count());
    auto next = begins_;
    // Those of one license lie in the order in which they began: a window only ever replaces its newest one.
    for (std::size_t i = 0; i < history.span_count(); ++i) {
        const auto& span = history.span(i);
        places_[next[span.license.value]++] = {coarse(span.from), static_cast<std::uint32_t>(i)};
    }
}

// ---- People and queues.

UserFacts& AccountHistory::someone(std::uint32_t id) {
    if (id >= users_.size()) {
        if (id > users_.size() + gap_max) {
            misfit();
            id = 0;  // the entry of nobody, which is never shown
        } else {
            users_.resize(id + 1);
        }
    }
    return users_[id];
}

const UserFacts* AccountHistory::user(UserId id) const {
    return !id || id.value >= users_.size() ? nullptr : &users_[id.value];
}

void AccountHistory::queue_created(schema::QueueCreated::Reader body, const Happened& event) {
    queue_names_[std::string(view(body.getQueue()))] = static_cast<std::uint32_t>(queues_.size());
    auto& queue = queues_.emplace_back();
    queue.name = view(body.getQueue());
    queue.kind = body.getKind();
    queue.created = event;
}

void AccountHistory::queue_deleted(schema::QueueDeleted::Reader body, const Happened& event) {
    const auto found = queue_names_.find(view(body.getQueue()));
    if (found == queue_names_.end()) return misfit();
    queues_[found->second].deleted = event;
    queue_names_.erase(found);
}

void AccountHistory::member_added(schema::QueueMember::Reader body, const Happened& event) {
    const auto queue = queue_names_.find(view(body.getQueue()));
    if (queue == queue_names_.end() || body.getUser() == 0) return misfit();
    auto& spans = someone(body.getUser()).queues;
    if (is_behind_window(event.at) && !spans.empty() && is_behind_window(spans.back().from)) return;
    QueueSpan span;
    span.queue = queue->second;
    span.role = body.getRole();
    span.from = event.at;
    span.began = event.sequence;
    spans.push_back(span);
}

void AccountHistory::member_removed(schema::QueueMember::Reader body, const Actor& actor, const Happened& event) {
    const auto queue = queue_names_.find(view(body.getQueue()));
    if (queue == queue_names_.end() || body.getUser() == 0) return misfit();
    auto& spans = someone(body.getUser()).queues;
    // Somebody may have come and gone many times: the newest places are looked at first.
    const auto span = std::find_if(spans.rbegin(), spans.rend(),
                                   [&](const QueueSpan& of) { return of.queue == queue->second && !of.ended; });
    if (span == spans.rend()) {
        if (!is_behind_window(event.at)) misfit();
        return;
    }
    span->to = event.at;
    span->ended = event.sequence;
    span->removed_by = actor;
    // What ended before the window is dropped for what did so later.
    if (!ended_before_window(event.at)) return;
    std::erase_if(spans, [&](const QueueSpan& of) { return of.ended && of.ended != event.sequence; });
}

}  // namespace seatledger::billing
