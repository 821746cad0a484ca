#include "tools/dossier/disputed_line.h"

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

}  // namespace seatledger
