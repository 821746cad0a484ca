#include "server/tail.h"

#include <boost/asio/io_context.hpp>
#include <map>
#include <utility>
#include <vector>

#include "tests/support/catch.h"

namespace seatledger {
namespace {

// Gets where it is told to.
class HandFollower {
 public:
    [[nodiscard]] Watched watched() {
        return {[this] { return reached_; },
                [this](Sequence sequence, std::function<void()> done) {
                    ++asked;
                    if (sequence <= reached_) return done();
                    waiting_.emplace(sequence, std::move(done));
                }};
    }
    void reach(std::uint64_t sequence) {
        reached_ = Sequence(sequence);
        while (!waiting_.empty() && waiting_.begin()->first <= reached_) {
            const auto done = std::move(waiting_.begin()->second);
            waiting_.erase(waiting_.begin());
            done();
        }
    }

    int asked = 0;

 private:
    Sequence reached_;
    std::multimap<Sequence, std::function<void()>> waiting_;
};

struct Waiters {
    boost::asio::io_context network;
    HandFollower follower;
    Tail tail{network.get_executor(), follower.watched()};
    std::vector<int> called;

    Tail::Ticket wait(std::uint64_t sequence, int name) {
        return tail.when_at(Sequence(sequence), [this, name] { called.push_back(name); });
    }
    void run() {
        network.restart();
        network.poll();
    }
};

}  // namespace

TEST_CASE("whoever waits is called when it is reached, later on and in order", "[server]") {
    Waiters waiters;
    static_cast<void>(waiters.wait(7, 1));
    static_cast<void>(waiters.wait(3, 2));
    static_cast<void>(waiters.wait(3, 3));
    CHECK(waiters.follower.asked == 1);  // however many wait
    waiters.follower.reach(2);
    waiters.run();
    CHECK(waiters.called.empty());
    waiters.follower.reach(3);
    CHECK(waiters.called.empty());  // not on the follower's thread
    waiters.run();
    CHECK(waiters.called == std::vector<int>{2, 3});
    CHECK(waiters.tail.waiting() == 1);
    waiters.follower.reach(9);
    waiters.run();
    CHECK(waiters.called == std::vector<int>{2, 3, 1});
}

TEST_CASE("what is reached already is called later on as well", "[server]") {
    Waiters waiters;
    waiters.follower.reach(5);
    static_cast<void>(waiters.wait(4, 1));
    CHECK(waiters.called.empty());
    waiters.run();
    CHECK(waiters.called == std::vector<int>{1});
}

TEST_CASE("whoever has given up is not called", "[server]") {
    Waiters waiters;
    const auto first = waiters.wait(2, 1);
    static_cast<void>(waiters.wait(2, 2));
    waiters.tail.cancel(first);
    waiters.follower.reach(2);
    waiters.run();
    CHECK(waiters.called == std::vector<int>{2});
    CHECK(waiters.tail.waiting() == 0);
}

}  // namespace seatledger
