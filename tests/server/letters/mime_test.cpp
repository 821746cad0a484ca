#include "server/letters/mime.h"

#include <openssl/evp.h>

#include <algorithm>
#include <random>
#include <string>
#include <vector>

#include "events/text.h"
#include "server/letters/letter_text.h"
#include "tests/support/catch.h"
#include "tests/support/letters.h"

namespace seatledger {
namespace {

using namespace testing;

std::string repeated(const std::string& text, int times) {
    std::string result;
    for (int i = 0; i < times; ++i) result += text;
    return result;
}

// What =?utf-8?B?…?= stands for.
std::string decoded_word(const std::string& word) {
    REQUIRE((word.starts_with("=?utf-8?B?") && word.ends_with("?=")));
    const auto base64 = word.substr(10, word.size() - 12);
    std::string bytes(base64.size(), '\0');
    const auto size =
        EVP_DecodeBlock(reinterpret_cast<unsigned char*>(bytes.data()),
                        reinterpret_cast<const unsigned char*>(base64.data()), static_cast<int>(base64.size()));
    REQUIRE(size >= 0);
    bytes.resize(static_cast<std::size_t>(size) - static_cast<std::size_t>(std::ranges::count(base64, '=')));
    return bytes;
}

}  // namespace

TEST_CASE("header text that is plain ASCII stays as it is; other text becomes encoded words") {
    CHECK(text_field("Subject", "Payment recorded") == "Subject: Payment recorded\r\n");
    CHECK(text_field("Subject", repeated("x", 67)) == "Subject: " + repeated("x", 67) + "\r\n");
    CHECK(text_field("Subject", "счёт") == "Subject: =?utf-8?B?0YHRh9GR0YI=?=\r\n");
    CHECK(text_field("Subject", "=?utf-8?B?QW5u?=") == "Subject: =?utf-8?B?PT91dGYtOD9CP1FXNXU/PQ==?=\r\n");
}

TEST_CASE("encoded words have at most 75 bytes, their lines at most 76, and no character is split between two") {
    // Shifted byte by byte, so that the bound falls everywhere within characters of two, three and four bytes.
    for (const std::string& character : {std::string("я"), std::string("漢"), std::string("🎉")}) {
        for (int shift = 0; shift < 4; ++shift) {
            const auto text = repeated("x", shift) + repeated(character, 80);
            const auto field = text_field("Subject", text);
            std::string read;
            for (std::size_t begin = 0; begin < field.size();) {
                const auto end = field.find("\r\n", begin);
                REQUIRE(end != field.npos);
                CHECK(end - begin <= 76);
                const auto line = field.substr(begin, end - begin);
                const auto word = line.substr(line.find("=?"));
                CHECK(word.size() <= 75);
                const auto characters = decoded_word(word);
                CHECK(is_plain_text(characters));  // each word by itself
                read += characters;
                begin = end + 2;
            }
            CHECK(read == text);
        }
    }
}

TEST_CASE("bytes that are no text are encoded and come to an end all the same") {
    const auto field = text_field("Subject", repeated("\x80", 1'000));
    CHECK(field.ends_with("?=\r\n"));
    CHECK(field.size() < 2'500);
}

TEST_CASE("a display name is quoted, or encoded where it is not ASCII or long; an address alone has no brackets") {
    CHECK(address_field("To", "", "ann@acme.test") == "To: ann@acme.test\r\n");
    CHECK(address_field("To", "Ann Smith", "ann@acme.test") == "To: \"Ann Smith\" <ann@acme.test>\r\n");
    CHECK(address_field("To", "A \"B\" \\", "ann@acme.test") == "To: \"A \\\"B\\\" \\\\\" <ann@acme.test>\r\n");
    CHECK(address_field("To", "Анна", "ann@acme.test") == "To: =?utf-8?B?0JDQvdC90LA=?= <ann@acme.test>\r\n");
    CHECK(address_field("To", repeated("x", 60), "ann@acme.test") ==
          "To: \"" + repeated("x", 60) + "\"\r\n <ann@acme.test>\r\n");
    CHECK(address_field("To", "Ann", "no address") == "To: undisclosed-recipients:;\r\n");
}

TEST_CASE("an address is written as mail wants it, or not at all") {
    const std::vector<std::pair<std::string, std::string>> written = {
        {"ann@acme.test", "ann@acme.test"},
        {"Ann.M+tag=x/y@Acme.test", "Ann.M+tag=x/y@Acme.test"},
        {"анна@почта.example", "анна@xn--80a1acny.example"},
        {"anna@Почта.Example", "anna@xn--80a1acny.example"},
        {"anna@bücher.example", "anna@xn--bcher-kva.example"},
        {"ann@[192.0.2.1]", "ann@[192.0.2.1]"},
        {"ann@[IPv6:2001:db8::1]", "ann@[IPv6:2001:db8::1]"},
        {"ann@localhost", "ann@localhost"},
        {"a,b@acme.test", "\"a,b\"@acme.test"},
        {"a>b@acme.test", "\"a>b\"@acme.test"},
        {"a..b@acme.test", "\"a..b\"@acme.test"},
        {".a@acme.test", "\".a\"@acme.test"},
        {"a\"b\\@acme.test", "\"a\\\"b\\\\\"@acme.test"},
        {"\"a,b\"@acme.test", "\"a,b\"@acme.test"},
        {"\"a\\\"b\"@acme.test", "\"a\\\"b\"@acme.test"},
        {"\"a\"b\"@acme.test", "\"\\\"a\\\"b\\\"\"@acme.test"},
        {"\"a\\\"@acme.test", "\"\\\"a\\\\\\\"\"@acme.test"},
        {"\"@acme.test", "\"\\\"\"@acme.test"},
    };
    for (const auto& [address, spec] : written) {
        INFO(address);
        CHECK(addr_spec(address) == spec);
    }
    for (const char* const address : {"",
                                      "ann",
                                      "@",
                                      "ann@",
                                      "@acme.test",
                                      "a@b@acme.test",
                                      "ann@acme.test\r\nRCPT TO:<eve@acme.test>",
                                      "ann\n@acme.test",
                                      "ann@acme..test",
                                      "ann@.test",
                                      "ann@acme.test.",
                                      "ann@acme.test>",
                                      "ann@acme test",
                                      "ann@acme,test",
                                      "ann@[192.0.2.1",
                                      "ann@[a]b]",
                                      "ann@[я]",
                                      "ann@\u2028.example",
                                      "ann@я。..example",
                                      "ann\x80@acme.test",
                                      "ann@acme\x7F.test"}) {
        INFO(address);
        CHECK_FALSE(addr_spec(address));
    }
}

TEST_CASE("dates are written in UTC with their weekday") {
    const auto date = [](const std::string& instant) { return mail_date(instant_of(instant)); };
    CHECK(date("2020-09-07T12:00:00.999999Z") == "Mon, 07 Sep 2020 12:00:00 +0000");
    CHECK(date("2024-02-29T23:59:59Z") == "Thu, 29 Feb 2024 23:59:59 +0000");
    CHECK(date("1970-01-01T00:00:00Z") == "Thu, 01 Jan 1970 00:00:00 +0000");
    CHECK(date("1969-12-31T23:59:59.999999Z") == "Wed, 31 Dec 1969 23:59:59 +0000");
    CHECK(date("2023-07-02T03:04:05+05:00") == "Sat, 01 Jul 2023 22:04:05 +0000");
    CHECK(date("0001-01-01T00:00:00Z") == "Mon, 01 Jan 0001 00:00:00 +0000");
    CHECK(date("9999-12-31T23:59:59Z") == "Fri, 31 Dec 9999 23:59:59 +0000");
}

TEST_CASE("a body stays readable where that is no longer than base64") {
    CHECK(encode_body("Hello\n").encoding == "quoted-printable");
    CHECK(encode_body("Hello\n").text == "Hello\r\n");
    CHECK(encode_body("1 = 1, não\n").text == "1 =3D 1, n=C3=A3o\r\n");
    CHECK(encode_body("Здравствуйте\n").encoding == "base64");
    CHECK(encode_body("Здравствуйте\n").text == "0JfQtNGA0LDQstGB0YLQstGD0LnRgtC1DQo=\r\n");
}

TEST_CASE("quoted-printable loses no blank at the end of a line and has no line over 76 bytes") {
    CHECK(encode_body("a \nb\t\nc  ").text == "a=20\r\nb=09\r\nc =20");
    const auto of_x = [](int count) { return encode_body(repeated("x", count) + "\n").text; };
    CHECK(of_x(76) == repeated("x", 76) + "\r\n");
    CHECK(of_x(77) == repeated("x", 75) + "=\r\nxx\r\n");
    const auto before_letter = [](int count) {
        return encode_body(repeated("x", count) + "ã" + repeated("y", 50) + "\n").text;
    };
    CHECK(before_letter(69) == repeated("x", 69) + "=C3=A3=\r\n" + repeated("y", 50) + "\r\n");
    CHECK(before_letter(70) == repeated("x", 70) + "=C3=\r\n=A3" + repeated("y", 50) + "\r\n");
    CHECK(before_letter(73) == repeated("x", 73) + "=\r\n=C3=A3" + repeated("y", 50) + "\r\n");
}

TEST_CASE("random bodies are read as they were written, with lines of at most 76 bytes") {
    constexpr std::uint32_t seed = 20261122;
    CAPTURE(seed);
    std::mt19937 random(seed);
    const std::vector<std::string> pieces = {"a", "bc",    " ",     "  ", "\n", "\n\n", "=",
                                             ".", "\n.\n", "From ", "é",  "я",  "🎉",    "\t"};
    for (const std::size_t kinds : {std::size_t{10}, pieces.size()}) {  // ASCII only, and everything
        for (int i = 0; i < 3; ++i) {
            std::string text;
            for (int count = 0; count < 2'000; ++count) text += pieces[random() % kinds];
            text += "\n";
            const auto body = encode_body(text);
            for (std::size_t begin = 0; begin < body.text.size();) {
                const auto end = body.text.find("\r\n", begin);
                REQUIRE(end != body.text.npos);
                REQUIRE(end - begin <= 76);
                begin = end + 2;
            }
            const auto read = read_letter(
                "Date: Mon, 07 Sep 2020 12:00:00 +0000\r\nFrom: a@b.test\r\nTo: a@b.test\r\n"
                "Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: " +
                std::string(body.encoding) + "\r\n\r\n" + body.text);
            CHECK(read.problems == std::vector<std::string>{});
            CHECK(read.body == text);
        }
    }
}

TEST_CASE("text for one line keeps its letters and loses its controls") {
    CHECK(on_one_line("Анна") == "Анна");
    CHECK(on_one_line("a\r\nb\tc\x7F") == "a  b c ");
    CHECK(on_one_line("Анна\n") == "Анна ");
    CHECK(on_one_line("a\xFF\nb") == "a? b");
    CHECK(on_one_line("a\xC2\x85g") == "a??g");  // the control character U+0085 ends lines, too
}

}  // namespace seatledger
