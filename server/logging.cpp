#include "server/logging.h"

#include <spdlog/formatter.h>
#include <spdlog/sinks/basic_file_sink.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <chrono>

#include "events/instant.h"
#include "server/json.h"

namespace seatledger {
namespace {

// Between the message, the fields and their parts on the way through spdlog, which has no fields of its own. No
// message has control characters.
constexpr char before_field = '\x1e';
constexpr char before_value = '\x1f';

std::string on_one_line(std::string_view text) {
    std::string line(text);
    std::ranges::replace_if(
        line, [](char c) { return static_cast<unsigned char>(c) < ' ' || c == '\x7f'; }, ' ');
    return line;
}

std::string time_of(const spdlog::details::log_msg& line) {
    using std::chrono::microseconds;
    return to_rfc3339({std::chrono::duration_cast<microseconds>(line.time.time_since_epoch()).count()});
}

std::string_view level_of(const spdlog::details::log_msg& line) {
    const auto level = spdlog::level::to_string_view(line.level);
    return {level.data(), level.size()};
}

// Splits at the first `mark`; the second part is empty where there is none.
std::pair<std::string_view, std::string_view> split(std::string_view text, char mark) {
    const auto at = text.find(mark);
    if (at == std::string_view::npos) return {text, {}};
    return {text.substr(0, at), text.substr(at + 1)};
}

template <typename Function>
void for_each_field(std::string_view fields, Function function) {
    while (!fields.empty()) {
        const auto [field, rest] = split(fields, before_field);
        const auto [name, value] = split(field, before_value);
        function(name, value);
        fields = rest;
    }
}

class TextFormatter final : public spdlog::formatter {
 public:
    void format(const spdlog::details::log_msg& line, spdlog::memory_buf_t& out) override {
        const auto [message, fields] = split({line.payload.data(), line.payload.size()}, before_field);
        auto text = time_of(line) + " " + std::string(level_of(line)) + " " + on_one_line(message);
        for_each_field(fields, [&](std::string_view name, std::string_view value) {
            text += " " + std::string(name) + "=";
            if (value.empty() || value.find(' ') != std::string_view::npos) {
                write_text(value, text);
            } else {
                text += value;
            }
        });
        text += '\n';
        out.append(text.data(), text.data() + text.size());
    }

    [[nodiscard]] std::unique_ptr<spdlog::formatter> clone() const override {
        return std::make_unique<TextFormatter>();
    }
};

class JsonFormatter final : public spdlog::formatter {
 public:
    void format(const spdlog::details::log_msg& line, spdlog::memory_buf_t& out) override {
        const auto [message, fields] = split({line.payload.data(), line.payload.size()}, before_field);
        std::string json = R"({"time":")" + time_of(line) + R"(","level":")" + std::string(level_of(line)) + '"';
        const auto put = [&](std::string_view name, std::string_view value) {
            json += ',';
            write_text(name, json);
            json += ':';
            write_text(value, json);
        };
        put("message", on_one_line(message));
        for_each_field(fields, put);
        json += "}\n";
        out.append(json.data(), json.data() + json.size());
    }

    [[nodiscard]] std::unique_ptr<spdlog::formatter> clone() const override {
        return std::make_unique<JsonFormatter>();
    }
};

}  // namespace

std::shared_ptr<spdlog::logger> make_logger(std::vector<spdlog::sink_ptr> sinks, LogFormat format) {
    auto logger = std::make_shared<spdlog::logger>("seatledger", sinks.begin(), sinks.end());
    if (format == LogFormat::json) {
        logger->set_formatter(std::make_unique<JsonFormatter>());
    } else {
        logger->set_formatter(std::make_unique<TextFormatter>());
    }
    logger->flush_on(spdlog::level::info);
    return logger;
}

std::expected<std::shared_ptr<spdlog::logger>, std::string> make_logger(const LogOptions& options) try {
    const auto level = spdlog::level::from_str(options.level);
    if (level == spdlog::level::off && options.level != "off") {
        return std::unexpected("there is no log level " + options.level +
                               "; use trace, debug, info, warning, error or off");
    }
    spdlog::sink_ptr sink;
    if (options.file.empty()) {
        sink = std::make_shared<spdlog::sinks::stderr_sink_mt>();
    } else {
        sink = std::make_shared<spdlog::sinks::basic_file_sink_mt>(options.file);
    }
    auto logger = make_logger({std::move(sink)}, options.format);
    logger->set_level(level);
    return logger;
} catch (const spdlog::spdlog_ex& error) {
    return std::unexpected("cannot log: " + std::string(error.what()));
}

void log_line(spdlog::logger& logger, spdlog::level::level_enum level, std::string_view message,
              std::initializer_list<LogField> fields) {
    if (!logger.should_log(level)) return;
    auto line = on_one_line(message);
    for (const auto& field : fields) {
        line += before_field;
        line += field.name;
        line += before_value;
        line += on_one_line(field.value);
    }
    logger.log(level, spdlog::string_view_t(line.data(), line.size()));
}

}  // namespace seatledger
