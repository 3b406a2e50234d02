#pragma once

/// \file
/// What a proxy counts of its connections and requests to one cluster, under Envoy's names.

#include <cstdint>
#include <span>
#include <string_view>

namespace wavetank::mesh {

/// Counters, and at the end gauges.
struct TrafficStats {
    std::uint64_t upstream_cx_total = 0;
    std::uint64_t upstream_cx_overflow = 0;       ///< times that `max_connections` forbade one
    std::uint64_t upstream_cx_pool_overflow = 0;  ///< requests that could not have a pool
    std::uint64_t upstream_cx_connect_fail = 0;
    std::uint64_t upstream_cx_connect_timeout = 0;
    std::uint64_t upstream_cx_idle_timeout = 0;
    std::uint64_t upstream_cx_max_requests = 0;  ///< that have carried all they may carry
    std::uint64_t upstream_cx_max_duration_reached = 0;
    std::uint64_t upstream_cx_protocol_error = 0;
    std::uint64_t upstream_cx_destroy = 0;
    std::uint64_t upstream_cx_destroy_local = 0;
    std::uint64_t upstream_cx_destroy_remote = 0;
    std::uint64_t upstream_cx_destroy_with_active_rq = 0;
    std::uint64_t upstream_cx_destroy_local_with_active_rq = 0;
    std::uint64_t upstream_cx_destroy_remote_with_active_rq = 0;
    std::uint64_t upstream_rq_total = 0;             ///< attempts that got a connection
    std::uint64_t upstream_rq_pending_total = 0;     ///< that waited for one
    std::uint64_t upstream_rq_pending_overflow = 0;  ///< refused by `max_pending_requests`
    /// Whose connection was not made or, of HTTP/2, ended.
    std::uint64_t upstream_rq_pending_failure_eject = 0;
    std::uint64_t upstream_rq_active_overflow = 0;  ///< refused by `max_requests`
    std::uint64_t upstream_rq_cancelled = 0;        ///< given up while they waited
    std::uint64_t upstream_rq_tx_reset = 0;         ///< of HTTP/2: reset by this side
    std::uint64_t upstream_rq_rx_reset = 0;         ///< of HTTP/2: reset by the other
    std::uint64_t upstream_cx_active = 0;           ///< a gauge, as all that follow
    std::uint64_t upstream_rq_active = 0;
    std::uint64_t upstream_rq_pending_active = 0;

    /// Adds what others counted.
    TrafficStats& operator+=(const TrafficStats& others);

    bool operator==(const TrafficStats&) const = default;
};

struct TrafficStat {
    std::string_view name;
    std::uint64_t TrafficStats::*value;
    bool is_gauge = false;
};

/// Lists them all, with their names.
[[nodiscard]] std::span<const TrafficStat> traffic_stats();

}  // namespace wavetank::mesh
