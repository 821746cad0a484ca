// The words of dossier.html: a table a language. What is missing in one does not compile. Numbers stand behind a colon,
// so that no language needs plural forms; dates, instants and amounts are the same in all.
#pragma once

#include <array>
#include <string_view>

#include "events/phrase.h"
#include "events/types.capnp.h"

namespace seatledger {

// Texts are plain: no markup, and none of the characters that would have to be escaped.
struct DossierPhrases {
    Phrase<> language_tag;             // BCP 47
    std::array<Phrase<>, 12> months;   // standing alone
    std::array<Phrase<>, 7> weekdays;  // short, from Monday on
    Phrase<Word, Word> month;          // month, year

    Phrase<> kind_of_document;
    Phrase<Word> title;                 // number
    Phrase<Word, Word> document_title;  // number, account
    Phrase<> contents;
    std::array<Phrase<>, 9> sections;
    Phrase<> erased;
    Phrase<> not_said;
    Phrase<> field, value;  // heads of tables of fields

    // 1. The summary, and the log.
    Phrase<> account, currency, open, resolved, disputed_first;
    Phrase<> billed_amount, explained, at_issue, conceded;
    Phrase<Word, Word, Word, Word> summary;             // billed, explained, at issue, conceded
    Phrase<Word, Word, Word, Word> summary_too_little;  // the same, at issue without its minus
    Phrase<Word> summary_unread;                        // why
    Phrase<> verdict, set_aside;
    Phrase<> log, log_origin, log_size, log_root, log_key, log_time;
    Phrase<> how_to_verify, verify_key;

    // 2. The line.
    Phrase<> only_invoice_line, invoice, invoice_line, file_sha256, file_row, bill_date, raw_text, raw_note, layout;
    Phrase<> bill_file;
    Phrase<Word> whole_bill;  // how many lines
    Phrase<> read_caption, line_kind, sku, bill_sku, bill_invoice, license, person, period, billed_in, quantity,
        unit_price, amount, tax, line_id, line_corrects, description, line_number;
    Phrase<Word, Word, Word> days;  // first, last, how many
    std::array<Phrase<>, 5> line_kinds;
    Phrase<Word> unread;  // why
    Phrase<> layout_not_said;
    Phrase<Word, Word> too_many_days;  // how many, how many at most

    // 3. What was said.
    Phrase<> claim, evidence, resolution, not_resolved, by_whom, when, text, file_elsewhere, decision, event;

    // 4. Verdict and arithmetic.
    Phrase<> no_verdict, amounts_caption, judged_caption, arithmetic, rounding, day_count, term_end, difference,
        of_line, seat_days_billed, seat_days_covered, price_in_force, price_since, price_copied, billed_price_of,
        because, and_more;
    Phrase<> deficits_caption, reason, seat_days, seats_most;
    Phrase<> rules_caption, rules_note, applied, end_counted, end_not_counted;

    // 5. The calendar.
    Phrase<Word> calendar_note;  // time zone
    Phrase<> legend, event_mark;
    std::array<Phrase<>, 5> day_states;  // as DayState of calendar_picture.h
    Phrase<> day_table_caption, day_table_note, day, day_number, state, billed, covered, entitled, bought, bound,
        in_queues, events_of_day, no_days, no_days_read;

    // 6. Events.
    Phrase<Word, Word> events_note;  // how many, how many of them decisive
    Phrase<> effective_at, recorded_at;
    Phrase<Word> civil_day;
    Phrase<> actor, via_vendor, request_id, corrects, decisive;

    // 7. What is not known.
    Phrase<> no_event_in_period;
    Phrase<Word> imported_history, recorded_late;  // how many events
    Phrase<Word> days_ahead;                       // days
    Phrase<> text_erased;
    Phrase<Word> line_unread;  // why
    Phrase<> judged_alone, layout_declared, events_chosen, no_gaps;
    Phrase<Word> gap_events;  // links
    Phrase<Word> more;        // how many that are not listed

    // 8. The remedy.
    Phrase<> remedy_none, remedy_none_alone;
    Phrase<Word> remedy_resolved;  // the decision
    Phrase<> remedy_done;
    Phrase<Word> remedy_credit, remedy_too_little;  // amount
    Phrase<> remedy_undecided, command;
    std::array<Phrase<>, 5> no_command;                 // as Dossier::Remedy::NoCommand, without the first
    Phrase<Word, Word, Word, Word> credited_otherwise;  // line, invoice, amount, links
    Phrase<> a_person_applies;
    Phrase<Word, Word> credited;  // amount, links

    // 9. What it proves.
    Phrase<> proves, proves_not;
    std::array<Phrase<>, 4> proofs;
    std::array<Phrase<>, 6> no_proofs;
};

// Valid for the life of the process. Any thread.
[[nodiscard]] const DossierPhrases& dossier_phrases(schema::Language language);

extern const DossierPhrases dossier_english;
extern const DossierPhrases dossier_russian;
extern const DossierPhrases dossier_portuguese;

// What happened, in a word or a few, by an event's name in JSON; empty for a name that is none.
[[nodiscard]] std::string_view event_label(std::string_view name, schema::Language language);

}  // namespace seatledger
