// seatledger export-tiles: the whole log as files, which anybody can verify and any web server can give out.
#include <unistd.h>

#include <cstdio>
#include <memory>
#include <string>
#include <utility>

#include "engine/merkle/lines.h"
#include "engine/merkle/tlog_proof.h"
#include "events/block.h"
#include "events/text.h"
#include "tools/commands/arguments.h"
#include "tools/commands/commands.h"
#include "tools/progress.h"
#include "tools/requests.h"
#include "tools/tile_directory.h"
#include "tools/tile_export.h"

namespace seatledger {
namespace {

struct Options {
    ClientOptions client;
    std::string directory;
};

struct Newest {
    SignedCheckpoint target;
    merkle::VerifierKey key;
};

std::unexpected<Problem> not_believed(const Client& client, const std::string& why) {
    return std::unexpected(Problem(client.server() + " does not give a checkpoint that can be verified: " + why));
}

// Over every event that the log had when the client connected: checkpoints come a little later than events, and a proof
// of the last one is given with a checkpoint over it.
std::expected<Newest, Problem> ask_newest(const ClientOptions& options) {
    const auto connected = connect(options);
    if (!connected) return std::unexpected(connected.error());
    auto& client = **connected;
    const auto reply = ask_checkpoint(client);
    if (!reply) return std::unexpected(Problem(reply.error()));
    const auto given = reply->get().getCheckpoint();
    auto key = merkle::VerifierKey::parse(view(given.getVerifierKey()));
    if (!key) return not_believed(client, key.error());
    std::string note(view(given.getNote()));
    auto checkpoint = merkle::open_checkpoint(note, *key);
    if (!checkpoint) return not_believed(client, checkpoint.error());
    if (checkpoint->size < client.last_sequence().value) {
        const auto last = ask_proof(client, client.last_sequence());
        if (!last) return std::unexpected(Problem(last.error()));
        auto proof = merkle::parse_tlog_proof(view(last->get().getProof()));
        if (!proof) return not_believed(client, proof.error());
        note = std::move(proof->checkpoint);
        checkpoint = merkle::open_checkpoint(note, *key);
        if (!checkpoint) return not_believed(client, checkpoint.error());
    }
    return Newest{{std::move(note), std::move(*checkpoint)}, std::move(*key)};
}

// The events from the tiles' end to the checkpoint's. On a connection of its own: a server hangs up on one that was
// idle for as long as looking at a large folder may take.
std::expected<void, Problem> append_events(const ClientOptions& options, TileExport& tiles, Progress& progress) {
    if (tiles.size() == tiles.wanted()) return {};
    const auto client = connect(options);
    if (!client) return std::unexpected(client.error());
    std::expected<void, std::string> appended;
    ReplaySink sink;
    sink.take = [&](schema::Events::Reader page) {
        for (const Entry entry : entries_of(page.getEntries())) {
            if (tiles.size() == tiles.wanted()) return false;
            // Their order is not looked at: another one would have another root.
            appended = tiles.append(bytes_of(entry));
            if (!appended) return false;
        }
        progress.update(tiles.size(), tiles.wanted());
        return true;
    };
    sink.pause = [] { return true; };
    const auto replayed = replay(
        **client,
        [&](schema::Replay::Builder wanted) {
            wanted.setFrom(tiles.size() + 1);
            wanted.setTo(tiles.wanted());
        },
        sink);
    if (!appended) return std::unexpected(Problem(appended.error()));
    if (!replayed) return std::unexpected(Problem(replayed.error()));
    return {};
}

Outcome export_tiles(const Options& options) {
    const auto newest = ask_newest(options.client);
    if (!newest) return std::unexpected(newest.error());
    auto directory = TileDirectory::open(options.directory, newest->key);
    if (!directory) return std::unexpected(Problem(directory.error()));

    const bool is_watched = isatty(STDERR_FILENO) == 1;
    Progress checked(stderr, "checking what is there", is_watched);
    auto tiles = TileExport::begin(*directory, newest->target,
                                   [&](std::uint64_t done, std::uint64_t total) { checked.update(done, total); });
    checked.finish();
    if (!tiles) return std::unexpected(Problem(options.directory + " cannot be continued: " + tiles.error()));

    const auto before = tiles->size();
    Progress exported(stderr, "export", is_watched);
    const auto appended = append_events(options.client, *tiles, exported);
    exported.finish();
    if (!appended) return std::unexpected(appended.error());
    if (const auto done = tiles->finish(); !done) return std::unexpected(Problem(done.error()));

    const auto& checkpoint = newest->target.checkpoint;
    return put_to_stdout(options.directory + " has the log " + checkpoint.origin + " of " +
                         std::to_string(checkpoint.size) + " events with the root " + merkle::to_text(checkpoint.root) +
                         "; " + std::to_string(checkpoint.size - before) + " of them are new\n");
}

}  // namespace

void add_export_tiles(CLI::App& program, Action& action) {
    const auto options = std::make_shared<Options>();
    auto& command = *program.add_subcommand("export-tiles", "The whole log as files that anybody can verify");
    command.footer(
        "C2SP tlog-tiles: DIR/checkpoint; DIR/tile/LEVEL/N, the hashes; DIR/tile/entries/N, the events as stored.\n"
        "At every moment all that the checkpoint is of is there, so a web server may give the folder out. Run again\n"
        "it checks the hashes that are there and fetches only what is new. For the vendor; personal data is sealed.\n"
        "Example:\n"
        "  seatledger export-tiles tiles");
    command
        .add_option("DIR", options->directory, "A new or an empty folder, or one with an earlier export of this log")
        ->type_name("")
        ->required()
        ->check([](const std::string& name) { return name.empty() ? "a folder has a name" : std::string(); });
    add_connection_options(command, options->client);
    command.callback([&action, options] { action = [options] { return export_tiles(*options); }; });
}

}  // namespace seatledger
