// Random histories: every answer, as of any sequence and any instant, is what a naive fold of the events gives.
#include <kj/debug.h>

#include <algorithm>
#include <string>
#include <vector>

#include "projections/digest_tables.h"
#include "projections/follower.h"
#include "tests/support/catch.h"
#include "tests/support/oracle.h"
#include "tests/support/random_commands.h"
#include "tests/support/world.h"

namespace seatledger {
namespace {

using namespace testing;

using Lines = Oracle::Lines;
using QueryBuilder = schema::Query::Builder;

constexpr std::uint64_t queues_on_page_max = 4;  // there are few, and yet pages end among them

void run_history(LiveWorld& world, RandomCommands& commands, int count) {
    for (const auto& command : commands.start()) world.judge(command);
    for (int i = 0; i < count; ++i) {
        world.clock().set(Instant{world.now().micros + commands.leap_micros()});
        world.judge(commands.next());
        if (commands.one_in(30)) world.project();
        if (commands.one_in(40)) {
            REQUIRE(world.ledger().record_due().has_value());
            REQUIRE(world.ledger().commit().has_value());
        }
    }
    world.project();
}

// Compares what the tables answer with the oracle, at one time.
class Comparison {
 public:
    Comparison(LiveWorld& world, const Oracle& oracle, RandomCommands& random, std::string account, Oracle::When when)
        : world_(world), oracle_(oracle), random_(random), account_(std::move(account)), when_(when) {
        when_.now = world.now().micros;
    }

    void run() {
        INFO(account_ << " as of sequence " << when_.sequence << ", instant " << when_.instant << ", known at "
                      << when_.known_at << ", now " << when_.now);
        const auto expected = oracle_.account(account_, when_);
        if (!expected) {
            CHECK(ask([](QueryBuilder query) { query.initLicenses(); }).failure);
            return;
        }
        CHECK(lines([](QueryBuilder query) { query.initProducts(); }) == oracle_.products(*expected, when_));
        CHECK(lines([](QueryBuilder query) { query.initUsers(); }) == Oracle::users(*expected));
        CHECK(lines([](QueryBuilder query) { query.initInvoices(); }) == Oracle::invoices(*expected));
        CHECK(lines([](QueryBuilder query) { query.initLicenses(); }) == license_lines(*expected, {}));
        CHECK(lines([](QueryBuilder query) { query.initQueues(); }, queues_on_page_max) ==
              Oracle::queues(*expected, {}));
        for (int i = 0; i < 4; ++i) compare_filtered(*expected);
        CHECK(lines([](QueryBuilder query) { query.initOrders(); }) == Oracle::orders(*expected, {}));
        for (int i = 0; i < 4; ++i) compare_queues(*expected);
        for (int i = 0; i < 4; ++i) compare_orders(*expected);
        for (const auto& email : RandomCommands::emails()) {
            const auto user = [&](QueryBuilder query) { query.initUser().setEmail(email); };
            const auto lines = oracle_.user(*expected, email, when_);
            CHECK(lines_if(!lines.empty(), user) == lines);
            compare_access(*expected, email);
        }
    }

 private:
    struct Filter {
        std::string sku;
        std::string status;
        std::string email;
        std::string invoice;
        std::uint32_t license = 0;
        std::int64_t expires_before = no_instant.micros;
    };

    [[nodiscard]] Page ask(const Question& question) const {
        return world_.ask([&](QueryBuilder query) {
            question(query);
            query.setAccount(account_);
            query.setAsOfSequence(when_.sequence);
            query.setAsOf(when_.instant);
            query.setKnownAt(when_.known_at);
        });
    }

    // What the question names exists then, or else there is no answer, or an empty one where it exists at another time.
    [[nodiscard]] Lines lines_if(bool exists, const Question& question, std::uint64_t limit_max = 60) const {
        if (exists) return lines(question, limit_max);
        const auto page = ask(question);
        if (!page.failure) return lines(question, limit_max);
        CHECK(page.failure->find(" has no ") != std::string::npos);
        return {};
    }
    static bool exists(const Oracle::Account& account, const std::string& email) {
        return email.empty() || account.bearer(email) != 0;
    }

    [[nodiscard]] Lines lines(const Question& question, std::uint64_t limit_max = 60) const {
        Lines all;
        std::string cursor;
        const auto limit = static_cast<std::uint32_t>(1 + random_.number(limit_max));
        do {
            const auto page = ask([&](QueryBuilder query) {
                question(query);
                query.setLimit(limit);
                if (!cursor.empty()) query.setCursor(cursor);
            });
            if (page.failure) FAIL(*page.failure);
            const auto found = lines_of(page.get());
            all.insert(all.end(), found.begin(), found.end());
            cursor = page.cursor;
        } while (!cursor.empty());
        return all;
    }

    static Lines license_lines(const Oracle::Account& account, const Filter& filter) {
        Lines lines;
        for (const auto& license : account.licenses) {
            if (!filter.sku.empty() && license.sku != filter.sku) continue;
            if (!filter.status.empty() && license.status != filter.status) continue;
            if (!filter.email.empty() && license.email.empty()) continue;
            if (!filter.email.empty() && account.bearer(filter.email) != license.holder) continue;
            if (!filter.invoice.empty() && license.invoice != filter.invoice) continue;
            if (filter.license != 0 && license.number != filter.license) continue;
            if (filter.expires_before != no_instant.micros && license.valid_until >= filter.expires_before) continue;
            lines.push_back(license.line());
        }
        return lines;
    }

    void compare_filtered(const Oracle::Account& expected) {
        Filter filter;
        if (random_.one_in(3)) filter.sku = RandomCommands::skus()[random_.number(3)];
        if (random_.one_in(2))
            filter.status = std::vector{"available", "bound", "expired", "revoked"}[random_.number(4)];
        if (random_.one_in(4)) filter.email = RandomCommands::emails()[random_.number(9)];
        if (random_.one_in(4)) filter.invoice = "i" + std::to_string(1 + random_.number(10));
        if (random_.one_in(4)) filter.license = static_cast<std::uint32_t>(1 + random_.number(100));
        if (random_.one_in(4))
            filter.expires_before = expected.time + static_cast<std::int64_t>(random_.number(1u << 30));
        INFO("sku " << filter.sku << ", status " << filter.status << ", email " << filter.email << ", invoice "
                    << filter.invoice << ", license " << filter.license << ", before " << filter.expires_before);
        const auto is_of = [&](const Oracle::License& license) { return license.number == filter.license; };
        const bool all_exist = exists(expected, filter.email) &&
                               (filter.invoice.empty() || expected.bills.contains(filter.invoice)) &&
                               (filter.license == 0 || std::ranges::any_of(expected.licenses, is_of));
        const auto found = lines_if(all_exist, [&](QueryBuilder query) {
            auto set = query.initLicenses();
            if (!filter.sku.empty()) set.setSku(filter.sku);
            if (!filter.status.empty()) set.setStatus(filter.status);
            if (!filter.email.empty()) set.setEmail(filter.email);
            if (!filter.invoice.empty()) set.setInvoice(filter.invoice);
            set.setLicense(filter.license);
            set.setExpiresBefore(filter.expires_before);
        });
        CHECK(found == (all_exist ? license_lines(expected, filter) : Lines()));
    }

    void compare_queues(const Oracle::Account& expected) const {
        Oracle::QueueFilter filter;
        if (random_.one_in(3)) filter.queue = RandomCommands::queues()[random_.number(RandomCommands::queues().size())];
        if (random_.one_in(3)) filter.kind = RandomCommands::queue_kinds()[random_.number(3)];
        if (random_.one_in(2)) filter.email = RandomCommands::emails()[random_.number(9)];
        INFO("queue " << filter.queue << ", kind " << filter.kind << ", email " << filter.email);
        const auto question = [&](QueryBuilder query) {
            auto set = query.initQueues();
            if (!filter.queue.empty()) set.setQueue(filter.queue);
            if (!filter.kind.empty()) set.setKind(filter.kind);
            if (!filter.email.empty()) set.setEmail(filter.email);
        };
        const bool all_exist =
            exists(expected, filter.email) && (filter.queue.empty() || expected.queues.contains(filter.queue));
        CHECK(lines_if(all_exist, question, queues_on_page_max) ==
              (all_exist ? Oracle::queues(expected, filter) : Lines()));
    }

    void compare_orders(const Oracle::Account& expected) const {
        Oracle::OrderFilter filter;
        if (random_.one_in(3)) filter.sku = RandomCommands::skus()[random_.number(3)];
        if (random_.one_in(2)) {
            filter.status = std::vector{"open", "invoiced", "fulfilled", "cancelled"}[random_.number(4)];
        }
        if (random_.one_in(3)) filter.email = RandomCommands::emails()[random_.number(9)];
        INFO("sku " << filter.sku << ", status " << filter.status << ", email " << filter.email);
        const auto question = [&](QueryBuilder query) {
            auto set = query.initOrders();
            if (!filter.sku.empty()) set.setSku(filter.sku);
            if (!filter.status.empty()) set.setStatus(filter.status);
            if (!filter.email.empty()) set.setEmail(filter.email);
        };
        const bool all_exist = exists(expected, filter.email);
        CHECK(lines_if(all_exist, question, 10) == Oracle::orders(expected, filter));
    }

    void compare_access(const Oracle::Account& expected, const std::string& email) const {
        for (const auto& sku : RandomCommands::skus()) {
            INFO(email << " and " << sku);
            const auto found = lines_if(exists(expected, email), [&](QueryBuilder query) {
                auto question = query.initAccess();
                question.setEmail(email);
                question.setSku(sku);
            });
            if (!exists(expected, email)) {
                CHECK((found.empty() || found == Lines{Oracle::access(expected, email, sku)}));
                continue;
            }
            REQUIRE(found.size() == 1);
            CHECK(found.front() == Oracle::access(expected, email, sku));
        }
    }

    LiveWorld& world_;
    const Oracle& oracle_;
    RandomCommands& random_;
    std::string account_;
    Oracle::When when_;
};

void compare_histories(LiveWorld& world, const Oracle& oracle, RandomCommands& random, const std::string& account,
                       const Oracle::When& when) {
    using Numbers = Oracle::Numbers;
    // Of what is there then, or else it fails, or is empty where it is there at another time.
    const auto told = [&](bool exists, auto set) {
        Numbers all;
        Sequence from;
        do {
            const auto page = ask_history(world.projections(), [&](schema::History::Builder history) {
                history.setAccount(account);
                history.setFrom(from.value);
                history.setAsOf(when.instant);
                history.setAsOfSequence(when.sequence);
                history.setKnownAt(when.known_at);
                set(history);
            });
            if (!exists && page.failure) {
                CHECK(page.failure->find(account + " has no ") == 0);
                return all;
            }
            if (page.failure) FAIL(*page.failure);
            all.insert(all.end(), page.sequences.begin(), page.sequences.end());
            from = page.next;
        } while (from);
        return all;
    };
    // What is there was at least made by an event.
    const auto compare = [&](const Numbers& expected, auto set) { CHECK(told(!expected.empty(), set) == expected); };
    INFO("history in " << account << " as of sequence " << when.sequence << ", instant " << when.instant
                       << ", known at " << when.known_at);
    const auto license = static_cast<std::uint32_t>(1 + random.number(100));
    compare(oracle.history_of_license(account, license), [&](auto history) { history.setLicense(license); });
    const auto invoice = "i" + std::to_string(1 + random.number(20));
    compare(oracle.history_of_invoice(account, invoice), [&](auto history) { history.setInvoice(invoice); });
    const auto order = static_cast<std::uint32_t>(1 + random.number(20));
    compare(oracle.history_of_order(account, order), [&](auto history) { history.setOrder(order); });
    for (const auto& queue : RandomCommands::queues()) {
        compare(oracle.history_of_queue(account, queue), [&](auto history) { history.setQueue(queue); });
    }
    const auto email = RandomCommands::emails()[random.number(9)];
    compare(oracle.history_of_email(account, email), [&](auto history) { history.setEmail(email); });
    for (const auto& actor : {std::string("vendor"), std::string("ledger"), email}) {
        const bool exists = actor != email || oracle.knows_email(account, email);
        CHECK(told(exists, [&](auto history) { history.setActor(actor); }) == oracle.history_of_actor(account, actor));
    }
}

// When some event was recorded, or a microsecond before or after.
std::int64_t any_recorded(const Oracle& oracle, RandomCommands& random) {
    const auto& recorded = oracle.recorded();
    return recorded[random.number(recorded.size())] + static_cast<std::int64_t>(random.number(3)) - 1;
}

void check_history(std::uint64_t seed, int commands_count, int comparisons) {
    INFO("seed " << seed);
    RandomCommands random(seed);
    LiveWorld world;
    run_history(world, random, commands_count);
    const Oracle oracle(world.log());
    for (const auto kind :
         {"licensesExpired", "queueMemberRemoved", "invoiceVoided", "invoiceCredited", "paymentReversed",
          "licensesRevoked", "licensesRequested", "orderOverdue", "orderFulfilled", "orderCancelled", "cardAdded",
          "cardRemoved", "phoneSaved", "phoneRetained", "phoneRestored", "phonePurged"}) {
        CAPTURE(kind);
        CHECK(oracle.kinds().contains(kind));
    }
    for (int i = 0; i < comparisons; ++i) {
        const auto account = RandomCommands::accounts()[random.number(4)];
        Oracle::When when;
        if (random.one_in(2)) when.known_at = std::min(any_recorded(oracle, random), world.now().micros);
        switch (i % 4) {
            case 0: break;
            case 1: when.sequence = 1 + random.number(oracle.last()); break;
            default: {
                const auto instants = oracle.instants(account);
                when.instant =
                    instants[random.number(instants.size())] + static_cast<std::int64_t>(random.number(3)) - 1;
            }
        }
        Comparison(world, oracle, random, account, when).run();
        if (i % 4 == 3 || !oracle.account(account, when)) continue;
        compare_histories(world, Oracle(world.log(), when), random, account, when);
    }
    const auto rebuilt = world.projections().rebuild({});
    REQUIRE(rebuilt.has_value());
    CHECK(rebuilt->differ.empty());
    CHECK(rebuilt->sequence == world.log().last());
}

TEST_CASE("every answer as of any time is what a fold of the events from the first on gives") {
    for (const std::uint64_t seed : {20200115u, 20200122u}) check_history(seed, 1'500, 24);
}

TEST_CASE("every answer as of any time is what a fold gives, at length", "[slow]") {
    for (std::uint64_t seed = 1; seed <= 8; ++seed) check_history(seed, 6'000, 60);
}

std::unique_ptr<Database> opened(const std::filesystem::path& directory) {
    auto database = Database::open(directory);
    REQUIRE(database.has_value());
    return std::move(*database);
}

void follow_to(Follower& follower, Sequence end) {
    while (follower.at() < end) {
        const auto step = follower.step(end);
        if (!step) FAIL(step.error().message);
        REQUIRE(step->moved);
    }
}

// Tables are the same however one comes to them.
void check_digests(std::uint64_t seed, int commands_count) {
    INFO("seed " << seed);
    RandomCommands random(seed);
    LiveWorld world;
    run_history(world, random, commands_count);
    const auto live = world.projections().digests();
    CHECK(live.first == world.log().last());

    const Secrets secrets = world.secrets();
    TempDir dir;
    {
        const auto at_once = opened(dir / "at once");
        Follower follower(*at_once, world.log(), &secrets);
        follow_to(follower, world.log().last());
        CHECK(digest_tables(Snapshot(*at_once)) == live.second);
    }
    auto stepwise = opened(dir / "stepwise");
    auto follower = std::make_unique<Follower>(*stepwise, world.log(), &secrets);
    for (const auto end : world.block_ends()) {
        if (!random.one_in(3)) continue;
        follow_to(*follower, end);
        if (!random.one_in(20)) continue;
        follower.reset();
        if (random.one_in(3)) {
            REQUIRE(stepwise->flush().has_value());
            stepwise.reset();
            stepwise = opened(dir / "stepwise");
        }
        follower = std::make_unique<Follower>(*stepwise, world.log(), &secrets);
    }
    follow_to(*follower, world.log().last());
    CHECK(digest_tables(Snapshot(*stepwise)) == live.second);
}

TEST_CASE("tables have the same digests whether they grew in one step, in many, or with restarts in between") {
    check_digests(20200117, 1'500);
}

TEST_CASE("tables have the same digests however they grew, at length", "[slow]") {
    for (std::uint64_t seed = 11; seed <= 16; ++seed) check_digests(seed, 8'000);
}

}  // namespace
}  // namespace seatledger
