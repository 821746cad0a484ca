#include "tools/progress.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace seatledger {
namespace {

constexpr auto redraw_after = std::chrono::milliseconds(100);

// 1234567 as 1,234,567.
std::string grouped(std::uint64_t number) {
    auto digits = std::to_string(number);
    for (auto at = digits.size(); at > 3; at -= 3) digits.insert(at - 3, 1, ',');
    return digits;
}

std::string two_digits(std::uint64_t number) { return (number < 10 ? "0" : "") + std::to_string(number); }

// 0:07, 12:34 or 1:02:03.
std::string clock_time(std::uint64_t seconds) {
    const auto hours = seconds / 3600;
    const auto minutes = seconds / 60 % 60;
    const auto begin = hours > 0 ? std::to_string(hours) + ':' + two_digits(minutes) : std::to_string(minutes);
    return begin + ':' + two_digits(seconds % 60);
}

}  // namespace

std::string progress_line(std::string_view what, std::uint64_t done, std::uint64_t total, double a_second) {
    std::string line(what);
    if (total > 0) {
        // 100 % is said of nothing that is not complete.
        const auto percent = static_cast<double>(std::min(done, total)) / static_cast<double>(total) * 100;
        line += ": " + std::to_string(done >= total ? 100 : std::min(99, static_cast<int>(percent))) + " %";
    } else {
        line += ": " + grouped(done);
    }
    if (!(a_second > 0)) return line;
    line += ", " + grouped(static_cast<std::uint64_t>(std::llround(a_second))) + "/s";
    if (total <= done) return line;
    constexpr double longest_seconds = 360'000;  // 100 hours: more says nothing
    const auto left = std::ceil(static_cast<double>(total - done) / a_second);
    if (left < longest_seconds) line += ", " + clock_time(static_cast<std::uint64_t>(left)) + " left";
    return line;
}

Progress::Progress(std::FILE* err, std::string what, bool enabled)
    : err_(err), what_(std::move(what)), enabled_(enabled) {}

Progress::~Progress() { finish(); }

void Progress::update(std::uint64_t done, std::uint64_t total) {
    if (!enabled_) return;
    const auto now = Clock::now();
    if (!is_open_) {
        is_open_ = true;
        first_ = done;
        begin_ = now;
        drawn_ = now - redraw_after;
    }
    done_ = done;
    total_ = total;
    if (now - drawn_ >= redraw_after) draw(now);
}

void Progress::finish() {
    if (!is_open_) return;
    draw(Clock::now());
    std::fputc('\n', err_);
    std::fflush(err_);
    is_open_ = false;
}

void Progress::draw(Clock::time_point now) {
    const auto seconds = std::chrono::duration<double>(now - begin_).count();
    const auto progress = done_ - std::min(first_, done_);
    const auto rate = seconds > 0 ? static_cast<double>(progress) / seconds : 0;
    // To the line's begin, and what an earlier, longer line left behind is cleared.
    std::fprintf(err_, "\r%s\x1b[K", progress_line(what_, done_, total_, rate).c_str());
    std::fflush(err_);
    drawn_ = now;
}

}  // namespace seatledger
