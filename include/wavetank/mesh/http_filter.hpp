#pragma once

/// \file
/// What do a proxy's HTTP filters do to a request before it is routed? Local rate limits, admission
/// control and adaptive concurrency, one after the other.

#include <wavetank/base/random.hpp>
#include <wavetank/base/time.hpp>
#include <wavetank/mesh/adaptive_concurrency.hpp>
#include <wavetank/mesh/admission_control.hpp>
#include <wavetank/mesh/local_rate_limit.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace wavetank::mesh {

/// One of them.
struct HttpFilter {
    std::string name{};  ///< tells it from others with the same settings
    std::variant<LocalRateLimit, AdmissionControl, GradientControllerConfig> config{};

    bool operator==(const HttpFilter&) const = default;
};

/// What filters counted, under Envoy's names less their prefixes.
struct HttpFilterStats {
    LocalRateLimitStats http_local_rate_limit{};
    // Below `admission_control.`:
    std::uint64_t rq_rejected = 0;
    std::uint64_t rq_success = 0;
    std::uint64_t rq_failure = 0;
    std::uint64_t rq_blocked = 0;  ///< below `adaptive_concurrency.gradient_controller.`

    /// Adds what others counted.
    HttpFilterStats& operator+=(const HttpFilterStats& others);

    bool operator==(const HttpFilterStats&) const = default;
};

/// One filter of one proxy, with what it remembers.
class HttpFilterState {
public:
    HttpFilterState(const HttpFilter& filter, TimePoint now, const Random& random);

    /// Begins with a request. Returns with which status the filter answers it; nothing: it passes,
    /// and `end` is to be told of its end.
    [[nodiscard]] std::optional<std::uint16_t> begin(TimePoint now, HttpFilterStats& stats);
    /// Tells how a request ended that passed at `begun`.
    void end(std::uint16_t status, TimePoint begun, TimePoint now, HttpFilterStats& stats);

    [[nodiscard]] const HttpFilter& filter() const {
        return filter_;
    }

private:
    HttpFilter filter_;
    Random random_;
    std::variant<LocalRateLimitFilter, AdmissionController, GradientController> state_;
};

/// The filters that a request meets, in order. Lifetime: they outlive it.
class HttpFilterChain {
public:
    explicit HttpFilterChain(std::vector<HttpFilterState*> filters)
        : filters_(std::move(filters)) {}

    /// The same for a request that meets them all: where one answers it, those before it hear of
    /// that at once.
    [[nodiscard]] std::optional<std::uint16_t> begin(TimePoint now, HttpFilterStats& stats);
    /// Tells them all.
    void end(std::uint16_t status, TimePoint begun, TimePoint now, HttpFilterStats& stats);

private:
    void end_first(std::size_t count, std::uint16_t status, TimePoint begun, TimePoint now,
                   HttpFilterStats& stats);

    std::vector<HttpFilterState*> filters_;
};

}  // namespace wavetank::mesh
