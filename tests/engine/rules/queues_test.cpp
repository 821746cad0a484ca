// Queues, and who is in them.
#include <string>
#include <vector>

#include "tests/support/catch.h"
#include "tests/support/given.h"

namespace seatledger {
namespace {

using namespace testing;

const std::string stranger = "'actor':'nobody@acme.test',";
const std::string future = "'at':'2020-01-03T00:00:00.000001Z',";

std::string create(const std::string& queue, const std::string& kind = "call") {
    return acme("'createQueue':{'queue':'" + queue + "','kind':'" + kind + "'}");
}

std::string remove_queue(const std::string& queue) { return acme("'deleteQueue':{'queue':'" + queue + "'}"); }

std::string enter(const std::string& queue, const std::string& name, const std::string& role = "agent") {
    return acme("'addQueueMember':{'queue':'" + queue + "','email':'" + name + "@acme.test','role':'" + role + "'}");
}

std::string leave(const std::string& queue, const std::string& name) {
    return acme("'removeQueueMember':{'queue':'" + queue + "','email':'" + name + "@acme.test'}");
}

// Ann and bob; support has bob as its supervisor, mail nobody.
Steps world() {
    return steps(open_acme(), registered("ann"), registered("bob"), create("support"), create("mail", "inbox"),
                 enter("support", "bob", "supervisor"), "2020-01-03T00:00:00Z");
}

std::string membership_product(const std::string& sku) {
    return "{'defineProduct':{'sku':'" + sku +
           "','name':'Center','type':'queues','term':'P1M','billing':'membership','unitPrice':{'amount':'40.00',"
           "'currency':'USD'}}}";
}

}  // namespace

TEST_CASE("a queue is of one kind, and people come into it and leave it") {
    given(world())
        .when(acme("'actor':'boss@acme.test','createQueue':{'queue':'sales','kind':'outbound'}"))
        .then({"{'account':'acme','actor':'boss@acme.test','queueCreated':{'queue':'sales','kind':'outbound'}}"});
    given(world())
        .when(enter("support", "Ann"))
        .then({"{'queueMemberAdded':{'queue':'support','email':'ann@acme.test','role':'agent'}}"});
    given(world())
        .when(leave("support", "bob"))
        .then({"{'queueMemberRemoved':{'queue':'support','email':'bob@acme.test','role':'supervisor'}}"});
}

TEST_CASE("when a queue is deleted its members leave in the same commit, in the order of their registration") {
    given(world(), enter("support", "ann"), enter("support", "boss"))
        .when(remove_queue("support"))
        .then({"{'queueMemberRemoved':{'queue':'support','email':'boss@acme.test'}}",
               "{'queueMemberRemoved':{'queue':'support','email':'ann@acme.test'}}",
               "{'queueMemberRemoved':{'queue':'support','email':'bob@acme.test','role':'supervisor'}}",
               "{'queueDeleted':{'queue':'support'}}"});
    given(world()).when(remove_queue("mail")).then({"{'queueDeleted':{'queue':'mail'}}"});
}

TEST_CASE("the name of a deleted queue may be used again, and that is another queue without members") {
    given(world(), remove_queue("support"), create("support", "inbox"))
        .when(remove_queue("support"))
        .then({"{'queueDeleted':{'queue':'support'}}"});
}

TEST_CASE("createQueue: rejections in order") {
    given(world()).when(create("", "call")).then_rejected(Rule::value_not_allowed, {"queue"});
    given(world()).when(create("support", "telex")).then_rejected(Rule::value_not_allowed, {"kind", "call, outbound"});
    given(world())
        .when("{'account':'nowhere'," + stranger + future + "'createQueue':{'queue':'support','kind':'call'}}")
        .then_rejected(Rule::account_must_exist);
    given(world())
        .when(acme(stranger + future + "'createQueue':{'queue':'support','kind':'call'}"))
        .then_rejected(Rule::role_required);
    given(world())
        .when(acme(future + "'createQueue':{'queue':'support','kind':'call'}"))
        .then_rejected(Rule::effective_time_in_order);
    given(world()).when(create("support", "inbox")).then_rejected(Rule::queue_must_be_new, {"support", "acme"});
}

TEST_CASE("deleteQueue: rejections in order") {
    given(world()).when(remove_queue("")).then_rejected(Rule::value_not_allowed, {"queue"});
    given(world())
        .when("{'account':'nowhere'," + stranger + future + "'deleteQueue':{'queue':'sales'}}")
        .then_rejected(Rule::account_must_exist);
    given(world()).when(acme(stranger + future + "'deleteQueue':{'queue':'sales'}")).then_rejected(Rule::role_required);
    given(world()).when(acme(future + "'deleteQueue':{'queue':'sales'}")).then_rejected(Rule::effective_time_in_order);
    given(world()).when(remove_queue("sales")).then_rejected(Rule::queue_must_exist, {"sales", "acme"});
    given(world(), remove_queue("mail")).when(remove_queue("mail")).then_rejected(Rule::queue_must_exist, {"mail"});
}

TEST_CASE("addQueueMember: rejections in order") {
    given(world()).when(enter("", "nobody", "king")).then_rejected(Rule::value_not_allowed, {"queue"});
    given(world()).when(enter("sales", "nobody", "king")).then_rejected(Rule::value_not_allowed, {"role", "agent"});
    const std::string body = "'addQueueMember':{'queue':'sales','email':'nobody@acme.test','role':'agent'}";
    given(world())
        .when("{'account':'nowhere'," + stranger + future + body + "}")
        .then_rejected(Rule::account_must_exist);
    given(world()).when(acme(stranger + future + body)).then_rejected(Rule::role_required);
    given(world()).when(acme(future + body)).then_rejected(Rule::effective_time_in_order);
    given(world())
        .when(enter("sales", "nobody"))
        .then_rejected(Rule::user_must_be_registered, {"nobody@acme.test", "acme"});
    given(world()).when(enter("sales", "bob")).then_rejected(Rule::queue_must_exist, {"sales"});
    given(world())
        .when(enter("support", "bob", "agent"))
        .then_rejected(Rule::member_must_be_new, {"bob@acme.test", "support", "supervisor"});
}

TEST_CASE("removeQueueMember: rejections in order") {
    given(world()).when(leave("", "nobody")).then_rejected(Rule::value_not_allowed, {"queue"});
    const std::string body = "'removeQueueMember':{'queue':'sales','email':'nobody@acme.test'}";
    given(world())
        .when("{'account':'nowhere'," + stranger + future + body + "}")
        .then_rejected(Rule::account_must_exist);
    given(world()).when(acme(stranger + future + body)).then_rejected(Rule::role_required);
    given(world()).when(acme(future + body)).then_rejected(Rule::effective_time_in_order);
    given(world())
        .when(leave("sales", "nobody"))
        .then_rejected(Rule::user_must_be_registered, {"nobody@acme.test", "acme"});
    given(world()).when(leave("sales", "bob")).then_rejected(Rule::queue_must_exist, {"sales"});
    given(world()).when(leave("mail", "bob")).then_rejected(Rule::member_must_exist, {"bob@acme.test", "mail"});
}

TEST_CASE("user_must_hold_nothing: who is in a queue is not removed, and the answer lists the queues") {
    given(world(), enter("mail", "bob"))
        .when(acme("'removeUser':{'email':'bob@acme.test'}"))
        .then_rejected(Rule::user_must_hold_nothing,
                       {"bob@acme.test", "queue mail", "queue support", "removeQueueMember"});
    given(world(), leave("support", "bob")).when(acme("'removeUser':{'email':'bob@acme.test'}")).then({"userRemoved"});
}

TEST_CASE("taking away another product's license leaves the places in queues as they are") {
    given(world(), membership_product("center"), product("connect"), bought("i-1", "connect", 1), bind(1, "bob"),
          unbind(1))
        .when(leave("support", "bob"))
        .then({"{'queueMemberRemoved':{'queue':'support','email':'bob@acme.test'}}"});
}

}  // namespace seatledger
