// What an event changes.
#include <algorithm>

#include "events/text.h"
#include "tests/support/naive_model.h"

namespace seatledger::testing {

using naive::Account;

void NaiveModel::apply(schema::Event::Reader event) {
    if (event.isAccountOpened()) {
        const auto body = event.getAccountOpened();
        auto& account = accounts_.emplace_back();
        account.id = view(event.getAccount());
        account.zone = view(body.getTimeZone());
        account.currency = view(body.getCurrency());
        account.language = body.getLanguage();
        account.importing = body.getImporting();
        account.dispute_window = view(body.getDisputeWindow());
    }
    if (!event.hasAccount()) {
        catalog_effective_at_ = event.getEffectiveAt();
        apply_catalog(event);
        return;
    }
    auto& account = *find_account(view(event.getAccount()));
    account.last_effective_at = event.getEffectiveAt();
    if (event.isImportEnded()) {
        account.importing = false;
        account.imported_until = std::max(event.getEffectiveAt(), event.getRecordedAt());
    }
    apply_people(account, event);
    apply_money(account, event);
    apply_licenses(account, event);
    apply_queues(account, event);
    apply_phones(account, event);
    apply_disputes(account, event);
    apply_letters(account, event);
}

void NaiveModel::apply_people(Account& account, schema::Event::Reader event) {
    if (event.isUserRegistered()) {
        const auto body = event.getUserRegistered();
        auto& user = account.users.emplace_back();
        user.id = body.getUser();
        user.email = view(body.getEmail());
    }
    if (event.isUserRemoved()) {
        auto& user = account.users[event.getUserRemoved().getUser() - 1];
        user.removed = true;
        user.removal = static_cast<std::uint32_t>(std::ranges::count(account.users, true, &naive::User::removed));
        user.roles.clear();
    }
    if (event.isEmailChanged()) {
        const auto body = event.getEmailChanged();
        account.users[body.getUser() - 1].email = view(body.getNewEmail());
    }
    if (event.isPersonErased()) account.users[event.getPersonErased().getUser() - 1].email.clear();
    if (event.isRoleGranted()) {
        const auto body = event.getRoleGranted();
        account.users[body.getUser() - 1].roles.push_back(body.getRole());
    }
    if (event.isRoleRevoked()) {
        const auto body = event.getRoleRevoked();
        std::erase(account.users[body.getUser() - 1].roles, body.getRole());
    }
}

void NaiveModel::apply_catalog(schema::Event::Reader event) {
    const auto all = [](capnp::List<capnp::Text>::Reader features) {
        std::vector<std::string> texts;
        for (const auto feature : features) texts.emplace_back(view(feature));
        return texts;
    };
    if (event.isProductDefined()) {
        const auto body = event.getProductDefined();
        auto& product = products_.emplace_back();
        product.sku = view(body.getSku());
        product.name = view(body.getName());
        product.type = view(body.getType());
        product.features = all(body.getFeatures());
        product.term = view(body.getTerm());
        product.price = body.getUnitPrice().getAmount();
        product.currency = view(body.getUnitPrice().getCurrency());
        product.billing = body.getBilling();
        product.keeps_phone = body.getKeepsPhone();
    }
    if (event.isProductChanged()) {
        const auto body = event.getProductChanged();
        auto& product = *find_product(view(body.getSku()));
        product.name = view(body.getName());
        product.features = all(body.getFeatures());
        product.price = body.getUnitPrice().getAmount();
        product.currency = view(body.getUnitPrice().getCurrency());
    }
    if (event.isProductRetired()) find_product(view(event.getProductRetired().getSku()))->offered = false;
}

void NaiveModel::apply_money(Account& account, schema::Event::Reader event) {
    if (event.isInvoiceIssued()) {
        const auto body = event.getInvoiceIssued();
        auto& invoice = account.invoices.emplace_back();
        invoice.id = view(body.getInvoice());
        invoice.raised_by = body.getRaisedBy();
        invoice.order = body.getOrder();
        invoice.issued_at = event.getEffectiveAt();
        invoice.total = body.getTotal().getAmount();
        for (const auto line : body.getLines()) {
            invoice.lines.push_back({std::string(view(line.getSku())), line.getQuantity(),
                                     std::string(view(line.getTerm())), line.getValidUntil(),
                                     line.getAmount().getAmount(), line.getQuantity()});
        }
        if (invoice.order != 0) account.orders[invoice.order - 1].status = "invoiced";
    }
    if (event.isInvoicePaid()) {
        find_invoice(account, view(event.getInvoicePaid().getInvoice()))->status = "paid";
        account.payments.emplace_back(view(event.getInvoicePaid().getReference()));
    }
    if (event.isInvoiceVoided()) {
        auto& invoice = *find_invoice(account, view(event.getInvoiceVoided().getInvoice()));
        invoice.status = "void";
        if (invoice.order != 0) account.orders[invoice.order - 1].status = "open";
    }
    if (event.isPaymentReversed()) {
        find_invoice(account, view(event.getPaymentReversed().getInvoice()))->status = "reversed";
    }
    if (event.isInvoiceCredited()) {
        const auto body = event.getInvoiceCredited();
        auto& line = find_invoice(account, view(body.getInvoice()))->lines[body.getLine() - 1];
        line.left -= body.getAmount().getAmount();
        line.quantity_left -= body.getQuantity();
    }
    if (event.isCardAdded()) {
        const auto body = event.getCardAdded();
        std::erase_if(account.cards, [&](const naive::Card& card) { return card.token == view(body.getToken()); });
        account.cards.push_back({std::string(view(body.getToken())), std::string(view(body.getLast4()))});
    }
    if (event.isCardRemoved()) {
        const auto token = view(event.getCardRemoved().getToken());
        std::erase_if(account.cards, [&](const naive::Card& card) { return card.token == token; });
    }
    if (event.isLicensesRequested()) {
        const auto body = event.getLicensesRequested();
        account.orders.push_back({body.getOrder(), std::string(view(body.getSku())), body.getQuantity(),
                                  event.getActor(), body.getUser(), body.getDue()});
    }
    if (event.isOrderFulfilled()) account.orders[event.getOrderFulfilled().getOrder() - 1].status = "fulfilled";
    if (event.isOrderCancelled()) account.orders[event.getOrderCancelled().getOrder() - 1].status = "cancelled";
    if (event.isOrderOverdue()) account.orders[event.getOrderOverdue().getOrder() - 1].overdue_recorded = true;
}

void NaiveModel::apply_licenses(Account& account, schema::Event::Reader event) {
    if (event.isLicensesIssued()) {
        const auto body = event.getLicensesIssued();
        const std::string invoice(view(body.getInvoice()));
        const std::string sku(view(body.getSku()));
        account.lots.push_back({invoice, body.getLine(), sku, body.getFirst(), body.getQuantity(), body.getValidFrom(),
                                body.getValidUntil()});
        for (std::uint32_t i = 0; i < body.getQuantity(); ++i) {
            account.licenses.push_back({body.getFirst() + i, sku, invoice, body.getLine(), body.getValidUntil()});
        }
    }
    if (event.isLicensesExpired()) {
        const auto body = event.getLicensesExpired();
        for (auto& lot : account.lots) {
            if (lot.first <= body.getFirst() && body.getFirst() < lot.first + lot.quantity) lot.end_recorded = true;
        }
    }
    if (event.isLicensesRevoked()) {
        const auto body = event.getLicensesRevoked();
        for (std::uint32_t i = 0; i < body.getQuantity(); ++i) {
            account.licenses[body.getFirst() + i - 1].revoked = true;
        }
    }
    if (event.isLicenseBound()) {
        const auto body = event.getLicenseBound();
        account.licenses[body.getLicense() - 1].holder = body.getUser();
    }
    if (event.isLicenseUnbound()) account.licenses[event.getLicenseUnbound().getLicense() - 1].holder = 0;
}

void NaiveModel::apply_queues(Account& account, schema::Event::Reader event) {
    if (event.isQueueCreated()) account.queues.push_back({std::string(view(event.getQueueCreated().getQueue())), {}});
    if (event.isQueueDeleted()) {
        const auto name = view(event.getQueueDeleted().getQueue());
        std::erase_if(account.queues, [&](const naive::Queue& queue) { return queue.name == name; });
    }
    if (event.isQueueMemberAdded()) {
        const auto body = event.getQueueMemberAdded();
        find_queue(account, view(body.getQueue()))->members.push_back({body.getUser(), body.getRole()});
    }
    if (event.isQueueMemberRemoved()) {
        const auto body = event.getQueueMemberRemoved();
        std::erase_if(find_queue(account, view(body.getQueue()))->members,
                      [&](const naive::Member& member) { return member.user == body.getUser(); });
    }
}

}  // namespace seatledger::testing
