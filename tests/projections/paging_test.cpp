// Pages: consistent while writes go on between them.
#include <random>
#include <string>
#include <vector>

#include "tests/support/catch.h"
#include "tests/support/given.h"
#include "tests/support/world.h"

namespace seatledger {
namespace {

using namespace testing;

Question licenses(const std::function<void(schema::LicenseFilter::Builder)>& filter) {
    return [=](schema::Query::Builder query) {
        query.setAccount("acme");
        filter(query.initLicenses());
    };
}

std::vector<Question> questions() {
    using Filter = schema::LicenseFilter::Builder;
    return {licenses([](Filter) {}),
            licenses([](Filter filter) { filter.setStatus("available"); }),
            licenses([](Filter filter) { filter.setStatus("bound"); }),
            licenses([](Filter filter) { filter.setStatus("expired"); }),
            licenses([](Filter filter) { filter.setSku("long"); }),
            licenses([](Filter filter) { filter.setInvoice("i-2"); }),
            licenses([](Filter filter) { filter.setEmail("p1@acme.test"); }),
            [](schema::Query::Builder query) {
                query.setAccount("acme");
                query.initUsers();
            },
            [](schema::Query::Builder query) {
                query.setAccount("acme");
                query.initInvoices();
            },
            [](schema::Query::Builder query) {
                query.setAccount("acme");
                query.initProducts();
            }};
}

// 8 people; licenses 1–6 of short until the 2nd, 7–12 of long, 13–15 of short again.
Steps start() {
    Steps people;
    for (int i = 0; i < 8; ++i) people.push_back(registered("p" + std::to_string(i)));
    return steps(product("short", "P1D"), product("long"), open_acme(), people, bought("i-1", "short", 6),
                 bought("i-2", "long", 6), bought("i-3", "short", 3), bind(1, "p1"), bind(8, "p1"), bind(2, "p2"),
                 bind(9, "p3"), bind(14, "p4"));
}

// Something of each kind that could disturb a page.
class Disturbance {
 public:
    explicit Disturbance(LiveWorld& world, std::uint64_t seed) : world_(world), random_(seed) {}

    void operator()() {
        const auto license = [&] { return static_cast<int>(1 + random_() % 15); };
        const auto person = [&] { return "p" + std::to_string(random_() % 8); };
        for (int i = 0; i < 6; ++i) {
            world_.judge(unbind(license()));
            world_.judge(bind(license(), person()));
        }
        const auto name = "n" + std::to_string(++count_);
        world_.judge(registered(name));
        world_.judge("{'changeProduct':{'sku':'long','name':'" + name + "'}}");
        const auto invoice = "a-" + name;
        world_.judge(invoiced(invoice, "long", 1));
        if (count_ % 2 == 0) world_.judge(paid(invoice, "10.00", invoice));
        world_.project();
    }

 private:
    LiveWorld& world_;
    std::mt19937_64 random_;
    int count_ = 0;
};

TEST_CASE("pages show the state that the first one was read from, at the head and as of an instant or a sequence") {
    constexpr auto seed = 20200114u;
    INFO("seed " << seed);
    LiveWorld world;
    world.must_happen(start());
    const auto begun = world.log().last();
    world.must_happen({"2020-01-01T06:00:00Z"});
    Disturbance disturb(world, seed);
    disturb();
    for (const std::uint32_t limit : {1u, 2u, 7u}) {
        for (std::size_t q = 0; q < questions().size(); ++q) {
            for (int as_of = 0; as_of < 3; ++as_of) {
                const auto question = [&](schema::Query::Builder query) {
                    questions()[q](query);
                    if (as_of == 1) query.setAsOf(instant("2020-01-01T03:00:00Z").micros);
                    if (as_of == 2) query.setAsOfSequence(begun.value);
                };
                INFO("question " << q << " in pages of " << limit << ", as of " << as_of);
                const auto now = world.now();
                const auto whole = ask(world.projections(), question, now).rows;
                int pages = 0;
                const auto rows = ask_all(world, question, now, limit, [&] {
                    if (++pages < 3) disturb();
                });
                CHECK(rows == whole);
            }
        }
    }
}

TEST_CASE("a page is of its own time, though licenses expire between two") {
    LiveWorld world;
    world.must_happen(steps(start(), "2020-01-01T23:00:00Z"));
    const auto question = questions()[0];
    const auto whole = world.rows(question);
    bool expired = false;
    const auto rows = ask_all(world, question, world.now(), 4, [&] {
        if (expired) return;
        expired = true;
        world.must_happen({"2020-01-03T00:00:00Z", registered("late")});
    });
    CHECK(rows == whole);
    CHECK(world.rows(question) != whole);
}

TEST_CASE("a cursor holds across a rebuild and a restart") {
    LiveWorld world;
    world.must_happen(start());
    for (const auto& question : questions()) {
        const auto whole = world.rows(question);
        int page = 0;
        const auto rows = ask_all(world, question, world.now(), 1, [&] {
            if (page == 1) REQUIRE(world.projections().rebuild({}).has_value());
            if (page++ == 2) world.reopen();
        });
        CHECK(rows == whole);
    }
}

}  // namespace
}  // namespace seatledger
