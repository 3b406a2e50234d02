#pragma once

/// \file
/// What does the simulator say of the service that is measured?

#include <wavetank/metrics/histogram.hpp>
#include <wavetank/sim/data_plane.hpp>

#include "reality/open_loop.hpp"

#include <array>
#include <cstdint>
#include <string>

namespace wavetank::reality {

inline constexpr std::array percentiles{0.5, 0.9, 0.99};

/// Replicas of one CPU each, behind one proxy. Rate and speed are those that were measured: chance
/// makes them a little other than they should be, and near saturation a little more makes long
/// queues.
struct Scene {
    sim::DeclaredProgram program;
    std::uint32_t replicas = 1;
    /// LEAST_REQUEST, ROUND_ROBIN, RANDOM, or LEAST_CONNECTIONS: the idlest of all, as HAProxy's
    /// `leastconn` and Envoy's `FULL_SCAN` have it.
    std::string load_balancer = "ROUND_ROBIN";
    Pace pace{};
    double speed = 1;  ///< work that a CPU gets done in a second
};

/// Returns whether `name` is a balancer that a scene can have.
[[nodiscard]] bool is_load_balancer(const std::string& name);

/// The percentiles of many runs of the length that was measured.
struct Forecast {
    metrics::Histogram latency;  ///< of all runs together
    /// How far, as a part of it, nine of ten runs stay from the percentile if what is due to their
    /// own rate and work is taken out: what a single measurement of that length is off by chance.
    std::array<double, percentiles.size()> chance{};
};

[[nodiscard]] Forecast forecast(const Scene& scene, std::uint64_t seed);

}  // namespace wavetank::reality
