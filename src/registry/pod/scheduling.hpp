#pragma once

/// \file
/// Are the wishes of where to run well formed?

#include "registry/field_error.hpp"

#include <wavetank/api/corev1/pod.hpp>

#include <vector>

namespace wavetank::registry {

[[nodiscard]] FieldErrors validate_affinity(const api::Boxed<api::corev1::Affinity>& affinity,
                                            const Path& path);

[[nodiscard]] FieldErrors validate_tolerations(
    const std::vector<api::corev1::Toleration>& tolerations, const Path& path);

[[nodiscard]] FieldErrors validate_spread(
    const std::vector<api::corev1::TopologySpreadConstraint>& constraints, const Path& path);

}  // namespace wavetank::registry
