// Options that are the fields of a struct of the schema: --expires-before for expiresBefore.
#pragma once

#include <capnp/dynamic.h>

#include <CLI/CLI.hpp>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "server/shape.h"

namespace seatledger {

// --expires-before for expiresBefore.
[[nodiscard]] std::string option_name(std::string_view field);

// Values for fields of one struct, as the command line gave them.
class FieldValues {
 public:
    // Adds an option for each field that is a text, a number or an instant. This must stay where it is until the
    // command line has been parsed.
    // `by_position`: they are given in order, without their names.
    void add_options(CLI::App& command, const Shape& shape, bool all_required, bool by_position = false);
    CLI::Option* add_option(CLI::App& command, const FieldShape& field, bool by_position = false);

    // Sets the fields that were given.
    void fill(capnp::DynamicStruct::Builder message) const;

    // The fields that were given.
    [[nodiscard]] std::size_t count() const { return given_.size(); }

 private:
    using Value = std::variant<std::string, std::uint64_t, std::int64_t>;

    void take(const FieldShape& field, const std::string& text);

    std::vector<std::pair<const FieldShape*, Value>> given_;
};

}  // namespace seatledger
