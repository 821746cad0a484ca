#include "tools/event_prose.h"

#include <array>
#include <chrono>
#include <cstdio>
#include <optional>
#include <string_view>

#include "events/calendar.h"
#include "events/instant.h"
#include "events/text.h"
#include "tools/event_sentence.h"
#include "tools/output.h"

namespace seatledger {
namespace {

using schema::Event;

constexpr std::string_view indent = "    ";

// What was written down so much later is worth a word: it was brought in, or is a correction.
constexpr std::int64_t late_micros = std::chrono::microseconds(std::chrono::minutes(1)).count();

// (09:05:00 Europe/Berlin), with the day where it is another one; nothing where that is what UTC shows.
std::string local(Instant instant, std::string_view zone_name) {
    const auto* zone = zone_name.empty() ? nullptr : find_time_zone(zone_name);
    if (zone == nullptr) return {};
    const auto there = local_time(instant, *zone);
    if (there.offset_seconds == 0) return {};
    std::array<char, 64> text{};
    std::snprintf(text.data(), text.size(), "%04d-%02u-%02u %02u:%02u:%02u", there.year, there.month, there.day,
                  there.hour, there.minute, there.second);
    const std::string_view shown(text.data());
    const auto day = shown.substr(0, shown.find(' '));
    const bool is_same_day = to_rfc3339(instant).starts_with(day);
    return " (" + std::string(is_same_day ? shown.substr(day.size() + 1) : shown) + ' ' + harmless_text(zone_name) +
           ')';
}

std::string heading(Event::Reader event, std::string_view zone) {
    const Instant effective_at{event.getEffectiveAt()};
    auto line = shown_instant(effective_at.micros) + local(effective_at, zone) + "  event " +
                std::to_string(event.getSequence());
    if (event.hasRequestId()) line += ", request " + harmless_text(view(event.getRequestId()));
    return line + '\n';
}

std::string add_line(std::string_view text) { return std::string(indent) + std::string(text) + '\n'; }

std::string sentence(Event::Reader event, const EventTexts& texts) {
    return event_subject(event, texts) + ' ' + event_predicate(event, texts) + '.';
}

struct Named {
    std::uint32_t license = 0;  // 0: it names an invoice
    std::string_view invoice;
};

// What the event names that has an origin. The payment itself says what it is.
std::optional<Named> named_in(Event::Reader event) {
    const auto of_invoice = [](auto body) { return Named{0, view(body.getInvoice())}; };
    switch (event.which()) {
        case Event::LICENSE_BOUND: return Named{event.getLicenseBound().getLicense(), {}};
        case Event::LICENSE_UNBOUND: return Named{event.getLicenseUnbound().getLicense(), {}};
        case Event::LICENSES_ISSUED: return of_invoice(event.getLicensesIssued());
        case Event::LICENSES_EXPIRED: return of_invoice(event.getLicensesExpired());
        case Event::LICENSES_REVOKED: return of_invoice(event.getLicensesRevoked());
        case Event::INVOICE_CREDITED: return of_invoice(event.getInvoiceCredited());
        case Event::PAYMENT_REVERSED: return of_invoice(event.getPaymentReversed());
        case Event::NOTIFICATION_QUEUED:
            if (!event.getNotificationQueued().hasInvoice()) return {};
            return of_invoice(event.getNotificationQueued());
        default: return {};
    }
}

bool is_of(schema::Origin::Reader origin, const Named& named) {
    if (named.license == 0) return origin.getQuantity() == 0 && view(origin.getInvoice()) == named.invoice;
    return named.license >= origin.getFirst() && named.license - origin.getFirst() < origin.getQuantity();
}

// Nothing: it goes back to none, or nobody has told which.
std::string origin_of(Event::Reader event, capnp::List<schema::Origin>::Reader origins) {
    const auto named = named_in(event);
    if (!named) return {};
    for (const auto origin : origins) {
        if (!is_of(origin, *named)) continue;
        const auto invoice = "invoice " + harmless_text(view(origin.getInvoice()));
        if (origin.hasReference()) {
            return add_line("It goes back to payment " + harmless_text(view(origin.getReference())) + " of " + invoice +
                            " (event " + std::to_string(origin.getPayment()) + ").");
        }
        return named->license == 0 ? std::string() : add_line("It goes back to " + invoice + '.');
    }
    return {};
}

std::string lateness(Event::Reader event) {
    if (event.getRecordedAt() - event.getEffectiveAt() < late_micros) return {};
    return add_line("It was recorded at " + shown_instant(event.getRecordedAt()) + '.');
}

}  // namespace

std::string event_prose(Event::Reader event, const EventTexts& texts, schema::Events::Reader page) {
    auto result = heading(event, view(page.getTimeZone())) + add_line(sentence(event, texts));
    if (event.getCorrects() != 0) {
        result += add_line("It corrects event " + std::to_string(event.getCorrects()) + '.');
    }
    return result + origin_of(event, page.getOrigins()) + lateness(event);
}

}  // namespace seatledger
