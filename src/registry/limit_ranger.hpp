#pragma once

/// \file
/// What do LimitRanges make of pods and claims (the admission plug-in LimitRanger)?

#include "registry/cluster.hpp"

#include <wavetank/base/result.hpp>

namespace wavetank::registry {

/// Gives the containers of a new pod what the LimitRanges of its namespace say they get, and notes
/// it in an annotation.
void default_by_limit_ranges(Cluster& cluster, api::corev1::Pod& pod);

/// Refuses a pod that asks for less or more than they allow.
/// Errors: `Forbidden`, all the problems in one.
[[nodiscard]] Result<> check_limit_ranges(Cluster& cluster, const api::corev1::Pod& pod);

/// Does the same for a PersistentVolumeClaim: only what it requests counts. All other kinds pass.
[[nodiscard]] Result<> check_limit_ranges(Cluster& cluster, const api::Unstructured& claim);

}  // namespace wavetank::registry
