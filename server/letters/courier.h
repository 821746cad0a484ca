// What takes letters away: to a mail server, or into a directory.
#pragma once

#include <expected>
#include <string>

namespace seatledger {

// Addresses as the ledger has them.
struct MailEnvelope {
    std::string from;
    std::string to;
};

struct DeliveryFailure {
    // One line: what, where and what to do. Names neither the letter's addresses nor any password.
    std::string message;
    // Trying again would not help: this letter cannot be delivered. Otherwise it is to be tried again later.
    bool permanent = false;
    // It is about this letter, or whom it is to: others may well be taken.
    bool of_letter = false;
};

class Courier {
 public:
    virtual ~Courier() = default;

    // Takes `message`, as compose() made it, away; it is somebody else's, durably, on success. After a failure that
    // is not permanent it may have been taken all the same, if the answer got lost: to send it again is right, and its
    // Message-ID tells whoever gets it twice. `name` is the letter's own, from file_name(). On a thread of the
    // mailer's own, one call at a time; blocks for a bounded time, which each courier states.
    [[nodiscard]] virtual std::expected<void, DeliveryFailure> deliver(const MailEnvelope& envelope,
                                                                       const std::string& message,
                                                                       const std::string& name) = 0;

    // From now on every letter fails, the one that is being delivered too, soon. Any thread.
    virtual void stop() {}
};

}  // namespace seatledger
