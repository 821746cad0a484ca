// Commands at random over a few accounts, chosen by the state so that half of them are accepted, at times that matter.
#pragma once

#include <cstdint>
#include <map>
#include <random>
#include <string>
#include <vector>

#include "engine/rules/state.h"
#include "events/command.capnp.h"
#include "events/instant.h"

namespace seatledger::testing {

class CommandGenerator {
 public:
    // `state`: as the commands so far have left it.
    CommandGenerator(std::uint64_t seed, State& state) : random_(seed), state_(state) {}

    // What opens the accounts and defines the products.
    [[nodiscard]] std::vector<std::string> beginning();

    // Where to set the clock for the next command, if anywhere else than it is.
    [[nodiscard]] Instant next_now(Instant now);

    // The name of the command, as it stands in JSON.
    [[nodiscard]] static std::string name_of(schema::Command::Reader command);

    // `now`: of the ledger, at which the command will be judged.
    [[nodiscard]] std::string next(Instant now);

    [[nodiscard]] std::uint64_t number(std::uint64_t below) { return random_() % below; }
    [[nodiscard]] bool one_in(std::uint64_t count) { return number(count) == 0; }

 private:
    [[nodiscard]] std::string envelope(const Account* account, Instant now, bool may_act);
    [[nodiscard]] std::string at(Instant last, Instant due, Instant now);
    [[nodiscard]] std::string people_body(const Account& account);
    [[nodiscard]] std::string money_body(const Account& account);
    [[nodiscard]] std::string seat_body(const Account& account);
    [[nodiscard]] std::string phone_body(const Account& account);
    [[nodiscard]] std::string dispute_body(const Account& account);
    [[nodiscard]] std::string disputant(const Account& account);
    [[nodiscard]] std::string queue_body(const Account& account);
    [[nodiscard]] std::string catalog_body();
    [[nodiscard]] std::string order_body(const Account& account);
    [[nodiscard]] std::string credit_body(const Account& account);
    [[nodiscard]] std::string odd_command(const Account& account, Instant now);  // with something that may not be
    [[nodiscard]] std::string odd_envelope(const Account& account);
    [[nodiscard]] std::string odd_people(const Account& account);
    [[nodiscard]] std::string odd_seats(const Account& account);
    [[nodiscard]] std::string odd_money(const Account& account, Instant now);
    [[nodiscard]] std::string odd_catalog();
    [[nodiscard]] std::string small_account(const std::string& id, Instant now);

    [[nodiscard]] std::string address();                           // anybody's, in some case
    [[nodiscard]] std::string address_in(const Account& account);  // mostly of somebody who is there
    [[nodiscard]] std::string administrator(const Account& account);
    [[nodiscard]] std::string sku();
    [[nodiscard]] std::string license(const Account& account, bool held);
    [[nodiscard]] std::string bind_row(const Account& account);
    [[nodiscard]] std::string unbind_row(const Account& account);
    [[nodiscard]] std::string queue(const Account& account, bool is_there);  // mostly one that is there, or is not
    [[nodiscard]] std::string entry_row(const Account& account);
    [[nodiscard]] std::string exit_row(const Account& account);
    [[nodiscard]] const Invoice* open_invoice(const Account& account);  // the newest one, or null
    [[nodiscard]] std::string payment(const Invoice* invoice);
    [[nodiscard]] std::string order(const Account& account);     // mostly one that is open
    [[nodiscard]] std::string awaiting(const Account& account);  // somebody for whom a license was ordered
    [[nodiscard]] std::string next_invoice(const Account& account);
    template <typename Row>
    [[nodiscard]] std::string bulk(const std::string& name, Row row);

    std::mt19937_64 random_;
    State& state_;
    std::map<std::string, std::uint64_t> invoices_;  // issued so far, by account
    std::uint64_t payments_ = 0;
    std::uint64_t requests_ = 0;
};

}  // namespace seatledger::testing
