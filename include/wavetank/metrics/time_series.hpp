#pragma once

/// \file
/// How did it change in the course of the run?

#include <wavetank/base/time.hpp>

#include <cstddef>
#include <cstdint>
#include <limits>
#include <vector>

namespace wavetank::metrics {

struct TimeSeriesOptions {
    Duration window = std::chrono::seconds{1};  ///< the width of a window to begin with
    std::size_t windows_max = 1024;             ///< beyond this, two windows become one
};

/// Sums up samples over windows of equal width that begin at time zero. When a run outgrows the
/// permitted number of windows, they become twice as wide, so memory is bounded and a short run
/// still has a fine picture.
///
/// Determinism: integers only; what it shows depends on the samples, not on their order.
class TimeSeries {
public:
    /// The samples of one window.
    struct Window {
        std::uint64_t count = 0;
        std::int64_t sum = 0;
        std::int64_t min = std::numeric_limits<std::int64_t>::max();  ///< if `count` is not 0
        std::int64_t max = std::numeric_limits<std::int64_t>::min();  ///< if `count` is not 0

        /// Returns the mean; zero if there is no sample.
        [[nodiscard]] double mean() const;
        void merge(const Window& other);

        bool operator==(const Window&) const = default;
    };

    /// Requires: a positive width and at least two windows.
    explicit TimeSeries(TimeSeriesOptions options = {});

    /// Adds a sample to the window of `time`. Requires: `time` is not negative.
    void record(TimePoint time, std::int64_t value);

    /// Adds the samples of `other`, in the wider windows of the two.
    /// Requires: both began with the same options.
    void merge(const TimeSeries& other);

    /// Returns the width of a window.
    [[nodiscard]] Duration window() const {
        return window_;
    }

    /// Returns all windows up to that of the last sample; the i-th begins at i * window().
    [[nodiscard]] const std::vector<Window>& windows() const {
        return windows_;
    }

    bool operator==(const TimeSeries&) const = default;

private:
    void widen();
    Window& window_at(std::size_t index);

    Duration window_;
    std::size_t windows_max_;
    std::vector<Window> windows_;
};

}  // namespace wavetank::metrics
