#include "engine/audit/auditor.h"

#include <capnp/message.h>
#include <kj/exception.h>

#include <algorithm>
#include <utility>

#include "engine/audit/command_of.h"
#include "engine/audit/difference.h"
#include "engine/rules/due.h"
#include "engine/text_hash.h"
#include "events/event_name.h"
#include "events/text.h"

namespace seatledger {
namespace {

using schema::Command;
using schema::Event;

constexpr std::size_t scratch_words = 1'024;

constexpr char changed_calendar[] =
    "; unless the rules of the account's time zone have been changed since it was recorded";

// What all events of a commit that somebody asked for have from its first one.
Envelope envelope_of(const rules::EventHead& head) {
    const auto event = head.event();
    Envelope envelope;
    envelope.account = head.account;
    envelope.recorded_at = head.recorded_at;
    envelope.effective_at = head.effective_at;
    envelope.principal = event.getPrincipal();
    envelope.actor = head.actor;
    envelope.via_vendor = event.getViaVendor();
    envelope.corrects = Sequence(event.getCorrects());
    if (!event.hasRequestId()) return envelope;
    const auto digest = event.getRequestDigest();
    envelope.request_id = view(event.getRequestId());
    envelope.request_digest = {digest.begin(), digest.size()};
    return envelope;
}

// Of what the ledger records by itself.
Envelope own_envelope_of(const rules::EventHead& head) {
    Envelope envelope;
    envelope.account = head.account;
    envelope.recorded_at = head.recorded_at;
    envelope.effective_at = head.effective_at;
    envelope.principal = Event::Principal::LEDGER;
    return envelope;
}

// As whom the rules see whoever sent it. Of the vendor's programs the log says no more than that they are his.
Caller caller_of(const rules::EventHead& head) {
    const auto event = head.event();
    const bool is_person = event.getPrincipal() == Event::Principal::USER && !event.getViaVendor();
    return is_person ? Caller{std::string(head.account), head.actor, {}} : vendor_caller;
}

bool may_be_in_bulk(Command::Which which) { return which == Command::BIND_LICENSE || which == Command::UNBIND_LICENSE; }

std::string named(const rules::EventHead& head) { return std::string(event_name(head.which)); }

}  // namespace

Auditor::Auditor(const Log& log, const Seals& seals, Calendar calendar)
    : log_(log), calendar_(calendar), seals_(seals), state_(nullptr, seals_, Sequence(), {}), scratch_(scratch_words) {}

void Auditor::check(const BlockView& block, std::vector<Finding>& findings) {
    entries_.clear();
    heads_.clear();
    for (const auto& entry : block.entries()) {
        entries_.push_back(entry);
        ++counts_.events;
        if (!entry.ends_commit) continue;
        ++counts_.commits;
        try {
            for (const auto& of_commit : entries_) heads_.emplace_back(of_commit);
            check_commit(heads_, block.first(), findings);
        } catch (const kj::Exception& exception) {
            // Whose it is cannot even be read.
            findings.push_back({entries_.front().sequence, block.first(), {}, {}, exception.getDescription().cStr()});
            catalog_is_lost_ = true;
        }
        entries_.clear();
        heads_.clear();
    }
}

void Auditor::check_commit(Heads commit, Sequence block, std::vector<Finding>& findings) {
    const auto account = commit.front().account;
    const auto note = [&](const Objection& objection) {
        findings.push_back({commit[objection.index].sequence, block, std::string(account), objection.rule,
                            named(commit[objection.index]) + ": " + objection.message});
    };
    auto checked = check_order(commit);
    if (!checked) note(checked.error());
    const bool is_lost = catalog_is_lost_ || (!lost_.empty() && lost_.contains(account));
    if (!is_lost && checked) {
        try {
            checked = judge(commit);
        } catch (const kj::Exception& exception) {
            checked = std::unexpected(Objection{0, {}, exception.getDescription().cStr()});
        }
        if (!checked) note(checked.error());
    }
    if (!is_lost && checked) return;
    counts_.unjudged += commit.size();
    if (account.empty()) {
        catalog_is_lost_ = true;
    } else {
        lost_.emplace(account);
    }
}

// What holds for the whole log, whatever it says.
Auditor::Checked Auditor::check_order(Heads commit) {
    for (std::size_t i = 0; i < commit.size(); ++i) {
        const auto& head = commit[i];
        const auto sequence = head.event().getSequence();
        if (sequence != head.sequence.value) {
            return std::unexpected(Objection{i, {}, "it says that it is event " + std::to_string(sequence)});
        }
        const auto before = std::exchange(last_recorded_at_, std::max(last_recorded_at_, head.recorded_at));
        if (head.recorded_at < before) {
            return std::unexpected(Objection{i, Rule::effective_time_in_order,
                                             "it was recorded at " + to_rfc3339(head.recorded_at) +
                                                 ", and an event before it at " + to_rfc3339(before)});
        }
        if (head.effective_at > head.recorded_at) {
            return std::unexpected(Objection{i, Rule::effective_time_in_order,
                                             "it takes effect at " + to_rfc3339(head.effective_at) +
                                                 ", and was recorded before that, at " + to_rfc3339(head.recorded_at)});
        }
        if (head.account != commit.front().account) {
            return std::unexpected(Objection{i, {}, "it is of another account than the commit that it is in"});
        }
    }
    return {};
}

Auditor::Checked Auditor::judge(Heads commit) {
    seals_.expect(commit);
    if (commit.front().event().getPrincipal() == Event::Principal::LEDGER) return judge_own(commit);
    return judge_commands(commit);
}

Auditor::Checked Auditor::judge_own(Heads commit) {
    const auto& head = commit.front();
    const auto* account = head.account.empty() ? nullptr : state_.account(head.account);
    if (account == nullptr) {
        return std::unexpected(Objection{0, Rule::account_must_exist,
                                         "there is no account " + std::string(head.account) +
                                             " in which the ledger could record something by itself"});
    }
    if (head.which == Event::NOTIFICATION_SENT) {
        if (commit.size() > 1) return std::unexpected(Objection{1, {}, "nothing follows from a letter that was sent"});
        return judge_sent(head, *account);
    }
    return judge_due(commit, *account);
}

Auditor::Checked Auditor::judge_sent(const rules::EventHead& head, const Account& account) {
    const auto body = head.event().getNotificationSent();
    const auto letter = unsent_.find(body.getNotification());
    if (letter == unsent_.end() || letter->second.account != account.number ||
        letter->second.user != UserId(body.getUser())) {
        return std::unexpected(Objection{0,
                                         {},
                                         "event " + std::to_string(body.getNotification()) +
                                             " queued no letter to that person, or it was sent before"});
    }
    if (head.effective_at != account.last_effective_at) {
        return std::unexpected(Objection{0, Rule::effective_time_in_order,
                                         "it takes effect at " + to_rfc3339(head.effective_at) + ", and " + account.id +
                                             " last changed at " + to_rfc3339(account.last_effective_at)});
    }
    auto& room = room_for(head);
    const auto mark = room.mark();
    const auto envelope = own_envelope_of(head);
    CommitWriter writer(room, envelope);
    auto sent = writer.begin().initNotificationSent();
    sent.setUser(body.getUser());
    sent.setNotification(body.getNotification());
    writer.end();
    const Heads commit(&head, 1);
    if (auto compared = compare(room.entries_since(mark), commit); !compared) return compared;
    unsent_.erase(letter);
    fold(commit);
    return {};
}

Auditor::Checked Auditor::judge_due(Heads commit, const Account& account) {
    const auto& head = commit.front();
    const auto due = rules::next_due(state_, account);
    if (!due || due->instant != head.effective_at) {
        const auto next = due ? "what falls due next in " + account.id + " does so at " + to_rfc3339(due->instant)
                              : "nothing falls due in " + account.id;
        return std::unexpected(
            Objection{0, {}, "it takes effect at " + to_rfc3339(head.effective_at) + ", and " + next});
    }
    auto& room = room_for(head);
    const auto mark = room.mark();
    const auto envelope = own_envelope_of(head);
    CommitWriter writer(room, envelope);
    rules::decide_due(state_, account, *due, writer);
    const auto decided = room.entries_since(mark);
    if (auto compared = compare(decided, commit); !compared) return compared;
    const auto count = static_cast<std::size_t>(std::ranges::distance(decided));
    if (count < commit.size()) return std::unexpected(Objection{count, {}, "it does not follow from what fell due"});
    fold(commit);
    return {};
}

Auditor::Checked Auditor::judge_commands(Heads commit) {
    const auto& head = commit.front();
    if (auto checked = check_corrects(head); !checked) return checked;
    if (auto checked = check_request(head); !checked) return checked;
    const auto* account = head.account.empty() ? nullptr : state_.account(head.account);
    if (account != nullptr && account->next_due <= head.effective_at) {
        if (const auto due = rules::next_due(state_, *account)) {
            return std::unexpected(Objection{
                0,
                {},
                "what fell due in " + account->id + " at " + to_rfc3339(due->instant) + " is not recorded before it"});
        }
    }
    Command::Which first = Command::NONE;
    for (std::size_t done = 0; done < commit.size();) {
        const auto rest = commit.subspan(done);
        Command::Which which = Command::NONE;
        auto count = judge_command(rest, which);
        if (!count) {
            count.error().index += done;
            return std::unexpected(count.error());
        }
        if (done == 0) first = which;
        if (done > 0 && (which != first || !may_be_in_bulk(which))) {
            return std::unexpected(
                Objection{done, {}, "it does not follow from the command that its commit begins with"});
        }
        fold(rest.first(*count));
        done += *count;
    }
    return {};
}

// The events of a request are those of one commit.
Auditor::Checked Auditor::check_request(const rules::EventHead& head) {
    const auto event = head.event();
    const auto digest_bytes = event.getRequestDigest().size();
    if (!event.hasRequestId()) {
        if (digest_bytes == 0) return {};
        return std::unexpected(Objection{0, {}, "it has the digest of a request, and no request id"});
    }
    if (digest_bytes != std::tuple_size_v<CommandDigest>) {
        return std::unexpected(Objection{0,
                                         {},
                                         "the digest of its request has " + std::to_string(digest_bytes) +
                                             " bytes, and should have " +
                                             std::to_string(std::tuple_size_v<CommandDigest>)});
    }
    const auto id = view(event.getRequestId());
    const auto* account = head.account.empty() ? nullptr : state_.account(head.account);
    const auto number = head.account.empty() ? AccountNumber()
                        : account != nullptr ? account->number
                                             : state_.next_account();
    const auto hash = XXH3_128bits_withSeed(id.data(), id.size(), number.value);
    if (requests_.emplace(hash.low64, hash.high64).second) return {};
    return std::unexpected(Objection{0, Rule::request_id_reused, "request id " + std::string(id) + " was used before"});
}

Auditor::Checked Auditor::check_corrects(const rules::EventHead& head) {
    const Sequence corrects(head.event().getCorrects());
    if (!corrects) return {};
    const auto object = [&](const std::string& why) -> Checked {
        return std::unexpected(
            Objection{0, Rule::value_not_allowed, "corrects " + std::to_string(corrects.value) + " " + why});
    };
    if (corrects >= head.sequence) return object("names an event that was not there yet");
    const auto cursor = log_.read(corrects);
    const auto block = cursor->next();
    if (!block) return object("names an event that cannot be read: " + block.error().message);
    if (!*block) return object("names an event that the log does not have");
    for (const auto& entry : (*block)->entries()) {
        if (entry.sequence != corrects) continue;
        if (view(read_event(entry).getAccount()) == head.account) return {};
    }
    return object("names an event of another account");
}

std::expected<std::size_t, Auditor::Objection> Auditor::judge_command(Heads rest, Command::Which& which) {
    const auto reject = [](const Rejection& rejection) {
        return std::unexpected(Objection{0, rejection.rule, rejection.message});
    };
    const auto& head = rest.front();
    capnp::MallocMessageBuilder message(kj::arrayPtr(reinterpret_cast<capnp::word*>(scratch_.data()), scratch_.size()));
    const auto builder = message.initRoot<Command>();
    if (auto written = write_command_of(rest, state_, seals_, builder); !written) {
        return std::unexpected(Objection{0, {}, written.error()});
    }
    const rules::Head command(builder.asReader());
    which = command.which;
    if (auto verdict = rules::check_values(command); !verdict) return reject(verdict.error());
    const auto account = rules::find_stream(state_, command);
    if (!account) return reject(account.error());
    if (auto judged = judge_sender(command, head, *account); !judged) return std::unexpected(judged.error());

    auto& room = room_for(head);
    const auto mark = room.mark();
    const auto envelope = envelope_of(head);
    CommitWriter writer(room, envelope);
    if (auto verdict = rules::decide(state_, command.command, *account, writer); !verdict) {
        return reject(verdict.error());
    }
    if (auto verdict = rules::check_size(which, writer); !verdict) return reject(verdict.error());
    const auto decided = room.entries_since(mark);
    if (auto compared = compare(decided, rest); !compared) return std::unexpected(compared.error());
    return static_cast<std::size_t>(std::ranges::distance(decided));
}

Auditor::Checked Auditor::judge_sender(const rules::Head& command, const rules::EventHead& head,
                                       const Account* account) {
    const auto event = head.event();
    const auto caller = caller_of(head);
    const auto principal = rules::authorize(state_, command, caller, account);
    if (!principal) return std::unexpected(Objection{0, principal.error().rule, principal.error().message});
    if (principal->kind != event.getPrincipal() || principal->user != head.actor ||
        principal->via_vendor != event.getViaVendor()) {
        return std::unexpected(Objection{0, Rule::role_required, "nobody could have sent it as whom it names"});
    }
    const auto at = rules::effective_time(state_, command, caller, account, head.recorded_at);
    if (!at) return std::unexpected(Objection{0, at.error().rule, at.error().message});
    if (*at == head.effective_at) return {};
    return std::unexpected(Objection{0, Rule::effective_time_in_order,
                                     "it takes effect at " + to_rfc3339(head.effective_at) +
                                         ", and whoever sent it could only have it take effect at " + to_rfc3339(*at)});
}

Auditor::Checked Auditor::compare(const Entries& decided, Heads recorded) {
    std::size_t i = 0;
    for (const auto& entry : decided) {
        if (i == recorded.size()) {
            return std::unexpected(Objection{i - 1,
                                             {},
                                             "it should be followed by " +
                                                 std::string(event_name(read_event(entry).which())) +
                                                 ", and its commit ends here"});
        }
        const auto& stored = entries_[static_cast<std::size_t>(&recorded[i] - heads_.data())];
        if (!std::ranges::equal(stored.words, entry.words)) {
            const auto event = read_event(stored);
            const bool is_of_calendar = is_same_but_for_calendar(event, read_event(entry));
            if (is_of_calendar && calendar_ == Calendar::may_have_changed) {
                ++counts_.other_calendar;
            } else {
                const auto what = difference(event, read_event(entry));
                return std::unexpected(Objection{i,
                                                 {},
                                                 (what ? *what : "its bytes are not those of what it says") +
                                                     (is_of_calendar ? changed_calendar : "")});
            }
        }
        ++i;
    }
    return {};
}

void Auditor::fold(Heads events) {
    for (const auto& head : events) {
        state_.set_sequence(head.sequence);
        rules::evolve(state_, head);
        if (head.which != Event::NOTIFICATION_QUEUED) continue;
        unsent_.emplace(head.sequence.value, Letter{state_.account(head.account)->number, head.user});
    }
}

BlockBuilder& Auditor::room_for(const rules::EventHead& head) {
    if (!decided_ || decided_->next() != head.sequence || decided_->bytes() >= block_bytes_target) {
        decided_.emplace(head.sequence);
    }
    return *decided_;
}

}  // namespace seatledger
