// The catalogue at any time.
#include "projections/catalog_history.h"

#include <kj/exception.h>

#include <memory>
#include <string>

#include "projections/put_down.h"
#include "projections/rows.capnp.h"
#include "projections/stored.h"
#include "tests/support/catch.h"
#include "tests/support/temp_dir.h"

namespace seatledger {
namespace {

using namespace testing;
using tables::key_of;
using tables::Table;

class Products {
 public:
    Products() {
        auto opened = Database::open(dir_ / "tables");
        REQUIRE(opened.has_value());
        database_ = std::move(*opened);
    }

    void put(std::uint32_t number, std::uint64_t sequence, std::int64_t effective_at, const std::string& name,
             bool retired = false) {
        capnp::MallocMessageBuilder message;
        auto row = message.initRoot<rows::Product>();
        row.setSku("sku-" + std::to_string(number));
        row.setName(name);
        row.setType("seat");
        auto features = row.initFeatures(2);
        features.set(0, "calls");
        features.set(1, name);
        row.setTerm("P1Y");
        row.getUnitPrice().setAmount(5);
        row.getUnitPrice().setCurrency("USD");
        row.setKeepsPhone(true);
        row.setRetired(retired);
        row.setEffectiveAt(effective_at);
        RowBuffer rows;
        rows.put(key_of(Table::products, number), Sequence(sequence), to_value<rows::Product>(row.asReader()));
        REQUIRE(put_down(*database_, rows, Sequence(sequence)).has_value());
    }

    [[nodiscard]] std::shared_ptr<const CatalogHistory> load(std::uint64_t at = 1'000) const {
        return CatalogHistory::load(*database_, Sequence(at));
    }

 private:
    TempDir dir_;
    std::unique_ptr<Database> database_;
};

std::string name_at(const CatalogHistory& history, std::uint32_t number, std::uint64_t sequence,
                    Instant instant = no_instant) {
    return history.at(ProductNumber(number), {Sequence(sequence), instant}).name;
}

TEST_CASE("an empty catalogue has nothing") {
    const auto history = Products().load();
    CHECK(history->products(Sequence(5)).empty());
    CHECK(history->last_effective_at(Sequence(5)) == no_instant);
    CHECK(history->find("sku-1", {Sequence(5), no_instant}) == nullptr);
    CHECK_THROWS_AS(history->at(ProductNumber(1), {}), kj::Exception);
    CHECK_THROWS_AS(history->at(ProductNumber(0), {}), kj::Exception);
}

TEST_CASE("a product is shown by its last version then, or by its first where there was none") {
    Products products;
    products.put(1, 10, 100, "first");
    products.put(2, 20, 150, "other");
    products.put(1, 30, 200, "second");
    products.put(1, 40, 200, "third", true);
    const auto history = products.load();

    CHECK(name_at(*history, 1, 9) == "first");
    CHECK(name_at(*history, 1, 10) == "first");
    CHECK(name_at(*history, 1, 29) == "first");
    CHECK(name_at(*history, 1, 30) == "second");
    CHECK(name_at(*history, 1, 40) == "third");
    CHECK(name_at(*history, 2, 1) == "other");

    // By an instant, of what was there at the sequence.
    CHECK(name_at(*history, 1, 40, {99}) == "first");
    CHECK(name_at(*history, 1, 40, {199}) == "first");
    CHECK(name_at(*history, 1, 40, {200}) == "third");
    CHECK(name_at(*history, 1, 30, {200}) == "second");

    CHECK(history->find("sku-2", {Sequence(1), no_instant})->name == "other");
    CHECK(history->find("sku-3", {Sequence(100), no_instant}) == nullptr);
}

TEST_CASE("the catalogue of a sequence has the products that there were, each as it was") {
    Products products;
    products.put(1, 10, 100, "first");
    products.put(2, 20, 150, "other");
    products.put(1, 30, 200, "second", true);
    const auto history = products.load();

    CHECK(history->products(Sequence(9)).empty());
    CHECK(history->products(Sequence(10)).size() == 1);
    CHECK(history->products(Sequence(29)).size() == 2);
    CHECK(history->products(Sequence(29))[0].offered);
    const auto now = history->products(Sequence(30));
    REQUIRE(now.size() == 2);
    CHECK(now[0].name == "second");
    CHECK_FALSE(now[0].offered);
    CHECK(now[0].number == ProductNumber(1));
    CHECK(now[0].features == std::vector<std::string>{"calls", "second"});
    CHECK(now[0].term == "P1Y");
    CHECK(now[0].unit_price == Price{Amount{5}, "USD"});
    CHECK(now[0].keeps_phone);
    CHECK(now[1].sku == "sku-2");

    CHECK(history->last_effective_at(Sequence(9)) == no_instant);
    CHECK(history->last_effective_at(Sequence(29)) == Instant{150});
    CHECK(history->last_effective_at(Sequence(30)) == Instant{200});
}

TEST_CASE("what had been defined by then is listed, each since it was so") {
    Products products;
    products.put(1, 10, 100, "first");
    products.put(2, 20, 150, "other");
    products.put(1, 30, 200, "second", true);
    const auto history = products.load();
    const auto listed = [&](CatalogTime time) {
        std::string all;
        for (const auto& [product, since] : history->list(time)) {
            all += product->name + " " + std::to_string(since.micros) + "; ";
        }
        return all;
    };
    CHECK(listed({Sequence(9)}).empty());
    CHECK(listed({Sequence(10)}) == "first 100; ");
    CHECK(listed({Sequence(30)}) == "second 200; other 150; ");
    CHECK(listed({Sequence(30), {99}}).empty());
    CHECK(listed({Sequence(30), {149}}) == "first 100; ");
    CHECK(listed({Sequence(30), {199}}) == "first 100; other 150; ");
    CHECK(listed({Sequence(29), {200}}) == "first 100; other 150; ");

    CHECK(history->has("sku-2", Sequence(20)));
    CHECK_FALSE(history->has("sku-2", Sequence(19)));
    CHECK_FALSE(history->has("sku-3", Sequence(30)));
    CHECK(history->defines("sku-2", {Sequence(20), {150}}));
    CHECK_FALSE(history->defines("sku-2", {Sequence(20), {149}}));
}

TEST_CASE("versions beyond the checkpoint are not there") {
    Products products;
    products.put(1, 10, 100, "first");
    products.put(1, 30, 200, "second");
    products.put(2, 40, 300, "other");
    const auto history = products.load(30);
    CHECK(name_at(*history, 1, 100) == "second");
    CHECK(history->find("sku-2", {Sequence(100), no_instant}) == nullptr);
}

}  // namespace
}  // namespace seatledger
