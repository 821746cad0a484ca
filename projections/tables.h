// The tables: their keys, and the values of those that change with every bind.
//
// A row of a versioned table is never replaced: its key ends with the sequence of the event that wrote it, inverted,
// so that the version of any sequence is the first at or behind a seek. An index has no versions: it says what is
// true at the head, or what never changes.
//
//   versioned       key                      value
//   accounts        account                  rows::Account
//   products        product                  rows::Product
//   users           account, user            rows::User
//   holdings        account, user            the licenses that they were given
//   lots            account, first license   rows::Lot
//   lot_counts      account, first license   how many of the lot were given to somebody
//   licenses        account, license         to whom it was given, and when
//   invoices        account, invoice         rows::Invoice
//   orders          account, order           rows::Order
//   queues          account, queue           rows::Queue
//   members         account, queue, user     in which role, and since when
//   memberships     account, user            rows::Memberships
//   dues            account, instant, kind,  whether it is still to be recorded
//                   id
//   phones          account, user            rows::Phone
//   phone_configs   account, user            the configuration, sealed, as in the event
//   expiries        account, first license   how many licenses, from that one on, an event says have ended
//   disputes        account, dispute         rows::Dispute
//
//   index
//   account_ids     id                       account number
//   requests        account, request id      the commit's first and last sequence, the command's digest
//   payments        account, reference       sequence
//   disputed_lines  account, line            the dispute by which it was disputed first, and its sequence
//   free            account, chunk           512 bits: which licenses nobody has
//   due             instant, account, kind,  account id; what falls due in accounts whose time runs
//                   id
//   letters         account, user, sequence  account id; letters that were queued and are not sent
//   account_events  account, sequence        the account's events of one block: times and actors
//   mentions        account, what, sequence  events that name a user, an invoice or a queue and write no row of theirs
//   blocks          sequence                 when the events of one block were recorded
//
// Numbers in keys are big-endian, so that bytes sort like numbers; texts end with a zero byte, which no text has.
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/rules/entities.h"
#include "engine/tables.h"
#include "events/ids.h"
#include "events/instant.h"

namespace seatledger::tables {

// Raised whenever the rows of the same events differ from what they were: tables of another format are made anew from
// the log when they are opened.
inline constexpr std::string_view format = "3";

enum class Table : std::uint8_t {
    accounts = 1,
    products,
    users,
    holdings,
    lots,
    lot_counts,
    licenses,
    invoices,
    orders,
    queues,
    members,
    memberships,
    dues,
    phones,
    phone_configs,
    expiries,
    disputes,

    account_ids = 32,
    requests,
    payments,
    free,
    due,
    letters,
    account_events,
    mentions,
    blocks,
    disputed_lines,
};

inline constexpr Table versioned_tables[] = {
    Table::accounts, Table::products, Table::users,         Table::holdings, Table::lots,    Table::lot_counts,
    Table::licenses, Table::invoices, Table::orders,        Table::queues,   Table::members, Table::memberships,
    Table::dues,     Table::phones,   Table::phone_configs, Table::expiries, Table::disputes};
inline constexpr Table index_tables[] = {
    Table::account_ids, Table::requests,       Table::payments, Table::free,   Table::due,
    Table::letters,     Table::account_events, Table::mentions, Table::blocks, Table::disputed_lines};

[[nodiscard]] std::string_view name_of(Table table);

// That which the row of this key belongs to.
[[nodiscard]] inline Table table_of(std::string_view key) { return static_cast<Table>(key.front()); }

// Whether the keys of a versioned table are numbers and nothing else, all of one length: then none lies between a key
// and its successor as a number.
[[nodiscard]] constexpr bool is_numbered(Table table) {
    return table != Table::invoices && table != Table::queues && table != Table::members && table != Table::dues;
}

// Among the rows of the indexes, but of no table and in no digest: the sequence that all rows are up to date with.
inline constexpr std::string_view checkpoint_key{"\0checkpoint", 11};

// Writing keys and packed values, onto the end of a string.
inline void put_u8(std::string& to, std::uint8_t value) { to.push_back(static_cast<char>(value)); }
inline void put_u32(std::string& to, std::uint32_t value) {
    value = __builtin_bswap32(value);
    to.append(reinterpret_cast<const char*>(&value), sizeof value);
}
inline void put_u64(std::string& to, std::uint64_t value) {
    value = __builtin_bswap64(value);
    to.append(reinterpret_cast<const char*>(&value), sizeof value);
}
inline void put_instant(std::string& to, Instant instant) {
    put_u64(to, static_cast<std::uint64_t>(instant.micros) ^ (std::uint64_t{1} << 63));
}
inline void put_text(std::string& to, std::string_view text) {
    to.append(text);
    to.push_back('\0');
}
inline void put_version(std::string& to, Sequence version) { put_u64(to, ~version.value); }
// LEB128, as Protocol Buffers have it.
void put_varint(std::string& to, std::uint64_t value);
// Small for small magnitudes of either sign.
void put_zigzag(std::string& to, std::int64_t value);

// Reading them back. What is read must have been written by the above: too short a value is an assertion.
class Reader {
 public:
    explicit Reader(std::string_view bytes) : at_(bytes) {}

    [[nodiscard]] bool done() const { return at_.empty(); }
    std::uint8_t u8();
    std::uint32_t u32();
    std::uint64_t u64();
    Instant instant();
    std::string_view text();
    Sequence version() { return Sequence(~u64()); }
    std::uint64_t varint();
    std::int64_t zigzag();

 private:
    std::string_view take(std::size_t size);
    std::string_view at_;
};

inline constexpr std::size_t version_bytes = 8;
// The sequence that a versioned key ends with.
[[nodiscard]] Sequence version_of(std::string_view key);

// Beginnings of keys: whole keys for an index, all but the version for a versioned table.
[[nodiscard]] std::string key_of(Table table);
[[nodiscard]] std::string key_of(Table table, std::uint32_t number);
[[nodiscard]] std::string key_of(Table table, AccountNumber account);
[[nodiscard]] std::string key_of(Table table, AccountNumber account, std::uint32_t number);
[[nodiscard]] std::string key_of(Table table, AccountNumber account, std::string_view text);
[[nodiscard]] std::string key_of(Table table, AccountNumber account, Sequence sequence);
[[nodiscard]] std::string key_of(Table table, Sequence sequence);

// The first key that does not begin with `prefix`, for the end of a scan.
[[nodiscard]] std::string after(std::string prefix);

// holdings
void put_holdings(std::string& to, const Holdings& holdings);
[[nodiscard]] Holdings read_holdings(std::string_view value);

// licenses
struct Given {
    UserId user;  // 0: to nobody any more
    Instant at;
};
void put_given(std::string& to, const Given& given);
[[nodiscard]] Given read_given(std::string_view value);

// requests
void put_request(std::string& to, const RequestRecord& record);
[[nodiscard]] RequestRecord read_request(std::string_view value);

// free: chunk c has the licenses 512c … 512c + 511, bit by bit.
inline constexpr std::uint32_t free_chunk_licenses = 512;
using FreeBits = std::array<std::uint64_t, free_chunk_licenses / 64>;
void put_free(std::string& to, const FreeBits& bits);
[[nodiscard]] FreeBits read_free(std::string_view value);

// account_events: the events of one account in one block. The key has the last sequence of them.
struct AccountEvent {
    Sequence sequence;
    Instant effective_at;
    std::uint32_t actor = 0;  // of the numbers below
};
inline constexpr std::uint32_t actor_vendor = 0;
inline constexpr std::uint32_t actor_ledger = 1;
inline constexpr std::uint32_t actor_users = 2;  // + user id
void put_account_events(std::string& to, const std::vector<AccountEvent>& events);
[[nodiscard]] std::vector<AccountEvent> read_account_events(std::string_view value, Sequence last);

// members
struct Member {
    std::optional<schema::QueueRole> role;  // none: they have left
    Instant since;
};
[[nodiscard]] std::string member_key(AccountNumber account, std::string_view queue, UserId user);
[[nodiscard]] UserId member_of_key(std::string_view key);
void put_member(std::string& to, const Member& member);
[[nodiscard]] Member read_member(std::string_view value);

// dues, and due
[[nodiscard]] std::string dues_key(AccountNumber account, const Due& due);
[[nodiscard]] Due read_dues_key(std::string_view key);
inline constexpr std::string_view still_due{"\1", 1};
inline constexpr std::string_view not_due{"\0", 1};
[[nodiscard]] std::string due_key(AccountNumber account, const Due& due);

// letters
struct UnsentLetter {
    AccountNumber account;
    UserId user;            // to whom
    Sequence notification;  // what queued it

    auto operator<=>(const UnsentLetter&) const = default;
};
[[nodiscard]] std::string letter_key(const UnsentLetter& letter);
[[nodiscard]] UnsentLetter read_letter_key(std::string_view key);

// mentions
enum class Mention : std::uint8_t { user = 1, invoice, queue };
[[nodiscard]] std::string mention_key(AccountNumber account, UserId user);
[[nodiscard]] std::string mention_key(AccountNumber account, Mention what, std::string_view name);

// blocks: the key has the first sequence.
void put_recorded(std::string& to, const std::vector<Instant>& recorded);
// When the event `offset` places behind the block's first was recorded; of the last one if there are fewer.
[[nodiscard]] Instant read_recorded(std::string_view value, std::uint64_t offset);

}  // namespace seatledger::tables
