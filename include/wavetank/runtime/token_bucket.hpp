#pragma once

/// \file
/// How long has the next request to wait? A rate with a burst (Go's `golang.org/x/time/rate`, which
/// clients of Kubernetes and their work queues stand on).

#include <wavetank/base/time.hpp>

#include <cstdint>

namespace wavetank::runtime {

struct RateLimit {
    std::int64_t per_second = 0;  ///< 0: no limit
    std::int64_t burst = 1;       ///< how many may come at once after a rest

    bool operator==(const RateLimit&) const = default;
};

/// Lets things through at a rate. It has no clock: it is told the time, which never goes back.
class TokenBucket {
public:
    explicit TokenBucket(RateLimit limit) : limit_{limit} {}

    /// Takes a token, even if there is none yet. Returns how long it takes until it is there, to
    /// the nanosecond; zero if it is.
    [[nodiscard]] Duration take(TimePoint now);

private:
    RateLimit limit_;
    TimePoint full_at_{};  // when all tokens would be back
};

}  // namespace wavetank::runtime
