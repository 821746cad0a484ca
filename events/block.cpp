#include "events/block.h"

#include <kj/debug.h>
#include <xxhash.h>

#include <algorithm>
#include <bit>
#include <cstring>
#include <utility>

#include "events/canonical.h"

namespace seatledger {
namespace {

// Little-endian on disk; so are the machines that this is built for, Cap'n Proto's fast path included.
static_assert(std::endian::native == std::endian::little);

struct Header {
    char magic[4];
    std::uint16_t version;
    std::uint16_t reserved;
    std::uint64_t first;
    std::uint32_t count;
    std::uint32_t body_bytes;
    std::uint64_t checksum;
};
static_assert(sizeof(Header) == 32);

constexpr char magic[4] = {'S', 'L', 'G', 'B'};
constexpr std::size_t header_words = sizeof(Header) / sizeof(std::uint64_t);
constexpr std::size_t scratch_words = 1024;
constexpr std::size_t event_room_words = 512;  // most events are far smaller

std::uint64_t checksum_of(std::span<const std::uint64_t> block) {
    const auto over_header = XXH3_64bits(block.data(), offsetof(Header, checksum));
    return XXH3_64bits_withSeed(block.data() + header_words, (block.size() - header_words) * sizeof(std::uint64_t),
                                over_header);
}

// Calls `take(words, ends_commit)` for each entry, until it gives false. False, too, if entries do not fill `body`
// exactly.
template <typename Take>
bool take_entries(std::span<const std::uint64_t> body, Take take) {
    for (std::size_t at = 0; at < body.size();) {
        const auto header = EntryHeader::at(&body[at]);
        const auto words = header.bytes / sizeof(std::uint64_t);
        if (header.bytes % sizeof(std::uint64_t) != 0 || header.bytes == 0) return false;
        if (header.bytes > event_bytes_max || (header.flags & ~EntryHeader::ends_commit) != 0) return false;
        if (body.size() - at - 1 < words) return false;
        if (!take(body.subspan(at + 1, words), (header.flags & EntryHeader::ends_commit) != 0)) return false;
        at += 1 + words;
    }
    return true;
}

// The number of entries that fill `body` exactly; nothing if they do not, or if an event is not in its canonical
// encoding. `ends_commit`: whether the last does.
std::optional<std::uint64_t> count_entries(std::span<const std::uint64_t> body, bool& ends_commit) {
    std::uint64_t count = 0;
    const bool are_good = take_entries(body, [&](std::span<const std::uint64_t> words, bool ends) {
        ends_commit = ends;
        ++count;
        return is_canonical(words);
    });
    return are_good ? std::optional(count) : std::nullopt;
}

// The header, if it is one of a block that it describes and whose checksum it has.
std::expected<Header, std::string> open_header(std::span<const std::uint64_t> words) {
    if (words.size() < header_words) return std::unexpected("is shorter than a block's header");
    Header header;
    std::memcpy(&header, words.data(), sizeof header);
    if (std::memcmp(header.magic, magic, sizeof magic) != 0) return std::unexpected("does not begin like a block");
    if (header.version != block_format_version) {
        return std::unexpected("has format version " + std::to_string(header.version) +
                               "; this program reads version " + std::to_string(block_format_version));
    }
    if (header.body_bytes != words.subspan(header_words).size_bytes()) {
        return std::unexpected("is not as long as its header says");
    }
    if (header.checksum != checksum_of(words)) return std::unexpected("does not match its checksum");
    return header;
}

bool fits(const Header& header, std::uint64_t count, bool ends_commit) {
    return header.reserved == 0 && header.first != 0 && header.count != 0 && count == header.count && ends_commit;
}

constexpr char misfit[] = "has entries that do not fit its header";

}  // namespace

Entries BlockView::entries() const { return {words_.subspan(header_words), first_}; }

BlockView BlockView::copy_to(Words& words) const {
    words.assign(words_.begin(), words_.end());
    auto copy = *this;
    copy.words_ = words;
    return copy;
}

std::expected<BlockView, std::string> open_block(std::span<const std::uint64_t> words) {
    const auto header = open_header(words);
    if (!header) return std::unexpected(header.error());
    bool ends_commit = false;
    const auto count = count_entries(words.subspan(header_words), ends_commit);
    if (!count || !fits(*header, *count, ends_commit)) return std::unexpected(misfit);
    BlockView view;
    view.words_ = words;
    view.first_ = Sequence(header->first);
    view.count_ = header->count;
    return view;
}

std::expected<BlockIndex, std::string> index_block(std::span<const std::uint64_t> words) {
    const auto header = open_header(words);
    if (!header) return std::unexpected(header.error());
    BlockIndex index;
    index.first_ = Sequence(header->first);
    index.events_.reserve(std::min<std::size_t>(header->count, words.size()));
    bool ends_commit = false;
    const bool are_entries = take_entries(words.subspan(header_words), [&](auto event, bool ends) {
        ends_commit = ends;
        index.events_.push_back({Sequence(header->first + index.events_.size()), event, ends});
        return true;
    });
    if (!are_entries || !fits(*header, index.events_.size(), ends_commit)) return std::unexpected(misfit);
    return index;
}

std::expected<Entry, std::string> BlockIndex::find(Sequence sequence) const {
    KJ_REQUIRE(has(sequence), "the block does not have this event", sequence.value);
    const auto& event = events_[sequence.value - first_.value];
    if (!is_canonical(event.words)) {
        return std::unexpected("has event " + std::to_string(sequence.value) +
                               " in another encoding than the canonical");
    }
    return event;
}

bool are_entries(std::span<const std::uint64_t> words) {
    bool ends_commit = false;
    return count_entries(words, ends_commit).has_value();
}

Entries entries_of(capnp::Data::Reader bytes) {
    const bool is_aligned = std::bit_cast<std::uintptr_t>(bytes.begin()) % alignof(std::uint64_t) == 0;
    KJ_REQUIRE(is_aligned && bytes.size() % sizeof(std::uint64_t) == 0, "the message has events that cannot be read",
               bytes.size());
    const std::span words(reinterpret_cast<const std::uint64_t*>(bytes.begin()), bytes.size() / sizeof(std::uint64_t));
    KJ_REQUIRE(are_entries(words), "the message has events that cannot be read", bytes.size());
    return {words, Sequence()};
}

BlockBuilder::BlockBuilder(Sequence first) : first_(first), scratch_(scratch_words) {
    KJ_REQUIRE(first.value > 0, "sequences count from 1");
    start();
}

BlockBuilder::~BlockBuilder() = default;

void BlockBuilder::start() {
    count_ = 0;
    newest_entry_ = 0;
    words_.clear();
    words_.reserve((block_bytes_target + event_bytes_max) / sizeof(std::uint64_t));
    words_.resize(header_words);
}

schema::Event::Builder BlockBuilder::begin_event() {
    message_words_ = message_ ? message_->sizeInWords() : 0;
    if (!message_) message_.emplace(kj::arrayPtr(reinterpret_cast<capnp::word*>(scratch_.data()), scratch_.size()));
    // The root pointer is the first word of the first segment. With nothing to point at, Cap'n Proto does not go
    // through the event before to clear it, which takes as long as building one.
    scratch_.front() = 0;
    event_ = message_->initRoot<schema::Event>();
    begun_ = true;
    event_.setSequence(next().value);
    return event_;
}

// Puts the event that was begun into the block, `at` a word, and gives how many it took.
std::size_t BlockBuilder::encode(std::size_t at, std::size_t words_max) {
    words_.resize(at + words_max);
    if (message_->getSegmentsForOutput().size() == 1) {
        const auto event = capnp::toAny(event_.asReader());
        const auto data = event.getDataSection();
        const auto data_words = static_cast<std::uint16_t>(data.size() / sizeof(std::uint64_t));
        const auto pointers = static_cast<std::uint16_t>(event.getPointerSection().size());
        return write_canonical({reinterpret_cast<const std::uint64_t*>(data.begin()), data_words, pointers},
                               std::span(words_).subspan(at));
    }
    capnp::FlatMessageBuilder canonical(kj::arrayPtr(reinterpret_cast<capnp::word*>(&words_[at]), words_max));
    canonical.initRoot<capnp::AnyPointer>().setCanonicalAs<schema::Event>(event_.asReader());
    return canonical.getSegmentsForOutput()[0].size();
}

std::size_t BlockBuilder::end_event() {
    KJ_REQUIRE(begun_, "no event was begun");
    begun_ = false;
    // The canonical encoding is never larger than the one that it is made from, with its pointer.
    const auto message_words = message_->sizeInWords();
    const auto entry = words_.size();
    const auto words = encode(entry + 1, 1 + message_words - message_words_);
    if (message_words > scratch_words - event_room_words) message_.reset();
    words_.resize(entry + 1 + words);
    const auto bytes = words * sizeof(std::uint64_t);
    words_[entry] = std::bit_cast<std::uint64_t>(EntryHeader{static_cast<std::uint32_t>(bytes), 0});
    newest_entry_ = entry;
    ++count_;
    return bytes;
}

void BlockBuilder::end_commit() {
    KJ_REQUIRE(newest_entry_ != 0, "no event to end a commit with");
    auto header = EntryHeader::at(&words_[newest_entry_]);
    header.flags |= EntryHeader::ends_commit;
    words_[newest_entry_] = std::bit_cast<std::uint64_t>(header);
}

void BlockBuilder::go_back(const Mark& mark) {
    begun_ = false;
    words_.resize(mark.words);
    newest_entry_ = mark.newest_entry;
    count_ = mark.count;
}

Entries BlockBuilder::entries_since(const Mark& mark) const {
    return {std::span(words_).subspan(mark.words), Sequence(first_.value + mark.count)};
}

Words BlockBuilder::finish() {
    KJ_REQUIRE(count_ > 0, "a block has at least one event");
    Header header{};
    std::memcpy(header.magic, magic, sizeof magic);
    header.version = block_format_version;
    header.first = first_.value;
    header.count = count_;
    header.body_bytes = static_cast<std::uint32_t>((words_.size() - header_words) * sizeof(std::uint64_t));
    std::memcpy(words_.data(), &header, sizeof header);
    header.checksum = checksum_of(words_);
    std::memcpy(words_.data(), &header, sizeof header);
    auto block = std::move(words_);
    first_ = next();
    start();
    return block;
}

}  // namespace seatledger
