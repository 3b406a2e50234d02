#pragma once

/// \file
/// What a request to a host and path would meet, for people.

#include "sim/cluster/mesh_routes.hpp"

#include <wavetank/sim/route_question.hpp>

namespace wavetank::sim {

/// Returns it, a line for each thing: route, policies and the objects that they come from,
/// clusters, endpoints with weights and health. `routes` may be null: nobody tells clients.
/// Errors: `NotFound`, if the URL names no Service and port.
[[nodiscard]] Result<std::string> explain_route(store::Store& store, MeshRoutes* routes,
                                                const RouteQuestion& question);

}  // namespace wavetank::sim
