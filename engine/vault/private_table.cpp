#include "engine/vault/private_table.h"

#include <map>
#include <mutex>

namespace seatledger {
namespace {

class MemoryTable final : public PrivateTable {
 public:
    std::expected<void, StorageFailure> write(std::span<const Row> put, std::span<const std::string> removed) override {
        const std::lock_guard lock(mutex_);
        for (const auto& row : put) rows_[row.key] = row.value;
        for (const auto& key : removed) rows_.erase(key);
        return {};
    }
    std::optional<std::string> get(std::string_view key) const override {
        const std::lock_guard lock(mutex_);
        const auto found = rows_.find(key);
        return found == rows_.end() ? std::nullopt : std::optional(found->second);
    }
    void scan(std::string_view prefix,
              const std::function<bool(std::string_view key, std::string_view value)>& row) const override {
        const std::lock_guard lock(mutex_);
        for (auto at = rows_.lower_bound(prefix); at != rows_.end() && at->first.starts_with(prefix); ++at) {
            if (!row(at->first, at->second)) return;
        }
    }

 private:
    mutable std::mutex mutex_;
    std::map<std::string, std::string, std::less<>> rows_;
};

}  // namespace

std::unique_ptr<PrivateTable> make_private_table_in_memory() { return std::make_unique<MemoryTable>(); }

}  // namespace seatledger
