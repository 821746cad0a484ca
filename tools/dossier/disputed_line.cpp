#include "tools/dossier/disputed_line.h"

#include <sstream>

#include "events/text.h"
#include "tools/bills/declared_layout.h"
#include "tools/bills/read_bill.h"
#include "tools/dossier/dossier_phrases.h"
#include "tools/dossier/line_opinion.h"

namespace seatledger {

std::string too_long(const billing::DayPeriod& days, schema::Language language) {
    if (days.days() <= opinion_days_max) return {};
    return dossier_phrases(language).too_many_days(std::to_string(days.days()), std::to_string(opinion_days_max));
}

Dossier::Line read_disputed_line(schema::DisputeOpened::Reader dispute, std::optional<std::string_view> text,
                                 const std::string& layout, const date::time_zone& zone, schema::Language language) {
    Dossier::Line line;
    if (dispute.hasInvoice()) line.invoice = view(dispute.getInvoice());
    if (dispute.getLine() != 0) line.invoice_line = dispute.getLine();
    if (!dispute.hasBill()) return line;
    const auto bill = dispute.getBill();
    line.sha256 = view(bill.getSha256());
    line.row = bill.getRow();
    if (bill.hasDate()) line.date = view(bill.getDate());
    line.layout = layout.empty() ? std::string(view(bill.getLayout())) : layout;
    if (!text) return line;
    line.text = *text;
    if (line.layout.empty()) {
        line.unread = dossier_phrases(language).layout_not_said();
        return line;
    }
    const auto declared = billing::parse_declared_layout(line.layout, zone);
    if (!declared) {
        line.unread = declared.error();
        return line;
    }
    auto read = billing::read_bill_line(declared->header, *text, line.row, declared->format, declared->mapping);
    if (!read) {
        line.unread = read.error().reason;
    } else if (auto why = too_long(read->period, language); !why.empty()) {
        line.unread = std::move(why);
    } else {
        line.read = std::move(*read);
    }
    return line;
}

std::expected<std::vector<billing::BillLine>, std::string> read_whole_bill(const std::string& bill,
                                                                           const Dossier::Line& line,
                                                                           const date::time_zone& zone) {
    using Failed = std::unexpected<std::string>;
    const auto declared = billing::parse_declared_layout(line.layout, zone);
    if (!declared) return Failed(declared.error());
    std::vector<billing::BillLine> lines;
    bool is_there = false;
    const billing::BillSink sink{[&](billing::BillLine of, std::string_view text) {
                                     is_there = is_there || (of.line == line.row && text == line.text);
                                     lines.push_back(std::move(of));
                                 },
                                 [](const billing::RefusedLine&, std::string_view) {}};
    std::istringstream stream(bill);
    const auto read = billing::read_bill(stream, "the bill", declared->format, declared->mapping, sink);
    if (!read) return Failed(read.error().text());
    if (read->sha256 != line.sha256) {
        return Failed("it is not the bill that is disputed: its SHA-256 is " + read->sha256 + ", that of the bill " +
                      line.sha256);
    }
    if (!is_there)
        return Failed("the disputed line does not stand in row " + std::to_string(line.row) + " of the bill");
    return lines;
}

}  // namespace seatledger
