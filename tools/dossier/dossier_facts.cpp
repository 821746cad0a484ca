#include "tools/dossier/dossier_facts.h"

#include <iterator>

#include "events/calendar.h"
#include "events/text.h"
#include "tools/dossier/disputed_line.h"
#include "tools/time_zones.h"

namespace seatledger {

bool is_about_dispute(schema::Event::Reader event, std::uint32_t dispute) {
    switch (event.which()) {
        case schema::Event::DISPUTE_OPENED: return event.getDisputeOpened().getDispute() == dispute;
        case schema::Event::EVIDENCE_ADDED: return event.getEvidenceAdded().getDispute() == dispute;
        case schema::Event::DISPUTE_RESOLVED: return event.getDisputeResolved().getDispute() == dispute;
        case schema::Event::INVOICE_CREDITED: return event.getInvoiceCredited().getDispute() == dispute;
        default: return false;
    }
}

namespace {

// What a credit takes back stands right behind it.
bool ends_with(const ProvedEvents& events, std::uint32_t dispute) {
    auto at = events.all().rbegin();
    for (auto before = std::next(at); before != events.all().rend() && at->event().isLicensesRevoked(); ++before) {
        if (before->sequence.next() != at->sequence) return false;
        at = before;
    }
    return is_about_dispute(at->event(), dispute);
}

}  // namespace

std::expected<DossierFacts, std::string> DossierFacts::read(const DossierInputs& inputs, const ProvedEvents& events) {
    using Failed = std::unexpected<std::string>;
    DossierFacts facts(inputs, events);
    const auto number = std::to_string(inputs.dispute);
    for (const auto& proved : events.all()) {
        const auto event = proved.event();
        const auto note = [&](std::uint32_t user, capnp::Data::Reader box) {
            const auto email = proved.text_of(box);
            if (!email) return;
            facts.addresses_.add(inputs.account, UserId(user), proved.sequence, std::string(*email));
            facts.bearers_.add(UserId(user), *email, Instant{event.getEffectiveAt()});
        };
        if (event.isUserRegistered()) {
            note(event.getUserRegistered().getUser(), event.getUserRegistered().getEmail());
        } else if (event.isEmailChanged()) {
            note(event.getEmailChanged().getUser(), event.getEmailChanged().getNewEmail());
        } else if (event.isAccountOpened()) {
            facts.account_ = &proved;
        } else if (event.isDisputeOpened() && is_about_dispute(event, inputs.dispute)) {
            facts.dispute_ = &proved;
        }
    }
    if (facts.account_ == nullptr) return Failed("the event that opened the account is missing");
    if (facts.dispute_ == nullptr) return Failed("the event that opened dispute " + number + " is missing");
    if (events.all().back().sequence.value != events.checkpoint().size || !ends_with(events, inputs.dispute)) {
        return Failed("the checkpoint does not end with an event about dispute " + number);
    }
    const auto zone = require_time_zone(view(facts.account().getTimeZone()));
    if (!zone) return Failed(zone.error());
    facts.zone_ = *zone;
    const bool has_layout = facts.dispute().hasBill() && facts.dispute().getBill().hasLayout();
    if (!inputs.layout.empty() && (has_layout || !facts.dispute().hasBill())) {
        return Failed(
            "it declares a layout, which is not to be declared: the dispute says how its line is read, or quotes no "
            "line");
    }
    return facts;
}

std::expected<LineOfBill, std::string> DossierFacts::with_bill(const Dossier::Line& line) const {
    if (!inputs.bill) return LineOfBill{*line.read, {}};
    auto bill = read_whole_bill(*inputs.bill, line, *zone_);
    if (!bill) return std::unexpected(bill.error());
    return LineOfBill{*line.read, std::move(*bill)};
}

PeopleOf DossierFacts::people() const {
    return {[this](std::string_view email, const billing::DayPeriod& days) {
                return bearers_.find(email, start_of_day(days.end, *zone_).value_or(last_instant));
            },
            [this](UserId user) -> std::optional<std::string> {
                const auto email = address(user, Sequence(events.checkpoint().size + 1));
                return email ? std::optional(std::string(*email)) : std::nullopt;
            }};
}

billing::AccountHistory DossierFacts::history(const billing::Window& window) const {
    billing::AccountHistory history(inputs.account, window);
    for (const bool is_catalogue : {true, false}) {
        for (const auto& proved : events.all()) {
            if (proved.event().hasAccount() != is_catalogue) history.apply(proved.event());
        }
    }
    return history;
}

Dossier::Line DossierFacts::line() const {
    const auto text =
        dispute().hasBill() ? dispute_->text_of(dispute().getBill().getText()) : std::optional<std::string_view>();
    auto line = read_disputed_line(dispute(), text, inputs.layout, *zone_, inputs.language);
    if (!line.sha256.empty()) return line;
    const auto day = civil_day(time(), *zone_);
    auto read =
        line_of_invoice(history({day, day}), inputs.price_book, time(), line.invoice, line.invoice_line.value_or(0));
    if (!read) return line;
    line.unread = too_long(read->period, inputs.language);
    if (line.unread.empty()) line.read = std::move(*read);
    return line;
}

}  // namespace seatledger
