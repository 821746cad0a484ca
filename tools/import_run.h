// Imports: a plan of commands that was made from foreign files, and the carrying out of it.
#pragma once

#include <capnp/common.h>
#include <kj/array.h>

#include <cstddef>
#include <cstdint>
#include <expected>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "events/command.capnp.h"
#include "events/ids.h"
#include "server/wire.capnp.h"
#include "tools/csv_file.h"

namespace seatledger {

// A command that owns its bytes: one flat segment, no larger than what is in it. Movable.
class OwnedCommand {
 public:
    explicit OwnedCommand(schema::Command::Reader command);

    // Valid as long as these bytes are, wherever they are moved to.
    [[nodiscard]] schema::Command::Reader get() const;

 private:
    kj::Array<capnp::word> words_;
};

struct ImportStep {
    ImportStep(OwnedCommand what, std::string in_words) : command(std::move(what)), description(std::move(in_words)) {}

    OwnedCommand command;
    std::string description;  // one line
    std::string file;         // whence it comes; empty: from no row
    std::size_t line = 0;

    // Rejections that only say that what the step brings is there already. Static storage.
    std::span<const std::string_view> allowed_rejections;

    // An earlier step without whose success this one is not done.
    std::optional<std::size_t> needs;

    // The command is a bindLicense whose `license` is still to be filled in: with the first license that the
    // payment which it `needs` has issued. The number is the server's to give; a repeated payment gives it again.
    bool takes_first_license = false;

    // Unless this step is done or there already, nothing after it is sent.
    bool is_precondition = false;

    // Its request id says where it stands in the files, not what it brings. Where another one stood there in an
    // earlier run, it is sent again without an id.
    bool is_by_place = false;
};

// Move-only. `needs` counts from the first of `steps`.
struct ImportPlan {
    std::vector<ImportStep> steps;
    std::vector<FileError> refused;  // rows that cannot be imported, by file and line
    std::size_t rows = 0;            // that can, of the file of purchases
    std::uint64_t seats = 0;         // in these rows
};

// What an import needs to know of the answer to a command.
struct ImportAnswer {
    bool replayed = false;
    std::string rejected;  // the id of the rule; empty: it was not
    std::string message;
    LicenseNumber first_license;  // of the first line of a payment
};

// Fails if the events in it cannot be read.
[[nodiscard]] std::expected<ImportAnswer, std::string> read_import_answer(schema::Answer::Reader answer);

// The way to the ledger.
class Submitter {
 public:
    virtual ~Submitter() = default;

    // Submits commands in one request, at most import_batch_max; gives an answer a command, in order. Fails if it
    // is not known which of them were done.
    [[nodiscard]] virtual std::expected<std::vector<ImportAnswer>, std::string> submit(
        std::span<const schema::Command::Reader> commands) = 0;
};

inline constexpr std::size_t import_batch_max = 1'024;

struct ImportProblem {
    std::string file;  // empty: of no row
    std::size_t line = 0;
    std::string description;
    std::string code;
    std::string message;

    [[nodiscard]] std::string text() const;  // file:line: description: code: message
};

struct ImportSummary {
    std::size_t done = 0;     // commands that were done now
    std::size_t there = 0;    // that were done by an earlier run, or whose subject is there already
    std::size_t skipped = 0;  // that were not done because one that they need was not
    std::vector<ImportProblem> rejected;
};

// Is told how many of how many steps are behind it, after each request.
using ImportProgress = std::function<void(std::size_t, std::size_t)>;

// Sends the steps in their order and goes on after rejections. Fails where a Submitter does; what was done stays
// done, and a second run passes over it. Cost: a request for 1,024 commands, one where a license is bound whose
// payment has not been answered, and one more after each that has steps to send again.
[[nodiscard]] std::expected<ImportSummary, std::string> run_import(const ImportPlan& plan, Submitter& submitter,
                                                                   const ImportProgress& progress = {});

}  // namespace seatledger
