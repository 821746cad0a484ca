#include "tools/dossier/dossier_json.h"

#include <boost/json.hpp>

#include <algorithm>
#include <array>
#include <utility>

#include "engine/hex.h"
#include "engine/rules/values.h"
#include "events/money.h"
#include "tools/dossier/dossier_files.h"
#include "tools/dossier/indented_json.h"

namespace seatledger {
namespace {

namespace json = boost::json;
using billing::Decimal;

constexpr std::string_view format_name = "seatledger dossier 2";

// In the order of Dossier::GapKind.
constexpr std::array<std::string_view, 9> gap_names = {"noEventInPeriod", "importedHistory", "recordedLate",
                                                       "daysAhead",       "textErased",      "lineUnread",
                                                       "judgedAlone",     "layoutDeclared",  "eventsChosen"};
static_assert(gap_names.size() == static_cast<std::size_t>(Dossier::GapKind::events_chosen) + 1);

// In the order of Dossier::Remedy::Kind.
constexpr std::array<std::string_view, 5> remedy_names = {"none", "done", "credit", "billedTooLittle", "undecided"};
static_assert(remedy_names.size() == static_cast<std::size_t>(Dossier::Remedy::Kind::undecided) + 1);

// In the order of Dossier::Remedy::NoCommand.
constexpr std::array<std::string_view, 6> no_command_names = {
    "", "invoiceUnknown", "invoiceNotPaid", "tooLittleLeft", "creditedOtherwise", "tooFine"};
static_assert(no_command_names.size() == static_cast<std::size_t>(Dossier::Remedy::NoCommand::too_fine) + 1);

// In the order of billing::LineKind.
constexpr std::array<std::string_view, 5> line_kind_names = {"charge", "correction", "credit", "tax", "other"};
static_assert(line_kind_names.size() == static_cast<std::size_t>(billing::LineKind::other) + 1);

template <typename Names, typename Value>
std::string_view name_in(const Names& names, Value value) {
    return names[static_cast<std::size_t>(value)];
}

json::string_view json_view(std::string_view text) { return {text.data(), text.size()}; }

json::value text_of(std::string_view text) { return json::string(json_view(text)); }
// Null, where there is none.
json::value text_or_null(std::string_view text) { return text.empty() ? json::value() : text_of(text); }
json::value optional_text(const std::optional<std::string>& text) { return text ? text_of(*text) : json::value(); }
json::value number_or_null(std::uint64_t number) { return number == 0 ? json::value() : json::value(number); }
json::value number_or_null(const std::optional<std::uint64_t>& number) {
    return number ? json::value(*number) : json::value();
}
json::value instant(Instant at) { return text_of(to_rfc3339(at)); }

json::array sequences_of(const std::vector<Sequence>& sequences) {
    json::array list;
    for (const auto sequence : sequences) list.emplace_back(sequence.value);
    return list;
}

json::value money(Decimal amount, const std::string& currency) {
    const auto digits = static_cast<unsigned>(minor_unit_digits(currency).value_or(0));
    return json::object{{"amount", text_of(billing::to_text(amount, digits))}, {"currency", text_of(currency)}};
}

json::value money_or_null(const std::optional<Decimal>& amount, const std::string& currency) {
    return amount ? money(*amount, currency) : json::value();
}

json::value period(const billing::DayPeriod& days) {
    return json::object{{"from", text_of(to_text(days.begin))}, {"to", text_of(to_text(days.end))}};
}

json::value price_book(const billing::PriceBook& book) {
    return json::object{{"rounding", text_of(name_of(book.rounding))},
                        {"end", book.end_inclusive ? "inclusive" : "exclusive"}};
}

json::value dispute(const Dossier::Dispute& of) {
    json::array said;
    for (const auto& one : of.said) {
        said.push_back(json::object{{"sequence", one.sequence.value},
                                    {"effectiveAt", instant(one.effective_at)},
                                    {"actor", text_or_null(one.who)},
                                    {"text", optional_text(one.text)},
                                    {"sha256", text_or_null(one.sha256)},
                                    {"verdict", text_or_null(one.verdict)}});
    }
    return json::object{{"dispute", of.number},
                        {"first", of.first ? json::value(*of.first) : json::value()},
                        {"resolved", of.is_resolved},
                        {"said", std::move(said)}};
}

json::value read_line(const billing::BillLine& line) {
    return json::object{{"line", line.line},
                        {"kind", text_of(name_in(line_kind_names, line.kind))},
                        {"sku", text_or_null(line.sku)},
                        {"billSku", text_or_null(line.bill_sku)},
                        {"invoice", text_or_null(line.invoice)},
                        {"billInvoice", text_or_null(line.bill_invoice)},
                        {"license", line.license ? json::value(*line.license) : json::value()},
                        {"email", text_or_null(line.email)},
                        {"period", period(line.period)},
                        {"billedIn", line.billed_in ? period(*line.billed_in) : json::value()},
                        {"quantity", text_of(billing::to_text(line.quantity))},
                        {"unitPrice", money_or_null(line.unit_price, line.currency)},
                        {"amount", money(line.amount, line.currency)},
                        {"tax", money(line.tax, line.currency)},
                        {"id", text_or_null(line.id)},
                        {"corrects", text_or_null(line.corrects)},
                        {"description", text_or_null(line.description)}};
}

json::value line(const Dossier::Line& of) {
    return json::object{{"invoice", text_or_null(of.invoice)},
                        {"invoiceLine", of.invoice_line ? json::value(*of.invoice_line) : json::value()},
                        {"sha256", text_or_null(of.sha256)},
                        {"row", number_or_null(of.row)},
                        {"text", optional_text(of.text)},
                        {"date", text_or_null(of.date)},
                        {"layout", text_or_null(of.layout)},
                        {"billLines", number_or_null(of.bill_lines)},
                        {"read", of.read ? read_line(*of.read) : json::value()},
                        {"unread", text_or_null(of.unread)}};
}

template <typename Names>
json::array names_of(const Names& names) {
    json::array list;
    for (const auto name : names) list.push_back(text_of(name_of(name)));
    return list;
}

json::object amounts(const billing::LineVerdict& of) {
    json::object object;
    const bool is_judged = of.state == billing::LineState::judged;
    object["state"] = is_judged ? "judged" : "setAside";
    object["verdict"] = is_judged ? text_of(name_of(of.verdict)) : json::value();
    object["arithmetic"] = is_judged ? text_of(name_of(of.arithmetic)) : json::value();
    object["explainedBy"] = of.roundings.empty() ? names_of(of.day_counts) : names_of(of.roundings);
    object["difference"] = money_or_null(of.difference, of.currency);
    object["amount"] = money(of.amount, of.currency);
    object["explained"] = money(of.explained, of.currency);
    object["atIssue"] = money(of.at_issue, of.currency);
    object["conceded"] = money(of.conceded, of.currency);
    return object;
}

json::value judgement(const Dossier::Judgement& of) {
    const auto& verdict = of.verdict;
    const auto& details = verdict.details;
    auto object = amounts(verdict);
    object["seatDaysBilled"] = details.seat_days_billed;
    object["seatDaysCovered"] = details.seat_days_covered;
    json::array missing;
    for (const auto& deficit : details.deficits) {
        missing.push_back(json::object{
            {"reason", text_of(name_of(deficit.reason))}, {"seatDays", deficit.seat_days}, {"seats", deficit.seats}});
    }
    object["missing"] = std::move(missing);
    object["priceInForce"] = money_or_null(details.price_in_force, verdict.currency);
    object["priceSince"] = number_or_null(details.price_since.value);
    object["priceCopied"] = number_or_null(details.price_copied.value);
    object["billedPriceOf"] = number_or_null(details.billed_price_of.value);
    object["because"] = sequences_of(verdict.because);
    object["becauseHasMore"] = verdict.because_has_more;
    object["message"] = text_of(of.message);
    return object;
}

json::value other_rules(const std::vector<Dossier::OtherRule>& rules) {
    json::array list;
    for (const auto& rule : rules) {
        auto object = json::object{{"priceBook", price_book(rule.price_book)}};
        for (const auto& member : amounts(rule.verdict)) object[member.key()] = member.value();
        list.push_back(std::move(object));
    }
    return list;
}

json::value calendar(const std::vector<Dossier::Day>& days) {
    json::array list;
    for (const auto& day : days) {
        list.push_back(json::object{{"day", text_of(to_text(day.day))},
                                    {"billed", day.is_billed ? text_of(billing::to_text(day.billed)) : json::value()},
                                    {"covered", day.covered},
                                    {"entitled", number_or_null(day.entitled)},
                                    {"bought", number_or_null(day.bought)},
                                    {"bound", number_or_null(day.bound)},
                                    {"inQueues", number_or_null(day.in_queues)},
                                    {"events", sequences_of(day.events)}});
    }
    return list;
}

json::value events(const Dossier& dossier, const DossierInputs& inputs) {
    json::array list;
    for (std::size_t i = 0; i < dossier.events.size(); ++i) {
        const auto& event = dossier.events[i];
        json::array keys;
        for (const auto& key : inputs.entries[i].keys) {
            keys.push_back(json::object{{"box", text_of(to_hex(key.box))}, {"key", text_of(to_hex(key.key.text()))}});
        }
        list.push_back(json::object{{"sequence", event.sequence.value},
                                    {"decisive", event.is_decisive},
                                    {"entry", text_of(event.entry_file)},
                                    {"proof", text_of(event.proof_file)},
                                    {"keys", std::move(keys)},
                                    {"event", json::parse(json_view(event.json))}});
    }
    return list;
}

json::value gaps(const std::vector<Dossier::Gap>& of) {
    json::array list;
    for (const auto& gap : of) {
        list.push_back(json::object{{"gap", text_of(name_in(gap_names, gap.kind))},
                                    {"days", gap.days ? period(*gap.days) : json::value()},
                                    {"count", gap.count},
                                    {"sequences", sequences_of(gap.sequences)}});
    }
    return list;
}

json::value remedy(const Dossier& dossier) {
    const auto& of = dossier.remedy;
    const auto& currency = dossier.judgement ? dossier.judgement->verdict.currency : dossier.account.currency;
    const auto& credited_in = of.credited_in.empty() ? currency : of.credited_in;
    return json::object{{"remedy", text_of(name_in(remedy_names, of.kind))},
                        {"amount", money(of.amount, currency)},
                        {"command", of.command.empty() ? json::value() : json::parse(json_view(of.command))},
                        {"noCommand", of.no_command == Dossier::Remedy::NoCommand::there_is_one
                                          ? json::value()
                                          : text_of(name_in(no_command_names, of.no_command))},
                        {"credited", money(of.credited, credited_in)},
                        {"creditedBy", sequences_of(of.credited_by)},
                        {"invoice", text_or_null(of.invoice)},
                        {"invoiceLine", number_or_null(of.invoice_line)},
                        {"creditedOtherwise", money(of.credited_otherwise, credited_in)},
                        {"creditedOtherwiseBy", sequences_of(of.credited_otherwise_by)}};
}

// ---- Reading.

using Failed = std::unexpected<std::string>;

const json::value* find(const json::value& value, std::string_view key) {
    const auto* object = value.if_object();
    return object == nullptr ? nullptr : object->if_contains(json_view(key));
}

std::optional<std::string> find_text(const json::value& value, std::string_view key) {
    const auto* found = find(value, key);
    if (found == nullptr || !found->is_string()) return std::nullopt;
    return std::string(found->get_string().data(), found->get_string().size());
}

std::optional<std::uint64_t> find_number(const json::value& value, std::string_view key) {
    const auto* found = find(value, key);
    if (found == nullptr) return std::nullopt;
    if (const auto* number = found->if_int64(); number != nullptr && *number > 0) {
        return static_cast<std::uint64_t>(*number);
    }
    return std::nullopt;
}

std::optional<BoxKey> read_key(const json::value& value) {
    const auto box = find_text(value, "box"), digits = find_text(value, "key");
    const auto name = box ? from_hex(*box) : std::nullopt, bytes = digits ? from_hex(*digits) : std::nullopt;
    if (!name || !bytes || bytes->size() != secret_key_bytes) return std::nullopt;
    BoxKey key;
    key.box = *name;
    std::ranges::transform(*bytes, key.key.bytes().begin(), [](char c) { return static_cast<std::uint8_t>(c); });
    return key;
}

std::optional<DossierEntry> read_entry(const json::value& value) {
    const auto sequence = find_number(value, "sequence");
    const auto* keys = find(value, "keys");
    if (!sequence || keys == nullptr || !keys->is_array()) return std::nullopt;
    DossierEntry entry;
    entry.sequence = Sequence(*sequence);
    for (const auto& of : keys->get_array()) {
        auto key = read_key(of);
        if (!key) return std::nullopt;
        entry.keys.push_back(std::move(*key));
    }
    return entry;
}

}  // namespace

std::string to_json(const Dossier& dossier, const DossierInputs& inputs) {
    json::object object;
    object["format"] = json_view(format_name);
    object["language"] = text_of(rules::name_of(dossier.language));
    object["account"] = json::object{{"account", text_of(dossier.account.id)},
                                     {"name", text_of(dossier.account.name)},
                                     {"timeZone", text_of(dossier.account.time_zone)},
                                     {"currency", text_of(dossier.account.currency)}};
    object["log"] = json::object{{"origin", text_of(dossier.log.origin)},
                                 {"size", dossier.log.size},
                                 {"root", text_of(dossier.log.root)},
                                 {"verifierKey", text_of(dossier.log.verifier_key)},
                                 {"time", instant(dossier.log.time)}};
    object["priceBook"] = price_book(dossier.price_book);
    object["layoutDeclared"] = text_or_null(inputs.layout);
    object["bill"] = inputs.bill ? text_of(dossier_bill_file) : json::value();
    object["dispute"] = dispute(dossier.dispute);
    object["line"] = line(dossier.line);
    object["verdict"] = dossier.judgement ? judgement(*dossier.judgement) : json::value();
    object["otherRules"] = other_rules(dossier.other_rules);
    object["calendar"] = calendar(dossier.calendar);
    object["gaps"] = gaps(dossier.gaps);
    object["remedy"] = remedy(dossier);
    object["events"] = events(dossier, inputs);
    return to_indented_json(object);
}

std::expected<DossierInputs, std::string> parse_dossier_inputs(std::string_view text) {
    json::error_code error;
    const auto value = json::parse(json_view(text), error);
    if (error) return Failed("it is no JSON: " + error.message());
    if (find_text(value, "format") != format_name) {
        return Failed("it is no dossier of this version, whose format is \"" + std::string(format_name) + "\"");
    }
    const auto missing = [](const std::string& what) { return Failed("it does not say " + what); };
    DossierInputs inputs;
    const auto language = rules::named<schema::Language>(find_text(value, "language").value_or(""));
    if (!language) return missing("its language");
    inputs.language = *language;
    const auto* book = find(value, "priceBook");
    auto price_book = billing::parse_price_book(book == nullptr ? "" : json::serialize(*book));
    if (!price_book) return missing("by which price book it judges");
    inputs.price_book = *price_book;
    const auto *account = find(value, "account"), *log = find(value, "log"), *dispute = find(value, "dispute");
    const auto id = account == nullptr ? std::nullopt : find_text(*account, "account");
    if (!id) return missing("of which account it is");
    inputs.account = *id;
    const auto key = log == nullptr ? std::nullopt : find_text(*log, "verifierKey");
    if (!key) return missing("by which key its log is signed");
    inputs.verifier_key = *key;
    const auto number = dispute == nullptr ? std::nullopt : find_number(*dispute, "dispute");
    if (!number || *number > 0xFFFF'FFFF) return missing("of which dispute it is");
    inputs.dispute = static_cast<std::uint32_t>(*number);
    const auto* layout = find(value, "layoutDeclared");
    if (layout == nullptr || (!layout->is_null() && !layout->is_string())) return missing("which layout was declared");
    inputs.layout = find_text(value, "layoutDeclared").value_or("");
    if (find_text(value, "bill")) inputs.bill.emplace();
    const auto* events = find(value, "events");
    if (events == nullptr || !events->is_array()) return missing("which events it has");
    for (const auto& of : events->get_array()) {
        auto entry = read_entry(of);
        if (!entry) return missing("which events it has, and by which keys they are opened");
        inputs.entries.push_back(std::move(*entry));
    }
    return inputs;
}

}  // namespace seatledger
