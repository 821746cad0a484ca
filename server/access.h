// Who is let in: the tokens that were issued, and what each of them is good for.
#pragma once

#include <atomic>
#include <boost/unordered/unordered_flat_map.hpp>
#include <cstdint>
#include <expected>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "engine/failure.h"
#include "engine/rules/caller.h"
#include "engine/vault/private_table.h"
#include "events/instant.h"

namespace seatledger {

// Log-ins of a person at a time: who logs in from a script and never out is not to fill the memory.
inline constexpr std::size_t log_ins_max = 16;

// What a token is good for.
struct TokenTerms {
    Caller caller;  // whoever shows it
    std::string label;
    std::string issuer_account;       // who issued it: a person of this account …
    UserId issuer;                    // 0: the vendor
    Instant expires_at = no_instant;  // no_instant: never
    bool is_log_in = false;
    Sequence password;  // of a log-in: the passwordChanged of the password by which it was had
};

struct Token {
    std::uint32_t number = 0;  // 1, 2, 3 …; 0: the vendor's own, in vendor.token
    TokenTerms terms;
    Instant issued_at;
    std::string hash;                         // SHA-256 of what is shown
    std::atomic<std::uint64_t> password = 0;  // as in the terms, or the one that was set by this log-in since
    std::atomic<bool> revoked = false;

    // Whether it is still good at that time.
    [[nodiscard]] bool is_good(Instant now) const {
        return !revoked && (terms.expires_at == no_instant || now < terms.expires_at);
    }
};

// Any thread. What is issued and revoked is durable on return; only hashes are kept, so nobody can read a token there.
class Access {
 public:
    // Reads the tokens that are kept. `vendor_token` is good for everything and for ever. `rows` must outlive it.
    Access(PrivateTable& rows, std::string_view vendor_token);

    // The token that reads so; null: there is none, or it is good no more.
    [[nodiscard]] std::shared_ptr<const Token> find(std::string_view shown, Instant now) const;

    struct Issued {
        std::string shown;  // 64 hexadecimal digits; nobody will ever see them again
        std::shared_ptr<const Token> token;
    };
    // With one log-in of a person more than log_ins_max, their oldest one ends.
    [[nodiscard]] std::expected<Issued, StorageFailure> issue(const TokenTerms& terms, Instant now);

    // Those that are good, in the order of their numbers.
    [[nodiscard]] std::vector<std::shared_ptr<const Token>> tokens(Instant now) const;

    // Nobody is let in by it any more. False: there is no such token, or not any more.
    [[nodiscard]] std::expected<bool, StorageFailure> revoke(std::uint32_t number);

    // The same of all that the person was let in by with a password, but for that number, which goes on with
    // `password`. Here it holds at once, also where the storage fails.
    [[nodiscard]] std::expected<void, StorageFailure> end_log_ins(std::string_view account, UserId user,
                                                                  std::uint32_t except, Sequence password);
    // The same of the log-ins for which `is_over` holds, which must not change tokens.
    [[nodiscard]] std::expected<void, StorageFailure> end_log_ins(const std::function<bool(const Token&)>& is_over);

 private:
    using Tokens = std::vector<std::shared_ptr<Token>>;

    void keep(std::shared_ptr<Token> token);
    [[nodiscard]] Tokens all() const;
    [[nodiscard]] Tokens ended_by(const TokenTerms& next, Instant now) const;
    [[nodiscard]] std::expected<void, StorageFailure> end(const Tokens& tokens);
    void forget(const Tokens& tokens);

    PrivateTable& rows_;
    std::mutex changing_;  // held while the disk is waited for; finding goes on meanwhile
    mutable std::mutex mutex_;
    boost::unordered_flat_map<std::string, std::shared_ptr<Token>> by_hash_;
    std::uint32_t last_number_ = 0;  // of who is changing
};

}  // namespace seatledger
