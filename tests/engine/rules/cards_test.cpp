// Cards on file.
#include "engine/rules/cards.h"

#include <string>

#include "tests/support/catch.h"
#include "tests/support/given.h"
#include "tests/support/ledger_box.h"

namespace seatledger {
namespace {

using namespace testing;

const std::string stranger = "'actor':'nobody@acme.test',";
const std::string future = "'at':'2020-01-03T00:00:00.000001Z',";

std::string add(const std::string& token, const std::string& last4 = "4242", const std::string& expires = "2027-05") {
    return "'addCard':{'token':'" + token + "','last4':'" + last4 + "','expires':'" + expires + "'}";
}

std::string remove(const std::string& token) { return "'removeCard':{'token':'" + token + "'}"; }

}  // namespace

TEST_CASE("a super admin adds and removes cards") {
    given(open_acme())
        .when(acme("'actor':'boss@acme.test'," + add("tok-1")))
        .then({"{'actor':'boss@acme.test','cardAdded':{'token':'tok-1','last4':'4242','expires':'2027-05'}}"});
    given(open_acme(), acme(add("tok-1")))
        .when(acme("'actor':'boss@acme.test'," + remove("tok-1")))
        .then({"{'cardRemoved':{'token':'tok-1','last4':'4242'}}"});
}

TEST_CASE("a card that is added again is the same card, with its new month") {
    given(open_acme(), acme(add("tok-1")), acme(add("tok-1", "4243", "06/29")))
        .when(acme(remove("tok-1")))
        .then({"{'cardRemoved':{'last4':'4243'}}"});
    given(open_acme(), acme(add("tok-1")), acme(add("tok-1")), acme(remove("tok-1")))
        .when(acme(remove("tok-1")))
        .then_rejected(Rule::card_must_exist);
}

TEST_CASE("addCard: rejections in order") {
    const auto world = steps(open_acme(), "2020-01-03T00:00:00Z");
    const std::string number = "4242424242424242";
    given(world).when(acme(add("", "42", "soon"))).then_rejected(Rule::value_not_allowed, {"token"});
    for (const std::string wrong : {"", "424", "42424", "42a2"}) {
        given(world).when(acme(add(number, wrong))).then_rejected(Rule::value_not_allowed, {"last4"});
    }
    for (const std::string wrong : {"", "2027", "2027-13", "2027-00", "00/27", "13/2027", "5/27", "05-27", "05/027"}) {
        given(world).when(acme(add(number, "4242", wrong))).then_rejected(Rule::value_not_allowed, {"expires"});
    }
    given(world)
        .when("{'account':'nowhere'," + stranger + future + add(number) + "}")
        .then_rejected(Rule::account_must_exist);
    given(world).when(acme(stranger + future + add(number))).then_rejected(Rule::role_required);
    given(world).when(acme(future + add(number))).then_rejected(Rule::effective_time_in_order);
    given(world).when(acme(add(number))).then_rejected(Rule::token_must_not_be_a_card_number, {"4242"});
    for (const std::string month : {"2027-12", "01/27", "01/2027"}) {
        given(world).when(acme(add("tok-1", "0000", month))).then({"cardAdded"});
    }
}

TEST_CASE("removeCard: rejections in order") {
    const auto world = steps(open_acme(), "2020-01-03T00:00:00Z");
    given(world).when(acme(remove(""))).then_rejected(Rule::value_not_allowed, {"token"});
    given(world)
        .when("{'account':'nowhere'," + stranger + future + remove("tok-1") + "}")
        .then_rejected(Rule::account_must_exist);
    given(world).when(acme(stranger + future + remove("tok-1"))).then_rejected(Rule::role_required);
    given(world).when(acme(future + remove("tok-1"))).then_rejected(Rule::effective_time_in_order);
    given(world).when(acme(remove("tok-1"))).then_rejected(Rule::card_must_exist, {"acme"});
}

TEST_CASE("token_must_not_be_a_card_number: 13 to 19 digits that pass the check of Luhn, however they are grouped") {
    // Numbers that payment services publish for tests, and zeros, which pass in any number.
    for (const std::string number :
         {"4242424242424242", "4222222222222", "378282246310005", "30569309025904", "4242 4242 4242 4242",
          "4242-4242-4242-4242", "0000000000000", "0000000000000000000"}) {
        INFO(number);
        CHECK(rules::is_card_number(number));
    }
    for (const std::string token : {"4242424242424241", "000000000000", "00000000000000000000", "tok-4242424242424242",
                                    "4242424242424242x", "", "----"}) {
        INFO(token);
        CHECK_FALSE(rules::is_card_number(token));
    }
}

TEST_CASE("a rejection does not repeat the card's number") {
    LedgerBox box;
    box.must_happen(steps(open_acme()));
    const auto& answer = box.judge(acme(add("4242424242424242")));
    CHECK(rejected(answer) == "token_must_not_be_a_card_number");
    CHECK_FALSE(contains(answer.rejection->message, "42424242"));
}

}  // namespace seatledger
