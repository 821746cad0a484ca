// The load of the benchmark: a company after another with users and licenses, then binds and unbinds at random.
#pragma once

#include <capnp/message.h>

#include <cstdint>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "events/command.capnp.h"

namespace seatledger::bench {

struct WorkloadShape {
    std::uint32_t accounts = 1'000;
    std::uint32_t users = 100;       // of each account
    std::uint32_t licenses = 1'000;  // of each account, of one product
    std::uint64_t seed = 1;
};

// Commands in a message of their own.
using Batch = std::unique_ptr<capnp::MallocMessageBuilder>;
[[nodiscard]] capnp::List<schema::Command>::Reader commands_of(const Batch& batch);

// One thread.
class Workload {
 public:
    explicit Workload(const WorkloadShape& shape) : shape_(shape), random_(shape.seed) {}

    // The events that setting up makes.
    [[nodiscard]] std::uint64_t setup_events() const;
    // Opens everything that the binds need, a batch after the other; null when all is there.
    [[nodiscard]] Batch next_setup();
    // So many commands that are all accepted if they are done in order: half of them bind, half unbind, in an
    // account, of a license and for a user drawn at random. `with_ids`: each with a request id.
    [[nodiscard]] Batch next(std::uint32_t count, bool with_ids = false);

    // One such command in this account.
    [[nodiscard]] Batch next_of(std::uint32_t account);

    [[nodiscard]] static std::string account(std::uint32_t number) { return "account-" + std::to_string(number); }
    [[nodiscard]] static std::string email(std::uint32_t user) { return "user-" + std::to_string(user) + "@acme.test"; }

 private:
    struct AccountLoad {
        std::vector<std::uint32_t> license_of;  // by user; 0: none
        std::vector<bool> taken;                // by license
    };
    void bind_or_unbind(std::uint32_t account, schema::Command::Builder command);
    void set_up_account(capnp::List<schema::Command>::Builder commands, std::uint32_t number);

    WorkloadShape shape_;
    std::mt19937_64 random_;
    std::uint32_t accounts_set_up_ = 0;
    bool product_defined_ = false;
    std::uint64_t requests_ = 0;
    std::vector<AccountLoad> loads_;
};

}  // namespace seatledger::bench
