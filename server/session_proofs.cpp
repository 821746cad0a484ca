// What a connection may ask about proofs, and how it is answered. Checkpoints are for everybody, as are proofs between
// them: they say nothing of what is in the log. An event, and that it is in the log, is for whoever may read it.
#include <utility>
#include <vector>

#include "engine/merkle/tlog_proof.h"
#include "events/sealed.h"
#include "events/text.h"
#include "projections/event_fetcher.h"
#include "projections/rights.h"
#include "server/session.h"

namespace seatledger {
namespace {

using schema::ClientMessage;

std::string no_event(std::uint64_t sequence, Sequence last) {
    return "there is no event " + std::to_string(sequence) + "; the last one is " + std::to_string(last.value);
}

// An event that the log has, for whoever may read it.
std::expected<Words, QueryFailure> entry_for(const Service& service, const Caller& caller, Sequence sequence) {
    const auto current = service.projections.current();
    const Snapshot snapshot(*current.generation->database);
    EventFetcher fetcher(service.projections.log(), snapshot);
    const auto entry = fetcher.fetch(sequence);
    if (!entry) return std::unexpected(QueryFailure{"the log cannot be read: " + entry.error().message});
    if (auto allowed = authorize_event(service.projections, caller, read_event(*entry)); !allowed) {
        return std::unexpected(allowed.error());
    }
    return Words(entry->words.begin(), entry->words.end());
}

// In a tree that was published with it.
std::expected<std::string, QueryFailure> proof_of(const Notary& notary, Sequence sequence) {
    auto published = notary.published();
    const auto index = sequence.value - 1;
    auto proof = notary.prove_inclusion(index, published.checkpoint.size);
    if (!proof) return std::unexpected(QueryFailure{proof.error().message});
    return merkle::format(merkle::TlogProof{"", index, std::move(*proof), std::move(published.note)});
}

void write_proof(const merkle::Proof& proof, capnp::List<capnp::Data>::Builder hashes) {
    for (unsigned i = 0; i < hashes.size(); ++i) hashes.set(i, kj::arrayPtr(proof[i].data(), merkle::hash_bytes));
}

// What is sealed in the event, each text with the key of its box, unless it was erased.
void write_opened(const Vault& vault, schema::Event::Reader event, schema::Evidence::Builder to) {
    struct Opened {
        std::string_view box;
        std::string text;
        SecretKey key;
    };
    std::vector<Opened> opened;
    for_each_sealed(event, [&](const SealedField& field) {
        const auto box = view(field.box);
        auto clear = vault.open(field.key, field.context(event.getAccount()), box);
        const auto key = vault.box_key(field.key, box);
        if (clear && key) opened.push_back({box, std::move(*clear), *key});
    });
    auto list = to.initOpened(static_cast<unsigned>(opened.size()));
    for (unsigned i = 0; i < list.size(); ++i) {
        list[i].setName(as_data(opened[i].box.substr(0, box_name_bytes)));
        list[i].setText(text(opened[i].text));
        list[i].setKey(as_data(opened[i].key.text()));
    }
}

// In the tree of the log's first `size` events.
std::expected<std::unique_ptr<OutMessage>, QueryFailure> evidence_for(const Service& service, const Caller& caller,
                                                                      std::uint64_t id, Sequence sequence,
                                                                      std::uint64_t size) {
    const auto entry = entry_for(service, caller, sequence);
    if (!entry) return std::unexpected(entry.error());
    const auto proof = service.notary.prove_inclusion(sequence.value - 1, size);
    if (!proof) return std::unexpected(QueryFailure{proof.error().message});
    auto answer = std::make_unique<OutMessage>(id);
    auto evidence = answer->root().initEvidence();
    evidence.setEntry(as_data(bytes_of(*entry)));
    write_proof(*proof, evidence.initProof(static_cast<unsigned>(proof->size())));
    write_opened(service.projections.secrets().vault, read_event(*entry), evidence);
    return answer;
}

// `put(answer, made)` puts what was made into the answer.
template <typename Made, typename Put>
Worked answer_with(std::uint64_t id, const std::expected<Made, QueryFailure>& made, Put put) {
    if (!made) return std::unexpected(made.error());
    auto answer = std::make_unique<OutMessage>(id);
    put(answer->root(), *made);
    return answer;
}

}  // namespace

void Session::checkpoint(RequestKey request) {
    auto answer = std::make_unique<OutMessage>(request.id);
    auto checkpoint = answer->root().initCheckpoint();
    checkpoint.setNote(text(service_.notary.published().note));
    checkpoint.setVerifierKey(text(service_.verifier_key.text()));
    finish(request, std::move(answer));
}

void Session::checkpoint_at(RequestKey request, std::unique_ptr<Message> message) {
    const auto size = message->root<ClientMessage>().getCheckpointAt();
    const auto last = service_.projections.log().last();
    if (size > last.value) return fail(request, no_event(size, last));
    const auto work = [&service = service_, id = request.id, size](Message&) -> Worked {
        const auto note = service.notary.checkpoint_at(size);
        if (!note) return std::unexpected(QueryFailure{note.error().message});
        auto answer = std::make_unique<OutMessage>(id);
        auto checkpoint = answer->root().initCheckpoint();
        checkpoint.setNote(text(*note));
        checkpoint.setVerifierKey(text(service.verifier_key.text()));
        return answer;
    };
    run_when_signed(size, request, std::move(message), work);
}

// `read` works once the tables have got to the event. If it gives null, `prove` does once a checkpoint is over the
// first `size` events.
void Session::answer_about_event(Sequence sequence, std::uint64_t size, RequestKey request,
                                 std::unique_ptr<Message> message, Work read, Work prove) {
    const auto last = service_.projections.log().last();
    if (!sequence || sequence > last) return fail(request, no_event(sequence.value, last));
    run_when_checked_and_signed(sequence, size, request, std::move(message), std::move(read), std::move(prove));
}

void Session::prove(RequestKey request, std::unique_ptr<Message> message) {
    const Sequence sequence(message->root<ClientMessage>().getProve());
    const auto check = [&service = service_, &caller = caller(), sequence](Message&) -> Worked {
        if (auto entry = entry_for(service, caller, sequence); !entry) return std::unexpected(entry.error());
        return nullptr;
    };
    const auto prove = [&notary = service_.notary, id = request.id, sequence](Message&) -> Worked {
        return answer_with(id, proof_of(notary, sequence),
                           [](auto answer, const std::string& proof) { answer.setProof(text(proof)); });
    };
    answer_about_event(sequence, sequence.value, request, std::move(message), check, prove);
}

void Session::evidence(RequestKey request, std::unique_ptr<Message> message) {
    const auto asked = message->root<ClientMessage>().getEvidence();
    const Sequence sequence(asked.getSequence());
    const auto size = asked.getSize();
    const auto last = service_.projections.log().last();
    if (size > last.value) return fail(request, no_event(size, last));
    if (sequence.value > size) {
        return fail(request, "event " + std::to_string(sequence.value) + " is not among the first " +
                                 std::to_string(size) + "; give a size that is not less than its sequence");
    }
    const auto check = [&service = service_, &caller = caller(), sequence](Message&) -> Worked {
        if (auto entry = entry_for(service, caller, sequence); !entry) return std::unexpected(entry.error());
        return nullptr;
    };
    const auto show = [&service = service_, &caller = caller(), id = request.id, sequence, size](Message&) -> Worked {
        return evidence_for(service, caller, id, sequence, size);
    };
    answer_about_event(sequence, size, request, std::move(message), check, show);
}

void Session::entry(RequestKey request, std::unique_ptr<Message> message) {
    const Sequence sequence(message->root<ClientMessage>().getEntry());
    const auto show = [&service = service_, &caller = caller(), id = request.id, sequence](Message&) -> Worked {
        return answer_with(id, entry_for(service, caller, sequence),
                           [](auto answer, const Words& entry) { answer.setEntry(as_data(bytes_of(entry))); });
    };
    answer_about_event(sequence, sequence.value, request, std::move(message), show, {});
}

void Session::prove_consistency(RequestKey request, std::unique_ptr<Message> message) {
    const auto sizes = message->root<ClientMessage>().getProveConsistency();
    const auto from = sizes.getFrom();
    const auto to = sizes.getTo();
    const auto last = service_.projections.log().last();
    if (from > to)
        return fail(request, "a tree of " + std::to_string(from) + " events is no beginning of one of " +
                                 std::to_string(to) + "; give the smaller size first");
    if (to > last.value) return fail(request, no_event(to, last));
    // Nothing is hurried for it: everything that was appended is under a checkpoint soon.
    const auto work = [&notary = service_.notary, id = request.id, from, to](Message&) -> Worked {
        const auto proof = notary.prove_consistency(from, to);
        if (!proof) return std::unexpected(QueryFailure{proof.error().message});
        auto answer = std::make_unique<OutMessage>(id);
        write_proof(*proof, answer->root().initHashes(static_cast<unsigned>(proof->size())));
        return answer;
    };
    run_when_signed(to, request, std::move(message), work);
}

}  // namespace seatledger
