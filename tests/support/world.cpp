#include "tests/support/world.h"

#include <capnp/dynamic.h>

#include <algorithm>

#include "engine/log/memory_log.h"
#include "events/text.h"
#include "server/json.h"
#include "tests/support/catch.h"
#include "tests/support/given.h"

namespace seatledger::testing {

class SeenLog::Cursor final : public LogCursor {
 public:
    Cursor(const SeenLog& log, Sequence from) : log_(log), inner_(log.log_.read(from)), next_(from) {}

    std::expected<std::optional<BlockView>, StorageFailure> next() override {
        if (next_ > log_.last()) return std::nullopt;
        const auto block = inner_->next();
        if (!block || !*block) return block;
        const Sequence damaged(log_.damaged_.load());
        if (damaged >= (*block)->first() && damaged <= (*block)->last()) {
            return std::unexpected(StorageFailure{"the block cannot be read"});
        }
        next_ = (*block)->last().next();
        return block;
    }

 private:
    const SeenLog& log_;
    std::unique_ptr<LogCursor> inner_;
    Sequence next_;
};

std::expected<void, StorageFailure> SeenLog::append(Sequence, std::span<const std::uint64_t>) {
    return std::unexpected(StorageFailure{"this log is only for reading"});
}

std::unique_ptr<LogCursor> SeenLog::read(Sequence from) const { return std::make_unique<Cursor>(*this, from); }

namespace {

std::string as_json(capnp::DynamicStruct::Reader row) {
    std::string out;
    write_row(row, out);
    return out;
}

template <typename List>
void add_rows(List list, std::vector<std::string>& rows) {
    for (const auto row : list) rows.push_back(as_json(row));
}

std::vector<std::string> rows_of(schema::Rows::Reader answer) {
    std::vector<std::string> rows;
    switch (answer.which()) {
        case schema::Rows::NONE: break;
        case schema::Rows::PRODUCTS: add_rows(answer.getProducts(), rows); break;
        case schema::Rows::LICENSES: add_rows(answer.getLicenses(), rows); break;
        case schema::Rows::USERS: add_rows(answer.getUsers(), rows); break;
        case schema::Rows::USER: add_rows(answer.getUser(), rows); break;
        case schema::Rows::INVOICES: add_rows(answer.getInvoices(), rows); break;
        case schema::Rows::ACCESS: add_rows(answer.getAccess(), rows); break;
        case schema::Rows::MEMBERSHIPS: add_rows(answer.getMemberships(), rows); break;
        case schema::Rows::ORDERS: add_rows(answer.getOrders(), rows); break;
        case schema::Rows::QUEUES: add_rows(answer.getQueues(), rows); break;
        case schema::Rows::CATALOG: add_rows(answer.getCatalog(), rows); break;
        case schema::Rows::DIFF: add_rows(answer.getDiff(), rows); break;
        case schema::Rows::DISPUTES: add_rows(answer.getDisputes(), rows); break;
    }
    return rows;
}

}  // namespace

Page ask(const Projections& projections, const Question& question, Instant now) {
    capnp::MallocMessageBuilder asked;
    const auto query = asked.initRoot<schema::Query>();
    question(query);
    Page page;
    page.message = std::make_shared<capnp::MallocMessageBuilder>();
    auto rows = page.message->initRoot<schema::Rows>();
    if (const auto answered = answer_query(projections, vendor_caller, query.asReader(), now, rows); !answered) {
        page.failure = answered.error().message;
        return page;
    }
    page.rows = rows_of(rows.asReader());
    page.sequence = Sequence(rows.getSequence());
    page.time = Instant{rows.getTime()};
    page.cursor = view(rows.asReader().getCursor());
    return page;
}

EventTexts texts_in(schema::Events::Reader page, AddressOf address) {
    return {std::move(address), [page](capnp::Data::Reader box) { return find_opened(page.getOpened(), box); }};
}

Told ask_history(const Projections& projections, const std::function<void(schema::History::Builder)>& question) {
    capnp::MallocMessageBuilder asked;
    capnp::MallocMessageBuilder answer;
    auto history = asked.initRoot<schema::History>();
    question(history);
    auto page = answer.initRoot<schema::Events>();
    Told told;
    if (const auto answered = answer_history(projections, vendor_caller, history.asReader(), page); !answered) {
        told.failure = answered.error().message;
        return told;
    }
    told.next = Sequence(page.asReader().getNext());
    told.seen = Sequence(page.asReader().getSeen());
    told.time_zone = view(page.asReader().getTimeZone());
    for (const auto origin : page.asReader().getOrigins()) write_row(origin, told.origins.emplace_back());
    for (const auto& entry : entries_of(page.asReader().getEntries())) {
        const auto event = read_event(entry);
        const AddressOf address = [&](UserId user) -> std::optional<std::string_view> {
            std::optional<std::string_view> found;
            std::optional<std::uint64_t> newest;
            for (const auto person : page.asReader().getPeople()) {
                if (UserId(person.getUser()) != user || person.getSince() >= event.getSequence()) continue;
                if (newest && person.getSince() < *newest) continue;
                found = person.hasEmail() ? std::optional(view(person.getEmail())) : std::nullopt;
                newest = person.getSince();
            }
            return found;
        };
        write_event(event, texts_in(page.asReader(), address), told.events.emplace_back());
        told.sequences.push_back(event.getSequence());
    }
    return told;
}

LiveWorld::LiveWorld(const StateLimits& limits, bool clock_runs)
    : limits_(limits), log_(make_memory_log()), seen_(*log_), clock_(clock_runs) {
    if (clock_runs) clock_.set(instant("2020-01-01T00:00:00Z"));
    open_projections();
    follow();
    open_ledger();
}

LiveWorld::~LiveWorld() = default;

void LiveWorld::close() {
    ledger_.reset();
    if (!projections_) return;
    CHECK(projections_->stop().has_value());
    projections_.reset();
}

void LiveWorld::open_projections() {
    auto opened = Projections::open(directory(), seen_, secrets_);
    if (!opened) FAIL(opened.error().message);
    projections_ = std::move(*opened);
}

void LiveWorld::open_ledger() {
    auto opened = Ledger::open(*log_, secrets_, projections_.get(), clock_, limits_);
    if (!opened) FAIL(opened.error().message);
    ledger_ = std::move(*opened);
}

void LiveWorld::reopen() {
    close();
    open_projections();
    open_ledger();
    follow();
}

void LiveWorld::must_happen(const Steps& steps) {
    testing::must_happen(steps, clock_, [&](std::string_view step) -> const Answer& { return judge(step); });
    project();
}

const Answer& LiveWorld::judge(std::string_view command) {
    ReceivedCommand received(command);
    auto& answer = answers_.emplace_back();
    const auto judged = ledger_->judge(received.get(), vendor_caller, answer);
    if (!judged) FAIL(judged.error().message);
    const auto committed = ledger_->commit();
    if (!committed) FAIL(committed.error().message);
    if (!ledger_->evict()) {
        project();
        CHECK(ledger_->evict());
    }
    return answer;
}

void LiveWorld::project() { project_up_to(log_->last()); }

void LiveWorld::project_up_to(Sequence end) {
    if (end > seen_.last()) seen_.show_up_to(end);
    projections_->log_grew();
    if (!projections_->wait_for(seen_.last())) FAIL("the projections did not get to " << seen_.last().value);
}

std::vector<std::string> LiveWorld::rows(const Question& question) const {
    auto page = ask(question);
    if (page.failure) FAIL(*page.failure);
    return std::move(page.rows);
}

std::vector<Sequence> LiveWorld::block_ends() const {
    std::vector<Sequence> ends;
    const auto cursor = log_->read(Sequence(1));
    for (auto block = cursor->next(); block && *block; block = cursor->next()) ends.push_back((*block)->last());
    return ends;
}

std::vector<std::string> ask_all(LiveWorld& world, const Question& question, Instant now, std::uint32_t limit,
                                 const std::function<void()>& between) {
    std::vector<std::string> rows;
    std::string cursor;
    do {
        if (!cursor.empty()) between();
        const auto page = ask(
            world.projections(),
            [&](schema::Query::Builder query) {
                question(query);
                query.setLimit(limit);
                if (!cursor.empty()) query.setCursor(cursor);
            },
            now);
        if (page.failure) FAIL(*page.failure);
        CHECK(page.rows.size() <= limit);
        CHECK((page.cursor.empty() || page.rows.size() == limit));
        rows.insert(rows.end(), page.rows.begin(), page.rows.end());
        cursor = page.cursor;
    } while (!cursor.empty());
    return rows;
}

std::string only(const std::vector<std::string>& rows) {
    if (rows.size() != 1) {
        std::string all;
        for (const auto& row : rows) all += row + "\n";
        FAIL("not one row but " << rows.size() << "\n" << all);
    }
    return rows.front();
}

}  // namespace seatledger::testing
