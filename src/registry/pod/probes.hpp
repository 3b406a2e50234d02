#pragma once

/// \file
/// Can a container be asked for its health, and told of its start and end, in this way?

#include "registry/field_error.hpp"

#include <wavetank/api/corev1/pod.hpp>

#include <cstdint>
#include <optional>

namespace wavetank::registry {

/// Checks the hooks and then the three probes of a container. `grace_period` is the pod's.
[[nodiscard]] FieldErrors validate_hooks_and_probes(const api::corev1::Container& container,
                                                    const Path& path,
                                                    const std::optional<std::int64_t>& grace_period,
                                                    const api::Boxed<api::corev1::PodOS>& os);

/// Reports hooks and probes, which an init container cannot have unless it is a sidecar.
[[nodiscard]] FieldErrors forbid_hooks_and_probes(const api::corev1::Container& container,
                                                  const Path& path);

}  // namespace wavetank::registry
