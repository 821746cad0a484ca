// Random histories: what a diff says, done to the answers of one time, gives the answers of the other.
#include <algorithm>
#include <boost/json.hpp>
#include <map>
#include <string>
#include <vector>

#include "events/text.h"
#include "projections/diff.h"
#include "server/json.h"
#include "tests/support/catch.h"
#include "tests/support/oracle.h"
#include "tests/support/random_commands.h"
#include "tests/support/world.h"

namespace seatledger {
namespace {

using namespace testing;

using boost::json::object;
using boost::json::value;
using QueryBuilder = schema::Query::Builder;

// A time as a diff takes it.
struct Time {
    std::uint64_t sequence = 0;
    std::int64_t instant = no_instant.micros;
};

struct Span {
    Time from;
    Time to;
    std::int64_t known_at = no_instant.micros;

    void fill(QueryBuilder query) const {
        query.setKnownAt(known_at);
        auto filter = query.initDiff();
        filter.setFrom(from.instant);
        filter.setFromSequence(from.sequence);
        filter.setTo(to.instant);
        filter.setToSequence(to.sequence);
    }
};

std::string shown(const Time& time) {
    return time.sequence != 0 ? "event " + std::to_string(time.sequence) : "instant " + std::to_string(time.instant);
}

std::string text_of(const value& json) { return std::string(json.as_string()); }

// The rows of all four tables at one time, by what identifies them.
class Answers {
 public:
    using Rows = std::map<std::string, object>;

    // Nothing is in them if the account is not there.
    static Answers at(const LiveWorld& world, const std::string& account, const Time& time, std::int64_t known_at) {
        Answers tables;
        const auto ask_all = [&](const Question& question) {
            std::vector<object> rows;
            std::string cursor;
            do {
                const auto page = world.ask([&](QueryBuilder query) {
                    question(query);
                    query.setAccount(account);
                    query.setAsOf(time.instant);
                    query.setAsOfSequence(time.sequence);
                    query.setKnownAt(known_at);
                    if (!cursor.empty()) query.setCursor(cursor);
                });
                if (page.failure && page.failure->find("did not exist then") != std::string::npos) return rows;
                if (page.failure) FAIL(*page.failure);
                for (const auto& row : page.rows) rows.push_back(boost::json::parse(row).as_object());
                cursor = page.cursor;
            } while (!cursor.empty());
            return rows;
        };
        for (auto& row : ask_all([](QueryBuilder query) { query.initLicenses(); })) {
            const auto number = row.at("license").to_number<std::uint32_t>();
            row.erase("license");
            tables.licenses_.emplace(number, std::move(row));
        }
        for (auto& row : ask_all([](QueryBuilder query) { query.initUsers(); })) {
            const auto email = text_of(row.at("email"));
            const auto one = ask_all([&](QueryBuilder query) { query.initUser().setEmail(email); });
            REQUIRE(one.size() == 1);
            const auto& phone = one.front().at("phone").as_object();
            row["phone"] = phone.at("status");
            row["phoneSavedAt"] = phone.at("savedAt");
            row["phoneKeptUntil"] = phone.at("keptUntil");
            tables.users_.emplace(email, std::move(row));
        }
        for (auto& row : ask_all([](QueryBuilder query) { query.initProducts(); })) {
            const auto sku = text_of(row.at("sku"));
            tables.products_.emplace(sku, std::move(row));
        }
        for (auto& row : ask_all([](QueryBuilder query) { query.initQueues(); })) {
            const auto name = text_of(row.at("queue"));
            for (const auto& member : row.at("members").as_array()) {
                tables.places_.emplace(name + '/' + text_of(member.as_object().at("email")), member.as_object());
            }
            row.erase("members");
            tables.queues_.emplace(name, std::move(row));
        }
        return tables;
    }

    // Does what the rows of a diff say. What they say of before must be what is here.
    void apply(const std::vector<object>& differences) {
        // First everything goes that was another one, so that names which are given away and taken do not meet.
        std::vector<std::pair<Place, object>> coming;
        for (const auto& difference : differences) take(difference, coming);
        for (auto& [place, row] : coming) {
            INFO(place.key);
            CHECK(place.insert(*this, std::move(row)));
        }
    }

    bool operator==(const Answers&) const = default;

    [[nodiscard]] std::string dump() const {
        std::string all;
        for (const auto& [number, row] : licenses_) all += std::to_string(number) + ' ' + serialize(row) + '\n';
        for (const auto* rows : {&users_, &products_, &queues_, &places_}) {
            for (const auto& [key, row] : *rows) all += key + ' ' + serialize(row) + '\n';
        }
        return all;
    }

 private:
    struct Place {
        Rows Answers::*table;  // null: a license
        std::string key;
        std::uint32_t license = 0;

        bool insert(Answers& tables, object row) const {
            return table == nullptr ? tables.licenses_.emplace(license, std::move(row)).second
                                    : (tables.*table).emplace(key, std::move(row)).second;
        }
        std::optional<object> remove(Answers& tables) const {
            if (table == nullptr) {
                auto node = tables.licenses_.extract(license);
                return node ? std::optional(std::move(node.mapped())) : std::nullopt;
            }
            auto node = (tables.*table).extract(key);
            return node ? std::optional(std::move(node.mapped())) : std::nullopt;
        }
    };

    void take(const object& difference, std::vector<std::pair<Place, object>>& coming) {
        INFO(serialize(difference));
        const auto has = [&](const char* member) { return difference.contains(member); };
        if (has("license")) {
            const auto last = difference.at("last").to_number<std::uint32_t>();
            for (auto n = difference.at("first").to_number<std::uint32_t>(); n <= last; ++n) {
                const Place place{nullptr, {}, n};
                take(difference, difference.at("license").as_object(), place, place, coming);
            }
            return;
        }
        const char* member = has("user") ? "user" : has("product") ? "product" : has("queue") ? "queue" : "place";
        const auto& sides = difference.at(member).as_object();
        const auto key = text_of(difference.at("key"));
        if (has("user")) {
            take(difference, sides, {&Answers::users_, old_address(sides, key)}, {&Answers::users_, key}, coming);
        } else if (has("place")) {
            const auto address = text_of(difference.at("member"));
            take(difference, sides, {&Answers::places_, key + '/' + old_address(sides, address)},
                 {&Answers::places_, key + '/' + address}, coming);
        } else {
            const Place place{has("product") ? &Answers::products_ : &Answers::queues_, key};
            take(difference, sides, place, place, coming);
        }
    }

    // Of somebody who is there at both times and has another one now.
    static std::string old_address(const object& sides, const std::string& now) {
        if (sides.at("before").is_null() || sides.at("after").is_null()) return now;
        const auto& before = sides.at("before").as_object().at("email");
        return before.is_null() ? now : text_of(before);
    }

    void take(const object& difference, const object& sides, const Place& old_place, const Place& new_place,
              std::vector<std::pair<Place, object>>& coming) {
        const auto plain = [](object row) {
            row.erase("license");
            row.erase("members");
            return row;
        };
        const auto change = text_of(difference.at("change"));
        if (change == "added") {
            CHECK(sides.at("before").is_null());
            coming.emplace_back(new_place, plain(sides.at("after").as_object()));
            return;
        }
        auto row = old_place.remove(*this);
        REQUIRE(row.has_value());
        if (change == "removed") {
            CHECK(sides.at("after").is_null());
            CHECK(*row == plain(sides.at("before").as_object()));
            return;
        }
        CHECK(change == "changed");
        int fields = 0;
        for (const auto& [name, before] : sides.at("before").as_object()) {
            const auto& after = sides.at("after").as_object().at(name);
            if (before == after) continue;
            CHECK(row->at(name) == before);
            row->at(name) = after;
            ++fields;
        }
        CHECK(fields > 0);
        coming.emplace_back(new_place, std::move(*row));
    }

    std::map<std::uint32_t, object> licenses_;
    Rows users_;
    Rows products_;
    Rows queues_;
    Rows places_;  // by queue and address
};

struct Diff {
    std::optional<std::string> failure;
    std::vector<object> rows;
    Sequence from;
    Sequence to;
    Instant from_time;
    Instant to_time;
};

class DiffChecks {
 public:
    DiffChecks(const LiveWorld& world, Projections& projections, RandomCommands& random)
        : world_(world), projections_(projections), random_(random) {}

    // Page by page, as it is asked for over the network.
    [[nodiscard]] std::optional<std::string> ask_pages(const std::string& account, const Span& span,
                                                       std::vector<object>& rows) const {
        const auto limit = static_cast<std::uint32_t>(1 + random_.number(40));
        std::string cursor;
        do {
            const auto page = world_.ask([&](QueryBuilder query) {
                query.setAccount(account);
                span.fill(query);
                query.setLimit(limit);
                if (!cursor.empty()) query.setCursor(cursor);
            });
            if (page.failure) return page.failure;
            CHECK(page.rows.size() <= limit);
            for (const auto& row : page.rows) rows.push_back(boost::json::parse(row).as_object());
            cursor = page.cursor;
        } while (!cursor.empty());
        return {};
    }

    // In pages that may look at next to nothing.
    [[nodiscard]] Diff small_pages(const std::string& account, const Span& span) const {
        Diff diff;
        capnp::MallocMessageBuilder asked;
        auto query = asked.initRoot<schema::Query>();
        query.setAccount(account);
        span.fill(query);
        auto views = open_diff(projections_, query.asReader(), Cursor(), world_.now());
        if (!views) {
            diff.failure = views.error().message;
            return diff;
        }
        diff.from = views->from->sequence();
        diff.to = views->to->sequence();
        diff.from_time = views->from->time();
        diff.to_time = views->to->time();
        std::optional<std::string> next;
        do {
            capnp::MallocMessageBuilder answer;
            auto rows = answer.initRoot<schema::Rows>();
            next = answer_diff(*views, static_cast<std::uint32_t>(1 + random_.number(10)),
                               static_cast<std::uint32_t>(2 + random_.number(20)), rows);
            for (const auto row : rows.getDiff()) {
                std::string json;
                write_row(row.asReader(), json);
                diff.rows.push_back(boost::json::parse(json).as_object());
            }
            if (next) views->place = *next;
        } while (next);
        return diff;
    }

    void check(const std::string& account, const Span& span) const {
        INFO(account << " from " << shown(span.from) << " to " << shown(span.to) << ", known at " << span.known_at
                     << ", now " << world_.now().micros);
        std::vector<object> rows;
        const auto failure = ask_pages(account, span, rows);
        const auto diff = small_pages(account, span);
        CHECK(failure == diff.failure);
        if (failure) {
            const bool is_missing = failure->find("did not exist then") != std::string::npos;
            const bool is_mixed = (span.from.sequence != 0) != (span.to.sequence != 0);
            CHECK((is_missing || (is_mixed && failure->find("lies after") != std::string::npos)));
            if (is_missing) CHECK(Answers::at(world_, account, span.to, span.known_at) == Answers());
            return;
        }
        const auto after = Answers::at(world_, account, span.to, span.known_at);
        for (const auto* some : std::initializer_list<const std::vector<object>*>{&rows, &diff.rows}) {
            auto answers = Answers::at(world_, account, span.from, span.known_at);
            answers.apply(*some);
            if (answers == after) continue;
            CHECK(answers.dump() == after.dump());
        }
        for (const auto& row : rows) check_reasons(row, account, diff);
    }

    // Each is one of the events in between, of the account or of the catalogue; unless it is only time that went on.
    void check_reasons(const object& row, const std::string& account, const Diff& diff) const {
        INFO(serialize(row));
        const auto& because = row.at("because").as_array();
        CHECK(!because.empty());
        CHECK(row.at("more") == value(false));
        for (const auto& sequence : because) {
            const auto number = sequence.to_number<std::uint64_t>();
            CHECK((streams_.empty() || streams_[number - 1].empty() || streams_[number - 1] == account));
            if (number <= diff.from.value) CHECK(diff.from_time < diff.to_time);
        }
    }

    // Of which account each event is.
    void know_streams(std::vector<std::string> streams) { streams_ = std::move(streams); }

    // One event further: whatever is another one is so by that event, or because a term is over.
    void check_step(const std::string& account, std::uint64_t sequence) const {
        const auto diff = small_pages(account, {{sequence - 1}, {sequence}});
        if (diff.failure) return;
        for (const auto& row : diff.rows) {
            INFO(account << " to event " << sequence << ": " << serialize(row));
            const auto& because = row.at("because").as_array();
            const bool is_by_event = std::ranges::find(because, value(sequence)) != because.end();
            const bool is_by_time = diff.from_time < diff.to_time;
            CHECK((is_by_event || is_by_time));
            if (!is_by_time) CHECK(because.size() == 1);
        }
    }

 private:
    const LiveWorld& world_;
    Projections& projections_;
    RandomCommands& random_;
    std::vector<std::string> streams_;
};

void run_history(LiveWorld& world, RandomCommands& commands, int count) {
    for (const auto& command : commands.start()) world.judge(command);
    for (int i = 0; i < count; ++i) {
        world.clock().set(Instant{world.now().micros + commands.leap_micros()});
        world.judge(commands.next());
        if (commands.one_in(40)) {
            REQUIRE(world.ledger().record_due().has_value());
            REQUIRE(world.ledger().commit().has_value());
        }
    }
    world.project();
}

std::vector<std::string> streams_of(const Log& log) {
    std::vector<std::string> streams;
    const auto cursor = log.read(Sequence(1));
    for (auto block = cursor->next(); block && *block; block = cursor->next()) {
        for (const auto& entry : (*block)->entries()) streams.emplace_back(view(read_event(entry).getAccount()));
    }
    return streams;
}

Span any_span(const Oracle& oracle, RandomCommands& random, const std::string& account, Instant now) {
    const auto instants = oracle.instants(account);
    const auto any_instant = [&] {
        return Time{0, instants[random.number(instants.size())] + static_cast<std::int64_t>(random.number(3)) - 1};
    };
    const auto any_sequence = [&] { return Time{1 + random.number(oracle.last())}; };
    Span span;
    switch (random.number(4)) {
        case 0:
            span = {any_sequence(), any_sequence()};
            if (span.from.sequence > span.to.sequence) std::swap(span.from, span.to);
            break;
        case 1: span = {any_sequence(), any_instant()}; break;
        default:
            span = {any_instant(), any_instant()};
            if (span.from.instant > span.to.instant) std::swap(span.from, span.to);
    }
    if (random.one_in(3)) {
        const auto& recorded = oracle.recorded();
        const auto at = recorded[random.number(recorded.size())] + static_cast<std::int64_t>(random.number(3)) - 1;
        span.known_at = std::min(at, now.micros);
    }
    return span;
}

void check_history(std::uint64_t seed, int commands_count, int comparisons) {
    INFO("seed " << seed);
    RandomCommands random(seed);
    LiveWorld world;
    run_history(world, random, commands_count);
    const Oracle oracle(world.log());
    for (const auto kind : {"licensesExpired", "licensesRevoked", "emailChanged", "userRemoved", "queueDeleted",
                            "queueMemberRemoved", "phoneRetained", "phonePurged", "productChanged"}) {
        CAPTURE(kind);
        CHECK(oracle.kinds().contains(kind));
    }
    DiffChecks checks(world, world.projections(), random);
    checks.know_streams(streams_of(world.log()));
    for (int i = 0; i < comparisons; ++i) {
        const auto account = RandomCommands::accounts()[random.number(4)];
        auto span = any_span(oracle, random, account, world.now());
        checks.check(account, span);
        // Nothing became of anything between a time and itself.
        span.from = span.to;
        const auto nothing = checks.small_pages(account, span);
        CHECK(nothing.rows.empty());
    }
    for (int i = 0; i < 4 * comparisons; ++i) {
        checks.check_step(RandomCommands::accounts()[random.number(4)], 2 + random.number(oracle.last() - 1));
    }
}

TEST_CASE("a diff, done to the answers of one time, gives the answers of the other") {
    for (const std::uint64_t seed : {20200301u, 20200308u}) check_history(seed, 1'500, 24);
}

TEST_CASE("a diff, done to the answers of one time, gives those of the other, at length", "[slow]") {
    for (std::uint64_t seed = 1; seed <= 8; ++seed) check_history(seed, 6'000, 80);
}

}  // namespace
}  // namespace seatledger
