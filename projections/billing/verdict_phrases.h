// The words of verdicts: a table a language. What is missing in one, or has not the places that its use fills, does not
// compile.
#pragma once

#include <array>

#include "events/phrase.h"
#include "events/types.capnp.h"
#include "projections/billing/decimal.h"
#include "projections/billing/price_book.h"
#include "projections/billing/proration.h"
#include "projections/billing/verdict.h"

namespace seatledger::billing {

// Behind each phrase stands what fills its places, in the order of their numbers. Names have their quotation marks,
// days are as in 2026-03-01, money is as in 12.50 USD. A Plural goes by its first number, unless it is said by which.
//
// What is called `billed`, `seat`, `days`, `lot` … is made of the phrases of that name, and so are days and people of
// whom nothing is known: a language chooses the form of these, and puts the sentences around that form.
struct VerdictPhrases {
    PluralForm (*plural_form)(Count count);
    PluralForm (*quantity_form)(
        Decimal quantity);  // of seats: not negative, perhaps a fraction, without zeros at its end

    // ---- What occurs in sentences.
    Phrase<Word> quoted;                             // name
    Phrase<Word, Word> money;                        // amount, currency
    Phrase<> unknown_day;                            // in place of a day
    Phrase<Count> numbered_person;                   // in place of an address, where that must not be shown
    Phrase<Word> on_day;                             // `days`: day
    Phrase<Word, Word> from_to;                      // `days`: first, last
    Counted day_count;                               // how many
    Plural<Count, Word> lot;                         // seats, invoice; as after "the term of"
    Phrase<Count> license_seat;                      // `seat`: license
    Phrase<Word> person_seat;                        // `seat`: person
    Plural<Word, Word, Word> billed_seats;           // `billed`, by quantity: quantity, product, days
    Plural<Word, Word, Word, Word> billed_seats_of;  // `billed`, by quantity: quantity, product, days, seat
    struct OfQueue {
        Phrase<Word> call;  // queue
        Phrase<Word> outbound;
        Phrase<Word> inbox;
    };
    OfQueue queue;          // which one
    OfQueue as_agent;       // `place`: what somebody was "still"
    OfQueue as_supervisor;  // `place`
    Phrase<> in_a_queue;    // `place`, where nothing else is known of it

    // ---- Why a line is set aside.
    struct SetAside {
        Phrase<Word> tax;  // money
        Phrase<Word> credit;
        Phrase<Word> foreign_currency;
        Phrase<Word> no_days;
        Phrase<Word> no_quantity;
        Phrase<Word, Count> no_quantity_correcting;  // money, line
        Phrase<Word> other;
    };
    SetAside set_aside;

    // ---- not_in_ledger
    Phrase<Word> unknown_sku;                   // product
    Phrase<Word> nothing_of_account;            // product
    Phrase<Word> nothing_of_account_in_queues;  // product
    Phrase<Word> unknown_invoice;               // invoice
    Phrase<Word, Word> invoice_without_sku;     // invoice, product

    // ---- unknown_seat
    Phrase<Count> unknown_license;             // license
    Phrase<Count, Word> license_of_other_sku;  // license, product
    Phrase<Word> unknown_person;               // address
    Phrase<Word> license_of_membership;        // product
    Phrase<Word> never_in_queue;               // person
    Phrase<Word, Word> never_had_license;      // person, product

    Phrase<Count, Word> duplicate;  // line, billed

    // ---- What follows sentences about seat-days that are lacking.
    Plural<Word, Count, Count, Count> lacking;             // by seat-days: billed, seat-days, had, lacking
    Plural<Word, Count, Count, Count, Word> lacking_each;  // … and how many of them for which reason, listed
    Phrase<Count, Word> lacking_for;                       // seat-days, reason
    Phrase<Count> lacking_for_nothing_else;                // seat-days

    // ---- billed_before_payment
    Plural<Count, Word, Word> invoice_is_open;  // seats, invoice, day of issue
    Phrase<Word, Word> began_with_payment;      // lot, day of payment

    // ---- not_delivered_in_48h: order, day of request, day on which it was due …
    Phrase<Count, Word, Word> order_is_open;
    Phrase<Count, Word, Word, Word> order_is_unpaid;      // … invoice
    Phrase<Count, Word, Word, Word, Word> order_is_late;  // … lot, day of payment

    // ---- billed_after_revocation, billed_after_expiry
    Phrase<Count, Word, Word> license_credited;  // license, invoice, day
    Phrase<Count, Word, Word> license_reversed;
    Phrase<Word, Word> seats_credited;  // invoice, day
    Phrase<Word, Word> seats_reversed;
    Phrase<Word, Word> expired;     // lot, last day
    Phrase<Word> expired_some_day;  // lot

    // ---- billed_after_unbind
    Phrase<Word, Word> left_last_queue;         // person, day
    Phrase<Word, Word, Word> left_named_queue;  // person, queue, day
    Phrase<> somebody_left;
    Phrase<Count, Word, Word> taken;  // license, person, day
    Phrase<> taken_from_somebody;

    // ---- still_in_queue: person, day since which they have no license, place, day since which they have that, product
    Phrase<Word, Word, Word, Word, Word> still_in_queue;
    Plural<Word, Word, Word, Word, Word, Count> still_in_queue_with_others;  // … by others: how many

    // ---- term_shortened, by days of the line
    // Billed, its days, lot, days of the term, and which, money.
    Plural<Word, Count, Word, Word, Word, Word> term_shortened;
    Plural<Word, Count, Word, Word> term_shortened_from_longer;  // billed, its days, lot, money

    // ---- wrong_quantity
    Plural<Count, Word, Word, Word> too_few;  // seats, product, days, billed
    Phrase<Word, Count> gives_back_too_much;  // billed, seat-days
    Counted too_many;                         // seats

    // ---- wrong_price
    Phrase<Word, Word, Word> wrong_price;  // billed, which price was in force, which one was billed
    struct InForce {
        Phrase<Word> alone;                             // price
        Phrase<Word, Count> of_version;                 // price, event
        Phrase<Word, Word> copied;                      // price, invoice
        Phrase<Word, Count, Word> copied_from_version;  // price, event, invoice
        Phrase<> unknown;
    };
    InForce in_force;
    struct BilledPrice {
        Phrase<Word> alone;                    // price
        Phrase<Word, Count, Word> of_version;  // price, event, its day
        Phrase<> implied;
        Phrase<Count, Word> implied_of_version;  // event, its day
    };
    BilledPrice billed_price;

    // ---- correct
    Phrase<Word, Word> correct;                    // billed, money
    Phrase<Count> netted;                          // line
    Phrase<Word> gives_back;                       // billed
    Plural<Word, Word, Word> true_up;              // by the lot's seats: billed, lot, day of payment
    Phrase<Word, Count, Word, Word> unbound_from;  // billed, license, person, day
    Phrase<Word, Count> bound_to_nobody;           // billed, license
    Phrase<Word, Word> amount_does_not_follow;     // money, money that would follow

    // ---- not_billed: … money that would have been due
    Plural<Count, Count, Word, Word, Word, Word> license_not_billed;  // days, license, product, person, days, money
    Plural<Count, Word, Word, Word, Word> person_not_billed;          // days, person, product, days, money
    Plural<Count, Word, Word, Word, Word> lot_not_billed;             // seats, product, invoice, days, money
    Plural<Count, Word, Word, Word, Word> seat_days_not_billed;       // seat-days, product, days, seats a day, money
    Counted up_to_a_day;                                              // seats

    // ---- What follows sentences about amounts.
    Phrase<Word> rounded_otherwise;  // codes
    Phrase<Word> counted_otherwise;  // codes
    Phrase<Word> differs_by;         // money

    // ---- Labels, in the order of the enumerations.
    std::array<Label, verdicts_count> verdict_labels;
    std::array<Label, 4> arithmetic_labels;
    std::array<Label, 2> state_labels;
    std::array<Label, roundings.size()> rounding_labels;
    std::array<Label, day_counts.size()> day_count_labels;
};

extern const VerdictPhrases english_verdicts;
extern const VerdictPhrases russian_verdicts;
extern const VerdictPhrases portuguese_verdicts;

// English for a language that this version does not know. Valid for the life of the process. Any thread.
[[nodiscard]] const VerdictPhrases& verdict_phrases(schema::Language language);

}  // namespace seatledger::billing
