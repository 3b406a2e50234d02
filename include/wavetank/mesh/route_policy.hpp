#pragma once

/// \file
/// What does a client's proxy do besides choosing an endpoint? Time limits, retries, and limits of
/// what it has in flight, under the names and with the defaults of Envoy's v3 API.

#include <wavetank/base/result.hpp>
#include <wavetank/base/time.hpp>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace wavetank::mesh {

/// Why an attempt has no answer of the service itself.
enum class ResetReason : std::uint8_t {
    None,               ///< it has one
    ConnectionFailure,  ///< nobody listened
    Reset,              ///< the connection broke
    PerTryTimeout,
};

/// Which attempts are made again (`retry_on`).
struct RetryOn {
    bool server_error = false;            ///< 5xx: any 500 to 599, and every reset
    bool gateway_error = false;           ///< 502, 503, 504, and every reset
    bool reset = false;                   ///< no answer, for whatever reason
    bool connect_failure = false;         ///< nobody listened
    bool reset_before_request = false;    ///< the request was not sent: nobody listened
    bool retriable_4xx = false;           ///< 409
    bool retriable_status_codes = false;  ///< those of the policy

    bool operator==(const RetryOn&) const = default;
};

/// Pauses before retries: whole milliseconds, the n-th drawn from [0, base_interval * 2^(n-1)), at
/// most `max_interval` (Envoy's JitteredExponentialBackOffStrategy).
struct RetryBackOff {
    Duration base_interval = std::chrono::milliseconds{25};  ///< a millisecond at least
    std::optional<Duration> max_interval{};                  ///< unset: ten times the base

    /// Returns what the pause before retry number `retry`, from 1, is shorter than.
    [[nodiscard]] Duration ceiling(std::uint32_t retry) const;

    bool operator==(const RetryBackOff&) const = default;
};

struct RetryPolicy {
    RetryOn retry_on{};
    std::vector<std::uint16_t> retriable_status_codes{};
    std::uint32_t num_retries = 1;
    Duration per_try_timeout{};  ///< 0: none
    RetryBackOff retry_back_off{};
    /// Whether endpoints that were tried before are passed over (the predicate `previous_hosts`),
    /// for so many picks more; then whichever comes is taken.
    bool previous_hosts = false;
    std::uint32_t host_selection_retry_max_attempts = 1;

    /// Tells whether an attempt that ended so is one to make again.
    [[nodiscard]] bool would_retry(std::uint16_t status, ResetReason reason) const;

    bool operator==(const RetryPolicy&) const = default;
};

/// Reads `retry_on`, a list with commas such as "5xx,connect-failure,503" where a number stands for
/// a status to retry, as Istio has it. Conditions of gRPC, of headers and of refused streams are
/// taken and never met: there are no such answers here.
/// Errors: `BadRequest` for any other word.
[[nodiscard]] Result<> read_retry_on(std::string_view text, RetryPolicy& policy);

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

    bool operator==(const RoutePolicy&) const = default;
};

/// What became of requests to a service, under Envoy's names for a cluster's counters.
struct UpstreamCounters {
    std::uint64_t upstream_rq_total = 0;  ///< attempts
    std::uint64_t upstream_rq_timeout = 0;
    std::uint64_t upstream_rq_per_try_timeout = 0;
    std::uint64_t upstream_rq_retry = 0;
    std::uint64_t upstream_rq_retry_success = 0;
    std::uint64_t upstream_rq_retry_limit_exceeded = 0;
    std::uint64_t upstream_rq_retry_overflow = 0;
    std::uint64_t upstream_rq_pending_overflow = 0;  ///< refused by `max_requests`

    /// Adds what others counted.
    UpstreamCounters& operator+=(const UpstreamCounters& others);

    bool operator==(const UpstreamCounters&) const = default;
};

}  // namespace wavetank::mesh
