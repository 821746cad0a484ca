// as_of, filter and start: how long somebody who asks has to wait.
#include <kj/debug.h>

#include <algorithm>
#include <functional>

#include "events/text.h"
#include "projections/queries.h"
#include "tools/bench/figures.h"
#include "tools/bench/store.h"

namespace seatledger::bench {
namespace {

namespace fs = std::filesystem;

using Ask = std::function<void(schema::Query::Builder)>;

unsigned rows_in(schema::Rows::Reader rows) {
    switch (rows.which()) {
        case schema::Rows::PRODUCTS: return rows.getProducts().size();
        case schema::Rows::LICENSES: return rows.getLicenses().size();
        case schema::Rows::USERS: return rows.getUsers().size();
        case schema::Rows::USER: return rows.getUser().size();
        case schema::Rows::INVOICES: return rows.getInvoices().size();
        case schema::Rows::ACCESS: return rows.getAccess().size();
        case schema::Rows::MEMBERSHIPS: return rows.getMemberships().size();
        case schema::Rows::ORDERS: return rows.getOrders().size();
        case schema::Rows::QUEUES: return rows.getQueues().size();
        case schema::Rows::CATALOG: return rows.getCatalog().size();
        case schema::Rows::DIFF: return rows.getDiff().size();
        case schema::Rows::DISPUTES: return rows.getDisputes().size();
        case schema::Rows::NONE: break;
    }
    return 0;
}

double ask_once(const Projections& projections, const Ask& ask, unsigned rows_expected) {
    capnp::MallocMessageBuilder question;
    auto query = question.initRoot<schema::Query>();
    ask(query);
    const Stopwatch watch;
    capnp::MallocMessageBuilder answer;
    auto rows = answer.initRoot<schema::Rows>();
    const auto answered = answer_query(projections, vendor_caller, query.asReader(), system_now(), rows);
    const auto seconds = watch.seconds();
    KJ_REQUIRE(answered.has_value(), "a question was refused", answered.error().message.c_str());
    KJ_REQUIRE(rows_in(rows.asReader()) == rows_expected, "a question had another answer");
    return seconds;
}

struct Question {
    std::string name;
    unsigned rows;
    std::function<void(schema::Query::Builder, std::mt19937_64&)> ask;
};

std::vector<Question> as_of_questions(const WorkloadShape& shape) {
    const auto account = [shape](schema::Query::Builder query, std::mt19937_64& random) {
        query.setAccount(Workload::account(static_cast<std::uint32_t>(random() % shape.accounts)));
    };
    return {
        {"license", 1,
         [=](schema::Query::Builder query, std::mt19937_64& random) {
             account(query, random);
             query.initLicenses().setLicense(static_cast<std::uint32_t>(random() % shape.licenses) + 1);
         }},
        {"user", 1,
         [=](schema::Query::Builder query, std::mt19937_64& random) {
             account(query, random);
             query.initUsers().setEmail(Workload::email(static_cast<std::uint32_t>(random() % shape.users)));
         }},
        {"page", 50,
         [=](schema::Query::Builder query, std::mt19937_64& random) {
             account(query, random);
             query.setLimit(50);
             query.initLicenses();
         }},
        {"products", 1,
         [=](schema::Query::Builder query, std::mt19937_64& random) {
             account(query, random);
             query.initProducts();
         }},
    };
}

void measure_question(const Projections& projections, const Question& question, Sequence first, Sequence last,
                      std::uint64_t seed) {
    constexpr int asked = 4'000;
    std::mt19937_64 random(seed);
    std::vector<double> at_head;
    std::vector<double> as_of;
    for (int i = 0; i < asked; ++i) {
        at_head.push_back(ask_once(
            projections, [&](schema::Query::Builder query) { question.ask(query, random); }, question.rows));
        const auto sequence = first.value + random() % (last.value - first.value + 1);
        as_of.push_back(ask_once(
            projections,
            [&](schema::Query::Builder query) {
                question.ask(query, random);
                query.setAsOfSequence(sequence);
            },
            question.rows));
    }
    const auto p50 = percentile_us(as_of, 0.5);
    const auto head_p50 = percentile_us(at_head, 0.5);
    const auto p99 = percentile_us(as_of, 0.99);
    const auto head_p99 = percentile_us(at_head, 0.99);
    print({"as_of_" + question.name,
           p50,
           "us",
           head_p50,
           p50 / head_p50,
           {{"p99", p99}, {"ceiling_p99", head_p99}, {"ratio_p99", p99 / head_p99}}});
}

// One account in which all but a few licenses are bound.
void bind_nearly_all(Store& store, std::uint32_t licenses, std::uint32_t left_free) {
    WorkloadShape shape;
    shape.accounts = 1;
    shape.users = 0;
    shape.licenses = licenses;
    Workload workload(shape);
    store.set_up(workload);
    constexpr std::uint32_t batch_people = 1'024;
    // What is left free lies scattered.
    const auto is_left = [&](std::uint32_t license) { return license % (licenses / left_free) == 1; };
    for (std::uint32_t first = 1; first <= licenses; first += batch_people) {
        const auto count = std::min(batch_people, licenses - first + 1);
        std::vector<std::uint32_t> bound;
        for (std::uint32_t license = first; license < first + count; ++license) {
            if (!is_left(license)) bound.push_back(license);
        }
        auto batch = std::make_unique<capnp::MallocMessageBuilder>(count * 48);
        auto commands = batch->initRoot<capnp::List<schema::Command>>(static_cast<unsigned>(2 * bound.size()));
        for (unsigned i = 0; i < bound.size(); ++i) {
            commands[2 * i].setAccount(Workload::account(0));
            commands[2 * i].initRegisterUser().setEmail(Workload::email(bound[i]));
            commands[2 * i + 1].setAccount(Workload::account(0));
            auto bind = commands[2 * i + 1].initBindLicense();
            bind.setLicense(bound[i]);
            bind.setEmail(Workload::email(bound[i]));
        }
        store.submit(batch);
        store.settle();
    }
}

double open_and_ask(const fs::path& directory) {
    const Stopwatch watch;
    Store store(directory, Store::With::projections);
    ask_once(
        store.projections(),
        [](schema::Query::Builder query) {
            query.setAccount(Workload::account(0));
            query.initLicenses().setLicense(1);
        },
        1);
    return watch.seconds();
}

void fill_directory(const BenchOptions& options, const fs::path& directory, std::uint64_t events) {
    fs::remove_all(directory);
    Store store(directory, Store::With::projections);
    Workload workload(shape_for(options, events));
    store.fill(workload, events);
    store.project();
}

}  // namespace

void measure_as_of(const BenchOptions& options) {
    const auto directory = options.data / "as_of";
    fs::remove_all(directory);
    {
        Store store(directory, Store::With::projections);
        const auto shape = shape_for(options, options.events);
        Workload workload(shape);
        store.set_up(workload);
        const auto first = store.log().last();
        store.fill(workload, options.events);
        store.project();
        for (const auto& question : as_of_questions(shape)) {
            measure_question(store.projections(), question, first, store.log().last(), options.seed);
        }
    }
    fs::remove_all(directory);
}

void measure_filter(const BenchOptions& options) {
    constexpr std::uint32_t left_free = 20;
    constexpr int asked = 200;
    const auto directory = options.data / "filter";
    fs::remove_all(directory);
    {
        Store store(directory, Store::With::projections);
        const auto licenses = static_cast<std::uint32_t>(std::min<std::uint64_t>(1'000'000, options.events / 2 - 100));
        bind_nearly_all(store, licenses, left_free);
        store.project();
        std::vector<double> filtered;
        std::vector<double> whole;
        for (int i = 0; i < asked; ++i) {
            const auto ask = [](bool with_filter) {
                return [with_filter](schema::Query::Builder query) {
                    query.setAccount(Workload::account(0));
                    query.setLimit(50);
                    auto filter = query.initLicenses();
                    if (with_filter) filter.setStatus("available");
                };
            };
            filtered.push_back(ask_once(store.projections(), ask(true), left_free));
            whole.push_back(ask_once(store.projections(), ask(false), 50));
        }
        const auto p50 = percentile_us(filtered, 0.5);
        const auto whole_p50 = percentile_us(whole, 0.5);
        const auto p99 = percentile_us(filtered, 0.99);
        print({"filter",
               p50,
               "us",
               whole_p50,
               p50 / whole_p50,
               {{"p99", p99}, {"ratio_p99", p99 / percentile_us(whole, 0.99)}, {"licenses", double(licenses)}}});
    }
    fs::remove_all(directory);
}

void measure_start(const BenchOptions& options) {
    constexpr int rounds = 25;
    const auto small = options.data / "start-tenth";
    const auto large = options.data / "start";
    fill_directory(options, small, options.events / 10);
    fill_directory(options, large, options.events);
    std::vector<double> small_seconds;
    std::vector<double> large_seconds;
    for (int round = 0; round < rounds; ++round) {
        small_seconds.push_back(open_and_ask(small));
        large_seconds.push_back(open_and_ask(large));
    }
    const auto small_us = percentile_us(small_seconds, 0.5);
    const auto large_us = percentile_us(large_seconds, 0.5);
    print({"start", large_us, "us", small_us, large_us / small_us, {}});
    fs::remove_all(small);
    fs::remove_all(large);
}

}  // namespace seatledger::bench
