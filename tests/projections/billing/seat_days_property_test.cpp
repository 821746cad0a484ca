// Statements, against a count of every license, person and day by itself: over histories that the real rules made.
#include <random>
#include <string>
#include <vector>

#include "projections/billing/statement.h"
#include "tests/support/billing_oracle.h"
#include "tests/support/calendar_oracle.h"
#include "tests/support/catch.h"
#include "tests/support/ledger_box.h"
#include "tests/support/random_billing.h"

namespace seatledger::billing {
namespace {

using namespace testing;

constexpr std::int64_t hour = std::int64_t{3'600} * 1'000'000;
constexpr std::int64_t day_micros = 24 * hour;
constexpr auto all_by = {StatementBy::product, StatementBy::user, StatementBy::license, StatementBy::day};

// Around what calendars and clocks do: leap days, summer time of both halves of the world, turns of the year, and the
// day that Samoa left out.
struct Place {
    std::string zone;
    std::string start;
};
const std::vector<Place> places = {
    {"UTC", "2024-02-20T10:00:00Z"},
    {"Europe/Berlin", "2024-03-20T22:59:59.999999Z"},
    {"Europe/Berlin", "2023-10-20T12:00:00Z"},
    {"America/St_Johns", "2011-03-04T12:00:00Z"},  // clocks were put back and forward at 00:01
    {"America/St_Johns", "2010-10-30T12:00:00Z"},
    {"America/Sao_Paulo", "2018-10-28T12:00:00Z"},  // no midnight on 2018-11-04
    {"America/Sao_Paulo", "2019-02-10T12:00:00Z"},  // two on 2019-02-17
    {"America/Havana", "2020-10-25T12:00:00Z"},
    {"Asia/Kathmandu", "2023-12-20T18:14:59.999999Z"},
    {"Australia/Lord_Howe", "2024-03-30T12:00:00Z"},
    {"Australia/Lord_Howe", "2023-09-25T12:00:00Z"},
    {"Pacific/Apia", "2011-12-22T12:00:00Z"},
    {"Pacific/Apia", "2011-12-28T12:00:00Z"},
    {"Pacific/Kiritimati", "2024-02-20T10:00:00Z"},
    {"Africa/Casablanca", "2024-03-05T12:00:00Z"},
    {"Asia/Gaza", "2023-04-20T12:00:00Z"},
    {"Asia/Amman", "2022-03-20T12:00:00Z"},
    {"Asia/Tehran", "2022-03-15T12:00:00Z"},
    {"Africa/Cairo", "2024-04-20T12:00:00Z"},
};

// One account, a few people and licenses, and much that happens just where a day begins.
class BusyAccount {
 public:
    BusyAccount(std::uint64_t seed, const Place& place)
        : random_(seed), zone_(zone_named(place.zone)), now_(*parse_rfc3339(place.start)) {
        box_.clock().set(now_);
        judge("{'defineProduct':{" + product("hours", "PT30H", "assigned", 7) + "}}");
        judge("{'defineProduct':{" + product("days", "P9D", "purchased", 100) + "}}");
        judge("{'defineProduct':{" + product("month", "P1M", "assigned", 31) + "}}");
        judge("{'defineProduct':{" + product("center0", any({"P1M", "P3M", "P1Y", "P10D", "PT36H"}), "membership", 80) +
              "}}");
        judge(acme("'openAccount':{'name':'A','timeZone':'" + place.zone +
                   "','currency':'USD','superAdmin':{'email':'p0@acme.test'}}"));
        for (int i = 1; i < 5; ++i) judge(acme("'registerUser':{'email':'p" + std::to_string(i) + "@acme.test'}"));
        for (const auto* queue : {"calls", "mail"}) {
            judge(acme("'createQueue':{'queue':'" + std::string(queue) + "','kind':'call'}"));
        }
        for (int i = 0; i < 3; ++i) judge(buy());
    }

    void live(int steps) {
        for (int i = 0; i < steps; ++i) {
            now_.micros += leap();
            box_.clock().set(now_);
            judge(command());
        }
    }

    [[nodiscard]] std::vector<Words> blocks() const { return box_.blocks(); }
    [[nodiscard]] Instant now() const { return now_; }
    [[nodiscard]] std::int64_t number(std::int64_t end) {
        return static_cast<std::int64_t>(random_() % static_cast<std::uint64_t>(end));
    }

 private:
    void judge(const std::string& command) { static_cast<void>(box_.judge(command)); }
    bool one_in(std::int64_t count) { return number(count) == 0; }
    std::string any(const std::vector<std::string>& of) {
        return of[static_cast<std::size_t>(number(static_cast<std::int64_t>(of.size())))];
    }
    static std::string product(const std::string& sku, const std::string& term, const std::string& billing, int usd) {
        return "'sku':'" + sku + "','name':'N','type':'t','term':'" + term + "','billing':'" + billing +
               "','unitPrice':{'amount':'" + std::to_string(usd) + ".10','currency':'USD'}";
    }

    // To where the next day begins, one microsecond before it, or anywhere.
    std::int64_t leap() {
        const auto midnight = end_of_day(civil_day(now_, zone_), zone_)->micros - now_.micros;
        switch (number(16)) {
            case 0: return midnight;
            case 1: return midnight - 1;
            case 2: return midnight + 1;
            case 3: return 1;
            case 4:
            case 5: return number(30 * hour);
            case 6: return one_in(4) ? number(4 * day_micros) : number(hour);
            default: return 0;
        }
    }

    std::string email() { return "'email':'p" + std::to_string(number(5)) + "@acme.test'"; }
    // Mostly a new one.
    std::string license() {
        const auto first = std::max<std::int64_t>(0, licenses_ - 8);
        return "'license':" + std::to_string(1 + (one_in(4) ? number(licenses_ + 1) : first + number(8)));
    }

    // One that is named, or any of a product: which that is, and whether there is one, is for the rules to say.
    std::string seat() { return one_in(2) ? license() : "'sku':'" + any({"hours", "days", "month", "month"}) + "'"; }

    std::string command() {
        switch (number(30)) {
            case 0: return buy();
            case 1:
            case 2:
            case 3:
            case 4: return acme("'unbindLicense':{" + license() + "}");
            case 5:
            case 6: return acme("'unbindLicense':{'sku':'" + any({"days", "month"}) + "'," + email() + "}");
            case 7:
            case 8:
            case 9:
            case 10: return acme("'reassignLicense':{" + license() + "," + email() + "}");
            case 11: return one_in(3) ? credit() : command();
            case 12:
            case 13:
                return acme("'addQueueMember':{'queue':'" + any({"calls", "mail"}) + "'," + email() +
                            ",'role':'agent'}");
            case 14:
            case 15: return acme("'removeQueueMember':{'queue':'" + any({"calls", "mail"}) + "'," + email() + "}");
            case 16: return of_catalog();
            default: return acme("'bindLicense':{" + seat() + "," + email() + "}");
        }
    }

    std::string buy() {
        const auto id = "i" + std::to_string(++invoices_);
        const auto quantity = 1 + number(3);
        licenses_ += quantity;
        std::string line = "'sku':'" + any({"hours", "days", "month", "month", "center0"}) +
                           "','quantity':" + std::to_string(quantity);
        // 10 cents more than can be shared out evenly.
        line += ",'amount':{'amount':'" + std::to_string(10 * quantity) + ".10','currency':'USD'}";
        if (one_in(3)) {
            const auto day = civil_day(now_, zone_);
            const auto at = one_in(2) ? *start_of_day(CivilDay{day.number + 1 + static_cast<int>(number(20))}, zone_)
                                      : Instant{now_.micros + 1 + number(20 * day_micros)};
            line += ",'validUntil':'" + to_rfc3339(at) + "'";
        }
        judge(acme("'issueInvoice':{'invoice':'" + id + "','raisedBy':'p0@acme.test','lines':[{" + line + "}]}"));
        return acme("'recordPayment':{'invoice':'" + id + "','reference':'" + id + "','amount':{'amount':'" +
                    std::to_string(10 * quantity) + ".10','currency':'USD'}}");
    }

    std::string credit() {
        const auto invoice = "'invoice':'i" + std::to_string(1 + number(invoices_ + 1)) + "'";
        if (one_in(6)) return acme("'reversePayment':{" + invoice + ",'reason':'r'}");
        return acme("'creditInvoice':{" + invoice + ",'line':1,'quantity':" + std::to_string(number(2)) +
                    ",'amount':{'amount':'1.00','currency':'USD'},'reason':'r'}");
    }

    std::string of_catalog() {
        const auto center = "center" + std::to_string(centers_);
        if (one_in(3)) {
            return "{'changeProduct':{'sku':'" + center + "','unitPrice':{'amount':'" + std::to_string(number(90)) +
                   ".00','currency':'USD'}}}";
        }
        if (!one_in(3)) return command();
        judge("{'retireProduct':{'sku':'" + center + "'}}");
        if (one_in(2)) {
            now_.micros += leap();
            box_.clock().set(now_);
        }
        ++centers_;
        return "{'defineProduct':{" +
               product("center" + std::to_string(centers_), any({"P1M", "P5M", "P7D", "P1M2DT1H"}), "membership", 45) +
               "}}";
    }

    std::mt19937_64 random_;
    const date::time_zone& zone_;
    Instant now_;
    LedgerBox box_;
    std::int64_t licenses_ = 0;
    std::int64_t invoices_ = 0;
    int centers_ = 0;
};

std::vector<std::string> rows_of(const AccountHistory& history, const PriceBook& book, Instant as_of,
                                 const DayPeriod& period, StatementBy by) {
    std::vector<std::string> rows;
    const SeatDays days(history, book, as_of);
    static_cast<void>(
        write_statement(days, period, by, [&](const StatementRow& row) { rows.push_back(shown(row, by)); }));
    return rows;
}

// Each way to show it, with a history of everything and with one of the period alone. Gives how many rows there were.
std::size_t check_against_oracle(const std::vector<Words>& blocks, const std::string& account, const PriceBook& book,
                                 Instant as_of, const DayPeriod& period) {
    const BillingOracle oracle(blocks, account, book.end_inclusive, as_of);
    const auto history = history_of(blocks, account);
    const CivilDay last{period.end.number - 1};
    const auto windowed = history_of(blocks, account, Window{period.begin, last});
    std::size_t rows = 0;
    for (const auto by : all_by) {
        INFO("by " << name_of(by) << ", " << to_text(period.begin) << " to " << to_text(last) << ", as of "
                   << to_rfc3339(as_of) << ", end inclusive " << book.end_inclusive);
        const auto expected = oracle.rows(period.begin, last, by);
        CHECK(rows_of(history, book, as_of, period, by) == expected);
        CHECK(rows_of(windowed, book, as_of, period, by) == expected);
        rows += expected.size();
    }
    return rows;
}

}  // namespace

TEST_CASE("statements are those of a naive count of every license, person and day") {
    const auto seed = std::random_device{}();
    std::size_t rows = 0;
    for (std::size_t i = 0; i < places.size(); ++i) {
        INFO("seed " << seed << " + " << i << ", " << places[i].zone << " from " << places[i].start);
        BusyAccount account(seed + i, places[i]);
        account.live(400);
        const auto blocks = account.blocks();
        const auto& zone = zone_named(places[i].zone);
        const auto first = civil_day(*parse_rfc3339(places[i].start), zone);
        const auto days = civil_day(account.now(), zone).number - first.number + 2;
        // The whole of it, some days of it, and as it stood then or will stand.
        const auto begin = CivilDay{first.number + static_cast<int>(account.number(days))};
        const DayPeriod some{begin, CivilDay{begin.number + 1 + static_cast<int>(account.number(12))}};
        const DayPeriod all{CivilDay{first.number - 2}, CivilDay{first.number + days + 2}};
        const auto past = Instant{account.now().micros - account.number(5 * day_micros)};
        rows += check_against_oracle(blocks, "acme", {}, account.now(), all);
        rows += check_against_oracle(blocks, "acme", {}, last_instant, some);
        rows += check_against_oracle(blocks, "acme", {Rounding::round_once, true}, last_instant, all);
        rows += check_against_oracle(blocks, "acme", {Rounding::round_once, i % 2 == 0}, past, some);
    }
    CHECK(rows > 50 * places.size());
}

TEST_CASE("statements of accounts that everything happens to are those of a naive count") {
    const auto seed = std::random_device{}();
    INFO("seed " << seed);
    RandomCommands random(seed);
    LedgerBox box;
    box.clock().set(*parse_rfc3339("2023-09-20T00:00:00Z"));
    const auto now = play_random_billing(box, random, *parse_rfc3339("2023-09-20T00:00:00Z"), 3'000);
    const auto blocks = box.blocks();
    std::size_t rows = 0;
    for (const auto& account : RandomCommands::accounts()) {
        INFO("account " << account);
        const auto history = history_of(blocks, account);
        if (history.zone() == nullptr) continue;
        const auto last = civil_day(history.last_effective_at(), *history.zone());
        const DayPeriod period{CivilDay{last.number - 40}, CivilDay{last.number + 1}};
        rows += check_against_oracle(blocks, account, {}, now, period);
    }
    CHECK(rows > 100);
}

TEST_CASE("the days of a license that somebody had during its whole term cost exactly its price") {
    const auto seed = std::random_device{}();
    std::mt19937_64 random(seed);
    for (const auto& place : places) {
        INFO("seed " << seed << ", " << place.zone << " from " << place.start);
        LedgerBox box;
        const auto& zone = zone_named(place.zone);
        Instant now = *parse_rfc3339(place.start);
        box.clock().set(now);
        box.must_happen(
            {"{'defineProduct':{'sku':'seat','name':'N','type':'t','term':'P1M','billing':'assigned','unitPrice':"
             "{'amount':'10.00','currency':'USD'}}}",
             open_acme(place.zone), registered("ann"), registered("bob")});
        // At any time of a day, and where it begins.
        now.micros += static_cast<std::int64_t>(random() % day_micros);
        if (random() % 2 == 0) now = *end_of_day(civil_day(now, zone), zone);
        box.clock().set(now);
        box.must_happen(bought("i", "seat", 1));
        box.must_happen({bind(1, "ann")});
        // Given from one to the other all the time, often where a day begins, it is somebody's without a break.
        for (int i = 0; i < 30; ++i) {
            now = random() % 2 == 0 ? *end_of_day(civil_day(now, zone), zone)
                                    : Instant{now.micros + static_cast<std::int64_t>(random() % (2 * day_micros))};
            box.clock().set(now);
            static_cast<void>(box.judge(acme("'reassignLicense':{'license':1,'email':'" +
                                             std::string(i % 2 == 0 ? "bob" : "ann") + "@acme.test'}")));
        }
        const auto history = history_of(box.blocks(), "acme");
        for (const bool inclusive : {false, true}) {
            const SeatDays days(history, {Rounding::round_once, inclusive}, last_instant);
            const auto& lot = history.lots()[0];
            Exact sum;
            std::vector<HeldDays> held;
            days.held(lot, LicenseNumber(1), days.term_of(lot), held);
            for (const auto& of : held) {
                for (auto day = of.billed.begin; day < of.billed.end; ++day.number) {
                    sum += days.price_of(lot).of_days(1);
                }
            }
            CHECK(held.size() > 5);
            CHECK(sum == 10);
        }
    }
}

}  // namespace seatledger::billing
