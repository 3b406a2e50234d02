#include "registry/cron_format.hpp"

#include "registry/time_zones.hpp"

#include <wavetank/api/field_error.hpp>

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <cstdint>
#include <vector>

namespace wavetank::registry {
namespace {

using Problem = std::optional<std::string>;

/// One of the five fields: its bounds, and the names that stand for numbers.
struct CronField {
    std::int64_t least;
    std::int64_t most;
    std::string_view names;  ///< of three letters each, the first one for `least`
};

constexpr std::array cron_fields{
    CronField{0, 59, ""},
    CronField{0, 23, ""},
    CronField{1, 31, ""},
    CronField{1, 12, "janfebmaraprmayjunjulaugsepoctnovdec"},
    CronField{0, 6, "sunmontuewedthufrisat"},
};

constexpr std::array<std::string_view, 7> descriptors{"@yearly", "@annually", "@monthly", "@weekly",
                                                      "@daily",  "@midnight", "@hourly"};

bool is_blank(char each) {
    return each == ' ' || (each >= '\t' && each <= '\r');
}

std::vector<std::string_view> words_of(std::string_view text) {
    std::vector<std::string_view> words;
    while (!text.empty()) {
        const auto* begin = std::ranges::find_if_not(text, is_blank);
        const auto* end = std::find_if(begin, text.end(), is_blank);
        if (begin != end) {
            words.emplace_back(begin, end);
        }
        text = {end, text.end()};
    }
    return words;
}

std::vector<std::string_view> split_at(std::string_view text, char separator) {
    std::vector<std::string_view> parts;
    for (std::size_t end = 0; end != std::string_view::npos;) {
        end = text.find(separator);
        parts.push_back(text.substr(0, end));
        text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    }
    return parts;
}

/// A number, or what is wrong with its text.
struct ParsedNumber {
    std::int64_t value = 0;
    Problem problem{};
};

// Go's strconv.Atoi, in its words.
ParsedNumber number_of(std::string_view text) {
    const auto refuse = [&](std::string_view why) {
        return ParsedNumber{.problem = "failed to parse int from " + std::string{text} +
                                       ": strconv.Atoi: parsing " + api::quoted(text) + ": " +
                                       std::string{why}};
    };
    std::string_view digits = text;
    if (digits.starts_with('+')) {
        digits.remove_prefix(1);
    }
    if (digits.empty() || (digits.front() == '-' && digits.size() != text.size())) {
        return refuse("invalid syntax");
    }
    ParsedNumber number;
    const auto [end, failed] =
        std::from_chars(digits.data(), digits.data() + digits.size(), number.value);
    if (failed == std::errc::result_out_of_range && end == digits.data() + digits.size()) {
        return refuse("value out of range");
    }
    if (failed != std::errc{} || end != digits.data() + digits.size()) {
        return refuse("invalid syntax");
    }
    if (number.value < 0) {
        number.problem = "negative number (" + std::to_string(number.value) +
                         ") not allowed: " + std::string{text};
    }
    return number;
}

ParsedNumber number_or_name(std::string_view text, const CronField& field) {
    std::string lower{text};
    std::ranges::transform(lower, lower.begin(), [](char each) {
        return static_cast<char>(std::tolower(static_cast<unsigned char>(each)));
    });
    const std::size_t at = lower.size() == 3 ? field.names.find(lower) : std::string_view::npos;
    if (at != std::string_view::npos && at % 3 == 0) {
        return {.value = field.least + static_cast<std::int64_t>(at / 3)};
    }
    return number_of(text);
}

/// Two numbers with what has been wrong with either.
struct ParsedRange {
    std::int64_t first = 0;
    std::int64_t last = 0;
    Problem problem{};
};

ParsedRange bounds_of(std::string_view whole, std::string_view text, const CronField& field) {
    const auto ends = split_at(text, '-');
    if (ends[0] == "*" || ends[0] == "?") {
        return {.first = field.least, .last = field.most};
    }
    const ParsedNumber first = number_or_name(ends[0], field);
    if (first.problem) {
        return {.problem = first.problem};
    }
    if (ends.size() > 2) {
        return {.problem = "too many hyphens: " + std::string{whole}};
    }
    const ParsedNumber last = ends.size() == 2 ? number_or_name(ends[1], field) : first;
    return {.first = first.value, .last = last.value, .problem = last.problem};
}

// "low-high/step", upstream's `getRange`.
Problem problem_of_range(std::string_view text, const CronField& field) {
    const auto parts = split_at(text, '/');
    ParsedRange range = bounds_of(text, parts[0], field);
    if (range.problem) {
        return range.problem;
    }
    std::int64_t step = 1;
    if (parts.size() > 2) {
        return "too many slashes: " + std::string{text};
    }
    if (parts.size() == 2) {
        const ParsedNumber number = number_of(parts[1]);
        if (number.problem) {
            return number.problem;
        }
        step = number.value;
        if (parts[0].find('-') == std::string_view::npos) {
            range.last = field.most;
        }
    }
    const std::string end = ": " + std::string{text};
    const auto shown = [](std::int64_t number) { return "(" + std::to_string(number) + ")"; };
    if (range.first < field.least) {
        return "beginning of range " + shown(range.first) + " below minimum " + shown(field.least) +
               end;
    }
    if (range.last > field.most) {
        return "end of range " + shown(range.last) + " above maximum " + shown(field.most) + end;
    }
    if (range.first > range.last) {
        return "beginning of range " + shown(range.first) + " beyond end of range " +
               shown(range.last) + end;
    }
    return step == 0 ? Problem{"step of range should be a positive number" + end} : std::nullopt;
}

// Go's time.ParseDuration, as far as what it refuses.
Problem problem_of_duration(std::string_view text) {
    constexpr std::array<std::string_view, 8> units{"ns", "us", "\u00b5s", "\u03bcs",
                                                    "ms", "s",  "m",       "h"};
    const std::string invalid = "time: invalid duration " + api::quoted(text);
    std::string_view rest = text;
    if (rest.starts_with('-') || rest.starts_with('+')) {
        rest.remove_prefix(1);
    }
    if (rest == "0") {
        return std::nullopt;
    }
    if (rest.empty()) {
        return invalid;
    }
    while (!rest.empty()) {
        std::size_t end = rest.find_first_not_of("0123456789.");
        const std::string_view number = rest.substr(0, end);
        const auto digits =
            static_cast<std::ptrdiff_t>(number.size()) - std::ranges::count(number, '.');
        if (digits == 0 || std::ranges::count(number, '.') > 1) {
            return invalid;
        }
        rest.remove_prefix(number.size());
        end = rest.find_first_of("0123456789.");
        const std::string_view unit = rest.substr(0, end);
        if (unit.empty()) {
            return "time: missing unit in duration " + api::quoted(text);
        }
        if (std::ranges::find(units, unit) == units.end()) {
            return "time: unknown unit " + api::quoted(unit) + " in duration " + api::quoted(text);
        }
        rest.remove_prefix(unit.size());
    }
    return std::nullopt;
}

Problem problem_of_descriptor(std::string_view text) {
    constexpr std::string_view every = "@every ";
    if (std::ranges::find(descriptors, text) != descriptors.end()) {
        return std::nullopt;
    }
    if (!text.starts_with(every)) {
        return "unrecognized descriptor: " + std::string{text};
    }
    const Problem problem = problem_of_duration(text.substr(every.size()));
    return problem ? Problem{"failed to parse duration " + std::string{text} + ": " + *problem}
                   : std::nullopt;
}

Problem problem_of_fields(std::string_view text) {
    const auto fields = words_of(text);
    if (fields.size() != cron_fields.size()) {
        std::string shown;
        for (const std::string_view field : fields) {
            shown += (shown.empty() ? "" : " ") + std::string{field};
        }
        return "expected exactly 5 fields, found " + std::to_string(fields.size()) + ": [" + shown +
               "]";
    }
    for (std::size_t i = 0; i < fields.size(); ++i) {
        for (const std::string_view range : split_at(fields[i], ',')) {
            if (range.empty()) {
                continue;
            }
            if (Problem problem = problem_of_range(range, cron_fields[i])) {
                return problem;
            }
        }
    }
    return std::nullopt;
}

}  // namespace

std::optional<std::string> problem_of_schedule(std::string_view text) {
    if (text.empty()) {
        return "empty spec string";
    }
    if (text.starts_with("TZ=") || text.starts_with("CRON_TZ=")) {
        const std::size_t equals = text.find('=');
        const std::size_t blank = text.find(' ');
        if (blank == std::string_view::npos) {
            // The parser panics, and kube-apiserver recovers with these words.
            return "invalid schedule format: runtime error: slice bounds out of range [:-1]";
        }
        const std::string zone{text.substr(equals + 1, blank - equals - 1)};
        if (!zone.empty() && zone != "Local" && !is_time_zone(zone)) {
            return "provided bad location " + zone + ": unknown time zone " + zone;
        }
        text.remove_prefix(blank);
        while (!text.empty() && is_blank(text.front())) {
            text.remove_prefix(1);
        }
        while (!text.empty() && is_blank(text.back())) {
            text.remove_suffix(1);
        }
    }
    return text.starts_with('@') ? problem_of_descriptor(text) : problem_of_fields(text);
}

}  // namespace wavetank::registry
