// Pages of events, as history and replay give them, on their way to a printer.
#pragma once

#include <boost/unordered/unordered_flat_map.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "events/block.h"
#include "events/ids.h"
#include "projections/query.capnp.h"
#include "tools/output.h"

namespace seatledger {

// Who bore which address when, as far as pages have told. One thread.
class KnownAddresses {
 public:
    // A row says: in the events after `since`, up to the person's next row. In any order; of two rows with the same
    // `since` the later one holds.
    void add(schema::Person::Reader person);
    void add(std::string_view account, UserId user, Sequence since, std::optional<std::string> email);

    // The address of that person in the event `at`; nothing if it was erased or never told. The view holds until the
    // next add(). Cost: two look-ups, one where the account is that of the call before.
    [[nodiscard]] std::optional<std::string_view> find(std::string_view account, UserId user, Sequence at) const;

 private:
    struct Row {
        Sequence since;
        std::optional<std::string> email;
    };
    struct TextHash {
        using is_transparent = void;
        std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>{}(text); }
    };

    [[nodiscard]] std::optional<std::uint32_t> number_of(std::string_view account) const;

    boost::unordered_flat_map<std::string, std::uint32_t, TextHash, std::equal_to<>> accounts_;
    boost::unordered_flat_map<std::uint64_t, std::vector<Row>> people_;  // by account and user; oldest first
    mutable std::string newest_account_;                                 // what number_of() found last
    mutable std::optional<std::uint32_t> newest_number_;
};

// How many events there are in a field of a message; as entries_of().
[[nodiscard]] std::size_t count_entries(capnp::Data::Reader bytes);

// How events are shown: as the printer's format has them, or in sentences (event_prose.h), which is for tables.
enum class EventStyle { rows, prose };

// Prints pages of one request, or of several about the same. One thread.
class EventPages {
 public:
    // The printer must outlive this.
    explicit EventPages(RowPrinter& printer, EventStyle style = EventStyle::rows);

    struct Printed {
        std::uint64_t count = 0;
        Sequence last;  // that was printed; 0: there was none
        Sequence next;  // the first that was not; 0: all were
    };
    // Prints the events of the page, or the first `count_max` of them.
    Printed print(schema::Events::Reader page, std::uint64_t count_max = ~std::uint64_t{0});

 private:
    RowPrinter& printer_;
    const EventStyle style_;
    KnownAddresses addresses_;
};

}  // namespace seatledger
