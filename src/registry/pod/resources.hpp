#pragma once

/// \file
/// How much do the containers of a pod ask for together, and which resources are there?

#include "registry/field_error.hpp"

#include <wavetank/api/corev1/pod.hpp>

#include <set>
#include <string>
#include <string_view>

namespace wavetank::registry {

[[nodiscard]] bool is_hugepages(std::string_view resource);

/// Tells whether it is one of Kubernetes' own resources.
[[nodiscard]] bool is_native_resource(std::string_view resource);

/// Tells whether requests may add up to more than the node has.
[[nodiscard]] bool is_overcommit_allowed(std::string_view resource);

/// Tells whether a pod as a whole can ask for it.
[[nodiscard]] bool is_pod_level_resource(std::string_view resource);

/// Which side of the requirements is meant.
enum class Requirement : std::uint8_t { Requests, Limits };

/// Adds up what the containers need: the most that an init container needs beside the sidecars
/// started before it, or the running ones, whichever is more (`AggregateContainerRequests`).
[[nodiscard]] api::ResourceList aggregate_resources(const api::corev1::PodSpecBody& spec,
                                                    Requirement requirement);

/// Completes requests and limits of the pod as a whole by those of its containers.
void default_pod_level_resources(api::corev1::PodSpecBody& spec);

/// Checks that a container can ask for a resource of that name.
[[nodiscard]] FieldErrors validate_container_resource_name(const std::string& name,
                                                           const Path& path);

/// Checks the requirements of one container. `claims` are the names of the pod's claims.
[[nodiscard]] FieldErrors validate_container_resources(
    const api::corev1::ResourceRequirements& resources, const std::set<std::string>& claims,
    const Path& path);

/// Checks the requirements of the pod as a whole, against those of its containers, too.
[[nodiscard]] FieldErrors validate_pod_level_resources(const api::corev1::PodSpecBody& spec,
                                                       const std::set<std::string>& claims,
                                                       const Path& path);

/// Checks the resources that the pod itself costs.
[[nodiscard]] FieldErrors validate_overhead(const api::ResourceList& overhead, const Path& path);

}  // namespace wavetank::registry
