#pragma once

/// \file
/// From the routes of a VirtualService to those of a proxy, as istiod's package `core/route`.

#include "istio/sidecar_scope.hpp"

#include <functional>
#include <string>
#include <vector>

namespace wavetank::istio {

/// What a translation depends on besides the VirtualService.
struct RouteOptions {
    const SidecarScope& scope;
    const json::object& mesh_config;
    std::uint32_t listener_port = 0;
    /// Services that are seen on the listener's port, with that port alone.
    const std::map<std::string, ServicePtr, std::less<>>& services;
};

/// Returns the v3 routes for the proxy; none if no match is for it.
[[nodiscard]] json::array translate_routes(const Config& virtual_service,
                                           const RouteOptions& options);

/// Returns the route of a service without a VirtualService.
[[nodiscard]] json::object default_route(const IstioService& service, const ServicePort& port,
                                         const RouteOptions& options);

/// Returns "outbound|80|v1|host".
[[nodiscard]] std::string cluster_name(std::uint32_t port, const std::string& subset,
                                       const std::string& host);

}  // namespace wavetank::istio
