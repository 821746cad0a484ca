// seatledger statement: what an account had, used and owes in a period.
#include <unistd.h>

#include <cstdio>
#include <memory>
#include <optional>
#include <string>

#include "events/calendar.h"
#include "events/text.h"
#include "projections/billing/statement.h"
#include "tools/commands/arguments.h"
#include "tools/commands/billing_source.h"
#include "tools/commands/commands.h"
#include "tools/commands/period.h"
#include "tools/commands/price_book_file.h"
#include "tools/focus_statement.h"
#include "tools/progress.h"
#include "tools/statement.capnp.h"

namespace seatledger {
namespace {

struct Options {
    ClientOptions client;
    Format format = Format::json;
    bool is_focus = false;  // instead
    std::string provider;
    std::string account;
    billing::DayPeriod period;
    std::string by = "product";
    std::string price_book;
    AsOfOptions as_of;
};

void write_money(const billing::Decimal& amount, std::string_view currency, schema::Money::Builder to) {
    const auto millionths = billing::to_decimal(billing::to_exact(amount), 6);
    const bool has_room = millionths && millionths->units == static_cast<std::int64_t>(millionths->units);
    KJ_REQUIRE(has_room, "an amount is larger than a statement can show; print a shorter period",
               std::string(currency));
    to.setAmount(static_cast<std::int64_t>(millionths->units));
    to.setCurrency(text(currency));
}

template <typename Counts>
void write_counts(const Counts& from, schema::StatementRow::Builder row) {
    row.setBought(from.bought);
    row.setBound(from.bound);
    row.setFree(from.free);
    row.setInQueues(from.in_queues);
    row.setBilledDays(from.billed_days);
    write_money(from.amount, from.currency, row.initAmount());
    write_money(from.credited, from.currency, row.initCredited());
}

// Nothing: it was erased.
class StatementPrinter {
 public:
    StatementPrinter(const BillingSource& source, RowPrinter& printer, Format format)
        : source_(source), printer_(printer), format_(format) {
        printer_.expect(capnp::Schema::from<schema::StatementRow>());
    }

    void print(const billing::StatementRow& from) {
        capnp::MallocMessageBuilder message;
        auto row = message.initRoot<schema::StatementRow>();
        if (from.day) row.setDay(text(to_text(*from.day)));
        row.setSku(text(from.sku));
        if (from.user) {
            if (const auto email = source_.email_of(from.user)) row.setEmail(text(*email));
        }
        row.setLicense(from.license.value);
        row.setBilling(text(billing_name(from.billing)));
        if (from.unit_price) {
            if (const auto price = billing::to_decimal(*from.unit_price, 6)) {
                write_money(*price, from.currency, row.initUnitPrice());
            }
        }
        write_counts(from, row);
        printer_.print(row.asReader());
    }

    void print(const billing::StatementTotal& total) {
        capnp::MallocMessageBuilder message;
        auto row = message.initRoot<schema::StatementRow>();
        row.setTotal(true);
        if (format_ == Format::table) row.setSku("total");  // people look at the first columns, not at the last one
        write_counts(total, row);
        printer_.print(row.asReader());
    }

 private:
    static std::string_view billing_name(schema::Billing billing) {
        switch (billing) {
            case schema::Billing::PURCHASED: return "purchased";
            case schema::Billing::ASSIGNED: return "assigned";
            case schema::Billing::MEMBERSHIP: return "membership";
        }
        return "?";
    }

    const BillingSource& source_;
    RowPrinter& printer_;
    Format format_;
};

Outcome check(const Options& options) {
    if (options.is_focus && options.provider.empty()) {
        return std::unexpected(Problem(
            "FOCUS says whose services are charged for, and no event does: give --provider NAME", Status::usage));
    }
    if (!options.is_focus && !options.provider.empty()) {
        return std::unexpected(Problem("--provider goes with --format focus, no other format has it", Status::usage));
    }
    return Status::done;
}

Outcome print_focus(const BillingSource& source, const billing::SeatDays& days, const Options& options) {
    auto printer = printer_to_stdout(Format::csv);
    const FocusWords words{options.provider, [&](UserId user) { return source.email_of(user); }};
    write_focus(days, options.period, *billing::statement_by_named(options.by), words,
                [&](std::string_view lines) { printer.print_text(lines); });
    return finish_output(printer, Status::done);
}

Outcome show_statement(const Options& options) {
    if (auto checked = check(options); !checked) return checked;
    const auto book = read_price_book(options.price_book);
    if (!book) return std::unexpected(book.error());
    const auto client = connect(options.client);
    if (!client) return std::unexpected(client.error());
    Progress progress(stderr, "read events", isatty(STDERR_FILENO) == 1);
    const billing::Window window{options.period.begin, CivilDay{options.period.end.number - 1}};
    const auto source = read_billing(**client, options.account, options.as_of, window,
                                     [&](std::uint64_t events) { progress.update(events, 0); });
    progress.finish();
    if (!source) return std::unexpected(Problem(source.error()));
    const billing::SeatDays days((*source)->history, *book, (*source)->time);
    if (options.is_focus) return print_focus(**source, days, options);
    auto printer = printer_to_stdout(options.format);
    StatementPrinter rows(**source, printer, options.format);
    const auto totals = billing::write_statement(days, options.period, *billing::statement_by_named(options.by),
                                                 [&](const billing::StatementRow& row) { rows.print(row); });
    for (const auto& total : totals) rows.print(total);
    return finish_output(printer, Status::done);
}

}  // namespace

void add_statement(CLI::App& program, Action& action) {
    auto& command =
        *program.add_subcommand("statement", "What an account had, used and owes in a period, by its events");
    command.footer(
        "Days are those of the account's time zone. bought: licenses of whose term it is a day; bound: those that\n"
        "somebody had on any part of it; inQueues: people in at least one queue. By day these are numbers of a day,\n"
        "otherwise they are seat-days of the period. The amount is by the product's billing: purchased is the price "
        "of\n"
        "the terms that begin in the period, assigned and membership are days at their part of the price. Each row is\n"
        "rounded by itself, and so is the total. With --as-of the statement is as it was then.\n"
        "FOCUS (1.2, a CSV) has a row for each charge and none for the total: what is bought is a Purchase, what is\n"
        "billed by days is Usage, what was credited a Credit. BilledCost adds up to the total less what was credited.\n"
        "Examples:\n"
        "  seatledger statement --account acme --period 2020-09\n"
        "  seatledger statement --account acme --period 2020-09 --by license --format csv\n"
        "  seatledger statement --account acme --period 2020-09 --by day --as-of 2020-10-01T00:00:00Z\n"
        "  seatledger statement --account acme --period 2020-09 --format focus --provider 'Acme Software' > focus.csv");
    const auto options = std::make_shared<Options>();
    add_account_option(command, options->account);
    add_period_option(command, options->period)->required();
    command.add_option("--by", options->by, "What a row is about, beside a product")
        ->check(CLI::IsMember({"product", "user", "license", "day"}))
        ->capture_default_str();
    add_price_book_option(command, options->price_book);
    add_as_of_options(command, options->as_of);
    add_format_option(command, options->format, "focus", options->is_focus);
    command
        .add_option("--provider", options->provider,
                    "With --format focus: whose services these are, as ProviderName, PublisherName and "
                    "InvoiceIssuerName")
        ->type_name("NAME");
    add_connection_options(command, options->client);
    command.callback([&action, options] { action = [options] { return show_statement(*options); }; });
}

}  // namespace seatledger
