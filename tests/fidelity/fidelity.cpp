#include "fidelity/fidelity.hpp"

#include <utility>

namespace wavetank::fidelity {
namespace {

namespace json = boost::json;

std::string shortened(const json::value& value) {
    constexpr std::size_t length_max = 300;
    std::string text = json::serialize(value);
    if (text.size() > length_max) {
        text.resize(length_max);
        text += "...";
    }
    return text;
}

std::string unequal(std::string_view path, const json::value& expected, const json::value& actual) {
    return std::string{path} + ": expected " + shortened(expected) + ", got " + shortened(actual);
}

bool numbers_equal(const json::value& left, const json::value& right) {
    if (left.is_double() || right.is_double()) {
        return left.to_number<double>() == right.to_number<double>();
    }
    return left == right;
}

std::optional<std::string> object_difference(const json::object& expected,
                                             const json::object& actual, const std::string& path) {
    for (const auto& [key, value] : expected) {
        const std::string at = path + "." + std::string{key};
        const json::value* other = actual.if_contains(key);
        if (other == nullptr) {
            return at + ": expected " + shortened(value) + ", got nothing";
        }
        if (auto found = difference(value, *other, at)) {
            return found;
        }
    }
    for (const auto& [key, value] : actual) {
        if (!expected.contains(key)) {
            return path + "." + std::string{key} + ": expected nothing, got " + shortened(value);
        }
    }
    return std::nullopt;
}

std::optional<std::string> array_difference(const json::array& expected, const json::array& actual,
                                            const std::string& path) {
    for (std::size_t i = 0; i < expected.size() && i < actual.size(); ++i) {
        if (auto found = difference(expected[i], actual[i], path + "[" + std::to_string(i) + "]")) {
            return found;
        }
    }
    if (expected.size() != actual.size()) {
        return path + ": expected " + std::to_string(expected.size()) + " elements, got " +
               std::to_string(actual.size()) + ": " + shortened(actual);
    }
    return std::nullopt;
}

/// Steps over the JSON value that starts at `at` and returns the index after it.
std::size_t skip_value(std::string_view text, std::size_t at) {
    int depth = 0;
    bool quoted = false;
    for (; at < text.size(); ++at) {
        const char c = text[at];
        if (quoted) {
            if (c == '\\') {
                ++at;
            } else if (c == '"') {
                quoted = false;
                if (depth == 0) {
                    return at + 1;
                }
            }
        } else if (c == '"') {
            quoted = true;
        } else if (c == '{' || c == '[') {
            ++depth;
        } else if (c == '}' || c == ']') {
            if (depth == 0) {
                return at;
            }
            if (--depth == 0) {
                return at + 1;
            }
        } else if (depth == 0 && (c == ',' || c == ' ' || c == ':' || c == '\n')) {
            return at;
        }
    }
    return at;
}

std::size_t skip_blanks(std::string_view text, std::size_t at) {
    while (at < text.size() && (text[at] == ' ' || text[at] == ',' || text[at] == ':' ||
                                text[at] == '\t' || text[at] == '\n' || text[at] == '\r')) {
        ++at;
    }
    return at;
}

}  // namespace

Outcome passed() {
    return {};
}

Outcome failed(std::string why) {
    return {Verdict::Failed, std::move(why)};
}

Outcome skipped(std::string why) {
    return {Verdict::Skipped, std::move(why)};
}

std::string_view Case::text(std::string_view member) const {
    const json::value& value = at(member);
    return value.is_string() ? std::string_view{value.get_string()} : std::string_view{};
}

const json::value& Case::at(std::string_view member) const {
    static const json::value null;
    const json::value* value = json.if_contains(member);
    return value == nullptr ? null : *value;
}

std::optional<std::string> difference(const json::value& expected, const json::value& actual,
                                      std::string_view path) {
    if (expected.is_object() && actual.is_object()) {
        return object_difference(expected.get_object(), actual.get_object(), std::string{path});
    }
    if (expected.is_array() && actual.is_array()) {
        return array_difference(expected.get_array(), actual.get_array(), std::string{path});
    }
    const bool equal = expected.is_number() && actual.is_number() ? numbers_equal(expected, actual)
                                                                  : expected == actual;
    if (equal) {
        return std::nullopt;
    }
    return unequal(path, expected, actual);
}

Outcome compared(const json::value& expected, const json::value& actual) {
    if (auto found = difference(expected, actual)) {
        return failed(*std::move(found));
    }
    return passed();
}

std::string_view literal_of(std::string_view object_text, std::string_view member) {
    std::size_t at = object_text.find('{');
    at = at == std::string_view::npos ? object_text.size() : skip_blanks(object_text, at + 1);
    while (at < object_text.size() && object_text[at] == '"') {
        const std::size_t key_end = skip_value(object_text, at);
        const std::string_view key = object_text.substr(at + 1, key_end - at - 2);
        const std::size_t begin = skip_blanks(object_text, key_end);
        const std::size_t end = skip_value(object_text, begin);
        if (key == member) {
            return object_text.substr(begin, end - begin);
        }
        at = skip_blanks(object_text, end);
    }
    return {};
}

json::array to_json(const std::vector<std::string>& texts) {
    json::array result;
    for (const std::string& text : texts) {
        result.emplace_back(text);
    }
    return result;
}

}  // namespace wavetank::fidelity
