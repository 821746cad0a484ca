// verify, append_hashed and prove: what it costs that everything can be proved.
#include <kj/debug.h>
#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <bit>
#include <chrono>
#include <future>
#include <memory>
#include <optional>

#include "engine/audit/auditor.h"
#include "engine/merkle/tlog_proof.h"
#include "engine/merkle/tree_builder.h"
#include "engine/notary/notary.h"
#include "engine/random.h"
#include "tools/bench/figures.h"
#include "tools/bench/store.h"

namespace seatledger::bench {
namespace {

namespace fs = std::filesystem;

// Ours and what it is compared with take turns, so that what else the machine does falls on both.
constexpr int rounds = 9;
constexpr std::uint32_t batch_commands = 1'024;

merkle::SigningKey a_key() {
    const auto random = make_system_random();
    const auto secret = merkle::make_signing_secret(*random);
    auto key = merkle::SigningKey::make("bench.example.com", secret);
    KJ_REQUIRE(key.has_value(), key.error().c_str());
    return std::move(*key);
}

template <typename Work>
double seconds_of(Work work) {
    const Stopwatch stopwatch;
    work();
    return stopwatch.seconds();
}

std::vector<BlockView> open_all(const std::vector<Words>& blocks) {
    std::vector<BlockView> opened;
    for (const auto& words : blocks) {
        const auto block = open_block(words);
        KJ_REQUIRE(block.has_value(), block.error().c_str());
        opened.push_back(*block);
    }
    return opened;
}

merkle::Hash hash_tree(const std::vector<BlockView>& blocks) {
    merkle::TreeBuilder tree;
    for (const auto& block : blocks) {
        for (const auto& entry : block.entries()) tree.append(bytes_of(entry));
        tree.mark_stored(tree.changed_tiles());
    }
    return tree.root();
}

// Nothing but SHA-256 of each entry, as OpenSSL does it fastest: with a context that has the algorithm already.
void hash_entries(const std::vector<BlockView>& blocks) {
    const std::unique_ptr<EVP_MD_CTX, void (*)(EVP_MD_CTX*)> context(EVP_MD_CTX_new(), EVP_MD_CTX_free);
    const std::unique_ptr<EVP_MD, void (*)(EVP_MD*)> sha256(EVP_MD_fetch(nullptr, "SHA256", nullptr), EVP_MD_free);
    KJ_REQUIRE(EVP_DigestInit_ex2(context.get(), sha256.get(), nullptr) == 1);
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest;
    for (const auto& block : blocks) {
        for (const auto& entry : block.entries()) {
            const auto bytes = bytes_of(entry);
            KJ_REQUIRE(EVP_DigestInit_ex2(context.get(), nullptr, nullptr) == 1 &&
                       EVP_DigestUpdate(context.get(), bytes.data(), bytes.size()) == 1 &&
                       EVP_DigestFinal_ex(context.get(), digest.data(), nullptr) == 1);
        }
    }
}

// The log and, if it is to be hashed, who does that behind it.
struct Hashed {
    Hashed(const fs::path& directory, const merkle::SigningKey* key) : store(directory, Store::With::log) {
        if (key == nullptr) return;
        tree = require(TreeStore::open(directory / "merkle"));
        notary = require(Notary::open(*tree, store.log(), *key));
        notary->start();
    }

    Store store;
    std::unique_ptr<TreeStore> tree;
    std::unique_ptr<Notary> notary;
};

// Until the notary has published a checkpoint over so many events.
void wait_for(Notary& notary, std::uint64_t size) {
    const auto published = std::make_shared<std::promise<void>>();
    notary.hurry(size);
    notary.when_published(size, [published] { published->set_value(); });
    KJ_REQUIRE(published->get_future().wait_for(std::chrono::minutes(1)) == std::future_status::ready,
               "the notary did not get there");
}

double submit_all(Store& store, const std::vector<Batch>& batches) {
    return seconds_of([&] {
        for (const auto& batch : batches) store.submit(batch);
        store.settle();
    });
}

std::vector<Batch> next_batches(Workload& workload, std::uint64_t count) {
    std::vector<Batch> batches;
    for (std::uint64_t i = 0; i < count; ++i) batches.push_back(workload.next(batch_commands));
    return batches;
}

void print_proving(const Notary& notary, std::uint64_t size, std::uint64_t seed) {
    constexpr int asked = 4'000;
    std::mt19937_64 random(seed);
    std::vector<double> seconds;
    for (int i = 0; i < asked; ++i) {
        const auto index = random() % size;
        seconds.push_back(seconds_of([&] {
            auto proof = require(notary.prove_inclusion(index, size));
            const auto text = merkle::format(merkle::TlogProof{"", index, std::move(proof), notary.published().note});
            KJ_REQUIRE(!text.empty());
        }));
    }
    // Beside it: a proof of the same length, hashed up to the root, which is what its reader has to do.
    const auto levels = static_cast<int>(std::bit_width(size));
    std::vector<double> verifying;
    for (int i = 0; i < asked; ++i) {
        verifying.push_back(seconds_of([&] {
            merkle::Hash hash{};
            for (int level = 0; level < levels; ++level) hash = merkle::node_hash(hash, hash);
            KJ_REQUIRE(hash != merkle::empty_root);
        }));
    }
    const auto p50 = percentile_us(seconds, 0.5);
    const auto ceiling = percentile_us(verifying, 0.5);
    print(
        {"prove", p50, "us", ceiling, p50 / ceiling, {{"p99", percentile_us(seconds, 0.99)}, {"size", double(size)}}});
}

}  // namespace

void measure_verify(const BenchOptions& options) {
    const auto directory = options.data / "verify";
    fs::remove_all(directory);
    {
        Store store(directory, Store::With::log);
        Workload workload(shape_for(options, options.events));
        store.fill(workload, options.events);
        const auto words = read_blocks(store.log(), Sequence(1));
        const auto blocks = open_all(words);
        const auto events = static_cast<double>(store.log().last().value);
        std::vector<double> hashing;
        std::vector<double> ceiling;
        for (int round = 0; round < rounds; ++round) {
            hashing.push_back(seconds_of([&] { KJ_REQUIRE(hash_tree(blocks) != merkle::empty_root); }));
            ceiling.push_back(seconds_of([&] { hash_entries(blocks); }));
        }
        const auto value = middle_rate(events, hashing);
        const auto sha256 = middle_rate(events, ceiling);
        print({"verify", value, "events/s", sha256, value / sha256, {}});

        std::vector<Finding> findings;
        Auditor auditor(store.log(), store.vault());
        const auto seconds = seconds_of([&] {
            for (const auto& block : blocks) auditor.check(block, findings);
        });
        KJ_REQUIRE(findings.empty(), "the audit found something", findings.front().message.c_str());
        print({"verify_rules", events / seconds, "events/s", value, events / seconds / value, {}});
    }
    fs::remove_all(directory);
}

void measure_append_hashed(const BenchOptions& options) {
    const auto directory = options.data / "append_hashed";
    fs::remove_all(directory);
    {
        const auto key = a_key();
        Hashed hashed(directory / "hashed", &key);
        Hashed plain(directory / "plain", nullptr);
        const auto shape = shape_for(options, options.events);
        Workload of_hashed(shape);
        Workload of_plain(shape);
        hashed.store.set_up(of_hashed);
        plain.store.set_up(of_plain);
        const auto begin = hashed.store.log().last().value;
        const auto per_round = std::max<std::uint64_t>(1, (options.events - begin) / rounds / batch_commands);
        double with = 0;
        double without = 0;
        for (int round = 0; round < rounds; ++round) {
            const auto batches = next_batches(of_hashed, per_round);
            const auto same = next_batches(of_plain, per_round);
            with += submit_all(hashed.store, batches);
            // The rest of its hashing must not fall on the other one.
            const auto last = hashed.store.log().last().value;
            wait_for(*hashed.notary, last);
            without += submit_all(plain.store, same);
        }
        const auto events = static_cast<double>(hashed.store.log().last().value - begin);
        print({"append_hashed", events / with, "events/s", events / without, without / with, {}});
        print_proving(*hashed.notary, hashed.notary->published().checkpoint.size, options.seed);
    }
    fs::remove_all(directory);
}

}  // namespace seatledger::bench
