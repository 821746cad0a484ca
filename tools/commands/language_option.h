// --language: of messages and pages for people.
#pragma once

#include <CLI/CLI.hpp>

#include "events/types.capnp.h"

namespace seatledger {

// `language`, which stays as it is if nothing is said, must outlive the parsing.
void add_language_option(CLI::App& command, schema::Language& language, const char* of_what);

}  // namespace seatledger
