// What the parts of dossier.html have in common: the page that they write to, links, tables of fields.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tools/dossier/dossier.h"
#include "tools/dossier/dossier_phrases.h"

namespace seatledger {

// Parameters named `html` are markup already; all others are escaped here.
class DossierPage {
 public:
    explicit DossierPage(const Dossier& dossier);

    const Dossier& dossier;
    const DossierPhrases& words;
    std::string out;

    // The section `number`, from 1, with its heading.
    void open_section(std::size_t number);
    void close_section();

    // A list of names and values.
    void open_fields();
    void field(const std::string& name, const std::string& html);
    void close_fields();

    // A table that can be scrolled where it is too wide; its body is left open. `numeric` columns are set to the right.
    struct Column {
        std::string name;  // a phrase
        bool is_numeric = false;
    };
    void open_table(std::string_view css_class, const std::string& caption, const std::vector<Column>& columns);
    void close_table();

    void paragraph(const std::string& html, std::string_view css_class = {});

    // To the event below; its number alone where it is not among them.
    [[nodiscard]] std::string link(Sequence sequence) const;
    [[nodiscard]] std::string links(const std::vector<Sequence>& sequences) const;
    [[nodiscard]] const Dossier::Event* event(Sequence sequence) const;
    // On which day of the calendar it took effect; nothing if that is none of the calendar.
    [[nodiscard]] std::optional<CivilDay> day_of(Sequence sequence) const;

    // With the decimals that all amounts of the dossier have: 12.50 EUR.
    [[nodiscard]] std::string money(billing::Decimal amount) const;
    [[nodiscard]] std::string money(billing::Decimal amount, const std::string& currency) const;
    // Both ends among them.
    [[nodiscard]] std::string days(const billing::DayPeriod& period) const;
    // `text`, or that it was erased.
    [[nodiscard]] std::string or_erased(const std::optional<std::string>& text) const;
    [[nodiscard]] std::string or_not_said(const std::string& text) const;
    [[nodiscard]] std::string absent(const Phrase<>& why) const;

    // The fields of a JSON value, one by one and in its order: `lines[0].sku`. Text that is no JSON as it is.
    void json_fields(const std::string& json, std::string_view css_class);

 private:
    std::map<Sequence, const Dossier::Event*> events_;
    std::map<Sequence, CivilDay> days_;
    std::string currency_;
    unsigned decimals_ = 0;
};

[[nodiscard]] std::string code(std::string_view text);
[[nodiscard]] std::string name_and_id(const Dossier::Account& account);

// The parts, in the order of the page.
void write_summary(DossierPage& page);
void write_line(DossierPage& page);
void write_said(DossierPage& page);
void write_verdict(DossierPage& page);
void write_calendar(DossierPage& page);
void write_events(DossierPage& page);
void write_gaps(DossierPage& page);
void write_remedy(DossierPage& page);
void write_proofs(DossierPage& page);

}  // namespace seatledger
