#include "server/letters/smtp_courier.h"

#include <algorithm>
#include <chrono>
#include <fstream>
#include <functional>
#include <string>
#include <vector>

#include "tests/support/catch.h"
#include "tests/support/letters.h"
#include "tests/support/mail_server.h"

namespace seatledger {
namespace {

using namespace testing;
using std::chrono::milliseconds;

// Nothing here takes as long, except where somebody is waited for in vain.
constexpr milliseconds patience{20'000};
constexpr milliseconds short_patience{300};

using Change = std::function<void(SmtpOptions&)>;

std::unique_ptr<SmtpCourier> open(const std::string& url, const Change& change = {}) {
    SmtpOptions options;
    options.url = url;
    options.connect_timeout = options.total_timeout = patience;
    if (change) change(options);
    auto courier = SmtpCourier::open(options);
    INFO((courier ? "" : courier.error()));
    REQUIRE(courier);
    return std::move(*courier);
}

void log_in(SmtpOptions& options) {
    options.user = mail_user;
    options.password = mail_password;
}

MailEnvelope to(const std::string& address) { return {"licenses@vendor.example.com", address}; }

const std::string short_letter = "Subject: x\r\n\r\nHello\r\n";

// The failure, which there has to be, with what holds of each.
DeliveryFailure failure_of(SmtpCourier& courier, const MailEnvelope& envelope) {
    const auto result = courier.deliver(envelope, short_letter, "acme.3.41");
    REQUIRE_FALSE(result);
    const auto& message = result.error().message;
    UNSCOPED_INFO(message);
    CHECK_FALSE(contains(message, "\n"));
    CHECK_FALSE(contains(message, mail_password));
    CHECK_FALSE(contains(message, "bWFpbGVy"));  // the user in base64, as log-ins have it
    CHECK_FALSE(contains(message, "@"));
    CHECK(contains(message, "; "));
    return result.error();
}

bool has_option(const ReceivedLetter& letter, const std::string& option) {
    return std::ranges::find(letter.options, option) != letter.options.end();
}

}  // namespace

TEST_CASE("a mail server gets the very bytes that were composed, and the envelope", "[smtp]") {
    MailServer server;
    const auto courier = open(server.url("plain"));
    for (const auto language : {Language::english, Language::russian, Language::portuguese}) {
        const auto letter = term_letter(language);
        const auto message = compose(letter, vendor_mailbox);
        const auto result = courier->deliver({vendor_mailbox.address, letter.to.address}, message, "acme.3.41");
        INFO((result ? "" : result.error().message));
        REQUIRE(result);
        const auto received = server.receive();
        CHECK(received.message == message);
        CHECK(received.from == vendor_mailbox.address);
        CHECK(received.to == std::vector<std::string>{letter.to.address});
        CHECK(has_option(received, "SIZE=" + std::to_string(message.size())));
        CHECK_FALSE(has_option(received, "SMTPUTF8"));
    }
    // Lines that begin with a dot mean something to SMTP.
    const std::string dots = "Subject: x\r\n\r\n.\r\n..\r\n.QUIT\r\n\r\n.\r\n";
    REQUIRE(courier->deliver(to("ann@acme.test"), dots, ""));
    CHECK(server.receive().message == dots);
    std::string large = "Subject: x\r\n\r\n";
    while (large.size() < 3'000'000) large += "A line of some length, as long letters have them by the thousand.\r\n";
    REQUIRE(courier->deliver(to("ann@acme.test"), large, ""));
    CHECK(server.receive().message == large);
}

TEST_CASE("letters go over one connection while it is up, and over a new one when it is not", "[smtp]") {
    MailServer server;
    const auto courier = open(server.url("plain"));
    const auto connection_of = [&](const std::string& address) {
        const auto result = courier->deliver(to(address), short_letter, "");
        INFO((result ? "" : result.error().message));
        REQUIRE(result);
        return server.receive().connection;
    };
    CHECK(connection_of("ann@acme.test") == 1);
    CHECK(connection_of("bob@acme.test") == 1);
    CHECK(failure_of(*courier, to("nobody@acme.test")).permanent);
    CHECK(connection_of("carl@acme.test") == 2);
    CHECK(connection_of("ann@acme.test") == 2);
    // The server hangs up after a letter. At the latest the second attempt is on a new connection.
    static_cast<void>(courier->deliver(to("hangup@acme.test"), short_letter, ""));
    static_cast<void>(server.receive());
    auto result = courier->deliver(to("dora@acme.test"), short_letter, "");
    if (!result) {
        CHECK_FALSE(result.error().permanent);
        result = courier->deliver(to("dora@acme.test"), short_letter, "");
    }
    REQUIRE(result);
    CHECK(server.receive().connection == 3);
    CHECK(server.has_received_nothing_more());
}

TEST_CASE("a recipient or a letter that is refused with 5xx is refused for good, with 4xx for now", "[smtp]") {
    MailServer server;
    const auto courier = open(server.url("plain"));
    const auto where = "127.0.0.1:" + std::to_string(server.port("plain"));
    struct Row {
        std::string local_part;
        bool permanent;
        std::string reply;
    };
    const std::vector<Row> rows = {
        {"nobody", true, " refused the recipient: 550 5.1.1; "},
        {"lines", true, " refused the recipient: 550 5.7.1; "},
        {"later", false, " refused the recipient: 451 4.3.0; "},
        {"rejected", true, " refused the letter: 554 5.6.0; "},
        {"full", false, " refused the letter: 452 4.2.2; "},
        {"login", false, " refused RCPT: 530 5.7.0 log in first; it wants a log-in"},
    };
    for (const auto& row : rows) {
        const auto failure = failure_of(*courier, to(row.local_part + "@acme.test"));
        CHECK(failure.permanent == row.permanent);
        CHECK(contains(failure.message, where + row.reply));
    }
    // That the sender is not liked says nothing about this letter: it is the same for all.
    const auto failure = failure_of(*courier, {"unwanted@vendor.example.com", "ann@acme.test"});
    CHECK_FALSE(failure.permanent);
    CHECK(contains(failure.message, where + " refused MAIL: 550 5.7.1 no letters from there; "));
    CHECK(server.has_received_nothing_more());
    REQUIRE(courier->deliver(to("ann@acme.test"), short_letter, ""));
}

TEST_CASE("no address can say anything else to the server than where the letter goes", "[smtp]") {
    MailServer server;
    const auto courier = open(server.url("plain"));
    for (const std::string address : {"", "ann", "ann@acme.test>\r\nRCPT TO:<eve@acme.test", "ann@acme.test\r\nDATA",
                                      "ann@acme.test>BODY=8BITMIME", "ann@acme.test\n", "a@b@acme.test"}) {
        INFO(address);
        CHECK(failure_of(*courier, to(address)).permanent);
        CHECK_FALSE(failure_of(*courier, {address, "ann@acme.test"}).permanent);
    }
    CHECK(server.has_received_nothing_more());
    REQUIRE(courier->deliver(to("a>b,c@acme.test"), short_letter, ""));
    CHECK(server.receive().to == std::vector<std::string>{"\"a>b,c\"@acme.test"});
}

TEST_CASE("an address that is not ASCII goes to a server that knows SMTPUTF8, and is refused by one that does not",
          "[smtp]") {
    MailServer server;
    const auto knows = open(server.url("plain"));
    REQUIRE(knows->deliver(to("анна@acme.test"), short_letter, ""));
    const auto received = server.receive();
    CHECK(received.to == std::vector<std::string>{"анна@acme.test"});
    CHECK(has_option(received, "SMTPUTF8"));

    const auto does_not = open(server.url("ascii"));
    CHECK(failure_of(*does_not, to("анна@acme.test")).permanent);
    CHECK(server.has_received_nothing_more());
    REQUIRE(does_not->deliver(to("anna@почта.example"), short_letter, ""));
    CHECK(server.receive().to == std::vector<std::string>{"anna@xn--80a1acny.example"});
}

TEST_CASE("a server that is down, or unknown, is a failure that passes", "[smtp]") {
    SilentServer nobody;
    nobody.shut();
    const auto down = failure_of(*open(nobody.url()), to("ann@acme.test"));
    CHECK_FALSE(down.permanent);
    CHECK(contains(down.message, nobody.url().substr(7) + ": "));
    CHECK(contains(down.message, "check that the mail server runs there"));

    // A name that cannot be one: no name service is asked, which could take its time.
    const auto unknown = failure_of(*open("smtp://mail..invalid"), to("ann@acme.test"));
    CHECK_FALSE(unknown.permanent);
    CHECK(contains(unknown.message, "mail..invalid:25: "));
    CHECK(contains(unknown.message, "check the server's name"));
}

TEST_CASE("a server that takes the connection, or the letter, and then says nothing is not waited for long", "[smtp]") {
    const auto begin = std::chrono::steady_clock::now();
    {
        SilentServer silent;
        const auto courier = open(silent.url(), [](auto& options) { options.total_timeout = short_patience; });
        const auto failure = failure_of(*courier, to("ann@acme.test"));
        CHECK_FALSE(failure.permanent);
        CHECK(contains(failure.message, "check the mail server and the way to it"));
        const auto stalled = open(silent.url(), [](auto& options) { options.stall_timeout = std::chrono::seconds(1); });
        CHECK_FALSE(failure_of(*stalled, to("ann@acme.test")).permanent);
    }
    MailServer server;
    {
        const auto courier =
            open(server.url("plain"), [](auto& options) { options.total_timeout = 4 * short_patience; });
        CHECK_FALSE(failure_of(*courier, to("slow@acme.test")).permanent);
        // The answer that comes too late is not taken for that to the next letter.
        REQUIRE(courier->deliver(to("ann@acme.test"), short_letter, ""));
        CHECK(server.receive().connection == 2);
    }
    CHECK(std::chrono::steady_clock::now() - begin < patience);
}

TEST_CASE("with a log-in nothing is sent without TLS, nor to a certificate that nobody vouches for", "[smtp]") {
    const TempDir directory;
    const auto certificate = make_certificate(directory.path());
    MailServer server(certificate);
    const auto trusting = [&](SmtpOptions& options) {
        log_in(options);
        options.ca_file = certificate.certificate.string();
    };
    for (const std::string kind : {"starttls_login", "smtps_login"}) {
        INFO(kind);
        const auto untrusted = failure_of(*open(server.url(kind), log_in), to("ann@acme.test"));
        CHECK_FALSE(untrusted.permanent);
        CHECK(contains(untrusted.message, "check its certificate, or name the authority that signed it"));

        const auto courier = open(server.url(kind), trusting);
        const auto result = courier->deliver(to("ann@acme.test"), short_letter, "");
        INFO((result ? "" : result.error().message));
        REQUIRE(result);
        const auto received = server.receive();
        CHECK(received.has_tls);
        CHECK(received.user == mail_user);
        CHECK(received.message == short_letter);

        const auto refused = open(server.url(kind), [&](auto& options) {
            trusting(options);
            options.password = "wrong";
        });
        const auto wrong = failure_of(*refused, to("ann@acme.test"));
        CHECK_FALSE(wrong.permanent);
        CHECK(contains(wrong.message, "check user and password"));
        CHECK_FALSE(
            failure_of(*open(server.url(kind), [&](auto& options) { options.ca_file = certificate.certificate; }),
                       to("ann@acme.test"))
                .permanent);
        // The server hangs up on TLS: that is no signal that ends the program.
        static_cast<void>(courier->deliver(to("hangup@acme.test"), short_letter, ""));
        static_cast<void>(server.receive());
        static_cast<void>(courier->deliver(to("nobody@acme.test"), short_letter, ""));
    }
    const auto plain = failure_of(*open(server.url("clear_login"), log_in), to("ann@acme.test"));
    CHECK_FALSE(plain.permanent);
    CHECK(contains(plain.message, "it offers no STARTTLS, which is required"));
    const auto without_any = failure_of(*open(server.url("plain"), trusting), to("ann@acme.test"));
    CHECK_FALSE(without_any.permanent);
    CHECK(server.has_received_nothing_more());
}

TEST_CASE("the password goes in the clear only where that was asked for", "[smtp]") {
    MailServer server;
    const auto courier = open(server.url("clear_login"), [](auto& options) {
        log_in(options);
        options.starttls = StartTls::never;
    });
    REQUIRE(courier->deliver(to("ann@acme.test"), short_letter, ""));
    const auto received = server.receive();
    CHECK_FALSE(received.has_tls);
    CHECK(received.user == mail_user);
}

TEST_CASE("user and password may stand in the URL, percent-encoded, and go nowhere without TLS either", "[smtp]") {
    MailServer server;
    auto url = server.url("clear_login");
    url.insert(url.find("//") + 2, "mailer:correct%20horse@");
    CHECK_FALSE(failure_of(*open(url), to("ann@acme.test")).permanent);
    const auto courier = open(url, [](auto& options) { options.starttls = StartTls::never; });
    REQUIRE(courier->deliver(to("ann@acme.test"), short_letter, ""));
    CHECK(server.receive().user == mail_user);
}

TEST_CASE("without a log-in TLS is used where it is offered, unless told otherwise", "[smtp]") {
    const TempDir directory;
    const auto certificate = make_certificate(directory.path());
    MailServer server(certificate);
    const auto has_tls = [&](const std::string& kind, const Change& change = {}) {
        const auto result = open(server.url(kind), change)->deliver(to("ann@acme.test"), short_letter, "");
        INFO((result ? "" : result.error().message));
        REQUIRE(result);
        return server.receive().has_tls;
    };
    CHECK(has_tls("starttls"));
    CHECK_FALSE(has_tls("plain"));
    CHECK_FALSE(has_tls("starttls", [](auto& options) { options.starttls = StartTls::never; }));
    CHECK(has_tls("starttls", [&](auto& options) { options.ca_file = certificate.certificate; }));

    // A certificate that is checked, because an authority was named or TLS was demanded, has to be right.
    const auto other = make_certificate((std::filesystem::create_directory(directory / "other"), directory / "other"));
    CHECK_FALSE(failure_of(*open(server.url("starttls"), [&](auto& options) { options.ca_file = other.certificate; }),
                           to("ann@acme.test"))
                    .permanent);
    const auto demand = [](auto& options) { options.starttls = StartTls::required; };
    CHECK_FALSE(failure_of(*open(server.url("starttls"), demand), to("ann@acme.test")).permanent);
    CHECK_FALSE(failure_of(*open(server.url("plain"), demand), to("ann@acme.test")).permanent);
    CHECK(server.has_received_nothing_more());
}

TEST_CASE(
    "a courier is not made of a URL that is none of mail, of two passwords, or of authorities that are not there") {
    const auto error_of = [](const std::string& url, const std::string& ca_file = {}) {
        SmtpOptions options;
        options.url = url;
        options.ca_file = ca_file;
        const auto courier = SmtpCourier::open(options);
        INFO(url);
        REQUIRE_FALSE(courier);
        return courier.error();
    };
    for (const std::string url : {"", "mail.example.com", "http://mail.example.com", "file:///etc/passwd", "smtp://",
                                  "smtp://mail.example.com:99999", "smtp://mail example.com"}) {
        CHECK(contains(error_of(url), "neither smtp://host:port nor smtps://host:port"));
    }
    SmtpOptions both;
    both.url = "smtp://mailer:secret@mail.example.com";
    both.user = "another";
    const auto refused = SmtpCourier::open(both);
    REQUIRE_FALSE(refused);
    CHECK(contains(refused.error(), "beside the ones given"));
    CHECK_FALSE(contains(refused.error(), "secret"));
    CHECK_FALSE(contains(error_of("smtp://mailer:secret@mail.example.com:x"), "secret"));
    CHECK(contains(error_of("smtp://mail.example.com", "/nowhere/authorities.pem"), "/nowhere/authorities.pem"));
    CHECK(open("SMTP://mail.example.com"));
    CHECK(open("smtps://[2001:db8::1]:465/client.example.com"));
}

}  // namespace seatledger
