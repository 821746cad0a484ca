// What bounds the server: everything that a client could make large, many or long.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

#include "server/passwords.h"

namespace seatledger {

struct ServerLimits {
    // Connections; of those beyond, so many are told why before they are closed.
    std::size_t connections_max = 1'024;
    std::size_t refusals_max = 64;

    std::size_t message_bytes_max = 16u << 20;
    std::size_t first_message_bytes_max = 4'096;  // before a connection has shown the token
    std::size_t request_bytes_max = 256u << 20;   // in memory at a time, of all connections together
    std::uint32_t commands_max = 8'192;           // of a submit

    // Of one connection. When one of the first two is reached it is not read from any more.
    std::size_t requests_in_flight_max = 64;
    std::size_t unsent_bytes_max = 4u << 20;  // answers that wait for the client, and requests that have none yet
    std::size_t replays_max = 64;

    std::size_t replay_page_bytes = 256u << 10;

    // How long may take: to say hello once connected; to be idle, with nothing asked for; to take anything of what
    // is sent; to send a message once begun; to close after having been told to; for a read to wait until what it
    // needs has been projected; and for a proof to wait for a checkpoint over what it proves.
    std::chrono::milliseconds hello_timeout = std::chrono::seconds(10);
    std::chrono::milliseconds idle_timeout = std::chrono::minutes(10);
    std::chrono::milliseconds write_timeout = std::chrono::seconds(30);
    std::chrono::milliseconds read_timeout = std::chrono::seconds(60);
    std::chrono::milliseconds close_timeout = std::chrono::seconds(1);
    std::chrono::milliseconds projection_timeout = std::chrono::seconds(30);
    std::chrono::milliseconds signing_timeout = std::chrono::seconds(10);

    // What it takes to hash a password, and so to guess at one.
    PasswordCost password_cost;

    // Log-ins that wait for their password to be looked at, which takes 0.1 s each; and of one address.
    std::size_t log_ins_waiting_max = 64;
    std::size_t log_ins_waiting_of_address_max = 8;

    // Tokens that the people of an account may have issued and good at a time, log-ins included.
    std::size_t tokens_of_account_max = 10'000;

    // How long a log-in is good for.
    std::chrono::seconds log_in_lifetime = std::chrono::hours(12);

    // What is in flight may take so long when the server stops.
    std::chrono::milliseconds stop_timeout = std::chrono::seconds(5);

    // How often the timeouts are looked at: they are as exact as this.
    std::chrono::milliseconds tick = std::chrono::milliseconds(250);
};

}  // namespace seatledger
