// What mail wants of text that is not ASCII, of addresses and of dates (RFC 2045, 2047, 5322, 6532). Pure. Any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "events/instant.h"

namespace seatledger {

// A header field of free text, folded, with its CRLF: "Subject: …". Text that is not ASCII, or too long for the line,
// becomes encoded words (RFC 2047) that split no character. The text is UTF-8 without control characters.
[[nodiscard]] std::string text_field(std::string_view name, std::string_view text);

// A header field of one address, folded, with its CRLF: "To: Ann <ann@example.com>". The display name is encoded as
// above, and may be empty; the address is written as addr_spec() does. For an address that cannot be written the field
// names nobody (the empty group of RFC 5322, section 3.4).
[[nodiscard]] std::string address_field(std::string_view name, std::string_view display_name, std::string_view address);

// An address as mail writes it: the part before the @ in quotes where it has characters that mean something else
// there, and in UTF-8 where it is not ASCII; the domain in ASCII, whatever it is written in (IDNA 2008). Nothing for
// what is no address of mail: not one @, a domain that cannot be one, control characters, not UTF-8.
[[nodiscard]] std::optional<std::string> addr_spec(std::string_view address);

// As in Date fields, in UTC: "Mon, 07 Sep 2020 12:00:00 +0000". The instant lies within the years 1 to 9999.
[[nodiscard]] std::string mail_date(Instant instant);

struct EncodedBody {
    std::string_view encoding;  // the Content-Transfer-Encoding
    std::string text;           // ASCII, lines of at most 76 bytes that end with CRLF
};

// UTF-8 whose lines end with \n. As quoted-printable, which stays readable, unless base64 is shorter: so English and
// Portuguese can be read as they are, and Russian takes no three bytes for one.
[[nodiscard]] EncodedBody encode_body(std::string_view text);

}  // namespace seatledger
