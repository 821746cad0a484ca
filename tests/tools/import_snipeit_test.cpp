#include "tools/import_snipeit.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <ranges>
#include <set>

#include "events/instant.h"
#include "events/text.h"
#include "tests/support/catch.h"
#include "tests/support/temp_dir.h"
#include "tools/import_cells.h"

namespace seatledger {
namespace {

// The request ids of registrations, by where in the fixtures the people are.
const std::string ann = "snipe-it/user/1";
const std::string emile = "snipe-it/user/7";
const std::string cleo = "snipe-it/user/of/snipe-it/A-9";
const std::string bob = "snipe-it/user/of/snipe-it/A-2";

const std::filesystem::path source_dir = SEATLEDGER_SOURCE_DIR;

SnipeitOptions fixture() {
    SnipeitOptions options;
    options.users_file = source_dir / "tests/tools/fixtures/snipeit-users.csv";
    options.licenses_file = source_dir / "tests/tools/fixtures/snipeit-licenses.csv";
    options.account = "acme";
    return options;
}

ImportPlan planned(const SnipeitOptions& options) {
    auto plan = plan_snipeit_import(options);
    INFO((plan ? "" : plan.error()));
    REQUIRE(plan);
    return std::move(*plan);
}

// A plan for a file of one's own, with these columns.
ImportPlan planned(const std::string& rows) {
    const testing::TempDir dir;
    SnipeitOptions options;
    options.licenses_file = dir / "licenses.csv";
    options.account = "acme";
    std::ofstream(options.licenses_file) << "Item name,serial number,purchase date,purchase cost,purchase order,"
                                            "order number,Licensed to Email,expiration date,seats\n"
                                         << rows;
    return planned(options);
}

std::string_view request_id(const ImportStep& step) { return view(step.command.get().getRequestId()); }

std::vector<std::string> request_ids(const ImportPlan& plan) {
    std::vector<std::string> ids;
    for (const auto& step : plan.steps) ids.emplace_back(request_id(step));
    return ids;
}

const ImportStep& step_of(const ImportPlan& plan, std::string_view id) {
    const auto found = std::ranges::find(plan.steps, id, request_id);
    INFO(id);
    REQUIRE(found != plan.steps.end());
    return *found;
}

std::string at_of(const ImportStep& step) {
    const Instant at{step.command.get().getAt()};
    return at == no_instant ? "now" : to_rfc3339(at).substr(0, 16);
}

const std::string cafe = std::string("Café éditeur éééééééééé") + "éééééééééé~";  // of 40 at the end

TEST_CASE("the import goes from the opening of the account through the days to the end", "[import]") {
    const auto plan = planned(fixture());
    const auto ids = request_ids(plan);
    const auto sku = std::string(view(plan.steps[4].command.get().getDefineProduct().getSku()));
    const auto mapper = std::string(view(plan.steps[18].command.get().getIssueInvoice().getInvoice()));
    const auto typewriter = std::string(view(plan.steps[20].command.get().getIssueInvoice().getInvoice()));
    const auto unnumbered = std::string(view(plan.steps[23].command.get().getIssueInvoice().getInvoice()));
    CHECK(ids == std::vector<std::string>{
                     "snipe-it/account",
                     "snipe-it/product/Photo Studio, \"Pro\" edition",
                     "snipe-it/product/Mapper",
                     "snipe-it/product/Typewriter",
                     "snipe-it/product/" + sku,
                     ann,
                     emile,
                     "snipe-it/invoice/snipe-it/A-9",
                     "snipe-it/payment/snipe-it/A-9",
                     cleo,
                     "snipe-it/bind/snipe-it/A-9",
                     "snipe-it/invoice/snipe-it/A-1",
                     "snipe-it/payment/snipe-it/A-1",
                     "snipe-it/invoice/snipe-it/A-2",
                     "snipe-it/payment/snipe-it/A-2",
                     bob,
                     "snipe-it/bind/snipe-it/A-1",
                     "snipe-it/bind/snipe-it/A-2",
                     "snipe-it/invoice/" + mapper,
                     "snipe-it/payment/" + mapper,
                     "snipe-it/invoice/" + typewriter,
                     "snipe-it/payment/" + typewriter,
                     "snipe-it/bind/" + typewriter,
                     "snipe-it/invoice/" + unnumbered,
                     "snipe-it/payment/" + unnumbered,
                     "snipe-it/invoice/snipe-it/A-5",
                     "snipe-it/payment/snipe-it/A-5",
                     "snipe-it/bind/snipe-it/A-5",
                     "snipe-it/end",
                 });
    CHECK(plan.rows == 7);
    CHECK(plan.seats == 24);
    CHECK(mapper.starts_with("snipe-it/PO 4711~"));
    CHECK(typewriter.starts_with("snipe-it/PO 4711~"));
    CHECK(unnumbered.starts_with("snipe-it/row-"));

    CHECK(at_of(step_of(plan, "snipe-it/account")) == "2020-01-30T00:00");
    CHECK(at_of(step_of(plan, "snipe-it/product/Mapper")) == "now");
    CHECK(at_of(step_of(plan, ann)) == "now");  // the account's newest event's
    CHECK(at_of(step_of(plan, bob)) == "now");
    CHECK(at_of(step_of(plan, "snipe-it/payment/snipe-it/A-9")) == "2020-01-31T00:00");
    CHECK(at_of(step_of(plan, "snipe-it/end")) == "now");
    const auto dated = [](const ImportStep& step) { return step.command.get().getAt() != no_instant.micros; };
    const auto instant = [](const ImportStep& step) { return step.command.get().getAt(); };
    CHECK(std::ranges::is_sorted(plan.steps | std::views::filter(dated), {}, instant));
}

TEST_CASE("rows that cannot be imported are named by file, line and reason", "[import]") {
    const auto options = fixture();
    const auto plan = planned(options);
    struct {
        const std::string& file;
        std::size_t line;
        const char* reason;
    } const rows[] = {
        {options.users_file, 5, "has no e-mail"},
        {options.users_file, 6, "\"ivo@@acme.test\" is not valid"},
        {options.users_file, 8, "is that of \"Ann Archer\" on line 2"},
        {options.licenses_file, 6, "has no purchase date: enter"},
        {options.licenses_file, 7, "expires on 01/02/2021, not after its purchase on 03/15/2021"},
        {options.licenses_file, 14, "the seats \"many\""},
        {options.licenses_file, 15, "\"€5.00\" is not in USD"},
        {options.licenses_file, 16, "\"dan at acme.test\""},
        {options.licenses_file, 17, "the purchase date \"31/12/2021\" is not a day written MM/DD/YYYY"},
        {options.licenses_file, 18, "of line 2: give each purchase"},
        {options.licenses_file, 19, "has no item name"},
        {options.licenses_file, 20, "has no expiration date"},
        {options.licenses_file, 21, "\"1,20\" is not a number with a decimal point"},
        {options.licenses_file, 22, "has 5 fields where the header has 20"},
    };
    REQUIRE(plan.refused.size() == std::size(rows));
    for (std::size_t i = 0; i < std::size(rows); ++i) {
        CAPTURE(plan.refused[i].text());
        CHECK(plan.refused[i].file == rows[i].file);
        CHECK(plan.refused[i].line == rows[i].line);
        CHECK_THAT(plan.refused[i].reason, Catch::Matchers::Contains(rows[i].reason));
    }
}

TEST_CASE("the account is opened as an importing one", "[import]") {
    auto options = fixture();
    options.time_zone = "America/New_York";
    options.currency = "CAD";
    options.super_admin = "boss@acme.test";
    const auto plan = planned(options);
    const auto& step = plan.steps.front();
    CHECK(step.is_precondition);
    CHECK(at_of(step) == "2020-01-30T05:00");
    CHECK(view(step.command.get().getAccount()) == "acme");
    REQUIRE(step.command.get().isOpenAccount());
    const auto account = step.command.get().getOpenAccount();
    CHECK(view(account.getName()) == "acme");
    CHECK(view(account.getTimeZone()) == "America/New_York");
    CHECK(view(account.getCurrency()) == "CAD");
    CHECK(view(account.getSuperAdmin().getEmail()) == "boss@acme.test");
    CHECK(view(account.getSuperAdmin().getName()) == "boss");
    CHECK(account.getImporting());

    const auto& end = plan.steps.back();
    CHECK(end.command.get().isEndImport());
    CHECK(end.needs == std::size_t{0});
}

TEST_CASE("a product is defined for each item, by its first row", "[import]") {
    const auto plan = planned(fixture());
    const auto product = step_of(plan, "snipe-it/product/Mapper").command.get();
    CHECK_FALSE(product.hasAccount());
    const auto mapper = product.getDefineProduct();
    CHECK(view(mapper.getSku()) == "Mapper");
    CHECK(view(mapper.getType()) == "software");
    CHECK(view(mapper.getTerm()) == "P170D");
    CHECK(mapper.getUnitPrice().getAmount() == 3'333'333);  // 10.00 for 3
    CHECK(view(mapper.getUnitPrice().getCurrency()) == "USD");
    CHECK(view(mapper.getBilling()) == "purchased");

    const auto& long_name = plan.steps[4];
    const auto cafe_product = long_name.command.get().getDefineProduct();
    CHECK_THAT(std::string(view(cafe_product.getSku())), Catch::Matchers::StartsWith(cafe));
    CHECK(view(cafe_product.getSku()).size() <= 64);
    CHECK(view(cafe_product.getName()).size() == 15 + 80);
    CHECK(long_name.line == 13);
}

TEST_CASE("a purchase is an invoice, its payment, and the bind of its first license", "[import]") {
    const auto plan = planned(fixture());
    const auto& invoice_step = step_of(plan, "snipe-it/invoice/snipe-it/A-5");
    CHECK(invoice_step.file == fixture().licenses_file);
    CHECK(invoice_step.line == 8);
    const auto invoice = invoice_step.command.get().getIssueInvoice();
    CHECK(view(invoice.getInvoice()) == "snipe-it/A-5");
    CHECK(view(invoice.getRaisedBy()) == "admin@example.com");
    REQUIRE(invoice.getLines().size() == 1);
    const auto line = invoice.getLines()[0];
    CHECK(view(line.getSku()) == "Photo Studio, \"Pro\" edition");
    CHECK(line.getQuantity() == 4);
    CHECK(line.getAmount().getAmount() == 600'000'000);
    CHECK_FALSE(line.hasUnitPrice());
    CHECK_FALSE(line.hasTerm());
    CHECK(to_rfc3339(Instant{line.getValidUntil()}) == "2022-05-01T00:00:00.000000Z");

    const auto& payment_step = step_of(plan, "snipe-it/payment/snipe-it/A-5");
    REQUIRE(payment_step.needs);
    CHECK(&plan.steps[*payment_step.needs] == &invoice_step);
    const auto payment = payment_step.command.get().getRecordPayment();
    CHECK(view(payment.getReference()) == "70-5");
    CHECK(payment.getAmount().getAmount() == 600'000'000);

    const auto& bind_step = step_of(plan, "snipe-it/bind/snipe-it/A-5");
    REQUIRE(bind_step.needs);
    CHECK(&plan.steps[*bind_step.needs] == &payment_step);
    CHECK(bind_step.takes_first_license);
    CHECK(view(bind_step.command.get().getBindLicense().getEmail()) == "ANN@acme.test");
    CHECK_FALSE(bind_step.command.get().getBindLicense().hasSku());
}

TEST_CASE("an order number that is not one row's only is no payment reference", "[import]") {
    const auto plan = planned(fixture());
    for (const auto& step : plan.steps) {
        const auto command = step.command.get();
        if (!command.isRecordPayment() || step.line < 10 || step.line > 12) continue;
        CHECK(view(command.getRecordPayment().getReference()) == view(command.getRecordPayment().getInvoice()));
    }
}

TEST_CASE("an empty cost is nothing to pay", "[import]") {
    const auto plan = planned(fixture());
    const auto invoice = plan.steps[23].command.get().getIssueInvoice();
    REQUIRE(invoice.getLines()[0].hasAmount());
    CHECK(invoice.getLines()[0].getAmount().getAmount() == 0);
    CHECK(view(invoice.getLines()[0].getAmount().getCurrency()) == "USD");
}

TEST_CASE("nobody is registered twice, whatever the case of the address", "[import]") {
    const auto plan = planned(fixture());
    std::set<std::string> addresses = {"admin@example.com"};  // registered with the account
    for (const auto& step : plan.steps) {
        if (!step.command.get().isRegisterUser()) continue;
        CHECK(addresses.insert(fold_case(view(step.command.get().getRegisterUser().getEmail()))).second);
    }
    CHECK(addresses.size() == 5);
    const auto user = [&](const std::string& id) { return step_of(plan, id).command.get().getRegisterUser(); };
    CHECK(view(user(ann).getEmail()) == "Ann@Acme.test");
    CHECK(view(user(ann).getName()) == "Ann Archer");
    CHECK(view(user(emile).getName()) == "Émile");
    CHECK(view(user(bob).getName()) == "Bob Bell");
    CHECK(view(user(cleo).getName()) == "cleo");
}

TEST_CASE("a row keeps its invoice id when other rows come, go or move", "[import]") {
    const std::string a = "Mapper,,04/01/2021,1.00,PO 1,,,04/01/2022,1\n";
    const std::string b = "Typewriter,,04/01/2021,1.00,PO 1,,,04/01/2022,1\n";
    const std::string c = "Mapper,,04/01/2021,2.00,,,,04/01/2022,1\n";
    const auto invoices = [](const std::string& rows) {
        std::set<std::string> ids;
        for (const auto& id : request_ids(planned(rows))) {
            if (id.starts_with("snipe-it/invoice/")) ids.insert(id);
        }
        return ids;
    };
    const auto all = invoices(a + b + c);
    CHECK(all.size() == 3);
    CHECK(invoices(c + b + a) == all);
    for (const auto& row : {a, b, c}) CHECK(std::ranges::includes(all, invoices(row)));
}

TEST_CASE("no id depends on who somebody is", "[import]") {
    const auto ids_with = [](const std::string& person, const std::string& other, const std::string& name) {
        const testing::TempDir dir;
        SnipeitOptions options;
        options.licenses_file = dir / "licenses.csv";
        options.users_file = dir / "users.csv";
        options.account = "acme";
        std::ofstream(options.users_file) << "Email,First Name,Username\n"
                                          << person << "," << name << "," << name << "\n";
        std::ofstream(options.licenses_file)
            << "Item name,serial number,purchase date,purchase cost,purchase order,"
               "order number,Licensed to Email,Licensed To Name,expiration date,seats\n"
            << "Mapper,S-1,04/01/2021,1.00,,," << person << ",,04/01/2022,1\n"
            << "Mapper,,04/01/2021,1.00,PO 1,," << other << "," << name << ",04/01/2022,1\n"
            << "Mapper,,04/01/2021,1.00,,O 1," << person << ",,04/01/2022,1\n"
            << "Mapper,,04/01/2021,1.00,,," << other << "," << name << ",04/01/2022,1\n";
        const auto plan = planned(options);
        CHECK(plan.refused.empty());
        auto ids = request_ids(plan);
        for (const auto& step : plan.steps) {
            const auto command = step.command.get();
            if (command.isRecordPayment()) ids.emplace_back(view(command.getRecordPayment().getReference()));
        }
        return ids;
    };
    const auto ids = ids_with("ann@acme.test", "bob@acme.test", "Ann");
    CHECK(ids == ids_with("zoe@example.com", "yan@example.com", "Zoe"));
    CHECK(std::set(ids.begin(), ids.end()).size() > 15);
}

TEST_CASE("purchases that differ only in the person are purchases of their own", "[import]") {
    const std::string row = GENERATE("Mapper,,04/01/2021,1.00,,,PERSON,04/01/2022,1\n",
                                     "Mapper,,04/01/2021,1.00,PO 1,,PERSON,04/01/2022,1\n");
    const auto of = [&](const std::string& person) {
        auto text = row;
        return text.replace(text.find("PERSON"), 6, person);
    };
    const auto plan = planned(of("ann@acme.test") + of("bob@acme.test") + of("") + of("ANN@acme.test"));
    CHECK(plan.rows == 3);
    REQUIRE(plan.refused.size() == 1);
    CHECK(plan.refused[0].line == 5);
    const auto ids = request_ids(plan);
    CHECK(std::set(ids.begin(), ids.end()).size() == ids.size());
    // What is added later changes no id.
    const auto before = request_ids(planned(of("ann@acme.test") + of("bob@acme.test")));
    for (const auto& id : before) CHECK(std::ranges::count(ids, id) == 1);
    // Nor does what is corrected.
    const auto corrected = request_ids(planned(of("not an address") + of("bob@acme.test")));
    for (const auto& id : corrected) CHECK(std::ranges::count(before, id) == 1);
}

TEST_CASE("two purchases that cannot be told apart are never merged", "[import]") {
    const auto* row =
        GENERATE("Mapper,S-1,04/01/2021,1.00,,,,04/01/2022,1\n", "Mapper,,04/01/2021,1.00,PO 1,,,04/01/2022,1\n",
                 "Mapper,,04/01/2021,1.00,,,,04/01/2022,1\n");
    const auto plan = planned(std::string(row) + row);
    CHECK(plan.rows == 1);
    REQUIRE(plan.refused.size() == 1);
    CHECK(plan.refused[0].line == 3);
}

TEST_CASE("the seats of a row are 1 to 1,000,000", "[import]") {
    struct {
        const char* seats;
        bool accepted;
    } const rows[] = {{"0", false}, {"1", true}, {"1000000", true}, {"1000001", false}, {"", false}, {"2.5", false}};
    for (const auto& row : rows) {
        CAPTURE(row.seats);
        const auto plan = planned("Mapper,S-1,04/01/2021,1.00,,,,04/01/2022," + std::string(row.seats) + "\n");
        CHECK(plan.rows == (row.accepted ? 1 : 0));
        CHECK(plan.refused.size() == (row.accepted ? 0 : 1));
    }
}

TEST_CASE("a plan without a row that can be imported has no steps", "[import]") {
    const auto plan = planned("Mapper,S-1,,1.00,,,,04/01/2022,1\n");
    CHECK(plan.steps.empty());
    CHECK(plan.refused.size() == 1);
}

TEST_CASE("dates and decimals are what they are declared to be", "[import]") {
    auto options = fixture();
    options.dates = DateOrder::dmy;
    const auto plan = planned(options);
    CHECK(plan.rows == 6);  // 04/01 is a day in January then, and 31/12 one at all
    CHECK(at_of(plan.steps.front()) == "2021-01-03T00:00");
}

TEST_CASE("options that are not valid are named", "[import]") {
    auto options = fixture();
    const auto error = [&] {
        const auto plan = plan_snipeit_import(options);
        REQUIRE_FALSE(plan);
        return plan.error();
    };
    options.time_zone = "Mars/Olympus";
    CHECK_THAT(error(), Catch::Matchers::StartsWith("--time-zone: there is no zone \"Mars/Olympus\""));
    options = fixture();
    options.currency = "usd";
    CHECK_THAT(error(), Catch::Matchers::StartsWith("--currency: \"usd\""));
    options = fixture();
    options.super_admin = "boss";
    CHECK_THAT(error(), Catch::Matchers::StartsWith("--super-admin: \"boss\""));
    options = fixture();
    options.licenses_file = options.users_file;
    CHECK_THAT(error(), Catch::Matchers::EndsWith("snipeit-users.csv:1: has no column \"Item name\": add it"));
}

TEST_CASE("the sample that Snipe-IT ships goes in, but for four purchases", "[import]") {
    const auto sample = source_dir / "../shared/data/snipeit";
    if (!std::filesystem::exists(sample)) {
        WARN("skipped: there is no Snipe-IT sample in " << sample);
        return;
    }
    SnipeitOptions options;
    options.users_file = sample / "users-sample.csv";
    options.licenses_file = sample / "licenses-sample.csv";
    options.account = "acme";
    const auto plan = planned(options);
    CHECK(plan.rows == 46);
    CHECK(plan.seats == 2'047);
    CHECK(std::ranges::count(plan.refused, options.licenses_file, &FileError::file) == 4);
    CHECK(std::ranges::count(plan.refused, options.users_file, &FileError::file) == 5);
    for (const auto& refused : plan.refused) UNSCOPED_INFO(refused.text());

    const auto ids = request_ids(plan);
    CHECK(std::set(ids.begin(), ids.end()).size() == ids.size());
    CHECK(ids.size() == 1 + 46 + 95 + 46 * 4 + 1);
    CHECK(at_of(plan.steps.front()) == "1981-09-13T00:00");
}

}  // namespace
}  // namespace seatledger
