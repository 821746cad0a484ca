// seatledger dossier: what is to be said about a disputed line, with everything that proves it, in a folder.
#include <unistd.h>

#include <iterator>
#include <memory>
#include <optional>
#include <sstream>
#include <string>

#include "tools/bills/declared_layout.h"
#include "tools/bills/read_bill.h"
#include "tools/commands/arguments.h"
#include "tools/commands/bill_options.h"
#include "tools/commands/commands.h"
#include "tools/commands/dossier_builder.h"
#include "tools/commands/language_option.h"
#include "tools/commands/price_book_file.h"
#include "tools/progress.h"

namespace seatledger {
namespace {

struct Options {
    ClientOptions client;
    std::string account;
    std::uint64_t dispute = 0;
    std::string folder;
    schema::Language language = schema::Language::EN;
    std::string price_book;
    BillOptions bill;
};

// By the bill itself: its header is part of how a line is written.
std::expected<std::string, std::string> declare_layout(const Options& options, const std::string& bill,
                                                       const billing::Mapping& mapping, const date::time_zone& zone) {
    const auto format = options.bill.format(zone);
    std::istringstream stream(bill);
    const auto nothing = [](const auto&, std::string_view) {};
    const auto read = billing::read_bill(stream, options.bill.file, format, mapping, {nothing, nothing});
    if (!read) return std::unexpected(read.error().text());
    return billing::to_json({format, read->header, mapping});
}

std::string shown(const Options& options, const DossierFolder& folder) {
    return "dispute " + std::to_string(options.dispute) + " of " + options.account + ": " +
           std::to_string(folder.inputs.entries.size()) +
           " events with their proofs, dossier.json and dossier.html in " + options.folder + "\n";
}

Outcome run(const Options& options) {
    DossierWish wish;
    wish.account = options.account;
    wish.dispute = static_cast<std::uint32_t>(options.dispute);
    wish.language = options.language;
    const auto book = read_price_book(options.price_book);
    if (!book) return std::unexpected(book.error());
    wish.price_book = *book;
    const auto mapping = options.bill.mapping();
    if (!mapping) return std::unexpected(mapping.error());
    std::string bill;
    if (!options.bill.file.empty()) {
        auto stream = options.bill.open();
        if (!stream) return std::unexpected(Problem(stream.error()));
        bill.assign(std::istreambuf_iterator<char>(*stream), {});
        if (!*stream) return std::unexpected(Problem(options.bill.file + " cannot be read to its end"));
        wish.bill = bill;
    }
    if (options.bill.kind) {
        wish.layout = [&](const date::time_zone& zone) { return declare_layout(options, bill, *mapping, zone); };
    }
    if (auto empty = expect_nothing_in(options.folder); !empty) return std::unexpected(Problem(empty.error()));
    const auto client = connect(options.client);
    if (!client) return std::unexpected(client.error());
    PartsProgress parts(stderr, isatty(STDERR_FILENO) == 1);
    DossierBuilder builder(**client, std::move(wish),
                           [&](std::string_view part, std::uint64_t events) { parts.update(part, events, 0); });
    const auto folder = builder.build();
    parts.finish();
    if (!folder) return std::unexpected(Problem(folder.error()));
    if (auto written = write_dossier(options.folder, *folder); !written) {
        return std::unexpected(Problem(written.error()));
    }
    return put_to_stdout(shown(options, *folder));
}

}  // namespace

void add_dossier(CLI::App& program, Action& action) {
    const auto options = std::make_shared<Options>();
    auto& command = *program.add_subcommand("dossier", "All about a disputed line that the other side can check");
    add_account_option(command, options->account);
    add_number_option(command, "--dispute", options->dispute, 1, 0xFFFF'FFFF, "Its number")->required();
    command.add_option("--out", options->folder, "The folder to make; if it is there, it must be empty")
        ->type_name("DIR")
        ->required();
    add_language_option(command, options->language, "Of the page, the verdict and the reasons");
    add_price_book_option(command, options->price_book);
    auto* const bill = add_bill_option(command, options->bill)->required(false);
    auto* const kind = add_bill_format_options(command, options->bill);
    kind->needs(bill);
    add_connection_options(command, options->client);
    command.callback([&action, options] { action = [options] { return run(*options); }; });
    command.footer(
        "Makes dossier.html for people and dossier.json for programs: the line as it was received, claim and "
        "evidence,\n"
        "verdict and arithmetic under every rule, a calendar, every event that decides it, what is not known, and a\n"
        "proposal. Beside them lie the bytes of these events, the proofs that they are in the log, and its "
        "checkpoint.\n"
        "It is of the log up to the newest event about the dispute: made again, it is the same byte by byte, unless\n"
        "somebody was erased since. Whoever gets it needs no ledger: seatledger verify-dossier.\n"
        "With --bill the line is judged among all lines of the bill, as reconcile does it, and the bill lies in the\n"
        "dossier; without, it is judged alone. --bill-format and what goes with it are for disputes that do not say "
        "how\n"
        "their line is written.\n"
        "Examples:\n"
        "  seatledger dossier --account acme --dispute 3 --bill 2026-09.csv --out dispute-3\n"
        "  seatledger dossier --account acme --dispute 3 --out disputa-3 --language pt");
}

}  // namespace seatledger
