#include "server/access.h"

#include <capnp/message.h>
#include <capnp/serialize.h>
#include <kj/debug.h>
#include <openssl/rand.h>
#include <openssl/sha.h>

#include <algorithm>
#include <array>
#include <boost/algorithm/hex.hpp>
#include <charconv>
#include <cstring>
#include <iterator>
#include <span>

#include "events/text.h"
#include "server/kept.capnp.h"

namespace seatledger {
namespace {

constexpr std::string_view token_prefix = "token/";
constexpr std::string_view number_key = "last token";
constexpr std::size_t shown_random_bytes = 32;

// So much is random that a plain hash cannot be guessed from (unlike a password's).
std::string hash_of(std::string_view shown) {
    std::array<unsigned char, SHA256_DIGEST_LENGTH> hash{};
    SHA256(reinterpret_cast<const unsigned char*>(shown.data()), shown.size(), hash.data());
    return {hash.begin(), hash.end()};
}

std::string key_of(const Token& token) { return std::string(token_prefix) + token.hash; }

std::string write(const Token& token) {
    capnp::MallocMessageBuilder message;
    auto kept = message.initRoot<kept::Token>();
    const auto& terms = token.terms;
    kept.setNumber(token.number);
    if (!terms.caller.account.empty()) kept.setAccount(text(terms.caller.account));
    kept.setUser(terms.caller.user.value);
    if (terms.caller.role) kept.setRole(static_cast<std::uint8_t>(static_cast<unsigned>(*terms.caller.role) + 1));
    if (!terms.label.empty()) kept.setLabel(text(terms.label));
    if (!terms.issuer_account.empty()) kept.setIssuerAccount(text(terms.issuer_account));
    kept.setIssuer(terms.issuer.value);
    kept.setIssuedAt(token.issued_at.micros);
    kept.setExpiresAt(terms.expires_at.micros);
    kept.setIsLogIn(terms.is_log_in);
    kept.setPassword(token.password);
    const auto words = capnp::messageToFlatArray(message);
    return std::string(view(words.asBytes()));
}

std::shared_ptr<Token> read(std::string_view hash, std::string_view value) {
    std::vector<capnp::word> words(value.size() / sizeof(capnp::word));
    std::memcpy(words.data(), value.data(), words.size() * sizeof(capnp::word));
    capnp::FlatArrayMessageReader message(kj::arrayPtr(words.data(), words.size()));
    const auto kept = message.getRoot<kept::Token>();
    auto token = std::make_shared<Token>();
    auto& terms = token->terms;
    token->number = kept.getNumber();
    terms.caller.account = view(kept.getAccount());
    terms.caller.user = UserId(kept.getUser());
    if (kept.getRole() != 0) terms.caller.role = static_cast<schema::Role>(kept.getRole() - 1);
    terms.label = view(kept.getLabel());
    terms.issuer_account = view(kept.getIssuerAccount());
    terms.issuer = UserId(kept.getIssuer());
    token->issued_at = Instant{kept.getIssuedAt()};
    terms.expires_at = Instant{kept.getExpiresAt()};
    terms.is_log_in = kept.getIsLogIn();
    terms.password = Sequence(kept.getPassword());
    token->password = kept.getPassword();
    token->hash = hash;
    return token;
}

std::vector<std::string> keys_of(std::span<const std::shared_ptr<Token>> tokens) {
    std::vector<std::string> keys;
    for (const auto& token : tokens) keys.push_back(key_of(*token));
    return keys;
}

bool is_log_in_of(const Token& token, std::string_view account, UserId user) {
    const auto& caller = token.terms.caller;
    return token.terms.is_log_in && caller.user == user && caller.account == account;
}

}  // namespace

Access::Access(PrivateTable& rows, std::string_view vendor_token) : rows_(rows) {
    if (const auto last = rows_.get(number_key)) {
        std::from_chars(last->data(), last->data() + last->size(), last_number_);
    }
    rows_.scan(token_prefix, [&](std::string_view key, std::string_view value) {
        keep(read(key.substr(token_prefix.size()), value));
        return true;
    });
    auto vendors = std::make_shared<Token>();
    vendors->hash = hash_of(vendor_token);
    keep(std::move(vendors));
}

void Access::keep(std::shared_ptr<Token> token) {
    auto hash = token->hash;
    by_hash_.insert_or_assign(std::move(hash), std::move(token));
}

std::shared_ptr<const Token> Access::find(std::string_view shown, Instant now) const {
    const auto hash = hash_of(shown);
    const std::lock_guard lock(mutex_);
    const auto found = by_hash_.find(hash);
    return found != by_hash_.end() && found->second->is_good(now) ? found->second : nullptr;
}

std::expected<Access::Issued, StorageFailure> Access::issue(const TokenTerms& terms, Instant now) {
    std::array<unsigned char, shown_random_bytes> random{};
    KJ_REQUIRE(RAND_bytes(random.data(), random.size()) == 1, "OpenSSL has no random bytes");
    Issued issued;
    boost::algorithm::hex_lower(random.begin(), random.end(), std::back_inserter(issued.shown));
    auto token = std::make_shared<Token>();
    token->terms = terms;
    token->issued_at = now;
    token->password = terms.password.value;
    token->hash = hash_of(issued.shown);

    const std::lock_guard changing(changing_);
    const auto ended = ended_by(terms, now);
    token->number = last_number_ + 1;
    const PrivateTable::Row rows[] = {{key_of(*token), write(*token)},
                                      {std::string(number_key), std::to_string(token->number)}};
    if (auto written = rows_.write(rows, keys_of(ended)); !written) return std::unexpected(written.error());
    last_number_ = token->number;
    forget(ended);
    const std::lock_guard lock(mutex_);
    keep(token);
    issued.token = std::move(token);
    return issued;
}

Access::Tokens Access::all() const {
    const std::lock_guard lock(mutex_);
    Tokens tokens;
    for (const auto& [hash, token] : by_hash_) tokens.push_back(token);
    return tokens;
}

// What is good no more anyway, and the log-ins that the next one is one too many for.
Access::Tokens Access::ended_by(const TokenTerms& next, Instant now) const {
    Tokens ended;
    Tokens log_ins;
    for (const auto& token : all()) {
        if (!token->is_good(now)) {
            ended.push_back(token);
        } else if (next.is_log_in && is_log_in_of(*token, next.caller.account, next.caller.user)) {
            log_ins.push_back(token);
        }
    }
    if (log_ins.size() < log_ins_max) return ended;
    std::ranges::sort(log_ins, {}, [](const auto& token) { return token->number; });
    ended.insert(ended.end(), log_ins.begin(), log_ins.end() - (log_ins_max - 1));
    return ended;
}

void Access::forget(const Tokens& tokens) {
    const std::lock_guard lock(mutex_);
    for (const auto& token : tokens) {
        token->revoked = true;
        by_hash_.erase(token->hash);
    }
}

std::expected<void, StorageFailure> Access::end(const Tokens& tokens) {
    if (tokens.empty()) return {};
    if (auto written = rows_.write({}, keys_of(tokens)); !written) return written;
    forget(tokens);
    return {};
}

std::vector<std::shared_ptr<const Token>> Access::tokens(Instant now) const {
    std::vector<std::shared_ptr<const Token>> good;
    {
        const std::lock_guard lock(mutex_);
        for (const auto& [hash, token] : by_hash_) {
            if (token->is_good(now)) good.push_back(token);
        }
    }
    std::ranges::sort(good, {}, [](const auto& token) { return token->number; });
    return good;
}

std::expected<bool, StorageFailure> Access::revoke(std::uint32_t number) {
    const std::lock_guard changing(changing_);
    auto tokens = all();
    std::erase_if(tokens, [&](const auto& token) { return token->number != number || number == 0; });
    if (auto ended = end(tokens); !ended) return std::unexpected(ended.error());
    return !tokens.empty();
}

std::expected<void, StorageFailure> Access::end_log_ins(std::string_view account, UserId user, std::uint32_t except,
                                                        Sequence password) {
    const std::lock_guard changing(changing_);
    auto tokens = all();
    std::erase_if(tokens, [&](const auto& token) { return !is_log_in_of(*token, account, user); });
    if (tokens.empty()) return {};
    std::vector<PrivateTable::Row> rows;
    const auto stays = std::ranges::find(tokens, except, &Token::number);
    if (stays != tokens.end()) {
        // Answers may come out of order: the newest password is what counts.
        (*stays)->password = std::max((*stays)->password.load(), password.value);
        rows.push_back({key_of(**stays), write(**stays)});
        tokens.erase(stays);
    }
    auto written = rows_.write(rows, keys_of(tokens));
    forget(tokens);
    return written;
}

std::expected<void, StorageFailure> Access::end_log_ins(const std::function<bool(const Token&)>& is_over) {
    const std::lock_guard changing(changing_);
    auto tokens = all();
    std::erase_if(tokens, [&](const auto& token) { return !token->terms.is_log_in || !is_over(*token); });
    return end(tokens);
}

}  // namespace seatledger
