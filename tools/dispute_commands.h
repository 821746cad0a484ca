// Commands that dispute lines of a bill, and that settle such a dispute.
#pragma once

#include <cstdint>
#include <expected>
#include <string>
#include <string_view>

namespace seatledger {

// A line as it stands in a bill.
struct ReceivedLine {
    std::string_view sha256;  // of the bill's file
    std::uint64_t row = 0;
    std::string_view text;
    std::string_view date;  // the bill's; empty: it is not said
    std::string layout;     // tools/bills/declared_layout.h
};

// openDispute as JSON, one line without its end. Its request id is of the bill and the row: submitted again it opens no
// second dispute. The error, one line, says why the ledger would not take it.
[[nodiscard]] std::expected<std::string, std::string> dispute_command(std::string_view account,
                                                                      const ReceivedLine& line, std::string_view claim);

// Money that is given back for a line of an invoice of the ledger's; no license is revoked.
struct DisputeCredit {
    std::uint32_t dispute = 0;
    std::string_view invoice;
    std::uint32_t line = 0;  // from 1
    std::int64_t millionths = 0;
    std::string_view currency;
};

// creditInvoice as JSON, one line without its end.
[[nodiscard]] std::string credit_command(std::string_view account, const DisputeCredit& credit);

}  // namespace seatledger
