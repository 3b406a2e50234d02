#pragma once

/// \file
/// What does kube-apiserver do with a pod before it stores it?
///
/// In this order: `default_pod`, `admit_pod`, `prepare_pod`, `validate_pod`, `review_pod`; for a
/// template `default_pod_template`, `prepare_pod_template`, `validate_pod_template`. The rules of
/// metadata, which all kinds share, are not among these. Feature gates stand as v1.37 ships them.

#include "registry/field_error.hpp"

#include <wavetank/api/corev1/pod.hpp>
#include <wavetank/api/schedulingv1/priority_class.hpp>
#include <wavetank/base/result.hpp>

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace wavetank::registry {

/// Fills in what a pod template leaves open (`SetDefaults_PodSpec` and those of its parts).
void default_pod_spec(api::corev1::PodSpecBody& spec);

/// Fills in what a claim to storage leaves open.
void default_claim_spec(api::corev1::PersistentVolumeClaimSpec& claim);

/// Fills in what a pod leaves open: as a template, then requests from limits, service links and
/// the host ports of the host's network, which templates leave to their pods.
void default_pod(api::corev1::Pod& pod);

void default_pod_template(api::corev1::PodTemplateSpec& pod_template);

/// What admission knows beyond the pod.
struct PodAdmission {
    /// Five characters that end the name of the token's volume. The same for all pods of one
    /// owner, so that their specs can be shared.
    std::string volume_suffix;
    /// Whether the pod's namespace has that service account; null: it has them all.
    std::function<bool(std::string_view name)> has_service_account{};
    /// Returns the class of that name, for an empty one that of pods that name none; null if there
    /// is no such. Null itself: there are only the two that every cluster has.
    std::function<api::Pointer<const api::schedulingv1::PriorityClass>(const std::string& name)>
        priority_class{};
};

/// Runs the mutating plug-ins: ServiceAccount, Priority, DefaultTolerationSeconds, RuntimeClass.
///
/// Errors: `Forbidden`, for what a plug-in rejects.
[[nodiscard]] Result<> admit_pod(api::corev1::Pod& pod, const PodAdmission& admission);

/// Runs the plug-ins that validate, after `validate_pod`.
///
/// Errors: `Forbidden`, for what a plug-in rejects.
[[nodiscard]] Result<> review_pod(const api::corev1::Pod& pod);

/// Keeps the priority of the old pod where the new one does not say it, and the default
/// tolerations: what the plug-ins do to an update.
void admit_pod_update(api::corev1::Pod& pod, const api::corev1::Pod& old);

/// Resets the status of a new pod, drops fields whose features are off, and resolves
/// `matchLabelKeys`, profiles in annotations and pod-level resources.
void prepare_pod(api::corev1::Pod& pod, api::Time now);

/// Keeps the status of the old pod, drops fields whose features are off, and counts generations.
void prepare_pod_update(api::corev1::Pod& pod, const api::corev1::Pod& old);

/// Drops fields whose features are off.
void prepare_pod_template(api::corev1::PodTemplateSpec& pod_template);

/// Checks a new pod (`ValidatePodCreate`) but its metadata.
[[nodiscard]] FieldErrors validate_pod(const api::corev1::Pod& pod);

/// Checks a changed pod (`ValidatePodUpdate`) but its metadata.
[[nodiscard]] FieldErrors validate_pod_update(const api::corev1::Pod& pod,
                                              const api::corev1::Pod& old);

/// Checks a template (`ValidatePodTemplateSpec`), its metadata included. Which restart policies
/// the owner allows is the owner's rule.
[[nodiscard]] FieldErrors validate_pod_template(const api::corev1::PodTemplateSpec& pod_template,
                                                const Path& path);

/// Returns what is legal but hardly meant (`WarningsOnCreate`).
[[nodiscard]] std::vector<std::string> pod_warnings(const api::corev1::Pod& pod);
[[nodiscard]] std::vector<std::string> pod_template_warnings(
    const api::corev1::PodTemplateSpec& pod_template, const Path& path);

/// Returns "Guaranteed", "Burstable" or "BestEffort".
[[nodiscard]] std::string qos_class(const api::corev1::PodSpecBody& spec);

}  // namespace wavetank::registry
