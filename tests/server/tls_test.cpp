// What a server's certificate and key have to be, and what is said of those that are not.
#include "server/tls.h"

#include <fstream>

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

}  // namespace
}  // namespace seatledger
