// The log: blocks in order, appended at the end and never changed. Everything else is derived from it.
#pragma once

#include <expected>
#include <memory>
#include <optional>
#include <span>

#include "engine/failure.h"
#include "events/block.h"
#include "events/ids.h"

namespace seatledger {

// Reads blocks one after the other. One thread at a time.
class LogCursor {
 public:
    virtual ~LogCursor() = default;

    // The next block; nothing at the end of the log, where a later call may find that it has grown. The view is
    // valid until the next call. Fails if a block cannot be read, does not match its checksum, or does not begin
    // where the one before it ended; every later call then fails too.
    [[nodiscard]] virtual std::expected<std::optional<BlockView>, StorageFailure> next() = 0;

    // Makes the newest block last as long as `words`, in which it then lies, and gives it from there. Once for each.
    [[nodiscard]] virtual BlockView keep(const BlockView& newest, Words& words) { return newest.copy_to(words); }
};

// Thread safety: append() belongs to one thread; the others may be called from any at any time.
class Log {
 public:
    virtual ~Log() = default;

    // Appends a finished block that begins at `expected`, and returns once it is durable: a crash at any moment
    // leaves all of it or nothing. Fails, and leaves the log as it was, if the log does not end right before
    // `expected` or the block does not begin there. Fails if the storage does; the log then accepts nothing any
    // more, since what a failed sync left behind is not known.
    [[nodiscard]] virtual std::expected<void, StorageFailure> append(Sequence expected,
                                                                     std::span<const std::uint64_t> block) = 0;

    // The last sequence that is durable; 0 while the log is empty.
    [[nodiscard]] virtual Sequence last() const = 0;

    // Reads from the block that contains `from` (the first one, if that is 0 or 1). The log must outlive the
    // cursor.
    [[nodiscard]] virtual std::unique_ptr<LogCursor> read(Sequence from) const = 0;

    // The block that begins at `first`, as long as nothing happens to `words`, in which it then lies. For single
    // events: cheaper than a cursor.
    [[nodiscard]] virtual std::expected<BlockIndex, StorageFailure> find_block(Sequence first, Words& words) const;
};

}  // namespace seatledger
