#include "projections/names.h"

#include <string>

#include "events/text.h"
#include "projections/rows.capnp.h"
#include "projections/stored.h"

namespace seatledger {
namespace {

using schema::Query;
using tables::key_of;
using tables::Table;

// As it can be shown.
std::string shown(std::string_view name) {
    return name.empty() || !is_plain_text(name) ? "of this name" : std::string(name);
}

std::string then(const AsOf& as_of) { return as_of.is_now() ? "" : " at that time"; }

bool has_queue(const View& view, std::string_view queue) {
    if (!is_plain_text(queue)) return false;
    const auto value = view.rows().get(key_of(Table::queues, view.account(), queue), view.sequence());
    return value && !Stored<rows::Queue>(*value).get().getDeleted();
}

// Looks the names up one by one, until there is one that nothing bears.
class Check {
 public:
    Check(const View& view, Query::Reader query) : view_(view), as_of_(as_of_in(query)) {}

    void user(std::string_view email) {
        if (!is_plain_text(email) || !view_.user_of(email)) fail("user", email);
    }
    void invoice(std::string_view invoice) {
        if (!has_invoice(view_, invoice)) fail("invoice", invoice);
    }
    void queue(std::string_view queue) {
        if (!has_queue(view_, queue)) fail("queue", queue);
    }
    void order(OrderNumber order) {
        if (!has_order(view_, order)) fail("order", std::to_string(order.value));
    }
    void license(LicenseNumber license) {
        if (!view_.lot_of(license)) fail("license", std::to_string(license.value));
    }
    void product(std::string_view sku) {
        if (verdict_ && !view_.has_product(sku)) verdict_ = no_such_product(as_of_, sku);
    }

    [[nodiscard]] const std::expected<void, QueryFailure>& verdict() const { return verdict_; }

 private:
    void fail(std::string_view kind, std::string_view name) {
        if (verdict_) verdict_ = no_such(view_, as_of_, kind, name);
    }

    const View& view_;
    AsOf as_of_;
    std::expected<void, QueryFailure> verdict_;
};

template <typename Filter>
void check_sku(Check& check, Filter filter) {
    if (filter.hasSku()) check.product(view(filter.getSku()));
}

template <typename Filter>
void check_email(Check& check, Filter filter) {
    if (filter.hasEmail()) check.user(view(filter.getEmail()));
}

void check_all(Check& check, Query::Reader query) {
    switch (query.which()) {
        case Query::PRODUCTS: check_sku(check, query.getProducts()); return;
        case Query::LICENSES: {
            const auto filter = query.getLicenses();
            if (filter.getLicense() != 0) check.license(LicenseNumber(filter.getLicense()));
            if (filter.hasInvoice()) check.invoice(view(filter.getInvoice()));
            check_sku(check, filter);
            check_email(check, filter);
            return;
        }
        case Query::USERS: check_email(check, query.getUsers()); return;
        case Query::USER: check.user(view(query.getUser().getEmail())); return;
        case Query::INVOICES:
            if (query.getInvoices().hasInvoice()) check.invoice(view(query.getInvoices().getInvoice()));
            return;
        case Query::MEMBERSHIPS: check_email(check, query.getMemberships()); return;
        case Query::ORDERS: {
            const auto filter = query.getOrders();
            if (filter.getOrder() != 0) check.order(OrderNumber(filter.getOrder()));
            check_sku(check, filter);
            check_email(check, filter);
            return;
        }
        case Query::QUEUES:
            if (query.getQueues().hasQueue()) check.queue(view(query.getQueues().getQueue()));
            check_email(check, query.getQueues());
            return;
        case Query::ACCESS:
            check.product(view(query.getAccess().getSku()));
            check.user(view(query.getAccess().getEmail()));
            return;
        case Query::CATALOG:
        case Query::NONE: return;
    }
}

}  // namespace

std::expected<void, QueryFailure> check_names(const View& view, rules::Extent extent, Query::Reader query) {
    Check check(view, query);
    if (extent == rules::Extent::everybody) {
        check_all(check, query);
    } else if (query.isLicenses()) {
        check_sku(check, query.getLicenses());
    } else if (query.isAccess()) {
        check.product(seatledger::view(query.getAccess().getSku()));
    }
    return check.verdict();
}

std::unexpected<QueryFailure> no_such(const View& view, const AsOf& as_of, std::string_view kind,
                                      std::string_view name) {
    const std::string what(kind);
    return std::unexpected(QueryFailure{view.account_id() + " has no " + what + " " + shown(name) + then(as_of) +
                                        "; see query " + what + "s"});
}

std::unexpected<QueryFailure> no_such_product(const AsOf& as_of, std::string_view sku) {
    return std::unexpected(QueryFailure{"the catalogue has no product " + shown(sku) + then(as_of) +
                                        "; check the sku, see query catalog"});
}

bool has_invoice(const View& view, std::string_view invoice) {
    return is_plain_text(invoice) &&
           view.rows().get(key_of(Table::invoices, view.account(), invoice), view.sequence()).has_value();
}

bool had_queue(const View& view, std::string_view queue) {
    return is_plain_text(queue) &&
           view.rows().get(key_of(Table::queues, view.account(), queue), view.sequence()).has_value();
}

bool has_order(const View& view, OrderNumber order) {
    return view.rows().get(key_of(Table::orders, view.account(), order.value), view.sequence()).has_value();
}

}  // namespace seatledger
