#include "projections/names.h"

#include <algorithm>
#include <string>

#include "engine/vault/addresses.h"
#include "events/text.h"
#include "projections/person_row.h"
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

// Who was erased is not found by an address any more, whatever the rows say yet: it cannot be opened.
bool has_borne(const View& view, UserId user, std::string_view folded, Sequence at) {
    bool found = false;
    view.rows().scan_versions(key_of(Table::users, view.account(), user.value), at, [&](const Row& row) {
        const auto email = email_in(Stored<rows::User>(row.value).get(), view.secrets().vault, view.account_id(), user);
        found = email && fold_case(*email) == folded;
        return email && !found;
    });
    return found;
}

// Looks the names up one by one, until there is one that nothing bears.
class Check {
 public:
    explicit Check(const View& view) : view_(view) {}

    void user(std::string_view email) {
        if (!has_user(view_, email)) fail("user", email);
    }
    void user_then(std::string_view email, const AsOf& as_of) {
        user(email);
        if (verdict_ && !view_.user_of(email)) {
            fail("user", std::string(email) + (as_of.is_now() ? " any more" : " at that time"));
        }
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
    void dispute(DisputeNumber dispute) {
        if (!has_dispute(view_, dispute)) fail("dispute", std::to_string(dispute.value));
    }
    void license(LicenseNumber license) {
        if (!has_license(view_, license)) fail("license", std::to_string(license.value));
    }
    void product(std::string_view sku) {
        if (verdict_ && !view_.has_product(sku)) verdict_ = no_such_product(sku);
    }

    [[nodiscard]] const std::expected<void, QueryFailure>& verdict() const { return verdict_; }

 private:
    void fail(std::string_view kind, std::string_view name) {
        if (verdict_) verdict_ = no_such(view_, kind, name);
    }

    const View& view_;
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
        case Query::USER: check.user_then(view(query.getUser().getEmail()), as_of_in(query)); return;
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
        case Query::DISPUTES: {
            const auto filter = query.getDisputes();
            if (filter.getDispute() != 0) check.dispute(DisputeNumber(filter.getDispute()));
            if (filter.hasInvoice()) check.invoice(view(filter.getInvoice()));
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
        case Query::DIFF:
        case Query::NONE: return;
    }
}

}  // namespace

std::expected<void, QueryFailure> check_names(const View& view, rules::Extent extent, Query::Reader query) {
    Check check(view);
    if (extent == rules::Extent::everybody) {
        check_all(check, query);
    } else if (query.isLicenses()) {
        check_sku(check, query.getLicenses());
    } else if (query.isAccess()) {
        check.product(seatledger::view(query.getAccess().getSku()));
    }
    return check.verdict();
}

std::unexpected<QueryFailure> no_such(const View& view, std::string_view kind, std::string_view name) {
    const std::string what(kind);
    return std::unexpected(
        QueryFailure{view.account_id() + " has no " + what + " " + shown(name) + "; see query " + what + "s"});
}

std::unexpected<QueryFailure> no_such_product(std::string_view sku) {
    return std::unexpected(
        QueryFailure{"the catalogue has no product " + shown(sku) + "; check the sku, see query catalog"});
}

std::unexpected<QueryFailure> no_such_request(const View& view, std::string_view id) {
    return std::unexpected(QueryFailure{view.account_id() + " has no events of request " + shown(id) +
                                        "; check the id, and whether it was rejected: then it left none"});
}

bool has_user(const View& view, std::string_view email) {
    return is_plain_text(email) && (view.user_of(email) || !bearers_by(view, email, view.known()).empty());
}

bool has_license(const View& view, LicenseNumber license) {
    // Lots follow one another without a gap.
    const auto lots = key_of(Table::lots, view.account());
    const auto last = view.rows().last(lots, tables::after(lots), view.known());
    if (!license || !last) return false;
    const auto lot = read_lot(last->first, last->second).lot;
    return license < lot.first || lot.contains(license);
}

bool has_invoice(const View& view, std::string_view invoice) {
    return is_plain_text(invoice) &&
           view.rows().get(key_of(Table::invoices, view.account(), invoice), view.known()).has_value();
}

bool has_queue(const View& view, std::string_view queue) {
    return is_plain_text(queue) &&
           view.rows().get(key_of(Table::queues, view.account(), queue), view.known()).has_value();
}

bool has_order(const View& view, OrderNumber order) {
    return view.rows().get(key_of(Table::orders, view.account(), order.value), view.known()).has_value();
}

bool has_dispute(const View& view, DisputeNumber dispute) {
    return view.rows().get(key_of(Table::disputes, view.account(), dispute.value), view.known()).has_value();
}

std::vector<UserId> bearers_by(const View& view, std::string_view email, Sequence at) {
    if (!is_plain_text(email)) return {};  // nobody bears such a one
    const auto folded = fold_case(email);
    auto users = bearers_of(view.secrets(), view.account(), folded);
    std::erase_if(users, [&](UserId user) { return !has_borne(view, user, folded, at); });
    std::ranges::sort(users);
    return users;
}

Sequence given_up_by(const View& view, std::string_view email) {
    Sequence last;
    for (const auto user : bearers_by(view, email, view.sequence())) {
        Sequence newer;
        // Newest first.
        view.rows().scan_versions(
            key_of(Table::users, view.account(), user.value), view.sequence(), [&](const Row& row) {
                Stored<rows::User> stored(row.value);
                const auto borne = email_in(stored.get(), view.secrets().vault, view.account_id(), user);
                if (!stored.get().getRemoved() && borne && fold_case(*borne) == fold_case(email)) return false;
                newer = row.version;
                return true;
            });
        last = std::max(last, newer);
    }
    return last;
}

}  // namespace seatledger
