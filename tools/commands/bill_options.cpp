#include "tools/commands/bill_options.h"

#include <algorithm>
#include <cerrno>
#include <system_error>

namespace seatledger {
namespace {

template <typename Value, std::size_t count>
CLI::Option* add_declared(CLI::App& command, const std::string& name, const char* type,
                          const std::array<billing::Declared<Value>, count>& names, std::optional<Value>& value,
                          const std::string& description) {
    return command
        .add_option_function<std::string>(
            name,
            [&names, &value, name](const std::string& word) {
                const auto known = std::ranges::find(names, word, [](const auto& named) { return named.first; });
                if (known == names.end()) {
                    std::string list;
                    for (const auto& named : names) list.append(list.empty() ? "" : ", ").append(named.first);
                    throw CLI::ValidationError(name, "'" + word + "' is none of " + list);
                }
                value = known->second;
            },
            description)
        ->type_name(type);
}

}  // namespace

std::expected<std::ifstream, std::string> BillOptions::open() const {
    errno = 0;
    std::ifstream stream(file, std::ios::binary);
    if (!stream) return std::unexpected(file + ": cannot be read: " + std::generic_category().message(errno));
    return stream;
}

billing::BillFormat BillOptions::format(const date::time_zone& zone) const {
    auto format = billing::usual_format(*kind, zone);
    format.dates = dates.value_or(format.dates);
    format.decimals = decimals.value_or(format.decimals);
    format.ends_inclusive = ends_inclusive.value_or(format.ends_inclusive);
    format.has_ledger_invoices = has_ledger_invoices.value_or(format.has_ledger_invoices);
    return format;
}

std::expected<billing::Mapping, Problem> BillOptions::mapping() const {
    if (mapping_file.empty()) return billing::Mapping();
    auto mapping = billing::read_mapping_file(mapping_file);
    if (!mapping) return std::unexpected(Problem(mapping.error().text()));
    return std::move(*mapping);
}

CLI::Option* add_bill_option(CLI::App& command, BillOptions& options) {
    return command.add_option("--bill", options.file, "The vendor's bill, CSV")->type_name("FILE")->required();
}

CLI::Option* add_bill_format_options(CLI::App& command, BillOptions& options) {
    auto* const kind = add_declared(command, "--bill-format", "FORMAT", billing::bill_kinds, options.kind,
                                    "How the bill is written: focus (FOCUS 1.0 to 1.2), partner-center (Microsoft's "
                                    "reconciliation files of licenses) or csv (any other)");
    add_declared(command, "--dates", "ORDER", billing::date_orders, options.dates,
                 "How days are written: iso (default), mdy or dmy");
    add_declared(command, "--decimals", "MARK", billing::decimal_marks, options.decimals,
                 "The decimal mark: point (default) or comma");
    add_declared(command, "--ends", "ENDS", billing::period_ends, options.ends_inclusive,
                 "Whether a period ends before the day that is written (exclusive; default) or with it (inclusive; "
                 "default of partner-center)");
    add_declared(command, "--invoices", "WHOSE", billing::invoice_numbers, options.has_ledger_invoices,
                 "Whose numbers the bill's invoices have: ledger (default of csv) or vendor (default of the others), "
                 "which are not looked up");
    command
        .add_option("--mapping", options.mapping_file,
                    "What the bill's words mean, JSON: {\"columns\":{},\"constants\":{},\"kinds\":{},\"skus\":{}}")
        ->type_name("FILE");
    return kind;
}

}  // namespace seatledger
