#include "tools/dossier/verify_dossier.h"

#include <array>
#include <random>
#include <string>

#include "tests/support/reconciled.h"
#include "tests/tools/dossier/dossier_box.h"
#include "tools/dossier/dossier_json.h"

namespace seatledger {
namespace {

using namespace testing;

Steps story() {
    return steps("2020-01-01T00:00:00Z", priced("seat", "P1M", "assigned", "31.00"),
                 priced("center", "P1M", "membership", "31.00"), open_acme(), registered("ann"), registered("bob"),
                 invoiced("i-1", "seat", 2), paid("i-1", "62.00", "bank"),
                 acme("'createQueue':{'queue':'calls','kind':'call'}"), joins("calls", "bob"), "2020-01-05T08:00:00Z",
                 bind(1, "ann"), "2020-01-10T08:00:00Z", unbind(1), bind(1, "bob"), leaves("calls", "bob"),
                 "2020-02-10T08:00:00Z",
                 disputed("seat,1,31.00,31.00,USD,2020-01-01,2020-02-01,,1,", ",'invoice':'i-1','line':1"),
                 acme("'addEvidence':{'dispute':1,'note':'A <b>letter</b> & \\'more\\'.'}"));
}

std::string refused(const DossierFolder& folder, const merkle::SigningKey& key = DossierBox::key()) {
    const auto dossier = verify_dossier(folder, key.verifier());
    if (dossier) return "";
    CHECK(dossier.error().find('\n') == std::string::npos);
    return dossier.error();
}

// As it is read from a folder whose dossier.json has this text; the error, if it cannot be read.
std::expected<DossierFolder, std::string> with_json(const DossierFolder& good, const std::string& json) {
    auto inputs = parse_dossier_inputs(json);
    if (!inputs) return std::unexpected(inputs.error());
    DossierFolder folder{std::move(*inputs), json, good.html};
    folder.inputs.checkpoint = good.inputs.checkpoint;
    for (auto& entry : folder.inputs.entries) {
        const auto found = std::ranges::find(good.inputs.entries, entry.sequence, &DossierEntry::sequence);
        if (found == good.inputs.entries.end()) return std::unexpected("a file is missing");
        entry.bytes = found->bytes;
        entry.proof = found->proof;
    }
    return folder;
}

// Everywhere, one text instead of the other.
std::string replaced(std::string text, const std::string& from, const std::string& to) {
    for (auto at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size())) {
        text.replace(at, from.size(), to);
    }
    return text;
}

}  // namespace

TEST_CASE("a dossier that was made is accepted, in every language and by every rule") {
    DossierBox box(story());
    auto inputs = box.inputs();
    for (const auto language : {schema::Language::EN, schema::Language::RU, schema::Language::PT}) {
        for (const auto rounding : billing::roundings) {
            inputs.language = language;
            inputs.price_book = {rounding, language == schema::Language::EN};
            const auto folder = DossierBox::folder(inputs);
            CHECK(refused(folder).empty());
            const auto dossier = verify_dossier(folder, DossierBox::key().verifier());
            REQUIRE(dossier);
            CHECK(dossier->language == language);
            CHECK(dossier->price_book == inputs.price_book);
            // As it is read from its files.
            const auto read = with_json(folder, folder.json);
            REQUIRE(read);
            CHECK(refused(*read).empty());
        }
    }
}

TEST_CASE("the same inputs make the same dossier, whatever was recorded since") {
    DossierBox box(story());
    const auto first = DossierBox::folder(box.inputs());
    box.happen({registered("eve"), credited("i-1", 0, "1.00")});
    const auto second = DossierBox::folder(box.inputs());
    CHECK(first.json == second.json);
    CHECK(first.html == second.html);
    CHECK(first.inputs.checkpoint == second.inputs.checkpoint);
}

TEST_CASE("a dossier is refused by the key of another log") {
    DossierBox box(story());
    const auto folder = DossierBox::folder(box.inputs());
    CHECK(contains(refused(folder, signing_key("ledger.example.com", 2)), "the checkpoint is not one of the log"));
    CHECK(contains(refused(folder, signing_key("another", 1)), "the checkpoint is not one of the log another"));
}

TEST_CASE("any byte of dossier.json that is changed is refused, and the place is named") {
    DossierBox box(story());
    const auto good = DossierBox::folder(box.inputs());
    const auto seed = Catch::rngSeed();
    INFO("seed " << seed);
    std::mt19937_64 random(seed);
    std::size_t compared = 0;
    for (std::size_t at = random() % 40; at < good.json.size(); at += 1 + random() % 80) {
        auto json = good.json;
        json[at] = static_cast<char>(json[at] ^ (1 << random() % 7));
        INFO("byte " << at);
        const auto folder = with_json(good, json);
        if (!folder) continue;
        const auto why = refused(*folder);
        REQUIRE_FALSE(why.empty());
        if (!why.starts_with("dossier.json")) continue;
        ++compared;
        const auto line = 1 + std::count(json.begin(), json.begin() + static_cast<std::ptrdiff_t>(at), '\n');
        CHECK(contains(why, "dossier.json, line " + std::to_string(line) + ": it has '"));
        CHECK(contains(why, "'; from the events follows '"));
    }
    CHECK(compared > 100);
}

TEST_CASE("dossier.json with something more, or less, is refused") {
    DossierBox box(story());
    const auto good = DossierBox::folder(box.inputs());
    for (const auto& json : {good.json + "\n", good.json + " ", good.json.substr(0, good.json.size() - 1),
                             replaced(good.json, "\n", "\r\n"), replaced(good.json, "  ", " "),
                             replaced(good.json, "eventsChosen", "judgedAlone"),
                             replaced(good.json, "\"account\": \"acme\"", "\"account\": \"acme\", \"more\": 1")}) {
        REQUIRE(json != good.json);
        const auto folder = with_json(good, json);
        if (!folder) continue;
        const auto why = refused(*folder);
        CAPTURE(why);
        CHECK(why.starts_with("dossier.json, line"));
    }
}

TEST_CASE("any byte of dossier.html that is changed is refused, and the place is named") {
    DossierBox box(story());
    const auto good = DossierBox::folder(box.inputs());
    const auto seed = Catch::rngSeed();
    INFO("seed " << seed);
    std::mt19937_64 random(seed);
    for (int i = 0; i < 100; ++i) {
        auto folder = good;
        const auto at = random() % folder.html.size();
        folder.html[at] = static_cast<char>(folder.html[at] ^ (1 << random() % 7));
        const auto line =
            1 + std::count(folder.html.begin(), folder.html.begin() + static_cast<std::ptrdiff_t>(at), '\n');
        CHECK(contains(refused(folder), "dossier.html, line " + std::to_string(line) + ": it has '"));
    }
    auto folder = good;
    folder.html += "<p>And so on.</p>";
    CHECK(contains(refused(folder), "dossier.html, line "));
    folder.html.clear();
    CHECK(contains(refused(folder), "dossier.html, line 1: it has ''"));
}

TEST_CASE("any byte of an event, a proof, a key or the checkpoint that is changed is refused") {
    DossierBox box(story());
    const auto good = DossierBox::folder(box.inputs());
    const auto seed = Catch::rngSeed();
    INFO("seed " << seed);
    std::mt19937_64 random(seed);
    for (int i = 0; i < 400; ++i) {
        auto folder = good;
        auto& entries = folder.inputs.entries;
        auto& entry = entries[random() % entries.size()];
        std::string* text = nullptr;
        switch (random() % 4) {
            case 0: text = &entry.bytes; break;
            case 1: text = &entry.proof; break;
            case 2: text = &folder.inputs.checkpoint; break;
            default:
                if (entry.keys.empty()) continue;
                entry.keys[random() % entry.keys.size()].key.bytes()[random() % 32] ^= 1;
        }
        if (text != nullptr) (*text)[random() % text->size()] ^= static_cast<char>(1 << random() % 8);
        CHECK_FALSE(refused(folder).empty());
    }
}

TEST_CASE("a dossier whose files say less than its events, or more, is refused") {
    DossierBox box(story());
    const auto good = DossierBox::folder(box.inputs());
    for (std::size_t i = 0; i < good.inputs.entries.size(); ++i) {
        auto folder = good;
        folder.inputs.entries.erase(folder.inputs.entries.begin() + static_cast<std::ptrdiff_t>(i));
        CHECK_FALSE(refused(folder).empty());
        folder = good;
        if (folder.inputs.entries[i].keys.empty()) continue;
        folder.inputs.entries[i].keys.pop_back();
        CHECK(contains(refused(folder), "dossier.json, line"));
    }
}

// Else a page could name a key of somebody else's, or nothing, and be believed for having been checked by the right
// one.
TEST_CASE("a dossier that names another key than the one that it is verified by is refused") {
    DossierBox box(story());
    for (const auto& other :
         {signing_key("ledger.example.com", 2).verifier().text(), std::string("none"), std::string()}) {
        auto inputs = box.inputs();
        inputs.verifier_key = other;
        INFO(other);
        const auto made = make_dossier(inputs, DossierBox::key().verifier());
        if (!made) continue;
        CHECK_FALSE(refused({inputs, made->json, made->html}).empty());
    }
}

// That no other event matters is nothing that it can prove; that it says so, and follows from what is there, it can.
TEST_CASE("a dossier of any part of the events is made or refused, and what is made is accepted") {
    DossierBox box(story());
    const auto all = box.inputs();
    const auto seed = Catch::rngSeed();
    INFO("seed " << seed);
    std::mt19937_64 random(seed);
    int accepted = 0, gaping = 0;
    for (int i = 0; i < 150; ++i) {
        auto inputs = all;
        const auto share = 2 + random() % 8;
        std::erase_if(inputs.entries, [&](const DossierEntry& entry) {
            const auto event = box.event(entry.sequence.value);
            const bool is_needed = event.isAccountOpened() || event.isDisputeOpened() || event.isEvidenceAdded();
            return (!is_needed || random() % 20 == 0) && random() % share == 0;
        });
        const auto made = make_dossier(inputs, DossierBox::key().verifier());
        if (!made) {
            gaping += made.error().find("rest on others that are not in it") != std::string::npos ? 1 : 0;
            continue;
        }
        ++accepted;
        CHECK(refused({inputs, made->json, made->html}).empty());
    }
    CHECK(accepted > 15);
    CHECK(gaping > 15);
}

TEST_CASE("without an event on which another rests there is no dossier") {
    DossierBox box(story());
    const auto all = box.inputs();
    for (const auto which :
         {schema::Event::INVOICE_ISSUED, schema::Event::LICENSES_ISSUED, schema::Event::LICENSE_BOUND}) {
        INFO(static_cast<int>(which));
        auto inputs = all;
        const auto left_out = std::erase_if(inputs.entries, [&](const DossierEntry& entry) {
            return box.event(entry.sequence.value).which() == which;
        });
        REQUIRE(left_out > 0);
        const auto made = make_dossier(inputs, DossierBox::key().verifier());
        REQUIRE_FALSE(made);
        CHECK(made.error().find("rest on others that are not in it") != std::string::npos);
    }
}

}  // namespace seatledger
