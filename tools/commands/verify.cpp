// seatledger verify: whether a proof proves what it says, or a whole ledger is what it should be; without any server.
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "engine/base64.h"
#include "engine/files.h"
#include "engine/merkle/tlog_proof.h"
#include "events/text.h"
#include "server/json.h"
#include "tools/commands/arguments.h"
#include "tools/commands/commands.h"
#include "tools/ledger_check.h"
#include "tools/progress.h"
#include "tools/verify.capnp.h"

namespace seatledger {
namespace {

struct Options {
    // Of a proof.
    std::string proof;
    std::string entry;
    std::string key;
    // Of a ledger.
    OfflineData data;
    std::string against;
    std::string scratch;
    bool other_time_zone_data = false;
    Format format = Format::json;
};

std::expected<std::string, Problem> read_whole(const std::string& name) {
    auto read = read_file(name);
    if (!read) return std::unexpected(Problem(read.error()));
    if (!*read) return std::unexpected(Problem("there is no file " + name));
    return std::move(**read);
}

Outcome verify_proof(const Options& files) {
    const auto key = merkle::VerifierKey::parse(files.key);
    if (!key) {
        return std::unexpected(Problem("--key is no verifier key: " + key.error() + "; see seatledger vkey"));
    }
    const auto proof = read_whole(files.proof);
    if (!proof) return std::unexpected(proof.error());
    const auto entry = read_whole(files.entry);
    if (!entry) return std::unexpected(entry.error());
    const auto proved = merkle::verify(*proof, *entry, *key);
    if (!proved) {
        return std::unexpected(Problem(files.proof + " does not prove that " + files.entry + " is in the log of " +
                                           key->name() + ": " + proved.error(),
                                       Status::rejected));
    }
    return put_to_stdout("event " + std::to_string(proved->index + 1) + " is in the log " + proved->checkpoint.origin +
                         " of " + std::to_string(proved->checkpoint.size) + " events with the root " +
                         to_base64(merkle::bytes_of(proved->checkpoint.root)) + "\n");
}

// Where there is room for what is removed again.
std::expected<std::filesystem::path, std::string> scratch_of(const Options& options) {
    std::error_code failed;
    const auto parent =
        options.scratch.empty() ? std::filesystem::temp_directory_path(failed) : std::filesystem::path(options.scratch);
    if (!std::filesystem::is_directory(parent, failed)) {
        return std::unexpected("there is no directory " + parent.string() + "; name one that is there with --scratch");
    }
    return parent / ("seatledger-verify-" + std::to_string(::getpid()));
}

void print(const LedgerProblem& problem, RowPrinter& printer) {
    capnp::MallocMessageBuilder message;
    auto row = message.initRoot<schema::LedgerProblem>();
    row.setProblem(text(problem.kind));
    row.setSequence(problem.sequence.value);
    row.setBlock(problem.block.value);
    if (!problem.account.empty()) row.setAccount(text(problem.account));
    row.setMessage(text(one_line(problem.message)));
    printer.print(row.asReader());
}

std::string shown(const LedgerSummary& summary, std::uint64_t problems, double seconds) {
    const auto number = [](std::uint64_t value) { return std::to_string(value); };
    auto text = number(summary.events) + " events in " + number(summary.blocks) + " blocks, " + number(summary.bytes) +
                " bytes, " +
                (problems == 0 ? "all in order" : number(problems) + (problems == 1 ? " problem" : " problems")) +
                "\nroot " + summary.root + "; signed up to event " + number(summary.signed_size) +
                (summary.tables_at ? "; tables compared as of event " + number(summary.tables_at.value) : "");
    if (summary.unjudged > 0) {
        text += "\n" + number(summary.unjudged) + " events rest on what is wrong, and were not judged";
    }
    if (summary.other_calendar > 0) {
        text += "\n" + number(summary.other_calendar) +
                " events have an end or a day that this machine's time zone data would put elsewhere";
    }
    for (const auto& sentence : summary.left_out) text += "\n" + sentence;
    char speed[64];
    std::snprintf(speed, sizeof speed, "\n%.2f s: %.0f events/s\n", seconds,
                  seconds > 0 ? static_cast<double>(summary.events) / seconds : 0);
    return text + speed;
}

void print_summary(const LedgerSummary& summary, std::uint64_t problems, double seconds, Format format) {
    if (format == Format::table) {
        std::fputs(shown(summary, problems, seconds).c_str(), stdout);
    } else {
        std::string left_out = "[";
        for (const auto& sentence : summary.left_out) {
            if (left_out.size() > 1) left_out += ',';
            write_text(sentence, left_out);
        }
        left_out += ']';
        std::fprintf(format == Format::json ? stdout : stderr,
                     "{\"events\":%llu,\"blocks\":%llu,\"bytes\":%llu,\"root\":\"%s\",\"signed\":%llu,\"tables\":%llu,"
                     "\"unjudged\":%llu,\"otherCalendar\":%llu,\"leftOut\":%s,\"problems\":%llu,\"seconds\":%.6f,"
                     "\"eventsPerSecond\":%.0f}\n",
                     static_cast<unsigned long long>(summary.events), static_cast<unsigned long long>(summary.blocks),
                     static_cast<unsigned long long>(summary.bytes), summary.root.c_str(),
                     static_cast<unsigned long long>(summary.signed_size),
                     static_cast<unsigned long long>(summary.tables_at.value),
                     static_cast<unsigned long long>(summary.unjudged),
                     static_cast<unsigned long long>(summary.other_calendar), left_out.c_str(),
                     static_cast<unsigned long long>(problems), seconds,
                     seconds > 0 ? static_cast<double>(summary.events) / seconds : 0);
    }
    std::fflush(stdout);
}

Outcome verify_ledger(const Options& options) {
    std::optional<KeptCheckpoint> kept;
    if (!options.against.empty()) {
        const auto note = read_whole(options.against);
        if (!note) return std::unexpected(note.error());
        kept = {options.against, *note, options.key};
    }
    const auto scratch = scratch_of(options);
    if (!scratch) return std::unexpected(Problem(scratch.error()));
    auto printer = printer_to_stdout(options.format);
    std::uint64_t problems = 0;
    PartsProgress progress(stderr, isatty(STDERR_FILENO) == 1);
    const auto begin = std::chrono::steady_clock::now();
    LedgerCheck check(
        options.data, *scratch, options.other_time_zone_data ? Calendar::may_have_changed : Calendar::of_this_machine,
        [&](const LedgerProblem& problem) {
            ++problems;
            progress.finish();
            print(problem, printer);
        },
        [&](std::string_view part, std::uint64_t done, std::uint64_t total) {
            progress.update("verify " + std::string(part), done, total);
        });
    const auto summary = check.run(kept);
    progress.finish();
    if (!summary) return std::unexpected(Problem(summary.error()));
    const auto seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
    const auto printed = finish_output(printer, problems == 0 ? Status::done : Status::rejected);
    if (printed) print_summary(*summary, problems, seconds, options.format);
    return printed;
}

Outcome verify(const Options& options) {
    return options.proof.empty() ? verify_ledger(options) : verify_proof(options);
}

}  // namespace

void add_verify(CLI::App& program, Action& action) {
    const auto options = std::make_shared<Options>();
    auto& command = *program.add_subcommand("verify", "Whether a proof, or a whole ledger, is what it says");
    auto* const proof =
        command.add_option("--proof", options->proof, "What seatledger prove printed")->type_name("FILE");
    auto* const entry =
        command.add_option("--entry", options->entry, "What seatledger entry printed")->type_name("FILE");
    auto* const key = command.add_option("--key", options->key, "What seatledger vkey printed")->type_name("VKEY");
    auto* const data =
        command.add_option("--data", options->data.directory, "A ledger, whose server does not run")->type_name("DIR");
    auto* const against = command
                              .add_option("--against", options->against,
                                          "A checkpoint that was kept: the ledger must be an extension of it")
                              ->type_name("FILE");
    auto* const scratch = command
                              .add_option("--scratch", options->scratch,
                                          "Where there is room for the tables once more (default: $TMPDIR)")
                              ->type_name("DIR");
    auto* const other_data =
        command.add_flag("--other-time-zone-data", options->other_time_zone_data,
                         "Count the ends of terms that this machine's time zone data puts elsewhere, by 26 hours at "
                         "most, and do not object to them");
    add_master_key_option(command, options->data.master_key_file);
    add_format_option(command, options->format);
    proof->needs(entry)->needs(key)->excludes(data);
    entry->needs(proof);
    against->needs(data);
    scratch->needs(data);
    other_data->needs(data);
    command.callback([&action, options] {
        if (options->proof.empty() && options->data.directory.empty()) {
            throw CLI::RequiredError("--data, or --proof with --entry and --key");
        }
        action = [options] { return verify(*options); };
    });
    command.footer(
        "A proof: needs no ledger and no network.\n"
        "A ledger: reads every byte, holds every event against the rules and the state before it, hashes all of it "
        "anew\n"
        "for the Merkle tree, and makes the tables anew to compare them; changes nothing. Prints a line for each "
        "thing\n"
        "that is wrong. --key is then the key that signed --against, if it is not the ledger's own.\n"
        "The status is 3 if something is not as it should be. What could not be looked at stands in leftOut.\n"
        "The end of a term follows from the calendar of the account's time zone: where the rules of one have been "
        "changed\n"
        "since, --other-time-zone-data says so.\n"
        "Examples:\n"
        "  seatledger verify --proof 17.proof --entry 17.entry --key \"$(cat ledger.vkey)\"\n"
        "  seatledger verify --data /var/lib/seatledger --against checkpoint.txt");
}

}  // namespace seatledger
