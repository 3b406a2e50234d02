#pragma once

/// \file
/// Does a proxy let a request pass that will probably fail? Envoy's admission control, under the
/// names and with the defaults of its v3 API.

#include <wavetank/base/random.hpp>
#include <wavetank/base/time.hpp>
#include <wavetank/mesh/health_check.hpp>

#include <chrono>
#include <cstdint>
#include <deque>
#include <vector>

namespace wavetank::mesh {

struct AdmissionControl {
    Duration sampling_window = std::chrono::seconds{30};  ///< whole seconds
    double aggression = 1;                                ///< at least 1
    double sr_threshold = 95;               ///< in percent; below it, some are refused
    std::uint32_t rps_threshold = 0;        ///< below it, none are
    double max_rejection_probability = 80;  ///< in percent
    /// What counts as a success; below 500 if there are none.
    std::vector<StatusRange> http_success_status{};

    /// Tells what a request's end counts as.
    [[nodiscard]] bool is_success(std::uint16_t status) const;

    bool operator==(const AdmissionControl&) const = default;
};

/// What one proxy's filter remembers of its requests' ends.
class AdmissionController {
public:
    explicit AdmissionController(AdmissionControl config) : config_(std::move(config)) {}

    /// Draws whether a request passes; else it is answered with 503.
    [[nodiscard]] bool lets_pass(TimePoint now, Random& random);
    /// Tells how a request that passed ended.
    void record(std::uint16_t status, TimePoint now);

    /// Returns the probability with which a request would be refused:
    /// ((n - successes / threshold) / (n + 1)) ^ (1 / aggression), over the window, from 0 to the
    /// maximum.
    [[nodiscard]] double rejection_probability(TimePoint now);

    [[nodiscard]] std::uint64_t rejected() const {
        return rejected_;  // `rq_rejected`
    }

private:
    // Requests of about a second.
    struct Sample {
        TimePoint begun{};
        std::uint64_t requests = 0;
        std::uint64_t successes = 0;
    };

    void forget(TimePoint now);

    AdmissionControl config_;
    std::deque<Sample> samples_;
    Sample sum_;
    std::uint64_t rejected_ = 0;
};

}  // namespace wavetank::mesh
