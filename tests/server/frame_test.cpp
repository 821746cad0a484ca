// Framing: what is read and written, and that nothing which comes over the wire does more than end its connection.
#include "server/frame.h"

#include <capnp/pretty-print.h>
#include <capnp/schema.h>
#include <capnp/serialize.h>

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <random>
#include <thread>

#include "server/message_check.h"
#include "tests/support/catch.h"
#include "tests/support/test_client.h"

namespace seatledger {
namespace {

using schema::ClientMessage;
using testing::Bytes;
using testing::TestClient;
using testing::to_bytes;

// What a FrameReader gave: the texts of the messages (see message_with), and how it ended.
struct Reading {
    std::vector<std::string> texts;
    std::size_t bytes_max = 0;  // of a message
    FrameError::Kind end{};
    std::string why;
};

// Two ends of a connection.
class Pipe {
 public:
    Pipe() : acceptor_(network, boost::asio::ip::tcp::endpoint(boost::asio::ip::address_v4::loopback(), 0)) {
        client.emplace(acceptor_.local_endpoint().port());
        server.emplace(acceptor_.accept(), nullptr);
    }

    // Everything that the client has sent or sends until it closes.
    [[nodiscard]] Reading read(std::size_t message_bytes_max = 16u << 20) {
        Reading reading;
        boost::asio::co_spawn(network, read_all(*server, message_bytes_max, reading), rethrow);
        network.run();
        network.restart();
        return reading;
    }

    boost::asio::io_context network{1};
    std::optional<TestClient> client;
    std::optional<Stream> server;

 private:
    static Task<void> read_all(Stream& stream, std::size_t message_bytes_max, Reading& reading) {
        FrameReader reader(stream, message_bytes_max);
        while (true) {
            auto message = co_await reader.next();
            std::expected<void, FrameError> rest;
            if (message) rest = co_await reader.read_rest(**message);
            if (!message || !rest) {
                const auto error = message ? rest.error() : message.error();
                reading.end = error.kind;
                reading.why = error.message;
                co_return;
            }
            reading.bytes_max = std::max(reading.bytes_max, (*message)->bytes());
            const auto root = (*message)->root<ClientMessage>();
            reading.texts.emplace_back(root.isHello() ? root.getHello().getToken().cStr() : "");
        }
    }

    Acceptor acceptor_;
};

Bytes message_with(std::string_view text, unsigned first_segment_words = 1024) {
    capnp::MallocMessageBuilder message(first_segment_words, capnp::AllocationStrategy::FIXED_SIZE);
    message.initRoot<ClientMessage>().initHello().setToken(kj::StringPtr(std::string(text).c_str()));
    return to_bytes(message);
}

Bytes table_of(std::initializer_list<std::uint32_t> numbers) {
    const std::vector<std::uint32_t> table(numbers);
    const auto bytes = std::as_bytes(std::span(table));
    return {bytes.begin(), bytes.end()};
}

Reading read_bytes(const Bytes& bytes) {
    Pipe pipe;
    std::jthread sender([&] {
        pipe.client->send_bytes(bytes);
        pipe.client->end_sending();
    });
    return pipe.read();
}

void append(Bytes& to, const Bytes& more) { to.insert(to.end(), more.begin(), more.end()); }

TEST_CASE("messages are read as they were written, whatever their sizes and segments", "[server][frame]") {
    Bytes bytes;
    std::vector<std::string> texts;
    const auto add = [&](std::string text, unsigned first_segment_words) {
        append(bytes, message_with(text, first_segment_words));
        texts.push_back(std::move(text));
    };
    for (int i = 0; i < 2'000; ++i) add("small " + std::to_string(i), 1024);
    add("in four segments", 1);
    add(std::string(1'000'000, 'x'), 1024);
    add("", 1024);
    add(std::string(16'000, 'y'), 3);
    add("the last one", 1024);
    const auto reading = read_bytes(bytes);
    CHECK(reading.texts == texts);
    CHECK(reading.end == FrameError::Kind::end);
}

TEST_CASE("messages that come byte by byte are read", "[server][frame]") {
    auto bytes = message_with("one");
    append(bytes, message_with("two, in segments", 1));
    Pipe pipe;
    std::jthread sender([&] {
        for (const auto byte : bytes) {
            pipe.client->send_bytes(std::span(&byte, 1));
            std::this_thread::sleep_for(std::chrono::microseconds(200));
        }
        pipe.client->end_sending();
    });
    CHECK(pipe.read().texts == std::vector<std::string>{"one", "two, in segments"});
}

TEST_CASE("an end between messages is told from one within", "[server][frame]") {
    const auto message = message_with("cut short", 1);
    CHECK(read_bytes({}).end == FrameError::Kind::end);
    for (std::size_t cut = 1; cut < message.size(); ++cut) {
        auto bytes = message_with("whole");
        append(bytes, Bytes(message.begin(), message.begin() + static_cast<std::ptrdiff_t>(cut)));
        const auto reading = read_bytes(bytes);
        CAPTURE(cut);
        CHECK(reading.texts == std::vector<std::string>{"whole"});
        CHECK(reading.end == FrameError::Kind::truncated);
    }
}

TEST_CASE("segment tables that ask for too much are refused", "[server][frame]") {
    const std::uint32_t most = 0xffff'ffff;
    const auto table = GENERATE_COPY(table_of({most, most}),                    // 2^32 segments
                                     table_of({64, 0}),                         // 65
                                     table_of({0, most}),                       // one of 32 GiB
                                     table_of({0, (16u << 20) / 8 + 1}),        // a word over the limit
                                     table_of({3, most, most, most, most, 0}),  // the sum is 2^34 - 4 words
                                     table_of({1, 1u << 31, 1u << 31, 0}),      // … is 2^32
                                     table_of({0x8000'0000, 1, 1, 1}));
    const auto reading = read_bytes(table);
    CHECK(reading.end == FrameError::Kind::refused);
    CHECK(reading.why.find("at most") != std::string::npos);
}

TEST_CASE("a message at the limits is read", "[server][frame]") {
    SECTION("64 segments") {
        Bytes bytes = table_of({63});
        for (int i = 0; i < 64; ++i) append(bytes, table_of({1}));
        append(bytes, table_of({0}));
        append(bytes, Bytes(64 * sizeof(capnp::word)));
        CHECK(read_bytes(bytes).texts == std::vector<std::string>{""});
    }
    SECTION("16 MiB") {
        Bytes bytes = table_of({0, (16u << 20) / 8});
        append(bytes, Bytes(16u << 20));
        const auto reading = read_bytes(bytes);
        CHECK(reading.texts == std::vector<std::string>{""});
        CHECK(reading.bytes_max == 16u << 20);
    }
}

TEST_CASE("a large message that is announced takes no memory before it comes", "[server][frame]") {
    const std::vector<std::uint32_t> segments{(16u << 20) / 8};
    const Message message(segments);
    CHECK(message.bytes() == 16u << 20);
    CHECK(sizeof message < 1'024);
}

// ---- What is in a message

// A message that was received, from its bytes without the segment table.
std::unique_ptr<Message> received(const std::vector<std::vector<std::uint64_t>>& segments) {
    std::vector<std::uint32_t> sizes;
    for (const auto& segment : segments) sizes.push_back(static_cast<std::uint32_t>(segment.size()));
    auto message = std::make_unique<Message>(sizes);
    auto bytes = message->allocate();
    for (const auto& segment : segments) {
        if (!segment.empty()) std::memcpy(bytes.data(), segment.data(), segment.size() * sizeof(std::uint64_t));
        bytes = bytes.subspan(segment.size() * sizeof(std::uint64_t));
    }
    return message;
}

std::vector<std::vector<std::uint64_t>> segments_of(capnp::MessageBuilder& message) {
    std::vector<std::vector<std::uint64_t>> segments;
    for (const auto& segment : message.getSegmentsForOutput()) {
        auto& words = segments.emplace_back(segment.size());
        std::memcpy(words.data(), segment.begin(), segment.asBytes().size());
    }
    return segments;
}

MessageCheck& message_check() {
    static MessageCheck check(capnp::Schema::from<ClientMessage>());
    return check;
}

enum class Verdict { good, unknown, broken };

Verdict check(const std::vector<std::vector<std::uint64_t>>& segments) {
    const auto message = received(segments);
    const auto checked = message_check().check(*message);
    return checked ? Verdict::good : checked.error().is_broken ? Verdict::broken : Verdict::unknown;
}

// Words of the encoding: https://capnproto.org/encoding.html
constexpr std::uint64_t struct_pointer(std::int64_t offset, std::uint64_t data, std::uint64_t pointers) {
    return (static_cast<std::uint64_t>(offset) & 0x3fff'ffff) << 2 | data << 32 | pointers << 48;
}
constexpr std::uint64_t list_pointer(std::int64_t offset, std::uint64_t size, std::uint64_t count) {
    return 1 | (static_cast<std::uint64_t>(offset) & 0x3fff'ffff) << 2 | size << 32 | count << 35;
}
constexpr std::uint64_t far_pointer(bool is_double, std::uint64_t offset, std::uint64_t segment) {
    return 2 | std::uint64_t{is_double} << 2 | offset << 3 | segment << 32;
}
constexpr std::uint64_t composite = 7;

// ClientMessage: id; the discriminant in the first 16 bits of the second data word; one pointer.
constexpr std::uint64_t submit_member = 2;
constexpr std::uint64_t client_message = struct_pointer(0, 2, 1);

TEST_CASE("every request can be read", "[server][frame]") {
    capnp::MallocMessageBuilder message;
    auto root = message.initRoot<ClientMessage>();
    SECTION("none") {}
    SECTION("hello") { root.initHello().setToken("t"); }
    SECTION("submit") {
        auto commands = root.initSubmit().initCommands(3);
        commands[0].setAccount("acme");
        commands[0].initBindLicense().setEmail("ann@acme.test");
        commands[1].initBindLicenses().initRows(2)[1].setSku("connect");
        auto product = commands[2].initDefineProduct();
        product.initFeatures(2).set(0, "a");
        product.initUnitPrice().setCurrency("USD");
    }
    SECTION("query") { root.initQuery().initLicenses().setSku("connect"); }
    SECTION("history") { root.initHistory().setEmail("ann@acme.test"); }
    SECTION("replay") { root.initReplay().setAccount("acme"); }
    SECTION("credit") { root.setCredit(17); }
    SECTION("status") { root.setStatus(); }
    CHECK(check(segments_of(message)) == Verdict::good);
}

TEST_CASE("broken pointers are found before anybody follows them", "[server][frame]") {
    const auto with = [](std::initializer_list<std::uint64_t> rest) {
        std::vector<std::uint64_t> words{client_message, 1, submit_member};
        words.insert(words.end(), rest);
        return std::vector<std::vector<std::uint64_t>>{words};
    };
    const auto submit = struct_pointer(0, 0, 1);
    SECTION("no root") { CHECK(check({{}}) == Verdict::broken); }
    SECTION("a root beyond the end") { CHECK(check({{struct_pointer(1000, 2, 1)}}) == Verdict::broken); }
    SECTION("a struct beyond the end") { CHECK(check(with({struct_pointer(1'000'000, 1, 1)})) == Verdict::broken); }
    SECTION("a struct before the beginning") { CHECK(check(with({struct_pointer(-1000, 1, 1)})) == Verdict::broken); }
    SECTION("a list where a struct should be") { CHECK(check(with({list_pointer(0, 2, 8), 0})) == Verdict::broken); }
    SECTION("a capability") { CHECK(check(with({3})) == Verdict::broken); }
    SECTION("a list that is longer than the message") {
        CHECK(check(with({submit, list_pointer(0, composite, 1'000'000), struct_pointer(100'000, 5, 5)})) ==
              Verdict::broken);
    }
    SECTION("a list whose elements do not fit it") {
        CHECK(check(with({submit, list_pointer(0, composite, 1), struct_pointer(8, 5, 5), 0})) == Verdict::broken);
    }
    SECTION("bits where commands should be") {
        CHECK(check(with({submit, list_pointer(0, 1, 64), 0})) == Verdict::broken);
    }
    SECTION("half a million commands without any bytes") {
        CHECK(check(with({submit, list_pointer(0, 0, 500'000)})) == Verdict::broken);
    }
    SECTION("as many, as structs of no size") {
        CHECK(check(with({submit, list_pointer(0, composite, 0), struct_pointer(500'000, 0, 0)})) == Verdict::broken);
    }
    SECTION("a far pointer to a segment that is not there") {
        CHECK(check(with({far_pointer(false, 0, 7)})) == Verdict::broken);
    }
    SECTION("a far pointer beyond its segment") {
        CHECK(check(with({far_pointer(false, 1000, 0)})) == Verdict::broken);
    }
    SECTION("a far pointer to itself") { CHECK(check(with({far_pointer(false, 3, 0)})) == Verdict::broken); }
    SECTION("a double far pointer whose pad is no far pointer") {
        CHECK(check(with({far_pointer(true, 4, 0), 0, 0})) == Verdict::broken);
    }
    SECTION("a text without its end") {
        auto segments = with({struct_pointer(0, 1, 1), 0, list_pointer(0, 2, 8), 0x4141'4141'4141'4141});
        segments[0][2] = 1;  // hello
        CHECK(check(segments) == Verdict::broken);
        segments[0].back() = 0x0041'4141'4141'4141;
        CHECK(check(segments) == Verdict::good);
    }
    SECTION("pointers that the schema does not have may be there, but not broken") {
        const auto wide = struct_pointer(0, 0, 2);
        CHECK(check(with({wide, 0, list_pointer(0, 2, 3), 0})) == Verdict::good);
        CHECK(check(with({wide, 0, list_pointer(99, 2, 3), 0})) == Verdict::broken);
        CHECK(check(with({wide, 0, struct_pointer(-1, 0, 1)})) == Verdict::broken);  // a loop
    }
}

TEST_CASE("pointers that go round, or many to one place, end at the limits", "[server][frame]") {
    SECTION("a loop") {
        // bindLicenses' rows would be followed for ever: the list's element points back at the list.
        const std::vector<std::uint64_t> words{client_message,          1, submit_member,
                                               struct_pointer(0, 0, 2), 0, struct_pointer(-1, 0, 1)};
        CHECK(check({words}) == Verdict::broken);
    }
    SECTION("amplification") {
        // 1,000 unknown pointers, all to the same 64 KiB.
        const std::size_t count = 1'000;
        const std::size_t shared = 8'192;
        std::vector<std::uint64_t> words{client_message, 1, submit_member, struct_pointer(0, 0, count)};
        const auto target = static_cast<std::int64_t>(words.size() + count);
        for (std::size_t i = 0; i < count; ++i) {
            words.push_back(list_pointer(target - static_cast<std::int64_t>(words.size()) - 1, 5, shared));
        }
        words[4] = 0;
        words.resize(words.size() + shared);
        CHECK(check({words}) == Verdict::broken);
    }
}

TEST_CASE("a union member of a newer schema is told from a broken message", "[server][frame]") {
    capnp::MallocMessageBuilder message;
    auto root = message.initRoot<ClientMessage>();
    SECTION("of the message") {
        auto segments = segments_of(message);
        segments[0][2] = 999;
        CHECK(check(segments) == Verdict::unknown);
    }
    SECTION("of a command") {
        auto command = root.initSubmit().initCommands(1)[0];
        command.setCorrects(77);
        auto segments = segments_of(message);
        const auto data = std::ranges::find(segments[0], 77u);
        REQUIRE(data != segments[0].end());
        *std::next(data) = 999;
        CHECK(check(segments) == Verdict::unknown);
    }
}

// What goes through the check can be read, printed and copied: so nobody behind it can be made to stumble.
TEST_CASE("whatever passes the check can be read to the end", "[server][frame]") {
    capnp::MallocMessageBuilder message(8, capnp::AllocationStrategy::FIXED_SIZE);  // far pointers, too
    auto commands = message.initRoot<ClientMessage>().initSubmit().initCommands(4);
    commands[0].setAccount("acme");
    commands[0].initBindLicense().setEmail("ann@acme.test");
    auto rows = commands[1].initBindLicenses().initRows(2);
    rows[0].setSku("connect");
    rows[1].setEmail("bob@acme.test");
    auto product = commands[2].initDefineProduct();
    product.initFeatures(2).set(1, "a feature");
    product.initUnitPrice().setCurrency("USD");
    commands[3].initIssueInvoice().initLines(1)[0].initAmount().setCurrency("EUR");
    const auto good = segments_of(message);
    REQUIRE(good.size() > 4);
    REQUIRE(check(good) == Verdict::good);

    // With the first, a list of structs stands in place of one of texts.
    const auto seed = GENERATE(23u, Catch::rngSeed());
    INFO("seed " << seed);
    std::mt19937_64 random(seed);
    int passed = 0;
    int failed = 0;
    for (int i = 0; i < 20'000; ++i) {
        auto segments = good;
        for (auto changes = 1 + random() % 3; changes > 0; --changes) {
            auto& segment = segments[random() % segments.size()];
            if (segment.empty()) continue;
            auto& word = segment[random() % segment.size()];
            word ^= std::uint64_t{1} << random() % 64;
        }
        const auto mutant = received(segments);
        if (!message_check().check(*mutant)) {
            ++failed;
            continue;
        }
        ++passed;
        mutant->trust();
        const auto root = mutant->root<ClientMessage>();
        REQUIRE_NOTHROW(capnp::canonicalize(root));
        REQUIRE_NOTHROW(kj::str(root));
    }
    CHECK(passed > 1'000);
    CHECK(failed > 1'000);
}

// ---- Writing

TEST_CASE("messages are written in order, and more than fits the system's buffers", "[server][frame]") {
    Pipe pipe;
    int sent = 0;
    FrameWriter writer(*pipe.server, [&] { ++sent; });
    std::size_t bytes = 0;
    for (std::uint64_t id = 0; id < 300; ++id) {
        // Some of several segments, some larger than what one write takes.
        auto message = std::make_unique<OutMessage>(id, id % 3 == 0 ? 8 : 64);
        message->root().initFailure().setMessage(std::string(id % 50 == 0 ? 1'000'000 : id, 'x'));
        writer.push(std::move(message));
        CHECK(writer.bytes() > bytes);
        bytes = writer.bytes();
    }
    boost::system::error_code error = boost::asio::error::eof;
    const auto keep = [&](const std::exception_ptr&, const boost::system::error_code& ended) { error = ended; };
    boost::asio::co_spawn(pipe.network, writer.run(), keep);
    std::jthread network([&] { pipe.network.run(); });
    for (std::uint64_t id = 0; id < 300; ++id) {
        auto reply = pipe.client->receive();
        REQUIRE(reply);
        CHECK(reply->id() == id);
        CHECK(reply->failure().size() == (id % 50 == 0 ? 1'000'000 : id));
    }
    boost::asio::post(pipe.network, [&] { writer.end(); });
    network.join();
    CHECK(!error);
    CHECK(sent > 0);
    CHECK(writer.bytes() == 0);
    CHECK(writer.bytes_sent() == bytes);
}

TEST_CASE("a writer ends when the other side is gone", "[server][frame]") {
    Pipe pipe;
    FrameWriter writer(*pipe.server, [] {});
    pipe.client.reset();
    for (int i = 0; i < 10; ++i) {
        auto message = std::make_unique<OutMessage>(1, 100'000);
        message->root().initFailure().setMessage(std::string(1'000'000, 'x'));
        writer.push(std::move(message));
    }
    boost::system::error_code error;
    const auto keep = [&](const std::exception_ptr&, const boost::system::error_code& ended) { error = ended; };
    boost::asio::co_spawn(pipe.network, writer.run(), keep);
    pipe.network.run();
    CHECK(error);
}

}  // namespace
}  // namespace seatledger
