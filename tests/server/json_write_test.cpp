#include <capnp/message.h>

#include <boost/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "events/block.h"
#include "events/event_name.h"
#include "events/instant.h"
#include "events/text.h"
#include "projections/query.capnp.h"
#include "server/json.h"
#include "tests/support/catch.h"

namespace seatledger {
namespace {

using namespace std::string_literals;

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

struct AnEvent {
    AnEvent() { fill_envelope(event, 41); }

    capnp::MallocMessageBuilder message;
    schema::Event::Builder event = message.initRoot<schema::Event>();
};

TEST_CASE_METHOD(AnEvent, "an event has its envelope and its body") {
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

TEST_CASE_METHOD(AnEvent, "an event of the vendor that corrects another") {
    event.setCorrects(18'446'744'073'709'551'615ull);
    event.initImportEnded();
    CHECK(event_json(event).ends_with(R"("actor":"vendor","via":null,"requestId":null,)"
                                      R"("corrects":18446744073709551615,"importEnded":{}})"));
}

TEST_CASE_METHOD(AnEvent, "an event of the ledger, in the catalogue") {
    event.disownAccount();
    event.setPrincipal(schema::Event::Principal::LEDGER);
    event.initProductRetired().setSku("connect");
    const auto json = event_json(event);
    CHECK(json.starts_with(R"({"sequence":41,"account":null,)"));
    CHECK(json.ends_with(
        R"("actor":"ledger","via":null,"requestId":null,"corrects":null,"productRetired":{"sku":"connect"}})"));
}

TEST_CASE_METHOD(AnEvent, "an event of a dry run has no sequence") {
    event.setSequence(0);
    event.initImportEnded();
    CHECK(event_json(event).starts_with(R"({"sequence":null,)"));
}

TEST_CASE_METHOD(AnEvent, "people who were erased, and nobody, are null") {
    event.setPrincipal(schema::Event::Principal::USER);
    event.setActor(3);
    event.initInvoiceIssued();
    const auto json = event_json(event);
    CHECK(json.find(R"("actor":null)") != std::string::npos);
    CHECK(json.ends_with(R"("invoiceIssued":{"invoice":null,"raisedBy":null,"order":null,"total":null,"lines":[]}})"));
}

TEST_CASE_METHOD(AnEvent, "lists, money, enums and instants in an event") {
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
        R"("invoiceIssued":{"invoice":"INV-1","raisedBy":"ann@acme.test","order":null,"total":null,"lines":[)"
        R"({"sku":null,"type":null,"billing":"assigned","quantity":3,"unitPrice":{"amount":"0.015",)"
        R"("currency":"USD"},"amount":null,"term":null,"validUntil":null},)"
        R"({"sku":null,"type":null,"billing":"purchased","quantity":0,"unitPrice":null,"amount":null,)"
        R"("term":null,"validUntil":"2020-09-07T12:00:00.000000Z"}]}})"));
}

TEST_CASE_METHOD(AnEvent, "an event of an unknown type has no body") {
    CHECK(event_json(event).ends_with(R"("corrects":null})"));
    CHECK(event_name(event) == "");
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
        write_event_body(event, AddressOf([](UserId) { return std::nullopt; }), body);
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
        CHECK(json.find(R"("term":null,"unitPrice":null,"billing":"purchased","keepsPhone":false)") !=
              std::string::npos);
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
        {"a\xff"
         "b",
         "\"a\uFFFDb\""},
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
        static_cast<void>(block.end_event());
    }
    block.end_commit();
    const auto words = block.entries_since(mark).words();
    answer.setEntries(as_data(bytes_of(words)));
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
        CHECK(answer_json(answer) ==
              R"({"sequence":null,"events":[)" + removed("null", R"("ann.lee@acme.test")") + R"(],"dryRun":true})");
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
        billed[1].setSku("center");
        auto queues = billed[1].initQueues(2);
        queues[0].setQueue("mail");
        queues[0].setKind(schema::QueueKind::INBOX);
        queues[1].setQueue("support");
        answer.setPhoneKeptUntil(noon);
        CHECK(answer_json(answer) ==
              R"({"sequence":42,"events":[],"stillBilled":[{"sku":"connect","license":17},)"
              R"({"sku":"center","queues":[{"queue":"mail","kind":"inbox"},{"queue":"support","kind":"call"}]}],)"
              R"("phoneKeptUntil":"2020-09-07T12:00:00.000000Z"})");
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
        CHECK(answer_json(answer) ==
              R"({"rows":[{"sequence":42,"events":[)" + removed("42", R"("ann@acme.test")") + "]}," + second + "]}");
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
        CHECK(answer_json(answer) ==
              R"({"rejected":"no_such_license","message":"row 2: there is no license 18","rows":[)"
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
TEST_CASE("control characters beyond ASCII come back from JSON as they were, and steer no terminal") {
    std::string out;
    write_text("a\u009bX\u0080\u00a0ü", out);
    CHECK(out == "\"a\\u009bX\\u0080\u00a0ü\"");
    CHECK(boost::json::parse(out).as_string() == "a\u009bX\u0080\u00a0ü");
    CHECK(well_formed("a\u009bX") == "a\uFFFD\uFFFDX");
}

}  // namespace seatledger
