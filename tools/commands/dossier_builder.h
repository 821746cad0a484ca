// A dossier from what a server knows: which of its events it needs, with their proofs.
#pragma once

#include <expected>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "tools/commands/billing_source.h"
#include "tools/dossier/dossier_directory.h"
#include "tools/dossier/event_choice.h"
#include "tools/dossier/line_opinion.h"
#include "tools/dossier/verify_dossier.h"

namespace seatledger {

// What a person chose.
struct DossierWish {
    std::string account;
    std::uint32_t dispute = 0;
    schema::Language language = schema::Language::EN;
    billing::PriceBook price_book;
    // The bill that the line is of, byte for byte; nothing: the line is judged alone.
    std::optional<std::string> bill;
    // How that is written (tools/bills/declared_layout.h), or what is wrong, where the dispute does not say so. Empty:
    // nobody says so.
    std::function<std::expected<std::string, std::string>(const date::time_zone& zone)> layout;
};

// One thread. Errors are one line.
class DossierBuilder {
 public:
    // The client must outlive this. `progress` is told what is being read and how many events of it there are so far.
    using TellProgress = std::function<void(std::string_view what, std::uint64_t events)>;
    DossierBuilder(Client& client, DossierWish wish, TellProgress progress);

    // Of the log up to the newest event about the dispute: whenever it is built, and by whom, the same comes out, but
    // for what was erased since. What it says is held against what the whole history says.
    [[nodiscard]] std::expected<DossierFolder, std::string> build();

 private:
    using Done = std::expected<void, std::string>;

    Done find_dispute();
    Done find_end();
    Done find_line();
    Done declare_layout(schema::DisputeOpened::Reader dispute);
    Done find_bill();
    Done find_invoice_line();
    Done read_history();
    Done fetch(const std::set<Sequence>& sequences);
    Done fetch_with_people(std::set<Sequence> sequences);
    [[nodiscard]] std::set<Sequence> events_for(Reach reach) const;
    [[nodiscard]] std::expected<std::unique_ptr<BillingSource>, std::string> read(
        const std::string& what, const billing::Window& window, const std::function<void(schema::Event::Reader)>& also);
    void note(schema::Event::Reader event);
    void add_addresses(UserId user, std::set<Sequence>& sequences) const;
    [[nodiscard]] std::expected<MadeDossier, std::string> make(const std::set<Sequence>& sequences);
    // What an opinion says, for comparing.
    [[nodiscard]] std::string text_of(const LineOpinion& opinion) const;

    Client& client_;
    DossierWish wish_;
    TellProgress progress_;

    DossierInputs inputs_;
    std::uint64_t size_ = 0;  // of the log, as far as the dossier goes
    Instant time_;            // of its newest event
    std::set<Sequence> about_dispute_;
    std::map<Sequence, DossierEntry> entries_;  // that were fetched
    const date::time_zone* zone_ = nullptr;
    Dossier::Line line_;
    std::optional<LineOfBill> judged_;  // if it can be read
    std::unique_ptr<BillingSource> source_;
    std::optional<LineOpinion> opinion_;                 // of the whole history
    std::set<Sequence> openings_;                        // of the account, and the end of its import
    std::map<UserId, std::vector<Sequence>> addresses_;  // by which events people got theirs
};

}  // namespace seatledger
