#include "codec/number.hpp"

#include <wavetank/codec/json.hpp>

#include <algorithm>
#include <vector>

namespace wavetank::codec {
namespace {

class JsonWriter {
public:
    JsonWriter(const JsonStyle& style, std::string& out) : style_{style}, out_{out} {}

    void value(const boost::json::value& value, int depth) {
        switch (value.kind()) {
            case boost::json::kind::null:
                out_ += "null";
                break;
            case boost::json::kind::bool_:
                out_ += value.get_bool() ? "true" : "false";
                break;
            case boost::json::kind::int64:
                out_ += std::to_string(value.get_int64());
                break;
            case boost::json::kind::uint64:
                out_ += std::to_string(value.get_uint64());
                break;
            case boost::json::kind::double_:
                out_ += double_text(value.get_double());
                break;
            case boost::json::kind::string:
                string(value.get_string());
                break;
            case boost::json::kind::array:
                array(value.get_array(), depth);
                break;
            case boost::json::kind::object:
                object(value.get_object(), depth);
                break;
        }
    }

private:
    void new_line(int depth) {
        if (style_.indent > 0) {
            out_ += '\n';
            out_.append(static_cast<std::size_t>(style_.indent) * static_cast<std::size_t>(depth),
                        ' ');
        }
    }

    void string(std::string_view text) {
        constexpr std::string_view digits = "0123456789abcdef";
        out_ += '"';
        for (const char letter : text) {
            const auto code = static_cast<unsigned char>(letter);
            switch (letter) {
                case '"':
                case '\\':
                    out_ += '\\';
                    out_ += letter;
                    break;
                case '\n':
                    out_ += "\\n";
                    break;
                case '\r':
                    out_ += "\\r";
                    break;
                case '\t':
                    out_ += "\\t";
                    break;
                default:
                    if (code < 0x20) {
                        out_ += "\\u00";
                        out_ += digits[code >> 4];
                        out_ += digits[code & 15];
                    } else {
                        out_ += letter;
                    }
            }
        }
        out_ += '"';
    }

    void array(const boost::json::array& array, int depth) {
        if (array.empty()) {
            out_ += "[]";
            return;
        }
        char before = '[';
        for (const boost::json::value& element : array) {
            out_ += before;
            before = ',';
            new_line(depth + 1);
            value(element, depth + 1);
        }
        new_line(depth);
        out_ += ']';
    }

    void member(const boost::json::key_value_pair& member, int depth) {
        new_line(depth + 1);
        string(member.key());
        out_ += style_.indent > 0 ? ": " : ":";
        value(member.value(), depth + 1);
    }

    void object(const boost::json::object& object, int depth) {
        if (object.empty()) {
            out_ += "{}";
            return;
        }
        std::vector<const boost::json::key_value_pair*> members;
        members.reserve(object.size());
        for (const auto& entry : object) {
            members.push_back(&entry);
        }
        if (style_.sorted_keys) {
            std::ranges::sort(members, {}, [](const auto* entry) { return entry->key(); });
        }
        char before = '{';
        for (const auto* entry : members) {
            out_ += before;
            before = ',';
            member(*entry, depth);
        }
        new_line(depth);
        out_ += '}';
    }

    const JsonStyle& style_;
    std::string& out_;
};

}  // namespace

std::string to_text(const boost::json::value& value, const JsonStyle& style) {
    std::string out;
    JsonWriter{style, out}.value(value, 0);
    return out;
}

}  // namespace wavetank::codec
