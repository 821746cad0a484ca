// What is folded out of an account's events.
#include "projections/billing/account_history.h"

#include <string>
#include <vector>

#include "events/text.h"
#include "tests/support/billing_oracle.h"
#include "tests/support/catch.h"
#include "tests/support/given.h"
#include "tests/support/ledger_box.h"
#include "tests/support/random_commands.h"

namespace seatledger::billing {
namespace {

using namespace testing;

std::vector<Words> blocks_of(const Steps& steps) {
    LedgerBox box;
    box.must_happen(steps);
    return box.blocks();
}

AccountHistory folded(const Steps& steps, std::optional<Window> window = {}) {
    return history_of(blocks_of(steps), "acme", window);
}

Window window(std::string_view first, std::string_view last) {
    return {*parse_civil_day(first), *parse_civil_day(last)};
}

std::string when(Instant at) { return at == last_instant ? "-" : to_rfc3339(at).substr(0, 19); }

std::string shown(SpanEnd end) {
    switch (end) {
        case SpanEnd::none: return "none";
        case SpanEnd::unbound: return "unbound";
        case SpanEnd::expired: return "expired";
        case SpanEnd::revoked: return "revoked";
    }
    return "?";
}

std::string shown(const SeatSpan& span) {
    return std::to_string(span.user.value) + " " + when(span.from) + " " + when(span.to) + " " + shown(span.end) +
           (span.ended ? "!" : "");
}

// Oldest first.
std::vector<std::string> spans_of(const AccountHistory& history, std::uint32_t license) {
    std::vector<std::string> spans;
    const auto* span = history.newest_span(LicenseNumber(license));
    for (; span != nullptr; span = history.before(*span)) spans.insert(spans.begin(), shown(*span));
    return spans;
}

std::vector<std::string> spans_of_user(const AccountHistory& history, std::uint32_t user) {
    std::vector<std::string> spans;
    SpansByUser(history).for_each(UserId(user), [&](const SeatSpan& span) {
        spans.push_back(std::to_string(span.license.value) + " " + when(span.from) + " " + shown(span.end));
    });
    return spans;
}

// Users: 1 boss, 2 ann, 3 bob, 4 cat.
Steps start(const std::string& term = "P1Y") {
    return steps(product("seat", term), open_acme("Europe/Berlin"), registered("ann"), registered("bob"),
                 registered("cat"));
}

// The event that a moment names.
schema::Event::Reader event_at(const std::vector<Words>& blocks, Sequence sequence) {
    for (const auto& words : blocks) {
        const auto block = open_block(words);
        for (const auto& entry : block->entries()) {
            if (entry.sequence == sequence) return read_event(entry);
        }
    }
    FAIL("no event " << sequence.value);
    return {};
}

}  // namespace

TEST_CASE("spans say how they ended, and by which event") {
    const auto blocks = blocks_of(
        steps(start("P10D"), "2020-01-02T00:00:00Z", bought("i", "seat", 3), bind(1, "ann"), "2020-01-03T00:00:00Z",
              acme("'reassignLicense':{'license':1,'email':'bob@acme.test'}"), bind(2, "cat"), "2020-01-04T00:00:00Z",
              unbind(1), bind(1, "ann"), unbind(1), bind(1, "ann"), "2020-01-05T00:00:00Z",
              acme("'creditInvoice':{'invoice':'i','line':1,'quantity':2,'amount':{'amount':'5.00','currency':'USD'},"
                   "'reason':'wrong'}"),
              "2020-01-20T00:00:00Z", registered("dan")));
    const auto history = history_of(blocks, "acme");
    CHECK(spans_of(history, 1) == std::vector<std::string>{"2 2020-01-02T00:00:00 2020-01-03T00:00:00 unbound!",
                                                           "3 2020-01-03T00:00:00 2020-01-04T00:00:00 unbound!",
                                                           "2 2020-01-04T00:00:00 2020-01-04T00:00:00 unbound!",
                                                           "2 2020-01-04T00:00:00 2020-01-12T00:00:00 expired!"});
    CHECK(spans_of(history, 2) == std::vector<std::string>{"4 2020-01-03T00:00:00 2020-01-05T00:00:00 revoked!"});
    CHECK(spans_of(history, 3).empty());
    CHECK(spans_of(history, 4).empty());
    CHECK(spans_of_user(history, 2) == std::vector<std::string>{"1 2020-01-02T00:00:00 unbound",
                                                                "1 2020-01-04T00:00:00 unbound",
                                                                "1 2020-01-04T00:00:00 expired"});
    CHECK(spans_of_user(history, 1).empty());
    CHECK(spans_of_user(history, 99).empty());

    const auto& last = *history.newest_span(LicenseNumber(1));
    CHECK(event_at(blocks, last.began).getLicenseBound().getLicense() == 1);
    CHECK(event_at(blocks, last.ended).getLicensesExpired().getFirst() == 1);
    CHECK(history.expiry_of(LicenseNumber(1))->sequence == last.ended);
    CHECK_FALSE(history.expiry_of(LicenseNumber(2)).has_value());
    const auto& taken = *history.newest_span(LicenseNumber(2));
    CHECK(event_at(blocks, taken.ended).getLicensesRevoked().getUser() == 4);
    CHECK(history.revocation_of(LicenseNumber(2))->happened.sequence == taken.ended);
    // The free one first, by an event of its own.
    REQUIRE(history.revocation_of(LicenseNumber(3)) != nullptr);
    CHECK_FALSE(history.revocation_of(LicenseNumber(3))->user);
    CHECK(history.revocation_of(LicenseNumber(1)) == nullptr);
    CHECK(history.revocation_of(LicenseNumber(4)) == nullptr);
}

TEST_CASE("who has a license when nothing more is known has it until its term ends") {
    const auto history = folded(steps(start("P10D"), "2020-01-02T00:00:00Z", bought("i", "seat", 1), bind(1, "ann")));
    CHECK(spans_of(history, 1) == std::vector<std::string>{"2 2020-01-02T00:00:00 2020-01-12T00:00:00 none"});
    CHECK_FALSE(history.expiry_of(LicenseNumber(1)).has_value());
}

TEST_CASE("lots have their line's price and basis, and the events that issued and paid for them") {
    const auto blocks = blocks_of(
        steps(start(),
              "{'defineProduct':{'sku':'daily','name':'N','type':'t','term':'P1M','billing':'assigned','unitPrice':"
              "{'amount':'3.00','currency':'USD'}}}",
              acme("'issueInvoice':{'invoice':'i','raisedBy':'boss@acme.test','lines':[{'sku':'seat','quantity':2},"
                   "{'sku':'daily','quantity':3,'amount':{'amount':'10.00','currency':'USD'}},"
                   "{'sku':'seat','quantity':1,'unitPrice':{'amount':'0.005','currency':'USD'},"
                   "'validUntil':'2021-01-01T00:00:00Z'}]}"),
              "2020-01-02T00:00:00Z", paid("i", "30.01", "bank")));
    const auto history = history_of(blocks, "acme");
    REQUIRE(history.lots().size() == 3);
    const auto& [seats, daily, own] = std::tie(history.lots()[0], history.lots()[1], history.lots()[2]);
    CHECK(seats.unit_price == 10);
    CHECK(daily.unit_price == Exact(10, 3));
    CHECK(own.unit_price == Exact(1, 200));
    CHECK(daily.billing == schema::Billing::ASSIGNED);
    CHECK(history.product(daily.sku).sku == "daily");
    CHECK(history.product(daily.sku).billing == schema::Billing::ASSIGNED);
    CHECK(daily.first == LicenseNumber(3));
    CHECK(daily.quantity == 3);
    CHECK(when(daily.valid_from) == "2020-01-02T00:00:00");
    CHECK(when(daily.valid_until) == "2020-02-02T00:00:00");
    CHECK(when(own.valid_until) == "2021-01-01T00:00:00");
    CHECK(event_at(blocks, daily.issued.sequence).getLicensesIssued().getLine() == 2);
    CHECK(event_at(blocks, daily.paid.sequence).isInvoicePaid());
    CHECK(history.lot_of(LicenseNumber(5)) == &daily);
    CHECK(history.lot_of(LicenseNumber(6)) == &own);
    CHECK(history.lot_of(LicenseNumber(0)) == nullptr);
    CHECK(history.lot_of(LicenseNumber(7)) == nullptr);
    CHECK(history.license_count() == 6);

    const auto& invoice = *history.find_invoice("i");
    CHECK(invoice.paid == daily.paid);
    CHECK_FALSE(invoice.reversed);
    REQUIRE(invoice.lines.size() == 3);
    CHECK(invoice.lines[1].lot == 1u);
    CHECK(invoice.lines[0].unit_price == Amount{10'000'000});
    CHECK_FALSE(invoice.lines[1].unit_price.has_value());
    CHECK(invoice.lines[2].amount == Amount{10'000});
    CHECK(invoice.lines[0].term_text == "P1Y");
    CHECK(invoice.lines[2].term_text.empty());
    CHECK(history.currency() == "USD");
    CHECK(history.zone_name() == "Europe/Berlin");
}

TEST_CASE("invoices and orders have every step that they went through") {
    const auto blocks = blocks_of(steps(
        start(), acme("'addCard':{'token':'card','last4':'4242','expires':'2027-05'}"),
        acme("'requestLicenses':{'sku':'seat','quantity':2}"), acme("'requestLicenses':{'sku':'seat','quantity':1}"),
        "2020-01-04T00:00:00Z", acme("'fulfillOrder':{'order':1,'invoice':'a'}"), acme("'voidInvoice':{'invoice':'a'}"),
        acme("'cancelOrder':{'order':2}"), acme("'fulfillOrder':{'order':1,'invoice':'b'}"), paid("b", "20.00", "x"),
        acme("'creditInvoice':{'invoice':'b','line':1,'quantity':0,'amount':{'amount':'1.50','currency':'USD'},"
             "'reason':'late'}"),
        acme("'reversePayment':{'invoice':'b','reason':'chargeback'}"),
        "{'account':'acme','actor':'boss@acme.test','requestLicenses':{'sku':'seat','quantity':3}}"));
    const auto history = history_of(blocks, "acme");
    const auto& a = *history.find_invoice("a");
    const auto& b = *history.find_invoice("b");
    CHECK(event_at(blocks, a.voided.sequence).isInvoiceVoided());
    CHECK_FALSE(a.paid);
    CHECK(event_at(blocks, b.reversed.sequence).isPaymentReversed());
    CHECK(when(b.reversed.at) == "2020-01-04T00:00:00");
    REQUIRE(b.lines[0].credits.size() == 1);
    CHECK(b.lines[0].credits[0].amount == Amount{1'500'000});
    CHECK(b.lines[0].credits[0].reason == "late");
    CHECK(event_at(blocks, b.lines[0].credits[0].granted.sequence).isInvoiceCredited());
    CHECK(history.revocation_of(LicenseNumber(2)) != nullptr);
    CHECK(history.find_invoice("c") == nullptr);

    const auto& first = *history.find_order(OrderNumber(1));
    CHECK(first.invoice == "b");
    CHECK(first.quantity == 2);
    CHECK(event_at(blocks, first.requested.sequence).isLicensesRequested());
    CHECK(event_at(blocks, first.overdue.sequence).isOrderOverdue());
    CHECK(event_at(blocks, first.fulfilled.sequence).isOrderFulfilled());
    CHECK(first.requested_by == Actor{});
    const auto& second = *history.find_order(OrderNumber(2));
    CHECK(event_at(blocks, second.cancelled.sequence).isOrderCancelled());
    CHECK(second.invoice.empty());
    CHECK(history.find_order(OrderNumber(3))->requested_by == Actor{schema::Event::Principal::USER, UserId(1), true});
    CHECK(history.find_order(OrderNumber(4)) == nullptr);
}

TEST_CASE("products have their prices, of which only changes count, whether or not the account's events come first") {
    const auto blocks = blocks_of(
        steps(start(), bought("i", "seat", 1), "2020-02-01T00:00:00Z", "{'changeProduct':{'sku':'seat','name':'New'}}",
              "{'changeProduct':{'sku':'seat','unitPrice':{'amount':'12.00','currency':'USD'}}}",
              "2020-03-01T00:00:00Z", "{'retireProduct':{'sku':'seat'}}",
              "{'defineProduct':{'sku':'center','name':'C','type':'q','term':'P1M','billing':'membership','unitPrice':"
              "{'amount':'3.00','currency':'USD'}}}"));
    for (const bool account_first : {false, true}) {
        AccountHistory history("acme");
        for (const bool of_account : {account_first, !account_first}) {
            for (const auto& words : blocks) {
                const auto block = open_block(words);
                for (const auto& entry : block->entries()) {
                    if (read_event(entry).hasAccount() == of_account) history.apply(entry);
                }
            }
        }
        CHECK(history.misfits() == 0);
        REQUIRE(history.find_product("seat") != nullptr);
        const auto& seat = *history.find_product("seat");
        CHECK(seat.name == "New");
        REQUIRE(seat.prices.size() == 2);
        CHECK(seat.prices[1].unit_price == Amount{12'000'000});
        CHECK(event_at(blocks, seat.prices[1].since.sequence).isProductChanged());
        CHECK(seat.term == Term{.months = 12});
        CHECK(event_at(blocks, seat.retired.sequence).isProductRetired());
        CHECK(history.find_product("none") == nullptr);
        const auto offers = history.membership_offers();
        REQUIRE(offers.size() == 1);
        CHECK(history.product(offers[0].sku).sku == "center");
        CHECK(offers[0].from == first_instant);
        CHECK(offers[0].to == last_instant);
    }
}

TEST_CASE("places in queues have a beginning, an end and who made it; a name that is used again is another queue") {
    const auto enter = [](const std::string& queue, const std::string& role) {
        return acme("'addQueueMember':{'queue':'" + queue + "','email':'ann@acme.test','role':'" + role + "'}");
    };
    const auto blocks = blocks_of(steps(
        start(), acme("'createQueue':{'queue':'q','kind':'call'}"), acme("'createQueue':{'queue':'r','kind':'inbox'}"),
        "2020-01-02T00:00:00Z", enter("q", "agent"), enter("r", "supervisor"), "2020-01-03T00:00:00Z",
        "{'account':'acme','actor':'boss@acme.test','removeQueueMember':{'queue':'q','email':'ann@acme.test'}}",
        acme("'deleteQueue':{'queue':'q'}"), acme("'createQueue':{'queue':'q','kind':'outbound'}"), enter("q", "agent"),
        "2020-01-04T00:00:00Z", acme("'deleteQueue':{'queue':'r'}"), acme("'removeUser':{'email':'bob@acme.test'}")));
    const auto history = history_of(blocks, "acme");
    const auto& spans = history.user(UserId(2))->queues;
    REQUIRE(spans.size() == 3);
    CHECK(history.queues()[spans[0].queue].name == "q");
    CHECK(history.queues()[spans[0].queue].deleted);
    CHECK(when(spans[0].to) == "2020-01-03T00:00:00");
    CHECK(spans[0].removed_by == Actor{schema::Event::Principal::USER, UserId(1), true});
    CHECK(event_at(blocks, spans[0].began).isQueueMemberAdded());
    CHECK(event_at(blocks, spans[0].ended).isQueueMemberRemoved());
    CHECK(spans[1].role == schema::QueueRole::SUPERVISOR);
    CHECK(history.queues()[spans[1].queue].kind == schema::QueueKind::INBOX);
    CHECK(spans[1].removed_by == Actor{});
    CHECK(spans[2].queue != spans[0].queue);
    CHECK(history.queues()[spans[2].queue].kind == schema::QueueKind::OUTBOUND);
    CHECK(spans[2].to == last_instant);
    CHECK_FALSE(spans[2].ended);
    CHECK(event_at(blocks, history.user(UserId(3))->removed.sequence).isUserRemoved());
    CHECK(event_at(blocks, history.user(UserId(3))->registered.sequence).isUserRegistered());
    CHECK(history.user(UserId(0)) == nullptr);
    CHECK(history.user(UserId(5)) == nullptr);
}

TEST_CASE("with a window, what ended before it is dropped but for the newest of each license and each person") {
    const auto all = steps(start(), "2020-01-02T00:00:00Z", bought("i", "seat", 2),                       //
                           bind(1, "ann"), unbind(1), "2020-01-03T00:00:00Z", bind(1, "bob"), unbind(1),  //
                           bind(2, "cat"), "2020-01-04T00:00:00Z", unbind(2), bind(2, "ann"), unbind(2),  //
                           "2020-02-01T12:00:00Z", bind(1, "cat"), unbind(1), bind(1, "ann"),             //
                           "2020-03-01T12:00:00Z", unbind(1), bind(1, "bob"), unbind(1), bind(1, "cat"));
    const auto february = folded(all, window("2020-02-01", "2020-02-29"));
    // Before it the newest, and behind it the first.
    CHECK(spans_of(february, 1) == std::vector<std::string>{"4 2020-02-01T12:00:00 2020-02-01T12:00:00 unbound!",
                                                            "2 2020-02-01T12:00:00 2020-03-01T12:00:00 unbound!",
                                                            "3 2020-03-01T12:00:00 2020-03-01T12:00:00 unbound!"});
    CHECK(spans_of(february, 2) == std::vector<std::string>{"2 2020-01-04T00:00:00 2020-01-04T00:00:00 unbound!"});
    // Whatever came after it, everybody's newest one is known.
    CHECK(shown(*february.last_before_window(UserId(2))) == "2 2020-01-04T00:00:00 2020-01-04T00:00:00 unbound!");
    CHECK(shown(*february.last_before_window(UserId(3))) == "3 2020-01-03T00:00:00 2020-01-03T00:00:00 unbound!");
    CHECK(shown(*february.last_before_window(UserId(4))) == "4 2020-01-03T00:00:00 2020-01-04T00:00:00 unbound!");
    CHECK(february.last_before_window(UserId(1)) == nullptr);
    CHECK(february.last_before_window(UserId(9)) == nullptr);
    CHECK(spans_of_user(february, 2) ==
          std::vector<std::string>{"2 2020-01-04T00:00:00 unbound", "1 2020-02-01T12:00:00 unbound"});
    CHECK(folded(all).span_count() == 8);
    CHECK(february.span_count() == 4);
    // Of the whole of its time nothing is dropped.
    CHECK(folded(all, window("2020-01-01", "2020-04-01")).span_count() == 8);
    CHECK(folded(all, window("2020-01-01", "2020-04-01")).last_before_window(UserId(2)) == nullptr);
}

TEST_CASE("with a window, places in queues that ended before it are dropped but for the newest, and later ones too") {
    auto all = steps(start(), acme("'createQueue':{'queue':'q','kind':'call'}"),
                     acme("'createQueue':{'queue':'r','kind':'call'}"));
    const auto move = [&](const std::string& day, const std::string& command, const std::string& queue) {
        all.push_back("2020-" + day + "T12:00:00Z");
        all.push_back(acme("'" + command + "':{'queue':'" + queue + "','email':'ann@acme.test'" +
                           (command == "addQueueMember" ? ",'role':'agent'}" : "}")));
    };
    for (const auto* day : {"01-05", "01-06", "01-07"}) {
        move(day, "addQueueMember", "q");
        move(day, "removeQueueMember", "q");
    }
    move("01-08", "addQueueMember", "r");
    for (const auto* day : {"02-05", "02-06", "03-01", "03-02"}) {
        move(day, "addQueueMember", "q");
        move(day, "removeQueueMember", "q");
    }
    std::vector<std::string> began;
    const auto february = folded(all, window("2020-02-01", "2020-02-29"));
    for (const auto& span : february.user(UserId(2))->queues) began.push_back(when(span.from).substr(5, 5));
    CHECK(began == std::vector<std::string>{"01-07", "01-08", "02-05", "02-06", "03-01"});
    CHECK(folded(all).user(UserId(2))->queues.size() == 8);
}

TEST_CASE("every way to apply events gives the same, and other accounts' events are skipped") {
    RandomCommands random(20260301);
    LedgerBox box;
    for (const auto& command : random.start()) static_cast<void>(box.judge(command));
    Instant now = instant("2020-01-01T00:00:00Z");
    for (int i = 0; i < 3'000; ++i) {
        now.micros += random.leap_micros();
        box.clock().set(now);
        static_cast<void>(box.judge(random.next()));
    }
    const auto blocks = box.blocks();
    std::size_t spans = 0;
    for (const auto& account : {"a", "b", "c"}) {
        const auto by_entry = history_of(blocks, account);
        AccountHistory by_head(account);
        AccountHistory by_reader(account);
        for (const auto& words : blocks) {
            const auto block = open_block(words);
            for (const auto& entry : block->entries()) {
                by_head.apply(rules::EventHead(entry));
                by_reader.apply(read_event(entry));
            }
        }
        for (const auto* other : {&by_head, &by_reader}) {
            REQUIRE(other->span_count() == by_entry.span_count());
            for (std::size_t i = 0; i < by_entry.span_count(); ++i) {
                CHECK(shown(other->span(i)) == shown(by_entry.span(i)));
                CHECK(other->span(i).began == by_entry.span(i).began);
                CHECK(other->span(i).ended == by_entry.span(i).ended);
            }
            CHECK(other->sequence() == by_entry.sequence());
            CHECK(other->last_effective_at() == by_entry.last_effective_at());
            CHECK(other->misfits() == 0);
        }
        spans += by_entry.span_count();
    }
    CHECK(spans > 50);
    AccountHistory nobody("nobody");
    for (const auto& words : blocks) {
        const auto block = open_block(words);
        for (const auto& entry : block->entries()) nobody.apply(entry);
    }
    CHECK(nobody.license_count() == 0);
    CHECK(nobody.zone() == nullptr);
    CHECK(nobody.invoices().empty());
}

TEST_CASE("events that others are missing before are counted, and do no harm") {
    const auto blocks = blocks_of(steps(start(), bought("i", "seat", 2), bought("j", "seat", 2), bind(1, "ann"),
                                        bind(3, "bob"), unbind(1), unbind(3)));
    // Without the first lot, as evidence about the second one might be.
    AccountHistory history("acme");
    for (const auto& words : blocks) {
        const auto block = open_block(words);
        for (const auto& entry : block->entries()) {
            const auto event = read_event(entry);
            if (event.isLicensesIssued() && event.getLicensesIssued().getFirst() == 1) continue;
            history.apply(entry);
        }
    }
    CHECK(history.misfits() == 3);  // that the numbers are not dense, and the bind and unbind of license 1
    CHECK(history.lot_of(LicenseNumber(1)) == nullptr);
    CHECK(history.lot_of(LicenseNumber(3)) != nullptr);
    CHECK(spans_of(history, 1).empty());
    CHECK(spans_of(history, 3).size() == 1);

    AccountHistory without_account("acme");
    for (const auto& words : blocks) {
        const auto block = open_block(words);
        for (const auto& entry : block->entries()) {
            const auto event = read_event(entry);
            if (event.isLicenseBound() || event.isLicenseUnbound() || event.isLicensesIssued()) {
                without_account.apply(entry);
            }
        }
    }
    CHECK(without_account.misfits() == 6);
    CHECK(without_account.span_count() == 0);
}

}  // namespace seatledger::billing
