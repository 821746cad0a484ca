// seatledger import: foreign files to commands.
#include <unistd.h>

#include <cstdio>
#include <map>
#include <memory>
#include <string>

#include "server/json.h"
#include "tools/commands/arguments.h"
#include "tools/commands/commands.h"
#include "tools/import_run.h"
#include "tools/import_snipeit.h"
#include "tools/progress.h"
#include "tools/requests.h"

namespace seatledger {
namespace {

struct Options {
    ClientOptions client;
    SnipeitOptions source;
    bool dry_run = false;
    bool strict = false;
};

// The plan, a command a line, as submit would take them; but for the licenses that payments will issue.
Outcome print_plan(const ImportPlan& plan) {
    std::string lines;
    for (const auto& step : plan.steps) {
        write_row(step.command.get(), lines);
        lines += '\n';
    }
    const bool is_written = std::fwrite(lines.data(), 1, lines.size(), stdout) == lines.size();
    if ((is_written && std::fflush(stdout) == 0) || errno == EPIPE) return Status::done;
    return std::unexpected(Problem("cannot write the output: " + std::generic_category().message(errno)));
}

void print_summary(const ImportPlan& plan, const ImportSummary& summary) {
    const auto rejected = summary.rejected.size();
    if (isatty(STDOUT_FILENO) == 1) {
        std::printf("%zu rows with %llu seats, %zu rows refused; of %zu commands %zu were done, %zu had been before",
                    plan.rows, static_cast<unsigned long long>(plan.seats), plan.refused.size(), plan.steps.size(),
                    summary.done, summary.there);
        if (rejected + summary.skipped > 0) {
            std::printf(", %zu were rejected and %zu could not follow", rejected, summary.skipped);
        }
        std::printf("\n");
    } else {
        std::printf(
            "{\"rows\":%zu,\"seats\":%llu,\"refused\":%zu,\"commands\":%zu,\"done\":%zu,\"there\":%zu,"
            "\"rejected\":%zu,\"skipped\":%zu}\n",
            plan.rows, static_cast<unsigned long long>(plan.seats), plan.refused.size(), plan.steps.size(),
            summary.done, summary.there, rejected, summary.skipped);
    }
    std::fflush(stdout);
}

Outcome carry_out(const ImportPlan& plan, const ClientOptions& options) {
    const auto client = connect(options);
    if (!client) return std::unexpected(client.error());
    NetworkSubmitter submitter(**client);
    Progress progress(stderr, "import", isatty(STDERR_FILENO) == 1);
    const auto summary =
        run_import(plan, submitter, [&](std::size_t done, std::size_t total) { progress.update(done, total); });
    progress.finish();
    if (!summary) return std::unexpected(Problem(summary.error()));
    for (const auto& problem : summary->rejected) tell(problem.text());
    print_summary(plan, *summary);
    return summary->rejected.empty() && summary->skipped == 0 ? Status::done : Status::rejected;
}

// Rows that cannot be imported are told and left out, which is no failure; unless --strict says that it is.
Outcome import_snipeit(const Options& options) {
    const auto plan = plan_snipeit_import(options.source);
    if (!plan) return std::unexpected(Problem(plan.error()));
    for (const auto& refused : plan->refused) tell(refused.text());
    if (options.strict && !plan->refused.empty()) {
        return std::unexpected(Problem("nothing was done: " + std::to_string(plan->refused.size()) +
                                           " rows cannot be imported, and --strict was given",
                                       Status::rejected));
    }
    if (options.dry_run) return print_plan(*plan);
    return carry_out(*plan, options.client);
}

template <typename Enum>
CLI::Validator one_of(std::map<std::string, Enum> values) {
    return CLI::CheckedTransformer(std::move(values)).description("");
}

}  // namespace

void add_import(CLI::App& program, Action& action) {
    auto& import = *program.add_subcommand("import", "Bring in what another program knows");
    import.require_subcommand(1);
    import.footer("Each source explains itself: seatledger import snipe-it --help");

    auto& command = *import.add_subcommand("snipe-it", "The CSV files of Snipe-IT, of licenses and of users");
    command.footer(
        "Opens the account and brings each purchase in as an invoice that was paid on its day. Rows that cannot be\n"
        "imported are named on stderr, by file, line and reason, and left out. What is there already is passed over:\n"
        "an import can be run again. The status is 3 if the server rejected something.\n"
        "Examples:\n"
        "  seatledger import snipe-it --account acme --licenses licenses.csv --users users.csv --dry-run\n"
        "  seatledger import snipe-it --account acme --licenses licenses.csv --dates dmy --decimals comma \\\n"
        "      --time-zone Europe/Berlin --currency EUR --super-admin boss@acme.test");
    const auto options = std::make_shared<Options>();
    auto& source = options->source;
    command.add_option("--account", source.account, "The id of the company")->type_name("ACCOUNT")->required();
    command.add_option("--licenses", source.licenses_file, "The licenses that were bought")
        ->type_name("FILE")
        ->required();
    command.add_option("--users", source.users_file, "The people (default: only who has a license)")->type_name("FILE");
    command.add_option("--name", source.name, "The company's name (default: its id)")->type_name("NAME");
    command.add_option("--time-zone", source.time_zone, "The company's time zone")
        ->type_name("ZONE")
        ->capture_default_str();
    command.add_option("--currency", source.currency, "The currency of the costs")
        ->type_name("CODE")
        ->capture_default_str();
    command.add_option("--super-admin", source.super_admin, "Who runs the account")
        ->type_name("EMAIL")
        ->capture_default_str();
    command.add_option("--dates", source.dates, "How days are written: iso, mdy (default) or dmy")
        ->type_name("ORDER")
        ->transform(one_of<DateOrder>({{"iso", DateOrder::iso}, {"mdy", DateOrder::mdy}, {"dmy", DateOrder::dmy}}));
    command.add_option("--decimals", source.decimals, "The decimal mark: point (default) or comma")
        ->type_name("MARK")
        ->transform(one_of<DecimalMark>({{"point", DecimalMark::point}, {"comma", DecimalMark::comma}}));
    command.add_flag("--dry-run", options->dry_run, "Print the commands, a line each, and send nothing");
    command.add_flag("--strict", options->strict, "Do nothing at all if any row cannot be imported");
    add_connection_options(command, options->client);
    command.callback([&action, options] { action = [options] { return import_snipeit(*options); }; });
}

}  // namespace seatledger
