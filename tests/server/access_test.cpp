// The tokens that were issued, and that nobody gets in by another one.
#include "server/access.h"

#include <algorithm>
#include <cctype>

#include "tests/support/catch.h"

namespace seatledger {
namespace {

using testing::contains;

constexpr Instant now{1'000'000'000};
constexpr Instant later{now.micros + 1};
const std::string vendors(64, 'a');

Caller person(std::uint32_t user, const std::string& account = "acme") { return {account, UserId(user), {}}; }

TokenTerms terms_for(const Caller& caller, Instant expires_at = no_instant, bool is_log_in = false) {
    TokenTerms terms;
    terms.caller = caller;
    terms.expires_at = expires_at;
    terms.is_log_in = is_log_in;
    return terms;
}

Access::Issued issued(Access& access, const TokenTerms& terms) {
    auto token = access.issue(terms, now);
    REQUIRE(token);
    return *token;
}

// But for the vendor's own, which is always there.
std::vector<std::uint32_t> numbers(const Access& access, Instant at = now) {
    std::vector<std::uint32_t> all;
    for (const auto& token : access.tokens(at)) {
        if (token->number != 0) all.push_back(token->number);
    }
    return all;
}

using Numbers = std::vector<std::uint32_t>;

TEST_CASE("the vendor's token lets the vendor in, for ever, and cannot be revoked") {
    const auto rows = make_memory_private_table();
    Access access(*rows, vendors);
    const auto token = access.find(vendors, now);
    REQUIRE(token);
    CHECK(token->terms.caller.is_vendor());
    CHECK(token->number == 0);
    CHECK_FALSE(access.revoke(0).value());
    CHECK(access.find(vendors, Instant{std::numeric_limits<std::int64_t>::max()}));
}

TEST_CASE("a token is found by exactly what was shown when it was issued") {
    const auto rows = make_memory_private_table();
    Access access(*rows, vendors);
    const auto token = issued(access, terms_for(person(7)));
    CHECK(token.shown.size() == 64);
    CHECK(std::ranges::all_of(token.shown, [](unsigned char c) { return std::isxdigit(c) != 0; }));
    CHECK(access.find(token.shown, now) == token.token);
    for (const auto& other : {std::string(), token.shown.substr(1), token.shown + "\n", token.token->hash,
                              std::string(64, '0'), vendors.substr(1)}) {
        CHECK_FALSE(access.find(other, now));
    }
    CHECK(issued(access, terms_for(person(7))).shown != token.shown);
}

TEST_CASE("a token is good before the instant at which it expires, and not at it") {
    const auto rows = make_memory_private_table();
    Access access(*rows, vendors);
    const auto token = issued(access, terms_for(person(7), later));
    CHECK(access.find(token.shown, now));
    CHECK_FALSE(access.find(token.shown, later));
    CHECK(numbers(access, later).empty());
}

TEST_CASE("a token that is revoked is found by nobody, and whoever holds it sees that") {
    const auto rows = make_memory_private_table();
    Access access(*rows, vendors);
    const auto token = issued(access, terms_for(person(7)));
    const auto other = issued(access, terms_for(person(7)));
    CHECK(access.revoke(token.token->number).value());
    CHECK_FALSE(token.token->is_good(now));
    CHECK_FALSE(access.find(token.shown, now));
    CHECK(access.find(other.shown, now));
    CHECK_FALSE(access.revoke(token.token->number).value());
}

TEST_CASE("what was issued, and that it was revoked, is there after a restart; what is shown is not") {
    const auto rows = make_memory_private_table();
    Access::Issued kept;
    Access::Issued gone;
    TokenTerms terms = terms_for({"acme", UserId(7), schema::Role::AUDITOR}, later);
    terms.label = "nightly export";
    terms.issuer_account = "acme";
    terms.issuer = UserId(9);
    {
        Access access(*rows, vendors);
        kept = issued(access, terms);
        gone = issued(access, terms_for({"", {}, {}}, no_instant, true));
        REQUIRE(access.revoke(gone.token->number));
    }
    Access access(*rows, vendors);
    CHECK_FALSE(access.find(gone.shown, now));
    const auto token = access.find(kept.shown, now);
    REQUIRE(token);
    CHECK(token->number == kept.token->number);
    CHECK(token->issued_at == now);
    CHECK(token->terms.caller.account == "acme");
    CHECK(token->terms.caller.user == UserId(7));
    CHECK(token->terms.caller.role == schema::Role::AUDITOR);
    CHECK(token->terms.label == "nightly export");
    CHECK(token->terms.issuer == UserId(9));
    CHECK(token->terms.expires_at == later);
    CHECK_FALSE(token->terms.is_log_in);
    rows->scan("", [&](std::string_view key, std::string_view value) {
        CHECK_FALSE(contains(key, kept.shown));
        CHECK_FALSE(contains(value, kept.shown));
        return true;
    });
}

TEST_CASE("numbers are given once, over a restart and after an end too") {
    const auto rows = make_memory_private_table();
    {
        Access access(*rows, vendors);
        for (int i = 0; i < 3; ++i) (void)issued(access, terms_for(person(7)));
        CHECK(numbers(access) == Numbers{1, 2, 3});
        REQUIRE(access.revoke(3));
    }
    Access access(*rows, vendors);
    CHECK(issued(access, terms_for(person(7))).token->number == 4);
    CHECK(numbers(access) == Numbers{1, 2, 4});
}

TEST_CASE("what has expired takes no room once another one is issued") {
    const auto rows = make_memory_private_table();
    Access access(*rows, vendors);
    for (int i = 0; i < 10; ++i) (void)issued(access, terms_for(person(7), later));
    REQUIRE(access.issue(terms_for(person(7)), later));
    int kept = 0;
    rows->scan("token/", [&](std::string_view, std::string_view) { return ++kept, true; });
    CHECK(kept == 1);
}

TEST_CASE("a person has so many log-ins at a time; with one more the oldest ends") {
    const auto rows = make_memory_private_table();
    Access access(*rows, vendors);
    const auto token = issued(access, terms_for(person(7)));
    const auto others = issued(access, terms_for(person(8), no_instant, true));
    const auto namesakes = issued(access, terms_for(person(7, "globex"), no_instant, true));
    std::vector<Access::Issued> log_ins;
    for (std::size_t i = 0; i <= log_ins_max; ++i) log_ins.push_back(issued(access, terms_for(person(7), later, true)));
    CHECK_FALSE(access.find(log_ins[0].shown, now));
    CHECK_FALSE(log_ins[0].token->is_good(now));
    for (std::size_t i = 1; i <= log_ins_max; ++i) CHECK(access.find(log_ins[i].shown, now));
    for (const auto& other : {token, others, namesakes}) CHECK(access.find(other.shown, now));
    const Access again(*rows, vendors);
    CHECK(numbers(again) == numbers(access));
}

TEST_CASE("a person's log-ins end together, but for the one by which they are ended") {
    const auto rows = make_memory_private_table();
    Access access(*rows, vendors);
    const auto token = issued(access, terms_for(person(7)));
    const auto others = issued(access, terms_for(person(8), no_instant, true));
    const auto first = issued(access, terms_for(person(7), no_instant, true));
    const auto second = issued(access, terms_for(person(7), no_instant, true));
    REQUIRE(access.end_log_ins("acme", UserId(7), second.token->number, Sequence(9)));
    // The answer to an earlier one, which comes later.
    REQUIRE(access.end_log_ins("acme", UserId(7), second.token->number, Sequence(8)));
    CHECK(second.token->password == 9);
    CHECK_FALSE(access.find(first.shown, now));
    for (const auto& other : {token, others, second}) CHECK(access.find(other.shown, now));
    const Access again(*rows, vendors);
    CHECK(numbers(again) == Numbers{token.token->number, others.token->number, second.token->number});
    CHECK(again.find(second.shown, now)->password == 9);  // by that password it goes on
    CHECK(again.find(others.shown, now)->password == 0);
}

TEST_CASE("log-ins that are over end, and no other tokens") {
    const auto rows = make_memory_private_table();
    Access access(*rows, vendors);
    const auto token = issued(access, terms_for(person(7)));
    auto terms = terms_for(person(7), no_instant, true);
    terms.password = Sequence(5);
    const auto first = issued(access, terms);
    terms.password = Sequence(6);
    const auto second = issued(access, terms);
    REQUIRE(access.end_log_ins([](const Token& log_in) { return log_in.password == 5; }));
    CHECK_FALSE(access.find(first.shown, now));
    for (const auto& other : {token, second}) CHECK(access.find(other.shown, now));
    REQUIRE(access.end_log_ins([](const Token&) { return true; }));
    const Access again(*rows, vendors);
    CHECK(numbers(again) == Numbers{token.token->number});
}

}  // namespace
}  // namespace seatledger
