#pragma once

/// \file
/// How many requests may be under way, judging by how long they take? Envoy's adaptive concurrency
/// with its gradient controller, under the names and with the defaults of its v3 API.

#include <wavetank/base/random.hpp>
#include <wavetank/base/time.hpp>

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>

namespace wavetank::mesh {

struct GradientControllerConfig {
    double sample_aggregate_percentile = 50;  ///< of latencies, in percent
    std::uint32_t max_concurrency_limit = 1000;
    Duration concurrency_update_interval = std::chrono::milliseconds{100};
    Duration min_rtt_interval = std::chrono::seconds{60};  ///< from one measurement to the next
    std::uint32_t min_rtt_request_count = 50;              ///< of a measurement
    double min_rtt_jitter = 15;                            ///< in percent of the interval
    std::uint32_t min_concurrency = 3;                     ///< during a measurement
    double min_rtt_buffer = 25;                            ///< in percent
    std::uint16_t concurrency_limit_exceeded_status = 503;

    /// Returns what is answered to a request that does not pass: that status, but 503 where it is
    /// no error.
    [[nodiscard]] std::uint16_t refusal_status() const;

    bool operator==(const GradientControllerConfig&) const = default;
};

/// Envoy's counters and gauges, under its names.
struct GradientControllerStats {
    std::uint64_t rq_blocked = 0;
    std::uint64_t concurrency_limit = 0;
    double gradient = 0;
    double burst_queue_size = 0;
    Duration min_rtt{};
    Duration sample_rtt{};
    bool min_rtt_calculation_active = false;
};

/// Latencies in bins of two decimal digits, as the library counts that Envoy uses.
class LatencySamples {
public:
    void add(std::int64_t microseconds) {
        ++bins_[bin_of(microseconds)];
        ++count_;
    }
    [[nodiscard]] std::uint64_t count() const {
        return count_;
    }
    /// Returns the quantile, found within its bin in proportion. Requires: there is a sample;
    /// quantile is from 0 to 1.
    [[nodiscard]] double quantile(double quantile) const;
    void clear() {
        bins_.clear();
        count_ = 0;
    }

private:
    struct Bin {
        double low = 0;
        double width = 0;

        auto operator<=>(const Bin&) const = default;
    };

    [[nodiscard]] static Bin bin_of(std::int64_t microseconds);

    std::map<Bin, std::uint64_t> bins_;
    std::uint64_t count_ = 0;
};

/// Limits the requests that are under way: the limit grows while they are about as fast as the
/// fastest measured, and shrinks when they are slower.
class GradientController {
public:
    /// The first measurement begins at `now`.
    GradientController(const GradientControllerConfig& config, TimePoint now);

    /// Returns whether a request passes; else it is answered with `refusal_status`.
    [[nodiscard]] bool lets_pass(TimePoint now);
    [[nodiscard]] std::uint16_t refusal_status() const {
        return config_.refusal_status();
    }
    /// Tells that a request that passed at `sent` has its answer, or was given up.
    void record(TimePoint sent, TimePoint now, Random& random);
    void cancel() {
        --requests_active_;
    }

    /// Returns the state, after what was due up to `now`.
    [[nodiscard]] const GradientControllerStats& stats(TimePoint now);

private:
    void catch_up(TimePoint now);
    void begin_measurement(TimePoint now);
    void end_measurement(TimePoint now, Random& random);
    void end_sample();
    [[nodiscard]] Duration take_quantile();
    void set_limit(std::uint32_t limit, TimePoint now);

    GradientControllerConfig config_;
    GradientControllerStats stats_;
    LatencySamples samples_;
    std::uint32_t limit_ = 0;
    std::optional<std::uint32_t> limit_after_;  // the measurement that goes on
    std::uint32_t requests_active_ = 0;
    std::uint32_t lowest_in_a_row_ = 0;
    TimePoint measured_from_{};
    TimePoint next_measurement_ = TimePoint::max();
    TimePoint next_sample_ = TimePoint::max();
};

}  // namespace wavetank::mesh
