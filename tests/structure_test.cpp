// The project's own style: what may include what, where things lie, how long a file may get.
#include <algorithm>
#include <array>
#include <cctype>
#include <cstdio>
#include <filesystem>
#include <optional>
#include <regex>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "tests/support/catch.h"
#include "tests/support/source_tree.h"

namespace seatledger {
namespace {

using namespace testing;
namespace fs = std::filesystem;

// Each may include itself and what stands before it.
constexpr std::array<std::string_view, 5> layers = {"events", "engine", "projections", "server", "tools"};

const std::set<std::string> top_level = {"CMakeLists.txt", "README.md", "engine", "events",
                                         "projections",    "server",    "tests",  "tools"};

constexpr std::size_t lines_max = 500;

// Bytes that nobody reads as text.
bool is_text(const fs::path& path) { return path.extension() != ".block"; }

// Every text file below the folders of the project, relative to it. What Python leaves behind is not the project's.
std::vector<std::string> text_files() {
    std::vector<std::string> files = {"CMakeLists.txt", "README.md"};
    for (const std::string folder : {"events", "engine", "projections", "server", "tools", "tests"}) {
        for (auto at = fs::recursive_directory_iterator(source_path(folder)); at != fs::end(at); ++at) {
            if (at->path().filename() == "__pycache__") at.disable_recursion_pending();
            if (!at->is_regular_file() || !is_text(at->path())) continue;
            files.push_back(fs::relative(at->path(), SEATLEDGER_SOURCE_DIR).generic_string());
        }
    }
    std::ranges::sort(files);
    return files;
}

bool is_code(const std::string& file) {
    const auto extension = fs::path(file).extension();
    return extension == ".h" || extension == ".cpp" || extension == ".capnp";
}

std::string folder_of(std::string_view path) { return std::string(path.substr(0, path.find('/'))); }

// The place of a folder among the layers; nothing if it is none of them.
std::optional<std::size_t> layer_of(const std::string& folder) {
    const auto* found = std::ranges::find(layers, folder);
    if (found == layers.end()) return {};
    return static_cast<std::size_t>(found - layers.begin());
}

struct Include {
    std::string file;
    std::string included;  // from the root of the project
    bool is_ours = false;  // #include "…" or import "/…"; else <…>
};

std::vector<Include> includes() {
    static const std::regex line(R"re(\s*#include\s+([<"])([^>"]+)[>"].*)re");
    static const std::regex import(R"re(.*\bimport\s+"([^"]+)".*)re");
    std::vector<Include> found;
    for (const auto& file : text_files()) {
        if (!is_code(file)) continue;
        for (const auto& text : lines_of(read_source(file))) {
            std::smatch match;
            if (std::regex_match(text, match, line)) found.push_back({file, match[2], match[1] == "\""});
            if (fs::path(file).extension() != ".capnp" || !std::regex_match(text, match, import)) continue;
            const auto name = match[1].str();
            if (name.starts_with("/capnp/")) continue;
            found.push_back({file, name.starts_with('/') ? name.substr(1) : folder_of(file) + "/" + name, true});
        }
    }
    return found;
}

// Whether it stands there by itself, and not within a longer word.
bool has_word(const std::string& text, const std::string& word) {
    const auto is_letter = [](char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; };
    for (auto at = text.find(word); at != text.npos; at = text.find(word, at + 1)) {
        const auto end = at + word.size();
        if ((at == 0 || !is_letter(text[at - 1])) && (end == text.size() || !is_letter(text[end]))) return true;
    }
    return false;
}

// What git knows of the project; nothing where there is no git to ask, or no repository.
std::optional<std::set<std::string>> tracked_top_level() {
    const std::string command = "git -C '" SEATLEDGER_SOURCE_DIR "' ls-files 2>/dev/null";
    std::FILE* pipe = ::popen(command.c_str(), "r");
    if (pipe == nullptr) return {};
    std::string output;
    std::array<char, 4096> buffer;
    while (const auto size = std::fread(buffer.data(), 1, buffer.size(), pipe)) output.append(buffer.data(), size);
    if (::pclose(pipe) != 0 || output.empty()) return {};
    std::set<std::string> names;
    for (const auto& name : lines_of(output)) names.insert(folder_of(name));
    return names;
}

}  // namespace

TEST_CASE("includes go from tools to events and never back") {
    const auto all = includes();
    REQUIRE(all.size() > 100);
    for (const auto& include : all) {
        const auto from = layer_of(folder_of(include.file));
        const auto to = layer_of(folder_of(include.included));
        INFO(include.file << " includes " << include.included);
        if (!include.is_ours) {
            CHECK((!to && folder_of(include.included) != "tests"));  // ours are included with quotes
            continue;
        }
        if (from) {
            CHECK((to && *to <= *from));
        } else {
            CHECK((to || folder_of(include.included) == "tests"));
        }
    }
}

TEST_CASE("the rules include events, themselves, and nothing that could do anything but compute") {
    static const std::regex does_something(
        R"(c?stdio|.*stream|thread|mutex|atomic|future|chrono|filesystem|random|c?time|unistd\.h|boost/asio.*|rocksdb/.*)");
    for (const auto& include : includes()) {
        if (!include.file.starts_with("engine/rules/")) continue;
        INFO(include.file << " includes " << include.included);
        if (include.is_ours) {
            CHECK((include.included.starts_with("events/") || include.included.starts_with("engine/rules/")));
        } else {
            CHECK(!std::regex_match(include.included, does_something));
        }
    }
}

TEST_CASE(
    "RocksDB is known to the log, the tree and the private rows on it, to the projections' database and their "
    "benchmark "
    "only") {
    for (const auto& include : includes()) {
        if (!include.included.starts_with("rocksdb/") || include.file.starts_with("tests/")) continue;
        INFO(include.file);
        CHECK((include.file.starts_with("engine/log/rocksdb_log.") ||
               include.file.starts_with("engine/notary/tree_store.") ||
               include.file.starts_with("engine/rocksdb_check.") ||
               include.file.starts_with("engine/vault/rocksdb_private_table.") ||
               include.file.starts_with("projections/") || include.file.starts_with("tools/bench/")));
    }
}

TEST_CASE("every log runs the tests of what a log promises") {
    const auto suite = read_source("tests/engine/log_contract_test.cpp");
    std::size_t logs = 0;
    for (const auto& file : text_files()) {
        if (!file.starts_with("engine/log/") || !file.ends_with("_log.h")) continue;
        ++logs;
        INFO(file);
        CHECK(suite.find("#include \"" + file + "\"") != suite.npos);
    }
    CHECK(logs >= 2);
}

TEST_CASE("every folder at the top says what lives there") {
    for (const auto& name : top_level) {
        if (!fs::is_directory(source_path(name))) continue;
        INFO(name);
        CHECK(fs::is_regular_file(source_path(name) / "README.md"));
    }
}

TEST_CASE("at the top level lies what was agreed, and nothing else") {
    for (const auto& name : top_level) {
        INFO(name << " is missing");
        CHECK(fs::exists(source_path(name)));
    }
    const auto tracked = tracked_top_level();
    if (!tracked) {
        WARN("not checked, since git does not know this folder: that nothing else lies at the top level");
        return;
    }
    for (const auto& name : *tracked) {
        INFO(name);
        CHECK((name.starts_with('.') || top_level.contains(name)));
    }
}

TEST_CASE("no file of code is longer than 500 lines, but for those that have a reason") {
    for (const auto& file : text_files()) {
        if (!is_code(file) && !file.ends_with(".py")) continue;
        const auto lines = lines_of(read_source(file)).size();
        INFO(file << " has " << lines << " lines");
        CHECK(lines <= lines_max);
    }
}

TEST_CASE("every header begins with what it is, and is included once") {
    for (const auto& file : text_files()) {
        if (!file.ends_with(".h")) continue;
        const auto text = read_source(file);
        INFO(file);
        CHECK((text.starts_with("// ") || file == "tests/support/catch.h"));
        CHECK(text.find("#pragma once\n") != text.npos);
    }
}

TEST_CASE("nothing is left for later, and nothing names a place on somebody's machine") {
    // In pieces, so that this file passes. Three X are a currency too (ISO 4217: none), unless a comment begins so.
    using namespace std::string_literals;
    static const std::vector words = {"TO"s + "DO", "FIX"s + "ME", "HA"s + "CK", "// XX"s + "X"};
    static const std::vector places = {"/ho"s + "me/", "/ro"s + "ot/", "/Us"s + "ers/"};
    for (const auto& file : text_files()) {
        const auto text = read_source(file);
        for (const auto& word : words) {
            INFO(file << " says " << word);
            CHECK(!has_word(text, word));
        }
        for (const auto& place : places) {
            INFO(file << " says " << place);
            CHECK(text.find(place) == text.npos);
        }
    }
}

}  // namespace seatledger
