#pragma once

/// \file
/// What does a client's proxy do besides choosing an endpoint? Time limits, retries, and limits of
/// what it has in flight, under the names and with the defaults of Envoy's v3 API.

#include <wavetank/base/time.hpp>
#include <wavetank/mesh/circuit_breakers.hpp>
#include <wavetank/mesh/outlier_detection.hpp>
#include <wavetank/mesh/retry_policy.hpp>
#include <wavetank/mesh/traffic_stats.hpp>

#include <chrono>
#include <cstdint>
#include <optional>

namespace wavetank::mesh {

/// How requests to one service are sent.
struct RoutePolicy {
    Duration timeout = std::chrono::seconds{15};  ///< of all attempts and pauses; 0: none
    RetryPolicy retry_policy{};
    Thresholds thresholds{};
    /// When a try has had its time, makes another one beside it (`HedgePolicy`).
    bool hedge_on_per_try_timeout = false;
    std::optional<OutlierDetection> outlier_detection{};
    std::uint32_t max_requests_per_connection = 0;  ///< 0: any number
    Duration connect_timeout = std::chrono::seconds{5};
    double healthy_panic_threshold = 50;  ///< in percent of a service's hosts
};

/// What became of requests to a service, under Envoy's names for a cluster's counters.
struct UpstreamCounters : RetryStats, TrafficStats {
    std::uint64_t upstream_rq_timeout = 0;
    std::uint64_t upstream_rq_per_try_timeout = 0;
    std::uint64_t lb_healthy_panic = 0;  ///< picks among all hosts, as too few are left
    OutlierStats outlier_detection{};

    /// Adds what others counted.
    UpstreamCounters& operator+=(const UpstreamCounters& others);

    bool operator==(const UpstreamCounters&) const = default;
};

}  // namespace wavetank::mesh
