#include "projections/digest_tables.h"

#include <kj/debug.h>
#include <openssl/evp.h>

#include <memory>

namespace seatledger {
namespace {

class Sha256 {
 public:
    Sha256() : context_(EVP_MD_CTX_new()) {
        KJ_REQUIRE(EVP_DigestInit_ex(context_.get(), EVP_sha256(), nullptr) == 1, "OpenSSL has no SHA-256");
        pending_.reserve(2 * pending_bytes);
    }

    void add(std::string_view bytes) {
        // Rows are small, and each call of OpenSSL costs more than they do.
        tables::put_u32(pending_, static_cast<std::uint32_t>(bytes.size()));
        pending_.append(bytes);
        if (pending_.size() >= pending_bytes) flush();
    }

    [[nodiscard]] std::string hex() {
        flush();
        unsigned char digest[EVP_MAX_MD_SIZE];
        unsigned size = 0;
        KJ_REQUIRE(EVP_DigestFinal_ex(context_.get(), digest, &size) == 1, "OpenSSL failed to compute SHA-256");
        std::string text;
        for (unsigned i = 0; i < size; ++i) {
            text += "0123456789abcdef"[digest[i] >> 4];
            text += "0123456789abcdef"[digest[i] & 15];
        }
        return text;
    }

 private:
    static constexpr std::size_t pending_bytes = 64 << 10;

    void flush() {
        KJ_REQUIRE(EVP_DigestUpdate(context_.get(), pending_.data(), pending_.size()) == 1, "OpenSSL failed");
        pending_.clear();
    }

    struct Free {
        void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
    };
    std::unique_ptr<EVP_MD_CTX, Free> context_;
    std::string pending_;
};

TableDigest digest_table(const Snapshot& snapshot, tables::Table table, bool versioned,
                         const std::function<void()>& check) {
    constexpr std::uint64_t checked_rows = 8'192;
    Sha256 hash;
    TableDigest result{std::string(tables::name_of(table)), 0, {}};
    const auto add = [&](const Row& row) {
        hash.add(row.key);
        hash.add(row.value);
        if (++result.rows % checked_rows == 0 && check) check();
        return true;
    };
    const auto prefix = tables::key_of(table);
    if (versioned) {
        snapshot.scan_versions(prefix, Sequence(~std::uint64_t{0}), add);
    } else {
        snapshot.scan_index(prefix, tables::after(prefix), add);
    }
    result.digest = hash.hex();
    return result;
}

}  // namespace

std::vector<TableDigest> digest_tables(const Snapshot& snapshot, const std::function<void()>& check) {
    std::vector<TableDigest> digests;
    for (const auto table : tables::versioned_tables) digests.push_back(digest_table(snapshot, table, true, check));
    for (const auto table : tables::index_tables) digests.push_back(digest_table(snapshot, table, false, check));
    return digests;
}

}  // namespace seatledger
