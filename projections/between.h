// One account at two times: what lies between them, and which events did it.
#pragma once

#include <capnp/message.h>

#include <map>
#include <memory>
#include <set>
#include <string>

#include "projections/query.capnp.h"
#include "projections/view.h"

namespace seatledger {

// The sequences of the events that did something: the newest `because_max` of them.
inline constexpr std::size_t because_max = 1'000;
class Because {
 public:
    void add(Sequence sequence);
    // In their order.
    [[nodiscard]] const std::set<Sequence>& sequences() const { return sequences_; }
    // There are older ones.
    [[nodiscard]] bool has_more() const { return has_more_; }

 private:
    std::set<Sequence> sequences_;
    bool has_more_ = false;
};

// Of two views of which neither the sequence nor the time of the second is before that of the first. At the first one
// the account need not be there yet; then it has no rows. Both must outlive this. One thread.
class Between {
 public:
    Between(const View& from, const View& to) : from_(from), to_(to) {}

    [[nodiscard]] const View& from() const { return from_; }
    [[nodiscard]] const View& to() const { return to_; }

    // Whether an event that counts at the second time did not at the first.
    [[nodiscard]] bool is_new(Sequence sequence) const { return sequence > from_.sequence(); }
    // Whether what ends at this instant ends between the two.
    [[nodiscard]] bool ends(Instant end) const { return from_.time() < end && end <= to_.time(); }

    // The row of a versioned table as it was at the first time; `key` without the version, `to`: as it was at the
    // second one, by that event. Cost: a seek, unless the row is the same at both.
    [[nodiscard]] std::optional<std::string> row_before(const std::string& key, const Row& to) const;

    // Adds the events between the two that wrote the row. Cost: a step each, `because_max` at most.
    void add_versions(const std::string& key, Because& because) const;
    // Adds the events by which the person's address became another one, those after `since` up to the second time.
    void add_address_changes(UserId user, Sequence since, Because& because) const;
    // Adds what made an end of a license whose term was over at the second time: the event that recorded it, or where
    // none has yet, what says when it ends and who had it, as in answer_access().
    void add_end_of_term(const LotRow& lot, LicenseNumber license, Because& because) const;

    // Whether the person's address is shown as another one at the second time. Remembered. `version`: of their row.
    [[nodiscard]] bool has_new_address(UserId user) const;

 private:
    const View& from_;
    const View& to_;
    mutable std::map<UserId, bool> new_addresses_;
};

// A row of the answer on its way: one of `DiffRow`, of which the caller fills in what identifies it, and the row before
// and after as far as there was one.
class Difference {
 public:
    explicit Difference(schema::DiffTable table);

    [[nodiscard]] schema::DiffRow::Builder row() { return row_; }
    [[nodiscard]] schema::DiffRow::Reader get() const { return row_.asReader(); }

    // Says what became of it, and of a row that there was at both times leaves only the fields that are not alike.
    // False: they all are. Once, when both sides are filled in.
    [[nodiscard]] bool settle();
    void set_because(const Because& because);

 private:
    std::unique_ptr<capnp::MallocMessageBuilder> message_;
    schema::DiffRow::Builder row_;
};

}  // namespace seatledger
