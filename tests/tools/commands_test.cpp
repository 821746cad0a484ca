#include "tools/commands/commands.h"

#include <capnp/message.h>

#include <limits>
#include <optional>
#include <sstream>
#include <string>
#include <vector>

#include "events/text.h"
#include "projections/query.capnp.h"
#include "tests/support/catch.h"
#include "tools/commands/arguments.h"
#include "tools/commands/program.h"
#include "tools/commands/schema_options.h"

namespace seatledger {
namespace {

// Why the program would refuse such arguments; nothing if it would act.
std::optional<std::string> refusal(const std::string& arguments) {
    std::vector<std::string> words{"seatledger"};
    std::istringstream line(arguments);
    for (std::string word; line >> word;) words.push_back(word == "''" ? "" : word);
    std::vector<const char*> argv;
    for (const auto& word : words) argv.push_back(word.c_str());

    const auto action = read_command_line(static_cast<int>(argv.size()), argv.data());
    if (!action) {
        CHECK(action.error().status == Status::usage);
        return action.error().message;
    }
    CHECK(*action);
    return std::nullopt;
}

bool is_refused_for(const std::string& arguments, std::string_view part) {
    const auto why = refusal(arguments);
    CAPTURE(arguments, why.value_or("not refused"));
    CHECK(why);
    return why && why->find(part) != std::string::npos && why->find('\n') == std::string::npos;
}

TEST_CASE("every subcommand explains itself") {
    CHECK_FALSE(refusal("--help"));
    CHECK_FALSE(refusal("--version"));
    for (const auto* name :
         {"serve",           "submit",  "query",  "query licenses", "history",     "replay",     "import",
          "import snipe-it", "rebuild", "digest", "bench",          "version",     "user",       "bind",
          "unbind",          "login",   "logout", "token",          "token issue", "token list", "token revoke",
          "export-tiles"}) {
        CHECK_FALSE(refusal(std::string(name) + " --help"));
    }
}

TEST_CASE("bind and unbind say which license, and unbind of a product from whom") {
    CHECK_FALSE(refusal("bind --account acme --license 17 --email ann@acme.test"));
    CHECK_FALSE(refusal("bind --account acme --sku connect --email ann@acme.test --dry-run --actor bo@acme.test"));
    CHECK(is_refused_for("bind --account acme --email ann@acme.test", "--license or --sku"));
    CHECK(is_refused_for("bind --account acme --license 17", "--email"));
    CHECK(is_refused_for("bind --account acme --license 17 --sku connect --email ann@acme.test", "--license"));
    CHECK(is_refused_for("bind --license 17 --email ann@acme.test", "--account"));
    CHECK_FALSE(refusal("unbind --account acme --license 17"));
    CHECK_FALSE(refusal("unbind --account acme --sku connect --email ann@acme.test"));
    CHECK(is_refused_for("unbind --account acme", "--license, or --sku and --email"));
    CHECK(is_refused_for("unbind --account acme --sku connect", "--email"));
    CHECK(is_refused_for("unbind --account acme --license 17 --email ann@acme.test", "--email"));
    CHECK(is_refused_for("unbind --account acme --license 17 --format csv", "table or json"));
}

TEST_CASE("a log-in says of whom, and where its token goes") {
    CHECK_FALSE(refusal("login --account acme --email ann@acme.test --out ann.token --password-file secret"));
    CHECK(is_refused_for("login --email ann@acme.test --out ann.token", "--account"));
    CHECK(is_refused_for("login --account acme --out ann.token", "--email"));
    CHECK(is_refused_for("login --account acme --email ann@acme.test", "--out"));
    CHECK_FALSE(refusal("logout --token-file ann.token"));
}

TEST_CASE("a token is for an account, a person of it, a role and a time, or for all") {
    CHECK_FALSE(refusal("token issue --out t"));
    CHECK_FALSE(
        refusal("token issue --account acme --email ann@acme.test --role auditor --label export --out t "
                "--expires 2027-01-01T00:00:00Z"));
    CHECK(is_refused_for("token issue --account acme", "--out"));
    CHECK(is_refused_for("token issue --email ann@acme.test --out t", "--account"));
    CHECK(is_refused_for("token issue --role boss --out t", "boss"));
    CHECK(is_refused_for("token issue --expires tomorrow --out t", "2026-01-31T12:00:00Z"));
    CHECK_FALSE(refusal("token list --account acme --format csv"));
    CHECK_FALSE(refusal("token revoke 17"));
    CHECK(is_refused_for("token revoke", "number"));
    CHECK(is_refused_for("token revoke 0", "'0'"));
    CHECK(is_refused_for("token", "seatledger token --help"));
}

TEST_CASE("tiles are exported to a folder") {
    CHECK_FALSE(refusal("export-tiles tiles"));
    CHECK(is_refused_for("export-tiles", "DIR is required"));
    CHECK(is_refused_for("export-tiles ''", "DIR"));
    CHECK(is_refused_for("export-tiles one two", "two"));
}

TEST_CASE("user takes an address") {
    CHECK_FALSE(refusal("user ann@acme.test --account acme"));
    CHECK_FALSE(refusal("user --account acme ann@acme.test --as-of-sequence 7"));
    CHECK(is_refused_for("user --account acme", "email"));
}

TEST_CASE("what is wrong is named, and where it is explained") {
    CHECK(is_refused_for("", "seatledger --help"));
    CHECK(is_refused_for("nonsense", "'nonsense' is not known; see seatledger --help"));
    CHECK(is_refused_for("query", "seatledger query --help"));
    CHECK(is_refused_for("query nonsense --account acme", "'nonsense' is not known; see seatledger query --help"));
    CHECK(is_refused_for("query users", "--account is required; see seatledger query users --help"));
}

TEST_CASE("a server is told where everything lies") {
    CHECK_FALSE(refusal("serve --data ledger --listen [::1]:0 --clock manual --max-in-flight 8 --log-level warning"));
    CHECK(is_refused_for("serve", "--data"));
    CHECK(is_refused_for("serve --data ledger --listen 7171", "HOST:PORT"));
    CHECK(is_refused_for("serve --data ledger --clock sundial", "sundial"));
    CHECK(is_refused_for("serve --data ledger --max-connections 0", "'0'"));
    CHECK(is_refused_for("serve --data ledger --log-level loud", "loud"));
}

TEST_CASE("every question takes the filters that are its fields, and no others") {
    CHECK_FALSE(refusal("query products --account acme --sku connect --type phone"));
    CHECK_FALSE(
        refusal("query licenses --account acme --license 17 --sku connect --type phone --status bound "
                "--email ann@acme.test --invoice i-1 --expires-before 2026-01-31T00:00:00Z"));
    CHECK_FALSE(refusal("query users --account acme --email ann@acme.test"));
    CHECK_FALSE(refusal("query user --account acme --email ann@acme.test"));
    CHECK_FALSE(refusal("query invoices --account acme --invoice i-1 --status open"));
    CHECK_FALSE(refusal("query access --account acme --email ann@acme.test --sku connect"));
    CHECK(is_refused_for("query products --account acme --status bound", "--status"));
    CHECK(is_refused_for("query users --account acme --sku connect", "--sku"));
}

TEST_CASE("a question about one person names them") {
    CHECK(is_refused_for("query user --account acme", "--email"));
    CHECK(is_refused_for("query access --account acme --email ann@acme.test", "--sku"));
    CHECK(is_refused_for("query users", "--account"));
}

TEST_CASE("limits are whole numbers from 1 to 1,000,000") {
    CHECK_FALSE(refusal("query users --account acme --limit 1"));
    CHECK_FALSE(refusal("query users --account acme --limit 1000000"));
    for (const auto* wrong : {"0", "1000001", "-1", "1.5", "1e3", "ten", "99999999999999999999"}) {
        CHECK(is_refused_for("query users --account acme --limit=" + std::string(wrong), wrong));
    }
}

TEST_CASE("every reading is as of an instant or a sequence, not both, and by what was known when") {
    for (const std::string reading : {"query users --account acme", "query user --account acme --email ann@acme.test",
                                      "user --account acme ann@acme.test", "query catalog",
                                      "history --account acme --license 1", "replay", "replay --account acme"}) {
        CAPTURE(reading);
        CHECK_FALSE(refusal(reading + " --as-of 2026-01-31T12:00:00.123456+01:00"));
        CHECK_FALSE(refusal(reading + " --as-of-sequence 17"));
        CHECK_FALSE(refusal(reading + " --known-at 2026-01-31T12:00:00Z"));
        CHECK_FALSE(refusal(reading + " --as-of 2026-01-31T12:00:00Z --known-at 2026-01-31T12:00:00Z"));
        CHECK_FALSE(refusal(reading + " --as-of-sequence 17 --known-at 2026-01-31T12:00:00Z"));
        CHECK(is_refused_for(reading + " --as-of 2026-01-31T12:00:00Z --as-of-sequence 17", "--as-of"));
        CHECK(is_refused_for(reading + " --as-of-sequence 0", "0"));
        for (const auto* wrong : {"2026-01-31", "yesterday", "2026-02-30T00:00:00Z", "2026-01-31T12:00:00"}) {
            CHECK(is_refused_for(reading + " --as-of " + wrong, "2026-01-31T12:00:00Z"));
            CHECK(is_refused_for(reading + " --known-at " + wrong, "2026-01-31T12:00:00Z"));
        }
    }
    for (const std::string limit :
         {"--as-of 2026-01-31T12:00:00Z", "--as-of-sequence 17", "--known-at 2026-01-31T12:00:00Z"}) {
        CHECK(is_refused_for("replay --follow " + limit, "--follow"));
    }
}

TEST_CASE("the catalogue is of no account") {
    CHECK_FALSE(refusal("query catalog --sku connect --type phone --limit 5"));
    CHECK(is_refused_for("query catalog --account acme", "--account"));
}

TEST_CASE("history is of exactly one thing") {
    CHECK_FALSE(refusal("history --account acme --license 17"));
    CHECK_FALSE(refusal("history --account acme --actor vendor --from 2 --to 2 --limit 5"));
    CHECK(is_refused_for("history --account acme", "--license, --email, --invoice, --actor"));
    CHECK(is_refused_for("history --account acme --license 17 --email ann@acme.test", "give one of"));
    CHECK(is_refused_for("history --account acme --license 0", "'0'"));
    CHECK(is_refused_for("history --account acme --license 4294967296", "4294967295"));
}

TEST_CASE("a range ends where it begins or later") {
    CHECK_FALSE(refusal("replay --from 5 --to 5 --follow"));
    CHECK(is_refused_for("replay --from 5 --to 4", "--from"));
    CHECK(is_refused_for("history --account acme --license 1 --from 5 --to 4", "--from"));
    CHECK_FALSE(refusal("replay --from 2026-01-31T12:00:00Z --to 7"));
    CHECK(is_refused_for("replay --from 2026-01-31T12:00:00Z --to 2026-01-31T11:59:59Z", "--from"));
    CHECK(is_refused_for("replay --from soon", "'soon'"));
}

TEST_CASE("what is read backwards has an end") {
    CHECK_FALSE(refusal("replay --account acme --backwards --limit 5"));
    CHECK_FALSE(refusal("history --account acme --license 1 --backwards --to 17"));
    CHECK_FALSE(refusal("replay --backwards"));
    CHECK(is_refused_for("replay --account acme --backwards --follow", "--follow"));
    CHECK(is_refused_for("history --account acme --license 1 --backwards --follow", "--follow"));
    CHECK(is_refused_for("replay --follow --to 2026-01-31T12:00:00Z", "--follow"));
    CHECK_FALSE(refusal("history --account acme --license 1 --follow --from 2026-01-31T12:00:00Z --to 17"));
}

TEST_CASE("formats are three, four for events, and answers have no columns") {
    for (const auto* format : {"table", "json", "csv"}) {
        CHECK_FALSE(refusal("query users --account acme --format " + std::string(format)));
    }
    CHECK(is_refused_for("query users --account acme --format xml", "xml"));
    CHECK_FALSE(refusal("replay --format cloudevents"));
    CHECK_FALSE(refusal("history --account acme --license 1 --format cloudevents"));
    CHECK(is_refused_for("query users --account acme --format cloudevents", "cloudevents"));
    CHECK_FALSE(refusal("submit --format table commands.jsonl"));
    CHECK(is_refused_for("submit --format csv", "columns"));
}

TEST_CASE("a server is HOST:PORT") {
    CHECK_FALSE(refusal("digest --server [::1]:7171"));
    CHECK(is_refused_for("digest --server localhost", "HOST:PORT"));
}

TEST_CASE("an import names its source, its account and its file") {
    CHECK_FALSE(refusal("import snipe-it --account acme --licenses l.csv --dates dmy --decimals comma --strict"));
    CHECK(is_refused_for("import --account acme", "--account"));
    CHECK(is_refused_for("import snipe-it --account acme", "--licenses"));
    CHECK(is_refused_for("import snipe-it --account acme --licenses l.csv --dates ymd", "ymd"));
}

TEST_CASE("without a token it is wrong usage") {
    const auto client = connect({"127.0.0.1:1", ""});
    REQUIRE_FALSE(client);
    CHECK(client.error().status == Status::usage);
    CHECK(client.error().message.find("--token-file") != std::string::npos);
}

TEST_CASE("options are named after fields") {
    CHECK(option_name("sku") == "--sku");
    CHECK(option_name("expiresBefore") == "--expires-before");
}

TEST_CASE("options set the fields that they are named after") {
    const auto& shape = shape_of(capnp::Schema::from<schema::LicenseFilter>());
    CLI::App command;
    FieldValues values;
    values.add_options(command, shape, false);
    command.parse("--license 4294967295 --sku connect --expires-before 2026-01-31T12:00:00.5Z");
    CHECK(values.count() == 3);

    capnp::MallocMessageBuilder message;
    auto filter = message.initRoot<schema::LicenseFilter>();
    values.fill(filter);
    CHECK(filter.getLicense() == std::numeric_limits<std::uint32_t>::max());
    CHECK(view(filter.asReader().getSku()) == "connect");
    CHECK(Instant{filter.getExpiresBefore()} == parse_rfc3339("2026-01-31T12:00:00.5Z"));
    CHECK_FALSE(filter.hasEmail());
}

TEST_CASE("an empty filter is a mistake, not no filter") {
    CHECK(is_refused_for("query licenses --account acme --status ''", "--status"));
}

TEST_CASE("what is told is one line") {
    CHECK(one_line("a\nb\tc\x1b[31m\x7f") == "a b c [31m ");
    CHECK(one_line("caf\xc3\xa9 \xff") == "café \uFFFD");
}

}  // namespace
}  // namespace seatledger
