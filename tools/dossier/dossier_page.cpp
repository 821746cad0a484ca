#include "tools/dossier/dossier_page.h"

#include "events/money.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json.hpp>

#include "tools/dossier/html_text.h"

namespace seatledger {
namespace {

namespace json = boost::json;

class FieldWriter {
 public:
    explicit FieldWriter(std::string& out) : out_(out) {}

    void write(const std::string& path, const json::value& value) {
        if (const auto* object = value.if_object()) {
            if (const auto money = as_money(*object); !money.empty()) {
                line(path, html_text(money));
                return;
            }
            for (const auto& [key, member] : *object) {
                write((path.empty() ? "" : path + ".") + std::string(key.data(), key.size()), member);
            }
            return;
        }
        if (const auto* list = value.if_array()) {
            if (is_flat(*list)) {
                std::string text;
                for (const auto& element : *list) text += (text.empty() ? "" : ", ") + shown(element);
                line(path, text.empty() ? "–" : text);
                return;
            }
            for (std::size_t i = 0; i < list->size(); ++i) write(fmt::format("{}[{}]", path, i), list->at(i));
            return;
        }
        line(path, shown(value));
    }

 private:
    static std::string as_money(const json::object& object) {
        if (object.size() != 2) return {};
        const auto* amount = object.if_contains("amount");
        const auto* currency = object.if_contains("currency");
        if (amount == nullptr || currency == nullptr || !amount->is_string() || !currency->is_string()) return {};
        return std::string(amount->as_string()) + " " + std::string(currency->as_string());
    }
    static bool is_flat(const json::array& list) {
        return std::ranges::none_of(list, [](const json::value& of) { return of.is_object() || of.is_array(); });
    }
    static std::string shown(const json::value& value) {
        if (const auto* text = value.if_string()) return html_text(std::string_view(text->data(), text->size()));
        if (value.is_null()) return "–";
        return html_text(json::serialize(value));
    }
    void line(const std::string& path, const std::string& html) {
        out_ += "<dt>" + html_text(path) + "</dt><dd class=\"said\">" + html + "</dd>\n";
    }

    std::string& out_;
};

}  // namespace

std::string code(std::string_view text) { return "<code>" + html_text(text) + "</code>"; }

std::string name_and_id(const Dossier::Account& account) {
    if (account.name.empty()) return code(account.id);
    return "<bdi>" + html_text(account.name) + "</bdi> (" + code(account.id) + ")";
}

DossierPage::DossierPage(const Dossier& of) : dossier(of), words(dossier_phrases(of.language)) {
    for (const auto& event : of.events) events_.emplace(event.sequence, &event);
    for (const auto& day : of.calendar) {
        for (const auto sequence : day.events) days_.emplace(sequence, day.day);
    }
    currency_ = of.account.currency;
    if (of.judgement) {
        if (!of.judgement->verdict.currency.empty()) currency_ = of.judgement->verdict.currency;
        decimals_ = of.judgement->verdict.explained.scale;
    } else if (of.line.read) {
        if (!of.line.read->currency.empty()) currency_ = of.line.read->currency;
        decimals_ = of.line.read->amount.scale;
    }
}

void DossierPage::open_section(std::size_t number) {
    out += fmt::format("<section aria-labelledby=\"part-{0}\">\n<h2 id=\"part-{0}\"><span>{0}</span> {1}</h2>\n",
                       number, words.sections[number - 1]());
}

void DossierPage::close_section() { out += "</section>\n"; }

void DossierPage::open_fields() { out += "<dl class=\"kv\">\n"; }

void DossierPage::field(const std::string& name, const std::string& html) {
    out += "<dt>" + html_text(name) + "</dt><dd>" + html + "</dd>\n";
}

void DossierPage::close_fields() { out += "</dl>\n"; }

void DossierPage::open_table(std::string_view css_class, const std::string& caption,
                             const std::vector<Column>& columns) {
    out += fmt::format(
        "<div class=\"scroll\" role=\"region\" tabindex=\"0\" aria-label=\"{0}\"><table class=\"{1}\">\n"
        "<caption>{2}</caption>\n<thead><tr>",
        html_plain(caption), css_class, html_text(caption));
    for (const auto& column : columns) {
        out += column.is_numeric ? "<th scope=\"col\" class=\"n\">" : "<th scope=\"col\">";
        out += column.name + "</th>";  // ours, with soft hyphens
    }
    out += "</tr></thead>\n<tbody>\n";
}

void DossierPage::close_table() { out += "</tbody></table></div>\n"; }

void DossierPage::paragraph(const std::string& html, std::string_view css_class) {
    out += css_class.empty() ? "<p>" : fmt::format("<p class=\"{}\">", css_class);
    out += html + "</p>\n";
}

const Dossier::Event* DossierPage::event(Sequence sequence) const {
    const auto found = events_.find(sequence);
    return found == events_.end() ? nullptr : found->second;
}

std::optional<CivilDay> DossierPage::day_of(Sequence sequence) const {
    const auto found = days_.find(sequence);
    return found == days_.end() ? std::nullopt : std::optional(found->second);
}

std::string DossierPage::link(Sequence sequence) const {
    if (event(sequence) == nullptr) return std::to_string(sequence.value);
    return fmt::format("<a href=\"#event-{0}\">{0}</a>", sequence.value);
}

std::string DossierPage::links(const std::vector<Sequence>& sequences) const {
    std::string list;
    for (const auto sequence : sequences) list += (list.empty() ? "" : ", ") + link(sequence);
    return list;
}

std::string DossierPage::money(billing::Decimal amount) const {
    return html_text(billing::to_text(amount, decimals_) + (currency_.empty() ? "" : " " + currency_));
}

std::string DossierPage::money(billing::Decimal amount, const std::string& currency) const {
    const auto digits = static_cast<unsigned>(minor_unit_digits(currency).value_or(0));
    return html_text(billing::to_text(amount, digits) + (currency.empty() ? "" : " " + currency));
}

std::string DossierPage::days(const billing::DayPeriod& period) const {
    const CivilDay last{period.end.number - 1};
    if (last < period.begin) return "–";
    if (last == period.begin) return to_text(last);
    return words.days(to_text(period.begin), to_text(last), std::to_string(period.days()));
}

std::string DossierPage::absent(const Phrase<>& why) const { return "<span class=\"absent\">" + why() + "</span>"; }

std::string DossierPage::or_erased(const std::optional<std::string>& text) const {
    return text ? html_text(*text) : absent(words.erased);
}

std::string DossierPage::or_not_said(const std::string& text) const {
    return text.empty() ? absent(words.not_said) : html_text(text);
}

void DossierPage::json_fields(const std::string& text, std::string_view css_class) {
    boost::system::error_code error;
    const auto value = json::parse(text, error);
    if (error) {
        out += "<pre>" + html_exact(text) + "</pre>\n";
        return;
    }
    out += fmt::format("<dl class=\"{}\">\n", css_class);
    FieldWriter(out).write("", value);
    out += "</dl>\n";
}

}  // namespace seatledger
