// What a connection may ask about proofs, and how it is answered. Checkpoints are for everybody, as are proofs between
// them: they say nothing of what is in the log. An event, and that it is in the log, is for whoever may read it.
#include <utility>

#include "engine/merkle/tlog_proof.h"
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

// The bytes of an event that the log has, for whoever may read it.
std::expected<std::string, QueryFailure> entry_for(const Service& service, const Caller& caller, Sequence sequence) {
    const auto current = service.projections.current();
    const Snapshot snapshot(*current.generation->database);
    EventFetcher fetcher(service.projections.log(), snapshot);
    const auto entry = fetcher.fetch(sequence);
    if (!entry) return std::unexpected(QueryFailure{"the log cannot be read: " + entry.error().message});
    if (auto allowed = authorize_event(service.projections, caller, read_event(*entry)); !allowed) {
        return std::unexpected(allowed.error());
    }
    return std::string(bytes_of(*entry));
}

// In a tree that was published with it.
std::expected<std::string, QueryFailure> proof_of(const Notary& notary, Sequence sequence) {
    auto published = notary.published();
    const auto index = sequence.value - 1;
    auto proof = notary.prove_inclusion(index, published.checkpoint.size);
    if (!proof) return std::unexpected(QueryFailure{proof.error().message});
    return merkle::format(merkle::TlogProof{"", index, std::move(*proof), std::move(published.note)});
}

// `put(answer, made)` puts what was made into the answer.
template <typename Put>
Worked answer_with(std::uint64_t id, const std::expected<std::string, QueryFailure>& made, Put put) {
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

// `read` works once the tables have got to the event. If it gives null, `prove` does once a checkpoint is over it.
void Session::answer_about_event(Sequence sequence, RequestKey request, std::unique_ptr<Message> message, Work read,
                                 Work prove) {
    const auto last = service_.projections.log().last();
    if (!sequence || sequence > last) return fail(request, no_event(sequence.value, last));
    run_when_checked_and_signed(sequence, request, std::move(message), std::move(read), std::move(prove));
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
    answer_about_event(sequence, request, std::move(message), check, prove);
}

void Session::entry(RequestKey request, std::unique_ptr<Message> message) {
    const Sequence sequence(message->root<ClientMessage>().getEntry());
    const auto show = [&service = service_, &caller = caller(), id = request.id, sequence](Message&) -> Worked {
        return answer_with(id, entry_for(service, caller, sequence),
                           [](auto answer, const std::string& entry) { answer.setEntry(as_data(entry)); });
    };
    answer_about_event(sequence, request, std::move(message), show, {});
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
        auto hashes = answer->root().initHashes(static_cast<unsigned>(proof->size()));
        for (unsigned i = 0; i < hashes.size(); ++i)
            hashes.set(i, kj::arrayPtr((*proof)[i].data(), merkle::hash_bytes));
        return answer;
    };
    run_when_signed(to, request, std::move(message), work);
}

}  // namespace seatledger
