#pragma once

/// \file
/// How many replicas would bring one metric to its target (upstream's `ReplicaCalculator`)?
///
/// Pure functions of pods, samples and a target: they ask nobody and keep nothing. The arithmetic
/// is upstream's to the digit: utilisation is a truncated percentage, averages are integer
/// divisions, and only then come doubles.

#include <wavetank/api/corev1/pod.hpp>
#include <wavetank/base/result.hpp>
#include <wavetank/metrics/metrics_source.hpp>

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace wavetank::controllers {

/// How far from its target a metric may be without consequences, as parts of the target.
struct Tolerances {
    double scale_down = 0.1;
    double scale_up = 0.1;

    /// Tells whether current / target is near enough to 1; both limits are.
    [[nodiscard]] bool contains(double ratio) const {
        return 1.0 - scale_down <= ratio && ratio <= 1.0 + scale_up;
    }
};

/// Which samples of the CPU count.
struct SampleRules {
    Duration cpu_initialization_period = std::chrono::minutes{5};
    Duration initial_readiness_delay = std::chrono::seconds{30};
};

/// What calculations look at in a pod, in one place: they look at very many.
struct PodFacts {
    explicit PodFacts(const api::corev1::Pod& from);

    std::string_view name;                 ///< of `pod`
    const api::corev1::Pod* pod;           ///< borrowed
    const api::corev1::PodSpecBody* spec;  ///< of `pod`; pods of one template share it
    WallTime started{};                    ///< if `has_started`
    WallTime ready_changed{};              ///< the last transition of the condition Ready, if any
    bool ends = false;                     ///< it is being deleted, or has failed
    bool is_pending = false;
    bool has_started = false;  ///< it has a start, and a condition Ready
    bool has_ready_changed = false;
    bool is_unready = false;  ///< the condition Ready is "False"
    bool serves = false;      ///< it runs and is ready
};

/// What all calculations look at.
struct ReplicaFacts {
    std::int32_t spec_replicas = 0;    ///< of the scale
    std::int32_t status_replicas = 0;  ///< of the scale
    Tolerances tolerances;
    SampleRules rules;
    WallTime now{};
    /// All pods that the scale's selector picks, finished and deleted ones too.
    std::span<const PodFacts> pods;
};

/// What one metric asks for.
struct ReplicaProposal {
    std::int32_t replicas = 0;
    std::optional<std::int32_t> utilization;  ///< in percent of the request
    std::int64_t usage = 0;                   ///< a pod's, or of a `Value` the whole; thousandths
};

/// Names a resource of pods, or of one container in each.
struct ResourceOfPods {
    std::string resource;   ///< "cpu"
    std::string container;  ///< empty: of the whole pod
};

/// Compares what the pods use with `target` percent of what they request.
/// Requires: `samples` has a place for each of the facts' pods, in their order.
/// Errors: upstream's text, if pods, samples or requests are missing.
[[nodiscard]] Result<ReplicaProposal> replicas_for_utilization(const ReplicaFacts& facts,
                                                               const ResourceOfPods& resource,
                                                               metrics::PodMetrics samples,
                                                               std::int32_t target);

/// Compares the average of the pods with `target`. `resource` is empty for metrics that are none;
/// "cpu" passes over samples of pods that only start.
/// Requires: `samples` has a place for each of the facts' pods, in their order.
/// Errors: upstream's text, if pods or samples are missing.
[[nodiscard]] Result<ReplicaProposal> replicas_for_average(const ReplicaFacts& facts,
                                                           const std::string& resource,
                                                           metrics::PodMetrics samples,
                                                           std::int64_t target);

/// Compares one number with `target`, in proportion to the ready pods. From zero replicas, there is
/// neither proportion nor tolerance.
/// Errors: upstream's text, if there are no pods.
[[nodiscard]] Result<ReplicaProposal> replicas_for_value(const ReplicaFacts& facts,
                                                         std::int64_t value, std::int64_t target);

/// Divides one number by `target`, and asks no pods.
[[nodiscard]] ReplicaProposal replicas_for_value_per_pod(const ReplicaFacts& facts,
                                                         std::int64_t value, std::int64_t target);

/// The same two for the sum of an external metric's series. It stops at the largest number; per
/// pod, a negative sum counts as too large as well.
[[nodiscard]] Result<ReplicaProposal> replicas_for_external_value(
    const ReplicaFacts& facts, std::span<const std::int64_t> values, std::int64_t target);
[[nodiscard]] ReplicaProposal replicas_for_external_value_per_pod(
    const ReplicaFacts& facts, std::span<const std::int64_t> values, std::int64_t target);

}  // namespace wavetank::controllers
