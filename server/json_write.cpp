#include <fmt/format.h>
#include <kj/debug.h>
#include <kj/encoding.h>

#include <algorithm>
#include <boost/json/serializer.hpp>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <tuple>
#include <vector>

#include "events/block.h"
#include "events/instant.h"
#include "events/sealed.h"
#include "events/text.h"
#include "server/json.h"
#include "server/shape.h"

namespace seatledger {
namespace {

constexpr std::string_view null = "null";

template <typename Number>
void write_number(Number number, std::string& out) {
    char digits[32];
    const auto end = std::to_chars(std::begin(digits), std::end(digits), number).ptr;
    out.append(digits, end);
}

void write_instant(std::int64_t micros, std::string& out) {
    const Instant instant{micros};
    if (instant == no_instant) {
        out += null;
        return;
    }
    KJ_REQUIRE(instant >= first_instant && instant <= last_instant, "no instant that can be written", micros);
    out += '"';
    out += to_rfc3339(instant);
    out += '"';
}

void write_money(const MoneyText& money, std::string& out) {
    out += R"({"amount":")";
    out += money.amount;
    out += R"(","currency":)";
    write_text(money.currency, out);
    out += '}';
}

void write_text_or_null(std::optional<std::string_view> text, std::string& out) {
    if (text) {
        write_text(*text, out);
    } else {
        out += null;
    }
}

void write_sequence_or_null(std::uint64_t sequence, std::string& out) {
    if (sequence == 0) {
        out += null;
    } else {
        write_number(sequence, out);
    }
}

void write_word(const capnp::DynamicEnum& word, std::string& out) {
    KJ_IF_MAYBE (enumerant, word.getEnumerant()) {
        write_text(view(enumerant->getProto().getName()), out);
    } else {
        write_number(word.getRaw(), out);
    }
}

void write_struct(capnp::DynamicStruct::Reader row, const Shape& shape, const EventTexts* texts, std::string& out) {
    const FieldShape* member = nullptr;
    if (shape.has_union) {
        KJ_IF_MAYBE (set, row.which()) {
            member = shape.member(set->getProto().getDiscriminantValue());
        }
    }
    char separator = '{';
    for (const auto& field : shape.fields) {
        if (field.alternative && &field != member) continue;
        out += separator;
        separator = ',';
        out += field.key;
        if (field.nullable && !row.has(field.field)) {
            out += null;
        } else {
            write_value(row.get(field.field), field.value, texts, out);
        }
    }
    if (separator == '{') out += '{';
    out += '}';
}

template <typename List, typename Write>
void write_list(const List& list, std::string& out, const Write& write) {
    out += '[';
    bool is_first = true;
    for (auto&& element : list) {
        if (!is_first) out += ',';
        is_first = false;
        write(element);
    }
    out += ']';
}

const Shape& event_shape() {
    static const Shape& shape = shape_of(capnp::Schema::from<schema::Event>());
    return shape;
}

const Shape& billed_shape() {
    static const Shape& shape = shape_of(capnp::Schema::from<schema::Billed>());
    return shape;
}

// The member of the event's union that is set, unless it is none or unknown.
const FieldShape* event_member(schema::Event::Reader event) {
    const auto which = event.which();
    return which == schema::Event::NONE ? nullptr : event_shape().member(static_cast<std::size_t>(which));
}

void write_member(schema::Event::Reader event, const FieldShape& member, const EventTexts& texts, std::string& out) {
    const auto body = capnp::DynamicStruct::Reader(event).get(member.field);
    write_struct(body.as<capnp::DynamicStruct>(), *member.value.object, &texts, out);
}

// The people of an answer, under the address that they bore when an event took place.
class People {
 public:
    // `outer` has those whom `people` lacks; may be null. Both must outlive this.
    People(capnp::List<schema::Person>::Reader people, const People* outer) : outer_(outer) {
        rows_.reserve(people.size());
        for (const auto person : people) {
            rows_.push_back({view(person.getAccount()), person.getUser(), person.getSince(), person});
        }
        std::ranges::sort(rows_, {}, &Row::key);
    }

    [[nodiscard]] std::optional<std::string_view> address(schema::Event::Reader event, UserId user) const {
        // What a dry run gives has no sequence yet, and comes after everything else.
        const auto sequence = event.getSequence() == 0 ? ~std::uint64_t{0} : event.getSequence();
        const auto account = view(event.getAccount());
        const auto after = std::ranges::lower_bound(rows_, Key(account, user.value, sequence), {}, &Row::key);
        if (after == rows_.begin() || std::prev(after)->account != account || std::prev(after)->user != user.value) {
            return outer_ != nullptr ? outer_->address(event, user) : std::nullopt;
        }
        const auto person = std::prev(after)->person;
        return person.hasEmail() ? std::optional(view(person.getEmail())) : std::nullopt;
    }

 private:
    using Key = std::tuple<std::string_view, std::uint32_t, std::uint64_t>;

    struct Row {
        std::string_view account;
        std::uint32_t user;
        std::uint64_t since;
        schema::Person::Reader person;

        [[nodiscard]] Key key() const { return {account, user, since}; }
    };

    std::vector<Row> rows_;  // sorted by key
    const People* outer_;
};

void write_entries(capnp::Data::Reader data, const People& people, capnp::List<schema::Opened>::Reader opened,
                   std::string& out) {
    schema::Event::Reader current;
    const EventTexts texts([&](UserId user) { return people.address(current, user); },
                           [&](capnp::Data::Reader box) { return find_opened(opened, box); });
    write_list(entries_of(data), out, [&](const Entry& entry) {
        current = read_event(entry);
        write_event(current, texts, out);
    });
}

void write_answer_with(schema::Answer::Reader answer, const People* outer, std::string& out) {
    const People people(answer.getPeople(), outer);
    const auto begin = out.size();
    const auto key = [&](std::string_view name) {
        out += out.size() == begin ? '{' : ',';
        out += name;
    };
    if (answer.hasRejected()) {
        key(R"("rejected":)");
        write_text(view(answer.getRejected()), out);
        key(R"("message":)");
        write_text(view(answer.getMessage()), out);
    } else if (answer.getSequence() != 0 || answer.getEntries().size() > 0 || !answer.hasRows()) {
        key(R"("sequence":)");
        write_sequence_or_null(answer.getSequence(), out);
        key(R"("events":)");
        write_entries(answer.getEntries(), people, answer.getOpened(), out);
    }
    if (answer.hasRows()) {
        key(R"("rows":)");
        write_list(answer.getRows(), out, [&](const auto& row) { write_answer_with(row, &people, out); });
    }
    if (answer.getUnbound()) {
        key(R"("stillBilled":)");
        write_list(answer.getStillBilled(), out,
                   [&](const auto& billed) { write_struct(billed, billed_shape(), nullptr, out); });
        key(R"("phoneKeptUntil":)");
        write_instant(answer.getPhoneKeptUntil(), out);
    }
    if (answer.getReplayed()) key(R"("replayed":true)");
    if (answer.getDryRun()) key(R"("dryRun":true)");
    out += '}';
}

// A control character of ISO 6429 (C1), in UTF-8.
bool is_c1(std::string_view text) {
    return text.size() > 1 && text[0] == '\xC2' && (static_cast<std::uint8_t>(text[1]) & 0xE0) == 0x80;
}

// They are text, and must come back as they were; but no terminal is to obey them.
void escape_c1(std::string& json, std::size_t from) {
    for (auto at = json.find('\xC2', from); at != json.npos; at = json.find('\xC2', at + 1)) {
        const auto character = std::string_view(json).substr(at, 2);
        if (is_c1(character)) json.replace(at, 2, fmt::format("\\u{:04x}", static_cast<std::uint8_t>(character[1])));
    }
}

std::string without_bad_bytes(std::string_view text, bool keeps_c1) {
    std::string result;
    result.reserve(text.size());
    while (!text.empty()) {
        const auto leading_ones = std::countl_one(static_cast<std::uint8_t>(text[0]));
        const auto length = leading_ones == 0 ? 1 : leading_ones;
        const auto character = text.substr(0, static_cast<std::size_t>(length));
        const bool is_good =
            leading_ones == 0 || (leading_ones > 1 && is_plain_text(character)) || (keeps_c1 && is_c1(character));
        if (is_good) {
            result += character;
            text.remove_prefix(character.size());
        } else {
            result += "\uFFFD";
            text.remove_prefix(1);
        }
    }
    return result;
}

}  // namespace

void write_value(const capnp::DynamicValue::Reader& value, const ValueShape& shape, const EventTexts* texts,
                 std::string& out) {
    switch (shape.meaning) {
        case Meaning::nothing: out += null; return;
        case Meaning::truth: out += value.as<bool>() ? "true" : "false"; return;
        case Meaning::signed_number: write_number(value.as<std::int64_t>(), out); return;
        case Meaning::number: write_number(value.as<std::uint64_t>(), out); return;
        case Meaning::optional_number: write_sequence_or_null(value.as<std::uint64_t>(), out); return;
        case Meaning::fraction: {
            const auto number = value.as<double>();
            if (std::isfinite(number)) {
                write_number(number, out);
            } else {
                out += null;
            }
            return;
        }
        case Meaning::text: write_text(view(value.as<capnp::Text>()), out); return;
        case Meaning::bytes: write_text(view(kj::encodeHex(value.as<capnp::Data>())), out); return;
        case Meaning::word: write_word(value.as<capnp::DynamicEnum>(), out); return;
        case Meaning::instant: write_instant(value.as<std::int64_t>(), out); return;
        case Meaning::person: {
            const UserId user(value.as<std::uint32_t>());
            write_text_or_null(user && texts != nullptr ? texts->address(user) : std::nullopt, out);
            return;
        }
        case Meaning::sealed:
            write_text_or_null(
                texts != nullptr && texts->opened ? texts->opened(value.as<capnp::Data>()) : std::nullopt, out);
            return;
        case Meaning::money: write_money(money_text(value), out); return;
        case Meaning::object: write_struct(value.as<capnp::DynamicStruct>(), *shape.object, texts, out); return;
        case Meaning::list:
            write_list(value.as<capnp::DynamicList>(), out,
                       [&](const auto& element) { write_value(element, *shape.element, texts, out); });
            return;
    }
}

void write_event(schema::Event::Reader event, const EventTexts& texts, std::string& out) {
    out += R"({"sequence":)";
    write_sequence_or_null(event.getSequence(), out);
    out += R"(,"account":)";
    write_text_or_null(event.hasAccount() ? std::optional(view(event.getAccount())) : std::nullopt, out);
    out += R"(,"recordedAt":)";
    write_instant(event.getRecordedAt(), out);
    out += R"(,"effectiveAt":)";
    write_instant(event.getEffectiveAt(), out);
    out += R"(,"actor":)";
    write_text_or_null(event_actor(event, texts), out);
    out += event.getViaVendor() ? R"(,"via":"vendor","requestId":)" : R"(,"via":null,"requestId":)";
    write_text_or_null(event.hasRequestId() ? std::optional(view(event.getRequestId())) : std::nullopt, out);
    out += R"(,"corrects":)";
    write_sequence_or_null(event.getCorrects(), out);
    if (const auto* member = event_member(event)) {
        out += ',';
        out += member->key;
        write_member(event, *member, texts, out);
    }
    out += '}';
}

void write_event_body(schema::Event::Reader event, const EventTexts& texts, std::string& out) {
    if (const auto* member = event_member(event)) {
        write_member(event, *member, texts, out);
    } else {
        out += "{}";
    }
}

std::optional<std::string_view> event_actor(schema::Event::Reader event, const EventTexts& texts) {
    switch (event.getPrincipal()) {
        case schema::Event::Principal::VENDOR: return "vendor";
        case schema::Event::Principal::LEDGER: return "ledger";
        case schema::Event::Principal::USER: return texts.address(UserId(event.getActor()));
    }
    return std::nullopt;
}

void write_row(capnp::DynamicStruct::Reader row, std::string& out) {
    write_struct(row, shape_of(row.getSchema()), nullptr, out);
}

std::optional<std::string_view> find_opened(capnp::List<schema::Opened>::Reader list, capnp::Data::Reader box) {
    for (const auto opened : list) {
        if (view(opened.getName()) == box_name(box)) return view(opened.getText());
    }
    return std::nullopt;
}

void write_answer(schema::Answer::Reader answer, std::string& out) { write_answer_with(answer, nullptr, out); }

std::string well_formed(std::string_view text) { return without_bad_bytes(text, false); }

void write_text(std::string_view text, std::string& out) {
    const bool is_simple =
        std::ranges::all_of(text, [](char c) { return c >= ' ' && c <= '~' && c != '"' && c != '\\'; });
    if (is_simple) {
        out += '"';
        out += text;
        out += '"';
        return;
    }
    const auto clean = without_bad_bytes(text, true);
    boost::json::serializer serializer;
    serializer.reset(boost::json::string_view(clean.data(), clean.size()));
    const auto begin = out.size();
    char buffer[512];
    while (!serializer.done()) {
        const auto part = serializer.read(buffer);
        out.append(part.data(), part.size());
    }
    escape_c1(out, begin);
}

}  // namespace seatledger
