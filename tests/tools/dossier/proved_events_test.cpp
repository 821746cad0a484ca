#include "tools/dossier/proved_events.h"

#include <cstring>
#include <random>
#include <string>

#include "engine/hex.h"
#include "tests/support/reconciled.h"
#include "tests/tools/dossier/dossier_box.h"

namespace seatledger {
namespace {

using namespace testing;

// With another account between the events of ours, and four sealed texts.
Steps story() {
    return steps(priced("seat", "P1M", "assigned", "31.00"), open_acme(), registered("ann"),
                 "{'account':'other','openAccount':{'name':'Other','superAdmin':{'email':'x@other.test'}}}",
                 invoiced("i-1", "seat", 2), paid("i-1", "62.00", "bank"), bind(1, "ann"),
                 disputed("seat,1,31.00,31.00,USD,2020-01-01,2020-02-01,,1,"));
}

std::string refused(const DossierInputs& inputs, const merkle::SigningKey& key = DossierBox::key()) {
    const auto opened = ProvedEvents::open(inputs, key.verifier());
    if (opened) return "";
    CHECK(opened.error().find('\n') == std::string::npos);
    return opened.error();
}

DossierEntry& entry_named(DossierInputs& inputs, const DossierBox& box, schema::Event::Which which) {
    for (auto& entry : inputs.entries) {
        if (box.event(entry.sequence.value).which() == which) return entry;
    }
    FAIL("there is no such event");
    throw;
}

// Another event in the place of the entry's, with a proof that fits it.
void put(DossierInputs& inputs, const DossierBox& box, std::size_t index, const std::string& bytes) {
    std::vector<std::string> leaves;
    for (std::uint64_t sequence = 1; sequence <= box.size(); ++sequence)
        leaves.push_back("leaf " + std::to_string(sequence));
    for (const auto& entry : inputs.entries) leaves[entry.sequence.value - 1] = entry.bytes;
    leaves[inputs.entries[index].sequence.value - 1] = bytes;
    inputs.entries[index].bytes = bytes;
    MerkleOracle tree(leaves);
    inputs.checkpoint = merkle::sign_checkpoint(leaves.size(), tree.mth(0, leaves.size()), DossierBox::key());
    for (auto& entry : inputs.entries) {
        const auto at = entry.sequence.value - 1;
        entry.proof = merkle::format({"", at, tree.path(at, 0, leaves.size()), inputs.checkpoint});
    }
}

}  // namespace

TEST_CASE("events are proved and what is sealed in them is opened") {
    DossierBox box(story());
    const auto inputs = box.inputs();
    const auto proved = ProvedEvents::open(inputs, DossierBox::key().verifier());
    REQUIRE(proved);
    CHECK(proved->checkpoint().size == box.size());
    CHECK(proved->checkpoint().origin == "ledger.example.com");
    REQUIRE(proved->all().size() == inputs.entries.size());
    CHECK(proved->all().size() < box.size());  // those of the other account are not there
    std::vector<std::string> texts;
    for (std::size_t i = 0; i < inputs.entries.size(); ++i) {
        const auto& of = proved->all()[i];
        CHECK(of.sequence == inputs.entries[i].sequence);
        CHECK(of.event().getSequence() == of.sequence.value);
        CHECK(proved->find(of.sequence) == &of);
        for_each_sealed(of.event(), [&](const SealedField& field) {
            REQUIRE(of.text_of(field.box));
            texts.emplace_back(*of.text_of(field.box));
        });
    }
    CHECK(texts == std::vector<std::string>{"boss@acme.test", "Bo", "ann@acme.test", "We did not have it.",
                                            "seat,1,31.00,31.00,USD,2020-01-01,2020-02-01,,1,"});
    CHECK(proved->find(Sequence()) == nullptr);
    CHECK(proved->find(Sequence(box.size() + 1)) == nullptr);
}

TEST_CASE("proved events can be moved, and their readers hold") {
    DossierBox box(story());
    auto first = ProvedEvents::open(box.inputs(), DossierBox::key().verifier());
    REQUIRE(first);
    const auto event = first->all().back().event();
    const ProvedEvents second(std::move(*first));
    CHECK(event.getSequence() == box.size());
    CHECK(second.all().back().event().isDisputeOpened());
}

TEST_CASE("a text without its key is not told, and that is no mistake") {
    DossierBox box(story());
    auto inputs = box.inputs();
    auto& entry = entry_named(inputs, box, schema::Event::DISPUTE_OPENED);
    REQUIRE(entry.keys.size() == 2);
    entry.keys.clear();
    const auto proved = ProvedEvents::open(inputs, DossierBox::key().verifier());
    REQUIRE(proved);
    const auto& of = proved->all().back();
    CHECK_FALSE(of.text_of(of.event().getDisputeOpened().getClaim()));
}

TEST_CASE("a checkpoint that the key did not sign is refused") {
    DossierBox box(story());
    auto inputs = box.inputs();
    CHECK(refused(inputs).empty());
    CHECK(contains(refused(inputs, signing_key("ledger.example.com", 2)), "the checkpoint is not one of the log"));
    CHECK(contains(refused(inputs, signing_key("other.example.com", 1)), "the checkpoint is not one of the log other"));
    inputs.checkpoint += " ";
    CHECK(contains(refused(inputs), "checkpoint"));
    inputs.checkpoint.clear();
    CHECK(contains(refused(inputs), "checkpoint"));
}

TEST_CASE("events under another checkpoint of the same log are refused") {
    DossierBox box(story());
    auto inputs = box.inputs();
    const auto smaller = box.inputs_of(1, box.size() - 1, [](schema::Event::Reader) { return true; });
    REQUIRE(refused(smaller).empty());
    inputs.entries.front() = smaller.entries.front();
    CHECK(refused(inputs) == "event 1: its proof is not of the dossier's checkpoint");
    inputs = box.inputs();
    inputs.checkpoint = smaller.checkpoint;
    CHECK(refused(inputs) == "event 1: its proof is not of the dossier's checkpoint");
}

TEST_CASE("a proof with something beside it is refused") {
    DossierBox box(story());
    auto inputs = box.inputs();
    auto proof = merkle::parse_tlog_proof(inputs.entries[1].proof).value();
    proof.extra = "said by nobody";
    inputs.entries[1].proof = merkle::format(proof);
    CHECK(contains(refused(inputs), "its proof is not of the dossier's checkpoint"));
}

TEST_CASE("events have to be in order, and each there once") {
    DossierBox box(story());
    auto inputs = box.inputs();
    std::swap(inputs.entries[1], inputs.entries[2]);
    CHECK(contains(refused(inputs), "events have to be in order, and each there once"));
    inputs = box.inputs();
    inputs.entries.insert(inputs.entries.begin(), inputs.entries.front());
    CHECK(refused(inputs) == "event 1: events have to be in order, and each there once");
    inputs = box.inputs();
    inputs.entries[0].sequence = Sequence();
    CHECK(contains(refused(inputs), "in order"));
}

TEST_CASE("the proof, the bytes or the sequence of another event are refused") {
    DossierBox box(story());
    const auto good = box.inputs();
    for (std::size_t i = 0; i < good.entries.size(); ++i) {
        const auto& other = good.entries[(i + 1) % good.entries.size()];
        INFO(good.entries[i].sequence.value);
        auto inputs = good;
        inputs.entries[i].proof = other.proof;
        CHECK(contains(refused(inputs), "its proof does not prove that it is in the log"));
        inputs = good;
        inputs.entries[i].bytes = other.bytes;
        CHECK(contains(refused(inputs), "its proof does not prove that it is in the log"));
        inputs = good;
        inputs.entries[i].bytes = other.bytes;
        inputs.entries[i].proof = other.proof;
        CHECK(contains(refused(inputs), "its proof is that of another event"));
        inputs = good;
        inputs.entries[i].proof.clear();
        CHECK_FALSE(refused(inputs).empty());
        inputs.entries[i].bytes.clear();
        CHECK_FALSE(refused(inputs).empty());
    }
}

TEST_CASE("an event of another account is refused, though it is in the log") {
    DossierBox box(story());
    auto inputs = box.inputs();
    inputs.account = "other";
    CHECK(contains(refused(inputs), "it is one of another account"));
    inputs.account = "";
    CHECK(contains(refused(inputs), "it is one of another account"));
}

TEST_CASE("a byte of an event that was changed is refused, wherever it is") {
    DossierBox box(story());
    const auto good = box.inputs();
    std::mt19937_64 random(Catch::rngSeed());
    INFO("seed " << Catch::rngSeed());
    for (std::size_t i = 0; i < good.entries.size(); ++i) {
        for (std::size_t at = 0; at < good.entries[i].bytes.size(); at += 1 + random() % 24) {
            auto inputs = good;
            inputs.entries[i].bytes[at] = static_cast<char>(inputs.entries[i].bytes[at] ^ (1 << random() % 8));
            CHECK(contains(refused(inputs), "event " + std::to_string(good.entries[i].sequence.value) + ": "));
        }
    }
}

TEST_CASE("a key that was damaged or belongs elsewhere is refused") {
    DossierBox box(story());
    const auto good = box.inputs();
    auto inputs = good;
    auto& dispute = entry_named(inputs, box, schema::Event::DISPUTE_OPENED);
    REQUIRE(dispute.keys.size() == 2);
    const auto wrong = "event " + std::to_string(dispute.sequence.value) + ": a key does not open what is sealed in it";
    SECTION("damaged") { dispute.keys[0].key.bytes()[31] ^= 1; }
    SECTION("of the other box") { std::swap(dispute.keys[0].key, dispute.keys[1].key); }
    SECTION("of a box that the event has not") {
        dispute.keys[0].box[0] = static_cast<char>(dispute.keys[0].box[0] ^ 1);
    }
    SECTION("of a box of another event") {
        dispute.keys.push_back(entry_named(inputs, box, schema::Event::USER_REGISTERED).keys.at(0));
    }
    SECTION("of a box without a name") { dispute.keys[0].box.clear(); }
    SECTION("of an event with nothing sealed") {
        auto& paid_event = entry_named(inputs, box, schema::Event::INVOICE_PAID);
        paid_event.keys.push_back(dispute.keys[0]);
        CHECK(contains(refused(inputs), "a key does not open what is sealed in it"));
        return;
    }
    CHECK(refused(inputs) == wrong);
}

TEST_CASE("two keys for one box are refused") {
    DossierBox box(story());
    auto inputs = box.inputs();
    auto& dispute = entry_named(inputs, box, schema::Event::DISPUTE_OPENED);
    dispute.keys.push_back(dispute.keys[0]);
    CHECK(contains(refused(inputs), "its keys have to be in order, and each there once"));
}

// Whoever runs a log may have signed anything: what is no event must be refused, and must not be read.
TEST_CASE("bytes that are no event are refused, though the log has signed them") {
    DossierBox box(story());
    const auto good = box.inputs();
    auto inputs = good;
    put(inputs, box, 2, good.entries[2].bytes);
    REQUIRE(refused(inputs).empty());
    const auto begin = "event " + std::to_string(good.entries[2].sequence.value) + ": its bytes are no event";
    for (const std::size_t size : {std::size_t{1}, std::size_t{7}, std::size_t{8}, good.entries[2].bytes.size() - 8,
                                   good.entries[2].bytes.size() - 1}) {
        INFO(size);
        put(inputs, box, 2, good.entries[2].bytes.substr(0, size));
        CHECK(contains(refused(inputs), begin));
    }
    put(inputs, box, 2, "");
    CHECK(contains(refused(inputs), begin));
    put(inputs, box, 2, good.entries[2].bytes + std::string(8, '\0'));
    CHECK(contains(refused(inputs), begin));
    put(inputs, box, 2, std::string(16 << 20, '\0'));
    CHECK(contains(refused(inputs), begin));
    put(inputs, box, 2, good.entries[3].bytes);
    CHECK(contains(refused(inputs), "it says another sequence"));
}

TEST_CASE("signed bytes that are nearly an event are refused or read, and nothing worse") {
    DossierBox box(story());
    const auto good = box.inputs();
    const auto seed = Catch::rngSeed();
    INFO("seed " << seed);
    std::mt19937_64 random(seed);
    for (int i = 0; i < 400; ++i) {
        const auto index = random() % good.entries.size();
        auto bytes = good.entries[index].bytes;
        for (auto changes = 1 + random() % 4; changes > 0; --changes) {
            bytes[random() % bytes.size()] = static_cast<char>(random() % 4 == 0 ? random() : 1u << random() % 8);
        }
        auto inputs = good;
        put(inputs, box, index, bytes);
        const auto proved = ProvedEvents::open(inputs, DossierBox::key().verifier());
        if (proved) static_cast<void>(proved->all()[index].event().which());
    }
}

TEST_CASE("no events at all are proved by any checkpoint") {
    DossierBox box(story());
    auto inputs = box.inputs();
    inputs.entries.clear();
    const auto proved = ProvedEvents::open(inputs, DossierBox::key().verifier());
    REQUIRE(proved);
    CHECK(proved->all().empty());
    CHECK(proved->find(Sequence(1)) == nullptr);
}

}  // namespace seatledger
