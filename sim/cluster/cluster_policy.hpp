#pragma once

/// \file
/// What a cluster of Envoy's v3 API, as Istio makes them, says of how requests are sent.

#include <wavetank/mesh/route_policy.hpp>

#include <boost/json.hpp>

namespace wavetank::sim {

/// Reads limits, connections, outlier detection and panic threshold from proto JSON into `policy`.
/// Connections are looked at only if something is said of them, for Istio sets all limits as high
/// as they go.
void read_cluster(const boost::json::object& cluster, mesh::RoutePolicy& policy);

}  // namespace wavetank::sim
