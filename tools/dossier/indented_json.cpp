#include "tools/dossier/indented_json.h"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include <string_view>

#include "server/json.h"

namespace seatledger {
namespace {

namespace json = boost::json;

void put(const json::value& value, std::size_t level, std::string& out);

// Items between brackets, each on a line of its own; `put_item(item)`.
template <typename List, typename PutItem>
void put_list(const List& list, char open, char close, std::size_t level, std::string& out, PutItem put_item) {
    out += open;
    bool is_first = true;
    for (const auto& item : list) {
        if (!is_first) out += ',';
        is_first = false;
        out += '\n';
        out.append(2 * (level + 1), ' ');
        put_item(item);
    }
    if (!is_first) {
        out += '\n';
        out.append(2 * level, ' ');
    }
    out += close;
}

void put_text(json::string_view text, std::string& out) { write_text(std::string_view(text.data(), text.size()), out); }

void put(const json::value& value, std::size_t level, std::string& out) {
    if (const auto* object = value.if_object()) {
        put_list(*object, '{', '}', level, out, [&](const auto& member) {
            put_text(member.key(), out);
            out += ": ";
            put(member.value(), level + 1, out);
        });
    } else if (const auto* array = value.if_array()) {
        put_list(*array, '[', ']', level, out, [&](const auto& item) { put(item, level + 1, out); });
    } else if (const auto* text = value.if_string()) {
        put_text({text->data(), text->size()}, out);
    } else {
        out += json::serialize(value);
    }
}

}  // namespace

std::string to_indented_json(const json::value& value) {
    std::string out;
    put(value, 0, out);
    out += '\n';
    return out;
}

}  // namespace seatledger
