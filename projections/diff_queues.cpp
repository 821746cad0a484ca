// What became of queues, and of the places in them. A queue of a name that was used again is another one: first the one
// goes, with whoever was in it, then the other comes.
#include <algorithm>
#include <cstdint>
#include <utility>
#include <vector>

#include "events/text.h"
#include "projections/diff_page.h"
#include "projections/queue_queries.h"
#include "projections/rows.capnp.h"
#include "projections/stored.h"

namespace seatledger {
namespace {

using tables::key_of;
using tables::Table;

// Of one name, which of its queues is looked at.
enum class Which : std::uint8_t { only, first, second };

// Where a page begins: with the queue itself (user 0), or with the place of somebody in it.
struct Place {
    std::string queue;
    Which which = Which::only;
    UserId user;
};

std::string write_place(const Place& place) {
    std::string position;
    tables::put_text(position, place.queue);
    tables::put_u8(position, static_cast<std::uint8_t>(place.which));
    tables::put_u32(position, place.user.value);
    return position;
}

Place read_place(const std::string& position) {
    if (position.empty()) return {};
    tables::Reader reader(position);
    Place place;
    place.queue = reader.text();
    place.which = static_cast<Which>(reader.u8());
    place.user = UserId(reader.u32());
    return place;
}

class QueueWalk {
 public:
    // Of the queue whose row this is, at the second time.
    QueueWalk(const Between& between, const Row& row, DiffPage& page)
        : between_(between),
          to_(between.to()),
          page_(page),
          row_(row),
          before_value_(
              between.row_before(std::string(row.key.substr(0, row.key.size() - tables::version_bytes)), row)),
          after_(row.value) {
        name_ = view(after_.get().getId());
        if (before_value_) before_.emplace(*before_value_);
        was_there_ = before_ && !before_->get().getDeleted();
        is_there_ = !after_.get().getDeleted();
    }

    // From there on, if it is of this queue. Gives where to go on.
    [[nodiscard]] std::optional<Place> walk(const Place& from);

 private:
    [[nodiscard]] bool add_queue(Which which);
    [[nodiscard]] bool add_member(Which which, const Row& row);
    [[nodiscard]] Because because_of(Which which, const std::string& key) const;

    const Between& between_;
    const View& to_;
    DiffPage& page_;
    const Row& row_;
    std::optional<std::string> before_value_;
    std::optional<Stored<rows::Queue>> before_;
    Stored<rows::Queue> after_;
    std::string name_;
    bool was_there_ = false;
    bool is_there_ = false;
};

std::optional<Place> QueueWalk::walk(const Place& from) {
    if (!was_there_ && !is_there_) return {};
    const bool was_used_again = was_there_ && is_there_ && between_.is_new(row_.version);
    const auto parts = was_used_again ? std::vector{Which::first, Which::second} : std::vector{Which::only};
    const bool goes_on = from.queue == name_;
    for (const auto which : parts) {
        if (goes_on && which < from.which) continue;
        const auto user = goes_on && which == from.which ? from.user : UserId();
        if (!user && !add_queue(which)) return Place{name_, which, {}};
        const auto members = key_of(Table::members, to_.account(), name_);
        std::optional<Place> next;
        to_.rows().scan(tables::member_key(to_.account(), name_, user), tables::after(members), to_.sequence(),
                        [&](const Row& row) {
                            if (page_.look() && add_member(which, row)) return true;
                            next = Place{name_, which, tables::member_of_key(row.key)};
                            return false;
                        });
        if (next) return next;
    }
    return {};
}

bool QueueWalk::add_queue(Which which) {
    Difference difference(schema::DiffTable::QUEUES);
    difference.row().setKey(text(name_));
    auto sides = difference.row().initQueue();
    if (was_there_ && which != Which::second) write_queue(before_->get(), sides.initBefore());
    if (is_there_ && which != Which::first) write_queue(after_.get(), sides.initAfter());
    if (!difference.settle()) return true;
    difference.set_because(because_of(which, key_of(Table::queues, to_.account(), name_)));
    return page_.add(std::move(difference));
}

bool QueueWalk::add_member(Which which, const Row& row) {
    const auto user = tables::member_of_key(row.key);
    const auto key = tables::member_key(to_.account(), name_, user);
    const auto before_value = between_.row_before(key, row);
    const auto before = before_value ? tables::read_member(*before_value) : tables::Member();
    const auto after = tables::read_member(row.value);
    const bool was_there = before.role && which != Which::second;
    const bool is_there = after.role && which != Which::first;
    if (!was_there && !is_there) return true;  // in the other queue of the name, or come and gone in between
    const bool is_new = between_.is_new(row.version);
    if (!is_new && !(is_there && between_.has_new_address(user))) return true;
    Difference difference(schema::DiffTable::QUEUES);
    difference.row().setKey(text(name_));
    auto sides = difference.row().initPlace();
    if (was_there) write_member(between_.from(), user, before, sides.initBefore());
    if (is_there) write_member(to_, user, after, sides.initAfter());
    const auto shown = is_there ? sides.getAfter().asReader() : sides.getBefore().asReader();
    if (shown.hasEmail()) difference.row().setMember(shown.getEmail());
    if (!difference.settle()) return true;
    auto because = because_of(which, key);
    // The address at the second time, since they are there.
    if (is_there) {
        const auto since = is_new && !was_there ? row.version : between_.from().sequence();
        between_.add_address_changes(user, since, because);
    }
    difference.set_because(because);
    return page_.add(std::move(difference));
}

// Of two queues of a name the one ends with the oldest event between the two times, the other begins with the newest.
Because QueueWalk::because_of(Which which, const std::string& key) const {
    Because all;
    between_.add_versions(key, all);
    if (which == Which::only || all.sequences().empty()) return all;
    Because one;
    one.add(which == Which::first ? *all.sequences().begin() : *all.sequences().rbegin());
    return one;
}

}  // namespace

std::optional<std::string> diff_queues(const Between& between, const std::string& position, DiffPage& page) {
    const auto& to = between.to();
    const auto from = read_place(position);
    const auto table = key_of(Table::queues, to.account());
    std::optional<std::string> next;
    to.rows().scan(from.queue.empty() ? table : key_of(Table::queues, to.account(), from.queue), tables::after(table),
                   to.sequence(), [&](const Row& row) {
                       if (!page.look()) {
                           const std::string queue(view(Stored<rows::Queue>(row.value).get().getId()));
                           next = write_place({queue, Which::only, {}});
                           return false;
                       }
                       const auto place = QueueWalk(between, row, page).walk(from);
                       if (place) next = write_place(*place);
                       return !next;
                   });
    return next;
}

}  // namespace seatledger
