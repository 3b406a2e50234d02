#pragma once

/// \file
/// Would this pod fit on a node as it is, or as it could be? The filters of one cycle, to be asked
/// again and again.

#include <wavetank/scheduler/profile.hpp>

#include <cstdint>

namespace wavetank::scheduler {

/// Runs the filters of a cycle for its pod (Kubernetes' `RunFilterPluginsWithNominatedPods` and the
/// PreFilter extensions).
///
/// Lifetime: what it is made from is kept, and must outlive it.
class FilterRun {
public:
    /// `pod_class`: see `Decision::pod_class`.
    FilterRun(const CyclePlugins& plugins, const api::corev1::Pod& pod, const Snapshot& snapshot,
              std::uint64_t pod_class = 0)
        : plugins_(plugins), pod_(pod), snapshot_(snapshot), pod_class_(pod_class) {}

    [[nodiscard]] const api::corev1::Pod& pod() const {
        return pod_;
    }
    [[nodiscard]] const Snapshot& snapshot() const {
        return snapshot_;
    }

    [[nodiscard]] std::uint64_t pod_class() const {
        return pod_class_;
    }

    /// Runs the filters on `node`, which may be a copy that differs from the snapshot's if `state`
    /// knows of it. Pods of equal or higher priority that are nominated to the node count as if
    /// they ran there; the pod must fit with and without them.
    [[nodiscard]] Status filter(const CycleState& state, const NodeInfo& node) const;

    /// Puts a pod on a copy of a node, and tells the PreFilter plugins.
    [[nodiscard]] Status add_pod(CycleState& state, const PlacedPod& added, NodeInfo& node) const;
    /// Takes a pod off a copy of a node, and tells the PreFilter plugins.
    [[nodiscard]] Status remove_pod(CycleState& state, const PlacedPod& removed,
                                    NodeInfo& node) const;

private:
    [[nodiscard]] Status filter_as_it_is(const CycleState& state, const NodeInfo& node) const;

    const CyclePlugins& plugins_;
    const api::corev1::Pod& pod_;
    const Snapshot& snapshot_;
    std::uint64_t pod_class_;
};

}  // namespace wavetank::scheduler
