#include "engine/ledger.h"

#include <kj/debug.h>

#include <algorithm>
#include <array>
#include <utility>

#include "engine/fold.h"
#include "engine/look_ahead.h"
#include "engine/rules/roles.h"
#include "engine/rules/seats.h"
#include "engine/rules/values.h"
#include "engine/still_billed.h"
#include "events/sealed.h"
#include "events/text.h"

namespace seatledger {
namespace {

using schema::Command;
using schema::Event;

// The key with which the event begins to seal, perhaps; 0: it seals nothing.
KeyNumber new_key_of(const rules::EventHead& head) {
    if (head.which == Event::USER_REGISTERED) return KeyNumber(head.event().getUserRegistered().getKey());
    if (head.which == Event::PHONE_SAVED) return KeyNumber(head.event().getPhoneSaved().getKey());
    if (head.which == Event::DISPUTE_OPENED) return KeyNumber(head.event().getDisputeOpened().getKey());
    if (head.which == Event::EVIDENCE_ADDED) return KeyNumber(head.event().getEvidenceAdded().getKey());
    if (head.which == Event::DISPUTE_RESOLVED) return KeyNumber(head.event().getDisputeResolved().getKey());
    return {};
}

std::expected<std::optional<std::string>, StorageFailure> account_of_event(const Log& log, Sequence sequence) {
    const auto cursor = log.read(sequence);  // the block is the cursor's
    const auto block = cursor->next();
    if (!block) return std::unexpected(block.error());
    if (!*block) return std::nullopt;
    for (const auto& entry : (*block)->entries()) {
        if (entry.sequence == sequence) return std::string(view(read_event(entry).getAccount()));
    }
    return std::nullopt;
}

// The last rule of all, once there are events.
Verdict check_size(Command::Which which, const CommitWriter& writer, Verdict verdict) {
    return verdict ? rules::check_size(which, writer) : verdict;
}

// What the command says of whom it is about; the seats only, since there is no end of them.
Subject subject_of(const rules::Head& head) {
    Subject subject{head.account, {}, {}, {}, CachedState::account_hash(head.account)};
    const auto add = [&](auto body) {
        if (body.hasEmail()) subject.email = view(body.getEmail());
        subject.license = LicenseNumber(body.getLicense());
    };
    switch (head.which) {
        case Command::BIND_LICENSE: add(head.command.getBindLicense()); break;
        case Command::UNBIND_LICENSE: add(head.command.getUnbindLicense()); break;
        case Command::REASSIGN_LICENSE: add(head.command.getReassignLicense()); break;
        default: break;
    }
    return subject;
}

}  // namespace

Ledger::Ledger(Log& log, const Secrets& secrets, const Tables* tables, const Clock& clock, const StateLimits& limits,
               Sequence at)
    : log_(log),
      vault_(secrets.vault),
      writer_(log, secrets),
      direct_sink_(writer_),
      sink_(&direct_sink_),
      tables_(tables),
      clock_(clock),
      digester_(secrets.vault.digest_key()),
      request_ids_(tables),
      requests_max_(limits.requests_max),
      state_(tables, secrets.vault, at, limits),
      pending_(secrets.vault, log.last().next()) {
    if (tables_ != nullptr) last_recorded_at_ = tables_->last_recorded_at(at);
}

std::expected<std::unique_ptr<Ledger>, StorageFailure> Ledger::open(Log& log, const Secrets& secrets,
                                                                    const Tables* tables, const Clock& clock,
                                                                    const StateLimits& limits) try {
    const auto at = tables == nullptr ? Sequence() : tables->checkpoint();
    if (at > log.last()) {
        return std::unexpected(StorageFailure{
            "the log ends at sequence " + std::to_string(log.last().value) + ", but the projections have seen " +
            std::to_string(at.value) + ": events were lost; restore the log from a copy, do not go on with this one"});
    }
    auto ledger = std::make_unique<Ledger>(log, secrets, tables, clock, limits, at);
    if (auto folded = ledger->fold_tail(at); !folded) return std::unexpected(folded.error());
    // An event that they have as well would have been folded in twice.
    KJ_REQUIRE(tables == nullptr || tables->checkpoint() == at, "the tables moved on while the ledger was opened");
    return ledger;
} catch (const kj::Exception& exception) {
    return std::unexpected(StorageFailure{exception.getDescription().cStr()});
}

std::expected<void, StorageFailure> Ledger::fold_tail(Sequence at) {
    KeyNumber last_key;
    auto folded = fold_log(log_, at, state_, [&](const rules::EventHead& head) {
        last_recorded_at_ = head.recorded_at;
        if (head.has_request_id) remember_request(head);
        last_key = std::max(last_key, new_key_of(head));
    });
    // Folding opens nothing, and whoever is registered next would be given the key of somebody else.
    KJ_REQUIRE(last_key <= vault_.last_key(), "people's keys are missing; restore them from a newer copy",
               last_key.value);
    return folded;
}

Instant Ledger::now() const { return std::max(clock_.now(), last_recorded_at_); }

std::expected<Verdict, StorageFailure> Ledger::check_corrects(const rules::Head& head) {
    const auto corrects = head.corrects;
    const auto object = [&](const std::string& why) -> Verdict {
        return reject(Rule::value_not_allowed, "corrects " + std::to_string(corrects.value) + " " + why);
    };
    if (!corrects) return Verdict();
    if (corrects > last()) return object("names an event that does not exist");
    if (corrects > log_.last()) {
        // Only what is durable can be read back.
        if (auto committed = commit(); !committed) return std::unexpected(committed.error());
        if (auto settled = sink_->settle(); !settled) return std::unexpected(settled.error());
    }
    const auto account = account_of_event(log_, corrects);
    if (!account) return std::unexpected(account.error());
    if (*account != head.account) return object("names an event of another account");
    return Verdict();
}

Verdict Ledger::check_request(AccountNumber account, std::string_view request_id, const CommandDigest& digest,
                              Answer& answer) {
    const auto record = request_ids_.find(account, request_id, last());
    if (!record) return {};
    if (record->digest != digest) {
        return reject(Rule::request_id_reused, "request id " + std::string(request_id) +
                                                   " was used for another command, at sequence " +
                                                   std::to_string(record->first.value) + "; give this one a new id");
    }
    answer.replayed = true;
    answer.first = record->first;
    answer.last = record->last;
    return {};
}

// Finds out what the rules have to know before they judge.
Verdict Ledger::open_case(Case& of) {
    if (auto verdict = rules::check_values(of.head); !verdict) return verdict;
    const auto account = rules::find_stream(state_, of.head);
    if (!account) return std::unexpected(account.error());
    of.account = *account;
    const auto principal = rules::authorize(state_, of.head, of.caller, of.account);
    if (!principal) return std::unexpected(principal.error());
    of.principal = *principal;
    of.now = now();
    of.recorded_at = of.now;
    // Where time does not pass by itself, the commands move it.
    if (!clock_.runs() && of.head.at != no_instant) of.recorded_at = std::max(of.now, of.head.at);
    const auto at = rules::effective_time(state_, of.head, of.caller, of.account, of.recorded_at);
    if (!at) return std::unexpected(at.error());
    of.at = *at;
    return {};
}

Envelope Ledger::envelope_of(const Case& of) const {
    Envelope envelope;
    envelope.account = of.head.account;
    envelope.recorded_at = of.recorded_at;
    envelope.effective_at = of.at;
    envelope.principal = of.principal.kind;
    envelope.actor = of.principal.user;
    envelope.via_vendor = of.principal.via_vendor;
    envelope.only_role = of.principal.only_role;
    envelope.corrects = of.head.corrects;
    return envelope;
}

// Answers what was done under its request id before, or rejects what has another's. Each row of a bulk command has a
// request id of its own, unless they are one commit. Gives whether nothing is left to be judged.
bool Ledger::check_requests(Case& of, Answer& answer) {
    if (of.head.request_id.empty() || of.shape.dry_run) return false;
    const auto* account = state_.account(of.head.account);
    const auto number = account == nullptr ? AccountNumber() : account->number;
    if (of.shape.is_bulk && !of.shape.atomic) {
        if (account == nullptr) return false;
        with_rows(of.head.command, [&](auto rows) { check_row_requests(of, rows, number, answer); });
        return !answer.rows.empty() && std::ranges::all_of(answer.rows, is_answered);
    }
    of.digests.whole = digester_.digest(of.head.command, of.head.request_id, of.caller);
    if (account == nullptr && !of.head.account.empty()) return false;
    const auto verdict = check_request(number, of.head.request_id, of.digests.whole, answer);
    if (!verdict) answer.rejection = verdict.error();
    return is_answered(answer);
}

template <typename Rows>
void Ledger::check_row_requests(Case& of, Rows rows, AccountNumber account, Answer& answer) {
    if (rows.size() > rules::rows_max) return;  // none of them can have been done
    answer.rows.resize(rows.size());
    for (unsigned i = 0; i < rows.size(); ++i) {
        capnp::MallocMessageBuilder message;
        const auto row = message.initRoot<Command>();
        set_row_command(row, of.head.command, rows[i]);
        const auto id = row_request_id(of.head.request_id, i);
        of.digests.rows.push_back(digester_.digest(row, id, of.caller));
        const auto verdict = check_request(account, id, of.digests.rows.back(), answer.rows[i]);
        if (!verdict) answer.rows[i].rejection = verdict.error();
    }
}

std::expected<void, StorageFailure> Ledger::judge(Commands commands, const Caller& caller,
                                                  std::span<const PasswordHash> passwords, std::span<Answer> answers) {
    KJ_REQUIRE(commands.size() == answers.size(), "an answer a command");
    const auto take_hash = [&](std::size_t command) {
        const bool is_its = !passwords.empty() && passwords.front().command == command;
        password_hash_ = is_its ? std::string_view(passwords.front().hash) : std::string_view();
        if (is_its) passwords = passwords.subspan(1);
    };
    if (commands.size() == 1) {
        take_hash(0);
        return judge(commands[0], caller, answers[0]);
    }
    LookAhead ahead(state_);
    std::array<rules::Head, LookAhead::group_max> heads;
    std::array<Subject, LookAhead::group_max> subjects;
    for (std::size_t begin = 0; begin < commands.size(); begin += heads.size()) {
        const auto count = std::min<std::size_t>(commands.size() - begin, heads.size());
        for (std::size_t i = 0; i < count; ++i) {
            heads[i] = rules::Head(commands[static_cast<unsigned>(begin + i)]);
            subjects[i] = subject_of(heads[i]);
        }
        ahead.find(std::span(subjects).first(count));
        for (std::size_t i = 0; i < count; ++i) {
            ahead.expect(i);
            take_hash(begin + i);
            if (auto judged = judge(heads[i], caller, answers[begin + i]); !judged) return judged;
        }
    }
    return {};
}

std::expected<void, StorageFailure> Ledger::judge(const rules::Head& head, const Caller& caller, Answer& answer) {
    // Before everything else: whose business an account is not is told nothing of it, not even what was answered there.
    if (auto verdict = rules::check_account(caller, head.account); !verdict) {
        answer.rejection = verdict.error();
        return {};
    }
    Case of{head, caller, bulk_shape_of(head.command), {}, {}, {}, {}, {}, {}};
    if (check_requests(of, answer)) return {};
    const auto corrects = check_corrects(head);
    if (!corrects) return std::unexpected(corrects.error());
    const auto opened = open_case(of);
    if (!opened || !*corrects) {
        // What a command may name is judged with its other values, before everything that depends on the state.
        const bool values_first = !opened && opened.error().rule == Rule::value_not_allowed;
        reject_rest(answer, *corrects || values_first ? opened.error() : corrects->error());
        return {};
    }
    if (of.account != nullptr && !of.shape.dry_run) {
        if (auto recorded = record_due(*of.account, of.at, of.now); !recorded) return recorded;
    }
    if (auto judged = judge_case(of, answer); !judged) return judged;
    if (head.which == Command::END_IMPORT && !answer.rejection) {
        // An account whose past was brought in catches up with the present.
        if (auto recorded = record_due(*of.account, of.now, of.now); !recorded) return recorded;
    }
    return commit_if_full();
}

std::expected<void, StorageFailure> Ledger::judge_case(const Case& of, Answer& answer) {
    if (of.shape.is_bulk) {
        return with_rows(of.head.command, [&](auto rows) -> std::expected<void, StorageFailure> {
            if (!of.shape.dry_run && !of.shape.atomic) return judge_rows(of, rows, answer);
            if (!of.shape.dry_run) {
                judge_rows_together(rows, of, answer);
            } else {
                answer.dry_run = true;
                judge_rows_dry(rows, of, answer);
                if (of.shape.atomic) answer.rejection = first_rejection(answer.rows);
            }
            return {};
        });
    }
    auto envelope = envelope_of(of);
    envelope.request_id = of.head.request_id;
    envelope.request_digest = of.digests.whole;
    judge_commit(of.head.which, envelope, answer,
                 [&](CommitWriter& writer) { return rules::decide(state_, of.head.command, of.account, writer); });
    return {};
}

template <typename Decide>
void Ledger::judge_commit(schema::Command::Which which, const Envelope& envelope, Answer& answer, Decide decide) {
    const auto mark = pending_.mark();
    CommitWriter writer(pending_.block(), envelope);
    const auto verdict = check_size(which, writer, decide(writer));
    if (!verdict) {
        pending_.go_back(mark);
        answer.rejection = verdict.error();
        return;
    }
    fold(pending_.entries_since(mark), &answer);
    pending_.expect(answer, mark);
    end_commit(envelope, mark);
}

void Ledger::end_commit(const Envelope& envelope, const Pending::Mark& since) {
    pending_.block().end_commit();
    last_recorded_at_ = envelope.recorded_at;
    if (envelope.request_id.empty()) return;
    const auto* account = envelope.account.empty() ? nullptr : state_.account(envelope.account);
    const auto first = Sequence(last().value + 1 - pending_.count_since(since));
    request_ids_.remember(account == nullptr ? AccountNumber() : account->number, envelope.request_id,
                          envelope.request_digest, first, last());
}

template <typename Rows>
std::expected<void, StorageFailure> Ledger::judge_rows(const Case& of, Rows rows, Answer& answer) {
    answer.rows.resize(rows.size());
    for (unsigned i = 0; i < rows.size(); ++i) {
        if (is_answered(answer.rows[i])) continue;
        auto envelope = envelope_of(of);
        std::string request_id;
        if (!of.digests.rows.empty()) {
            request_id = row_request_id(of.head.request_id, i);
            envelope.request_id = request_id;
            envelope.request_digest = of.digests.rows[i];
        }
        judge_commit(of.head.which, envelope, answer.rows[i],
                     [&](CommitWriter& writer) { return rules::decide_row(state_, rows[i], *of.account, writer); });
        if (auto written = commit_if_full(); !written) return written;
    }
    return {};
}

template <typename Decide>
void Ledger::judge_dry(schema::Command::Which which, const Envelope& envelope, Answer& answer, Decide decide) {
    const auto mark = pending_.mark();
    CommitWriter writer(pending_.block(), envelope);
    answer.dry_run = true;
    if (auto verdict = check_size(which, writer, decide(writer)); !verdict) {
        answer.rejection = verdict.error();
    } else {
        const auto events = pending_.entries_since(mark);
        fold(events, &answer);
        const auto copy = std::make_shared<const Words>(events.words().begin(), events.words().end());
        answer.entries = *copy;
        answer.block = copy;
    }
    pending_.go_back(mark);
}

template <typename Rows>
void Ledger::judge_rows_dry(Rows rows, const Case& of, Answer& answer) {
    answer.rows.resize(rows.size());
    auto envelope = envelope_of(of);
    envelope.dry_run = true;
    state_.begin_trial();
    try_due(*of.account, of.at);
    for (unsigned i = 0; i < rows.size(); ++i) {
        judge_dry(of.head.which, envelope, answer.rows[i],
                  [&](CommitWriter& writer) { return rules::decide_row(state_, rows[i], *of.account, writer); });
    }
    state_.end_trial(false);
}

template <typename Rows>
void Ledger::judge_rows_together(Rows rows, const Case& of, Answer& answer) {
    auto envelope = envelope_of(of);
    envelope.request_id = of.head.request_id;
    envelope.request_digest = of.digests.whole;
    const auto mark = pending_.mark();
    CommitWriter writer(pending_.block(), envelope);
    answer.rows.resize(rows.size());
    state_.begin_trial();
    Verdict verdict;
    for (unsigned i = 0; verdict && i < rows.size(); ++i) {
        const auto row = pending_.mark();
        verdict = check_size(of.head.which, writer, rules::decide_row(state_, rows[i], *of.account, writer));
        if (!verdict) break;
        fold(pending_.entries_since(row), &answer.rows[i]);
        pending_.expect(answer.rows[i], row);
    }
    state_.end_trial(verdict.has_value());
    if (verdict) return end_commit(envelope, mark);

    pending_.go_back(mark);
    answer.rows.clear();
    judge_rows_dry(rows, of, answer);
    answer.rejection = first_rejection(answer.rows);
}

void Ledger::fold(const Entries& events, Answer* answer) {
    const Account* account = nullptr;
    UserId unbound_from;
    for (const auto& entry : events) {
        const rules::EventHead head(entry);
        if (answer != nullptr && !head.account.empty()) {
            if (account == nullptr) account = state_.account(head.account);
            if (account != nullptr) people_.note(state_, *account, head, *answer);
        }
        state_.set_sequence(head.sequence);
        rules::evolve(state_, head);
        if (head.which == Event::PASSWORD_CHANGED && !password_hash_.empty()) {
            pending_.set_password({account->number, head.user, head.sequence, std::string(password_hash_)});
        }
        if (head.which == Event::PERSON_ERASED || head.which == Event::PHONE_PURGED) {
            for_each_destroyed_key(head.event(), [&](KeyNumber key) { pending_.destroy(key); });
        }
        if (head.which == Event::PERSON_ERASED) pending_.erase({std::string(head.account), head.user});
        if (answer == nullptr || head.which != Event::LICENSE_UNBOUND) continue;
        note_still_billed(*account, head, *answer);
        unbound_from = head.user;
    }
    if (unbound_from) answer->phone_kept_until = state_.user(account->number, unbound_from)->phone.kept_until;
}

void Ledger::note_still_billed(const Account& account, const rules::EventHead& head, Answer& answer) {
    const auto& user = *state_.user(account.number, head.user);
    answer.unbound = true;
    answer.still_billed =
        billed_for(rules::held_at(user.holdings, head.effective_at), user.queues,
                   state_.catalog().membership_product(head.effective_at),
                   [&](ProductNumber product) -> const std::string& { return state_.catalog().at(product).sku; });
}

void Ledger::remember_request(const rules::EventHead& head) {
    const auto event = head.event();
    const auto* account = head.account.empty() ? nullptr : state_.account(head.account);
    const auto digest = event.getRequestDigest();
    request_ids_.remember(account == nullptr ? AccountNumber() : account->number, view(event.getRequestId()),
                          {digest.begin(), digest.size()}, head.sequence, head.sequence);
}

std::expected<void, StorageFailure> Ledger::commit_if_full() {
    if (pending_bytes() < block_bytes_target) return {};
    return commit();
}

std::expected<void, StorageFailure> Ledger::commit() {
    if (!has_pending()) return {};
    auto put = sink_->put(pending_.finish());
    pending_.settle(put.has_value());
    return put;
}

bool Ledger::evict() {
    if (tables_ == nullptr) return state_.evict();
    const auto checkpoint = tables_->checkpoint();
    if (full_at_ == checkpoint) return false;
    request_ids_.forget(checkpoint);
    const bool fits = state_.evict() && request_ids_.size() <= requests_max_;
    full_at_ = fits ? std::nullopt : std::optional(checkpoint);
    return fits;
}

}  // namespace seatledger
