#include "server/json.h"

#include <capnp/message.h>
#include <kj/string-tree.h>

#include <random>
#include <string>
#include <utility>
#include <vector>

#include "events/block.h"
#include "events/instant.h"
#include "events/text.h"
#include "tests/support/catch.h"

namespace seatledger {
namespace {

using namespace std::string_literals;

// The error, or "" and the command as Cap'n Proto's own text.
std::pair<std::string, std::string> read(std::string_view json) {
    capnp::MallocMessageBuilder message;
    auto command = message.initRoot<schema::Command>();
    const auto result = read_command(json, command);
    if (!result) return {result.error(), ""};
    const auto text = kj::str(command.asReader());
    return {"", std::string(text.begin(), text.size())};
}

struct Good {
    std::string json;
    std::string command;
};

// What Cap'n Proto's text shows of fields that are not set.
const auto unset = "at = -9223372036854775808, corrects = 0, "s;

TEST_CASE("a command is read into the fields that it names") {
    const auto row = GENERATE(values<Good>({
        {R"({"endImport":{}})", "(" + unset + "endImport = ())"},
        {" { \"account\" : \"acme\" , \"endImport\" : { } }\t\r\n", R"((account = "acme", )" + unset + "endImport = ())"},
        {R"({"account":"acme","requestId":"r-17","actor":"boss@acme.test",)"
         R"("bindLicense":{"license":17,"email":"ann@acme.test"}})",
         R"((account = "acme", requestId = "r-17", )" + unset +
             R"(actor = "boss@acme.test", bindLicense = (license = 17, email = "ann@acme.test")))"},
        {R"({"bindLicense":{"license":4294967295},"corrects":18446744073709551615})",
         "(at = -9223372036854775808, corrects = 18446744073709551615, bindLicense = (license = 4294967295))"},
        {R"({"at":"2020-09-07T12:00:00Z","endImport":{}})", "(at = 1599480000000000, corrects = 0, endImport = ())"},
        {R"({"at":"2020-09-07T14:00:00.5+02:00","endImport":{}})",
         "(at = 1599480000500000, corrects = 0, endImport = ())"},
        {R"({"openAccount":{"name":"Acme","superAdmin":{"email":"boss@acme.test","name":"Bo"},"importing":true}})",
         "(" + unset +
             R"(openAccount = (name = "Acme", superAdmin = (email = "boss@acme.test", name = "Bo"), )"
             R"(importing = true)))"},
        {R"({"defineProduct":{"sku":"connect","features":["calls","sms"],)"
         R"("unitPrice":{"amount":"0.015","currency":"USD"},"keepsPhone":false}})",
         "(" + unset +
             R"(defineProduct = (sku = "connect", features = ["calls", "sms"], )"
             R"(unitPrice = (amount = 15000, currency = "USD"), keepsPhone = false)))"},
        {R"({"issueInvoice":{"lines":[{"sku":"a","quantity":0,"amount":{"currency":"JPY","amount":"-7"}},)"
         R"({"validUntil":"1970-01-01T00:00:01Z"}]}})",
         "(" + unset +
             R"(issueInvoice = (lines = [(sku = "a", quantity = 0, amount = (amount = -7000000, currency = "JPY"), )"
             R"(validUntil = -9223372036854775808), (quantity = 0, validUntil = 1000000)])))"},
        {R"({"bindLicenses":{"rows":[{"license":1},{"sku":"connect"}],"atomic":true,"dryRun":true}})",
         "(" + unset +
             R"(bindLicenses = (rows = [(license = 1), (license = 0, sku = "connect")], atomic = true, dryRun = true)))"},
        {R"({"bindLicenses":{"rows":[]}})",
         "(" + unset + "bindLicenses = (rows = [], atomic = false, dryRun = false))"},
    }));
    CAPTURE(row.json);
    const auto [error, command] = read(row.json);
    CHECK(error == "");
    CHECK(command == row.command);
}

TEST_CASE("null is as good as absent") {
    CHECK(read(R"({"account":null,"requestId":null,"at":null,"corrects":null,"actor":null,
                   "issueInvoice":{"invoice":null,"raisedBy":null,"lines":null}})") == read(R"({"issueInvoice":{}})"));
    CHECK(read(R"({"openAccount":{"superAdmin":null,"importing":null,"timeZone":null}})") ==
          read(R"({"openAccount":{}})"));
    CHECK(read(R"({"recordPayment":{"amount":null}})") == read(R"({"recordPayment":{}})"));
    CHECK(read(R"({"account":"","endImport":{}})") != read(R"({"endImport":{}})"));
}

TEST_CASE("text is unescaped and may be of any length") {
    capnp::MallocMessageBuilder message;
    auto command = message.initRoot<schema::Command>();
    const auto zoe = R"("Zo\u00eb \ud83d\ude00 \"\\\/\b\f\n\r\t)"s;
    const auto json = R"({"registerUser":{"name":)" + zoe + std::string(100'000, 'x') + R"(","\u0065mail":"Zoë"}})";
    REQUIRE(read_command(json, command).has_value());
    CHECK(view(command.getRegisterUser().getName()) == "Zoë 😀 \"\\/\b\f\n\r\t" + std::string(100'000, 'x'));
    CHECK(view(command.getRegisterUser().getEmail()) == "Zoë");
}

struct Bad {
    std::string json;
    std::string error;
};

const auto commands =
    "openAccount, endImport, registerUser, removeUser, changeEmail, grantRole, revokeRole, defineProduct, "
    "changeProduct, retireProduct, issueInvoice, voidInvoice, recordPayment, bindLicense, unbindLicense, "
    "reassignLicense, bindLicenses, unbindLicenses"s;

TEST_CASE("what is wrong with a command is said with its place") {
    const auto row = GENERATE(values<Bad>({
        // Which command.
        {R"({})", "no command; there are " + commands},
        {R"({"account":"acme"})", "no command; there are " + commands},
        {R"({"bindLicense":{},"unbindLicense":{}})",
         "two commands, bindLicense and unbindLicense; an object holds one"},
        {R"({"bindLicense":{},"account":"acme","endImport":5})",
         "two commands, bindLicense and endImport; an object holds one"},
        {R"({"none":null})", "none: there is no such field or command; there are account, requestId, at, corrects, "
                             "actor and the commands " +
                                 commands},
        {R"({"bindLicence":{}})", "bindLicence: there is no such field or command; there are account, requestId, at, "
                                  "corrects, actor and the commands " +
                                      commands},
        {R"({"bindLicense":5})", "bindLicense: expected an object, got 5"},
        {R"({"endImport":null})", "endImport: expected an object, got null"},
        {R"([{"endImport":{}}])", "expected an object with one command, got a list"},
        {R"("endImport")", "expected an object with one command, got text"},
        // Fields that are not there.
        {R"({"bindLicense":{"lisence":17}})",
         "bindLicense.lisence: there is no such field; there are license, sku, email"},
        {R"({"endImport":{"a\"\u0007b":1}})", R"(endImport.a\"\u0007b: there is no such field; there are none)"},
        {R"({"endImport":{"":1}})", "endImport.: there is no such field; there are none"},
        {R"({"issueInvoice":{"lines":[{},{"qty":1}]}})",
         "issueInvoice.lines[1].qty: there is no such field; there are sku, quantity, unitPrice, amount, term, "
         "validUntil"},
        {R"({"recordPayment":{"amount":{"amount":"1","currency":"USD","cents":0}}})",
         "recordPayment.amount.cents: there is no such field; there are amount, currency"},
        // Fields that stand there twice.
        {R"({"account":"acme","account":"acme","endImport":{}})", "account: stands there twice"},
        {R"({"bindLicense":{},"bindLicense":{}})", "bindLicense: stands there twice"},
        {R"({"bindLicense":{"license":null,"license":1}})", "bindLicense.license: stands there twice"},
        {R"({"bindLicenses":{"rows":[{"sku":"a","\u0073ku":"b"}]}})", "bindLicenses.rows[0].sku: stands there twice"},
        // Types.
        {R"({"account":7,"endImport":{}})", "account: expected text, got 7"},
        {R"({"account":{},"endImport":{}})", "account: expected text, got an object"},
        {R"({"openAccount":{"importing":"yes"}})", "openAccount.importing: expected true or false, got text"},
        {R"({"openAccount":{"importing":1}})", "openAccount.importing: expected true or false, got 1"},
        {R"({"openAccount":{"superAdmin":"boss@acme.test"}})", "openAccount.superAdmin: expected an object, got text"},
        {R"({"openAccount":{"superAdmin":{"email":true}}})", "openAccount.superAdmin.email: expected text, got true"},
        {R"({"bindLicenses":{"rows":{}}})", "bindLicenses.rows: expected a list, got an object"},
        {R"({"bindLicenses":{"rows":[[]]}})", "bindLicenses.rows[0]: expected an object, got a list"},
        {R"({"bindLicenses":{"rows":[null]}})", "bindLicenses.rows[0]: expected an object, got null"},
        {R"({"defineProduct":{"features":["a",null]}})", "defineProduct.features[1]: expected text, got null"},
        {R"({"defineProduct":{"features":["a","b",false]}})", "defineProduct.features[2]: expected text, got false"},
        // Numbers.
        {R"({"bindLicense":{"license":"17"}})",
         "bindLicense.license: expected a whole number from 1 to 4294967295, got text"},
        {R"({"bindLicense":{"license":0}})",
         "bindLicense.license: expected a whole number from 1 to 4294967295, got 0"},
        {R"({"bindLicense":{"license":-1}})",
         "bindLicense.license: expected a whole number from 1 to 4294967295, got -1"},
        {R"({"bindLicense":{"license":4294967296}})",
         "bindLicense.license: expected a whole number from 1 to 4294967295, got 4294967296"},
        {R"({"bindLicense":{"license":17.5}})",
         "bindLicense.license: expected a whole number from 1 to 4294967295, got a number with a fraction, an exponent "
         "or too many digits"},
        {R"({"bindLicense":{"license":1e3}})",
         "bindLicense.license: expected a whole number from 1 to 4294967295, got a number with a fraction, an exponent "
         "or too many digits"},
        {R"({"corrects":18446744073709551616,"endImport":{}})",
         "corrects: expected a whole number from 1 to 18446744073709551615, got a number with a fraction, an exponent "
         "or too many digits"},
        {R"({"issueInvoice":{"lines":[{},{},{"quantity":-9223372036854775808}]}})",
         "issueInvoice.lines[2].quantity: expected a whole number from 0 to 18446744073709551615, got "
         "-9223372036854775808"},
        // Instants.
        {R"({"at":"yesterday","endImport":{}})", R"(at: "yesterday" is no instant; write it like 2020-09-07T12:00:00Z)"},
        {R"({"at":"2021-02-29T00:00:00Z","endImport":{}})",
         R"(at: "2021-02-29T00:00:00Z" is no instant; write it like 2020-09-07T12:00:00Z)"},
        {R"({"at":1599480000,"endImport":{}})", "at: expected an instant like 2020-09-07T12:00:00Z, got 1599480000"},
        {R"({"issueInvoice":{"lines":[{"validUntil":""}]}})",
         R"(issueInvoice.lines[0].validUntil: "" is no instant; write it like 2020-09-07T12:00:00Z)"},
        {R"({"at":")" + std::string(79, 'x') + R"(ë!","endImport":{}})",
         "at: \"" + std::string(79, 'x') + "…\" is no instant; write it like 2020-09-07T12:00:00Z"},
        // Money.
        {R"({"recordPayment":{"amount":{"amount":100.00,"currency":"USD"}}})",
         R"(recordPayment.amount.amount: write the amount as text, like "100.00", so that nothing is rounded)"},
        {R"({"recordPayment":{"amount":{"amount":100,"currency":"USD"}}})",
         R"(recordPayment.amount.amount: write the amount as text, like "100.00", so that nothing is rounded)"},
        {R"({"recordPayment":{"amount":{"amount":"1,00","currency":"USD"}}})",
         R"(recordPayment.amount.amount: "1,00" is no amount; write it like "100.00")"},
        {R"({"recordPayment":{"amount":{"amount":true,"currency":"USD"}}})",
         R"(recordPayment.amount.amount: expected an amount as text, like "100.00", got true)"},
        {R"({"recordPayment":{"amount":{"amount":"1"}}})",
         R"(recordPayment.amount: the currency is missing; write it like {"amount":"100.00","currency":"USD"})"},
        {R"({"recordPayment":{"amount":{"amount":null,"currency":"USD"}}})",
         R"(recordPayment.amount: the amount is missing; write it like {"amount":"100.00","currency":"USD"})"},
        {R"({"recordPayment":{"amount":"100.00 USD"}})",
         R"(recordPayment.amount: expected an object like {"amount":"100.00","currency":"USD"}, got text)"},
        {R"({"recordPayment":{"amount":{"amount":"1","currency":840}}})",
         "recordPayment.amount.currency: expected text, got 840"},
        // JSON.
        {"", "not JSON: it ends too early"},
        {"{\"endImport\":{}", "not JSON: it ends too early"},
        {R"({"endImport":{}} {"endImport":{}})", "there is more behind the object, from byte 18"},
        {R"({"endImport":{}}x)", "there is more behind the object, from byte 17"},
    }));
    CAPTURE(row.json);
    CHECK(read(row.json).first == row.error);
}

TEST_CASE("where a line stops being JSON is said, in bytes from 1") {
    const auto [json, byte] = GENERATE(values<std::pair<std::string, int>>({
        {R"({"endImport":{},})", 17},
        {R"({'endImport':{}})", 2},
        {R"({"endImport":{}/**/})", 16},
        {R"({"endImport":{"a":NaN}})", 19},
        {R"({"corrects":01,"endImport":{}})", 14},
        {"{\"account\":\"a\xff\"}", 14},
        {"{\"account\":\"\xed\xa0\x80\"}", 13},
        {"{\"account\":\"\xc0\xaf\"}", 13},
        {"{\"account\":\"a\nb\"}", 14},
        {R"({"account":"\ud800"})", 19},
    }));
    CAPTURE(json);
    const auto error = read(json).first;
    CHECK_THAT(error, Catch::StartsWith("not JSON: ") && Catch::EndsWith(" at byte " + std::to_string(byte)));
}

TEST_CASE("JSON is read down to 32 levels and no deeper") {
    const auto nested = [](std::size_t lists) {
        return R"({"bindLicenses":{"rows":)" + std::string(lists, '[') + std::string(lists, ']') + "}}";
    };
    CHECK(read(nested(30)).first == "bindLicenses.rows[0]: expected an object, got a list");
    CHECK(read(nested(31)).first == "nested deeper than 32 levels");
    CHECK(read(nested(1'000'000)).first == "nested deeper than 32 levels");
}

// Random commands, with a writer of its own: what the schema says in the plainest way.
class RandomCommand {
 public:
    explicit RandomCommand(unsigned seed) : random_(seed) {}

    std::string fill(schema::Command::Builder command) {
        const auto members = capnp::Schema::from<schema::Command>().getUnionFields();
        const auto chosen = members[1 + below(members.size() - 1)];
        capnp::DynamicStruct::Builder dynamic(command);
        std::vector<std::string> parts{name(chosen) + fill(dynamic.init(chosen).as<capnp::DynamicStruct>())};
        for (const auto field : capnp::Schema::from<schema::Command>().getNonUnionFields()) add(dynamic, field, parts);
        return object(parts);
    }

 private:
    using Struct = capnp::DynamicStruct::Builder;
    using Which = capnp::schema::Type;

    std::size_t below(std::size_t limit) { return std::uniform_int_distribution<std::size_t>(0, limit - 1)(random_); }

    static std::string name(const capnp::StructSchema::Field& field) {
        return '"' + std::string(view(field.getProto().getName())) + "\":";
    }

    std::string object(std::vector<std::string> parts) {
        std::shuffle(parts.begin(), parts.end(), random_);
        std::string json = "{";
        for (const auto& part : parts) json += (json.size() > 1 ? " , " : "") + part;
        return json + '}';
    }

    std::string fill(Struct into) {
        if (into.getSchema() == capnp::Schema::from<schema::Money>()) {
            into.set("amount", 12'345'678);
            into.set("currency", "EUR");
            return R"({"amount":"12.345678","currency":"EUR"})";
        }
        std::vector<std::string> parts;
        for (const auto field : into.getSchema().getFields()) add(into, field, parts);
        return object(parts);
    }

    void add(Struct into, const capnp::StructSchema::Field& field, std::vector<std::string>& parts) {
        if (below(3) == 0) {
            if (below(2) == 0) parts.push_back(name(field) + "null");
        } else if (field.getType().isList()) {
            parts.push_back(name(field) + list(into.init(field, static_cast<unsigned>(below(4)))));
        } else if (field.getType().isStruct()) {
            parts.push_back(name(field) + fill(into.init(field).as<capnp::DynamicStruct>()));
        } else {
            parts.push_back(name(field) + scalar(field.getType(), [&](auto value) { into.set(field, value); }));
        }
    }

    std::string list(capnp::DynamicValue::Builder value) {
        auto into = value.as<capnp::DynamicList>();
        std::string json = "[";
        for (unsigned i = 0; i < into.size(); ++i) {
            if (i > 0) json += ',';
            json += into.getSchema().getElementType().isStruct()
                        ? fill(into[i].as<capnp::DynamicStruct>())
                        : scalar(into.getSchema().getElementType(), [&](auto scalar) { into.set(i, scalar); });
        }
        return json + ']';
    }

    template <typename Set>
    std::string scalar(capnp::Type type, const Set& set) {
        const auto number = random_() + std::uint64_t{1};
        switch (type.which()) {
            case Which::BOOL: set(number % 2 == 0); return number % 2 == 0 ? "true" : "false";
            case Which::UINT32: set(number % 1000 + 1); return std::to_string(number % 1000 + 1);
            case Which::UINT64: set(number << 31); return std::to_string(number << 31);
            case Which::INT64: set(std::int64_t(number)); return '"' + to_rfc3339(Instant{std::int64_t(number)}) + '"';
            case Which::TEXT: {
                constexpr std::pair<const char*, const char*> texts[] = {
                    {"", R"("")"}, {"a", R"("a")"}, {"\"\\\n", R"("\"\\\n")"}, {"Zoë 😀", R"("Zo\u00eB 😀")"}};
                const auto& [plain, json] = texts[number % std::size(texts)];
                set(plain);
                return json;
            }
            default: FAIL("a command has a field of type " << type.which()); return "";
        }
    }

    std::mt19937 random_;
};

TEST_CASE("every command that the schema can hold is read back from its JSON") {
    for (unsigned seed = 0; seed < 3'000; ++seed) {
        capnp::MallocMessageBuilder message;
        auto command = message.initRoot<schema::Command>();
        const auto json = RandomCommand(seed).fill(command);
        CAPTURE(seed, json);
        const auto text = kj::str(command.asReader());
        REQUIRE(read(json) == std::pair(""s, std::string(text.begin(), text.size())));
    }
}

TEST_CASE("damaged JSON is read or refused, and breaks nothing") {
    std::size_t refused = 0;
    for (unsigned seed = 0; seed < 3'000; ++seed) {
        capnp::MallocMessageBuilder message;
        auto json = RandomCommand(seed).fill(message.initRoot<schema::Command>());
        std::mt19937 random(seed);
        for (int i = 0; i < 3; ++i) json[random() % json.size()] = R"({}[]",:0e\u-)"[random() % 12];
        if (seed % 2 == 0) json.resize(random() % json.size());
        refused += read(json).first.empty() ? 0 : 1;
    }
    CHECK(refused > 2'000);
}

// Events, rows and answers.

constexpr std::int64_t noon = 1'599'480'000'000'000;  // 2020-09-07T12:00:00Z

std::string event_json(schema::Event::Reader event) {
    const AddressOf address = [](UserId user) -> std::optional<std::string_view> {
        if (user.value == 1) return "boss@acme.test";
        if (user.value == 2) return "ann@acme.test";
        return std::nullopt;
    };
    std::string json = "before";
    write_event(event, address, json);
    REQUIRE(json.starts_with("before"));
    return json.substr(6);
}

void fill_envelope(schema::Event::Builder event, std::uint64_t sequence) {
    event.setSequence(sequence);
    event.setRecordedAt(noon + 1);
    event.setEffectiveAt(noon);
    event.setAccount("acme");
}

TEST_CASE("an event is written with its envelope and its body") {
    capnp::MallocMessageBuilder message;
    auto event = message.initRoot<schema::Event>();
    fill_envelope(event, 41);
    SECTION("in a user's name") {
        event.setPrincipal(schema::Event::Principal::USER);
        event.setActor(1);
        event.setViaVendor(true);
        event.setRequestId("r-17");
        event.setRequestDigest(kj::arrayPtr(reinterpret_cast<const kj::byte*>("secret"), 6));
        auto held = event.initLicenseBound();
        held.setLicense(17);
        held.setUser(2);
        held.setSku("connect");
        const auto json = event_json(event);
        CHECK(json.starts_with(R"({"sequence":41,"account":"acme","recordedAt":"2020-09-07T12:00:00.000001Z",)"
                               R"("effectiveAt":"2020-09-07T12:00:00.000000Z","actor":"boss@acme.test","via":"vendor",)"
                               R"("requestId":"r-17","corrects":null,"licenseBound":{"license":17,)"));
        CHECK(json.find(R"("sku":"connect")") != std::string::npos);
        CHECK(json.find(R"("email":"ann@acme.test")") != std::string::npos);
        CHECK(json.find("user") == std::string::npos);
        CHECK(json.find("igest") == std::string::npos);
        CHECK(json.ends_with("}}"));
    }
    SECTION("of the vendor, correcting another, without a body") {
        event.setCorrects(18'446'744'073'709'551'615ull);
        event.initImportEnded();
        CHECK(event_json(event).ends_with(R"("actor":"vendor","via":null,"requestId":null,)"
                                          R"("corrects":18446744073709551615,"importEnded":{}})"));
    }
    SECTION("of the ledger and the catalogue") {
        event.disownAccount();
        event.setPrincipal(schema::Event::Principal::LEDGER);
        event.initProductRetired().setSku("connect");
        const auto json = event_json(event);
        CHECK(json.starts_with(R"({"sequence":41,"account":null,)"));
        CHECK(json.ends_with(
            R"("actor":"ledger","via":null,"requestId":null,"corrects":null,"productRetired":{"sku":"connect"}})"));
    }
    SECTION("of a dry run") {
        event.setSequence(0);
        event.initImportEnded();
        CHECK(event_json(event).starts_with(R"({"sequence":null,)"));
    }
    SECTION("of people who were erased, and of nobody") {
        event.setPrincipal(schema::Event::Principal::USER);
        event.setActor(3);
        event.initInvoiceIssued();
        const auto json = event_json(event);
        CHECK(json.find(R"("actor":null)") != std::string::npos);
        CHECK(json.ends_with(R"("invoiceIssued":{"invoice":null,"raisedBy":null,"total":null,"lines":[]}})"));
    }
    SECTION("with lists, money, enums and instants inside") {
        auto issued = event.initInvoiceIssued();
        issued.setInvoice("INV-1");
        issued.setRaisedBy(2);
        auto lines = issued.initLines(2);
        lines[0].setBilling(schema::Billing::ASSIGNED);
        lines[0].setQuantity(3);
        lines[0].initUnitPrice().setAmount(15'000);
        lines[0].getUnitPrice().setCurrency("USD");
        lines[1].setValidUntil(noon);
        CHECK(event_json(event).ends_with(
            R"("invoiceIssued":{"invoice":"INV-1","raisedBy":"ann@acme.test","total":null,"lines":[)"
            R"({"sku":null,"type":null,"billing":"assigned","quantity":3,"unitPrice":{"amount":"0.015",)"
            R"("currency":"USD"},"amount":null,"term":null,"validUntil":null},)"
            R"({"sku":null,"type":null,"billing":"purchased","quantity":0,"unitPrice":null,"amount":null,)"
            R"("term":null,"validUntil":"2020-09-07T12:00:00.000000Z"}]}})"));
    }
    SECTION("without a body where the program does not know the type") {
        CHECK(event_json(event).ends_with(R"("corrects":null})"));
        CHECK(event_name(event) == "");
    }
}

TEST_CASE("every event of the schema is written under its name, as an object") {
    for (const auto member : capnp::Schema::from<schema::Event>().getUnionFields()) {
        const std::string name(view(member.getProto().getName()));
        if (name == "none") continue;
        capnp::MallocMessageBuilder message;
        auto event = message.initRoot<schema::Event>();
        capnp::DynamicStruct::Builder(event).init(member);
        CAPTURE(name);
        CHECK(event_name(event) == name);
        const auto json = event_json(event);
        CHECK(json.find(",\"" + name + "\":{") != std::string::npos);
        std::string body;
        write_event_body(event, [](UserId) { return std::nullopt; }, body);
        CHECK(json.ends_with(body + "}"));
    }
}

TEST_CASE("a row has every field, null where there is nothing") {
    capnp::MallocMessageBuilder message;
    std::string json;
    SECTION("a license that is free") {
        auto row = message.initRoot<schema::LicenseRow>();
        row.setLicense(17);
        row.setSku("connect");
        row.setStatus(schema::LicenseStatus::AVAILABLE);
        row.setValidFrom(noon);
        row.setValidUntil(noon + 500'000);
        write_row(row.asReader(), json);
        CHECK(json == R"({"license":17,"sku":"connect","product":null,"type":null,"status":"available","email":null,)"
                      R"("invoice":null,"validFrom":"2020-09-07T12:00:00.000000Z",)"
                      R"("validUntil":"2020-09-07T12:00:00.500000Z"})");
    }
    SECTION("lists of enums and numbers") {
        auto row = message.initRoot<schema::UserRow>();
        row.initRoles(2).set(0, schema::Role::SUPER_ADMIN);
        row.getRoles().set(1, schema::Role::AUDITOR);
        row.initLicenses(2).set(0, 4'294'967'295u);
        write_row(row.asReader(), json);
        CHECK(json == R"({"email":null,"name":null,"roles":["superAdmin","auditor"],"licenses":[4294967295,0],)"
                      R"("registeredAt":"1970-01-01T00:00:00.000000Z"})");
    }
    SECTION("64-bit numbers are numbers") {
        auto row = message.initRoot<schema::AccessRow>();
        row.setAccess(true);
        row.initBecause(1).set(0, 18'446'744'073'709'551'615ull);
        write_row(row.asReader(), json);
        CHECK(json == R"({"access":true,"license":null,"since":null,"until":null,"because":[18446744073709551615]})");
    }
    SECTION("fractions, and of a union the member that is set") {
        auto row = message.initRoot<schema::ServerMessage>();
        row.setId(3);
        row.initDigests().setSeconds(0.25);
        write_row(row.asReader(), json);
        CHECK(json == R"({"id":3,"digests":{"sequence":0,"tables":[],"seconds":0.25,"differ":[]}})");
    }
    SECTION("a default stands for what is absent") {
        write_row(message.initRoot<schema::DefineProduct>().asReader(), json);
        CHECK(json.find(R"("term":null,"unitPrice":null,"billing":"purchased","keepsPhone":false)") != std::string::npos);
    }
    SECTION("instants at the ends of time") {
        auto row = message.initRoot<schema::Rows>();
        row.setTime(last_instant.micros);
        write_row(row.asReader(), json);
        CHECK(json == R"({"sequence":0,"time":"9999-12-31T23:59:59.999999Z","cursor":null,"none":null})");
        row.setTime(last_instant.micros + 1);
        CHECK_THROWS_AS(write_row(row.asReader(), json), kj::Exception);
    }
}

TEST_CASE("text is escaped, and what is no UTF-8 is replaced") {
    const auto row = GENERATE(values<std::pair<std::string, std::string>>({
        {"", R"("")"},
        {"connect", R"("connect")"},
        {R"(a"b\c/)", R"("a\"b\\c/")"},
        {"\b\f\n\r\t\x01\x1f", R"("\b\f\n\r\t\u0001\u001f")"},
        {"a\0b"s, R"("a\u0000b")"},
        {"Zoë 😀", "\"Zoë 😀\""},
        {"a\xff" "b", "\"a\uFFFDb\""},
        {"\xe2\x82", "\"\uFFFD\uFFFD\""},
        {"\xed\xa0\x80", "\"\uFFFD\uFFFD\uFFFD\""},
        {"\xf8\x88\x80\x80\x80", "\"\uFFFD\uFFFD\uFFFD\uFFFD\uFFFD\""},
        {std::string(2'000, 'a') + '\n', '"' + std::string(2'000, 'a') + "\\n\""},
    }));
    std::string json;
    write_text(row.first, json);
    CHECK(json == row.second);
}

// An answer's events: one that names the user, one a sequence.
void set_entries(schema::Answer::Builder answer, const std::vector<std::uint64_t>& sequences, std::uint32_t user) {
    BlockBuilder block(Sequence(1));
    const auto mark = block.mark();
    for (const auto sequence : sequences) {
        auto event = block.begin_event();
        fill_envelope(event, sequence);
        event.initUserRemoved().setUser(user);
        block.end_event();
    }
    block.end_commit();
    const auto words = block.entries_since(mark).words();
    answer.setEntries(kj::arrayPtr(reinterpret_cast<const kj::byte*>(words.data()), words.size_bytes()));
}

struct KnownPerson {
    std::uint32_t user;
    std::uint64_t since;
    std::string email;
    std::string account = "acme";
};

void set_people(schema::Answer::Builder answer, const std::vector<KnownPerson>& people) {
    auto list = answer.initPeople(static_cast<unsigned>(people.size()));
    for (unsigned i = 0; i < people.size(); ++i) {
        list[i].setAccount(text(people[i].account));
        list[i].setUser(people[i].user);
        list[i].setSince(people[i].since);
        if (!people[i].email.empty()) list[i].setEmail(text(people[i].email));
    }
}

std::string answer_json(schema::Answer::Reader answer) {
    std::string json;
    write_answer(answer, json);
    return json;
}

// Each event as its sequence and the address in it.
std::string removed(const std::string& sequence, const std::string& email) {
    return R"({"sequence":)" + sequence +
           R"(,"account":"acme","recordedAt":"2020-09-07T12:00:00.000001Z","effectiveAt":"2020-09-07T12:00:00.000000Z",)"
           R"("actor":"vendor","via":null,"requestId":null,"corrects":null,"userRemoved":{"email":)" +
           email + "}}";
}

TEST_CASE("an answer has its events and their people as they were called then") {
    capnp::MallocMessageBuilder message;
    auto answer = message.initRoot<schema::Answer>();
    SECTION("accepted") {
        answer.setSequence(42);
        set_entries(answer, {40, 41, 42}, 2);
        set_people(answer, {{3, 0, "cy@acme.test"},
                            {2, 41, "ann.lee@acme.test"},
                            {2, 0, "ann@acme.test"},
                            {2, 0, "other@example.com", "other"}});
        CHECK(answer_json(answer) == R"({"sequence":42,"events":[)" + removed("40", R"("ann@acme.test")") + "," +
                                         removed("41", R"("ann@acme.test")") + "," +
                                         removed("42", R"("ann.lee@acme.test")") + "]}");
    }
    SECTION("someone who was erased, and someone of whom nothing is known") {
        answer.setSequence(42);
        set_entries(answer, {42}, 2);
        CHECK(answer_json(answer) == R"({"sequence":42,"events":[)" + removed("42", "null") + "]}");
        set_people(answer, {{2, 0, ""}});
        CHECK(answer_json(answer) == R"({"sequence":42,"events":[)" + removed("42", "null") + "]}");
    }
    SECTION("replayed, without events") {
        answer.setSequence(42);
        answer.setReplayed(true);
        CHECK(answer_json(answer) == R"({"sequence":42,"events":[],"replayed":true})");
    }
    SECTION("nothing to do") { CHECK(answer_json(answer) == R"({"sequence":null,"events":[]})"); }
    SECTION("a dry run reads the newest address") {
        answer.setDryRun(true);
        set_entries(answer, {0}, 2);
        set_people(answer, {{2, 41, "ann.lee@acme.test"}, {2, 0, "ann@acme.test"}});
        CHECK(answer_json(answer) == R"({"sequence":null,"events":[)" + removed("null", R"("ann.lee@acme.test")") +
                                         R"(],"dryRun":true})");
    }
    SECTION("rejected") {
        answer.setRejected("user_must_be_registered");
        answer.setMessage("nobody \"ann\" here");
        CHECK(answer_json(answer) == R"({"rejected":"user_must_be_registered","message":"nobody \"ann\" here"})");
    }
    SECTION("a license was taken away") {
        answer.setSequence(42);
        answer.setUnbound(true);
        CHECK(answer_json(answer) == R"({"sequence":42,"events":[],"stillBilled":[],"phoneKeptUntil":null})");
        auto billed = answer.initStillBilled(2);
        billed[0].setSku("connect");
        billed[0].setLicense(17);
        billed[1].setSku("desk");
        answer.setPhoneKeptUntil(noon);
        CHECK(answer_json(answer) ==
              R"({"sequence":42,"events":[],"stillBilled":[{"sku":"connect","license":17},)"
              R"({"sku":"desk","license":null}],"phoneKeptUntil":"2020-09-07T12:00:00.000000Z"})");
    }
}

TEST_CASE("a bulk answer has an answer a row") {
    capnp::MallocMessageBuilder message;
    auto answer = message.initRoot<schema::Answer>();
    auto rows = answer.initRows(2);
    rows[1].setRejected("no_such_license");
    rows[1].setMessage("there is no license 18");
    const auto second = R"({"rejected":"no_such_license","message":"there is no license 18"})"s;
    SECTION("each for itself") {
        rows[0].setSequence(42);
        set_entries(rows[0], {42}, 2);
        set_people(rows[0], {{2, 0, "ann@acme.test"}});
        CHECK(answer_json(answer) == R"({"rows":[{"sequence":42,"events":[)" + removed("42", R"("ann@acme.test")") +
                                         "]}," + second + "]}");
    }
    SECTION("with the people of the whole answer") {
        rows[0].setSequence(42);
        rows[0].setUnbound(true);
        set_entries(rows[0], {42}, 2);
        set_people(answer, {{2, 0, "ann@acme.test"}});
        CHECK(answer_json(answer) == R"({"rows":[{"sequence":42,"events":[)" + removed("42", R"("ann@acme.test")") +
                                         R"(],"stillBilled":[],"phoneKeptUntil":null},)" + second + "]}");
    }
    SECTION("an atomic one that was rejected") {
        answer.setRejected("no_such_license");
        answer.setMessage("row 2: there is no license 18");
        CHECK(answer_json(answer) == R"({"rejected":"no_such_license","message":"row 2: there is no license 18","rows":[)"
                                     R"({"sequence":null,"events":[]},)" +
                                         second + "]}");
    }
    SECTION("an atomic one that was committed, and the same as a dry run") {
        rows = answer.initRows(1);
        rows[0].setSequence(42);
        answer.setSequence(42);
        CHECK(answer_json(answer) == R"({"sequence":42,"events":[],"rows":[{"sequence":42,"events":[]}]})");
        answer.setSequence(0);
        answer.setDryRun(true);
        set_entries(answer, {0}, 3);
        CHECK(answer_json(answer) == R"({"sequence":null,"events":[)" + removed("null", "null") +
                                         R"(],"rows":[{"sequence":42,"events":[]}],"dryRun":true})");
    }
}

TEST_CASE("an answer whose events are damaged is not written") {
    capnp::MallocMessageBuilder message;
    auto answer = message.initRoot<schema::Answer>();
    answer.setSequence(42);
    set_entries(answer, {42}, 2);
    auto entries = answer.getEntries();
    SECTION("a length that goes too far") { entries[0] += 8; }
    SECTION("no whole words") { answer.setEntries(entries.slice(0, entries.size() - 1)); }
    SECTION("a pointer out of bounds") { entries[9] = 0x7f; }
    std::string json;
    CHECK_THROWS_AS(write_answer(answer.asReader(), json), kj::Exception);
}

}  // namespace
}  // namespace seatledger
