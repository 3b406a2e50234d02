#pragma once

/// \file
/// What makes a pod one of a DaemonSet, on which node (upstream's `daemonset_util.go`).

#include "controllers/pods.hpp"

#include <wavetank/api/appsv1/daemon_set.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace wavetank::controllers {

inline constexpr const char* daemon_hash_label = "controller-revision-hash";

/// Returns the tolerations of pods of that template with those that all daemons have: they stay on
/// nodes that are not ready or out of resources.
[[nodiscard]] std::vector<api::corev1::Toleration> daemon_tolerations(
    const api::corev1::PodSpecBody& pod_template);

/// Returns the node that a pod has, or the one that its affinity names; empty if there is none.
[[nodiscard]] std::string target_node_of(const api::corev1::Pod& pod);

/// Returns the hash of the template that the pod was made from; empty if it does not say.
[[nodiscard]] std::string_view hash_of(const api::corev1::Pod& pod);

/// Tells whether the pod is of the present template.
[[nodiscard]] bool is_updated(const api::appsv1::DaemonSet& set, const api::corev1::Pod& pod,
                              std::string_view hash);

/// For which template, and for which node.
struct DaemonPlace {
    std::string_view hash;
    std::string_view node;
};

/// Returns a pod that no other node takes.
[[nodiscard]] api::corev1::Pod make_daemon_pod(
    const api::appsv1::DaemonSet& set, const std::vector<api::corev1::Toleration>& tolerations,
    const DaemonPlace& place);

/// Puts pods that have a node first, then by age.
void sort_daemon_pods(std::vector<PodPointer>& pods);

/// Returns how many nodes of `desired` may have two pods, or none, during an update.
[[nodiscard]] std::int64_t max_surge(const api::appsv1::DaemonSet& set, std::int64_t desired);
[[nodiscard]] std::int64_t max_unavailable(const api::appsv1::DaemonSet& set, std::int64_t desired);

}  // namespace wavetank::controllers
