// Commands at random, over a few accounts, most of which are accepted; and time that goes on by leaps.
#pragma once

#include <cstdint>
#include <map>
#include <random>
#include <string>
#include <vector>

#include "events/instant.h"

namespace seatledger::testing {

class RandomCommands {
 public:
    explicit RandomCommands(std::uint64_t seed);

    // What has to be there first: three products and the accounts a, b and c with half of their people; and a past of
    // the catalogue's, in which products billed by membership were offered and retired while that of the account
    // `past` went on.
    [[nodiscard]] std::vector<std::string> start();

    // One command. Some are sent twice, under their request id. `past` is an account that is importing, for whose
    // commands time is what they say.
    [[nodiscard]] std::string next();

    // How time goes on after a command: often not at all, at times by days.
    [[nodiscard]] std::int64_t leap_micros();

    [[nodiscard]] std::uint64_t number(std::uint64_t end) { return random_() % end; }
    [[nodiscard]] bool one_in(std::uint64_t count) { return number(count) == 0; }

    [[nodiscard]] static const std::vector<std::string>& accounts();
    [[nodiscard]] static const std::vector<std::string>& skus();
    [[nodiscard]] static std::vector<std::string> emails();
    [[nodiscard]] static const std::vector<std::string>& queues();
    [[nodiscard]] static const std::vector<std::string>& queue_kinds();

 private:
    struct Seat {
        std::string what;  // a license, or one of a sku
        std::string to;
    };
    // Makes it the newest of at most `count_max`.
    static void note(Seat seat, std::size_t count_max, std::vector<Seat>& seats);

    [[nodiscard]] std::string any_command();
    [[nodiscard]] std::string of_catalog();
    [[nodiscard]] std::string of_account(const std::string& account);
    [[nodiscard]] std::string of_people();
    [[nodiscard]] std::string of_invoices(const std::string& account);
    [[nodiscard]] std::string of_credits(const std::string& account);
    [[nodiscard]] std::string of_orders(const std::string& account);
    [[nodiscard]] std::string of_licenses(const std::string& account);
    [[nodiscard]] std::string of_phones(const std::string& account);
    [[nodiscard]] std::string of_queues();
    [[nodiscard]] std::string of_center();
    [[nodiscard]] std::string center() const;
    [[nodiscard]] std::string envelope(const std::string& account);
    [[nodiscard]] std::string email();
    [[nodiscard]] std::string sku();
    [[nodiscard]] std::string license(const std::string& account);
    [[nodiscard]] std::string bind_row(const std::string& account);
    [[nodiscard]] std::string unbind_row(const std::string& account);

    std::mt19937_64 random_;
    struct Known {
        int invoices = 0;
        int licenses = 0;  // about
        int orders = 0;    // about
        std::vector<std::pair<std::string, std::string>> unpaid;
        struct {
            std::vector<Seat> given;  // that were to be bound last
            std::vector<Seat> taken;  // … and of those, that were to be unbound last
        } seats;
    };
    std::map<std::string, Known> known_;
    std::int64_t past_micros_;
    bool past_was_opened_ = false;
    bool past_is_importing_ = false;
    int centers_ = 0;                 // products billed by membership, so far
    bool center_is_offered_ = false;  // the newest of them
    int requests_ = 0;
    std::vector<std::string> repeatable_;
};

}  // namespace seatledger::testing
