// The ledger's part of what it records by itself: what falls due, and that letters were sent.
#include <kj/debug.h>

#include <algorithm>

#include "engine/ledger.h"
#include "engine/rules/due.h"

namespace seatledger {
namespace {

using schema::Event;

// Due accounts that are looked at in one go; the rest is found the next time.
constexpr std::size_t due_accounts_max = 1'000;

// Of what the ledger records by itself.
Envelope own_envelope(const Account& account, Instant effective_at, Instant recorded_at) {
    Envelope envelope;
    envelope.account = account.id;
    envelope.effective_at = effective_at;
    envelope.recorded_at = recorded_at;
    envelope.principal = Event::Principal::LEDGER;
    return envelope;
}

Envelope envelope_of_due(const Account& account, const Due& due, Instant recorded_at) {
    KJ_ASSERT(due.instant == account.next_due, "what falls due next is not what was noted", account.id.c_str());
    return own_envelope(account, due.instant, recorded_at);
}

}  // namespace

std::expected<void, StorageFailure> Ledger::record_due(const Account& account, Instant until, Instant now) {
    while (account.next_due <= until) {
        // The last instant of all, at which nothing falls due, can be reached.
        const auto due = rules::next_due(state_, account);
        if (!due) break;
        const auto envelope = envelope_of_due(account, *due, std::max(now, due->instant));
        const auto mark = pending_.mark();
        CommitWriter writer(pending_.block(), envelope);
        rules::decide_due(state_, account, *due, writer);
        fold(pending_.entries_since(mark), nullptr);
        end_commit(envelope, mark);
        if (auto written = commit_if_full(); !written) return written;
    }
    return {};
}

std::expected<void, StorageFailure> Ledger::record_due() {
    if (tables_ == nullptr || !clock_.runs()) return {};
    const auto until = now();
    for (const auto& due : tables_->due(until, due_accounts_max)) {
        const auto* account = state_.account(due.account);
        if (account == nullptr || account->importing) continue;
        if (auto recorded = record_due(*account, until, until); !recorded) return recorded;
    }
    return {};
}

void Ledger::record_sent(const SentLetter& letter) {
    const auto* account = state_.account(letter.account);
    if (account == nullptr) return;
    const auto envelope = own_envelope(*account, account->last_effective_at, now());
    const auto mark = pending_.mark();
    CommitWriter writer(pending_.block(), envelope);
    auto sent = writer.begin().initNotificationSent();
    sent.setUser(letter.user.value);
    sent.setNotification(letter.notification.value);
    writer.end();
    fold(pending_.entries_since(mark), nullptr);
    end_commit(envelope, mark);
}

// In a trial, which takes it back: what had fallen due by then counts in a dry run as well.
void Ledger::try_due(const Account& account, Instant until) {
    while (account.next_due <= until) {
        const auto due = rules::next_due(state_, account);
        if (!due) break;
        auto envelope = envelope_of_due(account, *due, due->instant);
        envelope.dry_run = true;
        const auto mark = pending_.mark();
        CommitWriter writer(pending_.block(), envelope);
        rules::decide_due(state_, account, *due, writer);
        fold(pending_.entries_since(mark), nullptr);
        pending_.go_back(mark);
    }
}

}  // namespace seatledger
