// Bills read whole, for the tests of their formats.
#pragma once

#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include "events/calendar.h"
#include "tests/support/catch.h"
#include "tests/support/source_tree.h"
#include "tools/bills/read_bill.h"

namespace seatledger::billing {

struct GivenBill {
    std::vector<BillLine> lines;
    std::vector<RefusedLine> refused;
    std::vector<std::string> line_texts;
    std::vector<std::string> refused_texts;
    BillSummary summary;
};

[[nodiscard]] inline BillFormat format_of(BillFormat::Kind kind, const char* zone = "UTC") {
    return usual_format(kind, *find_time_zone(zone));
}

[[nodiscard]] inline std::expected<GivenBill, FileError> try_bill(std::istream& stream, const BillFormat& format,
                                                                  const Mapping& mapping = {}) {
    GivenBill bill;
    const BillSink sink{.line =
                            [&](BillLine line, std::string_view text) {
                                bill.lines.push_back(std::move(line));
                                bill.line_texts.emplace_back(text);
                            },
                        .refused =
                            [&](RefusedLine line, std::string_view text) {
                                bill.refused.push_back(std::move(line));
                                bill.refused_texts.emplace_back(text);
                            }};
    auto summary = read_bill(stream, "bill.csv", format, mapping, sink);
    if (!summary) return std::unexpected(summary.error());
    bill.summary = std::move(*summary);
    CHECK(bill.summary.records == bill.summary.lines + bill.summary.refused);
    CHECK(bill.summary.lines == bill.lines.size());
    CHECK(bill.summary.refused == bill.refused.size());
    return bill;
}

[[nodiscard]] inline GivenBill read_given(std::istream& stream, const BillFormat& format, const Mapping& mapping = {}) {
    auto bill = try_bill(stream, format, mapping);
    INFO((bill ? "" : bill.error().text()));
    REQUIRE(bill);
    return std::move(*bill);
}

[[nodiscard]] inline GivenBill read_given(const std::string& text, const BillFormat& format,
                                          const Mapping& mapping = {}) {
    std::istringstream stream(text);
    return read_given(stream, format, mapping);
}

[[nodiscard]] inline std::string error_of(const std::string& text, const BillFormat& format,
                                          const Mapping& mapping = {}) {
    std::istringstream stream(text);
    const auto bill = try_bill(stream, format, mapping);
    REQUIRE_FALSE(bill);
    return bill.error().text();
}

[[nodiscard]] inline Mapping mapping_of(std::string_view json) {
    auto mapping = parse_mapping(json, "mapping.json");
    INFO((mapping ? "" : mapping.error().text()));
    REQUIRE(mapping);
    return std::move(*mapping);
}

// 2025-04-01/2025-05-01
[[nodiscard]] inline std::string days(const DayPeriod& period) {
    return to_text(period.begin) + "/" + to_text(period.end);
}

// A file of real bills that lies beside the project's folder on the machines of those who build it; nothing, with a
// warning, where it does not.
[[nodiscard]] inline std::optional<std::ifstream> real_bill(const std::string& name) {
    const auto path = testing::source_path("../shared/data") / name;
    std::ifstream stream(path, std::ios::binary);
    if (stream) return stream;
    WARN("not checked, since it is not on this machine: " << path);
    return {};
}

}  // namespace seatledger::billing
