#include "tools/bench/seat_year.h"

#include <fmt/format.h>
#include <kj/debug.h>

#include <algorithm>

namespace seatledger::bench {
namespace {

using billing::DayPeriod;
using billing::Verdict;

constexpr std::string_view sku = "desk";
constexpr char boss[] = "boss@acme.test";
constexpr std::int64_t micros_a_day = std::int64_t{86'400} * 1'000'000;
constexpr Instant bought_at{19'692 * micros_a_day + micros_a_day / 2};  // 2023-12-01, noon
constexpr std::uint64_t events_a_license = 100;
constexpr std::uint32_t commands_a_batch = 1'024;

// For a term of ten years. What that is a day is no whole number of cents, so that every line is rounded.
constexpr std::int64_t price_cents = 3'999'00;
constexpr std::int64_t term_days = 3'653;
constexpr std::int64_t too_dear_cents = 100'00;

// So many of a thousand times a license is taken from somebody without being given to somebody else at once. There is a
// line for each run of days until then, and with this share a run is of ten events.
constexpr std::uint64_t unbinds_per_mille = 210;
// Each of the six slips in so many lines of a million.
constexpr std::uint64_t slips_per_million = 700;

std::int64_t cents_of(std::int64_t days) { return (2 * price_cents * days + term_days) / (2 * term_days); }

void set_price(schema::Money::Builder money, std::int64_t cents) {
    money.setAmount(cents * 10'000);
    money.setCurrency("USD");
}

CivilDay day_of(Instant instant) { return {static_cast<std::int32_t>(instant.micros / micros_a_day)}; }

}  // namespace

SeatYear::SeatYear(std::uint64_t events, std::uint64_t seed, const std::filesystem::path& bill)
    : events_(events), random_(seed), bill_(std::fopen(bill.c_str(), "w"), std::fclose) {
    KJ_REQUIRE(bill_ != nullptr, "cannot write the bill", bill.c_str());
    constexpr std::uint64_t licenses_max = 1'000'000;  // of one invoice line
    seats_.resize(std::min(events / events_a_license, licenses_max));
    users_ = static_cast<std::uint32_t>(seats_.size() + seats_.size() / 4 + 1);
    fmt::print(bill_.get(), "id,sku,license,start,end,quantity,amount,currency\n");
}

Batch SeatYear::next_setup() {
    auto batch = std::make_unique<capnp::MallocMessageBuilder>();
    const auto commands_for = [&](std::uint32_t count) {
        auto commands = batch->initRoot<capnp::List<schema::Command>>(count);
        for (auto command : commands) {
            if (setup_step_ > 0) command.setAccount(std::string(account));
            command.setAt(bought_at.micros);
        }
        return commands;
    };
    if (setup_step_ == 0) {
        auto product = commands_for(1)[0].initDefineProduct();
        product.setSku(std::string(sku));
        product.setName("Desk");
        product.setType("phone");
        product.setTerm("P10Y");
        product.setBilling("assigned");
        set_price(product.initUnitPrice(), price_cents);
    } else if (setup_step_ == 1) {
        auto commands = commands_for(3);
        auto opened = commands[0].initOpenAccount();
        opened.setName("Acme");
        opened.initSuperAdmin().setEmail(boss);
        auto invoice = commands[1].initIssueInvoice();
        invoice.setInvoice("first");
        invoice.setRaisedBy(boss);
        auto line = invoice.initLines(1)[0];
        line.setSku(std::string(sku));
        line.setQuantity(seats_.size());
        auto payment = commands[2].initRecordPayment();
        payment.setInvoice("first");
        payment.setReference("transfer-1");
        set_price(payment.initAmount(), price_cents * static_cast<std::int64_t>(seats_.size()));
    } else {
        const auto count = std::min<std::uint32_t>(users_ - users_set_up_, commands_a_batch);
        if (count == 0) return nullptr;
        for (auto command : commands_for(count)) {
            command.initRegisterUser().setEmail(Workload::email(users_set_up_++));
            free_users_.push_back(users_set_up_);
        }
    }
    ++setup_step_;
    return batch;
}

// The year passes evenly.
Instant SeatYear::now() const {
    const auto year = static_cast<double>(days.days()) * micros_a_day;
    const auto passed = static_cast<double>(events_done_) / static_cast<double>(events_ - events_before_);
    return {days.begin.number * micros_a_day + static_cast<std::int64_t>(year * passed)};
}

// Moves them to the end of the free ones.
std::uint32_t SeatYear::some_free_user() {
    std::swap(free_users_[random_() % free_users_.size()], free_users_.back());
    return free_users_.back();
}

Batch SeatYear::next(std::uint64_t events_before) {
    events_before_ = events_before;
    auto batch = std::make_unique<capnp::MallocMessageBuilder>(commands_a_batch * 24);
    auto orphan = batch->getOrphanage().newOrphan<capnp::List<schema::Command>>(commands_a_batch);
    auto commands = orphan.get();
    std::uint32_t count = 0;
    for (; count < commands_a_batch && events_before_ + events_done_ < events_; ++count) {
        auto command = commands[count];
        const auto at = now();
        const auto license = static_cast<std::uint32_t>(random_() % seats_.size()) + 1;
        auto& seat = seats_[license - 1];
        command.setAccount(std::string(account));
        command.setAt(at.micros);
        const bool is_last = events_before_ + events_done_ + 1 == events_;
        if (seat.user == 0) {
            begin_days(license, day_of(at));
            seat.user = some_free_user();
            free_users_.pop_back();
            auto bind = command.initBindLicense();
            bind.setLicense(license);
            bind.setEmail(Workload::email(seat.user - 1));
            ++events_done_;
        } else if (is_last || random_() % 1'000 < unbinds_per_mille) {
            command.initUnbindLicense().setLicense(license);
            free_users_.push_back(std::exchange(seat.user, 0));
            // Of who has it up to midnight, the day that begins then is none.
            seat.end = {std::max(day_of(Instant{at.micros - 1}), seat.begin).number + 1};
            ++events_done_;
        } else {
            const auto user = some_free_user();
            free_users_.back() = std::exchange(seat.user, user);
            auto reassign = command.initReassignLicense();
            reassign.setLicense(license);
            reassign.setEmail(Workload::email(user - 1));
            events_done_ += 2;
        }
    }
    orphan.truncate(count);
    batch->adoptRoot(kj::mv(orphan));
    return batch;
}

void SeatYear::begin_days(std::uint32_t license, CivilDay day) {
    auto& seat = seats_[license - 1];
    if (seat.is_any && day < seat.end) return;
    bill_days(license, day);
    seat.is_any = true;
    seat.begin = day;
}

Slip SeatYear::next_slip() {
    constexpr std::uint64_t kinds = static_cast<std::uint64_t>(Slip::left_out);
    const auto drawn = random_() % 1'000'000;
    return drawn < kinds * slips_per_million ? static_cast<Slip>(1 + drawn / slips_per_million) : Slip::none;
}

// A line for the days that ended before that one.
void SeatYear::bill_days(std::uint32_t license, CivilDay next_begin) {
    auto& seat = seats_[license - 1];
    if (!seat.is_any) return;
    DayPeriod period{seat.begin, seat.end};
    truth_.seat_days += period.days();
    truth_.seat_days_hash += static_cast<std::uint64_t>(period.days()) * license;
    const auto right = cents_of(period.days());
    auto slip = next_slip();
    if (slip == Slip::day_too_long && seat.end >= next_begin) slip = Slip::none;
    if (slip == Slip::left_out) {
        seat.days_left_out += static_cast<std::uint16_t>(period.days());
        return;
    }
    const auto count = [&](Verdict verdict, std::int64_t at_issue) {
        ++truth_.verdicts[static_cast<std::size_t>(verdict)];
        truth_.at_issue += at_issue;
    };
    if (slip == Slip::day_too_long) {
        ++period.end.number;
        const auto billed = cents_of(period.days());
        write_line(sku, license, period, billed);
        return count(Verdict::billed_after_unbind, billed - right);
    }
    if (slip == Slip::too_dear) {
        write_line(sku, license, period, right + too_dear_cents);
        return count(Verdict::wrong_price, too_dear_cents);
    }
    write_line(sku, license, period, right);
    count(Verdict::correct, 0);
    if (slip == Slip::none) return;
    const auto unknown = static_cast<std::uint32_t>(seats_.size()) + license;
    write_line(slip == Slip::unknown_product ? "disk" : sku, slip == Slip::unknown_license ? unknown : license, period,
               right);
    count(slip == Slip::twice             ? Verdict::duplicate
          : slip == Slip::unknown_license ? Verdict::unknown_seat
                                          : Verdict::not_in_ledger,
          right);
}

void SeatYear::write_line(std::string_view of_sku, std::uint32_t license, const DayPeriod& period, std::int64_t cents) {
    fmt::print(bill_.get(), "L{},{},{},{},{},1,{}.{:02},USD\n", ++truth_.lines, of_sku, license, to_text(period.begin),
               to_text(period.end), cents / 100, cents % 100);
    truth_.amount += cents;
}

const SeatYearTruth& SeatYear::finish() {
    for (std::uint32_t license = 1; license <= seats_.size(); ++license) {
        auto& seat = seats_[license - 1];
        if (seat.user != 0) seat.end = days.end;
        bill_days(license, days.end);
        if (seat.days_left_out == 0) continue;
        // What is not billed of a license is said at once, and rounded at once.
        ++truth_.verdicts[static_cast<std::size_t>(Verdict::not_billed)];
        truth_.not_billed += cents_of(seat.days_left_out);
    }
    KJ_REQUIRE(std::fflush(bill_.get()) == 0 && std::ferror(bill_.get()) == 0, "cannot write the bill");
    bill_.reset();
    return truth_;
}

}  // namespace seatledger::bench
