#include "registry/job_indexes.hpp"

#include <wavetank/api/field_error.hpp>

#include <algorithm>
#include <charconv>
#include <vector>

namespace wavetank::registry {
namespace {

/// Both ends of "x-y", or of "x".
struct Interval {
    std::int32_t first = 0;
    std::int32_t last = 0;
    std::optional<std::string> problem{};
};

/// One end of an interval, or what is wrong with its text.
struct IntervalEnd {
    std::int32_t value = 0;
    std::optional<std::string> problem{};
};

IntervalEnd read_end(std::string_view text, std::int32_t completions) {
    std::string_view digits = text;
    if (digits.starts_with('+') && digits.size() > 1 && digits[1] != '-') {
        digits.remove_prefix(1);
    }
    std::int64_t value = 0;
    const auto [end, failed] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    if (failed != std::errc{} || end != digits.data() + digits.size()) {
        return {.problem = "cannot convert string to integer for index: " + api::quoted(text)};
    }
    if (value >= completions) {
        return {.problem = "too large index: " + api::quoted(text)};
    }
    return {.value = static_cast<std::int32_t>(value)};
}

std::string not_rising(std::int32_t previous, std::int32_t current) {
    return "non-increasing order, previous: " + std::to_string(previous) +
           ", current: " + std::to_string(current);
}

Interval read_interval(std::string_view text, std::int32_t completions) {
    if (std::ranges::count(text, '-') > 1) {
        return {.problem = "the fragment " + api::quoted(text) +
                           " violates the requirement that an index interval can have at most two "
                           "parts separated by '-'"};
    }
    const std::size_t dash = text.find('-');
    const IntervalEnd first = read_end(text.substr(0, dash), completions);
    if (first.problem || dash == std::string_view::npos) {
        return {first.value, first.value, first.problem};
    }
    const IntervalEnd last = read_end(text.substr(dash + 1), completions);
    if (last.problem) {
        return {.problem = last.problem};
    }
    if (first.value >= last.value) {
        return {.problem = not_rising(first.value, last.value)};
    }
    return {first.value, last.value};
}

std::vector<Interval> read_intervals(std::string_view text, std::int32_t completions) {
    std::vector<Interval> intervals;
    while (!text.empty()) {
        const std::size_t comma = text.find(',');
        intervals.push_back(read_interval(text.substr(0, comma), completions));
        if (comma == text.size() - 1) {
            intervals.push_back(read_interval("", completions));
        }
        text.remove_prefix(comma == std::string_view::npos ? text.size() : comma + 1);
    }
    return intervals;
}

}  // namespace

IndexList read_indexes(std::string_view text, std::int32_t completions) {
    IndexList list;
    std::optional<std::int32_t> last;
    for (const Interval& each : read_intervals(text, completions)) {
        if (each.problem) {
            return {.problem = each.problem};
        }
        if (last && *last >= each.first) {
            return {.problem = not_rising(*last, each.first)};
        }
        list.total += each.last - each.first + 1;
        last = each.last;
    }
    return list;
}

std::optional<std::int32_t> common_index(std::string_view left, std::string_view right,
                                         std::int32_t completions) {
    const auto ours = read_intervals(left, completions);
    const auto theirs = read_intervals(right, completions);
    auto our = ours.begin();
    auto their = theirs.begin();
    while (our != ours.end() && their != theirs.end()) {
        if (our->problem) {
            ++our;
        } else if (their->problem) {
            ++their;
        } else if (our->first <= their->last && their->first <= our->last) {
            return std::max(our->first, their->first);
        } else if (our->first <= their->first) {
            ++our;
        } else {
            ++their;
        }
    }
    return std::nullopt;
}

}  // namespace wavetank::registry
