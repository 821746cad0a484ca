// Small rows that must be neither in the log nor in the projections: what addresses are found by, what passwords are
// checked by, tokens.
#pragma once

#include <expected>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "engine/failure.h"

namespace seatledger {

class PrivateTable {
 public:
    virtual ~PrivateTable() = default;

    struct Row {
        std::string key;
        std::string value;
    };

    [[nodiscard]] virtual std::expected<void, StorageFailure> write(std::span<const Row> put,
                                                                    std::span<const std::string> removed = {}) = 0;
    [[nodiscard]] virtual std::optional<std::string> get(std::string_view key) const = 0;
    virtual void scan(std::string_view prefix,
                      const std::function<bool(std::string_view key, std::string_view value)>& row) const = 0;
};

[[nodiscard]] std::unique_ptr<PrivateTable> make_private_table_in_memory();

}  // namespace seatledger
