#pragma once

/// \file
/// How is each shared pod spec looked at once, however many pods have it?
///
/// The rules themselves are in pod/; here they are applied to the first pod of a template and
/// remembered for the others. What depends on more than the shared part is never remembered.

#include "registry/cluster.hpp"
#include "registry/field_error.hpp"

#include <wavetank/api/corev1/pod.hpp>
#include <wavetank/base/result.hpp>

namespace wavetank::registry {

/// Gives a pod's body its defaults.
void default_pod_body(Cluster& cluster, api::corev1::Pod& pod);

/// Adds what the cluster knows (account, tolerations, priority) and resets the status.
/// Errors: `Forbidden`, if a plug-in refuses the pod.
[[nodiscard]] Result<> admit_pod_body(Cluster& cluster, api::corev1::Pod& pod);

/// Checks a new pod but its metadata.
[[nodiscard]] FieldErrors validate_pod_body(Cluster& cluster, const api::corev1::Pod& pod);

/// Lets the validating plug-ins look at a valid new pod.
/// Errors: `Forbidden`, if one refuses the pod.
[[nodiscard]] Result<> review_pod_body(Cluster& cluster, const api::corev1::Pod& pod);

/// Gives a template's body its defaults.
void default_template_body(Cluster& cluster, api::corev1::PodTemplateSpec& pod_template);

/// Checks a template.
[[nodiscard]] FieldErrors validate_template_body(Cluster& cluster,
                                                 const api::corev1::PodTemplateSpec& pod_template,
                                                 const Path& path);

}  // namespace wavetank::registry
