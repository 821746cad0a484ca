#include "tests/support/test_secrets.h"

#include <kj/exception.h>

#include <algorithm>
#include <map>
#include <mutex>
#include <vector>

#include "events/sealed.h"
#include "events/text.h"

namespace seatledger::testing {
namespace {

constexpr std::uint64_t vault_seed = 1;

std::mutex mutex;
std::vector<const Vault*>& vaults() {
    static std::vector<const Vault*> all;
    return all;
}

std::optional<std::string> open_with_any(KeyNumber key, std::string_view context, std::string_view box) {
    const std::lock_guard lock(mutex);
    for (const auto* vault : vaults()) {
        try {
            if (vault->is_destroyed(key)) continue;
            return vault->open(key, context, box);
        } catch (const kj::Exception&) {
            continue;  // another one's
        }
    }
    return {};
}

std::optional<std::string> open(const SealedField& field, std::string_view account) {
    return open_with_any(field.key, seal_context(field.what, account, field.owner), view(field.box));
}

std::string text_in(schema::Event::Reader event, Personal what) {
    std::string found;
    for_each_sealed(event, [&](const SealedField& field) {
        if (field.what == what) found = open(field, view(event.getAccount())).value_or("");
    });
    return found;
}

}  // namespace

TestSecrets::TestSecrets() : TestSecrets(make_memory_vault(vault_seed)) {}

TestSecrets::TestSecrets(std::unique_ptr<Vault> vault) : vault_(std::move(vault)), rows_(make_memory_private_table()) {
    const std::lock_guard lock(mutex);
    vaults().push_back(vault_.get());
}

TestSecrets::~TestSecrets() {
    const std::lock_guard lock(mutex);
    std::erase(vaults(), vault_.get());
}

std::string AnySeals::seal(KeyNumber key, std::string_view context, std::string_view clear) {
    const bool is_own = key <= secrets_.vault().last_key();
    return secrets_.vault().seal(is_own ? key : make_key(), context, clear);
}

std::optional<std::string> AnySeals::open(KeyNumber key, std::string_view context, std::string_view box) const {
    return open_with_any(key, context, box);
}

EventTexts texts_of(schema::Event::Reader event, AddressOf address) {
    auto texts = std::make_shared<std::map<std::string, std::string, std::less<>>>();
    for_each_sealed(event, [&](const SealedField& field) {
        if (auto text = open(field, view(event.getAccount()))) {
            texts->emplace(std::string(box_name(field.box)), std::move(*text));
        }
    });
    return {std::move(address), [texts](capnp::Data::Reader box) -> std::optional<std::string_view> {
                const auto found = texts->find(box_name(box));
                if (found == texts->end()) return std::nullopt;
                return found->second;
            }};
}

std::string email_in(schema::Event::Reader event) { return text_in(event, Personal::email); }
std::string name_in(schema::Event::Reader event) { return text_in(event, Personal::name); }
std::string phone_in(schema::Event::Reader event) { return text_in(event, Personal::phone); }

}  // namespace seatledger::testing
