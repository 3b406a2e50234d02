#pragma once

/// \file
/// A proxy's route configurations: a virtual host for each service that it sees on a port.

#include "istio/sidecar_scope.hpp"

#include <map>
#include <string>

namespace wavetank::istio {

/// Returns the v3 route configurations by name.
[[nodiscard]] json::object route_configurations_for(const SidecarScope& scope,
                                                    const Registry& registry);

/// Returns what the virtual hosts were made of, by the names of both.
[[nodiscard]] std::map<std::string, std::map<std::string, std::string>> virtual_host_sources(
    const SidecarScope& scope, const Registry& registry);

}  // namespace wavetank::istio
