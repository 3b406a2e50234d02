#pragma once

/// \file
/// The subresource `eviction`: the deletion of a pod that a PodDisruptionBudget may refuse
/// (upstream's `pkg/registry/core/pod/storage/eviction.go`).

#include "registry/cluster.hpp"
#include "registry/route.hpp"

#include <wavetank/registry/request.hpp>

namespace wavetank::registry {

/// Deletes a pod on behalf of someone who empties its node.
[[nodiscard]] ApiResponse answer_eviction(Cluster& cluster, const Route& route,
                                          const ApiRequest& request);

}  // namespace wavetank::registry
