#include "tools/dossier/dossier_phrases.h"

namespace seatledger {

constexpr DossierPhrases dossier_english = {
    .language_tag = "en",
    .months = {"January", "February", "March", "April", "May", "June", "July", "August", "September", "October",
               "November", "December"},
    .weekdays = {"Mo", "Tu", "We", "Th", "Fr", "Sa", "Su"},
    .month = "{0} {1}",

    .kind_of_document = "Dossier on a disputed line of a bill",
    .title = "Dispute {0}",
    .document_title = "Dispute {0} – {1}",
    .contents = "Contents",
    .sections = {"Summary", "The line as it was received", "Claim, evidence, resolution", "Verdict and arithmetic",
                 "Calendar", "Events", "What is not known", "Proposed remedy",
                 "What this proves, and what it does not"},
    .erased = "erased",
    .not_said = "not said",
    .field = "Field",
    .value = "Value",

    .account = "Account",
    .currency = "Currency",
    .open = "open",
    .resolved = "resolved",
    .disputed_first = "First disputed as",
    .billed_amount = "Billed",
    .explained = "Explained by the ledger",
    .at_issue = "At issue",
    .conceded = "Conceded",
    .summary =
        "The line charges {0}. The ledger explains {1} of what was billed; {2} is at issue, and {3} is conceded.",
    .summary_too_little =
        "The line charges {0}. By the ledger {1} is due, which is {2} more than was billed; all of {3} is conceded.",
    .summary_unread = "There is no verdict, because the line cannot be judged: {0}",
    .verdict = "Verdict",
    .set_aside = "set aside: carried, not judged",
    .log = "The log, and how to check this dossier",
    .log_origin = "Origin",
    .log_size = "Size, in events",
    .log_root = "Root hash",
    .log_key = "Verifier key",
    .log_time = "Newest event took effect",
    .how_to_verify =
        "Nobody has to be trusted for this. In the folder of the dossier, the following command checks the signature "
        "of the checkpoint and the proof of every event, recomputes all that is said here from the events, and "
        "compares this page and dossier.json byte by byte:",
    .verify_key = "Obtain the key from whoever runs the log, not from this page: a forger would print their own.",

    .only_invoice_line = "The disputed line is one of an invoice in the ledger; no line of another bill was quoted.",
    .invoice = "Invoice in the ledger",
    .invoice_line = "Line of the invoice",
    .file_sha256 = "SHA-256 of the bill’s file",
    .file_row = "Row in the file",
    .bill_date = "Date of the bill",
    .raw_text = "Text of the line",
    .raw_note = "Characters that cannot be seen or that change the direction of the text are shown by their code.",
    .layout = "How it is read",
    .bill_file = "The bill",
    .whole_bill =
        "lies beside this page as a whole (lines that can be read: {0}); the line was judged among its others",
    .read_caption = "The line as it was read",
    .line_kind = "Kind",
    .sku = "Product (SKU) in the ledger",
    .bill_sku = "Product in the bill",
    .bill_invoice = "Invoice named by the bill",
    .license = "License",
    .person = "Person",
    .period = "Days charged for",
    .billed_in = "Billing period",
    .quantity = "Seats",
    .unit_price = "Price of a seat",
    .amount = "Amount, without tax",
    .tax = "Tax",
    .line_id = "Identifier",
    .line_corrects = "Corrects",
    .description = "Description",
    .line_number = "Line of the file",
    .days = "{0} to {1}, both included (days: {2})",
    .line_kinds = {"charge for seats over a period", "correction of another line", "credit", "tax", "other"},
    .unread = "It could not be read: {0}",
    .layout_not_said = "how the line is written was not said, neither in the dispute nor by whoever made this dossier",
    .too_many_days = "it is for {0} days, and a dossier has {1} at most",

    .claim = "Claim",
    .evidence = "Evidence",
    .resolution = "Resolution",
    .not_resolved = "The dispute has not been resolved.",
    .by_whom = "By",
    .when = "When",
    .text = "Text",
    .file_elsewhere = "SHA-256 of a file kept elsewhere",
    .decision = "Decision",
    .event = "Event",

    .no_verdict = "There is no verdict.",
    .amounts_caption = "Amounts",
    .judged_caption = "How the line is judged",
    .arithmetic = "Arithmetic",
    .rounding = "Rounding",
    .day_count = "Count of days that gives the amount",
    .term_end = "The day on which a term ends",
    .difference = "Differs from its own seats, days and price by",
    .of_line = "Goes with line",
    .seat_days_billed = "Seat-days billed",
    .seat_days_covered = "Seat-days in the ledger",
    .price_in_force = "Price of a seat in force",
    .price_since = "In force since event",
    .price_copied = "Copied into the invoice by event",
    .billed_price_of = "The billed price is that of event",
    .because = "Events that decide it",
    .and_more = "and more",
    .deficits_caption = "Seat-days billed that the ledger does not have",
    .reason = "Reason",
    .seat_days = "Seat-days",
    .seats_most = "Seats, at most on one day",
    .rules_caption = "The same line under every rule",
    .rules_note = "Contracts differ in how they round and in whether the day on which a term ends is one of its days.",
    .applied = "applied here",
    .end_counted = "counted",
    .end_not_counted = "not counted",

    .calendar_note = "Days are civil days in the time zone {0}.",
    .legend = "Legend",
    .event_mark = "at least one event took effect",
    .day_states = {"neither billed nor due", "billed, and covered by the ledger", "billed, covered in part",
                   "billed, not covered by the ledger", "not billed by this line, though due"},
    .day_table_caption = "Day by day, in seats",
    .day_table_note =
        "Billed: what the line charges for. Covered: what of that the ledger has, by the verdict. Bought, bound to "
        "users, in queues: what the ledger has on that day; where the line names a license or a person, of that one "
        "alone. Due: what of these is billed for this product. A dash: it decides nothing here and was not looked at, "
        "or "
        "the day had not come.",
    .day = "Days",
    .day_number = "How many",
    .state = "State",
    .billed = "Billed",
    .covered = "Covered",
    .entitled = "Due",
    .bought = "Bought",
    .bound = "Bound",
    .in_queues = "In queues",
    .events_of_day = "Events",
    .no_days = "The line has no days that it charges for.",
    .no_days_read = "The line could not be read, so there is no calendar.",

    .events_note =
        "Everything above follows from these events (in all: {0}; named by the verdict: {1}). Fields are called what "
        "they are called in the log. Times are UTC. A dash stands for what is absent or was erased.",
    .effective_at = "Took effect",
    .recorded_at = "Recorded",
    .civil_day = "civil day {0}",
    .actor = "Actor",
    .via_vendor = "sent by the vendor in their name",
    .request_id = "Request",
    .corrects = "Corrects event",
    .decisive = "decisive",

    .no_event_in_period =
        "No event about these seats took effect on the days of the line: what is said of those days follows from "
        "earlier events alone.",
    .imported_history =
        "Part of the history was taken over from elsewhere when the account was opened (events: {0}). The log proves "
        "what was taken over, not that it was true.",
    .recorded_late =
        "Some events were recorded more than a day after they took effect (events: {0}). Until they were recorded "
        "the ledger said otherwise.",
    .days_ahead =
        "Some days of the line were still to come at the time of the log: {0}. What happens on them may change "
        "the verdict.",
    .text_erased =
        "Texts or addresses are missing: they were erased at the request of the person whom they concern, or left out "
        "by whoever made this dossier. That there was such an event is shown all the same.",
    .line_unread = "The line could not be judged, so there is no verdict: {0}",
    .judged_alone =
        "Of the bill only this line is known. Whether another of its lines charges for the same seats, or gives them "
        "back, has not been checked.",
    .layout_declared =
        "How the text of the line is to be read was said by whoever made this dossier, not in the dispute.",
    .events_chosen =
        "It is proved that these events are in the log. That no other event matters follows only from the whole log.",
    .no_gaps = "Nothing is known to be missing.",
    .gap_events = "Events: {0}",
    .more = "and others: {0}",

    .remedy_none = "None: the line stands.",
    .remedy_none_alone =
        "By itself the line agrees with the ledger. Whether another line of the bill charges for the same "
        "seats has not been checked.",
    .remedy_resolved = "The dispute has been resolved ({0}). What follows is the arithmetic alone.",
    .remedy_done = "Nothing more: what is at issue has been credited.",
    .remedy_credit = "A credit of {0}.",
    .remedy_too_little = "None for the customer: {0} was not billed.",
    .remedy_undecided = "None yet: there is no verdict. A person has to look at the line.",
    .command = "The command for it, for seatledger submit:",
    .no_command = {"There is no command for it: it is not known of which invoice in the ledger the line is.",
                   "There is no command for it: the invoice in the ledger has not been paid, or is no longer.",
                   "There is no command for it: less than this is left of the invoice's line.",
                   "There is no command for it: a person must see first whether this has been credited already.",
                   "There is no command for it: the amount is finer than the currency\u2019s smallest unit."},
    .credited_otherwise =
        "Line {0} of invoice {1} has already been credited {2}, not in the name of this dispute (events: "
        "{3}).",
    .a_person_applies = "This is a proposal. Nothing happens by itself: a person must apply it, in their own name.",
    .credited = "Credited so far in the name of this dispute: {0} (events: {1}).",

    .proves = "What it proves",
    .proves_not = "What it does not prove",
    .proofs = {"Every event cited here is in the log named above, byte for byte, and whoever holds the key signed "
               "that log.",
               "None of these events can be changed, removed or put in another order without the root hash changing.",
               "The verdict and every number here follow from these events and from the line by fixed rules; anybody "
               "can compute them again.",
               "When, by its own clock, and in whose name the ledger recorded each event."},
    .no_proofs = {"That the quoted line is in the bill: compare it with the file that has the SHA-256.",
                  "That what was recorded is what happened outside the ledger.",
                  "That no other event of the log matters: that takes the whole log.",
                  "That everybody is shown the same log: compare the checkpoint with one obtained elsewhere.",
                  "That the rules used here are those of the contract.",
                  "A verdict of the ledger is arithmetic. It is not a decision of a court, nor of either side."},
};

}  // namespace seatledger
