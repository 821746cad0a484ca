// seatledger verify-dossier: whether a dossier is what follows from the events in it; without any server.
#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "tools/commands/arguments.h"
#include "tools/commands/commands.h"
#include "tools/dossier/dossier_directory.h"
#include "tools/dossier/verify_dossier.h"
#include "tools/output.h"

namespace seatledger {
namespace {

struct Options {
    std::string folder;
    std::optional<std::string> key;
};

// Everything in it may be somebody else's.
std::string shown(const Dossier& dossier) {
    const auto& log = dossier.log;
    const auto what = "dispute " + std::to_string(dossier.dispute.number) + " of " + dossier.account.id +
                      ": all of its " + std::to_string(dossier.events.size()) + " events are in the log " + log.origin +
                      " of " + std::to_string(log.size) + " events with the root " + log.root +
                      ", and everything that it says follows from them";
    const auto& unread = dossier.line.unread;
    const auto verdict = dossier.judgement
                             ? dossier.judgement->message
                             : "There is no verdict: " + (unread.empty() ? "the line was erased" : unread);
    return harmless_text(what) + "\n" + harmless_text(verdict) + "\n";
}

Outcome verify(const Options& options) {
    std::error_code failed;
    if (!std::filesystem::is_directory(options.folder, failed)) {
        return std::unexpected(Problem("there is no folder " + options.folder));
    }
    const auto folder = read_dossier(options.folder);
    if (!folder) return std::unexpected(Problem(options.folder + ": " + folder.error(), Status::rejected));
    const auto key = merkle::VerifierKey::parse(options.key.value_or(folder->inputs.verifier_key));
    if (!key) {
        return !options.key ? std::unexpected(Problem(options.folder + ": its verifier key is none: " + key.error(),
                                                      Status::rejected))
                            : std::unexpected(Problem("--key is no verifier key: " + key.error() +
                                                      "; give the text that seatledger vkey printed"));
    }
    const auto dossier = verify_dossier(*folder, *key);
    if (!dossier) return std::unexpected(Problem(options.folder + ": " + dossier.error(), Status::rejected));
    auto text = shown(*dossier);
    if (!options.key) {
        text +=
            "It was held against its own key only: whoever made it may have made up the log as well. Obtain the key "
            "from whoever runs the log, and give it with --key.\n";
    }
    return put_to_stdout(text);
}

}  // namespace

void add_verify_dossier(CLI::App& program, Action& action) {
    const auto options = std::make_shared<Options>();
    auto& command = *program.add_subcommand("verify-dossier", "Whether a dossier is what follows from its events");
    command.add_option("folder", options->folder, "What seatledger dossier made")->type_name("DIR")->required();
    command.add_option("--key", options->key, "What seatledger vkey printed, from somebody whom you believe")
        ->type_name("VKEY");
    command.callback([&action, options] { action = [options] { return verify(*options); }; });
    command.footer(
        "Needs no ledger and no network. Checks the checkpoint's signature and the proof of every event, makes the\n"
        "whole dossier anew from the events, and compares every byte. The status is 3 if anything of it was changed.\n"
        "Example:\n"
        "  seatledger verify-dossier dispute-3 --key \"$(cat ledger.vkey)\"");
}

}  // namespace seatledger
