// Bulk commands: what their rows stand for, and how the answers to the rows become one.
#pragma once

#include <algorithm>
#include <optional>
#include <string>
#include <type_traits>
#include <vector>

#include "engine/answer.h"
#include "events/command.capnp.h"
#include "events/text.h"

namespace seatledger {

struct BulkShape {
    bool is_bulk = false;
    bool atomic = false;
    bool dry_run = false;
};

[[nodiscard]] inline BulkShape bulk_shape_of(schema::Command::Reader command) {
    const auto shape = [](auto bulk) { return BulkShape{true, bulk.getAtomic(), bulk.getDryRun()}; };
    if (command.isBindLicenses()) return shape(command.getBindLicenses());
    if (command.isUnbindLicenses()) return shape(command.getUnbindLicenses());
    return {};
}

// Calls `function` with the rows of a bulk command and gives what that gives.
auto with_rows(schema::Command::Reader command, auto function) {
    if (command.isBindLicenses()) return function(command.getBindLicenses().getRows());
    return function(command.getUnbindLicenses().getRows());
}

// The command that a row of the bulk command stands for, but for its request id.
template <typename Row>
void set_row_command(schema::Command::Builder command, schema::Command::Reader bulk, Row row) {
    command.setAccount(bulk.getAccount());
    command.setAt(bulk.getAt());
    command.setCorrects(bulk.getCorrects());
    if (bulk.hasActor()) command.setActor(bulk.getActor());
    if constexpr (std::is_same_v<Row, schema::BindLicense::Reader>) {
        command.setBindLicense(row);
    } else {
        command.setUnbindLicense(row);
    }
}

// `index` from 0. Where the rows are not one commit.
[[nodiscard]] inline std::string row_request_id(std::string_view request_id, std::size_t index) {
    return std::string(request_id) + "/" + std::to_string(index + 1);
}

// Whether the request id has said already what the answer is.
[[nodiscard]] inline bool is_answered(const Answer& answer) { return answer.replayed || answer.rejection.has_value(); }

// Rejects the command; where the request ids of some rows were seen before, the other rows.
inline void reject_rest(Answer& answer, const Rejection& rejection) {
    if (std::ranges::none_of(answer.rows, is_answered)) {
        answer.rows.clear();
        answer.rejection = rejection;
        return;
    }
    for (auto& row : answer.rows) {
        if (!is_answered(row)) row.rejection = rejection;
    }
}

// What rows that belong together are rejected for: the first one that is.
[[nodiscard]] inline std::optional<Rejection> first_rejection(const std::vector<Answer>& rows) {
    const auto broken = std::ranges::find_if(rows, [](const Answer& row) { return row.rejection.has_value(); });
    if (broken == rows.end()) return {};
    return Rejection{broken->rejection->rule, "row " + std::to_string(broken - rows.begin() + 1) + ": " +
                                                  broken->rejection->message +
                                                  "; nothing was done, all rows belong together"};
}

}  // namespace seatledger
