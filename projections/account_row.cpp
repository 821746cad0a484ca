#include "projections/account_row.h"

#include <capnp/message.h>
#include <kj/debug.h>

#include "events/text.h"
#include "projections/rows.capnp.h"
#include "projections/stored.h"

namespace seatledger {
namespace {

void read_cards(rows::Account::Reader row, std::vector<Card>& cards) {
    for (const auto card : row.getCards()) {
        cards.push_back({std::string(view(card.getToken())), std::string(view(card.getLast4())),
                         std::string(view(card.getExpires()))});
    }
}

void write_cards(const std::vector<Card>& cards, rows::Account::Builder row) {
    if (cards.empty()) return;
    auto to = row.initCards(static_cast<unsigned>(cards.size()));
    for (unsigned i = 0; i < to.size(); ++i) {
        to[i].setToken(text(cards[i].token));
        to[i].setLast4(text(cards[i].last4));
        to[i].setExpires(text(cards[i].expires));
    }
}

}  // namespace

AccountRow read_account(std::string_view value) {
    Stored<rows::Account> stored(value);
    const auto row = stored.get();
    AccountRow account;
    account.id = view(row.getId());
    account.name = view(row.getName());
    account.time_zone = view(row.getTimeZone());
    account.currency = view(row.getCurrency());
    account.importing = row.getImporting();
    account.language = row.getLanguage();
    account.dispute_window = view(row.getDisputeWindow());
    for (const auto user : row.getSuperAdmins()) account.super_admins.emplace_back(user);
    read_cards(row, account.cards);
    KJ_REQUIRE(row.getReminded().size() == account.reminded.size(), "an account's row lacks its reminders");
    for (unsigned i = 0; i < account.reminded.size(); ++i) account.reminded[i] = Instant{row.getReminded()[i]};
    return account;
}

std::string account_value(const AccountRow& account) {
    capnp::MallocMessageBuilder message;
    auto row = message.initRoot<rows::Account>();
    row.setId(text(account.id));
    row.setName(text(account.name));
    row.setTimeZone(text(account.time_zone));
    row.setCurrency(text(account.currency));
    row.setImporting(account.importing);
    row.setLanguage(account.language);
    if (!account.dispute_window.empty()) row.setDisputeWindow(text(account.dispute_window));
    auto super_admins = row.initSuperAdmins(static_cast<unsigned>(account.super_admins.size()));
    for (unsigned i = 0; i < super_admins.size(); ++i) super_admins.set(i, account.super_admins[i].value);
    write_cards(account.cards, row);
    auto reminded = row.initReminded(static_cast<unsigned>(account.reminded.size()));
    for (unsigned i = 0; i < reminded.size(); ++i) reminded.set(i, account.reminded[i].micros);
    return to_value<rows::Account>(row.asReader());
}

}  // namespace seatledger
