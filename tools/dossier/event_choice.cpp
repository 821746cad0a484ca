#include "tools/dossier/event_choice.h"

#include <algorithm>

namespace seatledger {
namespace {

using billing::AccountHistory;
using billing::Happened;
using billing::SkuNumber;
using schema::Billing;

class Choice {
 public:
    Choice(const AccountHistory& history, const Dossier::Line& line, const billing::LineVerdict& verdict, Reach reach)
        : history_(history), line_(line), verdict_(verdict), reach_(reach) {}

    std::set<Sequence> make() {
        find_skus();
        chosen_.insert(verdict_.because.begin(), verdict_.because.end());
        for (const auto& product : history_.products()) {
            if (skus_.contains(product.number)) add_product(product);
        }
        for (const auto& invoice : history_.invoices()) {
            if (is_wanted(invoice)) add_invoice(invoice);
        }
        for (const auto& order : history_.orders()) add_order(order);
        for (const auto& lot : history_.lots()) add_lot(lot);
        find_people();
        add_spans();
        for (const auto user : people_) add_person(user);
        if (member_) add_person(member_);
        chosen_.erase(Sequence());
        return std::move(chosen_);
    }

 private:
    void add(const Happened& happened) { chosen_.insert(happened.sequence); }

    [[nodiscard]] bool names_seat() const { return line_.read->license || !line_.read->email.empty(); }
    // Whether the verdict names one of the two, which must not stand without the other.
    [[nodiscard]] bool decides(Sequence began, Sequence ended) const {
        return std::ranges::binary_search(verdict_.because, began) ||
               std::ranges::binary_search(verdict_.because, ended);
    }
    [[nodiscard]] bool is_of_all() const { return reach_ == Reach::account; }

    void find_skus() {
        bool is_about_members = is_of_all();
        if (const auto* product = history_.find_product(line_.read->sku)) {
            skus_.insert(product->number);
            is_about_members = is_about_members || product->billing == Billing::MEMBERSHIP;
        }
        if (line_.read->license) {
            if (const auto* lot = history_.lot_of(LicenseNumber(*line_.read->license))) skus_.insert(lot->sku);
        }
        for (const auto& product : history_.products()) {
            // Places in queues are billed as whichever of these is on offer.
            if (is_of_all() || (is_about_members && product.billing == Billing::MEMBERSHIP)) {
                skus_.insert(product.number);
            }
        }
        is_about_members_ = is_about_members;
    }

    void add_product(const billing::ProductFacts& product) {
        add(product.defined);
        add(product.retired);
        for (const auto& price : product.prices) add(price.since);
    }

    [[nodiscard]] bool is_wanted(const billing::InvoiceFacts& invoice) const {
        if (is_of_all() || invoice.id == line_.invoice || invoice.id == line_.read->invoice) return true;
        return std::ranges::any_of(invoice.lines, [&](const auto& of) { return skus_.contains(of.sku); });
    }

    void add_invoice(const billing::InvoiceFacts& invoice) {
        add(invoice.issued);
        add(invoice.paid);
        add(invoice.voided);
        add(invoice.reversed);
        if (const auto* order = history_.find_order(invoice.order)) {
            orders_.insert(order->number);
            add_order(*order);
        }
        for (const auto& of : invoice.lines) {
            for (const auto& credit : of.credits) add(credit.granted);
            // A payment is not seen without what it issued.
            if (of.lot) lots_.insert(history_.lots()[*of.lot].first);
        }
    }

    void add_order(const billing::OrderFacts& order) {
        if (!is_of_all() && !skus_.contains(order.sku) && !orders_.contains(order.number)) return;
        add(order.requested);
        add(order.overdue);
        add(order.fulfilled);
        add(order.cancelled);
    }

    void add_lot(const billing::LotFacts& lot) {
        if (!is_of_all() && !skus_.contains(lot.sku) && !lots_.contains(lot.first)) return;
        add(lot.issued);
        add(lot.paid);
        for (const auto& expiry : lot.expiries) add(expiry.recorded);
        if (lot.revoked == 0) return;
        for (auto license = lot.first; lot.contains(license); license = license.next()) {
            if (const auto* revocation = history_.revocation_of(license)) add(revocation->happened);
        }
    }

    void find_people() {
        for (const auto user : {verdict_.details.user, verdict_.details.person}) {
            if (user) people_.insert(user);
        }
        if (!is_about_members_) return;
        const bool is_of_one = names_seat() && reach_ == Reach::seat;
        for (UserId user(1); user.value <= history_.user_count(); user = user.next()) {
            const auto* facts = history_.user(user);
            if (facts == nullptr || facts->queues.empty()) continue;
            // Whether anybody ever was in a queue is seen by any one of them.
            if (!member_) member_ = user;
            const auto is_wanted_place = [&](const billing::QueueSpan& of) {
                return decides(of.began, of.ended) || (!is_of_one && is_within(of));
            };
            if (std::ranges::any_of(facts->queues, is_wanted_place)) {
                people_.insert(user);
            }
        }
    }

    // The places of the window, and those that were left within a year before it: these, too, a line may be about. All
    // of them where everything is taken, or the line names somebody.
    [[nodiscard]] bool is_within(const billing::QueueSpan& place) const {
        if (is_of_all() || names_seat()) return true;
        const auto& window = history_.window();
        if (!window) return true;
        constexpr std::int32_t year = 366;
        const auto from = start_of_day({window->first.number - year}, *history_.zone()).value_or(first_instant);
        const auto to = end_of_day(window->last, *history_.zone()).value_or(last_instant);
        return place.from < to && place.to > from;
    }

    void add_spans() {
        std::set<LicenseNumber> licenses;
        if (line_.read->license) licenses.insert(LicenseNumber(*line_.read->license));
        if (verdict_.details.first_license && names_seat()) licenses.insert(verdict_.details.first_license);
        // Of the product, whoever else had them as well: a day of a license is billed once.
        for (std::size_t i = 0; i < history_.span_count(); ++i) {
            const auto& span = history_.span(i);
            const auto* lot = history_.lot_of(span.license);
            if (people_.contains(span.user) && lot != nullptr && skus_.contains(lot->sku))
                licenses.insert(span.license);
        }
        const bool takes_product = !names_seat() || reach_ == Reach::product;
        for (std::size_t i = 0; i < history_.span_count(); ++i) {
            const auto& span = history_.span(i);
            const auto* lot = history_.lot_of(span.license);
            const bool is_of_product = takes_product && lot != nullptr && skus_.contains(lot->sku) &&
                                       (lot->billing != Billing::PURCHASED || reach_ == Reach::product);
            const bool is_of_person = is_about_members_ && people_.contains(span.user);
            const bool is_chosen = is_of_all() || is_of_product || is_of_person || licenses.contains(span.license);
            if (!is_chosen && !decides(span.began, span.ended)) continue;
            add_span(span, lot);
        }
        for (const auto user : people_) {
            const auto add_before = [&](const billing::SeatSpan* before) {
                if (before != nullptr) add_span(*before, history_.lot_of(before->license));
            };
            add_before(history_.last_before_window(user));
            for (const auto sku : skus_) add_before(history_.last_before_window(user, sku));
        }
    }

    // With the license, of whatever product: nobody has what was not issued.
    void add_span(const billing::SeatSpan& span, const billing::LotFacts* lot) {
        chosen_.insert(span.began);
        chosen_.insert(span.ended);
        if (lot == nullptr || is_of_all() || skus_.contains(lot->sku) || lots_.contains(lot->first)) return;
        const auto& invoice = history_.invoices()[lot->invoice];
        add_invoice(invoice);
        for (const auto& of : invoice.lines) {
            if (of.lot) add_lot(history_.lots()[*of.lot]);
        }
    }

    void add_person(UserId user) {
        const auto* facts = history_.user(user);
        if (facts == nullptr) return;
        add(facts->removed);
        for (const auto& place : facts->queues) {
            if (user != member_ && !is_within(place) && !decides(place.began, place.ended)) continue;
            chosen_.insert(place.began);
            chosen_.insert(place.ended);
            const auto& queue = history_.queues()[place.queue];
            add(queue.created);
            add(queue.deleted);
        }
    }

    const AccountHistory& history_;
    const Dossier::Line& line_;
    const billing::LineVerdict& verdict_;
    const Reach reach_;
    bool is_about_members_ = false;
    std::set<SkuNumber> skus_;
    std::set<OrderNumber> orders_;
    std::set<LicenseNumber> lots_;  // by their first license, beside those of the skus
    std::set<UserId> people_;
    UserId member_;  // somebody who was in a queue
    std::set<Sequence> chosen_;
};

}  // namespace

std::set<Sequence> invoice_events(const AccountHistory& history, std::string_view id) {
    std::set<Sequence> chosen;
    const auto* invoice = history.find_invoice(id);
    if (invoice == nullptr) return chosen;
    for (const auto& step : {invoice->issued, invoice->paid, invoice->voided, invoice->reversed}) {
        chosen.insert(step.sequence);
    }
    for (const auto& line : invoice->lines) {
        for (const auto& credit : line.credits) chosen.insert(credit.granted.sequence);
        if (line.lot) chosen.insert(history.lots()[*line.lot].issued.sequence);
    }
    chosen.erase(Sequence());
    return chosen;
}

std::set<Sequence> choose_events(const AccountHistory& history, const Dossier::Line& line,
                                 const billing::LineVerdict& verdict, Reach reach) {
    return Choice(history, line, verdict, reach).make();
}

}  // namespace seatledger
