#include "tools/dossier/assemble.h"

#include <algorithm>
#include <string>
#include <vector>

#include "projections/billing/bill_lines.h"
#include "tests/support/reconciled.h"
#include "tests/tools/dossier/dossier_box.h"

namespace seatledger {
namespace {

using namespace testing;
using Gap = Dossier::GapKind;
using Remedy = Dossier::Remedy::Kind;

// Ann had license 1 of an invoice of two from the 5th to the 10th, and nobody had license 2.
Steps january() {
    return steps("2020-01-01T00:00:00Z", priced("seat", "P1M", "assigned", "31.00"),
                 priced("year", "P1Y", "purchased", "100.00"), open_acme(), registered("ann"), registered("bob"),
                 invoiced("i-1", "seat", 2), paid("i-1", "62.00", "bank"), "2020-01-05T08:00:00Z", bind(1, "ann"),
                 "2020-01-10T08:00:00Z", unbind(1), "2020-02-01T08:00:00Z", registered("joe"), "2020-02-10T08:00:00Z");
}

constexpr std::string_view a_month = "seat,1,31.00,31.00,USD,2020-01-01,2020-02-01,,1,";
constexpr std::string_view of_invoice_1 = ",'invoice':'i-1','line':1";

std::string resolved(std::string_view verdict) {
    return acme("'resolveDispute':{'dispute':1,'verdict':'" + std::string(verdict) + "','note':'So it is.'}");
}

std::string credit_for_dispute(std::string_view amount, std::string_view invoice = "i-1") {
    return acme("'creditInvoice':{'invoice':'" + std::string(invoice) +
                "','line':1,'quantity':0,'dispute':1,'amount':" + "{'amount':'" + std::string(amount) +
                "','currency':'USD'},'reason':'dispute 1'}");
}

std::vector<Gap> gaps_of(const Dossier& dossier) {
    std::vector<Gap> kinds;
    for (const auto& gap : dossier.gaps) kinds.push_back(gap.kind);
    return kinds;
}

const Dossier::Gap* find(const Dossier& dossier, Gap kind) {
    const auto found = std::ranges::find(dossier.gaps, kind, &Dossier::Gap::kind);
    return found == dossier.gaps.end() ? nullptr : &*found;
}

std::string amount(const billing::Decimal& of) { return billing::to_text(of, 2); }

Dossier of(const Steps& story) {
    DossierBox box(story);
    return DossierBox::made(box.inputs());
}

}  // namespace

TEST_CASE("a dossier says what the ledger has of the line, day by day and by every rule") {
    DossierBox box(steps(january(), disputed(a_month, of_invoice_1)));
    const auto dossier = DossierBox::made(box.inputs());
    CHECK(dossier.log.size == box.size());
    CHECK(dossier.log.origin == "ledger.example.com");
    CHECK(dossier.log.time == *parse_rfc3339("2020-02-10T08:00:00Z"));
    CHECK(dossier.account.id == "acme");
    CHECK(dossier.account.name == "Acme");
    CHECK(dossier.account.currency == "USD");
    CHECK(dossier.line.invoice == "i-1");
    CHECK(dossier.line.invoice_line == 1u);
    CHECK(dossier.line.text == std::string(a_month));
    REQUIRE(dossier.judgement);
    const auto& verdict = dossier.judgement->verdict;
    CHECK(verdict.verdict == billing::Verdict::billed_after_unbind);
    CHECK(amount(verdict.explained) == "6.00");
    CHECK(amount(verdict.at_issue) == "25.00");
    CHECK(dossier.other_rules.size() == 7);
    CHECK(
        std::ranges::none_of(dossier.other_rules, [&](const auto& of) { return of.price_book == dossier.price_book; }));
    REQUIRE(dossier.calendar.size() == 31);
    for (const auto& day : dossier.calendar) {
        const auto number = date_of(day.day).day;
        const auto had = number >= 5 && number <= 10 ? 1u : 0u;
        INFO(to_text(day.day));
        CHECK(day.is_billed);
        CHECK(day.covered == static_cast<std::int64_t>(had));
        CHECK(day.bought == 1);
        CHECK(day.bound.value_or(0) == had);
        CHECK(day.entitled == had);
        CHECK(day.in_queues == 0);
    }
    for (const auto sequence : verdict.because) {
        const auto event = std::ranges::find(dossier.events, sequence, &Dossier::Event::sequence);
        REQUIRE(event != dossier.events.end());
        CHECK(event->is_decisive);
    }
    CHECK(std::ranges::count(dossier.events, true, &Dossier::Event::is_decisive) ==
          static_cast<std::ptrdiff_t>(verdict.because.size()));
}

TEST_CASE("the calendar names the events of a day that are about seats") {
    const auto dossier = of(steps(january(), disputed(a_month)));
    const auto names = [&](std::size_t day) {
        std::vector<std::string> all;
        for (const auto sequence : dossier.calendar.at(day - 1).events) {
            all.push_back(std::ranges::find(dossier.events, sequence, &Dossier::Event::sequence)->name);
        }
        return all;
    };
    CHECK(names(1) == std::vector<std::string>{"productDefined", "productDefined", "invoiceIssued", "invoicePaid",
                                               "licensesIssued"});
    CHECK(names(5) == std::vector<std::string>{"licenseBound"});
    CHECK(names(10) == std::vector<std::string>{"licenseUnbound"});
    CHECK(names(11).empty());
}

TEST_CASE("the calendar fills whole months, of which the line charges for its days") {
    const auto dossier = of(steps(january(), disputed("seat,1,31.00,7.00,USD,2020-01-28,2020-02-04,,1,")));
    REQUIRE(dossier.calendar.size() == 31 + 29);
    CHECK(to_text(dossier.calendar.front().day) == "2020-01-01");
    CHECK(std::ranges::count(dossier.calendar, true, &Dossier::Day::is_billed) == 7);
    CHECK(dossier.calendar[27].is_billed);
    CHECK_FALSE(dossier.calendar[34].is_billed);
}

TEST_CASE("what was said about the dispute stands there in order") {
    const auto dossier = of(steps(january(), disputed(a_month, of_invoice_1),
                                  acme("'actor':'boss@acme.test','addEvidence':{'dispute':1,'note':'A letter.'}"),
                                  acme("'addEvidence':{'dispute':1,'sha256':'" + std::string(64, 'b') + "'}"),
                                  credit_for_dispute("5.00"), resolved("accepted")));
    const auto& said = dossier.dispute.said;
    REQUIRE(said.size() == 4);
    CHECK(said[0].text == "We did not have it.");
    CHECK(said[0].who == "vendor");
    CHECK(said[1].text == "A letter.");
    CHECK(said[1].who == "boss@acme.test");
    CHECK(said[2].text == "");
    CHECK(said[2].sha256 == std::string(64, 'b'));
    CHECK(said[3].text == "So it is.");
    CHECK(said[3].verdict == "accepted");
    CHECK(dossier.dispute.is_resolved);
    CHECK_FALSE(dossier.dispute.first);
    CHECK(find(dossier, Gap::text_erased) == nullptr);
}

TEST_CASE("a line that was disputed before says by which dispute") {
    DossierBox box(
        steps(january(), disputed(a_month, of_invoice_1), resolved("rejected"), disputed(a_month, of_invoice_1)));
    const auto dossier = DossierBox::made(box.inputs(2));
    CHECK(dossier.dispute.number == 2);
    CHECK(dossier.dispute.first == 1u);
    CHECK(dossier.dispute.said.size() == 1);
    CHECK_FALSE(dossier.dispute.is_resolved);
    // What is said of the first one afterwards is not in it.
    CHECK(DossierBox::made(box.inputs(1)).dispute.is_resolved);
}

TEST_CASE("a dispute about a line of an invoice alone is about the term of its licenses") {
    const auto dossier = of(steps(january(), acme("'openDispute':{'invoice':'i-1','line':1,'claim':'One, not two.'}")));
    CHECK(dossier.line.sha256.empty());
    CHECK_FALSE(dossier.line.text);
    REQUIRE(dossier.line.read);
    CHECK(dossier.line.read->period == period("2020-01-01", "2020-02-01"));
    CHECK(billing::to_text(dossier.line.read->quantity) == "2");
    CHECK(amount(dossier.line.read->amount) == "62.00");
    REQUIRE(dossier.judgement);
    CHECK(amount(dossier.judgement->verdict.explained) == "6.00");
    CHECK(gaps_of(dossier) == std::vector{Gap::events_chosen});
}

TEST_CASE("a line of an unpaid invoice has no days, and no verdict but that") {
    const auto dossier = of(
        steps(january(), invoiced("i-2", "seat", 1), acme("'openDispute':{'invoice':'i-2','line':1,'claim':'No.'}")));
    REQUIRE(dossier.line.read);
    CHECK(dossier.line.read->period.days() == 0);
    CHECK(dossier.calendar.empty());
    REQUIRE(dossier.judgement);
    CHECK(dossier.judgement->verdict.state == billing::LineState::set_aside);
    CHECK(dossier.remedy.kind == Remedy::undecided);
    CHECK(dossier.remedy.command.empty());
}

// ---- Gaps.

TEST_CASE("without gaps but those that every quoted line has, only these are there") {
    CHECK(gaps_of(of(steps(january(), disputed(a_month)))) == std::vector{Gap::judged_alone, Gap::events_chosen});
}

TEST_CASE("a line on whose days nothing happened says so") {
    const auto quiet = of(steps(january(), disputed("seat,1,31.00,5.00,USD,2020-01-20,2020-01-25,,1,")));
    CHECK(find(quiet, Gap::no_event_in_period) != nullptr);
    const auto busy = of(steps(january(), disputed("seat,1,31.00,5.00,USD,2020-01-10,2020-01-15,,1,")));
    CHECK(find(busy, Gap::no_event_in_period) == nullptr);
    // The end is left out.
    const auto before = of(steps(january(), disputed("seat,1,31.00,4.00,USD,2020-01-06,2020-01-10,,1,")));
    CHECK(find(before, Gap::no_event_in_period) != nullptr);
}

TEST_CASE("days that had not come are named") {
    const auto dossier = of(steps(january(), disputed("seat,1,31.00,29.00,USD,2020-02-01,2020-03-01,,1,")));
    const auto* gap = find(dossier, Gap::days_ahead);
    REQUIRE(gap != nullptr);
    CHECK(gap->days == period("2020-02-11", "2020-03-01"));
    const auto all_ahead = of(steps(january(), disputed("seat,1,31.00,31.00,USD,2020-03-01,2020-04-01,,1,")));
    CHECK(find(all_ahead, Gap::days_ahead)->days == period("2020-03-01", "2020-04-01"));
    const auto to_today = of(steps(january(), disputed("seat,1,31.00,10.00,USD,2020-02-01,2020-02-11,,1,")));
    CHECK(find(to_today, Gap::days_ahead) == nullptr);
}

TEST_CASE("a line that cannot be read says why, and nothing is decided") {
    for (const auto& [record, layout, why] : std::vector<std::tuple<std::string, std::string, std::string>>{
             {"seat,1,31.00,much,USD,2020-01-01,2020-02-01,,1,", bill_layout(), "amount"},
             {std::string(a_month), "", "how"},
             {std::string(a_month), "{}", "the layout is wrong"},
             {"seat,1,31.00,31.00,USD,0001-01-01,9999-12-31,,1,", bill_layout(), "days"}}) {
        INFO(record << layout);
        const auto dossier = of(steps(january(), disputed(record, "", layout)));
        CHECK_FALSE(dossier.line.read);
        CHECK(contains(dossier.line.unread, why));
        CHECK_FALSE(dossier.judgement);
        CHECK(dossier.other_rules.empty());
        CHECK(dossier.calendar.empty());
        CHECK(find(dossier, Gap::line_unread) != nullptr);
        CHECK(find(dossier, Gap::judged_alone) == nullptr);
        CHECK(dossier.remedy.kind == Remedy::undecided);
    }
}

TEST_CASE("a layout that the maker declared is used, and said to be so") {
    DossierBox box(steps(january(), disputed(a_month, "", "")));
    auto inputs = box.inputs();
    inputs.layout = R"({"format":"csv","header":")" + std::string(bill_header) + R"("})";
    const auto dossier = DossierBox::made(inputs);
    CHECK(dossier.judgement);
    CHECK(dossier.line.layout == inputs.layout);
    CHECK(gaps_of(dossier) == std::vector{Gap::judged_alone, Gap::layout_declared, Gap::events_chosen});
}

// Who makes a dossier could have any line read as they like.
TEST_CASE("a layout must not be declared where the dispute says one, or quotes no line") {
    const auto refused = [](const Steps& story) {
        DossierBox box(story);
        auto inputs = box.inputs();
        inputs.layout = R"({"format":"csv","header":"sku,quantity,amount,unitPrice,currency,start,end"})";
        const auto made = make_dossier(inputs, DossierBox::key().verifier());
        return made ? "" : made.error();
    };
    CHECK(contains(refused(steps(january(), disputed(a_month))), "layout"));
    CHECK(
        contains(refused(steps(january(), acme("'openDispute':{'invoice':'i-1','line':1,'claim':'No.'}"))), "layout"));
}

TEST_CASE("what was recorded late is named, to the day") {
    const auto at = [](std::string_view when, std::string command) {
        return command.insert(1, "'at':'" + std::string(when) + "',");
    };
    const auto story =
        steps("2020-01-20T00:00:00Z", at("2020-01-01T00:00:00Z", priced("seat", "P1M", "assigned", "31.00")),
              at("2020-01-18T23:59:59Z", open_acme()), at("2020-01-19T00:00:00Z", registered("ann")),
              invoiced("i-1", "seat", 2), paid("i-1", "62.00", "bank"), "2020-02-10T00:00:00Z", disputed(a_month));
    DossierBox box(story);
    const auto dossier = DossierBox::made(box.inputs());
    const auto* gap = find(dossier, Gap::recorded_late);
    REQUIRE(gap != nullptr);
    for (const auto sequence : gap->sequences) {
        const auto event = box.event(sequence.value);
        CHECK(event.getRecordedAt() - event.getEffectiveAt() > 86'400'000'000);
    }
    CHECK(gap->count == box.which([](schema::Event::Reader event) {
                               return !event.isNotificationQueued() &&
                                      event.getRecordedAt() - event.getEffectiveAt() > 86'400'000'000;
                           })
                            .size());
}

TEST_CASE("what was taken over by an import is named, and not called late") {
    const auto imported = [](std::string_view at, std::string command) {
        return command.insert(1, "'at':'" + std::string(at) + "',");
    };
    Steps story = {"2020-02-10T00:00:00Z", imported("2019-01-01T00:00:00Z", priced("seat", "P1M", "assigned", "31.00")),
                   acme("'at':'2019-12-01T00:00:00Z','openAccount':{'name':'Acme','currency':'USD','importing':true,"
                        "'superAdmin':{'email':'boss@acme.test'}}")};
    for (int i = 0; i < 25; ++i) {
        story.push_back(imported("2019-12-02T00:00:00Z", registered("p" + std::to_string(i))));
    }
    story.push_back(imported("2020-01-01T00:00:00Z", invoiced("i-1", "seat", 1)));
    story.push_back(imported("2020-01-01T00:00:00Z", paid("i-1", "31.00", "bank")));
    story.push_back(acme("'endImport':{}"));
    story.push_back(disputed(a_month));
    DossierBox box(story);
    const auto dossier = DossierBox::made(box.inputs());
    const auto* gap = find(dossier, Gap::imported_history);
    REQUIRE(gap != nullptr);
    const auto end = box.which([](schema::Event::Reader event) { return event.isImportEnded(); });
    REQUIRE(end.size() == 1);
    CHECK(gap->count == box.which([&](schema::Event::Reader event) {
                               return event.hasAccount() && !event.isNotificationQueued() &&
                                      event.getSequence() < end[0];
                           })
                            .size());
    CHECK(gap->sequences.size() == 20);
    CHECK(std::ranges::is_sorted(gap->sequences));
    const auto* late = find(dossier, Gap::recorded_late);
    if (late != nullptr) {
        for (const auto sequence : late->sequences) CHECK_FALSE(box.event(sequence.value).hasAccount());
    }
}

TEST_CASE("a text whose key is missing is said to be erased") {
    DossierBox box(steps(january(), disputed(a_month, of_invoice_1)));
    const auto good = box.inputs();
    CHECK(find(DossierBox::made(good), Gap::text_erased) == nullptr);
    for (std::size_t i = 0; i < good.entries.size(); ++i) {
        for (std::size_t k = 0; k < good.entries[i].keys.size(); ++k) {
            auto inputs = good;
            inputs.entries[i].keys.erase(inputs.entries[i].keys.begin() + static_cast<std::ptrdiff_t>(k));
            const auto dossier = DossierBox::made(inputs);
            const auto event = box.event(good.entries[i].sequence.value);
            INFO(good.entries[i].sequence.value << " " << k);
            // A person's name is nothing that a dossier says; their address is.
            std::string box_of_name;
            for_each_sealed(event, [&](const SealedField& field) {
                if (field.what == Personal::name) box_of_name = box_name(field.box);
            });
            const bool is_name = good.entries[i].keys[k].box == box_of_name;
            CHECK((find(dossier, Gap::text_erased) != nullptr) == !is_name);
        }
    }
}

TEST_CASE("a dossier in which nobody was erased makes no gap of those who left") {
    CHECK(find(of(steps(january(), acme("'removeUser':{'email':'ann@acme.test'}"), disputed(a_month))),
               Gap::text_erased) == nullptr);
}

TEST_CASE("an erased person leaves a gap, and the line that names nobody its verdict") {
    DossierBox box(steps(january(), acme("'removeUser':{'email':'ann@acme.test'}"),
                         acme("'erasePerson':{'email':'ann@acme.test'}"), disputed(a_month)));
    const auto dossier = DossierBox::made(box.inputs());
    CHECK(find(dossier, Gap::text_erased) != nullptr);
    REQUIRE(dossier.judgement);
    CHECK(amount(dossier.judgement->verdict.at_issue) == "25.00");
    CHECK_FALSE(contains(dossier.judgement->message, "ann@acme.test"));
}

// ---- What is proposed.

TEST_CASE("what is at issue is to be credited, by a command that the ledger takes") {
    DossierBox box(steps(january(), disputed(a_month, of_invoice_1)));
    const auto before = DossierBox::made(box.inputs());
    CHECK(before.remedy.kind == Remedy::credit);
    CHECK(amount(before.remedy.amount) == "25.00");
    CHECK(before.remedy.credited_by.empty());
    REQUIRE_FALSE(before.remedy.command.empty());
    box.happen({before.remedy.command});
    const auto after = DossierBox::made(box.inputs());
    CHECK(after.remedy.kind == Remedy::done);
    CHECK(amount(after.remedy.credited) == "25.00");
    CHECK(after.remedy.credited_by == std::vector{Sequence(box.size())});
    CHECK(after.remedy.command.empty());
}

TEST_CASE("what is left after a credit is to be credited, and more than enough is done") {
    DossierBox box(steps(january(), disputed(a_month, of_invoice_1), credit_for_dispute("10.50")));
    const auto some = DossierBox::made(box.inputs());
    CHECK(some.remedy.kind == Remedy::credit);
    CHECK(amount(some.remedy.amount) == "14.50");
    CHECK(amount(some.remedy.credited) == "10.50");
    box.happen({credit_for_dispute("30.00")});
    const auto all = DossierBox::made(box.inputs());
    CHECK(all.remedy.kind == Remedy::done);
    CHECK(amount(all.remedy.credited) == "40.50");
    CHECK(all.remedy.credited_by.size() == 2);
}

TEST_CASE("a credit that names no dispute, or another one, is none of it") {
    DossierBox box(steps(january(), disputed(a_month, of_invoice_1), credited("i-1", 0, "5.00"),
                         disputed("seat,1,31.00,30.00,USD,2020-01-01,2020-02-01,,2,", of_invoice_1),
                         acme("'creditInvoice':{'invoice':'i-1','line':1,'quantity':0,'dispute':2,'amount':"
                              "{'amount':'3.00','currency':'USD'},'reason':'r'}"),
                         acme("'addEvidence':{'dispute':1,'note':'Later.'}")));
    const auto dossier = DossierBox::made(box.inputs());
    CHECK(dossier.remedy.credited_by.empty());
    CHECK(amount(dossier.remedy.amount) == "25.00");
}

TEST_CASE("a line that stands has no remedy, and one that is too small says by how much") {
    const auto stands = of(steps(january(), disputed("seat,1,31.00,6.00,USD,2020-01-05,2020-01-11,,1,")));
    CHECK(stands.judgement->verdict.verdict == billing::Verdict::correct);
    CHECK(stands.remedy.kind == Remedy::none);
    CHECK(stands.remedy.command.empty());
    const auto too_little = of(steps(january(), disputed("seat,1,31.00,2.00,USD,2020-01-05,2020-01-11,,1,")));
    CHECK(too_little.remedy.kind == Remedy::billed_too_little);
    CHECK(amount(too_little.remedy.amount) == "4.00");
    CHECK(too_little.remedy.command.empty());
}

TEST_CASE("there is no command for what the ledger would not take") {
    using NoCommand = Dossier::Remedy::NoCommand;
    auto last = NoCommand::there_is_one;
    const auto command_of = [&](const Steps& story) {
        const auto dossier = of(story);
        CHECK(dossier.remedy.kind == Remedy::credit);
        CHECK(dossier.remedy.command.empty() == (dossier.remedy.no_command != NoCommand::there_is_one));
        last = dossier.remedy.no_command;
        return dossier.remedy.command;
    };
    INFO("of no invoice that is known");
    CHECK(command_of(steps(january(), disputed(a_month))).empty());
    INFO("of an invoice that the bill's line names, and that has one line of the product");
    CHECK_FALSE(command_of(steps(january(), disputed("seat,1,31.00,31.00,USD,2020-01-01,2020-02-01,i-1,1,"))).empty());
    CHECK(last == NoCommand::there_is_one);
    INFO("unpaid");
    CHECK(command_of(steps(january(), invoiced("i-2", "seat", 1), disputed(a_month, ",'invoice':'i-2','line':1")))
              .empty());
    INFO("reversed");
    CHECK(command_of(steps(january(), acme("'reversePayment':{'invoice':'i-1','reason':'chargeback'}"),
                           disputed(a_month, of_invoice_1)))
              .empty());
    INFO("more than is left of it");
    CHECK(command_of(steps(january(), credited("i-1", 0, "38.00"), disputed(a_month, of_invoice_1))).empty());
    CHECK(last == NoCommand::credited_otherwise);
    INFO("what may have been credited already");
    CHECK(command_of(steps(january(), credited("i-1", 0, "37.00"), disputed(a_month, of_invoice_1))).empty());
    CHECK(last == NoCommand::credited_otherwise);
    INFO("in another currency");
    const auto euro = of(steps(january(), disputed("seat,1,31.00,31.00,EUR,2020-01-01,2020-02-01,,1,", of_invoice_1)));
    CHECK(euro.remedy.command.empty());
}

// ---- What every dossier must have.

TEST_CASE("without the events that every dossier has there is none") {
    DossierBox box(steps(january(), disputed(a_month, of_invoice_1)));
    const auto refused = [&](const DossierInputs& inputs) {
        const auto made = make_dossier(inputs, DossierBox::key().verifier());
        return made ? "" : made.error();
    };
    const auto without = [&](schema::Event::Which which) {
        return box.inputs(1, [&](schema::Event::Reader event) { return event.which() != which; });
    };
    CHECK(contains(refused(without(schema::Event::ACCOUNT_OPENED)), "the event that opened the account is missing"));
    CHECK(contains(refused(without(schema::Event::DISPUTE_OPENED)), "the event that opened dispute 1 is missing"));
    auto inputs = box.inputs();
    inputs.dispute = 2;
    CHECK(contains(refused(inputs), "the event that opened dispute 2 is missing"));
    inputs.entries.clear();
    CHECK_FALSE(refused(inputs).empty());
    box.happen({acme("'addEvidence':{'dispute':1,'note':'More.'}")});
    CHECK(refused(box.inputs()).empty());
    // A checkpoint of the log when it was larger, or the newest event left out.
    box.happen({registered("eve")});
    CHECK(contains(refused(box.inputs_of(1, box.size(), [](schema::Event::Reader) { return true; })),
                   "the checkpoint does not end with an event about dispute 1"));
    CHECK(contains(refused(without(schema::Event::EVIDENCE_ADDED)), "does not end with an event about dispute 1"));
}

}  // namespace seatledger
