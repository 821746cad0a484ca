// The tree that is kept of a log, and what is signed of it.
#include "engine/notary/notary.h"

#include <rocksdb/db.h>

#include <chrono>
#include <filesystem>
#include <future>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "engine/log/memory_log.h"
#include "engine/merkle/lines.h"
#include "engine/merkle/tlog_proof.h"
#include "engine/notary/signing_key_file.h"
#include "events/text.h"
#include "tests/support/catch.h"
#include "tests/support/merkle_oracle.h"
#include "tests/support/temp_dir.h"

namespace seatledger {
namespace {

using namespace testing;
using namespace std::chrono_literals;

merkle::SigningKey key_of(const std::string& name, std::uint64_t seed = 1) {
    const auto random = make_seeded_random(seed);
    return merkle::SigningKey::make(name, merkle::make_signing_secret(*random)).value();
}

// Whether a checkpoint over so many events is there within 10 s.
bool is_published(Notary& notary, std::uint64_t size) {
    const auto done = std::make_shared<std::promise<void>>();
    notary.when_published(size, [done] { done->set_value(); });
    return done->get_future().wait_for(10s) == std::future_status::ready;
}

// A log of events that are all different.
class Events {
 public:
    // As one block.
    void append(std::uint32_t count, const std::string& name = "name") {
        BlockBuilder block(log_->last().next());
        for (std::uint32_t i = 0; i < count; ++i) {
            const auto number = std::to_string(block.next().value);
            block.begin_event().initUserRegistered().setName(as_data(name + number));
            static_cast<void>(block.end_event());
        }
        block.end_commit();
        REQUIRE(log_->append(log_->last().next(), block.finish()).has_value());
    }

    [[nodiscard]] const Log& log() const { return *log_; }

    // The bytes of each.
    [[nodiscard]] std::vector<std::string> entries() const {
        std::vector<std::string> entries;
        const auto cursor = log_->read(Sequence(1));
        for (auto block = cursor->next(); block && *block; block = cursor->next()) {
            for (const auto& entry : (*block)->entries()) entries.emplace_back(bytes_of(entry));
        }
        return entries;
    }

 private:
    std::unique_ptr<Log> log_ = make_memory_log();
};

merkle::Hash root_of(const Events& events, std::uint64_t size) { return MerkleOracle(events.entries()).mth(0, size); }

// A log that cannot be read to its end the second time.
class CutLog : public Log {
 public:
    CutLog(const Log& log, std::uint64_t cut_at) : log_(log), cut_at_(cut_at) {}

    std::expected<void, StorageFailure> append(Sequence, std::span<const std::uint64_t>) override {
        return std::unexpected(StorageFailure{"not here"});
    }
    [[nodiscard]] Sequence last() const override { return log_.last(); }
    [[nodiscard]] std::unique_ptr<LogCursor> read(Sequence from) const override {
        return std::make_unique<Cursor>(*this, log_.read(from));
    }

 private:
    class Cursor : public LogCursor {
     public:
        Cursor(const CutLog& log, std::unique_ptr<LogCursor> cursor) : log_(log), cursor_(std::move(cursor)) {}
        std::expected<std::optional<BlockView>, StorageFailure> next() override {
            auto block = cursor_->next();
            const bool is_there = block && *block && (*block)->last().value >= log_.cut_at_;
            if (is_there && !std::exchange(counted_, true) && ++log_.times_ == 2) {
                return std::unexpected(StorageFailure{"cut short"});
            }
            return block;
        }

     private:
        const CutLog& log_;
        std::unique_ptr<LogCursor> cursor_;
        bool counted_ = false;
    };

    const Log& log_;
    std::uint64_t cut_at_;
    mutable int times_ = 0;
};

// Of those tiles that are read when a tree is gone on with; the last one is at the highest level.
enum class Damage { all_gone, last_gone, last_changed, last_narrower };

// What is kept of a log, and can be closed and opened again.
class Kept {
 public:
    explicit Kept(const Log& log, std::chrono::milliseconds interval = 1ms)
        : log_(log), key_(key_of("ledger.example.com")), options_{interval, 4, {}} {
        options_.notice = [this](const std::string& message) { notices_.push_back(message); };
        open();
    }

    void open() {
        close();
        auto store = TreeStore::open(directory_.path());
        REQUIRE(store.has_value());
        store_ = std::move(*store);
        auto opened = Notary::open(*store_, log_, key_, options_);
        REQUIRE(opened.has_value());
        notary_ = std::move(*opened);
        notary_->start();
    }
    void close() {
        notary_.reset();
        store_.reset();
    }
    // Why another log cannot be opened with it, which it is not in use for meanwhile.
    std::string refusal_of(const Log& other) {
        close();
        const auto store = TreeStore::open(directory_.path());
        REQUIRE(store.has_value());
        const auto opened = Notary::open(**store, other, key_, options_);
        return opened ? "" : opened.error().message;
    }
    // What the store has of tiles, by their keys. Closes.
    std::map<std::string, std::string> tiles() {
        std::map<std::string, std::string> tiles;
        with_database([&](rocksdb::DB& db) {
            const std::unique_ptr<rocksdb::Iterator> each(db.NewIterator({}));
            for (each->Seek("T"); each->Valid(); each->Next()) tiles[each->key().ToString()] = each->value().ToString();
        });
        return tiles;
    }
    // Closes.
    void damage(Damage damage) {
        const auto tiles = this->tiles();
        auto [key, value] = *tiles.rbegin();
        if (damage == Damage::last_changed) value.back() = static_cast<char>(value.back() ^ 1);
        if (damage == Damage::last_narrower) value.resize(value.size() - merkle::hash_bytes);
        with_database([&](rocksdb::DB& db) {
            for (const auto& tile : tiles) {
                if (damage == Damage::all_gone) REQUIRE(db.Delete({}, tile.first).ok());
            }
            if (damage == Damage::last_gone) REQUIRE(db.Delete({}, key).ok());
            if (damage == Damage::last_changed || damage == Damage::last_narrower) REQUIRE(db.Put({}, key, value).ok());
        });
    }
    [[nodiscard]] const std::vector<std::string>& notices() const { return notices_; }
    void use(merkle::SigningKey key) { key_ = std::move(key); }

    [[nodiscard]] Notary& notary() { return *notary_; }
    [[nodiscard]] const merkle::SigningKey& key() const { return key_; }
    [[nodiscard]] const std::filesystem::path& directory() const { return directory_.path(); }

    // The newest checkpoint, once it is over the whole log.
    [[nodiscard]] merkle::Checkpoint newest() {
        notary_->hurry(log_.last().value);
        REQUIRE(is_published(*notary_, log_.last().value));
        const auto published = notary_->published();
        const auto opened = merkle::open_checkpoint(published.note, key_.verifier());
        REQUIRE(opened.has_value());
        CHECK(*opened == published.checkpoint);
        return *opened;
    }

 private:
    template <typename Use>
    void with_database(Use use) {
        close();
        rocksdb::DB* opened = nullptr;
        REQUIRE(rocksdb::DB::Open({}, directory_.path().string(), &opened).ok());
        const std::unique_ptr<rocksdb::DB> db(opened);
        use(*db);
    }

    const Log& log_;
    merkle::SigningKey key_;
    NotaryOptions options_;
    std::vector<std::string> notices_;
    TempDir directory_;
    std::unique_ptr<TreeStore> store_;
    std::unique_ptr<Notary> notary_;
};

}  // namespace

TEST_CASE("the checkpoint over a log without events says so") {
    Events events;
    Kept kept(events.log());
    CHECK(kept.newest() == merkle::Checkpoint{"ledger.example.com", 0, merkle::empty_root});
}

TEST_CASE("checkpoints have the root of the events' bytes, across tiles, blocks and restarts") {
    Events events;
    Kept kept(events.log());
    for (const std::uint32_t count : {1, 2, 253, 1, 1, 700, 3'000, 64'000}) {
        events.append(count);
        const auto checkpoint = kept.newest();
        auto oracle = MerkleOracle(events.entries());
        CHECK(checkpoint.size == oracle.size());
        CHECK(checkpoint.root == oracle.mth(0, oracle.size()));
        kept.open();
        CHECK(kept.notary().published().checkpoint == checkpoint);
    }
}

TEST_CASE("every event is proved to whoever has its bytes and the key") {
    Events events;
    Kept kept(events.log());
    events.append(300);
    events.append(400);
    static_cast<void>(kept.newest());
    const auto published = kept.notary().published();
    const auto entries = events.entries();
    for (std::uint64_t index = 0; index < entries.size(); ++index) {
        auto proof = kept.notary().prove_inclusion(index, published.checkpoint.size);
        REQUIRE(proof.has_value());
        const auto text = merkle::format(merkle::TlogProof{"", index, std::move(*proof), published.note});
        const auto proved = merkle::verify(text, entries[index], kept.key().verifier());
        REQUIRE(proved.has_value());
        CHECK(proved->index == index);
        CHECK_FALSE(merkle::verify(text, entries[(index + 1) % entries.size()], kept.key().verifier()).has_value());
    }
}

TEST_CASE("a tree that was published is the beginning of every later one") {
    Events events;
    Kept kept(events.log());
    std::vector<merkle::Checkpoint> checkpoints;
    for (const std::uint32_t count : {5, 251, 300}) {
        events.append(count);
        checkpoints.push_back(kept.newest());
    }
    for (const auto& to : checkpoints) {
        for (const auto& from : checkpoints) {
            if (from.size > to.size) continue;
            const auto proof = kept.notary().prove_consistency(from.size, to.size);
            REQUIRE(proof.has_value());
            CHECK(merkle::verify_consistency(from.size, to.size, from.root, to.root, *proof).has_value());
        }
    }
}

TEST_CASE("a log that ends before what was signed is refused: events were lost") {
    Events events;
    events.append(10);
    Kept kept(events.log());
    static_cast<void>(kept.newest());
    Events shorter;
    shorter.append(9);
    CHECK(kept.refusal_of(shorter.log()).find("events were lost") != std::string::npos);
}

TEST_CASE("a log with another event where it was signed is refused as another one") {
    Events events;
    events.append(10);
    Kept kept(events.log());
    static_cast<void>(kept.newest());
    Events other;
    other.append(9);
    other.append(5, "other");
    const auto signed_root = kept.newest().root;
    const auto other_root = root_of(other, 10);
    const auto tiles = kept.tiles();
    CHECK(kept.refusal_of(other.log())
              .find("the log's first 10 events have the root " + merkle::to_text(other_root) + ", but " +
                    merkle::to_text(signed_root) + " was signed") == 0);
    CHECK(kept.tiles() == tiles);
    kept.open();
    CHECK(kept.newest().root == signed_root);
}

TEST_CASE("tiles that are gone or damaged are hashed anew; what was signed stays signed") {
    const std::uint32_t size = GENERATE(1, 10, 256, 300, 512, 1'000, 66'000);
    const auto damage = GENERATE(Damage::all_gone, Damage::last_gone, Damage::last_changed, Damage::last_narrower);
    CAPTURE(size, static_cast<int>(damage));
    Events events;
    events.append(size);
    Kept kept(events.log());
    static_cast<void>(kept.newest());
    const auto before = kept.notary().published();
    const auto tiles = kept.tiles();
    kept.damage(damage);
    REQUIRE(kept.tiles() != tiles);
    kept.open();
    CHECK(kept.notary().published().note == before.note);
    CHECK(kept.tiles() == tiles);
    REQUIRE(kept.notices().size() == 2);
    CHECK(kept.notices()[0].find("hashing the log's first " + std::to_string(size) + " events again") !=
          std::string::npos);
    kept.open();
    CHECK(kept.notices().size() == 2);  // and never again
    events.append(3);
    CHECK(kept.newest().root == root_of(events, size + 3));
}

TEST_CASE("another log is refused by what was signed even if no tile is left") {
    Events events;
    events.append(300);
    Kept kept(events.log());
    const auto before = kept.newest();
    kept.damage(Damage::all_gone);
    Events other;
    other.append(299);
    other.append(5, "other");
    CHECK(kept.refusal_of(other.log()).find("but " + merkle::to_text(before.root) + " was signed") !=
          std::string::npos);
    CHECK(kept.tiles().empty());
    kept.open();
    CHECK(kept.newest() == before);
}

TEST_CASE("tiles that were not all hashed anew are when it is opened the next time") {
    Events events;
    for (int i = 0; i < 663; ++i) events.append(100);
    Kept kept(events.log());
    static_cast<void>(kept.newest());
    const auto tiles = kept.tiles();
    for (const std::uint64_t cut_at : {200, 40'000, 65'536 + 256 + 100, 66'300}) {
        CAPTURE(cut_at);
        kept.damage(Damage::last_gone);  // of those at the highest level
        CHECK(kept.refusal_of(CutLog(events.log(), cut_at)) == "cut short");
        kept.open();
        CHECK(kept.tiles() == tiles);
    }
}

TEST_CASE("a tree that was deleted is hashed again, to the same root") {
    Events events;
    events.append(1'000);
    Kept kept(events.log());
    const auto before = kept.newest();
    kept.close();
    std::filesystem::remove_all(kept.directory());
    kept.open();
    CHECK(kept.newest() == before);
}

TEST_CASE("with another key or origin what was signed is signed anew") {
    Events events;
    events.append(7);
    Kept kept(events.log());
    const auto before = kept.newest();
    for (const std::uint64_t seed : {1, 2}) {
        kept.use(key_of("other.example.com", seed));
        kept.open();
        CHECK(kept.newest() == merkle::Checkpoint{"other.example.com", before.size, before.root});
    }
}

TEST_CASE("a checkpoint comes at once for whoever hurries it, and else when its time has come") {
    Events events;
    Kept kept(events.log(), 1h);
    auto& notary = kept.notary();
    events.append(3);
    notary.hurry(4);  // which there is not: holds up nobody
    CHECK(notary.published_size() == 0);
    notary.hurry(2);
    CHECK(is_published(notary, 2));
    CHECK(notary.published_size() == 3);  // everything that there is
    events.append(1);
    notary.hurry(3);  // there is one already
    notary.hurry(4);
    CHECK(is_published(notary, 4));
}

TEST_CASE("whoever waits for a checkpoint is called once there is one, and not before") {
    Events events;
    Kept kept(events.log(), 1h);
    auto& notary = kept.notary();
    events.append(5);
    std::vector<std::uint64_t> called;  // on the notary's thread, until the last one has been
    std::promise<void> last;
    notary.when_published(9, [&] { called.push_back(9); });
    notary.when_published(3, [&] { called.push_back(3); });
    notary.when_published(5, [&] {
        called.push_back(5);
        last.set_value();
    });
    notary.hurry(5);
    REQUIRE(last.get_future().wait_for(10s) == std::future_status::ready);
    CHECK(called == std::vector<std::uint64_t>{3, 5});
    bool at_once = false;
    notary.when_published(4, [&] { at_once = true; });
    CHECK(at_once);
    kept.close();
    CHECK(called.size() == 2);  // the ninth event never came
}

TEST_CASE("the signing key is made once, for its owner only, and its name is the origin") {
    const TempDir directory;
    const auto file = directory / "checkpoint.key";
    const auto random = make_seeded_random(7);
    const auto made = open_signing_key(file, "", *random);
    REQUIRE(made.has_value());
    CHECK(made->verifier().name() == merkle::default_origin(made->verifier().public_key()));
    const auto again = open_signing_key(file, "ledger.example.com", *random);
    REQUIRE(again.has_value());
    CHECK(again->verifier().public_key() == made->verifier().public_key());
    CHECK(again->verifier().name() == "ledger.example.com");
    for (const std::string origin : {"a b", "a+b", "a\nb"}) CHECK_FALSE(open_signing_key(file, origin, *random));
    std::filesystem::permissions(file, std::filesystem::perms::others_read, std::filesystem::perm_options::add);
    const auto refused = open_signing_key(file, "", *random);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().find("chmod 600") != std::string::npos);
}

}  // namespace seatledger
