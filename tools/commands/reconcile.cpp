// seatledger reconcile: a vendor's bill against the ledger, line by line.
#include <kj/debug.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "events/calendar.h"
#include "events/text.h"
#include "projections/billing/reconcile.h"
#include "projections/billing/verdict_message.h"
#include "tools/bills/declared_layout.h"
#include "tools/bills/read_bill.h"
#include "tools/commands/arguments.h"
#include "tools/commands/bill_options.h"
#include "tools/commands/billing_source.h"
#include "tools/commands/commands.h"
#include "tools/commands/language_option.h"
#include "tools/commands/price_book_file.h"
#include "tools/dispute_commands.h"
#include "tools/progress.h"
#include "tools/verdict_rows.h"

namespace seatledger {
namespace {

struct Options {
    ClientOptions client;
    Format format = Format::json;
    std::string account;
    BillOptions bill;
    std::string price_book;
    std::string disputes;  // where to write commands
    std::string bill_date;
    schema::Language language = schema::Language::EN;
    AsOfOptions as_of;
};

using Claims = std::vector<std::pair<std::uint64_t, std::string>>;  // by line, in order

struct ReadBill {
    billing::Reconciler lines;
    std::vector<billing::RefusedLine> refused;
    billing::BillSummary summary;
};

std::expected<std::unique_ptr<ReadBill>, Problem> read_lines(const Options& options, const billing::BillFormat& format,
                                                             const billing::Mapping& mapping) {
    auto stream = options.bill.open();
    if (!stream) return std::unexpected(Problem(stream.error()));
    auto bill = std::make_unique<ReadBill>();
    Progress progress(stderr, "read lines", isatty(STDERR_FILENO) == 1);
    std::uint64_t records = 0;
    const billing::BillSink sink{[&](const billing::BillLine& line, std::string_view) {
                                     bill->lines.add(line);
                                     progress.update(++records, 0);
                                 },
                                 [&](billing::RefusedLine line, std::string_view) {
                                     bill->lines.add(line);
                                     bill->refused.push_back(std::move(line));
                                     progress.update(++records, 0);
                                 }};
    auto summary = billing::read_bill(*stream, options.bill.file, format, mapping, sink);
    progress.finish();
    if (!summary) return std::unexpected(Problem(summary.error().text()));
    bill->summary = std::move(*summary);
    return bill;
}

// Where disputes are written: a file beside the one that is named, until all of it is there.
class DisputesFile {
 public:
    // Fails if it would be the bill itself, if the bill cannot be read twice, or if nothing can be written there.
    static std::expected<DisputesFile, Problem> open(const std::string& file, const std::string& bill) {
        std::error_code failed;
        if (!std::filesystem::is_regular_file(bill, failed)) {
            return std::unexpected(Problem(
                "--disputes reads the bill twice, and " + bill + " is no file that can be: write it to one first",
                Status::usage));
        }
        if (std::filesystem::equivalent(file, bill, failed)) {
            return std::unexpected(Problem("--disputes names the bill itself; name another file", Status::usage));
        }
        DisputesFile to(file);
        if (std::filesystem::is_directory(file, failed)) {
            errno = EISDIR;
            return std::unexpected(to.cannot_be_written());
        }
        errno = 0;
        to.stream.open(to.name_ + ".new", std::ios::binary | std::ios::trunc);
        if (!to.stream) return std::unexpected(to.cannot_be_written());
        return to;
    }

    std::ofstream stream;

    [[nodiscard]] Outcome finish() {
        errno = 0;
        stream.close();
        if (!stream || std::rename((name_ + ".new").c_str(), name_.c_str()) != 0) {
            return std::unexpected(cannot_be_written());
        }
        return Status::done;
    }

    // Leaves what was there before.
    void drop() {
        stream.close();
        std::error_code failed;
        std::filesystem::remove(name_ + ".new", failed);
    }

 private:
    explicit DisputesFile(std::string name) : name_(std::move(name)) {}

    [[nodiscard]] Problem cannot_be_written() const {
        return Problem(name_ + ": cannot be written: " + std::generic_category().message(errno));
    }

    std::string name_;
};

constexpr std::size_t told_max = 10;

// The commands that dispute lines, from a second look at the bill: of the first one their texts were not kept.
std::expected<void, Problem> write_disputes(const Options& options, const billing::DeclaredLayout& layout,
                                            const std::string& sha256, const Claims& claims, std::ostream& out) {
    auto stream = options.bill.open();
    if (!stream) return std::unexpected(Problem(stream.error()));
    std::size_t left_out = 0;
    const auto write = [&](const billing::BillLine& line, std::string_view text) {
        const auto claim = std::ranges::lower_bound(claims, line.line, {}, &Claims::value_type::first);
        if (claim == claims.end() || claim->first != line.line) return;
        const auto command = dispute_command(
            options.account, {sha256, line.line, text, options.bill_date, to_json(layout, line.sku)}, claim->second);
        if (command) {
            out << *command << '\n';
        } else if (++left_out <= told_max) {
            tell("line " + std::to_string(line.line) + " cannot be disputed like this: " + command.error());
        }
    };
    const auto read = billing::read_bill(*stream, options.bill.file, layout.format, layout.mapping,
                                         {write, [](const billing::RefusedLine&, std::string_view) {}});
    if (!read) return std::unexpected(Problem(read.error().text()));
    if (read->sha256 != sha256) {
        return std::unexpected(Problem(options.bill.file + " was changed while it was read: try again"));
    }
    if (left_out > told_max) tell("… and " + std::to_string(left_out - told_max) + " more lines cannot");
    return {};
}

// `disputes`: where commands are written; may be null.
Outcome judge_bill(const Options& options, const billing::PriceBook& book, billing::Mapping mapping,
                   std::ostream* disputes) {
    const auto client = connect(options.client);
    if (!client) return std::unexpected(client.error());
    const auto account = read_account(**client, options.account);
    if (!account) return std::unexpected(Problem(account.error()));
    if (disputes != nullptr && account->has_dispute_window && options.bill_date.empty()) {
        return std::unexpected(Problem("lines of " + options.account +
                                           " can be disputed for some time after the bill's date only: give it with "
                                           "--bill-date",
                                       Status::usage));
    }

    const auto format = options.bill.format(*account->zone);
    const auto bill = read_lines(options, format, mapping);
    if (!bill) return std::unexpected(bill.error());
    // Without days nothing is asked of any: one is enough.
    billing::Window window;
    if (const auto& days = (*bill)->lines.days()) window = {days->begin, CivilDay{days->end.number - 1}};

    const bool is_watched = isatty(STDERR_FILENO) == 1;
    Progress reading(stderr, "read events", is_watched);
    const auto source = read_billing(**client, options.account, options.as_of, window,
                                     [&](std::uint64_t events) { reading.update(events, 0); });
    reading.finish();
    if (!source) return std::unexpected(Problem(source.error()));

    auto printer = printer_to_stdout(options.format);
    VerdictRows rows(printer, (*bill)->refused);
    Claims claims;
    bool is_all_right = (*bill)->refused.empty();
    Progress judging(stderr, "judge lines", is_watched);
    std::uint64_t judged = 0;
    const auto email_of = [&](UserId user) { return (*source)->email_of(user); };
    const billing::SeatDays days((*source)->history, book, (*source)->time);
    const auto totals = (*bill)->lines.finish(
        days, book, [&](std::string_view email, const billing::DayPeriod& of) { return (*source)->user_of(email, of); },
        [&](const billing::LineVerdict& verdict) {
            const auto text = billing::message(verdict, email_of, options.language);
            rows.print(verdict, text);
            judging.update(++judged, (*bill)->summary.lines);
            if (!is_contested(verdict)) return;
            is_all_right = false;
            if (verdict.line > 0 && disputes != nullptr) claims.emplace_back(verdict.line, text);
        });
    judging.finish();
    rows.finish();
    if (totals.empty()) {
        billing::BillTotal nothing;
        nothing.currency = (*source)->history.currency();
        rows.print(nothing);
    }
    for (const auto& total : totals) {
        const auto sum = (*bill)->summary.sums.find(total.currency);
        KJ_ASSERT(
            sum == (*bill)->summary.sums.end() ? total.amount.is_zero() : billing::equal(total.amount, sum->second),
            "the sum of the lines is not that of the file", total.currency.c_str());
        rows.print(total);
    }
    const auto printed = finish_output(printer, is_all_right ? Status::done : Status::rejected);
    if (!printed || disputes == nullptr) return printed;
    const billing::DeclaredLayout layout{format, (*bill)->summary.header, std::move(mapping)};
    if (auto written = write_disputes(options, layout, (*bill)->summary.sha256, claims, *disputes); !written) {
        return std::unexpected(written.error());
    }
    return printed;
}

Outcome reconcile(const Options& options) {
    const auto book = read_price_book(options.price_book);
    if (!book) return std::unexpected(book.error());
    auto mapping = options.bill.mapping();
    if (!mapping) return std::unexpected(mapping.error());
    std::optional<DisputesFile> disputes;
    if (!options.disputes.empty()) {
        auto file = DisputesFile::open(options.disputes, options.bill.file);
        if (!file) return std::unexpected(file.error());
        disputes = std::move(*file);
    }
    const auto done = judge_bill(options, *book, std::move(*mapping), disputes ? &disputes->stream : nullptr);
    if (!disputes) return done;
    if (!done) {
        disputes->drop();
        return done;
    }
    const auto written = disputes->finish();
    return written ? done : written;
}

}  // namespace

void add_reconcile(CLI::App& program, Action& action) {
    auto& command = *program.add_subcommand("reconcile", "A vendor's bill against the ledger, line by line");
    command.footer(
        "Prints a row for each line of the bill, in its order: what the ledger says of it and why. The verdict is the\n"
        "first of these that holds: not_in_ledger, unknown_seat, duplicate, billed_before_payment,\n"
        "not_delivered_in_48h, billed_after_revocation, billed_after_expiry, billed_after_unbind, still_in_queue,\n"
        "term_shortened, wrong_quantity, wrong_price, correct; not_billed is what the ledger has and the bill has "
        "not.\n"
        "The arithmetic is match, explained_by_rounding, explained_by_day_count (by which, explainedBy says) or\n"
        "mismatch. Tax, credits and fees are carried and not judged (setAside); lines that cannot be read are named\n"
        "and their amounts carried (refused). The last rows are the totals, one for each currency.\n"
        "How the bill is written is never guessed. The columns of csv are sku, quantity, unitPrice, amount, currency,\n"
        "start, end, license, email, invoice, kind, tax, id, corrects and description, or what a mapping names.\n"
        "The status is 3 if something is not as it was billed, or could not be read.\n"
        "Examples:\n"
        "  seatledger reconcile --account acme --bill 2026-09.csv --bill-format partner-center --dates mdy\n"
        "  seatledger reconcile --account acme --bill vendor.csv --bill-format csv --mapping vendor.json \\\n"
        "      --price-book vendor-prices.json --bill-date 2026-10-01 --disputes disputes.jsonl\n"
        "  seatledger submit disputes.jsonl");
    const auto options = std::make_shared<Options>();
    add_account_option(command, options->account);
    add_bill_option(command, options->bill);
    add_bill_format_options(command, options->bill)->required();
    add_price_book_option(command, options->price_book);
    auto* const disputes =
        command
            .add_option("--disputes", options->disputes,
                        "Write a command there for each line that is contested: openDispute, ready to be read "
                        "through and submitted")
            ->type_name("FILE");
    command
        .add_option_function<std::string>(
            "--bill-date",
            [options](const std::string& text) {
                if (!parse_civil_day(text)) {
                    throw CLI::ValidationError("--bill-date", "'" + text + "' is no day (2026-10-01)");
                }
                options->bill_date = text;
            },
            "The bill's date, for these commands: from it on the account's dispute window runs")
        ->type_name("DAY")
        ->needs(disputes);
    add_language_option(command, options->language, "Of the messages");
    add_as_of_options(command, options->as_of);
    add_format_option(command, options->format);
    add_connection_options(command, options->client);
    command.callback([&action, options] { action = [options] { return reconcile(*options); }; });
}

}  // namespace seatledger
