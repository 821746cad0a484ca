// What the tables of the rules say of people, the catalogue, licenses and queues.
#include <algorithm>

#include "events/calendar.h"
#include "events/text.h"
#include "tests/support/naive_model.h"

namespace seatledger::testing {

using naive::Case;

namespace {

schema::Role role_named(std::string_view name) {
    if (name == "superAdmin") return schema::Role::SUPER_ADMIN;
    if (name == "admin") return schema::Role::ADMIN;
    if (name == "billing") return schema::Role::BILLING;
    return name == "auditor" ? schema::Role::AUDITOR : schema::Role::MEMBER;
}

schema::Billing billing_named(std::string_view name) {
    if (name == "purchased") return schema::Billing::PURCHASED;
    return name == "assigned" ? schema::Billing::ASSIGNED : schema::Billing::MEMBERSHIP;
}

// Of UTF-8: all bytes but those that go on with a character.
int characters_of(capnp::Text::Reader text) {
    int count = 0;
    for (const char c : text) count += (c & 0xC0) == 0x80 ? 0 : 1;
    return count;
}

bool is_last_super_admin(const naive::Account& account, const naive::User& user) {
    const auto is_super_admin = [](const naive::User& one) { return one.has(schema::Role::SUPER_ADMIN); };
    return is_super_admin(user) && std::ranges::count_if(account.users, is_super_admin) == 1;
}

void hold(schema::LicenseHeld::Builder body, const naive::License& license, std::uint32_t user) {
    body.setLicense(license.number);
    body.setSku(text(license.sku));
    body.setUser(user);
}

void place(schema::QueueMember::Builder body, std::string_view queue, std::uint32_t user, schema::QueueRole role) {
    body.setQueue(text(queue));
    body.setUser(user);
    body.setRole(role);
}

}  // namespace

void NaiveModel::decide(Case& c) {
    decide_people(c);
    decide_catalog(c);
    decide_money(c);
    decide_orders(c);
    decide_seats(c);
    decide_queues(c);
    decide_phone(c);
    decide_disputes(c);
}

// ---- Accounts, people, roles

void NaiveModel::decide_people(Case& c) {
    const auto command = c.command;
    if (command.isOpenAccount()) open_account(c, command.getOpenAccount());
    if (command.isEndImport() && c.needs(c.account->importing, "value_not_allowed")) c.event().initImportEnded();
    if (command.isRegisterUser()) register_user(c, command.getRegisterUser());
    if (command.isRemoveUser()) remove_user(c, command.getRemoveUser());
    if (command.isChangeEmail()) change_email(c, command.getChangeEmail());
    if (command.isErasePerson()) erase_person(c, command.getErasePerson());
    if (command.isSetPassword()) set_password(c, command.getSetPassword());
    if (command.isGrantRole()) change_role(c, command.getGrantRole(), true);
    if (command.isRevokeRole()) change_role(c, command.getRevokeRole(), false);
}

void NaiveModel::open_account(Case& c, schema::OpenAccount::Reader body) {
    const auto person = body.getSuperAdmin();
    c.needs(find_account(c.stream) == nullptr, "account_must_be_new");
    c.needs(naive::is_valid_email(view(person.getEmail())), "email_must_be_valid");
    if (c.is_broken()) return;
    auto opened = c.event().initAccountOpened();
    opened.setName(body.getName());
    opened.setTimeZone(body.getTimeZone());
    opened.setCurrency(body.getCurrency());
    opened.setImporting(body.getImporting());
    opened.setLanguage(naive::language_of(body.getLanguage(), schema::Language::EN));
    if (body.hasDisputeWindow()) opened.setDisputeWindow(body.getDisputeWindow());
    auto registered = c.event().initUserRegistered();
    registered.setUser(1);
    registered.setEmail(as_data(view(person.getEmail())));
    if (person.getName().size() > 0) registered.setName(as_data(view(person.getName())));
    registered.setLanguage(naive::language_of(person.getLanguage(), opened.getLanguage()));
    auto granted = c.event().initRoleGranted();
    granted.setUser(1);
    granted.setRole(schema::Role::SUPER_ADMIN);
}

void NaiveModel::register_user(Case& c, schema::RegisterUser::Reader body) {
    const auto sku = view(body.getSku());
    const auto* product = find_product(sku);
    const auto* free = find_free(*c.account, sku, c.at);
    c.needs(naive::is_valid_email(view(body.getEmail())), "email_must_be_valid");
    c.needs(find_user(*c.account, view(body.getEmail())) == nullptr, "email_must_be_new");
    if (body.hasPassword()) c.needs(characters_of(body.getPassword()) >= 12, "password_must_be_long");
    if (body.hasSku() && c.needs(product != nullptr, "sku_must_exist") && free == nullptr) {
        c.needs(product->currency == c.account->currency, "value_not_allowed: of the order");
        check_order(c, product);
    }
    if (c.is_broken()) return;
    const auto user = static_cast<std::uint32_t>(c.account->users.size() + 1);
    auto registered = c.event().initUserRegistered();
    registered.setUser(user);
    registered.setEmail(as_data(view(body.getEmail())));
    if (body.getName().size() > 0) registered.setName(as_data(view(body.getName())));
    registered.setLanguage(naive::language_of(body.getLanguage(), c.account->language));
    if (body.hasPassword()) c.event().initPasswordChanged().setUser(user);
    if (!body.hasSku()) return;
    if (free != nullptr) {
        hold(c.event().initLicenseBound(), *free, user);
    } else {
        place_order(c, sku, 1, user);
    }
}

void NaiveModel::remove_user(Case& c, schema::RemoveUser::Reader body) {
    const auto* user = find_user(*c.account, view(body.getEmail()));
    if (!c.needs(user != nullptr, "user_must_be_registered")) return;
    for (const auto& license : c.account->licenses) {
        c.needs(!license.is_bound(c.at) || license.holder != user->id, "user_must_hold_nothing");
    }
    for (const auto& queue : c.account->queues) {
        for (const auto& member : queue.members) c.needs(member.user != user->id, "user_must_hold_nothing");
    }
    c.needs(!is_last_super_admin(*c.account, *user), "last_super_admin");
    if (!c.is_broken()) c.event().initUserRemoved().setUser(user->id);
}

void NaiveModel::erase_person(Case& c, schema::ErasePerson::Reader body) {
    capnp::MallocMessageBuilder message;
    auto removal = message.initRoot<schema::RemoveUser>();
    removal.setEmail(body.getEmail());
    const auto* user = find_user(*c.account, view(body.getEmail()));
    if (user == nullptr) user = find_removed(*c.account, view(body.getEmail()));
    if (user == nullptr || !user->removed) remove_user(c, removal.asReader());
    if (user != nullptr) c.needs(!is_in_open_dispute(*c.account, user->id), "person_must_not_be_in_dispute");
    if (c.is_broken()) return;
    purge_phone(c, *user);
    c.event().initPersonErased().setUser(user->id);
}

void NaiveModel::change_email(Case& c, schema::ChangeEmail::Reader body) {
    const auto* user = find_user(*c.account, view(body.getEmail()));
    const auto* bearer = find_user(*c.account, view(body.getNewEmail()));
    c.needs(naive::is_valid_email(view(body.getNewEmail())), "email_must_be_valid");
    // One's own address may be written in another way.
    c.needs(bearer == nullptr || bearer == user, "email_must_be_new");
    c.needs(user != nullptr, "user_must_be_registered");
    if (c.is_broken()) return;
    auto changed = c.event().initEmailChanged();
    changed.setUser(user->id);
    changed.setNewEmail(as_data(view(body.getNewEmail())));
}

void NaiveModel::set_password(Case& c, schema::SetPassword::Reader body) {
    const auto* user = find_user(*c.account, view(body.getEmail()));
    c.needs(user != nullptr, "user_must_be_registered");
    c.needs(characters_of(body.getPassword()) >= 12, "password_must_be_long");
    if (!c.is_broken()) c.event().initPasswordChanged().setUser(user->id);
}

void NaiveModel::change_role(Case& c, schema::ChangeRole::Reader body, bool grant) {
    const auto* user = find_user(*c.account, view(body.getEmail()));
    const auto role = role_named(view(body.getRole()));
    if (!c.needs(user != nullptr, "user_must_be_registered")) return;
    // What happens already has happened: nothing would be new.
    c.needs(user->has(role) != grant, "value_not_allowed");
    const bool loses_super_admin = !grant && role == schema::Role::SUPER_ADMIN;
    c.needs(!loses_super_admin || !is_last_super_admin(*c.account, *user), "last_super_admin");
    if (c.is_broken()) return;
    auto changed = grant ? c.event().initRoleGranted() : c.event().initRoleRevoked();
    changed.setUser(user->id);
    changed.setRole(role);
}

// ---- Catalogue

void NaiveModel::decide_catalog(Case& c) {
    const auto command = c.command;
    if (command.isDefineProduct()) define_product(c, command.getDefineProduct());
    if (command.isChangeProduct()) change_product(c, command.getChangeProduct());
    if (command.isRetireProduct()) {
        const auto* product = find_product(view(command.getRetireProduct().getSku()));
        if (!c.needs(product != nullptr, "sku_must_exist")) return;
        if (!c.needs(product->offered, "product_must_be_offered")) return;
        c.event().initProductRetired().setSku(text(product->sku));
    }
}

void NaiveModel::define_product(Case& c, schema::DefineProduct::Reader body) {
    const auto billing = billing_named(view(body.getBilling()));
    const bool is_membership = billing == schema::Billing::MEMBERSHIP;
    const bool has_membership = std::ranges::any_of(products_, [](const naive::Product& product) {
        return product.offered && product.billing == schema::Billing::MEMBERSHIP;
    });
    c.needs(find_product(view(body.getSku())) == nullptr, "sku_must_be_new");
    c.needs(parse_term(view(body.getTerm()))->is_positive(), "term_must_be_positive");
    c.needs(body.getUnitPrice().getAmount() >= 0, "price_must_not_be_negative");
    c.needs(!is_membership || !has_membership, "membership_product_must_be_single");
    if (c.is_broken()) return;
    auto product = c.event().initProductDefined();
    product.setSku(body.getSku());
    product.setName(body.getName());
    product.setType(body.getType());
    if (body.getFeatures().size() > 0) product.setFeatures(body.getFeatures());
    product.setTerm(body.getTerm());
    product.setUnitPrice(body.getUnitPrice());
    product.setBilling(billing);
    product.setKeepsPhone(body.getKeepsPhone());
}

void NaiveModel::change_product(Case& c, schema::ChangeProduct::Reader body) {
    const auto* product = find_product(view(body.getSku()));
    c.needs(product != nullptr, "sku_must_exist");
    c.needs(!body.hasUnitPrice() || body.getUnitPrice().getAmount() >= 0, "price_must_not_be_negative");
    if (c.is_broken()) return;
    auto changed = c.event().initProductChanged();
    changed.setSku(body.getSku());
    changed.setName(body.hasName() ? body.getName() : text(product->name));
    if (body.hasFeatures()) {
        changed.setFeatures(body.getFeatures());
    } else if (!product->features.empty()) {
        auto features = changed.initFeatures(static_cast<unsigned>(product->features.size()));
        for (unsigned i = 0; i < features.size(); ++i) features.set(i, text(product->features[i]));
    }
    if (body.hasUnitPrice()) {
        changed.setUnitPrice(body.getUnitPrice());
    } else {
        auto price = changed.initUnitPrice();
        price.setAmount(product->price);
        price.setCurrency(text(product->currency));
    }
}

// ---- Licenses

void NaiveModel::decide_seats(Case& c) {
    const auto command = c.command;
    if (command.isBindLicense()) bind(c, command.getBindLicense());
    if (command.isUnbindLicense()) unbind(c, command.getUnbindLicense());
    if (command.isReassignLicense()) reassign(c, command.getReassignLicense());
}

void NaiveModel::bind(Case& c, schema::BindLicense::Reader body) {
    auto& account = *c.account;
    const auto* user = find_user(account, view(body.getEmail()));
    c.needs(user != nullptr, "user_must_be_registered");
    const naive::License* license = nullptr;
    if (body.hasSku()) {
        const auto sku = view(body.getSku());
        c.needs(find_product(sku) != nullptr, "sku_must_exist");
        license = find_free(account, sku, c.at);
        c.needs(license != nullptr, "no_license_available");
        const bool has_one = user != nullptr && find_held(account, user->id, sku, c.at) != nullptr;
        c.needs(!has_one, "user_must_not_hold_product");
    } else if (c.needs(body.getLicense() <= account.licenses.size(), "license_must_exist")) {
        license = &account.licenses[body.getLicense() - 1];
        c.needs(!license->revoked, "license_must_not_be_revoked");
        c.needs(license->revoked || license->is_running(c.at), "license_must_not_be_expired");
        c.needs(license->is_free(c.at), "license_must_be_available");
        const bool has_one = user != nullptr && find_held(account, user->id, license->sku, c.at) != nullptr;
        c.needs(!has_one, "user_must_not_hold_product");
    }
    if (c.is_broken()) return;
    hold(c.event().initLicenseBound(), *license, user->id);
    gain(c, license->sku, user->id);
}

void NaiveModel::unbind(Case& c, schema::UnbindLicense::Reader body) {
    auto& account = *c.account;
    const naive::License* license = nullptr;
    if (body.getLicense() != 0) {
        if (!c.needs(body.getLicense() <= account.licenses.size(), "license_must_exist")) return;
        license = &account.licenses[body.getLicense() - 1];
        c.needs(license->is_bound(c.at), "license_must_be_bound");
    } else {
        const auto* user = find_user(account, view(body.getEmail()));
        c.needs(user != nullptr, "user_must_be_registered");
        c.needs(find_product(view(body.getSku())) != nullptr, "sku_must_exist");
        if (user != nullptr) license = find_held(account, user->id, view(body.getSku()), c.at);
        c.needs(license != nullptr, "license_must_be_bound");
    }
    if (c.is_broken()) return;
    hold(c.event().initLicenseUnbound(), *license, license->holder);
    lose(c, license->number, license->sku, license->holder);
}

void NaiveModel::reassign(Case& c, schema::ReassignLicense::Reader body) {
    auto& account = *c.account;
    const auto* user = find_user(account, view(body.getEmail()));
    c.needs(user != nullptr, "user_must_be_registered");
    const naive::License* license = nullptr;
    if (c.needs(body.getLicense() <= account.licenses.size(), "license_must_exist")) {
        license = &account.licenses[body.getLicense() - 1];
        c.needs(!license->revoked, "license_must_not_be_revoked");
        c.needs(license->revoked || license->is_running(c.at), "license_must_not_be_expired");
        // The one that is taken away from them first does not count.
        const auto* held = user == nullptr ? nullptr : find_held(account, user->id, license->sku, c.at);
        c.needs(held == nullptr || held == license, "user_must_not_hold_product");
        c.needs(license->is_bound(c.at), "license_must_be_bound");
    }
    if (c.is_broken()) return;
    hold(c.event().initLicenseUnbound(), *license, license->holder);
    lose(c, license->number, license->sku, license->holder);
    hold(c.event().initLicenseBound(), *license, user->id);
    gain(c, license->sku, user->id);
}

// ---- Queues

void NaiveModel::decide_queues(Case& c) {
    const auto command = c.command;
    if (command.isCreateQueue()) {
        const auto body = command.getCreateQueue();
        if (!c.needs(find_queue(*c.account, view(body.getQueue())) == nullptr, "queue_must_be_new")) return;
        const auto kind = view(body.getKind());
        auto created = c.event().initQueueCreated();
        created.setQueue(body.getQueue());
        created.setKind(kind == "call"       ? schema::QueueKind::CALL
                        : kind == "outbound" ? schema::QueueKind::OUTBOUND
                                             : schema::QueueKind::INBOX);
    }
    if (command.isDeleteQueue()) delete_queue(c, view(command.getDeleteQueue().getQueue()));
    const auto is_member = [](const naive::Queue* queue, const naive::User* user) {
        return queue != nullptr && user != nullptr &&
               std::ranges::find(queue->members, user->id, &naive::Member::user) != queue->members.end();
    };
    if (command.isAddQueueMember()) {
        const auto body = command.getAddQueueMember();
        const auto* user = find_user(*c.account, view(body.getEmail()));
        const auto* queue = find_queue(*c.account, view(body.getQueue()));
        const bool as_agent = view(body.getRole()) == "agent";
        c.needs(user != nullptr, "user_must_be_registered");
        c.needs(queue != nullptr, "queue_must_exist");
        c.needs(!is_member(queue, user), "member_must_be_new");
        if (c.is_broken()) return;
        place(c.event().initQueueMemberAdded(), queue->name, user->id,
              as_agent ? schema::QueueRole::AGENT : schema::QueueRole::SUPERVISOR);
    }
    if (command.isRemoveQueueMember()) {
        const auto body = command.getRemoveQueueMember();
        const auto* user = find_user(*c.account, view(body.getEmail()));
        const auto* queue = find_queue(*c.account, view(body.getQueue()));
        c.needs(user != nullptr, "user_must_be_registered");
        c.needs(queue != nullptr, "queue_must_exist");
        c.needs(is_member(queue, user), "member_must_exist");
        if (c.is_broken()) return;
        const auto member = std::ranges::find(queue->members, user->id, &naive::Member::user);
        place(c.event().initQueueMemberRemoved(), queue->name, user->id, member->role);
    }
}

void NaiveModel::delete_queue(Case& c, std::string_view name) {
    const auto* queue = find_queue(*c.account, name);
    if (!c.needs(queue != nullptr, "queue_must_exist")) return;
    auto members = queue->members;
    std::ranges::sort(members, {}, &naive::Member::user);
    for (const auto& member : members) place(c.event().initQueueMemberRemoved(), name, member.user, member.role);
    c.event().initQueueDeleted().setQueue(text(name));
}

}  // namespace seatledger::testing
