// seatledger bind, seatledger unbind: what administrators do all day, without writing JSON.
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <limits>
#include <memory>
#include <string>
#include <system_error>

#include "events/text.h"
#include "tools/answers.h"
#include "tools/commands/arguments.h"
#include "tools/commands/commands.h"
#include "tools/requests.h"

namespace seatledger {
namespace {

struct Seat {
    ClientOptions client;
    Format format = Format::json;
    std::string account;
    std::string actor;
    std::string request_id;
    std::uint64_t license = 0;
    std::string sku;
    std::string email;
    bool dry_run = false;
};

template <typename Row>
void fill_row(const Seat& seat, Row row) {
    row.setLicense(static_cast<std::uint32_t>(seat.license));
    if (!seat.sku.empty()) row.setSku(text(seat.sku));
    if (!seat.email.empty()) row.setEmail(text(seat.email));
}

// A dry run is a bulk command of one row, since that is what has one.
void fill_command(const Seat& seat, bool bind, schema::Command::Builder command) {
    command.setAccount(text(seat.account));
    if (!seat.actor.empty()) command.setActor(text(seat.actor));
    if (!seat.request_id.empty()) command.setRequestId(text(seat.request_id));
    if (!seat.dry_run) {
        bind ? fill_row(seat, command.initBindLicense()) : fill_row(seat, command.initUnbindLicense());
    } else if (bind) {
        auto rows = command.initBindLicenses();
        rows.setDryRun(true);
        fill_row(seat, rows.initRows(1)[0]);
    } else {
        auto rows = command.initUnbindLicenses();
        rows.setDryRun(true);
        fill_row(seat, rows.initRows(1)[0]);
    }
}

Outcome submit(const Seat& seat, bool bind) {
    const auto client = connect(seat.client);
    if (!client) return std::unexpected(client.error());
    capnp::MallocMessageBuilder message;
    auto command = message.initRoot<schema::Command>();
    fill_command(seat, bind, command);
    const schema::Command::Reader commands[] = {command.asReader()};
    const auto request = send_submit(**client, commands);
    if (!request) return std::unexpected(Problem(request.error()));
    const auto reply = receive_answers(**client, *request, 1);
    if (!reply) return std::unexpected(Problem(reply.error()));
    const auto answer = reply->get().getAnswers()[0];
    AnswerPrinter printer(stdout, seat.format, colour_on(STDOUT_FILENO));
    printer.print(answer.hasRows() ? answer.getRows()[0] : answer);
    if (!printer.flush()) {
        return std::unexpected(Problem("cannot write the answer: " + std::generic_category().message(errno)));
    }
    return printer.refused() > 0 ? Status::rejected : Status::done;
}

void add_seat(CLI::App& command, bool bind, Action& action) {
    const auto seat = std::make_shared<Seat>();
    add_account_option(command, seat->account);
    auto* license = add_number_option(command, "--license", seat->license, 1, std::numeric_limits<std::uint32_t>::max(),
                                      "The license with that number");
    auto* sku = command.add_option("--sku", seat->sku, bind ? "Any free license of that product" : "Of that product")
                    ->type_name("SKU")
                    ->excludes(license);
    auto* email = command.add_option("--email", seat->email, bind ? "To whom" : "From whom")->type_name("EMAIL");
    if (bind) {
        email->required();
    } else {
        email->excludes(license)->needs(sku);
        sku->needs(email);
    }
    command.add_flag("--dry-run", seat->dry_run, "Say what would happen, and do nothing");
    command.add_option("--actor", seat->actor, "In the name of this user of the account")->type_name("EMAIL");
    command.add_option("--request-id", seat->request_id, "Given again, it is answered again and nothing is done twice")
        ->type_name("ID");
    add_format_option(command, seat->format);
    add_connection_options(command, seat->client);
    command.callback([&action, seat, bind] {
        if (seat->license == 0 && seat->sku.empty()) {
            throw CLI::RequiredError(bind ? "--license or --sku" : "--license, or --sku and --email,");
        }
        if (seat->format == Format::csv) {
            throw CLI::ValidationError("--format", "answers have no columns: table or json");
        }
        action = [seat, bind] { return submit(*seat, bind); };
    });
}

}  // namespace

void add_bind(CLI::App& program, Action& action) {
    auto& command = *program.add_subcommand("bind", "Give a license to a person");
    command.footer(
        "With --sku, of the free licenses the one that ends first is taken.\n"
        "Examples:\n"
        "  seatledger bind --account acme --license 17 --email ann@acme.test\n"
        "  seatledger bind --account acme --sku connect --email ann@acme.test --dry-run");
    add_seat(command, true, action);
}

void add_unbind(CLI::App& program, Action& action) {
    auto& command = *program.add_subcommand("unbind", "Take a license away from a person");
    command.footer(
        "The answer says what is still billed for them.\n"
        "Examples:\n"
        "  seatledger unbind --account acme --license 17\n"
        "  seatledger unbind --account acme --sku connect --email ann@acme.test --dry-run");
    add_seat(command, false, action);
}

}  // namespace seatledger
