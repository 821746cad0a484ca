// Dossiers to write pages of. Their numbers go together as those of real ones do, but no log stands behind them.
#pragma once

#include <fmt/format.h>

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tools/dossier/dossier.h"

namespace seatledger::testing {

inline CivilDay sample_day(std::string_view text) { return parse_civil_day(text).value(); }
inline billing::Decimal sample_number(std::string_view text) { return billing::parse_decimal(text).value(); }
inline Instant sample_time(std::string_view text) { return parse_rfc3339(text).value(); }

inline std::string message_in(schema::Language language, std::string english, std::string russian,
                              std::string portuguese) {
    switch (language) {
        case schema::Language::RU: return russian;
        case schema::Language::PT: return portuguese;
        case schema::Language::EN: break;
    }
    return english;
}

inline Dossier::Event sample_event(std::uint64_t sequence, std::string name, std::string_view at, std::string actor,
                                   std::string body, bool is_decisive = false) {
    Dossier::Event event;
    event.sequence = Sequence(sequence);
    event.name = std::move(name);
    event.recorded_at = event.effective_at = sample_time(at);
    event.actor = std::move(actor);
    event.json = fmt::format(R"({{"sequence":{},"{}":{}}})", sequence, event.name, body);
    event.body = std::move(body);
    event.is_decisive = is_decisive;
    event.entry_file = fmt::format("{}.event", sequence);
    event.proof_file = fmt::format("{}.tlog-proof", sequence);
    return event;
}

inline Dossier::Said sample_said(std::uint64_t sequence, std::string_view at, std::string who,
                                 std::optional<std::string> text) {
    Dossier::Said said;
    said.sequence = Sequence(sequence);
    said.effective_at = sample_time(at);
    said.who = std::move(who);
    said.text = std::move(text);
    return said;
}

inline Dossier::Gap sample_gap(Dossier::GapKind kind, std::vector<Sequence> sequences = {}, std::uint64_t more = 0) {
    Dossier::Gap gap;
    gap.kind = kind;
    gap.count = sequences.size() + more;
    gap.sequences = std::move(sequences);
    return gap;
}

inline Dossier sample_frame(schema::Language language) {
    Dossier dossier;
    dossier.language = language;
    dossier.log = {
        .origin = "ledger.acme.test/4f1c9a0e7b2d",
        .size = 18,
        .root = "kG1yq0o6XG9cE0m3m1ZkzJtq4R3b8y6f0n8k2r7hQ2w=",
        .verifier_key = "ledger.acme.test/4f1c9a0e7b2d+7d2f01ac+AZx1t0h0m8C9r4Jm0b6yq5m2k1b3x9N0pQyqv7W2cV9s",
        .time = sample_time("2026-08-04T08:12:40.500000Z")};
    dossier.account = {.id = "acme", .name = "Acme", .time_zone = "Europe/Lisbon", .currency = "EUR"};
    dossier.dispute.number = 3;
    dossier.line.sha256 = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";
    dossier.line.date = "2026-08-01";
    dossier.line.layout =
        R"({"format":"csv","separator":";","columns":{"sku":"product","email":"user","start":"from","end":"to","quantity":"seats","amount":"net"},"end":"inclusive","currency":"EUR"})";
    return dossier;
}

// Every way to round and to count ends but the first, with verdicts that differ a little.
inline void add_other_rules(Dossier& dossier) {
    for (const bool end_inclusive : {false, true}) {
        for (const auto rounding : billing::roundings) {
            const billing::PriceBook book{.rounding = rounding, .end_inclusive = end_inclusive};
            if (book == dossier.price_book) continue;
            auto verdict = dossier.judgement->verdict;
            if (end_inclusive) verdict.arithmetic = billing::Arithmetic::explained_by_day_count;
            if (end_inclusive) verdict.day_counts = {billing::DayCount::days_plus_one};
            dossier.other_rules.push_back({.price_book = book, .verdict = verdict});
        }
    }
}

// A month of a license that was unbound on the 15th.
inline Dossier unbound_license(schema::Language language) {
    auto dossier = sample_frame(language);
    dossier.line.row = 14;
    dossier.line.invoice = "2026-07";
    dossier.line.invoice_line = 1;
    dossier.line.text = "phone;reception@acme.test;2026-07-01;2026-07-31;1;31.00";
    billing::BillLine read;
    read.line = 14;
    read.sku = "phone";
    read.bill_sku = "phone";
    read.email = "reception@acme.test";
    read.period = billing::DayPeriod{sample_day("2026-07-01"), sample_day("2026-08-01")};
    read.quantity = sample_number("1");
    read.amount = sample_number("31.00");
    read.currency = "EUR";
    dossier.line.read = read;
    dossier.dispute.said = {
        sample_said(
            16, "2026-08-03T09:00:00.250000Z", "accounts@acme.test",
            message_in(language, "The reception has had no license since 15 July.",
                       "С 15 июля у ресепшена лицензии нет.", "A recepção está sem licença desde 15 de julho.")),
        sample_said(17, "2026-08-03T09:05:00.000000Z", "accounts@acme.test",
                    message_in(language, "Shift plan of July, see the file.", "График смен за июль, см. файл.",
                               "Escala de julho, ver o arquivo.")),
        sample_said(18, "2026-08-04T08:12:40.500000Z", "vendor",
                    message_in(language, "Agreed; 16 days will be credited.", "Согласны; 16 дней будут зачтены.",
                               "De acordo; 16 dias serão creditados."))};
    dossier.dispute.said[1].sha256 = "2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae";
    dossier.dispute.said[2].verdict = "accepted";
    dossier.dispute.is_resolved = true;

    billing::LineVerdict verdict;
    verdict.line = 14;
    verdict.verdict = billing::Verdict::billed_after_unbind;
    verdict.currency = "EUR";
    verdict.amount = sample_number("31.00");
    verdict.explained = sample_number("15.00");
    verdict.at_issue = sample_number("16.00");
    verdict.conceded = sample_number("15.00");
    verdict.because = {Sequence(9), Sequence(12)};
    verdict.details.seat_days_billed = 31;
    verdict.details.seat_days_covered = 15;
    verdict.details.price_in_force = sample_number("31.00");
    verdict.details.price_since = Sequence(1);
    verdict.details.deficits = {{.reason = billing::Verdict::billed_after_unbind, .seat_days = 16, .seats = 1}};
    dossier.judgement = Dossier::Judgement{
        .verdict = verdict,
        .message = message_in(
            language,
            "License 1 was taken from reception@acme.test on 2026-07-15, and nobody had it on days that were billed. "
            "The bill has 31 seat-days, of which the ledger has 15 and lacks 16.",
            "Лицензия 1 отвязана от reception@acme.test 2026-07-15, и в выставленные дни её ни у кого не было. В счёте "
            "31 место-день, из них в реестре есть 15 и нет 16.",
            "A licença 1 foi desvinculada de reception@acme.test em 2026-07-15, e ninguém a teve nos dias cobrados. A "
            "cobrança tem 31 assentos-dia, dos quais o registro tem 15 e não tem 16.")};
    add_other_rules(dossier);

    for (int i = 0; i < 31; ++i) {
        Dossier::Day day;
        day.day = CivilDay{sample_day("2026-07-01").number + i};
        day.is_billed = true;
        day.billed = sample_number("1");
        day.bought = 2;
        if (i < 15) day.covered = 1;
        day.bound = 0;
        if (i < 15) day.bound = day.entitled = 1;
        if (i == 0) day.events = {Sequence(9)};
        if (i == 14) day.events = {Sequence(12)};
        dossier.calendar.push_back(day);
    }
    dossier.events = {
        sample_event(
            1, "productDefined", "2026-06-01T09:00:00Z", "vendor",
            R"({"sku":"phone","name":"Phone","type":"telephony","features":["calls","voicemail"],"term":"P31D","unitPrice":{"amount":"31.00","currency":"EUR"},"billing":"assigned","keepsPhone":true})"),
        sample_event(
            6, "invoiceIssued", "2026-06-30T08:00:00Z", "vendor",
            R"({"invoice":"2026-07","raisedBy":"accounts@acme.test","order":null,"total":{"amount":"62.00","currency":"EUR"},"lines":[{"sku":"phone","type":"telephony","billing":"assigned","quantity":2,"unitPrice":{"amount":"31.00","currency":"EUR"},"amount":{"amount":"62.00","currency":"EUR"},"term":"P31D","validUntil":null}]})"),
        sample_event(
            8, "licensesIssued", "2026-06-30T08:00:01Z", "vendor",
            R"({"invoice":"2026-07","line":1,"sku":"phone","first":1,"quantity":2,"validFrom":"2026-06-30T23:00:00.000000Z","validUntil":"2026-07-31T23:00:00.000000Z"})"),
        sample_event(9, "licenseBound", "2026-07-01T07:30:00Z", "admin@acme.test",
                     R"({"license":1,"sku":"phone","email":"reception@acme.test"})", true),
        sample_event(12, "licenseUnbound", "2026-07-15T16:59:59.999999Z", "admin@acme.test",
                     R"({"license":1,"sku":"phone","email":"reception@acme.test"})", true),
        sample_event(
            16, "disputeOpened", "2026-08-03T09:00:00.25Z", "accounts@acme.test",
            R"({"dispute":3,"invoice":"2026-07","line":1,"claim":"The reception has had no license since 15 July.","bill":{"sha256":"9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08","row":14,"text":"phone;reception@acme.test;2026-07-01;2026-07-31;1;31.00","date":"2026-08-01"},"first":null})"),
        sample_event(17, "evidenceAdded", "2026-08-03T09:05:00Z", "accounts@acme.test",
                     R"({"dispute":3,"note":"Shift plan of July, see the file.","sha256":"2c26b46b68ffc68ff99b"})"),
        sample_event(18, "disputeResolved", "2026-08-04T08:12:40.5Z", "vendor",
                     R"({"dispute":3,"verdict":"accepted","note":"Agreed; 16 days will be credited."})")};
    dossier.events[4].request_id = "hr-2026-0715/4";
    dossier.events[4].via_vendor = true;
    dossier.gaps = {sample_gap(Dossier::GapKind::judged_alone), sample_gap(Dossier::GapKind::layout_declared),
                    sample_gap(Dossier::GapKind::events_chosen)};
    dossier.remedy.kind = Dossier::Remedy::Kind::credit;
    dossier.remedy.amount = sample_number("16.00");
    dossier.remedy.command =
        R"({"account":"acme","creditInvoice":{"invoice":"2026-07","line":1,"quantity":0,"amount":{"amount":"16.00","currency":"EUR"},"reason":"dispute 3","dispute":3}})";
    return dossier;
}

// A year of 500 seats at a price that is not in force any more. `years`: how many such years the line has.
inline Dossier wrong_price(schema::Language language, int years = 1) {
    auto dossier = unbound_license(language);
    const auto from = sample_day("2025-03-15");
    const auto to = civil_day(Date{.year = 2025 + years, .month = 3, .day = 15}).value();
    dossier.account.currency = "USD";
    dossier.line.invoice = "2025-0007";
    dossier.line.row = 2;
    dossier.line.text = "CONN-STD;500;2025-03-15;2026-03-15;132.00;66000.00";
    billing::BillLine read;
    read.line = 2;
    read.sku = "connect";
    read.bill_sku = "CONN-STD";
    read.invoice = "2025-0007";
    read.period = billing::DayPeriod{from, to};
    read.quantity = sample_number("500");
    read.unit_price = sample_number("132.00");
    read.amount = sample_number("66000.00");
    read.currency = "USD";
    read.description = "Connect Standard, 12 months";
    dossier.line.read = read;
    dossier.dispute.is_resolved = false;
    dossier.dispute.said.resize(1);
    auto& verdict = dossier.judgement->verdict;
    verdict.verdict = billing::Verdict::wrong_price;
    verdict.arithmetic = billing::Arithmetic::match;
    verdict.currency = "USD";
    verdict.amount = sample_number("66000.00");
    verdict.explained = sample_number("60000.00");
    verdict.at_issue = sample_number("6000.00");
    verdict.conceded = sample_number("60000.00");
    verdict.details.deficits.clear();
    verdict.details.seat_days_billed = 500L * (to.number - from.number);
    verdict.details.seat_days_covered = verdict.details.seat_days_billed;
    verdict.details.price_in_force = sample_number("120.00");
    verdict.details.price_since = Sequence(1);
    verdict.details.price_copied = Sequence(6);
    verdict.because = {Sequence(1), Sequence(6)};
    dossier.judgement->message = message_in(
        language,
        "The days and seats are right, but the price is not: in force was 120.00 USD a seat for a term, copied when "
        "invoice \"2025-0007\" was issued; billed was 132.00 USD.",
        "Дни и места верны, а цена – нет: действовала цена 120.00 USD за место на срок, перенесённая при выставлении "
        "счёта «2025-0007»; выставлено 132.00 USD.",
        "Os dias e os assentos estão certos, mas o preço não: em vigor estava 120.00 USD por assento e prazo, copiado "
        "quando a fatura \"2025-0007\" foi emitida; cobrado foi 132.00 USD.");
    dossier.other_rules.clear();
    add_other_rules(dossier);
    dossier.calendar.clear();
    const auto first = sample_day("2025-03-01");
    const auto end = civil_day(Date{.year = 2025 + years, .month = 4, .day = 1}).value();
    for (auto at = first; at < end; ++at.number) {
        Dossier::Day day;
        day.day = at;
        day.is_billed = from <= at && at < to;
        if (day.is_billed) day.billed = sample_number("500");
        day.covered = day.is_billed ? 500 : 0;
        if (day.is_billed && at < sample_day("2025-03-18")) day.covered = 480;
        day.bought = day.entitled = day.is_billed || at < CivilDay{to.number + 5} ? 500 : 0;
        if (at < from) day.bought = day.entitled = 0;
        day.bound = day.bought == 0 ? 0 : at < sample_day("2025-06-02") ? 412 : 498;
        if (at == from) day.events = {Sequence(8)};
        if (at == sample_day("2025-06-02")) day.events = {Sequence(9), Sequence(12)};
        dossier.calendar.push_back(day);
    }
    dossier.remedy.amount = sample_number("6000.00");
    dossier.events.pop_back();
    dossier.events.pop_back();
    return dossier;
}

// Everybody in it was erased, the line cannot be read, and there are many events.
inline Dossier erased_texts(schema::Language language) {
    auto dossier = sample_frame(language);
    dossier.line.row = 7;
    dossier.line.unread = message_in(language, "its text was erased", "её текст удалён", "seu texto foi apagado");
    dossier.dispute.first = 2;
    dossier.dispute.said = {sample_said(300, "2026-08-03T09:00:00Z", "", {})};
    for (std::uint64_t i = 1; i <= 300; ++i) {
        const bool is_last = i == 300;
        dossier.events.push_back(sample_event(
            i,
            is_last      ? "disputeOpened"
            : i % 2 == 1 ? "licenseBound"
                         : "licenseUnbound",
            fmt::format("2026-07-{:02}T0{}:00:00Z", 1 + i / 10, i % 10), i % 3 == 0 ? "admin@acme.test" : "",
            is_last ? R"({"dispute":3,"invoice":null,"claim":null,"bill":{"row":7,"text":null}})"
                    : fmt::format(R"({{"license":{},"sku":"phone","email":null}})", 1 + i / 2)));
        if (i % 50 == 0) dossier.events.back().corrects = Sequence(i - 1);
    }
    for (int i = 0; i < 31; ++i) {
        Dossier::Day day;
        day.day = CivilDay{sample_day("2026-07-01").number + i};
        for (std::uint64_t of = 1; of <= 300; ++of) {
            if (static_cast<int>(of / 10) == i) day.events.push_back(Sequence(of));
        }
        dossier.calendar.push_back(day);
    }
    using Kind = Dossier::GapKind;
    std::vector<Sequence> late;
    for (std::uint64_t i = 1; i <= 20; ++i) late.push_back(Sequence(i * 3));
    auto ahead = sample_gap(Kind::days_ahead);
    ahead.days = billing::DayPeriod{sample_day("2026-08-05"), sample_day("2026-08-31")};
    dossier.gaps = {sample_gap(Kind::no_event_in_period),
                    sample_gap(Kind::imported_history, {Sequence(1), Sequence(9999)}),
                    sample_gap(Kind::recorded_late, late, 24),
                    ahead,
                    sample_gap(Kind::text_erased, {Sequence(300)}),
                    sample_gap(Kind::line_unread),
                    sample_gap(Kind::judged_alone),
                    sample_gap(Kind::layout_declared),
                    sample_gap(Kind::events_chosen)};
    return dossier;
}

}  // namespace seatledger::testing
