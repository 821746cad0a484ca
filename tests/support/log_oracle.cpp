#include "tests/support/log_oracle.h"

#include "events/text.h"

namespace seatledger::testing {

void LogOracle::expect(bool holds, const std::string& what) {
    if (!holds) complaints_.push_back("event " + std::to_string(last_.value) + ": " + what);
}

LogOracle::Status LogOracle::status_of(const License& license, Instant t) {
    if (license.until <= t) return Status::expired;
    return license.holder != 0 ? Status::bound : Status::available;
}

void LogOracle::add(schema::Event::Reader event, Sequence sequence) {
    expect(sequence == last_.next() && event.getSequence() == sequence.value, "the sequence is not the next one");
    last_ = sequence;
    const Instant recorded{event.getRecordedAt()};
    const Instant effective{event.getEffectiveAt()};
    expect(recorded >= last_recorded_at_, "recordedAt goes back");
    expect(effective <= recorded, "it took effect after it was recorded");
    last_recorded_at_ = recorded;
    add_to_stream(event);
}

void LogOracle::add_to_stream(schema::Event::Reader event) {
    auto& account = accounts_[std::string(view(event.getAccount()))];
    const Instant t{event.getEffectiveAt()};
    expect(t >= account.last_effective_at, "effectiveAt goes back");
    account.last_effective_at = t;
    const bool is_due = event.isLicensesExpired() || event.isOrderOverdue();
    expect(is_due == (event.getPrincipal() == schema::Event::Principal::LEDGER),
           "the ledger does what falls due, and nothing else");
    // Everything that ended by then has been recorded; of what falls due, the earlier.
    expect(account.unexpired.empty() ||
               (is_due ? account.unexpired.begin()->first >= t.micros : account.unexpired.begin()->first > t.micros),
           "something had fallen due before");
    add_licenses(account, event);
    add_people(account, event);
    add_queues(account, event);
}

void LogOracle::add_licenses(OfAccount& account, schema::Event::Reader event) {
    const Instant t{event.getEffectiveAt()};
    if (event.isLicensesIssued()) {
        const auto body = event.getLicensesIssued();
        expect(body.getValidFrom() == t.micros, "the term does not start with the payment");
        expect(body.getValidUntil() > body.getValidFrom(), "the term is no time at all");
        expect(body.getFirst() == account.licenses.size() + 1, "licenses are not numbered one after the other");
        for (std::uint32_t i = 0; i < body.getQuantity(); ++i) {
            account.licenses[body.getFirst() + i] = {std::string(view(body.getSku())), Instant{body.getValidFrom()},
                                                     Instant{body.getValidUntil()}};
        }
        account.unexpired.emplace(body.getValidUntil(), body.getFirst());
    }
    if (event.isLicensesExpired()) expired(account, event.getLicensesExpired(), t);
    if (event.isLicenseBound()) bound(account, event.getLicenseBound(), t);
    if (event.isLicenseUnbound()) unbound(account, event.getLicenseUnbound(), t);
}

void LogOracle::expired(OfAccount& account, schema::LicensesExpired::Reader body, Instant t) {
    expect(account.unexpired.erase({t.micros, body.getFirst()}) == 1, "no term ends then, or it was recorded before");
    expect(account.licenses.contains(body.getFirst() + body.getQuantity() - 1), "licenses expired that do not exist");
}

void LogOracle::bound(OfAccount& account, schema::LicenseHeld::Reader body, Instant t) {
    expect(account.users.contains(body.getUser()), "bound to nobody who is there");
    expect(account.licenses.contains(body.getLicense()), "bound a license that does not exist");
    auto& license = account.licenses[body.getLicense()];
    expect(license.sku == view(body.getSku()), "bound under another product");
    expect(license.holder == 0, "bound to two");
    expect(license.from <= t && t < license.until, "access outside of the term");
    for (const auto& [number, other] : account.licenses) {
        const bool is_held = other.holder == body.getUser() && status_of(other, t) == Status::bound;
        expect(!is_held || other.sku != license.sku, "the user has two licenses of a product");
    }
    license.holder = body.getUser();
}

void LogOracle::unbound(OfAccount& account, schema::LicenseHeld::Reader body, Instant t) {
    expect(account.licenses.contains(body.getLicense()), "unbound a license that does not exist");
    auto& license = account.licenses[body.getLicense()];
    expect(license.holder == body.getUser() && body.getUser() != 0, "unbound from somebody who did not have it");
    expect(t < license.until, "unbound what had expired");
    license.holder = 0;
}

void LogOracle::add_people(OfAccount& account, schema::Event::Reader event) {
    if (event.isAccountOpened()) account.importing = event.getAccountOpened().getImporting();
    if (event.isImportEnded()) account.importing = false;
    if (event.isNotificationQueued()) expect(!account.importing, "a letter while the past is brought in");
    if (event.isUserRegistered()) {
        expect(account.users.insert(event.getUserRegistered().getUser()).second, "a user id was given twice");
    }
    if (event.isUserRemoved()) {
        const auto user = event.getUserRemoved().getUser();
        expect(account.users.contains(user), "removed somebody who is not there");
        for (const auto& [number, license] : account.licenses) {
            const bool is_held =
                license.holder == user && status_of(license, Instant{event.getEffectiveAt()}) == Status::bound;
            expect(!is_held, "removed somebody who holds something");
        }
        for (const auto& [queue, members] : account.queues) {
            expect(!members.contains(user), "removed somebody who is in queue " + queue);
        }
        account.users.erase(user);
    }
}

void LogOracle::add_queues(OfAccount& account, schema::Event::Reader event) {
    if (event.isQueueCreated()) {
        const std::string queue(view(event.getQueueCreated().getQueue()));
        expect(account.queues.emplace(queue, Members()).second, "created a queue that is there");
    }
    if (event.isQueueDeleted()) {
        const auto queue = account.queues.find(std::string(view(event.getQueueDeleted().getQueue())));
        expect(queue != account.queues.end(), "deleted a queue that is not there");
        if (queue == account.queues.end()) return;
        expect(queue->second.empty(), "deleted a queue while somebody was in it");
        account.queues.erase(queue);
    }
    if (event.isQueueMemberAdded()) entered(account, event.getQueueMemberAdded());
    if (event.isQueueMemberRemoved()) left(account, event.getQueueMemberRemoved());
}

void LogOracle::entered(OfAccount& account, schema::QueueMember::Reader body) {
    expect(account.users.contains(body.getUser()), "somebody came into a queue who is not there");
    const auto queue = account.queues.find(std::string(view(body.getQueue())));
    expect(queue != account.queues.end(), "somebody came into a queue that is not there");
    if (queue == account.queues.end()) return;
    expect(queue->second.emplace(body.getUser(), body.getRole()).second, "somebody is in a queue twice");
}

void LogOracle::left(OfAccount& account, schema::QueueMember::Reader body) {
    const auto queue = account.queues.find(std::string(view(body.getQueue())));
    expect(queue != account.queues.end(), "somebody left a queue that is not there");
    if (queue == account.queues.end()) return;
    const auto member = queue->second.find(body.getUser());
    expect(member != queue->second.end(), "somebody left a queue who was not in it");
    if (member == queue->second.end()) return;
    expect(member->second == body.getRole(), "somebody left a queue in another role than they came");
    queue->second.erase(member);
}

}  // namespace seatledger::testing
