// The oracle's part of the phone configurations: what must follow at once follows at once.
#include <algorithm>

#include "events/people.h"
#include "events/text.h"
#include "tests/support/log_oracle.h"

namespace seatledger::testing {

bool LogOracle::needs_phone(const OfAccount& account, std::uint32_t user, Instant t) const {
    return std::ranges::any_of(account.licenses, [&](const auto& numbered) {
        const auto& license = numbered.second;
        return license.holder == user && status_of(license, t) == Status::bound && keep_phones_.contains(license.sku);
    });
}

void LogOracle::lost(OfAccount& account, const License& license, std::uint32_t user, Instant t) {
    const auto phone = account.phones.find(user);
    const bool is_in_use = phone != account.phones.end() && phone->second.kept_until == no_instant.micros;
    if (is_in_use && keep_phones_.contains(license.sku) && !needs_phone(account, user, t)) {
        account.to_retain.push_back(user);
    }
}

// Before the event counts.
void LogOracle::check_phones(OfAccount& account, schema::Event::Reader event) {
    const auto user = subject_of(event).value;
    const bool retains = !account.to_retain.empty() && account.to_retain.front() == user;
    // Of a term that ended all that ended comes first.
    const bool goes_on_ending = event.isLicensesExpired() && account.was_expiry;
    account.was_expiry = event.isLicensesExpired();
    expect(event.isPhoneRetained() ? retains : account.to_retain.empty() || goes_on_ending,
           "a configuration is kept right behind the loss of the last license that needs it, and only then");
    const bool restores = account.to_restore != 0 && account.to_restore == user;
    expect(event.isPhoneRestored() ? restores : account.to_restore == 0,
           "a configuration is restored right behind the bind of a license that needs it, and only then");
    const bool erases = event.isPersonErased() && account.purged == user;
    expect(account.purged == 0 || erases, "a configuration was purged before its time");
    account.purged = 0;
}

void LogOracle::add_phones(OfAccount& account, schema::Event::Reader event) {
    const Instant t{event.getEffectiveAt()};
    if (event.isProductDefined() && event.getProductDefined().getKeepsPhone()) {
        keep_phones_.emplace(view(event.getProductDefined().getSku()));
    }
    if (event.isPhoneSaved()) phone_saved(account, event.getPhoneSaved(), t);
    if (event.isPhoneRetained()) phone_retained(account, event.getPhoneRetained(), t);
    if (event.isPhoneRestored()) {
        const auto user = event.getPhoneRestored().getUser();
        auto& phone = account.phones[user];
        expect(account.kept.erase({phone.kept_until, user}) == 1, "restored what is not kept");
        expect(t.micros < phone.kept_until, "restored too late");
        phone.kept_until = no_instant.micros;
        account.to_restore = 0;
    }
    if (event.isPhonePurged()) phone_purged(account, event);
    if (event.isPersonErased()) {
        expect(!account.phones.contains(event.getPersonErased().getUser()), "erased somebody but their configuration");
    }
}

void LogOracle::phone_saved(OfAccount& account, schema::PhoneSaved::Reader body, Instant t) {
    expect(needs_phone(account, body.getUser(), t), "saved for somebody without a license that needs it");
    auto& phone = account.phones[body.getUser()];
    expect(phone.kept_until == no_instant.micros, "saved what is kept");
    const bool is_new = phone_keys_.insert(body.getKey()).second;
    expect(is_new == (phone.key == 0), "one key for all that is saved until it is purged, and then another");
    expect(is_new || phone.key == body.getKey(), "sealed with somebody else's key");
    phone.key = body.getKey();
}

void LogOracle::phone_retained(OfAccount& account, schema::PhoneRetained::Reader body, Instant t) {
    constexpr std::int64_t seven_days = std::int64_t{7} * 24 * 3'600 * 1'000'000;
    expect(body.getUntil() == t.micros + seven_days, "a configuration is not kept for 7 days");
    if (!account.to_retain.empty()) account.to_retain.erase(account.to_retain.begin());
    account.phones[body.getUser()].kept_until = body.getUntil();
    account.kept.emplace(body.getUntil(), body.getUser());
}

void LogOracle::phone_purged(OfAccount& account, schema::Event::Reader event) {
    const auto body = event.getPhonePurged();
    const auto phone = account.phones.find(body.getUser());
    expect(phone != account.phones.end(), "purged what is not there");
    if (phone == account.phones.end()) return;
    expect(body.getKey() == phone->second.key, "the key of another configuration is destroyed");
    const bool is_due = event.getPrincipal() == schema::Event::Principal::LEDGER;
    expect(!is_due || event.getEffectiveAt() == phone->second.kept_until, "purged at another time");
    if (!is_due) account.purged = body.getUser();
    account.kept.erase({phone->second.kept_until, body.getUser()});
    account.phones.erase(phone);
}

}  // namespace seatledger::testing
