#pragma once

/// \file
/// How many replicas should there be? A policy of your own, in one class.
///
/// It sees what a HorizontalPodAutoscaler sees, as late as that does: resources through kubelets
/// and metrics-server, requests through counters that are read now and then.

#include <wavetank/base/time.hpp>
#include <wavetank/metrics/metrics_source.hpp>

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace wavetank::sim {

/// What a policy knows when it decides.
struct AutoscalerView {
    TimePoint now{};
    std::int32_t replicas = 0;        ///< as asked for
    std::int32_t replicas_ready = 0;  ///< that serve
    /// Of the pods that have samples, as of the last ones; nothing if none has.
    std::optional<double> cpu_utilization;      ///< part of what they request
    std::optional<double> requests_per_second;  ///< all pods together
    std::optional<double> requests_in_flight;   ///< the same
    /// All metrics, to ask for others: of `pods`, in `namespace_`. Lifetime: the call.
    metrics::MetricsSource& metrics;
    const std::string& namespace_;
    std::span<const std::string_view> pods;
};

/// Decides about the size of one Deployment. It may remember what it saw.
///
/// Determinism: depends on the views alone.
/// Threads: confined to its simulation's.
class AutoscalerPolicy {
public:
    AutoscalerPolicy() = default;
    virtual ~AutoscalerPolicy() = default;
    AutoscalerPolicy(const AutoscalerPolicy&) = delete;
    AutoscalerPolicy& operator=(const AutoscalerPolicy&) = delete;

    /// Returns the wanted number of replicas; the bounds are seen to.
    [[nodiscard]] virtual std::int32_t desired(const AutoscalerView& view) = 0;
};

/// When a policy is asked, and how far it may go.
struct AutoscaleOptions {
    Duration period = std::chrono::seconds{15};
    std::int32_t replicas_min = 1;
    std::int32_t replicas_max = 100;
};

}  // namespace wavetank::sim
