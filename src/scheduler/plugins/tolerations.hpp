#pragma once

/// \file
/// Does a pod put up with a node's taints? (component-helpers' `corev1` scheduling rules.)

#include <wavetank/api/corev1/scheduling.hpp>

#include <span>
#include <string_view>

namespace wavetank::scheduler::plugins {

/// Tells whether one toleration covers `taint`. The operators Gt and Lt belong to a feature that is
/// off in v1.37 and tolerate nothing.
[[nodiscard]] bool tolerates(const api::corev1::Toleration& toleration,
                             const api::corev1::Taint& taint);
[[nodiscard]] bool tolerates(std::span<const api::corev1::Toleration> tolerations,
                             const api::corev1::Taint& taint);

/// Tells whether every NoSchedule and NoExecute taint is tolerated.
[[nodiscard]] bool tolerates_scheduling(std::span<const api::corev1::Toleration> tolerations,
                                        std::span<const api::corev1::Taint> taints);

/// Tells whether the tolerations cover the taint of a cordoned node.
[[nodiscard]] bool tolerates_cordon(std::span<const api::corev1::Toleration> tolerations);

}  // namespace wavetank::scheduler::plugins
