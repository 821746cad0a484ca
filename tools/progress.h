// One line on a terminal that says how far long work has come.
#pragma once

#include <chrono>
#include <cstdint>
#include <cstdio>
#include <optional>
#include <string>
#include <string_view>

namespace seatledger {

// The line: what, how much of it, how fast, and how long it will still take. `total` 0: it is not known.
// `a_second` 0: it is not known yet.
[[nodiscard]] std::string progress_line(std::string_view what, std::uint64_t done, std::uint64_t total,
                                        double a_second);

// One thread.
class Progress {
 public:
    // Prints nothing at all unless `enabled`, which is for terminals. `err` must outlive this.
    Progress(std::FILE* err, std::string what, bool enabled);
    Progress(const Progress&) = delete;
    Progress& operator=(const Progress&) = delete;
    ~Progress();

    // `done` of `total` events, lines, or whatever it is. Draws at most ten times a second; otherwise it costs a look
    // at the clock.
    void update(std::uint64_t done, std::uint64_t total);

    // Draws the line as of the last update and ends it, so that what is printed next begins a new one. Nothing if
    // there was no update since the last call.
    void finish();

 private:
    using Clock = std::chrono::steady_clock;

    void draw(Clock::time_point now);

    std::FILE* err_;
    std::string what_;
    bool enabled_;
    bool is_open_ = false;  // there was an update, and the line has not been ended
    std::uint64_t first_ = 0;
    std::uint64_t done_ = 0;
    std::uint64_t total_ = 0;
    Clock::time_point begin_;
    Clock::time_point drawn_;
};

// A line for each part of some work. One thread.
class PartsProgress {
 public:
    // As Progress has them.
    PartsProgress(std::FILE* err, bool enabled) : err_(err), enabled_(enabled) {}

    // `part`: what is being done; where it is another than before, that one's line is ended.
    void update(std::string_view part, std::uint64_t done, std::uint64_t total) {
        if (!progress_ || part != part_) {
            progress_.emplace(err_, std::string(part), enabled_);
            part_ = part;
        }
        progress_->update(done, total);
    }
    // Ends the line, so that what is printed next begins a new one.
    void finish() { progress_.reset(); }

 private:
    std::FILE* err_;
    bool enabled_;
    std::string part_;
    std::optional<Progress> progress_;
};

}  // namespace seatledger
