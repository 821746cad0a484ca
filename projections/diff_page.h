// One page of what became of an account's rows.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "projections/between.h"
#include "projections/query.capnp.h"

namespace seatledger {

class DiffPage {
 public:
    // At most `rows_max` rows, no more once there are `bytes_max` of them, and at most `looked_at_max` (2 at least)
    // rows of the tables looked at for them: where little has happened a page ends before it is full.
    DiffPage(std::uint32_t rows_max, std::uint32_t looked_at_max) : rows_max_(rows_max), left_(looked_at_max) {}

    // Before a row of the tables is looked at. False: no more for this page.
    [[nodiscard]] bool look() { return left_ > 0 && left_-- > 0; }
    // Rows for which there is room, unless they are large.
    [[nodiscard]] std::size_t room() const { return bytes_ < bytes_max ? rows_max_ - rows_.size() : 0; }

    // Adds a row that is settled and has its reasons; of licenses to which the same happened as to those just before
    // them by the same events it makes one. False: there is no room, and it was not added.
    [[nodiscard]] bool add(Difference difference);

    void write(schema::Rows::Builder rows) const;

 private:
    static constexpr std::size_t bytes_max = 1u << 20;

    const std::uint32_t rows_max_;
    std::uint32_t left_;
    std::size_t bytes_ = 0;
    std::vector<Difference> rows_;
};

// The tables one by one: from `position` on, until the page is full. Gives where to go on, in terms of the table's own;
// nothing: the table is done. `position` empty: from its beginning.
using DiffTable = std::optional<std::string>(const Between& between, const std::string& position, DiffPage& page);
DiffTable diff_licenses, diff_users, diff_products, diff_queues;

}  // namespace seatledger
