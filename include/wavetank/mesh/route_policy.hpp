#pragma once

/// \file
/// What does a client's proxy do besides choosing an endpoint? Time limits, retries, and limits of
/// what it has in flight, under the names and with the defaults of Envoy's v3 API.

#include <wavetank/base/time.hpp>
#include <wavetank/mesh/retry_policy.hpp>

#include <chrono>
#include <cstdint>
#include <optional>

namespace wavetank::mesh {

struct RetryBudget {
    double budget_percent = 20;  ///< of the requests that are active or wait for a connection
    std::uint32_t min_retry_concurrency = 3;

    bool operator==(const RetryBudget&) const = default;
};

/// What one proxy may have in flight to one service (`CircuitBreakers.Thresholds`).
struct Thresholds {
    std::uint32_t max_requests = 1024;
    std::uint32_t max_retries = 3;
    std::optional<RetryBudget> retry_budget{};  ///< in place of `max_retries`

    /// Returns how many retries may be under way while so many requests are.
    [[nodiscard]] std::uint32_t retry_limit(std::uint32_t requests_active) const;

    bool operator==(const Thresholds&) const = default;
};

/// How requests to one service are sent.
struct RoutePolicy {
    Duration timeout = std::chrono::seconds{15};  ///< of all attempts and pauses; 0: none
    RetryPolicy retry_policy{};
    Thresholds thresholds{};
};

/// What became of requests to a service, under Envoy's names for a cluster's counters.
struct UpstreamCounters : RetryStats {
    std::uint64_t upstream_rq_total = 0;  ///< attempts
    std::uint64_t upstream_rq_timeout = 0;
    std::uint64_t upstream_rq_per_try_timeout = 0;
    std::uint64_t upstream_rq_pending_overflow = 0;  ///< refused by `max_requests`

    /// Adds what others counted.
    UpstreamCounters& operator+=(const UpstreamCounters& others);

    bool operator==(const UpstreamCounters&) const = default;
};

}  // namespace wavetank::mesh
