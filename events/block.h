// Blocks: what one synced write makes durable. README.md of this folder has the format with a worked example.
#pragma once

#include <capnp/message.h>
#include <capnp/serialize.h>

#include <bit>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "events/event.capnp.h"
#include "events/ids.h"

namespace seatledger {

inline constexpr std::uint16_t block_format_version = 2;

// An event's bytes fit the 16-bit length that transparency logs put before an entry.
inline constexpr std::size_t event_bytes_max = 65'535;

// A block is closed once it has this much; only a single commit that is larger makes a larger one.
inline constexpr std::size_t block_bytes_target = 256 * 1024;

// Eight-byte aligned storage, as Cap'n Proto wants it.
using Words = std::vector<std::uint64_t>;

// One event as it lies in a block.
struct Entry {
    Sequence sequence;
    std::span<const std::uint64_t> words;  // canonical encoding, one segment, without a segment table
    bool ends_commit = false;
};

// The event in an entry. Owns nothing: the entry's bytes must outlive it. They must be what a BlockBuilder wrote, or
// have been accepted by open_block() or are_entries(): nothing is checked any more.
[[nodiscard]] inline schema::Event::Reader read_event(std::span<const std::uint64_t> words) {
    return capnp::readMessageUnchecked<schema::Event>(reinterpret_cast<const capnp::word*>(words.data()));
}
[[nodiscard]] inline schema::Event::Reader read_event(const Entry& entry) { return read_event(entry.words); }

// Words as the bytes that they are stored and sent as. The view ends with them.
[[nodiscard]] inline std::string_view bytes_of(std::span<const std::uint64_t> words) {
    return {reinterpret_cast<const char*>(words.data()), words.size_bytes()};
}
// These are the bytes that are hashed, proved and published.
[[nodiscard]] inline std::string_view bytes_of(const Entry& entry) { return bytes_of(entry.words); }

// The word before each event.
struct EntryHeader {
    static constexpr std::uint32_t ends_commit = 1;

    static EntryHeader at(const std::uint64_t* word) { return std::bit_cast<EntryHeader>(*word); }

    std::uint32_t bytes;
    std::uint32_t flags;
};
static_assert(sizeof(EntryHeader) == sizeof(std::uint64_t));

// The entries that lie one after the other in some memory: the body of a block, or a part of it.
class Entries {
 public:
    Entries() = default;
    // `words` must be what a BlockBuilder wrote or open_block() accepted.
    Entries(std::span<const std::uint64_t> words, Sequence first) : words_(words), first_(first) {}

    class Iterator {
     public:
        using value_type = Entry;
        using difference_type = std::ptrdiff_t;

        Iterator() = default;
        Iterator(const std::uint64_t* at, Sequence sequence) : at_(at), sequence_(sequence) {}
        Entry operator*() const {
            const auto header = EntryHeader::at(at_);
            return {sequence_,
                    {at_ + 1, header.bytes / sizeof(std::uint64_t)},
                    (header.flags & EntryHeader::ends_commit) != 0};
        }
        Iterator& operator++() {
            at_ += 1 + EntryHeader::at(at_).bytes / sizeof(std::uint64_t);
            sequence_ = sequence_.next();
            return *this;
        }
        void operator++(int) { ++*this; }
        bool operator==(const Iterator& other) const { return at_ == other.at_; }

     private:
        const std::uint64_t* at_ = nullptr;
        Sequence sequence_;
    };

    [[nodiscard]] Iterator begin() const { return {words_.data(), first_}; }
    [[nodiscard]] Iterator end() const { return {words_.data() + words_.size(), Sequence()}; }
    [[nodiscard]] std::span<const std::uint64_t> words() const { return words_; }

 private:
    std::span<const std::uint64_t> words_;
    Sequence first_;
};

// A block whose header, checksum and entries have been checked. Owns nothing.
class BlockView {
 public:
    BlockView() = default;

    [[nodiscard]] Sequence first() const { return first_; }
    [[nodiscard]] Sequence last() const { return Sequence(first_.value + count_ - 1); }
    [[nodiscard]] std::uint32_t count() const { return count_; }
    [[nodiscard]] Entries entries() const;
    [[nodiscard]] std::span<const std::uint64_t> words() const { return words_; }

    // The same block in memory of the caller's.
    [[nodiscard]] BlockView copy_to(Words& words) const;

 private:
    friend std::expected<BlockView, std::string> open_block(std::span<const std::uint64_t> words);
    std::span<const std::uint64_t> words_;
    Sequence first_;
    std::uint32_t count_ = 0;
};

// Checks the magic, the version, the lengths, the checksum, that every event is in its canonical encoding and that the
// last entry ends a commit. The error says what is wrong with the block. Cost: two passes over the bytes.
[[nodiscard]] std::expected<BlockView, std::string> open_block(std::span<const std::uint64_t> words);

// A block whose header and checksum have been checked, and of whose events those that are asked for: for whoever wants
// a few out of many. Owns nothing.
class BlockIndex {
 public:
    BlockIndex() = default;

    [[nodiscard]] Sequence first() const { return first_; }
    [[nodiscard]] bool has(Sequence sequence) const {
        return sequence >= first_ && sequence.value - first_.value < events_.size();
    }
    // The event, which it must have. The error says what is wrong with it.
    [[nodiscard]] std::expected<Entry, std::string> find(Sequence sequence) const;

 private:
    friend std::expected<BlockIndex, std::string> index_block(std::span<const std::uint64_t> words);
    Sequence first_;
    std::vector<Entry> events_;
};

// As open_block(), but for the encoding of events. Cost: one pass over the bytes, at the speed of the checksum.
[[nodiscard]] std::expected<BlockIndex, std::string> index_block(std::span<const std::uint64_t> words);

// Checks that bytes received from elsewhere are a row of entries with events in their canonical encoding; nothing about
// what the events say.
[[nodiscard]] bool are_entries(std::span<const std::uint64_t> words);

// The entries in a field of a message, which must outlive them. Bytes that are no row of entries are a kj::Exception.
// Their sequences need not be dense: every event has its own inside.
[[nodiscard]] Entries entries_of(capnp::Data::Reader bytes);

// Builds a block event by event. One thread.
class BlockBuilder {
 public:
    explicit BlockBuilder(Sequence first);
    BlockBuilder(const BlockBuilder&) = delete;
    BlockBuilder& operator=(const BlockBuilder&) = delete;
    ~BlockBuilder();

    // Begins the next event, with its sequence filled in. The builder is valid until end_event().
    [[nodiscard]] schema::Event::Builder begin_event();

    // Puts the event that was begun into the block in its canonical encoding. Gives its size in bytes; if that
    // is over event_bytes_max the caller has to go back to a mark.
    [[nodiscard]] std::size_t end_event();

    // Marks the newest event as the last one of its commit.
    void end_commit();

    // A place between two events to go back to: forgets what came later.
    struct Mark {
        std::size_t words = 0;
        std::size_t newest_entry = 0;
        std::uint32_t count = 0;
    };
    [[nodiscard]] Mark mark() const { return {words_.size(), newest_entry_, count_}; }
    void go_back(const Mark& mark);

    [[nodiscard]] Entries entries_since(const Mark& mark) const;
    [[nodiscard]] Sequence next() const { return Sequence(first_.value + count_); }
    [[nodiscard]] std::uint32_t count() const { return count_; }
    [[nodiscard]] std::size_t bytes() const { return words_.size() * sizeof(std::uint64_t); }

    // The block, with its header and checksum, of which at least one event is in. The builder is then empty and
    // goes on with the next sequence.
    [[nodiscard]] Words finish();

 private:
    void start();
    [[nodiscard]] std::size_t encode(std::size_t at, std::size_t words_max);

    Sequence first_;
    std::uint32_t count_ = 0;
    std::size_t newest_entry_ = 0;
    Words words_;

    // Events are built one after the other in the same message, since a message costs more than an event to make.
    Words scratch_;
    std::optional<capnp::MallocMessageBuilder> message_;
    std::size_t message_words_ = 0;  // before the event that is being built
    schema::Event::Builder event_{nullptr};
    bool begun_ = false;
};

}  // namespace seatledger
