#include "api/go_text.hpp"

#include <limits>

namespace wavetank::api {

ParsedNumber parse_number(std::string_view text) {
    const bool negative = text.starts_with('-');
    if (negative || text.starts_with('+')) {
        text.remove_prefix(1);
    }
    constexpr auto least = std::numeric_limits<std::int64_t>::min();
    constexpr auto largest = std::numeric_limits<std::int64_t>::max();
    const ParsedNumber out_of_range{negative ? least : largest, NumberProblem::Range};
    std::uint64_t magnitude = 0;
    for (const char c : text) {
        if (c < '0' || c > '9') {
            return {0, NumberProblem::Syntax};
        }
        // Go stops here, before it sees a wrong character farther on.
        if (__builtin_mul_overflow(magnitude, std::uint64_t{10}, &magnitude) ||
            __builtin_add_overflow(magnitude, static_cast<std::uint64_t>(c - '0'), &magnitude)) {
            return out_of_range;
        }
    }
    if (text.empty()) {
        return {0, NumberProblem::Syntax};
    }
    if (magnitude > static_cast<std::uint64_t>(largest) + (negative ? 1 : 0)) {
        return out_of_range;
    }
    return {static_cast<std::int64_t>(negative ? 0 - magnitude : magnitude), NumberProblem::None};
}

std::vector<std::string_view> split(std::string_view text, char separator) {
    std::vector<std::string_view> parts;
    while (true) {
        const std::size_t end = text.find(separator);
        parts.push_back(text.substr(0, end));
        if (end == std::string_view::npos) {
            return parts;
        }
        text.remove_prefix(end + 1);
    }
}

std::string join(const std::vector<std::string>& parts, std::string_view separator) {
    std::string result;
    for (std::size_t i = 0; i < parts.size(); ++i) {
        if (i > 0) {
            result += separator;
        }
        result += parts[i];
    }
    return result;
}

}  // namespace wavetank::api
