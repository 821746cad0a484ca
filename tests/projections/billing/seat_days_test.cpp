// Which days of terms, seats and places in queues count, by example.
#include "projections/billing/seat_days.h"

#include <string>
#include <vector>

#include "tests/support/billing_oracle.h"
#include "tests/support/calendar_oracle.h"
#include "tests/support/catch.h"
#include "tests/support/given.h"
#include "tests/support/ledger_box.h"

namespace seatledger::billing {
namespace {

using namespace testing;

constexpr DayPeriod ever{CivilDay{0}, CivilDay{50'000}};
constexpr PriceBook inclusive{Rounding::round_once, true};

std::string shown(const DayPeriod& days) { return to_text(days.begin) + ".." + to_text(CivilDay{days.end.number - 1}); }

AccountHistory folded(const Steps& steps) {
    LedgerBox box;
    box.must_happen(steps);
    return history_of(box.blocks(), "acme");
}

std::string assigned(const std::string& term) {
    return "{'defineProduct':{'sku':'seat','name':'N','type':'t','term':'" + term +
           "','billing':'assigned','unitPrice':{'amount':'10.00','currency':'USD'}}}";
}

// Users: 1 boss, 2 ann, 3 bob. One license, paid at that instant.
Steps one_seat(const std::string& term, const std::string& zone, const std::string& paid_at) {
    return steps(assigned(term), open_acme(zone), registered("ann"), registered("bob"), paid_at,
                 bought("i", "seat", 1));
}

// user days/billed days; …
std::string held_days(const AccountHistory& history, const PriceBook& book = {}, Instant as_of = last_instant,
                      const DayPeriod& within = ever) {
    const SeatDays days(history, book, as_of);
    std::vector<HeldDays> held;
    days.held(history.lots()[0], LicenseNumber(1), within, held);
    std::string out;
    for (const auto& of : held) {
        out += std::to_string(of.user.value) + " " + shown(of.days) + (is_empty(of.billed) ? " -" : "");
        if (!is_empty(of.billed) && of.billed != of.days) out += " billed " + shown(of.billed);
        out += "; ";
    }
    return out;
}

std::string reassign(const std::string& name) {
    return acme("'reassignLicense':{'license':1,'email':'" + name + "@acme.test'}");
}

}  // namespace

TEST_CASE("a term has the days from that of its begin up to that of its end, which counts by the price book") {
    struct Row {
        std::string term, zone, paid_at;
        std::string days;
        std::int64_t exclusive, inclusive;
    };
    const std::vector<Row> rows = {
        {"P1M", "UTC", "2020-01-15T10:00:00Z", "2020-01-15..2020-02-14", 31, 32},
        {"P1M", "UTC", "2020-02-01T00:00:00Z", "2020-02-01..2020-02-29", 29, 30},
        {"P1Y", "UTC", "2020-02-29T10:00:00Z", "2020-02-29..2021-02-27", 365, 366},
        {"P1Y", "UTC", "2020-02-28T10:00:00Z", "2020-02-28..2021-02-27", 366, 367},
        {"P1D", "UTC", "2020-01-15T23:59:59.999999Z", "2020-01-15..2020-01-15", 1, 2},
        // Less than a day is a day, whether or not a day begins within it.
        {"PT1H", "UTC", "2020-01-15T10:00:00Z", "2020-01-15..2020-01-15", 1, 1},
        {"PT1H", "UTC", "2020-01-15T23:30:00Z", "2020-01-15..2020-01-15", 1, 2},
        {"PT1H", "UTC", "2020-01-15T23:00:00Z", "2020-01-15..2020-01-15", 1, 2},
        {"PT25H", "UTC", "2020-01-15T23:30:00Z", "2020-01-15..2020-01-16", 2, 3},
        // The account's days.
        {"P1M", "Asia/Kathmandu", "2020-01-31T18:15:00Z", "2020-02-01..2020-02-29", 29, 30},
        {"P1M", "Asia/Kathmandu", "2020-01-31T18:14:59.999999Z", "2020-01-31..2020-02-28", 29, 30},
        {"P1M", "Pacific/Kiritimati", "2020-01-31T10:00:00Z", "2020-02-01..2020-02-29", 29, 30},
        {"P1M", "America/St_Johns", "2020-03-01T03:29:00Z", "2020-02-29..2020-03-28", 29, 30},
        // Over a change of clocks.
        {"P1D", "Europe/Berlin", "2020-03-28T23:00:00Z", "2020-03-29..2020-03-29", 1, 2},
        {"PT24H", "Europe/Berlin", "2020-03-28T23:00:00Z", "2020-03-29..2020-03-29", 1, 2},
        {"PT24H", "Europe/Berlin", "2020-10-24T22:00:00Z", "2020-10-25..2020-10-25", 1, 1},
    };
    for (const auto& row : rows) {
        INFO(row.term << " from " << row.paid_at << " in " << row.zone);
        const auto history = folded(one_seat(row.term, row.zone, row.paid_at));
        const auto& lot = history.lots()[0];
        const auto term = SeatDays(history, {}, last_instant).term_of(lot);
        CHECK(shown(term) == row.days);
        CHECK(term.days() == row.exclusive);
        CHECK(SeatDays(history, inclusive, last_instant).term_of(lot).days() == row.inclusive);
        CHECK(SeatDays(history, inclusive, last_instant).price_of(lot).of_days(row.inclusive) == 10);
    }
}

TEST_CASE("a day counts if a license was bound on any part of it, once, whoever had it") {
    const std::string begin = "2020-03-01T12:00:00Z";
    const auto start = one_seat("P1M", "Europe/Berlin", begin);  // a day begins at 23:00 UTC
    struct Row {
        std::string what;
        Steps then;
        std::string held;
    };
    const std::vector<Row> rows = {
        {"up to the last microsecond of a day", steps(bind(1, "ann"), "2020-03-02T22:59:59.999999Z", unbind(1)),
         "2 2020-03-01..2020-03-02; "},
        {"where the next day begins, that is no part of it", steps(bind(1, "ann"), "2020-03-02T23:00:00Z", unbind(1)),
         "2 2020-03-01..2020-03-02; "},
        {"for a microsecond of it", steps(bind(1, "ann"), "2020-03-02T23:00:00.000001Z", unbind(1)),
         "2 2020-03-01..2020-03-03; "},
        {"bound and unbound at one instant", steps("2020-03-05T12:00:00Z", bind(1, "ann"), unbind(1)), ""},
        {"bound for a microsecond",
         steps("2020-03-05T12:00:00Z", bind(1, "ann"), "2020-03-05T12:00:00.000001Z", unbind(1)),
         "2 2020-03-05..2020-03-05; "},
        {"two people on one day: both had it, and it is billed for the first",
         steps("2020-03-05T08:00:00Z", bind(1, "ann"), "2020-03-06T12:00:00Z", unbind(1), "2020-03-06T13:00:00Z",
               bind(1, "bob"), "2020-03-07T12:00:00Z", unbind(1)),
         "2 2020-03-05..2020-03-06; 3 2020-03-06..2020-03-07 billed 2020-03-07..2020-03-07; "},
        {"and within one day",
         steps("2020-03-05T08:00:00Z", bind(1, "ann"), "2020-03-05T09:00:00Z", reassign("bob"), "2020-03-05T10:00:00Z",
               reassign("ann"), "2020-03-05T11:00:00Z", reassign("bob"), "2020-03-05T12:00:00Z", unbind(1)),
         "2 2020-03-05..2020-03-05; 3 2020-03-05..2020-03-05 -; "},
        {"who had it at no part of time had it on no day",
         steps("2020-03-05T08:00:00Z", bind(1, "ann"), reassign("bob"), "2020-03-06T12:00:00Z", unbind(1)),
         "3 2020-03-05..2020-03-06; "},
        {"up to the end of the term, whose day is none of its days", steps("2020-03-30T12:00:00Z", bind(1, "ann")),
         "2 2020-03-30..2020-03-31; "},
        {"a revoked one up to the day on which it was",
         steps("2020-03-05T08:00:00Z", bind(1, "ann"), "2020-03-07T08:00:00Z",
               acme("'reversePayment':{'invoice':'i','reason':'r'}")),
         "2 2020-03-05..2020-03-07; "},
    };
    for (const auto& row : rows) {
        INFO(row.what);
        CHECK(held_days(folded(steps(start, row.then))) == row.held);
    }
    // By a price book that counts the day of the end, who has it at the end has it on that day; nobody else has.
    const auto to_the_end = folded(steps(start, "2020-03-30T12:00:00Z", bind(1, "ann")));
    CHECK(held_days(to_the_end, inclusive) == "2 2020-03-30..2020-04-01; ");
    const auto not_quite =
        folded(steps(start, "2020-03-30T12:00:00Z", bind(1, "ann"), "2020-03-31T12:00:00Z", unbind(1)));
    CHECK(held_days(not_quite, inclusive) == "2 2020-03-30..2020-03-31; ");
    // Of other days nothing is said.
    const DayPeriod two{CivilDay{18'324}, CivilDay{18'326}};  // 2020-03-03 and 04
    const auto long_ago = folded(steps(start, bind(1, "ann"), "2020-03-04T12:00:00Z", reassign("bob")));
    CHECK(held_days(long_ago, {}, last_instant, two) == "2 2020-03-03..2020-03-04; 3 2020-03-04..2020-03-04 -; ");
    CHECK(held_days(long_ago, {}, last_instant, {CivilDay{18'000}, CivilDay{18'010}}).empty());
}

TEST_CASE("as of an instant nothing counts that took effect later, nor any day after it") {
    const auto history =
        folded(steps(one_seat("P1M", "UTC", "2020-03-01T12:00:00Z"), bind(1, "ann"), "2020-03-05T12:00:00Z",
                     reassign("bob"), "2020-03-07T00:00:00Z", acme("'reversePayment':{'invoice':'i','reason':'r'}")));
    const auto as_of = [&](std::string_view at) { return held_days(history, {}, instant(at)); };
    CHECK(as_of("2020-03-01T11:59:59.999999Z").empty());
    CHECK(as_of("2020-03-01T12:00:00Z") == "2 2020-03-01..2020-03-01; ");
    CHECK(as_of("2020-03-03T00:00:00Z") == "2 2020-03-01..2020-03-03; ");
    CHECK(as_of("2020-03-05T11:59:59.999999Z") == "2 2020-03-01..2020-03-05; ");
    CHECK(as_of("2020-03-05T12:00:00Z") == "2 2020-03-01..2020-03-05; 3 2020-03-05..2020-03-05 -; ");
    CHECK(as_of("2020-03-06T23:59:59Z") ==
          "2 2020-03-01..2020-03-05; 3 2020-03-05..2020-03-06 billed 2020-03-06..2020-03-06; ");
    CHECK(as_of("2020-05-01T00:00:00Z") ==
          "2 2020-03-01..2020-03-05; 3 2020-03-05..2020-03-06 billed 2020-03-06..2020-03-06; ");
    const auto owned = [&](std::string_view at) {
        return shown(SeatDays(history, {}, instant(at)).owned(history.lots()[0], LicenseNumber(1)));
    };
    CHECK(owned("2020-03-06T23:59:59.999999Z") == "2020-03-01..2020-03-31");
    CHECK(owned("2020-03-07T00:00:00Z") == "2020-03-01..2020-03-07");
}

TEST_CASE("a day that clocks left out is theirs who had the license before and after it") {
    // Samoa had no 2011-12-30: at 10:00 UTC that day, the 29th ended and the 31st began.
    const auto apia = [](const Steps& then) {
        auto all = steps(assigned("P1M"),
                         "{'defineProduct':{'sku':'center','name':'C','type':'q','term':'P1M','billing':'membership',"
                         "'unitPrice':{'amount':'31.00','currency':'USD'}}}",
                         "{'account':'acme','at':'2011-12-20T00:00:00Z','openAccount':{'name':'A','importing':true,"
                         "'currency':'USD','timeZone':'Pacific/Apia','superAdmin':{'email':'boss@acme.test'}}}");
        const auto at = [](const std::string& when, std::string command) {
            return command.insert(1, "'at':'" + when + "',");
        };
        all.push_back(at("2011-12-20T00:00:00Z", registered("ann")));
        all.push_back(at("2011-12-20T00:00:00Z", registered("bob")));
        all.push_back(at("2011-12-20T00:00:00Z", invoiced("i", "seat", 1)));
        all.push_back(at("2011-12-25T00:00:00Z", paid("i", "10.00", "i")));
        for (std::size_t i = 0; i + 1 < then.size(); i += 2) all.push_back(at(then[i], then[i + 1]));
        return folded(all);
    };
    const auto all = apia({"2011-12-28T12:00:00Z", bind(1, "ann"), "2011-12-30T12:00:00Z", unbind(1)});
    CHECK(held_days(all) == "2 2011-12-28..2011-12-31; ");
    const auto one_to_the_other = apia({"2011-12-28T12:00:00Z", bind(1, "ann"), "2011-12-30T10:00:00Z", reassign("bob"),
                                        "2011-12-30T12:00:00Z", unbind(1)});
    CHECK(held_days(one_to_the_other) == "2 2011-12-28..2011-12-29; 3 2011-12-30..2011-12-31; ");
    const DayPeriod that_day{*parse_civil_day("2011-12-30"), *parse_civil_day("2011-12-31")};
    CHECK(held_days(one_to_the_other, {}, last_instant, that_day) == "3 2011-12-30..2011-12-30; ");
    const auto after = apia({"2011-12-30T10:00:00Z", bind(1, "ann"), "2011-12-30T12:00:00Z", unbind(1)});
    CHECK(held_days(after) == "2 2011-12-31..2011-12-31; ");
    const auto before = apia({"2011-12-28T12:00:00Z", bind(1, "ann"), "2011-12-30T10:00:00Z", unbind(1)});
    CHECK(held_days(before) == "2 2011-12-28..2011-12-29; ");

    // And billed to them who were in some queue before and after it.
    const auto queue = [](const std::string& command, const std::string& name) {
        return acme("'" + command + "':{'queue':'" + name + "','email':'ann@acme.test'" +
                    (command == "addQueueMember" ? ",'role':'agent'}" : "}"));
    };
    const std::string gap = "2011-12-30T10:00:00Z";
    const auto moved =
        apia({"2011-12-25T00:00:00Z", acme("'createQueue':{'queue':'q','kind':'call'}"), "2011-12-25T00:00:00Z",
              acme("'createQueue':{'queue':'r','kind':'call'}"), "2011-12-28T12:00:00Z", queue("addQueueMember", "q"),
              gap, queue("removeQueueMember", "q"), gap, queue("addQueueMember", "r"), "2011-12-30T12:00:00Z",
              queue("removeQueueMember", "r")});
    const auto member = SeatDays(moved, {}, last_instant).member_days(UserId(2), ever);
    REQUIRE(member.size() == 1);
    CHECK(shown(member[0].days) == "2011-12-28..2011-12-31");
}

TEST_CASE("terms of places in queues are counted along the calendar") {
    struct Row {
        std::string term, day;
        std::int64_t days;
    };
    const std::vector<Row> rows = {
        {"P1M", "2023-02-14", 28},
        {"P1M", "2024-02-29", 29},
        {"P1M", "2024-03-01", 31},
        {"P3M", "2023-02-14", 90},
        {"P3M", "2024-03-31", 91},
        {"P3M", "2024-04-01", 91},
        {"P3M", "2024-12-31", 92},
        {"P1Y", "2023-12-31", 365},
        {"P1Y", "2024-01-01", 366},
        {"P12M", "2024-06-01", 366},
        {"P6M", "2024-06-30", 182},
        {"P6M", "2024-07-01", 184},
        {"P2Y", "1970-01-01", 730},
        {"P2Y", "1973-06-01", 731},
        {"P2Y", "1969-12-31", 731},
        // March 2024 comes 650 months after January 1970.
        {"P5M", "2024-03-01", 153},
        {"P5M", "2024-02-29", 152},
        {"P1M", "1969-12-31", 31},
        {"P1M", "1969-02-01", 28},
        {"P10D", "2024-02-29", 10},
        {"P2W", "2024-02-29", 14},
        {"PT1H", "2024-02-29", 1},
        {"PT24H", "2024-02-29", 1},
        {"PT25H", "2024-02-29", 2},
        {"P1M1D", "2024-02-29", 30},
        {"P1DT1S", "2024-02-29", 2},
        {"P9999Y", "2024-02-29", 3'652'060},
        {"P1M", "9999-12-31", 31},
    };
    for (const auto& row : rows) {
        INFO(row.term << " on " << row.day);
        CHECK(calendar_term_days(term_of(row.term), *parse_civil_day(row.day)) == row.days);
    }
}

TEST_CASE("a day in queues costs its part of the price that was in force when the day began") {
    const auto history = folded(steps(
        open_acme("Europe/Berlin"), "2020-01-10T12:00:00Z",
        "{'defineProduct':{'sku':'center','name':'C','type':'q','term':'P1M','billing':'membership','unitPrice':"
        "{'amount':'31.00','currency':'USD'}}}",
        "2020-01-20T23:00:00Z", "{'changeProduct':{'sku':'center','unitPrice':{'amount':'62.00','currency':'USD'}}}",
        "2020-02-10T23:00:00.000001Z",
        "{'changeProduct':{'sku':'center','unitPrice':{'amount':'29.00','currency':'USD'}}}"));
    const SeatDays days(history, {}, last_instant);
    const std::vector<std::pair<std::string, Exact>> rows = {{"2019-12-31", 1},  // before there was a price, the first
                                                             {"2020-01-10", 1},
                                                             {"2020-01-20", 1},
                                                             {"2020-01-21", 2},
                                                             {"2020-01-31", 2},
                                                             {"2020-02-01", Exact(62, 29)},
                                                             {"2020-02-11", Exact(62, 29)},
                                                             {"2020-02-12", 1}};
    for (const auto& [day, price] : rows) {
        INFO(day);
        CHECK(days.member_price(history.find_product("center")->number, *parse_civil_day(day)).of_days(1) == price);
    }
}

TEST_CASE("days in queues are those of the product that was offered, and one that is replaced has its last day") {
    const auto center = [](const std::string& sku) {
        return "{'defineProduct':{'sku':'" + sku +
               "','name':'C','type':'q','term':'P1M','billing':'membership','unitPrice':{'amount':'31.00',"
               "'currency':'USD'}}}";
    };
    const auto queue = [](const std::string& command, const std::string& name, const std::string& more = "") {
        return acme("'" + command + "':{'queue':'" + name + "','email':'ann@acme.test'" + more + "}");
    };
    const auto enter = [&](const std::string& name) { return queue("addQueueMember", name, ",'role':'agent'"); };
    const auto leave = [&](const std::string& name) { return queue("removeQueueMember", name); };
    const auto history =
        folded(steps(open_acme("UTC"), registered("ann"), acme("'createQueue':{'queue':'q','kind':'call'}"),
                     acme("'createQueue':{'queue':'r','kind':'inbox'}"), "2020-03-01T23:59:59.999999Z", enter("q"),
                     "2020-03-03T00:00:00Z", enter("r"), leave("q"), "2020-03-05T00:00:00Z", leave("r"),  // 1 to 4
                     "2020-03-06T12:00:00Z", enter("q"), leave("q"),  // no part of a day
                     "2020-03-07T12:00:00Z", enter("q"), center("one"), "2020-03-09T12:00:00Z",
                     "{'retireProduct':{'sku':'one'}}", center("two"), "2020-03-10T12:00:00Z",
                     "{'retireProduct':{'sku':'two'}}", "2020-03-12T12:00:00Z", center("three")));
    const SeatDays days(history, {}, instant("2020-03-13T00:00:00Z"));
    const auto shown_days = [&](const DayPeriod& within) {
        std::string out;
        for (const auto& of : days.member_days(UserId(2), within)) {
            out += history.product(of.sku).sku + " " + shown(of.days) + "; ";
        }
        return out;
    };
    CHECK(shown_days(ever) ==
          "one 2020-03-01..2020-03-04; one 2020-03-07..2020-03-09; two 2020-03-10..2020-03-10; "
          "three 2020-03-12..2020-03-13; ");
    CHECK(shown_days({*parse_civil_day("2020-03-04"), *parse_civil_day("2020-03-08")}) ==
          "one 2020-03-04..2020-03-04; one 2020-03-07..2020-03-07; ");
    CHECK(days.member_days(UserId(1), ever).empty());
    CHECK(days.member_days(UserId(9), ever).empty());
}

}  // namespace seatledger::billing
