#include <map>
#include <mutex>
#include <shared_mutex>
#include <vector>

#include "engine/vault/private_table.h"

namespace seatledger {
namespace {

class MemoryPrivateTable : public PrivateTable {
 public:
    std::expected<void, StorageFailure> write(std::span<const Row> put, std::span<const std::string> removed) override {
        const std::unique_lock lock(mutex_);
        for (const auto& key : removed) rows_.erase(key);
        for (const auto& row : put) rows_.insert_or_assign(row.key, row.value);
        return {};
    }

    std::expected<void, StorageFailure> purge(std::span<const std::string> keys) override { return write({}, keys); }

    std::optional<std::string> get(std::string_view key) const override {
        const std::shared_lock lock(mutex_);
        const auto found = rows_.find(key);
        if (found == rows_.end()) return std::nullopt;
        return found->second;
    }

    void scan(std::string_view prefix,
              const std::function<bool(std::string_view, std::string_view)>& row) const override {
        for (const auto& [key, value] : copy_of(prefix)) {
            if (!row(key, value)) return;
        }
    }

 private:
    // `row` may ask for others, or write.
    std::vector<Row> copy_of(std::string_view prefix) const {
        const std::shared_lock lock(mutex_);
        std::vector<Row> rows;
        for (auto at = rows_.lower_bound(prefix); at != rows_.end() && at->first.starts_with(prefix); ++at) {
            rows.push_back({at->first, at->second});
        }
        return rows;
    }

    mutable std::shared_mutex mutex_;
    std::map<std::string, std::string, std::less<>> rows_;
};

}  // namespace

std::unique_ptr<PrivateTable> make_memory_private_table() { return std::make_unique<MemoryPrivateTable>(); }

}  // namespace seatledger
