// Files that hold a token and nothing else: its 64 hexadecimal digits and a newline, readable by their owner only.
#pragma once

#include <expected>
#include <string>
#include <string_view>

namespace seatledger {

// The token on the file's first line. The error is one line: what, and what to do.
[[nodiscard]] std::expected<std::string, std::string> read_token_file(const std::string& path);

// Whether a token may be written there: nothing is there yet, or a file that holds nothing but a token, so that nobody
// loses a file by a slip of the pen; never a server's own vendor.token. To be asked before a token is issued.
[[nodiscard]] std::expected<void, std::string> check_token_file(const std::string& path);

// Writes it there as a whole, or leaves what is there as it was. Durable on return. Fails where check_token_file()
// does, or if the disk does.
[[nodiscard]] std::expected<void, std::string> write_token_file(const std::string& path, std::string_view token);

// Removes the file if it holds that token and nothing else. False: it holds something else, too, and is still there.
[[nodiscard]] std::expected<bool, std::string> remove_token_file(const std::string& path, std::string_view token);

}  // namespace seatledger
