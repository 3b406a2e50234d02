#pragma once

/// \file
/// Gateway API's HTTPRoutes whose parents are Services: the VirtualServices that they come to, and
/// their status.

#include "istio/model.hpp"

#include <vector>

namespace wavetank::istio {

struct HttpRouteResults {
    std::vector<ConfigPtr> virtual_services;
    json::object statuses;  // by namespace/name
};

/// Translates all routes of the registry.
[[nodiscard]] HttpRouteResults translate_http_routes(Registry& registry);

}  // namespace wavetank::istio
