// What a server's certificate and key have to be, what is said of those that are not, and a session of TLS by itself.
#include "server/tls.h"

#include <sys/socket.h>
#include <unistd.h>

#include <fstream>
#include <random>

#include "tests/support/catch.h"
#include "tests/support/certificates.h"
#include "tests/support/running_server.h"

namespace seatledger {
namespace {

using namespace testing;
namespace fs = std::filesystem;

constexpr auto owner_only = fs::perms::owner_read | fs::perms::owner_write;

// One line, with what it is about.
void check_refused(const CertificateFiles& files, std::string_view file, std::string_view part) {
    const auto loaded = load_server_tls(files.certificate, files.key);
    REQUIRE_FALSE(loaded);
    INFO(loaded.error());
    CHECK(contains(loaded.error(), file));
    CHECK(contains(loaded.error(), part));
    CHECK_FALSE(contains(loaded.error(), "\n"));
}

TEST_CASE("a certificate and its key are taken", "[server][tls]") {
    Authority authority;
    const auto rsa_bits = GENERATE(0u, 2048u);
    auto files = authority.issue({.rsa_bits = rsa_bits});
    SECTION("from a file each") {}
    SECTION("with the authority's behind the server's own") {
        std::ofstream(files.certificate, std::ios::app) << std::ifstream(authority.file()).rdbuf();
    }
    SECTION("from one file") {
        std::ofstream(files.key, std::ios::app) << std::ifstream(files.certificate).rdbuf();
        files.certificate = files.key;
    }
    SECTION("where the owner's group may read the key") {
        fs::permissions(files.key, owner_only | fs::perms::group_read);
    }
    const auto loaded = load_server_tls(files.certificate, files.key);
    INFO((loaded ? "" : loaded.error()));
    REQUIRE(loaded);
    CHECK(loaded->context);
    CHECK(loaded->warnings.empty());
}

TEST_CASE("files that cannot be used are named, with what to do", "[server][tls]") {
    Authority authority;
    const TempDir directory;
    auto files = authority.issue();
    const auto nothing = directory / "nothing.pem";
    const auto text = directory / "text.pem";
    std::ofstream(text) << "neither a certificate nor a key\n";
    fs::permissions(text, owner_only);
    SECTION("no certificate") {
        files.certificate = nothing;
        check_refused(files, nothing.string(), "No such file");
    }
    SECTION("something else as a certificate") {
        files.certificate = text;
        check_refused(files, text.string(), "--tls-cert takes a PEM file");
    }
    SECTION("a directory as a certificate") {
        files.certificate = directory.path();
        check_refused(files, directory.path().string(), "--tls-cert");
    }
    SECTION("no key") {
        files.key = nothing;
        check_refused(files, nothing.string(), "No such file");
    }
    SECTION("something else as a key") {
        files.key = text;
        check_refused(files, text.string(), "holds no private key");
    }
    SECTION("the certificate as a key") {
        fs::permissions(files.certificate, owner_only);
        files.key = files.certificate;
        check_refused(files, files.key.string(), "holds no private key");
    }
    SECTION("another certificate's key") {
        files.key = authority.issue().key;
        check_refused(files, files.key.string(), "is not that of the certificate");
    }
    SECTION("a key with a password") {
        files = authority.issue({.password = "secret"});
        check_refused(files, files.key.string(), "openssl pkey");
    }
    SECTION("a key that is too short to be safe") {
        files = authority.issue({.rsa_bits = 1024});
        check_refused(files, files.certificate.string(), "too small");
    }
}

TEST_CASE("a key that others could read or change is refused", "[server][tls]") {
    Authority authority;
    const auto files = authority.issue();
    const auto permission =
        GENERATE(fs::perms::others_read, fs::perms::others_write, fs::perms::group_write, fs::perms::others_all);
    fs::permissions(files.key, owner_only | permission);
    check_refused(files, files.key.string(), "chmod");
}

TEST_CASE("a certificate that clients refuse is used with a warning", "[server][tls]") {
    Authority authority;
    CertificateFiles files;
    std::string part;
    SECTION("one that has expired") {
        files = authority.issue({.valid_from_days = -10, .valid_until_days = -2});
        part = "has expired on";
    }
    SECTION("one that is not valid yet") {
        files = authority.issue({.valid_from_days = 2, .valid_until_days = 10});
        part = "is not valid before";
    }
    RunningServer server([&](ServerOptions& options) {
        options.tls_certificate = files.certificate;
        options.tls_key = files.key;
    });
    CHECK(server.log().count(part) == 1);
    CHECK(server.log().count(files.certificate.string()) == 1);
    CHECK(server.connect().tls() != nullptr);
}

TEST_CASE("a server without a good certificate does not start, and touches nothing", "[server][tls]") {
    const TempDir directory;
    ServerOptions options;
    options.data = directory / "data";
    options.tls_certificate = directory / "none.pem";
    options.tls_key = directory / "none.key";
    const auto opened = Server::open(options, make_logger({}, LogFormat::text));
    REQUIRE_FALSE(opened);
    CHECK(contains(opened.error(), "none.pem"));
    CHECK_FALSE(fs::exists(options.data));
}

// ---- Sessions

// Two sides on sockets that take little at a time.
class TwoSides {
 public:
    TwoSides() {
        if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, sockets_) != 0) {
            throw std::runtime_error("no sockets");
        }
        const int bytes = 4'096;
        for (const int socket : sockets_) ::setsockopt(socket, SOL_SOCKET, SO_SNDBUF, &bytes, sizeof bytes);
        const auto files = authority_.issue();
        server_context_ = load_server_tls(files.certificate, files.key).value().context;
        client_context_ = make_tls_context(TlsSide::client).value();
        server_.emplace(server_context_, TlsSide::server, sockets_[0]);
        client_.emplace(client_context_, TlsSide::client, sockets_[1]);
    }
    ~TwoSides() {
        for (const int socket : sockets_) ::close(socket);
    }

    // Gives whether both have come to the end of it.
    bool shake_hands() {
        using State = TlsSession::State;
        for (int steps = 0; steps < 100; ++steps) {
            const auto client = client_->shake_hands().state;
            const auto server = server_->shake_hands().state;
            if (client == State::done && server == State::done) return true;
        }
        return false;
    }

    TlsSession& side(std::size_t index) { return index == 0 ? *server_ : *client_; }

 private:
    Authority authority_;
    int sockets_[2] = {-1, -1};
    TlsContext server_context_;
    TlsContext client_context_;
    std::optional<TlsSession> server_;
    std::optional<TlsSession> client_;
};

// Also of what OpenSSL by itself does not stand: new keys while something that was written waits to be sent.
TEST_CASE("both sides may write at once, and ask for new keys whenever they like", "[server][tls]") {
    using State = TlsSession::State;
    const auto seed = Catch::rngSeed();
    INFO("seed " << seed);
    std::mt19937_64 random(seed);
    TwoSides sides;
    REQUIRE(sides.shake_hands());
    constexpr std::size_t total = 1u << 20;
    const auto byte_at = [](std::size_t index) { return static_cast<std::byte>(index * 7 % 251); };
    struct Progress {
        std::size_t written = 0;
        std::vector<std::byte> writing;  // given again until it is done
        std::size_t read = 0;
    };
    Progress progress[2];
    bool is_same = true;
    int blocked = 0;
    int keys = 0;
    for (int steps = 0; steps < 1'000'000 && (progress[0].read < total || progress[1].read < total); ++steps) {
        const auto index = random() % 2;
        auto& session = sides.side(index);
        auto& own = progress[index];
        if (random() % 8 == 0 && SSL_key_update(session.native(), SSL_KEY_UPDATE_REQUESTED) == 1) ++keys;
        if (random() % 2 == 0 && own.written < total) {
            if (own.writing.empty()) {
                own.writing.resize(std::min<std::size_t>(1 + random() % 40'000, total - own.written));
                for (std::size_t i = 0; i < own.writing.size(); ++i) own.writing[i] = byte_at(own.written + i);
            }
            const auto step = session.write(own.writing);
            REQUIRE((step.state == State::done || step.state == State::wants_write));
            blocked += step.state == State::wants_write;
            own.written += step.bytes;
            own.writing.erase(own.writing.begin(), own.writing.begin() + static_cast<std::ptrdiff_t>(step.bytes));
            continue;
        }
        std::byte bytes[5'000];
        const auto step = session.read(std::span(bytes).first(1 + random() % sizeof bytes));
        REQUIRE((step.state == State::done || step.state == State::wants_read));
        for (std::size_t i = 0; i < step.bytes; ++i) is_same &= bytes[i] == byte_at(own.read + i);
        own.read += step.bytes;
    }
    CHECK(progress[0].read == total);
    CHECK(progress[1].read == total);
    CHECK(is_same);
    CHECK(blocked > 10);
    CHECK(keys > 10);
}

TEST_CASE("who asks for new keys without end and takes none is given up", "[server][tls]") {
    using State = TlsSession::State;
    TwoSides sides;
    REQUIRE(sides.shake_hands());
    auto& server = sides.side(0);
    auto& client = sides.side(1);
    const auto text = std::as_bytes(std::span("x"));
    std::byte bytes[100];
    auto state = State::done;
    for (int i = 0; i < 20'000 && state != State::failed; ++i) {
        SSL_key_update(client.native(), SSL_KEY_UPDATE_REQUESTED);
        static_cast<void>(client.write(text));
        state = server.read(bytes).state;
    }
    CHECK(state == State::failed);
    CHECK(contains(server.why(), "takes none"));
    CHECK(server.write(text).state == State::failed);
}

TEST_CASE("one side ends its writing and still reads", "[server][tls]") {
    using State = TlsSession::State;
    TwoSides sides;
    REQUIRE(sides.shake_hands());
    const auto text = std::as_bytes(std::span("the last words"));
    std::byte bytes[100];
    REQUIRE(sides.side(1).end_writing().state == State::done);
    CHECK(sides.side(1).end_writing().state == State::done);
    CHECK(sides.side(0).read(bytes).state == State::ended);
    CHECK(sides.side(0).write(text).state == State::done);
    CHECK(sides.side(0).end_writing().state == State::done);
    const auto read = sides.side(1).read(bytes);
    CHECK(read.state == State::done);
    CHECK(read.bytes == text.size());
    CHECK(sides.side(1).read(bytes).state == State::ended);
}

}  // namespace
}  // namespace seatledger
