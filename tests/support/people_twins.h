// Events of an account's people, folded into the state that is tested and into the naive one, which opens each box when
// it comes.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "engine/cached_state.h"
#include "engine/log/memory_log.h"
#include "engine/rules/rules.h"
#include "events/sealed.h"
#include "events/text.h"
#include "tests/support/catch.h"
#include "tests/support/map_state.h"
#include "tests/support/map_tables.h"
#include "tests/support/test_secrets.h"

namespace seatledger::testing {

// Those of a vault; counts what is opened.
class CountingSeals final : public Seals {
 public:
    explicit CountingSeals(Vault& vault) : vault_(vault) {}
    [[nodiscard]] KeyNumber make_key() override { return vault_.make_key(); }
    [[nodiscard]] bool is_usable(KeyNumber key) const override { return vault_.is_usable(key); }
    [[nodiscard]] std::string seal(KeyNumber key, std::string_view context, std::string_view clear) override {
        return vault_.seal(key, context, clear);
    }
    [[nodiscard]] std::optional<std::string> open(KeyNumber key, std::string_view context,
                                                  std::string_view box) const override {
        ++opened_;
        return vault_.open(key, context, box);
    }

    [[nodiscard]] std::uint64_t opened() const { return opened_; }

 private:
    Vault& vault_;
    mutable std::uint64_t opened_ = 0;
};

// Makes an event of an empty one.
using Fill = std::function<void(schema::Event::Builder)>;

inline constexpr AccountNumber acme_number(1);  // the account

// One thread.
class PeopleTwins {
 public:
    explicit PeopleTwins(bool has_tables = false, const StateLimits& limits = {}) : limits_(limits) {
        if (has_tables) tables_ = std::make_unique<MapTables>();
        make_state(Sequence());
        happens([](auto event) { event.initAccountOpened().setTimeZone("UTC"); });
    }

    [[nodiscard]] Fill registered(std::uint32_t user, std::string_view email) {
        const auto key = secrets_.vault().make_key();
        keys_[user] = key;
        return [user, key, box = box_of(user, email)](auto event) {
            auto body = event.initUserRegistered();
            body.setUser(user);
            body.setKey(key.value);
            body.setEmail(as_data(box));
        };
    }
    [[nodiscard]] Fill email_changed(std::uint32_t user, std::string_view email) {
        return [user, key = keys_.at(user), box = box_of(user, email)](auto event) {
            auto body = event.initEmailChanged();
            body.setUser(user);
            body.setKey(key.value);
            body.setNewEmail(as_data(box));
        };
    }
    [[nodiscard]] static Fill removed(std::uint32_t user) {
        return [user](auto event) { event.initUserRemoved().setUser(user); };
    }
    [[nodiscard]] Fill erased(std::uint32_t user) const {
        return [user, key = keys_.at(user)](auto event) {
            auto body = event.initPersonErased();
            body.setUser(user);
            body.setKey(key.value);
        };
    }
    [[nodiscard]] static Fill granted(std::uint32_t user) {
        return [user](auto event) {
            auto body = event.initRoleGranted();
            body.setUser(user);
            body.setRole(schema::Role::ADMIN);
        };
    }

    void happens(const Fill& fill) {
        if (trial_) return fold(*trial_, fill, *trial_naive_);
        BlockBuilder block(log_->last().next());
        fold(block, fill, naive_);
        append(block);
    }

    // What happens from now on goes to the log, and into the naive state, if it is kept.
    void begin_trial() {
        state_->begin_trial();
        trial_.emplace(log_->last().next());
        trial_naive_ = naive_;
    }
    void end_trial(bool keep) {
        state_->end_trial(keep);
        if (keep) naive_ = *trial_naive_;
        if (keep && trial_->count() > 0) append(*trial_);
        trial_.reset();
    }

    void destroy_key(std::uint32_t user) {
        const std::array keys = {keys_.at(user)};
        REQUIRE(secrets_.vault().destroy(keys).has_value());
    }
    void catch_up() { catch_up(log_->last()); }
    void catch_up(Sequence sequence) { tables_->catch_up(*log_, sequence); }
    // Forgets all but the log and the tables.
    void reopen() {
        const auto at = tables_ ? tables_->checkpoint() : Sequence();
        make_state(at);
        const auto cursor = log_->read(at.next());
        while (true) {
            const auto block = cursor->next();
            REQUIRE(block.has_value());
            if (!*block) return;
            for (const auto& entry : (*block)->entries()) {
                state_->set_sequence(entry.sequence);
                rules::evolve(*state_, rules::EventHead(entry));
            }
        }
    }

    [[nodiscard]] UserId bearer(std::string_view email) { return state_->user_of(acme_number, FoldedAddress(email)); }
    [[nodiscard]] std::string email_of(std::uint32_t user) {
        const auto* found = state_->user(acme_number, UserId(user));
        REQUIRE(found != nullptr);
        CHECK_FALSE(found->sealed);
        return found->email;
    }
    [[nodiscard]] std::uint64_t opened() const { return seals_.opened(); }

    [[nodiscard]] CachedState& state() { return *state_; }
    [[nodiscard]] MapState& naive() { return trial_ ? *trial_naive_ : naive_; }
    [[nodiscard]] const Log& log() const { return *log_; }
    [[nodiscard]] const MapTables& tables() const { return *tables_; }

 private:
    void make_state(Sequence at) { state_ = std::make_unique<CachedState>(tables_.get(), seals_, at, limits_); }

    [[nodiscard]] std::string box_of(std::uint32_t user, std::string_view email) {
        return secrets_.vault().seal(keys_.at(user), seal_context(Personal::email, "acme", UserId(user)), email);
    }

    void fold(BlockBuilder& block, const Fill& fill, MapState& naive) {
        const auto mark = block.mark();
        auto event = block.begin_event();
        event.setAccount("acme");
        fill(event);
        static_cast<void>(block.end_event());
        block.end_commit();
        for (const auto& entry : block.entries_since(mark)) {
            state_->set_sequence(entry.sequence);
            rules::evolve(*state_, rules::EventHead(entry));
            rules::evolve(naive, rules::EventHead(entry));
        }
    }

    void append(BlockBuilder& block) { REQUIRE(log_->append(log_->last().next(), block.finish()).has_value()); }

    StateLimits limits_;
    TestSecrets secrets_;
    CountingSeals seals_{secrets_.vault()};
    std::unique_ptr<Log> log_ = make_memory_log();
    std::unique_ptr<MapTables> tables_;
    MapState naive_;
    std::optional<BlockBuilder> trial_;
    std::optional<MapState> trial_naive_;
    std::unique_ptr<CachedState> state_;
    std::map<std::uint32_t, KeyNumber> keys_;
};

// An address.
[[nodiscard]] inline std::string numbered(std::uint32_t number) {
    return "person-" + std::to_string(number) + "@acme.test";
}

}  // namespace seatledger::testing
