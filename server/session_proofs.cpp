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

std::unexpected<QueryFailure> no_event(std::uint64_t sequence, Sequence last) {
    return std::unexpected(QueryFailure{"there is no event " + std::to_string(sequence) + "; the last one is " +
                                        std::to_string(last.value)});
}

// The bytes of an event that the log has.
std::expected<std::string, QueryFailure> entry_for(const Service& service, const Caller& caller, Sequence sequence) {
    const auto current = service.projections.current();
    const Snapshot snapshot(*current.generation->database);
    EventFetcher fetcher(service.projections.log(), snapshot);
    const auto entry = fetcher.fetch(sequence);
    if (!entry) return std::unexpected(QueryFailure{"the log cannot be read: " + entry.error().message});
    const auto account = view(read_event(*entry).getAccount());
    const auto right = account.empty() ? rules::Right::read_catalog : rules::Right::read_events;
    const auto allowed =
        authorize(service.projections, caller, account.empty() ? view(caller.account) : account, right);
    if (!allowed) {
        // Whose it is, is not said either.
        return std::unexpected(QueryFailure{"event " + std::to_string(sequence.value) +
                                                " is not one that you may read; that needs, in its account, one of: " +
                                                rules::names_of(rules::roles_for(right)),
                                            Rule::role_required});
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

}  // namespace

void Session::checkpoint(RequestKey request) {
    auto answer = std::make_unique<OutMessage>(request.id);
    auto checkpoint = answer->root().initCheckpoint();
    checkpoint.setNote(text(service_.notary.published().note));
    checkpoint.setVerifierKey(text(service_.verifier_key.text()));
    finish(request, std::move(answer));
}

void Session::prove(RequestKey request, std::unique_ptr<Message> message) {
    const Sequence sequence(message->root<ClientMessage>().getProve());
    const auto last = service_.projections.log().last();
    if (!sequence || sequence > last) return fail(request, no_event(sequence.value, last).error().message);
    const auto check = [&service = service_, &caller = caller(), sequence](Message&) -> Worked {
        if (auto entry = entry_for(service, caller, sequence); !entry) return std::unexpected(entry.error());
        return nullptr;
    };
    const auto work = [&notary = service_.notary, id = request.id, sequence](Message&) -> Worked {
        const auto proof = proof_of(notary, sequence);
        if (!proof) return std::unexpected(proof.error());
        auto answer = std::make_unique<OutMessage>(id);
        answer->root().setProof(text(*proof));
        return answer;
    };
    run_when_checked_and_signed(sequence, request, std::move(message), check, work);
}

void Session::entry(RequestKey request, std::unique_ptr<Message> message) {
    const Sequence sequence(message->root<ClientMessage>().getEntry());
    const auto last = service_.projections.log().last();
    if (!sequence || sequence > last) return fail(request, no_event(sequence.value, last).error().message);
    run_when_projected(needed_for(sequence.value), request, std::move(message),
                       [&service = service_, &caller = caller(), id = request.id, sequence](Message&) -> Worked {
                           const auto entry = entry_for(service, caller, sequence);
                           if (!entry) return std::unexpected(entry.error());
                           auto answer = std::make_unique<OutMessage>(id);
                           answer->root().setEntry(as_data(*entry));
                           return answer;
                       });
}

void Session::prove_consistency(RequestKey request, std::unique_ptr<Message> message) {
    const auto sizes = message->root<ClientMessage>().getProveConsistency();
    const auto from = sizes.getFrom();
    const auto to = sizes.getTo();
    const auto last = service_.projections.log().last();
    if (from > to)
        return fail(request, "a tree of " + std::to_string(from) + " events is no beginning of one of " +
                                 std::to_string(to) + "; give the smaller size first");
    if (to > last.value) return fail(request, no_event(to, last).error().message);
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
