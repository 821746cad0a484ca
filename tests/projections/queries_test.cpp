// Each question, on one year of one small company.
#include "projections/queries.h"

#include <memory>
#include <string>
#include <vector>

#include "projections/cursor.h"
#include "tests/support/catch.h"
#include "tests/support/given.h"
#include "tests/support/world.h"

namespace seatledger {
namespace {

using namespace testing;

using QueryBuilder = schema::Query::Builder;

// Events, by their sequences:
//  1 connect and 2 center are defined; 3–5 the account with its super admin (1), 6 ann (2), 7 bob (3)
//  8 invoice i-1 on 3 March; paid two days later: 9 paid, 10 connect 1–3, 11 center 4–5 (for a month), 12 the letter
// 13 1 to ann, 14 4 to ann, 15 a reminder of center, 16 1 from ann, 17 1 to bob, 18 ann is anna, 19 another reminder,
// 20 center expires, which ann still had; 21 invoice i-2, 22–24 paid: center 6; 25 a reminder, 26 6 to anna; 27 connect
// is renamed; 28 invoice i-3, 29 voided
Steps year() {
    return {
        "{'at':'2019-12-01T00:00:00Z','defineProduct':{'sku':'connect','name':'Connect','type':'phone','features':["
        "'calls'],'term':'P1Y','unitPrice':{'amount':'10.00','currency':'USD'}}}",
        "{'at':'2019-12-01T00:00:00Z','defineProduct':{'sku':'center','name':'Center','type':'service','term':'P1M',"
        "'unitPrice':{'amount':'20.00','currency':'USD'}}}",
        "2020-03-01T00:00:00Z",
        open_acme(),
        registered("Ann"),
        registered("bob"),
        "2020-03-03T12:00:00Z",
        acme("'issueInvoice':{'invoice':'i-1','raisedBy':'ann@acme.test','lines':[{'sku':'connect','quantity':3},"
             "{'sku':'center','quantity':2,'amount':{'amount':'30.00','currency':'USD'}}]}"),
        "2020-03-05T12:00:00Z",
        paid("i-1", "60.00", "bank-1"),
        "2020-03-06T00:00:00Z",
        bind(1, "ann"),
        "2020-03-06T01:00:00Z",
        bind(4, "ann"),
        "2020-03-10T00:00:00Z",
        unbind(1),
        "2020-03-11T00:00:00Z",
        bind(1, "bob"),
        "2020-03-12T00:00:00Z",
        acme("'changeEmail':{'email':'ann@acme.test','newEmail':'anna@acme.test'}"),
        "2020-05-01T00:00:00Z",
        acme("'issueInvoice':{'invoice':'i-2','raisedBy':'boss@acme.test','lines':[{'sku':'center','quantity':1}]}"),
        "2020-05-03T00:00:00Z",
        paid("i-2", "20.00", "bank-2"),
        "2020-05-04T00:00:00Z",
        bind(6, "anna"),
        "{'changeProduct':{'sku':'connect','name':'Connect Standard','features':['calls','fax']}}",
        invoiced("i-3", "connect", 7),
        "2020-05-05T00:00:00Z",
        acme("'voidInvoice':{'invoice':'i-3'}")};
}

const std::string center_expires = "2020-04-05T12:00:00Z";

LiveWorld& world() {
    static const auto kept = [] {
        auto made = std::make_unique<LiveWorld>();
        made->must_happen(year());
        REQUIRE(made->log().last() == Sequence(29));
        return made;
    }();
    return *kept;
}

Question licenses(const std::function<void(schema::LicenseFilter::Builder)>& filter = {}) {
    return [=](QueryBuilder query) {
        query.setAccount("acme");
        auto licenses = query.initLicenses();
        if (filter) filter(licenses);
    };
}

Question products() {
    return [](QueryBuilder query) {
        query.setAccount("acme");
        query.initProducts();
    };
}

Question users(const std::string& email = "") {
    return [=](QueryBuilder query) {
        query.setAccount("acme");
        auto filter = query.initUsers();
        if (!email.empty()) filter.setEmail(email);
    };
}

Question user(const std::string& email) {
    return [=](QueryBuilder query) {
        query.setAccount("acme");
        query.initUser().setEmail(email);
    };
}

Question invoices(const std::string& invoice = "", const std::string& status = "") {
    return [=](QueryBuilder query) {
        query.setAccount("acme");
        auto filter = query.initInvoices();
        if (!invoice.empty()) filter.setInvoice(invoice);
        if (!status.empty()) filter.setStatus(status);
    };
}

Question access(const std::string& email, const std::string& sku) {
    return [=](QueryBuilder query) {
        query.setAccount("acme");
        auto question = query.initAccess();
        question.setEmail(email);
        question.setSku(sku);
    };
}

Question as_of(const Question& question, Instant instant) {
    return [=](QueryBuilder query) {
        question(query);
        query.setAsOf(instant.micros);
    };
}

Question as_of(const Question& question, const std::string& rfc3339) { return as_of(question, instant(rfc3339)); }

Question as_of_sequence(const Question& question, std::uint64_t sequence) {
    return [=](QueryBuilder query) {
        question(query);
        query.setAsOfSequence(sequence);
    };
}

// Each row as an object of which all that it has must be in the row.
void check_rows(const std::vector<std::string>& rows, const std::vector<std::string>& expected) {
    CHECK(rows.size() == expected.size());
    for (std::size_t i = 0; i < std::min(rows.size(), expected.size()); ++i) {
        INFO(rows[i] << "\nis not\n" << expected[i]);
        CHECK(is_event(rows[i], expected[i]));
    }
}

void check_rows(const Question& question, const std::vector<std::string>& expected) {
    check_rows(world().rows(question), expected);
}

std::string failure_of(const Question& question) {
    const auto page = world().ask(question);
    REQUIRE(page.failure);
    return *page.failure;
}

void check_has_no(const std::string& what, const Question& question) {
    CHECK(failure_of(question).find("acme has no " + what + "; see query ") == 0);
}

TEST_CASE("products: every product of the account, with how many licenses are in which state") {
    check_rows(products(),
               {"{'sku':'connect','name':'Connect Standard','type':'phone','features':['calls','fax'],'total':3,"
                "'available':2,'bound':1,'expired':0,'revoked':0}",
                "{'sku':'center','name':'Center','total':3,'available':0,'bound':1,'expired':2,'revoked':0}"});
    check_rows(as_of(products(), "2020-03-08T00:00:00Z"),
               {"{'sku':'connect','name':'Connect','features':['calls'],'total':3,'available':2,'bound':1}",
                "{'sku':'center','total':2,'available':1,'bound':1,'expired':0}"});
    check_rows(as_of(products(), "2020-03-05T11:59:59.999999Z"), {});
    const auto filtered = [](auto set) {
        return [set](QueryBuilder query) {
            query.setAccount("acme");
            set(query.initProducts());
        };
    };
    check_rows(filtered([](auto filter) { filter.setSku("center"); }), {"{'sku':'center'}"});
    check_rows(filtered([](auto filter) { filter.setType("phone"); }), {"{'sku':'connect'}"});
    check_rows(filtered([](auto filter) { filter.setType("none"); }), {});
}

TEST_CASE("licenses: each with its status, and whom it is bound to") {
    check_rows(
        licenses(),
        {"{'license':1,'sku':'connect','product':'Connect "
         "Standard','type':'phone','status':'bound','email':'bob@acme.test',"
         "'invoice':'i-1','validFrom':'2020-03-05T12:00:00.000000Z','validUntil':'2021-03-05T12:00:00.000000Z'}",
         "{'license':2,'status':'available','email':null}", "{'license':3,'status':'available','email':null}",
         "{'license':4,'sku':'center','status':'expired','email':null,'validUntil':'2020-04-05T12:00:00.000000Z'}",
         "{'license':5,'status':'expired','email':null}",
         "{'license':6,'sku':'center','status':'bound','email':'anna@acme.test','invoice':'i-2'}"});
}

TEST_CASE("licenses: by every filter, alone and together") {
    const auto numbers = [](const Question& question) {
        std::vector<std::string> found;
        for (const auto& row : world().rows(question)) found.push_back(row.substr(0, row.find(',')));
        return found;
    };
    const auto of = [](std::vector<int> licenses) {
        std::vector<std::string> rows;
        for (const auto license : licenses) rows.push_back("{\"license\":" + std::to_string(license));
        return rows;
    };
    using Filter = schema::LicenseFilter::Builder;
    CHECK(numbers(licenses([](Filter f) { f.setSku("connect"); })) == of({1, 2, 3}));
    CHECK(numbers(licenses([](Filter f) { f.setType("service"); })) == of({4, 5, 6}));
    CHECK(numbers(licenses([](Filter f) { f.setStatus("available"); })) == of({2, 3}));
    CHECK(numbers(licenses([](Filter f) { f.setStatus("bound"); })) == of({1, 6}));
    CHECK(numbers(licenses([](Filter f) { f.setStatus("expired"); })) == of({4, 5}));
    CHECK(numbers(licenses([](Filter f) { f.setStatus("revoked"); })) == of({}));
    CHECK(numbers(licenses([](Filter f) { f.setEmail("BOB@acme.test"); })) == of({1}));
    CHECK(numbers(licenses([](Filter f) { f.setEmail("anna@acme.test"); })) == of({6}));
    check_rows(licenses([](Filter f) { f.setEmail("ann@acme.test"); }), {});  // who is anna now
    check_has_no("user nobody@acme.test", licenses([](Filter f) { f.setEmail("nobody@acme.test"); }));
    CHECK(numbers(licenses([](Filter f) { f.setInvoice("i-2"); })) == of({6}));
    check_has_no("invoice i", licenses([](Filter f) { f.setInvoice("i"); }));
    CHECK(numbers(licenses([](Filter f) { f.setLicense(5); })) == of({5}));
    check_has_no("license 7", licenses([](Filter f) { f.setLicense(7); }));
    check_has_no("license 4294967295", licenses([](Filter f) { f.setLicense(~0u); }));
    const auto before = [](const std::string& instant) {
        return licenses([=](Filter f) { f.setExpiresBefore(testing::instant(instant).micros); });
    };
    CHECK(numbers(before(center_expires)) == of({}));
    CHECK(numbers(before("2020-04-05T12:00:00.000001Z")) == of({4, 5}));
    CHECK(numbers(before("2021-01-01T00:00:00Z")) == of({4, 5, 6}));
    const auto both = [](auto first, auto second) {
        return licenses([=](Filter f) {
            first(f);
            second(f);
        });
    };
    const auto bound = [](Filter f) { f.setStatus("bound"); };
    CHECK(numbers(both(bound, [](Filter f) { f.setSku("center"); })) == of({6}));
    CHECK(numbers(both(bound, [](Filter f) { f.setLicense(1); })) == of({1}));
    CHECK(numbers(both(bound, [](Filter f) { f.setLicense(2); })) == of({}));
    CHECK(numbers(both([](Filter f) { f.setStatus("available"); }, [](Filter f) { f.setLicense(2); })) == of({2}));
    CHECK(numbers(both([](Filter f) { f.setStatus("expired"); }, [](Filter f) { f.setLicense(4); })) == of({4}));
    CHECK(numbers(both([](Filter f) { f.setEmail("bob@acme.test"); }, [](Filter f) { f.setLicense(6); })) == of({}));
    CHECK(numbers(both([](Filter f) { f.setEmail("bob@acme.test"); }, bound)) == of({1}));
    CHECK(failure_of(licenses([](Filter f) { f.setStatus("free"); })).find("available, bound") != std::string::npos);
}

TEST_CASE("users: who is registered, in that order, with roles and licenses") {
    check_rows(users(), {"{'email':'boss@acme.test','name':'Bo','roles':['superAdmin'],'licenses':[]}",
                         "{'email':'anna@acme.test','name':null,'roles':[],'licenses':[6]}",
                         "{'email':'bob@acme.test','licenses':[1],'registeredAt':'2020-03-01T00:00:00.000000Z'}"});
    check_rows(users("BOB@acme.test"), {"{'email':'bob@acme.test'}"});
    check_rows(users("ann@acme.test"), {});
    check_rows(as_of(users("ann@acme.test"), "2020-03-08T00:00:00Z"), {"{'email':'Ann@acme.test','licenses':[1,4]}"});
    check_rows(as_of(users("ann@acme.test"), center_expires), {});
    check_rows(as_of(users("anna@acme.test"), "2020-04-05T11:59:59.999999Z"), {"{'licenses':[4]}"});
    check_rows(as_of(users("anna@acme.test"), center_expires), {"{'licenses':[]}"});
}

TEST_CASE("user: which products are on and off") {
    check_rows(user("anna@acme.test"),
               {"{'email':'anna@acme.test','products':["
                "{'sku':'connect','name':'Connect Standard','type':'phone','on':false,'license':null,'since':null,"
                "'until':null},"
                "{'sku':'center','on':true,'license':6,'since':'2020-05-04T00:00:00.000000Z',"
                "'until':'2020-06-03T00:00:00.000000Z'}]}"});
    check_rows(
        as_of(user("ann@acme.test"), "2020-03-08T00:00:00Z"),
        {"{'products':[{'on':true,'license':1,'since':'2020-03-06T00:00:00.000000Z'},{'on':true,'license':4}]}"});
    check_has_no("user nobody@acme.test", user("nobody@acme.test"));
}

TEST_CASE("invoices: with their lines, payment and licenses") {
    check_rows(
        invoices(),
        {"{'invoice':'i-1','status':'paid','raisedBy':'anna@acme.test','total':{'amount':'60.00','currency':'USD'},"
         "'issuedAt':'2020-03-03T12:00:00.000000Z','paidAt':'2020-03-05T12:00:00.000000Z','reference':'bank-1','lines':"
         "["
         "{'line':1,'sku':'connect','type':'phone','billing':'purchased','quantity':3,"
         "'unitPrice':{'amount':'10.00','currency':'USD'},'amount':{'amount':'30.00','currency':'USD'},'term':'P1Y',"
         "'validUntil':null,'firstLicense':1},"
         "{'line':2,'sku':'center','quantity':2,'unitPrice':null,'amount':{'amount':'30.00','currency':'USD'},"
         "'firstLicense':4}]}",
         "{'invoice':'i-2','status':'paid','lines':[{'firstLicense':6}]}",
         "{'invoice':'i-3','status':'voided','paidAt':null,'reference':null,'lines':[{'firstLicense':null}]}"});
    check_rows(invoices("i-2"), {"{'invoice':'i-2'}"});
    check_rows(invoices("", "voided"), {"{'invoice':'i-3'}"});
    check_rows(invoices("i-2", "open"), {});
    check_rows(as_of(invoices("", "open"), "2020-03-04T00:00:00Z"),
               {"{'invoice':'i-1','status':'open','raisedBy':'Ann@acme.test','paidAt':null}"});
    check_rows(as_of(invoices(), "2020-03-03T11:59:59.999999Z"), {});
    CHECK(failure_of(invoices("", "done")).find("open, paid, voided") != std::string::npos);
}

TEST_CASE("access: whether, and which events decide it") {
    check_rows(access("bob@acme.test", "connect"), {"{'access':true,'license':1,'since':'2020-03-11T00:00:00.000000Z',"
                                                    "'until':'2021-03-05T12:00:00.000000Z','because':[10,17]}"});
    check_rows(access("anna@acme.test", "connect"),
               {"{'access':false,'license':null,'since':null,'until':null,'because':[16]}"});
    check_rows(access("anna@acme.test", "center"), {"{'access':true,'license':6,'because':[23,26]}"});
    check_rows(access("bob@acme.test", "center"), {"{'access':false,'because':[]}"});
    check_has_no("user nobody@acme.test", access("nobody@acme.test", "center"));
    CHECK(failure_of(access("bob@acme.test", "none")).find("sku") != std::string::npos);

    // Lost by the end of the term: as of the instant, whether or not that was recorded yet.
    const auto center = access("anna@acme.test", "center");
    check_rows(as_of(center, "2020-04-05T11:59:59.999999Z"), {"{'access':true,'license':4,'because':[11,14]}"});
    check_rows(as_of(center, center_expires), {"{'access':false,'because':[11,14]}"});
    check_rows(as_of_sequence(center, 18), {"{'access':true,'license':4}"});
    check_rows(as_of_sequence(center, 20), {"{'access':false,'because':[11,14]}"});
    // Taken away, and the license's term has ended since: it was not the end of the term that took it.
    const auto page = ask(world().projections(), access("anna@acme.test", "connect"), instant("2022-01-01T00:00:00Z"));
    check_rows(page.rows, {"{'access':false,'because':[16]}"});
    const auto bob = ask(world().projections(), access("bob@acme.test", "connect"), instant("2022-01-01T00:00:00Z"));
    check_rows(bob.rows, {"{'access':false,'because':[10,17]}"});
}

TEST_CASE("a license is what it is a microsecond before, at and after each event") {
    const auto license = licenses([](schema::LicenseFilter::Builder filter) { filter.setLicense(1); });
    struct Step {
        std::string instant;
        std::string before;
        std::string after;
    };
    const std::string bound = "{'license':1,'status':'bound','email':";
    const std::vector<Step> steps = {
        {"2020-03-05T12:00:00Z", "", "{'status':'available','email':null,'product':'Connect'}"},
        {"2020-03-06T00:00:00Z", "{'status':'available'}", bound + "'Ann@acme.test'}"},
        {"2020-03-10T00:00:00Z", bound + "'Ann@acme.test'}", "{'status':'available'}"},
        {"2020-03-11T00:00:00Z", "{'status':'available'}", bound + "'bob@acme.test'}"},
        {"2021-03-05T12:00:00Z", bound + "'bob@acme.test'}", "{'status':'expired','email':null}"},
    };
    for (const auto& step : steps) {
        INFO(step.instant);
        const auto then = instant(step.instant);
        const auto rows = [](const std::string& row) {
            return row.empty() ? std::vector<std::string>() : std::vector<std::string>{row};
        };
        const auto before = as_of(license, Instant{then.micros - 1});
        check_rows(before, rows(step.before));
        check_rows(as_of(license, then), rows(step.after));
        check_rows(as_of(license, Instant{then.micros + 1}), rows(step.after));
    }
}

TEST_CASE("as of every sequence, licenses, products and people agree") {
    for (std::uint64_t sequence = 3; sequence <= 29; ++sequence) {
        INFO("as of " << sequence);
        const auto rows = world().rows(as_of_sequence(licenses(), sequence));
        const auto expected = sequence < 10 ? 0u : sequence < 11 ? 3u : sequence < 23 ? 5u : 6u;
        CHECK(rows.size() == expected);
        const auto one = rows.empty() ? "" : rows.front();
        const bool is_bound = (sequence >= 13 && sequence < 16) || sequence >= 17;
        CHECK((one.find("\"bound\"") != std::string::npos) == is_bound);
        CHECK((one.find("Connect Standard") != std::string::npos) == (sequence >= 27));
        CHECK(world().rows(as_of_sequence(users(), sequence)).size() == (sequence < 4   ? 0
                                                                         : sequence < 6 ? 1
                                                                         : sequence < 7 ? 2
                                                                                        : 3));
        CHECK(world().ask(as_of_sequence(users("anna@acme.test"), sequence)).rows.size() == (sequence < 18 ? 0 : 1));
        CHECK(world().ask(as_of_sequence(licenses(), sequence)).sequence == Sequence(sequence));
    }
}

TEST_CASE("questions that have no answer say why") {
    const auto nowhere = [](QueryBuilder query) {
        query.setAccount("nowhere");
        query.initLicenses();
    };
    CHECK(failure_of(nowhere).find("nowhere") != std::string::npos);
    CHECK(failure_of([](QueryBuilder query) {
              query.setAccount(capnp::Text::Reader("\1\n", 2));
              query.initLicenses();
          }).find("account") != std::string::npos);
    CHECK(failure_of([](QueryBuilder query) { query.initProducts(); }).find("account") != std::string::npos);
    CHECK(failure_of(as_of_sequence(licenses(), 30)).find("29") != std::string::npos);
    CHECK(failure_of(as_of_sequence(licenses(), 2)).find("did not exist") != std::string::npos);
    CHECK(failure_of(as_of(licenses(), "2020-02-29T23:59:59.999999Z")).find("did not exist") != std::string::npos);
    CHECK(failure_of(as_of_sequence(as_of(licenses(), center_expires), 20)).find("together") != std::string::npos);
    CHECK(failure_of([](QueryBuilder query) { query.setAccount("acme"); }).find("nothing") != std::string::npos);
}

TEST_CASE("a cursor belongs to its question") {
    const auto limited = [](const Question& question, const std::string& cursor = "") {
        return [=](QueryBuilder query) {
            question(query);
            query.setLimit(2);
            if (!cursor.empty()) query.setCursor(cursor);
        };
    };
    const auto page = world().ask(limited(licenses()));
    REQUIRE_FALSE(page.cursor.empty());
    CHECK(world().ask(limited(licenses(), page.cursor)).rows.size() == 2);
    const auto bound = licenses([](schema::LicenseFilter::Builder filter) { filter.setStatus("bound"); });
    for (const auto& other : {bound, as_of(licenses(), center_expires), users(), invoices()}) {
        CHECK(failure_of(limited(other, page.cursor)).find("another question") != std::string::npos);
    }
    CHECK(failure_of(limited(licenses(), "00")).find("another question") != std::string::npos);

    // Forged: whatever stands in it, there is an answer or a refusal.
    auto cursor = *read_cursor(page.cursor);
    cursor.sequence = Sequence(30);
    CHECK(failure_of(limited(licenses(), write_cursor(cursor))).find("not one of this ledger") != std::string::npos);
    for (const std::uint64_t sequence : {0, 1, 29}) {
        cursor.sequence = Sequence(sequence);
        for (const auto& position : {std::string(), std::string("\xFF\xFF\xFF\xFF"), std::string(100, '\0')}) {
            cursor.position = position;
            cursor.time = sequence == 1 ? no_instant : last_instant;
            cursor.catalog_time = {Sequence(sequence * 100), sequence == 29 ? first_instant : no_instant};
            CHECK_FALSE(world().ask(limited(licenses(), write_cursor(cursor))).failure);
        }
    }
}

}  // namespace
}  // namespace seatledger
