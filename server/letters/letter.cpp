#include "server/letters/letter.h"

#include <string_view>

#include "server/letters/letter_text.h"
#include "server/letters/mime.h"
#include "server/letters/phrases.h"

namespace seatledger {
namespace {

// <letter-41-3-1599480000000000@7f3a90c1>: the event, the person, when it was queued, the ledger. A log that was
// restored from an older copy uses sequences again, but not at the same microsecond.
std::string message_id(const Letter& letter) {
    const auto& id = letter.id;
    std::string ledger;
    for (const char c : id.ledger) {
        const bool is_dot = c == '.' && !ledger.empty() && ledger.back() != '.';
        const bool is_letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        if (is_dot || is_letter || (c >= '0' && c <= '9') || c == '-') ledger += c;
    }
    if (ledger.ends_with('.')) ledger.pop_back();
    if (ledger.empty()) ledger = "seatledger";
    return "<letter-" + std::to_string(id.event.value) + "-" + std::to_string(id.user.value) + "-" +
           std::to_string(letter.date.micros) + "@" + ledger + ">";
}

std::string field(std::string_view name, std::string_view value) {
    return std::string(name).append(": ").append(value).append("\r\n");
}

}  // namespace

std::string compose(const Letter& letter, const Mailbox& from) {
    const auto text = letter_text(letter);
    const auto body = encode_body(text.body);
    std::string message;
    message += field("Date", mail_date(letter.date));
    message += address_field("From", on_one_line(from.name), from.address);
    message += address_field("To", on_one_line(letter.to.name), letter.to.address);
    message += text_field("Subject", text.subject);
    message += field("Message-ID", message_id(letter));
    message += field("Auto-Submitted", "auto-generated");  // RFC 3834: no "out of office" is to answer it
    message += field("Content-Language", phrases(letter.language).language_tag());
    message += field("MIME-Version", "1.0");
    message += field("Content-Type", "text/plain; charset=utf-8");
    message += field("Content-Transfer-Encoding", body.encoding);
    return message + "\r\n" + body.text;
}

}  // namespace seatledger
