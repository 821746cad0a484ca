#include "engine/vault/key_file.h"

#include <fcntl.h>
#include <kj/debug.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <bit>
#include <boost/crc.hpp>
#include <cerrno>
#include <cstring>
#include <mutex>
#include <shared_mutex>
#include <vector>

#include "engine/files.h"

namespace seatledger {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t slot_bytes = 64;
constexpr std::size_t checked_bytes = slot_bytes - sizeof(std::uint32_t);
constexpr std::uint64_t written_at_once = 4096;
constexpr std::string_view magic = "seatledger keys\n";
constexpr std::uint32_t version = 1;
constexpr std::size_t version_at = 16;
constexpr std::size_t master_key_at = 24;
static_assert(wrapped_key_bytes == checked_bytes && magic.size() == version_at);
static_assert(std::endian::native == std::endian::little);

using SlotBytes = std::array<char, slot_bytes>;
constexpr SlotBytes zeros{};

std::uint32_t crc_of(std::string_view checked) {
    boost::crc_optimal<32, 0x1EDC6F41, 0xFFFFFFFF, 0xFFFFFFFF, true, true> crc;  // CRC-32C (RFC 3720)
    crc.process_bytes(checked.data(), checked.size());
    return static_cast<std::uint32_t>(crc.checksum());
}

std::string_view view(const SlotBytes& bytes) { return {bytes.data(), bytes.size()}; }

void put_crc(SlotBytes& bytes) {
    const auto crc = crc_of(view(bytes).substr(0, checked_bytes));
    std::memcpy(bytes.data() + checked_bytes, &crc, sizeof crc);
}

bool has_crc(std::string_view bytes) {
    std::uint32_t crc = 0;
    std::memcpy(&crc, bytes.data() + checked_bytes, sizeof crc);
    return crc == crc_of(bytes.substr(0, checked_bytes));
}

SlotBytes bytes_of(const Slot& slot) {
    SlotBytes bytes{};
    if (!slot) return bytes;
    std::memcpy(bytes.data(), slot->data(), slot->size());
    put_crc(bytes);
    return bytes;
}

SlotBytes header_of(const MasterKeyId& master_key) {
    SlotBytes bytes{};
    std::ranges::copy(magic, bytes.begin());
    std::memcpy(bytes.data() + version_at, &version, sizeof version);
    std::memcpy(bytes.data() + master_key_at, master_key.data(), master_key.size());
    put_crc(bytes);
    return bytes;
}

std::string number_text(KeyNumber number) {
    return {reinterpret_cast<const char*>(&number.value), sizeof number.value};
}

std::unexpected<StorageFailure> failure(std::string message) {
    return std::unexpected(StorageFailure{std::move(message)});
}

void require_there(const KeyFile& file, KeyNumber number) {
    KJ_REQUIRE(number.value != 0 && number <= file.last(), "there is no such key", file.name().c_str(), number.value,
               file.last().value);
}

class MemoryKeyFile : public KeyFile {
 public:
    explicit MemoryKeyFile(const MasterKeyId& master_key) : master_key_(master_key) {}

    MasterKeyId master_key_id() const override { return master_key_; }
    KeyNumber last() const override {
        const std::shared_lock lock(mutex_);
        return KeyNumber(slots_.size());
    }
    std::string name() const override { return "the keys in memory"; }

    std::expected<void, StorageFailure> append(std::span<const Slot> slots) override {
        const std::unique_lock lock(mutex_);
        slots_.insert(slots_.end(), slots.begin(), slots.end());
        return {};
    }

    std::expected<void, StorageFailure> destroy(std::span<const KeyNumber> numbers) override {
        for (const auto number : numbers) require_there(*this, number);
        const std::unique_lock lock(mutex_);
        for (const auto number : numbers) slots_[number.value - 1].reset();
        return {};
    }

    Slot read(KeyNumber number) const override {
        require_there(*this, number);
        const std::shared_lock lock(mutex_);
        return slots_[number.value - 1];
    }

 private:
    MasterKeyId master_key_;
    mutable std::shared_mutex mutex_;
    std::vector<Slot> slots_;
};

class FileOfKeys : public KeyFile {
 public:
    FileOfKeys(fs::path path, Descriptor file, const MasterKeyId& master_key, KeyNumber last)
        : path_(std::move(path)), file_(std::move(file)), master_key_(master_key), last_(last) {}

    MasterKeyId master_key_id() const override { return master_key_; }
    KeyNumber last() const override { return last_.load(std::memory_order_acquire); }
    std::string name() const override { return path_.string(); }

    std::expected<void, StorageFailure> append(std::span<const Slot> slots) override {
        if (failure_) return stopped();
        if (slots.empty()) return {};
        std::string bytes;
        bytes.reserve(slots.size() * slot_bytes);
        for (const auto& slot : slots) bytes += view(bytes_of(slot));
        const auto end = last();
        if (!write_at(file_, bytes, end.next().value * slot_bytes) || !sync()) return stop();
        last_.store(KeyNumber(end.value + slots.size()), std::memory_order_release);
        return {};
    }

    std::expected<void, StorageFailure> destroy(std::span<const KeyNumber> numbers) override {
        for (const auto number : numbers) require_there(*this, number);
        if (failure_) return stopped();
        if (numbers.empty()) return {};
        for (const auto number : numbers) {
            const std::unique_lock lock(overwriting_);
            if (!write_at(file_, view(zeros), number.value * slot_bytes)) return stop();
        }
        if (!sync()) return stop();
        return {};
    }

    Slot read(KeyNumber number) const override {
        require_there(*this, number);
        const auto bytes = [&] {
            const std::shared_lock lock(overwriting_);
            return read_at(file_, slot_bytes, number.value * slot_bytes);
        }();
        KJ_REQUIRE(bytes.has_value(), "a key cannot be read", name().c_str(), number.value, std::strerror(errno));
        KJ_REQUIRE(bytes->size() == slot_bytes, "a key is gone, the file has become shorter", name().c_str(),
                   number.value);
        if (*bytes == view(zeros)) return std::nullopt;
        KJ_REQUIRE(has_crc(*bytes), "a key is damaged; restore the file from a copy", name().c_str(), number.value);
        WrappedKey wrapped;
        std::memcpy(wrapped.data(), bytes->data(), wrapped.size());
        return wrapped;
    }

 private:
    bool sync() { return ::fdatasync(file_.number()) == 0; }

    std::unexpected<StorageFailure> stop() {
        failure_ = cannot("write", path_, errno);
        return failure(*failure_);
    }
    std::unexpected<StorageFailure> stopped() const { return failure("no key is written any more: " + *failure_); }

    fs::path path_;
    Descriptor file_;
    MasterKeyId master_key_;
    std::atomic<KeyNumber> last_;
    mutable std::shared_mutex overwriting_;  // a reader would see a slot half overwritten, which is a damaged one
    std::optional<std::string> failure_;     // of those who write
};

}  // namespace

WrappedKey wrap_key(const SecretKey& master_key, const Nonce& nonce, KeyNumber number, const SecretKey& key) {
    const auto box = encrypt(master_key, nonce, number_text(number), key.text());
    WrappedKey wrapped;
    KJ_REQUIRE(box.size() == wrapped.size(), box.size());
    std::memcpy(wrapped.data(), box.data(), box.size());
    return wrapped;
}

std::optional<SecretKey> unwrap_key(const SecretKey& master_key, KeyNumber number, const WrappedKey& wrapped) {
    auto clear =
        decrypt(master_key, number_text(number), {reinterpret_cast<const char*>(wrapped.data()), wrapped.size()});
    if (!clear) return std::nullopt;
    SecretKey key;
    std::ranges::copy(*clear, key.bytes().begin());
    OPENSSL_cleanse(clear->data(), clear->size());
    return key;
}

std::unique_ptr<KeyFile> make_memory_key_file(const MasterKeyId& master_key) {
    return std::make_unique<MemoryKeyFile>(master_key);
}

std::expected<void, StorageFailure> write_key_file(const fs::path& path, const MasterKeyId& master_key,
                                                   std::uint64_t count, const std::function<Slot(KeyNumber)>& slot) {
    const Descriptor file(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, secret_file_mode));
    if (!file) return failure(cannot("make", path, errno));
    std::string bytes(view(header_of(master_key)));
    std::uint64_t written = 0;
    for (KeyNumber number(1); number.value <= count; number = number.next()) {
        bytes += view(bytes_of(slot(number)));
        if (number.value % written_at_once != 0) continue;
        if (!write_at(file, bytes, written)) return failure(cannot("write", path, errno));
        written += bytes.size();
        bytes.clear();
    }
    if (!write_at(file, bytes, written) || ::fsync(file.number()) != 0) return failure(cannot("write", path, errno));
    return {};
}

std::expected<std::unique_ptr<KeyFile>, StorageFailure> open_key_file(const fs::path& path) {
    Descriptor file(::open(path.c_str(), O_RDWR | O_CLOEXEC));
    struct stat status {};
    if (!file || ::fstat(file.number(), &status) != 0) return failure(cannot("open", path, errno));
    const auto header = read_at(file, slot_bytes, 0);
    if (!header) return failure(cannot("read", path, errno));
    if (header->size() != slot_bytes || !header->starts_with(magic) || !has_crc(*header)) {
        return failure(path.string() + " is not a file of keys, or its beginning is damaged; restore it from a copy");
    }
    MasterKeyId master_key;
    std::memcpy(master_key.data(), header->data() + master_key_at, master_key.size());
    if (*header != view(header_of(master_key))) {
        return failure(path.string() + " was written by a newer version of the program; use that one");
    }
    const auto size = static_cast<std::uint64_t>(status.st_size);
    const auto slots = (size + slot_bytes - 1) / slot_bytes;
    if (size % slot_bytes != 0) {
        if (!write_at(file, view(zeros), (slots - 1) * slot_bytes) || ::fdatasync(file.number()) != 0) {
            return failure(cannot("write", path, errno));
        }
    }
    return std::make_unique<FileOfKeys>(path, std::move(file), master_key, KeyNumber(slots - 1));
}

}  // namespace seatledger
