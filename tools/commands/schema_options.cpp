#include "tools/commands/schema_options.h"

#include <kj/debug.h>

#include <array>
#include <charconv>
#include <limits>

#include "events/instant.h"
#include "events/text.h"
#include "tools/commands/arguments.h"

namespace seatledger {
namespace {

struct Help {
    std::string_view field;
    const char* description;
};

constexpr std::array<Help, 13> help = {{
    {"license", "The license with that number"},
    {"sku", "The product"},
    {"type", "Products of that type"},
    {"status", "What has that status"},
    {"email", "The person with that address"},
    {"invoice", "The invoice"},
    {"queue", "The queue"},
    {"order", "The order with that number"},
    {"dispute", "The dispute with that number"},
    {"kind", "Queues of that kind: call, outbound or inbox"},
    {"expiresBefore", "Licenses whose term ends before that instant"},
    {"actor", "Who did it: an address, vendor or ledger"},
    {"request", "The command with that request id; of a bulk command with all of its rows"},
}};

std::string description_of(const FieldShape& field) {
    for (const auto& [name, description] : help) {
        if (name == field.name) return description;
    }
    return "The field " + field.name;
}

std::string type_of(const FieldShape& field) {
    if (field.value.meaning == Meaning::instant) return "INSTANT";
    if (field.value.meaning != Meaning::text) return "N";
    std::string type = option_name(field.name).substr(2);
    for (char& c : type) {
        if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
    }
    return type;
}

std::uint64_t number_max(const ValueShape& value) {
    return value.bits >= 64 ? std::numeric_limits<std::uint64_t>::max() : (std::uint64_t{1} << value.bits) - 1;
}

}  // namespace

std::string option_name(std::string_view field) {
    std::string name = "--";
    for (const char c : field) {
        if (c >= 'A' && c <= 'Z') {
            name += '-';
            name += static_cast<char>(c - 'A' + 'a');
        } else {
            name += c;
        }
    }
    return name;
}

void FieldValues::add_options(CLI::App& command, const Shape& shape, bool all_required, bool by_position) {
    for (const auto& field : shape.fields) {
        if (auto* option = add_option(command, field, by_position); option != nullptr) option->required(all_required);
    }
}

CLI::Option* FieldValues::add_option(CLI::App& command, const FieldShape& field, bool by_position) {
    const auto meaning = field.value.meaning;
    const bool is_number = meaning == Meaning::number || meaning == Meaning::optional_number;
    if (!is_number && meaning != Meaning::text && meaning != Meaning::instant) return nullptr;
    return command
        .add_option_function<std::string>(
            by_position ? field.name : option_name(field.name),
            [this, &field](const std::string& text) { take(field, text); }, description_of(field))
        ->type_name(type_of(field));
}

void FieldValues::take(const FieldShape& field, const std::string& text) {
    const auto name = option_name(field.name);
    switch (field.value.meaning) {
        case Meaning::text:
            // Absent and empty are not the same to people: --status "" is a mistake in a script.
            if (text.empty()) throw CLI::ValidationError(name, "is empty");
            given_.emplace_back(&field, text);
            return;
        case Meaning::instant: given_.emplace_back(&field, read_instant(name, text).micros); return;
        default: given_.emplace_back(&field, read_number(name, text, 1, number_max(field.value))); return;
    }
}

void FieldValues::fill(capnp::DynamicStruct::Builder message) const {
    for (const auto& [field, value] : given_) {
        if (const auto* text_value = std::get_if<std::string>(&value)) {
            message.set(field->field, capnp::DynamicValue::Reader(text(*text_value)));
        } else if (const auto* number = std::get_if<std::uint64_t>(&value)) {
            message.set(field->field, *number);
        } else {
            message.set(field->field, std::get<std::int64_t>(value));
        }
    }
}

}  // namespace seatledger
