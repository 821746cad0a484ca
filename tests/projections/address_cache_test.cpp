// Addresses that were looked up lately: for the sequences that they were kept for, and no others.
#include "projections/address_cache.h"

#include "projections/person_row.h"
#include "tests/support/catch.h"
#include "tests/support/given.h"
#include "tests/support/world.h"

namespace seatledger {
namespace {

using namespace testing;

constexpr AccountNumber company(1);
constexpr UserId ann(2);

TEST_CASE("an address is there for the sequences that it was kept for") {
    AddressCache cache;
    CHECK_FALSE(cache.find(company, ann, Sequence(5)).has_value());
    cache.keep(company, ann, {KeyNumber(7), "box", Sequence(5)}, Sequence(9));
    CHECK_FALSE(cache.find(company, ann, Sequence(4)).has_value());
    CHECK_FALSE(cache.find(company, ann, Sequence(10)).has_value());
    CHECK_FALSE(cache.find(company, UserId(3), Sequence(7)).has_value());
    CHECK_FALSE(cache.find(AccountNumber(2), ann, Sequence(7)).has_value());
    for (const std::uint64_t at : {5, 7, 9}) {
        const auto found = cache.find(company, ann, Sequence(at));
        REQUIRE(found.has_value());
        CHECK(found->key == KeyNumber(7));
        CHECK(found->box == "box");
        CHECK(found->since == Sequence(5));
    }
    // Known for longer; and a reader who began earlier does not take that back.
    cache.keep(company, ann, {KeyNumber(7), "box", Sequence(5)}, Sequence(12));
    cache.keep(company, ann, {KeyNumber(7), "box", Sequence(5)}, Sequence(11));
    CHECK(cache.find(company, ann, Sequence(12)).has_value());
    cache.keep(company, ann, {KeyNumber(7), "newer", Sequence(13)}, Sequence(20));
    CHECK_FALSE(cache.find(company, ann, Sequence(12)).has_value());
    CHECK(cache.find(company, ann, Sequence(13))->box == "newer");
}

TEST_CASE("memory is bounded, and what was asked for last is there") {
    AddressCache cache;
    for (std::uint32_t user = 1; user <= 1'000'000; ++user) {
        cache.keep(company, UserId(user), {KeyNumber(user), "box", Sequence(1)}, Sequence(2));
        REQUIRE(cache.find(company, UserId(user), Sequence(2)).has_value());
    }
    std::size_t kept = 0;
    for (std::uint32_t user = 1; user <= 1'000'000; ++user)
        kept += cache.find(company, UserId(user), Sequence(2)) ? 1 : 0;
    CHECK(kept <= 131'072);
}

TEST_CASE("an address that is kept is the one that the tables have, at every sequence, while the log goes on") {
    LiveWorld world;
    AddressCache cache;
    const auto check = [&] {
        const auto generation = world.projections().current().generation;
        const Snapshot snapshot(*generation->database);
        for (int round = 0; round < 2; ++round) {
            for (std::uint64_t at = snapshot.checkpoint().value; at > 0; --at) {
                AddressCache none;
                const auto is = address_at(snapshot, cache, company, ann, Sequence(at));
                const auto should = address_at(snapshot, none, company, ann, Sequence(at));
                REQUIRE(is.has_value() == should.has_value());
                if (!is) continue;
                CHECK(is->box == should->box);
                CHECK(is->since == should->since);
            }
        }
    };
    const auto moved = [](const std::string& from, const std::string& to) {
        return acme("'changeEmail':{'email':'" + from + "@acme.test','newEmail':'" + to + "@acme.test'}");
    };
    world.must_happen(steps(open_acme(), registered("ann"), registered("bob")));
    check();
    world.must_happen(steps(moved("ann", "anna"), registered("cleo")));
    check();
    world.must_happen(steps(acme("'grantRole':{'email':'anna@acme.test','role':'admin'}"), moved("anna", "ann")));
    check();
    world.must_happen({acme("'erasePerson':{'email':'ann@acme.test'}")});
    check();
}

}  // namespace
}  // namespace seatledger
