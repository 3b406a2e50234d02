#include <wavetank/mesh/traffic_stats.hpp>

#include <array>

namespace wavetank::mesh {
namespace {

constexpr std::array<TrafficStat, 26> all_traffic_stats{{
    {"upstream_cx_total", &TrafficStats::upstream_cx_total},
    {"upstream_cx_overflow", &TrafficStats::upstream_cx_overflow},
    {"upstream_cx_pool_overflow", &TrafficStats::upstream_cx_pool_overflow},
    {"upstream_cx_connect_fail", &TrafficStats::upstream_cx_connect_fail},
    {"upstream_cx_connect_timeout", &TrafficStats::upstream_cx_connect_timeout},
    {"upstream_cx_idle_timeout", &TrafficStats::upstream_cx_idle_timeout},
    {"upstream_cx_max_requests", &TrafficStats::upstream_cx_max_requests},
    {"upstream_cx_max_duration_reached", &TrafficStats::upstream_cx_max_duration_reached},
    {"upstream_cx_protocol_error", &TrafficStats::upstream_cx_protocol_error},
    {"upstream_cx_destroy", &TrafficStats::upstream_cx_destroy},
    {"upstream_cx_destroy_local", &TrafficStats::upstream_cx_destroy_local},
    {"upstream_cx_destroy_remote", &TrafficStats::upstream_cx_destroy_remote},
    {"upstream_cx_destroy_with_active_rq", &TrafficStats::upstream_cx_destroy_with_active_rq},
    {"upstream_cx_destroy_local_with_active_rq",
     &TrafficStats::upstream_cx_destroy_local_with_active_rq},
    {"upstream_cx_destroy_remote_with_active_rq",
     &TrafficStats::upstream_cx_destroy_remote_with_active_rq},
    {"upstream_rq_total", &TrafficStats::upstream_rq_total},
    {"upstream_rq_pending_total", &TrafficStats::upstream_rq_pending_total},
    {"upstream_rq_pending_overflow", &TrafficStats::upstream_rq_pending_overflow},
    {"upstream_rq_pending_failure_eject", &TrafficStats::upstream_rq_pending_failure_eject},
    {"upstream_rq_active_overflow", &TrafficStats::upstream_rq_active_overflow},
    {"upstream_rq_cancelled", &TrafficStats::upstream_rq_cancelled},
    {"upstream_rq_tx_reset", &TrafficStats::upstream_rq_tx_reset},
    {"upstream_rq_rx_reset", &TrafficStats::upstream_rq_rx_reset},
    {"upstream_cx_active", &TrafficStats::upstream_cx_active, true},
    {"upstream_rq_active", &TrafficStats::upstream_rq_active, true},
    {"upstream_rq_pending_active", &TrafficStats::upstream_rq_pending_active, true},
}};

}  // namespace

std::span<const TrafficStat> traffic_stats() {
    return all_traffic_stats;
}

TrafficStats& TrafficStats::operator+=(const TrafficStats& others) {
    for (const TrafficStat& stat : all_traffic_stats) {
        this->*stat.value += others.*stat.value;
    }
    return *this;
}

}  // namespace wavetank::mesh
