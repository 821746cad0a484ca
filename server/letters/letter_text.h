// What a letter says, in the language of who reads it.
#pragma once

#include <string>
#include <string_view>

#include "server/letters/letter.h"

namespace seatledger {

struct LetterText {
    std::string subject;
    std::string body;  // lines end with \n, the last one too; paragraphs are not broken into lines
};

// UTF-8, without control characters but \n. Limits as compose() has them.
[[nodiscard]] LetterText letter_text(const Letter& letter);

// Without what could end a line: control characters become blanks. What is not UTF-8, or has control characters that
// are not ASCII, has its bytes beyond ASCII replaced by question marks.
[[nodiscard]] std::string on_one_line(std::string_view text);

}  // namespace seatledger
