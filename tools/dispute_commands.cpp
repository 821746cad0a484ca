#include "tools/dispute_commands.h"

#include <capnp/message.h>

#include "events/command.capnp.h"
#include "events/text.h"
#include "server/json.h"

namespace seatledger {

std::string dispute_command(std::string_view account, const ReceivedLine& line, std::string_view claim) {
    capnp::MallocMessageBuilder message;
    auto command = message.initRoot<schema::Command>();
    command.setAccount(text(account));
    auto dispute = command.initOpenDispute();
    dispute.setClaim(text(claim));
    auto bill = dispute.initBill();
    bill.setSha256(text(line.sha256));
    bill.setRow(static_cast<std::uint32_t>(line.row));
    bill.setText(text(line.text));
    if (!line.date.empty()) bill.setDate(text(line.date));
    bill.setLayout(text(line.layout));
    std::string json;
    write_row(command.asReader(), json);
    return json;
}

}  // namespace seatledger
