// The block that events/README.md explains byte by byte is one that the code writes.
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "events/block.h"
#include "events/commit_writer.h"
#include "server/json.h"
#include "tests/support/catch.h"
#include "tests/support/given.h"
#include "tests/support/source_tree.h"

namespace seatledger {
namespace {

using namespace testing;

// What the page says of it: event 41, by which boss@acme.test, through the vendor, gave license 17 to ann@acme.test.
Words example_block() {
    Envelope envelope;
    envelope.account = "acme";
    envelope.recorded_at = instant("2026-03-02T09:30:00Z");
    envelope.effective_at = instant("2026-03-02T09:00:00Z");
    envelope.principal = schema::Event::Principal::USER;
    envelope.actor = UserId(1);
    envelope.via_vendor = true;

    BlockBuilder block(Sequence(41));
    CommitWriter writer(block, envelope);
    auto bound = writer.begin().initLicenseBound();
    bound.setLicense(17);
    bound.setSku("connect");
    bound.setUser(2);
    writer.end();
    block.end_commit();
    return block.finish();
}

std::string hex_of(const Words& block) {
    std::string hex;
    for (const auto byte : std::as_bytes(std::span(block))) {
        char digits[3];
        std::snprintf(digits, sizeof digits, "%02x", std::to_integer<unsigned>(byte));
        hex += hex.empty() ? "" : " ";
        hex += digits;
    }
    return hex;
}

// The page's lines that look like "0008  29 00 00 00 00 00 00 00  what it is": their bytes. Each must say where it is.
std::string hex_in_page() {
    std::string hex;
    for (const auto& line : lines_of(read_source("events/README.md"))) {
        if (line.size() < 8 || line.find_first_not_of("0123456789abcdef") != 4 || line.substr(4, 2) != "  ") continue;
        INFO(line);
        CHECK(std::strtoul(line.substr(0, 4).c_str(), nullptr, 16) == (hex.size() + 1) / 3);
        const auto bytes = line.substr(6, line.find("  ", 6) - 6);
        hex += (hex.empty() ? "" : " ") + bytes;
    }
    return hex;
}

}  // namespace

TEST_CASE("the worked example in events/README.md is a block as it is written today") {
    INFO("If the format is meant to change, events/README.md says what else has to.");
    CHECK(hex_in_page() == hex_of(example_block()));
}

TEST_CASE("the event in events/README.md is the one in the worked example") {
    const auto block = example_block();
    const auto opened = open_block(block);
    REQUIRE(opened.has_value());
    const auto event = read_event(*opened->entries().begin());
    const AddressOf address = [](UserId user) -> std::optional<std::string_view> {
        return user == UserId(1) ? "boss@acme.test" : "ann@acme.test";
    };
    std::string json;
    write_event(event, address, json);

    std::string page = read_source("events/README.md");
    std::erase_if(page, [](char c) { return c == '\n' || c == ' '; });
    CHECK(page.find(json) != std::string::npos);
}

}  // namespace seatledger
