#include "projections/queue_rows.h"

#include "events/text.h"
#include "projections/rows.capnp.h"
#include "projections/stored.h"

namespace seatledger {

MembershipsRow read_memberships(std::string_view value) {
    Stored<rows::Memberships> stored(value);
    const auto from = stored.get();
    MembershipsRow row;
    row.at = Instant{from.getAt()};
    for (const auto place : from.getQueues()) {
        row.queues.push_back(
            {std::string(view(place.getQueue())), place.getKind(), place.getRole(), Instant{place.getSince()}});
    }
    return row;
}

std::string memberships_value(const MembershipsRow& row) {
    capnp::MallocMessageBuilder message;
    auto to = message.initRoot<rows::Memberships>();
    to.setAt(row.at.micros);
    auto queues = to.initQueues(static_cast<unsigned>(row.queues.size()));
    for (unsigned i = 0; i < queues.size(); ++i) {
        queues[i].setQueue(text(row.queues[i].queue));
        queues[i].setKind(row.queues[i].kind);
        queues[i].setRole(row.queues[i].role);
        queues[i].setSince(row.queues[i].since.micros);
    }
    return to_value<rows::Memberships>(to.asReader());
}

}  // namespace seatledger
