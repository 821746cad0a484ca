#include "engine/rules/cards.h"

#include <algorithm>

#include "engine/rules/values.h"
#include "events/text.h"

namespace seatledger::rules {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

bool is_last4(std::string_view text) { return text.size() == 4 && std::ranges::all_of(text, is_digit); }

// 2027-05, 05/27 or 05/2027.
bool is_month(std::string_view text) {
    std::string form;
    for (const char c : text) form += is_digit(c) ? '0' : c;
    const auto month = form == "0000-00"                      ? text.substr(5)
                       : form == "00/00" || form == "00/0000" ? text.substr(0, 2)
                                                              : std::string_view();
    return month >= "01" && month <= "12" && month.size() == 2;
}

const Card* find_card(const Account& account, std::string_view token) {
    const auto found = std::ranges::find(account.cards, token, &Card::token);
    return found == account.cards.end() ? nullptr : &*found;
}

}  // namespace

Verdict check(schema::AddCard::Reader command) {
    return ValueCheck()
        .text("token", view(command.getToken()), id_bytes_max)
        .that(is_last4(view(command.getLast4())), "last4", "is not the last four digits of a card")
        .that(is_month(view(command.getExpires())), "expires", "is not a month such as 2027-05 or 05/27")
        .verdict();
}

Verdict check(schema::RemoveCard::Reader command) {
    return ValueCheck().text("token", view(command.getToken()), id_bytes_max).verdict();
}

Verdict add_card(schema::AddCard::Reader command, CommitWriter& writer) {
    if (is_card_number(view(command.getToken()))) {
        // The message must not repeat it.
        return reject(Rule::token_must_not_be_a_card_number,
                      "the token ending in " + std::string(view(command.getLast4())) +
                          " is a card's own number; give the token that the payment service has for it");
    }
    auto added = writer.begin().initCardAdded();
    added.setToken(command.getToken());
    added.setLast4(command.getLast4());
    added.setExpires(command.getExpires());
    writer.end();
    return {};
}

Verdict remove_card(const Account& account, schema::RemoveCard::Reader command, CommitWriter& writer) {
    const auto* card = find_card(account, view(command.getToken()));
    if (card == nullptr) {
        return reject(Rule::card_must_exist, account.id + " has no card with that token on file; check the token");
    }
    auto removed = writer.begin().initCardRemoved();
    removed.setToken(text(card->token));
    removed.setLast4(text(card->last4));
    writer.end();
    return {};
}

void keep(std::vector<Card>& cards, schema::CardAdded::Reader body) {
    Card card{std::string(view(body.getToken())), std::string(view(body.getLast4())),
              std::string(view(body.getExpires()))};
    const auto found = std::ranges::find(cards, card.token, &Card::token);
    if (found == cards.end()) {
        cards.push_back(std::move(card));
    } else {
        *found = std::move(card);
    }
}

void drop(std::vector<Card>& cards, schema::CardRemoved::Reader body) {
    std::erase_if(cards, [&](const Card& card) { return card.token == view(body.getToken()); });
}

bool is_card_number(std::string_view text) {
    int sum = 0;
    std::size_t digits = 0;
    // From the right every second digit counts twice, by its own digits.
    for (auto c = text.rbegin(); c != text.rend(); ++c) {
        if (*c == ' ' || *c == '-') continue;
        if (!is_digit(*c)) return false;
        const int digit = (*c - '0') * (digits % 2 == 0 ? 1 : 2);
        sum += digit / 10 + digit % 10;
        ++digits;
    }
    return digits >= 13 && digits <= 19 && sum % 10 == 0;
}

}  // namespace seatledger::rules
