// The events that name something, and the log read in its order.
#include <algorithm>
#include <string>
#include <vector>

#include "events/text.h"
#include "projections/queries.h"
#include "projections/replay.h"
#include "tests/support/catch.h"
#include "tests/support/given.h"
#include "tests/support/world.h"

namespace seatledger {
namespace {

using namespace testing;

using HistoryBuilder = schema::History::Builder;
using Numbers = std::vector<std::uint64_t>;

Told of_license(LiveWorld& world, std::uint32_t license) {
    return ask_history(world.projections(), [=](HistoryBuilder history) {
        history.setAccount("acme");
        history.setLicense(license);
    });
}

Told of_email(LiveWorld& world, const std::string& email) {
    return ask_history(world.projections(), [=](HistoryBuilder history) {
        history.setAccount("acme");
        history.setEmail(email);
    });
}

Told of_invoice(LiveWorld& world, const std::string& invoice) {
    return ask_history(world.projections(), [=](HistoryBuilder history) {
        history.setAccount("acme");
        history.setInvoice(text(invoice));
    });
}

Told of_actor(LiveWorld& world, const std::string& actor) {
    return ask_history(world.projections(), [=](HistoryBuilder history) {
        history.setAccount("acme");
        history.setActor(actor);
    });
}

// 1 connect, for a day; 2–4 the account, 5 ann, 6 bob; 7 i-1 (by ann), 8 paid, 9 issued 1 and 2, 10 the letter.
Steps start() {
    return steps(
        product("connect", "P1D"), open_acme(), registered("ann"), registered("bob"),
        acme("'issueInvoice':{'invoice':'i-1','raisedBy':'ann@acme.test','lines':[{'sku':'connect','quantity':2}]}"),
        paid("i-1", "20.00", "bank-1"));
}

std::string moved(const std::string& from, const std::string& to) {
    return acme("'changeEmail':{'email':'" + from + "@acme.test','newEmail':'" + to + "@acme.test'}");
}

TEST_CASE("history of a license: the range that it was issued in, binds, unbinds, and its end") {
    LiveWorld world;
    world.must_happen(steps(start(), bind(1, "ann"), bind(2, "bob"), unbind(1), bind(1, "ann"), "2020-01-03T00:00:00Z",
                            registered("late")));
    CHECK(of_license(world, 1).sequences == Numbers{9, 11, 13, 14, 15});
    CHECK(of_license(world, 2).sequences == Numbers{9, 12, 15});
    CHECK(of_license(world, 3).failure == "acme has no license 3; see query licenses");
    CHECK(of_license(world, ~0u).failure == "acme has no license 4294967295; see query licenses");
}

TEST_CASE("history shows an address as it was at that event, though nothing in it says that it changed") {
    LiveWorld world;
    world.must_happen(steps(start(), bind(1, "ann"), moved("ann", "anna"), unbind(1), bind(1, "anna"),
                            moved("anna", "Anna2"), unbind(1)));
    const auto told = of_license(world, 1);
    REQUIRE(told.sequences == Numbers{9, 11, 13, 14, 16});
    CHECK(is_event(told.events[1], "{'licenseBound':{'email':'ann@acme.test'}}"));
    CHECK(is_event(told.events[2], "{'licenseUnbound':{'email':'anna@acme.test'}}"));
    CHECK(is_event(told.events[3], "{'licenseBound':{'email':'anna@acme.test'}}"));
    CHECK(is_event(told.events[4], "{'licenseUnbound':{'email':'Anna2@acme.test'}}"));
}

TEST_CASE("history of an address: everyone who ever bore it, with what took their access away") {
    LiveWorld world;
    const auto removed = acme("'removeUser':{'email':'ann@acme.test'}");
    // 11 bind, 12 the end of the term, 13 ann gets a role, 14 is anna, 15 is ann again, 16 is removed; 17 another ann.
    world.must_happen(steps(start(), bind(1, "ann"), "2020-01-02T00:00:00Z", granted("ann", "admin"),
                            moved("ann", "anna"), moved("anna", "ANN"), removed, registered("ann"),
                            registered("carl")));
    const Numbers first = {5, 7, 10, 11, 12, 13, 14, 15, 16};
    CHECK(of_email(world, "anna@acme.test").sequences == first);
    auto both = first;
    both.push_back(17);
    CHECK(of_email(world, "Ann@acme.test").sequences == both);
    CHECK(of_email(world, "bob@acme.test").sequences == Numbers{6});
    CHECK(of_email(world, "nobody@acme.test").failure == "acme has no user nobody@acme.test; see query users");
    const auto told = of_email(world, "ann@acme.test");
    CHECK(is_event(told.events[0], "{'sequence':5,'userRegistered':{'email':'ann@acme.test'}}"));
    CHECK(is_event(told.events[6], "{'emailChanged':{'email':'ann@acme.test','newEmail':'anna@acme.test'}}"));
    CHECK(is_event(told.events[7], "{'emailChanged':{'email':'anna@acme.test','newEmail':'ANN@acme.test'}}"));
    CHECK(is_event(told.events[8], "{'userRemoved':{'email':'ANN@acme.test'}}"));
}

TEST_CASE("the end of a term is in the history of whom it took access from, and of no one else") {
    LiveWorld world;
    // ann gave hers back before; bob had 2 until the end; late has a license of another invoice.
    world.must_happen(steps(start(), bind(1, "ann"), bind(2, "bob"), unbind(1), registered("late"),
                            "2020-01-01T12:00:00Z", bought("i-2", "connect", 1), bind(3, "late"),
                            "2020-01-02T00:00:00Z", registered("x")));
    const auto expired = of_license(world, 2).sequences.back();
    const auto has = [&](const std::string& email) {
        const auto sequences = of_email(world, email).sequences;
        return std::ranges::find(sequences, expired) != sequences.end();
    };
    CHECK(has("bob@acme.test"));
    CHECK_FALSE(has("ann@acme.test"));
    CHECK_FALSE(has("late@acme.test"));
}

TEST_CASE("the end of a term is in the history of the licenses that it ended, and not of those revoked before") {
    LiveWorld world;
    const auto credited = [](int quantity) {
        return acme("'creditInvoice':{'invoice':'i-1','line':1,'quantity':" + std::to_string(quantity) +
                    ",'amount':{'amount':'1.00','currency':'USD'},'reason':'r'}");
    };
    world.must_happen(steps(open_acme(), product("connect"), registered("ann"), registered("bob"),
                            bought("i-1", "connect", 4), bind(2, "ann"), bind(4, "bob"), credited(1),
                            "2021-01-01T00:00:00Z", registered("late")));
    const auto last = [&](std::uint32_t license) { return of_license(world, license).events.back(); };
    CHECK(is_event(last(1), "{'licensesExpired':{'first':1,'quantity':2}}"));
    CHECK(is_event(last(2), "{'licensesExpired':{'first':1,'quantity':2}}"));
    CHECK(is_event(last(3), "{'licensesRevoked':{'first':3,'quantity':1}}"));
    CHECK(is_event(last(4), "{'licensesExpired':{'first':4,'quantity':1}}"));
    CHECK(is_event(of_email(world, "bob@acme.test").events.back(), "{'licensesExpired':{'first':4}}"));
    CHECK(is_event(of_email(world, "ann@acme.test").events.back(), "{'licensesExpired':{'first':1}}"));
}

TEST_CASE("history of an invoice: from its issue to the end of its licenses") {
    LiveWorld world;
    world.must_happen(
        steps(start(), invoiced("i-2", "connect", 1), "2020-01-02T00:00:00Z", acme("'voidInvoice':{'invoice':'i-2'}")));
    CHECK(of_invoice(world, "i-1").sequences == Numbers{7, 8, 9, 10, 12});
    CHECK(of_invoice(world, "i-2").sequences == Numbers{11, 13});
    CHECK(of_invoice(world, "i").failure == "acme has no invoice i; see query invoices");
    // No text of the ledger has a zero byte: such a one names nothing, whatever keys it looks like.
    for (std::size_t zeros = 1; zeros < 9; ++zeros) {
        const auto hostile = of_invoice(world, "i-1" + std::string(zeros, '\0'));
        CHECK(hostile.failure == "acme has no invoice of this name; see query invoices");
    }
}

TEST_CASE("history of an actor: who did it, whoever sent it") {
    LiveWorld world;
    const auto as_ann =
        "{'account':'acme','actor':'ann@acme.test','bindLicense':{'license':1,'email':'bob@acme.test'}}";
    world.must_happen(steps(start(), granted("ann", "admin"), as_ann, moved("ann", "anna"), "2020-01-02T00:00:00Z",
                            registered("late")));
    CHECK(of_actor(world, "vendor").sequences == Numbers{2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 15});
    CHECK(of_actor(world, "ledger").sequences == Numbers{14});
    CHECK(of_actor(world, "ann@acme.test").sequences == Numbers{12});
    CHECK(of_actor(world, "anna@acme.test").sequences == Numbers{12});
    CHECK_FALSE(of_actor(world, "bob@acme.test").failure);
    CHECK(of_actor(world, "bob@acme.test").sequences == Numbers{});
    CHECK(of_actor(world, "nobody@acme.test").failure == "acme has no user nobody@acme.test; see query users");
    CHECK(is_event(of_actor(world, "anna@acme.test").events.front(), "{'actor':'ann@acme.test','via':'vendor'}"));
}

namespace {

void check_pages(LiveWorld& world, const std::function<void(HistoryBuilder)>& what) {
    const auto all = ask_history(world.projections(), what).sequences;
    REQUIRE(all.size() >= 4);
    for (const std::uint32_t limit : {1u, 2u, 5u}) {
        Numbers paged;
        Sequence from;
        do {
            const auto page = ask_history(world.projections(), [&](HistoryBuilder history) {
                what(history);
                history.setFrom(from.value);
                history.setLimit(limit);
            });
            CHECK(page.sequences.size() <= limit);
            paged.insert(paged.end(), page.sequences.begin(), page.sequences.end());
            from = page.next;
        } while (from);
        CHECK(paged == all);

        Numbers backwards;
        Sequence to;
        do {
            const auto page = ask_history(world.projections(), [&](HistoryBuilder history) {
                what(history);
                history.setBackwards(true);
                history.setTo(to.value);
                history.setLimit(limit);
            });
            CHECK(page.sequences.size() <= limit);
            backwards.insert(backwards.end(), page.sequences.begin(), page.sequences.end());
            to = page.next;
        } while (to);
        CHECK(backwards == Numbers(all.rbegin(), all.rend()));
    }
    const auto part = ask_history(world.projections(), [&](HistoryBuilder history) {
        what(history);
        history.setFrom(all[1]);
        history.setTo(all[all.size() - 2]);
    });
    CHECK(part.sequences == Numbers(all.begin() + 1, all.end() - 1));
}

}  // namespace

TEST_CASE("history comes in pages, and between two sequences") {
    LiveWorld world;
    world.must_happen(steps(start(), bind(1, "ann"), unbind(1), bind(1, "ann"), unbind(1)));
    // Two people act, one after the other, under the same address.
    const auto as_ann = [](const std::string& command) {
        return "{'account':'acme','actor':'ann@acme.test'," + command + "}";
    };
    world.must_happen({acme("'grantRole':{'email':'ann@acme.test','role':'admin'}"),
                       acme("'grantRole':{'email':'bob@acme.test','role':'admin'}"),
                       as_ann("'bindLicense':{'license':1,'email':'bob@acme.test'}"),
                       as_ann("'unbindLicense':{'license':1}"), moved("ann", "anna"), moved("bob", "ann"),
                       as_ann("'bindLicense':{'license':2,'email':'ann@acme.test'}"),
                       as_ann("'unbindLicense':{'license':2}")});
    const auto with_account = [&](const std::function<void(HistoryBuilder)>& what) {
        check_pages(world, [&](HistoryBuilder history) {
            history.setAccount("acme");
            what(history);
        });
    };
    with_account([](HistoryBuilder history) { history.setLicense(1); });
    with_account([](HistoryBuilder history) { history.setEmail("ann@acme.test"); });
    with_account([](HistoryBuilder history) { history.setInvoice("i-1"); });
    with_account([](HistoryBuilder history) { history.setActor("vendor"); });
    with_account([](HistoryBuilder history) { history.setActor("ann@acme.test"); });
    with_account([](HistoryBuilder history) { history.setAll(); });
    CHECK(ask_history(world.projections(), [](HistoryBuilder history) { history.setAccount("acme"); }).failure);
    CHECK(ask_history(world.projections(), [](HistoryBuilder history) { history.setAccount("none"); }).failure);
}

TEST_CASE("history from a log that cannot be read is no history, and says so") {
    LiveWorld world;
    world.must_happen(steps(start(), bind(1, "ann")));
    world.seen_log().damage(Sequence(11));
    try {
        static_cast<void>(of_license(world, 1));
        FAIL("it was answered");
    } catch (const kj::Exception& exception) {
        CHECK(std::string(exception.getDescription().cStr()).find("the log cannot be read") == 0);
        CHECK(std::string(exception.getDescription().cStr()).find("the block cannot be read") != std::string::npos);
    }
    world.seen_log().damage(Sequence());
    CHECK(of_license(world, 1).sequences.size() == 2);
}

TEST_CASE("a page of history ends when it is large, however few its events are; the largest of them are read back") {
    constexpr int lines_count = 450;
    LiveWorld world;
    world.must_happen(start());
    std::string lines = "{'sku':'connect','quantity':2}";
    for (int i = 1; i < lines_count; ++i) lines += ",{'sku':'connect','quantity':2}";
    for (int i = 0; i < 25; ++i) {
        world.judge(acme("'issueInvoice':{'invoice':'big-" + std::to_string(i) +
                         "','raisedBy':'bob@acme.test','lines':[" + lines + "]}"));
    }
    world.must_happen({paid("big-7", "9000.00", "bank-7")});

    Numbers paged;
    int pages = 0;
    for (Sequence from(1); from; ++pages) {
        const auto page = ask_history(world.projections(), [&](HistoryBuilder history) {
            history.setAccount("acme");
            history.setEmail("bob@acme.test");
            history.setFrom(from.value);
        });
        CHECK_FALSE(page.sequences.empty());
        paged.insert(paged.end(), page.sequences.begin(), page.sequences.end());
        from = page.next;
    }
    CHECK(pages == 2);
    CHECK(paged.size() == 27);  // with their registration and the letter

    const auto invoice = ask(
        world.projections(),
        [](schema::Query::Builder query) {
            query.setAccount("acme");
            query.initInvoices().setInvoice("big-7");
        },
        world.now());
    REQUIRE(invoice.rows.size() == 1);
    const auto row = invoice.get().getInvoices()[0];
    REQUIRE(row.getLines().size() == lines_count);
    for (unsigned i = 0; i < lines_count; ++i) CHECK(row.getLines()[i].getFirstLicense() == 3 + 2 * i);
}

// Everything of a replay, in pages of about so many bytes.
Numbers replayed(LiveWorld& world, const std::string& account, std::uint64_t from, std::uint64_t to, std::size_t bytes,
                 Direction direction = Direction::forwards, const AsOf& as_of = {},
                 const EffectiveSpan& effective = {}) {
    Replay replay(world.projections(), account, Sequence(from), Sequence(to), as_of, effective, direction);
    Numbers sequences;
    for (bool done = false; !done && !replay.at_head();) {
        capnp::MallocMessageBuilder message;
        auto page = message.initRoot<schema::Events>();
        REQUIRE(replay.next(bytes, page).has_value());
        const auto entries = page.asReader().getEntries();
        Words words(entries.size() / sizeof(std::uint64_t));
        std::copy_n(entries.begin(), entries.size(), reinterpret_cast<std::uint8_t*>(words.data()));
        for (const auto& entry : Entries(words, Sequence())) {
            sequences.push_back(read_event(entry).getSequence());
        }
        done = page.getDone();
    }
    return sequences;
}

Numbers range(std::uint64_t from, std::uint64_t to) {
    Numbers numbers;
    for (auto number = from; number <= to; ++number) numbers.push_back(number);
    return numbers;
}

TEST_CASE("a replay gives the events in order, of the whole log or of one account, from and to") {
    LiveWorld world;
    world.must_happen(steps(start(), bind(1, "ann"), unbind(1)));
    for (const std::size_t bytes : {std::size_t{1}, std::size_t{500}, std::size_t{1} << 20}) {
        CHECK(replayed(world, "", 0, 0, bytes) == range(1, 12));
        CHECK(replayed(world, "", 3, 9, bytes) == range(3, 9));  // 9 is in the middle of a commit
        CHECK(replayed(world, "acme", 0, 0, bytes) == range(2, 12));
        CHECK(replayed(world, "other", 0, 0, bytes).empty());
        CHECK(replayed(world, "", 13, 0, bytes).empty());
    }
}

TEST_CASE("a replay backwards gives the same events, the newest first") {
    LiveWorld world;
    world.must_happen(steps(start(), "2020-01-01T10:00:00Z", bind(1, "ann"), "2020-01-01T11:00:00Z", unbind(1)));
    const auto backwards = [](Numbers numbers) {
        std::ranges::reverse(numbers);
        return numbers;
    };
    const auto at_ten = instant("2020-01-01T10:00:00Z");
    const auto before_eleven = instant("2020-01-01T10:59:59Z");
    AsOf known;
    known.known_at = before_eleven;
    AsOf effective;
    effective.instant = before_eleven;
    for (const std::size_t bytes : {std::size_t{1}, std::size_t{500}, std::size_t{1} << 20}) {
        const auto read = [&](const std::string& account, std::uint64_t from, std::uint64_t to, const AsOf& as_of = {},
                              const EffectiveSpan& span = {}) {
            return replayed(world, account, from, to, bytes, Direction::backwards, as_of, span);
        };
        CHECK(read("", 0, 12) == backwards(range(1, 12)));
        CHECK(read("", 3, 9) == backwards(range(3, 9)));
        CHECK(read("acme", 0, 12) == backwards(range(2, 12)));
        CHECK(read("other", 0, 12).empty());
        CHECK(read("", 0, 12, known) == backwards(range(1, 11)));
        CHECK(read("", 0, 12, effective) == backwards(range(1, 11)));
        CHECK(read("", 0, 12, {}, {at_ten, no_instant}) == Numbers{12, 11});
        CHECK(read("", 0, 12, {}, {at_ten, at_ten}) == Numbers{11});
    }
}

TEST_CASE("a replay backwards tells the addresses that were borne then") {
    LiveWorld world;
    world.must_happen(steps(start(), bind(1, "ann"), moved("ann", "anna"), unbind(1)));
    Replay replay(world.projections(), "", Sequence(1), world.log().last(), {}, {}, Direction::backwards);
    capnp::MallocMessageBuilder message;
    auto page = message.initRoot<schema::Events>();
    REQUIRE(replay.next(1 << 20, page).has_value());
    CHECK(page.asReader().getDone());
    std::vector<std::string> told;
    for (const auto person : page.asReader().getPeople()) {
        if (person.getUser() != 2) continue;
        told.push_back(std::to_string(person.getSince()) + " " + std::string(view(person.getEmail())));
    }
    CHECK(told == std::vector<std::string>{"12 anna@acme.test", "5 ann@acme.test"});
}

TEST_CASE("a replay goes on where the log has grown") {
    LiveWorld world;
    world.must_happen(start());
    Replay replay(world.projections(), "", Sequence(1), Sequence());
    const auto next = [&] {
        capnp::MallocMessageBuilder message;
        auto page = message.initRoot<schema::Events>();
        const auto read = replay.next(1 << 20, page);
        REQUIRE(read.has_value());
        return *read;
    };
    CHECK(next());
    CHECK(replay.at_head());
    CHECK_FALSE(next());
    world.must_happen({bind(1, "ann")});
    CHECK_FALSE(replay.at_head());
    CHECK(next());
    CHECK(replay.position() == world.log().last().next());
}

TEST_CASE("a replay tells each address when it is first needed, and again when it has changed") {
    LiveWorld world;
    world.must_happen(steps(start(), bind(1, "ann"), moved("ann", "anna"), unbind(1)));
    Replay replay(world.projections(), "", Sequence(1), Sequence());
    capnp::MallocMessageBuilder message;
    auto page = message.initRoot<schema::Events>();
    REQUIRE(replay.next(1 << 20, page).has_value());
    std::vector<std::string> told;
    for (const auto person : page.asReader().getPeople()) {
        if (person.getUser() != 2) continue;
        told.push_back(std::to_string(person.getSince()) + " " + std::string(view(person.getEmail())));
    }
    CHECK(told == std::vector<std::string>{"5 ann@acme.test", "12 anna@acme.test"});
}

}  // namespace
}  // namespace seatledger
