#pragma once

/// \file
/// What the controllers ask of a pod (upstream's `podutil` and `controller_utils`).

#include <wavetank/api/corev1/pod.hpp>

#include <cstdint>
#include <optional>
#include <string_view>

namespace wavetank::controllers {

/// Returns the condition of that type; null if there is none.
[[nodiscard]] const api::corev1::PodCondition* find_condition(const api::corev1::Pod& pod,
                                                              std::string_view type);

[[nodiscard]] bool is_ready(const api::corev1::Pod& pod);

/// Returns when the pod became ready; nothing if it is not ready or does not say.
[[nodiscard]] std::optional<api::Time> ready_since(const api::corev1::Pod& pod);

/// Succeeded or Failed: no container will ever run again.
[[nodiscard]] bool is_terminal(const api::corev1::Pod& pod);

/// Neither terminal nor being deleted: counts as a replica.
[[nodiscard]] bool is_active(const api::corev1::Pod& pod);

/// Being deleted, and still running.
[[nodiscard]] bool is_terminating(const api::corev1::Pod& pod);

/// Returns `controller.kubernetes.io/pod-deletion-cost`; 0 if absent or no plain int32.
[[nodiscard]] std::int32_t deletion_cost(const api::corev1::Pod& pod);

}  // namespace wavetank::controllers
