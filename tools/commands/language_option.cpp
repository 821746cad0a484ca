#include "tools/commands/language_option.h"

#include <string>

#include "engine/rules/values.h"

namespace seatledger {

void add_language_option(CLI::App& command, schema::Language& language, const char* of_what) {
    command
        .add_option_function<std::string>(
            "--language",
            [&language](const std::string& name) {
                const auto named = rules::named<schema::Language>(name);
                if (!named) throw CLI::ValidationError("--language", "'" + name + "' is none of en, ru, pt");
                language = *named;
            },
            std::string(of_what) + ": en (default), ru or pt")
        ->type_name("LANGUAGE");
}

}  // namespace seatledger
