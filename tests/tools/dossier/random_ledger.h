// A ledger in which a lot happens at random that bills may be about.
#pragma once

#include <random>
#include <string>
#include <vector>

#include "events/text.h"
#include "tests/support/catch.h"
#include "tests/support/reconciled.h"

namespace seatledger::testing {

// acme, with every kind of product, and people who come and go.
class RandomLedger {
 public:
    RandomLedger(std::uint64_t seed, int steps) : random_(seed), now_(*parse_rfc3339("2024-02-10T09:00:00Z")) {
        box_.clock().set(now_);
        judge(priced("month", "P1M", "purchased", "29.99"));
        judge(priced("days", "P10D", "purchased", "7.00"));
        judge(priced("daily", "P1M", "assigned", "31.10"));
        judge(priced("weekly", "P1W", "assigned", "7.77"));
        judge(center());
        judge(open_acme(zones[below(zones.size())]));
        for (int i = 0; i < 6; ++i) judge(registered("p" + std::to_string(i)));
        for (const auto* queue : {"calls", "mail"}) judge(created(queue));
        const auto pace = 10 + below(60);
        for (int i = 0; i < steps; ++i) {
            if (below(3) == 0) now_.micros += static_cast<std::int64_t>(below(pace)) * hour;
            box_.clock().set(now_);
            step();
        }
    }

    [[nodiscard]] const LedgerBox& box() const { return box_; }

 private:
    static constexpr std::int64_t hour = std::int64_t{3'600} * 1'000'000;
    inline static const std::vector<std::string> zones = {"UTC", "Europe/Berlin", "America/St_Johns", "Pacific/Apia"};

    [[nodiscard]] std::size_t below(std::size_t end) { return random_() % end; }
    [[nodiscard]] std::string number(std::size_t end) { return std::to_string(below(end)); }
    void judge(const std::string& command) { static_cast<void>(box_.judge(command)); }
    std::string person() { return "p" + number(8); }
    std::string email() { return "'email':'" + person() + "@acme.test'"; }
    std::string queue() { return below(2) == 0 ? "calls" : "mail"; }
    std::string license() { return std::to_string(1 + below(static_cast<std::size_t>(licenses_) + 1)); }
    std::string invoice() { return "i" + std::to_string(1 + below(static_cast<std::size_t>(invoices_) + 1)); }
    std::string sku() { return std::vector<std::string>{"month", "days", "daily", "weekly"}[below(4)]; }
    static std::string created(const std::string& queue) {
        return acme("'createQueue':{'queue':'" + queue + "','kind':'call'}");
    }
    std::string center() { return priced("center" + std::to_string(++centers_), "P1M", "membership", "45.00"); }

    void step() {
        switch (below(24)) {
            case 0:
            case 1:
            case 2: return buy();
            case 3:
            case 4: return judge(unbind(std::stoi(license())));
            case 5: return judge(acme("'reassignLicense':{'license':" + license() + "," + email() + "}"));
            case 6: return judge(credited(invoice(), static_cast<int>(below(3)), "1.00"));
            case 7: return judge(acme("'reversePayment':{'invoice':'" + invoice() + "','reason':'chargeback'}"));
            case 8:
            case 9:
            case 10: return judge(joins(queue(), person()));
            case 11:
            case 12: return judge(leaves(queue(), person()));
            case 13: return of_queues();
            case 14: return of_people();
            case 15: return of_catalog();
            case 16:
            case 17: return of_orders();
            case 18: return settle();
            default: return judge(bind(std::stoi(license()), person()));
        }
    }

    void of_queues() {
        const auto name = queue();
        if (below(3) == 0) judge(acme("'deleteQueue':{'queue':'" + name + "'}"));
        judge(created(name));
    }

    void of_people() {
        if (below(3) == 0) return judge(acme("'removeUser':{" + email() + "}"));
        judge(registered(person()));
    }

    void of_catalog() {
        const auto price = "{'amount':'" + std::to_string(5 + below(40)) + ".50','currency':'USD'}";
        switch (below(5)) {
            case 0: return judge("{'retireProduct':{'sku':'center" + std::to_string(centers_) + "'}}");
            case 1: judge("{'retireProduct':{'sku':'center" + std::to_string(centers_) + "'}}"); return judge(center());
            case 2: return judge("{'changeProduct':{'sku':'" + sku() + "','name':'Name " + number(9) + "'}}");
            case 3:
                return judge("{'changeProduct':{'sku':'center" + std::to_string(centers_) +
                             "','name':'N','unitPrice':" + price + "}}");
            default: return judge("{'changeProduct':{'sku':'" + sku() + "','name':'N','unitPrice':" + price + "}}");
        }
    }

    void of_orders() {
        const auto order = std::to_string(1 + below(static_cast<std::size_t>(orders_) + 1));
        switch (below(4)) {
            case 0: return judge(acme("'cancelOrder':{'order':" + order + "}"));
            case 1: {
                const auto id = "i" + std::to_string(++invoices_);
                ++licenses_;
                if (box_.judge(acme("'fulfillOrder':{'order':" + order + ",'invoice':'" + id + "'}")).rejection) return;
                return pay(id);
            }
            default:
                ++orders_;
                return judge(
                    acme("'requestLicenses':{'sku':'" + sku() + "','quantity':" + std::to_string(1 + below(2)) + "}"));
        }
    }

    void buy() {
        const auto id = "i" + std::to_string(++invoices_);
        std::string lines;
        for (auto count = 1 + below(3); count > 0; --count) {
            const auto quantity = 1 + static_cast<int>(below(4));
            licenses_ += quantity;
            if (!lines.empty()) lines += ",";
            lines += "{'sku':'" + sku() + "','quantity':" + std::to_string(quantity);
            if (below(4) == 0)
                lines += ",'unitPrice':{'amount':'" + std::to_string(3 + below(9)) + ".25','currency':'USD'}";
            lines += "}";
        }
        judge(acme("'issueInvoice':{'invoice':'" + id + "','raisedBy':'boss@acme.test','lines':[" + lines + "]}"));
        // Some are paid later, and some never.
        if (below(4) != 0) pay(id);
    }

    // As much as the invoice says.
    void pay(const std::string& id) {
        std::string total;
        for (const auto& words : box_.blocks()) {
            const auto block = open_block(words);
            for (const auto& entry : block->entries()) {
                const auto event = read_event(entry);
                if (!event.isInvoiceIssued() || view(event.getInvoiceIssued().getInvoice()) != id) continue;
                total = to_text(billing::Decimal{event.getInvoiceIssued().getTotal().getAmount(), 6}, 2);
            }
        }
        if (!total.empty()) judge(paid(id, total, "bank-" + id));
    }

    void settle() {
        const auto id = invoice();
        below(3) == 0 ? judge(acme("'voidInvoice':{'invoice':'" + id + "'}")) : pay(id);
    }

    std::mt19937_64 random_;
    Instant now_;
    LedgerBox box_;
    int invoices_ = 0;
    int licenses_ = 0;
    int orders_ = 0;
    int centers_ = 0;
};

}  // namespace seatledger::testing
