#include "codec/number.hpp"
#include "codec/utf8.hpp"
#include "codec/yaml_style.hpp"

#include <wavetank/base/ascii.hpp>
#include <wavetank/codec/yaml.hpp>

#include <algorithm>
#include <vector>

namespace wavetank::codec {
namespace {

// Bytes beyond ASCII count as letters, which they nearly always are in keys.
bool is_letter(char letter) {
    const auto lower = static_cast<unsigned char>(letter | 0x20);
    return (lower >= 'a' && lower <= 'z') || static_cast<unsigned char>(letter) >= 0x80;
}

std::string_view digits_from(std::string_view text, std::size_t at) {
    std::size_t end = at;
    while (end < text.size() && is_digit(text[end])) {
        ++end;
    }
    return text.substr(at, end - at);
}

class YamlWriter {
public:
    std::string run(const boost::json::value& value) && {
        if (is_block(value)) {
            block(value, 0, Line::Fresh);
        } else {
            scalar(value, 0);
            out_ += '\n';
        }
        return std::move(out_);
    }

private:
    // Whether the line has its indentation already, as after "- ".
    enum class Line { Fresh, Started };

    static constexpr int indent_step = 2;

    static bool is_block(const boost::json::value& value) {
        return (value.is_object() && !value.get_object().empty()) ||
               (value.is_array() && !value.get_array().empty());
    }

    void indent(int column) {
        out_.append(static_cast<std::size_t>(column), ' ');
    }

    void block(const boost::json::value& value, int column, Line line) {
        if (value.is_object()) {
            mapping(value.get_object(), column, line);
        } else {
            sequence(value.get_array(), column, line);
        }
    }

    void mapping(const boost::json::object& object, int column, Line line) {
        std::vector<const boost::json::key_value_pair*> members;
        members.reserve(object.size());
        for (const auto& entry : object) {
            members.push_back(&entry);
        }
        std::ranges::sort(members, yaml_key_less,
                          [](const auto* entry) { return std::string_view{entry->key()}; });
        for (const auto* entry : members) {
            indent(line == Line::Fresh ? column : 0);
            line = Line::Fresh;
            key(entry->key(), column);
            member(entry->value(), column);
        }
    }

    // Readers look for the colon of a plain key within 1024 characters; longer keys say what they
    // are.
    void key(std::string_view name, int column) {
        constexpr std::size_t plain_max = 1000;
        const std::string shown = one_line(name, YamlRole::Key);
        if (shown.size() <= plain_max) {
            out_ += shown;
        } else {
            out_ += "? " + shown + '\n';
            indent(column);
        }
        out_ += ':';
    }

    void member(const boost::json::value& value, int column) {
        if (is_block(value)) {
            out_ += '\n';
            block(value, value.is_array() ? column : column + indent_step, Line::Fresh);
            return;
        }
        out_ += ' ';
        scalar(value, column + indent_step);
        out_ += '\n';
    }

    void sequence(const boost::json::array& array, int column, Line line) {
        for (const boost::json::value& element : array) {
            indent(line == Line::Fresh ? column : 0);
            line = Line::Fresh;
            out_ += "- ";
            if (is_block(element)) {
                block(element, column + indent_step, Line::Started);
            } else {
                scalar(element, column + indent_step);
                out_ += '\n';
            }
        }
    }

    static std::string one_line(std::string_view text, YamlRole role) {
        switch (style_of(text, role)) {
            case YamlStyle::Plain:
                return std::string{text};
            case YamlStyle::SingleQuoted:
                return single_quoted(text);
            case YamlStyle::DoubleQuoted:
            case YamlStyle::Literal:
                break;
        }
        return double_quoted(text);
    }

    // Writes what fits after a key, without the line break; a literal block is indented to
    // `column`.
    void scalar(const boost::json::value& value, int column) {
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
                out_ += double_text(value.get_double()) == "null"
                            ? "null"
                            : general_text(value.get_double());
                break;
            case boost::json::kind::string:
                text(value.get_string(), column);
                break;
            case boost::json::kind::array:
                out_ += "[]";
                break;
            case boost::json::kind::object:
                out_ += "{}";
                break;
        }
    }

    void text(std::string_view value, int column) {
        if (style_of(value, YamlRole::Value) != YamlStyle::Literal) {
            out_ += one_line(value, YamlRole::Value);
            return;
        }
        out_ += '|';
        if (value.starts_with(' ') || value.starts_with('\n')) {
            out_ += std::to_string(indent_step);
        }
        if (!value.ends_with('\n')) {
            out_ += '-';
        } else if (value == "\n" || value.ends_with("\n\n")) {
            out_ += '+';
        }
        literal_lines(value, std::max(column, indent_step));
    }

    // The last line's break is the caller's.
    void literal_lines(std::string_view value, int column) {
        if (value.ends_with('\n')) {
            value.remove_suffix(1);
        }
        while (true) {
            const std::size_t end = std::min(value.find('\n'), value.size());
            out_ += '\n';
            indent(end == 0 ? 0 : column);
            out_ += value.substr(0, end);
            if (end == value.size()) {
                return;
            }
            value.remove_prefix(end + 1);
        }
    }

    std::string out_;
};

}  // namespace

std::string to_yaml(const boost::json::value& value) {
    return YamlWriter{}.run(value);
}

bool yaml_key_less(std::string_view left, std::string_view right) {
    const auto [at_left, at_right] = std::ranges::mismatch(left, right);
    if (at_left == left.end() || at_right == right.end()) {
        return left.size() < right.size();
    }
    const auto at = static_cast<std::size_t>(at_left - left.begin());
    const char a = left[at];
    const char b = right[at];
    if (is_letter(a) || is_letter(b)) {
        return is_letter(a) && is_letter(b)
                   ? static_cast<unsigned char>(a) < static_cast<unsigned char>(b)
                   : is_letter(b);
    }
    const std::string_view digits_left = digits_from(left, at);
    const std::string_view digits_right = digits_from(right, at);
    // Behind a digit that is not zero, a zero is part of a number that has begun before.
    std::size_t before = at;
    while (before > 0 && left[before - 1] == '0') {
        --before;
    }
    const bool inside = before > 0 && is_digit(left[before - 1]) && (a == '0' || b == '0');
    const auto value_of = [&](std::string_view digits) {
        if (!inside) {
            digits.remove_prefix(std::min(digits.find_first_not_of('0'), digits.size()));
        }
        return digits;
    };
    const std::string_view value_left = value_of(digits_left);
    const std::string_view value_right = value_of(digits_right);
    if (value_left != value_right) {
        return value_left.size() != value_right.size() ? value_left.size() < value_right.size()
                                                       : value_left < value_right;
    }
    if (digits_left.size() != digits_right.size()) {
        return digits_left.size() < digits_right.size();
    }
    return a < b;
}

}  // namespace wavetank::codec
