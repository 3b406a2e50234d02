#pragma once

/// \file
/// What does each metric of a HorizontalPodAutoscaler ask for, and what is reported of it
/// (upstream's `computeReplicasForMetric`)?

#include "controllers/replica_calculator.hpp"

#include <wavetank/api/autoscalingv2/horizontal_pod_autoscaler.hpp>
#include <wavetank/metrics/metrics_source.hpp>

#include <cstdint>
#include <optional>
#include <string>

namespace wavetank::controllers {

/// Why a metric has no say.
struct MetricFailure {
    std::string reason;     ///< of the event and of the condition: "FailedGetResourceMetric"
    std::string condition;  ///< what both tell
    std::string message;    ///< the same with what was tried
};

/// One metric's wish.
struct MetricProposal {
    std::int32_t replicas = 0;
    std::string name;  ///< for people: "cpu resource utilization (percentage of request)"
    api::autoscalingv2::MetricStatus status;
    std::optional<MetricFailure> failure;  ///< then the others are empty
};

/// Asks `source` for one metric and compares it with its target. A null source answers nothing.
[[nodiscard]] MetricProposal propose(metrics::MetricsSource* source, const ReplicaFacts& facts,
                                     const std::string& in_namespace,
                                     const api::autoscalingv2::MetricSpec& spec);

}  // namespace wavetank::controllers
