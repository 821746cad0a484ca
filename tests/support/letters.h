// Letters to try things with, and a reader of them that knows nothing of how they were written.
#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "server/letters/letter.h"

namespace seatledger::testing {

extern const Mailbox vendor_mailbox;

[[nodiscard]] Instant instant_of(const std::string& rfc3339);
[[nodiscard]] const date::time_zone& zone_of(const std::string& name);

// In the language, to somebody who reads it, at a company in a time zone where it is spoken.
[[nodiscard]] Letter payment_letter(Language language);
[[nodiscard]] Letter term_letter(Language language);

// As Python's `email` package reads a message.
struct ReadLetter {
    std::vector<std::string> names;                         // of the header fields, in order
    std::map<std::string, std::string> headers;             // decoded
    std::vector<std::pair<std::string, std::string>> from;  // display name and address
    std::vector<std::pair<std::string, std::string>> to;
    std::string date;  // ISO 8601
    std::string body;
    std::vector<std::string> problems;  // what is wrong with it
};

[[nodiscard]] ReadLetter read_letter(const std::string& message);

}  // namespace seatledger::testing
