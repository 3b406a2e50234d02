#pragma once

/// \file
/// What does a client's proxy do besides choosing an endpoint? Time limits, retries, and limits of
/// what it has in flight, under the names and with the defaults of Envoy's v3 API.

#include <wavetank/base/time.hpp>
#include <wavetank/mesh/circuit_breakers.hpp>
#include <wavetank/mesh/conn_pool.hpp>
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
    /// If set, requests go over connections, of which `thresholds` limits how many there are and
    /// how many requests wait for one. Unset, there is always one. A simulation lets them last for
    /// ever: of their times none is looked at.
    std::optional<ConnPoolOptions> connection_pool{};
    std::optional<OutlierDetection> outlier_detection{};
    /// In percent: if fewer of a service's hosts are left, all of them are picked from.
    double healthy_panic_threshold = 50;
    /// Whoever picks hosts hears of ejections at once, and of those that follow within this time
    /// when it ends.
    Duration update_merge_window = std::chrono::seconds{1};
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
