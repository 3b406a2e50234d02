#pragma once

/// \file
/// What do LimitRanges make of pods (the admission plug-in LimitRanger)? Claims are not looked at.

#include "registry/cluster.hpp"

#include <wavetank/base/result.hpp>

namespace wavetank::registry {

/// Gives the containers of a new pod what the LimitRanges of its namespace say they get, and notes
/// it in an annotation.
void default_by_limit_ranges(Cluster& cluster, api::corev1::Pod& pod);

/// Refuses a pod that asks for less or more than they allow.
/// Errors: `Forbidden`, all the problems in one.
[[nodiscard]] Result<> check_limit_ranges(Cluster& cluster, const api::corev1::Pod& pod);

}  // namespace wavetank::registry
