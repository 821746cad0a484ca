// The events that name something (queries.h).
#include <kj/debug.h>

#include <algorithm>
#include <vector>

#include "engine/vault/addresses.h"
#include "events/text.h"
#include "projections/as_of.h"
#include "projections/event_fetcher.h"
#include "projections/names.h"
#include "projections/opened.h"
#include "projections/person_row.h"
#include "projections/queries.h"
#include "projections/replay.h"
#include "projections/rights.h"
#include "projections/rows.capnp.h"
#include "projections/stored.h"
#include "projections/view.h"

namespace seatledger {
namespace {

using schema::History;
using tables::key_of;
using tables::Table;

// A page of events ends once it has this much, however few they are.
constexpr std::size_t page_bytes_max = 1u << 20;

// Which of the found events are wanted: the first `count_max` of those from `from` to `to`.
struct Wanted {
    Sequence from;
    Sequence to;
    std::size_t count_max = 0;
    UserId only;  // what is about this person; 0: about anybody
};

class Finder {
 public:
    Finder(const View& view, const Wanted& wanted, std::vector<Sequence>& found)
        : view_(view), wanted_(wanted), found_(found) {}

    void license(LicenseNumber license) {
        versions(key_of(Table::licenses, view_.account(), license.value));
        const auto lot = view_.lot_of(license);
        if (!lot) return;
        found_.push_back(lot->issued_by);
        if (const auto expiry = expiry_of(*lot, license)) found_.push_back(expiry);
    }

    void user(UserId user) {
        versions(key_of(Table::users, view_.account(), user.value));
        versions(key_of(Table::phones, view_.account(), user.value));
        mentions(tables::mention_key(view_.account(), user));
        expiries(user);
    }

    void invoice(std::string_view invoice) {
        versions(key_of(Table::invoices, view_.account(), invoice));
        mentions(tables::mention_key(view_.account(), tables::Mention::invoice, invoice));
    }

    void order(OrderNumber order) { versions(key_of(Table::orders, view_.account(), order.value)); }

    void queue(std::string_view queue) {
        versions(key_of(Table::queues, view_.account(), queue));
        mentions(tables::mention_key(view_.account(), tables::Mention::queue, queue));
    }

    // There is no end of what the vendor does, so only what is wanted of it is looked for. Whoever may read only about
    // themself does not get what they did to others while they had another role.
    void actor(std::uint32_t actor) {
        const auto about = about_only();
        const auto prefix = key_of(Table::account_events, view_.account());
        const auto from = key_of(Table::account_events, view_.account(), wanted_.from);
        std::size_t count = 0;
        view_.rows().scan_index(from, tables::after(prefix), [&](const Row& row) {
            const Sequence last(tables::Reader(row.key.substr(prefix.size())).u64());
            for (const auto& event : tables::read_account_events(row.value, last)) {
                if (event.actor != actor || event.sequence < wanted_.from) continue;
                if (wanted_.only && !std::ranges::binary_search(about, event.sequence)) continue;
                if (event.sequence > wanted_.to || count == wanted_.count_max) return false;
                found_.push_back(event.sequence);
                ++count;
            }
            return true;
        });
    }

    // Everyone who had ever borne the address by then.
    [[nodiscard]] std::vector<UserId> bearers(std::string_view email) const {
        auto users = bearers_by(view_, email, view_.sequence());
        if (wanted_.only) std::erase_if(users, [this](UserId user) { return user != wanted_.only; });
        return users;
    }

 private:
    void versions(const std::string& key) {
        view_.rows().scan_versions(key, view_.sequence(), [&](const Row& row) {
            found_.push_back(row.version);
            return true;
        });
    }

    void mentions(const std::string& prefix) {
        view_.rows().scan_index(prefix, tables::after(prefix), [&](const Row& row) {
            found_.emplace_back(tables::Reader(row.key.substr(prefix.size())).u64());
            return true;
        });
    }

    // The event that says that the term of the license ended; 0: none does.
    [[nodiscard]] Sequence expiry_of(const LotRow& lot, LicenseNumber license) const {
        Sequence version;
        const auto run =
            view_.rows().last(key_of(Table::expiries, view_.account(), lot.lot.first.value),
                              key_of(Table::expiries, view_.account(), license.value + 1), view_.sequence(), &version);
        if (!run) return {};
        const auto first = tables::Reader(std::string_view(run->first).substr(5)).u32();
        return license.value - first < tables::Reader(run->second).u32() ? version : Sequence();
    }

    // What the person had, and the ends of terms that took it away from them.
    void expiries(UserId user) {
        Sequence until(~std::uint64_t{0});
        view_.rows().scan_versions(key_of(Table::holdings, view_.account(), user.value), view_.sequence(),
                                   [&](const Row& row) {
                                       found_.push_back(row.version);
                                       for (const auto& holding : tables::read_holdings(row.value)) {
                                           const auto lot = view_.lot_of(holding.license);
                                           const auto expiry = lot ? expiry_of(*lot, holding.license) : Sequence();
                                           if (expiry > row.version && expiry < until) found_.push_back(expiry);
                                       }
                                       until = row.version;  // newest first
                                       return true;
                                   });
    }

    // The events about the person whom alone it may be about, sorted.
    [[nodiscard]] std::vector<Sequence> about_only() const {
        std::vector<Sequence> about;
        if (!wanted_.only) return about;
        Finder(view_, wanted_, about).user(wanted_.only);
        std::ranges::sort(about);
        return about;
    }

    const View& view_;
    Wanted wanted_;
    std::vector<Sequence>& found_;
};

// Fails if what is named is not there.
std::expected<void, QueryFailure> find(const View& view, History::Reader history, const Wanted& wanted,
                                       std::vector<Sequence>& found) {
    Finder finder(view, wanted, found);
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
        case History::NONE: break;
    }
    return std::unexpected(QueryFailure{"history needs one of license, email, invoice, queue, order, actor"});
}

std::unexpected<QueryFailure> only_oneself() {
    return std::unexpected(QueryFailure{
        "you may read only the history of yourself: ask by email or actor, with your own address; everything "
        "else needs one of: " +
            rules::names_of(rules::roles_for(rules::Right::read_history)),
        Rule::role_required});
}

// The address that is asked for; nothing: it is about more than one person.
std::optional<std::string_view> address_in(History::Reader history) {
    if (history.isEmail()) return seatledger::view(history.getEmail());
    if (history.isActor()) return seatledger::view(history.getActor());
    return {};
}

bool has_borne(const View& view, UserId user, std::string_view email) {
    const auto bearers = bearers_of(view.secrets(), view.account(), fold_case(email));
    return std::ranges::find(bearers, user) != bearers.end();
}

}  // namespace

std::expected<void, QueryFailure> answer_history(const Projections& projections, const Caller& caller,
                                                 History::Reader history, schema::Events::Builder page) {
    const auto account = seatledger::view(history.getAccount());
    const auto extent = authorize(projections, caller, account, rules::Right::read_history);
    if (!extent) return std::unexpected(extent.error());
    const auto address = address_in(history);
    if (*extent == rules::Extent::oneself && !address) return only_oneself();
    const auto view = View::open(projections, account, as_of_in(history), no_instant);
    if (!view) return std::unexpected(view.error());
    if (*extent == rules::Extent::oneself && !has_borne(**view, caller.user, *address)) return only_oneself();
    const auto limit = history.getLimit() == 0 ? page_rows_max : std::min(history.getLimit(), page_rows_max);
    // The indexes may be further than the view. One more than fits, so that it is known where the next page begins.
    Wanted wanted{Sequence(history.getFrom()), (*view)->sequence(), limit + std::size_t{1}, {}};
    if (*extent == rules::Extent::oneself) wanted.only = caller.user;
    if (history.getTo() != 0) wanted.to = std::min(wanted.to, Sequence(history.getTo()));
    std::vector<Sequence> found;
    if (auto searched = find(**view, history, wanted, found); !searched) return searched;
    std::ranges::sort(found);
    const auto repeated = std::ranges::unique(found);
    found.erase(repeated.begin(), repeated.end());
    std::erase_if(found, [&](Sequence sequence) { return sequence < wanted.from || sequence > wanted.to; });
    EventFetcher fetcher(projections.log(), (*view)->rows());
    AddressBook addresses(projections, AddressBook::Sees::some_events);
    OpenedTexts opened(projections.secrets().vault);
    Words entries;
    for (std::size_t i = 0; i < found.size(); ++i) {
        if (i == limit || entries.size() * sizeof(std::uint64_t) >= page_bytes_max) {
            page.setNext(found[i].value);
            break;
        }
        const auto entry = fetcher.fetch(found[i]);
        if (!entry) KJ_FAIL_REQUIRE("the log cannot be read", entry.error().message);
        append_entry(entries, *entry);
        const auto event = read_event(*entry);
        addresses.note(event);
        opened.note(event);
    }
    page.setEntries(as_data(bytes_of(entries)));
    addresses.tell(page);
    opened.tell([&](unsigned count) { return page.initOpened(count); });
    return {};
}

}  // namespace seatledger
