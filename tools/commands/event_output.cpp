#include "tools/commands/event_output.h"

#include <poll.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <utility>

#include "tools/follow.h"

namespace seatledger {
namespace {

// False: something happened at `fd` before the time was over.
bool stays_quiet(int fd, std::chrono::milliseconds time) {
    pollfd wanted{fd, POLLIN, 0};
    return poll(&wanted, 1, static_cast<int>(time.count())) == 0;
}

}  // namespace

EventOutput::EventOutput(Format format, EventStyle style, std::uint64_t limit, bool follows)
    : format_(format), printer_(stdout, format, colour_on(STDOUT_FILENO)), pages_(printer_, style) {
    if (follows) interrupt_.emplace();
    if (limit != 0) left_ = limit;
}

std::expected<void, std::string> EventOutput::prepare(Client& client) {
    if (format_ != Format::cloudevents) return {};
    auto origin = ask_origin(client);
    if (!origin) return std::unexpected(std::move(origin.error()));
    printer_.set_origin(std::move(*origin));
    return {};
}

bool EventOutput::goes_on() const {
    return std::ferror(stdout) == 0 && !next_ && !(interrupt_ && (interrupt_->has_come() || left_ == 0));
}

bool EventOutput::take(schema::Events::Reader page) {
    const auto printed = left_ ? pages_.print(page, *left_) : pages_.print(page);
    if (left_) *left_ -= printed.count;
    if (printed.last) last_ = printed.last;
    next_ = printed.next;
    return goes_on();
}

ReplaySink EventOutput::sink() {
    ReplaySink sink;
    sink.take = [this](schema::Events::Reader page) { return take(page); };
    sink.pause = [this] {
        printer_.flush();
        return goes_on();
    };
    if (interrupt_) sink.interrupt = interrupt_->fd();
    return sink;
}

std::expected<void, std::string> EventOutput::follow(
    const ClientOptions& options, std::unique_ptr<Client> client,
    const std::function<std::expected<void, std::string>(Client&)>& read, const std::function<Sequence()>& seen) {
    Following following;
    following.connect = [&] { return Client::try_connect(options); };
    following.read = [&](Client& on) {
        const auto done = read(on);
        printer_.flush();
        return goes_on() ? done : std::expected<void, std::string>();
    };
    following.seen = seen;
    following.wait = [this](std::chrono::milliseconds time) {
        return stays_quiet(interrupt_->fd(), time) && goes_on();
    };
    following.tell = [](std::string_view message) { tell(message); };
    return seatledger::follow(std::move(client), following);
}

Outcome EventOutput::finish(const std::expected<void, std::string>& read, const std::string& option, Sequence next) {
    auto outcome = finish_output(printer_, Status::done);
    if (interrupt_ && interrupt_->has_come()) return Status::done;
    if (!read) return std::unexpected(Problem(read.error()));
    if (outcome && next && std::ferror(stdout) == 0) {
        const auto sequence = std::to_string(next.value);
        const auto name = option.substr(option.find_first_not_of('-'));
        tell(format_ == Format::table ? "more events: " + option + ' ' + sequence
                                      : "{\"" + name + "\":" + sequence + "}");
    }
    return outcome;
}

}  // namespace seatledger
