// The second of the three kinds of failure: storage that did not do what it was asked. (A rejection is a value of
// the rules; a bug is an assertion.)
#pragma once

#include <string>

namespace seatledger {

struct StorageFailure {
    std::string message;  // one line: what, where, and what the storage said
};

}  // namespace seatledger
