// The events that name something (queries.h).
#include <kj/debug.h>

#include <algorithm>
#include <optional>
#include <vector>

#include "engine/vault/addresses.h"
#include "events/text.h"
#include "projections/account_row.h"
#include "projections/address_book.h"
#include "projections/as_of.h"
#include "projections/event_fetcher.h"
#include "projections/history_finder.h"
#include "projections/opened.h"
#include "projections/origins.h"
#include "projections/queries.h"
#include "projections/rights.h"
#include "projections/view.h"

namespace seatledger {
namespace {

using schema::History;
using tables::key_of;
using tables::Table;

// Of a stream as a whole, which is asked for to be read through, a page has as many as go into its bytes.
constexpr std::uint32_t page_events_max = 32'768;

// A page of events ends once it has this much, however few they are.
constexpr std::size_t page_bytes_max = 1u << 20;

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

// Everything is a replay by another name.
rules::Right right_for(History::Reader history) {
    return history.isAll() ? rules::Right::read_events : rules::Right::read_history;
}

// Neither sequences nor, in one account, instants at which events take effect ever go back: so both are a range of
// sequences. The indexes may be further than the view.
Wanted wanted_in(History::Reader history, const View& view, std::size_t count_max) {
    Wanted wanted{Sequence(history.getFrom()), view.sequence(), count_max, {}, {}};
    if (history.getTo() != 0) wanted.to = std::min(wanted.to, Sequence(history.getTo()));
    if (history.getBackwards()) wanted.direction = Direction::backwards;
    const auto effective = effective_span_in(history);
    const auto last_at = [&](Instant instant) {
        return sequence_at(view.rows(), view.account(), instant, view.rows().checkpoint());
    };
    if (effective.from > first_instant) {
        wanted.from = std::max(wanted.from, last_at(Instant{effective.from.micros - 1}).next());
    }
    if (effective.to != no_instant) wanted.to = std::min(wanted.to, last_at(effective.to));
    return wanted;
}

std::string_view contradiction_in(History::Reader history) {
    if (!history.getFollow()) return {};
    if (as_of_in(history).is_now() && effective_span_in(history).to == no_instant && !history.getBackwards()) return {};
    return "what is followed has no end: leave out follow, or asOf, asOfSequence, knownAt, effectiveTo and backwards";
}

// Of the page: what the events are, and the texts and people that they need.
void write_events(const Projections& projections, const Snapshot& rows, const std::vector<Sequence>& found,
                  std::size_t limit, Origins* origins, schema::Events::Builder page) {
    EventFetcher fetcher(projections.log(), rows);
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
        addresses.note(event, opened.note(event));
        if (origins != nullptr) origins->note(event);
    }
    page.setEntries(as_data(bytes_of(entries)));
    addresses.tell(page);
    opened.tell([&](unsigned count) { return page.initOpened(count); });
}

std::uint32_t limit_of(History::Reader history) {
    const auto most = history.isAll() ? page_events_max : page_rows_max;
    return history.getLimit() == 0 ? most : std::min(history.getLimit(), most);
}

// The catalogue is of no account, and nothing in it is about anybody.
std::expected<void, QueryFailure> answer_catalog_history(const Projections& projections, const Caller& caller,
                                                         History::Reader history, schema::Events::Builder page) {
    if (!history.isAll()) return std::unexpected(QueryFailure{"account is missing; of the catalogue all can be asked"});
    const auto extent = authorize(projections, caller, caller.account, rules::Right::read_catalog);
    if (!extent) return std::unexpected(extent.error());
    if (history.getBackwards() || history.getFollow() || effective_span_in(history).is_limited()) {
        return std::unexpected(
            QueryFailure{"the catalogue is told forwards and as a whole: leave out backwards, follow, "
                         "effectiveFrom and effectiveTo"});
    }
    const auto as_of = as_of_in(history);
    if (const auto problem = contradiction_in(as_of)) return std::unexpected(QueryFailure{std::string(*problem)});
    const auto current = projections.current();
    const Snapshot snapshot(*current.generation->database);
    const auto known = last_known(snapshot, as_of, current.sequence);
    if (!known) return std::unexpected(known.error());
    const auto until = as_of.sequence ? std::min(as_of.sequence, *known) : *known;
    auto events = current.catalog->events({until, as_of.instant});
    std::erase_if(events, [&](Sequence sequence) {
        return sequence.value < history.getFrom() || (history.getTo() != 0 && sequence.value > history.getTo());
    });
    page.setSeen(until.value);
    write_events(projections, snapshot, events, limit_of(history), nullptr, page);
    return {};
}

}  // namespace

std::expected<void, QueryFailure> answer_history(const Projections& projections, const Caller& caller,
                                                 History::Reader history, schema::Events::Builder page) {
    const auto account = seatledger::view(history.getAccount());
    if (account.empty()) return answer_catalog_history(projections, caller, history, page);
    const auto extent = authorize(projections, caller, account, right_for(history));
    if (!extent) return std::unexpected(extent.error());
    const auto address = address_in(history);
    const bool is_oneself = *extent == rules::Extent::oneself;
    if (is_oneself && !address) return only_oneself();
    if (const auto problem = contradiction_in(history); !problem.empty()) {
        return std::unexpected(QueryFailure{std::string(problem)});
    }
    const auto view = View::open(projections, account, as_of_in(history), no_instant);
    if (!view) return std::unexpected(view.error());
    if (is_oneself && !has_borne(**view, caller.user, *address)) return only_oneself();

    const auto limit = limit_of(history);
    // One more than fits, so that it is known where the next page begins.
    auto wanted = wanted_in(history, **view, limit + std::size_t{1});
    if (is_oneself) wanted.only = caller.user;
    const auto found = find_events(**view, history, wanted);
    if (!found) return std::unexpected(found.error());

    page.setSeen(wanted.to.value);
    if (!history.getExplain()) {
        write_events(projections, (*view)->rows(), *found, limit, nullptr, page);
        return {};
    }
    // Whoever may read only about themself may not read invoices.
    Origins origins(**view, is_oneself ? Origins::Payments::hidden : Origins::Payments::shown);
    write_events(projections, (*view)->rows(), *found, limit, &origins, page);
    origins.tell(page);
    const auto row = (*view)->rows().get(key_of(Table::accounts, (*view)->account()), (*view)->known());
    if (row) page.setTimeZone(text(read_account(*row).time_zone));
    return {};
}

}  // namespace seatledger
