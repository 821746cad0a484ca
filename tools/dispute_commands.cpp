#include "tools/dispute_commands.h"

#include <capnp/message.h>

#include "engine/rules/disputes.h"
#include "events/command.capnp.h"
#include "events/text.h"
#include "server/json.h"

namespace seatledger {
namespace {

std::string to_json(schema::Command::Reader command) {
    std::string json;
    write_row(command, json);
    return json;
}

}  // namespace

std::expected<std::string, std::string> dispute_command(std::string_view account, const ReceivedLine& line,
                                                        std::string_view claim) {
    capnp::MallocMessageBuilder message;
    auto command = message.initRoot<schema::Command>();
    command.setAccount(text(account));
    command.setRequestId(text("dispute/" + std::string(line.sha256) + "/" + std::to_string(line.row)));
    auto dispute = command.initOpenDispute();
    dispute.setClaim(text(claim));
    auto bill = dispute.initBill();
    bill.setSha256(text(line.sha256));
    bill.setRow(static_cast<std::uint32_t>(line.row));
    bill.setText(text(line.text));
    if (!line.date.empty()) bill.setDate(text(line.date));
    bill.setLayout(text(line.layout));
    if (auto checked = rules::check(dispute.asReader()); !checked) return std::unexpected(checked.error().message);
    return to_json(command);
}

std::string credit_command(std::string_view account, const DisputeCredit& credit) {
    capnp::MallocMessageBuilder message;
    auto command = message.initRoot<schema::Command>();
    command.setAccount(text(account));
    auto body = command.initCreditInvoice();
    body.setInvoice(text(credit.invoice));
    body.setLine(credit.line);
    body.setQuantity(0);
    auto amount = body.initAmount();
    amount.setAmount(credit.millionths);
    amount.setCurrency(text(credit.currency));
    body.setReason(text("dispute " + std::to_string(credit.dispute)));
    body.setDispute(credit.dispute);
    return to_json(command);
}

}  // namespace seatledger
