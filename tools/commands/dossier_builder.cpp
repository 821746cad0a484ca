#include "tools/commands/dossier_builder.h"

#include <kj/debug.h>

#include <algorithm>
#include <boost/json.hpp>
#include <cstring>

#include "engine/merkle/tlog_proof.h"
#include "events/people.h"
#include "events/text.h"
#include "server/json.h"
#include "tools/dossier/disputed_line.h"
#include "tools/dossier/dossier_facts.h"
#include "tools/dossier/dossier_json.h"
#include "tools/requests.h"

namespace seatledger {
namespace {

using Failed = std::unexpected<std::string>;

DossierEntry read_entry(Sequence sequence, schema::Evidence::Reader evidence, const std::string& checkpoint) {
    DossierEntry entry;
    entry.sequence = sequence;
    entry.bytes = view(evidence.getEntry());
    merkle::TlogProof proof{"", sequence.value - 1, {}, checkpoint};
    for (const auto hash : evidence.getProof()) {
        auto& to = proof.proof.emplace_back();
        KJ_REQUIRE(hash.size() == to.size(), "a hash of a proof has another size");
        std::memcpy(to.data(), hash.begin(), to.size());
    }
    entry.proof = merkle::format(proof);
    for (const auto opened : evidence.getOpened()) {
        auto& key = entry.keys.emplace_back();
        key.box = view(opened.getName());
        KJ_REQUIRE(opened.getKey().size() == secret_key_bytes, "the key of a box has another size");
        std::ranges::copy(opened.getKey(), key.key.bytes().begin());
    }
    // The order in which the server tells them says nothing.
    std::ranges::sort(entry.keys, {}, &BoxKey::box);
    return entry;
}

}  // namespace

DossierBuilder::DossierBuilder(Client& client, DossierWish wish, TellProgress progress)
    : client_(client), wish_(std::move(wish)), progress_(std::move(progress)) {
    inputs_.language = wish_.language;
    inputs_.price_book = wish_.price_book;
    inputs_.account = wish_.account;
    inputs_.dispute = wish_.dispute;
}

std::expected<DossierFolder, std::string> DossierBuilder::build() {
    if (auto done = find_dispute(); !done) return Failed(done.error());
    if (auto done = find_line(); !done) return Failed(done.error());
    if (auto done = read_history(); !done) return Failed(done.error());
    for (const auto reach : reaches) {
        const auto chosen = events_for(reach);
        auto made = make(chosen);
        if (!made && reach != reaches.back()) continue;
        if (!made) return Failed(made.error());
        const auto& dossier = made->dossier;
        const bool is_same =
            opinion_.has_value() == dossier.judgement.has_value() &&
            (!opinion_ || text_of({*dossier.judgement, dossier.other_rules, dossier.calendar}) == text_of(*opinion_));
        if (is_same) return DossierFolder{std::move(inputs_), std::move(made->json), std::move(made->html)};
    }
    return Failed(
        "what the dossier says differs from what the ledger says, whatever events it has: this is a mistake in "
        "the program");
}

DossierBuilder::Done DossierBuilder::find_dispute() {
    const auto asked = query_pages(
        client_,
        [&](schema::Query::Builder query) {
            query.setAccount(wish_.account);
            query.setMinSequence(client_.last_sequence().value);
            query.initDisputes().setDispute(wish_.dispute);
        },
        1,
        [&](schema::Rows::Reader rows) {
            for (const auto row : rows.getDisputes()) {
                for (const auto sequence : row.getBecause()) about_dispute_.insert(Sequence(sequence));
            }
            return false;
        });
    if (!asked) return Failed(asked.error());
    if (about_dispute_.empty()) {
        return Failed("there is no dispute " + std::to_string(wish_.dispute) + " in account " + wish_.account +
                      "; seatledger query disputes shows those that there are");
    }
    if (auto done = find_end(); !done) return done;
    const auto checkpoint = ask_checkpoint_at(client_, size_);
    if (!checkpoint) return Failed(checkpoint.error());
    inputs_.checkpoint = view(checkpoint->get().getCheckpoint().getNote());
    inputs_.verifier_key = view(checkpoint->get().getCheckpoint().getVerifierKey());
    return fetch(about_dispute_);
}

// A credit that takes licenses back is followed by the events that do so.
DossierBuilder::Done DossierBuilder::find_end() {
    auto newest = *about_dispute_.rbegin();
    std::uint64_t to_revoke = 0;
    for (bool is_first = true; is_first || to_revoke > 0; is_first = false) {
        const auto sequence = is_first ? newest : newest.next();
        const auto reply = ask_entry(client_, sequence);
        if (!reply) return Failed(reply.error());
        DossierEntry entry;
        entry.sequence = sequence;
        entry.bytes = view(reply->get().getEntry());
        const auto words = read_words(entry);
        if (!words) return Failed("the server sent what is no event: " + words.error());
        const auto event = read_event(*words);
        if (is_first) {
            if (event.isInvoiceCredited()) to_revoke = event.getInvoiceCredited().getQuantity();
            continue;
        }
        if (!event.isLicensesRevoked()) return Failed("what a credit takes back does not stand behind it");
        to_revoke -= std::min<std::uint64_t>(to_revoke, event.getLicensesRevoked().getQuantity());
        newest = sequence;
        about_dispute_.insert(sequence);
    }
    size_ = newest.value;
    return {};
}

DossierBuilder::Done DossierBuilder::fetch(const std::set<Sequence>& sequences) {
    std::vector<Sequence> missing;
    for (const auto sequence : sequences) {
        if (!entries_.contains(sequence)) missing.push_back(sequence);
    }
    return ask_evidence(client_, missing, size_, [&](Sequence sequence, schema::Evidence::Reader evidence) {
        entries_.emplace(sequence, read_entry(sequence, evidence, inputs_.checkpoint));
        progress_("read proofs", entries_.size());
    });
}

DossierBuilder::Done DossierBuilder::find_line() {
    const auto account = read_account(client_, wish_.account);
    if (!account) return Failed(account.error());
    zone_ = account->zone;
    auto inputs = inputs_;
    for (const auto sequence : about_dispute_) inputs.entries.push_back(entries_.at(sequence));
    const auto key = merkle::VerifierKey::parse(inputs.verifier_key);
    if (!key) return Failed("the server's verifier key is none: " + key.error());
    const auto proved = ProvedEvents::open(inputs, *key);
    if (!proved) return Failed(proved.error());
    time_ = Instant{proved->all().back().event().getEffectiveAt()};
    // What opened it is the first that is said about it.
    const auto& opening = proved->all().front();
    if (!opening.event().isDisputeOpened()) return Failed("the server's dispute does not begin by being opened");
    const auto dispute = opening.event().getDisputeOpened();
    std::optional<std::string_view> text;
    if (dispute.hasBill()) text = opening.text_of(dispute.getBill().getText());
    if (auto declared = declare_layout(dispute); !declared) return declared;
    line_ = read_disputed_line(dispute, text, inputs_.layout, *zone_, wish_.language);
    if (line_.sha256.empty()) return find_invoice_line();
    if (line_.read) judged_ = LineOfBill{*line_.read, {}};
    return wish_.bill ? find_bill() : Done();
}

DossierBuilder::Done DossierBuilder::declare_layout(schema::DisputeOpened::Reader dispute) {
    if (wish_.bill && !dispute.hasBill()) return Failed("the dispute quotes no line of a bill: leave out --bill");
    const bool has_layout = dispute.hasBill() && dispute.getBill().hasLayout();
    if (has_layout && wish_.layout) {
        return Failed("the dispute says itself how its line is written: leave out --bill-format and what goes with it");
    }
    if (wish_.bill && !has_layout && !wish_.layout) {
        return Failed("the dispute does not say how its line is written: give --bill-format");
    }
    if (!wish_.layout) return {};
    auto layout = wish_.layout(*zone_);
    if (!layout) return Failed(layout.error());
    // As JSON gives it back: it may be of a file in any encoding.
    std::string json;
    write_text(*layout, json);
    const auto value = boost::json::parse(json).as_string();
    inputs_.layout.assign(value.data(), value.size());
    return {};
}

DossierBuilder::Done DossierBuilder::find_bill() {
    if (!line_.text) return Failed("the text of the disputed line was erased, and the bill has it: leave out --bill");
    if (!line_.read) return {};
    auto bill = read_whole_bill(*wish_.bill, line_, *zone_);
    if (!bill) return Failed(bill.error());
    judged_->bill = std::move(*bill);
    inputs_.bill = std::move(wish_.bill);
    return {};
}

DossierBuilder::Done DossierBuilder::find_invoice_line() {
    const auto day = civil_day(time_, *zone_);
    auto invoices = read("read invoices", {day, day}, {});
    if (!invoices) return Failed(invoices.error());
    auto read =
        line_of_invoice((*invoices)->history, inputs_.price_book, time_, line_.invoice, line_.invoice_line.value_or(0));
    if (!read || !too_long(read->period, wish_.language).empty()) return {};
    judged_ = LineOfBill{*read, {}};
    line_.read = std::move(*read);
    return {};
}

std::expected<std::unique_ptr<BillingSource>, std::string> DossierBuilder::read(
    const std::string& what, const billing::Window& window, const std::function<void(schema::Event::Reader)>& also) {
    AsOfOptions as_of;
    as_of.sequence = size_;
    return read_billing(
        client_, wish_.account, as_of, window, [&](std::uint64_t events) { progress_(what, events); }, also);
}

void DossierBuilder::note(schema::Event::Reader event) {
    const Sequence sequence(event.getSequence());
    if (event.isAccountOpened() || event.isImportEnded()) openings_.insert(sequence);
    if (event.isUserRegistered()) addresses_[UserId(event.getUserRegistered().getUser())].push_back(sequence);
    if (event.isEmailChanged()) addresses_[UserId(event.getEmailChanged().getUser())].push_back(sequence);
}

DossierBuilder::Done DossierBuilder::read_history() {
    const auto day = civil_day(time_, *zone_);
    const auto window = judged_ ? window_of(*judged_, day) : billing::Window{day, day};
    auto source = read("read events", window, [&](schema::Event::Reader event) { note(event); });
    if (!source) return Failed(source.error());
    source_ = std::move(*source);
    if (!judged_) return {};
    const PeopleOf people{
        [&](std::string_view email, const billing::DayPeriod& days) { return source_->user_of(email, days); },
        [&](UserId user) { return source_->email_of(user); }};
    opinion_ = judge_line(source_->history, *judged_, inputs_.price_book, time_, people, wish_.language);
    return {};
}

std::set<Sequence> DossierBuilder::events_for(Reach reach) const {
    auto chosen = about_dispute_;
    chosen.insert(openings_.begin(), openings_.end());
    if (!opinion_) {
        // Nothing has to be shown but the dispute, and what it is about.
        chosen.merge(invoice_events(source_->history, line_.invoice));
        return chosen;
    }
    const auto& verdict = opinion_->judgement.verdict;
    chosen.merge(choose_events(source_->history, line_, verdict, reach));
    for (const auto user : {verdict.details.user, verdict.details.person}) add_addresses(user, chosen);
    for (const auto user : source_->bearers.all(line_.read->email)) add_addresses(user, chosen);
    return chosen;
}

void DossierBuilder::add_addresses(UserId user, std::set<Sequence>& sequences) const {
    const auto found = addresses_.find(user);
    if (found != addresses_.end()) sequences.insert(found->second.begin(), found->second.end());
}

DossierBuilder::Done DossierBuilder::fetch_with_people(std::set<Sequence> sequences) {
    inputs_.entries.clear();
    for (std::size_t before = 0; before != sequences.size();) {
        before = sequences.size();
        if (before > dossier_events_max) {
            return Failed("it would need " + std::to_string(before) + " events, and a dossier has " +
                          std::to_string(dossier_events_max) +
                          " at most: dispute the line by license, by person, or for fewer days");
        }
        if (auto done = fetch(sequences); !done) return done;
        for (const auto sequence : std::set(sequences)) {
            const auto words = read_words(entries_.at(sequence));
            if (!words) return Failed("the server sent what is no event: " + words.error());
            for_each_person(read_event(*words), [&](UserId user) { add_addresses(user, sequences); });
        }
    }
    for (const auto sequence : sequences) inputs_.entries.push_back(entries_.at(sequence));
    return {};
}

std::expected<MadeDossier, std::string> DossierBuilder::make(const std::set<Sequence>& sequences) {
    if (auto done = fetch_with_people(sequences); !done) return Failed(done.error());
    const auto key = merkle::VerifierKey::parse(inputs_.verifier_key);
    if (!key) return Failed("the server's verifier key is none: " + key.error());
    return make_dossier(inputs_, *key);
}

std::string DossierBuilder::text_of(const LineOpinion& opinion) const {
    Dossier dossier;
    dossier.judgement = opinion.judgement;
    dossier.other_rules = opinion.other_rules;
    dossier.calendar = opinion.calendar;
    for (auto& day : dossier.calendar) day.events.clear();
    return to_json(dossier, inputs_);
}

}  // namespace seatledger
