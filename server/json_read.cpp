#include <capnp/dynamic.h>
#include <kj/debug.h>

#include <bitset>
#include <boost/json/basic_parser_impl.hpp>
#include <cstdint>
#include <limits>
#include <vector>

#include "events/instant.h"
#include "events/money.h"
#include "events/text.h"
#include "server/json.h"
#include "server/shape.h"

namespace seatledger {
namespace {

// What Boost.JSON's own tree would lose: keys that stand twice, and the order of all of them.
struct Node {
    enum class Kind : std::uint8_t { null, no, yes, negative, natural, fraction, text, list, object };

    Kind kind = Kind::null;
    std::uint64_t number = 0;  // of negative ones: the bits of an int64
    std::size_t key_at = 0;    // in the tree's text; of an object's member
    std::size_t key_size = 0;
    std::size_t text_at = 0;
    std::size_t text_size = 0;
    std::size_t children = 0;  // of lists and objects; they follow, each with its own children behind it
    std::size_t end = 0;       // the node after the last of them
};

struct Tree {
    std::vector<Node> nodes;  // the document is the first
    std::string text;

    [[nodiscard]] std::string_view key(const Node& node) const { return {&text[node.key_at], node.key_size}; }
    [[nodiscard]] std::string_view value(const Node& node) const { return {&text[node.text_at], node.text_size}; }
};

// Fills a tree with what Boost.JSON's parser finds. The parser gives keys and texts in parts.
class TreeBuilder {
 public:
    using error_code = boost::json::error_code;
    using string_view = boost::json::string_view;

    static constexpr std::size_t max_object_size = std::numeric_limits<std::size_t>::max();
    static constexpr std::size_t max_array_size = max_object_size;
    static constexpr std::size_t max_key_size = max_object_size;
    static constexpr std::size_t max_string_size = max_object_size;

    explicit TreeBuilder(Tree& tree) : tree_(tree) {}

    bool on_document_begin(error_code&) { return true; }
    bool on_document_end(error_code&) { return true; }
    bool on_object_begin(error_code&) { return open(Node::Kind::object); }
    bool on_object_end(std::size_t count, error_code&) { return close(count); }
    bool on_array_begin(error_code&) { return open(Node::Kind::list); }
    bool on_array_end(std::size_t count, error_code&) { return close(count); }
    bool on_key_part(string_view part, std::size_t, error_code&) { return extend(part); }
    bool on_key(string_view part, std::size_t, error_code&) {
        extend(part);
        next_.key_at = text_begin_;
        next_.key_size = tree_.text.size() - text_begin_;
        text_begin_ = tree_.text.size();
        return true;
    }
    bool on_string_part(string_view part, std::size_t, error_code&) { return extend(part); }
    bool on_string(string_view part, std::size_t, error_code&) {
        extend(part);
        next_.text_at = text_begin_;
        next_.text_size = tree_.text.size() - text_begin_;
        text_begin_ = tree_.text.size();
        return add(Node::Kind::text);
    }
    bool on_number_part(string_view, error_code&) { return true; }
    bool on_int64(std::int64_t number, string_view, error_code&) {
        return add(number < 0 ? Node::Kind::negative : Node::Kind::natural, static_cast<std::uint64_t>(number));
    }
    bool on_uint64(std::uint64_t number, string_view, error_code&) { return add(Node::Kind::natural, number); }
    bool on_double(double, string_view, error_code&) { return add(Node::Kind::fraction); }
    bool on_bool(bool value, error_code&) { return add(value ? Node::Kind::yes : Node::Kind::no); }
    bool on_null(error_code&) { return add(Node::Kind::null); }
    bool on_comment_part(string_view, error_code&) { return true; }
    bool on_comment(string_view, error_code&) { return true; }

 private:
    bool extend(string_view part) {
        tree_.text.append(part.data(), part.size());
        return true;
    }

    bool add(Node::Kind kind, std::uint64_t number = 0) {
        next_.kind = kind;
        next_.number = number;
        next_.end = tree_.nodes.size() + 1;
        tree_.nodes.push_back(next_);
        next_ = Node();
        return true;
    }

    bool open(Node::Kind kind) {
        open_.push_back(tree_.nodes.size());
        return add(kind);
    }

    bool close(std::size_t count) {
        auto& node = tree_.nodes[open_.back()];
        node.children = count;
        node.end = tree_.nodes.size();
        open_.pop_back();
        return true;
    }

    Tree& tree_;
    Node next_;
    std::size_t text_begin_ = 0;
    std::vector<std::size_t> open_;
};

std::expected<Tree, std::string> parse(std::string_view json) {
    Tree tree;
    tree.text.reserve(json.size() + 1);
    boost::json::parse_options options;
    options.max_depth = json_depth_max;
    boost::json::basic_parser<TreeBuilder> parser(options, tree);
    boost::json::error_code error;
    const auto parsed = parser.write_some(false, json.data(), json.size(), error);
    if (error == boost::json::error::too_deep) {
        return std::unexpected("nested deeper than " + std::to_string(json_depth_max) + " levels");
    }
    if (error == boost::json::error::incomplete) return std::unexpected("not JSON: it ends too early");
    if (error) return std::unexpected("not JSON: " + error.message() + " at byte " + std::to_string(parsed + 1));
    if (parsed < json.size()) {
        return std::unexpected("there is more behind the object, from byte " + std::to_string(parsed + 1));
    }
    return tree;
}

// Where in the document the reader is. On the stack: spelled out only for an error.
struct Path {
    static constexpr auto no_index = std::numeric_limits<std::size_t>::max();

    const Path* parent = nullptr;
    std::string_view name;
    std::size_t index = no_index;

    [[nodiscard]] std::string text() const {
        if (parent == nullptr) return {};
        auto path = parent->text();
        if (index != no_index) return path + '[' + std::to_string(index) + ']';
        if (!path.empty()) path += '.';
        return path + std::string(name);
    }
};

constexpr std::size_t quoted_bytes_max = 80;

// What somebody wrote, short enough for an error.
std::string quoted(std::string_view text) {
    std::string result;
    if (text.size() <= quoted_bytes_max) {
        write_text(text, result);
        return result;
    }
    auto end = quoted_bytes_max;
    while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
    write_text(std::string(text.substr(0, end)) + "…", result);
    return result;
}

std::string described(const Node& node) {
    switch (node.kind) {
        case Node::Kind::null: return "null";
        case Node::Kind::no: return "false";
        case Node::Kind::yes: return "true";
        case Node::Kind::negative: return std::to_string(static_cast<std::int64_t>(node.number));
        case Node::Kind::natural: return std::to_string(node.number);
        case Node::Kind::fraction: return "a number with a fraction, an exponent or too many digits";
        case Node::Kind::text: return "text";
        case Node::Kind::list: return "a list";
        case Node::Kind::object: return "an object";
    }
    KJ_UNREACHABLE;
}

std::string unquoted(std::string_view name) {
    const auto text = quoted(name);
    return text.substr(1, text.size() - 2);
}

// Walks the tree and fills messages. Every function says whether all was well; if not, error() says why.
class Reader {
 public:
    explicit Reader(const Tree& tree) : tree_(tree) {}

    bool read_command(capnp::DynamicStruct::Builder command, const Shape& shape);
    [[nodiscard]] std::string error() && { return std::move(error_); }

 private:
    using Struct = capnp::DynamicStruct::Builder;

    bool read_struct(const Node& node, Struct into, const Shape& shape, const Path& path);
    bool read_field(const Node& node, Struct into, const FieldShape& field, const Path& path);
    bool read_list(const Node& node, capnp::DynamicList::Builder into, const ValueShape& element, const Path& path);
    bool read_money(const Node& node, Struct into, const Shape& shape, const Path& path);
    template <typename Set>
    bool read_scalar(const Node& node, const ValueShape& value, const Path& path, const Set& set);
    bool read_number(const Node& node, const ValueShape& value, const Path& path, std::uint64_t& number);
    bool read_signed_number(const Node& node, const ValueShape& value, const Path& path, std::int64_t& number);

    // Calls `each` with every member of an object and its key, once for a key.
    template <typename Each>
    bool for_members(const Node& object, const Shape& shape, const Path& path, const Each& each);

    bool fail(const Path& path, std::string_view what) {
        error_ = path.text();
        if (!error_.empty()) error_ += ": ";
        error_ += what;
        return false;
    }
    bool fail_type(const Node& node, const Path& path, std::string_view expected) {
        return fail(path, "expected " + std::string(expected) + ", got " + described(node));
    }
    bool fail_unknown(const Shape& shape, const Path& path);

    const Tree& tree_;
    std::string error_;
};

std::string listed(const Shape& shape, bool alternatives) {
    std::string names;
    for (const auto& field : shape.fields) {
        if (field.alternative != alternatives || field.value.meaning == Meaning::nothing) continue;
        if (!names.empty()) names += ", ";
        names += field.name;
    }
    return names.empty() ? "none" : names;
}

bool Reader::fail_unknown(const Shape& shape, const Path& path) {
    if (!shape.has_union) return fail(path, "there is no such field; there are " + listed(shape, false));
    return fail(path, "there is no such field or command; there are " + listed(shape, false) + " and the commands " +
                          listed(shape, true));
}

template <typename Each>
bool Reader::for_members(const Node& object, const Shape& shape, const Path& path, const Each& each) {
    constexpr std::size_t fields_max = 256;
    KJ_REQUIRE(shape.fields.size() <= fields_max, "a struct has more fields than expected", shape.fields.size());
    std::bitset<fields_max> seen;
    const Node* member = &object + 1;
    for (std::size_t i = 0; i < object.children; ++i, member = tree_.nodes.data() + member->end) {
        const auto key = tree_.key(*member);
        const auto* field = shape.find(key);
        if (field == nullptr || field->value.meaning == Meaning::nothing) {
            const auto shown = unquoted(key);
            return fail_unknown(shape, {&path, shown});
        }
        const Path here{&path, field->name};
        const auto number = static_cast<std::size_t>(field - shape.fields.data());
        if (seen[number]) return fail(here, "stands there twice");
        seen.set(number);
        if (!each(*member, *field, here)) return false;
    }
    return true;
}

bool Reader::read_command(Struct command, const Shape& shape) {
    const Path root;
    const auto& document = tree_.nodes.front();
    if (document.kind != Node::Kind::object) return fail_type(document, root, "an object with one command");
    const FieldShape* found = nullptr;
    const auto read = [&](const Node& node, const FieldShape& field, const Path& path) {
        if (!field.alternative) return read_field(node, command, field, path);
        if (found != nullptr) {
            return fail(root, "two commands, " + found->name + " and " + field.name + "; an object holds one");
        }
        found = &field;
        if (node.kind != Node::Kind::object) return fail_type(node, path, "an object");
        return read_field(node, command, field, path);
    };
    if (!for_members(document, shape, root, read)) return false;
    if (found == nullptr) return fail(root, "no command; there are " + listed(shape, true));
    return true;
}

bool Reader::read_struct(const Node& node, Struct into, const Shape& shape, const Path& path) {
    if (node.kind != Node::Kind::object) return fail_type(node, path, "an object");
    return for_members(node, shape, path, [&](const Node& member, const FieldShape& field, const Path& here) {
        return read_field(member, into, field, here);
    });
}

bool Reader::read_field(const Node& node, Struct into, const FieldShape& field, const Path& path) {
    if (node.kind == Node::Kind::null) return true;
    const auto at = field.field;
    switch (field.value.meaning) {
        case Meaning::object:
            if (node.kind != Node::Kind::object) return fail_type(node, path, "an object");
            return read_struct(node, into.init(at).as<capnp::DynamicStruct>(), *field.value.object, path);
        case Meaning::money:
            return read_money(node, into.init(at).as<capnp::DynamicStruct>(), *field.value.object, path);
        case Meaning::list:
            if (node.kind != Node::Kind::list) return fail_type(node, path, "a list");
            return read_list(node, into.init(at, static_cast<unsigned>(node.children)).as<capnp::DynamicList>(),
                             *field.value.element, path);
        default: return read_scalar(node, field.value, path, [&](const auto& value) { into.set(at, value); });
    }
}

bool Reader::read_list(const Node& node, capnp::DynamicList::Builder into, const ValueShape& element,
                       const Path& path) {
    const Node* child = &node + 1;
    for (unsigned i = 0; i < into.size(); ++i, child = tree_.nodes.data() + child->end) {
        const Path here{&path, {}, i};
        bool is_well = false;
        if (element.meaning == Meaning::object) {
            is_well = read_struct(*child, into[i].as<capnp::DynamicStruct>(), *element.object, here);
        } else if (element.meaning == Meaning::money) {
            is_well = read_money(*child, into[i].as<capnp::DynamicStruct>(), *element.object, here);
        } else {
            is_well = read_scalar(*child, element, here, [&](const auto& value) { into.set(i, value); });
        }
        if (!is_well) return false;
    }
    return true;
}

bool Reader::read_money(const Node& node, Struct into, const Shape& shape, const Path& path) {
    constexpr std::string_view example = R"({"amount":"100.00","currency":"USD"})";
    if (node.kind != Node::Kind::object) return fail_type(node, path, "an object like " + std::string(example));
    auto money = into.as<schema::Money>();
    bool has_amount = false;
    bool has_currency = false;
    const auto read = [&](const Node& member, const FieldShape& field, const Path& here) {
        if (field.value.meaning == Meaning::text) {
            has_currency = member.kind != Node::Kind::null;
            return read_field(member, into, field, here);
        }
        if (member.kind == Node::Kind::null) return true;
        has_amount = true;
        if (member.kind == Node::Kind::negative || member.kind == Node::Kind::natural ||
            member.kind == Node::Kind::fraction) {
            return fail(here, R"(write the amount as text, like "100.00", so that nothing is rounded)");
        }
        if (member.kind != Node::Kind::text) return fail_type(member, here, R"(an amount as text, like "100.00")");
        const auto amount = parse_amount(tree_.value(member));
        if (!amount) {
            return fail(here, quoted(tree_.value(member)) +
                                  R"( is no amount; write it like "100.00", below 9223372036854 and with at most 6 )"
                                  "decimals");
        }
        money.setAmount(amount->millionths);
        return true;
    };
    if (!for_members(node, shape, path, read)) return false;
    if (!has_amount) return fail(path, "the amount is missing; write it like " + std::string(example));
    if (!has_currency) return fail(path, "the currency is missing; write it like " + std::string(example));
    return true;
}

template <typename Set>
bool Reader::read_scalar(const Node& node, const ValueShape& value, const Path& path, const Set& set) {
    switch (value.meaning) {
        case Meaning::truth:
            if (node.kind != Node::Kind::yes && node.kind != Node::Kind::no) {
                return fail_type(node, path, "true or false");
            }
            set(node.kind == Node::Kind::yes);
            return true;
        case Meaning::text:
            if (node.kind != Node::Kind::text) return fail_type(node, path, "text");
            set(text(tree_.value(node)));
            return true;
        case Meaning::instant: {
            constexpr std::string_view example = "2020-09-07T12:00:00Z";
            if (node.kind != Node::Kind::text) return fail_type(node, path, "an instant like " + std::string(example));
            const auto instant = parse_rfc3339(tree_.value(node));
            if (!instant) {
                return fail(path, quoted(tree_.value(node)) + " is no instant; write it like " + std::string(example));
            }
            set(instant->micros);
            return true;
        }
        case Meaning::number:
        case Meaning::optional_number: {
            std::uint64_t number = 0;
            if (!read_number(node, value, path, number)) return false;
            set(number);
            return true;
        }
        case Meaning::signed_number: {
            std::int64_t number = 0;
            if (!read_signed_number(node, value, path, number)) return false;
            set(number);
            return true;
        }
        default: KJ_FAIL_REQUIRE("commands have no such field", path.text(), static_cast<int>(value.meaning));
    }
}

bool Reader::read_number(const Node& node, const ValueShape& value, const Path& path, std::uint64_t& number) {
    const auto max = std::numeric_limits<std::uint64_t>::max() >> (64 - value.bits);
    const std::uint64_t min = value.meaning == Meaning::optional_number ? 1 : 0;
    number = node.number;
    if (node.kind == Node::Kind::natural && number >= min && number <= max) return true;
    return fail_type(node, path, "a whole number from " + std::to_string(min) + " to " + std::to_string(max));
}

bool Reader::read_signed_number(const Node& node, const ValueShape& value, const Path& path, std::int64_t& number) {
    const auto max = std::numeric_limits<std::int64_t>::max() >> (64 - value.bits);
    const auto min = -max - 1;
    number = static_cast<std::int64_t>(node.number);
    const bool is_whole = node.kind == Node::Kind::negative || (node.kind == Node::Kind::natural && number >= 0);
    if (is_whole && number >= min && number <= max) return true;
    return fail_type(node, path, "a whole number from " + std::to_string(min) + " to " + std::to_string(max));
}

}  // namespace

std::expected<void, std::string> read_command(std::string_view json, schema::Command::Builder command) {
    static const Shape& shape = shape_of(capnp::Schema::from<schema::Command>());
    const auto tree = parse(json);
    if (!tree) return std::unexpected(tree.error());
    Reader reader(*tree);
    if (!reader.read_command(command, shape)) return std::unexpected(std::move(reader).error());
    return {};
}

}  // namespace seatledger
