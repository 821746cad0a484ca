#include "projections/billing/verdict_message.h"

#include <algorithm>

namespace seatledger::billing {
namespace {

using schema::Billing;

std::string number(std::int64_t count) { return std::to_string(count); }

std::string counted(std::int64_t count, const std::string& noun) {
    return number(count) + " " + noun + (count == 1 ? "" : "s");
}

std::string quoted(const std::string& name) { return "\"" + name + "\""; }

std::string day(const std::optional<CivilDay>& of) { return of ? to_text(*of) : "an unknown day"; }

// Both ends among them.
std::string days(const DayPeriod& of) {
    const CivilDay last{of.end.number - 1};
    return last <= of.begin ? "on " + to_text(of.begin) : "from " + to_text(of.begin) + " to " + to_text(last);
}

std::string kind_of(schema::QueueKind kind) {
    switch (kind) {
        case schema::QueueKind::CALL: return "call";
        case schema::QueueKind::OUTBOUND: return "outbound";
        case schema::QueueKind::INBOX: return "inbox";
    }
    return "unknown";
}

std::string role_of(schema::QueueRole role) {
    switch (role) {
        case schema::QueueRole::AGENT: return "an agent";
        case schema::QueueRole::SUPERVISOR: return "a supervisor";
    }
    return "a member";
}

class Message {
 public:
    Message(const LineVerdict& verdict, const EmailOf& email_of)
        : verdict_(verdict), of_(verdict.details), email_of_(email_of) {}

    [[nodiscard]] std::string text() const {
        if (verdict_.state == LineState::set_aside) return set_aside();
        auto text = sentence();
        if (verdict_.verdict != Verdict::not_billed) text += arithmetic();
        return text;
    }

 private:
    [[nodiscard]] std::string money(Decimal amount) const {
        return to_text(amount, verdict_.explained.scale) + " " + verdict_.currency;
    }
    [[nodiscard]] std::string person(UserId user) const {
        if (!user) return "nobody";
        const auto email = email_of_(user);
        return email ? *email : "person " + std::to_string(user.value);
    }
    [[nodiscard]] std::string seat() const {
        if (of_.license) return "license " + std::to_string(*of_.license);
        if (of_.user) return "the seat of " + person(of_.user);
        return of_.email.empty() ? "its seats" : "the seat of " + of_.email;
    }
    // 10 seats of "connect" from … to …
    [[nodiscard]] std::string billed() const {
        auto text = to_text(of_.quantity.is_negative() ? negated(of_.quantity) : of_.quantity);
        text += (text == "1" ? " seat of " : " seats of ") + quoted(of_.sku) + " " + days(of_.period);
        if (of_.license || of_.user || !of_.email.empty()) text += " (" + seat() + ")";
        return text;
    }
    [[nodiscard]] std::string lot() const {
        return counted(of_.lot_quantity, "seat") + " of invoice " + quoted(of_.ledger_invoice);
    }

    [[nodiscard]] std::string set_aside() const;
    [[nodiscard]] std::string sentence() const;
    [[nodiscard]] std::string not_in_ledger() const;
    [[nodiscard]] std::string unknown_seat() const;
    [[nodiscard]] std::string deficit() const;
    [[nodiscard]] std::string before_payment() const;
    [[nodiscard]] std::string not_delivered() const;
    [[nodiscard]] std::string after_end() const;
    [[nodiscard]] std::string still_in_queue() const;
    [[nodiscard]] std::string wrong_quantity() const;
    [[nodiscard]] std::string wrong_price() const;
    [[nodiscard]] std::string correct() const;
    [[nodiscard]] std::string not_billed() const;
    [[nodiscard]] std::string arithmetic() const;
    [[nodiscard]] std::string price() const {
        return of_.price_in_force ? money(*of_.price_in_force) : std::string("unknown");
    }

    const LineVerdict& verdict_;
    const VerdictDetails& of_;
    const EmailOf& email_of_;
};

std::string Message::set_aside() const {
    const auto carried = money(verdict_.amount) + " carried and not judged: ";
    switch (of_.note) {
        case Note::tax: return carried + "it is tax.";
        case Note::credit: return carried + "it is a credit that the vendor grants, and not for seats of a period.";
        case Note::foreign_currency: return carried + "the account is billed in another currency.";
        case Note::no_days: return carried + "the line has no days that it charges for.";
        case Note::no_quantity:
            return carried + "the line has an amount, but no seats" +
                   (verdict_.of_line > 0 ? "; it corrects line " + std::to_string(verdict_.of_line) : "") + ".";
        default: return carried + "it is not for seats.";
    }
}

std::string Message::sentence() const {
    switch (verdict_.verdict) {
        case Verdict::not_in_ledger: return not_in_ledger();
        case Verdict::unknown_seat: return unknown_seat();
        case Verdict::duplicate:
            return "This is line " + std::to_string(verdict_.of_line) + " once more, " + billed() +
                   " for the same amount, and the ledger has no further seats on these days.";
        case Verdict::billed_before_payment: return before_payment() + deficit();
        case Verdict::not_delivered_in_48h: return not_delivered() + deficit();
        case Verdict::billed_after_revocation:
        case Verdict::billed_after_expiry:
        case Verdict::billed_after_unbind: return after_end() + deficit();
        case Verdict::still_in_queue: return still_in_queue();
        case Verdict::term_shortened:
            return "The price of a whole term was billed for " + billed() + ", which are " +
                   counted(of_.period.days(), "day") + "; the term of " + lot() + " is " +
                   (of_.term ? counted(of_.term->days(), "day") + ", " + days(*of_.term) : "longer") + ", so that " +
                   money(verdict_.at_issue) + " is for days that are missing.";
        case Verdict::wrong_quantity: return wrong_quantity();
        case Verdict::wrong_price: return wrong_price();
        case Verdict::correct: return correct();
        case Verdict::not_billed: return not_billed();
    }
    return "";
}

std::string Message::not_in_ledger() const {
    switch (of_.note) {
        case Note::unknown_sku: return "The ledger has no product " + quoted(of_.sku) + ".";
        case Note::nothing_of_account:
            return "The account never had anything of " + quoted(of_.sku) + ": no invoice, no order, no license" +
                   (of_.billing == Billing::MEMBERSHIP ? ", and nobody was ever in a queue." : ".");
        case Note::invoice_without_sku:
            return "Invoice " + quoted(of_.invoice) + " has no line for " + quoted(of_.sku) + ".";
        default: return "The ledger has no invoice " + quoted(of_.invoice) + ".";
    }
}

std::string Message::unknown_seat() const {
    switch (of_.note) {
        case Note::unknown_license:
            return "The account has no license " + std::to_string(of_.license.value_or(0)) + ".";
        case Note::license_of_other_sku:
            return "License " + std::to_string(of_.license.value_or(0)) + " is of another product than " +
                   quoted(of_.sku) + ".";
        case Note::unknown_person: return "Nobody of the account is known as " + of_.email + ".";
        case Note::license_of_membership:
            return quoted(of_.sku) + " is billed for people in queues, and a license says nothing of them.";
        default:
            return person(of_.user) + (of_.billing == Billing::MEMBERSHIP
                                           ? " was never in a queue."
                                           : " never had a license of " + quoted(of_.sku) + ".");
    }
}

// How many of the seat-days are in question, and why the others are.
std::string Message::deficit() const {
    std::int64_t all = 0;
    for (const auto& of : of_.deficits) all += of.seat_days;
    auto text = " The bill has " + billed() + ": " + number(of_.seat_days_billed) +
                " seat-days, of which the ledger has " + number(of_.seat_days_covered) + " and lacks " + number(all);
    if (of_.deficits.size() > 1) {
        text += " (";
        for (const auto& of : of_.deficits) {
            text +=
                (&of == of_.deficits.data() ? "" : ", ") + number(of.seat_days) + " " +
                (of.reason == Verdict::wrong_quantity ? "without any other reason" : std::string(name_of(of.reason)));
        }
        text += ")";
    }
    return text + ".";
}

std::string Message::before_payment() const {
    if (of_.note == Note::invoice_is_open) {
        return "Invoice " + quoted(of_.ledger_invoice) + " for " + counted(of_.lot_quantity, "seat") + ", issued on " +
               day(of_.issued) + ", is not paid, and seats begin with their payment.";
    }
    return "The term of " + lot() + " began on " + day(of_.paid) + ", when its payment was recorded.";
}

std::string Message::not_delivered() const {
    auto text = "Order " + std::to_string(of_.order.value) + ", requested on " + day(of_.requested) +
                ", was not fulfilled within 48 hours, by " + day(of_.due);
    if (of_.note == Note::order_is_open) return text + ", nor since: nothing was delivered.";
    if (of_.note == Note::invoice_is_open) {
        return text + "; its invoice " + quoted(of_.ledger_invoice) + " is not paid, and nothing was delivered.";
    }
    return text + "; its " + lot() + " began on " + day(of_.paid) + ".";
}

std::string Message::after_end() const {
    const auto license =
        of_.first_license ? "License " + std::to_string(of_.first_license.value) : std::string("Seats");
    switch (verdict_.verdict) {
        case Verdict::billed_after_revocation:
            return license + " of invoice " + quoted(of_.ledger_invoice) + " was revoked on " + day(of_.ended) +
                   (of_.is_reversed ? ", when its payment was reversed." : ", and credited.");
        case Verdict::billed_after_expiry:
            return "The term of " + lot() + " ended" +
                   (of_.term ? " with " + to_text(CivilDay{of_.term->end.number - 1}) : "") +
                   ", and nothing renews by itself.";
        default: break;
    }
    if (of_.billing == Billing::MEMBERSHIP) {
        return person(of_.person) + " left their last queue" +
               (of_.queue.empty() ? "" : ", " + kind_of(of_.queue_kind) + " queue " + quoted(of_.queue) + ",") +
               " on " + day(of_.ended) + ".";
    }
    return license + " was taken from " + person(of_.person) + " on " + day(of_.ended) +
           ", and nobody had it on days that were billed.";
}

std::string Message::still_in_queue() const {
    auto text = person(of_.person);
    if (of_.persons > 1)
        text +=
            " and " + number(static_cast<std::int64_t>(of_.persons - 1)) + (of_.persons == 2 ? " other" : " others");
    text += " had no license from " + day(of_.without_license_since) + " on, but on days that were billed " +
            (of_.persons > 1 ? person(of_.person) + " was" : "they were") + " still " + role_of(of_.queue_role) +
            " of " + kind_of(of_.queue_kind) + " queue " + quoted(of_.queue) + ", since " + day(of_.member_since) +
            ", and whoever is in a queue is billed for " + quoted(of_.sku) +
            ": a super admin or an admin of the account could have removed them, or the vendor.";
    return text;
}

std::string Message::wrong_quantity() const {
    if (of_.note == Note::too_few) {
        return "The ledger has " + counted(of_.missing_seats, "seat") + " of " + quoted(of_.sku) + " more " +
               days(of_.period) + " than this line and those like it bill; this one has " + billed() + ".";
    }
    if (of_.note == Note::gives_back) {
        std::int64_t seat_days = 0;
        for (const auto& of : of_.deficits) seat_days += of.seat_days;
        return "The line gives back " + billed() + ", but on " + number(seat_days) +
               " of these seat-days the account had no such seats that could be given back.";
    }
    std::int64_t seats = 0;
    for (const auto& of : of_.deficits) seats = std::max(seats, of.seats);
    return "On at least one day the bill has " + counted(seats, "seat") +
           " more than the ledger has left for this line." + deficit();
}

std::string Message::wrong_price() const {
    auto text = "The days and seats are right (" + billed() + "), but the price is not: in force was " + price() +
                " a seat for a term";
    if (of_.price_since) text += ", of the catalogue's version of event " + std::to_string(of_.price_since.value);
    if (of_.price_copied) {
        text += ", copied when invoice " + quoted(of_.ledger_invoice) + " was issued";
    }
    text += of_.unit_price ? "; billed was " + money(*of_.unit_price) : "; the amount implies another one";
    if (of_.billed_price_of) {
        text +=
            ", the price of event " + std::to_string(of_.billed_price_of.value) + " of " + day(of_.billed_price_since);
    }
    return text + ".";
}

std::string Message::correct() const {
    switch (of_.note) {
        case Note::netted:
            return "Netted with line " + std::to_string(verdict_.of_line) + ": one gives back what the other charges.";
        case Note::gives_back: return "The line gives back " + billed() + ", which the ledger has.";
        case Note::true_up:
            return "The bill has " + billed() + "; " + lot() + " began on " + day(of_.paid) +
                   ", but their price was agreed for the whole of it, until that same end.";
        case Note::unbound_but_purchased:
            return "The bill has " + billed() +
                   (of_.ended ? "; license " + std::to_string(of_.first_license.value) + " was unbound from " +
                                    person(of_.person) + " on " + day(of_.ended)
                              : "; nobody has license " + std::to_string(of_.first_license.value)) +
                   ", but it is billed by purchase: the term runs whoever is bound; unbinding neither stops nor "
                   "shortens it.";
        case Note::amount_does_not_follow:
            return "The days, seats and price are right, but the amount of " + money(verdict_.amount) +
                   " does not follow from its own seats, days and price: those are " + money(verdict_.explained) + ".";
        default: return "The ledger has " + billed() + ", at " + money(verdict_.explained) + ".";
    }
}

std::string Message::not_billed() const {
    std::string text = "The ledger has ";
    if (of_.person) {
        text += (of_.license ? "license " + std::to_string(*of_.license) + " of " + quoted(of_.sku) + ", which " +
                                   person(of_.person) + " had, on "
                             : person(of_.person) + " in queues that are billed as " + quoted(of_.sku) + " on ") +
                counted(of_.seat_days_covered, "day") + " " + days(of_.period);
    } else if (of_.billing == Billing::PURCHASED) {
        text += counted(of_.missing_seats, "seat") + " of " + quoted(of_.sku) + " of invoice " +
                quoted(of_.ledger_invoice) + ", " + days(of_.period);
    } else {
        text += number(of_.seat_days_covered) + " seat-days of " + quoted(of_.sku) + " " + days(of_.period) +
                ", up to " + counted(of_.missing_seats, "seat") + " a day";
    }
    return text + ", and no line of the bill is for them: " + money(verdict_.explained) + " would have been due.";
}

std::string Message::arithmetic() const {
    switch (verdict_.arithmetic) {
        case Arithmetic::match: return "";
        case Arithmetic::explained_by_rounding: {
            std::string rules;
            for (const auto rule : verdict_.roundings)
                rules += (rules.empty() ? "" : ", ") + std::string(name_of(rule));
            return " The amount is rounded another way: " + rules + ".";
        }
        case Arithmetic::explained_by_day_count: {
            std::string rules;
            for (const auto rule : verdict_.day_counts)
                rules += (rules.empty() ? "" : ", ") + std::string(name_of(rule));
            return " The amount counts days another way: " + rules + ".";
        }
        case Arithmetic::mismatch: break;
    }
    const bool is_said = of_.note == Note::amount_does_not_follow || verdict_.verdict == Verdict::wrong_price ||
                         verdict_.verdict == Verdict::term_shortened;
    if (is_said || !verdict_.difference) {
        return "";
    }
    return " The amount differs by " + money(*verdict_.difference) + " from what these seats and days cost at " +
           "the ledger's price.";
}

}  // namespace

std::string message(const LineVerdict& verdict, const EmailOf& email_of) { return Message(verdict, email_of).text(); }

}  // namespace seatledger::billing
