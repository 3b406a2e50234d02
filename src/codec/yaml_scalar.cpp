#include "codec/yaml_scalar.hpp"

#include "codec/number.hpp"
#include "codec/utf8.hpp"

#include <wavetank/base/ascii.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <limits>
#include <optional>
#include <system_error>

namespace wavetank::codec {
namespace {

constexpr std::string_view tag_prefix = "tag:yaml.org,2002:";

template <std::size_t Size>
bool is_one_of(std::string_view text, const std::array<std::string_view, Size>& words) {
    return std::ranges::find(words, text) != words.end();
}

constexpr std::array<std::string_view, 11> words_true{"y",    "Y",    "yes", "Yes", "YES", "true",
                                                      "True", "TRUE", "on",  "On",  "ON"};
constexpr std::array<std::string_view, 11> words_false{
    "n", "N", "no", "No", "NO", "false", "False", "FALSE", "off", "Off", "OFF"};
constexpr std::array<std::string_view, 5> words_null{"", "~", "null", "Null", "NULL"};
constexpr std::array<std::string_view, 3> words_nan{".nan", ".NaN", ".NAN"};
constexpr std::array<std::string_view, 6> words_infinity{".inf",  ".Inf",  ".INF",
                                                         "+.inf", "+.Inf", "+.INF"};
constexpr std::array<std::string_view, 3> words_minus_infinity{"-.inf", "-.Inf", "-.INF"};

std::optional<Scalar> resolve_word(std::string_view text) {
    if (is_one_of(text, words_null)) {
        return Scalar{.type = ScalarType::Null};
    }
    if (is_one_of(text, words_true)) {
        return Scalar{.type = ScalarType::Boolean, .boolean = true};
    }
    if (is_one_of(text, words_false)) {
        return Scalar{.type = ScalarType::Boolean};
    }
    constexpr double infinity = std::numeric_limits<double>::infinity();
    if (is_one_of(text, words_infinity)) {
        return Scalar{.type = ScalarType::Float, .number = infinity};
    }
    if (is_one_of(text, words_minus_infinity)) {
        return Scalar{.type = ScalarType::Float, .number = -infinity};
    }
    if (is_one_of(text, words_nan)) {
        return Scalar{.type = ScalarType::Float,
                      .number = std::numeric_limits<double>::quiet_NaN()};
    }
    return std::nullopt;
}

// Reads an integer as Go's ParseInt and ParseUint with base 0 do.
std::optional<std::string> integer_text(std::string_view text) {
    const bool negative = text.starts_with('-');
    const bool signed_text = negative || text.starts_with('+');
    text.remove_prefix(signed_text ? 1 : 0);
    int base = 10;
    if (text.size() > 1 && text[0] == '0') {
        const char letter = static_cast<char>(text[1] | 0x20);
        base = letter == 'x' ? 16 : letter == 'b' ? 2 : 8;
        text.remove_prefix(letter == 'x' || letter == 'b' || letter == 'o' ? 2 : 1);
    }
    std::uint64_t size = 0;
    const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), size, base);
    if (text.empty() || failure != std::errc{} || end != text.data() + text.size()) {
        return std::nullopt;
    }
    constexpr std::uint64_t signed_max = std::numeric_limits<std::int64_t>::max();
    if (size > signed_max + (negative ? 1 : 0) && signed_text) {
        return std::nullopt;
    }
    return (negative && size != 0 ? "-" : "") + std::to_string(size);
}

// Matches [-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?
bool looks_like_float(std::string_view text) {
    std::size_t at = text.starts_with('-') || text.starts_with('+') ? 1 : 0;
    const auto digits = [&] {
        const std::size_t start = at;
        while (at < text.size() && is_digit(text[at])) {
            ++at;
        }
        return at - start;
    };
    const std::size_t whole = digits();
    if (at < text.size() && text[at] == '.') {
        ++at;
        if (digits() == 0 && whole == 0) {
            return false;
        }
    } else if (whole == 0) {
        return false;
    }
    if (at < text.size() && (text[at] | 0x20) == 'e') {
        ++at;
        at += at < text.size() && (text[at] == '-' || text[at] == '+') ? 1 : 0;
        if (digits() == 0) {
            return false;
        }
    }
    return at == text.size();
}

// Too large is no number to Go; too small is zero.
std::optional<double> float_value(std::string_view text) {
    if (!looks_like_float(text)) {
        return std::nullopt;
    }
    text.remove_prefix(text.starts_with('+') ? 1 : 0);
    double value = 0;
    const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (failure == std::errc::result_out_of_range) {
        const boost::json::value bound = number_value(text);
        value = bound.as_double();
        return std::fabs(value) < 1 ? std::optional{value} : std::nullopt;
    }
    return value;
}

std::string short_tag(std::string_view tag) {
    return tag.starts_with(tag_prefix) ? "!!" + std::string{tag.substr(tag_prefix.size())}
                                       : std::string{tag};
}

std::string_view tag_of(ScalarType type) {
    constexpr std::string_view tags[] = {"!!null", "!!bool", "!!int", "!!float", "!!str"};
    return tags[static_cast<std::size_t>(type)];
}

Error bad_yaml(std::string message) {
    return {.reason = Reason::BadRequest, .message = std::move(message)};
}

// Replaces what is not UTF-8, as Go's JSON does.
std::string valid_utf8(std::string_view text) {
    std::string out;
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t length = utf8_length(text, at);
        if (length == 0) {
            utf8_append(out, 0xFFFD);
        } else {
            out += text.substr(at, length);
        }
        at += std::max<std::size_t>(length, 1);
    }
    return out;
}

Result<std::string> decode_base64(std::string_view text) {
    constexpr std::string_view alphabet =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    std::string out;
    std::uint32_t bits = 0;
    std::size_t letters = 0;
    std::size_t padding = 0;
    for (const char letter : text) {
        if (letter == '\n' || letter == '\r') {
            continue;
        }
        const std::size_t value = letter == '=' ? 0 : alphabet.find(letter);
        padding += letter == '=' ? 1 : 0;
        if (value == std::string_view::npos || (padding > 0 && letter != '=') || padding > 2) {
            return bad_yaml("yaml: !!binary value contains invalid base64 data");
        }
        bits = (bits << 6) | static_cast<std::uint32_t>(value);
        if (++letters % 4 == 0) {
            out += static_cast<char>((bits >> 16) & 0xFF);
            out += static_cast<char>((bits >> 8) & 0xFF);
            out += static_cast<char>(bits & 0xFF);
        }
    }
    if (letters % 4 != 0) {
        return bad_yaml("yaml: !!binary value contains invalid base64 data");
    }
    out.resize(out.size() - padding);
    return valid_utf8(out);
}

// Writes a float key, which sigs.k8s.io/yaml narrows to 32 bits.
std::string float_key(double value) {
    if (std::isnan(value)) {
        return ".nan";
    }
    const auto narrow = static_cast<float>(value);
    if (std::isinf(narrow)) {
        return narrow < 0 ? "-.inf" : ".inf";
    }
    return general_text(narrow);
}

}  // namespace

Scalar resolve_plain(std::string_view text) {
    Scalar as_text{.type = ScalarType::Text, .text = std::string{text}};
    constexpr std::string_view firsts = "+-.0123456789yYnNtTfFoO~";
    if (!text.empty() && firsts.find(text[0]) == std::string_view::npos) {
        return as_text;
    }
    if (const auto word = resolve_word(text)) {
        return *word;
    }
    if (text[0] == '.') {
        const auto value = float_value(text);
        return value ? Scalar{.type = ScalarType::Float, .number = *value} : as_text;
    }
    if (!is_digit(text[0]) && text[0] != '+' && text[0] != '-') {
        return as_text;
    }
    std::string plain{text};
    std::erase(plain, '_');
    if (auto digits = integer_text(plain)) {
        return Scalar{.type = ScalarType::Integer, .text = std::move(*digits)};
    }
    if (const auto value = float_value(plain)) {
        return Scalar{.type = ScalarType::Float, .number = *value};
    }
    return as_text;
}

Result<Scalar> resolve(const ScalarToken& token) {
    if (token.tag.empty() || token.tag == "?") {
        return resolve_plain(token.text);
    }
    const std::string tag = short_tag(token.tag);
    if (tag == "!!binary") {
        Result<std::string> decoded = decode_base64(token.text);
        if (!decoded) {
            return decoded.error();
        }
        return Scalar{.type = ScalarType::Text, .text = std::move(*decoded)};
    }
    constexpr std::array<std::string_view, 4> checked{"!!null", "!!bool", "!!int", "!!float"};
    if (!is_one_of(tag, checked)) {
        return Scalar{.type = ScalarType::Text, .text = std::string{token.text}};
    }
    Scalar scalar = resolve_plain(token.text);
    if (tag == "!!float" && scalar.type == ScalarType::Integer) {
        const boost::json::value value = number_value(scalar.text);
        return Scalar{.type = ScalarType::Float, .number = value.to_number<double>()};
    }
    if (tag != tag_of(scalar.type)) {
        return bad_yaml("yaml: cannot decode " + std::string{tag_of(scalar.type)} + " `" +
                        std::string{token.text} + "` as a " + tag);
    }
    return scalar;
}

Result<> store_scalar(Scalar scalar, Node& node) {
    switch (scalar.type) {
        case ScalarType::Null:
            node.kind = NodeKind::Null;
            break;
        case ScalarType::Boolean:
            node.kind = NodeKind::Boolean;
            node.boolean = scalar.boolean;
            break;
        case ScalarType::Integer:
            node.kind = NodeKind::Number;
            node.text = std::move(scalar.text);
            break;
        case ScalarType::Float:
            if (!std::isfinite(scalar.number)) {
                return bad_yaml(std::string{"json: unsupported value: "} +
                                (std::isnan(scalar.number) ? "NaN"
                                 : scalar.number > 0       ? "+Inf"
                                                           : "-Inf"));
            }
            node.kind = NodeKind::Number;
            node.text = double_text(scalar.number);
            break;
        case ScalarType::Text:
            node.kind = NodeKind::String;
            node.text = std::move(scalar.text);
            break;
    }
    return {};
}

Result<std::string> key_text(const Scalar& scalar) {
    switch (scalar.type) {
        case ScalarType::Null:
            break;
        case ScalarType::Boolean:
            return std::string{scalar.boolean ? "true" : "false"};
        case ScalarType::Integer:
            if (!integer_of(scalar.text)) {
                return bad_yaml("unsupported map key of type: uint64, key: " + scalar.text);
            }
            return scalar.text;
        case ScalarType::Text:
            return scalar.text;
        case ScalarType::Float:
            return float_key(scalar.number);
    }
    return bad_yaml("unsupported map key of type: %!s(<nil>), key: <nil>");
}

}  // namespace wavetank::codec
