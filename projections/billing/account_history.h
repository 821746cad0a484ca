// The events of one account and of the catalogue, folded into what billing is judged by.
#pragma once

#include <algorithm>
#include <boost/unordered/unordered_flat_map.hpp>
#include <cstdint>
#include <functional>
#include <iterator>
#include <limits>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/prefetch.h"
#include "engine/rules/event_head.h"
#include "engine/rules/state.h"
#include "events/block.h"
#include "projections/billing/facts.h"

namespace seatledger::billing {

// Civil days in the account's zone, both ends among them.
struct Window {
    CivilDay first;
    CivilDay last;
};

// Touches nothing but memory. One thread; once nothing is applied any more, any thread may read.
//
// Without a window everything is kept: 48 bytes for each time that a license was bound, and about 20 for a license.
// With one, of the spans that ended before it only the newest of each license, and of each person the newest of each
// product, are kept, and of those that begin behind it the first: memory then depends on the number of licenses and
// people, and on what happens within the window, however old the log is. Nothing is forgotten of products, invoices,
// orders, lots and revocations.
class AccountHistory {
 public:
    explicit AccountHistory(std::string account, std::optional<Window> window = {});

    // Folds an event in. The events of the account and those of the catalogue must each come in the order of their
    // sequences; which of the two come first does not matter. What is another account's, says nothing of billing, or is
    // of a kind that this program does not know is skipped. Fails for no event that the rules have made; what fits
    // nothing that was applied before is skipped and counted.
    void apply(schema::Event::Reader event);
    // The same, at two thirds of the cost for binds and unbinds. The entry must be what the other reader promises
    // (block.h); the sequence is the one inside of it.
    void apply(const Entry& entry);
    void apply(const rules::EventHead& head);
    // All of them in their order, at two thirds of the cost again where licenses are many: memory is asked for what the
    // next ones change while those before them are applied.
    void apply(const Entries& entries);

    // How many events did not fit: none, if they are all that the account and the catalogue have.
    [[nodiscard]] std::uint64_t misfits() const { return misfits_ + gaps_; }
    // The same, where only some of the account's events are given: without those whose numbers do not follow on the
    // ones before them.
    [[nodiscard]] std::uint64_t contradictions() const { return misfits_; }
    // Of the newest event that was applied, whether it says anything of billing or not; of the catalogue's and of the
    // account's the larger one.
    [[nodiscard]] Sequence sequence() const { return sequence_; }
    // Of the account's newest event. no_instant: there was none.
    [[nodiscard]] Instant last_effective_at() const { return last_effective_at_; }

    [[nodiscard]] const std::string& account() const { return account_; }
    [[nodiscard]] const std::string& account_name() const { return account_name_; }  // as it was opened
    [[nodiscard]] const std::optional<Window>& window() const { return window_; }
    // Null: the account's first event was not applied, or the system's tz database has no such zone.
    [[nodiscard]] const date::time_zone* zone() const { return zone_; }
    [[nodiscard]] const std::string& zone_name() const { return zone_name_; }
    [[nodiscard]] const std::string& currency() const { return currency_; }

    // In the order of their numbers, 1 the first.
    [[nodiscard]] std::span<const ProductFacts> products() const { return products_; }
    [[nodiscard]] const ProductFacts& product(SkuNumber number) const { return products_[number.value - 1]; }
    [[nodiscard]] const ProductFacts* find_product(std::string_view sku) const;

    // When members of queues are billed for what, by all that the catalogue is known to have had. The products' numbers
    // are those of their SkuNumber.
    struct MembershipOffer {
        SkuNumber sku;
        Instant from;
        Instant to;  // the end left out; last_instant: none is known
    };
    [[nodiscard]] std::vector<MembershipOffer> membership_offers() const;

    // In the order in which they were issued.
    [[nodiscard]] std::span<const InvoiceFacts> invoices() const { return invoices_; }
    [[nodiscard]] const InvoiceFacts* find_invoice(std::string_view id) const;
    // In the order of their numbers.
    [[nodiscard]] std::span<const OrderFacts> orders() const { return orders_; }
    [[nodiscard]] const OrderFacts* find_order(OrderNumber number) const;

    // Ordered by their first license; every license lies in exactly one.
    [[nodiscard]] std::span<const LotFacts> lots() const { return lots_; }
    [[nodiscard]] const LotFacts* lot_of(LicenseNumber license) const;
    [[nodiscard]] std::uint32_t license_count() const { return static_cast<std::uint32_t>(seats_.size()) - 1; }
    // Begins to fetch what lot_of() reads first.
    void prefetch_lot(LicenseNumber license) const {
        if (license.value < seats_.size()) prefetch_line(&seats_[license.value]);
    }
    // Null: it was not revoked.
    [[nodiscard]] const Revocation* revocation_of(LicenseNumber license) const;
    // By what event the end of its term was recorded.
    [[nodiscard]] std::optional<Happened> expiry_of(LicenseNumber license) const;

    // The spans that were kept, in no order that means anything (SpansByUser has them by person).
    [[nodiscard]] std::size_t span_count() const { return spans_.size(); }
    [[nodiscard]] const SeatSpan& span(std::size_t index) const { return spans_[index]; }
    void prefetch_span(std::size_t index) const { spans_.prefetch(index); }
    // The license's newest span; null: it was never bound. Before it comes the one of `before`.
    [[nodiscard]] const SeatSpan* newest_span(LicenseNumber license) const;
    [[nodiscard]] const SeatSpan* before(const SeatSpan& span) const {
        return span.previous == 0 ? nullptr : &spans_[span.previous - 1];
    }
    // With a window: their newest span that ended before it, whatever became of the license since. Null: there is none.
    [[nodiscard]] const SeatSpan* last_before_window(UserId user) const;
    // The same of the licenses of one product.
    [[nodiscard]] const SeatSpan* last_before_window(UserId user, SkuNumber sku) const;

    [[nodiscard]] std::span<const QueueFacts> queues() const { return queues_; }
    // Ids are 1 … user_count(); null: there is nobody with that id.
    [[nodiscard]] std::uint32_t user_count() const { return static_cast<std::uint32_t>(users_.size()) - 1; }
    [[nodiscard]] const UserFacts* user(UserId id) const;

    // What all of this takes, about.
    [[nodiscard]] std::size_t bytes() const;

 private:
    struct Seat {
        std::uint32_t newest_span : 31 = 0;  // 1 + its index; 0: none
        std::uint32_t is_bound : 1 = 0;      // that span has no end yet
        std::uint32_t lot = no_lot;          // index
    };
    // Of licenses that no event issued that was applied.
    static constexpr std::uint32_t no_lot = std::numeric_limits<std::uint32_t>::max();

    // Grows without moving what it has, and so without ever taking twice as much.
    class Spans {
     public:
        [[nodiscard]] std::size_t size() const { return size_; }
        [[nodiscard]] SeatSpan& operator[](std::size_t i) { return chunks_[i / chunk_size][i % chunk_size]; }
        [[nodiscard]] const SeatSpan& operator[](std::size_t i) const {
            return chunks_[i / chunk_size][i % chunk_size];
        }
        void prefetch(std::size_t i) const {
            if (i >= size_) return;
            const auto* bytes = reinterpret_cast<const char*>(&(*this)[i]);
            prefetch_line(bytes);
            prefetch_line(bytes + sizeof(SeatSpan) - 1);  // most lie across two lines
        }
        void push_back(const SeatSpan& span) {
            if (size_ % chunk_size == 0) chunks_.emplace_back().reserve(chunk_size);
            chunks_.back().push_back(span);
            ++size_;
        }

     private:
        static constexpr std::size_t chunk_size = 4096;
        std::vector<std::vector<SeatSpan>> chunks_;
        std::size_t size_ = 0;
    };
    using Names = std::map<std::string, std::uint32_t, std::less<>>;  // to indexes

    // Numbers are dense in the events of a whole account. Where only some of its events are given, so many may be
    // missing.
    static constexpr std::uint32_t gap_max = 1'000'000;

    void note(Sequence sequence, Instant at);
    void misfit() { ++misfits_; }
    void apply_to_catalog(schema::Event::Reader event);
    void apply_to_account(schema::Event::Reader event);
    void opened(schema::AccountOpened::Reader body);

    // The catalogue.
    SkuNumber number_of(std::string_view sku);
    void defined(schema::ProductDefined::Reader body, const Happened& event);
    void changed(schema::ProductChanged::Reader body, const Happened& event);
    void retired(schema::ProductRetired::Reader body, const Happened& event);

    // Invoices and orders.
    InvoiceFacts* known_invoice(std::string_view id);
    OrderFacts* known_order(std::uint32_t number);
    void invoice_issued(schema::InvoiceIssued::Reader body, const Happened& event);
    void invoice_credited(schema::InvoiceCredited::Reader body, const Happened& event);
    void invoice_voided(schema::InvoiceVoided::Reader body, const Happened& event);
    void invoice_step(std::string_view id, Happened InvoiceFacts::*step, const Happened& event);
    void requested(schema::LicensesRequested::Reader body, const Actor& actor, const Happened& event);
    void order_step(schema::OrderNamed::Reader body, Happened OrderFacts::*step, const Happened& event);

    // Licenses.
    void issued(schema::LicensesIssued::Reader body, const Happened& event);
    void revoked(schema::LicensesRevoked::Reader body, const Happened& event);
    void expired(schema::LicensesExpired::Reader body, const Happened& event);
    void bound(LicenseNumber license, UserId user, const Happened& event);
    void unbound(LicenseNumber license, UserId user, const Happened& event);
    void prefetch_newest_span(LicenseNumber license) const;
    bool has_licenses(std::uint32_t first, std::uint32_t quantity) const;
    void end(Seat& seat, SpanEnd how, Instant at, Sequence by);
    void keep_last_before(const SeatSpan& span);
    [[nodiscard]] SkuNumber sku_of(LicenseNumber license) const { return lots_[seats_[license.value].lot].sku; }
    bool is_behind_window(Instant at) const { return at >= window_to_; }
    bool ended_before_window(Instant to) const { return to < window_from_; }

    // People and queues.
    UserFacts& someone(std::uint32_t id);
    void queue_created(schema::QueueCreated::Reader body, const Happened& event);
    void queue_deleted(schema::QueueDeleted::Reader body, const Happened& event);
    void member_added(schema::QueueMember::Reader body, const Happened& event);
    void member_removed(schema::QueueMember::Reader body, const Actor& actor, const Happened& event);

    std::string account_;
    std::string account_name_;
    std::optional<Window> window_;
    // The window's begin and end. Without one, or without a zone: nothing ends before it and nothing lies behind it.
    Instant window_from_ = no_instant;
    Instant window_to_ = Instant{std::numeric_limits<std::int64_t>::max()};

    std::uint64_t misfits_ = 0;
    std::uint64_t gaps_ = 0;  // in numbers that are dense
    Sequence sequence_;
    Instant last_effective_at_ = no_instant;
    const date::time_zone* zone_ = nullptr;
    std::string zone_name_;
    std::string currency_;

    std::vector<ProductFacts> products_;
    Names sku_names_;
    std::uint32_t products_defined_ = 0;

    std::vector<InvoiceFacts> invoices_;
    Names invoice_names_;
    std::vector<OrderFacts> orders_;

    std::vector<LotFacts> lots_;
    std::vector<Seat> seats_ = std::vector<Seat>(1);   // by license; 0 is none
    std::map<LicenseNumber, Revocation> revocations_;  // by their first license
    Spans spans_;
    std::vector<SeatSpan> last_before_;  // by user; kept with a window only
    // By user and product, where the user's newest is of another product.
    boost::unordered_flat_map<std::uint64_t, SeatSpan> last_before_of_;

    std::vector<QueueFacts> queues_;
    Names queue_names_;  // of those that were not deleted
    std::vector<UserFacts> users_ = std::vector<UserFacts>(1);
};

// The spans of each person, in the order in which they began. Must not outlive the history, nor anything that is
// applied to it. Cost: linear to make, 4 bytes a span and 4 a person.
class SpansByUser {
 public:
    explicit SpansByUser(const AccountHistory& history);

    template <typename Function>
    void for_each(UserId user, Function function) const {
        if (user.value >= begins_.size() - 1) return;
        for (auto i = begins_[user.value]; i < begins_[user.value + 1]; ++i) function(history_.span(spans_[i]));
    }

 private:
    const AccountHistory& history_;
    std::vector<std::uint32_t> begins_;  // by user, in spans_
    std::vector<std::uint32_t> spans_;
};

// The spans of each license side by side: a license of a long history is looked at for a few of its days many times
// over, and following SeatSpan::previous there from the newest one on waits for memory at every step. Must not outlive
// the history, nor anything that is applied to it. Cost: linear to make, 8 bytes a span and 4 a license.
class SpansByLicense {
 public:
    explicit SpansByLicense(const AccountHistory& history);

    // Calls function(span) for those that began before the instant, the newest first, as long as it gives true.
    template <typename Function>
    void newest_first(LicenseNumber license, Instant before, Function function) const {
        if (!has(license)) return;
        const auto first = places_.begin() + begins_[license.value];
        auto end = begin_at(license, before);
        while (end != first && history_.span(std::prev(end)->index).from >= before) --end;
        while (end != first && function(history_.span((--end)->index))) continue;
    }

    // Begin to fetch what newest_first() will read, each what the one before it has brought.
    void prefetch_begin(LicenseNumber license) const {
        if (has(license)) prefetch_line(&begins_[license.value]);
    }
    void prefetch_places(LicenseNumber license) const {
        if (!has(license)) return;
        const auto first = begins_[license.value], end = begins_[license.value + 1];
        prefetch_line(places_.data() + first);
        if (end > first) prefetch_line(places_.data() + end - 1);
    }
    void prefetch_spans(LicenseNumber license, Instant before, int count) const {
        if (!has(license)) return;
        const auto first = places_.begin() + begins_[license.value];
        auto end = begin_at(license, before);
        for (; count > 0 && end != first; --count) history_.prefetch_span((--end)->index);
    }

 private:
    struct Place {
        std::int32_t began;  // coarse
        std::uint32_t index;
    };
    // Of any number, such as a bill may name.
    [[nodiscard]] bool has(LicenseNumber license) const { return license.value < begins_.size() - 1; }
    // To an hour or so: it only has to come near.
    static std::int32_t coarse(Instant at) { return static_cast<std::int32_t>(at.micros >> 32); }
    // Behind the license's last span that began before the instant, or a little further.
    [[nodiscard]] std::vector<Place>::const_iterator begin_at(LicenseNumber license, Instant before) const {
        return std::upper_bound(places_.begin() + begins_[license.value], places_.begin() + begins_[license.value + 1],
                                coarse(before), [](std::int32_t at, const Place& place) { return at < place.began; });
    }

    const AccountHistory& history_;
    std::vector<std::uint32_t> begins_;  // by license, in places_
    std::vector<Place> places_;
};

}  // namespace seatledger::billing
