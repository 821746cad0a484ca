// The events that name something (queries.h).
#include <algorithm>
#include <vector>

#include "events/text.h"
#include "projections/event_fetcher.h"
#include "projections/queries.h"
#include "projections/replay.h"
#include "projections/view.h"

namespace seatledger {
namespace {

using schema::History;
using tables::key_of;
using tables::Table;

class Finder {
 public:
    Finder(const View& view, std::vector<Sequence>& found) : view_(view), found_(found) {}

    void license(LicenseNumber license) {
        versions(key_of(Table::licenses, view_.account(), license.value));
        const auto lot = view_.lot_of(license);
        if (!lot) return;
        found_.push_back(lot->issued_by);
        if (lot->expired_by) found_.push_back(lot->expired_by);
    }

    // Everyone who ever bore the address.
    void email(std::string_view email) {
        std::vector<UserId> users;
        view_.rows().scan_versions(key_of(Table::emails, view_.account(), fold_case(email)), view_.sequence(),
                                   [&](const Row& row) { users.emplace_back(tables::Reader(row.value).u32()); });
        std::ranges::sort(users);
        const auto repeated = std::ranges::unique(users);
        users.erase(repeated.begin(), repeated.end());
        for (const auto user : users) {
            if (user) this->user(user);
        }
    }

    void invoice(std::string_view invoice) {
        versions(key_of(Table::invoices, view_.account(), invoice));
        mentions(tables::mention_key(view_.account(), invoice));
    }

    void actor(std::uint32_t actor) {
        const auto prefix = key_of(Table::account_events, view_.account());
        view_.rows().scan_index(prefix, tables::after(prefix), [&](const Row& row) {
            const Sequence last(tables::Reader(row.key.substr(prefix.size())).u64());
            for (const auto& event : tables::read_account_events(row.value, last)) {
                if (event.actor == actor) found_.push_back(event.sequence);
            }
            return true;
        });
    }

    std::vector<UserId> bearers(std::string_view email) {
        std::vector<UserId> users;
        view_.rows().scan_versions(key_of(Table::emails, view_.account(), fold_case(email)), view_.sequence(),
                                   [&](const Row& row) { users.emplace_back(tables::Reader(row.value).u32()); });
        return users;
    }

 private:
    void versions(const std::string& key) {
        view_.rows().scan_versions(key, view_.sequence(), [&](const Row& row) { found_.push_back(row.version); });
    }

    void mentions(const std::string& prefix) {
        view_.rows().scan_index(prefix, tables::after(prefix), [&](const Row& row) {
            found_.emplace_back(tables::Reader(row.key.substr(prefix.size())).u64());
            return true;
        });
    }

    void user(UserId user) {
        versions(key_of(Table::users, view_.account(), user.value));
        mentions(tables::mention_key(view_.account(), user));
        expiries(user);
    }

    // What the person had, and the ends of terms that took it away from them.
    void expiries(UserId user) {
        Sequence until(~std::uint64_t{0});
        view_.rows().scan_versions(
            key_of(Table::holdings, view_.account(), user.value), view_.sequence(), [&](const Row& row) {
                found_.push_back(row.version);
                for (const auto& holding : tables::read_holdings(row.value)) {
                    const auto lot = view_.lot_of(holding.license);
                    if (lot && lot->expired_by > row.version && lot->expired_by < until) {
                        found_.push_back(lot->expired_by);
                    }
                }
                until = row.version;  // newest first
            });
    }

    const View& view_;
    std::vector<Sequence>& found_;
};

std::expected<void, QueryFailure> find(const View& view, History::Reader history, std::vector<Sequence>& found) {
    Finder finder(view, found);
    switch (history.which()) {
        case History::LICENSE: finder.license(LicenseNumber(history.getLicense())); return {};
        case History::EMAIL: finder.email(seatledger::view(history.getEmail())); return {};
        case History::INVOICE: finder.invoice(seatledger::view(history.getInvoice())); return {};
        case History::ACTOR: {
            const auto actor = seatledger::view(history.getActor());
            if (actor == "vendor") finder.actor(tables::actor_vendor);
            if (actor == "ledger") finder.actor(tables::actor_ledger);
            for (const auto user : finder.bearers(actor)) {
                if (user) finder.actor(tables::actor_users + user.value);
            }
            return {};
        }
        case History::NONE: break;
    }
    return std::unexpected(QueryFailure{"history needs one of license, email, invoice, actor"});
}

}  // namespace

std::expected<void, QueryFailure> answer_history(const Projections& projections, History::Reader history,
                                                 schema::Events::Builder page) {
    const auto view = View::open(projections, seatledger::view(history.getAccount()), {}, system_now());
    if (!view) return std::unexpected(view.error());
    std::vector<Sequence> found;
    if (auto searched = find(**view, history, found); !searched) return searched;
    std::ranges::sort(found);
    const auto repeated = std::ranges::unique(found);
    found.erase(repeated.begin(), repeated.end());
    std::erase_if(found, [&](Sequence sequence) {
        return sequence.value < history.getFrom() || (history.getTo() != 0 && sequence.value > history.getTo());
    });
    const auto limit = history.getLimit() == 0 ? page_rows_max : std::min(history.getLimit(), page_rows_max);
    if (found.size() > limit) {
        page.setNext(found[limit].value);
        found.resize(limit);
    }
    EventFetcher fetcher(projections.log(), (*view)->rows());
    AddressBook addresses(projections);
    Words entries;
    for (const auto sequence : found) {
        const auto entry = fetcher.fetch(sequence);
        if (!entry) return std::unexpected(QueryFailure{entry.error().message});
        append_entry(entries, *entry);
        addresses.note(EventReader(*entry).get());
    }
    page.setEntries({reinterpret_cast<const std::uint8_t*>(entries.data()), entries.size() * sizeof(std::uint64_t)});
    addresses.tell(page);
    page.setDone(page.getNext() == 0);
    return {};
}

}  // namespace seatledger
