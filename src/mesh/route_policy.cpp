#include <wavetank/mesh/route_policy.hpp>

#include <wavetank/base/ascii.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <string>
#include <system_error>

namespace wavetank::mesh {
namespace {

// Conditions that exist, and that nothing here can meet.
constexpr std::array<std::string_view, 9> never_met{
    "cancelled",         "deadline-exceeded", "envoy-ratelimited",
    "internal",          "refused-stream",    "resource-exhausted",
    "retriable-headers", "unavailable",       "http3-post-connect-failure",
};

bool RetryOn::*condition_called(std::string_view name) {
    struct Named {
        std::string_view name;
        bool RetryOn::*condition;
    };
    constexpr std::array<Named, 7> known{{
        {"5xx", &RetryOn::server_error},
        {"gateway-error", &RetryOn::gateway_error},
        {"reset", &RetryOn::reset},
        {"connect-failure", &RetryOn::connect_failure},
        {"reset-before-request", &RetryOn::reset_before_request},
        {"retriable-4xx", &RetryOn::retriable_4xx},
        {"retriable-status-codes", &RetryOn::retriable_status_codes},
    }};
    const auto* const found = std::ranges::find(known, name, &Named::name);
    return found == known.end() ? nullptr : found->condition;
}

}  // namespace

Duration RetryBackOff::ceiling(std::uint32_t retry) const {
    const Duration most = max_interval.value_or(10 * base_interval);
    Duration interval = base_interval;
    for (std::uint32_t i = 1; i < retry && interval < most; ++i) {
        interval *= 2;
    }
    return std::min(interval, most);
}

bool RetryPolicy::would_retry(std::uint16_t status, ResetReason reason) const {
    if (reason != ResetReason::None) {
        return retry_on.reset || retry_on.server_error || retry_on.gateway_error ||
               ((retry_on.connect_failure || retry_on.reset_before_request) &&
                reason == ResetReason::ConnectionFailure);
    }
    return (retry_on.server_error && status >= 500 && status < 600) ||
           (retry_on.gateway_error && status >= 502 && status <= 504) ||
           (retry_on.retriable_4xx && status == 409) ||
           (retry_on.retriable_status_codes &&
            std::ranges::find(retriable_status_codes, status) != retriable_status_codes.end());
}

Result<> read_retry_on(std::string_view text, RetryPolicy& policy) {
    while (!text.empty()) {
        const auto comma = std::min(text.find(','), text.size());
        const std::string_view word = trimmed(text.substr(0, comma));
        text.remove_prefix(std::min(comma + 1, text.size()));
        if (word.empty()) {
            continue;
        }
        std::uint16_t status = 0;
        const auto [end, failure] = std::from_chars(word.data(), word.data() + word.size(), status);
        if (failure == std::errc{} && end == word.data() + word.size() && status >= 100 &&
            status < 600) {
            policy.retry_on.retriable_status_codes = true;
            policy.retriable_status_codes.push_back(status);
        } else if (bool RetryOn::*const condition = condition_called(word)) {
            policy.retry_on.*condition = true;
        } else if (std::ranges::find(never_met, word) == never_met.end()) {
            return Error{.reason = Reason::BadRequest,
                         .message = "\"" + std::string{word} +
                                    "\" is no condition for a retry; known are 5xx, gateway-error, "
                                    "reset, connect-failure, retriable-4xx, "
                                    "retriable-status-codes, and statuses such as 503"};
        }
    }
    return {};
}

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
    upstream_rq_pending_overflow += others.upstream_rq_pending_overflow;
    return *this;
}

}  // namespace wavetank::mesh
