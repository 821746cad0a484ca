#include "tools/commands/billing_source.h"

#include <algorithm>
#include <boost/unordered/unordered_flat_map.hpp>
#include <string_view>

#include "events/block.h"
#include "events/calendar.h"
#include "events/canonical.h"
#include "events/sealed.h"
#include "events/text.h"
#include "tools/requests.h"
#include "tools/time_zones.h"

namespace seatledger {
namespace {

// Which state is read, so that the account and the catalogue are read of the same one: that of a question about it.
std::expected<void, std::string> find_state(Client& client, const std::string& account, const AsOfOptions& as_of,
                                            BillingSource& source) {
    const auto asked = query_pages(
        client,
        [&](schema::Query::Builder query) {
            query.setAccount(account);
            as_of.fill(query);
            query.setMinSequence(client.last_sequence().value);
            query.initProducts();
        },
        1,
        [&](schema::Rows::Reader rows) {
            source.sequence = Sequence(rows.getSequence());
            source.time = Instant{rows.getTime()};
            return false;
        });
    return asked ? std::expected<void, std::string>() : std::unexpected(asked.error());
}

using OpenedOfPage = boost::unordered_flat_map<std::string_view, std::string_view>;  // by the names of boxes

void note_address(schema::Event::Reader event, const OpenedOfPage& opened, BillingSource& source) {
    const auto note = [&](std::uint32_t user, capnp::Data::Reader box) {
        const auto email = opened.find(box_name(box));
        if (email == opened.end()) return;
        source.bearers.add(UserId(user), email->second, Instant{event.getEffectiveAt()});
        // Pages tell the addresses of whom their events name, which may be nobody after this one.
        source.addresses.add(view(event.getAccount()), UserId(user), Sequence(event.getSequence()),
                             std::string(email->second));
    };
    if (event.isUserRegistered()) {
        note(event.getUserRegistered().getUser(), event.getUserRegistered().getEmail());
    } else if (event.isEmailChanged()) {
        note(event.getEmailChanged().getUser(), event.getEmailChanged().getNewEmail());
    }
}

// `account` empty: the catalogue.
std::expected<void, std::string> read_stream(Client& client, const std::string& account, const AsOfOptions& as_of,
                                             BillingSource& source, const std::function<void(std::uint64_t)>& count,
                                             const std::function<void(schema::Event::Reader)>& also) {
    bool is_whole = true;
    const auto read = history_pages(
        client,
        [&](schema::History::Builder history) {
            if (!account.empty()) history.setAccount(account);
            as_of.fill(history);
            history.setTo(source.sequence.value);
            history.setMinSequence(client.last_sequence().value);
            history.setAll();
        },
        0,
        [&](schema::Events::Reader page) {
            for (const auto person : page.getPeople()) {
                source.addresses.add(person);
            }
            OpenedOfPage opened;
            for (const auto of : page.getOpened()) opened.emplace(view(of.getName()), view(of.getText()));
            const auto entries = entries_of(page.getEntries());
            is_whole = std::ranges::all_of(entries, is_canonical, &Entry::words);
            if (!is_whole) return false;
            source.history.apply(entries);
            std::uint64_t events = 0;
            for (const Entry entry : entries) {
                if (!account.empty()) note_address(read_event(entry), opened, source);
                if (also) also(read_event(entry));
                ++events;
            }
            count(events);
            return true;
        });
    if (!read) return std::unexpected(read.error());
    if (!is_whole) return std::unexpected("the server sent an event that is not in the canonical encoding");
    return {};
}

}  // namespace

std::optional<std::string> BillingSource::email_of(UserId user) const {
    const auto email = addresses.find(history.account(), user, sequence.next());
    return email ? std::optional(std::string(*email)) : std::nullopt;
}

UserId BillingSource::user_of(std::string_view email, const billing::DayPeriod& days) const {
    return bearers.find(email, start_of_day(days.end, *history.zone()).value_or(last_instant));
}

std::expected<OpenedAccount, std::string> read_account(Client& client, const std::string& account) {
    std::string name;
    OpenedAccount opened;
    const auto read = history_pages(
        client,
        [&](schema::History::Builder history) {
            history.setAccount(account);
            history.setMinSequence(client.last_sequence().value);
            history.setAll();
        },
        1,
        [&](schema::Events::Reader page) {
            for (const Entry entry : entries_of(page.getEntries())) {
                if (!is_canonical(entry.words)) continue;
                const auto event = read_event(entry);
                if (!event.isAccountOpened()) continue;
                name = view(event.getAccountOpened().getTimeZone());
                opened.has_dispute_window = event.getAccountOpened().hasDisputeWindow();
            }
            return false;
        });
    if (!read) return std::unexpected(read.error());
    const auto zone = require_time_zone(name);
    if (!zone) return std::unexpected(zone.error());
    opened.zone = *zone;
    return opened;
}

std::expected<std::unique_ptr<BillingSource>, std::string> read_billing(
    Client& client, const std::string& account, const AsOfOptions& as_of, std::optional<billing::Window> window,
    const std::function<void(std::uint64_t events)>& progress, const std::function<void(schema::Event::Reader)>& also) {
    auto source =
        std::unique_ptr<BillingSource>(new BillingSource{billing::AccountHistory(account, window), {}, {}, {}, {}});
    if (auto found = find_state(client, account, as_of, *source); !found) return std::unexpected(found.error());
    std::uint64_t events = 0;
    const auto count = [&](std::uint64_t more) {
        events += more;
        progress(events);
    };
    for (const auto& stream : {std::string(), account}) {
        if (auto read = read_stream(client, stream, as_of, *source, count, also); !read) {
            return std::unexpected(read.error());
        }
    }
    if (source->history.misfits() > 0) {
        return std::unexpected(std::to_string(source->history.misfits()) + " events of " + account +
                               " do not fit those before them; the ledger must be verified "
                               "(seatledger verify)");
    }
    if (auto zone = require_time_zone(source->history.zone_name()); !zone) return std::unexpected(zone.error());
    return source;
}

}  // namespace seatledger
