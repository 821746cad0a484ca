#include "tools/person_screen.h"

#include <capnp/message.h>

#include <vector>

#include "tools/output.h"

namespace seatledger {
namespace {

// What stands above a table, and what in its place if it has no rows.
template <typename List>
void print_list(const char* title, const char* nothing, List rows, std::FILE* out, bool colour) {
    if (rows.size() == 0) {
        std::fprintf(out, "\n%s\n", nothing);
        return;
    }
    std::fprintf(out, "\n%s\n", title);
    RowPrinter printer(out, Format::table, colour);
    for (const auto each : rows) printer.print(each);
    printer.flush();
}

// Not what is in it, which may be long.
void print_phone(schema::UserDetail::Phone::Reader phone, std::FILE* out) {
    if (phone.getStatus() == schema::PhoneStatus::NONE) {
        std::fputs("\nNo phone configuration.\n", out);
        return;
    }
    std::fprintf(out, "\nPhone configuration of %s", shown_instant(phone.getSavedAt()).c_str());
    if (phone.getStatus() == schema::PhoneStatus::SAVED) {
        std::fputs(", in use\n", out);
    } else {
        std::fprintf(out, ", kept until %s\n", shown_instant(phone.getKeptUntil()).c_str());
    }
}

}  // namespace

void print_person(schema::UserDetail::Reader person, std::FILE* out, bool colour) {
    capnp::MallocMessageBuilder message;
    auto row = message.initRoot<schema::UserRow>();
    if (person.hasEmail()) row.setEmail(person.getEmail());
    if (person.hasName()) row.setName(person.getName());
    row.setRoles(person.getRoles());
    row.setRegisteredAt(person.getRegisteredAt());
    std::vector<std::uint32_t> licenses;
    for (const auto product : person.getProducts()) {
        if (product.getOn()) licenses.push_back(product.getLicense());
    }
    auto held = row.initLicenses(static_cast<unsigned>(licenses.size()));
    for (unsigned i = 0; i < licenses.size(); ++i) held.set(i, licenses[i]);
    RowPrinter printer(out, Format::table, colour);
    printer.print(row.asReader());
    printer.flush();
    print_list("Products", "The account has no products.", person.getProducts(), out, colour);
    print_list("Queues", "In no queue.", person.getQueues(), out, colour);
    print_list("Billed", "Billed for nothing.", person.getBilled(), out, colour);
    print_phone(person.getPhone(), out);
}

}  // namespace seatledger
