#include "tools/line_reader.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <fstream>
#include <string>
#include <vector>

#include "tests/support/catch.h"
#include "tests/support/temp_dir.h"

namespace seatledger {
namespace {

using Next = LineReader::Next;

class Pipe {
 public:
    Pipe() { REQUIRE(pipe(ends_) == 0); }
    Pipe(const Pipe&) = delete;
    Pipe& operator=(const Pipe&) = delete;
    ~Pipe() {
        close(ends_[0]);
        finish();
    }

    void write(std::string_view text) {
        REQUIRE(::write(ends_[1], text.data(), text.size()) == static_cast<ssize_t>(text.size()));
    }
    void finish() {
        if (ends_[1] >= 0) close(ends_[1]);
        ends_[1] = -1;
    }
    [[nodiscard]] int fd() const { return ends_[0]; }

 private:
    int ends_[2]{};
};

// All lines of a text; "!" for one that is too long.
std::vector<std::string> lines_of(std::string_view text, std::size_t bytes_max) {
    Pipe pipe;
    pipe.write(text);
    pipe.finish();
    LineReader reader(pipe.fd(), bytes_max);
    std::vector<std::string> lines;
    for (;;) {
        std::string_view line;
        const auto next = reader.next(line);
        if (next == Next::end) return lines;
        REQUIRE((next == Next::line || next == Next::too_long));
        lines.emplace_back(next == Next::line ? line : "!");
        CHECK(reader.line_number() == lines.size());
    }
}

using Lines = std::vector<std::string>;

TEST_CASE("lines end with LF or CRLF, the last one with the file") {
    CHECK(lines_of("", 10).empty());
    CHECK(lines_of("a", 10) == Lines{"a"});
    CHECK(lines_of("a\n", 10) == Lines{"a"});
    CHECK(lines_of("a\r\nb\n\nc", 10) == Lines{"a", "b", "", "c"});
    CHECK(lines_of("\n", 10) == Lines{""});
}

TEST_CASE("a line over the limit is passed over whole, and the next ones are read") {
    CHECK(lines_of("1234567890\n12345678901\nc\n", 10) == Lines{"1234567890", "!", "c"});
    CHECK(lines_of("12345678901", 10) == Lines{"!"});
    const std::string very_long(60'000, 'x');
    CHECK(lines_of(very_long + "\nc", 10) == Lines{"!", "c"});
    CHECK(lines_of("a\n" + very_long, 10) == Lines{"a", "!"});
}

TEST_CASE("a line over the limit that comes in pieces is one line") {
    Pipe pipe;
    LineReader reader(pipe.fd(), 10);
    std::string_view line;
    for (int piece = 0; piece < 5; ++piece) {
        pipe.write(std::string(8, 'x'));
        CHECK(reader.next(line) == Next::later);
    }
    pipe.write("\nshort\n");
    CHECK(reader.next(line) == Next::too_long);
    CHECK(reader.next(line) == Next::line);
    CHECK(line == "short");
    CHECK(reader.line_number() == 2);
}

TEST_CASE("it does not wait for what is not there yet") {
    Pipe pipe;
    LineReader reader(pipe.fd(), 100);
    std::string_view line;
    CHECK(reader.next(line) == Next::later);
    pipe.write("one\ntwo\nthr");
    CHECK(reader.next(line) == Next::line);
    CHECK(line == "one");
    CHECK(reader.next(line) == Next::line);
    CHECK(line == "two");
    CHECK(reader.next(line) == Next::later);
    pipe.write("ee\n");
    CHECK(reader.next(line) == Next::line);
    CHECK(line == "three");
    pipe.finish();
    CHECK(reader.next(line) == Next::end);
    CHECK(reader.next(line) == Next::end);
}

TEST_CASE("a file of many lines comes whole") {
    const testing::TempDir directory;
    const auto path = (directory / "lines").string();
    {
        std::ofstream file(path);
        for (int i = 0; i < 50'000; ++i) file << "line " << i << '\n';
    }
    const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC);
    LineReader reader(fd, 100);
    std::string_view line;
    int count = 0;
    bool is_right = true;
    while (reader.next(line) == Next::line) is_right = line == "line " + std::to_string(count++) && is_right;
    CHECK(count == 50'000);
    CHECK(is_right);
    close(fd);
}

TEST_CASE("what cannot be read fails") {
    std::string_view line;
    const testing::TempDir directory;
    const int fd = open(directory.path().c_str(), O_RDONLY | O_CLOEXEC);
    LineReader of_directory(fd, 100);
    CHECK(of_directory.next(line) == Next::failed);
    CHECK(errno == EISDIR);
    close(fd);
}

}  // namespace
}  // namespace seatledger
