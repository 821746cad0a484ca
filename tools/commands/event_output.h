// Events on their way to stdout, whatever asks for them: formats, limits, and following over many connections.
#pragma once

#include <cstdint>
#include <expected>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "tools/client.h"
#include "tools/commands/arguments.h"
#include "tools/commands/commands.h"
#include "tools/commands/interrupt.h"
#include "tools/event_pages.h"
#include "tools/output.h"
#include "tools/requests.h"

namespace seatledger {

// Prints pages of events until there is enough. One thread.
class EventOutput {
 public:
    // `limit`: so many events at most; 0: all. `follows`: SIGINT and SIGTERM are caught, and nothing beyond the limit
    // is waited for.
    EventOutput(Format format, EventStyle style, std::uint64_t limit, bool follows);

    // What events need of the server beside themselves. Before the first one.
    [[nodiscard]] std::expected<void, std::string> prepare(Client& client);

    // Prints; gives whether more is wanted.
    bool take(schema::Events::Reader page);
    [[nodiscard]] ReplaySink sink();

    // The last event that was printed; 0: none was.
    [[nodiscard]] Sequence last() const { return last_; }
    // The first that was left out because of the limit; 0: as far as is known there is none.
    [[nodiscard]] Sequence next() const { return next_; }

    // Reads on and on (tools/follow.h): `read` behind `seen`. Fails as that does.
    [[nodiscard]] std::expected<void, std::string> follow(
        const ClientOptions& options, std::unique_ptr<Client> client,
        const std::function<std::expected<void, std::string>(Client&)>& read, const std::function<Sequence()>& seen);

    // The end. `option`, such as --from: by which it goes on at `next`, which is told if it is one.
    [[nodiscard]] Outcome finish(const std::expected<void, std::string>& read, const std::string& option,
                                 Sequence next);

 private:
    [[nodiscard]] bool goes_on() const;

    const Format format_;
    std::optional<Interrupt> interrupt_;
    RowPrinter printer_;
    EventPages pages_;
    std::optional<std::uint64_t> left_;
    Sequence last_;
    Sequence next_;
};

}  // namespace seatledger
