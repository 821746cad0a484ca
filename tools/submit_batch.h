// Lines of JSON as commands, a request's worth at a time.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "tools/import_run.h"

namespace seatledger {

// Longer lines are refused: no server takes such a message.
inline constexpr std::size_t command_line_bytes_max = 8 * 1024 * 1024;

// One thread. Movable.
class SubmitBatch {
 public:
    // What stands for one line in the output.
    struct Slot {
        std::size_t line = 0;
        std::string error;  // why it is no command; empty: it is one, and the next answer is its
    };

    // Takes a line. A blank one is nothing, and has no answer.
    void add(std::string_view json, std::size_t line);
    // A line that is no command.
    void add_error(std::string error, std::size_t line);

    // No more should be added.
    [[nodiscard]] bool is_full() const;
    [[nodiscard]] bool is_empty() const { return slots_.empty(); }

    [[nodiscard]] const std::vector<Slot>& slots() const { return slots_; }
    // They hold as long as this does and nothing is added.
    [[nodiscard]] std::vector<schema::Command::Reader> commands() const;
    [[nodiscard]] std::size_t command_count() const { return commands_.size(); }

 private:
    std::vector<Slot> slots_;
    std::vector<OwnedCommand> commands_;
    std::size_t bytes_ = 0;
};

}  // namespace seatledger
