// A ledger in memory, and dossiers' inputs made from it: its events with their proofs under a checkpoint, and the keys
// of what is sealed in them.
#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/merkle/checkpoint.h"
#include "engine/merkle/tlog_proof.h"
#include "events/sealed.h"
#include "events/text.h"
#include "tests/support/catch.h"
#include "tests/support/ledger_box.h"
#include "tests/support/merkle_oracle.h"
#include "tests/support/merkle_samples.h"
#include "tools/dossier/dossier_facts.h"
#include "tools/dossier/dossier_inputs.h"
#include "tools/dossier/verify_dossier.h"

namespace seatledger::testing {

class DossierBox {
 public:
    explicit DossierBox(const Steps& steps) { happen(steps); }

    void happen(const Steps& steps) {
        box_.must_happen(steps);
        blocks_ = box_.blocks();
        entries_.clear();
        for (const auto& words : blocks_) {
            const auto block = open_block(words);
            REQUIRE(block.has_value());
            for (const auto& entry : block->entries()) entries_.push_back(entry);
        }
    }

    [[nodiscard]] static merkle::SigningKey key() { return signing_key("ledger.example.com", 1); }
    [[nodiscard]] LedgerBox& ledger() { return box_; }
    [[nodiscard]] schema::Event::Reader event(std::uint64_t sequence) const {
        return read_event(entries_.at(sequence - 1));
    }
    [[nodiscard]] std::uint64_t size() const { return entries_.size(); }

    // The sequences of events for which the condition holds.
    [[nodiscard]] std::vector<std::uint64_t> which(const std::function<bool(schema::Event::Reader)>& is_one) const {
        std::vector<std::uint64_t> all;
        for (const auto& entry : entries_) {
            if (is_one(read_event(entry))) all.push_back(entry.sequence.value);
        }
        return all;
    }

    // Up to the newest event about the dispute: what the account and the catalogue have, and `is_taken` takes. Letters
    // that are due are of no concern to any dispute.
    [[nodiscard]] DossierInputs inputs(
        std::uint32_t dispute = 1, const std::function<bool(schema::Event::Reader)>& is_taken =
                                       [](schema::Event::Reader event) { return !event.isNotificationQueued(); }) {
        const auto about = which([&](schema::Event::Reader event) {
            return view(event.getAccount()) == "acme" && is_about_dispute(event, dispute);
        });
        REQUIRE(!about.empty());
        return inputs_of(dispute, about.back(), is_taken);
    }

    [[nodiscard]] DossierInputs inputs_of(std::uint32_t dispute, std::uint64_t size,
                                          const std::function<bool(schema::Event::Reader)>& is_taken) {
        std::vector<std::string> leaves;
        for (const auto& entry : entries_) leaves.emplace_back(bytes_of(entry.words));
        MerkleOracle tree(leaves);
        DossierInputs inputs;
        inputs.account = "acme";
        inputs.dispute = dispute;
        inputs.verifier_key = key().verifier().text();
        inputs.checkpoint = merkle::sign_checkpoint(size, tree.mth(0, size), key());
        for (std::uint64_t sequence = 1; sequence <= size; ++sequence) {
            const auto of = event(sequence);
            const bool is_other = of.hasAccount() && view(of.getAccount()) != "acme";
            if (!is_other && is_taken(of)) inputs.entries.push_back(entry_of(sequence, tree, size, inputs.checkpoint));
        }
        return inputs;
    }

    [[nodiscard]] DossierEntry entry_of(std::uint64_t sequence, MerkleOracle& tree, std::uint64_t size,
                                        const std::string& checkpoint) {
        DossierEntry entry;
        entry.sequence = Sequence(sequence);
        entry.bytes = bytes_of(entries_.at(sequence - 1).words);
        entry.proof = merkle::format({"", sequence - 1, tree.path(sequence - 1, 0, size), checkpoint});
        for_each_sealed(event(sequence), [&](const SealedField& field) {
            const auto box_key = box_.secrets().vault().box_key(field.key, view(field.box));
            if (box_key) entry.keys.push_back({std::string(box_name(field.box)), *box_key});
        });
        std::ranges::sort(entry.keys, {}, &BoxKey::box);
        return entry;
    }

    // What a maker would send.
    [[nodiscard]] static DossierFolder folder(const DossierInputs& inputs) {
        auto made = make_dossier(inputs, key().verifier());
        if (!made) FAIL(made.error());
        return {inputs, std::move(made->json), std::move(made->html)};
    }
    [[nodiscard]] static Dossier made(const DossierInputs& inputs) {
        auto made = make_dossier(inputs, key().verifier());
        if (!made) FAIL(made.error());
        return std::move(made->dossier);
    }

 private:
    LedgerBox box_;
    std::vector<Words> blocks_;
    std::vector<Entry> entries_;
};

// ---- A bill in CSV.

inline constexpr std::string_view bill_header =
    "sku,quantity,unitPrice,amount,currency,start,end,invoice,license,email";

// How its lines are to be read, as JSON within JSON within ' (commands.h).
[[nodiscard]] inline std::string bill_layout(std::string_view header = bill_header) {
    return R"({\'format\':\'csv\',\'header\':\')" + std::string(header) + R"(\'})";
}

// `more`: what else the dispute says, each with a comma in front.
[[nodiscard]] inline std::string disputed(std::string_view record, std::string_view more = "",
                                          const std::string& layout = bill_layout()) {
    return acme("'openDispute':{'claim':'We did not have it.'" + std::string(more) + ",'bill':{'sha256':'" +
                std::string(64, 'a') + "','row':2,'text':'" + std::string(record) + "'" +
                (layout.empty() ? "" : ",'layout':'" + layout + "'") + "}}");
}

}  // namespace seatledger::testing
