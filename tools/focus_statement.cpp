#include "tools/focus_statement.h"

#include <kj/debug.h>

#include <algorithm>
#include <array>
#include <map>
#include <utility>
#include <vector>

#include "events/instant.h"
#include "events/money.h"
#include "events/text.h"
#include "tools/csv_line.h"
#include "tools/output.h"

namespace seatledger {
namespace {

using billing::Decimal;
using billing::Exact;
using billing::StatementBy;
using billing::StatementDue;
using billing::StatementRow;

// In the order of the alphabet, as the specification's own examples have them. Columns of what there is none of here
// (regions, commitment discounts, sub accounts, tags, currencies of prices) are left out, as it allows.
enum class Column : std::uint8_t {
    billed_cost,
    billing_account_id,
    billing_account_name,
    billing_currency,
    billing_period_end,
    billing_period_start,
    charge_category,
    charge_class,  // always null: nothing here corrects another period's charge
    charge_description,
    charge_frequency,
    charge_period_end,
    charge_period_start,
    consumed_quantity,
    consumed_unit,
    contracted_cost,
    contracted_unit_price,
    effective_cost,
    invoice_id,
    invoice_issuer_name,
    list_cost,
    list_unit_price,
    pricing_category,
    pricing_quantity,
    pricing_unit,
    provider_name,
    publisher_name,
    resource_id,
    resource_name,  // always null: licenses have none, and people's are not asked for
    resource_type,
    service_category,
    service_name,
    service_subcategory,
    sku_id,
    sku_meter,
    sku_price_id,
};

constexpr std::array column_names = {
    "BilledCost",
    "BillingAccountId",
    "BillingAccountName",
    "BillingCurrency",
    "BillingPeriodEnd",
    "BillingPeriodStart",
    "ChargeCategory",
    "ChargeClass",
    "ChargeDescription",
    "ChargeFrequency",
    "ChargePeriodEnd",
    "ChargePeriodStart",
    "ConsumedQuantity",
    "ConsumedUnit",
    "ContractedCost",
    "ContractedUnitPrice",
    "EffectiveCost",
    "InvoiceId",
    "InvoiceIssuerName",
    "ListCost",
    "ListUnitPrice",
    "PricingCategory",
    "PricingQuantity",
    "PricingUnit",
    "ProviderName",
    "PublisherName",
    "ResourceId",
    "ResourceName",
    "ResourceType",
    "ServiceCategory",
    "ServiceName",
    "ServiceSubcategory",
    "SkuId",
    "SkuMeter",
    "SkuPriceId",
};
static_assert(column_names.size() == static_cast<std::size_t>(Column::sku_price_id) + 1);

// Of unit prices: enough for millions of days, and few enough for whoever reads them as binary floating point.
constexpr unsigned price_decimals = 10;

// How a way of billing looks in FOCUS.
struct Manner {
    const char* category;
    const char* frequency;  // purchases do not repeat by themselves: a term ends, and another one is bought
    const char* unit;
    const char* meter;
    const char* description;
};

const Manner& manner_of(schema::Billing billing) {
    static constexpr Manner purchased{"Purchase", "One-Time", "Licenses", "Terms", "terms of licenses that begin"};
    static constexpr Manner assigned{"Usage", "Usage-Based", "License-Days", "Days bound",
                                     "days on which somebody had a license"};
    static constexpr Manner membership{"Usage", "Usage-Based", "Member-Days", "Days in queues",
                                       "days on which somebody was in a queue"};
    switch (billing) {
        case schema::Billing::PURCHASED: return purchased;
        case schema::Billing::ASSIGNED: return assigned;
        case schema::Billing::MEMBERSHIP: return membership;
    }
    KJ_UNREACHABLE;
}

Decimal decimal(const Exact& number, unsigned decimals) {
    const auto shown = billing::to_decimal(number, decimals);
    KJ_REQUIRE(shown.has_value(), "an amount is larger than a statement can show");
    return *shown;
}

unsigned minor_digits(const std::string& currency) {
    return static_cast<unsigned>(minor_unit_digits(currency).value_or(2));
}

class FocusWriter {
 public:
    FocusWriter(const billing::SeatDays& days, const billing::DayPeriod& period, StatementBy by,
                const FocusWords& words, const std::function<void(std::string_view)>& put)
        : days_(days),
          history_(days.history()),
          period_(period),
          charged_(billing::common_days(period, days.known())),
          by_(by),
          words_(words),
          put_(put),
          cells_(column_names.size()) {}

    void write() {
        put_line({column_names.begin(), column_names.end()});
        billing::write_statement(days_, period_, by_, [&](const StatementRow& row) {
            for (const auto& due : row.dues) write_charge(row, due);
            if (!row.credited.is_zero()) write_credit(row);
        });
    }

 private:
    void write_charge(const StatementRow& row, const StatementDue& due);
    void write_credit(const StatementRow& row);
    void begin(const StatementRow& row, const billing::ProductFacts& product);
    void name_resource(const StatementRow& row);
    [[nodiscard]] std::string billed(const Exact& amount, const std::string& currency);
    [[nodiscard]] std::optional<Exact> list_price(const billing::ProductFacts& product, const StatementRow& row,
                                                  const StatementDue& due, CivilDay last) const;

    std::string& at(Column column) { return cells_[static_cast<std::size_t>(column)]; }
    void text(Column column, std::string_view text) { at(column) = defused(well_formed(text)); }
    void period(Column begin, Column end, const billing::DayPeriod& days) {
        at(begin) = beginning_of(days.begin);
        at(end) = beginning_of(days.end);
    }
    // In whole seconds, which is all that FOCUS has.
    [[nodiscard]] std::string beginning_of(CivilDay day) const {
        const auto instant = to_rfc3339(days_.clock().start_of(day));
        return instant.substr(0, instant.find('.')) + 'Z';
    }
    void put_line(const std::vector<std::string>& cells) {
        line_.clear();
        add_csv_line(cells, line_);
        put_(line_);
    }

    struct Sum {
        Exact exact;
        Exact billed;
    };

    const billing::SeatDays& days_;
    const billing::AccountHistory& history_;
    billing::DayPeriod period_;
    billing::DayPeriod charged_;  // of the period, the days of which anything is known
    StatementBy by_;
    const FocusWords& words_;
    const std::function<void(std::string_view)>& put_;
    std::map<std::string, Sum, std::less<>> sums_;  // by currency
    std::vector<std::string> cells_;
    std::string line_;
};

// Nothing where the price may have been one or another: rows are of licenses that were bought at several times.
std::optional<Exact> FocusWriter::list_price(const billing::ProductFacts& product, const StatementRow& row,
                                             const StatementDue& due, CivilDay last) const {
    if (row.billing == schema::Billing::MEMBERSHIP) return due.unit_price;
    const auto end = days_.clock().start_of(last);
    const auto later = std::ranges::find_if(product.prices, [&](const auto& price) { return price.since.at >= end; });
    if (later - product.prices.begin() != 1) return std::nullopt;
    const auto& only = product.prices.front();
    if (only.currency != row.currency) return std::nullopt;
    return billing::to_exact(only.unit_price);
}

std::string FocusWriter::billed(const Exact& amount, const std::string& currency) {
    const auto digits = minor_digits(currency);
    auto& sum = sums_[currency];
    sum.exact += amount;
    const auto before = std::exchange(sum.billed, billing::rounded(sum.exact, digits));
    return to_text(decimal(sum.billed - before, digits), digits);
}

void FocusWriter::begin(const StatementRow& row, const billing::ProductFacts& product) {
    for (auto& cell : cells_) cell.clear();
    text(Column::billing_account_id, history_.account());
    text(Column::billing_account_name, history_.account_name());
    at(Column::billing_currency) = row.currency;
    period(Column::billing_period_start, Column::billing_period_end, period_);
    period(Column::charge_period_start, Column::charge_period_end,
           row.day ? billing::DayPeriod{*row.day, CivilDay{row.day->number + 1}} : charged_);
    for (const auto column : {Column::invoice_issuer_name, Column::provider_name, Column::publisher_name}) {
        text(column, words_.provider);
    }
    // The ledger does not know what a product is for; this is where the specification's examples have licenses that
    // are counted in seats.
    at(Column::service_category) = "Business Applications";
    at(Column::service_subcategory) = "Other (Business Applications)";
    text(Column::service_name, product.name);
    text(Column::sku_id, row.sku);
    at(Column::sku_meter) = manner_of(row.billing).meter;
    name_resource(row);
}

void FocusWriter::name_resource(const StatementRow& row) {
    if (row.license) {
        at(Column::resource_id) = std::to_string(row.license.value);
        at(Column::resource_type) = "License";
    } else if (row.user) {
        const auto email = words_.email(row.user);
        if (!email) return;
        text(Column::resource_id, *email);
        at(Column::resource_type) = "Person";
    }
}

void FocusWriter::write_charge(const StatementRow& row, const StatementDue& due) {
    const auto& product = *history_.find_product(row.sku);
    const auto& manner = manner_of(row.billing);
    const auto digits = minor_digits(row.currency);
    const auto quantity = std::to_string(due.count);
    begin(row, product);
    at(Column::charge_category) = manner.category;
    at(Column::charge_frequency) = manner.frequency;
    text(Column::charge_description, product.name + ": " + manner.description);
    at(Column::billed_cost) = billed(due.unit_price * due.count / due.term_days, row.currency);
    at(Column::effective_cost) = at(Column::billed_cost);
    at(Column::pricing_category) = "Standard";
    at(Column::pricing_quantity) = quantity;
    at(Column::pricing_unit) = manner.unit;
    text(Column::sku_price_id, row.sku);  // it may be the SkuId

    const auto price = [&](const Exact& of_term, Column unit_price, Column cost) {
        const auto each = decimal(of_term / due.term_days, price_decimals);
        at(unit_price) = to_text(each, digits);
        at(cost) = to_text(decimal(billing::to_exact(each) * due.count, price_decimals), digits);
    };
    price(due.unit_price, Column::contracted_unit_price, Column::contracted_cost);
    const auto list = list_price(product, row, due, row.day ? CivilDay{row.day->number + 1} : charged_.end);
    if (list) {
        price(*list, Column::list_unit_price, Column::list_cost);
    } else {
        at(Column::list_cost) = at(Column::contracted_cost);
    }

    if (row.billing != schema::Billing::PURCHASED) {
        at(Column::consumed_quantity) = quantity;
        at(Column::consumed_unit) = manner.unit;
    } else if (const auto* lot = row.license ? history_.lot_of(row.license) : nullptr) {
        period(Column::charge_period_start, Column::charge_period_end, days_.term_of(*lot));
        text(Column::invoice_id, history_.invoices()[lot->invoice].id);
    }
    put_line(cells_);
}

void FocusWriter::write_credit(const StatementRow& row) {
    const auto& product = *history_.find_product(row.sku);
    begin(row, product);
    at(Column::charge_category) = "Credit";
    at(Column::charge_frequency) = "One-Time";
    text(Column::charge_description, product.name + ": credits that were granted");
    const auto amount = to_text(negated(row.credited), minor_digits(row.currency));
    for (const auto column :
         {Column::billed_cost, Column::contracted_cost, Column::effective_cost, Column::list_cost}) {
        at(column) = amount;
    }
    put_line(cells_);
}

}  // namespace

void write_focus(const billing::SeatDays& days, const billing::DayPeriod& period, StatementBy by,
                 const FocusWords& words, const std::function<void(std::string_view)>& put) {
    FocusWriter(days, period, by, words, put).write();
}

}  // namespace seatledger
