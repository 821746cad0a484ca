#include "projections/billing/verdict_message.h"

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "projections/billing/bill_lines.h"
#include "projections/billing/verdict_phrases.h"

namespace seatledger::billing {
namespace {

using schema::Billing;

template <typename Rule>
std::string codes(const std::vector<Rule>& rules) {
    std::string text;
    for (const auto rule : rules) text += (text.empty() ? "" : ", ") + std::string(name_of(rule));
    return text;
}

Count count(std::int64_t number) { return number < 0 ? 0 : static_cast<Count>(number); }

std::optional<std::string> text_of(const VerdictPhrases::OfQueue& phrases, schema::QueueKind kind, Word queue) {
    switch (kind) {
        case schema::QueueKind::CALL: return phrases.call(queue);
        case schema::QueueKind::OUTBOUND: return phrases.outbound(queue);
        case schema::QueueKind::INBOX: return phrases.inbox(queue);
    }
    return {};
}

class Message {
 public:
    Message(const LineVerdict& verdict, const EmailOf& email_of, const VerdictPhrases& phrases)
        : verdict_(verdict), of_(verdict.details), email_of_(email_of), say_(phrases) {}

    [[nodiscard]] std::string text() const {
        if (verdict_.state == LineState::set_aside) return set_aside();
        auto text = sentence();
        if (verdict_.verdict != Verdict::not_billed) text += arithmetic();
        return text;
    }

 private:
    // ---- What occurs in sentences.
    [[nodiscard]] std::string money(Decimal amount) const {
        return say_.money(to_text(amount, verdict_.explained.scale), verdict_.currency);
    }
    [[nodiscard]] std::string quoted(const std::string& name) const { return say_.quoted(name); }
    [[nodiscard]] std::string sku() const { return quoted(of_.sku); }
    [[nodiscard]] std::string invoice() const { return quoted(of_.ledger_invoice); }
    [[nodiscard]] std::string day(const std::optional<CivilDay>& day) const {
        return day ? to_text(*day) : say_.unknown_day();
    }
    // Both ends among them.
    [[nodiscard]] std::string days(const DayPeriod& period) const {
        const CivilDay last{period.end.number - 1};
        return last <= period.begin ? say_.on_day(to_text(period.begin))
                                    : say_.from_to(to_text(period.begin), to_text(last));
    }
    [[nodiscard]] std::string person(UserId user) const {
        const auto email = email_of_(user);
        return email ? *email : say_.numbered_person(user.value);
    }
    template <typename... Arguments, typename... Values>
    [[nodiscard]] std::string counted(const Plural<Arguments...>& words, Count number, const Values&... values) const {
        return words.in(say_.plural_form(number))(values...);
    }
    [[nodiscard]] std::string counted(const Counted& words, Count number) const {
        return words.in(say_.plural_form(number))(number);
    }
    // 10 seats of invoice "i"
    [[nodiscard]] std::string lot() const { return counted(say_.lot, of_.lot_quantity, of_.lot_quantity, invoice()); }
    // 10 seats of "connect" from … to …
    [[nodiscard]] std::string billed() const;
    [[nodiscard]] std::string place() const;

    [[nodiscard]] std::string set_aside() const;
    [[nodiscard]] std::string sentence() const;
    [[nodiscard]] std::string not_in_ledger() const;
    [[nodiscard]] std::string unknown_seat() const;
    [[nodiscard]] std::string lacking() const;
    [[nodiscard]] std::string also_lacking() const;
    [[nodiscard]] std::string before_payment() const;
    [[nodiscard]] std::string not_delivered() const;
    [[nodiscard]] std::string after_revocation() const;
    [[nodiscard]] std::string after_expiry() const;
    [[nodiscard]] std::string after_unbind() const;
    [[nodiscard]] std::string after_last_queue() const;
    [[nodiscard]] std::string still_in_queue() const;
    [[nodiscard]] std::string term_shortened() const;
    [[nodiscard]] std::string wrong_quantity() const;
    [[nodiscard]] std::string wrong_price() const;
    [[nodiscard]] std::string price_in_force() const;
    [[nodiscard]] std::string billed_price() const;
    [[nodiscard]] std::string correct() const;
    [[nodiscard]] std::string unbound_but_purchased() const;
    [[nodiscard]] std::string not_billed() const;
    [[nodiscard]] std::string arithmetic() const;

    const LineVerdict& verdict_;
    const VerdictDetails& of_;
    const EmailOf& email_of_;
    const VerdictPhrases& say_;
};

std::string Message::billed() const {
    const auto quantity = shortest(of_.quantity.is_negative() ? negated(of_.quantity) : of_.quantity);
    const auto form = say_.quantity_form(quantity);
    const auto seats = to_text(quantity);
    std::string seat;
    if (of_.license) {
        seat = say_.license_seat(*of_.license);
    } else if (of_.user) {
        seat = say_.person_seat(person(of_.user));
    } else if (!of_.email.empty()) {
        seat = say_.person_seat(of_.email);
    } else {
        return say_.billed_seats.in(form)(seats, sku(), days(of_.period));
    }
    return say_.billed_seats_of.in(form)(seats, sku(), days(of_.period), seat);
}

std::string Message::place() const {
    if (of_.queue.empty()) return say_.in_a_queue();
    const auto& as = of_.queue_role == schema::QueueRole::SUPERVISOR ? say_.as_supervisor : say_.as_agent;
    return text_of(as, of_.queue_kind, quoted(of_.queue)).value_or(say_.in_a_queue());
}

std::string Message::set_aside() const {
    const auto& say = say_.set_aside;
    const auto amount = money(verdict_.amount);
    switch (of_.note) {
        case Note::tax: return say.tax(amount);
        case Note::credit: return say.credit(amount);
        case Note::foreign_currency: return say.foreign_currency(amount);
        case Note::no_days: return say.no_days(amount);
        case Note::no_quantity:
            return verdict_.of_line > 0 ? say.no_quantity_correcting(amount, verdict_.of_line)
                                        : say.no_quantity(amount);
        default: return say.other(amount);
    }
}

std::string Message::sentence() const {
    switch (verdict_.verdict) {
        case Verdict::not_in_ledger: return not_in_ledger();
        case Verdict::unknown_seat: return unknown_seat();
        case Verdict::duplicate: return say_.duplicate(verdict_.of_line, billed());
        case Verdict::billed_before_payment: return before_payment() + " " + lacking();
        case Verdict::not_delivered_in_48h: return not_delivered() + " " + lacking();
        case Verdict::billed_after_revocation: return after_revocation() + " " + lacking();
        case Verdict::billed_after_expiry: return after_expiry() + " " + lacking();
        case Verdict::billed_after_unbind: return after_unbind() + " " + lacking();
        case Verdict::still_in_queue: return still_in_queue() + also_lacking();
        case Verdict::term_shortened: return term_shortened() + also_lacking();
        case Verdict::wrong_quantity: return wrong_quantity();
        case Verdict::wrong_price: return wrong_price();
        case Verdict::correct: return correct();
        case Verdict::not_billed: return not_billed();
    }
    return "";
}

std::string Message::also_lacking() const { return of_.deficits.empty() ? "" : " " + lacking(); }

std::string Message::not_in_ledger() const {
    switch (of_.note) {
        case Note::unknown_sku: return say_.unknown_sku(sku());
        case Note::nothing_of_account:
            return of_.billing == Billing::MEMBERSHIP ? say_.nothing_of_account_in_queues(sku())
                                                      : say_.nothing_of_account(sku());
        case Note::invoice_without_sku: return say_.invoice_without_sku(quoted(of_.invoice), sku());
        default: return say_.unknown_invoice(quoted(of_.invoice));
    }
}

std::string Message::unknown_seat() const {
    const Count license = of_.license.value_or(0);
    switch (of_.note) {
        case Note::unknown_license: return say_.unknown_license(license);
        case Note::license_of_other_sku: return say_.license_of_other_sku(license, sku());
        case Note::unknown_person: return say_.unknown_person(of_.email);
        case Note::license_of_membership: return say_.license_of_membership(sku());
        default:
            return of_.billing == Billing::MEMBERSHIP ? say_.never_in_queue(person(of_.user))
                                                      : say_.never_had_license(person(of_.user), sku());
    }
}

// How many of the seat-days are in question, and why the others are.
std::string Message::lacking() const {
    std::int64_t all = 0;
    std::string reasons;
    for (const auto& of : of_.deficits) {
        all += of.seat_days;
        if (!reasons.empty()) reasons += ", ";
        reasons += of.reason == Verdict::wrong_quantity ? say_.lacking_for_nothing_else(count(of.seat_days))
                                                        : say_.lacking_for(count(of.seat_days), name_of(of.reason));
    }
    const auto seat_days = count(of_.seat_days_billed), covered = count(of_.seat_days_covered);
    if (of_.deficits.size() < 2) return counted(say_.lacking, seat_days, billed(), seat_days, covered, count(all));
    return counted(say_.lacking_each, seat_days, billed(), seat_days, covered, count(all), reasons);
}

std::string Message::before_payment() const {
    if (of_.note != Note::invoice_is_open) return say_.began_with_payment(lot(), day(of_.paid));
    return counted(say_.invoice_is_open, of_.lot_quantity, of_.lot_quantity, invoice(), day(of_.issued));
}

std::string Message::not_delivered() const {
    const auto order = of_.order.value;
    const auto requested = day(of_.requested), due = day(of_.due);
    switch (of_.note) {
        case Note::order_is_open: return say_.order_is_open(order, requested, due);
        case Note::invoice_is_open: return say_.order_is_unpaid(order, requested, due, invoice());
        default: return say_.order_is_late(order, requested, due, lot(), day(of_.paid));
    }
}

std::string Message::after_revocation() const {
    if (const auto license = of_.first_license) {
        const auto& phrase = of_.is_reversed ? say_.license_reversed : say_.license_credited;
        return phrase(license.value, invoice(), day(of_.ended));
    }
    return (of_.is_reversed ? say_.seats_reversed : say_.seats_credited)(invoice(), day(of_.ended));
}

std::string Message::after_expiry() const {
    if (!of_.term) return say_.expired_some_day(lot());
    return say_.expired(lot(), to_text(CivilDay{of_.term->end.number - 1}));
}

std::string Message::after_unbind() const {
    if (of_.billing == Billing::MEMBERSHIP) return after_last_queue();
    if (!of_.first_license || !of_.person) return say_.taken_from_somebody();
    return say_.taken(of_.first_license.value, person(of_.person), day(of_.ended));
}

std::string Message::after_last_queue() const {
    if (!of_.person) return say_.somebody_left();
    const auto queue = of_.queue.empty() ? std::nullopt : text_of(say_.queue, of_.queue_kind, quoted(of_.queue));
    return queue ? say_.left_named_queue(person(of_.person), *queue, day(of_.ended))
                 : say_.left_last_queue(person(of_.person), day(of_.ended));
}

std::string Message::still_in_queue() const {
    const auto who = person(of_.person);
    const auto without_since = day(of_.without_license_since), member_since = day(of_.member_since);
    if (of_.persons < 2) return say_.still_in_queue(who, without_since, place(), member_since, sku());
    const Count others = of_.persons - 1;
    return counted(say_.still_in_queue_with_others, others, who, without_since, place(), member_since, sku(), others);
}

std::string Message::term_shortened() const {
    const auto length = count(of_.period.days());
    const auto missing = money(verdict_.at_issue);
    if (!of_.term) return counted(say_.term_shortened_from_longer, length, billed(), length, lot(), missing);
    const auto term_length = counted(say_.day_count, count(of_.term->days()));
    return counted(say_.term_shortened, length, billed(), length, lot(), term_length, days(*of_.term), missing);
}

std::string Message::wrong_quantity() const {
    const auto missing = count(of_.missing_seats);
    std::int64_t seat_days = 0, seats = 0;
    for (const auto& of : of_.deficits) {
        seat_days += of.seat_days;
        seats = std::max(seats, of.seats);
    }
    switch (of_.note) {
        case Note::too_few: return counted(say_.too_few, missing, missing, sku(), days(of_.period), billed());
        case Note::gives_back: return say_.gives_back_too_much(billed(), count(seat_days));
        default: return counted(say_.too_many, count(seats)) + " " + lacking();
    }
}

std::string Message::wrong_price() const { return say_.wrong_price(billed(), price_in_force(), billed_price()); }

std::string Message::price_in_force() const {
    const auto& say = say_.in_force;
    if (!of_.price_in_force) return say.unknown();
    const auto price = money(*of_.price_in_force);
    const auto version = of_.price_since.value;
    if (of_.price_copied) {
        return version > 0 ? say.copied_from_version(price, version, invoice()) : say.copied(price, invoice());
    }
    return version > 0 ? say.of_version(price, version) : say.alone(price);
}

std::string Message::billed_price() const {
    const auto& say = say_.billed_price;
    const auto version = of_.billed_price_of.value;
    if (of_.unit_price) {
        const auto price = money(*of_.unit_price);
        return version > 0 ? say.of_version(price, version, day(of_.billed_price_since)) : say.alone(price);
    }
    return version > 0 ? say.implied_of_version(version, day(of_.billed_price_since)) : say.implied();
}

std::string Message::correct() const {
    switch (of_.note) {
        case Note::netted: return say_.netted(verdict_.of_line);
        case Note::gives_back: return say_.gives_back(billed());
        case Note::true_up: return counted(say_.true_up, of_.lot_quantity, billed(), lot(), day(of_.paid));
        case Note::unbound_but_purchased: return unbound_but_purchased();
        case Note::amount_does_not_follow:
            return say_.amount_does_not_follow(money(verdict_.amount), money(verdict_.explained));
        default: return say_.correct(billed(), money(verdict_.explained));
    }
}

std::string Message::unbound_but_purchased() const {
    const auto license = of_.first_license.value;
    if (!of_.ended || !of_.person) return say_.bound_to_nobody(billed(), license);
    return say_.unbound_from(billed(), license, person(of_.person), to_text(*of_.ended));
}

std::string Message::not_billed() const {
    const auto seat_days = count(of_.seat_days_covered), seats = count(of_.missing_seats);
    const auto which = days(of_.period), due = money(verdict_.explained);
    if (of_.person) {
        const auto who = person(of_.person);
        if (!of_.license) return counted(say_.person_not_billed, seat_days, seat_days, who, sku(), which, due);
        return counted(say_.license_not_billed, seat_days, seat_days, *of_.license, sku(), who, which, due);
    }
    if (of_.billing == Billing::PURCHASED) {
        return counted(say_.lot_not_billed, seats, seats, sku(), invoice(), which, due);
    }
    const auto up_to = counted(say_.up_to_a_day, seats);
    return counted(say_.seat_days_not_billed, seat_days, seat_days, sku(), which, up_to, due);
}

// Of what is already said, nothing.
std::string Message::arithmetic() const {
    switch (verdict_.arithmetic) {
        case Arithmetic::match: return "";
        case Arithmetic::explained_by_rounding: return " " + say_.rounded_otherwise(codes(verdict_.roundings));
        case Arithmetic::explained_by_day_count: return " " + say_.counted_otherwise(codes(verdict_.day_counts));
        case Arithmetic::mismatch: break;
    }
    const bool is_said = of_.note == Note::amount_does_not_follow || verdict_.verdict == Verdict::wrong_price ||
                         verdict_.verdict == Verdict::term_shortened;
    return is_said || !verdict_.difference ? "" : " " + say_.differs_by(money(*verdict_.difference));
}

}  // namespace

std::string message(const LineVerdict& verdict, const EmailOf& email_of, schema::Language language) {
    return Message(verdict, email_of, verdict_phrases(language)).text();
}

}  // namespace seatledger::billing
