// What the parts of a dossier are made from: its events, read.
#pragma once

#include <expected>
#include <optional>
#include <string>
#include <string_view>

#include "projections/billing/account_history.h"
#include "tools/address_bearers.h"
#include "tools/dossier/dossier.h"
#include "tools/dossier/dossier_inputs.h"
#include "tools/dossier/line_opinion.h"
#include "tools/dossier/proved_events.h"
#include "tools/event_pages.h"

namespace seatledger {

class DossierFacts {
 public:
    // Both must outlive this. Fails, in one line, if the events lack what every dossier has: the account's first event,
    // the dispute's, and as the newest one something about the dispute.
    [[nodiscard]] static std::expected<DossierFacts, std::string> read(const DossierInputs& inputs,
                                                                       const ProvedEvents& events);

    const DossierInputs& inputs;
    const ProvedEvents& events;

    [[nodiscard]] const date::time_zone& zone() const { return *zone_; }
    [[nodiscard]] schema::AccountOpened::Reader account() const { return account_->event().getAccountOpened(); }
    [[nodiscard]] const ProvedEvent& dispute_event() const { return *dispute_; }
    [[nodiscard]] schema::DisputeOpened::Reader dispute() const { return dispute_->event().getDisputeOpened(); }
    // Of the newest event: what falls due by then has fallen due.
    [[nodiscard]] Instant time() const { return Instant{events.all().back().event().getEffectiveAt()}; }

    // The address that the person bore before the event; nothing: no event here says so, or it was erased.
    [[nodiscard]] std::optional<std::string_view> address(UserId user, Sequence before) const {
        return addresses_.find(inputs.account, user, before);
    }
    [[nodiscard]] PeopleOf people() const;

    // All of it that says anything of billing.
    [[nodiscard]] billing::AccountHistory history(const billing::Window& window) const;

    // The line that is disputed; if the dispute quotes none, that of the ledger's invoice.
    [[nodiscard]] Dossier::Line line() const;
    // With the lines of its bill, if that is among the inputs; the line must have been read. Fails, in one line, if it
    // is another bill.
    [[nodiscard]] std::expected<LineOfBill, std::string> with_bill(const Dossier::Line& line) const;

 private:
    DossierFacts(const DossierInputs& made_from, const ProvedEvents& of) : inputs(made_from), events(of) {}

    const ProvedEvent* account_ = nullptr;
    const ProvedEvent* dispute_ = nullptr;
    const date::time_zone* zone_ = nullptr;
    KnownAddresses addresses_;
    AddressBearers bearers_;
};

// Whether the event is about that dispute: opens it, adds to it, resolves it, or credits something for it.
[[nodiscard]] bool is_about_dispute(schema::Event::Reader event, std::uint32_t dispute);

}  // namespace seatledger
