#include "projections/address_book.h"

#include <utility>

#include "events/people.h"
#include "events/text.h"
#include "projections/person_row.h"
#include "projections/view.h"

namespace seatledger {
namespace {

// What a stream remembers of what it has told; then it tells it again.
constexpr std::size_t known_max = 1'000'000;

std::uint64_t key_of_person(AccountNumber account, UserId user) {
    return std::uint64_t{account.value} << 32 | user.value;
}

// To whom the event gives an address; 0: to nobody.
UserId given_to(schema::Event::Reader event) {
    if (event.isUserRegistered()) return UserId(event.getUserRegistered().getUser());
    if (event.isEmailChanged()) return UserId(event.getEmailChanged().getUser());
    return {};
}

}  // namespace

AddressBook::Tables::Tables(std::shared_ptr<const Generation> held)
    : generation(std::move(held)), rows(*generation->database) {}

AddressBook::AddressBook(const Projections& projections, Sees sees) : projections_(projections), sees_(sees) {}

AddressBook::~AddressBook() = default;

const Snapshot& AddressBook::rows() {
    if (!tables_) tables_ = std::make_unique<const Tables>(projections_.current().generation);
    return tables_->rows;
}

std::optional<AccountNumber> AddressBook::number_of(std::string_view account) {
    if (account == last_account_ && last_number_) return last_number_;
    auto known = accounts_.find(account);
    if (known == accounts_.end()) {
        const auto number = account_number(rows(), account);
        if (!number) return {};
        known = accounts_.emplace(std::string(account), *number).first;
    }
    last_account_ = account;
    last_number_ = known->second;
    return last_number_;
}

std::optional<std::string> AddressBook::address(std::string_view account, UserId user, Sequence before) {
    const auto number = number_of(account);
    if (!number) return {};
    auto found = find(account, *number, user, before);
    if (!found) return {};
    return std::move(found->email);
}

std::optional<AddressBook::Found> AddressBook::find(std::string_view account, AccountNumber number, UserId user,
                                                    Sequence before) {
    const auto& snapshot = rows();
    const auto sealed = address_at(snapshot, *tables_->generation->addresses, number, user, Sequence(before.value - 1));
    if (!sealed) return {};
    return Found{open_address(*sealed, projections_.secrets().vault, account, user), sealed->since};
}

void AddressBook::note(schema::Event::Reader event, std::optional<std::string> given) {
    const auto account = view(event.getAccount());
    const Sequence sequence(event.getSequence());
    const UserId erased(event.isPersonErased() ? event.getPersonErased().getUser() : 0);
    if (erased) forget(account, erased);
    const UserId registered(event.isUserRegistered() ? event.getUserRegistered().getUser() : 0);
    for_each_person(event, [&](UserId user) {
        if (user != erased && user != registered) note_person(account, user, sequence);
    });
    // A stream that does not see every event may miss what they bear next, and looks each time.
    const auto receiver = given_to(event);
    if (receiver && sees_ == Sees::every_event) learn(account, receiver, std::move(given), sequence);
}

// Who is named by an event, under the address that they bore before it.
void AddressBook::note_person(std::string_view account, UserId user, Sequence before) {
    const auto number = number_of(account);
    if (!number) return;
    const auto known = known_.find(key_of_person(*number, user));
    if (known != known_.end() && sees_ == Sees::every_event) return;
    auto found = find(account, *number, user, before);
    if (!found || (known != known_.end() && known->second == found->version)) return;
    learn(account, user, std::move(found->email), found->version);
}

void AddressBook::learn(std::string_view account, UserId user, std::optional<std::string> email, Sequence since) {
    const auto number = number_of(account);
    if (!number) return;
    if (known_.size() >= known_max) known_.clear();
    known_.insert_or_assign(key_of_person(*number, user), since);
    added_.push_back({std::string(account), user, std::move(email), since});
}

// Whoever was told their address before is told that there is none, at whatever time.
void AddressBook::forget(std::string_view account, UserId user) {
    if (const auto number = number_of(account)) {
        known_.insert_or_assign(key_of_person(*number, user), Sequence());
    }
    std::erase_if(added_, [&](const Told& told) { return told.account == account && told.user == user; });
    added_.push_back({std::string(account), user, std::nullopt, Sequence()});
}

void AddressBook::tell(schema::Events::Builder page) {
    auto people = page.initPeople(static_cast<unsigned>(added_.size()));
    for (unsigned i = 0; i < people.size(); ++i) {
        people[i].setAccount(text(added_[i].account));
        people[i].setUser(added_[i].user.value);
        if (added_[i].email) people[i].setEmail(text(*added_[i].email));
        people[i].setSince(added_[i].since.value);
    }
    added_.clear();
    tables_.reset();
}

}  // namespace seatledger
