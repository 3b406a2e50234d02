#pragma once

/// \file
/// How many requests may pass a proxy in a time? Envoy's local rate limit, under the names of its
/// v3 API.

#include <wavetank/base/time.hpp>
#include <wavetank/mesh/fractional_percent.hpp>

#include <chrono>
#include <cstdint>

namespace wavetank::mesh {

struct TokenBucket {
    std::uint32_t max_tokens = 1;
    std::uint32_t tokens_per_fill = 1;
    Duration fill_interval = std::chrono::seconds{1};  ///< 50 ms at least

    bool operator==(const TokenBucket&) const = default;
};

/// A bucket that is full at first and fills all the time, not in steps: Envoy's
/// `AtomicTokenBucketImpl`. In double seconds, as Envoy has it.
class TokenSupply {
public:
    explicit TokenSupply(const TokenBucket& bucket);

    /// Takes a token if there is a whole one. Requires: `now` does not go back.
    [[nodiscard]] bool take(TimePoint now);
    [[nodiscard]] double tokens(TimePoint now) const;

private:
    double max_tokens_;
    double fill_rate_;  // tokens a second
    double empty_at_;   // the time at which it would have been empty, in seconds
};

struct LocalRateLimit {
    TokenBucket token_bucket{};
    FractionalPercent filter_enabled{};
    FractionalPercent filter_enforced{};
    std::uint16_t status = 429;

    /// Returns what is answered to a request that does not pass: `status`, but 429 where that is
    /// no error.
    [[nodiscard]] std::uint16_t refusal_status() const;

    bool operator==(const LocalRateLimit&) const = default;
};

/// Envoy's counters, under its names below `http_local_rate_limit.`.
struct LocalRateLimitStats {
    std::uint64_t enabled = 0;
    std::uint64_t ok = 0;
    std::uint64_t rate_limited = 0;
    std::uint64_t enforced = 0;

    /// Adds what others counted.
    LocalRateLimitStats& operator+=(const LocalRateLimitStats& others);

    bool operator==(const LocalRateLimitStats&) const = default;
};

/// What one proxy's filter lets pass.
class LocalRateLimitFilter {
public:
    explicit LocalRateLimitFilter(const LocalRateLimit& config)
        : config_(config), supply_(config.token_bucket) {}

    /// Returns whether a request passes; else it is answered with `refusal_status`, flag RL.
    [[nodiscard]] bool lets_pass(TimePoint now, Random& random) {
        return lets_pass(now, random, stats_);
    }
    /// The same, but counts elsewhere.
    [[nodiscard]] bool lets_pass(TimePoint now, Random& random, LocalRateLimitStats& stats);

    [[nodiscard]] std::uint16_t refusal_status() const {
        return config_.refusal_status();
    }
    [[nodiscard]] const LocalRateLimitStats& stats() const {
        return stats_;
    }

private:
    LocalRateLimit config_;
    TokenSupply supply_;
    LocalRateLimitStats stats_;
};

}  // namespace wavetank::mesh
