#pragma once

/// \file
/// How do rules walk over all containers of a pod?

#include "registry/field_error.hpp"

#include <wavetank/api/corev1/pod.hpp>

#include <cstddef>

namespace wavetank::registry {

/// Returns the part of an ephemeral container that it has in common with the others.
[[nodiscard]] api::corev1::Container as_container(const api::corev1::EphemeralContainer& container);

/// Tells whether it is a sidecar: an init container that runs as long as its pod.
[[nodiscard]] bool is_sidecar(const api::corev1::Container& container);

/// Calls `visit(container, path)` for the init containers, the containers and the ephemeral ones.
template <class Visit>
void for_each_container(const api::corev1::PodSpecBody& spec, const Path& path,
                        const Visit& visit) {
    for (std::size_t i = 0; i < spec.initContainers.size(); ++i) {
        visit(spec.initContainers[i], (path / "initContainers")[i]);
    }
    for (std::size_t i = 0; i < spec.containers.size(); ++i) {
        visit(spec.containers[i], (path / "containers")[i]);
    }
    for (std::size_t i = 0; i < spec.ephemeralContainers.size(); ++i) {
        visit(as_container(spec.ephemeralContainers[i]), (path / "ephemeralContainers")[i]);
    }
}

/// Calls `visit(container)` for all, to change them; the ephemeral ones have a type of their own.
template <class Visit>
void edit_each_container(api::corev1::PodSpecBody& spec, const Visit& visit) {
    for (api::corev1::Container& container : spec.initContainers) {
        visit(container);
    }
    for (api::corev1::Container& container : spec.containers) {
        visit(container);
    }
    for (api::corev1::EphemeralContainer& container : spec.ephemeralContainers) {
        visit(container);
    }
}

}  // namespace wavetank::registry
