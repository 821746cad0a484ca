// Asking for a password.
#pragma once

#include <expected>
#include <string>

namespace seatledger {

// The password: the first line of the file; without one (empty), what is typed after `prompt` on the terminal that
// stdin is, which does not show it; or the first line of stdin where that is no terminal. Whatever ends the asking, a
// signal included, leaves the terminal as it was. Fails, in one line, if there is none, or no text. Main thread.
[[nodiscard]] std::expected<std::string, std::string> ask_password(const std::string& file, const std::string& prompt);

}  // namespace seatledger
