// What is said of a line from the events that were chosen for it is what the whole history says.
#include "tools/dossier/event_choice.h"

#include <algorithm>
#include <map>
#include <optional>
#include <random>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "events/people.h"
#include "events/text.h"
#include "tests/support/catch.h"
#include "tests/support/random_commands.h"
#include "tests/support/reconciled.h"
#include "tests/tools/dossier/random_ledger.h"
#include "tools/dossier/dossier_json.h"
#include "tools/dossier/line_opinion.h"

namespace seatledger {
namespace {

using namespace testing;
using billing::AccountHistory;
using billing::BillLine;
using billing::DayPeriod;
using schema::Billing;

// Everything that a log has, of one account and of the catalogue, up to some event of the account.
class Story {
 public:
    Story(const LedgerBox& box, std::string account) : account_(std::move(account)), blocks_(box.blocks()) {
        for (const auto& words : blocks_) {
            const auto block = open_block(words);
            REQUIRE(block.has_value());
            for (const auto& entry : block->entries()) {
                const auto event = read_event(entry);
                if (!event.hasAccount() || view(event.getAccount()) == account_) events_.push_back(event);
            }
        }
    }

    // As DossierFacts does it: the catalogue first. `chosen` null: all of it.
    [[nodiscard]] AccountHistory history(const std::optional<billing::Window>& window, Sequence last,
                                         const std::set<Sequence>* chosen = nullptr) const {
        AccountHistory history(account_, window);
        for (const bool is_catalogue : {true, false}) {
            for (const auto& event : events_) {
                const Sequence sequence(event.getSequence());
                if (event.hasAccount() == is_catalogue || sequence > last) continue;
                if (chosen == nullptr || chosen->contains(sequence) || event.isAccountOpened()) history.apply(event);
            }
        }
        return history;
    }

    // With those by which people came whom the events name, or the line: the addresses of these are told.
    [[nodiscard]] std::set<Sequence> with_people(std::set<Sequence> chosen, std::set<UserId> people) const {
        for (const auto& event : events_) {
            if (!chosen.contains(Sequence(event.getSequence()))) continue;
            for_each_person(event, [&](UserId user) { people.insert(user); });
        }
        for (const auto& event : events_) {
            if (!event.isUserRegistered()) continue;
            if (people.contains(UserId(event.getUserRegistered().getUser()))) {
                chosen.insert(Sequence(event.getSequence()));
            }
        }
        return chosen;
    }

    [[nodiscard]] const std::vector<schema::Event::Reader>& events() const { return events_; }
    [[nodiscard]] std::vector<schema::Event::Reader> of_account() const {
        std::vector<schema::Event::Reader> all;
        std::ranges::copy_if(events_, std::back_inserter(all), [](const auto& of) { return of.hasAccount(); });
        return all;
    }

 private:
    std::string account_;
    std::vector<Words> blocks_;
    std::vector<schema::Event::Reader> events_;
};

// Lines about what an account has, right ones and wrong ones.
class RandomLines {
 public:
    RandomLines(std::uint64_t seed, const AccountHistory& history, CivilDay first, CivilDay last)
        : random_(seed), history_(history), first_(first), last_(last) {}

    BillLine next() {
        BillLine line;
        line.line = 2;
        line.currency = below(30) == 0 ? "EUR" : "USD";
        line.kind = below(25) == 0 ? billing::LineKind::correction : billing::LineKind::charge;
        const auto* lot = any_lot();
        const auto products = history_.products();
        const bool is_of_lot = lot != nullptr && below(4) != 0;
        line.sku = is_of_lot                            ? history_.product(lot->sku).sku
                   : products.empty() || below(25) == 0 ? "nothing"
                                                        : products[below(products.size())].sku;
        line.bill_sku = line.sku;
        line.quantity = {1 + static_cast<std::int64_t>(below(below(3) == 0 ? 6 : 2)), 0};
        if (below(15) == 0) line.quantity = below(2) == 0 ? decimal("1.5") : decimal("-1");
        line.period = below(2) == 0 && is_of_lot ? term_of(*lot) : any_period();
        if (below(3) == 0) line.billed_in = month_of(line.period.begin);
        switch (below(4)) {
            case 0: name_license(line, is_of_lot ? lot : nullptr); break;
            case 1: name_person(line); break;
            case 2: name_invoice(line, is_of_lot ? lot : nullptr); break;
            default: break;
        }
        if (below(25) == 0) name_person(line);
        if (below(15) == 0) name_invoice(line, nullptr);
        const auto price = is_of_lot && below(4) != 0 ? billing::to_decimal(lot->unit_price, 2) : std::nullopt;
        const auto unit =
            price ? *price : decimal(std::vector<std::string>{"29.99", "7.00", "31.10", "45.00"}[below(4)]);
        if (below(2) == 0) line.unit_price = unit;
        const auto days = std::max(1, line.period.days());
        line.amount = *billing::to_decimal(
            billing::to_exact(unit) * billing::to_exact(line.quantity) * (below(2) == 0 ? 30 : days) / 30, 2);
        return line;
    }

 private:
    [[nodiscard]] std::size_t below(std::size_t end) { return random_() % end; }

    const billing::LotFacts* any_lot() {
        const auto lots = history_.lots();
        return lots.empty() ? nullptr : &lots[below(lots.size())];
    }
    DayPeriod term_of(const billing::LotFacts& lot) {
        return {civil_day(lot.valid_from, *history_.zone()), civil_day(lot.valid_until, *history_.zone())};
    }
    DayPeriod any_period() {
        const auto span = static_cast<std::size_t>(std::max(1, last_.number - first_.number)) + 20;
        const CivilDay begin{first_.number - 10 + static_cast<std::int32_t>(below(span))};
        if (below(3) == 0) return month_of(begin);
        return {begin, CivilDay{begin.number + static_cast<std::int32_t>(below(40))}};
    }
    static DayPeriod month_of(CivilDay day) {
        const CivilDay begin{day.number - static_cast<std::int32_t>(date_of(day).day) + 1};
        const CivilDay next{begin.number + 31};
        return {begin, CivilDay{next.number - static_cast<std::int32_t>(date_of(next).day) + 1}};
    }
    void name_license(BillLine& line, const billing::LotFacts* lot) {
        line.license = lot != nullptr && below(8) != 0
                           ? lot->first.value + static_cast<std::uint32_t>(below(lot->quantity))
                           : 1 + static_cast<std::uint32_t>(below(history_.license_count() + 3));
    }
    void name_person(BillLine& line) { line.email = "user" + std::to_string(1 + below(history_.user_count() + 1)); }
    void name_invoice(BillLine& line, const billing::LotFacts* lot) {
        const auto invoices = history_.invoices();
        if (invoices.empty() || below(20) == 0) {
            line.invoice = "unknown";
        } else {
            line.invoice =
                lot != nullptr && below(4) != 0 ? invoices[lot->invoice].id : invoices[below(invoices.size())].id;
        }
        line.bill_invoice = line.invoice;
    }

    std::mt19937_64 random_;
    const AccountHistory& history_;
    CivilDay first_;
    CivilDay last_;
};

std::string text_of(const LineOpinion& opinion) {
    Dossier dossier;
    dossier.judgement = opinion.judgement;
    dossier.other_rules = opinion.other_rules;
    dossier.calendar = opinion.calendar;
    return to_json(dossier, {});
}

// The first of their lines that differ.
std::string difference(const std::string& a, const std::string& b) {
    std::istringstream left(a), right(b);
    std::string of_a, of_b;
    for (int line = 1; std::getline(left, of_a) && std::getline(right, of_b); ++line) {
        if (of_a != of_b) return "line " + std::to_string(line) + ": " + of_a + " / " + of_b;
    }
    return {};
}

std::string shown(const BillLine& line) {
    return "line of " + line.sku + " " + to_text(line.period.begin) + " to " + to_text(line.period.end) + ", " +
           to_text(line.quantity) + " for " + to_text(line.amount, 2) + ", license " +
           std::to_string(line.license.value_or(0)) + " person " + line.email + " invoice " + line.invoice;
}

std::string kind_of(const BillLine& line, const AccountHistory& history) {
    const auto* product = history.find_product(line.sku);
    const std::string basis = product == nullptr                        ? "unknown"
                              : product->billing == Billing::ASSIGNED   ? "assigned"
                              : product->billing == Billing::MEMBERSHIP ? "membership"
                                                                        : "purchased";
    const auto* what = line.license            ? "license"
                       : !line.email.empty()   ? "person"
                       : !line.invoice.empty() ? "invoice"
                                               : "nothing";
    return basis + " " + what;
}

// How often which reach was enough, by kinds of lines.
struct Figures {
    std::map<std::string, std::array<std::size_t, 4>> enough;  // by reach; the last: lines
    std::map<std::string, std::size_t> verdicts;
    std::array<std::size_t, 3> events{};
    std::size_t all = 0;
    std::size_t lines = 0;
};

PeopleOf people_of(const AccountHistory& whole) {
    return {[&whole](std::string_view email, const DayPeriod&) {
                const UserId user(static_cast<std::uint32_t>(std::stoul(std::string(email.substr(4)))));
                const auto* facts = whole.user(user);
                return facts != nullptr && facts->registered ? user : UserId();
            },
            [](UserId user) { return std::optional("user" + std::to_string(user.value)); }};
}

// What the line is judged from, and what is said of it.
struct Judged {
    const Story& story;
    const BillLine& read;
    billing::PriceBook book;
    Sequence last;
    Instant as_of;
    PeopleOf people;
    schema::Language language;
    billing::Window window;

    [[nodiscard]] LineOpinion from(const AccountHistory& history) const {
        return judge_line(history, {read, {}}, book, as_of, people, language);
    }
};

void check_line(const Judged& of, const Dossier::Line& line, const std::string& kind, Figures& figures) {
    INFO(shown(of.read) << ", as of event " << of.last.value);
    const auto full = of.story.history(of.window, of.last);
    REQUIRE(full.misfits() == 0);
    const auto opinion = of.from(full);
    const auto said = text_of(opinion);
    const auto& verdict = opinion.judgement.verdict;
    INFO(opinion.judgement.message);
    ++figures.verdicts[std::string(billing::name_of(verdict.verdict))];
    ++figures.lines;
    figures.all += static_cast<std::size_t>(
        std::ranges::count_if(of.story.events(), [&](const auto& e) { return e.getSequence() <= of.last.value; }));

    std::set<UserId> named;
    for (const auto user : {verdict.details.user, verdict.details.person}) named.insert(user);
    std::set<Sequence> before(verdict.because.begin(), verdict.because.end());
    auto& enough = figures.enough[kind];
    ++enough[reaches.size()];
    for (std::size_t i = 0; i < reaches.size(); ++i) {
        INFO("reach " << i);
        const auto chosen = choose_events(full, line, verdict, reaches[i]);
        CHECK(std::ranges::includes(chosen, before));
        CHECK((chosen.empty() || *chosen.rbegin() <= of.last));
        before = chosen;
        const auto with_people = of.story.with_people(chosen, named);
        figures.events[i] += with_people.size();
        const auto part = of.story.history(of.window, of.last, &with_people);
        CHECK(part.contradictions() == 0);
        const auto again = text_of(of.from(part));
        if (again == said) {
            ++enough[i];
            continue;
        }
        const auto what = difference(said, again);
        if (reaches[i] == Reach::account) FAIL_CHECK(what);
    }
}

void check_story(const Story& story, std::uint64_t seed, int lines, Figures& figures) {
    std::mt19937_64 random(seed);
    const auto events = story.of_account();
    if (events.size() < 2) return;
    for (int cut = 0; cut < 4; ++cut) {
        const auto& newest = events[cut == 0 ? events.size() - 1 : 1 + random() % (events.size() - 1)];
        const Sequence last(newest.getSequence());
        const Instant as_of{newest.getEffectiveAt()};
        const auto whole = story.history({}, last);
        const auto& zone = *whole.zone();
        RandomLines made(random(), whole, civil_day(Instant{events[0].getEffectiveAt()}, zone), civil_day(as_of, zone));
        for (int i = 0; i < lines / 4; ++i) {
            Dossier::Line line;
            line.read = made.next();
            if (random() % 8 == 0 && !whole.invoices().empty()) {
                line.invoice = whole.invoices()[random() % whole.invoices().size()].id;
            }
            const billing::PriceBook book{billing::roundings[random() % 4], random() % 2 == 0};
            check_line(
                {story, *line.read, book, last, as_of, people_of(whole), static_cast<schema::Language>(random() % 3),
                 window_of({*line.read, {}}, civil_day(as_of, zone))},
                line, kind_of(*line.read, whole), figures);
        }
    }
}

// That the smaller choices are worth trying, of every kind of line, and that there were lines of many kinds.
void check_figures(const Figures& figures) {
    for (const auto& [kind, enough] : figures.enough) {
        INFO(kind << ": of " << enough[3] << " lines seat " << enough[0] << ", product " << enough[1]);
        CHECK(enough[0] * 10 >= enough[3] * 9);
        CHECK(enough[1] * 20 >= enough[3] * 19);
        CHECK(enough[2] == enough[3]);
    }
    INFO("events on average of " << figures.all / figures.lines << ": " << figures.events[0] / figures.lines << ", "
                                 << figures.events[1] / figures.lines << ", " << figures.events[2] / figures.lines);
    CHECK(figures.events[0] * 2 < figures.all);
    CHECK(figures.enough.size() >= 8);
    CHECK(figures.verdicts.size() >= 7);
}

}  // namespace

TEST_CASE("a line is judged from the chosen events as from all of them") {
    const auto seed = Catch::rngSeed();
    Figures figures;
    for (std::uint64_t i = 0; i < 12; ++i) {
        INFO("seed " << seed << " + " << i);
        const RandomLedger ledger(seed + i, 300);
        check_story(Story(ledger.box(), "acme"), seed + i, 120, figures);
    }
    check_figures(figures);
}

TEST_CASE("a line of any account is judged from the chosen events as from all of them") {
    const auto seed = Catch::rngSeed();
    Figures figures;
    for (std::uint64_t i = 0; i < 4; ++i) {
        INFO("seed " << seed << " + " << i);
        LedgerBox box;
        RandomCommands commands(seed + i);
        auto now = *parse_rfc3339("2020-01-01T00:00:00Z");
        for (const auto& command : commands.start()) static_cast<void>(box.judge(command));
        for (int step = 0; step < 1'500; ++step) {
            now.micros += commands.leap_micros();
            box.clock().set(now);
            static_cast<void>(box.judge(commands.next()));
        }
        for (const auto& account : RandomCommands::accounts()) {
            INFO(account);
            check_story(Story(box, account), seed + i, 40, figures);
        }
    }
    check_figures(figures);
}

// Who made a dossier may have left out anything.
TEST_CASE("any part of the events can be judged from") {
    const auto seed = Catch::rngSeed();
    INFO("seed " << seed);
    const RandomLedger ledger(seed, 300);
    const Story story(ledger.box(), "acme");
    std::mt19937_64 random(seed);
    const auto newest = story.of_account().back();
    const Sequence last(newest.getSequence());
    const Instant as_of{newest.getEffectiveAt()};
    const auto whole = story.history({}, last);
    const auto today = civil_day(as_of, *whole.zone());
    RandomLines lines(seed, whole, CivilDay{today.number - 90}, today);
    for (int i = 0; i < 300; ++i) {
        std::set<Sequence> some;
        const auto share = 1 + random() % 10;
        for (const auto& event : story.events()) {
            if (random() % 10 < share) some.insert(Sequence(event.getSequence()));
        }
        const auto read = lines.next();
        const auto history = story.history(window_of({read, {}}, today), last, &some);
        const auto opinion = judge_line(history, {read, {}}, {}, as_of, people_of(whole), schema::Language::EN);
        CHECK(opinion.other_rules.size() == 7);
    }
}

}  // namespace seatledger
