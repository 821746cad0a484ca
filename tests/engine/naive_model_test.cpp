// The ledger answers every command as the rules' page says: random commands go to it and to a model that was written
// from that page alone.
#include <map>
#include <set>
#include <string>
#include <vector>

#include "events/text.h"
#include "server/json.h"
#include "tests/support/catch.h"
#include "tests/support/command_generator.h"
#include "tests/support/given.h"
#include "tests/support/ledger_box.h"
#include "tests/support/naive_model.h"

namespace seatledger {
namespace {

using namespace testing;

std::string show(const Answer& answer) {
    if (answer.rejection) return "rejected: " + std::string(rule_id(answer.rejection->rule)) + "\n";
    std::string shown;
    if (answer.replayed) {
        return "replayed: " + std::to_string(answer.first.value) + " to " + std::to_string(answer.last.value) + "\n";
    }
    for (const auto& event : events_of(answer)) shown += event + "\n";
    if (answer.phone_kept_until != no_instant) shown += "kept until " + to_rfc3339(answer.phone_kept_until) + "\n";
    for (std::size_t i = 0; i < answer.rows.size(); ++i) {
        shown += "row " + std::to_string(i + 1) + ": " + show(answer.rows[i]);
    }
    return shown;
}

std::string show(const NaiveModel::Answer& answer) {
    if (!answer.rejected.empty()) return "rejected: " + answer.rejected + "\n";
    if (answer.replayed) {
        return "replayed: " + std::to_string(answer.first) + " to " + std::to_string(answer.last) + "\n";
    }
    std::string shown;
    for (const auto& event : answer.events) shown += event + "\n";
    const Instant kept_until{answer.phone_kept_until};
    if (kept_until != no_instant) shown += "kept until " + to_rfc3339(kept_until) + "\n";
    for (std::size_t i = 0; i < answer.rows.size(); ++i) {
        shown += "row " + std::to_string(i + 1) + ": " + show(answer.rows[i]);
    }
    return shown;
}

class Comparison {
 public:
    explicit Comparison(std::uint64_t seed) : seed_(seed), commands_(seed, box_.ledger().state()) {
        for (const auto& command : commands_.beginning()) compare(command);
    }

    void run(int count) {
        for (int i = 0; i < count; ++i) {
            box_.clock().set(commands_.next_now(now_));
            now_ = std::max(box_.clock().now(), recorded_at_);
            compare(next());
        }
    }

    [[nodiscard]] const std::map<std::string, int>& kinds() const { return kinds_; }
    [[nodiscard]] const std::map<std::string, int>& rules() const { return rules_; }
    [[nodiscard]] int replayed() const { return replayed_; }
    [[nodiscard]] int due() const { return due_; }
    [[nodiscard]] bool has_written(schema::Event::Which which) const { return written_.contains(which); }
    [[nodiscard]] bool has_written(schema::Letter letter) const { return letters_.contains(letter); }

 private:
    // A new command; or one of the last ones again, or a new one under a request id of theirs; or one that corrects.
    std::string next() {
        constexpr std::size_t sent_max = 100;
        if (!sent_.empty() && commands_.one_in(15)) return sent_[commands_.number(sent_.size())];
        auto command = commands_.next(now_);
        const auto id_of = [](const std::string& json) {
            const auto begin = json.find("'requestId':'");
            return begin == std::string::npos ? "" : json.substr(begin, json.find(',', begin) - begin);
        };
        const auto id = id_of(command);
        if (!id.empty() && !sent_.empty() && commands_.one_in(15)) {
            command.replace(command.find(id), id.size(), id_of(sent_[commands_.number(sent_.size())]));
        } else if (!id.empty()) {
            if (sent_.size() == sent_max) sent_.erase(sent_.begin());
            sent_.push_back(command);
        }
        if (commands_.one_in(25)) {
            const auto corrected = 1 + commands_.number(box_.log().last().value + 1);
            command.insert(1, "'corrects':" + std::to_string(corrected) + ",");
        }
        return command;
    }

    void compare(const std::string& json) {
        INFO("seed " << seed_ << ", command " << commands_judged_++ << ", at " << to_rfc3339(now_) << "\n" << json);
        ReceivedCommand received(json);
        const auto expected = model_.judge(received.get(), box_.clock().now());
        const auto& answer = box_.judge(json);
        REQUIRE(show(answer) == show(expected));
        follow();
        count(received.get(), answer);
    }

    // What is in the log is what the model has done, what fell due included.
    void follow() {
        const AddressOf by_number = [&](UserId user) -> std::optional<std::string_view> {
            return numbers_.emplace(user.value, "user " + std::to_string(user.value)).first->second;
        };
        std::vector<std::string> events;
        const auto cursor = box_.log().read(Sequence(followed_ + 1));
        while (true) {
            const auto block = cursor->next();
            REQUIRE(block.has_value());
            if (!*block) break;
            for (const auto& entry : (*block)->entries()) {
                if (entry.sequence.value <= followed_) continue;
                const auto event = read_event(entry);
                due_ += event.getPrincipal() == schema::Event::Principal::LEDGER ? 1 : 0;
                recorded_at_ = Instant{event.getRecordedAt()};
                written_.insert(event.which());
                if (event.isNotificationQueued()) letters_.insert(event.getNotificationQueued().getLetter());
                write_event(event, texts_of(event, by_number), events.emplace_back());
            }
        }
        const std::vector<std::string> expected(model_.log().begin() + static_cast<std::ptrdiff_t>(followed_),
                                                model_.log().end());
        REQUIRE(events == expected);
        followed_ += events.size();
    }

    void count(schema::Command::Reader command, const Answer& answer) {
        const auto add = [&](const Answer& part) {
            replayed_ += part.replayed ? 1 : 0;
            if (part.rejection) ++rules_[std::string(rule_id(part.rejection->rule))];
        };
        add(answer);
        for (const auto& row : answer.rows) add(row);
        ++kinds_[CommandGenerator::name_of(command) + (answer.rejection ? " rejected" : " accepted")];
    }

    std::uint64_t seed_;
    LedgerBox box_;
    NaiveModel model_;
    CommandGenerator commands_;
    Instant now_ = instant("2020-01-01T00:00:00Z");
    Instant recorded_at_ = no_instant;
    std::uint64_t followed_ = 0;
    int commands_judged_ = 0;
    std::vector<std::string> sent_;
    std::map<std::uint32_t, std::string> numbers_;
    std::map<std::string, int> kinds_;
    std::map<std::string, int> rules_;
    std::set<schema::Event::Which> written_;
    std::set<schema::Letter> letters_;
    int replayed_ = 0;
    int due_ = 0;
};

// That the commands were worth it: every one was accepted and rejected, and every rule was met.
void check_variety(const Comparison& comparison, int count) {
    std::string shown;
    int accepted = 0;
    for (const auto& [kind, times] : comparison.kinds()) {
        shown += kind + " " + std::to_string(times) + "\n";
        if (kind.ends_with(" accepted")) accepted += times;
    }
    for (const auto& [rule, times] : comparison.rules()) shown += rule + " " + std::to_string(times) + "\n";
    INFO("replayed " << comparison.replayed() << ", fell due " << comparison.due() << "\n" << shown);
    CHECK(accepted * 100 > count * 40);
    CHECK(accepted * 100 < count * 75);
    CHECK(comparison.replayed() > count / 100);
    CHECK(comparison.due() > count / 100);
    const auto times = [](const std::map<std::string, int>& counts, const std::string& what) {
        const auto found = counts.find(what);
        return found == counts.end() ? 0 : found->second;
    };
    const int often = std::max(2, count / 5'000);
    for (const auto field : capnp::Schema::from<schema::Command>().getUnionFields()) {
        const std::string name(field.getProto().getName().cStr());
        CAPTURE(name);
        if (name == "none") continue;
        // There are not many accounts that import.
        CHECK(times(comparison.kinds(), name + " accepted") >= (name == "endImport" ? 2 : often));
        CHECK(times(comparison.kinds(), name + " rejected") >= often);
    }
    for (const auto rule : rule_ids) {
        CAPTURE(rule);
        CHECK(times(comparison.rules(), std::string(rule)) >= 1);
    }
    // What no command is named after.
    for (const auto event :
         {schema::Event::PHONE_RETAINED, schema::Event::PHONE_RESTORED, schema::Event::PHONE_PURGED}) {
        CAPTURE(static_cast<int>(event));
        CHECK(comparison.has_written(event));
    }
    CHECK(comparison.has_written(schema::Letter::TERM_ENDS));
}

void compare_with_the_model(std::uint64_t seed, int count) {
    Comparison comparison(seed);
    comparison.run(count);
    check_variety(comparison, count);
}

}  // namespace

TEST_CASE("the ledger answers random commands as the rules' page says") { compare_with_the_model(20'200'909, 7'000); }

TEST_CASE("the ledger answers random commands as the rules' page says, for long", "[slow]") {
    compare_with_the_model(20'200'910, 100'000);
}

}  // namespace seatledger
