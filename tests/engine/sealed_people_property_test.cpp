// Whatever happens to people in whatever order, and whoever asks in between.
#include <random>
#include <string>

#include "tests/support/people_twins.h"

namespace seatledger {
namespace {

using namespace testing;

class RandomPeople {
 public:
    RandomPeople(std::uint32_t seed, bool has_tables)
        : random_(seed), has_tables_(has_tables), twins_(has_tables, small_limits()) {}

    void run(int steps) {
        for (int i = 0; i < steps; ++i) {
            step();
            if (one_in(25)) compare_all();
        }
        compare_all();
        twins_.reopen();
        compare_all();
    }

 private:
    static StateLimits small_limits() {
        StateLimits limits;
        limits.people_max = 5;
        return limits;
    }

    void step() {
        switch (number(has_tables_ ? 12 : 8)) {
            case 0: erase(); return;
            case 1: try_out(); return;
            case 2:
            case 3: ask(); return;
            case 4:
            case 5:
            case 6:
            case 7: change(); return;
            case 8:
            case 9: catch_up(); return;
            case 10:
                if (one_in(10)) twins_.reopen();
                return;
            default: static_cast<void>(twins_.state().evict());
        }
    }

    void try_out() {
        twins_.begin_trial();
        for (auto count = 1 + number(5); count > 0; --count) {
            if (one_in(2)) ask();
            change();
        }
        twins_.end_trial(one_in(3));
    }

    void change() {
        auto& naive = twins_.naive();
        const auto email = address();
        const auto bearer = naive.user_of(acme_number, FoldedAddress(email));
        const auto user = somebody();
        const auto kind = number(8);
        if (kind < 4 || user == 0) {
            if (!bearer) twins_.happens(twins_.registered(naive.account("acme")->next_user.value, email));
        } else if (kind < 6) {
            if (!bearer || bearer == UserId(user)) twins_.happens(twins_.email_changed(user, email));
        } else if (kind < 7) {
            twins_.happens(PeopleTwins::granted(user));
        } else {
            twins_.happens(PeopleTwins::removed(user));
        }
    }

    void erase() {
        const auto user = somebody();
        if (user == 0) return;
        twins_.happens(PeopleTwins::removed(user));
        twins_.happens(twins_.erased(user));
        if (one_in(2)) twins_.destroy_key(user);
    }

    void catch_up() {
        const auto behind = twins_.log().last().value - twins_.tables().checkpoint().value;
        if (behind > 0) twins_.catch_up(Sequence(twins_.tables().checkpoint().value + 1 + number(behind)));
    }

    void ask() {
        auto& naive = twins_.naive();
        const auto email = address();
        INFO("who bears " << email);
        REQUIRE(twins_.bearer(email) == naive.user_of(acme_number, FoldedAddress(email)));
        if (const auto user = somebody(); user != 0 && one_in(2)) {
            REQUIRE(twins_.email_of(user) == naive.user(acme_number, UserId(user))->email);
        }
    }

    void compare_all() {
        auto& naive = twins_.naive();
        for (std::uint32_t i = 0; i < addresses; ++i) {
            const auto email = numbered(i);
            INFO("who bears " << email);
            REQUIRE(twins_.bearer(email) == naive.user_of(acme_number, email));
        }
        for (std::uint32_t user = 1; user < naive.account("acme")->next_user.value; ++user) {
            INFO("user " << user);
            const auto* expected = naive.user(acme_number, UserId(user));
            REQUIRE(twins_.email_of(user) == expected->email);
            REQUIRE(twins_.state().user(acme_number, UserId(user))->removed == expected->removed);
            REQUIRE(twins_.state().user(acme_number, UserId(user))->roles == expected->roles);
        }
    }

    // Who was not removed; 0: nobody.
    std::uint32_t somebody() {
        auto& naive = twins_.naive();
        const auto next = naive.account("acme")->next_user.value;
        for (int i = 0; i < 20 && next > 1; ++i) {
            const auto user = static_cast<std::uint32_t>(1 + number(next - 1));
            if (!naive.user(acme_number, UserId(user))->removed) return user;
        }
        return 0;
    }
    std::string address() {
        const auto email = numbered(static_cast<std::uint32_t>(number(addresses)));
        return one_in(4) ? "P" + email.substr(1) : email;
    }
    std::uint64_t number(std::uint64_t below) { return random_() % below; }
    bool one_in(std::uint64_t count) { return number(count) == 0; }

    static constexpr std::uint32_t addresses = 9;

    std::mt19937_64 random_;
    bool has_tables_;
    PeopleTwins twins_;
};

TEST_CASE("people are the same as if every box was opened when it came") {
    const bool has_tables = GENERATE(false, true);
    for (std::uint32_t seed = 1; seed <= 40; ++seed) {
        INFO("seed " << seed << ", tables " << has_tables);
        RandomPeople(seed, has_tables).run(400);
    }
}

}  // namespace
}  // namespace seatledger
