// The server's own log (not the ledger's): lines of text or of JSON, through spdlog. What is logged names peers,
// sequences and reasons, never tokens, people or their addresses.
#pragma once

#include <spdlog/logger.h>

#include <expected>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace seatledger {

enum class LogFormat { text, json };

struct LogOptions {
    std::string level = "info";  // trace, debug, info, warning, error, off
    LogFormat format = LogFormat::text;
    std::string file;  // appended to; empty: stderr
};

struct LogField {
    std::string_view name;  // letters
    std::string value;
};

// A logger that writes as the options say, also by the name of spdlog's default one. Fails if the file cannot be
// opened or there is no such level.
[[nodiscard]] std::expected<std::shared_ptr<spdlog::logger>, std::string> make_logger(const LogOptions& options);

// Makes a logger write to `sinks`, in the format. For tests, and for make_logger.
[[nodiscard]] std::shared_ptr<spdlog::logger> make_logger(std::vector<spdlog::sink_ptr> sinks, LogFormat format);

// Logs one line: as text, the message and then name=value; as JSON, an object with time, level, message and the
// fields. Whatever is in the values stays on its line. Any thread.
void log_line(spdlog::logger& logger, spdlog::level::level_enum level, std::string_view message,
              std::initializer_list<LogField> fields = {});

}  // namespace seatledger
