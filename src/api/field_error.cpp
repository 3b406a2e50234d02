#include <wavetank/api/field_error.hpp>

#include "api/go_text.hpp"

#include <algorithm>
#include <array>
#include <cstdio>

namespace wavetank::api {
namespace {

constexpr char32_t replacement = 0xFFFD;

struct Rune {
    char32_t code = replacement;
    std::size_t length = 1;  ///< 1 with `valid` false: a stray byte
    bool valid = false;
};

/// Reads the UTF-8 sequence at the start of a text that is not empty.
Rune first_rune(std::string_view text) {
    const auto lead = static_cast<unsigned char>(text[0]);
    if (lead < 0x80) {
        return {lead, 1, true};
    }
    const std::size_t length = lead >= 0xF0 ? 4 : (lead >= 0xE0 ? 3 : 2);
    if (lead < 0xC2 || lead > 0xF4 || text.size() < length) {
        return {};
    }
    char32_t code = lead & (0xFFU >> (length + 1));
    for (std::size_t i = 1; i < length; ++i) {
        const auto next = static_cast<unsigned char>(text[i]);
        if ((next & 0xC0U) != 0x80U) {
            return {};
        }
        code = (code << 6U) | (next & 0x3FU);
    }
    constexpr std::array<char32_t, 5> least{0, 0, 0x80, 0x800, 0x10000};
    const bool surrogate = code >= 0xD800 && code <= 0xDFFF;
    if (code < least.at(length) || surrogate || code > 0x10FFFF) {
        return {};
    }
    return {code, length, true};
}

/// Tells whether Go prints the rune as it is. Beyond ASCII this knows spaces, format characters,
/// private use and non-characters, but not every unassigned code point.
bool is_printable(char32_t code) {
    struct Range {
        char32_t first;
        char32_t last;
    };
    constexpr std::array<Range, 13> unprintable{{
        {0x00, 0x1F},
        {0x7F, 0xA0},
        {0xAD, 0xAD},
        {0x1680, 0x1680},
        {0x180E, 0x180E},
        {0x2000, 0x200F},
        {0x2028, 0x202F},
        {0x205F, 0x206F},
        {0x3000, 0x3000},
        {0xE000, 0xF8FF},
        {0xFEFF, 0xFEFF},
        {0xFFF0, 0xFFFB},
        {0xE0000, 0x10FFFF},
    }};
    return (code & 0xFFFEU) != 0xFFFEU &&
           std::none_of(unprintable.begin(), unprintable.end(), [code](const Range& range) {
               return code >= range.first && code <= range.last;
           });
}

std::string hexadecimal(const char* format, char32_t code) {
    std::array<char, 16> buffer{};
    std::snprintf(buffer.data(), buffer.size(), format, static_cast<unsigned>(code));
    return buffer.data();
}

/// Returns the escape that Go and JSON share; empty if there is none.
std::string_view short_escape(char32_t code) {
    switch (code) {
        case '"':
            return "\\\"";
        case '\\':
            return "\\\\";
        case '\b':
            return "\\b";
        case '\f':
            return "\\f";
        case '\n':
            return "\\n";
        case '\r':
            return "\\r";
        case '\t':
            return "\\t";
        default:
            return {};
    }
}

std::string go_escaped(const Rune& rune, std::string_view bytes) {
    if (!rune.valid) {
        return hexadecimal("\\x%02x", static_cast<unsigned char>(bytes[0]));
    }
    if (const auto escape = short_escape(rune.code); !escape.empty()) {
        return std::string{escape};
    }
    if (is_printable(rune.code)) {
        return std::string{bytes};
    }
    if (rune.code == '\a' || rune.code == '\v') {
        return rune.code == '\a' ? "\\a" : "\\v";
    }
    if (rune.code < ' ' || rune.code == 0x7F) {
        return hexadecimal("\\x%02x", rune.code);
    }
    return hexadecimal(rune.code < 0x10000 ? "\\u%04x" : "\\U%08x", rune.code);
}

std::string json_escaped(const Rune& rune, std::string_view bytes) {
    if (!rune.valid) {
        return "\\ufffd";
    }
    if (const auto escape = short_escape(rune.code); !escape.empty()) {
        return std::string{escape};
    }
    const bool escaped = rune.code < ' ' || rune.code == '<' || rune.code == '>' ||
                         rune.code == '&' || rune.code == 0x2028 || rune.code == 0x2029;
    return escaped ? hexadecimal("\\u%04x", rune.code) : std::string{bytes};
}

template <class Escape>
std::string in_quotes(std::string_view text, Escape escape) {
    std::string result = "\"";
    while (!text.empty()) {
        const Rune rune = first_rune(text);
        result += escape(rune, text.substr(0, rune.length));
        text.remove_prefix(rune.length);
    }
    return result + '"';
}

Cause cause(std::string_view type, std::string_view field, std::string message,
            std::string_view detail) {
    if (!detail.empty()) {
        message += ": ";
        message += detail;
    }
    return {std::string{type}, std::move(message), std::string{field}};
}

}  // namespace

std::string quoted(std::string_view text) {
    return in_quotes(text, go_escaped);
}

std::string json_quoted(std::string_view text) {
    return in_quotes(text, json_escaped);
}

Cause invalid_value(std::string_view field, std::string_view value, std::string_view detail) {
    return invalid_literal(field, api::quoted(value), detail);
}

Cause invalid_value(std::string_view field, std::int64_t value, std::string_view detail) {
    return invalid_literal(field, std::to_string(value), detail);
}

Cause invalid_literal(std::string_view field, std::string_view literal, std::string_view detail) {
    return cause("FieldValueInvalid", field, "Invalid value: " + std::string{literal}, detail);
}

Cause required_value(std::string_view field, std::string_view detail) {
    return cause("FieldValueRequired", field, "Required value", detail);
}

Cause duplicate_value(std::string_view field, std::string_view value) {
    return cause("FieldValueDuplicate", field, "Duplicate value: " + api::quoted(value), {});
}

Cause not_found_value(std::string_view field, std::string_view value) {
    return cause("FieldValueNotFound", field, "Not found: " + api::quoted(value), {});
}

Cause forbidden_value(std::string_view field, std::string_view detail) {
    return cause("FieldValueForbidden", field, "Forbidden", detail);
}

Cause unsupported_value(std::string_view field, std::string_view value,
                        const std::vector<std::string>& supported) {
    std::vector<std::string> names;
    for (const std::string& name : supported) {
        names.push_back(api::quoted(name));
    }
    return cause("FieldValueNotSupported", field, "Unsupported value: " + api::quoted(value),
                 names.empty() ? std::string{} : "supported values: " + join(names, ", "));
}

Cause too_long_value(std::string_view field, std::int64_t length_max) {
    return cause("FieldValueTooLong", field, "Too long",
                 "may not be more than " + std::to_string(length_max) +
                     (length_max == 1 ? " byte" : " bytes"));
}

Cause too_many_values(std::string_view field, std::int64_t count, std::int64_t count_max) {
    return cause(
        "FieldValueTooMany", field, "Too many: " + std::to_string(count),
        "must have at most " + std::to_string(count_max) + (count_max == 1 ? " item" : " items"));
}

std::string to_string(const Cause& cause) {
    return cause.field + ": " + cause.message;
}

std::string aggregate_text(const FieldErrors& causes) {
    std::vector<std::string> texts;
    for (const Cause& each : causes) {
        std::string text = to_string(each);
        if (std::find(texts.begin(), texts.end(), text) == texts.end()) {
            texts.push_back(std::move(text));
        }
    }
    return texts.size() == 1 ? texts.front() : "[" + join(texts, ", ") + "]";
}

}  // namespace wavetank::api
