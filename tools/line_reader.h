// Lines from a file, a pipe or a terminal, without waiting for more than is needed.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace seatledger {

// One thread.
class LineReader {
 public:
    // `fd` stays open. Longer lines than `line_bytes_max` are not kept.
    LineReader(int fd, std::size_t line_bytes_max);

    enum class Next {
        line,      // without its end, LF or CRLF
        too_long,  // a line of which nothing is given
        later,     // there is no whole line here now
        end,
        failed,  // errno says why
    };

    // The next line; it holds until the next call.
    [[nodiscard]] Next next(std::string_view& line);

    // What can be read when there may be a line.
    [[nodiscard]] int fd() const { return fd_; }

    // Of the line given last, from 1.
    [[nodiscard]] std::size_t line_number() const { return line_number_; }

 private:
    [[nodiscard]] bool take_line(std::string_view& line, Next& next);
    void drop_used();

    int fd_;
    std::size_t line_bytes_max_;
    std::size_t line_number_ = 0;
    std::string buffer_;
    std::size_t begin_ = 0;     // what was not given yet
    std::size_t searched_ = 0;  // there is no end of line before it
    bool skipping_ = false;     // inside a line that is too long
    bool at_end_ = false;
};

}  // namespace seatledger
