#include "projections/diff_page.h"

#include <capnp/any.h>

#include "events/text.h"

namespace seatledger {
namespace {

bool is_same(capnp::AnyStruct::Reader a, capnp::AnyStruct::Reader b) { return a == b; }
bool is_same(capnp::AnyList::Reader a, capnp::AnyList::Reader b) { return a == b; }

// Whether the licenses of `next` come right behind those of `row`, and the same became of them by the same events.
bool goes_on(schema::DiffRow::Reader row, schema::DiffRow::Reader next) {
    if (!row.isLicense() || !next.isLicense() || next.getFirst() != row.getLast() + 1) return false;
    return row.getChange() == next.getChange() && row.getMore() == next.getMore() &&
           is_same(row.getBecause(), next.getBecause()) &&
           is_same(row.getLicense().getBefore(), next.getLicense().getBefore()) &&
           is_same(row.getLicense().getAfter(), next.getLicense().getAfter());
}

}  // namespace

bool DiffPage::add(Difference difference) {
    if (!rows_.empty() && goes_on(rows_.back().get(), difference.get())) {
        rows_.back().row().setLast(difference.get().getLast());
        return true;
    }
    if (room() == 0) return false;
    bytes_ += difference.get().totalSize().wordCount * sizeof(capnp::word);
    rows_.push_back(std::move(difference));
    return true;
}

void DiffPage::write(schema::Rows::Builder rows) const {
    auto list = rows.initDiff(static_cast<unsigned>(rows_.size()));
    for (unsigned i = 0; i < list.size(); ++i) {
        const auto row = rows_[i].get();
        list.setWithCaveats(i, row);
        if (!row.isLicense()) continue;
        auto key = std::to_string(row.getFirst());
        if (row.getLast() != row.getFirst()) key += '-' + std::to_string(row.getLast());
        list[i].setKey(text(key));
    }
}

}  // namespace seatledger
