#include "tools/dossier/dossier_html.h"

#include <capnp/schema.h>
#include <algorithm>
#include <array>
#include <regex>
#include <set>

#include "events/event.capnp.h"
#include "tests/support/catch.h"
#include "tests/tools/dossier/sample_dossiers.h"
#include "tools/dossier/dossier_phrases.h"

namespace seatledger {
namespace {

using namespace testing;
using namespace std::string_literals;

constexpr std::array languages = {schema::Language::EN, schema::Language::RU, schema::Language::PT};

std::vector<Dossier> samples(schema::Language language) {
    return {unbound_license(language), wrong_price(language), wrong_price(language, 5), erased_texts(language)};
}

// What a strict reader of XML finds in a page: enough of one for elements, attributes in double quotes, and the
// references that pages use. `fault` is empty if it is well-formed.
struct Read {
    std::string fault;
    std::string text;  // outside of tags and <style>
    std::set<std::string> elements;
    std::set<std::string> attributes;
    std::multiset<std::string> ids;
    std::vector<std::string> references;  // to places of the page
    std::vector<std::string> files;
};

class Reader {
 public:
    explicit Reader(std::string_view page) : rest_(page) {}

    Read read() {
        const std::string_view doctype = "<!DOCTYPE html>\n";
        if (!rest_.starts_with(doctype)) return fail("no doctype");
        rest_.remove_prefix(doctype.size());
        while (!rest_.empty() && found_.fault.empty()) {
            if (rest_.front() == '<') {
                tag();
            } else {
                content();
            }
        }
        if (found_.fault.empty() && !open_.empty()) fail(open_.back() + " is not closed");
        return found_;
    }

 private:
    Read fail(const std::string& why) {
        found_.fault = why + " before " + std::string(rest_.substr(0, 60));
        return found_;
    }

    void content() {
        const auto text = rest_.substr(0, rest_.find('<'));
        check(text);
        if (open_.empty() || open_.back() != "style") found_.text += text;
        if (open_.empty() && text.find_first_not_of('\n') != text.npos) fail("text outside");
        rest_.remove_prefix(text.size());
    }

    void check(std::string_view text) {
        static const std::regex reference("&(amp|lt|gt|quot|#39);.*");
        for (std::size_t at = 0; at < text.size(); ++at) {
            const auto byte = static_cast<unsigned char>(text[at]);
            if (byte < ' ' && byte != '\n' && byte != '\t') fail("a control character");
            if (byte == '&' && !std::regex_match(std::string(text.substr(at, 8)), reference)) fail("a bare &");
        }
    }

    void tag() {
        static const std::regex closing("</([a-z0-9]+)>");
        static const std::regex opening(R"re(<([A-Za-z0-9]+)((?:\s[A-Za-z:-]+="[^"<]*")*)(/?)>)re");
        static const std::regex attribute(R"re(\s([A-Za-z:-]+)="([^"<]*)")re");
        const std::string text(rest_.substr(0, rest_.find('>') + 1));
        std::smatch match;
        if (std::regex_match(text, match, closing)) {
            if (open_.empty() || open_.back() != match[1]) {
                fail("wrongly closed");
                return;
            }
            open_.pop_back();
        } else if (std::regex_match(text, match, opening)) {
            found_.elements.insert(match[1]);
            const auto attributes = match[2].str();
            for (auto at = std::sregex_iterator(attributes.begin(), attributes.end(), attribute);
                 at != std::sregex_iterator(); ++at) {
                note((*at)[1], (*at)[2]);
            }
            if (match[3].length() == 0) open_.push_back(match[1]);
        } else {
            fail("no tag");
            return;
        }
        rest_.remove_prefix(text.size());
    }

    void note(const std::string& name, const std::string& value) {
        check(value);
        found_.attributes.insert(name);
        if (name == "id") found_.ids.insert(value);
        if (name == "href") (value.starts_with('#') ? found_.references : found_.files).push_back(value);
        if (name == "aria-labelledby") {
            std::size_t at = 0;
            while (at < value.size()) {
                const auto end = std::min(value.find(' ', at), value.size());
                found_.references.push_back("#" + value.substr(at, end - at));
                at = end + 1;
            }
        }
    }

    std::string_view rest_;
    std::vector<std::string> open_;
    Read found_;
};

Read read(const std::string& page) { return Reader(page).read(); }

std::multiset<std::string> numbers_of(const std::string& page_text) {
    static const std::regex number("[0-9][0-9.:TZ-]*"), apostrophe("&#39;");
    const auto text = std::regex_replace(page_text, apostrophe, "'");
    std::multiset<std::string> found;
    for (auto at = std::sregex_iterator(text.begin(), text.end(), number); at != std::sregex_iterator(); ++at) {
        auto one = at->str();
        while (one.ends_with('.') || one.ends_with(':')) one.pop_back();
        found.insert(one);
    }
    return found;
}

// Every text that comes from elsewhere is `text`.
Dossier hostile(const std::string& text) {
    auto dossier = unbound_license(schema::Language::EN);
    dossier.log.origin = dossier.log.root = dossier.log.verifier_key = text;
    dossier.account = {.id = text, .name = text, .time_zone = text, .currency = text};
    for (auto& said : dossier.dispute.said) {
        said.who = said.sha256 = said.verdict = text;
        said.text = text;
    }
    auto& line = dossier.line;
    line.invoice = line.sha256 = line.date = line.layout = line.unread = text;
    line.text = text;
    auto& read = *line.read;
    read.sku = read.bill_sku = read.invoice = read.email = read.currency = read.id = read.corrects = text;
    read.description = text;
    dossier.judgement->message = dossier.judgement->verdict.currency = text;
    for (auto& event : dossier.events) {
        event.name = event.actor = event.request_id = event.json = event.body = text;
        event.entry_file = event.proof_file = text;
    }
    dossier.events.front().body = R"({"<script>":"</style><script>\u202e\u0000","list":["<b>",null,{"&":1}]})";
    dossier.gaps.push_back(sample_gap(Dossier::GapKind::line_unread));
    dossier.remedy.command = text;
    return dossier;
}

}  // namespace

TEST_CASE("dossier.html is well-formed XML in every language, and names its language") {
    for (const auto language : languages) {
        for (const auto& dossier : samples(language)) {
            const auto page = to_html(dossier);
            CHECK(read(page).fault == "");
            CHECK(contains(page, "<html xmlns=\"http://www.w3.org/1999/xhtml\" lang=\"" +
                                     dossier_phrases(language).language_tag() + "\""));
        }
    }
}

TEST_CASE("dossier.html is always the same bytes") {
    for (const auto language : languages) {
        const auto once = samples(language);
        const auto again = samples(language);
        for (std::size_t i = 0; i < once.size(); ++i) CHECK(to_html(once[i]) == to_html(again[i]));
    }
}

TEST_CASE("dossier.html loads nothing and runs nothing") {
    for (const auto& dossier : samples(schema::Language::PT)) {
        const auto page = to_html(dossier);
        const auto found = read(page);
        for (const std::string element :
             {"script", "link", "img", "iframe", "object", "embed", "base", "form", "image"}) {
            INFO(element);
            CHECK(!found.elements.contains(element));
        }
        for (const auto& attribute : found.attributes) {
            INFO(attribute);
            CHECK((attribute != "src" && attribute != "style" && !attribute.starts_with("on")));
        }
        for (const std::string load : {"url(", "@import", "javascript:", "https:"}) CHECK(!contains(page, load));
        CHECK(contains(page, "http-equiv=\"Content-Security-Policy\" content=\"default-src 'none';"));
    }
}

TEST_CASE("whatever texts a dossier has, they are texts in dossier.html") {
    for (const auto& text : {"</style><script>alert(1)</script>"s, "\"><img src=x onerror=alert(1)>"s,
                             "' onmouseover='x"s, "\u202Eterces\u202C"s, "a\0b\x01\x7F\r\n"s, "\xFF\xFE\xC3("s,
                             "<!-- ]]> <![CDATA["s, "&amp;&lt;&#x3C;script&#62;"s, "{0} {1} {{"s,
                             "javascript:alert(1)"s, "../../etc/passwd"s, ""s, "\uFFFF\uFEFF\u2028"s}) {
        INFO(text);
        const auto page = to_html(hostile(text));
        const auto found = read(page);
        CHECK(found.fault == "");
        CHECK(!found.elements.contains("script"));
        CHECK(!found.elements.contains("img"));
        for (const auto& attribute : found.attributes) CHECK(!attribute.starts_with("on"));
        CHECK(std::ranges::none_of(found.files,
                                   [](const auto& file) { return contains(file, ":") || contains(file, "/"); }));
        for (const std::string unseen : {"\u202E", "\u202C", "\uFEFF", "\u2028", "\uFFFF", "\x7F", "\r"}) {
            CHECK(!contains(page, unseen));
        }
    }
    CHECK(contains(to_html(hostile("\u202Eterces")), "<span class=\"ctl\">U+202E</span>terces"));
}

TEST_CASE("every cited event has an anchor in dossier.html, and every link a target") {
    for (const auto language : languages) {
        for (const auto& dossier : samples(language)) {
            const auto found = read(to_html(dossier));
            for (const auto& id : found.ids) {
                INFO(id);
                CHECK(found.ids.count(id) == 1);
            }
            for (const auto& reference : found.references) {
                INFO(reference);
                CHECK(found.ids.contains(reference.substr(1)));
            }
            for (const auto& event : dossier.events) {
                INFO(event.sequence.value);
                CHECK(found.ids.contains("event-" + std::to_string(event.sequence.value)));
                CHECK(std::ranges::count(found.files, event.entry_file) == 1);
                CHECK(std::ranges::count(found.files, event.proof_file) == 1);
            }
        }
    }
}

TEST_CASE("an event that is not cited is a number in dossier.html, and no link") {
    const auto page = to_html(erased_texts(schema::Language::EN));
    CHECK(contains(page, ", 9999"));
    CHECK(!contains(page, "#event-9999"));
}

TEST_CASE("dossier.html has the same numbers, days and amounts in all languages") {
    const auto english = samples(schema::Language::EN);
    for (const auto language : languages) {
        const auto others = samples(language);
        for (std::size_t i = 0; i < english.size(); ++i) {
            CHECK(numbers_of(read(to_html(others[i])).text) == numbers_of(read(to_html(english[i])).text));
        }
    }
}

TEST_CASE("no word of dossier.html is missing in any language") {
    static const std::regex empty("<(dt|h1|h2|h3|p|th|caption|li|title|desc|text|strong)( [^>]*)?>\\s*</");
    for (const auto language : languages) {
        for (const auto& dossier : samples(language)) {
            const auto page = to_html(dossier);
            std::smatch match;
            CHECK(!std::regex_search(page, match, empty));
        }
    }
}

TEST_CASE("every event has a label in every language") {
    for (const auto field : capnp::Schema::from<schema::Event>().getUnionFields()) {
        const std::string name = field.getProto().getName().cStr();
        if (name == "none") continue;
        INFO(name);
        for (const auto language : languages) CHECK(!event_label(name, language).empty());
        CHECK(event_label(name, schema::Language::EN) != event_label(name, schema::Language::RU));
        CHECK(event_label(name, schema::Language::EN) != event_label(name, schema::Language::PT));
    }
    CHECK(event_label("none", schema::Language::EN).empty());
}

TEST_CASE("dossier.html shows the line as it was received, and says what was erased") {
    const auto page = to_html(unbound_license(schema::Language::EN));
    CHECK(contains(page, "<pre dir=\"ltr\">phone;reception@acme.test;2026-07-01;2026-07-31;1;31.00</pre>"));
    CHECK(contains(page, "--key &#39;ledger.acme.test/4f1c9a0e7b2d+7d2f01ac+"));
    const auto erased = to_html(erased_texts(schema::Language::RU));
    CHECK(contains(erased, "<blockquote class=\"said\"><span class=\"absent\">удалено</span></blockquote>"));
    CHECK(contains(erased, "Вывода нет, так как строку нельзя оценить: её текст удалён"));
}

TEST_CASE("days that say the same are one row of the table, days with events have their own") {
    const auto page = to_html(unbound_license(schema::Language::EN));
    for (const std::string row :
         {"<span class=\"day\">2026-07-01</span></th><td class=\"n\">1</td>",
          "<span class=\"day\">2026-07-02 –</span> <span class=\"day\">2026-07-14</span></th><td class=\"n\">13</td>",
          "<span class=\"day\">2026-07-15</span></th><td class=\"n\">1</td>",
          "<span class=\"day\">2026-07-16 –</span> <span class=\"day\">2026-07-31</span></th><td "
          "class=\"n\">16</td>"}) {
        INFO(row);
        CHECK(contains(page, row));
    }
}

TEST_CASE("too little billed is said as such") {
    auto dossier = unbound_license(schema::Language::EN);
    auto& verdict = dossier.judgement->verdict;
    verdict.explained = sample_number("40.00");
    verdict.at_issue = sample_number("-9.00");
    verdict.conceded = sample_number("31.00");
    dossier.remedy.kind = Dossier::Remedy::Kind::billed_too_little;
    dossier.remedy.amount = sample_number("9.00");
    const auto page = to_html(dossier);
    CHECK(contains(page, "By the ledger 40.00 EUR is due, which is 9.00 EUR more than was billed"));
    CHECK(contains(page, "None for the customer: 9.00 EUR was not billed."));
}

TEST_CASE("a line that is set aside has no verdict in dossier.html") {
    auto dossier = unbound_license(schema::Language::EN);
    dossier.judgement->verdict.state = billing::LineState::set_aside;
    for (auto& rule : dossier.other_rules) rule.verdict.state = billing::LineState::set_aside;
    const auto page = to_html(dossier);
    CHECK(read(page).fault == "");
    CHECK(contains(page, "set aside: carried, not judged"));
    CHECK(!contains(page, "<code>billed_after_unbind</code>"));
}

}  // namespace seatledger
