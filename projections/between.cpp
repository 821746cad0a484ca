#include "projections/between.h"

#include <capnp/dynamic.h>
#include <kj/debug.h>

#include "events/text.h"
#include "projections/rows.capnp.h"
#include "projections/stored.h"

namespace seatledger {
namespace {

using tables::key_of;
using tables::Table;

constexpr unsigned difference_words = 96;  // enough for most

bool are_alike(const capnp::DynamicValue::Reader& a, const capnp::DynamicValue::Reader& b);

// What is null is not alike to anything else; but a list that is has no elements, and that is all there is to it.
bool are_alike(capnp::DynamicStruct::Reader a, capnp::DynamicStruct::Reader b, capnp::StructSchema::Field field) {
    const bool is_list = field.getType().isList();
    return (is_list || a.has(field) == b.has(field)) && are_alike(a.get(field), b.get(field));
}

bool are_alike(capnp::DynamicStruct::Reader a, capnp::DynamicStruct::Reader b) {
    for (const auto field : a.getSchema().getFields()) {
        if (!are_alike(a, b, field)) return false;
    }
    return true;
}

bool are_alike(capnp::DynamicList::Reader a, capnp::DynamicList::Reader b) {
    if (a.size() != b.size()) return false;
    for (unsigned i = 0; i < a.size(); ++i) {
        if (!are_alike(a[i], b[i])) return false;
    }
    return true;
}

// Of values of one field.
bool are_alike(const capnp::DynamicValue::Reader& a, const capnp::DynamicValue::Reader& b) {
    using capnp::DynamicValue;
    switch (a.getType()) {
        case DynamicValue::BOOL: return a.as<bool>() == b.as<bool>();
        case DynamicValue::INT: return a.as<std::int64_t>() == b.as<std::int64_t>();
        case DynamicValue::UINT: return a.as<std::uint64_t>() == b.as<std::uint64_t>();
        case DynamicValue::TEXT: return a.as<capnp::Text>() == b.as<capnp::Text>();
        case DynamicValue::ENUM: return a.as<capnp::DynamicEnum>().getRaw() == b.as<capnp::DynamicEnum>().getRaw();
        case DynamicValue::LIST: return are_alike(a.as<capnp::DynamicList>(), b.as<capnp::DynamicList>());
        case DynamicValue::STRUCT: return are_alike(a.as<capnp::DynamicStruct>(), b.as<capnp::DynamicStruct>());
        default: KJ_FAIL_REQUIRE("rows have no fields of this type", static_cast<int>(a.getType()));
    }
}

// The sealed address as it stands in the row.
std::string sealed_address(std::string_view value) {
    Stored<rows::User> stored(value);
    const auto box = stored.get().getEmail();
    return {reinterpret_cast<const char*>(box.begin()), box.size()};
}

}  // namespace

void Because::add(Sequence sequence) {
    sequences_.insert(sequence);
    if (sequences_.size() <= because_max) return;
    sequences_.erase(sequences_.begin());
    has_more_ = true;
}

std::optional<std::string> Between::row_before(const std::string& key, const Row& to) const {
    if (!is_new(to.version)) return std::string(to.value);
    return from_.rows().get(key, from_.sequence());
}

void Between::add_versions(const std::string& key, Because& because) const {
    std::size_t count = 0;
    // Newest first.
    to_.rows().scan_versions(key, to_.sequence(), [&](const Row& row) {
        if (!is_new(row.version)) return false;
        because.add(row.version);
        return ++count <= because_max;  // one more than there is room for, so that it is known that there are more
    });
}

void Between::add_address_changes(UserId user, Sequence since, Because& because) const {
    std::string newer;
    Sequence newer_version;
    // Newest first. Other changes of the row leave the seal as it is.
    to_.rows().scan_versions(key_of(Table::users, to_.account(), user.value), to_.sequence(), [&](const Row& row) {
        auto address = sealed_address(row.value);
        if (newer_version && address != newer) because.add(newer_version);
        if (row.version <= since) return false;
        newer = std::move(address);
        newer_version = row.version;
        return true;
    });
}

void Between::add_end_of_term(const LotRow& lot, LicenseNumber license, Because& because) const {
    if (const auto event = to_.end_recorded_by(lot.lot, license)) return because.add(event);
    because.add(lot.issued_by);
    const auto [holder, given_by] = to_.given_to(license);
    if (holder) because.add(given_by);
}

bool Between::has_new_address(UserId user) const {
    const auto [found, is_first] = new_addresses_.try_emplace(user, false);
    if (!is_first) return found->second;
    Sequence version;
    const auto row = to_.rows().get(key_of(Table::users, to_.account(), user.value), to_.sequence(), &version);
    found->second = row && is_new(version) && from_.email_of(user) != to_.email_of(user);
    return found->second;
}

Difference::Difference(schema::DiffTable table)
    : message_(std::make_unique<capnp::MallocMessageBuilder>(difference_words)),
      row_(message_->initRoot<schema::DiffRow>()) {
    row_.setTable(table);
}

bool Difference::settle() {
    capnp::DynamicStruct::Builder row(row_);
    KJ_IF_MAYBE (member, row.which()) {
        auto sides = row.get(*member).as<capnp::DynamicStruct>();
        const bool was = sides.has("before");
        const bool is = sides.has("after");
        row_.setChange(!was ? schema::Change::ADDED : !is ? schema::Change::REMOVED : schema::Change::CHANGED);
        if (!was || !is) return was || is;
        auto before = sides.get("before").as<capnp::DynamicStruct>();
        auto after = sides.get("after").as<capnp::DynamicStruct>();
        bool differs = false;
        for (const auto field : before.getSchema().getFields()) {
            if (are_alike(before.asReader(), after.asReader(), field)) {
                before.clear(field);
                after.clear(field);
            } else {
                differs = true;
            }
        }
        return differs;
    }
    KJ_FAIL_REQUIRE("a difference is of no table");
}

void Difference::set_because(const Because& because) {
    auto list = row_.initBecause(static_cast<unsigned>(because.sequences().size()));
    unsigned i = 0;
    for (const auto sequence : because.sequences()) list.set(i++, sequence.value);
    row_.setMore(because.has_more());
}

}  // namespace seatledger
