#include "server/answers.h"

#include <kj/debug.h>

#include <algorithm>
#include <boost/unordered/unordered_flat_set.hpp>
#include <memory>
#include <vector>

#include "events/people.h"
#include "events/text.h"
#include "projections/address_book.h"
#include "projections/event_fetcher.h"
#include "projections/opened.h"
#include "projections/queries.h"

namespace seatledger {
namespace {

using schema::Command;

constexpr std::size_t words_of(std::size_t bytes) { return bytes / sizeof(capnp::word) + 1; }

std::size_t words_of_person(std::string_view account, std::string_view email) {
    return capnp::sizeInWords<schema::Person>() + words_of(account.size() + 1) + words_of(email.size() + 1);
}

// An upper bound of what the answer takes in its message, its struct left out; a lower one for what was given before.
std::size_t content_words(const Answer& answer, std::string_view account) {
    auto words = answer.entries.size();
    if (!answer.people.empty()) ++words;
    for (const auto& person : answer.people) words += words_of_person(account, person.email);
    if (answer.rejection) {
        words += words_of(rule_id(answer.rejection->rule).size() + 1) + words_of(answer.rejection->message.size() + 1);
    }
    if (!answer.still_billed.empty()) ++words;
    for (const auto& billed : answer.still_billed) {
        words += capnp::sizeInWords<schema::Billed>() + words_of(billed.sku.size() + 1);
        if (!billed.queues.empty()) ++words;
        for (const auto& queue : billed.queues) {
            words += capnp::sizeInWords<schema::Billed::Queue>() + words_of(queue.id.size() + 1);
        }
    }
    if (!answer.rows.empty()) ++words;
    for (const auto& row : answer.rows) words += capnp::sizeInWords<schema::Answer>() + content_words(row, account);
    return words;
}

void write_people(std::span<const Person> people, std::string_view account, schema::Answer::Builder to) {
    if (people.empty()) return;
    auto rows = to.initPeople(static_cast<unsigned>(people.size()));
    for (unsigned i = 0; i < rows.size(); ++i) {
        rows[i].setAccount(text(account));
        rows[i].setUser(people[i].user.value);
        rows[i].setEmail(text(people[i].email));
    }
}

// Few commands have anything sealed in what follows from them, and events need not be read to know which.
bool has_sealed(Command::Reader command) {
    return command.isOpenAccount() || command.isRegisterUser() || command.isChangeEmail() || command.isSavePhone() ||
           command.isOpenDispute() || command.isAddEvidence() || command.isResolveDispute();
}

void write_still_billed(std::span<const Billed> still_billed, schema::Answer::Builder to) {
    to.setUnbound(true);
    auto rows = to.initStillBilled(static_cast<unsigned>(still_billed.size()));
    for (unsigned i = 0; i < rows.size(); ++i) {
        rows[i].setSku(text(still_billed[i].sku));
        if (still_billed[i].license) {
            rows[i].setLicense(still_billed[i].license.value);
            continue;
        }
        const auto& from = still_billed[i].queues;
        auto queues = rows[i].initQueues(static_cast<unsigned>(from.size()));
        for (unsigned q = 0; q < queues.size(); ++q) {
            queues[q].setQueue(text(from[q].id));
            queues[q].setKind(from[q].kind);
        }
    }
}

void write_entries(std::span<const std::uint64_t> entries, schema::Answer::Builder to) {
    if (!entries.empty()) to.setEntries(as_data(bytes_of(entries)));
}

void write_opened(std::span<const std::uint64_t> events, const Seals& seals, schema::Answer::Builder to) {
    OpenedTexts opened(seals);
    for (const auto& entry : Entries(events, Sequence())) opened.note(read_event(entry));
    opened.tell([&](unsigned count) { return to.initOpened(count); });
}

// Makes answers of the events of commits that were recorded before.
class AnswersFromLog {
 public:
    explicit AnswersFromLog(const Projections& projections)
        : projections_(projections),
          tables_(projections.current().generation),
          snapshot_(*tables_->database),
          fetcher_(projections.log(), snapshot_),
          addresses_(projections, AddressBook::Sees::some_events) {}

    [[nodiscard]] std::expected<void, StorageFailure> write(const Answer& answer, Command::Reader command, bool is_row,
                                                            schema::Answer::Builder to) {
        auto events = read(answer.first, answer.last);
        if (!events) return std::unexpected(events.error());
        to.setReplayed(true);
        // What is one commit and has rows was all or nothing.
        const bool has_rows = !is_row && (command.isBindLicenses() || command.isUnbindLicenses());
        if (!has_rows) {
            to.setSequence(answer.last.value);
            static_cast<void>(write_events(*events, to));
            return {};
        }
        const auto parts = by_row(Entries(*events, answer.first));
        auto rows = to.initRows(static_cast<unsigned>(parts.size()));
        for (unsigned i = 0; i < rows.size(); ++i) rows[i].setSequence(write_events(parts[i], rows[i]).value);
        return {};
    }

 private:
    // A row begins with the license that it gives or takes; what follows from that belongs to it.
    [[nodiscard]] static std::vector<Words> by_row(const Entries& events) {
        std::vector<Words> rows;
        for (const auto& entry : events) {
            const auto event = read_event(entry);
            if (rows.empty() || event.isLicenseBound() || event.isLicenseUnbound()) rows.emplace_back();
            append_entry(rows.back(), entry);
        }
        return rows;
    }

    [[nodiscard]] std::expected<Words, StorageFailure> read(Sequence first, Sequence last) {
        Words events;
        for (auto next = first; next <= last; next = next.next()) {
            const auto entry = fetcher_.fetch(next);
            if (!entry) return std::unexpected(entry.error());
            append_entry(events, *entry);
        }
        return events;
    }

    // Gives the sequence of the last of them.
    Sequence write_events(std::span<const std::uint64_t> events, schema::Answer::Builder to) {
        write_entries(events, to);
        std::vector<Person> people;
        boost::unordered_flat_set<std::uint32_t> noted;
        std::string account;
        UserId unbound_from;
        Sequence sequence;
        for (const auto& entry : Entries(events, Sequence())) {
            const auto event = read_event(entry);
            sequence = Sequence(event.getSequence());
            account = view(event.getAccount());
            for_each_person(event, [&](UserId user) {
                if (noted.contains(user.value)) return;
                const auto email = addresses_.address(account, user, sequence);
                if (!email) return;  // they are only being registered; a later event may know them
                noted.insert(user.value);
                people.push_back({user, ShortText(*email)});
            });
            if (!event.isLicenseUnbound()) continue;
            unbound_from = UserId(event.getLicenseUnbound().getUser());
            write_still_billed(answer_still_billed(projections_, account, unbound_from, sequence), to);
        }
        if (unbound_from) {
            to.setPhoneKeptUntil(answer_phone_kept_until(projections_, account, unbound_from, sequence).micros);
        }
        write_people(people, account, to);
        write_opened(events, projections_.secrets().vault, to);
        return sequence;
    }

    const Projections& projections_;
    std::shared_ptr<const Generation> tables_;
    Snapshot snapshot_;
    EventFetcher fetcher_;
    AddressBook addresses_;
};

// One that has no part in what was given before.
void write_new(const Answer& answer, Command::Reader command, std::string_view account, const Seals& seals,
               schema::Answer::Builder to) {
    to.setSequence(answer.last.value);
    write_entries(answer.entries, to);
    write_people(answer.people, account, to);
    if (has_sealed(command)) write_opened(answer.entries, seals, to);
    to.setDryRun(answer.dry_run);
    if (answer.rejection) {
        to.setRejected(text(rule_id(answer.rejection->rule)));
        to.setMessage(text(answer.rejection->message));
    }
    if (!answer.unbound) return;
    write_still_billed(answer.still_billed, to);
    to.setPhoneKeptUntil(answer.phone_kept_until.micros);
}

[[nodiscard]] std::expected<void, StorageFailure> write_answer(const Answer& answer, Command::Reader command,
                                                               std::string_view account, bool is_row,
                                                               const Seals& seals, AnswersFromLog* from_log,
                                                               schema::Answer::Builder to) {
    if (answer.replayed) return from_log->write(answer, command, is_row, to);
    write_new(answer, command, account, seals, to);
    if (answer.rows.empty()) return {};
    auto rows = to.initRows(static_cast<unsigned>(answer.rows.size()));
    for (unsigned i = 0; i < rows.size(); ++i) {
        const auto written = write_answer(answer.rows[i], command, account, true, seals, from_log, rows[i]);
        if (!written) return written;
    }
    return {};
}

}  // namespace

Sequence last_replayed(std::span<const Answer> answers) {
    Sequence last;
    for (const auto& answer : answers) {
        if (answer.replayed) last = std::max(last, answer.last);
        if (!answer.rows.empty()) last = std::max(last, last_replayed(answer.rows));
    }
    return last;
}

std::expected<std::unique_ptr<OutMessage>, StorageFailure> make_answers(std::uint64_t id, Commands commands,
                                                                        std::span<const Answer> answers,
                                                                        const Seals& seals,
                                                                        const Projections* projections) {
    auto words = capnp::sizeInWords<schema::ServerMessage>() + 2;
    for (unsigned i = 0; i < commands.size(); ++i) {
        words += capnp::sizeInWords<schema::Answer>() + content_words(answers[i], view(commands[i].getAccount()));
    }
    auto message = std::make_unique<OutMessage>(id, words);
    auto list = message->root().initAnswers(commands.size());
    std::optional<AnswersFromLog> from_log;
    if (projections != nullptr) from_log.emplace(*projections);
    for (unsigned i = 0; i < commands.size(); ++i) {
        const auto command = commands[i];
        const auto written = write_answer(answers[i], command, view(command.getAccount()), false, seals,
                                          from_log ? &*from_log : nullptr, list[i]);
        if (!written) return std::unexpected(written.error());
    }
    return message;
}

}  // namespace seatledger
