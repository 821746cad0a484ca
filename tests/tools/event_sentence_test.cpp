// Every event in words.
#include "tools/event_sentence.h"

#include <capnp/message.h>

#include <functional>
#include <set>
#include <string>
#include <vector>

#include "events/event_name.h"
#include "events/text.h"
#include "server/shape.h"
#include "tests/support/catch.h"
#include "tools/event_prose.h"

namespace seatledger {
namespace {

using Event = schema::Event;
using Fill = std::function<void(Event::Builder)>;

constexpr std::int64_t noon = 1'599'480'000'000'000;  // 2020-09-07T12:00:00Z
constexpr std::uint32_t ann = 2;
constexpr std::uint32_t erased = 9;

// What is sealed is the text itself here, or gone.
const EventTexts texts(
    [](UserId user) -> std::optional<std::string_view> {
        if (user.value == 1) return "bo@acme.test";
        if (user.value == ann) return "ann@acme.test";
        return std::nullopt;
    },
    [](capnp::Data::Reader box) -> std::optional<std::string_view> {
        const std::string_view text(reinterpret_cast<const char*>(box.begin()), box.size());
        return text == "gone" ? std::nullopt : std::optional(text);
    });

capnp::Data::Reader box(std::string_view text) { return {reinterpret_cast<const kj::byte*>(text.data()), text.size()}; }

template <typename Money>
void set(Money money, std::int64_t units) {
    money.setAmount(units * 1'000'000);
    money.setCurrency("EUR");
}

template <typename Range>
void set_range(Range body, std::uint32_t first, std::uint32_t quantity) {
    body.setInvoice("2026-001");
    body.setLine(1);
    body.setSku("connect");
    body.setFirst(first);
    body.setQuantity(quantity);
}

template <typename Held>
void set_held(Held body, std::uint32_t user = ann) {
    body.setLicense(17);
    body.setSku("connect");
    body.setUser(user);
}

template <typename Member>
void set_member(Member body) {
    body.setQueue("support");
    body.setUser(ann);
    body.setRole(schema::QueueRole::SUPERVISOR);
}

struct Example {
    Fill fill;
    std::string predicate;
};

// The account and its people.
std::vector<Example> people_examples() {
    return {
        {[](auto event) {
             auto body = event.initAccountOpened();
             body.setName("Acme");
             body.setTimeZone("Europe/Lisbon");
             body.setCurrency("EUR");
             body.setLanguage(schema::Language::PT);
         },
         "opened the account of Acme (Europe/Lisbon, EUR, letters in pt)"},
        {[](auto event) {
             auto body = event.initAccountOpened();
             body.setName("Old");
             body.setTimeZone("UTC");
             body.setCurrency("USD");
             body.setImporting(true);
         },
         "opened the account of Old (UTC, USD, letters in en), to bring in its past"},
        {[](auto event) { event.initImportEnded(); }, "ended the import of the account's past"},
        {[](auto event) {
             auto body = event.initUserRegistered();
             body.setUser(ann);
             body.setEmail(box("ann@acme.test"));
             body.setName(box("Ann\nBerg"));
         },
         "registered ann@acme.test (Ann\uFFFDBerg)"},
        {[](auto event) {
             auto body = event.initUserRegistered();
             body.setEmail(box("gone"));
             body.setName(box("gone"));
         },
         "registered somebody who was erased"},
        {[](auto event) { event.initUserRemoved().setUser(ann); }, "removed ann@acme.test"},
        {[](auto event) {
             event.initEmailChanged().setUser(ann);
             event.getEmailChanged().setNewEmail(box("ann.berg@acme.test"));
         },
         "changed the address of ann@acme.test to ann.berg@acme.test"},
        {[](auto event) {
             event.initEmailChanged().setUser(erased);
             event.getEmailChanged().setNewEmail(box("gone"));
         },
         "changed the address of somebody who was erased to one that was erased"},
        {[](auto event) { event.initPasswordChanged().setUser(ann); }, "changed the password of ann@acme.test"},
        {[](auto event) { event.initPersonErased().setUser(erased); },
         "erased a person: their address and their name can be read no more"},
        {[](auto event) {
             event.initRoleGranted().setUser(ann);
             event.getRoleGranted().setRole(schema::Role::SUPER_ADMIN);
         },
         "gave ann@acme.test the role superAdmin"},
        {[](auto event) {
             event.initRoleRevoked().setUser(ann);
             event.getRoleRevoked().setRole(schema::Role::BILLING);
         },
         "took the role billing from ann@acme.test"},
        {[](auto event) {
             auto body = event.initCardAdded();
             body.setToken("tok-1");
             body.setLast4("4242");
             body.setExpires("2027-05");
         },
         "put the card that ends in 4242 on file, good until 2027-05"},
        {[](auto event) {
             event.initCardRemoved().setToken("tok-1");
             event.getCardRemoved().setLast4("4242");
         },
         "removed the card that ends in 4242"},
    };
}

std::vector<Example> catalog_examples() {
    return {
        {[](auto event) {
             auto body = event.initProductDefined();
             body.setSku("connect");
             body.setName("Connect");
             body.setType("telephony");
             auto features = body.initFeatures(3);
             features.set(0, "calls");
             features.set(1, "voicemail");
             features.set(2, "fax");
             body.setTerm("P1Y");
             set(body.initUnitPrice(), 120);
             body.setKeepsPhone(true);
         },
         "put product connect on offer: Connect, of type telephony, with calls, voicemail and fax, for 120.00 EUR a "
         "term of P1Y, billed by what is purchased; phones need it"},
        {[](auto event) {
             auto body = event.initProductDefined();
             body.setSku("center");
             body.setName("Contact Center");
             body.setType("telephony");
             body.setTerm("P1M");
             set(body.initUnitPrice(), 30);
             body.setBilling(schema::Billing::MEMBERSHIP);
         },
         "put product center on offer: Contact Center, of type telephony, for 30.00 EUR a term of P1M, billed by who "
         "is in queues"},
        {[](auto event) {
             auto body = event.initProductChanged();
             body.setSku("connect");
             body.setName("Connect Standard");
             body.initFeatures(1).set(0, "calls");
             set(body.initUnitPrice(), 99);
         },
         "changed product connect from then on: Connect Standard, with calls, for 99.00 EUR"},
        {[](auto event) { event.initProductRetired().setSku("connect"); },
         "retired product connect: it is not on offer any more"},
    };
}

std::vector<Example> billing_examples() {
    return {
        {[](auto event) {
             auto body = event.initLicensesRequested();
             body.setOrder(1);
             body.setSku("connect");
             body.setQuantity(2);
             body.setDue(noon);
         },
         "ordered 2 licenses of connect (order 1), due by 2020-09-07 12:00:00Z"},
        {[](auto event) {
             auto body = event.initLicensesRequested();
             body.setOrder(2);
             body.setUser(ann);
             body.setSku("connect");
             body.setQuantity(1);
             body.setDue(noon);
         },
         "ordered 1 license of connect (order 2), due by 2020-09-07 12:00:00Z, for ann@acme.test"},
        {[](auto event) { event.initOrderFulfilled().setOrder(1); }, "fulfilled order 1: its licenses are issued"},
        {[](auto event) { event.initOrderCancelled().setOrder(1); }, "cancelled order 1"},
        {[](auto event) { event.initOrderOverdue().setOrder(1); },
         "noted that order 1 is overdue: its licenses were not issued when it fell due"},
        {[](auto event) {
             auto body = event.initInvoiceIssued();
             body.setInvoice("2026-001");
             body.setRaisedBy(1);
             body.setOrder(4);
             set(body.initTotal(), 370);
             auto lines = body.initLines(2);
             lines[0].setSku("connect");
             lines[0].setQuantity(3);
             set(lines[0].initUnitPrice(), 120);
             set(lines[0].initAmount(), 360);
             lines[0].setTerm("P1Y");
             lines[1].setSku("desk");
             lines[1].setQuantity(1);
             set(lines[1].initAmount(), 10);
             lines[1].setValidUntil(noon);
         },
         "issued invoice 2026-001 over 370.00 EUR, raised by bo@acme.test, for order 4: 3 of connect at 120.00 EUR for "
         "P1Y, 360.00 EUR; 1 of desk until 2020-09-07 12:00:00Z, 10.00 EUR"},
        {[](auto event) {
             auto body = event.initInvoicePaid();
             body.setInvoice("2026-001");
             body.setReference("bank-7001");
             set(body.initAmount(), 360);
         },
         "recorded payment bank-7001 of 360.00 EUR for invoice 2026-001"},
        {[](auto event) { event.initInvoiceVoided().setInvoice("2026-001"); }, "voided invoice 2026-001"},
        {[](auto event) {
             auto body = event.initInvoiceCredited();
             body.setInvoice("2026-001");
             body.setLine(1);
             body.setQuantity(1);
             set(body.initAmount(), 120);
             body.setReason("one too many");
             body.setDispute(3);
         },
         "credited 120.00 EUR of line 1 of invoice 2026-001 and took 1 license back, to settle dispute 3 (reason: one "
         "too many)"},
        {[](auto event) {
             auto body = event.initInvoiceCredited();
             body.setInvoice("2026-001");
             body.setLine(1);
             set(body.initAmount(), 12);
             body.setReason("wrong\x1b[2J price");
         },
         "credited 12.00 EUR of line 1 of invoice 2026-001 (reason: wrong\uFFFD[2J price)"},
        {[](auto event) {
             event.initPaymentReversed().setInvoice("2026-001");
             event.getPaymentReversed().setReason("chargeback");
         },
         "reversed the payment of invoice 2026-001 (reason: chargeback)"},
        {[](auto event) {
             auto body = event.initNotificationQueued();
             body.setUser(1);
             body.setLetter(schema::Letter::PAYMENT_RECORDED);
             body.setInvoice("2026-001");
         },
         "queued a letter to bo@acme.test: invoice 2026-001 is paid and its licenses are issued"},
        {[](auto event) {
             auto body = event.initNotificationQueued();
             body.setUser(1);
             body.setLetter(schema::Letter::TERM_ENDS);
             body.setDaysLeft(30);
             body.setEndsOn("2027-02-28");
         },
         "queued a letter to bo@acme.test: licenses end on 2027-02-28, in 30 days"},
        {[](auto event) {
             event.initNotificationSent().setUser(1);
             event.getNotificationSent().setNotification(8);
         },
         "sent bo@acme.test the letter of event 8"},
    };
}

std::vector<Example> license_examples() {
    return {
        {[](auto event) {
             auto body = event.initLicensesIssued();
             set_range(body, 1, 3);
             body.setValidFrom(noon);
             body.setValidUntil(noon + 1'000'000);
         },
         "issued licenses 1 to 3 (connect) for line 1 of invoice 2026-001, valid from 2020-09-07 12:00:00Z until "
         "2020-09-07 12:00:01Z"},
        {[](auto event) { set_range(event.initLicensesExpired(), 1, 3); },
         "noted that licenses 1 to 3 (connect) of line 1 of invoice 2026-001 expired: their term was over"},
        {[](auto event) { set_range(event.initLicensesExpired(), 2, 1); },
         "noted that license 2 (connect) of line 1 of invoice 2026-001 expired: its term was over"},
        {[](auto event) { set_range(event.initLicensesRevoked(), 2, 2); },
         "revoked licenses 2 to 3 (connect) of line 1 of invoice 2026-001"},
        {[](auto event) {
             auto body = event.initLicensesRevoked();
             set_range(body, 2, 1);
             body.setUser(ann);
         },
         "revoked license 2 (connect) of line 1 of invoice 2026-001, which ann@acme.test had"},
        {[](auto event) { set_held(event.initLicenseBound()); }, "bound license 17 (connect) to ann@acme.test"},
        {[](auto event) { set_held(event.initLicenseBound(), erased); },
         "bound license 17 (connect) to somebody who was erased"},
        {[](auto event) { set_held(event.initLicenseUnbound()); }, "took license 17 (connect) from ann@acme.test"},
        {[](auto event) { event.initPhoneSaved().setUser(ann); }, "saved the phone configuration of ann@acme.test"},
        {[](auto event) {
             event.initPhoneRetained().setUser(ann);
             event.getPhoneRetained().setUntil(noon);
         },
         "left the phone configuration of ann@acme.test to be kept until 2020-09-07 12:00:00Z: their last license "
         "that a phone needs is gone"},
        {[](auto event) { event.initPhoneRestored().setUser(ann); },
         "restored the phone configuration of ann@acme.test: they have a license again that a phone needs"},
        {[](auto event) { event.initPhonePurged().setUser(ann); },
         "destroyed the phone configuration of ann@acme.test: the time for which it was kept was over"},
        {[](auto event) {
             event.initQueueCreated().setQueue("support");
             event.getQueueCreated().setKind(schema::QueueKind::OUTBOUND);
         },
         "created the outbound queue support"},
        {[](auto event) { event.initQueueDeleted().setQueue("support"); }, "deleted the queue support"},
        {[](auto event) { set_member(event.initQueueMemberAdded()); },
         "put ann@acme.test into the queue support as supervisor"},
        {[](auto event) { set_member(event.initQueueMemberRemoved()); },
         "took ann@acme.test, who was supervisor, out of the queue support"},
        {[](auto event) {
             auto body = event.initDisputeOpened();
             body.setDispute(3);
             body.setInvoice("2026-001");
             body.setLine(2);
             body.setClaim(box("we have four"));
             body.setFirst(1);
         },
         "opened dispute 3 about line 2 of invoice 2026-001, as dispute 1 did: we have four"},
        {[](auto event) {
             auto body = event.initDisputeOpened();
             body.setDispute(3);
             body.setClaim(box("gone"));
             body.initBill().setSha256("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
             body.getBill().setRow(7);
         },
         "opened dispute 3 about row 7 of the bill e3b0c44298fc…: a text that was erased"},
        {[](auto event) {
             event.initEvidenceAdded().setDispute(3);
             event.getEvidenceAdded().setSha256("aa");
         },
         "added evidence to dispute 3, a file of the digest aa"},
        {[](auto event) {
             event.initDisputeResolved().setDispute(3);
             event.getDisputeResolved().setVerdict("upheld");
             event.getDisputeResolved().setNote(box("indeed"));
         },
         "resolved dispute 3 as upheld: indeed"},
    };
}

TEST_CASE("every event is a sentence") {
    std::set<std::string> seen;
    for (const auto& examples : {people_examples(), catalog_examples(), billing_examples(), license_examples()}) {
        for (const auto& [fill, predicate] : examples) {
            capnp::MallocMessageBuilder message;
            auto event = message.initRoot<Event>();
            fill(event);
            CHECK(event_predicate(event.asReader(), texts) == predicate);
            seen.insert(std::string(event_name(event.asReader())));
        }
    }
    std::set<std::string> all;
    for (const auto& field : shape_of(capnp::Schema::from<Event>()).fields) {
        if (field.alternative && field.value.meaning == Meaning::object) all.insert(field.name);
    }
    CHECK(seen == all);
    capnp::MallocMessageBuilder message;
    CHECK(event_predicate(message.initRoot<Event>().asReader(), texts) ==
          "did something that this program does not know: it is of a newer version");
}

TEST_CASE("a sentence begins with who did it, and for whom") {
    const auto subject = [](Event::Principal principal, std::uint32_t actor, bool via_vendor) {
        capnp::MallocMessageBuilder message;
        auto event = message.initRoot<Event>();
        event.setPrincipal(principal);
        event.setActor(actor);
        event.setViaVendor(via_vendor);
        return event_subject(event.asReader(), texts);
    };
    CHECK(subject(Event::Principal::VENDOR, 0, false) == "The vendor");
    CHECK(subject(Event::Principal::LEDGER, 0, false) == "The ledger");
    CHECK(subject(Event::Principal::USER, 1, false) == "bo@acme.test");
    CHECK(subject(Event::Principal::USER, 1, true) == "The vendor in the name of bo@acme.test");
    CHECK(subject(Event::Principal::USER, erased, false) == "Somebody who was erased");
    CHECK(subject(Event::Principal::USER, erased, true) == "The vendor in the name of somebody who was erased");
}

// ---- Whole entries

class Entry {
 public:
    Entry() {
        auto event = this->event();
        event.setSequence(41);
        event.setAccount("acme");
        event.setEffectiveAt(noon);
        event.setRecordedAt(noon);
        set_held(event.initLicenseBound());
    }

    [[nodiscard]] Event::Builder event() { return event_.getRoot<Event>(); }
    [[nodiscard]] schema::Events::Builder page() { return page_.getRoot<schema::Events>(); }
    void add_origin(std::uint32_t first, std::uint32_t quantity, const char* reference) {
        auto origin = page().initOrigins(1)[0];
        origin.setFirst(first);
        origin.setQuantity(quantity);
        origin.setInvoice("2026-001");
        if (reference == nullptr) return;
        origin.setReference(reference);
        origin.setPayment(6);
    }
    [[nodiscard]] std::string prose() { return event_prose(event().asReader(), texts, page().asReader()); }

 private:
    capnp::MallocMessageBuilder event_;
    capnp::MallocMessageBuilder page_;
};

TEST_CASE("an entry says when, who, what, and which payment it goes back to") {
    Entry entry;
    CHECK(entry.prose() ==
          "2020-09-07 12:00:00Z  event 41\n"
          "    The vendor bound license 17 (connect) to ann@acme.test.\n");
    entry.event().setRequestId("r-17");
    entry.event().setCorrects(39);
    entry.event().setRecordedAt(noon + 3'600'000'000);
    entry.page().setTimeZone("Europe/Lisbon");
    entry.add_origin(17, 1, "bank-7001");
    CHECK(entry.prose() ==
          "2020-09-07 12:00:00Z (13:00:00 Europe/Lisbon)  event 41, request r-17\n"
          "    The vendor bound license 17 (connect) to ann@acme.test.\n"
          "    It corrects event 39.\n"
          "    It goes back to payment bank-7001 of invoice 2026-001 (event 6).\n"
          "    It was recorded at 2020-09-07 13:00:00Z.\n");
}

TEST_CASE("an entry shows the account's own day where that is another one, and nothing where its clock is UTC") {
    Entry entry;
    entry.page().setTimeZone("Asia/Tokyo");
    CHECK(entry.prose().find(" (21:00:00 Asia/Tokyo) ") != std::string::npos);
    entry.event().setEffectiveAt(noon + std::int64_t{6} * 3'600'000'000);
    CHECK(entry.prose().find(" (2020-09-08 03:00:00 Asia/Tokyo) ") != std::string::npos);
    for (const char* zone : {"UTC", "Africa/Abidjan", "Nowhere/Else"}) {
        entry.page().setTimeZone(zone);
        CHECK(entry.prose().find('(') == entry.prose().find("(connect)"));
    }
}

TEST_CASE("an entry goes back to the invoice alone where nobody told of a payment, and to none of other licenses") {
    Entry entry;
    entry.add_origin(1, 20, nullptr);
    CHECK(entry.prose().find("    It goes back to invoice 2026-001.\n") != std::string::npos);
    entry.add_origin(18, 3, "bank-1");
    CHECK(entry.prose().find("goes back") == std::string::npos);
    entry.add_origin(14, 3, "bank-1");
    CHECK(entry.prose().find("goes back") == std::string::npos);
}

}  // namespace
}  // namespace seatledger
