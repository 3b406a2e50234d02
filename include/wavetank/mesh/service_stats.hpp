#pragma once

/// \file
/// Rate, errors and duration of every service, as its clients saw them.

#include <wavetank/base/time.hpp>
#include <wavetank/mesh/response_flags.hpp>
#include <wavetank/metrics/histogram.hpp>

#include <cstdint>
#include <map>
#include <vector>

namespace wavetank::mesh {

/// What ended in one stretch of time.
struct StatsWindow {
    std::uint64_t requests = 0;
    std::uint64_t errors = 0;  ///< answered with 5xx
    metrics::Histogram latency;
};

/// The figures of one service over a run, in total and by windows of equal length.
///
/// The windows' length doubles whenever there would be more than `windows_limit` of them, so a
/// long run costs no more memory than a short one.
class ServiceStats {
public:
    static constexpr std::size_t windows_limit = 120;

    /// Notes that a request ended at `now` with `status` after `latency`.
    void record(TimePoint now, int status, Duration latency);

    /// Notes the flags of one of them, if it has any.
    void note_flags(ResponseFlags flags);

    /// Adds what others have noted.
    void merge(const ServiceStats& other);

    [[nodiscard]] std::uint64_t requests() const {
        return requests_;
    }
    [[nodiscard]] std::uint64_t errors() const {
        return errors_;
    }
    /// Returns how many had these flags, and no others.
    [[nodiscard]] const std::map<ResponseFlags, std::uint64_t>& response_flags() const {
        return response_flags_;
    }
    /// Returns the latencies of all windows. Cost: that of adding them up.
    [[nodiscard]] metrics::Histogram latency() const;
    /// Returns the windows from the start of the run on; window i begins at `i * window_length()`.
    [[nodiscard]] const std::vector<StatsWindow>& windows() const {
        return windows_;
    }
    [[nodiscard]] Duration window_length() const {
        return window_length_;
    }

private:
    void move_to(TimePoint time);
    void halve();

    std::uint64_t requests_ = 0;
    std::uint64_t errors_ = 0;
    std::vector<StatsWindow> windows_;
    Duration window_length_ = std::chrono::seconds{1};
    // The window of the last request, which is mostly that of the next. None yet: before all time.
    std::size_t window_ = 0;
    TimePoint window_start_ = TimePoint::min();
    std::map<ResponseFlags, std::uint64_t> response_flags_;
};

// Defined here because it is on the path of every simulated request.
[[gnu::always_inline]] inline void ServiceStats::record(TimePoint now, int status,
                                                        Duration latency) {
    const std::uint64_t failed = status >= 500 ? 1 : 0;
    ++requests_;
    errors_ += failed;
    if (now < window_start_ || now >= window_start_ + window_length_) [[unlikely]] {
        move_to(now);
    }
    StatsWindow& window = windows_[window_];
    ++window.requests;
    window.errors += failed;
    window.latency.record(latency);
}

}  // namespace wavetank::mesh
