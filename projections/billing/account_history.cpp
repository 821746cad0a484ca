#include "projections/billing/account_history.h"

#include <algorithm>

#include "events/canonical_reader.h"
#include "events/text.h"

namespace seatledger::billing {
namespace {

using schema::Event;

struct Places {
    std::uint32_t which = capnp::Schema::from<Event>().getProto().getStruct().getDiscriminantOffset();
    std::uint32_t sequence = place_of<Event>("sequence");
    std::uint32_t effective_at = place_of<Event>("effectiveAt");
    std::uint32_t account = place_of<Event>("account");
    std::uint32_t body = place_of<Event>("licenseBound");  // as that of all bodies: they share one pointer
    std::uint32_t license = place_of<schema::LicenseHeld>("license");
    std::uint32_t user = place_of<schema::LicenseHeld>("user");
};

const Places& places() {
    static const Places found;
    return found;
}

// That is bound or unbound, maybe in another account; 0: the event does nothing like that.
LicenseNumber license_of(const Entry& entry) {
    const CanonicalStruct event(entry.words.data());
    const auto& at = places();
    const auto which = static_cast<Event::Which>(event.data<std::uint16_t>(at.which));
    if (which != Event::LICENSE_BOUND && which != Event::LICENSE_UNBOUND) return {};
    return LicenseNumber(event.structure(at.body).data<std::uint32_t>(at.license));
}

Actor actor_of(Event::Reader event) { return {event.getPrincipal(), UserId(event.getActor()), event.getViaVendor()}; }

}  // namespace

AccountHistory::AccountHistory(std::string account, std::optional<Window> window)
    : account_(std::move(account)), window_(window) {}

void AccountHistory::note(Sequence sequence, Instant at) {
    sequence_ = std::max(sequence_, sequence);
    last_effective_at_ = at;
}

void AccountHistory::apply(const Entry& entry) {
    const CanonicalStruct event(entry.words.data());
    const auto& at = places();
    const auto which = static_cast<Event::Which>(event.data<std::uint16_t>(at.which));
    if (which != Event::LICENSE_BOUND && which != Event::LICENSE_UNBOUND) return apply(read_event(entry));
    if (event.text(at.account) != account_) return;
    const auto held = event.structure(at.body);
    const Happened happened{Sequence(event.data<std::uint64_t>(at.sequence)),
                            Instant{event.data<std::int64_t>(at.effective_at)}};
    const LicenseNumber license(held.data<std::uint32_t>(at.license));
    const UserId user(held.data<std::uint32_t>(at.user));
    note(happened.sequence, happened.at);
    which == Event::LICENSE_BOUND ? bound(license, user, happened) : unbound(license, user, happened);
}

void AccountHistory::apply(const Entries& entries) {
    // A span is known by the seat, which has to be there by then.
    constexpr int span_distance = 8;
    constexpr int seat_distance = 16;
    auto to_seat = entries.begin(), to_span = to_seat, to_apply = to_seat;
    for (int at = -seat_distance; to_apply != entries.end(); ++at) {
        if (to_seat != entries.end()) {
            prefetch_lot(license_of(*to_seat));
            ++to_seat;
        }
        if (at >= -span_distance && to_span != entries.end()) {
            prefetch_newest_span(license_of(*to_span));
            ++to_span;
        }
        if (at < 0) continue;
        apply(*to_apply);
        ++to_apply;
    }
}

void AccountHistory::prefetch_newest_span(LicenseNumber license) const {
    if (license.value < seats_.size()) spans_.prefetch(std::size_t{seats_[license.value].newest_span} - 1);
}

void AccountHistory::apply(const rules::EventHead& head) {
    if (head.which != Event::LICENSE_BOUND && head.which != Event::LICENSE_UNBOUND) return apply(head.event());
    if (head.account != account_) return;
    const Happened happened{head.sequence, head.effective_at};
    note(happened.sequence, happened.at);
    head.which == Event::LICENSE_BOUND ? bound(head.license, head.user, happened)
                                       : unbound(head.license, head.user, happened);
}

void AccountHistory::apply(Event::Reader event) {
    const auto account = view(event.getAccount());
    if (account.empty()) return apply_to_catalog(event);
    if (account != account_) return;
    note(Sequence(event.getSequence()), Instant{event.getEffectiveAt()});
    apply_to_account(event);
}

void AccountHistory::apply_to_account(Event::Reader event) {
    const Happened happened{Sequence(event.getSequence()), Instant{event.getEffectiveAt()}};
    switch (event.which()) {
        case Event::ACCOUNT_OPENED: return opened(event.getAccountOpened());
        case Event::USER_REGISTERED: someone(event.getUserRegistered().getUser()).registered = happened; return;
        case Event::USER_REMOVED: someone(event.getUserRemoved().getUser()).removed = happened; return;

        case Event::INVOICE_ISSUED: return invoice_issued(event.getInvoiceIssued(), happened);
        case Event::INVOICE_PAID:
            return invoice_step(view(event.getInvoicePaid().getInvoice()), &InvoiceFacts::paid, happened);
        case Event::INVOICE_VOIDED: return invoice_voided(event.getInvoiceVoided(), happened);
        case Event::INVOICE_CREDITED: return invoice_credited(event.getInvoiceCredited(), happened);
        case Event::PAYMENT_REVERSED:
            return invoice_step(view(event.getPaymentReversed().getInvoice()), &InvoiceFacts::reversed, happened);

        case Event::LICENSES_REQUESTED: return requested(event.getLicensesRequested(), actor_of(event), happened);
        case Event::ORDER_OVERDUE: return order_step(event.getOrderOverdue(), &OrderFacts::overdue, happened);
        case Event::ORDER_FULFILLED: return order_step(event.getOrderFulfilled(), &OrderFacts::fulfilled, happened);
        case Event::ORDER_CANCELLED: return order_step(event.getOrderCancelled(), &OrderFacts::cancelled, happened);

        case Event::LICENSES_ISSUED: return issued(event.getLicensesIssued(), happened);
        case Event::LICENSES_EXPIRED: return expired(event.getLicensesExpired(), happened);
        case Event::LICENSES_REVOKED: return revoked(event.getLicensesRevoked(), happened);
        case Event::LICENSE_BOUND: {
            const auto body = event.getLicenseBound();
            return bound(LicenseNumber(body.getLicense()), UserId(body.getUser()), happened);
        }
        case Event::LICENSE_UNBOUND: {
            const auto body = event.getLicenseUnbound();
            return unbound(LicenseNumber(body.getLicense()), UserId(body.getUser()), happened);
        }

        case Event::QUEUE_CREATED: return queue_created(event.getQueueCreated(), happened);
        case Event::QUEUE_DELETED: return queue_deleted(event.getQueueDeleted(), happened);
        case Event::QUEUE_MEMBER_ADDED: return member_added(event.getQueueMemberAdded(), happened);
        case Event::QUEUE_MEMBER_REMOVED:
            return member_removed(event.getQueueMemberRemoved(), actor_of(event), happened);

        // Of the catalogue, or nothing to do with billing.
        case Event::NONE:
        case Event::IMPORT_ENDED:
        case Event::EMAIL_CHANGED:
        case Event::ROLE_GRANTED:
        case Event::ROLE_REVOKED:
        case Event::PRODUCT_DEFINED:
        case Event::PRODUCT_CHANGED:
        case Event::PRODUCT_RETIRED:
        case Event::NOTIFICATION_QUEUED:
        case Event::NOTIFICATION_SENT:
        case Event::CARD_ADDED:
        case Event::CARD_REMOVED:
        case Event::PASSWORD_CHANGED:
        case Event::PERSON_ERASED:
        case Event::DISPUTE_OPENED:
        case Event::EVIDENCE_ADDED:
        case Event::DISPUTE_RESOLVED:
        case Event::PHONE_SAVED:
        case Event::PHONE_RETAINED:
        case Event::PHONE_RESTORED:
        case Event::PHONE_PURGED: return;
    }
    // A kind that a later program wrote.
}

void AccountHistory::opened(schema::AccountOpened::Reader body) {
    account_name_ = view(body.getName());
    zone_name_ = view(body.getTimeZone());
    currency_ = view(body.getCurrency());
    zone_ = find_time_zone(zone_name_);
    if (zone_ == nullptr || !window_) return;
    window_from_ = start_of_day(window_->first, *zone_).value_or(window_from_);
    window_to_ = end_of_day(window_->last, *zone_).value_or(window_to_);
}

// ---- The catalogue.

void AccountHistory::apply_to_catalog(Event::Reader event) {
    const Happened happened{Sequence(event.getSequence()), Instant{event.getEffectiveAt()}};
    sequence_ = std::max(sequence_, happened.sequence);
    if (event.isProductDefined()) defined(event.getProductDefined(), happened);
    if (event.isProductChanged()) changed(event.getProductChanged(), happened);
    if (event.isProductRetired()) retired(event.getProductRetired(), happened);
}

SkuNumber AccountHistory::number_of(std::string_view sku) {
    const auto found = sku_names_.find(sku);
    if (found != sku_names_.end()) return products_[found->second].number;
    sku_names_.emplace(sku, static_cast<std::uint32_t>(products_.size()));
    auto& product = products_.emplace_back();
    product.number = SkuNumber(static_cast<std::uint32_t>(products_.size()));
    product.sku = sku;
    return product.number;
}

void AccountHistory::defined(schema::ProductDefined::Reader body, const Happened& event) {
    auto& product = products_[number_of(view(body.getSku())).value - 1];
    if (product.defined) return misfit();
    product.defined_as = ProductNumber(++products_defined_);
    product.name = view(body.getName());
    product.type = view(body.getType());
    product.billing = body.getBilling();
    product.term_text = view(body.getTerm());
    product.term = parse_term(product.term_text).value_or(Term{});
    const auto price = body.getUnitPrice();
    product.prices.push_back({event, Amount{price.getAmount()}, std::string(view(price.getCurrency()))});
    product.defined = event;
}

void AccountHistory::changed(schema::ProductChanged::Reader body, const Happened& event) {
    const auto found = sku_names_.find(view(body.getSku()));
    if (found == sku_names_.end() || !products_[found->second].defined) return misfit();
    auto& product = products_[found->second];
    product.name = view(body.getName());
    const PriceVersion price{event, Amount{body.getUnitPrice().getAmount()},
                             std::string(view(body.getUnitPrice().getCurrency()))};
    const auto& last = product.prices.back();
    // Most changes are of names and features.
    if (price.unit_price != last.unit_price || price.currency != last.currency) product.prices.push_back(price);
}

void AccountHistory::retired(schema::ProductRetired::Reader body, const Happened& event) {
    const auto found = sku_names_.find(view(body.getSku()));
    if (found == sku_names_.end() || !products_[found->second].defined) return misfit();
    products_[found->second].retired = event;
}

const ProductFacts* AccountHistory::find_product(std::string_view sku) const {
    const auto found = sku_names_.find(sku);
    return found == sku_names_.end() ? nullptr : &products_[found->second];
}

std::vector<AccountHistory::MembershipOffer> AccountHistory::membership_offers() const {
    std::vector<seatledger::Product> known(products_defined_);
    std::vector<SkuNumber> skus(products_defined_);
    for (const auto& product : products_) {
        if (!product.defined) continue;
        const auto index = product.defined_as.value - 1;
        skus[index] = product.number;
        known[index].number = product.defined_as;
        known[index].billing = product.billing;
        known[index].defined_at = product.defined.at;
        if (product.retired) known[index].retired_at = product.retired.at;
    }
    std::vector<const seatledger::Product*> in_order;
    for (const auto& product : known) in_order.push_back(&product);
    std::vector<MembershipOffer> offers;
    for (const auto& period : membership_periods(in_order)) {
        offers.push_back({skus[period.product.value - 1], period.from, period.to});
    }
    return offers;
}

std::size_t AccountHistory::bytes() const {
    constexpr std::size_t map_node = 4 * sizeof(void*);
    std::size_t bytes = spans_.size() * sizeof(SeatSpan) +
                        (last_before_.capacity() + last_before_of_.size()) * sizeof(SeatSpan) +
                        seats_.capacity() * sizeof(Seat) + lots_.capacity() * sizeof(LotFacts) +
                        invoices_.capacity() * sizeof(InvoiceFacts) + orders_.capacity() * sizeof(OrderFacts) +
                        users_.capacity() * sizeof(UserFacts) +
                        revocations_.size() * (map_node + sizeof(LicenseNumber) + sizeof(Revocation));
    for (const auto& invoice : invoices_) bytes += invoice.lines.capacity() * sizeof(LineFacts);
    for (const auto& user : users_) bytes += user.queues.capacity() * sizeof(QueueSpan);
    return bytes;
}

}  // namespace seatledger::billing
