// seatledger submit: commands, a JSON object a line; an answer a line, in order.
#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstdio>
#include <deque>
#include <memory>
#include <string>
#include <system_error>
#include <utility>

#include "tools/answers.h"
#include "tools/commands/arguments.h"
#include "tools/commands/commands.h"
#include "tools/line_reader.h"
#include "tools/progress.h"
#include "tools/requests.h"
#include "tools/submit_batch.h"

namespace seatledger {
namespace {

// Requests whose answers are still out: enough to keep the server busy while lines are read and answers printed.
constexpr std::size_t in_flight_max = 8;

struct Options {
    ClientOptions client;
    Format format = Format::json;
    std::string file = "-";
};

class SubmitRun {
 public:
    SubmitRun(Client& client, LineReader& lines, AnswerPrinter& printer, Progress& progress)
        : client_(client), lines_(lines), printer_(printer), progress_(progress) {}

    // Takes lines while there are some. When there is none right now, everything so far is answered before more is
    // waited for: people at a terminal and programs at a pipe get each answer at once.
    Outcome run() {
        for (;;) {
            std::string_view line;
            const auto next = lines_.next(line);
            if (next == LineReader::Next::line) batch_.add(line, lines_.line_number());
            if (next == LineReader::Next::too_long) {
                batch_.add_error("a line may have " + std::to_string(command_line_bytes_max) + " bytes",
                                 lines_.line_number());
            }
            const bool is_idle =
                next == LineReader::Next::later || next == LineReader::Next::end || next == LineReader::Next::failed;
            const int error = errno;
            if (is_idle || batch_.is_full()) {
                if (auto sent = send(); !sent) return sent;
            }
            if (is_idle) {
                if (auto answered = take_answers(0); !answered) return answered;
            }
            if (next == LineReader::Next::failed) {
                return std::unexpected(Problem("cannot read on: " + std::generic_category().message(error)));
            }
            if (next == LineReader::Next::later) {
                if (auto waited = wait_for_lines(); !waited) return waited;
            }
            if (next == LineReader::Next::end) return printer_.refused() > 0 ? Status::rejected : Status::done;
        }
    }

 private:
    struct Sent {
        SubmitBatch batch;
        Client::RequestId request = 0;  // 0: nothing in it is a command
    };

    // A connection on which nothing is asked for is closed after some minutes, but people may think for longer.
    Outcome wait_for_lines() {
        constexpr auto patience = std::chrono::seconds(60);
        const auto begin = std::chrono::steady_clock::now();
        const auto woken = client_.wait(0, lines_.fd(), patience);
        if (!woken) return std::unexpected(Problem(woken.error()));
        if (std::chrono::steady_clock::now() - begin < patience) return Status::done;
        const auto status = ask_status(client_);
        return status ? Outcome(Status::done) : std::unexpected(Problem(status.error()));
    }

    Outcome send() {
        if (batch_.is_empty()) return Status::done;
        if (auto answered = take_answers(in_flight_max - 1); !answered) return answered;
        Sent sent{std::exchange(batch_, {}), 0};
        if (sent.batch.command_count() > 0) {
            const auto request = send_submit(client_, sent.batch.commands());
            if (!request) return lost(request.error(), sent.batch);
            sent.request = *request;
        }
        sent_.push_back(std::move(sent));
        return Status::done;
    }

    // Takes answers in order until no more than `left` requests are out.
    Outcome take_answers(std::size_t left) {
        const bool is_anything_new = sent_.size() > left;
        while (sent_.size() > left) {
            const auto sent = std::move(sent_.front());
            sent_.pop_front();
            if (auto taken = take_answer(sent); !taken) return taken;
        }
        if (is_anything_new && left == 0 && !printer_.flush()) return cannot_write();
        return Status::done;
    }

    Outcome take_answer(const Sent& sent) {
        std::optional<Reply> reply;
        if (sent.request != 0) {
            auto received = receive_answers(client_, sent.request, sent.batch.command_count());
            if (!received) return lost(received.error(), sent.batch);
            reply = std::move(*received);
        }
        // Following the pointer to the list again for each answer would count all of it again each time, against the
        // bound on what is read of a message.
        const auto answers = reply ? reply->get().getAnswers() : capnp::List<schema::Answer>::Reader();
        unsigned answered = 0;
        for (const auto& slot : sent.batch.slots()) {
            if (!slot.error.empty()) {
                printer_.print_error(slot.error, slot.line);
                continue;
            }
            const auto answer = answers[answered++];
            events_ += count_entries(answer.getEntries());
            printer_.print(answer);
        }
        if (std::ferror(stdout) != 0) return cannot_write();
        progress_.update(events_, 0);
        return Status::done;
    }

    // From this batch on nothing is known. What was answered before is still to be shown.
    Outcome lost(const std::string& why, const SubmitBatch& batch) {
        (void)printer_.flush();
        return std::unexpected(Problem(why + " (from line " + std::to_string(batch.slots().front().line) +
                                       " on nothing is known; what has a requestId can be submitted again)"));
    }

    Outcome cannot_write() {
        (void)printer_.flush();  // sets errno
        return std::unexpected(Problem("cannot write the answers: " + std::generic_category().message(errno)));
    }

    Client& client_;
    LineReader& lines_;
    AnswerPrinter& printer_;
    Progress& progress_;
    SubmitBatch batch_;
    std::deque<Sent> sent_;
    std::uint64_t events_ = 0;
};

Outcome submit(const Options& options) {
    int fd = STDIN_FILENO;
    if (options.file != "-") {
        fd = open(options.file.c_str(), O_RDONLY | O_CLOEXEC);
        if (fd < 0) {
            return std::unexpected(
                Problem("cannot read " + options.file + ": " + std::generic_category().message(errno)));
        }
    }
    const auto client = connect(options.client);
    if (!client) return std::unexpected(client.error());
    LineReader lines(fd, command_line_bytes_max);
    AnswerPrinter printer(stdout, options.format, colour_on(STDOUT_FILENO));
    Progress progress(stderr, "submit", isatty(STDERR_FILENO) == 1 && isatty(STDOUT_FILENO) == 0 && fd != STDIN_FILENO);
    return SubmitRun(**client, lines, printer, progress).run();
}

}  // namespace

void add_submit(CLI::App& program, Action& action) {
    auto& command = *program.add_subcommand("submit", "Send commands, a JSON object a line");
    command.footer(
        "Prints an answer a line, in order; all lines are tried. A line that is no command gets an error with its\n"
        "number. The status is 3 if a command was rejected or a line was none. A command with a requestId can be\n"
        "sent again safely: it gets its first answer again and appends nothing.\n"
        "Examples:\n"
        "  seatledger submit commands.jsonl\n"
        "  echo '{\"account\":\"acme\",\"requestId\":\"r-17\",\"bindLicense\":{\"license\":17,"
        "\"email\":\"ann@acme.test\"}}' | seatledger submit");
    const auto options = std::make_shared<Options>();
    command.add_option("file", options->file, "The commands; -: stdin (default)")->type_name("FILE");
    add_format_option(command, options->format);
    add_connection_options(command, options->client);
    command.callback([&action, options] {
        if (options->format == Format::csv) {
            throw CLI::ValidationError("--format", "answers have no columns: table or json");
        }
        action = [options] { return submit(*options); };
    });
}

}  // namespace seatledger
