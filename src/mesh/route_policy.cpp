#include <wavetank/mesh/route_policy.hpp>

#include <algorithm>

namespace wavetank::mesh {

std::uint32_t Thresholds::retry_limit(std::uint32_t requests_active) const {
    if (!retry_budget) {
        return max_retries;
    }
    const auto share =
        static_cast<std::uint32_t>(retry_budget->budget_percent / 100.0 * requests_active);
    return std::max(share, retry_budget->min_retry_concurrency);
}

UpstreamCounters& UpstreamCounters::operator+=(const UpstreamCounters& others) {
    upstream_rq_total += others.upstream_rq_total;
    upstream_rq_timeout += others.upstream_rq_timeout;
    upstream_rq_per_try_timeout += others.upstream_rq_per_try_timeout;
    upstream_rq_retry += others.upstream_rq_retry;
    upstream_rq_retry_success += others.upstream_rq_retry_success;
    upstream_rq_retry_limit_exceeded += others.upstream_rq_retry_limit_exceeded;
    upstream_rq_retry_overflow += others.upstream_rq_retry_overflow;
    upstream_rq_retry_backoff_exponential += others.upstream_rq_retry_backoff_exponential;
    upstream_rq_retry_backoff_ratelimited += others.upstream_rq_retry_backoff_ratelimited;
    upstream_rq_pending_overflow += others.upstream_rq_pending_overflow;
    return *this;
}

}  // namespace wavetank::mesh
