#include "server/access_log.h"

#include <capnp/dynamic.h>
#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/rotating_file_sink.h>
#include <spdlog/spdlog.h>
#include <sys/stat.h>

#include <chrono>
#include <cstdio>

#include "engine/files.h"
#include "engine/rules/values.h"
#include "events/instant.h"
#include "events/text.h"
#include "server/json.h"
#include "server/shape.h"

namespace seatledger {
namespace {

using schema::ClientMessage;

std::string now_in_words() {
    using std::chrono::microseconds;
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    return to_rfc3339({std::chrono::duration_cast<microseconds>(now).count()});
}

void add(std::string_view name, std::string_view text, std::string& out) {
    out += ",\"";
    out += name;
    out += "\":";
    write_text(text, out);
}

void add(std::string_view name, std::uint64_t number, std::string& out) {
    out += ",\"";
    out += name;
    out += "\":" + std::to_string(number);
}

bool is_address(const FieldShape& field) {
    return field.value.meaning == Meaning::text && (field.name == "email" || field.name == "actor");
}

// What goes on from page to page, and says nothing of what is read.
bool is_of_paging(const FieldShape& field) {
    return field.name == "cursor" || field.name == "credit" || field.name == "minSequence";
}

void write_people(std::span<const UserId> people, std::string& out) {
    out += '[';
    for (const auto user : people) out += (out.back() == '[' ? "" : ",") + std::to_string(user.value);
    out += ']';
}

// What was set of it, the union's member and what is in that included.
void write_asked(capnp::DynamicStruct::Reader asked, const AccessLog::PeopleOf& people_of, std::string& out) {
    for (const auto& field : shape_of(asked.getSchema()).fields) {
        if (is_of_paging(field) || !asked.has(field.field, capnp::HasMode::NON_DEFAULT)) continue;
        const auto value = asked.get(field.field);
        if (field.alternative) add("what", field.name, out);
        if (field.value.meaning == Meaning::object) {
            write_asked(value.as<capnp::DynamicStruct>(), people_of, out);
        } else if (is_address(field)) {
            out += "," + field.key;
            write_people(people_of(view(value.as<capnp::Text>())), out);
        } else if (field.value.meaning == Meaning::text && view(value.as<capnp::Text>()).contains('@')) {
            out += "," + field.key + "\"(not shown: it may be an address)\"";
        } else if (field.value.meaning != Meaning::nothing) {
            out += "," + field.key;
            write_value(value, field.value, nullptr, out);
        }
    }
}

void write_reader(const Token& token, std::string& out) {
    const auto& caller = token.terms.caller;
    add("token", token.number, out);
    out += ",\"by\":";
    write_text(caller.is_person() ? "user" : caller.is_vendor() ? "vendor" : "program", out);
    if (!caller.account.empty()) add("byAccount", caller.account, out);
    if (caller.is_person()) add("byUser", caller.user.value, out);
    if (caller.role) add("byRole", rules::name_of(*caller.role), out);
}

}  // namespace

std::expected<std::unique_ptr<AccessLog>, std::string> AccessLog::open(const AccessLogOptions& options) try {
    spdlog::file_event_handlers handlers;
    handlers.after_open = [](const std::string& name, std::FILE* file) {
        if (::fchmod(::fileno(file), secret_file_mode) != 0) throw spdlog::spdlog_ex("cannot protect " + name, errno);
    };
    auto sink = std::make_shared<spdlog::sinks::rotating_file_sink_mt>(options.file.string(), options.bytes_max,
                                                                       options.files_max, false, handlers);
    auto file = std::make_shared<spdlog::logger>("access", std::move(sink));
    file->set_formatter(std::make_unique<spdlog::pattern_formatter>("%v"));
    file->flush_on(spdlog::level::info);
    return std::unique_ptr<AccessLog>(new AccessLog(std::move(file)));
} catch (const spdlog::spdlog_ex& error) {
    return std::unexpected("who reads what cannot be written down: " + std::string(error.what()));
}

bool AccessLog::is_reading(ClientMessage::Reader asked) {
    switch (asked.which()) {
        case ClientMessage::QUERY:
        case ClientMessage::HISTORY:
        case ClientMessage::REPLAY:
        case ClientMessage::PROVE:
        case ClientMessage::PROVE_CONSISTENCY:
        case ClientMessage::ENTRY:
        case ClientMessage::EVIDENCE:
        case ClientMessage::DIGEST:
        case ClientMessage::LIST_TOKENS: return true;
        case ClientMessage::NONE:
        case ClientMessage::HELLO:
        case ClientMessage::LOG_IN:
        case ClientMessage::LOG_OUT:
        case ClientMessage::SUBMIT:
        case ClientMessage::CREDIT:
        case ClientMessage::CANCEL:
        case ClientMessage::REBUILD:
        case ClientMessage::STATUS:
        case ClientMessage::ISSUE_TOKEN:
        case ClientMessage::REVOKE_TOKEN:
        case ClientMessage::CHECKPOINT:
        case ClientMessage::CHECKPOINT_AT: return false;
    }
    return true;  // of a later version: better written down than not
}

void AccessLog::note(std::string_view peer, const Token& token, ClientMessage::Reader asked, const PeopleOf& people_of,
                     std::string_view outcome) {
    const capnp::DynamicStruct::Reader message(asked);
    std::string line = "{\"time\":\"" + now_in_words() + '"';
    add("peer", peer, line);
    write_reader(token, line);
    KJ_IF_MAYBE (member, message.which()) {
        const auto name = view(member->getProto().getName());
        add("asked", name, line);
        const auto value = message.get(*member);
        if (value.getType() == capnp::DynamicValue::STRUCT) {
            write_asked(value.as<capnp::DynamicStruct>(), people_of, line);
        } else if (value.getType() == capnp::DynamicValue::UINT) {
            add("sequence", value.as<std::uint64_t>(), line);
        }
    }
    add("outcome", outcome, line);
    line += '}';
    file_->info(fmt::runtime("{}"), line);
}

}  // namespace seatledger
