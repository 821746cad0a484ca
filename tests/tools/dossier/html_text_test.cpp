#include "tools/dossier/html_text.h"

#include "tests/support/catch.h"

namespace seatledger {

using namespace std::string_literals;

TEST_CASE("texts in a page are no markup") {
    const auto hostile = R"(</style><script>alert("1" & '2')</script>)"s;
    const auto escaped = "&lt;/style&gt;&lt;script&gt;alert(&quot;1&quot; &amp; &#39;2&#39;)&lt;/script&gt;"s;
    CHECK(html_text(hostile) == escaped);
    CHECK(html_exact(hostile) == escaped);
    CHECK(html_plain(hostile) == escaped);
}

TEST_CASE("characters that cannot be seen, or that turn the text around them, are shown by their code") {
    struct Row {
        std::string text, shown;
    };
    for (const auto& [text, code] :
         {Row{"\0"s, "U+0000"}, Row{"\x01", "U+0001"}, Row{"\r", "U+000D"}, Row{"\x1B", "U+001B"},
          Row{"\x7F", "U+007F"}, Row{"\u00AD", "U+00AD"}, Row{"\u061C", "U+061C"}, Row{"\u200B", "U+200B"},
          Row{"\u200F", "U+200F"}, Row{"\u2028", "U+2028"}, Row{"\u202E", "U+202E"}, Row{"\u2066", "U+2066"},
          Row{"\u2069", "U+2069"}, Row{"\uFEFF", "U+FEFF"}, Row{"\uFFFE", "U+FFFE"}, Row{"\uFFFF", "U+FFFF"},
          Row{"\U000E0041", "U+E0041"}}) {
        INFO(code);
        CHECK(html_text("a" + text + "b") == "a<span class=\"ctl\">" + code + "</span>b");
        CHECK(html_exact("a" + text + "b") == "a<span class=\"ctl\">" + code + "</span>b");
        CHECK(html_plain("a" + text + "b") == "a[" + code + "]b");
    }
}

TEST_CASE("texts that can be seen stay as they are") {
    for (const std::string text : {"", "Спор № 3", "contestação", "日本語", "שלום", "😀", "a b", "[U+202E]"}) {
        CHECK(html_text(text) == text);
        CHECK(html_exact(text) == text);
        CHECK(html_plain(text) == text);
    }
}

TEST_CASE("ends of lines and tabs stay in texts, and are shown beside what they do in exact ones") {
    CHECK(html_text("a\n\tb") == "a\n\tb");
    CHECK(html_exact("a\n\tb") == "a<span class=\"ctl\">U+000A</span>\n<span class=\"ctl\">U+0009</span>\tb");
    CHECK(html_plain("a\n\tb") == "a[U+000A][U+0009]b");
}

TEST_CASE("bytes that are no UTF-8 become replacement characters in a page") {
    CHECK(html_text("a\xFF"
                    "b") == "a\uFFFDb");
    CHECK(html_text("a\xC3") == "a\uFFFD");
    CHECK(!testing::contains(html_text("\xED\xA0\x80"), "\xED\xA0\x80"));
    CHECK(!testing::contains(html_text("\xC2\x85"), "\xC2\x85"));
}

}  // namespace seatledger
