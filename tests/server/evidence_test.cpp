// Evidence of single events: their bytes, proofs in the tree of any size, and the keys that open what is sealed in
// them.
#include <string>
#include <vector>

#include "engine/merkle/checkpoint.h"
#include "engine/merkle/proof.h"
#include "engine/vault/sealed_box.h"
#include "events/block.h"
#include "events/sealed.h"
#include "events/text.h"
#include "tests/support/access_steps.h"
#include "tests/support/given.h"

namespace seatledger {
namespace {

using namespace testing;

TestClient::Fill evidence(std::uint64_t sequence, std::uint64_t size) {
    return [=](ClientMessage::Builder message) {
        auto asked = message.initEvidence();
        asked.setSequence(sequence);
        asked.setSize(size);
    };
}

TestClient::Fill checkpoint_at(std::uint64_t size) {
    return [=](ClientMessage::Builder message) { message.setCheckpointAt(size); };
}

std::string note_at(TestClient& client, std::uint64_t size, std::string* key = nullptr) {
    auto reply = client.ask(1, checkpoint_at(size));
    INFO(reply.failure());
    REQUIRE(reply.get().isCheckpoint());
    if (key != nullptr) *key = view(reply.get().getCheckpoint().getVerifierKey());
    return std::string(view(reply.get().getCheckpoint().getNote()));
}

SecretKey key_in(capnp::Data::Reader bytes) {
    SecretKey key;
    REQUIRE(bytes.size() == key.bytes().size());
    std::copy(bytes.begin(), bytes.end(), key.bytes().begin());
    return key;
}

}  // namespace

TEST_CASE("evidence: an event's bytes, that they are in the log, and what is sealed in them, for a stranger") {
    RunningServer server;
    auto client = server.connect();
    submit_to(client, small_company());
    std::string key_text;
    constexpr std::uint64_t size = 4;
    const auto note = note_at(client, size, &key_text);
    const auto key = merkle::VerifierKey::parse(key_text);
    REQUIRE(key);
    const auto checkpoint = merkle::open_checkpoint(note, *key);
    REQUIRE(checkpoint);
    CHECK(checkpoint->size == size);
    int opened = 0;
    for (std::uint64_t sequence = 1; sequence <= size; ++sequence) {
        CAPTURE(sequence);
        auto reply = client.ask(2, evidence(sequence, size));
        INFO(reply.failure());
        REQUIRE(reply.get().isEvidence());
        const auto given = reply.get().getEvidence();
        merkle::Proof proof;
        for (const auto hash : given.getProof()) {
            REQUIRE(hash.size() == merkle::hash_bytes);
            std::copy(hash.begin(), hash.end(), proof.emplace_back().begin());
        }
        const auto bytes = view(given.getEntry());
        CHECK(merkle::verify_inclusion(sequence - 1, size, merkle::leaf_hash(bytes), proof, checkpoint->root));
        Words words(bytes.size() / sizeof(std::uint64_t));
        std::copy(bytes.begin(), bytes.end(), reinterpret_cast<char*>(words.data()));
        const auto event = read_event(words);
        CHECK(event.getSequence() == sequence);
        unsigned at = 0;
        for_each_sealed(event, [&](const SealedField& field) {
            const auto shown = given.getOpened()[at++];
            const auto clear =
                open_with_box_key(key_in(shown.getKey()), field.context(event.getAccount()), view(field.box));
            CHECK(clear == view(shown.getText()));
            ++opened;
        });
        CHECK(given.getOpened().size() == at);
    }
    CHECK(opened >= 1);
}

TEST_CASE("the checkpoint of a size is the same whenever it is asked for") {
    RunningServer server;
    auto client = server.connect();
    submit_to(client, small_company());
    const auto before = note_at(client, 3);
    submit_to(client, {acme("'createQueue':{'queue':'support','kind':'call'}")});
    CHECK(note_at(client, 3) == before);
    CHECK(note_at(client, 4) != before);
}

TEST_CASE("evidence of what there is not, or of what is not for whoever asks, is refused") {
    RunningServer server;
    auto client = server.connect();
    submit_to(client, small_company());
    CHECK(contains(client.ask(1, evidence(3, 2)).failure(), "not among the first 2"));
    CHECK(contains(client.ask(1, evidence(3, 1'000)).failure(), "no event 1000"));
    CHECK(contains(client.ask(1, evidence(0, 3)).failure(), "no event 0"));
    CHECK(contains(client.ask(1, checkpoint_at(1'000)).failure(), "no event 1000"));
    auto member = connect_as(server, "cid");
    CHECK(contains(member.ask(1, evidence(3, 4)).failure(), "superAdmin, admin, billing, auditor"));
}

}  // namespace seatledger
