#include <capnp/message.h>
#include <kj/string-tree.h>

#include <algorithm>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "events/instant.h"
#include "events/text.h"
#include "server/json.h"
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
        {" { \"account\" : \"acme\" , \"endImport\" : { } }\t\r\n",
         R"((account = "acme", )" + unset + "endImport = ())"},
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
             R"(bindLicenses = (rows = [(license = 1), (license = 0, sku = "connect")], atomic = true, )"
             R"(dryRun = true)))"},
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

// All commands, as errors list them.
const auto commands = [] {
    std::string names;
    for (const auto member : capnp::Schema::from<schema::Command>().getUnionFields()) {
        const auto name = view(member.getProto().getName());
        if (name != "none") names += (names.empty() ? "" : ", ") + std::string(name);
    }
    return names;
}();

void check_error(const Bad& row) {
    CAPTURE(row.json);
    CHECK(read(row.json).first == row.error);
}

TEST_CASE("a command object holds exactly one command") {
    check_error(GENERATE(values<Bad>({
        {R"({})", "no command; there are " + commands},
        {R"({"account":"acme"})", "no command; there are " + commands},
        {R"({"bindLicense":{},"unbindLicense":{}})",
         "two commands, bindLicense and unbindLicense; an object holds one"},
        {R"({"bindLicense":{},"account":"acme","endImport":5})",
         "two commands, bindLicense and endImport; an object holds one"},
        {R"({"none":null})",
         "none: there is no such field or command; there are account, requestId, at, corrects, "
         "actor and the commands " +
             commands},
        {R"({"bindLicence":{}})",
         "bindLicence: there is no such field or command; there are account, requestId, at, "
         "corrects, actor and the commands " +
             commands},
        {R"({"bindLicense":5})", "bindLicense: expected an object, got 5"},
        {R"({"endImport":null})", "endImport: expected an object, got null"},
        {R"([{"endImport":{}}])", "expected an object with one command, got a list"},
        {R"("endImport")", "expected an object with one command, got text"},
    })));
}

TEST_CASE("a field that does not exist is named, and so are those that do") {
    check_error(GENERATE(values<Bad>({
        {R"({"bindLicense":{"lisence":17}})",
         "bindLicense.lisence: there is no such field; there are license, sku, email"},
        {R"({"endImport":{"a\"\u0007b":1}})", R"(endImport.a\"\u0007b: there is no such field; there are none)"},
        {R"({"endImport":{"":1}})", "endImport.: there is no such field; there are none"},
        {R"({"issueInvoice":{"lines":[{},{"qty":1}]}})",
         "issueInvoice.lines[1].qty: there is no such field; there are sku, quantity, unitPrice, amount, term, "
         "validUntil"},
        {R"({"recordPayment":{"amount":{"amount":"1","currency":"USD","cents":0}}})",
         "recordPayment.amount.cents: there is no such field; there are amount, currency"},
    })));
}

TEST_CASE("no field stands there twice") {
    check_error(GENERATE(values<Bad>({
        {R"({"account":"acme","account":"acme","endImport":{}})", "account: stands there twice"},
        {R"({"bindLicense":{},"bindLicense":{}})", "bindLicense: stands there twice"},
        {R"({"bindLicense":{"license":null,"license":1}})", "bindLicense.license: stands there twice"},
        {R"({"bindLicenses":{"rows":[{"sku":"a","\u0073ku":"b"}]}})", "bindLicenses.rows[0].sku: stands there twice"},
    })));
}

TEST_CASE("a value of another type is refused") {
    check_error(GENERATE(values<Bad>({
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
    })));
}

TEST_CASE("numbers are whole and in range") {
    check_error(GENERATE(values<Bad>({
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
    })));
}

TEST_CASE("instants are RFC 3339") {
    check_error(GENERATE(values<Bad>({
        {R"({"at":"yesterday","endImport":{}})",
         R"(at: "yesterday" is no instant; write it like 2020-09-07T12:00:00Z)"},
        {R"({"at":"2021-02-29T00:00:00Z","endImport":{}})",
         R"(at: "2021-02-29T00:00:00Z" is no instant; write it like 2020-09-07T12:00:00Z)"},
        {R"({"at":1599480000,"endImport":{}})", "at: expected an instant like 2020-09-07T12:00:00Z, got 1599480000"},
        {R"({"issueInvoice":{"lines":[{"validUntil":""}]}})",
         R"(issueInvoice.lines[0].validUntil: "" is no instant; write it like 2020-09-07T12:00:00Z)"},
        {R"({"at":")" + std::string(79, 'x') + R"(ë!","endImport":{}})",
         "at: \"" + std::string(79, 'x') + "…\" is no instant; write it like 2020-09-07T12:00:00Z"},
    })));
}

TEST_CASE("amounts are text, with a currency") {
    check_error(GENERATE(values<Bad>({
        {R"({"recordPayment":{"amount":{"amount":100.00,"currency":"USD"}}})",
         R"(recordPayment.amount.amount: write the amount as text, like "100.00", so that nothing is rounded)"},
        {R"({"recordPayment":{"amount":{"amount":100,"currency":"USD"}}})",
         R"(recordPayment.amount.amount: write the amount as text, like "100.00", so that nothing is rounded)"},
        {R"({"recordPayment":{"amount":{"amount":"1,00","currency":"USD"}}})",
         R"(recordPayment.amount.amount: "1,00" is no amount; write it like "100.00", below 9223372036854 and with at )"
         "most 6 decimals"},
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
    })));
}

TEST_CASE("a line is one JSON document") {
    check_error(GENERATE(values<Bad>({
        {"", "not JSON: it ends too early"},
        {"{\"endImport\":{}", "not JSON: it ends too early"},
        {R"({"endImport":{}} {"endImport":{}})", "there is more behind the object, from byte 18"},
        {R"({"endImport":{}}x)", "there is more behind the object, from byte 17"},
    })));
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

}  // namespace
}  // namespace seatledger
