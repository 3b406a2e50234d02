#pragma once

/// \file
/// Clusters and their endpoints, as a DestinationRule wants them.

#include "istio/sidecar_scope.hpp"

namespace wavetank::istio {

/// Returns the v3 clusters of all services that are seen, by name.
[[nodiscard]] json::object clusters_for(const SidecarScope& scope, const Registry& registry);

/// Returns the localities of all clusters whose endpoints are discovered, by name.
[[nodiscard]] json::object load_assignments_for(const SidecarScope& scope,
                                                const Registry& registry);

/// Returns those of one cluster, if these endpoints are all that its port has.
[[nodiscard]] json::array load_assignment_for(const SidecarScope& scope, const Registry& registry,
                                              const std::string& cluster,
                                              std::span<const Endpoint> endpoints);

/// What says how a service's localities are treated (`GetEffectiveLbSetting`).
struct LocalitySettings {
    bool is_set = false;
    json::object setting;
    bool is_zone_aware = false;
    bool forces_failover = false;  ///< without outlier detection, too
};

[[nodiscard]] LocalitySettings locality_settings(const json::object& mesh_config,
                                                 const json::object* load_balancer,
                                                 const IstioService& service);

/// Tells whether zone-aware routing is on; it is unless it is switched off.
[[nodiscard]] bool is_enabled(const json::object& setting);

}  // namespace wavetank::istio
