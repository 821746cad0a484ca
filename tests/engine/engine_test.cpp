// The engine's threads: whoever submits gets an answer each, in order, and what is answered is in the log.
#include "engine/engine.h"

#include <capnp/message.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <future>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "server/json.h"
#include "tests/support/catch.h"
#include "tests/support/ledger_box.h"
#include "tests/support/world.h"

namespace seatledger {
namespace {

using namespace testing;

using Result = std::expected<std::vector<Answer>, StorageFailure>;

// Commands that live until they are answered.
class Batch {
 public:
    explicit Batch(const Steps& commands) {
        auto list = message_.initRoot<capnp::AnyPointer>().initAs<capnp::List<schema::Command>>(
            static_cast<unsigned>(commands.size()));
        for (unsigned i = 0; i < list.size(); ++i) {
            const auto read = read_command(testing::quoted(commands[i]), list[i]);
            if (!read) throw std::runtime_error(read.error());
        }
        commands_ = list.asReader();
    }

    // `answered` is called before the result can be had.
    [[nodiscard]] bool submit_to(
        Engine& engine, std::function<void()> answered = [] {}) {
        return engine.submit(commands_, vendor_caller, {}, [this, answered = std::move(answered)](Result result) {
            answered();
            promise_.set_value(std::move(result));
        });
    }
    Result wait() { return result_.get(); }
    [[nodiscard]] bool is_answered_within(std::chrono::milliseconds time) {
        return result_.wait_for(time) == std::future_status::ready;
    }

 private:
    capnp::MallocMessageBuilder message_;
    capnp::List<schema::Command>::Reader commands_;
    std::promise<Result> promise_;
    std::future<Result> result_ = promise_.get_future();
};

Result submit(Engine& engine, const Steps& commands) {
    Batch batch(commands);
    REQUIRE(batch.submit_to(engine));
    return batch.wait();
}

struct Parts {
    explicit Parts(std::unique_ptr<Log> of = make_memory_log()) : log(std::move(of)) {
        clock.set(Instant{1'000'000'000});
    }

    TestSecrets secrets;

    std::unique_ptr<Engine> start(
        std::function<void(Sequence)> committed = [](Sequence) {}, const EngineLimits& limits = {}) {
        auto ledger = Ledger::open(*log, secrets, nullptr, clock);
        REQUIRE(ledger.has_value());
        return std::make_unique<Engine>(*log, std::move(*ledger), std::move(committed), limits);
    }

    std::unique_ptr<Log> log;
    HandClock clock;
};

// The same over a log of this kind.
template <typename Kind>
struct PartsWith : Parts {
    PartsWith() : Parts(std::make_unique<Kind>()) {}
    Kind& own_log = static_cast<Kind&>(*log);
};

// Appends only while it is allowed to.
class SlowLog final : public Log {
 public:
    std::expected<void, StorageFailure> append(Sequence expected, std::span<const std::uint64_t> block) override {
        {
            std::unique_lock lock(mutex_);
            ++arrived_;
            changed_.notify_all();
            changed_.wait(lock, [this] { return allowed_ > 0; });
            --allowed_;
        }
        return log_->append(expected, block);
    }
    Sequence last() const override { return log_->last(); }
    std::unique_ptr<LogCursor> read(Sequence from) const override { return log_->read(from); }

    void allow(int blocks) {
        const std::lock_guard lock(mutex_);
        allowed_ += blocks;
        changed_.notify_all();
    }
    // Waits until so many blocks have come.
    void wait_for(int blocks) {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [&] { return arrived_ >= blocks; });
    }
    [[nodiscard]] int arrived() {
        const std::lock_guard lock(mutex_);
        return arrived_;
    }

 private:
    std::unique_ptr<Log> log_ = make_memory_log();
    std::mutex mutex_;
    std::condition_variable changed_;
    int allowed_ = 0;
    int arrived_ = 0;
};

// Keeps the engine's thread from going on until it is opened.
class Gate {
 public:
    void open() { promise_.set_value(); }
    void wait() { future_.wait(); }

 private:
    std::promise<void> promise_;
    std::shared_future<void> future_ = promise_.get_future().share();
};

}  // namespace

TEST_CASE("a submission gets an answer to each of its commands, in order, with the events") {
    Parts parts;
    const auto engine = parts.start();
    const auto result = submit(*engine, {open_acme(), bind(1, "boss"), registered("ann"), registered("ann")});
    REQUIRE(result.has_value());
    REQUIRE(result->size() == 4);
    CHECK((*result)[0].last.value == 3);
    CHECK(events_of((*result)[0]).size() == 3);
    CHECK(rejected((*result)[1]) == "license_must_exist");
    CHECK((*result)[2].last.value == 4);
    CHECK(rejected((*result)[3]) == "email_must_be_new");
    CHECK_FALSE(engine->failure());
    CHECK(submit(*engine, {})->empty());
}

TEST_CASE("many submitters: every one gets its answers in order, and everything answered is in the log") {
    constexpr int threads_total = 8;
    constexpr int batches = 40;
    constexpr int commands = 7;
    Parts parts;
    std::atomic<std::uint64_t> durable = 0;
    std::atomic<int> wrong = 0;
    {
        const auto engine = parts.start([&](Sequence last) {
            if (last != parts.log->last() || last.value <= durable) ++wrong;
            durable = last.value;
        });
        REQUIRE(submit(*engine, {open_acme()}).has_value());
        const auto run = [&](int thread) {
            std::uint64_t last = 0;
            for (int batch = 0; batch < batches; ++batch) {
                Steps steps;
                for (int i = 0; i < commands; ++i) {
                    // Every third one is somebody who is there already.
                    const auto name = "p-" + std::to_string(thread) + "-" + std::to_string(batch) + "-" +
                                      std::to_string(i % 3 == 2 ? i - 1 : i);
                    steps.push_back(registered(name));
                }
                Batch sent(steps);
                if (!sent.submit_to(*engine)) ++wrong;
                const auto result = sent.wait();
                if (!result || result->size() != commands) {
                    ++wrong;
                    continue;
                }
                for (int i = 0; i < commands; ++i) {
                    const auto& answer = (*result)[i];
                    if (answer.rejection.has_value() != (i % 3 == 2)) ++wrong;
                    if (answer.rejection) continue;
                    if (answer.last.value <= last || answer.last.value > durable) ++wrong;
                    last = answer.last.value;
                }
            }
        };
        std::vector<std::thread> threads;
        for (int thread = 0; thread < threads_total; ++thread) threads.emplace_back(run, thread);
        for (auto& thread : threads) thread.join();
    }
    CHECK(wrong == 0);
    CHECK(parts.log->last().value == 3 + threads_total * batches * 5);
    CHECK(durable == parts.log->last().value);
}

TEST_CASE("nothing is answered before it is durable") {
    Parts parts;
    std::atomic<std::uint64_t> committed = 0;
    const auto engine = parts.start([&](Sequence last) { committed = last.value; });
    std::promise<std::pair<std::uint64_t, std::uint64_t>> seen;
    capnp::MallocMessageBuilder message;
    auto list = message.initRoot<capnp::AnyPointer>().initAs<capnp::List<schema::Command>>(1);
    REQUIRE(read_command(testing::quoted(open_acme()), list[0]).has_value());
    REQUIRE(engine->submit(list.asReader(), vendor_caller, {}, [&](const Result&) {
        seen.set_value({parts.log->last().value, committed.load()});
    }));
    CHECK(seen.get_future().get() == std::pair<std::uint64_t, std::uint64_t>(3, 3));
}

TEST_CASE("an engine that ends judges what is queued first") {
    Parts parts;
    Gate gate;
    std::vector<std::unique_ptr<Batch>> batches;
    auto engine = parts.start([&](Sequence) { gate.wait(); });
    for (int i = 0; i < 20; ++i) {
        batches.push_back(std::make_unique<Batch>(Steps{i == 0 ? open_acme() : registered("p" + std::to_string(i))}));
        REQUIRE(batches.back()->submit_to(*engine));
    }
    std::thread ending([&] { engine.reset(); });
    gate.open();
    ending.join();
    for (auto& batch : batches) {
        const auto result = batch->wait();
        REQUIRE(result.has_value());
        CHECK(rejected(result->at(0)) == "");
    }
    CHECK(parts.log->last().value == 3 + 19);
}

TEST_CASE("a full queue takes nothing, and is not full for ever") {
    Parts parts;
    Gate gate;
    std::promise<void> busy;
    std::once_flag once;
    const auto engine = parts.start(
        [&](Sequence) {
            std::call_once(once, [&] { busy.set_value(); });
            gate.wait();
        },
        {.commands_waiting_max = 5});
    Batch first({open_acme()});
    REQUIRE(first.submit_to(*engine));
    busy.get_future().wait();  // it is durable but not answered, and so still counts
    Batch fits({registered("a"), registered("b"), registered("c")});
    Batch too_much({registered("d"), registered("e")});
    Batch last_one({registered("f")});
    CHECK(fits.submit_to(*engine));
    CHECK_FALSE(too_much.submit_to(*engine));
    CHECK(last_one.submit_to(*engine));
    CHECK_FALSE(too_much.submit_to(*engine));
    gate.open();
    CHECK(first.wait().has_value());
    CHECK(fits.wait().has_value());
    CHECK(last_one.wait().has_value());
    CHECK(too_much.submit_to(*engine));
    CHECK(too_much.wait()->size() == 2);
    // More than the bound at once is taken when nothing else waits.
    CHECK(submit(*engine, {registered("1"), registered("2"), registered("3"), registered("4"), registered("5")})
              ->size() == 5);
}

TEST_CASE("what comes while a block is being written becomes one block, and is answered in order") {
    PartsWith<SlowLog> parts;
    auto& log = parts.own_log;
    const auto engine = parts.start();
    std::mutex mutex;
    std::vector<int> order;
    std::vector<std::unique_ptr<Batch>> batches;
    const auto submit_next = [&](const std::string& command) {
        const auto number = static_cast<int>(batches.size());
        batches.push_back(std::make_unique<Batch>(Steps{command}));
        REQUIRE(batches.back()->submit_to(*engine, [&, number] {
            const std::lock_guard lock(mutex);
            order.push_back(number);
        }));
    };
    submit_next(open_acme());
    log.wait_for(1);
    for (int i = 0; i < 30; ++i) submit_next(registered("p" + std::to_string(i)));
    submit_next(registered("p7"));  // rejected, but only once what it rests on is durable
    log.allow(2);
    for (auto& batch : batches) REQUIRE(batch->wait().has_value());
    CHECK(log.arrived() == 2);
    CHECK(parts.log->last().value == 3 + 30);
    CHECK(std::ranges::is_sorted(order));
    CHECK(order.size() == batches.size());
    log.allow(1'000);
}

TEST_CASE("commands are judged while a full block is being written, and no further than the next") {
    PartsWith<SlowLog> parts;
    auto& log = parts.own_log;
    const auto engine = parts.start();
    log.allow(1);
    REQUIRE(submit(*engine, {open_acme()}).has_value());
    // More than many blocks have room for.
    constexpr int people = 20'000;
    Steps all;
    for (int i = 0; i < people; ++i) all.push_back(registered("somebody-with-a-long-name-" + std::to_string(i)));
    Batch batch(all);
    REQUIRE(batch.submit_to(*engine));
    log.wait_for(2);
    CHECK(parts.log->last().value == 3);
    log.allow(1'000);
    const auto result = batch.wait();
    REQUIRE(result.has_value());
    for (int i = 0; i < people; ++i) {
        REQUIRE((*result)[i].last.value == static_cast<std::uint64_t>(4 + i));
        REQUIRE(events_of((*result)[i]).size() == 1);
    }
    CHECK(log.arrived() > 5);
}

TEST_CASE("a correction of what is not yet durable waits until it is") {
    PartsWith<SlowLog> parts;
    auto& log = parts.own_log;
    const auto engine = parts.start();
    Batch both({open_acme(), acme("'registerUser':{'email':'ann@acme.test'},'corrects':2")});
    REQUIRE(both.submit_to(*engine));
    log.wait_for(1);
    CHECK(parts.log->last().value == 0);
    log.allow(1'000);
    const auto result = both.wait();
    REQUIRE(result.has_value());
    CHECK(rejected(result->at(1)) == "");
}

TEST_CASE("a write that fails takes with it what was judged meanwhile") {
    PartsWith<FailingLog> parts;
    auto& disk = parts.own_log;
    const auto engine = parts.start();
    REQUIRE(submit(*engine, {open_acme()}).has_value());
    disk.fail_after(2);
    Steps all;
    for (int i = 0; i < 20'000; ++i) all.push_back(registered("somebody-with-a-long-name-" + std::to_string(i)));
    const auto result = submit(*engine, all);
    REQUIRE_FALSE(result.has_value());
    CHECK(result.error().message == "the disk is full");
    CHECK(engine->failure()->message == "the disk is full");
    CHECK(parts.log->last().value > 3);  // the two blocks that went well; nobody was told of them
}

TEST_CASE("with no room for what the tables do not have, the engine waits for them") {
    for (const bool by_requests : {false, true}) {
        INFO((by_requests ? "request ids" : "people"));
        LiveWorld world;  // its projections see nothing until they are told to
        StateLimits limits;
        (by_requests ? limits.requests_max : limits.people_max) = 3;
        auto ledger = Ledger::open(world.log(), world.secrets(), &world.projections(), world.clock(), limits);
        REQUIRE(ledger.has_value());
        const auto engine = std::make_unique<Engine>(world.log(), std::move(*ledger), [](Sequence) {});
        Steps people = {open_acme()};
        for (int i = 0; i < 10; ++i) {
            people.push_back(acme("'registerUser':{'email':'u" + std::to_string(i) + "@acme.test'}" +
                                  (by_requests ? ",'requestId':'r" + std::to_string(i) + "'" : "")));
        }
        Batch first(people);
        REQUIRE(first.submit_to(*engine));
        REQUIRE(first.wait().has_value());  // judged before there was no room

        Batch second({acme("'registerUser':{'email':'ann@acme.test'}")});
        REQUIRE(second.submit_to(*engine));
        CHECK_FALSE(second.is_answered_within(std::chrono::milliseconds(50)));
        world.project();
        const auto result = second.wait();
        REQUIRE(result.has_value());
        CHECK(rejected(result->front()) == "");
    }
}

TEST_CASE("storage that fails stops the engine for good: everybody is told, and nothing more is judged") {
    PartsWith<FailingLog> parts;
    auto& disk = parts.own_log;
    Gate gate;
    std::promise<void> busy;
    std::once_flag once;
    auto engine = parts.start([&](Sequence) {
        std::call_once(once, [&] { busy.set_value(); });
        gate.wait();
    });
    Batch first({open_acme()});
    REQUIRE(first.submit_to(*engine));
    busy.get_future().wait();
    disk.fail_after(0);
    // Waiting together: one of them would be rejected, but what it rests on is as lost as the rest.
    Batch accepted({registered("ann")});
    Batch refused({registered("ann")});
    REQUIRE(accepted.submit_to(*engine));
    REQUIRE(refused.submit_to(*engine));
    gate.open();
    CHECK(first.wait().has_value());
    for (auto* batch : {&accepted, &refused}) {
        const auto result = batch->wait();
        REQUIRE_FALSE(result.has_value());
        CHECK(result.error().message == "the disk is full");
    }
    REQUIRE(engine->failure());
    CHECK(engine->failure()->message == "the disk is full");

    std::thread::id teller;  // at once, on the caller's thread
    REQUIRE(engine->submit({}, vendor_caller, {}, [&](const Result&) { teller = std::this_thread::get_id(); }));
    CHECK(teller == std::this_thread::get_id());

    disk.fail_after(1'000);  // too late: what the failed write left behind is not known
    const auto later = submit(*engine, {registered("bob")});
    REQUIRE_FALSE(later.has_value());
    CHECK(later.error().message == "the disk is full");
    engine.reset();
    CHECK(parts.log->last().value == 3);

    const auto again = parts.start();
    CHECK(rejected(submit(*again, {registered("ann")})->at(0)) == "");
}

}  // namespace seatledger
