#include <wavetank/mesh/service_stats.hpp>

#include <utility>

namespace wavetank::mesh {

void ServiceStats::move_to(TimePoint time) {
    auto index = static_cast<std::size_t>(time.time_since_epoch() / window_length_);
    while (index >= windows_limit) {
        halve();
        index = static_cast<std::size_t>(time.time_since_epoch() / window_length_);
    }
    if (index >= windows_.size()) {
        windows_.resize(index + 1);
    }
    window_ = index;
    window_start_ = TimePoint{static_cast<Duration::rep>(index) * window_length_};
}

void ServiceStats::merge(const ServiceStats& other) {
    while (window_length_ < other.window_length_) {
        halve();
    }
    for (std::size_t i = 0; i < other.windows_.size(); ++i) {
        const StatsWindow& from = other.windows_[i];
        move_to(TimePoint{static_cast<Duration::rep>(i) * other.window_length_});
        StatsWindow& into = windows_[window_];
        into.requests += from.requests;
        into.errors += from.errors;
        into.latency.merge(from.latency);
    }
    requests_ += other.requests_;
    errors_ += other.errors_;
    for (const auto& [flags, count] : other.response_flags_) {
        response_flags_[flags] += count;
    }
}

void ServiceStats::note_flags(ResponseFlags flags) {
    if (flags.any()) {
        ++response_flags_[flags];
    }
}

metrics::Histogram ServiceStats::latency() const {
    metrics::Histogram sum;
    for (const StatsWindow& window : windows_) {
        sum.merge(window.latency);
    }
    return sum;
}

void ServiceStats::halve() {
    std::vector<StatsWindow> merged((windows_.size() + 1) / 2);
    for (std::size_t index = 0; index < windows_.size(); ++index) {
        StatsWindow& into = merged[index / 2];
        into.requests += windows_[index].requests;
        into.errors += windows_[index].errors;
        into.latency.merge(windows_[index].latency);
    }
    windows_ = std::move(merged);
    window_length_ *= 2;
    window_start_ = TimePoint::min();
}

}  // namespace wavetank::mesh
