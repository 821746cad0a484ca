#include "engine/rules/catalog.h"

#include <algorithm>

#include "engine/rules/values.h"
#include "events/calendar.h"
#include "events/text.h"

namespace seatledger::rules {
namespace {

void check_features(ValueCheck& values, capnp::List<capnp::Text>::Reader features) {
    values.count("features", features.size(), 0, features_max);
    for (const auto feature : features) values.text("features", view(feature), name_bytes_max);
}

// Messages name the product, since commands for many of them come together.
std::string of_product(std::string_view sku) { return " of product " + std::string(sku); }

Verdict check_sku(std::string_view sku) { return ValueCheck().text("sku", sku, id_bytes_max).verdict(); }

// What is said against the other values of a product whose sku is in order.
Verdict verdict_of(const ValueCheck& values, std::string_view sku) {
    auto verdict = values.verdict();
    if (!verdict) verdict.error().message += " (product " + std::string(sku) + ")";
    return verdict;
}

Verdict check_price(std::string_view sku, schema::Money::Reader price) {
    if (price.getAmount() >= 0) return {};
    return reject(Rule::price_must_not_be_negative,
                  "unitPrice " + format_amount(Amount{price.getAmount()}, view(price.getCurrency())) + of_product(sku) +
                      " is negative; a price is 0 or more");
}

std::vector<std::string> read_features(capnp::List<capnp::Text>::Reader features) {
    std::vector<std::string> read;
    for (const auto feature : features) read.emplace_back(view(feature));
    return read;
}

}  // namespace

Price read_price(schema::Money::Reader money) {
    return {Amount{money.getAmount()}, std::string(view(money.getCurrency()))};
}

void write_price(schema::Money::Builder money, const Price& price) {
    money.setAmount(price.amount.millionths);
    money.setCurrency(text(price.currency));
}

std::unexpected<Rejection> unknown_sku(std::string_view sku) {
    return reject(Rule::sku_must_exist, "the catalogue has no product " + std::string(sku) + "; check the sku");
}

std::unexpected<Rejection> not_offered(std::string_view sku) {
    return reject(Rule::product_must_be_offered,
                  "product " + std::string(sku) + " was retired; choose one that is on offer");
}

Verdict check(schema::DefineProduct::Reader command) {
    if (auto verdict = check_sku(view(command.getSku())); !verdict) return verdict;
    ValueCheck values;
    values.text("name", view(command.getName()), name_bytes_max)
        .text("type", view(command.getType()), name_bytes_max)
        .that(command.hasTerm() && command.getTerm().size() > 0, "term", "is empty; give a duration such as P1Y")
        .optional_term("term", view(command.getTerm()))
        .that(command.hasUnitPrice(), "unitPrice", "is missing; give an amount and a currency")
        .money("unitPrice", command.getUnitPrice())
        .that(named<schema::Billing>(view(command.getBilling())).has_value(), "billing",
              "is not one of purchased, assigned, membership");
    check_features(values, command.getFeatures());
    return verdict_of(values, view(command.getSku()));
}

Verdict check(schema::ChangeProduct::Reader command) {
    if (auto verdict = check_sku(view(command.getSku())); !verdict) return verdict;
    ValueCheck values;
    if (command.hasName()) values.text("name", view(command.getName()), name_bytes_max);
    if (command.hasUnitPrice()) values.money("unitPrice", command.getUnitPrice());
    check_features(values, command.getFeatures());
    return verdict_of(values, view(command.getSku()));
}

Verdict check(schema::RetireProduct::Reader command) { return check_sku(view(command.getSku())); }

Verdict define_product(const Catalog& catalog, schema::DefineProduct::Reader command, CommitWriter& writer) {
    const auto sku = view(command.getSku());
    if (catalog.find(sku) != nullptr) {
        return reject(Rule::sku_must_be_new,
                      "the catalogue already has a product " + std::string(sku) + "; choose another sku");
    }
    if (!parse_term(view(command.getTerm()))->is_positive()) {
        return reject(Rule::term_must_be_positive, "term " + std::string(view(command.getTerm())) + of_product(sku) +
                                                       " is no time at all; a license needs one");
    }
    if (auto verdict = check_price(sku, command.getUnitPrice()); !verdict) return verdict;
    const auto billing = *named<schema::Billing>(view(command.getBilling()));
    if (billing == schema::Billing::MEMBERSHIP) {
        if (const auto* other = catalog.membership_product()) {
            return reject(Rule::membership_product_must_be_single,
                          "product " + other->sku + " on offer is billed by membership already; retire it first");
        }
    }
    auto defined = writer.begin().initProductDefined();
    defined.setSku(command.getSku());
    defined.setName(command.getName());
    defined.setType(command.getType());
    defined.setFeatures(command.getFeatures());
    defined.setTerm(command.getTerm());
    defined.setUnitPrice(command.getUnitPrice());
    defined.setBilling(billing);
    defined.setKeepsPhone(command.getKeepsPhone());
    writer.end();
    return {};
}

Verdict change_product(const Catalog& catalog, schema::ChangeProduct::Reader command, CommitWriter& writer) {
    const auto* product = catalog.find(view(command.getSku()));
    if (product == nullptr) return unknown_sku(view(command.getSku()));
    if (command.hasUnitPrice()) {
        if (auto verdict = check_price(product->sku, command.getUnitPrice()); !verdict) return verdict;
    }
    auto changed = writer.begin().initProductChanged();
    changed.setSku(command.getSku());
    changed.setName(command.hasName() ? command.getName() : text(product->name));
    if (command.hasFeatures()) {
        changed.setFeatures(command.getFeatures());
    } else {
        auto features = changed.initFeatures(static_cast<unsigned>(product->features.size()));
        for (unsigned i = 0; i < features.size(); ++i) features.set(i, text(product->features[i]));
    }
    write_price(changed.initUnitPrice(),
                command.hasUnitPrice() ? read_price(command.getUnitPrice()) : product->unit_price);
    writer.end();
    return {};
}

Verdict retire_product(const Catalog& catalog, schema::RetireProduct::Reader command, CommitWriter& writer) {
    const auto* product = catalog.find(view(command.getSku()));
    if (product == nullptr) return unknown_sku(view(command.getSku()));
    if (!product->offered) return not_offered(product->sku);
    writer.begin().initProductRetired().setSku(command.getSku());
    writer.end();
    return {};
}

void evolve(Catalog& catalog, schema::ProductDefined::Reader body, Instant t) {
    Product product;
    product.sku = view(body.getSku());
    product.name = view(body.getName());
    product.type = view(body.getType());
    product.features = read_features(body.getFeatures());
    product.term = view(body.getTerm());
    product.unit_price = read_price(body.getUnitPrice());
    product.billing = body.getBilling();
    product.keeps_phone = body.getKeepsPhone();
    product.defined_at = t;
    catalog.add(std::move(product));
}

void evolve(Catalog& catalog, schema::ProductChanged::Reader body) {
    auto& product = catalog.change(catalog.find(view(body.getSku()))->number);
    product.name = view(body.getName());
    product.features = read_features(body.getFeatures());
    product.unit_price = read_price(body.getUnitPrice());
}

void evolve(Catalog& catalog, schema::ProductRetired::Reader body, Instant t) {
    auto& product = catalog.change(catalog.find(view(body.getSku()))->number);
    product.offered = false;
    product.retired_at = t;
}

}  // namespace seatledger::rules
