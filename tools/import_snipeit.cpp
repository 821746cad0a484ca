#include "tools/import_snipeit.h"

#include <capnp/message.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <iterator>
#include <map>
#include <ranges>
#include <set>
#include <span>
#include <utility>

#include "engine/rules/values.h"
#include "events/calendar.h"
#include "events/money.h"
#include "events/text.h"
#include "tools/csv_file.h"
#include "tools/import_cells.h"

namespace seatledger {
namespace {

using std::chrono::year_month_day;

constexpr std::uint32_t seats_max = 1'000'000;

// What a step may be answered because the ledger has it already, from an earlier run with other values of it or
// from somebody else.
constexpr std::string_view account_is_there[] = {"request_id_reused", "account_must_be_new"};
constexpr std::string_view user_is_there[] = {"email_must_be_new"};
constexpr std::string_view product_is_there[] = {"request_id_reused", "sku_must_be_new"};

std::string local_part(std::string_view email) { return std::string(email.substr(0, email.find('@'))); }

struct UserRow {
    std::size_t line = 0;
    std::string place;  // where in which file, as it goes into a request id
    std::string email;
    std::string name;
};

struct Purchase {
    std::size_t line = 0;
    std::string item;
    std::string sku;
    std::string type;
    year_month_day bought;
    Instant at;
    Instant valid_until;
    std::int64_t days = 0;
    Amount cost;
    std::uint32_t seats = 0;
    std::string licensee;  // e-mail; empty: nobody
    std::string licensee_name;
    std::string invoice;
    std::string reference;  // of the payment
};

// A file whose cells are asked for by the names of their columns.
class Table {
 public:
    static std::expected<Table, std::string> read(const std::string& path, std::span<const std::string_view> required,
                                                  std::span<const std::string_view> optional) {
        auto csv = read_csv_file(path);
        if (!csv) return std::unexpected(csv.error().text());
        Table table;
        table.csv_ = std::move(*csv);
        for (const auto name : required) {
            const auto column = table.csv_.column(name);
            if (!column) return std::unexpected(column.error().text());
            table.columns_[name] = *column;
        }
        for (const auto name : optional) {
            const auto column = table.csv_.optional_column(name);
            if (!column) return std::unexpected(column.error().text());
            if (*column) table.columns_[name] = **column;
        }
        return table;
    }

    [[nodiscard]] const CsvFile& csv() const { return csv_; }

    // Empty where the file has no such column.
    [[nodiscard]] std::string cell(const CsvRow& row, std::string_view name) const {
        const auto column = columns_.find(name);
        return column == columns_.end() ? "" : fold_blanks(row.fields[column->second]);
    }

 private:
    CsvFile csv_;
    std::map<std::string_view, std::size_t> columns_;
};

// Puts what `csv` and `refused` say about the same file into `plan`, by line.
void refuse(const CsvFile& csv, std::vector<FileError> refused, ImportPlan& plan) {
    refused.insert(refused.end(), csv.bad_rows.begin(), csv.bad_rows.end());
    std::ranges::stable_sort(refused, {}, &FileError::line);
    std::ranges::move(refused, std::back_inserter(plan.refused));
}

std::expected<std::vector<UserRow>, std::string> read_people(const std::string& path, ImportPlan& plan) {
    constexpr std::string_view required[] = {"Email", "First Name"};
    constexpr std::string_view optional[] = {"Last Name"};
    const auto table = Table::read(path, required, optional);
    if (!table) return std::unexpected(table.error());

    std::vector<UserRow> people;
    std::map<std::string, std::size_t> by_email;
    std::vector<FileError> refused;
    const auto object = [&](const CsvRow& row, std::string reason) {
        refused.push_back({path, row.line, std::move(reason)});
    };
    std::size_t place = 0;
    for (const auto& row : table->csv().rows) {
        const auto email = table->cell(row, "Email");
        const auto name = fold_blanks(table->cell(row, "First Name") + " " + table->cell(row, "Last Name"));
        UserRow person{row.line, std::to_string(++place), email,
                       std::string(cut(name.empty() ? local_part(email) : name, rules::name_bytes_max))};
        if (email.empty()) {
            object(row, "has no e-mail: users are known by theirs, enter it");
        } else if (!rules::is_email(email)) {
            object(row, "the e-mail \"" + email + "\" is not valid: correct it");
        } else if (const auto [at, is_new] = by_email.emplace(fold_case(email), people.size()); is_new) {
            people.push_back(std::move(person));
        } else if (const auto& first = people[at->second]; fold_case(first.name) != fold_case(person.name)) {
            object(row, "the e-mail \"" + email + "\" is that of \"" + first.name + "\" on line " +
                            std::to_string(first.line) + ": give each person an address of their own");
        }
    }
    refuse(table->csv(), std::move(refused), plan);
    return people;
}

// What tells apart the rows that lack a serial number. An order number may be that of several rows; so it does not
// suffice. The person is not in it: what is made of it stands in the log for ever, and a guess at an address could be
// tried against it.
struct RowFacts {
    std::string order;
    std::string facts;
    std::size_t digits = 0;  // that stand for the facts

    RowFacts(const Table& table, const CsvRow& row) {
        order = table.cell(row, "purchase order");
        if (order.empty()) order = table.cell(row, "order number");
        facts = table.cell(row, "Item name") + "\n" + table.cell(row, "purchase date");
        digits = order.empty() ? 16 : 8;
        if (!order.empty()) return;
        for (const std::string_view column : {"expiration date", "seats", "purchase cost"}) {
            facts += "\n" + table.cell(row, column);
        }
    }

    [[nodiscard]] std::string id() const {
        const auto short_facts = digest(facts, digits);
        return order.empty() ? "row-" + short_facts : order + "~" + short_facts;
    }
};

// Makes ids for invoices. An id depends on its row alone, so that it stays the same when rows are added, moved or taken
// out; but rows that differ only in the person are counted, in the order of the file.
class InvoiceIds {
 public:
    // Rows that cannot be imported count, too: they may be corrected before the next run.
    std::string id_of(const Table& table, const CsvRow& row) {
        constexpr std::string_view prefix = "snipe-it/";
        auto id = std::string(prefix) + table.cell(row, "serial number");
        if (id.size() > prefix.size()) return short_id(id);
        const auto facts = RowFacts(table, row).id();
        auto& people = people_[facts];
        const auto person = fold_case(table.cell(row, "Licensed to Email"));
        const auto place = std::ranges::find(people, person) - people.begin();
        if (place == std::ssize(people)) people.push_back(person);
        id += facts;
        return short_id(place == 0 ? id : id + "~" + std::to_string(place + 1));
    }

 private:
    std::map<std::string, std::vector<std::string>> people_;  // folded addresses, of the rows with these facts
};

class Planner {
 public:
    explicit Planner(const SnipeitOptions& options) : options_(options) {}

    std::expected<ImportPlan, std::string> plan();

 private:
    [[nodiscard]] std::expected<void, std::string> check_options();
    [[nodiscard]] std::expected<void, std::string> read_purchases();
    [[nodiscard]] std::expected<Purchase, std::string> read_purchase(const Table& table, const CsvRow& row) const;
    [[nodiscard]] std::expected<year_month_day, std::string> read_day(const std::string& cell, std::string_view what,
                                                                      std::string_view if_empty) const;

    void open_account(Instant opening);
    void define_products();
    void add_user(const UserRow& person, const std::string& file);
    void add_day(std::span<const Purchase> purchases);
    [[nodiscard]] std::size_t add_sale(const Purchase& purchase);

    // Puts a step with a command that `fill` completes at the end of the plan, and gives its position.
    template <typename Fill>
    std::size_t add(std::string request_id, Instant at, std::string description, Fill fill);
    void came_from(const std::string& file, std::size_t line);
    void set_money(schema::Money::Builder money, Amount amount) const;

    const SnipeitOptions& options_;
    const date::time_zone* zone_ = nullptr;
    ImportPlan plan_;
    std::vector<Purchase> purchases_;
    std::set<std::string> registered_;  // folded addresses of those who are registered up to this step
};

std::expected<void, std::string> Planner::check_options() {
    zone_ = find_time_zone(options_.time_zone);
    if (zone_ == nullptr) {
        return std::unexpected("--time-zone: there is no zone \"" + options_.time_zone +
                               "\" in the time zone data: name one such as UTC or Europe/Berlin");
    }
    if (!minor_unit_digits(options_.currency)) {
        return std::unexpected("--currency: \"" + options_.currency + "\" is no code of ISO 4217 such as USD");
    }
    if (!rules::is_email(options_.super_admin)) {
        return std::unexpected("--super-admin: \"" + options_.super_admin + "\" is not a valid e-mail");
    }
    return {};
}

std::expected<year_month_day, std::string> Planner::read_day(const std::string& cell, std::string_view what,
                                                             std::string_view if_empty) const {
    if (cell.empty()) return std::unexpected("has no " + std::string(what) + ": " + std::string(if_empty));
    const auto day = read_date(cell, options_.dates);
    if (day) return *day;
    return std::unexpected("the " + std::string(what) + " \"" + cell + "\" is not a day written " +
                           std::string(pattern_of(options_.dates)) +
                           ": correct it, or say with --dates how days are written");
}

std::expected<Purchase, std::string> Planner::read_purchase(const Table& table, const CsvRow& row) const {
    Purchase purchase;
    purchase.line = row.line;
    purchase.item = table.cell(row, "Item name");
    if (purchase.item.empty()) return std::unexpected("has no item name: enter which product it is");
    purchase.sku = short_id(purchase.item);
    const auto type = table.cell(row, "Category");
    purchase.type = cut(type.empty() ? "software" : type, rules::name_bytes_max);

    const auto bought = read_day(table.cell(row, "purchase date"), "purchase date", "enter when it was bought");
    if (!bought) return std::unexpected(bought.error());
    const auto expires = read_day(table.cell(row, "expiration date"), "expiration date",
                                  "enter when it ends, as every license here has a term");
    if (!expires) return std::unexpected(expires.error());
    purchase.days = (std::chrono::sys_days(*expires) - std::chrono::sys_days(*bought)).count();
    if (purchase.days <= 0) {
        return std::unexpected("expires on " + table.cell(row, "expiration date") + ", not after its purchase on " +
                               table.cell(row, "purchase date") + ": correct one of the dates");
    }
    const auto midnight = [this](year_month_day day) {
        return start_of_day(int(day.year()), unsigned(day.month()), unsigned(day.day()), *zone_);
    };
    const auto at = midnight(*bought), until = midnight(*expires);
    if (!at || !until) return std::unexpected("has a date that lies outside the years 1 to 9999: correct it");
    purchase.bought = *bought;
    purchase.at = *at;
    purchase.valid_until = *until;

    const auto seats = table.cell(row, "seats");
    purchase.seats = read_number(seats).value_or(0);
    if (purchase.seats < 1 || purchase.seats > seats_max) {
        return std::unexpected("the seats \"" + seats + "\" are not a whole number from 1 to 1000000: correct it");
    }
    const auto cost = read_cost(table.cell(row, "purchase cost"), options_.decimals, options_.currency);
    if (!cost) return std::unexpected(cost.error());
    purchase.cost = *cost;

    purchase.licensee = table.cell(row, "Licensed to Email");
    if (!purchase.licensee.empty() && !rules::is_email(purchase.licensee)) {
        return std::unexpected("the e-mail \"" + purchase.licensee + "\" of whom it is licensed to is not valid: " +
                               "correct it, or leave it empty to give the licenses to nobody");
    }
    purchase.licensee_name = table.cell(row, "Licensed To Name");
    return purchase;
}

std::expected<void, std::string> Planner::read_purchases() {
    constexpr std::string_view required[] = {"Item name",       "purchase date", "purchase cost",
                                             "expiration date", "seats",         "Licensed to Email"};
    constexpr std::string_view optional[] = {"serial number", "Category", "purchase order", "order number",
                                             "Licensed To Name"};
    const auto table = Table::read(options_.licenses_file, required, optional);
    if (!table) return std::unexpected(table.error());

    std::map<std::string, std::size_t> orders;
    for (const auto& row : table->csv().rows) ++orders[table->cell(row, "order number")];

    std::vector<FileError> refused;
    std::map<std::string, std::size_t> invoices;  // the lines on which they are
    std::map<std::string, std::string> items_by_sku;
    InvoiceIds ids;
    for (const auto& row : table->csv().rows) {
        auto purchase = read_purchase(*table, row);
        const auto invoice = ids.id_of(*table, row);
        std::string reason;
        if (!purchase) {
            reason = purchase.error();
        } else if (items_by_sku.emplace(purchase->sku, purchase->item).first->second != purchase->item) {
            reason = "its item cannot be told from another with a similar name: shorten the item name";
        } else if (const auto [at, is_new] = invoices.emplace(invoice, row.line); !is_new) {
            reason = "has the serial number, or the same order and no serial number, of line " +
                     std::to_string(at->second) + ": give each purchase a serial number of its own";
        }
        if (!reason.empty()) {
            refused.push_back({options_.licenses_file, row.line, std::move(reason)});
            continue;
        }
        purchase->invoice = invoice;
        const auto order = table->cell(row, "order number");
        purchase->reference = order.empty() || orders[order] > 1 ? purchase->invoice : short_id(order);
        plan_.seats += purchase->seats;
        purchases_.push_back(std::move(*purchase));
    }
    plan_.rows = purchases_.size();
    refuse(table->csv(), std::move(refused), plan_);
    return {};
}

template <typename Fill>
std::size_t Planner::add(std::string request_id, Instant at, std::string description, Fill fill) {
    capnp::MallocMessageBuilder message(128);
    auto command = message.initRoot<schema::Command>();
    command.setRequestId(text("snipe-it/" + request_id));
    command.setAt(at.micros);
    fill(command);
    if (!command.isDefineProduct()) command.setAccount(text(options_.account));
    plan_.steps.emplace_back(OwnedCommand(command.asReader()), std::move(description));
    return plan_.steps.size() - 1;
}

void Planner::came_from(const std::string& file, std::size_t line) {
    plan_.steps.back().file = file;
    plan_.steps.back().line = line;
}

void Planner::set_money(schema::Money::Builder money, Amount amount) const {
    money.setAmount(amount.millionths);
    money.setCurrency(text(options_.currency));
}

void Planner::open_account(Instant opening) {
    add("account", opening, "opening of the account " + options_.account, [&](schema::Command::Builder command) {
        auto account = command.initOpenAccount();
        account.setName(text(cut(options_.name.empty() ? options_.account : options_.name, rules::name_bytes_max)));
        account.setTimeZone(text(options_.time_zone));
        account.setCurrency(text(options_.currency));
        account.setImporting(true);
        account.initSuperAdmin().setEmail(text(options_.super_admin));
        account.getSuperAdmin().setName(text(local_part(options_.super_admin)));
    });
    plan_.steps.back().allowed_rejections = account_is_there;
    plan_.steps.back().is_precondition = true;
    registered_.insert(fold_case(options_.super_admin));
}

// Without `at`: the catalogue is one stream for all accounts, and its time never goes back.
void Planner::define_products() {
    std::set<std::string_view> defined;
    for (const auto& purchase : purchases_) {
        if (!defined.insert(purchase.sku).second) continue;
        const auto fill = [&](schema::Command::Builder command) {
            auto product = command.initDefineProduct();
            product.setSku(text(purchase.sku));
            product.setName(text(cut(purchase.item, rules::name_bytes_max)));
            product.setType(text(purchase.type));
            product.setTerm(text("P" + std::to_string(purchase.days) + "D"));
            product.setBilling("purchased");
            // Half a millionth and more is rounded up.
            set_money(product.initUnitPrice(),
                      Amount{(purchase.cost.millionths + purchase.seats / 2) / purchase.seats});
        };
        add("product/" + purchase.sku, no_instant, "definition of the product " + purchase.sku, fill);
        plan_.steps.back().allowed_rejections = product_is_there;
        came_from(options_.licenses_file, purchase.line);
    }
}

// Without `at`: it takes effect with the newest event of the account that is being brought in. A person who comes with
// a later run, when that account's time has gone on, is registered then.
void Planner::add_user(const UserRow& person, const std::string& file) {
    if (!registered_.insert(fold_case(person.email)).second) return;
    // A request id stands in the log for ever, where nothing may lead to an address, a hash of it neither.
    add("user/" + person.place, no_instant, "registration of " + person.email, [&](schema::Command::Builder command) {
        auto user = command.initRegisterUser();
        user.setEmail(text(person.email));
        user.setName(text(person.name));
    });
    plan_.steps.back().allowed_rejections = user_is_there;
    plan_.steps.back().is_by_place = true;
    came_from(file, person.line);
}

// The position of the payment.
std::size_t Planner::add_sale(const Purchase& purchase) {
    const auto invoice_step =
        add("invoice/" + purchase.invoice, purchase.at,
            "invoice " + purchase.invoice + " for " + std::to_string(purchase.seats) + " of " + purchase.sku,
            [&](schema::Command::Builder command) {
                auto invoice = command.initIssueInvoice();
                invoice.setInvoice(text(purchase.invoice));
                invoice.setRaisedBy(text(options_.super_admin));
                auto line = invoice.initLines(1)[0];
                line.setSku(text(purchase.sku));
                line.setQuantity(purchase.seats);
                set_money(line.initAmount(), purchase.cost);
                line.setValidUntil(purchase.valid_until.micros);
            });
    came_from(options_.licenses_file, purchase.line);

    const auto payment_step = add("payment/" + purchase.invoice, purchase.at, "payment of invoice " + purchase.invoice,
                                  [&](schema::Command::Builder command) {
                                      auto payment = command.initRecordPayment();
                                      payment.setInvoice(text(purchase.invoice));
                                      payment.setReference(text(purchase.reference));
                                      set_money(payment.initAmount(), purchase.cost);
                                  });
    came_from(options_.licenses_file, purchase.line);
    plan_.steps.back().needs = invoice_step;
    return payment_step;
}

// All of them at the same instant: the sales first, which set it. The binds come after all payments: they have to wait
// for the payments' answers, and so wait once a day and not once a row.
void Planner::add_day(std::span<const Purchase> purchases) {
    std::vector<std::size_t> payments;
    for (const auto& purchase : purchases) payments.push_back(add_sale(purchase));
    for (const auto& purchase : purchases) {
        if (purchase.licensee.empty()) continue;
        const auto& name = purchase.licensee_name;
        add_user({purchase.line, "of/" + purchase.invoice, purchase.licensee,
                  std::string(cut(name.empty() ? local_part(purchase.licensee) : name, rules::name_bytes_max))},
                 options_.licenses_file);
    }
    for (std::size_t i = 0; i < purchases.size(); ++i) {
        const auto& purchase = purchases[i];
        if (purchase.licensee.empty()) continue;
        add("bind/" + purchase.invoice, purchase.at,
            "binding of the first license of invoice " + purchase.invoice + " to " + purchase.licensee,
            [&](schema::Command::Builder command) { command.initBindLicense().setEmail(text(purchase.licensee)); });
        came_from(options_.licenses_file, purchase.line);
        plan_.steps.back().needs = payments[i];
        plan_.steps.back().takes_first_license = true;
    }
}

std::expected<ImportPlan, std::string> Planner::plan() {
    if (auto checked = check_options(); !checked) return std::unexpected(checked.error());
    std::vector<UserRow> people;
    if (!options_.users_file.empty()) {
        auto read = read_people(options_.users_file, plan_);
        if (!read) return std::unexpected(read.error());
        people = std::move(*read);
    }
    if (auto read = read_purchases(); !read) return std::unexpected(read.error());
    if (purchases_.empty()) return std::move(plan_);

    const auto first = std::ranges::min_element(purchases_, {}, &Purchase::bought)->bought;
    const year_month_day day_before(std::chrono::sys_days(first) - std::chrono::days(1));
    const auto opening =
        start_of_day(int(day_before.year()), unsigned(day_before.month()), unsigned(day_before.day()), *zone_);
    if (!opening) return std::unexpected(options_.licenses_file + ": the first purchase is too early");

    open_account(*opening);
    define_products();
    for (const auto& person : people) add_user(person, options_.users_file);
    std::ranges::stable_sort(purchases_, {}, &Purchase::at);
    for (auto day = purchases_.begin(); day != purchases_.end();) {
        const auto end = std::ranges::find_if(day, purchases_.end(), [&](const auto& p) { return p.at != day->at; });
        add_day({day, end});
        day = end;
    }
    add("end", no_instant, "end of the import", [](schema::Command::Builder command) { command.initEndImport(); });
    plan_.steps.back().needs = 0;
    return std::move(plan_);
}

}  // namespace

std::expected<ImportPlan, std::string> plan_snipeit_import(const SnipeitOptions& options) {
    return Planner(options).plan();
}

}  // namespace seatledger
