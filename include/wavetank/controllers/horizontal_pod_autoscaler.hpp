#pragma once

/// \file
/// The controller of HorizontalPodAutoscalers, with the flags that kube-controller-manager has
/// for it.

#include <wavetank/base/time.hpp>
#include <wavetank/controllers/controller_registry.hpp>
#include <wavetank/metrics/metrics_source.hpp>

namespace wavetank::controllers {

/// How the controller works; upstream's defaults. Each names its flag.
struct HorizontalPodAutoscalerOptions {
    /// Where the metrics come from; null: the cluster has no metrics API. Outlives the controller.
    metrics::MetricsSource* metrics = nullptr;
    /// `--horizontal-pod-autoscaler-sync-period`
    Duration sync_period = std::chrono::seconds{15};
    /// `--horizontal-pod-autoscaler-downscale-stabilization`
    Duration downscale_stabilization = std::chrono::minutes{5};
    /// `--horizontal-pod-autoscaler-tolerance`, as a part of the target
    double tolerance = 0.1;
    /// `--horizontal-pod-autoscaler-cpu-initialization-period`
    Duration cpu_initialization_period = std::chrono::minutes{5};
    /// `--horizontal-pod-autoscaler-initial-readiness-delay`
    Duration initial_readiness_delay = std::chrono::seconds{30};
};

/// Returns the controller as an entry for a `ControllerRegistry`, where it takes the place of the
/// default one, which has no metrics:
///
///     auto controllers = ControllerRegistry::defaults();
///     controllers.add(horizontal_pod_autoscaler({.metrics = &source}));
[[nodiscard]] ControllerInfo horizontal_pod_autoscaler(HorizontalPodAutoscalerOptions options = {});

}  // namespace wavetank::controllers
