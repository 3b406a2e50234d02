#include <wavetank/base/assert.hpp>
#include <wavetank/metrics/time_series.hpp>

#include <algorithm>

namespace wavetank::metrics {

double TimeSeries::Window::mean() const {
    return count == 0 ? 0 : static_cast<double>(sum) / static_cast<double>(count);
}

void TimeSeries::Window::merge(const Window& other) {
    count += other.count;
    sum += other.sum;
    min = std::min(min, other.min);
    max = std::max(max, other.max);
}

TimeSeries::TimeSeries(TimeSeriesOptions options)
    : window_{options.window}, windows_max_{options.windows_max} {
    WAVETANK_ASSERT(window_ > Duration::zero());
    WAVETANK_ASSERT(windows_max_ >= 2);
}

void TimeSeries::record(TimePoint time, std::int64_t value) {
    WAVETANK_ASSERT(time >= TimePoint{});
    while (static_cast<std::uint64_t>(time.time_since_epoch() / window_) >= windows_max_) {
        widen();
    }
    const auto index = static_cast<std::size_t>(time.time_since_epoch() / window_);
    window_at(index).merge({.count = 1, .sum = value, .min = value, .max = value});
}

void TimeSeries::merge(const TimeSeries& other) {
    WAVETANK_ASSERT(windows_max_ == other.windows_max_);
    TimeSeries copy = other;
    while (window_ < copy.window_) {
        widen();
    }
    while (copy.window_ < window_) {
        copy.widen();
    }
    WAVETANK_ASSERT(window_ == copy.window_);
    for (std::size_t i = 0; i < copy.windows_.size(); ++i) {
        window_at(i).merge(copy.windows_[i]);
    }
}

void TimeSeries::widen() {
    for (std::size_t i = 0; i < windows_.size(); ++i) {
        const Window window = windows_[i];
        if (i % 2 == 0) {
            windows_[i / 2] = window;
        } else {
            windows_[i / 2].merge(window);
        }
    }
    windows_.resize((windows_.size() + 1) / 2);
    window_ *= 2;
}

TimeSeries::Window& TimeSeries::window_at(std::size_t index) {
    if (index >= windows_.size()) {
        windows_.resize(index + 1);
    }
    return windows_[index];
}

}  // namespace wavetank::metrics
