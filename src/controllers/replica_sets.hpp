#pragma once

/// \file
/// A Deployment's arithmetic over its ReplicaSets (upstream's `deploymentutil`), without any state.

#include <wavetank/api/appsv1/deployment.hpp>
#include <wavetank/api/appsv1/replica_set.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace wavetank::controllers {

using ReplicaSetPointer = api::Pointer<const api::appsv1::ReplicaSet>;
using ReplicaSets = std::vector<ReplicaSetPointer>;

namespace annotation {
inline constexpr const char* revision = "deployment.kubernetes.io/revision";
inline constexpr const char* revision_history = "deployment.kubernetes.io/revision-history";
inline constexpr const char* desired_replicas = "deployment.kubernetes.io/desired-replicas";
inline constexpr const char* max_replicas = "deployment.kubernetes.io/max-replicas";
inline constexpr const char* last_applied = "kubectl.kubernetes.io/last-applied-configuration";
inline constexpr const char* rollback_to = "deprecated.deployment.rollback.to";
}  // namespace annotation

inline constexpr const char* hash_label = "pod-template-hash";

/// Returns the wanted count; 1 if absent, as defaulting has it.
[[nodiscard]] std::int32_t replicas_of(const api::appsv1::ReplicaSet& replica_set);
[[nodiscard]] std::int32_t replicas_of(const api::appsv1::Deployment& deployment);

[[nodiscard]] bool is_rolling_update(const api::appsv1::Deployment& deployment);
[[nodiscard]] std::int32_t max_surge(const api::appsv1::Deployment& deployment);
[[nodiscard]] std::int32_t max_unavailable(const api::appsv1::Deployment& deployment);
[[nodiscard]] bool has_progress_deadline(const api::appsv1::Deployment& deployment);

// Sums over ReplicaSets; null ones count as none.
[[nodiscard]] std::int32_t sum_of_wanted(const ReplicaSets& sets);
[[nodiscard]] std::int32_t sum_of_replicas(const ReplicaSets& sets);
[[nodiscard]] std::int32_t sum_of_ready(const ReplicaSets& sets);
[[nodiscard]] std::int32_t sum_of_available(const ReplicaSets& sets);
[[nodiscard]] std::optional<std::int32_t> sum_of_terminating(const ReplicaSets& sets);

/// Returns those that should have pods.
[[nodiscard]] ReplicaSets active_of(const ReplicaSets& sets);

/// Returns `old_sets` and, if there is one, `fresh`.
[[nodiscard]] ReplicaSets joined(const ReplicaSets& old_sets, const ReplicaSetPointer& fresh);

/// How ReplicaSets are put in order; equal ones by creation, then name.
enum class SetOrder : std::uint8_t { Oldest, Newest, LargestOldest, LargestNewest, Revision };
void sort(ReplicaSets& sets, SetOrder order);

/// Tells whether both templates are the same but for the hash label.
[[nodiscard]] bool equal_but_for_hash(const api::corev1::PodTemplateSpec& left,
                                      const api::corev1::PodTemplateSpec& right);

/// Returns the oldest ReplicaSet with the Deployment's template; null if there is none. `sets` are
/// in order of creation.
[[nodiscard]] ReplicaSetPointer find_new(const api::appsv1::Deployment& deployment,
                                         const ReplicaSets& sets);

/// Returns the one active ReplicaSet, or the latest if none is active; null if several are.
[[nodiscard]] ReplicaSetPointer find_active_or_latest(const ReplicaSetPointer& fresh,
                                                      ReplicaSets old_sets);

/// Returns a number from an annotation; nothing if absent or not plain.
[[nodiscard]] std::optional<std::int32_t> replicas_annotation(
    const api::appsv1::ReplicaSet& replica_set, const char* key);

/// Returns the revision; 0 if absent, nothing if it is no number.
[[nodiscard]] std::optional<std::int64_t> revision_of(const api::appsv1::ReplicaSet& replica_set);
[[nodiscard]] std::int64_t max_revision(const ReplicaSets& sets);

using Annotations = api::Shared<api::StringMap>;

/// Notes desired and greatest count on a ReplicaSet. Returns whether anything changed.
bool set_replicas_annotations(Annotations& annotations, const api::appsv1::Deployment& deployment);

enum class Existing : std::uint8_t { No, Yes };

/// Copies the Deployment's annotations to its new ReplicaSet and gives it the revision, keeping
/// former ones in its history. Returns whether anything changed.
bool set_new_annotations(const api::appsv1::Deployment& deployment, Annotations& annotations,
                         std::int64_t revision, Existing existing);

/// Returns by how much a ReplicaSet grows when a Deployment grows by `to_add`, of which `added`
/// are dealt out already.
[[nodiscard]] std::int32_t proportion_of(const api::appsv1::ReplicaSet& replica_set,
                                         const api::appsv1::Deployment& deployment,
                                         std::int32_t to_add, std::int32_t added);

/// Returns the size of each of `sets`, which are in the order in which they are scaled, when the
/// Deployment's count has changed.
[[nodiscard]] std::vector<std::int32_t> proportional_sizes(
    const ReplicaSets& sets, const api::appsv1::Deployment& deployment, std::int32_t to_add);

/// Returns how large the new ReplicaSet may be now.
[[nodiscard]] std::int32_t new_replicas(const api::appsv1::Deployment& deployment,
                                        const ReplicaSets& sets,
                                        const api::appsv1::ReplicaSet& fresh);

/// Tells whether the new ReplicaSet has all replicas, and all are available.
[[nodiscard]] bool is_saturated(const api::appsv1::Deployment& deployment,
                                const ReplicaSetPointer& fresh);

/// Returns the hash by which a template's ReplicaSet is named.
[[nodiscard]] std::string template_hash(const api::corev1::PodTemplateSpec& pod_template,
                                        std::optional<std::int32_t> collision_count);

}  // namespace wavetank::controllers
