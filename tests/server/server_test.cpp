// The server as a whole: what lies in its directory, how it begins and how it ends, and what it says of its health.
#include "server/server.h"

#include <sys/stat.h>

#include <fstream>
#include <future>
#include <sstream>

#include "events/text.h"
#include "server/json.h"
#include "tests/support/catch.h"
#include "tests/support/ledger_box.h"
#include "tests/support/running_server.h"
#include "tests/support/test_notary.h"

namespace seatledger {
namespace {

using namespace testing;
using namespace std::chrono_literals;
using schema::ClientMessage;
namespace fs = std::filesystem;

const TestClient::Fill ask_status = [](ClientMessage::Builder message) { message.setStatus(); };

std::string read_file(const fs::path& path) {
    std::ifstream file(path, std::ios::binary);
    std::ostringstream bytes;
    bytes << file.rdbuf();
    return bytes.str();
}

mode_t mode_of(const fs::path& path) {
    struct stat status {};
    return ::stat(path.c_str(), &status) == 0 ? status.st_mode & 0777 : 0;
}

bool contains(std::string_view text, std::string_view part) { return text.find(part) != std::string_view::npos; }

std::shared_ptr<spdlog::logger> quiet() { return make_logger({}, LogFormat::text); }

std::string why_not(const ServerOptions& options) {
    const auto opened = Server::open(options, quiet());
    return opened ? "" : opened.error();
}

// ---- The data directory

TEST_CASE("the first start makes what is missing, the next ones leave it", "[server]") {
    RunningServer server;
    const auto token = read_file(server.data() / "vendor.token");
    const auto key = read_file(server.data() / "vault" / "keys");
    CHECK(token.size() == 65);
    CHECK(token.find_first_not_of("0123456789abcdef") == 64);
    CHECK(token.back() == '\n');
    CHECK(key.size() == 3 * 64);  // a header, and two keys of the ledger's own
    CHECK(mode_of(server.data() / "vendor.token") == 0600);
    CHECK(mode_of(server.data() / "vault" / "keys") == 0600);
    CHECK(mode_of(server.data() / "vault" / "master.key") == 0600);
    server.restart();
    CHECK(read_file(server.data() / "vendor.token") == token);
    CHECK(read_file(server.data() / "vault" / "keys") == key);
    server.begin_to_stop();
    server.wait();
    fs::remove(server.data() / "vendor.token");
    server.restart();
    CHECK(read_file(server.data() / "vendor.token") != token);
    CHECK(server.connect().ask(1, ask_status).get().isStatus());
}

TEST_CASE("two directories have different secrets", "[server]") {
    RunningServer a;
    RunningServer b;
    CHECK(read_file(a.data() / "vendor.token") != read_file(b.data() / "vendor.token"));
    CHECK(read_file(a.data() / "vault" / "keys") != read_file(b.data() / "vault" / "keys"));
}

TEST_CASE("a directory that cannot be used is refused, with what to do", "[server]") {
    RunningServer server;
    ServerOptions options;
    options.data = server.data();
    SECTION("one that is in use") { CHECK(contains(why_not(options), "log")); }
    SECTION("one that has lost its keys") {
        {
            auto client = server.connect();
            static_cast<void>(client.ask(1, submit(small_company())));
        }
        server.begin_to_stop();
        server.wait();
        fs::rename(server.data() / "vault" / "keys", server.data() / "elsewhere");
        CHECK(contains(why_not(options), "vault/keys"));
        CHECK(!fs::exists(server.data() / "vault" / "keys"));
        fs::rename(server.data() / "elsewhere", server.data() / "vault" / "keys");
        fs::remove(server.data() / "vault" / "master.key");
        CHECK(contains(why_not(options), "master.key"));
        CHECK(!fs::exists(server.data() / "vault" / "master.key"));
    }
    SECTION("one with an empty token") {
        server.begin_to_stop();
        server.wait();
        std::ofstream(server.data() / "vendor.token") << "\n";
        CHECK(contains(why_not(options), "does not hold a token"));
    }
    SECTION("one of a newer program") {
        server.begin_to_stop();
        server.wait();
        std::ofstream(server.data() / "format") << "seatledger data directory, version 3\n";
        CHECK(contains(why_not(options), "another version of the program"));
    }
    SECTION("one that is a file") {
        options.data = server.data() / "format";
        CHECK(!why_not(options).empty());
    }
}

TEST_CASE("a port that is in use is refused", "[server]") {
    RunningServer server;
    const TempDir directory;
    ServerOptions options;
    options.data = directory.path();
    options.port = server.port();
    auto second = Server::open(options, quiet());
    REQUIRE(second);
    const auto ran = (*second)->run([](const std::string&, std::uint16_t) { FAIL("it listens"); });
    REQUIRE(!ran);
    CHECK(contains(ran.error(), "cannot listen on 127.0.0.1:" + std::to_string(server.port())));
}

TEST_CASE("what was recorded is there after a restart, with the projections deleted or not", "[server]") {
    RunningServer server;
    std::uint64_t last = 0;
    {
        auto client = server.connect();
        auto answers = client.ask(1, submit(steps(small_company(), bind(1, "ann"))));
        last = client.ask(2, ask_status).get().getStatus().getLastSequence();
        CHECK(last > 5);
    }
    server.begin_to_stop();
    server.wait();
    if (GENERATE(true, false)) fs::remove_all(server.data() / "projections");
    server.restart();
    auto client = server.connect();
    const auto status = client.ask(1, ask_status);
    auto rows = client.ask(2, [](ClientMessage::Builder message) {
        message.initQuery().setAccount("acme");
        message.getQuery().initLicenses().setEmail("ann@acme.test");
    });
    REQUIRE(rows.get().isRows());
    CHECK(rows.get().getRows().getLicenses().size() == 1);
    CHECK(rows.get().getRows().getSequence() == last);
    auto answer = client.ask(3, submit({bind(1, "bob")}));
    CHECK(answer.get().getAnswers()[0].hasRejected());
}

// ---- The end

TEST_CASE("a server that stops answers what is in flight and takes no more", "[server]") {
    RunningServer server;
    auto client = server.connect();
    auto follower = server.connect();
    static_cast<void>(client.ask(1'000, submit(small_company())));
    follower.send(1, [](ClientMessage::Builder message) {
        message.initReplay().setFollow(true);
        message.getReplay().setCredit(1u << 30);
    });
    REQUIRE(follower.receive());
    constexpr std::uint64_t requests = 8;
    for (std::uint64_t id = 1; id <= requests; ++id) {
        client.send(id, submit(Steps(1'000, registered("nobody"))));
    }
    REQUIRE(client.receive());
    server.begin_to_stop();
    std::uint64_t answers = 1;
    while (auto reply = client.receive()) {
        CHECK(reply->get().isAnswers());
        CHECK(reply->get().getAnswers().size() == 1'000);
        ++answers;
    }
    CHECK(answers <= requests);
    std::string failure;
    while (auto reply = follower.receive()) failure = reply->failure();
    CHECK(failure == "the server is stopping");
    server.wait();
    CHECK_THROWS(TestClient(server.port()));
    CHECK(server.log().count("misbehaved") == 0);
}

TEST_CASE("a server that stops does not wait for ever", "[server]") {
    RunningServer server([](ServerOptions& options) { options.limits.stop_timeout = 200ms; });
    auto client = server.connect();
    client.set_receive_buffer(4'096);
    static_cast<void>(client.ask(1'000, submit(small_company())));
    // Answers that nobody reads.
    for (std::uint64_t id = 1; id <= 60; ++id) {
        client.send(id, submit(Steps(500, acme("'registerUser':{'email':'" + std::string(240, 'x') + "'}"))));
    }
    const auto began = std::chrono::steady_clock::now();
    server.begin_to_stop();
    server.wait();
    CHECK(std::chrono::steady_clock::now() - began < 5s);
}

TEST_CASE("a server can be stopped before it listens", "[server]") {
    const TempDir directory;
    ServerOptions options;
    options.data = directory.path();
    auto server = Server::open(options, quiet());
    REQUIRE(server);
    (*server)->stop();
    bool listened = false;
    CHECK((*server)->run([&](const std::string&, std::uint16_t) { listened = true; }).has_value());
    CHECK(!listened);
}

// ---- Health

TEST_CASE("a ledger that has stopped is unhealthy, and that is logged once", "[server]") {
    const TempDir directory;
    const auto lines = std::make_shared<LogLines>();
    const auto logger = make_logger({lines}, LogFormat::text);
    auto owned = std::make_unique<FailingLog>();
    auto& log = *owned;
    HandClock clock;
    TestSecrets secrets;
    auto projections = Projections::open(directory.path(), log, secrets);
    REQUIRE(projections);
    (*projections)->start();
    auto ledger = Ledger::open(log, secrets, nullptr, clock);
    REQUIRE(ledger);
    Engine engine(log, std::move(*ledger), [](Sequence) {});
    TestNotary notary(log);
    Health health(engine, **projections, notary.notary(), *logger);
    const auto now = std::chrono::steady_clock::now();
    const auto status = [&] {
        capnp::MallocMessageBuilder message;
        const auto built = message.initRoot<schema::Status>();
        health.tell(built);
        return std::string(kj::str(built.asReader()).cStr());
    };
    health.look(now);
    CHECK(contains(status(), "healthy = true"));

    log.fail_after(0);
    capnp::MallocMessageBuilder message;
    auto commands = message.initRoot<schema::Submit>().initCommands(1);
    REQUIRE(read_command(testing::quoted(open_acme()), commands[0]));
    std::promise<bool> done;
    REQUIRE(engine.submit(commands.asReader(), vendor_caller, {},
                          [&](auto answers) { done.set_value(answers.has_value()); }));
    CHECK(!done.get_future().get());
    for (int i = 0; i < 3; ++i) health.look(now);
    CHECK(contains(status(), "the ledger has stopped because its storage failed"));
    CHECK(lines->count("the ledger has stopped") == 1);
    REQUIRE((*projections)->stop());
}

TEST_CASE("projections that are behind are warned of, then unhealthy", "[server]") {
    const TempDir directory;
    const auto lines = std::make_shared<LogLines>();
    const auto logger = make_logger({lines}, LogFormat::json);
    LedgerBox box;
    auto projections =
        Projections::open(directory.path(), box.log(), box.secrets());  // never started: they stand still
    REQUIRE(projections);
    HandClock clock;
    const auto empty = make_memory_log();
    auto ledger = Ledger::open(*empty, box.secrets(), nullptr, clock);
    REQUIRE(ledger);
    Engine engine(*empty, std::move(*ledger), [](Sequence) {});
    TestNotary notary(box.log());
    Health health(engine, **projections, notary.notary(), *logger);
    const auto is_healthy = [&] {
        capnp::MallocMessageBuilder message;
        auto status = message.initRoot<schema::Status>();
        health.tell(status);
        return status.getHealthy();
    };
    const auto begin = std::chrono::steady_clock::now();
    health.look(begin);
    box.must_happen({open_acme()});
    notary.sign_all();
    health.look(begin + 5s);  // that the log grew is seen now
    CHECK(lines->all().empty());
    health.look(begin + 6500ms);
    health.look(begin + 14s);
    CHECK(lines->count("the projections are behind the log") == 1);
    CHECK(lines->count(R"("lagMilliseconds":"1500")") == 1);
    CHECK(is_healthy());
    health.look(begin + 16s);
    CHECK(!is_healthy());
    health.look(begin + 80s);
    CHECK(lines->count("the projections are behind the log") == 2);
    static_cast<void>((*projections)->stop());
}

TEST_CASE("checkpoints that are much older than the log's end are warned of, then unhealthy", "[server]") {
    const TempDir directory;
    const auto lines = std::make_shared<LogLines>();
    const auto logger = make_logger({lines}, LogFormat::json);
    LedgerBox box;
    auto projections = Projections::open(directory.path(), box.log(), box.secrets());
    REQUIRE(projections);
    (*projections)->start();
    HandClock clock;
    const auto empty = make_memory_log();
    auto ledger = Ledger::open(*empty, box.secrets(), nullptr, clock);
    REQUIRE(ledger);
    Engine engine(*empty, std::move(*ledger), [](Sequence) {});
    TestNotary notary(box.log());  // not started: it stands still
    Health health(engine, **projections, notary.notary(), *logger);
    const auto told = [&] {
        capnp::MallocMessageBuilder message;
        auto status = message.initRoot<schema::Status>();
        health.tell(status);
        CHECK(status.getHealthy() == !status.hasMessage());
        return std::string(view(status.asReader().getMessage()));
    };
    const auto begin = std::chrono::steady_clock::now();
    box.must_happen({open_acme()});
    (*projections)->log_grew();
    REQUIRE((*projections)->wait_for(box.log().last()));
    health.look(begin);
    health.look(begin + 1s);
    CHECK(lines->all().empty());
    health.look(begin + 10s);
    CHECK(lines->count("the signed checkpoints are behind the log") == 1);
    CHECK(lines->count(R"("lastSequence":")" + std::to_string(box.log().last().value) + R"(","signedSequence":"0")") ==
          1);
    CHECK(told().empty());
    health.look(begin + 11s);
    CHECK(told() == "the signed checkpoints are 11 s behind the log");
    notary.sign_all();
    health.look(begin + 12s);
    CHECK(told().empty());
    CHECK(lines->all().size() == 1);
    REQUIRE((*projections)->stop());
}

// ---- The log of the server

TEST_CASE("a line of the log is one line, whatever is in it", "[server]") {
    const auto format = GENERATE(LogFormat::text, LogFormat::json);
    const auto lines = std::make_shared<LogLines>();
    const auto logger = make_logger({lines}, format);
    log_line(*logger, spdlog::level::warn, "a \"message\"",
             {{"reason", "two\nlines, \"quotes\" \\ and \x1e\x1f\x01"}, {"peer", "192.0.2.1:7"}, {"empty", ""}});
    spdlog::level::level_enum quiet_level = spdlog::level::debug;
    log_line(*logger, quiet_level, "not at this level");
    REQUIRE(lines->all().size() == 1);
    const auto line = lines->all()[0];
    CHECK(line.find('\n') == line.size() - 1);
    if (format == LogFormat::json) {
        CHECK(line.substr(9).starts_with("20"));
        CHECK(contains(line, R"(Z","level":"warning","message":"a \"message\"",)"
                             R"("reason":"two lines, \"quotes\" \\ and    ","peer":"192.0.2.1:7","empty":""})"));
    } else {
        CHECK(contains(line,
                       R"(Z warning a "message" reason="two lines, \"quotes\" \\ and    " peer=192.0.2.1:7 empty="")"));
    }
}

}  // namespace
}  // namespace seatledger
