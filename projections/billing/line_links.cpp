#include "projections/billing/line_links.h"

#include <boost/functional/hash.hpp>
#include <boost/unordered/unordered_flat_map.hpp>

namespace seatledger::billing {
namespace {

using Line = BillLines::Line;

std::size_t hash_of(Decimal number, bool with_sign) {
    number = shortest(number);
    if (!with_sign && number.is_negative()) number = negated(number);
    std::size_t seed = number.scale;
    boost::hash_combine(seed, static_cast<std::uint64_t>(number.units));
    boost::hash_combine(seed, static_cast<std::uint64_t>(number.units >> 64));
    return seed;
}

bool is_opposite(Decimal a, Decimal b) { return equal(a, negated(b)); }

std::size_t hash_of_seat(const Line& line) {
    std::size_t seed = line.sku;
    boost::hash_combine(seed, line.license);
    boost::hash_combine(seed, line.user.value);
    boost::hash_combine(seed, line.email);
    boost::hash_combine(seed, line.period.begin.number);
    boost::hash_combine(seed, line.period.end.number);
    return seed;
}

bool is_same_seat(const Line& a, const Line& b) {
    return a.sku == b.sku && a.has_license == b.has_license && a.license == b.license && a.user == b.user &&
           a.email == b.email && a.period == b.period;
}

// By what lines are looked up here. A key is a line; a hash and an equality say what of it counts.
struct SeatHash {
    const BillLines* lines;
    std::size_t operator()(LineIndex i) const { return hash_of_seat((*lines)[i]); }
};
struct SeatEqual {
    const BillLines* lines;
    bool operator()(LineIndex a, LineIndex b) const { return is_same_seat((*lines)[a], (*lines)[b]); }
};

// What a charge and the line that gives it back agree in: quantity and amount without their signs.
struct ChargeHash {
    const BillLines* lines;
    std::size_t operator()(LineIndex i) const {
        const auto& line = (*lines)[i];
        auto seed = hash_of_seat(line);
        boost::hash_combine(seed, hash_of(lines->amount(line), false));
        boost::hash_combine(seed, hash_of(lines->quantity(line), false));
        return seed;
    }
};
struct ChargeEqual {
    const BillLines* lines;
    bool operator()(LineIndex i, LineIndex j) const {
        const auto &a = (*lines)[i], &b = (*lines)[j];
        const auto same = [](Decimal x, Decimal y) { return equal(x, y) || is_opposite(x, y); };
        return is_same_seat(a, b) && a.currency == b.currency && same(lines->amount(a), lines->amount(b)) &&
               same(lines->quantity(a), lines->quantity(b));
    }
};

struct WholeHash {
    const BillLines* lines;
    std::size_t operator()(LineIndex i) const {
        const auto& line = (*lines)[i];
        auto seed = ChargeHash{lines}(i);
        boost::hash_combine(seed, line.invoice);
        if (const auto price = lines->unit_price(line)) boost::hash_combine(seed, hash_of(*price, true));
        return seed;
    }
};
struct WholeEqual {
    const BillLines* lines;
    bool operator()(LineIndex i, LineIndex j) const {
        const auto &a = (*lines)[i], &b = (*lines)[j];
        const auto price = lines->unit_price(a), other = lines->unit_price(b);
        return is_same_seat(a, b) && a.invoice == b.invoice && a.currency == b.currency &&
               equal(lines->amount(a), lines->amount(b)) && equal(lines->quantity(a), lines->quantity(b)) &&
               price.has_value() == other.has_value() && (!price || equal(*price, *other));
    }
};

template <typename Hash, typename Equal>
using Lookup = boost::unordered_flat_map<LineIndex, LineIndex, Hash, Equal>;

class Linker {
 public:
    explicit Linker(BillLines& lines) : lines_(lines) {}

    void link() {
        find_corrected();
        net();
        find_equal();
    }

 private:
    static constexpr LineIndex none = ~LineIndex{0};

    void find_corrected();
    void net();
    void find_equal();
    [[nodiscard]] bool can_net(LineIndex charge, LineIndex back) const;
    void join(LineIndex a, LineIndex b) {
        for (const auto& [line, other] : {std::pair(a, b), std::pair(b, a)}) {
            lines_[line].link = Link::netted;
            lines_[line].other = other;
        }
    }

    BillLines& lines_;
};

void Linker::find_corrected() {
    if (lines_.corrections().empty()) return;
    boost::unordered_flat_map<std::uint64_t, LineIndex> by_id;
    for (const auto& correction : lines_.corrections()) by_id[correction.corrects] = none;
    by_id.erase(0);
    for (LineIndex i = 0; i < lines_.count(); ++i) {
        const auto named = by_id.find(lines_[i].id_hash);
        if (named != by_id.end() && named->second == none) named->second = i;
    }
    Lookup<SeatHash, SeatEqual> by_seat(0, SeatHash{&lines_}, SeatEqual{&lines_});
    auto correction = lines_.corrections().begin();
    for (LineIndex i = 0; i < lines_.count(); ++i) {
        if (correction != lines_.corrections().end() && correction->line == i) {
            auto other = none;
            if (const auto named = by_id.find(correction->corrects); named != by_id.end()) other = named->second;
            const auto like = by_seat.find(i);
            if (correction->corrects == 0 && like != by_seat.end()) other = like->second;
            if (other != none && other != i) {
                lines_[i].link = Link::corrects;
                lines_[i].other = other;
            }
            ++correction;
        }
        if (lines_.is_about_seats(lines_[i])) by_seat.insert_or_assign(i, i);
    }
}

bool Linker::can_net(LineIndex charge, LineIndex back) const {
    const auto& of = lines_[charge];
    return charge < back && of.link != Link::netted && lines_.is_about_seats(of) && !lines_.gives_back(of) &&
           of.sku == lines_[back].sku && of.currency == lines_[back].currency &&
           is_opposite(lines_.amount(of), lines_.amount(lines_[back])) &&
           lines_.seats(of) == lines_.seats(lines_[back]);
}

void Linker::net() {
    // Most bills give nothing back.
    LineIndex first_back = 0;
    while (first_back < lines_.count() && !lines_.gives_back(lines_[first_back])) ++first_back;
    if (first_back == lines_.count()) return;
    Lookup<ChargeHash, ChargeEqual> open(0, ChargeHash{&lines_}, ChargeEqual{&lines_});  // the newest
    std::vector<LineIndex> before(lines_.count(), none);                                 // and that before it
    for (LineIndex i = 0; i < lines_.count(); ++i) {
        const auto& line = lines_[i];
        if (!lines_.is_about_seats(line)) continue;
        if (!lines_.gives_back(line)) {
            const auto [place, is_new] = open.try_emplace(i, i);
            if (!is_new) before[i] = std::exchange(place->second, i);
            continue;
        }
        if (line.link == Link::corrects && can_net(line.other, i)) {
            join(line.other, i);
            continue;
        }
        const auto found = open.find(i);
        if (found == open.end()) continue;
        auto& newest = found->second;
        while (newest != none && !can_net(newest, i)) newest = before[newest];
        if (newest == none) continue;
        join(newest, i);
        newest = before[newest];
    }
}

void Linker::find_equal() {
    // With room for all: making more would look at each line once more.
    Lookup<WholeHash, WholeEqual> first(lines_.count(), WholeHash{&lines_}, WholeEqual{&lines_});
    for (LineIndex i = 0; i < lines_.count(); ++i) {
        auto& line = lines_[i];
        const bool counts = line.kind == LineKind::charge && line.link == Link::none && lines_.is_about_seats(line) &&
                            !lines_.gives_back(line);
        if (!counts) continue;
        const auto [place, is_new] = first.try_emplace(i, i);
        if (is_new) continue;
        line.link = Link::equal;
        line.other = place->second;
    }
}

}  // namespace

void link_lines(BillLines& lines) { Linker(lines).link(); }

}  // namespace seatledger::billing
