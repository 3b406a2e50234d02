#pragma once

/// \file
/// The rules of a pod as a whole that creations and updates share.

#include "registry/field_error.hpp"

#include <wavetank/api/corev1/pod.hpp>

#include <vector>

namespace wavetank::registry {

/// Checks what holds for new and for changed pods (`validatePodMetadataAndSpec`).
[[nodiscard]] FieldErrors validate_any_pod(const api::corev1::Pod& pod);

/// Checks the annotations that have a meaning to Kubernetes.
[[nodiscard]] FieldErrors validate_pod_annotations(const api::StringMap& annotations,
                                                   const api::corev1::PodSpec& spec,
                                                   const Path& path);

/// Checks the resolver's settings against the policy.
[[nodiscard]] FieldErrors validate_dns_config(const api::corev1::PodSpecBody& spec,
                                              const Path& path);

[[nodiscard]] FieldErrors validate_host_aliases(const std::vector<api::corev1::HostAlias>& aliases,
                                                const Path& path);

}  // namespace wavetank::registry
