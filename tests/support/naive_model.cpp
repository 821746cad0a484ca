#include "tests/support/naive_model.h"

#include <capnp/serialize.h>

#include <algorithm>
#include <list>
#include <span>

#include "events/text.h"
#include "server/json.h"

namespace seatledger::testing {

using naive::Case;

namespace {

constexpr std::size_t event_bytes_max = 65'535;

// The page of the rules from top to bottom, the ids that every command may meet first. What stands
// behind a colon is a rule that is met again further down, by what a command leads to.
const std::vector<std::string> page = {
    "request_id_reused", "value_not_allowed", "account_must_exist", "role_required", "effective_time_in_order",
    "invoice_must_exist", "order_must_exist", "line_must_exist", "card_must_exist", "dispute_must_exist",
    // Accounts, people, roles
    "account_must_be_new", "email_must_be_valid", "email_must_be_new", "user_must_be_registered",
    "user_must_hold_nothing", "last_super_admin", "person_must_not_be_in_dispute", "password_must_be_long",
    // Catalogue
    "sku_must_be_new", "sku_must_exist", "value_not_allowed: of the order", "product_must_be_offered",
    "term_must_be_positive", "price_must_not_be_negative", "membership_product_must_be_single",
    // Orders, invoices, payments
    "super_admin_with_card_required", "token_must_not_be_a_card_number", "order_must_be_open", "invoice_must_be_new",
    "invoice_must_have_lines", "quantity_must_be_positive", "invoice_must_be_open", "payment_must_match",
    "term_must_be_positive: of a line", "payment_must_be_new", "credit_must_fit", "invoice_must_be_paid",
    // Licenses
    "license_must_exist", "no_license_available", "license_must_not_be_revoked", "license_must_not_be_expired",
    "license_must_be_available", "user_must_not_hold_product", "license_must_be_bound",
    // Phone configuration
    "user_must_hold_phone_product", "config_too_large", "config_must_be_json",
    // Queues
    "queue_must_be_new", "queue_must_exist", "member_must_be_new", "member_must_exist",
    // Disputes
    "dispute_too_late", "dispute_must_be_open",
    // And last
    "amount_out_of_range", "event_too_large"};

// The command as it is remembered: all of it but the id of the request.
std::string without_request_id(schema::Command::Reader command) {
    capnp::MallocMessageBuilder message;
    message.setRoot(command);
    auto copy = message.getRoot<schema::Command>();
    copy.disownRequestId();
    // Nor what is secret in it.
    if (copy.isSetPassword()) copy.getSetPassword().setPassword("");
    if (copy.isRegisterUser() && copy.getRegisterUser().hasPassword()) copy.getRegisterUser().setPassword("");
    const auto words = capnp::canonicalize(copy.asReader());
    const auto chars = words.asChars();
    return {chars.begin(), chars.end()};
}

template <typename Bodies>
std::vector<std::unique_ptr<capnp::MallocMessageBuilder>> split(schema::Command::Reader command, Bodies bodies) {
    std::vector<std::unique_ptr<capnp::MallocMessageBuilder>> rows;
    for (const auto body : bodies) {
        auto row = rows.emplace_back(std::make_unique<capnp::MallocMessageBuilder>())->initRoot<schema::Command>();
        row.setAccount(command.getAccount());
        row.setAt(command.getAt());
        row.setCorrects(command.getCorrects());
        if (command.hasActor()) row.setActor(command.getActor());
        if constexpr (std::is_same_v<Bodies, capnp::List<schema::BindLicense>::Reader>) {
            row.setBindLicense(body);
        } else {
            row.setUnbindLicense(body);
        }
    }
    return rows;
}

}  // namespace

bool naive::is_revoked(const naive::Account& account, const naive::Lot& lot) {
    const auto licenses = std::span(account.licenses).subspan(lot.first - 1, lot.quantity);
    return std::ranges::all_of(licenses, &naive::License::revoked);
}

namespace naive {

bool User::has(schema::Role role) const { return std::ranges::find(roles, role) != roles.end(); }

bool Case::needs(bool holds, std::string_view rule) {
    if (!holds) broken.emplace_back(rule);
    return holds;
}

std::string Case::first_broken() const {
    const auto place = [](const std::string& rule) { return std::ranges::find(page, rule); };
    const auto rule = *std::ranges::min_element(broken, {}, place);
    return rule.substr(0, rule.find(':'));
}

schema::Event::Builder Case::event() {
    auto event = events.emplace_back(std::make_unique<capnp::MallocMessageBuilder>())->initRoot<schema::Event>();
    if (!stream.empty()) event.setAccount(text(stream));
    event.setEffectiveAt(at);
    event.setRecordedAt(now);
    if (is_due) {
        event.setPrincipal(schema::Event::Principal::LEDGER);
        return event;
    }
    event.setPrincipal(actor == 0 ? schema::Event::Principal::VENDOR : schema::Event::Principal::USER);
    event.setViaVendor(actor != 0);
    event.setActor(actor);
    event.setCorrects(command.getCorrects());
    if (!request_id.empty()) event.setRequestId(text(request_id));
    return event;
}

}  // namespace naive

NaiveModel::Answer NaiveModel::judge(schema::Command::Reader command, Instant clock) {
    Answer answer;
    Case c;
    c.command = command;
    c.stream = view(command.getAccount());
    c.request_id = view(command.getRequestId());
    c.now = std::max(clock.micros, recorded_at_);
    if (command.isBindLicenses()) {
        const auto bulk = command.getBindLicenses();
        const auto rows = split(command, bulk.getRows());
        if (bulk.getDryRun()) judge_dry(c, rows, answer);
        if (!bulk.getDryRun() && bulk.getAtomic()) judge_together(c, rows, answer);
        if (!bulk.getDryRun() && !bulk.getAtomic()) judge_rows(c, rows, answer);
    } else if (command.isUnbindLicenses()) {
        const auto bulk = command.getUnbindLicenses();
        const auto rows = split(command, bulk.getRows());
        if (bulk.getDryRun()) judge_dry(c, rows, answer);
        if (!bulk.getDryRun() && bulk.getAtomic()) judge_together(c, rows, answer);
        if (!bulk.getDryRun() && !bulk.getAtomic()) judge_rows(c, rows, answer);
    } else {
        judge_single(c, answer);
    }
    return answer;
}

void NaiveModel::judge_single(Case& c, Answer& answer) {
    if (repeat(c, answer) || !open(c, answer)) return;
    decide(c);
    commit(c, answer);
    remember(c, answer);
    // Its past is complete, whenever it ended: now it catches up.
    if (c.command.isEndImport() && answer.rejected.empty()) record_due(*c.account, c.now, c.now);
}

// Every row is a commit of its own with a request id of its own.
void NaiveModel::judge_rows(Case& whole, const Rows& rows, Answer& answer) {
    answer.rows.resize(rows.size());
    std::vector<Case> cases;
    for (std::size_t i = 0; i < rows.size(); ++i) {
        const auto id = whole.request_id.empty() ? "" : whole.request_id + "/" + std::to_string(i + 1);
        cases.push_back(row_of(whole, rows[i]->getRoot<schema::Command>(), id));
        static_cast<void>(repeat(cases[i], answer.rows[i]));
    }
    if (!rows.empty() && std::ranges::all_of(answer.rows, &Answer::is_answered)) return;
    Answer opened;
    if (!open(whole, opened)) {
        if (std::ranges::none_of(answer.rows, &Answer::is_answered)) answer.rows.clear();
        if (answer.rows.empty()) answer.rejected = opened.rejected;
        for (auto& row : answer.rows) {
            if (!row.is_answered()) row.rejected = opened.rejected;
        }
        return;
    }
    for (std::size_t i = 0; i < rows.size(); ++i) {
        if (answer.rows[i].is_answered()) continue;
        auto c = row_of(whole, rows[i]->getRoot<schema::Command>(), cases[i].request_id);
        decide(c);
        commit(c, answer.rows[i]);
        remember(c, answer.rows[i]);
    }
}

// All rows are one commit: what the first ones did is taken back if a later one is rejected.
void NaiveModel::judge_together(Case& whole, const Rows& rows, Answer& answer) {
    if (repeat(whole, answer) || !open(whole, answer)) return;
    const auto account_before = *whole.account;
    const auto recorded_before = recorded_at_;
    const auto events_before = log_.size();
    for (const auto& row : rows) {
        auto c = row_of(whole, row->getRoot<schema::Command>(), whole.request_id);
        decide(c);
        commit(c, answer.rows.emplace_back());
        if (answer.rejected.empty()) answer.rejected = answer.rows.back().rejected;
    }
    if (!answer.rejected.empty()) {
        *whole.account = account_before;
        recorded_at_ = recorded_before;
        log_.resize(events_before);
        streams_.resize(events_before);
        answer.rows.clear();
        return;
    }
    answer.first = answer.rows.front().first;
    answer.last = answer.rows.back().last;
    remember(whole, answer);
}

// Judged as it would be, and everything is put back as it was, what fell due included. It uses up no request id, so it
// may be followed by what it was for under the same one, or follow it.
void NaiveModel::judge_dry(Case& whole, const Rows& rows, Answer& answer) {
    const auto* before = find_account(whole.stream);
    const auto account_before = before == nullptr ? naive::Account() : *before;
    const auto recorded_before = recorded_at_;
    const auto events_before = log_.size();
    const bool atomic = whole.command.isBindLicenses() ? whole.command.getBindLicenses().getAtomic()
                                                       : whole.command.getUnbindLicenses().getAtomic();
    whole.request_id.clear();
    is_dry_ = true;
    atomic ? judge_together(whole, rows, answer) : judge_rows(whole, rows, answer);
    is_dry_ = false;
    if (before == nullptr) return;
    *find_account(whole.stream) = account_before;
    recorded_at_ = recorded_before;
    log_.resize(events_before);
    streams_.resize(events_before);
    const auto forget = [](Answer& part) {
        if (part.replayed) return;
        part.first = part.last = 0;
    };
    forget(answer);
    for (auto& row : answer.rows) forget(row);
}

Case NaiveModel::row_of(const Case& whole, schema::Command::Reader command, const std::string& request_id) const {
    Case c;
    c.command = command;
    c.stream = whole.stream;
    c.request_id = request_id;
    c.account = whole.account;
    c.actor = whole.actor;
    c.now = whole.now;
    c.at = whole.at;
    return c;
}

bool NaiveModel::repeat(const Case& c, Answer& answer) const {
    const auto done = done_.find({c.stream, c.request_id});
    if (c.request_id.empty() || done == done_.end()) return false;
    if (done->second.command != without_request_id(c.command)) {
        answer.rejected = "request_id_reused";
        return true;
    }
    answer.replayed = true;
    answer.first = done->second.first;
    answer.last = done->second.last;
    return true;
}

void NaiveModel::remember(const Case& c, const Answer& answer) {
    if (c.request_id.empty() || answer.first == 0) return;
    done_[{c.stream, c.request_id}] = {without_request_id(c.command), answer.first, answer.last};
}

bool NaiveModel::open(Case& c, Answer& answer) {
    // An account that is opened has no past, and nothing falls due in it; if it is there already, that is what is
    // wrong.
    if (!c.command.isOpenAccount()) c.account = find_account(c.stream);
    check_envelope(c);
    if (!c.is_broken()) check_role(c);
    if (!c.is_broken()) check_time(c);
    if (c.is_broken()) {
        answer.rejected = c.first_broken();
        return false;
    }
    if (c.account != nullptr) record_due(*c.account, c.at, c.now);
    return true;
}

void NaiveModel::check_envelope(Case& c) {
    const auto corrects = c.command.getCorrects();
    c.needs(naive::has_allowed_values(c.command), "value_not_allowed");
    c.needs(corrects == 0 || (corrects <= streams_.size() && streams_[corrects - 1] == c.stream), "value_not_allowed");
    const bool is_of_catalog =
        c.command.isDefineProduct() || c.command.isChangeProduct() || c.command.isRetireProduct();
    const bool is_there = is_of_catalog || c.account != nullptr || c.command.isOpenAccount();
    c.needs(is_there, "account_must_exist");
    if (c.account != nullptr) check_currencies(c);
}

void NaiveModel::check_role(Case& c) {
    if (!c.command.hasActor()) return;
    const auto* user = c.account == nullptr ? nullptr : find_user(*c.account, view(c.command.getActor()));
    if (!c.needs(user != nullptr, "role_required")) return;
    c.actor = user->id;
    const auto& command = c.command;
    const bool is_vendors = command.isOpenAccount() || command.isEndImport() || command.isDefineProduct() ||
                            command.isChangeProduct() || command.isRetireProduct() || command.isIssueInvoice() ||
                            command.isRecordPayment() || command.isVoidInvoice() || command.isCreditInvoice() ||
                            command.isReversePayment() || command.isFulfillOrder() || command.isResolveDispute();
    const bool is_super_admins = command.isGrantRole() || command.isRevokeRole() || command.isAddCard() ||
                                 command.isRemoveCard() || command.isErasePerson();
    // Administrators and billing people are told something of their own.
    const bool is_order = command.isRequestLicenses() || command.isCancelOrder();
    const bool is_dispute = command.isOpenDispute() || command.isAddEvidence();
    const bool is_super_admin = user->has(schema::Role::SUPER_ADMIN);
    const bool is_admin = is_super_admin || user->has(schema::Role::ADMIN);
    if (command.isSetPassword()) {
        c.needs(find_user(*c.account, view(command.getSetPassword().getEmail())) == user, "role_required");
        return;
    }
    c.needs(!is_vendors, "role_required");
    if (is_super_admins) c.needs(is_super_admin, "role_required");
    const bool may_bill = is_order || is_dispute;
    if (may_bill) c.needs(is_admin || user->has(schema::Role::BILLING), "role_required");
    if (!is_super_admins && !may_bill) c.needs(is_admin, "role_required");
}

void NaiveModel::check_time(Case& c) {
    const auto last = c.account != nullptr ? c.account->last_effective_at
                      : c.stream.empty()   ? catalog_effective_at_
                                           : no_instant.micros;
    c.at = c.now;
    if (c.account != nullptr && c.account->importing && !c.command.isEndImport()) c.at = last;
    if (c.command.getAt() != no_instant.micros) c.at = c.command.getAt();
    c.needs(c.at <= c.now && c.at >= last, "effective_time_in_order");
}

// What fell due at or before `until`, the earliest first; at one instant what ends, then what is overdue, then what is
// kept no longer, then reminders.
void NaiveModel::record_due(naive::Account& account, std::int64_t until, std::int64_t now) {
    while (true) {
        auto instant = until + 1;
        const naive::Lot* ended = nullptr;
        const naive::Order* overdue = nullptr;
        const naive::User* kept = nullptr;
        for (const auto& lot : account.lots) {
            if (lot.end_recorded || lot.valid_until >= instant || is_revoked(account, lot)) continue;
            ended = &lot;
            instant = lot.valid_until;
        }
        for (const auto& order : account.orders) {
            const bool is_waiting = order.status == "open" || order.status == "invoiced";
            if (order.overdue_recorded || order.due >= instant || !is_waiting) continue;
            overdue = &order;
            instant = order.due;
        }
        for (const auto& user : account.users) {
            if (user.phone_kept_until == no_instant.micros || user.phone_kept_until >= instant) continue;
            kept = &user;
            instant = user.phone_kept_until;
        }
        const auto reminder = find_reminder(account, instant);
        if (instant > until) return;
        Case c;
        c.stream = account.id;
        c.account = &account;
        c.is_due = true;
        c.now = now;
        c.at = instant;
        if (reminder) {
            remind(c, *reminder);
        } else if (kept != nullptr) {
            purge_phone(c, *kept);
        } else if (overdue != nullptr) {
            c.event().initOrderOverdue().setOrder(overdue->number);
        } else {
            end_lot(c, *ended);
        }
        Answer nobody_asked;
        commit(c, nobody_asked);
    }
}

void NaiveModel::commit(Case& c, Answer& answer) {
    for (const auto& message : c.events) {
        const auto words = capnp::canonicalize(message->getRoot<schema::Event>().asReader());
        c.needs(words.asBytes().size() <= event_bytes_max, "event_too_large");
    }
    if (c.is_broken()) {
        answer.rejected = c.first_broken();
        return;
    }
    erased_ = 0;
    for (const auto& message : c.events) {
        const auto event = message->getRoot<schema::Event>().asReader();
        if (event.isPersonErased()) erased_ = event.getPersonErased().getUser();
    }
    for (const auto& message : c.events) {
        auto event = message->getRoot<schema::Event>();
        answer.last = log_.size() + 1;
        if (answer.first == 0) answer.first = answer.last;
        if (!is_dry_) event.setSequence(answer.last);
        const bool was_there = find_account(c.stream) != nullptr;
        if (!was_there) apply(event);
        answer.events.push_back(show(event, find_account(c.stream), false));
        log_.push_back(show(event, find_account(c.stream), true));
        if (was_there) apply(event);
        streams_.push_back(c.stream);
        recorded_at_ = c.now;
    }
    for (const auto& message : c.events) {
        const auto event = message->getRoot<schema::Event>().asReader();
        if (!event.isLicenseUnbound()) continue;
        answer.phone_kept_until = c.account->users[event.getLicenseUnbound().getUser() - 1].phone_kept_until;
    }
}

std::string NaiveModel::show(schema::Event::Reader event, const naive::Account* account, bool by_number) const {
    std::list<std::string> numbers;
    const AddressOf address = [&](UserId user) -> std::optional<std::string_view> {
        if (by_number) return numbers.emplace_back("user " + std::to_string(user.value));
        if (account == nullptr || user.value > account->users.size() || user.value == erased_) return std::nullopt;
        const auto& email = account->users[user.value - 1].email;
        return email.empty() ? std::nullopt : std::optional<std::string_view>(email);  // erased
    };
    std::string shown;
    // What is sealed in the ledger's events is in the clear in the model's.
    const OpenedOf opened = [](capnp::Data::Reader box) { return std::optional(view(box)); };
    write_event(event, {address, opened}, shown);
    return shown;
}

naive::Account* NaiveModel::find_account(std::string_view id) {
    const auto found = std::ranges::find(accounts_, id, &naive::Account::id);
    return found == accounts_.end() ? nullptr : &*found;
}

naive::Product* NaiveModel::find_product(std::string_view sku) {
    const auto found = std::ranges::find(products_, sku, &naive::Product::sku);
    return found == products_.end() ? nullptr : &*found;
}

naive::User* NaiveModel::find_user(naive::Account& account, std::string_view email) {
    for (auto& user : account.users) {
        if (!user.removed && fold_case(user.email) == fold_case(email)) return &user;
    }
    return nullptr;
}

// Who was removed last of those whose address it was then, and is not erased.
naive::User* NaiveModel::find_removed(naive::Account& account, std::string_view email) {
    naive::User* last = nullptr;
    for (auto& user : account.users) {
        if (!user.removed || user.email.empty() || fold_case(user.email) != fold_case(email)) continue;
        if (last == nullptr || last->removal < user.removal) last = &user;
    }
    return last;
}

naive::Invoice* NaiveModel::find_invoice(naive::Account& account, std::string_view id) {
    const auto found = std::ranges::find(account.invoices, id, &naive::Invoice::id);
    return found == account.invoices.end() ? nullptr : &*found;
}

naive::Queue* NaiveModel::find_queue(naive::Account& account, std::string_view name) {
    const auto found = std::ranges::find(account.queues, name, &naive::Queue::name);
    return found == account.queues.end() ? nullptr : &*found;
}

naive::License* NaiveModel::find_held(naive::Account& account, std::uint32_t user, std::string_view sku,
                                      std::int64_t t) {
    for (auto& license : account.licenses) {
        if (license.is_bound(t) && license.holder == user && license.sku == sku) return &license;
    }
    return nullptr;
}

naive::License* NaiveModel::find_free(naive::Account& account, std::string_view sku, std::int64_t t) {
    naive::License* soonest = nullptr;
    for (auto& license : account.licenses) {
        if (!license.is_free(t) || license.sku != sku) continue;
        if (soonest == nullptr || license.valid_until < soonest->valid_until) soonest = &license;
    }
    return soonest;
}

}  // namespace seatledger::testing
