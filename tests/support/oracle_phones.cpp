// The oracle's part of the phone configurations.
#include <algorithm>
#include <sstream>

#include "events/people.h"
#include "tests/support/oracle.h"
#include "tests/support/oracle_words.h"
#include "tests/support/test_secrets.h"

namespace seatledger::testing {

void Oracle::fold_phones(Account& account, schema::Event::Reader event) {
    if (!event.isPhoneSaved() && !event.isPhoneRetained() && !event.isPhoneRestored() && !event.isPhonePurged()) return;
    auto& phone = account.people.at(subject_of(event).value).phone;
    if (event.isPhoneSaved()) {
        phone.config = phone_in(event);
        phone.saved_at = event.getEffectiveAt();
    }
    phone.kept_until = event.isPhoneRetained() ? event.getPhoneRetained().getUntil() : no_instant.micros;
    if (event.isPhonePurged()) phone = {};
}

std::string Oracle::phone(const Account& account, std::uint32_t user, const std::map<std::string, Product>& products) {
    constexpr std::int64_t seven_days = std::int64_t{7} * 24 * 3'600 * 1'000'000;
    const auto& phone = account.people.at(user).phone;
    auto kept_until = phone.kept_until;
    bool has_license = false;
    auto ended = account.last_effective_at;  // when the last one ended, or was taken away right now
    for (const auto& license : account.licenses) {
        if (license.holder != user || !products.at(license.sku).keeps_phone) continue;
        has_license = has_license || license.valid_until > account.time;
        ended = std::max(ended, license.valid_until);
    }
    const bool is_in_use = kept_until == no_instant.micros;
    if (is_in_use && !has_license) kept_until = ended + seven_days;
    const bool is_over = kept_until != no_instant.micros && kept_until <= account.time;
    if (phone.saved_at == no_instant.micros || is_over) return "|phone none never never ";
    std::ostringstream out;
    out << "|phone " << (kept_until == no_instant.micros ? "saved " : "kept ") << moment(phone.saved_at) << ' '
        << moment(kept_until) << ' ' << phone.config;
    return out.str();
}

}  // namespace seatledger::testing
