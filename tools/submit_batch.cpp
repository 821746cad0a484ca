#include "tools/submit_batch.h"

#include <capnp/message.h>

#include <utility>

#include "server/json.h"
#include "tools/requests.h"

namespace seatledger {

void SubmitBatch::add(std::string_view json, std::size_t line) {
    if (json.find_first_not_of(" \t\r\v\f") == std::string_view::npos) return;
    capnp::MallocMessageBuilder message(256);
    const auto command = message.initRoot<schema::Command>();
    if (auto read = read_command(json, command); !read) return add_error(std::move(read.error()), line);
    bytes_ += command.asReader().totalSize().wordCount * sizeof(capnp::word);
    commands_.emplace_back(command.asReader());
    slots_.push_back({line, {}});
}

void SubmitBatch::add_error(std::string error, std::size_t line) { slots_.push_back({line, std::move(error)}); }

bool SubmitBatch::is_full() const { return slots_.size() >= submit_commands_max || bytes_ >= submit_bytes_target; }

std::vector<schema::Command::Reader> SubmitBatch::commands() const {
    std::vector<schema::Command::Reader> readers;
    readers.reserve(commands_.size());
    for (const auto& command : commands_) readers.push_back(command.get());
    return readers;
}

}  // namespace seatledger
