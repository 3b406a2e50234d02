#pragma once

/// \file
/// Is a request sent again, and when? Envoy's `RetryPolicy`, and what it comes to for one request.
///
/// It knows no clock and sends nothing: whoever sends requests asks after each attempt.

#include <wavetank/base/random.hpp>
#include <wavetank/base/time.hpp>
#include <wavetank/mesh/message.hpp>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace wavetank::mesh {

/// A header that must be there, or have a value.
struct RetryHeader {
    std::string name{};                  ///< in any case
    std::optional<std::string> exact{};  ///< unset: any value
    bool invert_match = false;

    [[nodiscard]] bool matches(const Headers& headers) const;
};

/// A header in which a server says when to come again.
struct ResetHeader {
    enum class Format : std::uint8_t {
        Seconds,        ///< from now on
        UnixTimestamp,  ///< in seconds
    };

    std::string name{};
    Format format = Format::Seconds;
};

/// Envoy's v3 `RetryPolicy`, by its names.
struct RetryPolicy {
    /// What is tried again, separated by commas: 5xx, gateway-error, reset, reset-before-request,
    /// connect-failure, refused-stream, retriable-4xx, retriable-status-codes, retriable-headers,
    /// envoy-ratelimited, and of gRPC cancelled, deadline-exceeded, internal, resource-exhausted
    /// and unavailable. Others do not count.
    std::string retry_on{};
    std::uint32_t num_retries = 1;
    std::optional<Duration> per_try_timeout{};
    std::optional<Duration> per_try_idle_timeout{};
    std::vector<std::uint16_t> retriable_status_codes{};
    std::vector<RetryHeader> retriable_headers{};          ///< of answers
    std::vector<RetryHeader> retriable_request_headers{};  ///< if there are any, one must match
    Duration base_interval = std::chrono::milliseconds{25};
    std::optional<Duration> max_interval{};  ///< ten times the base if unset
    std::vector<ResetHeader> reset_headers{};
    Duration rate_limited_max_interval = std::chrono::seconds{300};  ///< later is not believed
    bool previous_hosts = false;  ///< picks another host than those that were tried
    std::uint32_t host_selection_retry_max_attempts = 1;
    /// Every so many attempts, the priorities of the hosts that were tried are left out.
    std::optional<std::uint32_t> previous_priorities_update_frequency{};
};

/// Why an attempt came to nothing.
enum class ResetReason : std::uint8_t {
    ConnectionFailure,      ///< none could be made
    ConnectionTimeout,      ///< none was made in time
    ConnectionTermination,  ///< it ended
    RemoteReset,            ///< the server reset the stream
    RemoteRefusedStreamReset,
    LocalReset,  ///< the proxy did: the time of this try is up
    Overflow,    ///< a circuit breaker refused it
    ProtocolError,
};

enum class RetryStatus : std::uint8_t {
    No,
    Yes,
    NoRetryLimitExceeded,  ///< flag URX
    NoOverflow,            ///< flag UO
};

/// Envoy's counters of a cluster, under its names.
struct RetryStats {
    std::uint64_t upstream_rq_retry = 0;
    std::uint64_t upstream_rq_retry_success = 0;
    std::uint64_t upstream_rq_retry_limit_exceeded = 0;
    std::uint64_t upstream_rq_retry_overflow = 0;
    std::uint64_t upstream_rq_retry_backoff_exponential = 0;
    std::uint64_t upstream_rq_retry_backoff_ratelimited = 0;

    bool operator==(const RetryStats&) const = default;
};

/// What else matters when an attempt has ended.
struct RetrySituation {
    bool has_room = true;           ///< the circuit breaker or budget of retries lets one more pass
    bool request_started = true;    ///< the attempt had been sent to a server; matters to resets
    std::int64_t unix_seconds = 0;  ///< civil time
};

/// One request's retries. Lifetime: the policy and the counters outlive it.
class RetryState {
public:
    /// `headers` are the request's, of which x-envoy-retry-on, x-envoy-retry-grpc-on,
    /// x-envoy-max-retries, x-envoy-retriable-status-codes and x-envoy-retriable-header-names add
    /// to the policy or override it. Those of clients that are not to be believed must have been
    /// taken out before.
    RetryState(const RetryPolicy& policy, const Headers& headers, RetryStats& stats);

    /// Says what becomes of an attempt that was answered.
    [[nodiscard]] RetryStatus on_answer(std::uint16_t status, const Headers& headers,
                                        const RetrySituation& situation);

    /// Says what becomes of an attempt that came to nothing.
    [[nodiscard]] RetryStatus on_reset(ResetReason reason, const RetrySituation& situation);

    /// Says whether another attempt comes beside one that has had its time and goes on all the same
    /// (hedging). Which conditions there are does not matter, but there must be some: in the
    /// policy, or a header that names any, known or not.
    [[nodiscard]] RetryStatus on_hedge(const RetrySituation& situation);

    /// Returns whether the policy would try again after such an answer if it could.
    [[nodiscard]] bool would_retry(std::uint16_t status, const Headers& headers) const {
        return is_retriable(status, headers);
    }

    /// Returns how long to wait before the next attempt: below 1, 2, 4, ... times the base, whole
    /// milliseconds, up to the maximum; or, if the server said when, up to half as long again.
    /// Requires: the answer was Yes; once for each. `random` is any generator that has `below`.
    template <class Generator>
    [[nodiscard]] Duration next_back_off(Generator& random) {
        const BackOff drawn_from = next_back_off();
        const auto drawn = random.below(static_cast<std::uint64_t>(drawn_from.width));
        return std::chrono::milliseconds{drawn_from.least + static_cast<std::int64_t>(drawn)};
    }

    [[nodiscard]] std::uint32_t retries_left() const {
        return retries_left_;
    }

private:
    // Milliseconds from `least` on, below `least` + `width`.
    struct BackOff {
        std::int64_t least = 0;
        std::int64_t width = 1;
    };

    [[nodiscard]] BackOff next_back_off();
    [[nodiscard]] bool has(std::uint32_t condition) const {
        return (retry_on_ & condition) != 0;
    }
    [[nodiscard]] bool is_retriable(std::uint16_t status, const Headers& headers) const;
    [[nodiscard]] bool is_retriable(ResetReason reason) const;
    [[nodiscard]] std::optional<Duration> reset_interval(const Headers& headers,
                                                         std::int64_t unix_seconds) const;
    RetryStatus decide(bool is_retriable, const RetrySituation& situation);
    void read_headers(const Headers& headers);

    const RetryPolicy& policy_;
    RetryStats& stats_;
    std::uint32_t retry_on_ = 0;
    std::uint32_t retries_left_ = 0;
    std::vector<std::uint16_t> retriable_status_codes_;
    std::vector<RetryHeader> retriable_headers_;
    std::int64_t next_interval_ = 1;  // milliseconds
    std::int64_t max_interval_ = 1;
    std::optional<Duration> reset_after_;  // as the server said
    bool is_retry_ = false;                // the attempt that goes on
    bool is_asked_for_ = false;            // some condition is named
    bool request_started_ = false;         // of an attempt that was reset, this one or before
};

}  // namespace wavetank::mesh
