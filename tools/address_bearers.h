// Who bore an address when: for bills, which name people by addresses and say for which days.
#pragma once

#include <boost/unordered/unordered_flat_map.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "events/ids.h"
#include "events/instant.h"

namespace seatledger {

// Of the people of one account. One thread. Memory: about 100 bytes for each address that somebody was given.
class AddressBearers {
 public:
    // The person bears the address from that instant on. In the order of the events that say so; those of people who
    // were erased are left out.
    void add(UserId user, std::string_view email, Instant from);

    // Everybody who ever bore the address, in the order of time; somebody may be there more than once.
    [[nodiscard]] std::vector<UserId> all(std::string_view email) const;

    // Who bore the address, without regard to case, before that instant: of several the last. If nobody did, who bore
    // it first since. 0: nobody.
    [[nodiscard]] UserId find(std::string_view email, Instant before) const;

 private:
    struct Bearer {
        Instant from;
        UserId user;
    };

    boost::unordered_flat_map<std::string, std::vector<Bearer>> bearers_;  // by folded address; in order
};

}  // namespace seatledger
