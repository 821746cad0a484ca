#include "tools/event_pages.h"

#include <algorithm>
#include <functional>
#include <iterator>
#include <ranges>

#include "events/sealed.h"
#include "events/text.h"
#include "tools/event_prose.h"

namespace seatledger {
namespace {

std::uint64_t person_key(std::uint32_t account, UserId user) { return std::uint64_t{account} << 32 | user.value; }

}  // namespace

void KnownAddresses::add(schema::Person::Reader person) {
    add(view(person.getAccount()), UserId(person.getUser()), Sequence(person.getSince()),
        person.hasEmail() ? std::optional(std::string(view(person.getEmail()))) : std::nullopt);
}

void KnownAddresses::add(std::string_view account, UserId user, Sequence since, std::optional<std::string> email) {
    auto number = number_of(account);
    if (!number) {
        number = static_cast<std::uint32_t>(accounts_.size());
        accounts_.emplace(account, *number);
        newest_number_ = *number;
    }
    auto& rows = people_[person_key(*number, user)];
    Row row{since, std::move(email)};
    if (!row.email) rows.clear();  // erased: from now on nothing of them is shown, of whatever time
    const auto after = std::ranges::lower_bound(rows, row.since, {}, &Row::since);
    if (after != rows.end() && after->since == row.since) {
        *after = std::move(row);
    } else {
        rows.insert(after, std::move(row));
    }
}

std::optional<std::string_view> KnownAddresses::find(std::string_view account, UserId user, Sequence at) const {
    const auto number = number_of(account);
    if (!number) return std::nullopt;
    const auto person = people_.find(person_key(*number, user));
    if (person == people_.end()) return std::nullopt;
    const auto& rows = person->second;
    const auto after = std::ranges::lower_bound(rows, at, {}, &Row::since);
    if (after == rows.begin()) return std::nullopt;
    const auto& email = std::prev(after)->email;
    return email ? std::optional<std::string_view>(*email) : std::nullopt;
}

std::optional<std::uint32_t> KnownAddresses::number_of(std::string_view account) const {
    if (newest_number_ && newest_account_ == account) return newest_number_;
    const auto found = accounts_.find(account);
    newest_account_ = account;
    newest_number_ = found != accounts_.end() ? std::optional(found->second) : std::nullopt;
    return newest_number_;
}

std::size_t count_entries(capnp::Data::Reader bytes) {
    return static_cast<std::size_t>(std::ranges::distance(entries_of(bytes)));
}

EventPages::EventPages(RowPrinter& printer, EventStyle style) : printer_(printer), style_(style) {
    if (style_ == EventStyle::rows) printer_.expect(capnp::Schema::from<schema::Event>());
}

EventPages::Printed EventPages::print(schema::Events::Reader page, std::uint64_t count_max) {
    for (const auto person : page.getPeople()) addresses_.add(person);
    boost::unordered_flat_map<std::string_view, std::string_view> opened;
    for (const auto field : page.getOpened()) opened.emplace(view(field.getName()), view(field.getText()));
    schema::Event::Reader event;
    const EventTexts texts(
        [&](UserId user) { return addresses_.find(view(event.getAccount()), user, Sequence(event.getSequence())); },
        [&](capnp::Data::Reader box) {
            const auto found = opened.find(box_name(box));
            return found != opened.end() ? std::optional(found->second) : std::nullopt;
        });
    Printed printed;
    for (const Entry entry : entries_of(page.getEntries())) {
        event = read_event(entry);
        const Sequence sequence(event.getSequence());
        if (printed.count == count_max) {
            printed.next = sequence;
            break;
        }
        printed.last = sequence;
        ++printed.count;
        if (style_ == EventStyle::rows) {
            printer_.print_event(event, texts);
        } else {
            printer_.print_text(event_prose(event, texts, page));
        }
    }
    return printed;
}

}  // namespace seatledger
