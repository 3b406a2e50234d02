#include <wavetank/mesh/route_policy.hpp>

namespace wavetank::mesh {

UpstreamCounters& UpstreamCounters::operator+=(const UpstreamCounters& others) {
    TrafficStats::operator+=(others);
    upstream_rq_timeout += others.upstream_rq_timeout;
    upstream_rq_per_try_timeout += others.upstream_rq_per_try_timeout;
    lb_healthy_panic += others.lb_healthy_panic;
    outlier_detection += others.outlier_detection;
    health_check += others.health_check;
    filters += others.filters;
    fault.aborts_injected += others.fault.aborts_injected;
    fault.delays_injected += others.fault.delays_injected;
    fault.faults_overflow += others.fault.faults_overflow;
    fault.active_faults += others.fault.active_faults;
    upstream_rq_retry += others.upstream_rq_retry;
    upstream_rq_retry_success += others.upstream_rq_retry_success;
    upstream_rq_retry_limit_exceeded += others.upstream_rq_retry_limit_exceeded;
    upstream_rq_retry_overflow += others.upstream_rq_retry_overflow;
    upstream_rq_retry_backoff_exponential += others.upstream_rq_retry_backoff_exponential;
    upstream_rq_retry_backoff_ratelimited += others.upstream_rq_retry_backoff_ratelimited;
    return *this;
}

}  // namespace wavetank::mesh
