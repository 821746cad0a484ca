// Letters: what one says, and the whole message that it becomes. Pure: no clock, no file, no network. Any thread.
#pragma once

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "events/calendar.h"
#include "events/ids.h"
#include "events/instant.h"

namespace seatledger {

enum class Language { english, russian, portuguese };

// An address as the ledger has it, and whose it is.
struct Mailbox {
    std::string address;
    std::string name;  // may be empty
};

// Both ends belong to it; `first` is not after `last`.
struct LicenseRange {
    LicenseNumber first;
    LicenseNumber last;

    [[nodiscard]] std::uint64_t count() const { return std::uint64_t{last.value} - first.value + 1; }
};

// The licenses that one line of an invoice became.
struct IssuedLicenses {
    std::string product;  // its name
    std::string sku;
    LicenseRange licenses;
    Instant valid_until;
};

// The payment of an invoice was recorded, which issued its licenses. To whoever raised the invoice.
struct PaymentRecorded {
    std::string invoice;
    std::vector<IssuedLicenses> lines;
};

// Licenses of one product that end at the same instant.
struct EndingLicenses {
    std::string product;  // its name
    std::string sku;
    std::vector<LicenseRange> licenses;
    std::uint64_t bound = 0;  // how many of them
    Instant valid_until;
};

// All licenses of the account that end on one day; at least one. To each of its super admins.
struct TermEnds {
    unsigned days_left = 30;  // from the letter's date to that day: 30 or 7, fewer if it was recorded late
    std::vector<EndingLicenses> products;
};

// What no two letters of any two ledgers have in common, and what a letter keeps however often it is sent.
struct LetterId {
    Sequence event;  // that queued it
    UserId user;     // to whom: one event may queue letters to several
    // The ledger's own name, the domain part of the Message-ID: letters, digits, "-" and ".", such as 32 hexadecimal
    // digits. Need not be found in any DNS, but no other ledger may have it. Any other character is left out.
    std::string ledger;
};

struct Letter {
    Mailbox to;
    Language language = Language::english;
    std::string account;  // its id
    std::string account_name;
    LetterId id;
    Instant date;                           // when it was queued
    const date::time_zone* zone = nullptr;  // the account's, from find_time_zone(): dates are written in it. Not null
    std::variant<PaymentRecorded, TermEnds> content;
};

// The message (RFC 5322) that is sent and that lies in files: head, empty line, body; lines end with CRLF and have at
// most 76 bytes, but for those of long addresses. The same letter from the same sender always gives the same bytes.
//
// All of it is ASCII, however names and domains are written, with one exception: where the part of an address before
// the @ is not ASCII it stands in the head as it is, in UTF-8 (RFC 6532). Such a letter needs mail servers that know
// SMTPUTF8 (RFC 6531) all the way; SmtpCourier says what happens where one does not.
//
// Texts that the ledger cannot hold do no harm: control characters become blanks, bytes that are not UTF-8 become
// question marks. An address that no mail server could take (see addr_spec) is left out of the head.
//
// At most 200 lines of products and 100 ranges of licenses a line are listed; the letter then says how many licenses
// more there are. So a letter has at most a few MiB, usually 2 KiB.
[[nodiscard]] std::string compose(const Letter& letter, const Mailbox& from);

}  // namespace seatledger
