// seatledger checkpoint, vkey, prove, prove-consistency and entry: what the log is, signed, and what can be proved of
// it to someone who does not trust its machine.
#include <limits>
#include <memory>
#include <string>
#include <string_view>

#include "engine/base64.h"
#include "events/text.h"
#include "tools/commands/arguments.h"
#include "tools/commands/commands.h"
#include "tools/requests.h"

namespace seatledger {
namespace {

constexpr auto sequence_max = std::numeric_limits<std::int64_t>::max();

struct Options {
    ClientOptions client;
    std::uint64_t sequence = 0;
    std::uint64_t from = 0;
    std::uint64_t to = 0;
};

using Asked = std::expected<Reply, std::string>;

template <typename Ask, typename Show>
Outcome ask_and_show(const ClientOptions& options, Ask ask, Show show) {
    const auto client = connect(options);
    if (!client) return std::unexpected(client.error());
    const Asked reply = ask(**client);
    if (!reply) return std::unexpected(Problem(reply.error()));
    return show(reply->get());
}

Outcome show_checkpoint(const Options& options) {
    return ask_and_show(options.client, ask_checkpoint,
                        [](auto reply) { return put_to_stdout(view(reply.getCheckpoint().getNote())); });
}

Outcome show_key(const Options& options) {
    return ask_and_show(options.client, ask_checkpoint, [](auto reply) {
        return put_to_stdout(std::string(view(reply.getCheckpoint().getVerifierKey())) + "\n");
    });
}

Outcome show_proof(const Options& options) {
    return ask_and_show(
        options.client, [&](Client& client) { return ask_proof(client, Sequence(options.sequence)); },
        [](auto reply) { return put_to_stdout(view(reply.getProof())); });
}

Outcome show_entry(const Options& options) {
    return ask_and_show(
        options.client, [&](Client& client) { return ask_entry(client, Sequence(options.sequence)); },
        [](auto reply) { return put_to_stdout(view(reply.getEntry())); });
}

Outcome show_consistency(const Options& options) {
    return ask_and_show(
        options.client, [&](Client& client) { return ask_consistency(client, options.from, options.to); },
        [](auto reply) {
            std::string lines;
            for (const auto hash : reply.getHashes()) lines += to_base64(view(hash)) + "\n";
            return put_to_stdout(lines);
        });
}

// What is asked of a server.
struct Question {
    const char* name;
    const char* description;
    const char* footer;
    Outcome (*show)(const Options&);
    bool is_about_event = false;
    bool is_about_sizes = false;
};

constexpr Question questions[] = {
    {"checkpoint", "The newest checkpoint: size and root of the log, signed",
     "A C2SP tlog-checkpoint. Kept somewhere else it proves, later, that nothing before it was changed since.\n"
     "Example:\n"
     "  seatledger checkpoint > checkpoint.txt",
     &show_checkpoint},
    {"vkey", "The key by which checkpoints are verified",
     "For whoever is to verify proofs; to be had once, from somebody whom they believe.\n"
     "Example:\n"
     "  seatledger vkey",
     &show_key},
    {"prove", "A proof that an event is in the log",
     "A C2SP tlog-proof, which needs nothing but the event's bytes and the verifier key.\n"
     "Example:\n"
     "  seatledger prove --sequence 17 > 17.proof",
     &show_proof, true},
    {"prove-consistency", "A proof that the log of one size is the beginning of that of another",
     "The hashes of RFC 6962, section 2.1.2, in base64, a line each; none where one of the sizes is 0 or both are "
     "the same.\n"
     "Example:\n"
     "  seatledger prove-consistency --from 100 --to 250",
     &show_consistency, false, true},
    {"entry", "The bytes of an event, as stored",
     "What is hashed and proved: a Cap'n Proto message (events/README.md), in which personal data is sealed.\n"
     "Example:\n"
     "  seatledger entry --sequence 17 > 17.entry",
     &show_entry, true},
};

void add_question(CLI::App& program, Action& action, const Question& question) {
    const auto options = std::make_shared<Options>();
    auto& command = *program.add_subcommand(question.name, question.description);
    command.footer(question.footer);
    add_connection_options(command, options->client);
    if (question.is_about_event) {
        add_number_option(command, "--sequence", options->sequence, 1, sequence_max, "Of the event")->required();
    }
    if (question.is_about_sizes) {
        add_number_option(command, "--from", options->from, 0, sequence_max, "The smaller size, in events")->required();
        add_number_option(command, "--to", options->to, 0, sequence_max, "The larger one")->required();
    }
    command.callback([&action, options, show = question.show] { action = [options, show] { return show(*options); }; });
}

}  // namespace

void add_proofs(CLI::App& program, Action& action) {
    for (const auto& question : questions) add_question(program, action, question);
}

}  // namespace seatledger
