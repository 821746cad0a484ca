// Blocks that were written once and must be readable for ever. tests/README.md says when files here may change.
#include <capnp/schema.h>

#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "engine/random.h"
#include "tests/support/catch.h"
#include "tests/support/files_with.h"
#include "tests/support/given.h"
#include "tests/support/ledger_box.h"
#include "tests/support/source_tree.h"
#include "tests/support/temp_dir.h"

namespace seatledger {
namespace {

using namespace testing;
namespace fs = std::filesystem;

// The set that the rules of today write. A set is a log: its blocks follow one another. After the first release a set
// whose bytes change stays as it is, and a new one begins beside it; blocks may be added to the end of a set.
const std::string current_set = "a";

struct GoldenBlock {
    std::string subject;
    Steps steps;                        // whatever is between two commands of one block is in one block
    std::vector<SentLetter> sent = {};  // recorded behind them
};

std::string at(const std::string& instant, const std::string& body) { return acme("'at':'" + instant + "'," + body); }
std::string by_boss(const std::string& body) { return acme("'actor':'boss@acme.test'," + body); }

const std::vector<GoldenBlock>& golden_blocks() {
    static const std::vector<GoldenBlock> blocks = {
        {"people", steps(open_acme("Europe/Lisbon"), "2020-01-02T10:00:00Z",
                         acme("'requestId':'r-1','registerUser':{'email':'Ann@acme.test','name':'Ann Möller'}"),
                         registered("carl"), acme("'grantRole':{'email':'ann@acme.test','role':'admin'}"),
                         by_boss("'grantRole':{'email':'carl@acme.test','role':'billing'}"),
                         acme("'changeEmail':{'email':'ann@acme.test','newEmail':'ann.moller@acme.test'}"),
                         by_boss("'revokeRole':{'email':'carl@acme.test','role':'billing'}"),
                         acme("'removeUser':{'email':'carl@acme.test'}"))},
        {"catalog",
         steps("{'requestId':'c-1','defineProduct':{'sku':'connect','name':'Connect','type':'telephony','features':["
               "'calls','voicemail — all'],'term':'P1Y','unitPrice':{'amount':'120.00','currency':'USD'},"
               "'keepsPhone':true}}",
               "{'defineProduct':{'sku':'center','name':'Contact Center','type':'queues','term':'P1M','unitPrice':{"
               "'amount':'0.000001','currency':'USD'},'billing':'membership'}}",
               product("trial", "PT36H"),
               "{'changeProduct':{'sku':'connect','name':'Connect Standard','unitPrice':{'amount':'99.99','currency':"
               "'USD'}}}",
               "{'changeProduct':{'sku':'center','features':['routing']}}", product("old", "P2W"),
               "{'retireProduct':{'sku':'old'}}")},
        {"billing",
         steps(
             "2020-01-31T12:00:00Z", invoiced("i-1", "connect", 2),
             acme("'issueInvoice':{'invoice':'i-2','raisedBy':'boss@acme.test','lines':[{'sku':'connect','quantity':3,"
                  "'unitPrice':{'amount':'33.335','currency':'USD'},'term':'P1M'},{'sku':'center','quantity':1,"
                  "'amount':{'amount':'7.50','currency':'USD'},'validUntil':'2020-06-30T23:00:00Z'},{'sku':'trial',"
                  "'quantity':2}]}"),
             acme("'voidInvoice':{'invoice':'i-1'}"),
             acme("'requestId':'pay-2','recordPayment':{'invoice':'i-2','reference':'bank-2','amount':{'amount':"
                  "'127.51','currency':'USD'}}"))},
        {"licenses",
         steps(by_boss("'requestId':'b-1','bindLicense':{'license':1,'email':'ann.moller@acme.test'}"),
               acme("'bindLicense':{'sku':'trial','email':'boss@acme.test'}"), "2020-01-31T18:00:00Z",
               at("2020-01-31T17:00:00Z", "'reassignLicense':{'license':1,'email':'boss@acme.test'}"),
               acme("'requestId':'u-1','unbindLicense':{'sku':'connect','email':'boss@acme.test'}"),
               acme("'requestId':'bulk','bindLicenses':{'rows':[{'license':2,'email':'boss@acme.test'},{'sku':'center',"
                    "'email':'ann.moller@acme.test'}],'atomic':true}"),
               acme("'requestId':'rows','unbindLicenses':{'rows':[{'license':2},{'license':4}]}"))},
        {"correction", steps("2020-02-01T09:00:00Z",
                             acme("'corrects':31,'bindLicense':{'license':2,'email':'ann.moller@acme.test'}"))},
        {"expiry", steps("2020-07-01T00:00:00Z", registered("dora"))},
        {"import",
         steps("{'account':'old','at':'1999-12-31T23:59:59.999999Z','openAccount':{'name':'Old','importing':true,"
               "'currency':'JPY','superAdmin':{'email':'o@example.com'}}}",
               "{'account':'old','at':'2001-02-03T04:05:06Z','registerUser':{'email':'p@example.com'}}",
               "{'account':'old','endImport':{}}")},
        {"queues",
         steps("2026-01-01T00:00:00Z", by_boss("'createQueue':{'queue':'support — 1st level','kind':'call'}"),
               acme("'requestId':'q-1','createQueue':{'queue':'chat','kind':'inbox'}"),
               by_boss("'addQueueMember':{'queue':'chat','email':'ann.moller@acme.test','role':'supervisor'}"),
               acme("'addQueueMember':{'queue':'chat','email':'boss@acme.test','role':'agent'}"),
               acme("'addQueueMember':{'queue':'support — 1st level','email':'boss@acme.test','role':'agent'}"),
               by_boss("'removeQueueMember':{'queue':'support — 1st level','email':'boss@acme.test'}"),
               acme("'requestId':'q-2','deleteQueue':{'queue':'chat'}"))},
        {"orders", steps("2026-02-01T00:00:00Z", acme("'addCard':{'token':'tok-1','last4':'4242','expires':'2027-05'}"),
                         by_boss("'requestId':'o-1','requestLicenses':{'sku':'connect','quantity':5}"),
                         acme("'registerUser':{'email':'eve@acme.test','sku':'trial'}"), "2026-02-03T00:00:00Z",
                         acme("'fulfillOrder':{'order':2,'invoice':'i-3'}"), paid("i-3", "10.00", "bank-3"),
                         by_boss("'cancelOrder':{'order':1}"), by_boss("'removeCard':{'token':'tok-1'}"))},
        {"credits",
         steps("2026-02-04T00:00:00Z", invoiced("i-4", "connect", 4), paid("i-4", "399.96", "bank-4"),
               acme("'bindLicense':{'sku':'connect','email':'boss@acme.test'}"),
               acme("'requestId':'k-1','creditInvoice':{'invoice':'i-4','line':1,'quantity':1,'amount':{'amount':"
                    "'99.99','currency':'USD'},'reason':'one too many — agreed by phone'}"),
               acme("'reversePayment':{'invoice':'i-4','reason':'chargeback'}"))},
        {"passwords",
         steps(acme("'requestId':'r-11','setPassword':{'email':'boss@acme.test','password':'a good password'}"),
               acme("'registerUser':{'email':'pat@acme.test','password':'another password'}"))},
        {"erasure", steps(acme("'erasePerson':{'email':'pat@acme.test'}"))},
        {"phones",
         steps(invoiced("i-5", "connect", 2), paid("i-5", "199.98", "bank-5"),
               acme("'bindLicense':{'sku':'connect','email':'ann.moller@acme.test'}"),
               by_boss("'requestId':'p-1','savePhone':{'email':'ann.moller@acme.test','config':'{\\'line\\':1}'}"),
               acme("'unbindLicense':{'sku':'connect','email':'ann.moller@acme.test'}"), "2026-02-10T23:59:59.999999Z",
               acme("'requestId':'p-2','bindLicense':{'sku':'connect','email':'ann.moller@acme.test'}"),
               acme("'bindLicense':{'sku':'connect','email':'boss@acme.test'}"),
               acme("'savePhone':{'email':'boss@acme.test','config':'{\\'Telefon\\':\\'Büro — 1. Stock\\'}'}"),
               acme("'unbindLicense':{'sku':'connect','email':'ann.moller@acme.test'}"), "2026-02-17T23:59:59.999999Z",
               registered("finn"))},
        {"letters",
         steps("{'account':'globex','requestId':'l-1','openAccount':{'name':'Глобекс','timeZone':'Europe/Moscow',"
               "'language':'ru','superAdmin':{'email':'gil@example.com'}}}",
               "{'account':'globex','registerUser':{'email':'bia@example.com','language':'pt'}}",
               "{'account':'globex','grantRole':{'email':'bia@example.com','role':'superAdmin'}}",
               "{'account':'globex','issueInvoice':{'invoice':'g-1','raisedBy':'bia@example.com','lines':[{'sku':"
               "'connect','quantity':3}]}}",
               "{'account':'globex','recordPayment':{'invoice':'g-1','reference':'g-1','amount':{'amount':'299.97',"
               "'currency':'USD'}}}",
               "2027-02-01T00:00:00Z", "{'account':'globex','registerUser':{'email':'late@example.com'}}"),
         {{"globex", UserId(2), Sequence(107)}, {"globex", UserId(1), Sequence(108)}}},
        {"disputes",
         steps(
             "{'account':'initech','openAccount':{'name':'Initech','disputeWindow':'P60D','superAdmin':{'email':"
             "'bill@example.com'}}}",
             "{'account':'initech','registerUser':{'email':'milton@example.com'}}",
             "{'account':'initech','issueInvoice':{'invoice':'t-1','raisedBy':'bill@example.com','lines':[{'sku':"
             "'connect','quantity':2}]}}",
             "{'account':'initech','recordPayment':{'invoice':'t-1','reference':'t-1','amount':{'amount':'199.98',"
             "'currency':'USD'}}}",
             "{'account':'initech','actor':'bill@example.com','openDispute':{'invoice':'t-1','line':1,'claim':'one too "
             "many'}}",
             "{'account':'initech','requestId':'d-2','openDispute':{'claim':'he has left — twice','bill':{'sha256':"
             "'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855','row':7,'text':"
             "'connect,1,milton@example.com','date':'2027-01-31','layout':'{}'}}}",
             "{'account':'initech','addEvidence':{'dispute':1,'note':'a letter','sha256':"
             "'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'}}",
             "{'account':'initech','creditInvoice':{'invoice':'t-1','line':1,'quantity':1,'amount':{'amount':'99.99',"
             "'currency':'USD'},'reason':'agreed','dispute':1}}",
             "{'account':'initech','resolveDispute':{'dispute':1,'verdict':'upheld'}}",
             "{'account':'initech','resolveDispute':{'dispute':2,'verdict':'rejected','note':'he had it'}}",
             "{'account':'initech','erasePerson':{'email':'milton@example.com'}}")},
    };
    return blocks;
}

struct GoldenFile {
    Words block;
    std::vector<std::string> events;  // as JSON
};

// a-2-catalog.block and, beside it, a-2-catalog.jsonl.
fs::path file_of(std::size_t index, const char* extension) {
    return fs::path("tests/golden") /
           (current_set + "-" + std::to_string(index + 1) + "-" + golden_blocks()[index].subject + extension);
}

Words read_block(const fs::path& name) {
    const auto bytes = read_source(name);
    INFO(name);
    REQUIRE(bytes.size() % sizeof(std::uint64_t) == 0);
    Words words(bytes.size() / sizeof(std::uint64_t));
    std::memcpy(words.data(), bytes.data(), bytes.size());
    return words;
}

// Every set there is, the blocks of each in their order.
std::map<std::string, std::map<int, GoldenFile>> golden_files() {
    std::map<std::string, std::map<int, GoldenFile>> sets;
    for (const auto& entry : fs::directory_iterator(source_path("tests/golden"))) {
        if (entry.path().extension() != ".block") continue;
        const auto name = fs::path("tests/golden") / entry.path().filename();
        const auto stem = name.stem().string();
        const auto dash = stem.find('-');
        INFO(name << " is not named <set>-<number>-<subject>.block");
        REQUIRE(dash != stem.npos);
        auto& file = sets[stem.substr(0, dash)][std::stoi(stem.substr(dash + 1))];
        file.block = read_block(name);
        file.events = lines_of(read_source(fs::path(name).replace_extension(".jsonl")));
    }
    return sets;
}

// The log that a set of files is.
std::unique_ptr<Log> log_of(const std::map<int, GoldenFile>& files) {
    auto log = make_memory_log();
    for (const auto& [number, file] : files) {
        INFO("file number " << number);
        const auto appended = log->append(log->last().next(), file.block);
        if (!appended) FAIL(appended.error().message);
    }
    return log;
}

// The keys by which a set is sealed, as they lie in a vault.
fs::path vault_of(const std::string& set) { return fs::path("tests/golden") / (set + "-vault"); }
constexpr const char* vault_files[] = {"keys", "master.key"};

std::unique_ptr<TestSecrets> open_vault(const fs::path& directory, std::shared_ptr<RandomSource> random = nullptr) {
    VaultOptions options;
    options.random = std::move(random);
    auto vault = Vault::open(directory, options);
    if (!vault) FAIL(vault.error());
    return std::make_unique<TestSecrets>(std::move(*vault));
}

// A ledger over the log that a set is, with a copy of its vault.
struct GoldenLedger {
    GoldenLedger(const std::string& set, const std::map<int, GoldenFile>& files) {
        for (const auto* file : vault_files) {
            fs::copy_file(source_path(vault_of(set) / file), directory.path() / file);
            fs::permissions(directory.path() / file, fs::perms::owner_read | fs::perms::owner_write);
        }
        box.emplace(true, log_of(files), nullptr, StateLimits{}, open_vault(directory.path()));
    }
    TempDir directory;
    std::optional<LedgerBox> box;
};

// What today's rules make of the steps: a block for each golden one, and in `directory` the vault.
std::vector<GoldenFile> generate(const fs::path& directory) {
    constexpr std::uint64_t seed = 20200101;
    LedgerBox box(true, make_memory_log(), nullptr, {}, open_vault(directory, make_seeded_random(seed)));
    for (const auto& golden : golden_blocks()) {
        for (const auto& step : golden.steps) {
            if (!step.starts_with('{')) {
                box.clock().set(instant(step));
                continue;
            }
            const auto& answer = box.judge_only(step);
            INFO(step << (answer.rejection ? answer.rejection->message : ""));
            REQUIRE(!answer.rejection);
        }
        for (const auto& letter : golden.sent) box.ledger().record_sent(letter);
        box.commit();
    }
    const auto blocks = box.blocks();
    REQUIRE(blocks.size() == golden_blocks().size());
    const auto events = box.events();
    std::vector<GoldenFile> files;
    for (const auto& block : blocks) {
        const auto opened = open_block(block);
        REQUIRE(opened.has_value());
        const auto first = events.begin() + static_cast<std::ptrdiff_t>(opened->first().value - 1);
        files.push_back({block, {first, first + opened->count()}});
    }
    return files;
}

void write_anew(const std::vector<GoldenFile>& files, const fs::path& vault) {
    fs::create_directories(source_path(vault_of(current_set)));
    for (const auto* file : vault_files) {
        fs::copy_file(vault / file, source_path(vault_of(current_set) / file), fs::copy_options::overwrite_existing);
    }
    for (std::size_t i = 0; i < files.size(); ++i) {
        std::ofstream block(source_path(file_of(i, ".block")), std::ios::binary);
        block.write(reinterpret_cast<const char*>(files[i].block.data()),
                    static_cast<std::streamsize>(files[i].block.size() * sizeof(std::uint64_t)));
        std::ofstream events(source_path(file_of(i, ".jsonl")), std::ios::binary);
        for (const auto& event : files[i].events) events << event << '\n';
        REQUIRE((block.flush() && events.flush()));
        WARN("wrote " << source_path(file_of(i, ".block")));
    }
}

}  // namespace

TEST_CASE("golden files are what the ledger writes today", "[golden]") {
    const TempDir vault;
    const auto files = generate(vault.path());
    if (const char* wish = std::getenv("SEATLEDGER_WRITE_GOLDEN"); wish != nullptr && *wish != '\0')
        write_anew(files, vault.path());
    for (std::size_t i = 0; i < files.size(); ++i) {
        INFO("The ledger writes other bytes than "
             << file_of(i, ".block")
             << " has.\nIf that was not meant, it is a bug: "
                "logs that exist would not be what they were.\nIf it was, tests/README.md says what to do.");
        CHECK(lines_of(read_source(file_of(i, ".jsonl"))) == files[i].events);
        CHECK((read_block(file_of(i, ".block")) == files[i].block));
    }
    for (const auto* file : vault_files) {
        INFO(file);
        CHECK(read_source(vault_of(current_set) / file) == bytes_of_file(vault.path() / file));
    }
}

TEST_CASE("golden files of every set are read and say what they always said", "[golden]") {
    const auto sets = golden_files();
    REQUIRE(sets.contains(current_set));
    for (const auto& [name, files] : sets) {
        INFO("set " << name);
        const GoldenLedger ledger(name, files);  // folds all of it into the state
        std::vector<std::string> expected;
        for (const auto& [number, file] : files) {
            expected.insert(expected.end(), file.events.begin(), file.events.end());
        }
        CHECK(ledger.box->events() == expected);
    }
}

TEST_CASE("commands that golden files have a request id of are recognised", "[golden]") {
    for (const auto& [name, files] : golden_files()) {
        if (name != current_set) continue;
        GoldenLedger ledger(name, files);
        auto& box = *ledger.box;
        for (const auto& golden : golden_blocks()) {
            for (const auto& step : golden.steps) {
                if (step.find("'requestId'") == step.npos) continue;
                INFO(step);
                const auto& answer = box.judge(step);
                CHECK(answer.rejection.has_value() == false);
                CHECK((answer.rows.empty() ? answer.replayed : answer.rows.front().replayed));
            }
        }
    }
}

TEST_CASE("every event of the schema occurs in the golden files", "[golden]") {
    std::set<std::uint16_t> seen;
    for (const auto& [name, files] : golden_files()) {
        for (const auto& [number, file] : files) {
            const auto opened = open_block(file.block);
            REQUIRE(opened.has_value());
            for (const auto& entry : opened->entries()) {
                seen.insert(static_cast<std::uint16_t>(read_event(entry).which()));
            }
        }
    }
    for (const auto field : capnp::Schema::from<schema::Event>().getUnionFields()) {
        const auto discriminant = field.getProto().getDiscriminantValue();
        if (discriminant == schema::Event::NONE) continue;
        INFO("no golden file has an event " << field.getProto().getName().cStr());
        CHECK(seen.contains(discriminant));
    }
}

}  // namespace seatledger
