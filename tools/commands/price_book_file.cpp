#include "tools/commands/price_book_file.h"

#include "engine/files.h"

namespace seatledger {

std::expected<billing::PriceBook, Problem> read_price_book(const std::string& file) {
    if (file.empty()) return billing::PriceBook();
    const auto read = read_file(file);
    if (!read) return std::unexpected(Problem(read.error()));
    if (!*read) return std::unexpected(Problem("there is no file " + file));
    auto book = billing::parse_price_book(**read);
    if (!book) return std::unexpected(Problem(file + ": " + book.error()));
    return std::move(*book);
}

void add_price_book_option(CLI::App& command, std::string& file) {
    command
        .add_option("--price-book", file,
                    "How the vendor counts and rounds, JSON: {\"rounding\":\"round-once\" or \"unit-then-quantity\" or "
                    "\"daily-2dp\" or \"daily-3dp\",\"end\":\"exclusive\" or \"inclusive\"} (default: the first of "
                    "each)")
        ->type_name("FILE");
}

}  // namespace seatledger
