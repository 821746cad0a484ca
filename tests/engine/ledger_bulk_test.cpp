// bindLicenses, unbindLicenses: row by row, all or nothing, or only to see; and reassignLicense, which is one commit.
#include <string>
#include <utility>
#include <vector>

#include "tests/support/catch.h"
#include "tests/support/given.h"
#include "tests/support/ledger_box.h"

namespace seatledger {
namespace {

using namespace testing;

// Licenses 1 to 3 of connect and 4 of center, free; ann, bob and cid. Then a day goes by.
Steps world() {
    return steps(open_acme(), registered("ann"), registered("bob"), registered("cid"), product("connect"),
                 product("center"), bought("i-1", "connect", 3), bought("i-2", "center", 1), "2020-01-02T00:00:00Z");
}

// … with a license that has expired by now, which nothing has noticed yet.
Steps world_with_due() {
    return steps(open_acme(), product("short", "P1D"), registered("ann"), registered("bob"), bought("i-0", "short", 2),
                 bind(1, "ann"), product("connect"), bought("i-1", "connect", 2), "2020-01-03T00:00:00Z");
}

std::string row(int license, const std::string& name) {
    return "{'license':" + std::to_string(license) + ",'email':'" + name + "@acme.test'}";
}

std::string bulk(const std::string& rows, const std::string& more = "") {
    return acme("'bindLicenses':{'rows':[" + rows + "]" + more + "}");
}

std::string bulk_unbind(const std::string& rows, const std::string& more = "") {
    return acme("'unbindLicenses':{'rows':[" + rows + "]" + more + "}");
}

const std::string atomic = ",'atomic':true";
const std::string dry_run = ",'dryRun':true";

std::vector<std::string> rejected_rows(const Answer& answer) {
    std::vector<std::string> rules;
    for (const auto& row : answer.rows) rules.push_back(rejected(row));
    return rules;
}

// The events of the blocks that are commits of their own.
std::vector<std::size_t> commit_sizes(const std::vector<Words>& blocks) {
    std::vector<std::size_t> sizes;
    for (const auto& words : blocks) {
        const auto block = open_block(words);
        REQUIRE(block.has_value());
        std::size_t size = 0;
        for (const auto& entry : block->entries()) {
            ++size;
            if (entry.ends_commit) sizes.push_back(std::exchange(size, 0));
        }
    }
    return sizes;
}

std::vector<std::size_t> new_commits(LedgerBox& box, const std::string& command) {
    const auto before = commit_sizes(box.blocks()).size();
    box.judge(command);
    auto sizes = commit_sizes(box.blocks());
    sizes.erase(sizes.begin(), sizes.begin() + static_cast<std::ptrdiff_t>(before));
    return sizes;
}

}  // namespace

// ---- Row by row

TEST_CASE("each row is a commit of its own with an answer of its own, and sees what the rows before it did") {
    LedgerBox box;
    box.must_happen(world());
    const auto& answer = box.judge(
        bulk(row(1, "ann") + "," + row(1, "bob") + "," + row(9, "bob") + "," + row(2, "ann") + "," + row(3, "bob")));
    CHECK(rejected(answer) == "");
    CHECK(rejected_rows(answer) == std::vector<std::string>{"", "license_must_be_available", "license_must_exist",
                                                            "user_must_not_hold_product", ""});
    CHECK(is_event(events_of(answer.rows[0]).at(0), "{'licenseBound':{'license':1,'email':'ann@acme.test'}}"));
    CHECK(is_event(events_of(answer.rows[4]).at(0), "{'licenseBound':{'license':3,'email':'bob@acme.test'}}"));
    CHECK(answer.rows[4].first.value == answer.rows[0].last.value + 1);
    CHECK(answer.rows[1].last.value == 0);
    CHECK(box.log().last() == answer.rows[4].last);
    LedgerBox other;
    other.must_happen(world());
    CHECK(new_commits(other, bulk(row(1, "ann") + "," + row(2, "bob"))) == std::vector<std::size_t>{1, 1});
}

TEST_CASE("an unbound row says what is still billed for that person") {
    LedgerBox box;
    box.must_happen(steps(world(), bind(1, "ann"), bind(4, "ann"), bind(2, "bob")));
    const auto& answer =
        box.judge(bulk_unbind("{'license':1},{'license':3},{'sku':'connect','email':'bob@acme.test'}"));
    CHECK(rejected_rows(answer) == std::vector<std::string>{"", "license_must_be_bound", ""});
    CHECK(answer.rows[0].unbound);
    REQUIRE(answer.rows[0].still_billed.size() == 1);
    CHECK(answer.rows[0].still_billed[0].sku == "center");
    CHECK(answer.rows[0].still_billed[0].license.value == 4);
    CHECK_FALSE(answer.rows[1].unbound);
    CHECK(answer.rows[2].unbound);
    CHECK(answer.rows[2].still_billed.empty());
}

TEST_CASE("a bulk command whose rows cannot be judged is rejected as a whole") {
    LedgerBox box;
    box.must_happen(world());
    const auto& answer = box.judge(acme("'actor':'ann@acme.test','bindLicenses':{'rows':[" + row(1, "ann") + "]}"));
    CHECK(rejected(answer) == "role_required");
    CHECK(answer.rows.empty());
}

TEST_CASE("many rows make blocks of the usual size") {
    LedgerBox box;
    box.must_happen(
        {open_acme(), product("connect"), invoiced("i-1", "connect", 4000), paid("i-1", "40000.00", "b-1")});
    std::string binds;
    for (int i = 1; i <= 4000; ++i) {
        const auto name = "p" + std::to_string(i);
        box.judge_only(registered(name));
        binds += (i == 1 ? "" : ",") + row(i, name);
    }
    box.commit();
    const auto before = box.log().last().value;
    const auto& answer = box.judge(bulk(binds));
    REQUIRE(answer.rows.size() == 4000);
    CHECK(box.log().last().value == before + 4000);
    for (const auto& words : box.blocks()) {
        CHECK(words.size() * sizeof(std::uint64_t) < block_bytes_target + 10'000);
    }
    for (std::size_t i : {0, 2000, 3999}) {
        CHECK(is_event(events_of(answer.rows[i]).at(0), "{'licenseBound':{'license':" + std::to_string(i + 1) + "}}"));
    }
}

// ---- All or nothing

TEST_CASE("an atomic bulk command is one commit, of which each row has its part") {
    LedgerBox box;
    box.must_happen(world());
    const auto before = box.log().last().value;
    const auto& answer =
        box.judge(bulk(row(1, "ann") + "," + row(2, "bob") + ",{'sku':'connect','email':'cid@acme.test'}", atomic));
    CHECK(rejected(answer) == "");
    REQUIRE(answer.rows.size() == 3);
    for (std::size_t i = 0; i < 3; ++i) {
        CHECK(answer.rows[i].first.value == before + i + 1);
        CHECK(answer.rows[i].last.value == before + i + 1);
        CHECK_FALSE(answer.rows[i].dry_run);
        const auto events = events_of(answer.rows[i]);
        REQUIRE(events.size() == 1);
        CHECK(is_event(events[0], "{'licenseBound':{'license':" + std::to_string(i + 1) + "}}"));
    }
    CHECK(commit_sizes(box.blocks()).back() == 3);
}

TEST_CASE(
    "if a row of an atomic bulk command is rejected nothing was done, and every row says what was wrong with it") {
    LedgerBox box;
    box.must_happen(steps(world(), bind(1, "ann")));
    const auto blocks = box.blocks();
    const auto before = box.dump();
    const auto& answer = box.judge(bulk(row(2, "bob") + "," + row(3, "ann") + "," + row(9, "bob"), atomic));
    CHECK(rejected(answer) == "user_must_not_hold_product");
    CHECK(answer.rejection->message.find("row 2: ann@acme.test") != std::string::npos);
    CHECK(rejected_rows(answer) == std::vector<std::string>{"", "user_must_not_hold_product", "license_must_exist"});
    CHECK(answer.first.value == 0);
    CHECK(answer.last.value == 0);
    CHECK(box.blocks() == blocks);
    CHECK(box.dump() == before);
    // What had been tried out left nothing behind either.
    const auto& after = box.judge(bulk(row(2, "bob"), atomic));
    CHECK(rejected(after) == "");
    const auto live = box.dump();
    box.reopen();
    CHECK(box.dump() == live);
}

TEST_CASE("the rows of an atomic bulk command see what the rows before them did") {
    LedgerBox box;
    box.must_happen(world());
    CHECK(rejected(box.judge(bulk(row(1, "ann") + "," + row(1, "bob"), atomic))) == "license_must_be_available");
    CHECK(rejected(box.judge(bulk(row(1, "ann") + "," + row(2, "ann"), atomic))) == "user_must_not_hold_product");
    const std::string any = "{'sku':'connect','email':'";
    const auto& answer =
        box.judge(bulk(any + "ann@acme.test'}," + any + "bob@acme.test'}," + any + "cid@acme.test'}", atomic));
    CHECK(rejected(answer) == "");
    CHECK(rejected(box.judge(bulk(any + "boss@acme.test'}", atomic))) == "no_license_available");
    CHECK(rejected(box.judge(bulk_unbind("{'license':2},{'license':2}", atomic))) == "license_must_be_bound");
    CHECK(rejected(box.judge(bulk_unbind("{'license':2},{'license':3}", atomic))) == "");
    const auto live = box.dump();
    box.reopen();
    CHECK(box.dump() == live);
}

TEST_CASE("what an atomic bulk command tried is found free again by the next one that looks for a free license") {
    LedgerBox box;
    box.must_happen(world());
    const std::string any = "{'sku':'connect','email':'";
    const auto three_and_one =
        any + "ann@acme.test'}," + any + "bob@acme.test'}," + any + "cid@acme.test'}," + any + "boss@acme.test'}";
    for (int i = 0; i < 3; ++i) CHECK(rejected(box.judge(bulk(three_and_one, atomic))) == "no_license_available");
    box.judge(bulk(three_and_one, dry_run));
    const auto& answer = box.judge(acme("'bindLicense':{'sku':'connect','email':'boss@acme.test'}"));
    CHECK(is_event(events_of(answer).at(0), "{'licenseBound':{'license':1}}"));
}

TEST_CASE("of pending answers only those of the rejected command are forgotten") {
    LedgerBox box;
    box.must_happen(world());
    const auto& before = box.judge_only(bind(1, "ann"));
    const auto& broken = box.judge_only(bulk(row(2, "bob") + "," + row(2, "cid"), atomic));
    const auto& after = box.judge_only(bind(2, "cid"));
    box.commit();
    CHECK(rejected(broken) == "license_must_be_available");
    CHECK(is_event(events_of(before).at(0), "{'licenseBound':{'license':1}}"));
    CHECK(is_event(events_of(after).at(0), "{'licenseBound':{'license':2,'email':'cid@acme.test'}}"));
}

// ---- Only to see

TEST_CASE("a dry run judges and appends nothing, not even what fell due") {
    LedgerBox box;
    box.must_happen(world_with_due());
    const auto blocks = box.blocks();
    const auto before = box.dump();
    const auto& answer =
        box.judge(bulk(row(2, "bob") + "," + row(3, "ann") + "," + row(3, "bob") + "," + row(4, "bob"), dry_run));
    CHECK(rejected(answer) == "");
    CHECK(answer.dry_run);
    CHECK(rejected_rows(answer) ==
          std::vector<std::string>{"license_must_not_be_expired", "", "license_must_be_available", ""});
    for (std::size_t i : {1, 3}) {
        const auto events = events_of(answer.rows[i]);
        REQUIRE(events.size() == 1);
        CHECK(is_event(events[0], "{'sequence':null,'effectiveAt':'2020-01-03T00:00:00.000000Z','licenseBound':{}}"));
        CHECK(answer.rows[i].dry_run);
        CHECK(answer.rows[i].last.value == 0);
    }
    CHECK(box.blocks() == blocks);
    CHECK(box.dump() == before);
    box.must_happen({bind(3, "bob")});
    const auto live = box.dump();
    box.reopen();
    CHECK(box.dump() == live);
}

TEST_CASE("a dry run of an atomic bulk command gives the answer that the command would get") {
    LedgerBox box;
    box.must_happen(world());
    const auto blocks = box.blocks();
    const auto rows = row(1, "ann") + "," + row(1, "bob");
    const auto& dry = box.judge(bulk(rows, atomic + dry_run));
    CHECK(rejected(dry) == "license_must_be_available");
    CHECK(dry.dry_run);
    CHECK(rejected_rows(dry) == std::vector<std::string>{"", "license_must_be_available"});
    const auto& good = box.judge(bulk(row(1, "ann") + "," + row(2, "bob"), atomic + dry_run));
    CHECK(rejected(good) == "");
    CHECK(rejected_rows(good) == std::vector<std::string>{"", ""});
    CHECK(box.blocks() == blocks);

    const auto& real = box.judge(bulk(rows, atomic));
    CHECK(rejected(real) == "license_must_be_available");
    CHECK(real.rejection->message == dry.rejection->message);
    CHECK_FALSE(real.dry_run);
    CHECK(box.blocks() == blocks);
}

TEST_CASE("a dry run of an unbind says what would still be billed") {
    LedgerBox box;
    box.must_happen(steps(world(), bind(1, "ann"), bind(4, "ann")));
    const auto& answer = box.judge(bulk_unbind("{'license':1},{'license':4}", dry_run));
    REQUIRE(answer.rows.size() == 2);
    REQUIRE(answer.rows[0].still_billed.size() == 1);
    CHECK(answer.rows[0].still_billed[0].sku == "center");
    CHECK(answer.rows[1].unbound);
    CHECK(answer.rows[1].still_billed.empty());
    CHECK(rejected(box.judge(unbind(1))) == "");
}

// ---- reassignLicense

TEST_CASE("reassignLicense is one commit, or nothing") {
    LedgerBox box;
    box.must_happen(steps(world(), bind(1, "ann"), bind(4, "ann"), bind(2, "bob")));
    const auto to = [](const std::string& name) {
        return acme("'reassignLicense':{'license':1,'email':'" + name + "@acme.test'}");
    };
    const auto blocks = box.blocks();
    CHECK(rejected(box.judge(to("bob"))) == "user_must_not_hold_product");
    CHECK(rejected(box.judge(to("nobody"))) == "user_must_be_registered");
    CHECK(box.blocks() == blocks);
    const auto& answer = box.judge(to("cid"));
    CHECK(answer.last.value == answer.first.value + 1);
    CHECK(commit_sizes(box.blocks()).back() == 2);
    CHECK(answer.unbound);
    REQUIRE(answer.still_billed.size() == 1);
    CHECK(answer.still_billed[0].sku == "center");
    const auto events = events_of(answer);
    CHECK(is_event(events.at(0), "{'licenseUnbound':{'license':1,'email':'ann@acme.test'}}"));
    CHECK(is_event(events.at(1), "{'licenseBound':{'license':1,'email':'cid@acme.test'}}"));
}

}  // namespace seatledger
