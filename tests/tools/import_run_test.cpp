#include "tools/import_run.h"

#include <capnp/message.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>

#include "events/block.h"
#include "events/instant.h"
#include "events/text.h"
#include "tests/support/catch.h"
#include "tests/support/temp_dir.h"
#include "tools/import_snipeit.h"

namespace seatledger {
namespace {

// Answers like a ledger, as far as request ids, addresses and license numbers go; rejects what it is told to.
class FakeLedger : public Submitter {
 public:
    explicit FakeLedger(std::uint32_t next_license = 1) : next_license_(next_license) {}

    std::expected<std::vector<ImportAnswer>, std::string> submit(
        std::span<const schema::Command::Reader> commands) override {
        if (requests_left == 0) return std::unexpected("the connection is lost");
        --requests_left;
        requests.push_back(commands.size());
        std::vector<ImportAnswer> answers;
        for (const auto command : commands) answers.push_back(judge(command));
        return answers;
    }

    std::map<std::string, std::string> rejections;  // request id to rule
    std::size_t requests_left = 1'000'000;

    std::vector<std::size_t> requests;           // the number of commands in each
    std::vector<std::string> appended;           // request ids
    std::vector<std::string> registered;         // folded addresses
    std::map<std::string, std::uint32_t> bound;  // license by address

 private:
    static ImportAnswer rejection(const std::string& rule) {
        ImportAnswer answer;
        answer.rejected = rule;
        answer.message = "because";
        return answer;
    }

    ImportAnswer judge(schema::Command::Reader command) {
        const std::string id(view(command.getRequestId()));
        const std::string form = kj::str(command).cStr();
        if (const auto seen = seen_.find(id); seen != seen_.end() && !id.empty()) {
            if (seen->second.first != form) return rejection("request_id_reused");
            auto again = seen->second.second;
            again.replayed = true;
            return again;
        }
        if (const auto rule = rejections.find(id); rule != rejections.end()) {
            return rejection(rule->second);
        }
        ImportAnswer answer;
        if (command.isIssueInvoice()) {
            const auto invoice = command.getIssueInvoice();
            open_[std::string(view(invoice.getInvoice()))] = invoice.getLines()[0].getQuantity();
        } else if (command.isRecordPayment()) {
            const auto invoice = open_.find(std::string(view(command.getRecordPayment().getInvoice())));
            if (invoice == open_.end()) return rejection("invoice_must_exist");
            answer.first_license = LicenseNumber(next_license_);
            next_license_ += static_cast<std::uint32_t>(invoice->second);
        } else if (command.isBindLicense()) {
            const auto bind = command.getBindLicense();
            bound[std::string(view(bind.getEmail()))] = bind.getLicense();
        } else if (command.isRegisterUser()) {
            const auto address = fold_case(view(command.getRegisterUser().getEmail()));
            if (std::ranges::find(registered, address) != registered.end()) return rejection("email_must_be_new");
            registered.push_back(address);
        }
        seen_[id] = {form, answer};
        appended.push_back(id);
        return answer;
    }

    std::uint32_t next_license_;
    std::map<std::string, std::uint64_t> open_;
    std::map<std::string, std::pair<std::string, ImportAnswer>> seen_;
};

ImportPlan fixture_plan() {
    const std::filesystem::path fixtures = std::filesystem::path(SEATLEDGER_SOURCE_DIR) / "tests/tools/fixtures";
    SnipeitOptions options;
    options.users_file = fixtures / "snipeit-users.csv";
    options.licenses_file = fixtures / "snipeit-licenses.csv";
    options.account = "acme";
    auto plan = plan_snipeit_import(options);
    REQUIRE(plan);
    return std::move(*plan);
}

ImportSummary ran(const ImportPlan& plan, Submitter& submitter) {
    auto summary = run_import(plan, submitter);
    INFO((summary ? "" : summary.error()));
    REQUIRE(summary);
    return std::move(*summary);
}

template <typename Fill>
ImportStep step(const std::string& request_id, Fill fill) {
    capnp::MallocMessageBuilder message;
    auto command = message.initRoot<schema::Command>();
    command.setRequestId(text(request_id));
    fill(command);
    return ImportStep(OwnedCommand(command.asReader()), "step " + request_id);
}

// `rows` purchases of one license for somebody each, all on one day.
ImportPlan one_day(std::size_t rows) {
    ImportPlan plan;
    for (std::size_t i = 0; i < rows; ++i) {
        const auto id = std::to_string(i);
        plan.steps.push_back(step("invoice/" + id, [&](schema::Command::Builder command) {
            auto invoice = command.initIssueInvoice();
            invoice.setInvoice(text(id));
            invoice.initLines(1)[0].setQuantity(1);
        }));
        plan.steps.push_back(step("payment/" + id, [&](schema::Command::Builder command) {
            command.initRecordPayment().setInvoice(text(id));
        }));
        plan.steps.back().needs = plan.steps.size() - 2;
    }
    for (std::size_t i = 0; i < rows; ++i) {
        const auto id = std::to_string(i);
        plan.steps.push_back(step("bind/" + id, [&](schema::Command::Builder command) {
            command.initBindLicense().setEmail(text(id + "@acme.test"));
        }));
        plan.steps.back().needs = 2 * i + 1;
        plan.steps.back().takes_first_license = true;
    }
    return plan;
}

TEST_CASE("every step is done, and binds get the licenses that the payments issued", "[import]") {
    const auto plan = fixture_plan();
    FakeLedger ledger(100);
    const auto summary = ran(plan, ledger);
    CHECK(summary.done == plan.steps.size());
    CHECK(summary.there == 0);
    CHECK(summary.skipped == 0);
    CHECK(summary.rejected.empty());
    CHECK(ledger.bound["cleo@example.com"] == 100);
    CHECK(ledger.bound["ann@acme.test"] == 101);
    CHECK(ledger.bound["bob@example.com"] == 111);
    CHECK(ledger.bound["Bob@Example.com"] == 116);
    CHECK(ledger.bound["ANN@acme.test"] == 120);
    // The account alone, then up to the first binds of each day; the last day's with the end.
    CHECK(ledger.requests == std::vector<std::size_t>{1, 9, 6, 6, 5, 2});
}

TEST_CASE("a second run appends nothing and finds everything there", "[import]") {
    FakeLedger ledger;
    (void)ran(fixture_plan(), ledger);
    const auto appended = ledger.appended.size();
    const auto again = ran(fixture_plan(), ledger);
    CHECK(ledger.appended.size() == appended);
    CHECK(again.done == 0);
    CHECK(again.there == appended);
    CHECK(again.rejected.empty());
}

TEST_CASE("a run with other people in the files registers them, and those who are there only once", "[import]") {
    const testing::TempDir dir;
    SnipeitOptions options;
    options.licenses_file = dir / "licenses.csv";
    options.users_file = dir / "users.csv";
    options.account = "acme";
    const auto run = [&](FakeLedger& ledger, const std::string& users, const std::string& licensee) {
        std::ofstream(options.users_file) << "Email,First Name\n" << users;
        std::ofstream(options.licenses_file)
            << "Item name,serial number,purchase date,purchase cost,expiration date,seats,Licensed to Email\n"
            << "Mapper,S-1,04/01/2021,1.00,04/01/2022,1," << licensee << "\n";
        const auto plan = plan_snipeit_import(options);
        REQUIRE(plan);
        return ran(*plan, ledger);
    };
    FakeLedger ledger;
    (void)run(ledger, "ann@acme.test,Ann\nbob@acme.test,Bob\n", "dan@acme.test");
    const auto appended = ledger.appended.size();
    CHECK(ledger.registered == std::vector<std::string>{"ann@acme.test", "bob@acme.test", "dan@acme.test"});

    // Everybody stands where somebody else stood, or where nobody did.
    const auto again = run(ledger, "cleo@acme.test,Cleo\nann@acme.test,Ann B.\nbob@acme.test,Bob\n", "dan@acme.test");
    CHECK(again.rejected.empty());
    CHECK(again.done == 1);
    CHECK(ledger.appended.size() == appended + 1);
    CHECK(ledger.registered.back() == "cleo@acme.test");

    // Whoever has gone since is not brought back by the same files.
    std::erase(ledger.registered, "ann@acme.test");
    const auto same = run(ledger, "ann@acme.test,Ann\nbob@acme.test,Bob\n", "dan@acme.test");
    CHECK(same.done == 0);
    CHECK(ledger.appended.size() == appended + 1);

    // A bind is not sent again for somebody else.
    const auto other = run(ledger, "ann@acme.test,Ann\nbob@acme.test,Bob\n", "eve@acme.test");
    REQUIRE(other.rejected.size() == 1);
    CHECK(other.rejected[0].code == "request_id_reused");
    CHECK(other.done == 1);
    CHECK(ledger.registered.back() == "eve@acme.test");
    CHECK(ledger.bound.count("eve@acme.test") == 0);
}

TEST_CASE("a run that was interrupted is taken up by the next", "[import]") {
    const auto plan = fixture_plan();
    FakeLedger ledger;
    ledger.requests_left = GENERATE(0, 1, 2, 3, 4, 5);
    const auto interrupted = run_import(plan, ledger);
    REQUIRE_FALSE(interrupted);
    CHECK_THAT(interrupted.error(), Catch::Matchers::StartsWith("the connection is lost (after "));

    ledger.requests_left = 1'000'000;
    CHECK(ran(plan, ledger).rejected.empty());
    CHECK(ledger.appended.size() == plan.steps.size());
}

TEST_CASE("what needs a rejected step is not done, and only the first is reported", "[import]") {
    FakeLedger ledger;
    ledger.rejections["snipe-it/invoice/snipe-it/A-1"] = "amount_out_of_range";
    const auto plan = fixture_plan();
    const auto summary = ran(plan, ledger);
    REQUIRE(summary.rejected.size() == 1);
    CHECK(summary.rejected[0].line == 2);
    CHECK_THAT(summary.rejected[0].text(),
               Catch::Matchers::EndsWith("snipeit-licenses.csv:2: invoice snipe-it/A-1 for 10 of Photo Studio, \"Pro\" "
                                         "edition: amount_out_of_range: because"));
    CHECK(summary.skipped == 2);
    CHECK(summary.done == plan.steps.size() - 3);
    CHECK(ledger.bound.count("ann@acme.test") == 0);
}

TEST_CASE("a rejected bind is reported by its row, and the import goes on", "[import]") {
    FakeLedger ledger;
    ledger.rejections["snipe-it/bind/snipe-it/A-5"] = "user_must_not_hold_product";
    const auto summary = ran(fixture_plan(), ledger);
    REQUIRE(summary.rejected.size() == 1);
    CHECK(summary.rejected[0].line == 8);
    CHECK(summary.rejected[0].code == "user_must_not_hold_product");
    CHECK(ledger.appended.back() == "snipe-it/end");
}

TEST_CASE("an account of somebody else is added to and not closed", "[import]") {
    FakeLedger ledger;
    ledger.rejections["snipe-it/account"] = "account_must_be_new";
    ledger.registered = {"ann@acme.test"};
    ledger.rejections["snipe-it/product/Mapper"] = "sku_must_be_new";
    const auto plan = fixture_plan();
    const auto summary = ran(plan, ledger);
    CHECK(summary.rejected.empty());
    CHECK(summary.there == 3);
    CHECK(summary.skipped == 1);
    CHECK(summary.done == plan.steps.size() - 4);
    CHECK(ledger.appended.back() == "snipe-it/bind/snipe-it/A-5");
}

TEST_CASE("an account that an earlier run opened otherwise is still closed", "[import]") {
    FakeLedger ledger;
    ledger.rejections["snipe-it/account"] = "request_id_reused";
    const auto summary = ran(fixture_plan(), ledger);
    CHECK(summary.rejected.empty());
    CHECK(ledger.appended.back() == "snipe-it/end");
}

TEST_CASE("where the account cannot be opened, nothing else is sent", "[import]") {
    FakeLedger ledger;
    const auto rule = GENERATE(as<std::string>(), "role_required", "effective_time_in_order");
    ledger.rejections["snipe-it/account"] = rule;
    const auto plan = fixture_plan();
    const auto summary = ran(plan, ledger);
    REQUIRE(summary.rejected.size() == 1);
    CHECK(summary.rejected[0].text() == "opening of the account acme: " + rule + ": because");
    CHECK(summary.skipped == plan.steps.size() - 1);
    CHECK(ledger.requests == std::vector<std::size_t>{1});
    CHECK(ledger.appended.empty());
}

TEST_CASE("a request has at most 1,024 commands, and a day takes no more requests than it must", "[import]") {
    const auto plan = one_day(1'000);
    FakeLedger ledger;
    std::vector<std::size_t> progress;
    const auto summary = run_import(plan, ledger, [&](std::size_t done, std::size_t total) {
        progress.push_back(done);
        CHECK(total == 3'000);
    });
    REQUIRE(summary);
    CHECK(summary->done == 3'000);
    CHECK(ledger.requests == std::vector<std::size_t>{1'024, 1'024, 952});
    CHECK(progress == std::vector<std::size_t>{1'024, 2'048, 3'000});
    CHECK(ledger.bound["999@acme.test"] == 1'000);
}

TEST_CASE("too few answers are an error and not a guess", "[import]") {
    class Forgetful : public Submitter {
     public:
        std::expected<std::vector<ImportAnswer>, std::string> submit(
            std::span<const schema::Command::Reader> commands) override {
            return std::vector<ImportAnswer>(commands.size() - 1);
        }
    } forgetful;
    const auto summary = run_import(one_day(1), forgetful);
    REQUIRE_FALSE(summary);
    CHECK_THAT(summary.error(), Catch::Matchers::StartsWith("the server gave 1 answers to 2 commands"));
}

TEST_CASE("a payment whose answer names no license leaves nothing to bind", "[import]") {
    class Silent : public Submitter {
     public:
        std::expected<std::vector<ImportAnswer>, std::string> submit(
            std::span<const schema::Command::Reader> commands) override {
            return std::vector<ImportAnswer>(commands.size());
        }
    } silent;
    const auto summary = ran(one_day(1), silent);
    CHECK(summary.done == 2);
    REQUIRE(summary.rejected.size() == 1);
    CHECK(summary.rejected[0].text() == "step bind/0: the answer to the payment names no license");
}

TEST_CASE("the first license is read from the events of an answer", "[import]") {
    BlockBuilder block(Sequence(7));
    const auto mark = block.mark();
    block.begin_event().initInvoicePaid().setInvoice("i");
    static_cast<void>(block.end_event());
    auto issued = block.begin_event().initLicensesIssued();
    issued.setFirst(57);
    issued.setQuantity(3);
    static_cast<void>(block.end_event());
    block.end_commit();
    const auto words = block.entries_since(mark).words();

    capnp::MallocMessageBuilder message;
    auto answer = message.initRoot<schema::Answer>();
    answer.setSequence(8);
    answer.setReplayed(true);
    const auto bytes = bytes_of(words);
    answer.setEntries(as_data(bytes));
    const auto read = read_import_answer(answer.asReader());
    REQUIRE(read);
    CHECK(read->replayed);
    CHECK(read->rejected.empty());
    CHECK(read->first_license == LicenseNumber(57));

    answer.setRejected("invoice_must_be_open");
    answer.setMessage("it is paid");
    answer.disownEntries();
    const auto rejected = read_import_answer(answer.asReader());
    REQUIRE(rejected);
    CHECK(rejected->rejected == "invoice_must_be_open");
    CHECK(rejected->message == "it is paid");
    CHECK_FALSE(rejected->first_license);

    // Neither whole words, nor entries.
    answer.setEntries(as_data(bytes.substr(0, bytes.size() - 1)));
    CHECK_FALSE(read_import_answer(answer.asReader()));
    answer.setEntries(as_data(bytes.substr(0, bytes.size() - 8)));
    CHECK_FALSE(read_import_answer(answer.asReader()));
}

TEST_CASE("an owned command keeps what it was made of, wherever it is moved", "[import]") {
    auto made = step("id", [](schema::Command::Builder command) {
        command.setAccount("acme");
        command.setAt(-5);
        auto line = command.initIssueInvoice().initLines(2)[1];
        line.setSku("connect");
        line.initAmount().setCurrency("USD");
    });
    const auto before = made.command.get();
    const OwnedCommand moved = std::move(made.command);
    CHECK(view(before.getAccount()) == "acme");
    CHECK(moved.get().getAt() == -5);
    CHECK(view(moved.get().getIssueInvoice().getLines()[1].getAmount().getCurrency()) == "USD");
    CHECK(moved.get().getIssueInvoice().getLines()[0].getValidUntil() == no_instant.micros);
}

}  // namespace
}  // namespace seatledger
