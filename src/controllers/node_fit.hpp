#pragma once

/// \file
/// Would a pod be let onto a node, and may it stay? What controllers ask without a scheduler.

#include <wavetank/api/corev1/node.hpp>
#include <wavetank/api/corev1/pod.hpp>

#include <string_view>
#include <vector>

namespace wavetank::controllers {

/// Tells whether labels and name of the node are what the node selector and the required node
/// affinity of a pod ask for.
[[nodiscard]] bool selects_node(const api::corev1::PodSpecBody& pod, const api::corev1::Node& node);

[[nodiscard]] bool tolerates(const api::corev1::Toleration& toleration,
                             const api::corev1::Taint& taint);

/// Tells whether each of the node's taints with that effect is tolerated.
[[nodiscard]] bool tolerates_all(const std::vector<api::corev1::Toleration>& tolerations,
                                 const api::corev1::Node& node, std::string_view effect);

}  // namespace wavetank::controllers
