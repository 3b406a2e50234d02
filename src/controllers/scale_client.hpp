#pragma once

/// \file
/// How many replicas does a workload of any kind have, and how is that changed? Through its
/// `scale` subresource, as client-go's scale client does.

#include <wavetank/api/autoscalingv2/horizontal_pod_autoscaler.hpp>
#include <wavetank/registry/registry.hpp>

#include <cstdint>
#include <string>

namespace wavetank::controllers {

/// Kubernetes' `autoscaling/v1` Scale, as far as controllers look at it.
struct Scale {
    std::int32_t spec_replicas = 0;
    std::int32_t status_replicas = 0;
    std::string selector;  ///< of the pods: "app=web"; empty if the workload has none
    std::string target;    ///< the path of the subresource
    boost::json::object body;
};

/// Reads the scale of what `reference` names in `in_namespace`.
/// Errors: those of the API; `NotFound` for a kind that is unknown or has no scale.
[[nodiscard]] Result<Scale> get_scale(
    registry::Registry& registry, const std::string& in_namespace,
    const api::autoscalingv2::CrossVersionObjectReference& reference);

/// Asks for so many replicas. A conflict is tried again with a fresh scale.
/// Errors: those of the API.
[[nodiscard]] Result<> set_scale(registry::Registry& registry, Scale scale, std::int32_t replicas);

}  // namespace wavetank::controllers
