#include "projections/history_finder.h"

#include <algorithm>
#include <functional>
#include <ranges>
#include <string>
#include <utility>

#include "engine/bulk.h"
#include "events/text.h"
#include "projections/names.h"

namespace seatledger {
namespace {

using schema::History;
using tables::key_of;
using tables::Table;

constexpr std::size_t without_limit = ~std::size_t{0};

class Finder {
 public:
    Finder(const View& view, const Wanted& wanted, std::vector<Sequence>& found)
        : view_(view), wanted_(wanted), found_(found) {}

    void license(LicenseNumber license) {
        versions(key_of(Table::licenses, view_.account(), license.value));
        const auto lot = view_.lot_of(license);
        if (!lot) return;
        Taker take(*this);
        take(lot->issued_by);
        take(view_.end_recorded_by(lot->lot, license));
    }

    void user(UserId user) {
        versions(key_of(Table::users, view_.account(), user.value));
        versions(key_of(Table::phones, view_.account(), user.value));
        mentions(tables::mention_key(view_.account(), user));
        holdings(user);
    }

    void invoice(std::string_view invoice) {
        versions(key_of(Table::invoices, view_.account(), invoice));
        mentions(tables::mention_key(view_.account(), tables::Mention::invoice, invoice));
    }

    void order(OrderNumber order) { versions(key_of(Table::orders, view_.account(), order.value)); }

    void dispute(DisputeNumber dispute) { versions(key_of(Table::disputes, view_.account(), dispute.value)); }

    void queue(std::string_view queue) {
        versions(key_of(Table::queues, view_.account(), queue));
        mentions(tables::mention_key(view_.account(), tables::Mention::queue, queue));
    }

    // Whoever may read only about themself does not get what they did to others while they had another role.
    void actor(std::uint32_t actor) {
        const auto about = about_only();
        account_events([&](const tables::AccountEvent& event) {
            return event.actor == actor && (!wanted_.only || std::ranges::binary_search(about, event.sequence));
        });
    }

    void all() {
        account_events([](const tables::AccountEvent&) { return true; });
    }

    // Gives whether there is such a request, as far as is known. That of a bulk command has no events of its own unless
    // it was atomic; its rows have.
    [[nodiscard]] bool request(std::string_view id) {
        bool is_known = false;
        const auto take_commit = [&](std::string_view value) {
            const auto record = tables::read_request(value);
            if (record.first > view_.known()) return;
            is_known = true;
            commit(std::max(record.first, wanted_.from), std::min(record.last, wanted_.to));
        };
        const auto key = key_of(Table::requests, view_.account(), id);
        if (const auto value = view_.rows().find(key)) take_commit(*value);
        auto rows = key_of(Table::requests, view_.account(), row_request_id(id, 0));
        rows.resize(rows.size() - 2);  // without its number, and the byte that ends a text
        view_.rows().scan_index(rows, tables::after(rows), [&](const Row& row) {
            if (is_row_number(row.key.substr(rows.size()))) take_commit(row.value);
            return true;
        });
        return is_known;
    }

    // Everyone who had ever borne the address by then.
    [[nodiscard]] std::vector<UserId> bearers(std::string_view email) const {
        auto users = bearers_by(view_, email, view_.sequence());
        if (wanted_.only) std::erase_if(users, [this](UserId user) { return user != wanted_.only; });
        return users;
    }

 private:
    // Takes what one source has, in the direction; gives whether more of it is wanted.
    class Taker {
     public:
        explicit Taker(Finder& finder) : finder_(finder) {}

        bool operator()(Sequence sequence) {
            const auto& wanted = finder_.wanted_;
            if (!sequence || sequence < wanted.from || sequence > wanted.to) return true;
            finder_.found_.push_back(sequence);
            return ++count_ < wanted.count_max;
        }

     private:
        Finder& finder_;
        std::size_t count_ = 0;
    };

    void versions(const std::string& key) {
        Taker take(*this);
        view_.rows().scan_row(key, wanted_.from, wanted_.to, wanted_.direction,
                              [&](const Row& row) { return take(row.version); });
    }

    void mentions(const std::string& prefix) {
        auto begin = prefix;
        tables::put_u64(begin, wanted_.from.value);
        auto end = prefix;
        tables::put_u64(end, wanted_.to.value);
        Taker take(*this);
        view_.rows().scan_index(
            begin, tables::after(std::move(end)),
            [&](const Row& row) { return take(Sequence(tables::Reader(row.key.substr(prefix.size())).u64())); },
            wanted_.direction);
    }

    void commit(Sequence first, Sequence last) {
        Taker take(*this);
        if (wanted_.direction == Direction::forwards) {
            for (auto at = first; at <= last && take(at); at = at.next()) continue;
        } else {
            for (auto at = last; at >= first && take(at); at = Sequence(at.value - 1)) continue;
        }
    }

    // The account's index of events has those of a block under the last of them, so the block in which `to` lies may
    // stand behind it.
    template <typename Match>
    void account_events(Match is_wanted) {
        const auto prefix = key_of(Table::account_events, view_.account());
        const auto at = [&](Sequence sequence) { return key_of(Table::account_events, view_.account(), sequence); };
        auto end = tables::after(prefix);
        view_.rows().scan_index(at(wanted_.to), end, [&](const Row& row) {
            end = tables::after(std::string(row.key));
            return false;
        });
        Taker take(*this);
        view_.rows().scan_index(
            at(wanted_.from), end,
            [&](const Row& row) {
                const Sequence last(tables::Reader(row.key.substr(prefix.size())).u64());
                auto events = tables::read_account_events(row.value, last);
                if (wanted_.direction == Direction::backwards) std::ranges::reverse(events);
                return std::ranges::all_of(
                    events, [&](const auto& event) { return !is_wanted(event) || take(event.sequence); });
            },
            wanted_.direction);
    }

    // What somebody had since the event `since`.
    struct Had {
        Sequence since;
        Holdings holdings;
    };

    // What the person had, and the ends of terms that took it away from them.
    void holdings(UserId user) {
        const auto key = key_of(Table::holdings, view_.account(), user.value);
        Had before;
        if (wanted_.from.value > 1) {
            const auto row = view_.rows().get(key, Sequence(wanted_.from.value - 1), &before.since);
            if (row) before.holdings = tables::read_holdings(*row);
        }
        wanted_.direction == Direction::forwards ? holdings_forwards(key, std::move(before))
                                                 : holdings_backwards(key, before);
    }

    void holdings_forwards(const std::string& key, Had now) {
        Taker take(*this);
        bool goes_on = true;
        view_.rows().scan_row(key, wanted_.from, wanted_.to, Direction::forwards, [&](const Row& row) {
            goes_on = take_ends(now, row.version, take) && take(row.version);
            now = {row.version, tables::read_holdings(row.value)};
            return goes_on;
        });
        if (goes_on) take_ends(now, wanted_.to.next(), take);
    }

    void holdings_backwards(const std::string& key, const Had& before) {
        Taker take(*this);
        bool goes_on = true;
        auto until = wanted_.to.next();
        view_.rows().scan_row(key, wanted_.from, wanted_.to, Direction::backwards, [&](const Row& row) {
            goes_on = take_ends({row.version, tables::read_holdings(row.value)}, until, take) && take(row.version);
            until = row.version;
            return goes_on;
        });
        if (goes_on) take_ends(before, until, take);
    }

    // The ends of terms of what somebody had until the event `until`.
    bool take_ends(const Had& had, Sequence until, Taker& take) const {
        bool goes_on = true;
        for (const auto& holding : had.holdings) {
            const auto lot = view_.lot_of(holding.license);
            const auto expiry = lot ? view_.end_recorded_by(lot->lot, holding.license) : Sequence();
            if (expiry > had.since && expiry < until && !take(expiry)) goes_on = false;
        }
        return goes_on;
    }

    // The events about the person whom alone it may be about, sorted.
    [[nodiscard]] std::vector<Sequence> about_only() const {
        std::vector<Sequence> about;
        if (!wanted_.only) return about;
        auto every = wanted_;
        every.count_max = without_limit;
        Finder(view_, every, about).user(wanted_.only);
        std::ranges::sort(about);
        return about;
    }

    // As row_request_id() writes it.
    [[nodiscard]] static bool is_row_number(std::string_view key) {
        if (!key.empty()) key.remove_suffix(1);  // the byte that ends a text
        return !key.empty() && key.front() != '0' &&
               std::ranges::all_of(key, [](char c) { return c >= '0' && c <= '9'; });
    }

    const View& view_;
    const Wanted wanted_;
    std::vector<Sequence>& found_;
};

// Fails if what is named is not there.
std::expected<void, QueryFailure> find(Finder& finder, const View& view, History::Reader history) {
    switch (history.which()) {
        case History::LICENSE: {
            const LicenseNumber license(history.getLicense());
            if (!has_license(view, license)) return no_such(view, "license", std::to_string(license.value));
            finder.license(license);
            return {};
        }
        case History::EMAIL: {
            const auto email = seatledger::view(history.getEmail());
            if (!has_user(view, email)) return no_such(view, "user", email);
            for (const auto user : finder.bearers(email)) finder.user(user);
            return {};
        }
        case History::INVOICE: {
            const auto invoice = seatledger::view(history.getInvoice());
            if (!has_invoice(view, invoice)) return no_such(view, "invoice", invoice);
            finder.invoice(invoice);
            return {};
        }
        case History::QUEUE: {
            const auto queue = seatledger::view(history.getQueue());
            if (!has_queue(view, queue)) return no_such(view, "queue", queue);
            finder.queue(queue);
            return {};
        }
        case History::ORDER: {
            const OrderNumber order(history.getOrder());
            if (!has_order(view, order)) return no_such(view, "order", std::to_string(order.value));
            finder.order(order);
            return {};
        }
        case History::DISPUTE: {
            const DisputeNumber dispute(history.getDispute());
            if (!has_dispute(view, dispute)) return no_such(view, "dispute", std::to_string(dispute.value));
            finder.dispute(dispute);
            return {};
        }
        case History::ACTOR: {
            const auto actor = seatledger::view(history.getActor());
            if (actor == "vendor") {
                finder.actor(tables::actor_vendor);
            } else if (actor == "ledger") {
                finder.actor(tables::actor_ledger);
            } else if (!has_user(view, actor)) {
                return no_such(view, "user", actor);
            }
            for (const auto user : finder.bearers(actor)) finder.actor(tables::actor_users + user.value);
            return {};
        }
        case History::REQUEST: {
            const auto id = seatledger::view(history.getRequest());
            if (is_plain_text(id) && finder.request(id)) return {};
            return no_such_request(view, id);
        }
        case History::ALL: finder.all(); return {};
        case History::NONE: break;
    }
    return std::unexpected(
        QueryFailure{"history needs one of license, email, invoice, queue, order, dispute, actor, request, all"});
}

}  // namespace

std::expected<std::vector<Sequence>, QueryFailure> find_events(const View& view, History::Reader history,
                                                               const Wanted& wanted) {
    std::vector<Sequence> found;
    Finder finder(view, wanted, found);
    if (auto searched = find(finder, view, history); !searched) return std::unexpected(searched.error());
    if (wanted.direction == Direction::forwards) {
        std::ranges::sort(found);
    } else {
        std::ranges::sort(found, std::greater());
    }
    const auto repeated = std::ranges::unique(found);
    found.erase(repeated.begin(), repeated.end());
    if (found.size() > wanted.count_max) found.resize(wanted.count_max);
    return found;
}

}  // namespace seatledger
