#include "tools/bills/mapping.h"

#include <algorithm>
#include <boost/json.hpp>
#include <boost/json/basic_parser_impl.hpp>
#include <cerrno>
#include <fstream>
#include <iterator>
#include <limits>
#include <set>
#include <system_error>
#include <utility>
#include <vector>

#include "events/text.h"
#include "tools/bills/bill_layout.h"
#include "tools/import_cells.h"

namespace seatledger::billing {
namespace {

constexpr std::size_t file_bytes_max = 16 << 20;

constexpr std::string_view sections[] = {"columns", "constants", "kinds", "skus"};

constexpr std::pair<std::string_view, LineKind> kind_names[] = {{"charge", LineKind::charge},
                                                                {"correction", LineKind::correction},
                                                                {"credit", LineKind::credit},
                                                                {"tax", LineKind::tax},
                                                                {"other", LineKind::other}};

template <typename Names>
std::string listed(const Names& names) {
    std::string list;
    for (const auto& name : names) list.append(list.empty() ? "" : ", ").append(name);
    return list;
}

// Puts what Boost.JSON's parser finds into a mapping. Its own tree would keep the last of two equal keys in silence.
class Builder {
 public:
    using error_code = boost::json::error_code;
    using string_view = boost::json::string_view;

    static constexpr std::size_t max_object_size = std::numeric_limits<std::size_t>::max();
    static constexpr std::size_t max_array_size = max_object_size;
    static constexpr std::size_t max_key_size = max_object_size;
    static constexpr std::size_t max_string_size = max_object_size;

    explicit Builder(Mapping& mapping, std::string& problem) : mapping_(mapping), problem_(problem) {}

    bool on_document_begin(error_code&) { return true; }
    bool on_document_end(error_code&) { return true; }
    bool on_object_begin(error_code& error) { return ++depth_ <= 2 || fail(error, "has one object too many"); }
    bool on_object_end(std::size_t, error_code&) {
        --depth_;
        return true;
    }
    bool on_array_begin(error_code& error) { return no_value(error); }
    bool on_array_end(std::size_t, error_code&) { return true; }
    bool on_key_part(string_view part, std::size_t, error_code&) { return extend(part); }
    bool on_key(string_view part, std::size_t, error_code& error) {
        extend(part);
        auto name = fold_blanks(std::exchange(text_, {}));
        if (depth_ == 2) {
            name_ = std::move(name);
            return true;
        }
        section_ = std::move(name);
        if (std::ranges::find(sections, section_) == std::end(sections)) {
            return fail(error, "is not known: there are " + listed(sections), section_);
        }
        if (!seen_.emplace(section_).second) return fail(error, "stands there twice", section_);
        return true;
    }
    bool on_string_part(string_view part, std::size_t, error_code&) { return extend(part); }
    bool on_string(string_view part, std::size_t, error_code& error) {
        extend(part);
        if (depth_ != 2) return no_value(error);
        return add(fold_blanks(std::exchange(text_, {})), error);
    }
    bool on_number_part(string_view, error_code&) { return true; }
    bool on_int64(std::int64_t, string_view, error_code& error) { return no_value(error); }
    bool on_uint64(std::uint64_t, string_view, error_code& error) { return no_value(error); }
    bool on_double(double, string_view, error_code& error) { return no_value(error); }
    bool on_bool(bool, error_code& error) { return no_value(error); }
    bool on_null(error_code& error) { return no_value(error); }
    bool on_comment_part(string_view, error_code&) { return true; }
    bool on_comment(string_view, error_code&) { return true; }

 private:
    bool extend(string_view part) {
        text_.append(part.data(), part.size());
        return true;
    }

    bool fail(error_code& error, const std::string& problem, const std::string& subject = {}) {
        problem_ = subject.empty() ? problem : '"' + subject + "\" " + problem;
        error = boost::json::error::syntax;
        return false;
    }

    bool no_value(error_code& error) {
        if (depth_ == 0) return fail(error, "is not a mapping: it has to be an object with " + listed(sections));
        if (depth_ == 1) return fail(error, "has to be an object", section_);
        return fail(error, "has to be a text", section_ + "." + name_);
    }

    bool add(std::string value, error_code& error) {
        const auto subject = section_ + "." + name_;
        // A kind may be that of an empty cell.
        const bool is_nameless = name_.empty() && section_ != "kinds";
        if (is_nameless || value.empty()) return fail(error, "is empty: name it", subject);
        bool is_new = false;
        if (section_ == "kinds") {
            const auto kind = kind_named(value);
            if (!kind) {
                return fail(error, "is \"" + value + "\": it has to be one of charge, correction, credit, tax, other",
                            subject);
            }
            is_new = mapping_.kinds.emplace(fold_case(name_), *kind).second;
        } else if (section_ == "skus") {
            is_new = mapping_.skus.emplace(name_, std::move(value)).second;
        } else {
            if (!part_named(name_)) {
                return fail(error, "is not known: there are " + listed(part_names()), subject);
            }
            auto& to = section_ == "columns" ? mapping_.columns : mapping_.constants;
            is_new = to.emplace(name_, std::move(value)).second;
            if (mapping_.columns.contains(name_) && mapping_.constants.contains(name_)) {
                return fail(error, "is both a column and a constant: leave one out", name_);
            }
        }
        return is_new || fail(error, "stands there twice", subject);
    }

    Mapping& mapping_;
    std::string& problem_;
    std::size_t depth_ = 0;
    std::string text_;     // of a key or value that came in parts
    std::string section_;  // being read
    std::string name_;     // … and in it
    std::set<std::string> seen_;
};

}  // namespace

std::optional<LineKind> kind_named(std::string_view name) {
    const auto folded = fold_case(name);
    const auto* found = std::ranges::find(kind_names, folded, [](const auto& known) { return known.first; });
    if (found == std::end(kind_names)) return {};
    return found->second;
}

std::expected<Mapping, FileError> parse_mapping(std::string_view json, const std::string& file) {
    Mapping mapping;
    std::string problem;
    boost::json::basic_parser<Builder> parser({}, mapping, problem);
    boost::json::error_code error;
    const auto parsed = parser.write_some(false, json.data(), json.size(), error);
    if (error && problem.empty()) {
        problem = error == boost::json::error::incomplete
                      ? "is not JSON: it ends too early"
                      : "is not JSON: " + error.message() + " at byte " + std::to_string(parsed + 1);
    } else if (!error && parsed < json.size()) {
        problem = "has more behind its object, from byte " + std::to_string(parsed + 1);
    }
    if (problem.empty()) return mapping;
    const auto line = std::ranges::count(json.substr(0, parsed), '\n') + 1;
    return std::unexpected(FileError{file, static_cast<std::size_t>(line), std::move(problem)});
}

std::string to_json(const Mapping& mapping, std::optional<std::string_view> of_sku) {
    boost::json::object columns, constants, kinds, skus;
    for (const auto& [part, column] : mapping.columns) columns[part] = column;
    for (const auto& [part, constant] : mapping.constants) constants[part] = constant;
    for (const auto& [word, kind] : mapping.kinds) {
        const auto* known = std::ranges::find(kind_names, kind, [](const auto& named) { return named.second; });
        kinds[word] = boost::json::string_view(known->first);
    }
    for (const auto& [name, sku] : mapping.skus) {
        if (!of_sku || sku == *of_sku) skus[name] = sku;
    }
    boost::json::object sections;
    if (!columns.empty()) sections["columns"] = std::move(columns);
    if (!constants.empty()) sections["constants"] = std::move(constants);
    if (!kinds.empty()) sections["kinds"] = std::move(kinds);
    if (!skus.empty()) sections["skus"] = std::move(skus);
    return boost::json::serialize(sections);
}

std::expected<Mapping, FileError> read_mapping_file(const std::string& path) {
    errno = 0;
    std::ifstream stream(path, std::ios::binary);
    std::string json(file_bytes_max + 1, '\0');
    stream.read(json.data(), static_cast<std::streamsize>(json.size()));
    json.resize(static_cast<std::size_t>(stream.gcount()));
    if (json.size() > file_bytes_max) return std::unexpected(FileError{path, 0, "is too large for a mapping"});
    if (!stream.eof()) {
        return std::unexpected(FileError{path, 0, "cannot be read: " + std::generic_category().message(errno)});
    }
    return parse_mapping(json, path);
}

}  // namespace seatledger::billing
