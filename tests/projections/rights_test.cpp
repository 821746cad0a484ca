// Who may read what: each question and history, as each role, about everybody and about oneself.
#include "projections/rights.h"

#include <map>

#include "events/text.h"
#include "tests/support/catch.h"
#include "tests/support/given.h"
#include "tests/support/samples.h"
#include "tests/support/world.h"

namespace seatledger {
namespace {

using namespace testing;
using schema::Role;

// Who may ask it about everybody, and who about themself (by `about`): s superAdmin, a admin, b billing, u auditor,
// m member.
struct Row {
    std::string name;
    std::function<void(schema::Query::Builder)> fill;
    std::string all;
    std::function<void(schema::Query::Builder, std::string_view email)> about;  // null: it is never about oneself
};

std::vector<Row> all_rows() {
    return {
        {"products", [](auto query) { query.initProducts(); }, "sabu", nullptr},
        {"licenses", [](auto query) { query.initLicenses(); }, "sabu",
         [](auto query, auto email) { query.initLicenses().setEmail(text(email)); }},
        {"users", [](auto query) { query.initUsers(); }, "sabu",
         [](auto query, auto email) { query.initUsers().setEmail(text(email)); }},
        {"user", [](auto query) { query.initUser().setEmail("boss@acme.test"); }, "sabu",
         [](auto query, auto email) { query.initUser().setEmail(text(email)); }},
        {"access",
         [](auto query) {
             auto access = query.initAccess();
             access.setEmail("boss@acme.test");
             access.setSku("connect");
         },
         "sabu",
         [](auto query, auto email) {
             auto access = query.initAccess();
             access.setEmail(text(email));
             access.setSku("connect");
         }},
        {"queues", [](auto query) { query.initQueues(); }, "sabu", nullptr},
        {"queues of one", [](auto query) { query.initQueues().setEmail("boss@acme.test"); }, "sabu",
         [](auto query, auto email) { query.initQueues().setEmail(text(email)); }},
        {"invoices", [](auto query) { query.initInvoices(); }, "sabu", nullptr},
        {"orders", [](auto query) { query.initOrders(); }, "sabu", nullptr},
        {"orders of one", [](auto query) { query.initOrders().setEmail("member@acme.test"); }, "sabu", nullptr},
        {"memberships", [](auto query) { query.initMemberships().setEmail("member@acme.test"); }, "sabu", nullptr},
        {"diff", [](auto query) { query.initDiff().setFromSequence(1); }, "sabu", nullptr},
    };
}

const std::map<char, std::string> people = {
    {'s', "boss"}, {'a', "admin"}, {'b', "billing"}, {'u', "auditor"}, {'m', "member"}};

std::string outcome(const std::expected<void, QueryFailure>& answered) {
    if (answered) return "";
    return answered.error().rule ? std::string(rule_id(*answered.error().rule)) : answered.error().message;
}

class Rights {
 public:
    Rights() { world_.must_happen(sample_world()); }

    LiveWorld& world() { return world_; }

    Caller person(const std::string& name, std::optional<Role> role = {}) {
        auto& state = world_.ledger().state();
        const auto user = state.user_of(state.account("acme")->number, FoldedAddress(name + "@acme.test"));
        REQUIRE(user);
        return {"acme", user, role};
    }

    // "": it is answered; else the rule that it broke, or what else was wrong.
    std::string ask(const Caller& caller, const Question& question, std::string_view account = "acme") {
        capnp::MallocMessageBuilder asked;
        capnp::MallocMessageBuilder answer;
        auto query = asked.initRoot<schema::Query>();
        query.setAccount(text(account));
        question(query);
        auto rows = answer.initRoot<schema::Rows>();
        return outcome(answer_query(world_.projections(), caller, query.asReader(), world_.now(), rows));
    }

    std::string history(const Caller& caller, const std::function<void(schema::History::Builder)>& of,
                        std::vector<std::uint64_t>* found = nullptr) {
        capnp::MallocMessageBuilder asked;
        capnp::MallocMessageBuilder answer;
        auto history = asked.initRoot<schema::History>();
        history.setAccount("acme");
        of(history);
        auto page = answer.initRoot<schema::Events>();
        const auto answered = answer_history(world_.projections(), caller, history.asReader(), page);
        if (answered && found != nullptr) {
            for (const auto& entry : entries_of(page.asReader().getEntries())) {
                found->push_back(read_event(entry).getSequence());
            }
        }
        return outcome(answered);
    }

 private:
    LiveWorld world_;
};

Question about(const Row& row, const std::string& name) {
    return [&row, email = name + "@acme.test"](auto query) { row.about(query, email); };
}

std::function<void(schema::History::Builder)> of_actor(const std::string& name) {
    return [email = name + "@acme.test"](auto history) { history.setActor(text(email)); };
}

std::function<void(schema::History::Builder)> of_email(const std::string& name) {
    return [email = name + "@acme.test"](auto history) { history.setEmail(text(email)); };
}

// Each question is answered to whom the table of roles says.
void check_questions(Rights& rights) {
    for (const auto& row : all_rows()) {
        CHECK(rights.ask(vendor_caller, row.fill).empty());
        for (const auto& [letter, name] : people) {
            CAPTURE(row.name, name);
            const auto caller = rights.person(name);
            CHECK(rights.ask(caller, row.fill) == (row.all.contains(letter) ? "" : "role_required"));
            if (!row.about) continue;
            CHECK(rights.ask(caller, about(row, name)).empty());
            CHECK(rights.ask(caller, about(row, "boss")) == (row.all.contains(letter) ? "" : "role_required"));
        }
    }
}

// No question is answered about another account.
void check_other_accounts(Rights& rights) {
    for (const auto& row : all_rows()) {
        CAPTURE(row.name);
        for (const auto& [letter, name] : people) {
            for (const auto* account : {"past", "nowhere", ""}) {
                CHECK(rights.ask(rights.person(name), row.fill, account) == "role_required");
            }
        }
        CHECK(rights.ask({"past", {}, {}}, row.fill, "acme") == "role_required");
    }
}

// A limited token asks what its role may, and its person.
void check_limited_tokens(Rights& rights) {
    for (const auto& row : all_rows()) {
        CAPTURE(row.name);
        CHECK(rights.ask(rights.person("boss", Role::AUDITOR), row.fill).empty());
        const auto of_others = row.about ? about(row, "admin") : row.fill;
        CHECK(rights.ask(rights.person("boss", Role::MEMBER), of_others) == "role_required");
        CHECK(rights.ask(rights.person("member", Role::AUDITOR), row.fill) == "role_required");
        CHECK(rights.ask({"acme", {}, Role::AUDITOR}, row.fill).empty());
        CHECK(rights.ask({"acme", {}, Role::MEMBER}, row.fill) == "role_required");
        if (!row.about) continue;
        CHECK(rights.ask(rights.person("boss", Role::MEMBER), about(row, "boss")).empty());
        CHECK(rights.ask(rights.person("member", Role::ADMIN), about(row, "member")).empty());
    }
}

// Whether an address is registered is told to nobody who may not read it.
void check_addresses_of_others(Rights& rights) {
    const auto member = rights.person("member");
    const auto message = [&](const std::string& name) {
        capnp::MallocMessageBuilder asked;
        capnp::MallocMessageBuilder answer;
        auto query = asked.initRoot<schema::Query>();
        query.setAccount("acme");
        query.initUser().setEmail(text(name + "@acme.test"));
        auto rows = answer.initRoot<schema::Rows>();
        return answer_query(rights.world().projections(), member, query.asReader(), rights.world().now(), rows)
            .error()
            .message;
    };
    CHECK(message("boss") == message("nobody"));
    std::vector<std::uint64_t> found;
    CHECK(rights.history(member, of_email("boss"), &found) == rights.history(member, of_email("nobody"), &found));
    CHECK(rights.history(member, of_email("boss"), &found) == "role_required");
    CHECK(found.empty());
}

// History is shown as the table of roles says, and to a member of themself.
void check_histories(Rights& rights) {
    const std::vector<std::function<void(schema::History::Builder)>> others = {
        [](auto history) { history.setLicense(1); },
        [](auto history) { history.setInvoice("paid-1"); },
        [](auto history) { history.setQueue("support"); },
        [](auto history) { history.setOrder(1); },
        [](auto history) { history.setActor("vendor"); },
        [](auto history) { history.setActor("boss@acme.test"); },
        [](auto history) { history.setAll(); },
    };
    for (const auto& [letter, name] : people) {
        CAPTURE(name);
        const auto caller = rights.person(name);
        for (const auto& other : others) {
            CHECK(rights.history(caller, other) == (letter == 'm' ? "role_required" : ""));
        }
        std::vector<std::uint64_t> seen;
        std::vector<std::uint64_t> all;
        CHECK(rights.history(caller, of_email(name), &seen).empty());
        CHECK(rights.history(vendor_caller, of_email(name), &all).empty());
        CHECK_FALSE(all.empty());
        CHECK(seen == all);
    }
}

// Another person's cursor is of no more use than their question.
void check_cursors_of_others(Rights& rights) {
    capnp::MallocMessageBuilder asked;
    capnp::MallocMessageBuilder answer;
    auto first = asked.initRoot<schema::Query>();
    first.setAccount("acme");
    first.setLimit(1);
    first.initUsers();
    auto rows = answer.initRoot<schema::Rows>();
    REQUIRE(answer_query(rights.world().projections(), rights.person("boss"), first.asReader(), rights.world().now(),
                         rows));
    const std::string cursor(view(rows.asReader().getCursor()));
    REQUIRE_FALSE(cursor.empty());
    CHECK(rights.ask(rights.person("member"), [&](auto query) {
        query.setCursor(text(cursor));
        query.setLimit(1);
        query.initUsers();
    }) == "role_required");
    CHECK_FALSE(rights
                    .ask(rights.person("member"),
                         [&](auto query) {
                             query.setCursor(text(cursor));
                             query.setLimit(1);
                             query.initUsers().setEmail("member@acme.test");
                         })
                    .empty());
}

// An event is read by who may read all of its account's, and one of the catalogue by everybody.
void check_events(Rights& rights) {
    struct Reader {
        Caller caller;
        std::string accounts;  // whose events they may read, besides the catalogue's; "*": all
    };
    std::vector<Reader> readers;
    const auto add = [&](const Caller& caller, const char* accounts) { readers.push_back({caller, accounts}); };
    add(vendor_caller, "*");
    add({"past", {}, {}}, "past");
    add({"acme", {}, Role::AUDITOR}, "acme");
    add({"acme", {}, Role::MEMBER}, "");
    add({"", {}, Role::AUDITOR}, "*");
    add(rights.person("boss"), "acme");
    add(rights.person("admin"), "acme");
    add(rights.person("billing"), "acme");
    add(rights.person("auditor"), "acme");
    add(rights.person("member"), "");
    add(rights.person("boss", Role::MEMBER), "");
    std::map<std::string, int> seen;
    const auto cursor = rights.world().log().read(Sequence(1));
    for (auto block = cursor->next(); block && *block; block = cursor->next()) {
        for (const auto& entry : (*block)->entries()) {
            const auto event = read_event(entry);
            const std::string account(view(event.getAccount()));
            ++seen[account];
            for (const auto& reader : readers) {
                CAPTURE(entry.sequence.value, account, reader.accounts);
                const bool may = account.empty() || reader.accounts == "*" || reader.accounts == account;
                CHECK(outcome(authorize_event(rights.world().projections(), reader.caller, event)) ==
                      (may ? "" : "role_required"));
            }
        }
    }
    for (const auto* account : {"", "acme", "past"}) CHECK(seen[account] > 0);
}

}  // namespace

// Tables take a while to open, so this is for several promises, each named above.
TEST_CASE("role_required: reads are answered as the table of roles says", "[rights]") {
    Rights rights;
    check_questions(rights);
    check_other_accounts(rights);
    check_limited_tokens(rights);
    check_addresses_of_others(rights);
    check_histories(rights);
    check_cursors_of_others(rights);
    check_events(rights);
}

TEST_CASE("role_required: a member sees their own history under an address that others bore, too", "[rights]") {
    Rights rights;
    const auto member = rights.person("member");
    rights.world().must_happen(
        {acme("'changeEmail':{'email':'member@acme.test','newEmail':'new@acme.test'}"), registered("member")});
    rights.world().project();
    const auto namesake = rights.person("member");
    std::vector<std::uint64_t> of_both;
    std::vector<std::uint64_t> of_member;
    std::vector<std::uint64_t> of_namesake;
    CHECK(rights.history(vendor_caller, of_email("member"), &of_both).empty());
    CHECK(rights.history(member, of_email("member"), &of_member).empty());
    CHECK(rights.history(namesake, of_email("member"), &of_namesake).empty());
    CHECK(of_member.size() + of_namesake.size() == of_both.size());
    CHECK(of_namesake.size() == 1);
    const auto licenses = [](auto query) { query.initLicenses().setEmail("member@acme.test"); };
    CHECK(rights.ask(namesake, licenses).empty());
    CHECK(rights.ask(member, licenses) == "role_required");
}

TEST_CASE("a member sees in which queues they are, and nobody else there", "[rights]") {
    Rights rights;
    const auto enter = [](const std::string& queue, const std::string& name) {
        return acme("'addQueueMember':{'queue':'" + queue + "','email':'" + name + "@acme.test','role':'supervisor'}");
    };
    rights.world().must_happen({enter("support", "admin"), acme("'createQueue':{'queue':'mail','kind':'inbox'}"),
                                enter("mail", "admin"), acme("'createQueue':{'queue':'sales','kind':'call'}"),
                                enter("sales", "member"), enter("sales", "boss")});
    rights.world().project();
    // Each queue with its members, as it is shown.
    const auto seen = [&](const Caller& caller, const std::string& name, const std::string& queue = "") {
        capnp::MallocMessageBuilder asked;
        capnp::MallocMessageBuilder answer;
        auto query = asked.initRoot<schema::Query>();
        query.setAccount("acme");
        auto filter = query.initQueues();
        filter.setEmail(text(name + "@acme.test"));
        if (!queue.empty()) filter.setQueue(text(queue));
        auto rows = answer.initRoot<schema::Rows>();
        REQUIRE(answer_query(rights.world().projections(), caller, query.asReader(), rights.world().now(), rows));
        std::vector<std::string> shown;
        for (const auto row : rows.asReader().getQueues()) {
            auto& line = shown.emplace_back(view(row.getQueue()));
            for (const auto one : row.getMembers()) line += " " + std::string(view(one.getEmail()));
        }
        return shown;
    };
    using Lines = std::vector<std::string>;
    const auto member = rights.person("member");
    CHECK(seen(member, "member") == Lines{"sales member@acme.test", "support member@acme.test"});
    CHECK(seen(member, "MEMBER", "support") == Lines{"support member@acme.test"});
    CHECK(seen(member, "member", "mail").empty());  // as if there were none
    // So it is for whoever is limited to being a member; everybody else sees who is there.
    CHECK(seen(rights.person("boss", Role::MEMBER), "boss") == Lines{"sales boss@acme.test"});
    CHECK(seen(rights.person("boss"), "boss") == Lines{"sales boss@acme.test member@acme.test"});
}

TEST_CASE("a member sees what they did to themself, and not what they did to others in another role", "[rights]") {
    Rights rights;
    const auto set_own = acme(
        "'actor':'member@acme.test','setPassword':{'email':'member@acme.test','password':'a good "
        "password'}");
    rights.world().must_happen({set_own});
    const auto own = rights.world().log().last().value;
    rights.world().must_happen({granted("member", "admin"),
                                acme("'actor':'member@acme.test','registerUser':{'email':'ann@acme.test'}"),
                                acme("'actor':'member@acme.test','bindLicense':{'license':2,'email':'ann@acme.test'}"),
                                acme("'actor':'member@acme.test','changeEmail':{'email':'member@acme.test','newEmail':"
                                     "'mem@acme.test'}")});
    const auto renamed = rights.world().log().last().value;
    rights.world().must_happen({acme("'revokeRole':{'email':'mem@acme.test','role':'admin'}")});
    rights.world().project();
    const auto member = rights.person("mem");
    std::vector<std::uint64_t> found;
    CHECK(rights.history(member, of_actor("mem"), &found).empty());
    CHECK(found == std::vector<std::uint64_t>{own, renamed});
    // By an address that they bore, too, and page by page.
    found.clear();
    const auto page = [](auto history) {
        history.setActor("member@acme.test");
        history.setLimit(1);
    };
    CHECK(rights.history(member, page, &found).empty());
    CHECK(found == std::vector<std::uint64_t>{own});
    CHECK(rights
              .history(
                  member,
                  [&](auto history) {
                      page(history);
                      history.setFrom(own + 1);
                  },
                  &found)
              .empty());
    CHECK(found == std::vector<std::uint64_t>{own, renamed});
    // Who may read everything sees all of it.
    std::vector<std::uint64_t> all;
    CHECK(rights.history(vendor_caller, of_actor("mem"), &all).empty());
    CHECK(all.size() == 4);
    for (const std::string name : {"boss", "ann", "nobody"}) {
        CHECK(rights.history(member, of_actor(name)) == "role_required");
    }
    CHECK(rights.history(member, [](auto history) { history.setActor("vendor"); }) == "role_required");
    CHECK(rights.history(member, [](auto history) { history.setActor("ledger"); }) == "role_required");
}

TEST_CASE("role_required: about an earlier time one asks by the address and the roles of two times", "[rights]") {
    Rights rights;
    const auto member = rights.person("member");
    const auto admin = rights.person("admin");
    const auto then = rights.world().log().last().value;
    rights.world().must_happen({acme("'changeEmail':{'email':'member@acme.test','newEmail':'new@acme.test'}"),
                                acme("'revokeRole':{'email':'admin@acme.test','role':'admin'}"),
                                acme("'grantRole':{'email':'new@acme.test','role':'auditor'}"),
                                acme("'revokeRole':{'email':'new@acme.test','role':'auditor'}")});
    rights.world().project();
    const auto ask = [&](const Caller& caller, const std::string& name, std::uint64_t as_of) {
        return rights.ask(caller, [&](auto query) {
            query.setAsOfSequence(as_of);
            query.initUser().setEmail(text(name + "@acme.test"));
        });
    };
    // The address that they had then.
    CHECK(ask(member, "member", then).empty());
    CHECK(ask(member, "new", then) == "role_required");
    CHECK(ask(member, "new", 0).empty());
    CHECK(ask(member, "member", 0) == "role_required");
    // The roles that they have now, whatever they had then.
    CHECK(ask(admin, "boss", then) == "role_required");
    CHECK(ask(member, "boss", then + 3) == "role_required");
}

TEST_CASE("role_required: who was removed reads nothing, not even of themself, nor of when they were there",
          "[rights]") {
    Rights rights;
    const auto admin = rights.person("admin");
    const auto then = rights.world().log().last().value;
    rights.world().must_happen({acme("'removeUser':{'email':'admin@acme.test'}")});
    rights.world().project();
    for (const auto& row : all_rows()) {
        CHECK(rights.ask(admin, row.fill) == "role_required");
        CHECK(rights.ask(admin, [&](auto query) {
            query.setAsOfSequence(then);
            row.fill(query);
        }) == "role_required");
        if (row.about) CHECK(rights.ask(admin, about(row, "admin")) == "role_required");
    }
    CHECK(rights.history(admin, of_email("admin")) == "role_required");
    // Whoever has the address now is somebody else.
    rights.world().must_happen({registered("admin")});
    rights.world().project();
    CHECK(rights.history(admin, of_email("admin")) == "role_required");
}

}  // namespace seatledger
