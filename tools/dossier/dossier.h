// What a dossier says about a disputed line of a bill: everything that dossier.json and dossier.html are written from.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "events/calendar.h"
#include "events/ids.h"
#include "events/instant.h"
#include "events/types.capnp.h"
#include "projections/billing/bill_line.h"
#include "projections/billing/price_book.h"
#include "projections/billing/verdict.h"

namespace seatledger {

// Names are as events and rows have them; days are civil days of the account's time zone. Texts that were erased are
// absent.
struct Dossier {
    schema::Language language = schema::Language::EN;

    // ---- The log, as far as the dossier goes: up to its newest event about the dispute.
    struct Log {
        std::string origin;
        std::uint64_t size = 0;    // events
        std::string root;          // base64
        std::string verifier_key;  // by which the checkpoint is signed
        Instant time;              // at which its newest event took effect: what falls due by then has fallen due
    };
    Log log;

    struct Account {
        std::string id;
        std::string name;
        std::string time_zone;
        std::string currency;
    };
    Account account;

    // ---- The dispute.
    // That somebody said something about it.
    struct Said {
        Sequence sequence;
        Instant effective_at;
        std::string who;  // vendor, or an address; empty: erased
        std::optional<std::string> text;
        std::string sha256;   // of a file that is kept elsewhere; empty: none
        std::string verdict;  // the word of whoever resolved it; empty: it is no verdict
    };
    struct Dispute {
        std::uint32_t number = 0;
        std::optional<std::uint32_t> first;  // the dispute by which the same line was disputed first
        std::vector<Said> said;              // the claim, then evidence and verdict, in order
        bool is_resolved = false;
    };
    Dispute dispute;

    // ---- The line as it was received.
    struct Line {
        std::string invoice;                        // of the ledger's; empty: it is not said which
        std::optional<std::uint32_t> invoice_line;  // of it, from 1
        // Of the vendor's bill; sha256 empty: what is disputed is the invoice's line alone.
        std::string sha256;
        std::uint32_t row = 0;
        std::optional<std::string> text;
        std::string date;                         // of the bill; empty: not said
        std::string layout;                       // JSON: how the text is read (tools/bills/declared_layout.h)
        std::optional<std::uint64_t> bill_lines;  // of the whole bill, if it lies in the dossier: that can be read
        // What is read there; absent where the text was erased, or where it cannot be read: then why.
        std::optional<billing::BillLine> read;
        std::string unread;
    };
    Line line;

    // ---- What the ledger says.
    struct Judgement {
        billing::LineVerdict verdict;
        std::string message;  // in the dossier's language
    };
    billing::PriceBook price_book;
    std::optional<Judgement> judgement;  // absent where the line cannot be read
    struct OtherRule {
        billing::PriceBook price_book;
        billing::LineVerdict verdict;
    };
    std::vector<OtherRule> other_rules;  // every other way to round and to count ends, in the order of price_book.h

    // ---- Day by day: those of the line, and those before and behind it that fill whole months.
    struct Day {
        CivilDay day;
        bool is_billed = false;    // the line charges for it
        billing::Decimal billed;   // seats that it charges for; 0 where it does not
        std::int64_t covered = 0;  // those of them that the ledger has, by the verdict
        // Of the product on that day; where the line names a license or a person: of it, or of them.
        // Absent: it decides nothing and was not looked at, or the day had not come.
        std::optional<std::uint64_t> bought;
        std::optional<std::uint64_t> bound;
        std::optional<std::uint64_t> in_queues;
        std::optional<std::uint64_t> entitled;  // of these, what the product's billing basis bills
        std::vector<Sequence> events;           // that took effect on it, of those below
    };
    std::vector<Day> calendar;

    // ---- Every event from which this follows, in order.
    struct Event {
        Sequence sequence;
        std::string name;  // licenseBound
        Instant recorded_at;
        Instant effective_at;
        std::string actor;  // vendor, ledger or an address; empty: erased
        bool via_vendor = false;
        std::string request_id;    // empty: none
        Sequence corrects;         // 0: none
        std::string json;          // as history prints it
        std::string body;          // what stands under its name there: an object
        bool is_decisive = false;  // the verdict names it
        std::string entry_file;    // its bytes
        std::string proof_file;    // that they are in the log
    };
    std::vector<Event> events;

    // ---- What is not known, or rests on less than it seems.
    enum class GapKind : std::uint8_t {
        no_event_in_period,  // no event about these seats took effect on the line's days
        imported_history,    // `sequences`: what was taken over from elsewhere when the account was opened, and until
                             // when
        recorded_late,       // `sequences`: recorded more than a day after they took effect
        days_ahead,          // `days`: of the line, that had not come at the log's time
        text_erased,         // the claim, the line's text or an address was erased
        line_unread,         // there is no verdict: Line::unread says why
        judged_alone,        // of the bill only this line is known: what other lines charge or give back is not
        layout_declared,     // how the line is read was said by whoever built the dossier, not in the dispute
        events_chosen,  // that these events are in the log is proved; that no other one matters is shown by all of it
    };
    struct Gap {
        GapKind kind = GapKind::events_chosen;
        std::optional<billing::DayPeriod> days;
        std::vector<Sequence> sequences;  // sorted; the first 20
        std::uint64_t count = 0;          // of them all
    };
    std::vector<Gap> gaps;

    // ---- What is proposed; whoever applies it is a person.
    struct Remedy {
        enum class Kind : std::uint8_t {
            none,    // the line stands
            done,    // what is at issue has been credited
            credit,  // `amount` is to be credited: by `command`, if the line is of an invoice of the ledger's
            billed_too_little,  // `amount` was not billed
            undecided,          // there is no verdict
        };
        Kind kind = Kind::undecided;
        billing::Decimal amount;  // without what has been credited
        std::string command;      // JSON, ready for submit; empty: none
        // Why there is none for a credit.
        enum class NoCommand : std::uint8_t {
            there_is_one,
            invoice_unknown,
            invoice_not_paid,
            too_little_left,     // of the invoice's line
            credited_otherwise,  // something, which may have been for the same
            too_fine,            // finer than the currency's minor unit
        };
        NoCommand no_command = NoCommand::there_is_one;
        std::vector<Sequence> credited_by;  // credits that name the dispute, as of the log's size
        billing::Decimal credited;
        std::string credited_in;  // the currency of that and of what was credited otherwise; empty: nothing was
        // Of the ledger's invoice that the line is of, if it is known: what was credited otherwise.
        std::string invoice;
        std::uint32_t invoice_line = 0;
        std::vector<Sequence> credited_otherwise_by;
        billing::Decimal credited_otherwise;
    };
    Remedy remedy;
};

}  // namespace seatledger
