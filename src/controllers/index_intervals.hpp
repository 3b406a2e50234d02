#pragma once

/// \file
/// Sets of completion indexes as a Job's status writes them: "0,2-4".

#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace wavetank::controllers {

/// A set of indexes as rising intervals that do not touch.
class IndexIntervals {
public:
    struct Interval {
        std::int64_t first = 0;
        std::int64_t last = 0;
    };

    IndexIntervals() = default;

    /// Reads the indexes below `completions`; parts that are no numbers are passed over.
    [[nodiscard]] static IndexIntervals parse(std::string_view text, std::int64_t completions);

    /// Returns the union with single indexes, or with another set.
    [[nodiscard]] IndexIntervals with(const std::set<std::int64_t>& indexes) const;
    [[nodiscard]] IndexIntervals with(const IndexIntervals& other) const;

    [[nodiscard]] bool has(std::int64_t index) const;
    [[nodiscard]] std::int64_t total() const;
    [[nodiscard]] bool empty() const {
        return intervals_.empty();
    }

    /// Returns how many indexes both sets have.
    [[nodiscard]] std::int64_t common(const IndexIntervals& other) const;

    /// Returns the first `count` indexes below `completions` that are not in the set.
    [[nodiscard]] std::vector<std::int64_t> first_missing(std::int64_t count,
                                                          std::int64_t completions) const;

    /// Writes "0,2-4"; two neighbours are "1,2".
    [[nodiscard]] std::string to_string() const;

private:
    std::vector<Interval> intervals_;
};

}  // namespace wavetank::controllers
