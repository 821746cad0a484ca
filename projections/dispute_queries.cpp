#include "projections/dispute_queries.h"

#include <string>
#include <utility>
#include <vector>

#include "engine/rules/values.h"
#include "events/sealed.h"
#include "events/text.h"
#include "projections/event_fetcher.h"
#include "projections/names.h"
#include "projections/rows.capnp.h"
#include "projections/stored.h"

namespace seatledger {
namespace {

using schema::Event;
using tables::key_of;
using tables::Table;

// What the row shows is in the dispute's events.
class DisputeWriter {
 public:
    DisputeWriter(const View& view, EventFetcher& events) : view_(view), events_(events) {}

    std::expected<void, QueryFailure> write(DisputeNumber number, rows::Dispute::Reader from,
                                            schema::DisputeRow::Builder to) {
        to.setDispute(number.value);
        to.setStatus(from.getResolved() ? schema::DisputeStatus::RESOLVED : schema::DisputeStatus::OPEN);
        if (from.hasInvoice()) to.setInvoice(from.getInvoice());
        to.setLine(from.getLine());
        if (from.hasBill()) to.setSha256(from.getBill());
        to.setRow(from.getRow());
        to.setFirst(from.getFirst());
        to.setBecause(from.getEvents());
        evidence_.clear();
        credited_.reset();
        for (const auto sequence : from.getEvents()) {
            const auto entry = events_.fetch(Sequence(sequence));
            if (!entry) return std::unexpected(QueryFailure{entry.error().message});
            write(read_event(*entry), to);
        }
        write_lists(to);
        return {};
    }

 private:
    struct Evidence {
        std::optional<std::string> note;
        std::string sha256;
        std::string by;
        Instant at;
    };
    struct Credited {
        Amount amount;
        std::string currency;
    };

    void write(Event::Reader event, schema::DisputeRow::Builder to) {
        if (event.isDisputeOpened()) {
            to.setOpenedAt(event.getEffectiveAt());
            if (const auto who = actor_of(event)) to.setOpenedBy(text(*who));
        } else if (event.isEvidenceAdded()) {
            evidence_.push_back({{},
                                 std::string(seatledger::view(event.getEvidenceAdded().getSha256())),
                                 actor_of(event).value_or(""),
                                 Instant{event.getEffectiveAt()}});
        } else if (event.isDisputeResolved()) {
            to.setResolvedAt(event.getEffectiveAt());
            to.setVerdict(event.getDisputeResolved().getVerdict());
        } else if (event.isInvoiceCredited()) {
            add_credit(event.getInvoiceCredited().getAmount());
        }
        for_each_sealed(event, [&](const SealedField& field) {
            const auto opened =
                view_.secrets().vault.open(field.key, field.context(event.getAccount()), seatledger::view(field.box));
            if (!opened) return;
            if (field.what == Personal::claim) to.setClaim(text(*opened));
            if (field.what == Personal::bill_text) to.setText(text(*opened));
            if (field.what != Personal::note) return;
            if (event.isDisputeResolved()) {
                to.setNote(text(*opened));
            } else {
                evidence_.back().note = *opened;
            }
        });
    }

    void add_credit(schema::Money::Reader amount) {
        if (!credited_) credited_ = Credited{{}, std::string(seatledger::view(amount.getCurrency()))};
        credited_->amount.millionths += amount.getAmount();
    }

    [[nodiscard]] std::optional<std::string> actor_of(Event::Reader event) const {
        if (event.getPrincipal() == Event::Principal::VENDOR) return "vendor";
        return view_.email_of(UserId(event.getActor()));
    }

    void write_lists(schema::DisputeRow::Builder to) {
        if (credited_) {
            auto credited = to.initCredited();
            credited.setAmount(credited_->amount.millionths);
            credited.setCurrency(text(credited_->currency));
        }
        auto list = to.initEvidence(static_cast<unsigned>(evidence_.size()));
        for (unsigned i = 0; i < list.size(); ++i) {
            const auto& evidence = evidence_[i];
            if (evidence.note) list[i].setNote(text(*evidence.note));
            if (!evidence.sha256.empty()) list[i].setSha256(text(evidence.sha256));
            if (!evidence.by.empty()) list[i].setBy(text(evidence.by));
            list[i].setAt(evidence.at.micros);
        }
    }

    const View& view_;
    EventFetcher& events_;
    std::vector<Evidence> evidence_;
    std::optional<Credited> credited_;
};

std::expected<std::optional<bool>, QueryFailure> resolved_in(schema::DisputeFilter::Reader filter) {
    if (!filter.hasStatus()) return std::nullopt;
    const auto status = rules::named<schema::DisputeStatus>(view(filter.getStatus()));
    if (!status) return std::unexpected(QueryFailure{"status is not one of open, resolved; give one of these"});
    return *status == schema::DisputeStatus::RESOLVED;
}

}  // namespace

std::expected<std::optional<DisputeNumber>, QueryFailure> answer_disputes(const View& view, const Log& log,
                                                                          schema::DisputeFilter::Reader filter,
                                                                          DisputeNumber from, std::uint32_t limit,
                                                                          schema::Rows::Builder rows) {
    const auto resolved = resolved_in(filter);
    if (!resolved) return std::unexpected(resolved.error());
    const auto is_wanted = [&](rows::Dispute::Reader dispute) {
        return (!*resolved || dispute.getResolved() == **resolved) &&
               (!filter.hasInvoice() || dispute.getInvoice() == filter.getInvoice());
    };
    std::vector<std::pair<DisputeNumber, std::string>> found;
    std::optional<DisputeNumber> next;
    const auto add = [&](DisputeNumber number, std::string_view value) {
        if (!is_wanted(Stored<rows::Dispute>(value).get())) return true;
        if (found.size() == limit) {
            next = number;
            return false;
        }
        found.emplace_back(number, value);
        return true;
    };
    const auto prefix = key_of(Table::disputes, view.account());
    if (const DisputeNumber only(filter.getDispute()); only) {
        const auto value = view.rows().get(key_of(Table::disputes, view.account(), only.value), view.sequence());
        if (value && only >= from) add(only, *value);
    } else {
        view.rows().scan(key_of(Table::disputes, view.account(), from.value), tables::after(prefix), view.sequence(),
                         [&](const Row& row) {
                             return add(DisputeNumber(tables::Reader(row.key.substr(prefix.size())).u32()), row.value);
                         });
    }
    EventFetcher events(log, view.rows());
    DisputeWriter writer(view, events);
    auto list = rows.initDisputes(static_cast<unsigned>(found.size()));
    for (unsigned i = 0; i < list.size(); ++i) {
        Stored<rows::Dispute> stored(found[i].second);
        if (auto written = writer.write(found[i].first, stored.get(), list[i]); !written) {
            return std::unexpected(written.error());
        }
    }
    return next;
}

}  // namespace seatledger
