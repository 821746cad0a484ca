#include "tools/dossier/assemble.h"

#include "engine/base64.h"
#include "events/text.h"
#include "tools/dossier/dossier_facts.h"
#include "tools/dossier/dossier_parts.h"

namespace seatledger {

std::expected<Dossier, std::string> assemble(const DossierInputs& inputs, const ProvedEvents& events) {
    const auto facts = DossierFacts::read(inputs, events);
    if (!facts) return std::unexpected(facts.error());
    Dossier dossier;
    dossier.language = inputs.language;
    const auto& checkpoint = events.checkpoint();
    dossier.log = {checkpoint.origin, checkpoint.size, to_base64(merkle::bytes_of(checkpoint.root)),
                   inputs.verifier_key, facts->time()};
    dossier.account = {inputs.account, std::string(view(facts->account().getName())),
                       std::string(view(facts->account().getTimeZone())),
                       std::string(view(facts->account().getCurrency()))};
    dossier.price_book = inputs.price_book;
    add_said(*facts, dossier);
    dossier.line = facts->line();
    if (inputs.bill && !dossier.line.read) return std::unexpected("it has a bill, but no line of it that can be read");

    const auto day = civil_day(facts->time(), facts->zone());
    billing::Window window{day, day};
    std::optional<LineOfBill> line;
    if (dossier.line.read) {
        auto with_bill = facts->with_bill(dossier.line);
        if (!with_bill) return std::unexpected(with_bill.error());
        line = std::move(*with_bill);
        if (inputs.bill) dossier.line.bill_lines = line->bill.size();
        window = window_of(*line, day);
    }
    const auto history = facts->history(window);
    if (history.contradictions() > 0) {
        return std::unexpected(std::to_string(history.contradictions()) +
                               " of its events rest on others that are not in it");
    }
    if (line) {
        auto opinion = judge_line(history, *line, inputs.price_book, facts->time(), facts->people(), inputs.language);
        dossier.judgement = std::move(opinion.judgement);
        dossier.other_rules = std::move(opinion.other_rules);
        dossier.calendar = std::move(opinion.calendar);
    }
    add_events(*facts, dossier);
    add_gaps(*facts, dossier);
    add_remedy(*facts, history, dossier);
    return dossier;
}

}  // namespace seatledger
