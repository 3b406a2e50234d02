#pragma once

/// \file
/// The subresources `scale` and `binding`.

#include "registry/cluster.hpp"
#include "registry/route.hpp"

#include <wavetank/registry/request.hpp>

namespace wavetank::registry {

/// Reads or sets the replicas of a Deployment, a ReplicaSet or a StatefulSet.
[[nodiscard]] ApiResponse answer_scale(Cluster& cluster, const Route& route,
                                       const ApiRequest& request);

/// Assigns a pod to a node.
[[nodiscard]] ApiResponse answer_binding(Cluster& cluster, const Route& route,
                                         const ApiRequest& request);

}  // namespace wavetank::registry
