#include "tools/dossier/dossier_parts.h"

#include <algorithm>
#include <set>

#include "events/event_name.h"
#include "events/people.h"
#include "events/text.h"
#include "server/json.h"
#include "tools/dossier/dossier_files.h"

namespace seatledger {
namespace {

constexpr std::int64_t day_micros = std::int64_t{24} * 3600 * 1'000'000;
constexpr std::size_t gap_sequences_max = 20;

EventTexts texts_of(const DossierFacts& facts, const ProvedEvent& of) {
    return {[&facts, &of](UserId user) { return facts.address(user, of.sequence); },
            [&of](capnp::Data::Reader box) { return of.text_of(box); }};
}

Dossier::Said said_by(const DossierFacts& facts, const ProvedEvent& of, std::optional<std::string_view> text) {
    Dossier::Said said;
    said.sequence = of.sequence;
    said.effective_at = Instant{of.event().getEffectiveAt()};
    said.who = event_actor(of.event(), texts_of(facts, of)).value_or("");
    if (text) said.text = *text;
    return said;
}

// What was noted in an event about the dispute; one without a note says nothing, which is no erasure.
std::optional<std::string_view> note_in(const ProvedEvent& of, bool has_note, capnp::Data::Reader note) {
    return has_note ? of.text_of(note) : std::optional<std::string_view>("");
}

Dossier::Gap gap_of(Dossier::GapKind kind, const std::vector<Sequence>& sequences = {}) {
    Dossier::Gap gap;
    gap.kind = kind;
    gap.count = sequences.size();
    gap.sequences.assign(sequences.begin(), sequences.begin() + static_cast<std::ptrdiff_t>(
                                                                    std::min(sequences.size(), gap_sequences_max)));
    return gap;
}

// What took over the account's past from elsewhere.
std::vector<Sequence> imported(const DossierFacts& facts) {
    std::vector<Sequence> sequences;
    if (!facts.account().getImporting()) return sequences;
    for (const auto& of : facts.events.all()) {
        if (!of.event().hasAccount()) continue;
        if (of.event().isImportEnded()) break;
        sequences.push_back(of.sequence);
    }
    return sequences;
}

// What the ledger caught up with itself follows from its rules, and was reported by nobody.
bool is_late(schema::Event::Reader event) {
    return event.getPrincipal() != schema::Event::Principal::LEDGER &&
           event.getRecordedAt() - event.getEffectiveAt() > day_micros;
}

bool has_erased(const DossierFacts& facts, const Dossier& dossier) {
    const auto is_text_gone = [](const Dossier::Said& said) { return !said.text || said.who.empty(); };
    if (std::ranges::any_of(dossier.dispute.said, is_text_gone)) return true;
    if (!dossier.line.sha256.empty() && !dossier.line.text) return true;
    return std::ranges::any_of(facts.events.all(), [&](const ProvedEvent& of) {
        bool is_gone = false;
        for_each_person(of.event(), [&](UserId user) {
            // Of the event by which somebody came no address stands before it.
            is_gone = is_gone || (!facts.address(user, of.sequence.next()) && !facts.address(user, of.sequence));
        });
        return is_gone;
    });
}

}  // namespace

bool is_about_seats(schema::Event::Reader event) {
    switch (event.which()) {
        case schema::Event::PRODUCT_DEFINED:
        case schema::Event::PRODUCT_CHANGED:
        case schema::Event::PRODUCT_RETIRED:
        case schema::Event::INVOICE_ISSUED:
        case schema::Event::INVOICE_PAID:
        case schema::Event::INVOICE_VOIDED:
        case schema::Event::INVOICE_CREDITED:
        case schema::Event::PAYMENT_REVERSED:
        case schema::Event::LICENSES_ISSUED:
        case schema::Event::LICENSES_EXPIRED:
        case schema::Event::LICENSES_REVOKED:
        case schema::Event::LICENSE_BOUND:
        case schema::Event::LICENSE_UNBOUND:
        case schema::Event::QUEUE_CREATED:
        case schema::Event::QUEUE_DELETED:
        case schema::Event::QUEUE_MEMBER_ADDED:
        case schema::Event::QUEUE_MEMBER_REMOVED:
        case schema::Event::LICENSES_REQUESTED:
        case schema::Event::ORDER_OVERDUE:
        case schema::Event::ORDER_FULFILLED:
        case schema::Event::ORDER_CANCELLED:
        case schema::Event::USER_REMOVED: return true;
        default: return false;
    }
}

void add_said(const DossierFacts& facts, Dossier& dossier) {
    auto& dispute = dossier.dispute;
    dispute.number = facts.inputs.dispute;
    if (facts.dispute().getFirst() != 0) dispute.first = facts.dispute().getFirst();
    for (const auto& of : facts.events.all()) {
        const auto event = of.event();
        if (!is_about_dispute(event, dispute.number)) continue;
        if (event.isDisputeOpened()) {
            dispute.said.push_back(said_by(facts, of, of.text_of(event.getDisputeOpened().getClaim())));
        } else if (event.isEvidenceAdded()) {
            const auto body = event.getEvidenceAdded();
            auto& said = dispute.said.emplace_back(said_by(facts, of, note_in(of, body.hasNote(), body.getNote())));
            if (body.hasSha256()) said.sha256 = view(body.getSha256());
        } else if (event.isDisputeResolved()) {
            const auto body = event.getDisputeResolved();
            auto& said = dispute.said.emplace_back(said_by(facts, of, note_in(of, body.hasNote(), body.getNote())));
            said.verdict = view(body.getVerdict());
            dispute.is_resolved = true;
        }
    }
}

void add_events(const DossierFacts& facts, Dossier& dossier) {
    std::set<Sequence> decisive;
    if (dossier.judgement) {
        const auto& because = dossier.judgement->verdict.because;
        decisive.insert(because.begin(), because.end());
    }
    for (const auto& of : facts.events.all()) {
        const auto event = of.event();
        const auto texts = texts_of(facts, of);
        auto& added = dossier.events.emplace_back();
        added.sequence = of.sequence;
        added.name = event_name(event);
        added.recorded_at = Instant{event.getRecordedAt()};
        added.effective_at = Instant{event.getEffectiveAt()};
        added.actor = event_actor(event, texts).value_or("");
        added.via_vendor = event.getViaVendor();
        if (event.hasRequestId()) added.request_id = view(event.getRequestId());
        added.corrects = Sequence(event.getCorrects());
        write_event(event, texts, added.json);
        write_event_body(event, texts, added.body);
        added.is_decisive = decisive.contains(of.sequence);
        added.entry_file = entry_file(of.sequence);
        added.proof_file = proof_file(of.sequence);
        if (dossier.calendar.empty() || !is_about_seats(event)) continue;
        const auto index = civil_day(added.effective_at, facts.zone()).number - dossier.calendar.front().day.number;
        if (index < 0 || index >= static_cast<std::int64_t>(dossier.calendar.size())) continue;
        dossier.calendar[static_cast<std::size_t>(index)].events.push_back(of.sequence);
    }
}

void add_gaps(const DossierFacts& facts, Dossier& dossier) {
    using Kind = Dossier::GapKind;
    const auto add = [&](Kind kind, const std::vector<Sequence>& sequences = {}) {
        dossier.gaps.push_back(gap_of(kind, sequences));
    };
    if (const auto& read = dossier.line.read; read && read->period.days() > 0) {
        const auto has_event = [&](const Dossier::Day& day) {
            return read->period.begin <= day.day && day.day < read->period.end && !day.events.empty();
        };
        if (std::ranges::none_of(dossier.calendar, has_event)) add(Kind::no_event_in_period);
    }
    const auto taken_over = imported(facts);
    if (!taken_over.empty()) add(Kind::imported_history, taken_over);
    std::vector<Sequence> late;
    for (const auto& of : facts.events.all()) {
        if (is_late(of.event()) && !std::ranges::binary_search(taken_over, of.sequence)) late.push_back(of.sequence);
    }
    if (!late.empty()) add(Kind::recorded_late, late);
    if (const auto& read = dossier.line.read; read && read->period.days() > 0) {
        const CivilDay tomorrow{civil_day(facts.time(), facts.zone()).number + 1};
        if (read->period.end > tomorrow) {
            add(Kind::days_ahead);
            dossier.gaps.back().days = billing::DayPeriod{std::max(tomorrow, read->period.begin), read->period.end};
        }
    }
    if (has_erased(facts, dossier)) add(Kind::text_erased);
    if (!dossier.line.read) add(Kind::line_unread);
    if (!dossier.line.sha256.empty()) {
        if (dossier.line.read && !dossier.line.bill_lines) add(Kind::judged_alone);
        if (!facts.inputs.layout.empty()) add(Kind::layout_declared);
    }
    add(Kind::events_chosen);
}

}  // namespace seatledger
