// The rules once more, written from their page alone and in the plainest way: lists and loops over everything there is,
// no index, no cache. Shares nothing with engine/; events/ gives it messages, money, the calendar and instants.
//
// The rules that a command breaks are all collected, and the answer is the one that stands first on the page. What it
// leads to is written as events, and only events change what is there.
#pragma once

#include <capnp/message.h>

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "events/command.capnp.h"
#include "events/event.capnp.h"
#include "events/instant.h"
#include "events/money.h"

namespace seatledger::testing {

namespace naive {

struct User {
    std::uint32_t id = 0;
    std::string email;
    bool removed = false;
    std::vector<schema::Role> roles;
    std::string phone;  // the configuration; empty: none
    std::int64_t phone_kept_until = no_instant.micros;
    std::uint32_t removal = 0;  // the how manieth of the account

    [[nodiscard]] bool has(schema::Role role) const;
};

struct License {
    std::uint32_t number = 0;
    std::string sku;
    std::string invoice;
    std::uint32_t line = 0;
    std::int64_t valid_until = 0;
    std::uint32_t holder = 0;
    bool revoked = false;

    [[nodiscard]] bool is_running(std::int64_t t) const { return !revoked && t < valid_until; }
    [[nodiscard]] bool is_free(std::int64_t t) const { return is_running(t) && holder == 0; }
    [[nodiscard]] bool is_bound(std::int64_t t) const { return is_running(t) && holder != 0; }
};

// The licenses of one line, which end together.
struct Lot {
    std::string invoice;
    std::uint32_t line = 0;
    std::string sku;
    std::uint32_t first = 0;
    std::uint32_t quantity = 0;
    std::int64_t valid_from = 0;
    std::int64_t valid_until = 0;
    bool end_recorded = false;
};

// So many days before this day the super admins were told what ends on it.
struct Reminder {
    std::string day;
    std::uint32_t days = 0;

    bool operator==(const Reminder&) const = default;
};

struct Line {
    std::string sku;
    std::uint32_t quantity = 0;
    std::string term;
    std::int64_t valid_until = 0;
    std::int64_t left = 0;            // of the amount, after the credits
    std::uint32_t quantity_left = 0;  // of the quantity
};

struct Invoice {
    std::string id;
    std::uint32_t raised_by = 0;
    std::uint32_t order = 0;
    std::string status = "open";  // open, paid, void, reversed
    std::int64_t issued_at = 0;
    std::int64_t total = 0;
    std::vector<Line> lines;
};

struct Order {
    std::uint32_t number = 0;
    std::string sku;
    std::uint32_t quantity = 0;
    std::uint32_t asked_by = 0;
    std::uint32_t user = 0;
    std::int64_t due = 0;
    std::string status = "open";  // open, invoiced, fulfilled, cancelled
    bool overdue_recorded = false;
};

struct Member {
    std::uint32_t user = 0;
    schema::QueueRole role = schema::QueueRole::AGENT;
};

struct Queue {
    std::string name;
    std::vector<Member> members;
};

struct Dispute {
    std::uint32_t number = 0;
    std::string line;  // what is disputed
    bool resolved = false;
    std::vector<std::uint32_t> concerns;  // users, some of them more than once
};

struct Card {
    std::string token;
    std::string last4;
};

struct Account {
    std::string id;
    std::string zone;
    std::string currency;
    schema::Language language = schema::Language::EN;
    bool importing = false;
    std::int64_t imported_until = no_instant.micros;
    std::int64_t last_effective_at = 0;
    std::vector<User> users;
    std::vector<Invoice> invoices;
    std::vector<License> licenses;
    std::vector<Lot> lots;
    std::vector<Reminder> reminders;
    std::vector<Order> orders;
    std::vector<Queue> queues;
    std::vector<Card> cards;
    std::vector<std::string> payments;  // references
    std::string dispute_window;
    std::vector<Dispute> disputes;
};

struct Product {
    std::string sku;
    std::string name;
    std::string type;
    std::vector<std::string> features;
    std::string term;
    std::int64_t price = 0;
    std::string currency;
    schema::Billing billing = schema::Billing::PURCHASED;
    bool keeps_phone = false;
    bool offered = true;
};

// One command while it is judged.
struct Case {
    schema::Command::Reader command;
    std::string stream;
    std::string request_id;
    Account* account = nullptr;  // null: the catalogue's, or an account that is not there
    std::uint32_t actor = 0;     // 0: the vendor, or what fell due
    bool is_due = false;
    std::int64_t now = 0;
    std::int64_t at = 0;
    std::vector<std::string> broken;
    std::vector<std::uint32_t> taken;  // licenses that its events have taken from somebody so far
    std::vector<std::uint32_t> kept;   // people whose phone configuration they have left kept
    std::vector<std::unique_ptr<capnp::MallocMessageBuilder>> events;

    // The command breaks the rule unless it holds. Gives whether it does.
    bool needs(bool holds, std::string_view rule);
    [[nodiscard]] bool is_broken() const { return !broken.empty(); }
    [[nodiscard]] std::string first_broken() const;  // by the order of the page
    schema::Event::Builder event();                  // one more, empty but for its head
};

// Whether everything in the command that can be judged by itself is a value that may be.
[[nodiscard]] bool has_allowed_values(schema::Command::Reader command);
[[nodiscard]] bool is_valid_email(std::string_view email);
// Whether nothing of it is left.
[[nodiscard]] bool is_revoked(const Account& account, const Lot& lot);
// Which language the name is of; of any other text `otherwise`.
[[nodiscard]] schema::Language language_of(capnp::Text::Reader name, schema::Language otherwise);

}  // namespace naive

class NaiveModel {
 public:
    struct Answer {
        std::string rejected;             // the rule's id; empty: accepted
        std::vector<std::string> events;  // as JSON, people by the address that they bore
        std::uint64_t first = 0;          // sequences; 0: nothing was appended
        std::uint64_t last = 0;
        bool replayed = false;
        std::int64_t phone_kept_until = no_instant.micros;  // of whoever lost a license by an unbind
        std::vector<Answer> rows;                           // of a bulk command

        [[nodiscard]] bool is_answered() const { return replayed || !rejected.empty(); }
    };

    // `clock`: what the machine's clock says.
    Answer judge(schema::Command::Reader command, Instant clock);

    // Every event so far, as JSON, people by their number.
    [[nodiscard]] const std::vector<std::string>& log() const { return log_; }

 private:
    // A request that was done: the command without its id, and its events.
    struct Done {
        std::string command;
        std::uint64_t first = 0;
        std::uint64_t last = 0;
    };

    using Rows = std::vector<std::unique_ptr<capnp::MallocMessageBuilder>>;  // each a command of its own

    void judge_single(naive::Case& c, Answer& answer);
    void judge_rows(naive::Case& whole, const Rows& rows, Answer& answer);
    void judge_together(naive::Case& whole, const Rows& rows, Answer& answer);
    void judge_dry(naive::Case& whole, const Rows& rows, Answer& answer);
    bool repeat(const naive::Case& c, Answer& answer) const;  // whether the request id says what the answer is
    void remember(const naive::Case& c, const Answer& answer);
    bool open(naive::Case& c, Answer& answer);  // all that stands before the rules of the tables
    naive::Case row_of(const naive::Case& whole, schema::Command::Reader command, const std::string& request_id) const;
    void check_envelope(naive::Case& c);
    void check_currencies(naive::Case& c);
    void check_role(naive::Case& c);
    void check_time(naive::Case& c);
    void record_due(naive::Account& account, std::int64_t until, std::int64_t now);
    void commit(naive::Case& c, Answer& answer);  // the events of the case, or its rejection
    [[nodiscard]] std::string show(schema::Event::Reader event, const naive::Account* account, bool by_number) const;

    // What the rules of its table say of the command, and the events that it leads to.
    void decide(naive::Case& c);
    void decide_people(naive::Case& c);
    void decide_catalog(naive::Case& c);
    void decide_money(naive::Case& c);
    void decide_orders(naive::Case& c);
    void decide_seats(naive::Case& c);
    void decide_queues(naive::Case& c);
    void open_account(naive::Case& c, schema::OpenAccount::Reader body);
    void register_user(naive::Case& c, schema::RegisterUser::Reader body);
    void remove_user(naive::Case& c, schema::RemoveUser::Reader body);
    void change_email(naive::Case& c, schema::ChangeEmail::Reader body);
    void erase_person(naive::Case& c, schema::ErasePerson::Reader body);
    void set_password(naive::Case& c, schema::SetPassword::Reader body);
    void change_role(naive::Case& c, schema::ChangeRole::Reader body, bool grant);
    void define_product(naive::Case& c, schema::DefineProduct::Reader body);
    void change_product(naive::Case& c, schema::ChangeProduct::Reader body);
    void issue_invoice(naive::Case& c, schema::IssueInvoice::Reader body);
    void record_payment(naive::Case& c, schema::RecordPayment::Reader body);
    void issue_licenses(naive::Case& c, const naive::Invoice& invoice);
    void finish_order(naive::Case& c, const naive::Order& order);
    void credit_invoice(naive::Case& c, schema::CreditInvoice::Reader body);
    void reverse_payment(naive::Case& c, schema::ReversePayment::Reader body);
    void revoke(naive::Case& c, const naive::Invoice& invoice, std::uint32_t line, std::uint64_t quantity);
    void request_licenses(naive::Case& c, schema::RequestLicenses::Reader body);
    void cancel_order(naive::Case& c, schema::CancelOrder::Reader body);
    void check_order(naive::Case& c, const naive::Product* product);
    void place_order(naive::Case& c, std::string_view sku, std::uint64_t quantity, std::uint32_t user);
    void add_card(naive::Case& c, schema::AddCard::Reader body);
    void remove_card(naive::Case& c, schema::RemoveCard::Reader body);
    void fulfill_order(naive::Case& c, schema::FulfillOrder::Reader body);
    void bind(naive::Case& c, schema::BindLicense::Reader body);
    void unbind(naive::Case& c, schema::UnbindLicense::Reader body);
    void reassign(naive::Case& c, schema::ReassignLicense::Reader body);
    void delete_queue(naive::Case& c, std::string_view name);

    void decide_phone(naive::Case& c);
    void decide_disputes(naive::Case& c);
    static void open_dispute(naive::Case& c, schema::OpenDispute::Reader body);
    static bool needs_open_dispute(naive::Case& c, std::uint32_t number);
    static bool is_in_open_dispute(const naive::Account& account, std::uint32_t user);
    static void concern(naive::Account& account, naive::Dispute& dispute, schema::Event::Reader event,
                        std::string_view text);
    // Right behind the event by which somebody loses a license, or gets one.
    void lose(naive::Case& c, std::uint32_t license, std::string_view sku, std::uint32_t user);
    void gain(naive::Case& c, std::string_view sku, std::uint32_t user);
    bool holds_phone_product(const naive::Case& c, std::uint32_t user);
    static void purge_phone(naive::Case& c, const naive::User& user);
    void end_lot(naive::Case& c, const naive::Lot& lot);

    // The reminder that is due before `instant`, if one is, which then becomes when.
    static std::optional<naive::Reminder> find_reminder(const naive::Account& account, std::int64_t& instant);
    static void remind(naive::Case& c, const naive::Reminder& reminder);
    static void apply_letters(naive::Account& account, schema::Event::Reader event);

    void apply(schema::Event::Reader event);
    void apply_people(naive::Account& account, schema::Event::Reader event);
    void apply_catalog(schema::Event::Reader event);
    void apply_money(naive::Account& account, schema::Event::Reader event);
    void apply_licenses(naive::Account& account, schema::Event::Reader event);
    void apply_queues(naive::Account& account, schema::Event::Reader event);
    static void apply_phones(naive::Account& account, schema::Event::Reader event);
    static void apply_disputes(naive::Account& account, schema::Event::Reader event);

    naive::Account* find_account(std::string_view id);
    naive::Product* find_product(std::string_view sku);
    static naive::User* find_user(naive::Account& account, std::string_view email);
    static naive::User* find_removed(naive::Account& account, std::string_view email);
    static naive::Invoice* find_invoice(naive::Account& account, std::string_view id);
    static naive::Queue* find_queue(naive::Account& account, std::string_view name);
    static naive::License* find_held(naive::Account& account, std::uint32_t user, std::string_view sku, std::int64_t t);
    static naive::License* find_free(naive::Account& account, std::string_view sku, std::int64_t t);

    std::vector<naive::Account> accounts_;
    std::vector<naive::Product> products_;
    std::int64_t catalog_effective_at_ = no_instant.micros;
    std::int64_t recorded_at_ = no_instant.micros;
    std::uint32_t erased_ = 0;          // by the commit that is being shown: nobody is told their address any more
    std::vector<std::string> streams_;  // of every event
    std::vector<std::string> log_;
    std::map<std::pair<std::string, std::string>, Done> done_;  // by stream and request id
    bool is_dry_ = false;
};

}  // namespace seatledger::testing
