// as_of_large and history: questions about an account that has a tenth of a large log.
#include <kj/debug.h>

#include <algorithm>
#include <functional>
#include <random>

#include "projections/queries.h"
#include "projections/view.h"
#include "tools/bench/figures.h"
#include "tools/bench/store.h"

namespace seatledger::bench {
namespace {

namespace fs = std::filesystem;

// Each with as many events; one of them is asked about.
constexpr std::uint32_t accounts = 10;
constexpr int asked = 2'000;

using Ask = std::function<void(schema::Query::Builder, std::mt19937_64&)>;

struct Question {
    const char* name;
    Ask ask;
};

std::vector<Question> questions(const WorkloadShape& shape) {
    return {
        {"license",
         [=](schema::Query::Builder query, std::mt19937_64& random) {
             query.initLicenses().setLicense(static_cast<std::uint32_t>(random() % shape.licenses) + 1);
         }},
        {"user",
         [=](schema::Query::Builder query, std::mt19937_64& random) {
             query.initUser().setEmail(Workload::email(static_cast<std::uint32_t>(random() % shape.users)));
         }},
        {"page",
         [](schema::Query::Builder query, std::mt19937_64&) {
             query.setLimit(50);
             query.initLicenses();
         }},
        {"products", [](schema::Query::Builder query, std::mt19937_64&) { query.initProducts(); }},
    };
}

// As of the instant at which the event was recorded, and took effect.
double ask_once(const Projections& projections, const Question& question, Sequence event, std::mt19937_64& random) {
    const auto tables = projections.current().generation;
    capnp::MallocMessageBuilder message;
    auto query = message.initRoot<schema::Query>();
    query.setAccount(Workload::account(0));
    query.setAsOf(recorded_at(Snapshot(*tables->database), event).micros);
    question.ask(query, random);
    capnp::MallocMessageBuilder answer;
    auto rows = answer.initRoot<schema::Rows>();
    const Stopwatch watch;
    const auto answered = answer_query(projections, vendor_caller, query.asReader(), system_now(), rows);
    const auto seconds = watch.seconds();
    KJ_REQUIRE(answered.has_value(), "a question was refused", answered.error().message.c_str());
    return seconds;
}

void measure_question(const Projections& projections, const Question& question, Sequence first, Sequence last,
                      std::uint64_t seed) {
    std::mt19937_64 random(seed);
    // What is asked most of the time is in memory.
    for (int i = 0; i < asked; ++i) {
        const auto at = first.value + random() % std::max<std::uint64_t>(1, last.value - first.value);
        static_cast<void>(ask_once(projections, question, Sequence(at), random));
    }
    std::vector<double> anywhere;
    std::vector<double> oldest;
    std::vector<double> latest;
    const auto span = last.value - first.value;
    for (int i = 0; i < asked; ++i) {
        const auto at = [&](std::uint64_t from, std::uint64_t to) {
            return Sequence(first.value + from + random() % std::max<std::uint64_t>(1, to - from));
        };
        anywhere.push_back(ask_once(projections, question, at(0, span), random));
        oldest.push_back(ask_once(projections, question, at(0, span / 100), random));
        latest.push_back(ask_once(projections, question, at(span - span / 100, span), random));
    }
    const auto p50 = percentile_us(anywhere, 0.5);
    const auto oldest_p50 = percentile_us(oldest, 0.5);
    const auto latest_p50 = percentile_us(latest, 0.5);
    print({"as_of_large_" + std::string(question.name),
           p50,
           "us",
           oldest_p50,
           latest_p50 / oldest_p50,
           {{"p99", percentile_us(anywhere, 0.99)}, {"latest", latest_p50}}});
}

void measure_history(const Projections& projections, const WorkloadShape& shape, std::uint64_t seed) {
    std::mt19937_64 random(seed);
    std::vector<double> seconds;
    double events = 0;
    for (int i = 0; i < asked; ++i) {
        capnp::MallocMessageBuilder message;
        auto history = message.initRoot<schema::History>();
        history.setAccount(Workload::account(0));
        history.setLicense(static_cast<std::uint32_t>(random() % shape.licenses) + 1);
        capnp::MallocMessageBuilder answer;
        auto page = answer.initRoot<schema::Events>();
        const Stopwatch watch;
        const auto answered = answer_history(projections, vendor_caller, history.asReader(), page);
        seconds.push_back(watch.seconds());
        KJ_REQUIRE(answered.has_value(), "a question was refused", answered.error().message.c_str());
        for ([[maybe_unused]] const auto& entry : entries_of(page.asReader().getEntries())) ++events;
    }
    const auto p50 = percentile_us(seconds, 0.5);
    print({"history", p50, "us", 0, 0, {{"p99", percentile_us(seconds, 0.99)}, {"events", events / asked}}});
}

}  // namespace

void measure_large_account(const BenchOptions& options) {
    const auto directory = options.data / "large_account";
    fs::remove_all(directory);
    WorkloadShape shape;
    shape.accounts = accounts;
    shape.users = static_cast<std::uint32_t>(std::max<std::uint64_t>(options.events / 200, 10));
    shape.licenses = shape.users;
    shape.seed = options.seed;
    Sequence first;
    {
        Store store(directory, Store::With::projections);
        Workload workload(shape);
        store.set_up(workload);
        first = store.log().last();
        store.fill(workload, options.events);
        store.project();
    }
    {
        // As a server finds them that is started on that log: nothing goes on behind.
        Store store(directory, Store::With::projections);
        store.project();
        store.rest();
        for (const auto& question : questions(shape)) {
            measure_question(store.projections(), question, first, store.log().last(), options.seed);
        }
        measure_history(store.projections(), shape, options.seed);
    }
    fs::remove_all(directory);
}

}  // namespace seatledger::bench
