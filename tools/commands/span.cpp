#include "tools/commands/span.h"

#include <string>

namespace seatledger {
namespace {

[[noreturn]] void refuse(const std::string& to, const std::string& from) {
    throw CLI::ValidationError("--to", to + " lies before --from " + from);
}

}  // namespace

CLI::Option* add_moment_option(CLI::App& command, const std::string& name, Moment& moment,
                               const std::string& description) {
    return command
        .add_option_function<std::string>(
            name,
            [&moment, name](const std::string& text) {
                const auto parsed = parse_moment(name, text);
                if (!parsed) throw CLI::ValidationError(parsed.error().message, CLI::ExitCodes::ValidationError);
                moment = *parsed;
            },
            description)
        ->type_name("N|INSTANT");
}

void add_span_options(CLI::App& command, SpanOptions& options) {
    add_moment_option(command, "--from", options.from,
                      "From that event on; or what took effect at or after that instant");
    add_moment_option(command, "--to", options.to, "To that event; or what took effect at or before that instant");
}

void require_order(const SpanOptions& options) {
    const auto& [from, to] = options;
    if (from.sequence && to.sequence && *to.sequence < *from.sequence) {
        refuse(std::to_string(to.sequence->value), std::to_string(from.sequence->value));
    }
    if (from.instant && to.instant && *to.instant < *from.instant) {
        refuse(to_rfc3339(*to.instant), to_rfc3339(*from.instant));
    }
}

}  // namespace seatledger
