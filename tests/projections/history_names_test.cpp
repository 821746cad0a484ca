// Whatever an event names finds it: every field of every event that names a license, a person, an invoice, a queue or
// an order.
#include <algorithm>
#include <functional>
#include <set>
#include <string>
#include <vector>

#include "events/event_name.h"
#include "events/people.h"
#include "events/text.h"
#include "projections/address_book.h"
#include "projections/queries.h"
#include "server/json.h"
#include "server/shape.h"
#include "tests/support/catch.h"
#include "tests/support/given.h"
#include "tests/support/world.h"

namespace seatledger {
namespace {

using namespace testing;

using Event = schema::Event;
using Ask = std::function<void(schema::History::Builder)>;

std::string of_boss(const std::string& command) {
    return "{'account':'acme','actor':'boss@acme.test'," + command + "}";
}

// Everything that can happen in an account, but for the erasure of a person.
Steps everything() {
    return steps(
        open_acme(), phone_product("connect"), product("desk", "P1D"), registered("ann"), registered("bob"),
        registered("gone"), granted("ann", "admin"), acme("'revokeRole':{'email':'ann@acme.test','role':'admin'}"),
        acme("'changeEmail':{'email':'bob@acme.test','newEmail':'bobby@acme.test'}"),
        acme("'setPassword':{'email':'ann@acme.test','password':'a good password'}"),
        acme("'addCard':{'token':'tok-1','last4':'4242','expires':'2027-05'}"),
        of_boss("'requestLicenses':{'sku':'connect','quantity':2}"), bought("desk-1", "desk", 2), bind(1, "ann"),
        "2020-01-04T00:00:00Z",  // an order is overdue, the desks have expired
        of_boss("'registerUser':{'email':'new@acme.test','name':'New','sku':'connect'}"),
        acme("'fulfillOrder':{'order':1,'invoice':'order-1'}"), paid("order-1", "20.00", "bank-order-1"),
        acme("'cancelOrder':{'order':2}"), bind(3, "ann"), phone_saved("ann"), unbind(3), bind(3, "ann"),
        acme("'createQueue':{'queue':'support','kind':'call'}"),
        acme("'addQueueMember':{'queue':'support','email':'ann@acme.test','role':'agent'}"),
        acme("'removeQueueMember':{'queue':'support','email':'ann@acme.test'}"),
        acme("'deleteQueue':{'queue':'support'}"), invoiced("void-1", "connect", 1),
        acme("'voidInvoice':{'invoice':'void-1'}"), bought("back-1", "connect", 3), bind(5, "bobby"), bind(7, "gone"),
        acme("'creditInvoice':{'invoice':'back-1','line':1,'quantity':1,'amount':{'amount':'5.00','currency':'USD'},"
             "'reason':'r'}"),
        acme("'reversePayment':{'invoice':'back-1','reason':'chargeback'}"),
        of_boss("'openDispute':{'invoice':'back-1','line':1,'claim':'gone@acme.test left'}"),
        of_boss("'addEvidence':{'dispute':1,'note':'a letter'}"),
        acme("'creditInvoice':{'invoice':'desk-1','line':1,'quantity':0,'amount':{'amount':'1.00','currency':'USD'},"
             "'reason':'r','dispute':1}"),
        acme("'resolveDispute':{'dispute':1,'verdict':'upheld'}"), acme("'removeCard':{'token':'tok-1'}"), unbind(3),
        "2020-01-20T00:00:00Z",  // the phone is purged
        registered("late"), acme("'removeUser':{'email':'gone@acme.test'}"),
        "2020-12-15T00:00:00Z",  // reminders
        registered("later"));
}

// What the events of one log name, looked up.
class Names {
 public:
    explicit Names(LiveWorld& world) : world_(world), book_(world.projections(), AddressBook::Sees::some_events) {}

    void check(Event::Reader event) {
        const auto name = event_name(event);
        seen_.insert(std::string(name));
        INFO("event " << event.getSequence() << " " << name);
        if (const auto subject = subject_of(event)) person(event, subject);
        const auto* member = shape_of(capnp::Schema::from<Event>()).member(static_cast<std::size_t>(event.which()));
        REQUIRE(member != nullptr);
        const auto body = capnp::DynamicStruct::Reader(event).get(member->field).as<capnp::DynamicStruct>();
        for (const auto& field : member->value.object->fields) this->field(event, body, field);
        if (event.hasRequestId()) {
            must_find(event, "request", [&](auto history) { history.setRequest(event.getRequestId()); });
        }
        must_find(event, "all", [](auto history) { history.setAll(); });
    }

    [[nodiscard]] const std::set<std::string>& seen() const { return seen_; }
    [[nodiscard]] std::size_t looked_up() const { return looked_up_; }

 private:
    void field(Event::Reader event, capnp::DynamicStruct::Reader body, const FieldShape& field) {
        const auto value = body.get(field.field);
        INFO("field " << field.name);
        if (field.value.meaning == Meaning::person) {
            if (const UserId user(value.as<std::uint32_t>()); user) person(event, user);
        } else if (field.name == "invoice" && body.has(field.field)) {
            must_find(event, "invoice", [&](auto history) { history.setInvoice(value.as<capnp::Text>()); });
        } else if (field.name == "queue") {
            must_find(event, "queue", [&](auto history) { history.setQueue(value.as<capnp::Text>()); });
        } else if (field.name == "order" && value.as<std::uint32_t>() != 0) {
            must_find(event, "order", [&](auto history) { history.setOrder(value.as<std::uint32_t>()); });
        } else if (field.name == "dispute" && value.as<std::uint32_t>() != 0) {
            must_find(event, "dispute", [&](auto history) { history.setDispute(value.as<std::uint32_t>()); });
        } else if (field.name == "license" || (field.name == "first" && event.which() != Event::DISPUTE_OPENED)) {
            const auto first = value.as<std::uint32_t>();
            const auto count = field.name == "first" ? body.get("quantity").as<std::uint32_t>() : 1;
            for (auto license = first; license < first + count; ++license) {
                must_find(event, "license", [&](auto history) { history.setLicense(license); });
            }
        }
    }

    void person(Event::Reader event, UserId user) {
        const auto email = book_.address("acme", user, Sequence(event.getSequence() + 1));
        REQUIRE(email);
        INFO("person " << *email);
        must_find(event, "email", [&](auto history) { history.setEmail(text(*email)); });
    }

    void must_find(Event::Reader event, const char* by, const Ask& what) {
        INFO("by " << by);
        const auto told = ask_history(world_.projections(), [&](schema::History::Builder history) {
            history.setAccount("acme");
            what(history);
        });
        if (told.failure) FAIL(*told.failure);
        CHECK(std::ranges::find(told.sequences, event.getSequence()) != told.sequences.end());
        ++looked_up_;
    }

    LiveWorld& world_;
    AddressBook book_;
    std::set<std::string> seen_;
    std::size_t looked_up_ = 0;
};

TEST_CASE("an event is in the history of everything that it names") {
    LiveWorld world;
    world.must_happen(everything());
    // Nothing is sent here; and what was brought in, or is of the catalogue, names nobody.
    std::set<std::string> not_here = {"importEnded",    "productDefined", "productChanged",
                                      "productRetired", "personErased",   "notificationSent"};
    Names names(world);
    const auto cursor = world.log().read(Sequence(1));
    for (auto block = cursor->next(); block && *block; block = cursor->next()) {
        for (const auto& entry : (*block)->entries()) {
            if (const auto event = read_event(entry); event.hasAccount()) names.check(event);
        }
    }
    std::set<std::string> expected;
    for (const auto& field : shape_of(capnp::Schema::from<Event>()).fields) {
        if (field.alternative && field.value.meaning == Meaning::object && !not_here.contains(field.name)) {
            expected.insert(field.name);
        }
    }
    CHECK(names.seen() == expected);
    CHECK(names.looked_up() > 100);
}

TEST_CASE("an erasure is in the history of nobody who can be named, and in that of the account") {
    LiveWorld world;
    world.must_happen(steps(open_acme(), registered("gone"), acme("'erasePerson':{'email':'gone@acme.test'}")));
    const auto last = world.log().last().value;
    const auto gone = ask_history(world.projections(), [](schema::History::Builder history) {
        history.setAccount("acme");
        history.setEmail("gone@acme.test");
    });
    CHECK(gone.failure);
    const auto all = ask_history(world.projections(), [](schema::History::Builder history) {
        history.setAccount("acme");
        history.setAll();
    });
    CHECK(all.sequences.back() == last);
}

}  // namespace
}  // namespace seatledger
