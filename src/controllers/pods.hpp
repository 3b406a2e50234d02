#pragma once

/// \file
/// What the controllers ask of a pod (upstream's `podutil` and `controller_utils`).

#include <wavetank/api/corev1/pod.hpp>
#include <wavetank/base/error.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace wavetank::controllers {

using PodPointer = api::Pointer<const api::corev1::Pod>;

/// Returns the condition of that type; null if there is none.
[[nodiscard]] const api::corev1::PodCondition* find_condition(const api::corev1::Pod& pod,
                                                              std::string_view type);

[[nodiscard]] bool is_ready(const api::corev1::Pod& pod);

/// Returns when the pod became ready; nothing if it is not ready or does not say.
[[nodiscard]] std::optional<api::Time> ready_since(const api::corev1::Pod& pod);

/// Tells whether the pod has been ready for `seconds` at `now`.
[[nodiscard]] bool is_available(const api::corev1::Pod& pod, std::int32_t seconds, WallTime now);

/// Returns how long it takes until the next of the ready pods is available; nothing if none will
/// be.
[[nodiscard]] std::optional<Duration> next_availability(std::span<const PodPointer> pods,
                                                        std::int32_t seconds, WallTime now);

/// Returns a pod of the template without a name or an owner.
[[nodiscard]] api::corev1::Pod pod_of(const api::corev1::PodTemplateSpec& pod_template,
                                      const std::string& in_namespace);

/// Returns what a pod's generated name begins with (upstream's `getPodsPrefix`).
[[nodiscard]] std::string name_prefix_of(const std::string& controller);

/// Tells whether an error says that the namespace of a new object is going away.
[[nodiscard]] bool is_namespace_terminating(const Error& error);

/// Succeeded or Failed: no container will ever run again.
[[nodiscard]] bool is_terminal(const api::corev1::Pod& pod);

/// Neither terminal nor being deleted: counts as a replica.
[[nodiscard]] bool is_active(const api::corev1::Pod& pod);

/// Being deleted, and still running.
[[nodiscard]] bool is_terminating(const api::corev1::Pod& pod);

/// Returns `controller.kubernetes.io/pod-deletion-cost`; 0 if absent or no plain int32.
[[nodiscard]] std::int32_t deletion_cost(const api::corev1::Pod& pod);

}  // namespace wavetank::controllers
