// The load of the figure `reconcile`: one account whose licenses change hands for a year, and the vendor's bill for it.
#pragma once

#include <array>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <random>
#include <string_view>
#include <vector>

#include "projections/billing/bill_line.h"
#include "projections/billing/verdict.h"
#include "tools/bench/workload.h"

namespace seatledger::bench {

// How a vendor comes to be wrong.
enum class Slip : std::uint8_t {
    none,
    twice,            // the line stands there once more
    too_dear,         // 100.00 too much
    day_too_long,     // goes on for a day on which nobody had the license
    unknown_license,  // one more line, for a license that the account has not
    unknown_product,  // … for a product that the vendor has not
    left_out,
};

// What must be said of the bill. Amounts are in cents.
struct SeatYearTruth {
    std::uint64_t lines = 0;
    std::int64_t seat_days = 0;        // that somebody had a license on any part of
    std::uint64_t seat_days_hash = 0;  // each times the number of its license, added up
    std::int64_t amount = 0;           // of all lines
    std::int64_t at_issue = 0;         // of those that are billed wrongly
    std::int64_t not_billed = 0;       // what would have been due for what was left out
    std::array<std::uint64_t, billing::verdicts_count> verdicts{};
};

// Judges nothing itself: what it says of the bill comes from what it did. One thread.
class SeatYear {
 public:
    static constexpr std::string_view account = "acme";
    // The days, in UTC, of which the bill is.
    static constexpr billing::DayPeriod days{CivilDay{19'723}, CivilDay{20'089}};  // 2024

    // For a log of so many events; the bill has about a tenth as many lines.
    SeatYear(std::uint64_t events, std::uint64_t seed, const std::filesystem::path& bill);

    // The product, the account, its people and licenses, a batch after the other; null when all is there.
    [[nodiscard]] Batch next_setup();
    // What happens next: up to 1,024 commands, none once the log has all of its events, of which setting up made so
    // many.
    [[nodiscard]] Batch next(std::uint64_t events_before);
    // Ends the bill.
    [[nodiscard]] const SeatYearTruth& finish();

 private:
    struct Seat {
        std::uint32_t user = 0;  // 1 + index; 0: nobody's
        bool is_any = false;     // it was bound before: the next two are of days that are still to be billed
        CivilDay begin;
        CivilDay end;  // the first day after them; means nothing while somebody has it
        std::uint16_t days_left_out = 0;
    };

    [[nodiscard]] Instant now() const;
    [[nodiscard]] std::uint32_t some_free_user();
    void begin_days(std::uint32_t license, CivilDay day);
    void bill_days(std::uint32_t license, CivilDay next_begin);
    void write_line(std::string_view sku, std::uint32_t license, const billing::DayPeriod& period, std::int64_t cents);
    [[nodiscard]] Slip next_slip();

    std::uint64_t events_;
    std::uint64_t events_before_ = 0;
    std::uint64_t events_done_ = 0;
    std::mt19937_64 random_;
    std::vector<Seat> seats_;                // license 1 is the first
    std::vector<std::uint32_t> free_users_;  // 1 + index
    std::uint32_t users_ = 0;
    std::uint32_t users_set_up_ = 0;
    int setup_step_ = 0;
    std::unique_ptr<std::FILE, int (*)(std::FILE*)> bill_;
    SeatYearTruth truth_;
};

}  // namespace seatledger::bench
