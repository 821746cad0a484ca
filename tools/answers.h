// Answers to commands as the command line shows them: JSON lines, or sentences for people.
#pragma once

#include <cstdio>
#include <string>
#include <string_view>

#include "server/wire.capnp.h"
#include "tools/event_pages.h"
#include "tools/output.h"

namespace seatledger {

// A rule rejected the command, or a row of it.
[[nodiscard]] bool is_rejected(schema::Answer::Reader answer);

// Prints to a stream, buffered. One thread.
class AnswerPrinter {
 public:
    // `out` must outlive this. csv is not for answers: they have no columns.
    AnswerPrinter(std::FILE* out, Format format, bool colour) : out_(out), format_(format), colour_(colour) {}
    AnswerPrinter(const AnswerPrinter&) = delete;
    AnswerPrinter& operator=(const AnswerPrinter&) = delete;

    void print(schema::Answer::Reader answer);
    // For a line that is no command.
    void print_error(std::string_view error, std::size_t line);

    // Puts out what was printed. False if that, or an earlier time, failed; errno is then that of the failure.
    [[nodiscard]] bool flush();

    // Answers with a rejection in them, and errors.
    [[nodiscard]] std::uint64_t refused() const { return refused_; }

 private:
    void say(schema::Answer::Reader answer, const KnownAddresses& addresses, const std::string& indent);
    void say_done(schema::Answer::Reader answer, const KnownAddresses& addresses, const std::string& indent);
    void coloured(std::string_view escape, std::string_view text);
    void write_if_full();
    void write();

    std::FILE* out_;
    Format format_;
    bool colour_;
    std::string buffer_;
    std::uint64_t refused_ = 0;
    int error_ = 0;
};

}  // namespace seatledger
