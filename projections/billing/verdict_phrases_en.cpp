#include "projections/billing/verdict_phrases.h"

namespace seatledger::billing {
namespace {

// 1 seat; 10 seats, 0.5 seats.
PluralForm quantity_form(Decimal quantity) {
    return quantity.scale == 0 && quantity.units == 1 ? PluralForm::one : PluralForm::many;
}

}  // namespace

constinit const VerdictPhrases english_verdicts = {
    .plural_form = one_or_many,
    .quantity_form = quantity_form,

    .quoted = "\"{0}\"",
    .money = "{0} {1}",
    .unknown_day = "an unknown day",
    .numbered_person = "person {0}",
    .on_day = "on {0}",
    .from_to = "from {0} to {1}",
    .day_count = {"{0} day", "{0} days"},
    .lot = {"{0} seat of invoice {1}", "{0} seats of invoice {1}"},
    .license_seat = "license {0}",
    .person_seat = "the seat of {0}",
    .billed_seats = {"{0} seat of {1} {2}", "{0} seats of {1} {2}"},
    .billed_seats_of = {"{0} seat of {1} {2} ({3})", "{0} seats of {1} {2} ({3})"},
    .queue = {.call = "call queue {0}", .outbound = "outbound queue {0}", .inbox = "inbox queue {0}"},
    .as_agent = {.call = "an agent of call queue {0}",
                 .outbound = "an agent of outbound queue {0}",
                 .inbox = "an agent of inbox queue {0}"},
    .as_supervisor = {.call = "a supervisor of call queue {0}",
                      .outbound = "a supervisor of outbound queue {0}",
                      .inbox = "a supervisor of inbox queue {0}"},
    .in_a_queue = "in a queue",

    .set_aside =
        {
            .tax = "{0} carried and not judged: it is tax.",
            .credit =
                "{0} carried and not judged: it is a credit that the vendor grants, and not for seats of a period.",
            .foreign_currency = "{0} carried and not judged: the account is billed in another currency.",
            .no_days = "{0} carried and not judged: the line has no days that it charges for.",
            .no_quantity = "{0} carried and not judged: the line has an amount, but no seats.",
            .no_quantity_correcting =
                "{0} carried and not judged: the line has an amount, but no seats; it corrects line {1}.",
            .other = "{0} carried and not judged: it is not for seats.",
        },

    .unknown_sku = "The ledger has no product {0}.",
    .nothing_of_account = "The account never had anything of {0}: no invoice, no order, no license.",
    .nothing_of_account_in_queues =
        "The account never had anything of {0}: no invoice, no order, no license, and "
        "nobody was ever in a queue.",
    .unknown_invoice = "The ledger has no invoice {0}.",
    .invoice_without_sku = "Invoice {0} has no line for {1}.",

    .unknown_license = "The account has no license {0}.",
    .license_of_other_sku = "License {0} is of another product than {1}.",
    .unknown_person = "Nobody of the account is known as {0}.",
    .license_of_membership = "{0} is billed for people in queues, and a license says nothing of them.",
    .never_in_queue = "{0} was never in a queue.",
    .never_had_license = "{0} never had a license of {1}.",

    .duplicate =
        "This is line {0} once more, {1} for the same amount, and the ledger has no further seats on these days.",

    .lacking = {"The bill has {0}: {1} seat-day, of which the ledger has {2} and lacks {3}.",
                "The bill has {0}: {1} seat-days, of which the ledger has {2} and lacks {3}."},
    .lacking_each = {"The bill has {0}: {1} seat-day, of which the ledger has {2} and lacks {3} ({4}).",
                     "The bill has {0}: {1} seat-days, of which the ledger has {2} and lacks {3} ({4})."},
    .lacking_for = "{0} {1}",
    .lacking_for_nothing_else = "{0} without any other reason",

    .invoice_is_open = {"Invoice {1} for {0} seat, issued on {2}, is not paid, and seats begin with their payment.",
                        "Invoice {1} for {0} seats, issued on {2}, is not paid, and seats begin with their payment."},
    .began_with_payment = "The term of {0} began on {1}, when its payment was recorded.",

    .order_is_open =
        "Order {0}, requested on {1}, was not fulfilled within 48 hours, by {2}, nor since: nothing was "
        "delivered.",
    .order_is_unpaid =
        "Order {0}, requested on {1}, was not fulfilled within 48 hours, by {2}; its invoice {3} is not "
        "paid, and nothing was delivered.",
    .order_is_late = "Order {0}, requested on {1}, was not fulfilled within 48 hours, by {2}; its {3} began on {4}.",

    .license_credited = "License {0} of invoice {1} was revoked on {2}, and credited.",
    .license_reversed = "License {0} of invoice {1} was revoked on {2}, when its payment was reversed.",
    .seats_credited = "Seats of invoice {0} were revoked on {1}, and credited.",
    .seats_reversed = "Seats of invoice {0} were revoked on {1}, when its payment was reversed.",
    .expired = "The term of {0} ended with {1}, and nothing renews by itself.",
    .expired_some_day = "The term of {0} ended, and nothing renews by itself.",

    .left_last_queue = "{0} left their last queue on {1}.",
    .left_named_queue = "{0} left their last queue, {1}, on {2}.",
    .somebody_left = "On days that were billed somebody was in no queue any more.",
    .taken = "License {0} was taken from {1} on {2}, and nobody had it on days that were billed.",
    .taken_from_somebody = "On days that were billed nobody had seats any more that somebody had before.",

    .still_in_queue =
        "{0} had no license from {1} on, but on days that were billed they were still {2}, since {3}, "
        "and whoever is in a queue is billed for {4}: a super admin or an admin of the account could "
        "have removed them, or the vendor.",
    .still_in_queue_with_others =
        {"{0} and {5} other had no license from {1} on, but on days that were billed {0} was still {2}, since {3}, and "
         "whoever is in a queue is billed for {4}: a super admin or an admin of the account could have removed them, "
         "or the vendor.",
         "{0} and {5} others had no license from {1} on, but on days that were billed {0} was still {2}, since {3}, "
         "and whoever is in a queue is billed for {4}: a super admin or an admin of the account could have removed "
         "them, or the vendor."},

    .term_shortened = {"The price of a whole term was billed for {0}, which is {1} day; the term of {2} is {3}, {4}, "
                       "so that {5} is for days that are missing.",
                       "The price of a whole term was billed for {0}, which are {1} days; the term of {2} is {3}, {4}, "
                       "so that {5} is for days that are missing."},
    .term_shortened_from_longer = {"The price of a whole term was billed for {0}, which is {1} day; the term of {2} is "
                                   "longer, so that {3} is for days that are missing.",
                                   "The price of a whole term was billed for {0}, which are {1} days; the term of {2} "
                                   "is longer, so that {3} is for days that are missing."},

    .too_few = {"The ledger has {0} seat of {1} more {2} than this line and those like it bill; this one has {3}.",
                "The ledger has {0} seats of {1} more {2} than this line and those like it bill; this one has {3}."},
    .gives_back_too_much =
        "The line gives back {0}, but on {1} of these seat-days the account had no such seats that "
        "could be given back.",
    .too_many = {"On at least one day the bill has {0} seat more than the ledger has left for this line.",
                 "On at least one day the bill has {0} seats more than the ledger has left for this line."},

    .wrong_price = "The days and seats are right ({0}), but the price is not: {1}; {2}.",
    .in_force =
        {
            .alone = "in force was {0} a seat for a term",
            .of_version = "in force was {0} a seat for a term, of the catalogue's version of event {1}",
            .copied = "in force was {0} a seat for a term, copied when invoice {1} was issued",
            .copied_from_version = "in force was {0} a seat for a term, of the catalogue's version of event {1}, "
                                   "copied when invoice {2} was issued",
            .unknown = "which one was in force is not known",
        },
    .billed_price =
        {
            .alone = "billed was {0}",
            .of_version = "billed was {0}, the price of event {1} of {2}",
            .implied = "the amount implies another one",
            .implied_of_version = "the amount implies another one, the price of event {0} of {1}",
        },

    .correct = "The ledger has {0}, at {1}.",
    .netted = "Netted with line {0}: one gives back what the other charges.",
    .gives_back = "The line gives back {0}, which the ledger has.",
    .true_up = {"The bill has {0}; {1} began on {2}, but its price was agreed for the whole period, until that same "
                "end.",
                "The bill has {0}; {1} began on {2}, but their price was agreed for the whole period, until that same "
                "end."},
    .unbound_from =
        "The bill has {0}; license {1} was unbound from {2} on {3}, but it is billed by purchase: the term "
        "runs whoever is bound; unbinding neither stops nor shortens it.",
    .bound_to_nobody =
        "The bill has {0}; nobody has license {1}, but it is billed by purchase: the term runs whoever "
        "is bound; unbinding neither stops nor shortens it.",
    .amount_does_not_follow =
        "The days, seats and price are right, but the amount of {0} does not follow from its own "
        "seats, days and price: those are {1}.",

    .license_not_billed = {"The ledger has license {1} of {2}, which {3} had, on {0} day, {4}, and no line of the bill "
                           "is for it: {5} would have been due.",
                           "The ledger has license {1} of {2}, which {3} had, on {0} days {4}, and no line of the "
                           "bill is for them: {5} would have been due."},
    .person_not_billed = {"The ledger has {1} in queues that are billed as {2} on {0} day, {3}, and no line of the "
                          "bill is for it: {4} would have been due.",
                          "The ledger has {1} in queues that are billed as {2} on {0} days {3}, and no line of the "
                          "bill is for them: {4} would have been due."},
    .lot_not_billed = {"The ledger has {0} seat of {1} of invoice {2}, {3}, and no line of the bill is for it: {4} "
                       "would have been due.",
                       "The ledger has {0} seats of {1} of invoice {2}, {3}, and no line of the bill is for them: {4} "
                       "would have been due."},
    .seat_days_not_billed = {"The ledger has {0} seat-day of {1} {2}, {3}, and no line of the bill is for it: {4} "
                             "would have been due.",
                             "The ledger has {0} seat-days of {1} {2}, {3}, and no line of the bill is for them: {4} "
                             "would have been due."},
    .up_to_a_day = {"up to {0} seat a day", "up to {0} seats a day"},

    .rounded_otherwise = "The amount is rounded another way: {0}.",
    .counted_otherwise = "The amount counts days another way: {0}.",
    .differs_by = "The amount differs by {0} from what these seats and days cost at the ledger's price.",

    .verdict_labels = {"not in the ledger", "unknown seat", "duplicate", "billed before payment",
                       "not delivered within 48 hours", "billed after revocation", "billed after expiry",
                       "billed after unbind", "still in a queue", "term shortened", "wrong quantity", "wrong price",
                       "correct", "not billed"},
    .arithmetic_labels = {"amount matches", "explained by rounding", "explained by the count of days",
                          "amount does not match"},
    .state_labels = {"judged", "carried, not judged"},
    .rounding_labels = {"the whole amount is rounded, once",
                        "one seat's amount is rounded, then multiplied by the seats",
                        "one seat's price of a day is rounded to 2 decimals",
                        "one seat's price of a day is rounded to 3 decimals, then its amount"},
    .day_count_labels = {"one day more is charged", "one day fewer is charged", "the term has one day more",
                         "the term has one day fewer", "one day more is charged, and the term has one more",
                         "one day fewer is charged, and the term has one fewer", "every month has 30 days",
                         "every year has 365 days, a month a twelfth of them", "all months of the term cost the same"},
};

}  // namespace seatledger::billing
