// The ledger itself: judges commands one after the other and makes what follows from them durable, block by block.
#pragma once

#include <capnp/list.h>

#include <expected>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "engine/answer.h"
#include "engine/block_sink.h"
#include "engine/bulk.h"
#include "engine/cached_state.h"
#include "engine/clock.h"
#include "engine/digest.h"
#include "engine/failure.h"
#include "engine/log/log.h"
#include "engine/pending.h"
#include "engine/people_notes.h"
#include "engine/request_ids.h"
#include "engine/rules/rules.h"
#include "engine/tables.h"
#include "events/block.h"
#include "events/command.capnp.h"

namespace seatledger {

// What is to be kept of the password in a command.
struct PasswordHash {
    std::uint32_t command = 0;  // from 0
    std::string hash;
};

// A letter that somebody else has taken care of.
struct SentLetter {
    std::string account;    // its id
    UserId user;            // to whom
    Sequence notification;  // what queued it
};

// One thread. What it is made of must outlive it.
class Ledger {
 public:
    // Reads the state from the tables and folds in what the log has beyond them. `tables` may be null: then the
    // whole log is folded in and held. Fails if the log ends before what the tables have seen, or cannot be read.
    // The tables must not move on meanwhile. Cost: proportional to the events beyond their checkpoint.
    [[nodiscard]] static std::expected<std::unique_ptr<Ledger>, StorageFailure> open(Log& log, const Secrets& secrets,
                                                                                     const Tables* tables,
                                                                                     const Clock& clock,
                                                                                     const StateLimits& limits = {});

    // `passwords`, in the order of the commands, is what is to be kept of the passwords in them.
    //
    // Judges commands of one caller, one after the other, and puts their events, if any, into the pending block. The
    // answers, as many as there are commands, must stay where they are until the next commit(), and count only once
    // what was pending by then is durable, the rejections too: they may rest on it. Commits by itself when a block is
    // full. Fails if that does; nothing must be judged any more then.
    using Commands = capnp::List<schema::Command>::Reader;
    [[nodiscard]] std::expected<void, StorageFailure> judge(Commands commands, const Caller& caller,
                                                            std::span<const PasswordHash> passwords,
                                                            std::span<Answer> answers);
    [[nodiscard]] std::expected<void, StorageFailure> judge(schema::Command::Reader command, const Caller& caller,
                                                            Answer& answer) {
        return judge(rules::Head(command), caller, answer);
    }

    // Appends what fell due by now in accounts whose time runs.
    [[nodiscard]] std::expected<void, StorageFailure> record_due();

    // Appends that the letter was sent. It takes effect when the account's newest event did: that the vendor's commands
    // say when they took effect must not depend on when letters go out. An account that is not there: nothing.
    void record_sent(const SentLetter& letter);

    // Finishes the pending block, hands its events to their answers and gives it to the sink: with the one that a
    // ledger has from the beginning it is durable then.
    [[nodiscard]] std::expected<void, StorageFailure> commit();
    [[nodiscard]] bool has_pending() const { return pending_.block().count() > 0; }
    [[nodiscard]] std::size_t pending_bytes() const { return pending_.block().bytes(); }

    // From now on blocks go there. With nothing pending; the sink must append them to the ledger's log.
    void write_to(BlockSink& sink) { sink_ = &sink; }

    // Lets go of what need not be in memory. Gives whether the bound holds; if not, the tables must catch up
    // before more is judged. Between commands. Cost: constant as long as they have not.
    [[nodiscard]] bool evict();

    // What writes its blocks; for whoever is their sink.
    [[nodiscard]] BlockWriter& writer() { return writer_; }

    [[nodiscard]] Sequence last() const { return Sequence(pending_.block().next().value - 1); }
    [[nodiscard]] State& state() { return state_; }

    Ledger(Log& log, const Secrets& secrets, const Tables* tables, const Clock& clock, const StateLimits& limits,
           Sequence at);

 private:
    struct Digests {
        CommandDigest whole{};
        std::vector<CommandDigest> rows;  // where each row has a request id of its own
    };
    // Who does what when, as far as it is the same for all rows of a bulk command.
    struct Case {
        const rules::Head& head;
        const Caller& caller;
        BulkShape shape;
        Digests digests;
        const Account* account = nullptr;
        rules::Principal principal;
        Instant now;          // as the command came
        Instant recorded_at;  // of its events
        Instant at;
    };

    [[nodiscard]] std::expected<void, StorageFailure> fold_tail(Sequence at);
    [[nodiscard]] Instant now() const;
    [[nodiscard]] std::expected<void, StorageFailure> judge(const rules::Head& head, const Caller& caller,
                                                            Answer& answer);
    [[nodiscard]] Verdict open_case(Case& of);
    [[nodiscard]] std::expected<Verdict, StorageFailure> check_corrects(const rules::Head& head);
    [[nodiscard]] Verdict check_request(AccountNumber account, std::string_view request_id, const CommandDigest& digest,
                                        Answer& answer);
    [[nodiscard]] bool check_requests(Case& of, Answer& answer);
    template <typename Rows>
    void check_row_requests(Case& of, Rows rows, AccountNumber account, Answer& answer);
    [[nodiscard]] Envelope envelope_of(const Case& of) const;
    [[nodiscard]] std::expected<void, StorageFailure> judge_case(const Case& of, Answer& answer);
    template <typename Rows>
    [[nodiscard]] std::expected<void, StorageFailure> judge_rows(const Case& of, Rows rows, Answer& answer);
    template <typename Rows>
    void judge_rows_together(Rows rows, const Case& of, Answer& answer);
    template <typename Rows>
    void judge_rows_dry(Rows rows, const Case& of, Answer& answer);
    template <typename Decide>
    void judge_commit(schema::Command::Which which, const Envelope& envelope, Answer& answer, Decide decide);
    template <typename Decide>
    void judge_dry(schema::Command::Which which, const Envelope& envelope, Answer& answer, Decide decide);
    void end_commit(const Envelope& envelope, const Pending::Mark& since);
    void fold(const Entries& events, Answer* answer);
    void note_still_billed(const Account& account, const rules::EventHead& head, Answer& answer);
    void remember_request(const rules::EventHead& head);
    [[nodiscard]] std::expected<void, StorageFailure> record_due(const Account& account, Instant until, Instant now);
    void try_due(const Account& account, Instant until);
    [[nodiscard]] std::expected<void, StorageFailure> commit_if_full();

    Log& log_;
    Vault& vault_;
    BlockWriter writer_;
    DirectSink direct_sink_;
    BlockSink* sink_;
    const Tables* tables_;
    const Clock& clock_;
    CommandDigester digester_;
    RequestIds request_ids_;
    std::size_t requests_max_;
    std::optional<Sequence> full_at_;  // with the tables at this event there was no room
    CachedState state_;
    Pending pending_;
    std::string_view password_hash_;  // of the command that is being judged; empty: none
    PeopleNotes people_;
    Instant last_recorded_at_ = no_instant;
};

}  // namespace seatledger
