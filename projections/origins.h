// Where licenses come from: their invoices, and the payments that issued them.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "events/event.capnp.h"
#include "projections/query.capnp.h"
#include "projections/view.h"

namespace seatledger {

// What a page of events has to tell of it. One thread.
class Origins {
 public:
    enum class Payments { shown, hidden };

    // The view must outlive this.
    Origins(const View& view, Payments payments) : view_(view), payments_(payments) {}

    // Cost: for a license whose lot no event before it named, a lot and an invoice.
    void note(schema::Event::Reader event);
    void tell(schema::Events::Builder page) const;

 private:
    struct Payment {
        std::string reference;  // empty: there is none, or it is hidden
        Sequence sequence;
    };
    struct Lot {
        std::uint32_t quantity = 0;
        std::string invoice;
    };
    void note_license(LicenseNumber license);
    void note_invoice(std::string_view invoice);

    const View& view_;
    const Payments payments_;
    std::map<LicenseNumber, Lot> lots_;  // by their first license
    std::map<std::string, Payment, std::less<>> invoices_;
};

}  // namespace seatledger
