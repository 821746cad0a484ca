// What the tables of the rules say of phone configurations.
#include <algorithm>
#include <optional>

#include "events/text.h"
#include "tests/support/naive_model.h"

namespace seatledger::testing {

using naive::Case;

namespace {

constexpr std::size_t config_max = 32 * 1'024;
constexpr std::int64_t seven_days = std::int64_t{7} * 24 * 3'600 * 1'000'000;

// JSON as RFC 8259 has it. What is not read yet; nothing: it was none.
using Rest = std::optional<std::string_view>;

std::string_view skip_space(std::string_view text) {
    const auto begin = text.find_first_not_of(" \t\n\r");
    return begin == text.npos ? std::string_view() : text.substr(begin);
}

Rest read_string(std::string_view text) {
    if (!text.starts_with('"')) return {};
    for (std::size_t i = 1; i < text.size(); ++i) {
        if (static_cast<unsigned char>(text[i]) < ' ') return {};
        if (text[i] == '"') return text.substr(i + 1);
        if (text[i] != '\\') continue;
        if (++i == text.size() || std::string_view("\"\\/bfnrtu").find(text[i]) == std::string_view::npos) return {};
        if (text[i] != 'u') continue;
        const auto digits = text.substr(i + 1, 4);
        if (digits.size() < 4 || digits.find_first_not_of("0123456789abcdefABCDEF") != digits.npos) return {};
        i += 4;
    }
    return {};
}

Rest read_number(std::string_view text) {
    const auto digits = [&] {
        const auto end = std::min(text.find_first_not_of("0123456789"), text.size());
        text.remove_prefix(end);
        return end;
    };
    if (text.starts_with('-')) text.remove_prefix(1);
    const bool is_zero = text.starts_with('0');
    const auto whole = digits();
    if (whole == 0 || (is_zero && whole > 1)) return {};
    if (text.starts_with('.')) {
        text.remove_prefix(1);
        if (digits() == 0) return {};
    }
    if (!text.starts_with('e') && !text.starts_with('E')) return text;
    text.remove_prefix(1);
    if (text.starts_with('+') || text.starts_with('-')) text.remove_prefix(1);
    if (digits() == 0) return {};
    return text;
}

Rest read_value(std::string_view text);

// What stands between brackets: members with or without a name.
Rest read_members(std::string_view text, char end, bool named) {
    text = skip_space(text);
    if (text.starts_with(end)) return text.substr(1);
    while (true) {
        if (named) {
            const auto name = read_string(skip_space(text));
            if (!name || !skip_space(*name).starts_with(':')) return {};
            text = skip_space(*name).substr(1);
        }
        const auto value = read_value(text);
        if (!value || value->empty()) return {};
        text = value->substr(1);
        if (value->front() == end) return text;
        if (value->front() != ',') return {};
    }
}

// … with the space around it.
Rest read_value(std::string_view text) {
    text = skip_space(text);
    Rest rest;
    if (text.starts_with('{')) {
        rest = read_members(text.substr(1), '}', true);
    } else if (text.starts_with('[')) {
        rest = read_members(text.substr(1), ']', false);
    } else if (text.starts_with('"')) {
        rest = read_string(text);
    } else {
        rest = read_number(text);
        for (const std::string_view word : {"true", "false", "null"}) {
            if (text.starts_with(word)) rest = text.substr(word.size());
        }
    }
    if (!rest) return {};
    return skip_space(*rest);
}

bool is_json(std::string_view text) {
    const auto rest = read_value(text);
    return rest && rest->empty();
}

}  // namespace

void NaiveModel::decide_phone(Case& c) {
    if (!c.command.isSavePhone()) return;
    const auto body = c.command.getSavePhone();
    const auto config = view(body.getConfig());
    const auto* user = find_user(*c.account, view(body.getEmail()));
    c.needs(user != nullptr, "user_must_be_registered");
    c.needs(user != nullptr && holds_phone_product(c, user->id), "user_must_hold_phone_product");
    c.needs(config.size() <= config_max, "config_too_large");
    c.needs(is_json(config), "config_must_be_json");
    if (c.is_broken()) return;
    auto saved = c.event().initPhoneSaved();
    saved.setUser(user->id);
    saved.setConfig(as_data(config));
}

// At the instant of the case, without what its events have taken.
bool NaiveModel::holds_phone_product(const Case& c, std::uint32_t user) {
    return std::ranges::any_of(c.account->licenses, [&](const naive::License& license) {
        const bool is_taken = std::ranges::find(c.taken, license.number) != c.taken.end();
        return license.holder == user && license.is_bound(c.at) && !is_taken && find_product(license.sku)->keeps_phone;
    });
}

void NaiveModel::lose(Case& c, std::uint32_t license, std::string_view sku, std::uint32_t user) {
    c.taken.push_back(license);
    const auto& person = c.account->users[user - 1];
    const bool is_in_use = !person.phone.empty() && person.phone_kept_until == no_instant.micros;
    if (!is_in_use || !find_product(sku)->keeps_phone || holds_phone_product(c, user)) return;
    auto retained = c.event().initPhoneRetained();
    retained.setUser(user);
    retained.setUntil(std::min(c.at, last_instant.micros - seven_days) + seven_days);
    c.kept.push_back(user);
}

void NaiveModel::gain(Case& c, std::string_view sku, std::uint32_t user) {
    const auto until = c.account->users[user - 1].phone_kept_until;
    const bool is_kept = until != no_instant.micros && c.at < until;
    const bool is_kept_now = std::ranges::find(c.kept, user) != c.kept.end();
    if (find_product(sku)->keeps_phone && (is_kept || is_kept_now)) c.event().initPhoneRestored().setUser(user);
}

void NaiveModel::purge_phone(Case& c, const naive::User& user) {
    if (!user.phone.empty()) c.event().initPhonePurged().setUser(user.id);
}

void NaiveModel::end_lot(Case& c, const naive::Lot& lot) {
    const auto is_revoked = [&](std::uint32_t i) { return c.account->licenses[lot.first - 1 + i].revoked; };
    for (std::uint32_t i = 0; i < lot.quantity;) {
        auto end = i;
        while (end < lot.quantity && !is_revoked(end)) ++end;
        if (end > i) {
            auto body = c.event().initLicensesExpired();
            body.setInvoice(text(lot.invoice));
            body.setLine(lot.line);
            body.setSku(text(lot.sku));
            body.setFirst(lot.first + i);
            body.setQuantity(end - i);
        }
        i = end + 1;
    }
    for (std::uint32_t i = 0; i < lot.quantity; ++i) {
        const auto& license = c.account->licenses[lot.first - 1 + i];
        if (license.holder != 0 && !license.revoked) lose(c, license.number, lot.sku, license.holder);
    }
}

void NaiveModel::apply_phones(naive::Account& account, schema::Event::Reader event) {
    const auto user = [&](auto body) -> naive::User& { return account.users[body.getUser() - 1]; };
    if (event.isPhoneSaved()) user(event.getPhoneSaved()).phone = view(event.getPhoneSaved().getConfig());
    if (event.isPhoneRetained()) {
        user(event.getPhoneRetained()).phone_kept_until = event.getPhoneRetained().getUntil();
    }
    if (event.isPhoneRestored()) user(event.getPhoneRestored()).phone_kept_until = no_instant.micros;
    if (event.isPhonePurged()) {
        user(event.getPhonePurged()).phone.clear();
        user(event.getPhonePurged()).phone_kept_until = no_instant.micros;
    }
}

}  // namespace seatledger::testing
