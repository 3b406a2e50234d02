#include "codec/yaml_style.hpp"

#include "codec/utf8.hpp"
#include "codec/yaml_scalar.hpp"

#include <wavetank/base/ascii.hpp>

#include <algorithm>

namespace wavetank::codec {
namespace {

// Takes a run of `least` to `most` digits off `text`.
bool take_digits(std::string_view& text, std::size_t least, std::size_t most) {
    std::size_t count = 0;
    while (count < most && count < text.size() && is_digit(text[count])) {
        ++count;
    }
    text.remove_prefix(count);
    return count >= least;
}

bool take(std::string_view& text, char wanted) {
    if (!text.starts_with(wanted)) {
        return false;
    }
    text.remove_prefix(1);
    return true;
}

// Would be a time to YAML 1.1: a date, perhaps with a time of day after it.
bool looks_like_time(std::string_view text) {
    if (!take_digits(text, 4, 4) || !take(text, '-') || !take_digits(text, 1, 2) ||
        !take(text, '-') || !take_digits(text, 1, 2)) {
        return false;
    }
    if (text.empty()) {
        return true;
    }
    if (!take(text, 'T') && !take(text, 't') && !take(text, ' ')) {
        return false;
    }
    return take_digits(text, 1, 2) && take(text, ':') && take_digits(text, 1, 2) &&
           take(text, ':') && take_digits(text, 1, 2);
}

// Would be a number of base 60 to other readers of YAML 1.1: "1:30".
bool looks_like_base_60(std::string_view text) {
    if (text.starts_with('-') || text.starts_with('+')) {
        text.remove_prefix(1);
    }
    if (!take_digits(text, 1, 1)) {
        return false;
    }
    while (!text.empty() && (is_digit(text[0]) || text[0] == '_')) {
        text.remove_prefix(1);
    }
    std::size_t groups = 0;
    for (; take(text, ':'); ++groups) {
        const bool above_59 = text.size() > 1 && is_digit(text[1]) && text[0] > '5';
        if (above_59 || !take_digits(text, 1, 2)) {
            return false;
        }
    }
    if (take(text, '.')) {
        text.remove_prefix(std::min(text.find_first_not_of("0123456789_"), text.size()));
    }
    return groups > 0 && text.empty();
}

struct Traits {
    bool plain = true;
    bool single_quoted = true;
    bool literal = true;
};

bool is_blank(char letter) {
    return letter == ' ' || letter == '\t';
}

// An indicator that would end a plain scalar or turn it into something else.
bool breaks_plain(std::string_view text, std::size_t at) {
    const char letter = text[at];
    const bool last = at + 1 == text.size();
    const bool before_space = last || is_blank(text[at + 1]) || text[at + 1] == '\n';
    if (at == 0) {
        constexpr std::string_view indicators = "#,[]{}&*!|>'\"%@`";
        return indicators.find(letter) != std::string_view::npos ||
               ((letter == '?' || letter == ':' || letter == '-') && before_space);
    }
    return (letter == ':' && before_space) || (letter == '#' && is_blank(text[at - 1]));
}

// What the emitter writes as it is: no line break but the newline, and, as go-yaml has it, nothing
// beyond the first 65,536 characters.
bool is_written_as_is(std::uint32_t code) {
    return code == '\n' || (code >= 0x20 && code < 0x7F) ||
           (code >= 0xA0 && code < 0xFFFE && code != 0x2028 && code != 0x2029 && code != 0xFEFF);
}

Traits traits_of(std::string_view text) {
    Traits traits;
    traits.plain = !text.starts_with("---") && !text.starts_with("...") && text[0] != ' ' &&
                   text.back() != ' ';
    traits.literal = text.back() != ' ';
    for (std::size_t at = 0; at < text.size();) {
        const char letter = text[at];
        const std::size_t length = utf8_length(text, at);
        if (length == 0 || !is_written_as_is(utf8_decode(text, at))) {
            return {false, false, false};
        }
        if (breaks_plain(text, at)) {
            traits.plain = false;
        }
        if (letter == '\n') {
            const bool space_before = at > 0 && text[at - 1] == ' ';
            if (space_before) {
                return {false, false, false};
            }
            traits.plain = false;
            traits.single_quoted = false;
        }
        at += length;
    }
    return traits;
}

}  // namespace

YamlStyle style_of(std::string_view text, YamlRole role) {
    if (text.empty()) {
        return YamlStyle::DoubleQuoted;
    }
    const Traits traits = traits_of(text);
    if (text.find('\n') != std::string_view::npos) {
        return traits.literal && role == YamlRole::Value ? YamlStyle::Literal
                                                         : YamlStyle::DoubleQuoted;
    }
    const bool misread = resolve_plain(text).type != ScalarType::Text || looks_like_time(text) ||
                         looks_like_base_60(text) || text == "<<";
    if (misread || !traits.single_quoted) {
        return YamlStyle::DoubleQuoted;
    }
    return traits.plain ? YamlStyle::Plain : YamlStyle::SingleQuoted;
}

std::string single_quoted(std::string_view text) {
    std::string out = "'";
    for (const char letter : text) {
        out.append(letter == '\'' ? 2 : 1, letter);
    }
    return out += '\'';
}

std::string double_quoted(std::string_view text) {
    constexpr std::string_view special = "\0\a\b\t\n\v\f\r\x1b\"\\";
    constexpr std::string_view full{special.data(), 11};
    constexpr std::string_view names = "0abtnvfre\"\\";
    constexpr std::string_view digits = "0123456789ABCDEF";
    std::string out = "\"";
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t length = std::max<std::size_t>(utf8_length(text, at), 1);
        const std::uint32_t code = utf8_length(text, at) == 0 ? 0xFFFD : utf8_decode(text, at);
        const std::size_t name = full.find(text[at]);
        if (name != std::string_view::npos) {
            out += '\\';
            out += names[name];
        } else if (is_written_as_is(code)) {
            utf8_append(out, code);
        } else {
            const int width = code < 0x100 ? 2 : code < 0x10000 ? 4 : 8;
            out += code < 0x100 ? "\\x" : code < 0x10000 ? "\\u" : "\\U";
            for (int shift = 4 * (width - 1); shift >= 0; shift -= 4) {
                out += digits[(code >> shift) & 15];
            }
        }
        at += length;
    }
    return out += '"';
}

}  // namespace wavetank::codec
