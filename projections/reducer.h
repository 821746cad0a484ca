// From events to rows: reduces the log, event by event, to what each one changes in the tables. Near the head and
// far behind it, live and in a rebuild, it is this that makes the rows.
#pragma once

#include <boost/unordered/unordered_flat_map.hpp>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "engine/rules/dues.h"
#include "engine/rules/entities.h"
#include "events/block.h"
#include "events/event.capnp.h"
#include "projections/account_row.h"
#include "projections/database.h"
#include "projections/lot_row.h"
#include "projections/row_buffer.h"
#include "projections/rows.capnp.h"
#include "projections/secret_rows.h"
#include "projections/stored.h"

namespace seatledger {

// One thread. Reads from the database what it does not remember of rows that it has to go on from; those rows must
// have been put down, or still be remembered.
class Reducer {
 public:
    // `secrets` is told of every event that has an account; null: nobody is. It must outlive the reducer.
    Reducer(const Database& database, SecretRows* secrets);
    ~Reducer();

    // The rows of a whole block, the next one, go into `rows`.
    void apply(const BlockView& block, RowBuffer& rows);

    // Writes what is kept back as long as it goes on changing. Before the rows are put down.
    void finish(RowBuffer& rows);

    // Forgets rows that were put down, if it remembers many.
    void forget();

    // The newest event whose rows have been handed out.
    [[nodiscard]] Sequence at() const { return at_; }
    // Whether the catalogue changed since this was asked last.
    [[nodiscard]] bool take_catalog_changed() { return std::exchange(catalog_changed_, false); }
    // The earliest instant at which something falls due that did not before this was asked last.
    [[nodiscard]] Instant take_earliest_due() { return std::exchange(earliest_due_, last_instant); }

 private:
    struct LotState : LotRow {
        std::uint32_t bound = 0;
    };
    struct AccountState : AccountRow {
        AccountNumber number;
        std::vector<LotState> lots;  // ordered by their first license
        Dues dues;
        std::optional<Due> reminder;  // the next one, as far as is known
        std::set<tables::UnsentLetter> letters;
        std::vector<tables::AccountEvent> events;  // of the current block
    };
    struct FreeChunk {
        tables::FreeBits bits{};
        bool changed = false;
    };
    struct Hash {
        using is_transparent = void;
        std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>{}(text); }
    };
    template <typename Value>
    using ByText = boost::unordered_flat_map<std::string, Value, Hash, std::equal_to<>>;

    void apply(schema::Event::Reader event, RowBuffer& rows);
    void apply_to_catalog(schema::Event::Reader event, RowBuffer& rows);
    void note_account_event(schema::Event::Reader event, AccountState& account);
    void note_request(schema::Event::Reader event, AccountNumber account, RowBuffer& rows);

    void open_account(schema::Event::Reader event, RowBuffer& rows);
    void end_import(schema::Event::Reader event, AccountState& account, RowBuffer& rows);
    void register_user(schema::Event::Reader event, AccountState& account, RowBuffer& rows);
    void remove_user(AccountState& account, schema::UserNamed::Reader body, RowBuffer& rows);
    void change_email(AccountState& account, schema::EmailChanged::Reader body, RowBuffer& rows);
    void change_roles(AccountState& account, schema::RoleChanged::Reader body, bool granted, RowBuffer& rows);
    void issue_invoice(schema::Event::Reader event, AccountState& account, RowBuffer& rows);
    void pay_invoice(schema::Event::Reader event, AccountState& account, RowBuffer& rows);
    void void_invoice(AccountState& account, schema::InvoiceVoided::Reader body, RowBuffer& rows);
    void queue_letter(schema::Event::Reader event, AccountState& account, RowBuffer& rows);
    void send_letter(AccountState& account, schema::NotificationSent::Reader body, RowBuffer& rows);
    void drop_letters(AccountState& account, UserId user, RowBuffer& rows);
    void issue_licenses(schema::LicensesIssued::Reader body, AccountState& account, RowBuffer& rows);
    void expire_licenses(schema::LicensesExpired::Reader body, AccountState& account, RowBuffer& rows);
    void give_license(schema::Event::Reader event, AccountState& account, schema::LicenseHeld::Reader body, bool bound,
                      RowBuffer& rows);

    void open_dispute(schema::Event::Reader event, AccountState& account, RowBuffer& rows);
    void add_evidence(schema::Event::Reader event, AccountState& account, RowBuffer& rows);
    void resolve_dispute(schema::Event::Reader event, AccountState& account, RowBuffer& rows);
    void credit_dispute(AccountState& account, DisputeNumber dispute, RowBuffer& rows);
    void concern(schema::Event::Reader event, AccountState& account, DisputeNumber dispute,
                 capnp::List<std::uint32_t>::Reader named, RowBuffer& rows);
    void credit_invoice(AccountState& account, schema::InvoiceCredited::Reader body, RowBuffer& rows);
    void reverse_payment(schema::Event::Reader event, AccountState& account, RowBuffer& rows);
    void revoke_licenses(schema::Event::Reader event, AccountState& account, RowBuffer& rows);
    // Puts down value_ as the row of this number in one of the tables that change with every bind.
    void put_value(tables::Table table, AccountNumber account, std::uint32_t number, RowBuffer& rows);
    void change_cards(AccountState& account, schema::Event::Reader event, RowBuffer& rows);
    void request_licenses(schema::Event::Reader event, AccountState& account, RowBuffer& rows);
    void note_overdue(AccountState& account, schema::OrderNamed::Reader body, RowBuffer& rows);
    void close_order(schema::Event::Reader event, AccountState& account, schema::OrderNamed::Reader body,
                     rows::Order::State state, RowBuffer& rows);
    void set_invoice_of_order(AccountState& account, OrderNumber order, capnp::Text::Reader invoice, RowBuffer& rows);
    void create_queue(schema::Event::Reader event, AccountState& account, RowBuffer& rows);
    void delete_queue(AccountState& account, schema::QueueDeleted::Reader body, RowBuffer& rows);
    void change_phone(schema::Event::Reader event, AccountState& account, RowBuffer& rows);
    void change_member(schema::Event::Reader event, AccountState& account, schema::QueueMember::Reader body, bool added,
                       RowBuffer& rows);

    void write_account(const AccountState& account, RowBuffer& rows);
    void write_lot(const AccountState& account, const LotState& lot, RowBuffer& rows);
    void write_due(const AccountState& account, const Due& due, RowBuffer& rows);
    void add_due(AccountState& account, const Due& due, RowBuffer& rows);
    void remove_due(AccountState& account, const Due& due, RowBuffer& rows);
    [[nodiscard]] static std::optional<Due> next_reminder(const AccountState& account);
    void keep_reminder(AccountState& account, RowBuffer& rows);
    void mention(std::string key, RowBuffer& rows);

    [[nodiscard]] AccountState& account_of(std::string_view id);
    [[nodiscard]] std::unique_ptr<AccountState> load_account(std::string_view id);
    void load_dues(const Snapshot& snapshot, AccountState& account);
    [[nodiscard]] ProductNumber product_of(std::string_view sku);
    [[nodiscard]] LotState& lot_of(AccountState& account, LicenseNumber license);
    [[nodiscard]] Holdings& holdings_of(AccountNumber account, UserId user);
    [[nodiscard]] FreeChunk& free_chunk(AccountNumber account, std::uint32_t chunk);
    void write_free(RowBuffer& rows);
    void set_free(AccountNumber account, LicenseNumber license, bool free);

    // The newest version of a row; nothing: there is none.
    [[nodiscard]] std::optional<std::string> newest(const std::string& key) const;
    // Writes a version of a row, and remembers it as the newest.
    void put_remembered(const std::string& key, std::string value, RowBuffer& rows);

    // Writes a version of a row of Row's kind that differs from the newest one, if there is one, by what `change` does.
    template <typename Row, typename Change>
    void change_row(const std::string& key, RowBuffer& rows, Change change);

    const Database& database_;
    SecretRows* secrets_;
    Sequence at_;        // up to here the rows are in the database, once they are put down
    Sequence sequence_;  // of the event at hand
    AccountNumber last_account_;
    bool catalog_changed_ = false;
    Instant earliest_due_ = last_instant;

    ByText<std::unique_ptr<AccountState>> accounts_;
    std::size_t lots_remembered_ = 0;  // of all of these
    ByText<ProductNumber> products_;   // all there are
    ByText<std::string> rows_;         // of tables that change seldom: the newest version, by key
    boost::unordered_flat_map<std::uint64_t, Holdings> holdings_;
    boost::unordered_flat_map<std::uint64_t, FreeChunk> free_;
    ByText<RequestRecord> open_request_;  // of the commit at hand
    std::vector<AccountState*> touched_;  // accounts with events in the block
    std::vector<Instant> recorded_;
    std::string key_;  // buffers that are used again
    std::string value_;
};

template <typename Row, typename Change>
void Reducer::change_row(const std::string& key, RowBuffer& rows, Change change) {
    capnp::MallocMessageBuilder message;
    if (const auto value = newest(key)) message.setRoot(Stored<Row>(*value).get());
    auto row = message.getRoot<Row>();
    change(row);
    put_remembered(key, to_value<Row>(row.asReader()), rows);
}

}  // namespace seatledger
