#include "controllers/index_intervals.hpp"

#include <algorithm>
#include <charconv>
#include <optional>

namespace wavetank::controllers {
namespace {

std::optional<std::int64_t> index_of(std::string_view text) {
    std::int64_t value = 0;
    const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (failed != std::errc{} || end != text.data() + text.size()) {
        return std::nullopt;
    }
    return value;
}

void add_interval(std::vector<IndexIntervals::Interval>& all, IndexIntervals::Interval next) {
    if (all.empty() || next.first > all.back().last + 1) {
        all.push_back(next);
    } else {
        all.back().last = std::max(all.back().last, next.last);
    }
}

}  // namespace

IndexIntervals IndexIntervals::parse(std::string_view text, std::int64_t completions) {
    IndexIntervals result;
    while (!text.empty()) {
        const std::size_t comma = std::min(text.find(','), text.size());
        const std::string_view part = text.substr(0, comma);
        text.remove_prefix(std::min(comma + 1, text.size()));
        const std::size_t dash = part.find('-');
        const auto first = index_of(part.substr(0, dash));
        const auto last = dash == std::string_view::npos ? first : index_of(part.substr(dash + 1));
        if (first && *first >= completions) {
            break;
        }
        if (first && last) {
            add_interval(result.intervals_, {*first, std::min(*last, completions - 1)});
        }
    }
    return result;
}

IndexIntervals IndexIntervals::with(const std::set<std::int64_t>& indexes) const {
    IndexIntervals more;
    for (const std::int64_t index : indexes) {
        add_interval(more.intervals_, {index, index});
    }
    return with(more);
}

IndexIntervals IndexIntervals::with(const IndexIntervals& other) const {
    std::vector<Interval> all;
    std::ranges::merge(intervals_, other.intervals_, std::back_inserter(all), {}, &Interval::first,
                       &Interval::first);
    IndexIntervals result;
    for (const Interval& each : all) {
        add_interval(result.intervals_, each);
    }
    return result;
}

bool IndexIntervals::has(std::int64_t index) const {
    const auto found = std::ranges::lower_bound(intervals_, index, {}, &Interval::last);
    return found != intervals_.end() && found->first <= index;
}

std::int64_t IndexIntervals::total() const {
    std::int64_t count = 0;
    for (const Interval& each : intervals_) {
        count += each.last - each.first + 1;
    }
    return count;
}

std::int64_t IndexIntervals::common(const IndexIntervals& other) const {
    std::int64_t count = 0;
    auto ours = intervals_.begin();
    auto theirs = other.intervals_.begin();
    while (ours != intervals_.end() && theirs != other.intervals_.end()) {
        count += std::max<std::int64_t>(
            0, std::min(ours->last, theirs->last) - std::max(ours->first, theirs->first) + 1);
        if (ours->last < theirs->last) {
            ++ours;
        } else {
            ++theirs;
        }
    }
    return count;
}

std::vector<std::int64_t> IndexIntervals::first_missing(std::int64_t count,
                                                        std::int64_t completions) const {
    std::vector<std::int64_t> missing;
    std::int64_t candidate = 0;
    const auto fill = [&](std::int64_t end) {
        for (; candidate < end && std::ssize(missing) < count; ++candidate) {
            missing.push_back(candidate);
        }
    };
    for (const Interval& each : intervals_) {
        fill(std::min(each.first, completions));
        candidate = std::max(candidate, each.last + 1);
    }
    fill(completions);
    return missing;
}

std::string IndexIntervals::to_string() const {
    std::string text;
    for (const Interval& each : intervals_) {
        text += (text.empty() ? "" : ",") + std::to_string(each.first);
        if (each.last > each.first) {
            text += (each.last == each.first + 1 ? "," : "-") + std::to_string(each.last);
        }
    }
    return text;
}

}  // namespace wavetank::controllers
