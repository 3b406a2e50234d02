#pragma once

/// \file
/// What makes a pod the third of a StatefulSet (upstream's `stateful_set_utils.go`), without state.

#include "controllers/pods.hpp"

#include <wavetank/api/appsv1/stateful_set.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace wavetank::controllers {

/// Returns the number at the end of a pod's name; -1 if there is none.
[[nodiscard]] std::int64_t ordinal_of(const api::corev1::Pod& pod);

/// Tells whether the pod's name is the StatefulSet's with a number.
[[nodiscard]] bool is_member(const api::appsv1::StatefulSet& set, const api::corev1::Pod& pod);

[[nodiscard]] std::int64_t first_ordinal(const api::appsv1::StatefulSet& set);
[[nodiscard]] bool is_in_range(const api::appsv1::StatefulSet& set, const api::corev1::Pod& pod);
[[nodiscard]] std::int32_t replicas_of(const api::appsv1::StatefulSet& set);

/// Returns how many pods may be unavailable during an update: at least one.
[[nodiscard]] std::int32_t max_unavailable(const api::appsv1::StatefulSet& set);

/// Returns the first index, counted from the first ordinal, that an update touches.
[[nodiscard]] std::int32_t partition_of(const api::appsv1::StatefulSet& set);

/// Returns the name of the revision that the pod was made from; empty if it does not say.
[[nodiscard]] std::string_view revision_name_of(const api::corev1::Pod& pod);

/// A template and the name of its revision.
struct StatefulTemplate {
    const api::corev1::PodTemplateSpec& pods;
    const std::string& revision;
};

/// Returns the pod of that number, which is not in the store yet and so has no phase.
[[nodiscard]] api::corev1::Pod make_stateful_pod(const api::appsv1::StatefulSet& set,
                                                 const StatefulTemplate& from,
                                                 std::int64_t ordinal);

/// Returns the name of the claim that a pod has by a template of claims.
[[nodiscard]] std::string claim_name(const api::appsv1::StatefulSet& set,
                                     const api::corev1::PersistentVolumeClaim& claim,
                                     std::int64_t ordinal);

/// Tells whether name and label are those of a pod of the StatefulSet.
[[nodiscard]] bool identity_matches(const api::appsv1::StatefulSet& set,
                                    const api::corev1::Pod& pod);

/// Tells whether the pod has a volume for each template of claims.
[[nodiscard]] bool storage_matches(const api::appsv1::StatefulSet& set,
                                   const api::corev1::Pod& pod);

/// Gives a pod the labels and volumes that it should have.
void restore_identity(const api::appsv1::StatefulSet& set, api::corev1::Pod& pod);
void restore_storage(const api::appsv1::StatefulSet& set, api::corev1::Pod& pod);

/// In the store.
[[nodiscard]] inline bool is_created(const api::corev1::Pod& pod) {
    return !pod.status.phase.empty();
}
[[nodiscard]] bool is_running_and_ready(const api::corev1::Pod& pod);

/// Not available yet, or not any more, or going.
[[nodiscard]] bool is_unavailable(const api::corev1::Pod& pod, std::int32_t seconds, WallTime now);

}  // namespace wavetank::controllers
