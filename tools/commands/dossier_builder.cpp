#include "tools/commands/dossier_builder.h"

#include <kj/debug.h>

#include <algorithm>
#include <cstring>

#include "engine/merkle/checkpoint.h"
#include "engine/merkle/tlog_proof.h"
#include "events/people.h"
#include "events/text.h"
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
        if (!made) return Failed(made.error());
        const auto& dossier = made->dossier;
        if (opinion_ && (!dossier.judgement || text_of(LineOpinion{dossier.judgement, dossier.other_rules,
                                                                   dossier.calendar}) != text_of(*opinion_))) {
            continue;
        }
        return DossierFolder{inputs_, std::move(made->json), std::move(made->html)};
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
    size_ = about_dispute_.rbegin()->value;
    const auto checkpoint = ask_checkpoint_at(client_, size_);
    if (!checkpoint) return Failed(checkpoint.error());
    inputs_.checkpoint = view(checkpoint->get().getCheckpoint().getNote());
    inputs_.verifier_key = view(checkpoint->get().getCheckpoint().getVerifierKey());
    return fetch(about_dispute_);
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
    const auto zone = read_zone(client_, wish_.account);
    if (!zone) return Failed(zone.error());
    zone_ = *zone;
    auto inputs = inputs_;
    for (const auto sequence : about_dispute_) inputs.entries.push_back(entries_.at(sequence));
    const auto key = merkle::VerifierKey::parse(inputs.verifier_key);
    if (!key) return Failed("the server's verifier key is none: " + key.error());
    const auto proved = ProvedEvents::open(inputs, *key);
    if (!proved) return Failed(proved.error());
    time_ = Instant{proved->all().back().event().getEffectiveAt()};
    // What opened it is the first that is said about it.
    const auto& opening = proved->all().front();
    KJ_REQUIRE(opening.event().isDisputeOpened(), "a dispute begins by being opened");
    const auto dispute = opening.event().getDisputeOpened();
    std::optional<std::string_view> text;
    if (dispute.hasBill()) text = opening.text_of(dispute.getBill().getText());
    if (wish_.layout) {
        if (!dispute.hasBill()) return Failed("the dispute quotes no line of a bill: leave out --bill");
        if (dispute.getBill().hasLayout()) {
            return Failed("the dispute says itself how its line is written: leave out --bill");
        }
        auto layout = wish_.layout(view(dispute.getBill().getSha256()), text.value_or(""), *zone_);
        if (!layout) return Failed(layout.error());
        inputs_.layout = std::move(*layout);
    }
    line_ = read_disputed_line(dispute, text, inputs_.layout, *zone_, wish_.language);
    if (!line_.sha256.empty()) return {};
    const auto day = civil_day(time_, *zone_);
    auto invoices = read("read invoices", {day, day}, {});
    if (!invoices) return Failed(invoices.error());
    auto read =
        line_of_invoice((*invoices)->history, inputs_.price_book, time_, line_.invoice, line_.invoice_line.value_or(0));
    if (read && too_long(read->period, wish_.language).empty()) line_.read = std::move(*read);
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
    const auto window = line_.read ? window_of(*line_.read, day) : billing::Window{day, day};
    auto source = read("read events", window, [&](schema::Event::Reader event) { note(event); });
    if (!source) return Failed(source.error());
    source_ = std::move(*source);
    if (!line_.read) return {};
    const PeopleOf people{
        [&](std::string_view email, const billing::DayPeriod& days) { return source_->user_of(email, days); },
        [&](UserId user) { return source_->email_of(user); }};
    opinion_ = judge_line(source_->history, *line_.read, inputs_.price_book, time_, people, wish_.language);
    return {};
}

std::set<Sequence> DossierBuilder::events_for(Reach reach) const {
    auto chosen = about_dispute_;
    chosen.insert(openings_.begin(), openings_.end());
    // Without a line that can be read nothing has to be shown but the dispute.
    if (!opinion_) return chosen;
    const auto& verdict = opinion_->judgement->verdict;
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
        if (auto done = fetch(sequences); !done) return done;
        for (const auto sequence : std::set(sequences)) {
            const auto& bytes = entries_.at(sequence).bytes;
            Words words(bytes.size() / sizeof(std::uint64_t));
            std::memcpy(words.data(), bytes.data(), bytes.size());
            for_each_person(read_event(words), [&](UserId user) { add_addresses(user, sequences); });
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
