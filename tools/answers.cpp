#include "tools/answers.h"

#include <algorithm>
#include <cerrno>
#include <limits>

#include "engine/rules/values.h"
#include "events/event_name.h"
#include "events/instant.h"
#include "events/text.h"
#include "server/json.h"
#include "tools/output.h"

namespace seatledger {
namespace {

constexpr std::size_t buffer_bytes = 64 * 1024;
constexpr std::string_view green = "\x1b[32m";
constexpr std::string_view red = "\x1b[31m";

// What people wrote, on one line and with nothing in it that steers a terminal.
std::string harmless(std::string_view from) {
    auto clean = well_formed(from);
    std::ranges::replace_if(
        clean, [](char c) { return (c >= 0 && c < ' ') || c == '\x7f'; }, ' ');
    return clean;
}

void add_people(schema::Answer::Reader answer, KnownAddresses& addresses) {
    for (const auto person : answer.getPeople()) addresses.add(person);
    for (const auto row : answer.getRows()) add_people(row, addresses);
}

}  // namespace

bool is_rejected(schema::Answer::Reader answer) {
    if (answer.hasRejected()) return true;
    for (const auto row : answer.getRows()) {
        if (is_rejected(row)) return true;
    }
    return false;
}

void AnswerPrinter::print(schema::Answer::Reader answer) {
    if (is_rejected(answer)) ++refused_;
    if (format_ == Format::table) {
        KnownAddresses addresses;
        add_people(answer, addresses);
        say(answer, addresses, "");
    } else {
        write_answer(answer, buffer_);
        buffer_ += '\n';
    }
    write_if_full();
}

void AnswerPrinter::print_error(std::string_view error, std::size_t line) {
    ++refused_;
    if (format_ == Format::table) {
        coloured(red, "error");
        buffer_ += " line " + std::to_string(line) + ": " + harmless(error) + '\n';
    } else {
        buffer_ += R"({"error":)";
        write_text(error, buffer_);
        buffer_ += R"(,"line":)" + std::to_string(line) + "}\n";
    }
    write_if_full();
}

// One answer; below it, further in, the rows of a bulk command.
void AnswerPrinter::say(schema::Answer::Reader answer, const KnownAddresses& addresses, const std::string& indent) {
    buffer_ += indent;
    if (answer.hasRejected()) {
        coloured(red, "rejected");
        buffer_ += ' ' + harmless(view(answer.getRejected())) + ": " + harmless(view(answer.getMessage())) + '\n';
    } else {
        say_done(answer, addresses, indent);
    }
    unsigned number = 0;
    for (const auto row : answer.getRows()) {
        buffer_ += indent + "  row " + std::to_string(++number) + ": ";
        const auto begin = buffer_.size();
        say(row, addresses, indent + "  ");
        buffer_.erase(begin, indent.size() + 2);  // it goes on behind "row"
    }
}

void AnswerPrinter::say_done(schema::Answer::Reader answer, const KnownAddresses& addresses,
                             const std::string& indent) {
    coloured(green, answer.getDryRun() ? "would be done" : "done");
    if (answer.getSequence() != 0) buffer_ += ' ' + std::to_string(answer.getSequence());
    if (answer.getReplayed()) buffer_ += " (before: the request id had been seen)";

    // What a dry run gives has no sequence yet, and comes after everything else.
    schema::Event::Reader event;
    const EventTexts texts(
        [&](UserId user) {
            const auto sequence =
                event.getSequence() == 0 ? std::numeric_limits<std::uint64_t>::max() : event.getSequence();
            return addresses.find(view(event.getAccount()), user, Sequence(sequence));
        },
        [&](capnp::Data::Reader box) { return find_opened(answer.getOpened(), box); });
    bool is_first = true;
    for (const Entry entry : entries_of(answer.getEntries())) {
        event = read_event(entry);
        buffer_ += is_first ? " " : '\n' + indent + "     ";
        is_first = false;
        const auto name = event_name(event);
        buffer_ += name.empty() ? "event of a kind that this program does not know" : name;
        if (const auto details = event_details(event, texts); !details.empty()) buffer_ += ' ' + details;
    }
    buffer_ += '\n';
    if (!answer.getUnbound()) return;
    for (const auto billed : answer.getStillBilled()) {
        buffer_ += indent + "     still billed: " + harmless(view(billed.getSku()));
        if (billed.isLicense()) {
            buffer_ += ", license " + std::to_string(billed.getLicense());
        } else {
            for (const auto queue : billed.getQueues()) {
                buffer_ +=
                    ", " + std::string(rules::name_of(queue.getKind())) + " queue " + harmless(view(queue.getQueue()));
            }
        }
        buffer_ += '\n';
    }
    if (const Instant until{answer.getPhoneKeptUntil()}; until != no_instant) {
        buffer_ += indent + "     phone configuration kept until " + to_rfc3339(until) + '\n';
    }
}

void AnswerPrinter::coloured(std::string_view escape, std::string_view text) {
    if (colour_) buffer_ += escape;
    buffer_ += text;
    if (colour_) buffer_ += "\x1b[0m";
}

void AnswerPrinter::write_if_full() {
    if (buffer_.size() >= buffer_bytes) write();
}

void AnswerPrinter::write() {
    if (error_ == 0 && std::fwrite(buffer_.data(), 1, buffer_.size(), out_) != buffer_.size()) error_ = errno;
    buffer_.clear();
}

bool AnswerPrinter::flush() {
    write();
    if (error_ == 0 && std::fflush(out_) != 0) error_ = errno;
    errno = error_;
    return error_ == 0;
}

}  // namespace seatledger
