#include "tools/line_reader.h"

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

namespace seatledger {
namespace {

constexpr std::size_t read_bytes = 64 * 1024;

bool can_be_read(int fd) {
    pollfd wanted{fd, POLLIN, 0};
    return poll(&wanted, 1, 0) != 0;  // a failure shows when it is read
}

}  // namespace

LineReader::LineReader(int fd, std::size_t line_bytes_max) : fd_(fd), line_bytes_max_(line_bytes_max) {}

// A line that is here whole, or the last one of the file.
bool LineReader::take_line(std::string_view& line, Next& next) {
    auto end = buffer_.find('\n', searched_);
    searched_ = buffer_.size();
    if (end == std::string::npos) {
        const bool is_last = at_end_ && (begin_ < buffer_.size() || skipping_);
        if (!is_last) return false;
        end = buffer_.size();
    }
    line = std::string_view(buffer_).substr(begin_, end - begin_);
    if (line.ends_with('\r')) line.remove_suffix(1);
    next = skipping_ || line.size() > line_bytes_max_ ? Next::too_long : Next::line;
    begin_ = searched_ = std::min(end + 1, buffer_.size());
    skipping_ = false;
    ++line_number_;
    return true;
}

void LineReader::drop_used() {
    buffer_.erase(0, begin_);
    searched_ -= begin_;
    begin_ = 0;
    if (buffer_.size() <= line_bytes_max_ + 1) return;
    skipping_ = true;
    buffer_.clear();
    searched_ = 0;
}

LineReader::Next LineReader::next(std::string_view& line) {
    for (;;) {
        Next result{};
        if (take_line(line, result)) return result;
        if (at_end_) return Next::end;
        if (!can_be_read(fd_)) return Next::later;
        drop_used();
        const auto used = buffer_.size();
        buffer_.resize(used + read_bytes);
        const auto count = read(fd_, buffer_.data() + used, read_bytes);
        const int error = errno;
        buffer_.resize(used + (count > 0 ? static_cast<std::size_t>(count) : 0));
        if (count < 0 && error != EINTR) {
            errno = error;
            return Next::failed;
        }
        at_end_ = count == 0;
    }
}

}  // namespace seatledger
