#include "projections/reducer.h"

#include <kj/debug.h>

#include <algorithm>

#include "events/text.h"
#include "projections/stored.h"
#include "projections/view.h"

namespace seatledger {
namespace {

using schema::Event;
using tables::key_of;
using tables::Table;

// What is remembered of rows that were put down, before it is forgotten.
constexpr std::size_t remembered_max = 1'000'000;

void write_product(rows::Product::Builder row, schema::ProductDefined::Reader body) {
    row.setSku(body.getSku());
    row.setName(body.getName());
    row.setType(body.getType());
    row.setFeatures(body.getFeatures());
    row.setTerm(body.getTerm());
    row.setUnitPrice(body.getUnitPrice());
    row.setBilling(body.getBilling());
    row.setKeepsPhone(body.getKeepsPhone());
}

}  // namespace

Reducer::Reducer(const Database& database, SecretRows* secrets) : database_(database), secrets_(secrets) {
    const Snapshot snapshot(database);
    at_ = snapshot.checkpoint();
    if (const auto last = snapshot.last(key_of(Table::accounts), key_of(Table::products), at_)) {
        last_account_ = AccountNumber(tables::Reader(last->first.substr(1)).u32());
    }
    snapshot.scan(key_of(Table::products), key_of(Table::users), at_, [&](const Row& row) {
        const ProductNumber number(tables::Reader(row.key.substr(1)).u32());
        products_.emplace(std::string(view(Stored<rows::Product>(row.value).get().getSku())), number);
        return true;
    });
}

Reducer::~Reducer() = default;

void Reducer::apply(const BlockView& block, RowBuffer& rows) {
    recorded_.clear();
    for (const auto& entry : block.entries()) {
        const auto event = read_event(entry);
        sequence_ = entry.sequence;
        apply(event, rows);
        recorded_.push_back(Instant{event.getRecordedAt()});
    }
    for (auto* account : touched_) {
        value_.clear();
        tables::put_account_events(value_, account->events);
        rows.put_index(key_of(Table::account_events, account->number, account->events.back().sequence), value_);
        account->events.clear();
    }
    touched_.clear();
    value_.clear();
    tables::put_recorded(value_, recorded_);
    rows.put_index(key_of(Table::blocks, block.first()), value_);
}

void Reducer::apply(Event::Reader event, RowBuffer& rows) {
    if (!event.hasAccount()) {
        apply_to_catalog(event, rows);
        return note_request(event, AccountNumber(), rows);
    }
    if (event.isAccountOpened()) open_account(event, rows);
    auto& account = account_of(view(event.getAccount()));
    note_account_event(event, account);
    if (secrets_ != nullptr) secrets_->apply(event, account.number);
    note_request(event, account.number, rows);
    switch (event.which()) {
        case Event::ACCOUNT_OPENED: return;
        case Event::IMPORT_ENDED: end_import(event, account, rows); return;
        case Event::USER_REGISTERED: register_user(event, account, rows); return;
        case Event::USER_REMOVED: remove_user(account, event.getUserRemoved(), rows); return;
        case Event::EMAIL_CHANGED: change_email(account, event.getEmailChanged(), rows); return;
        case Event::ROLE_GRANTED: change_roles(account, event.getRoleGranted(), true, rows); return;
        case Event::ROLE_REVOKED: change_roles(account, event.getRoleRevoked(), false, rows); return;
        case Event::INVOICE_ISSUED: issue_invoice(event, account, rows); return;
        case Event::INVOICE_PAID: pay_invoice(event, account, rows); return;
        case Event::INVOICE_VOIDED: void_invoice(account, event.getInvoiceVoided(), rows); return;
        case Event::PERSON_ERASED:
            mention(tables::mention_key(account.number, UserId(event.getPersonErased().getUser())), rows);
            return;
        case Event::PASSWORD_CHANGED:
            mention(tables::mention_key(account.number, UserId(event.getPasswordChanged().getUser())), rows);
            return;
        case Event::NOTIFICATION_QUEUED: queue_letter(event, account, rows); return;
        case Event::NOTIFICATION_SENT: send_letter(account, event.getNotificationSent(), rows); return;
        case Event::LICENSES_ISSUED: issue_licenses(event.getLicensesIssued(), account, rows); return;
        case Event::LICENSES_EXPIRED: expire_licenses(event.getLicensesExpired(), account, rows); return;
        case Event::LICENSE_BOUND: give_license(event, account, event.getLicenseBound(), true, rows); return;
        case Event::LICENSE_UNBOUND: give_license(event, account, event.getLicenseUnbound(), false, rows); return;
        case Event::QUEUE_CREATED: create_queue(event, account, rows); return;
        case Event::QUEUE_DELETED: delete_queue(account, event.getQueueDeleted(), rows); return;
        case Event::QUEUE_MEMBER_ADDED: change_member(event, account, event.getQueueMemberAdded(), true, rows); return;
        case Event::QUEUE_MEMBER_REMOVED:
            change_member(event, account, event.getQueueMemberRemoved(), false, rows);
            return;
        case Event::INVOICE_CREDITED: credit_invoice(account, event.getInvoiceCredited(), rows); return;
        case Event::PAYMENT_REVERSED: reverse_payment(event, account, rows); return;
        case Event::LICENSES_REVOKED: revoke_licenses(event, account, rows); return;
        case Event::CARD_ADDED:
        case Event::CARD_REMOVED: change_cards(account, event, rows); return;
        case Event::LICENSES_REQUESTED: request_licenses(event, account, rows); return;
        case Event::ORDER_OVERDUE: note_overdue(account, event.getOrderOverdue(), rows); return;
        case Event::ORDER_FULFILLED:
            close_order(event, account, event.getOrderFulfilled(), rows::Order::State::FULFILLED, rows);
            return;
        case Event::ORDER_CANCELLED:
            close_order(event, account, event.getOrderCancelled(), rows::Order::State::CANCELLED, rows);
            return;
        case Event::PHONE_SAVED:
        case Event::PHONE_RETAINED:
        case Event::PHONE_RESTORED:
        case Event::PHONE_PURGED: change_phone(event, account, rows); return;
        case Event::DISPUTE_OPENED: open_dispute(event, account, rows); return;
        case Event::EVIDENCE_ADDED: add_evidence(event, account, rows); return;
        case Event::DISPUTE_RESOLVED: resolve_dispute(event, account, rows); return;
        case Event::NONE:
        case Event::PRODUCT_DEFINED:
        case Event::PRODUCT_CHANGED:
        case Event::PRODUCT_RETIRED: KJ_FAIL_ASSERT("not an event of an account", sequence_.value);
    }
    KJ_FAIL_REQUIRE("an event of a type that this version does not know", sequence_.value);
}

void Reducer::note_account_event(Event::Reader event, AccountState& account) {
    std::uint32_t actor = tables::actor_vendor;
    if (event.getPrincipal() == Event::Principal::LEDGER) actor = tables::actor_ledger;
    if (event.getPrincipal() == Event::Principal::USER) actor = tables::actor_users + event.getActor();
    if (account.events.empty()) touched_.push_back(&account);
    account.events.push_back({sequence_, Instant{event.getEffectiveAt()}, actor});
}

void Reducer::note_request(Event::Reader event, AccountNumber account, RowBuffer& rows) {
    if (!event.hasRequestId()) return;
    const auto id = view(event.getRequestId());
    const auto key = key_of(Table::requests, account, id);
    // Events of one commit follow one another; the row written last counts.
    auto known = open_request_.find(key);
    if (known == open_request_.end()) {
        open_request_.clear();
        RequestRecord record;
        record.first = sequence_;
        const auto digest = event.getRequestDigest();
        std::copy_n(digest.begin(), std::min(digest.size(), record.digest.size()), record.digest.begin());
        known = open_request_.emplace(key, record).first;
    }
    known->second.last = sequence_;
    value_.clear();
    tables::put_request(value_, known->second);
    rows.put_index(key, value_);
}

void Reducer::apply_to_catalog(Event::Reader event, RowBuffer& rows) {
    catalog_changed_ = true;
    const auto change = [&](ProductNumber number, auto write) {
        change_row<rows::Product>(key_of(Table::products, number.value), rows, [&](rows::Product::Builder row) {
            write(row);
            row.setEffectiveAt(event.getEffectiveAt());
        });
    };
    if (event.isProductDefined()) {
        const ProductNumber number(static_cast<std::uint32_t>(products_.size() + 1));
        products_.insert_or_assign(std::string(view(event.getProductDefined().getSku())), number);
        return change(number, [&](rows::Product::Builder row) { write_product(row, event.getProductDefined()); });
    }
    if (event.isProductChanged()) {
        const auto body = event.getProductChanged();
        return change(product_of(view(body.getSku())), [&](rows::Product::Builder row) {
            row.setName(body.getName());
            row.setFeatures(body.getFeatures());
            row.setUnitPrice(body.getUnitPrice());
        });
    }
    KJ_REQUIRE(event.isProductRetired(), "an event without an account is not one of the catalogue", sequence_.value);
    change(product_of(view(event.getProductRetired().getSku())),
           [](rows::Product::Builder row) { row.setRetired(true); });
}

ProductNumber Reducer::product_of(std::string_view sku) {
    const auto found = products_.find(sku);
    KJ_REQUIRE(found != products_.end(), "an event names a product that is not there", sequence_.value);
    return found->second;
}

void Reducer::open_account(Event::Reader event, RowBuffer& rows) {
    const auto body = event.getAccountOpened();
    last_account_ = last_account_.next();
    auto account = std::make_unique<AccountState>();
    account->number = last_account_;
    account->id = view(event.getAccount());
    account->name = view(body.getName());
    account->time_zone = view(body.getTimeZone());
    account->currency = view(body.getCurrency());
    account->importing = body.getImporting();
    account->language = body.getLanguage();
    account->dispute_window = view(body.getDisputeWindow());
    write_account(*account, rows);
    std::string number;
    tables::put_u32(number, account->number.value);
    rows.put_index(key_of(Table::account_ids) + account->id, number);
    accounts_.insert_or_assign(account->id, std::move(account));
}

void Reducer::write_account(const AccountState& account, RowBuffer& rows) {
    rows.put(key_of(Table::accounts, account.number), sequence_, account_value(account));
}

Reducer::AccountState& Reducer::account_of(std::string_view id) {
    if (const auto found = accounts_.find(id); found != accounts_.end()) return *found->second;
    return *accounts_.emplace(std::string(id), load_account(id)).first->second;
}

std::unique_ptr<Reducer::AccountState> Reducer::load_account(std::string_view id) {
    const Snapshot snapshot(database_);
    const auto number = snapshot.find(key_of(Table::account_ids) + std::string(id));
    KJ_REQUIRE(number.has_value(), "an event names an account that is not there", sequence_.value);
    auto account = std::make_unique<AccountState>();
    account->number = AccountNumber(tables::Reader(*number).u32());
    const auto value = snapshot.get(key_of(Table::accounts, account->number), at_);
    KJ_REQUIRE(value.has_value(), "an account has no row", account->number.value);
    static_cast<AccountRow&>(*account) = read_account(*value);
    const auto lots = key_of(Table::lots, account->number);
    snapshot.scan(lots, tables::after(lots), at_, [&](const Row& lot) {
        LotState state{read_lot(lot.key, lot.value)};
        const auto bound = snapshot.get(key_of(Table::lot_counts, account->number, state.lot.first.value), at_);
        if (bound) state.bound = tables::Reader(*bound).u32();
        account->lots.push_back(std::move(state));
        ++lots_remembered_;
        return true;
    });
    load_dues(snapshot, *account);
    const auto letters = key_of(Table::letters, account->number);
    snapshot.scan_index(letters, tables::after(letters), [&](const Row& letter) {
        account->letters.insert(tables::read_letter_key(letter.key));
        return true;
    });
    return account;
}

void Reducer::register_user(Event::Reader event, AccountState& account, RowBuffer& rows) {
    const auto body = event.getUserRegistered();
    change_row<rows::User>(key_of(Table::users, account.number, body.getUser()), rows, [&](rows::User::Builder row) {
        row.setEmail(body.getEmail());
        if (body.hasName()) row.setName(body.getName());
        row.setKey(body.getKey());
        row.setRegisteredAt(event.getEffectiveAt());
        row.setLanguage(body.getLanguage());
    });
}

void Reducer::change_roles(AccountState& account, schema::RoleChanged::Reader body, bool granted, RowBuffer& rows) {
    bool had = false;
    change_row<rows::User>(key_of(Table::users, account.number, body.getUser()), rows, [&](rows::User::Builder row) {
        auto roles = Roles::from_bits(row.getRoles());
        had = roles.has(body.getRole());
        granted ? roles.add(body.getRole()) : roles.remove(body.getRole());
        row.setRoles(roles.bits());
    });
    if (body.getRole() != schema::Role::SUPER_ADMIN || had == granted) return;
    const UserId user(body.getUser());
    auto& super_admins = account.super_admins;
    if (granted) {
        super_admins.insert(std::ranges::upper_bound(super_admins, user), user);
    } else {
        std::erase(super_admins, user);
    }
    write_account(account, rows);
}

void Reducer::remove_user(AccountState& account, schema::UserNamed::Reader body, RowBuffer& rows) {
    bool was_super_admin = false;
    drop_letters(account, UserId(body.getUser()), rows);
    change_row<rows::User>(key_of(Table::users, account.number, body.getUser()), rows, [&](rows::User::Builder row) {
        was_super_admin = Roles::from_bits(row.getRoles()).has(schema::Role::SUPER_ADMIN);
        row.setRoles(0);
        row.setRemoved(true);
    });
    if (!was_super_admin) return;
    std::erase(account.super_admins, UserId(body.getUser()));
    write_account(account, rows);
}

void Reducer::change_email(AccountState& account, schema::EmailChanged::Reader body, RowBuffer& rows) {
    change_row<rows::User>(key_of(Table::users, account.number, body.getUser()), rows,
                           [&](rows::User::Builder row) { row.setEmail(body.getNewEmail()); });
}

std::optional<std::string> Reducer::newest(const std::string& key) const {
    if (const auto found = rows_.find(key); found != rows_.end()) return found->second;
    return Snapshot(database_).get(key, at_);
}

void Reducer::put_remembered(const std::string& key, std::string value, RowBuffer& rows) {
    rows.put(key, sequence_, value);
    rows_.insert_or_assign(key, std::move(value));
}

void Reducer::mention(std::string key, RowBuffer& rows) {
    tables::put_u64(key, sequence_.value);
    rows.put_index(key, {});
}

void Reducer::issue_invoice(Event::Reader event, AccountState& account, RowBuffer& rows) {
    const auto body = event.getInvoiceIssued();
    const auto key = key_of(Table::invoices, account.number, view(body.getInvoice()));
    change_row<rows::Invoice>(key, rows, [&](rows::Invoice::Builder row) {
        row.setId(body.getInvoice());
        row.setState(static_cast<std::uint8_t>(InvoiceState::open));
        row.setRaisedBy(body.getRaisedBy());
        row.setTotal(body.getTotal());
        row.setIssuedAt(event.getEffectiveAt());
        row.setOrder(body.getOrder());
        auto lines = row.initLines(body.getLines().size());
        for (unsigned i = 0; i < lines.size(); ++i) {
            const auto from = body.getLines()[i];
            lines[i].setProduct(product_of(view(from.getSku())).value);
            lines[i].setType(from.getType());
            lines[i].setBilling(from.getBilling());
            lines[i].setQuantity(from.getQuantity());
            if (from.hasUnitPrice()) lines[i].setUnitPrice(from.getUnitPrice());
            lines[i].setAmount(from.getAmount());
            if (from.hasTerm()) lines[i].setTerm(from.getTerm());
            lines[i].setValidUntil(from.getValidUntil());
        }
    });
    if (body.getRaisedBy() != 0) mention(tables::mention_key(account.number, UserId(body.getRaisedBy())), rows);
    if (body.getOrder() != 0) {
        set_invoice_of_order(account, OrderNumber(body.getOrder()), body.getInvoice(), rows);
    }
}

void Reducer::pay_invoice(Event::Reader event, AccountState& account, RowBuffer& rows) {
    const auto body = event.getInvoicePaid();
    change_row<rows::Invoice>(key_of(Table::invoices, account.number, view(body.getInvoice())), rows,
                              [&](rows::Invoice::Builder row) {
                                  row.setState(static_cast<std::uint8_t>(InvoiceState::paid));
                                  row.setPaidAt(event.getEffectiveAt());
                                  row.setReference(body.getReference());
                              });
    value_.clear();
    tables::put_u64(value_, sequence_.value);
    rows.put_index(key_of(Table::payments, account.number, view(body.getReference())), value_);
}

void Reducer::void_invoice(AccountState& account, schema::InvoiceVoided::Reader body, RowBuffer& rows) {
    std::uint32_t order = 0;
    change_row<rows::Invoice>(key_of(Table::invoices, account.number, view(body.getInvoice())), rows,
                              [&](rows::Invoice::Builder row) {
                                  row.setState(static_cast<std::uint8_t>(InvoiceState::voided));
                                  order = row.getOrder();
                              });
    if (order != 0) set_invoice_of_order(account, OrderNumber(order), "", rows);
}

void Reducer::credit_invoice(AccountState& account, schema::InvoiceCredited::Reader body, RowBuffer& rows) {
    change_row<rows::Invoice>(key_of(Table::invoices, account.number, view(body.getInvoice())), rows,
                              [&](rows::Invoice::Builder row) {
                                  auto line = row.getLines()[body.getLine() - 1];
                                  line.setCredited(line.getCredited() + body.getAmount().getAmount());
                                  line.setCreditedQuantity(line.getCreditedQuantity() + body.getQuantity());
                              });
    if (body.getDispute() != 0) credit_dispute(account, DisputeNumber(body.getDispute()), rows);
}

void Reducer::reverse_payment(Event::Reader event, AccountState& account, RowBuffer& rows) {
    change_row<rows::Invoice>(
        key_of(Table::invoices, account.number, view(event.getPaymentReversed().getInvoice())), rows,
        [](rows::Invoice::Builder row) { row.setState(static_cast<std::uint8_t>(InvoiceState::reversed)); });
}

void Reducer::finish(RowBuffer& rows) {
    write_free(rows);
    at_ = sequence_;
}

void Reducer::forget() {
    if (accounts_.size() + lots_remembered_ > remembered_max) {
        accounts_.clear();
        lots_remembered_ = 0;
    }
    if (rows_.size() > remembered_max) rows_.clear();
    if (holdings_.size() > remembered_max) holdings_.clear();
    if (free_.size() > remembered_max / 8) free_.clear();
}

}  // namespace seatledger
