#include "tools/cloud_events.h"

#include <capnp/message.h>

#include <functional>
#include <string>

#include "events/text.h"
#include "server/shape.h"
#include "tests/support/catch.h"

namespace seatledger {
namespace {

using Event = schema::Event;

constexpr std::int64_t noon = 1'599'480'000'000'000;  // 2020-09-07T12:00:00Z

std::string written(const std::function<void(Event::Builder)>& fill, std::string_view origin = "ledger.example.com") {
    const EventTexts texts([](UserId user) -> std::optional<std::string_view> {
        return user.value == 1 ? std::optional<std::string_view>("bo@acme.test") : std::nullopt;
    });
    capnp::MallocMessageBuilder message;
    auto event = message.initRoot<Event>();
    event.setSequence(41);
    event.setEffectiveAt(noon);
    event.setRecordedAt(noon + 1);
    fill(event);
    std::string out;
    write_cloud_event(event.asReader(), texts, origin, out);
    return out;
}

TEST_CASE("a CloudEvent has the event's place, time and kind, the rest of its envelope, and its body") {
    CHECK(written([](Event::Builder event) {
              event.setAccount("acme");
              event.setPrincipal(Event::Principal::USER);
              event.setActor(1);
              event.setViaVendor(true);
              event.setRequestId("r-\"17\"");
              event.setCorrects(39);
              auto body = event.initLicenseBound();
              body.setLicense(17);
              body.setSku("connect");
              body.setUser(1);
          }) ==
          R"({"specversion":"1.0","id":"41","source":"ledger.example.com/accounts/acme","type":"ledger.licenseBound",)"
          R"("subject":"licenses/17","time":"2020-09-07T12:00:00.000000Z","datacontenttype":"application/json",)"
          R"("account":"acme","recordedat":"2020-09-07T12:00:00.000001Z","actor":"bo@acme.test","via":"vendor",)"
          R"("requestid":"r-\"17\"","corrects":"39",)"
          R"("data":{"license":17,"sku":"connect","email":"bo@acme.test"}})");
}

TEST_CASE("a CloudEvent leaves out what there is not") {
    CHECK(written([](Event::Builder event) { event.initProductRetired().setSku("a b/c"); }) ==
          R"({"specversion":"1.0","id":"41","source":"ledger.example.com/catalog","type":"ledger.productRetired",)"
          R"("subject":"products/a%20b%2Fc","time":"2020-09-07T12:00:00.000000Z","datacontenttype":"application/json",)"
          R"("recordedat":"2020-09-07T12:00:00.000001Z","actor":"vendor","data":{"sku":"a b/c"}})");
    const auto erased = written([](Event::Builder event) {
        event.setAccount("acme");
        event.setPrincipal(Event::Principal::USER);
        event.setActor(9);
        event.initImportEnded();
    });
    CHECK(erased.find("\"actor\"") == std::string::npos);
    CHECK(erased.find("\"subject\"") == std::string::npos);
    CHECK(erased.ends_with(R"("data":{}})"));
}

TEST_CASE("whatever the origin is, the source is a reference without a scheme") {
    const auto source = [](std::string_view origin) {
        const auto out = written([](Event::Builder event) { event.initImportEnded(); }, origin);
        const auto begin = out.find("\"source\":\"") + 10;
        return out.substr(begin, out.find('"', begin) - begin);
    };
    CHECK(source("example.com/ledger") == "example.com/ledger/catalog");
    CHECK(source("example.com:7171") == "example.com%3A7171/catalog");
    CHECK(source("ölwerk") == "%C3%B6lwerk/catalog");
}

TEST_CASE("every event of an account has a subject, but for those about the account itself") {
    for (const auto& field : shape_of(capnp::Schema::from<Event>()).fields) {
        if (!field.alternative || field.value.meaning != Meaning::object) continue;
        const auto out = written([&](Event::Builder event) {
            event.setAccount("acme");
            capnp::DynamicStruct::Builder(event).init(field.field);
        });
        INFO(out);
        const bool is_about_account = field.name == "accountOpened" || field.name == "importEnded";
        CHECK((out.find("\"subject\"") == std::string::npos) == is_about_account);
        CHECK(out.find("\"type\":\"ledger." + field.name + "\"") != std::string::npos);
    }
}

}  // namespace
}  // namespace seatledger
