#include "projections/tables.h"

#include <kj/debug.h>

#include <algorithm>

namespace seatledger::tables {

std::string_view name_of(Table table) {
    switch (table) {
        case Table::accounts: return "accounts";
        case Table::products: return "products";
        case Table::users: return "users";
        case Table::holdings: return "holdings";
        case Table::lots: return "lots";
        case Table::lot_counts: return "lot_counts";
        case Table::licenses: return "licenses";
        case Table::invoices: return "invoices";
        case Table::orders: return "orders";
        case Table::disputes: return "disputes";
        case Table::disputed_lines: return "disputed_lines";
        case Table::queues: return "queues";
        case Table::members: return "members";
        case Table::memberships: return "memberships";
        case Table::dues: return "dues";
        case Table::phones: return "phones";
        case Table::phone_configs: return "phone_configs";
        case Table::expiries: return "expiries";
        case Table::account_ids: return "account_ids";
        case Table::requests: return "requests";
        case Table::payments: return "payments";
        case Table::free: return "free";
        case Table::due: return "due";
        case Table::letters: return "letters";
        case Table::account_events: return "account_events";
        case Table::mentions: return "mentions";
        case Table::blocks: return "blocks";
    }
    return "?";
}

void put_varint(std::string& to, std::uint64_t value) {
    while (value >= 0x80) {
        put_u8(to, static_cast<std::uint8_t>(value | 0x80));
        value >>= 7;
    }
    put_u8(to, static_cast<std::uint8_t>(value));
}

void put_zigzag(std::string& to, std::int64_t value) {
    put_varint(to, (static_cast<std::uint64_t>(value) << 1) ^ static_cast<std::uint64_t>(value >> 63));
}

std::string_view Reader::take(std::size_t size) {
    KJ_REQUIRE(at_.size() >= size, "a row is shorter than it should be", at_.size(), size);
    const auto taken = at_.substr(0, size);
    at_.remove_prefix(size);
    return taken;
}

std::uint8_t Reader::u8() { return static_cast<std::uint8_t>(take(1)[0]); }

std::uint32_t Reader::u32() {
    std::uint32_t value = 0;
    std::memcpy(&value, take(sizeof value).data(), sizeof value);
    return __builtin_bswap32(value);
}

std::uint64_t Reader::u64() {
    std::uint64_t value = 0;
    std::memcpy(&value, take(sizeof value).data(), sizeof value);
    return __builtin_bswap64(value);
}

Instant Reader::instant() { return {static_cast<std::int64_t>(u64() ^ (std::uint64_t{1} << 63))}; }

std::string_view Reader::text() {
    const auto end = at_.find('\0');
    KJ_REQUIRE(end != std::string_view::npos, "a text in a key does not end");
    const auto text = take(end);
    take(1);
    return text;
}

std::uint64_t Reader::varint() {
    std::uint64_t value = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
        const auto byte = u8();
        value |= std::uint64_t{byte & 0x7Fu} << shift;
        if ((byte & 0x80) == 0) return value;
    }
    KJ_FAIL_REQUIRE("a number in a row does not end");
}

std::int64_t Reader::zigzag() {
    const auto value = varint();
    return static_cast<std::int64_t>(value >> 1) ^ -static_cast<std::int64_t>(value & 1);
}

Sequence version_of(std::string_view key) { return Reader(key.substr(key.size() - version_bytes)).version(); }

std::string key_of(Table table) { return {static_cast<char>(table)}; }

std::string key_of(Table table, std::uint32_t number) {
    auto key = key_of(table);
    put_u32(key, number);
    return key;
}

std::string key_of(Table table, AccountNumber account) { return key_of(table, account.value); }

std::string key_of(Table table, AccountNumber account, std::uint32_t number) {
    auto key = key_of(table, account);
    put_u32(key, number);
    return key;
}

std::string key_of(Table table, AccountNumber account, std::string_view text) {
    auto key = key_of(table, account);
    put_text(key, text);
    return key;
}

std::string key_of(Table table, AccountNumber account, Sequence sequence) {
    auto key = key_of(table, account);
    put_u64(key, sequence.value);
    return key;
}

std::string key_of(Table table, Sequence sequence) {
    auto key = key_of(table);
    put_u64(key, sequence.value);
    return key;
}

std::string after(std::string prefix) {
    while (!prefix.empty() && static_cast<std::uint8_t>(prefix.back()) == 0xFF) prefix.pop_back();
    KJ_REQUIRE(!prefix.empty(), "nothing comes after this prefix");
    ++prefix.back();
    return prefix;
}

void put_holdings(std::string& to, const Holdings& holdings) {
    for (const auto& holding : holdings) {
        put_u32(to, holding.license.value);
        put_u32(to, holding.product.value);
        put_instant(to, holding.valid_until);
        put_u64(to, holding.since.value);
    }
}

Holdings read_holdings(std::string_view value) {
    Holdings holdings;
    for (Reader reader(value); !reader.done();) {
        Holding holding;
        holding.license = LicenseNumber(reader.u32());
        holding.product = ProductNumber(reader.u32());
        holding.valid_until = reader.instant();
        holding.since = Sequence(reader.u64());
        holdings.push_back(holding);
    }
    return holdings;
}

void put_given(std::string& to, const Given& given) {
    put_u32(to, given.user.value);
    put_instant(to, given.at);
}

Given read_given(std::string_view value) {
    Reader reader(value);
    const UserId user(reader.u32());
    return {user, reader.instant()};
}

void put_request(std::string& to, const RequestRecord& record) {
    put_u64(to, record.first.value);
    put_u64(to, record.last.value);
    to.append(reinterpret_cast<const char*>(record.digest.data()), record.digest.size());
}

RequestRecord read_request(std::string_view value) {
    Reader reader(value);
    RequestRecord record;
    record.first = Sequence(reader.u64());
    record.last = Sequence(reader.u64());
    for (auto& byte : record.digest) byte = reader.u8();
    return record;
}

void put_free(std::string& to, const FreeBits& bits) {
    for (const auto word : bits) put_u64(to, word);
}

FreeBits read_free(std::string_view value) {
    Reader reader(value);
    FreeBits bits;
    for (auto& word : bits) word = reader.u64();
    return bits;
}

void put_account_events(std::string& to, const std::vector<AccountEvent>& events) {
    put_varint(to, events.size());
    // Backwards from the last, whose sequence the key has.
    auto sequence = events.back().sequence.value;
    std::int64_t instant = 0;
    for (auto event = events.rbegin(); event != events.rend(); ++event) {
        put_varint(to, sequence - event->sequence.value);
        put_zigzag(to, event->effective_at.micros - instant);
        put_varint(to, event->actor);
        sequence = event->sequence.value;
        instant = event->effective_at.micros;
    }
}

std::vector<AccountEvent> read_account_events(std::string_view value, Sequence last) {
    Reader reader(value);
    const auto count = reader.varint();
    KJ_REQUIRE(count <= value.size(), "a row has fewer events than it says", count, value.size());
    std::vector<AccountEvent> events(count);
    auto sequence = last.value;
    std::int64_t instant = 0;
    for (auto event = events.rbegin(); event != events.rend(); ++event) {
        sequence -= reader.varint();
        instant += reader.zigzag();
        event->sequence = Sequence(sequence);
        event->effective_at = Instant{instant};
        event->actor = static_cast<std::uint32_t>(reader.varint());
    }
    return events;
}

std::string member_key(AccountNumber account, std::string_view queue, UserId user) {
    auto key = key_of(Table::members, account, queue);
    put_u32(key, user.value);
    return key;
}

UserId member_of_key(std::string_view key) {
    return UserId(Reader(key.substr(key.size() - version_bytes - sizeof(std::uint32_t))).u32());
}

void put_member(std::string& to, const Member& member) {
    put_u8(to, member.role ? static_cast<std::uint8_t>(1 + static_cast<unsigned>(*member.role)) : 0);
    put_instant(to, member.since);
}

Member read_member(std::string_view value) {
    Reader reader(value);
    Member member;
    const auto role = reader.u8();
    if (role != 0) member.role = static_cast<schema::QueueRole>(role - 1);
    member.since = reader.instant();
    return member;
}

std::string dues_key(AccountNumber account, const Due& due) {
    auto key = key_of(Table::dues, account);
    put_instant(key, due.instant);
    put_u8(key, static_cast<std::uint8_t>(due.kind));
    put_u32(key, due.id);
    return key;
}

Due read_dues_key(std::string_view key) {
    Reader reader(key);
    static_cast<void>(reader.u8());
    static_cast<void>(reader.u32());
    Due due;
    due.instant = reader.instant();
    due.kind = static_cast<DueKind>(reader.u8());
    due.id = reader.u32();
    return due;
}

std::string due_key(AccountNumber account, const Due& due) {
    auto key = key_of(Table::due);
    put_instant(key, due.instant);
    put_u32(key, account.value);
    put_u8(key, static_cast<std::uint8_t>(due.kind));
    put_u32(key, due.id);
    return key;
}

std::string letter_key(const UnsentLetter& letter) {
    auto key = key_of(Table::letters, letter.account);
    put_u32(key, letter.user.value);
    put_u64(key, letter.notification.value);
    return key;
}

UnsentLetter read_letter_key(std::string_view key) {
    Reader reader(key);
    static_cast<void>(reader.u8());
    UnsentLetter letter;
    letter.account = AccountNumber(reader.u32());
    letter.user = UserId(reader.u32());
    letter.notification = Sequence(reader.u64());
    return letter;
}

std::string mention_key(AccountNumber account, UserId user) {
    auto key = key_of(Table::mentions, account);
    put_u8(key, static_cast<std::uint8_t>(Mention::user));
    put_u32(key, user.value);
    return key;
}

std::string mention_key(AccountNumber account, Mention what, std::string_view name) {
    auto key = key_of(Table::mentions, account);
    put_u8(key, static_cast<std::uint8_t>(what));
    put_text(key, name);
    return key;
}

void put_recorded(std::string& to, const std::vector<Instant>& recorded) {
    std::int64_t before = 0;
    for (const auto instant : recorded) {
        put_zigzag(to, instant.micros - before);
        before = instant.micros;
    }
}

Instant read_recorded(std::string_view value, std::uint64_t offset) {
    Instant instant;
    Reader reader(value);
    for (std::uint64_t i = 0; i <= offset && !reader.done(); ++i) instant.micros += reader.zigzag();
    return instant;
}

}  // namespace seatledger::tables
