#pragma once

/// \file
/// How a pod reads, given what its containers do: pure functions, after the kubelet's
/// `generateAPIPodStatus`.

#include "node/pod_record.hpp"

#include <wavetank/api/corev1/pod.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace wavetank::node {

/// All that a pod's status depends on.
struct PodView {
    std::vector<ContainerView> containers{};  ///< init containers first
    bool network_ready = false;               ///< there is a sandbox with an address
    bool ending = false;                      ///< no container will be started again

    bool operator==(const PodView&) const = default;
};

/// Tells whether the container is an init container that keeps running.
[[nodiscard]] bool is_sidecar(const api::corev1::Container& container);

/// Returns the container at `index`, counting init containers first.
[[nodiscard]] const api::corev1::Container& container_at(const api::corev1::PodSpecBody& body,
                                                         std::size_t index);

/// Tells whether a container that has ended with `exit_code` is to be started again.
[[nodiscard]] bool should_restart(const api::corev1::PodSpecBody& body, std::size_t index,
                                  std::int32_t exit_code);

/// Returns Pending, Running, Succeeded or Failed.
[[nodiscard]] std::string phase_of(const api::corev1::PodSpecBody& body, const PodView& view);

/// What conditions are made from.
struct ConditionInput {
    const api::corev1::PodSpecBody& body;
    const PodView& view;
    std::string_view phase;
    std::int64_t generation = 0;
    api::Time now{};
};

/// Returns the conditions that follow `old`: those of others first, then the kubelet's own, in
/// upstream's order; a transition time stays while the status does.
[[nodiscard]] std::vector<api::corev1::PodCondition> conditions_of(
    const ConditionInput& input, const std::vector<api::corev1::PodCondition>& old);

/// Returns the status of one container.
[[nodiscard]] api::corev1::ContainerStatus container_status(const api::corev1::PodSpecBody& body,
                                                            std::size_t index,
                                                            const ContainerView& view);

}  // namespace wavetank::node
