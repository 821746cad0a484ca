// seatledger query: what the tables say, now or at any earlier time. The questions and their filters are those of the
// schema (projections/query.capnp): a member of Query's union is a question, a field of it a filter.
#include <capnp/dynamic.h>
#include <kj/debug.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdio>
#include <limits>
#include <list>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "events/text.h"
#include "server/json.h"
#include "server/shape.h"
#include "tools/commands/arguments.h"
#include "tools/commands/commands.h"
#include "tools/commands/query_output.h"
#include "tools/commands/schema_options.h"
#include "tools/person_screen.h"
#include "tools/requests.h"

namespace seatledger {
namespace {

struct Question {
    std::string_view name;
    const char* description;
    const char* example;
    bool is_about_one = false;  // all its fields must be given, and one row answers it
    bool is_of_account = true;
};

constexpr std::array<Question, 11> questions = {{
    {"products", "Every product of the account: how many licenses, how many of them free, and what it can do",
     "seatledger query products --account acme --as-of 2026-01-31T12:00:00Z", false},
    {"licenses", "Licenses, and whom they are bound to",
     "seatledger query licenses --account acme --sku connect --status available --limit 20", false},
    {"users", "The people of the account", "seatledger query users --account acme", false},
    {"user", "One person: roles, products on and off, queues, and what is billed for them since when",
     "seatledger query user --account acme --email ann@acme.test", true},
    {"invoices", "Invoices and their lines", "seatledger query invoices --account acme --status open", false},
    {"orders", "Orders of more licenses, and what became of them",
     "seatledger query orders --account acme --status open", false},
    {"disputes", "Disputes about lines of invoices and of bills: claims, evidence, verdicts",
     "seatledger query disputes --account acme --status open", false},
    {"memberships", "For which days places in queues are billed, person by person",
     "seatledger query memberships --account acme --email ann@acme.test --as-of 2026-01-31T12:00:00Z", false},
    {"queues", "Queues, and who is in them", "seatledger query queues --account acme --email ann@acme.test", false},
    {"access", "Whether a person may use a product, under which license, and which events decide that",
     "seatledger query access --account acme --email ann@acme.test --sku connect --as-of 2026-01-31T12:00:00Z", true},
    {"catalog", "Every product that was ever defined, with its price and its term",
     "seatledger query catalog --as-of 2026-01-31T12:00:00Z", false, false},
}};

// What the schema has and this page does not know yet can be asked nevertheless.
Question question_of(std::string_view name) {
    const auto* found = std::ranges::find(questions, name, &Question::name);
    return found != questions.end() ? *found : Question{name, "Rows of this kind", ""};
}

struct Asked {
    ClientOptions client;
    Format format = Format::json;
    std::string account;
    AsOfOptions as_of;
    std::uint64_t min_sequence = 0;
    std::uint64_t limit = 0;
    std::string cursor;
    FieldValues filters;
};

// `seen`: what was durable when the connection began, so that one's own commands are always in the answer.
void fill_query(const Asked& asked, const FieldShape& member, Sequence seen, schema::Query::Builder query) {
    if (!asked.account.empty()) query.setAccount(asked.account);
    asked.as_of.fill(query);
    query.setMinSequence(std::max(asked.min_sequence, seen.value));
    if (!asked.cursor.empty()) query.setCursor(asked.cursor);
    asked.filters.fill(capnp::DynamicStruct::Builder(query).init(member.field).as<capnp::DynamicStruct>());
}

void print_rows(schema::Rows::Reader rows, Format format, RowPrinter& printer) {
    if (format == Format::table && rows.isUser()) {
        for (const auto person : rows.getUser()) print_person(person, stdout, colour_on(STDOUT_FILENO));
        return;
    }
    const auto list = rows_of(rows);
    printer.expect(list.getSchema().getStructElementType());
    for (const auto row : list) printer.print(row.as<capnp::DynamicStruct>());
}

Outcome ask(const Asked& asked, const FieldShape& member) {
    return show_pages(
        asked.client, asked.format, asked.limit,
        {[&](Sequence seen, schema::Query::Builder query) { fill_query(asked, member, seen, query); },
         [&](schema::Rows::Reader rows, RowPrinter& printer) { print_rows(rows, asked.format, printer); }});
}

// `by_position`: fields that are about one are given without their names.
void add_question(CLI::App& command, const FieldShape& member, bool by_position, Action& action) {
    const auto question = question_of(member.name);
    if (*question.example != '\0') command.footer(std::string("Example:\n  ") + question.example);
    const auto asked = std::make_shared<Asked>();

    if (question.is_of_account) add_account_option(command, asked->account);
    asked->filters.add_options(command, *member.value.object, question.is_about_one, by_position);
    add_as_of_options(command, asked->as_of);
    add_number_option(command, "--min-sequence", asked->min_sequence, 0, std::numeric_limits<std::int64_t>::max(),
                      "Wait until this event can be seen (default: the newest one at the moment of asking)");
    if (!question.is_about_one) {
        add_number_option(command, "--limit", asked->limit, 1, limit_max, "Rows at most (default: all)");
        command.add_option("--cursor", asked->cursor, "Go on where an earlier question with --limit ended")
            ->type_name("CURSOR");
    }
    add_format_option(command, asked->format);
    add_connection_options(command, asked->client);
    command.callback([&action, asked, &member] { action = [asked, &member] { return ask(*asked, member); }; });
}

}  // namespace

void add_query(CLI::App& program, Action& action) {
    auto& query = *program.add_subcommand("query", "Ask what the tables say, now or at any earlier time");
    query.require_subcommand(1);
    query.footer(
        "Each question explains itself: seatledger query licenses --help\n"
        "Examples:\n"
        "  seatledger query products --account acme\n"
        "  seatledger query licenses --account acme --status available --format csv\n"
        "  seatledger query access --account acme --email ann@acme.test --sku connect --as-of 2026-01-31T12:00:00Z");
    for (const auto& field : shape_of(capnp::Schema::from<schema::Query>()).fields) {
        if (!field.alternative || field.value.meaning != Meaning::object) continue;
        if (field.name == "diff") continue;  // of two times: a subcommand of its own
        auto& command = *query.add_subcommand(field.name, question_of(field.name).description);
        add_question(command, field, false, action);
    }
}

void add_user(CLI::App& program, Action& action) {
    auto& command = *program.add_subcommand("user", "One person on one screen");
    const auto& shape = shape_of(capnp::Schema::from<schema::Query>());
    const auto member = std::ranges::find(shape.fields, std::string_view("user"), &FieldShape::name);
    add_question(command, *member, true, action);
    command.footer(
        "Roles, products on and off, queues, what is billed for them since when, and what is kept of their phone.\n"
        "Examples:\n"
        "  seatledger user ann@acme.test --account acme\n"
        "  seatledger user ann@acme.test --account acme --as-of 2026-01-31T12:00:00Z");
}

}  // namespace seatledger
